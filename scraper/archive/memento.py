"""Mementos: what a web archive kept of a page, as captures of that time. Pure.

Listed as RFC 7089 says. Their addresses are those of the Wayback Machine, which pywb,
OpenWayback and most national archives share: `ARCHIVE/20240501120000/URL`, and with
`id_` after the time for the bytes as the archive received them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final, TypeVar

from scraper import urls
from scraper.archive.message import OF_THE_WIRE, RENAMED, SECRET
from scraper.errors import ArchiveError
from scraper.model import Capture, Hop

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[\w*-]+\s*=\s*(?:\"[^\"]*\"|[^\s\",;<>]*))*)")
_PARAMETER = re.compile(r";\s*([\w*-]+)\s*=\s*(?:\"([^\"]*)\"|([^\s\",;<>]*))")
_TIMED = re.compile(r"/(\d{14})(?:[a-z]{2}_)?/(https?://.+)", re.IGNORECASE)
_MOST_STEPS: Final = 8
"""Redirects of the page's and of the archive's own, together."""
_SOON: Final = timedelta(hours=1)
"""What an archive shows for another time is no answer to what was asked."""
_WEB_BEGAN: Final = datetime(1991, 8, 6, tzinfo=UTC)
_AS_THEY_WERE: Final = frozenset({"content-type", "content-language", "location"})
"""The page's headers that archives send under their own names, the others being
`X-Archive-Orig-`; what else they send is theirs."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Memento:
    """One time at which an archive received a page.

    Attributes:
        at: When, to the second.
        url: Where from, as the archive has it.
    """

    at: datetime
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeMap:
    """What an archive lists of one page.

    Attributes:
        mementos: The oldest first, one for each time.
        further: Addresses of further lists that this one names.
    """

    mementos: tuple[Memento, ...]
    further: tuple[str, ...]


def timemap_url(url: str, *, archive: str) -> str:
    """Return where `archive` lists what it has of `url`."""
    return f"{archive}/timemap/link/{url}"


def read_timemap(text: str, *, archive: str) -> TimeMap:
    """Read a list in `application/link-format` (RFC 7089 section 5, RFC 6690).

    Raises:
        ArchiveError: It lists no memento whose address we know how to ask for.
    """
    found: dict[datetime, Memento] = {}
    further: list[str] = []
    unknown = 0
    for address, told in _LINK.findall(text):
        parameters = {
            name.lower(): quoted or plain
            for name, quoted, plain in _PARAMETER.findall(told)
        }
        relations = parameters.get("rel", "").lower().split()
        if "memento" in relations:
            at = _moment(parameters.get("datetime"))
            timed = _TIMED.search(address)
            if at is None or timed is None:
                unknown += 1
            else:
                found.setdefault(at, Memento(at=at, url=timed[2]))
        elif relations == ["timemap"] and address.startswith(f"{archive}/"):
            further.append(address)
    if unknown and not found:
        raise ArchiveError(
            f"{archive}: its mementos have other addresses than the Wayback Machine's"
        )
    ordered = tuple(found[at] for at in sorted(found))
    return TimeMap(mementos=ordered, further=tuple(further))


def spread(ordered: Sequence[_T], most: int) -> list[_T]:
    """Return at most so many of them, evenly apart, the first and the last included."""
    if len(ordered) <= most:
        return list(ordered)
    if most == 1:
        return [ordered[-1]]
    last = len(ordered) - 1
    return [ordered[step * last // (most - 1)] for step in range(most)]


def capture_of(
    memento: Memento,
    *,
    archive: str,
    allowed: tuple[str, ...],
    ask: Callable[[str], Capture],
) -> Capture:
    """Return the response that an archive kept, as if we had received it then.

    Redirects of the page are followed in the archive, to what it received within an
    hour. How it was asked, and over which connection, is not known to us: what stands
    for that in the capture is empty or the archive's. Each hop names its memento
    (`content-location`) and its time (`memento-datetime`), as RFC 7089 does.

    Args:
        memento: One that the archive lists.
        archive: Its address, as in `timemap_url`.
        allowed: Host patterns beside `urls.GOVERNMENT`.
        ask: Returns the response to one request, no redirect followed.

    Raises:
        ArchiveError: The archive has no such response, or none of that time.
        UrlError: It comes from an address that we do not read.
        FetchError: `ask` had no answer.
    """
    began: datetime | None = None
    hops: list[Hop] = []
    url = urls.parse(memento.url, allowed=allowed)
    address = _raw(memento.at, url, archive)
    for _ in range(_MOST_STEPS):
        answer = ask(address)
        at = _moment(answer.headers.get("memento-datetime"))
        location = _location(answer)
        if at is None:
            # The archive's own: it may lead to the time that it has.
            if location is None:
                raise ArchiveError(f"the archive answers {answer.status}")
            address = urls.join(address, location)
            if not address.startswith(f"{archive}/"):
                raise ArchiveError(f"the archive sends us elsewhere, to {address}")
            continue
        if abs(at - memento.at) > _SOON:
            raise ArchiveError(f"the archive has it only of {at:%Y-%m-%d %H:%M}")
        began = began or at
        hops.append(_hop(url, answer, address))
        if location is None:
            return _capture(answer, hops, began=began, ended=max(at, began))
        timed = _TIMED.search(location)  # some archives lead to their own copy
        target = urls.join(url, timed[2] if timed else location)
        url = urls.parse(target, allowed=allowed)
        address = _raw(memento.at, url, archive)
    raise ArchiveError("it redirects too often")


def _capture(
    answer: Capture, hops: list[Hop], *, began: datetime, ended: datetime
) -> Capture:
    if not _WEB_BEGAN <= began <= ended <= answer.captured_at:
        raise ArchiveError(f"the archive dates it {began:%Y-%m-%d}")
    return Capture(
        requested_url=urls.canonical(hops[0].url),
        request_headers=(),
        started_at=began,
        captured_at=ended,
        hops=tuple(hops),
        http_version=answer.http_version,
        server_address=None,
        certificate_sha256=None,
        content_encoding=answer.content_encoding,
        body=answer.body,
        wire_sha256=answer.wire_sha256,
        program=answer.program,
        source="memento",
    )


def _hop(url: str, answer: Capture, address: str) -> Hop:
    """Return an archived answer as the page's server gave it, and where it is kept.

    Without what it said of the wire then, which is not so of what the archive sends.
    """
    headers = [
        (name.removeprefix(RENAMED), value)
        for name, value in answer.hops[-1].headers
        if name.startswith(RENAMED) or name in _AS_THEY_WERE
    ]
    kept = [pair for pair in headers if pair[0] not in SECRET | OF_THE_WIRE]
    told = answer.headers.get("memento-datetime", "")
    kept += [("content-location", address), ("memento-datetime", told)]
    return Hop(url=url, status=answer.status, headers=tuple(kept))


def _location(answer: Capture) -> str | None:
    return answer.headers.get("location") if 300 <= answer.status < 400 else None


def _raw(at: datetime, url: str, archive: str) -> str:
    return f"{archive}/{at:%Y%m%d%H%M%S}id_/{url}"


def _moment(text: str | None) -> datetime | None:
    """Read an HTTP date (RFC 9110 section 5.6.7); None where it is none."""
    try:
        at = parsedate_to_datetime(text or "")
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):  # a year of twenty digits, or the last one
        return None
