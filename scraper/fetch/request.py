"""One request and its whole answer, within a deadline and bounds."""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import httpx

from scraper.errors import ConfigError, FetchError, RefusedError
from scraper.fetch import body, conditional
from scraper.fetch.connection import PinnedTransport, explained, tls_context

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scraper.fetch.addresses import Resolve
    from scraper.model import FetchPolicy, Sha256, Validators

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REPLY_BYTES = 64 * 1024
_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One response; the body of a redirect is not read.

    Attributes:
        headers: In order, names in lower case, without `set-cookie`.
        coding: `gzip`, or None for identity.
        body: Decoded.
        wire_sha256: Of the body as received.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    request_headers: tuple[tuple[str, str], ...]
    http_version: str
    server_address: str | None
    certificate_sha256: Sha256 | None
    coding: str | None
    body: bytes
    wire_sha256: Sha256

    def header(self, name: str) -> str | None:
        """Return the first header called `name`."""
        return next((value for key, value in self.headers if key == name), None)

    @property
    def location(self) -> str | None:
        """Where a redirect points, as sent; None for any other answer."""
        sent = self.header("location") if self.status in _REDIRECTS else None
        try:
            # Headers have no charset; where an address is not ASCII, it is UTF-8.
            return sent and sent.encode("latin-1").decode()
        except UnicodeDecodeError:
            return sent


def program() -> str:
    """Return our name and version, `govwatch/0.1.0`."""
    try:
        return f"govwatch/{version('govwatch')}"
    except PackageNotFoundError:
        return "govwatch/0"


def contact_problem(contact: str) -> str | None:
    """Return why `contact` cannot stand in the User-Agent, None when it can."""
    if not contact.isascii() or not contact.isprintable():
        return "must be plain printable ASCII on one line"
    if "@" not in contact and not contact.startswith(("https://", "http://")):
        return "must be a mail address or a web address where you can be reached"
    if not 3 <= len(contact) <= 200 or any(sign in contact for sign in "()<>\"' \\"):
        return "must be one address of at most 200 characters"
    return None


class Requests:
    """Sends requests over kept connections, until closed."""

    def __init__(
        self,
        policy: FetchPolicy,
        *,
        resolve: Resolve,
        internal: frozenset[str] = frozenset(),
    ) -> None:
        """Prepare; nothing is sent.

        Args:
            policy: How requests are made.
            resolve: Addresses of a host name.
            internal: Hosts that may be at any address: receivers of the operator's.

        Raises:
            ConfigError: The contact, the certificates or `connect_to` cannot be used.
        """
        if policy.contact is not None and (why := contact_problem(policy.contact)):
            raise ConfigError("govwatch.toml", "contact", why)
        self._timeout_s = policy.timeout_s
        contact = f" (+{policy.contact})" if policy.contact else ""
        self._transport = PinnedTransport(
            context=tls_context(policy.ca),
            resolve=resolve,
            connect_to=policy.connect_to,
            internal=internal,
        )
        self._client = httpx.Client(
            transport=self._transport,
            trust_env=False,
            follow_redirects=False,
            headers={
                "user-agent": f"{program()}{contact}",
                "accept": _ACCEPT,
                "accept-encoding": "gzip",
            },
        )

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def send(
        self,
        url: str,
        *,
        validators: Validators | None,
        limit_bytes: int,
        cut: bool = False,
    ) -> Answer:
        """Return the answer to a GET of `url`, which has passed `urls.parse`.

        Args:
            url: What to ask for.
            validators: Sent along; then the status may be 304.
            limit_bytes: Largest body, before and after decoding.
            cut: Keep the beginning of a larger one instead of failing.

        Raises:
            FetchError: No whole answer came, or none within the bounds.
        """
        request = self._request(
            "GET", url, headers=conditional.request_headers(validators)
        )
        return self._exchange(url, request, limit_bytes=limit_bytes, cut=cut)

    def post(self, url: str, *, content: bytes, headers: Mapping[str, str]) -> Answer:
        """Return the answer to a POST to `url`, which has passed `urls.parse`.

        Raises:
            FetchError: No whole answer came, or none within the bounds.
        """
        request = self._request("POST", url, headers=headers, content=content)
        return self._exchange(url, request, limit_bytes=_REPLY_BYTES, cut=True)

    def _request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | list[tuple[str, str]],
        content: bytes | None = None,
    ) -> httpx.Request:
        return self._client.build_request(
            method,
            _read_alike(url),
            headers=headers,
            content=content,
            # `connection` explains why an instant stands where httpx has a duration.
            timeout=httpx.Timeout(time.monotonic() + self._timeout_s),
        )

    def _exchange(
        self, url: str, request: httpx.Request, *, limit_bytes: int, cut: bool
    ) -> Answer:
        with explained(url, self._timeout_s):
            # Not `Client.send`: it adds redirects, cookies, credentials and decoding,
            # none of which may happen here, at a sixth of a request's cost.
            response = self._transport.handle_request(request)
            try:
                _refuse_unasked(url, response.status_code, request)
                return _answer(url, request, response, limit_bytes=limit_bytes, cut=cut)
            finally:
                response.close()


def _read_alike(url: str) -> httpx.URL:
    """Return `url` as httpx reads it: the very address that was judged.

    Raises:
        RefusedError: httpx would ask for another.
    """
    try:
        theirs = httpx.URL(url)
    except httpx.InvalidURL as exc:
        raise RefusedError(url, f"httpx cannot read it: {exc}") from exc
    # Were there a port or a user name, `authority` would be more than a host.
    authority, slash, rest = url.removeprefix("https://").partition("/")
    if (
        theirs.scheme != "https"
        or theirs.raw_host != authority.encode()
        or theirs.raw_path != f"{slash}{rest}".encode()
    ):
        raise RefusedError(url, f"httpx reads it as {theirs}")
    return theirs


def _refuse_unasked(url: str, status: int, request: httpx.Request) -> None:
    if status == 304 and not any(
        name in request.headers for name in ("if-none-match", "if-modified-since")
    ):
        raise FetchError(url, "the answer is 304, but nothing was asked to be newer")
    if status == 206 or not 200 <= status <= 599:
        raise FetchError(
            url, f"the answer has status {status}, which was not asked for"
        )


def _answer(
    url: str,
    request: httpx.Request,
    response: httpx.Response,
    *,
    limit_bytes: int,
    cut: bool,
) -> Answer:
    headers = body.bounded_headers(url, response.extensions["headers"])
    status = response.status_code
    is_redirect = status in _REDIRECTS and any(
        name == "location" for name, _ in headers
    )
    # A 304 may name the coding of the body that it does not have.
    has_coding = not is_redirect and status != 304
    coding = body.content_coding(url, headers) if has_coding else None
    content, wire_sha256 = body.read(
        url,
        () if is_redirect else response.iter_raw(),
        coding=coding,
        limit_bytes=limit_bytes,
        cut=cut,
    )
    stream = response.extensions["network_stream"]
    return Answer(
        status=status,
        headers=headers,
        request_headers=tuple(
            (name.decode("latin-1").lower(), value.decode("latin-1"))
            for name, value in request.headers.raw
        ),
        http_version=response.http_version,
        server_address=stream.get_extra_info("server_address"),
        certificate_sha256=stream.get_extra_info("certificate_sha256"),
        coding=coding,
        body=content,
        wire_sha256=wire_sha256,
    )
