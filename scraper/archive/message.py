"""HTTP messages as a WARC holds them, in bytes and in values. Pure.

A WARC keeps what came over the wire; Govwatch keeps bodies after decoding. The headers
that speak of the encoding then go by another name, as web archives rename them when
they serve a page: `X-Archive-Orig-Content-Encoding`.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import zstandard

if TYPE_CHECKING:
    from collections.abc import Iterable

Headers = tuple[tuple[str, str], ...]

OF_THE_WIRE: Final = frozenset(
    {"content-encoding", "content-length", "transfer-encoding"}
)
"""What these say is no longer so once a body was decoded."""
RENAMED: Final = "x-archive-orig-"
SECRET: Final = frozenset({"set-cookie", "cookie", "authorization"})

_MOST_HEADERS = 200
_MOST_HEAD_BYTES = 64 * 1024
_STATUS_LINE = re.compile(rb"(HTTP/\d(?:\.\d)?) +(\d{3})(?: .*)?", re.DOTALL)
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}")
_LINE_BREAKS = re.compile(r"[\r\n]+")


class MessageError(ValueError):
    """Bytes that are no usable HTTP message; `str()` of it says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """An HTTP message, or its head alone.

    Attributes:
        start: Its first line.
        headers: Names in lower case, without cookies and credentials.
        payload: What follows the head: the body as it was transferred.
    """

    start: bytes
    headers: Headers
    payload: bytes

    @property
    def status(self) -> tuple[str, int]:
        """HTTP version and status of a response.

        Raises:
            MessageError: It is none.
        """
        line = _STATUS_LINE.fullmatch(self.start)
        if line is None:
            raise MessageError("its first line is not that of an HTTP response")
        return line[1].decode(), int(line[2])


def parsed(block: bytes) -> Message:
    """Return the message that `block` begins with.

    Raises:
        MessageError: Its head does not end, or is larger than `fetch` would read.
    """
    head, end, payload = block.partition(b"\r\n\r\n")
    if not end:
        head, end, payload = block.partition(b"\n\n")
    if not end:
        raise MessageError("its HTTP headers do not end")
    start, *lines = head.replace(b"\r\n", b"\n").split(b"\n")
    if len(lines) > _MOST_HEADERS or len(head) > _MOST_HEAD_BYTES:
        raise MessageError(
            f"it has {len(lines)} headers of {len(head)} bytes; at most "
            f"{_MOST_HEADERS} and {_MOST_HEAD_BYTES} are read"
        )
    headers: list[tuple[str, str]] = []
    for line in lines:
        text = line.decode("latin-1")
        if text[:1] in {" ", "\t"} and headers:  # folded (RFC 9112 section 5.2)
            name, value = headers[-1]
            headers[-1] = (name, f"{value} {text.strip()}")
            continue
        name, colon, value = text.partition(":")
        if colon:
            headers.append((name.strip().lower(), value.strip()))
    kept = tuple(pair for pair in headers if pair[0] not in SECRET)
    return Message(start=start, headers=kept, payload=payload)


def head(start: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """Return the head of a message, with the empty line that ends it."""
    lines = [start, *(f"{name}: {value}" for name, value in headers)]
    told = "".join(f"{_LINE_BREAKS.sub(' ', line)}\r\n" for line in lines)
    return f"{told}\r\n".encode("latin-1", "replace")


def renamed(headers: Headers, *, is_coded: bool = True) -> Headers:
    """Return the headers for a payload that is not as it came over the wire.

    Args:
        headers: As received.
        is_coded: The body had a content-encoding, or is left out; else only its chunks
            were joined.
    """
    no_longer_so = OF_THE_WIRE if is_coded else ("transfer-encoding",)
    return tuple(
        (f"{RENAMED}{name}" if name in no_longer_so else name, value)
        for name, value in headers
    )


def restored(headers: Headers) -> Headers:
    """Return headers as they were before `renamed`."""
    return tuple(
        (
            name.removeprefix(RENAMED)
            if name.removeprefix(RENAMED) in OF_THE_WIRE
            else name,
            value,
        )
        for name, value in headers
    )


def entity(message: Message) -> bytes:
    """Return the payload without its transfer-encoding.

    Many archives hold it so already and leave the header: what is not in chunks is
    returned as it is.
    """
    codings = [value for name, value in message.headers if name == "transfer-encoding"]
    if not any("chunked" in value.lower() for value in codings):
        return message.payload
    payload, at = message.payload, 0
    chunks: list[bytes] = []
    while True:
        end = payload.find(b"\r\n", at)
        size = payload[at:end].partition(b";")[0].strip() if end >= 0 else b""
        if not _CHUNK_SIZE.fullmatch(size):
            return payload
        length, at = int(size, 16), end + 2
        if length == 0:
            return b"".join(chunks)
        if payload[at + length : at + length + 2] != b"\r\n":
            return payload
        chunks.append(payload[at : at + length])
        at += length + 2


def coding(headers: Headers) -> str | None:
    """Return the content-encoding as sent, None for identity."""
    named = ", ".join(value for name, value in headers if name == "content-encoding")
    return None if named.strip().lower() in {"", "identity", "none"} else named.strip()


def decoded(wire: bytes, coding_: str | None, *, limit_bytes: int) -> bytes:
    """Return a body after content-decoding, at most `limit_bytes` of it.

    Raises:
        MessageError: It is larger, cut short, or in a coding that is not read.
    """
    if coding_ is None or not wire:
        body = wire
    elif coding_.lower() in {"gzip", "x-gzip"}:
        # Some archives hold it decoded and leave the header.
        is_gzip = wire[:2] == b"\x1f\x8b"
        body = _inflated(wire, zlib.MAX_WBITS | 16, limit_bytes) if is_gzip else wire
    elif coding_.lower() == "deflate":
        # RFC 9110 section 8.4.1.2: some send it without the zlib header.
        is_zlib = wire[0] & 0x0F == zlib.DEFLATED and len(wire) > 1
        is_zlib = is_zlib and int.from_bytes(wire[:2]) % 31 == 0
        wbits = zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS
        body = _inflated(wire, wbits, limit_bytes)
    elif coding_.lower() == "zstd":
        try:
            with zstandard.ZstdDecompressor(max_window_size=2**23).stream_reader(
                wire
            ) as reader:
                body = reader.read(limit_bytes + 1)
        except zstandard.ZstdError as exc:
            raise MessageError(f"its body is not zstd: {exc}") from exc
    else:
        raise MessageError(
            f"its body is encoded as {coding_!r}; gzip, deflate and zstd are read"
        )
    if len(body) > limit_bytes:
        raise MessageError(f"its body is larger than {limit_bytes} bytes")
    return body


def _inflated(wire: bytes, wbits: int, limit_bytes: int) -> bytes:
    unzip = zlib.decompressobj(wbits)
    try:
        body = unzip.decompress(wire, limit_bytes + 1)
    except zlib.error as exc:
        raise MessageError(f"its body is not what its encoding says: {exc}") from exc
    if not unzip.eof and len(body) <= limit_bytes:
        raise MessageError("its compressed body was cut short")
    return body
