r"""Which addresses Govwatch fetches, and which addresses are one page.

The grammar is our own and strict, so that no two parsers can disagree about the host
(WHATWG and RFC 3986 read `https://evil.com\.gov/` differently): what it does not know
it refuses. `fetch` refuses what `httpx` would read as another host.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin

from scraper.errors import UrlError

if TYPE_CHECKING:
    from collections.abc import Iterable

GOVERNMENT = ("*.gov", "*.mil")
"""Host patterns that are always allowed: both are registered to governments only."""

_LIMIT = 4096
_URL = re.compile(r"(https?)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.IGNORECASE)
_AUTHORITY = re.compile(r"([A-Za-z0-9.-]+)(?::([0-9]+))?")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# Outside RFC 3986 `pchar`, `/` and `?`, or a percent sign that starts no octet.
_UNSAFE = re.compile(r"%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~!$&'()*+,;=:@/?%]")
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}")
_UNRESERVED = re.compile(r"[A-Za-z0-9\-._~]")
_SCHEMES = {"http": "80", "https": "443"}

_TRACKING = re.compile(
    r"utm_.*|_ga|_gl|dclid|fbclid|gad_(?:campaignid|source)|gbraid|gclid|gclsrc|igshid"
    r"|li_fat_id|mkt_tok|msclkid|mc_[ce]id|_hs(?:enc|mi)|ttclid|twclid|wbraid|yclid"
    r"|s_cid|acstracking(?:id|label)|deliveryname",
)
"""Parameters that say how a reader came, never what is read; the last line is of CDC's
mailings. Names are compared in lower case."""
_WRAPPER = re.compile(r"links(?:-\d+)?\.govdelivery\.com")


@dataclass(frozen=True, slots=True)
class _Parts:
    host: str
    path: str
    query: str | None

    def __str__(self) -> str:
        query = "" if self.query is None else f"?{self.query}"
        return f"https://{self.host}{self.path}{query}"


def parse(url: str, *, allowed: Iterable[str] = ()) -> str:
    """Return `url` as it will be asked for: https, host in lower case, no fragment.

    Args:
        url: Absolute, http or https.
        allowed: Host patterns beside `GOVERNMENT`: `example.org`, `*.example.org`.

    Raises:
        UrlError: It is outside the grammar, or its host matches no pattern.
    """
    parts = _parts(url)
    patterns = tuple(allowed)
    if not host_matches(parts.host, (*GOVERNMENT, *patterns)):
        raise UrlError(
            url,
            f"{parts.host} is not a .gov or .mil host; to allow it, add "
            f'"{parts.host}" to allowed_hosts in govwatch.toml, or to a site file',
        )
    listed = {label for known in patterns for label in known.split(".")}
    for label in parts.host.split("."):
        if label.startswith("xn--") and label not in listed:
            raise UrlError(
                url,
                f"{parts.host} has an internationalised label, which can imitate "
                f'another name; if it is meant, add "{parts.host}" to allowed_hosts '
                "in govwatch.toml",
            )
    return str(parts)


def is_outside(url: str, *, allowed: Iterable[str] = ()) -> bool:
    """Tell a well-formed address of a host we do not follow from a forbidden one."""
    try:
        parts = _parts(url)
    except UrlError:
        return False
    return not host_matches(parts.host, (*GOVERNMENT, *allowed))


def join(base: str, reference: str) -> str:
    """Return `reference`, as found on or sent by `base`, as an absolute address.

    The result still has to pass `parse`.

    Raises:
        UrlError: It holds what `urljoin` would drop or read in its own way.
    """
    stripped = reference.strip(" ")
    _refuse_unreadable(stripped)
    try:
        return urljoin(base, stripped)
    except ValueError as exc:
        raise UrlError(reference, f"cannot be read as an address: {exc}") from exc


def pattern(text: str) -> str:
    """Return a host pattern in its normal form: `example.org` or `*.example.org`.

    Raises:
        UrlError: It is not a pattern, or it would allow a whole top-level domain.
    """
    normal = text.lower()
    name = normal.removeprefix("*.")
    labels = name.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        raise UrlError(text, "a host pattern is example.org or *.example.org")
    return normal


def host_matches(host: str, patterns: Iterable[str]) -> bool:
    """Tell whether a lower-case `host` is one of `patterns`.

    Whole labels are compared: `*.example.org` covers every name below example.org, and
    neither example.org itself nor badexample.org.
    """
    labels = host.split(".")
    for known in patterns:
        wanted = known.split(".")
        if wanted[0] == "*":
            below = wanted[1:]
            if len(labels) > len(below) and labels[-len(below) :] == below:
                return True
        elif labels == wanted:
            return True
    return False


def host(url: str) -> str:
    """Return the host of `url` in lower case.

    Raises:
        UrlError: It is outside the grammar.
    """
    return _parts(url).host


def canonical(url: str) -> str:
    """Return the form of `url` under which its page is stored.

    Idempotent. Drops the fragment and tracking parameters and unwraps GovDelivery's
    links; keeps the order of the rest, because some .gov search pages depend on it.
    Works for any host.

    Raises:
        UrlError: It is outside the grammar.
    """
    parts = _parts(url)
    while (wrapped := _unwrap(parts)) is not None:
        try:
            parts = _parts(wrapped)
        except UrlError:
            break
    return str(_Parts(parts.host, parts.path, _without_tracking(parts.query)))


def page_key(
    url: str, article_id: str | None = None, *, site: str | None = None
) -> str:
    """Return what two addresses share exactly when they are one page.

    Args:
        url: Any address of the page.
        article_id: The publisher's own id, where it has one: then slugs and, with
            `site`, hosts do not matter (defense.gov and war.gov are twins).
        site: Name of the site's profile.

    Raises:
        UrlError: It is outside the grammar.
    """
    parts = _parts(canonical(url))
    name = _without_www(parts.host)
    if article_id is not None:
        # No address has a fragment here, so these cannot meet the other keys.
        return f"{site or name}#{article_id}"
    path = parts.path.rstrip("/")
    asked = "" if parts.query is None else f"?{parts.query}"
    return _ESCAPED.sub(_normal_octet, f"{name}{path}{asked}")


def article_id(url: str, expression: str | None) -> str | None:
    """Return the publisher's id in the path of `url`: the first group of `expression`.

    Raises:
        UrlError: It is outside the grammar.
    """
    if expression is None:
        return None
    found = re.search(expression, _parts(url).path)
    return found[1] if found else None


def same_page(first: str, second: str) -> bool:
    """Tell whether two addresses are one page by their form alone.

    Raises:
        UrlError: One is outside the grammar.
    """
    return page_key(first) == page_key(second)


@lru_cache(maxsize=1024)  # one fetch asks for its address's parts several times
def _parts(url: str) -> _Parts:
    _refuse_unreadable(url)
    matched = _URL.fullmatch(url)
    if matched is None:
        raise UrlError(url, "is not an https address; it must begin with https://")
    scheme, authority, path, query = matched.groups()
    host_ = _host(url, authority, port=_SCHEMES[scheme.lower()])
    return _Parts(
        host_,
        _without_dots(_escape(path)) or "/",
        None if not query else _escape(query),
    )


def _refuse_unreadable(url: str) -> None:
    if len(url) > _LIMIT:
        raise UrlError(url[:100], f"is longer than {_LIMIT} characters")
    if "\\" in url:
        raise UrlError(url, "holds a backslash, which browsers read as a slash")
    if any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in url):
        raise UrlError(url, "holds a control character")
    try:
        url.encode()
    except UnicodeEncodeError as exc:
        raise UrlError(url, "holds half of a surrogate pair") from exc


def _host(url: str, authority: str, *, port: str) -> str:
    if "@" in authority:
        raise UrlError(url, "names a user; addresses with one are not fetched")
    if not authority.isascii():
        raise UrlError(url, "has a host that is not ASCII, which can imitate another")
    if "[" in authority:
        raise UrlError(url, "has an IP address for a host; only names are fetched")
    matched = _AUTHORITY.fullmatch(authority)
    if matched is None:
        raise UrlError(url, f"has no host that can be read in {authority!r}")
    if matched[2] not in {None, port}:
        raise UrlError(url, f"has port {matched[2]}; only 443 is fetched")
    name = matched[1].lower().removesuffix(".")
    labels = name.split(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise UrlError(url, f"has a host that is not a name: {name!r}")
    # The URL standard reads any host that ends in a number as an IPv4 address.
    if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1]):
        raise UrlError(url, "has an IP address for a host; only names are fetched")
    if len(labels) < 2:
        raise UrlError(url, f"has a host that is not a full name: {name!r}")
    return name


def _escape(text: str) -> str:
    return _UNSAFE.sub(
        lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), text
    )


def _normal_octet(escaped: re.Match[str]) -> str:
    """Return an octet in its normal form (RFC 3986 sections 6.2.2.1 and 6.2.2.2).

    WordPress writes `%e2%80%99` into its feeds where a browser sends `%E2%80%99`.
    """
    character = chr(int(escaped[0][1:], 16))
    return character if _UNRESERVED.fullmatch(character) else escaped[0].upper()


def _without_dots(path: str) -> str:
    """Resolve `.` and `..` (RFC 3986 section 5.2.4) as every client would."""
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    for index, segment in enumerate(segments):
        last = index == len(segments) - 1
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
            continue
        if last:
            kept.append("")
    return "/" + "/".join(kept)


def _without_tracking(query: str | None) -> str | None:
    if query is None:
        return None
    pairs = query.split("&")
    mailed = any(pair.lower() == "source=govdelivery" for pair in pairs)
    kept = [
        pair
        for pair in pairs
        if not _is_tracking(pair.lower())
        and not (mailed and pair.lower() == "medium=email")
    ]
    return "&".join(kept) or None


def _is_tracking(pair: str) -> bool:
    name = pair.partition("=")[0]
    return bool(_TRACKING.fullmatch(name)) or pair == "source=govdelivery"


def _unwrap(parts: _Parts) -> str | None:
    """Return the address inside a link of a GovDelivery mailing, if it is one."""
    if not _WRAPPER.fullmatch(parts.host):
        return None
    _, marker, plain = (parts.query or "").partition("&&&")
    if marker:
        return plain
    segments = parts.path.split("/")
    if len(segments) > 2 and segments[1] == "CL0" and _ESCAPED.search(segments[2]):
        return unquote(segments[2])
    return None


def _without_www(name: str) -> str:
    bare = name.removeprefix("www.")
    return bare if "." in bare else name
