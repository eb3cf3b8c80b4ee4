"""WARC files as other programs write them: made with warcio in tests."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from scraper.model import sha256

if TYPE_CHECKING:
    from scraper.archive import Found, WarcReader

URL = "https://www.example.gov/releases/bridge"
HTML = ("Content-Type", "text/html; charset=utf-8")


class Crawl:
    """A crawl's file in the making; records are written as warcio writes them."""

    def __init__(self, *, compressed: bool = True) -> None:
        self.stream = io.BytesIO()
        self.writer = WARCWriter(self.stream, gzip=compressed, warc_version="1.0")

    def info(self, **told: str) -> Crawl:
        self.writer.write_record(self.writer.create_warcinfo_record("x.warc", told))
        return self

    def response(
        self,
        body: bytes = b"",
        *,
        url: str = URL,
        at: str = "2024-05-01T12:00:00Z",
        status: str = "200 OK",
        headers: tuple[tuple[str, str], ...] = (HTML,),
        kind: str = "response",
        **fields: str,
    ) -> Crawl:
        told = {name.replace("_", "-"): value for name, value in fields.items()}
        record = self.writer.create_warc_record(
            url,
            kind,
            payload=io.BytesIO(body),
            length=len(body),
            http_headers=StatusAndHeaders(status, list(headers), protocol="HTTP/1.1"),
            warc_headers_dict={"WARC-Date": at} | told,
        )
        self.writer.write_record(record)
        return self

    def revisit(self, of: bytes, *, url: str = URL, at: str) -> Crawl:
        self.writer.write_record(
            self.writer.create_revisit_record(
                url,
                f"sha256:{sha256(of)}",
                refers_to_uri=URL,
                refers_to_date="2024-05-01T12:00:00Z",
                http_headers=StatusAndHeaders("200 OK", [HTML], protocol="HTTP/1.1"),
                warc_headers_dict={"WARC-Date": at},
            )
        )
        return self

    @property
    def content(self) -> bytes:
        return self.stream.getvalue()


def record(block: bytes, *fields: tuple[str, str], length: int | None = None) -> bytes:
    """Return a record with exactly these fields, compressed."""
    size = len(block) if length is None else length
    head = "".join(f"{name}: {value}\r\n" for name, value in fields)
    told = f"WARC/1.0\r\n{head}Content-Length: {size}\r\n\r\n".encode()
    return gzip.compress(told + block + b"\r\n\r\n")


def read(content: bytes, reader: WarcReader) -> list[Found]:
    """Return what is found in a file, without what nobody wants."""
    return [one for one in reader.read(io.BytesIO(content)) if one is not None]
