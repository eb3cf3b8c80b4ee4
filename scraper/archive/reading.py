"""Captures from WARC files: what others archived, as if we had received it then."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from scraper import urls
from scraper.archive import message
from scraper.archive.message import MessageError
from scraper.archive.records import is_as_stated, records
from scraper.archive.writing import OWN
from scraper.errors import UrlError
from scraper.model import Capture, Hop, Sha256, sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from scraper.archive.message import Headers, Message
    from scraper.archive.records import Record

_HEAD: Final = 80 * 1024
"""Of a response that nobody wants, enough to tell where it redirects to."""
_MOST_HOPS: Final = 5
_SOON: Final = timedelta(hours=1)
"""A crawler comes to the target of a redirect within about that."""
_REMEMBERED: Final = 50_000
_LONGEST_KEY: Final = 4096
"""The longest address; an archive may name its records by more."""
_LONGEST_REDIRECT: Final = 8 * 1024
"""Bytes of its headers; what is remembered of them all must fit into the memory."""
_LONGEST_LOOK: Final = timedelta(days=1)
_DATE = re.compile(
    # Section 5.4; 1.1 allows fewer parts and nanoseconds, which are cut to micro-.
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6})\d{0,3})?Z"
)
_IP_ADDRESS = re.compile(r"[0-9A-Fa-f.:\[\]]{3,60}")
_LONGEST_NAME = 100
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_WEB_BEGAN: Final = datetime(1991, 8, 6, tzinfo=UTC)
_SAME_PAYLOAD: Final = "/revisit/identical-payload-digest"

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What became of one response in an archive.

    Attributes:
        url: As the archive has it.
        capture: None where it is refused.
        refused: Why, in one line.
    """

    url: str
    capture: Capture | None = None
    refused: str = ""


@dataclass(kw_only=True)
class WarcReader:
    """Reads captures of wanted addresses from one file after the other.

    Attributes:
        is_wanted: Whether a response from that address, canonical, is of interest.
        body: The body of that sha256, if it is kept: for records that only say that
            the body was the same as an earlier one.
        limit_bytes: Largest decoded body.
        allowed: Host patterns beside `urls.GOVERNMENT`.
        now: The time; what is dated later is refused.
    """

    is_wanted: Callable[[str], bool]
    body: Callable[[Sha256], bytes | None]
    limit_bytes: int
    allowed: tuple[str, ...]
    now: datetime
    _program: str = "unknown"
    _request: tuple[str, Headers] = ("", ())
    _redirects: dict[str, tuple[datetime, Hop]] = field(default_factory=dict)
    _hops: dict[str, Hop] = field(default_factory=dict)
    _bodies: dict[str, tuple[Sha256, Sha256]] = field(default_factory=dict)

    def read(self, stream: BinaryIO) -> Iterator[Found | None]:
        """Yield what became of each record, None for what nobody wants.

        Raises:
            ArchiveError: The file cannot be read on; what came before was yielded.
        """
        self._program = "unknown"
        for record in records(stream):
            try:
                yield self._found(record)
            except (MessageError, UrlError) as exc:
                reason = exc.reason if isinstance(exc, UrlError) else str(exc)
                url = record.field("WARC-Target-URI") or ""
                yield Found(url=url, refused=f"record {record.number}: {reason}")

    def _found(self, record: Record) -> Found | None:
        told = _unbracketed(record.field("WARC-Target-URI") or "")
        if record.kind == "warcinfo":
            self._program = _software(record.block(_HEAD)) or "unknown"
        elif not told.startswith(("http://", "https://")):
            return None
        elif record.kind == "request":
            self._remember_request(record)
        elif record.kind in {"response", "revisit"} and not urls.is_outside(
            told, allowed=self.allowed
        ):
            return self._response(told, record)
        return None

    def _response(self, told: str, record: Record) -> Found | None:
        url = urls.parse(told, allowed=self.allowed)
        way = self._way_to(url, record)
        if not way and not self._wants(url):
            self._is_redirect(url, record, record.block(_HEAD))
            return None
        block = record.block(self.limit_bytes + _HEAD + 1)
        if self._is_redirect(url, record, block):
            return None
        return Found(url=told, capture=self._capture(url, way, record, block))

    def _wants(self, url: str) -> bool:
        return self.is_wanted(urls.canonical(url))

    # One capture.

    def _capture(
        self, url: str, way: tuple[Hop, ...], record: Record, block: bytes
    ) -> Capture:
        if len(block) > self.limit_bytes + _HEAD:
            raise MessageError(f"it is larger than {self.limit_bytes} bytes")
        if record.field("WARC-Truncated") or record.field("WARC-Segment-Number"):
            raise MessageError("the archive holds only a part of it")
        answer = message.parsed(block)
        version, status = answer.status
        headers = message.restored(answer.headers)
        is_as_it_came = headers == answer.headers
        coding = message.coding(headers)
        wire = message.entity(answer)
        _insist_on_digests(record, block, (answer.payload, wire))
        wire_sha256 = sha256(wire)
        if record.kind == "revisit":
            body, wire_sha256 = self._same_body(record)
        elif is_as_it_came:
            body = message.decoded(wire, coding, limit_bytes=self.limit_bytes)
        else:
            body = wire
        began, ended = _times(record, now=self.now)
        capture = Capture(
            requested_url=urls.canonical(way[0].url if way else url),
            request_headers=self._request_of(record),
            started_at=began,
            captured_at=ended,
            hops=(*way, Hop(url=url, status=status, headers=headers)),
            http_version=version,
            server_address=_address(record),
            certificate_sha256=_own_sha256(record, "certificate_sha256"),
            content_encoding=coding,
            body=body,
            wire_sha256=_own_sha256(record, "wire_sha256") or wire_sha256,
            program=_name(record.field(OWN["program"]) or self._program),
            source="warc",
        )
        self._remember_body(record, answer, wire, capture)
        return capture

    def _same_body(self, record: Record) -> tuple[bytes, Sha256]:
        """Return the body that a revisit record refers to, and its hash on the wire."""
        if _SAME_PAYLOAD not in (record.field("WARC-Profile") or ""):
            raise MessageError("it says only that nothing was modified")
        keys = [
            record.field("WARC-Payload-Digest") or "",
            record.field("WARC-Refers-To") or "",
        ]
        for key in keys:
            body_sha256, wire_sha256 = self._bodies.get(key, ("", ""))
            kept = self.body(Sha256(body_sha256)) if body_sha256 else None
            if kept is not None:
                return kept, Sha256(wire_sha256)
        raise MessageError("its body is that of a response which was not read before")

    # What later records refer to.

    def _remember_request(self, record: Record) -> None:
        block = record.block(_HEAD)
        try:
            asked = message.parsed(block).headers
        except MessageError:  # what was asked is of no use then, and no harm
            asked = ()
        self._request = (_of_its_event(record), asked)

    def _request_of(self, record: Record) -> Headers:
        of, headers = self._request
        return headers if of == _of_its_event(record) else ()

    def _is_redirect(self, url: str, record: Record, block: bytes) -> bool:
        """Whether a response is a redirect; it is remembered for what it leads to."""
        try:
            answer = message.parsed(block)
            _, status = answer.status
        except MessageError:
            return False
        if not 300 <= status < 400:
            return False
        headers = message.restored(answer.headers)
        try:
            location = dict(headers).get("location", "")
            to = urls.parse(urls.join(url, location), allowed=self.allowed)
            began, _ = _times(record, now=self.now)
        except (MessageError, UrlError):  # it leads nowhere that we could follow
            return True
        if len(block) - len(answer.payload) > _LONGEST_REDIRECT:
            return True
        hop = Hop(url=url, status=status, headers=headers)
        _remember(self._redirects, to, (began, hop))
        if (record_id := record.field("WARC-Record-ID")) is not None:
            _remember(self._hops, record_id, hop)
        return True

    def _way_to(self, url: str, record: Record) -> tuple[Hop, ...]:
        """Return the redirects that led to `url` from an address that is wanted.

        Raises:
            MessageError: It is said to come after more of them than anyone follows.
        """
        named = dict.fromkeys(record.fields("WARC-Concurrent-To"))
        together = [self._hops[one] for one in named if one in self._hops]
        if not together and url in self._redirects and not self._wants(url):
            together = self._redirected(url, _times(record, now=self.now)[0])
        while together and not self._wants(together[0].url):
            del together[0]
        if len(together) > _MOST_HOPS:
            raise MessageError(f"it names more than {_MOST_HOPS} redirects")
        return tuple(together)

    def _redirected(self, url: str, began: datetime) -> list[Hop]:
        """Return the redirects that were seen shortly before, the first one first."""
        hops: list[Hop] = []
        while (found := self._redirects.get(url)) is not None:
            seen_at, hop = found
            is_soon = timedelta(0) <= began - seen_at <= _SOON
            if not is_soon or len(hops) == _MOST_HOPS:
                break
            hops.insert(0, hop)
            url = hop.url
        return hops

    def _remember_body(
        self, record: Record, answer: Message, wire: bytes, capture: Capture
    ) -> None:
        if record.kind != "response":
            return
        known = (capture.body_sha256, capture.wire_sha256)
        stated = record.field("WARC-Payload-Digest")
        if stated is not None and _is_payload((answer.payload, wire), stated):
            _remember(self._bodies, stated, known)
        if (record_id := record.field("WARC-Record-ID")) is not None:
            _remember(self._bodies, record_id, known)


def _remember(known: dict[str, _T], key: str, value: _T) -> None:
    """Keep the latest ones: an archive may have any number."""
    if len(key) > _LONGEST_KEY:
        return
    known.pop(key, None)
    known[key] = value
    if len(known) > _REMEMBERED:
        del known[next(iter(known))]


def _insist_on_digests(
    record: Record, block: bytes, payloads: tuple[bytes, ...]
) -> None:
    """Refuse what was altered since it was archived.

    Raises:
        MessageError: A digest differs.
    """
    is_whole = is_as_stated(block, record.field("WARC-Block-Digest"))
    if is_whole is None and record.kind == "response":
        is_whole = _is_payload(payloads, record.field("WARC-Payload-Digest"))
    if is_whole is False:
        raise MessageError("its digest differs: it was altered or damaged")


def _is_payload(payloads: tuple[bytes, ...], digest: str | None) -> bool | None:
    """Whether one of them has that digest: some hash it with its chunks, some without.

    https://github.com/webrecorder/warcio/issues/74
    """
    told = [is_as_stated(payload, digest) for payload in payloads]
    return None if None in told else any(told)


def _times(record: Record, *, now: datetime) -> tuple[datetime, datetime]:
    """Return when the capture began and, where the archive is ours, when it ended.

    Raises:
        MessageError: It says nothing of use.
    """
    began = _moment(record.field("WARC-Date"))
    if began is None or not _WEB_BEGAN <= began <= now:
        raise MessageError(f"its date is {record.field('WARC-Date')!r}")
    ended = _moment(record.field(OWN["captured_at"]))
    is_usable = ended is not None and began <= ended <= began + _LONGEST_LOOK
    return began, ended if ended is not None and is_usable else began


def _moment(text: str | None) -> datetime | None:
    found = _DATE.fullmatch(text or "")
    if found is None:
        return None
    try:
        whole = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
    except ValueError:
        return None
    return whole + timedelta(microseconds=int((found[2] or "0").ljust(6, "0")))


def _address(record: Record) -> str | None:
    told = record.field(OWN["server_address"]) or record.field("WARC-IP-Address")
    return told if told is not None and _IP_ADDRESS.fullmatch(told) else None


def _own_sha256(record: Record, name: str) -> Sha256 | None:
    told = record.field(OWN[name]) or ""
    return Sha256(told) if _SHA256.fullmatch(told) else None


def _name(told: str) -> str:
    """Return a program's name as a header can hold it: it is written out again."""
    return _UNPRINTABLE.sub("?", told[:_LONGEST_NAME])


def _software(fields: bytes) -> str | None:
    """Return what made an archive, as its warcinfo record has it."""
    found = re.search(rb"^software:([^\r\n]+)", fields, re.MULTILINE | re.IGNORECASE)
    return None if found is None else found[1].strip().decode("utf-8", "replace")


def _of_its_event(record: Record) -> str:
    """Return what a request and its response share."""
    target = _unbracketed(record.field("WARC-Target-URI") or "")
    return f"{record.field('WARC-Date')} {target}"


def _unbracketed(uri: str) -> str:
    """Return a URI without the angle brackets that Wget 1.19 put around it."""
    return uri[1:-1] if uri.startswith("<") and uri.endswith(">") else uri
