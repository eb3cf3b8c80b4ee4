"""Broken WARC files: whatever the bytes, a clear end, and no page not in them."""

import contextlib
import gzip
import io

from hypothesis import given, settings
from hypothesis import strategies as st

from scraper.archive import WarcReader, WarcWriter
from scraper.archive.message import (
    MessageError,
    decoded,
    entity,
    parsed,
    renamed,
    restored,
)
from scraper.errors import ArchiveError
from tests.archives import URL, Crawl
from tests.recorded import NOON, capture

BODIES = [b"first page " * 20, b"second page " * 20, b"third page " * 20]


def crawl(*, compressed: bool) -> bytes:
    made = Crawl(compressed=compressed).info(software="crawler/3.1")
    for number, body in enumerate(BODIES):
        made.response(body, at=f"2024-05-0{number + 1}T12:00:00Z")
    return made.content


FILES = [crawl(compressed=True), crawl(compressed=False)]


def bodies(content: bytes) -> list[bytes]:
    reader = WarcReader(
        is_wanted=lambda url: url == URL,
        body=lambda digest: None,
        limit_bytes=100_000,
        allowed=(),
        now=NOON,
    )
    found: list[bytes] = []
    with contextlib.suppress(ArchiveError):
        found.extend(
            one.capture.body
            for one in reader.read(io.BytesIO(content))
            if one is not None and one.capture is not None
        )
    return found


@given(st.sampled_from(FILES), st.data())
@settings(deadline=None)
def test_a_file_cut_anywhere_keeps_whole_pages_only(content, data):
    cut = data.draw(st.integers(0, len(content)))
    found = bodies(content[:cut])
    assert found == BODIES[: len(found)]


@given(st.sampled_from(FILES), st.data())
@settings(deadline=None)
def test_a_file_with_some_bytes_altered_gives_no_altered_page(content, data):
    altered = bytearray(content)
    # Two digests cover a body: it takes three hits to alter it unseen.
    for _ in range(2):
        at = data.draw(st.integers(0, len(content) - 1))
        altered[at] = data.draw(st.integers(0, 255))
    assert set(bodies(bytes(altered))) <= set(BODIES)


@given(st.binary(max_size=400), st.sampled_from(["plain", "gzip", "record"]))
@settings(deadline=None)
def test_any_bytes_end_in_a_clear_way(content, form):
    if form == "record":
        content = b"WARC/1.0\r\nContent-Length: 9\r\n" + content
    bodies(gzip.compress(content) if form == "gzip" else content)


@given(st.binary(max_size=300), st.sampled_from([None, "gzip", "deflate", "zstd"]))
def test_any_http_message_is_read_or_refused(content, coding):
    with contextlib.suppress(MessageError):
        told = parsed(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n" + content)
        assert len(decoded(entity(told), coding, limit_bytes=50)) <= 50


names = st.from_regex(r"[a-z]{1,8}", fullmatch=True) | st.sampled_from(
    ["content-encoding", "content-length", "transfer-encoding"]
)
values = st.text(st.characters(codec="latin-1", min_codepoint=32), max_size=20).map(
    str.strip
)


@given(st.lists(st.tuples(names, values), max_size=6).map(tuple), st.binary())
@settings(deadline=None)
def test_every_capture_comes_back_byte_for_byte(headers, body):
    assert restored(renamed(headers)) == headers
    stream = io.BytesIO()
    writer = WarcWriter(stream, program="govwatch/1", made_at=NOON, name=None)
    kept = capture(body, headers=headers)
    writer.add(kept)
    assert bodies(stream.getvalue()) == [body]
