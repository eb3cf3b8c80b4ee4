"""Who may read, and what a browser may do with what it is given (pure ASGI).

Without a token only this machine is answered, under the names of this machine: a page
elsewhere cannot reach us by a name of its own that it points at 127.0.0.1 (DNS
rebinding). With a token everyone needs it.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from importlib import resources
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qs

from scraper.web.rendering import PAGE_POLICY, rendered, script_hash

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    Scope: TypeAlias = Mapping[str, Any]
    Message: TypeAlias = dict[str, Any]
    Receive: TypeAlias = Callable[[], Awaitable[Message]]
    Send: TypeAlias = Callable[[Message], Awaitable[None]]
    Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

COOKIE = "govwatch_enter"
SHORTEST_TOKEN = 16
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
_LONGEST_FORM = 4096
_HOST = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?")
# What `report.safe` replaces, as UTF-8, on every HTML page: ours and Datasette's.
_ACTING = re.compile(
    rb"[\x00-\x08\x0b\x0e-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8e\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]"
)
_STAND_IN = "\ufffd".encode()
_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Who is let in.

    Attributes:
        token: What everyone must know; None lets in this machine and nobody else.
        names: Host names, beside this machine's, under which the pages are served.
        enter: Path of the form that asks for the token.
        style: Address of the stylesheet.
    """

    token: str | None
    names: frozenset[str] = frozenset()
    enter: str = "/-/enter"
    style: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """What is known of a request before it is answered."""

    address: str | None
    host: str
    headers: Mapping[str, str] = field(default_factory=dict)


def refusal(caller: Caller, door: Door) -> tuple[HTTPStatus, str] | None:
    """Return why a request is not answered, None where it is."""
    host = _HOST.fullmatch(caller.host.lower())
    if host is None:
        return HTTPStatus.BAD_REQUEST, "This request names no host that can be."
    name = host[1]
    if name not in _LOOPBACK_NAMES | door.names and not (door.token and _is_ip(name)):
        return (
            HTTPStatus.MISDIRECTED_REQUEST,
            f"Not served under the name {name}: govwatch serve --name {name}",
        )
    if door.token is None and not _is_here(caller.address):
        return (
            HTTPStatus.FORBIDDEN,
            "For the machine that runs this; for others set GOVWATCH_TOKEN there.",
        )
    if door.token is not None and not _knows(caller, door.token):
        return HTTPStatus.UNAUTHORIZED, "These pages ask for a token."
    return None


def _is_ip(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _is_here(address: str | None) -> bool:
    """Whether a request comes from this machine; over a Unix socket it does."""
    if address is None:
        return True
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return bool((mapped or found).is_loopback)


def _knows(caller: Caller, token: str) -> bool:
    kind, _, told = caller.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and _same(told.strip(), token):
        return True
    try:
        jar = SimpleCookie(caller.headers.get("cookie", ""))
    except CookieError:
        return False
    return COOKIE in jar and _same(jar[COOKIE].value, cookie_value(token))


def cookie_value(token: str) -> str:
    """Return what a browser keeps: it proves the token and does not hold it."""
    return hmac.new(token.encode(), b"govwatch enter", "sha256").hexdigest()


def _same(told: str, expected: str) -> bool:
    return hmac.compare_digest(told.encode(), expected.encode())


def guarded(application: Application, door: Door) -> Application:
    """Return an application that answers whom `door` lets in, with safe headers."""
    datasette_policy = _datasette_policy()

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return

        is_html = False

        async def send_guarded(message: Message) -> None:
            nonlocal is_html
            if message["type"] == "http.response.start":
                headers = _with_headers(message["headers"], datasette_policy)
                is_html = (b"content-type", b"text/html") in {
                    (name.lower(), value[:9]) for name, value in headers
                }
                message = message | {"headers": headers}
            elif is_html:
                message = message | {"body": _tamed(message.get("body", b""))}
            await send(message)

        refused = refusal(_caller(scope), door)
        asks = refused is not None and refused[0] is HTTPStatus.UNAUTHORIZED
        if refused is None or (asks and scope["path"] == door.style):
            # The form that asks for the token looks like the other pages.
            await application(scope, receive, send_guarded)
        elif asks and scope["path"] == door.enter:
            await _enter(scope, receive, send_guarded, door)
        else:
            await _refuse(scope, send_guarded, door, *refused)

    return answer


def _caller(scope: Scope) -> Caller:
    headers = {
        name.decode("latin-1").lower(): value.decode("latin-1")
        for name, value in scope["headers"]
    }
    hosts = [value for name, value in scope["headers"] if name.lower() == b"host"]
    client = scope.get("client")
    return Caller(
        address=client[0] if client else None,
        host=hosts[0].decode("latin-1") if len(hosts) == 1 else "",
        headers=headers,
    )


async def _enter(scope: Scope, receive: Receive, send: Send, door: Door) -> None:
    """Take the token from the form; a right one is remembered in a cookie."""
    told = parse_qs((await _form(receive)).decode("utf-8", "replace"))
    token = door.token or ""
    if scope["method"] != "POST" or not _same(told.get("token", [""])[0], token):
        await _refuse(
            scope, send, door, HTTPStatus.UNAUTHORIZED, "That is not the token."
        )
        return
    secure = "; Secure" if scope.get("scheme") == "https" else ""
    cookie = (
        f"{COOKIE}={cookie_value(token)}; Path=/; HttpOnly; SameSite=Lax;"
        f" Max-Age=2592000{secure}"
    )
    home = door.enter.removesuffix("-/enter")
    headers = {"location": home, "set-cookie": cookie, "cache-control": "no-store"}
    await _respond(send, HTTPStatus.SEE_OTHER, b"", headers)


async def _form(receive: Receive) -> bytes:
    body = bytearray()
    while len(body) <= _LONGEST_FORM:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return bytes(body)


async def _refuse(
    scope: Scope, send: Send, door: Door, status: HTTPStatus, why: str
) -> None:
    asks = status is HTTPStatus.UNAUTHORIZED
    page = rendered("enter.html", why=why, door=door, asks=asks)
    headers = {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": PAGE_POLICY,
        "cache-control": "no-store",
    }
    if asks:
        headers["www-authenticate"] = "Bearer"
    body = b"" if scope["method"] == "HEAD" else page.encode()
    await _respond(send, status, body, headers)


async def _respond(
    send: Send, status: HTTPStatus, body: bytes, headers: Mapping[str, str]
) -> None:
    pairs = [
        (name.encode(), value.encode("latin-1")) for name, value in headers.items()
    ]
    start = {"type": "http.response.start", "status": int(status), "headers": pairs}
    await send(start)
    await send({"type": "http.response.body", "body": body})


def _tamed(page: bytes) -> bytes:
    """Return a page without characters that act; as long as it was, for its header."""
    return _ACTING.sub(_stand_in, page)


def _stand_in(found: re.Match[bytes]) -> bytes:
    length = len(found[0])
    return _STAND_IN if length == len(_STAND_IN) else b"?" * length


def _with_headers(
    headers: Iterable[tuple[bytes, bytes]], policy: str
) -> list[tuple[bytes, bytes]]:
    kept = [(n, v) for n, v in headers if n.decode("latin-1").lower() not in _HEADERS]
    given = {name.lower() for name, _ in kept}
    kept += [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
    if b"content-security-policy" not in given:
        kept.append((b"content-security-policy", policy.encode()))
    return kept


def _datasette_policy() -> str:
    """Return what Datasette's own pages may do: its scripts by hash, no others."""
    templates = resources.files("datasette") / "templates"
    scripts = ["DATASETTE_ALLOW_FACET = true;", "DATASETTE_ALLOW_FACET = false;"]
    for name in ("_close_open_menus.html", "_codemirror_foot.html"):
        page = (templates / name).read_text("utf-8")
        scripts += re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    hashes = " ".join(f"'{script_hash(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src 'self' {hashes}; connect-src 'self';"
        " style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
