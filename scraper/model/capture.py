"""Requests and responses: what is sent, what came back, what it is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, NewType, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from scraper.model.article import JsonValue

Sha256 = NewType("Sha256", str)


def sha256(body: bytes) -> Sha256:
    """Return the lower-case hex digest that addresses `body`."""
    return Sha256(hashlib.sha256(body).hexdigest())


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a server gave us to ask "has it changed?" (RFC 9110 section 8.8)."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One answer on the way to the capture: a redirect, or the last.

    Attributes:
        headers: As received, in order, names lower-case; never `set-cookie`.
    """

    url: str
    status: int
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """The response a check received, with all that cannot be found out later.

    Attributes:
        requested_url: What we asked for; `url` is what answered.
        request_headers: As sent with the last hop.
        started_at: Before the first connection.
        captured_at: When the last body byte arrived.
        hops: At least one; the last is the answer itself.
        http_version: `HTTP/1.1` and the like.
        server_address: IP address and port connected to, `192.0.2.1:443`.
        certificate_sha256: Of the leaf certificate (DER).
        content_encoding: As sent; None for identity.
        body: After content-encoding, before charset decoding.
        wire_sha256: Of the body bytes before content-decoding.
        program: Name and version of what made the capture, `govwatch/0.1.0`.
        source: `live`, or an archive: `warc`, `memento`.
    """

    requested_url: str
    request_headers: tuple[tuple[str, str], ...]
    started_at: datetime
    captured_at: datetime
    hops: tuple[Hop, ...]
    http_version: str
    server_address: str | None
    certificate_sha256: Sha256 | None
    content_encoding: str | None
    body: bytes
    wire_sha256: Sha256
    program: str
    source: Literal["live", "warc", "memento"] = "live"

    @property
    def url(self) -> str:
        """The address that answered."""
        return self.hops[-1].url

    @property
    def status(self) -> int:
        """The answer's HTTP status."""
        return self.hops[-1].status

    @property
    def headers(self) -> dict[str, str]:
        """The answer's headers; repeated ones joined by commas (RFC 9110 5.3)."""
        joined: dict[str, str] = {}
        for name, value in self.hops[-1].headers:
            joined[name] = f"{joined[name]}, {value}" if name in joined else value
        return joined

    @property
    def body_sha256(self) -> Sha256:
        """The address of the body in the store."""
        return sha256(self.body)

    @property
    def validators(self) -> Validators | None:
        """What to send with the next request, None when the server gave nothing."""
        headers = self.headers
        etag, modified = headers.get("etag"), headers.get("last-modified")
        if etag is None and modified is None:
            return None
        return Validators(etag=etag, last_modified=modified)

    @property
    def cache_age_s(self) -> int | None:
        """How old a cache said the answer was (`Age`), seconds.

        More than fits is as good as for ever (RFC 9111 section 1.2.2).
        """
        age = self.headers.get("age", "")
        if not (age.isascii() and age.isdecimal()):
            return None
        return min(int(age[:11]), _LONGEST_AGE_S)


_LONGEST_AGE_S = 2**31


class AssessmentKind(StrEnum):
    """What a response is before anyone believes it."""

    PAGE = "page"
    FEED = "feed"
    SITEMAP = "sitemap"
    BLOCKED = "blocked"
    NOT_FOUND = "not_found"
    GONE = "gone"
    SOFT_404 = "soft_404"
    FORBIDDEN = "forbidden"
    MAINTENANCE = "maintenance"
    ERROR = "error"
    EMPTY = "empty"
    NOT_HTML = "not_html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """A verdict on one response.

    Attributes:
        reason: One line for people, e.g. "Akamai access-denied page".
        evidence: What it rests on: header or phrase name to what was seen.
    """

    kind: AssessmentKind
    reason: str
    evidence: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, JsonValue]:
        """Return plain JSON-able values."""
        return {
            "kind": str(self.kind),
            "reason": self.reason,
            "evidence": dict(self.evidence),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPolicy:
    """How requests are made. Politeness and safety have no off switch.

    Attributes:
        contact: URL or mail address for the User-Agent; `run` insists on one.
        timeout_s: Deadline of one request, redirects not included.
        limit_bytes: Largest decoded body.
        gap_s: Least time between two requests to a host.
        allowed_hosts: Host patterns beside `*.gov` and `*.mil`.
        ca: `system`, `certifi` or a PEM file.
        connect_to: `HOST:443` to the `address:port` to connect to instead.
        ignore_robots: Hosts whose robots.txt the operator overrides, on record.
    """

    contact: str | None = None
    timeout_s: float = 60.0
    limit_bytes: int = 10_000_000
    gap_s: float = 5.0
    allowed_hosts: tuple[str, ...] = ()
    ca: str = "certifi"
    connect_to: Mapping[str, str] = field(default_factory=dict)
    ignore_robots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HostState:
    """What politeness must remember of a host, across processes and restarts.

    Attributes:
        next_request_at: Not before this; None when it was never asked.
        latency_s: Of the last answer.
        failures: Refusals to serve (429, 503, ...) in a row.
        paused_until: The whole host rests until then, and `pause_reason` why.
        robots_text: Last good robots.txt, None if there never was one.
        robots_status: HTTP status of the last attempt, 0 where none was answered.
        robots_checked_at: When that was; moves whenever one of the two above does.
        distrusts_validators: A full answer contradicted its 304s.
        certificate_held: Whether its certificate proved its name when last connected
            to; None when it never did.
    """

    host: str
    next_request_at: datetime | None = None
    latency_s: float | None = None
    failures: int = 0
    paused_until: datetime | None = None
    pause_reason: str | None = None
    robots_text: str | None = None
    robots_status: int | None = None
    robots_checked_at: datetime | None = None
    distrusts_validators: bool = False
    certificate_held: bool | None = None


class HostLedger(Protocol):
    """Who may ask a host for something now; shared by every process on a database."""

    def take(
        self, host: str, *, now: datetime, lease: timedelta
    ) -> HostState | datetime:
        """Take `host` for one request, or learn when to ask again.

        Returns its state when nobody else holds it and neither `next_request_at` nor
        `paused_until` lies ahead; the caller gives it back, or loses it after `lease`.
        """

    def give_back(self, state: HostState) -> None:
        """Record what the request taught about the host, and free it."""
