"""Bodies and headers, read with bounds: nothing a server sends is taken on trust."""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING

from scraper.errors import FetchError
from scraper.model import Sha256

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MOST_HEADERS = 200
_MOST_HEADER_BYTES = 64 * 1024
_PIECE = 64 * 1024
"""How much is decompressed before the bound is looked at again."""


def bounded_headers(
    url: str, raw: Sequence[tuple[bytes, bytes]]
) -> tuple[tuple[str, str], ...]:
    """Return headers as text, names in lower case.

    Raises:
        FetchError: There are too many, or too much of them.
    """
    size = sum(len(name) + len(value) for name, value in raw)
    if len(raw) > _MOST_HEADERS or size > _MOST_HEADER_BYTES:
        raise FetchError(
            url,
            f"the answer has {len(raw)} headers of {size} bytes; at most "
            f"{_MOST_HEADERS} and {_MOST_HEADER_BYTES} are read",
        )
    return tuple(
        (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in raw
    )


def content_coding(url: str, headers: Iterable[tuple[str, str]]) -> str | None:
    """Return the one content-encoding of a body, None for identity.

    Raises:
        FetchError: It is one we did not offer, or several.
    """
    named = ", ".join(value for name, value in headers if name == "content-encoding")
    codings = [coding.strip().lower() for coding in named.split(",") if coding.strip()]
    if not codings or codings == ["identity"]:
        return None
    # RFC 9110 section 8.4.1.3: x-gzip is the same.
    if codings in (["gzip"], ["x-gzip"]):
        return "gzip"
    raise FetchError(
        url, f"the body is encoded as {named!r}; only gzip, once, is decoded"
    )


def read(
    url: str,
    pieces: Iterable[bytes],
    *,
    coding: str | None,
    limit_bytes: int,
    cut: bool = False,
) -> tuple[bytes, Sha256]:
    """Return a whole body after decoding, and the hash of what came over the wire.

    Args:
        url: For the error.
        pieces: As received.
        coding: From `content_coding`.
        limit_bytes: Of the wire and of the decoded body alike.
        cut: Keep what fits instead of failing (robots.txt, RFC 9309 section 2.5).

    Raises:
        FetchError: It is too big, truncated or not what its encoding says.
    """
    wire = hashlib.sha256()
    body = bytearray()
    received = 0
    unzip = _Unzip(url) if coding == "gzip" else None
    for piece in pieces:
        wire.update(piece)
        received += len(piece)
        for plain in (piece,) if unzip is None else unzip.pieces(piece):
            body += plain
            if max(received, len(body)) > limit_bytes:
                if cut:
                    return bytes(body[:limit_bytes]), Sha256(wire.hexdigest())
                raise FetchError(url, f"the body is larger than {limit_bytes} bytes")
    # Servers mark even an empty body as gzip.
    if unzip is not None and received:
        unzip.finish()
    return bytes(body), Sha256(wire.hexdigest())


class _Unzip:
    """Decompresses in pieces of bounded size, whatever the ratio."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._zlib = zlib.decompressobj(zlib.MAX_WBITS | 16)

    def pieces(self, wire: bytes) -> Iterable[bytes]:
        while wire:
            if self._zlib.eof:
                raise FetchError(self._url, "something follows the compressed body")
            try:
                plain = self._zlib.decompress(wire, _PIECE)
            except zlib.error as exc:
                raise FetchError(self._url, f"the body is not gzip: {exc}") from exc
            wire = self._zlib.unconsumed_tail or self._zlib.unused_data
            yield plain

    def finish(self) -> None:
        if not self._zlib.eof:
            raise FetchError(self._url, "the compressed body was cut short")
