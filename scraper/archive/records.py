"""The records of a WARC file, gzip or not, read with bounds: it may be hostile."""

from __future__ import annotations

import base64
import hashlib
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from warcio.bufferedreaders import BufferedReader
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecordLoader

from scraper.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from warcio.recordloader import ArcWarcRecord

MOST_RECORDS: Final = 10_000_000
"""Of one file; a crawl's file of 1 GB holds about a hundred thousand."""

_PIECE: Final = 16 * 1024
_MOST_HEAD: Final = 256 * 1024
"""Bytes of a record's own headers, and of empty lines before them."""
_READ_AHEAD: Final = 64 * 1024
"""What warcio may read beyond what it was asked for."""
_FREE: Final = 64 * 1024 * 1024
_MOST_TIMES: Final = 200
"""Pages become 5 to 20 times as long when decompressed; zlib reaches 1,032."""
_DIGESTS: Final = frozenset({"md5", "sha1", "sha256", "sha512"})


@dataclass(frozen=True, slots=True)
class Record:
    """One record, the content of which can be read until the next one is asked for.

    Attributes:
        number: In its file, from 1.
        kind: `response`, `revisit`, ...
    """

    number: int
    kind: str
    _record: ArcWarcRecord
    _length: int

    def field(self, name: str) -> str | None:
        """Return a named field, the first of that name."""
        found = self._record.rec_headers.get_header(name)
        return None if found is None else str(found).strip()

    def fields(self, name: str) -> list[str]:
        """Return all fields of that name."""
        return [
            value.strip()
            for key, value in self._record.rec_headers.headers
            if key.lower() == name.lower()
        ]

    def block(self, most: int) -> bytes:
        """Return the content, no more than `most` bytes of it.

        Raises:
            ArchiveError: The file ends within it.
        """
        wanted = min(self._length, most)
        block: bytes = self._record.raw_stream.read(wanted)
        if len(block) < wanted:
            raise ArchiveError(_CUT)
        return block

    def skip(self) -> None:
        """Read past what is left of it.

        Raises:
            ArchiveError: The file ends within it.
        """
        stream = self._record.raw_stream
        while stream.limit > 0:
            if not stream.read(min(_PIECE, stream.limit)):
                raise ArchiveError(_CUT)


def records(stream: BinaryIO) -> Iterator[Record]:
    """Yield the records of a file, in order.

    Raises:
        ArchiveError: It cannot be read on: cut short, damaged, no WARC, or made to
            fill the memory. What came before was yielded.
    """
    plain = _Plain(stream)
    reader = BufferedReader(plain, block_size=_PIECE)
    loader = ArcWarcRecordLoader(verify_http=False, arc2warc=False)
    number = 0
    while True:
        plain.allow(_MOST_HEAD)
        line = reader.readline(_MOST_HEAD)
        while line and not line.strip():
            line = reader.readline(_MOST_HEAD)
        if not line:
            return
        number += 1
        if number > MOST_RECORDS:
            raise ArchiveError(f"more than {MOST_RECORDS} records")
        try:
            record = loader.parse_record_stream(
                reader, line, known_format="warc", no_record_parse=True
            )
            length = int(record.rec_headers.get_header("Content-Length"))
        except (ArchiveLoadFailed, EOFError) as exc:
            said = "it is no WARC" if number == 1 else f"record {number} is none"
            raise ArchiveError(f"{said}: it begins with {line[:40]!r}") from exc
        except (TypeError, ValueError) as exc:
            raise ArchiveError(f"record {number} does not say how long it is") from exc
        if length < 0:
            raise ArchiveError(f"record {number} says that it has {length} bytes")
        plain.allow(length + _READ_AHEAD)
        found = Record(number, record.rec_type or "", record, length)
        yield found
        found.skip()


def is_as_stated(block: bytes, digest: str | None) -> bool | None:
    """Whether `block` has that labelled digest; None where that cannot be told."""
    label, _, value = (digest or "").partition(":")
    name = label.strip().lower().replace("-", "")
    if name not in _DIGESTS or not value:
        return None
    told = hashlib.new(name, block, usedforsecurity=False).digest()
    # Section 5.8 leaves the encoding open: base 32 and base 16 are in use.
    both = {told.hex(), base64.b32encode(told).decode().rstrip("=").lower()}
    return value.strip().rstrip("=").lower() in both


_CUT: Final = "the file ends within a record"


class _Plain:
    """A file as warcio reads it: decompressed, and never more than is allowed."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._came = 0
        self._gave = 0
        self._allowed = 0
        self._pieces = self._opened()

    def allow(self, size: int) -> None:
        """Give this many bytes from now on, and no more."""
        self._allowed = size + _READ_AHEAD

    def read(self, _size: int) -> bytes:
        """Return a piece, however many bytes are asked for; none at the end.

        Raises:
            ArchiveError: It ends within a record, is damaged or expands beyond reason.
        """
        plain = next(self._pieces, b"")
        self._gave += len(plain)
        self._allowed -= len(plain)
        if self._allowed < 0:
            raise ArchiveError(f"a record's headers are larger than {_MOST_HEAD} bytes")
        if self._gave > max(_FREE, _MOST_TIMES * self._came):
            raise ArchiveError(
                f"it becomes {_MOST_TIMES} times as large when decompressed, which no"
                " crawl does"
            )
        return plain

    def _received(self) -> bytes:
        wire = self._stream.read(_PIECE)
        self._came += len(wire)
        return wire

    def _opened(self) -> Iterator[bytes]:
        wire = self._received()
        if wire[:2] == b"\x1f\x8b":
            yield from self._unzipped(wire)
            return
        while wire:
            yield wire
            wire = self._received()

    def _unzipped(self, wire: bytes) -> Iterator[bytes]:
        """Yield the content of one gzip member after the other.

        The last piece of a member, in which its record ends, is held until the
        checksum behind it was found to be right.
        """
        while wire.strip(b"\0"):  # some pad a file with zeros
            unzip = zlib.decompressobj(zlib.MAX_WBITS | 16)
            held = b""
            while not unzip.eof:
                wire = wire or self._received()
                try:
                    plain = unzip.decompress(wire, _PIECE)
                except zlib.error as exc:
                    raise ArchiveError(f"its compression is damaged: {exc}") from exc
                if held and plain:
                    yield held
                held = plain or held
                if not wire and not plain:
                    raise ArchiveError(_CUT)
                wire = unzip.unconsumed_tail
            if held:
                yield held
            wire = unzip.unused_data or self._received()
