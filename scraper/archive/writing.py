"""Captures as WARC/1.1 (ISO 28500:2017), each record a gzip member of its own."""

from __future__ import annotations

import io
from datetime import UTC
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from scraper.archive import message
from scraper.model import sha256

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from typing import IO

    from scraper.model import Capture, Hop

_VERSION: Final = "WARC/1.1"
_ABOUT: Final = (
    "Bodies are kept after content-decoding: where a server named Content-Encoding,"
    " Content-Length or Transfer-Encoding, those headers are X-Archive-Orig-... here."
    " The answers of redirects are kept without their bodies, and marked as truncated."
    " Reasons of status lines are not kept."
)


class WarcWriter:
    """Writes captures to a stream; the same captures give the same records."""

    def __init__(
        self, stream: IO[bytes], *, program: str, made_at: datetime, name: str | None
    ) -> None:
        """Write the warcinfo record.

        Args:
            stream: Where to; it need not be seekable.
            program: Name and version of what writes, `govwatch/0.1.0`.
            made_at: The time, aware.
            name: Of the file, if it has one.
        """
        self._writer = WARCWriter(stream, gzip=True, warc_version="1.1")
        told = {
            "software": program,
            "format": "WARC File Format 1.1",
            "conformsTo": "http://iipc.github.io/warc-specifications/specifications/"
            "warc-format/warc-1.1/",
            "description": _ABOUT,
        }
        block = "".join(f"{key}: {value}\r\n" for key, value in told.items()).encode()
        self._info_id = _record_id("warcinfo", program, _date(made_at))
        self._write(
            "warcinfo",
            block,
            [
                ("WARC-Record-ID", self._info_id),
                ("WARC-Date", _date(made_at)),
                *([("WARC-Filename", name)] if name else []),
            ],
            content_type="application/warc-fields",
        )

    def add(self, capture: Capture) -> None:
        """Write a capture: its redirects, its request and its response.

        All are of one date, when the capture began (section 5.4), and name each other.
        """
        began = _date(capture.started_at)
        ids = [
            _record_id("response", hop.url, began, str(number))
            for number, hop in enumerate(capture.hops)
        ]
        request_id = _record_id("request", capture.url, began)
        # Of what others archived, what was asked may not be known.
        all_ids = [*ids, request_id] if capture.request_headers else ids
        for hop, record_id in zip(capture.hops[:-1], ids[:-1], strict=True):
            self._response(hop, capture, record_id, others=all_ids)
        if capture.request_headers:
            self._request(capture, request_id, others=ids)
        self._response(capture.hops[-1], capture, ids[-1], others=all_ids, is_last=True)

    def _request(self, capture: Capture, record_id: str, others: list[str]) -> None:
        parts = urlsplit(capture.url)
        target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        head = message.head(
            f"GET {target} {capture.http_version}", capture.request_headers
        )
        self._message(
            "request", head, b"", self._named(capture.url, capture, record_id, others)
        )

    def _response(
        self,
        hop: Hop,
        capture: Capture,
        record_id: str,
        others: list[str],
        *,
        is_last: bool = False,
    ) -> None:
        is_coded = not is_last or capture.content_encoding is not None
        headers = message.renamed(hop.headers, is_coded=is_coded)
        fields = self._named(hop.url, capture, record_id, others)
        if is_last:
            fields += _own_fields(capture)
        else:
            fields.append(("WARC-Truncated", "unspecified"))
        self._message(
            "response",
            message.head(f"{capture.http_version} {hop.status} ", headers),
            capture.body if is_last else b"",
            fields,
        )

    def _named(
        self, url: str, capture: Capture, record_id: str, others: list[str]
    ) -> list[tuple[str, str]]:
        return [
            ("WARC-Record-ID", record_id),
            ("WARC-Date", _date(capture.started_at)),
            ("WARC-Target-URI", url),
            ("WARC-Warcinfo-ID", self._info_id),
            *(("WARC-Concurrent-To", other) for other in others if other != record_id),
        ]

    def _message(
        self, kind: str, head: bytes, payload: bytes, fields: list[tuple[str, str]]
    ) -> None:
        self._write(
            kind,
            head + payload,
            [*fields, ("WARC-Payload-Digest", f"sha256:{sha256(payload)}")],
            content_type=f"application/http;msgtype={kind}",
        )

    def _write(
        self,
        kind: str,
        block: bytes,
        fields: Iterable[tuple[str, str]],
        *,
        content_type: str,
    ) -> None:
        headers = [
            ("WARC-Type", kind),
            *fields,
            ("WARC-Block-Digest", f"sha256:{sha256(block)}"),
        ]
        # Without parsed headers warcio writes the block as it is.
        record = ArcWarcRecord(
            "warc",
            kind,
            StatusAndHeaders("", headers, protocol=_VERSION),
            io.BytesIO(block),
            None,
            content_type,
            len(block),
        )
        record.payload_length = len(block)
        self._writer.write_record(record)


OWN: Final = {
    "captured_at": "Govwatch-Captured-At",
    "server_address": "Govwatch-Server-Address",
    "certificate_sha256": "Govwatch-Certificate-Sha256",
    "wire_sha256": "Govwatch-Wire-Sha256",
    "program": "Govwatch-Program",
}
"""What a capture knows and the standard has no field for. Readers ignore fields they
do not know (section 4)."""


def _own_fields(capture: Capture) -> list[tuple[str, str]]:
    told = {
        "captured_at": _date(capture.captured_at),
        "server_address": capture.server_address,
        "certificate_sha256": capture.certificate_sha256,
        "wire_sha256": capture.wire_sha256,
        "program": capture.program,
    }
    address = _address(capture.server_address or "")
    return [
        *([("WARC-IP-Address", address)] if address else []),
        *((OWN[name], value) for name, value in told.items() if value),
    ]


def _date(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def _address(server_address: str) -> str:
    """Return the IP address without its port."""
    host, _, port = server_address.rpartition(":")
    return (host if port.isdecimal() and host else server_address).strip("[]")


def _record_id(*told: str) -> str:
    """Return an id that is the same whenever the same capture is written."""
    return f"<urn:uuid:{uuid5(NAMESPACE_URL, chr(10).join(('govwatch', *told)))}>"
