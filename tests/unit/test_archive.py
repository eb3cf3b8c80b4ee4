"""WARC files: what is written, and what is read of other people's."""

import argparse
import gzip
import io
import itertools
import random
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import zstandard
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from scraper import log
from scraper.archive import WarcReader, WarcWriter, reading
from scraper.errors import ArchiveError
from scraper.model import Hop, sha256
from tests.archives import HTML, URL, Crawl, read, record
from tests.recorded import NOON, capture

NOW = NOON + timedelta(days=1)
BODY = "<h1>Bridge opens</h1> caf\u00e9".encode() * 9
DATE = ("WARC-Date", "2024-05-01T12:00:00Z")
RESPONSE = (("WARC-Type", "response"), ("WARC-Target-URI", URL), DATE)


def reader(**changed) -> WarcReader:
    told = {
        "is_wanted": lambda url: url == URL,
        "body": {sha256(BODY): BODY}.get,
        "limit_bytes": 10_000,
        "allowed": (),
        "now": NOW,
    }
    return WarcReader(**told | changed)


def written(*captures) -> bytes:
    stream = io.BytesIO()
    writer = WarcWriter(stream, program="govwatch/0.1.0", made_at=NOW, name="x.warc.gz")
    for one in captures:
        writer.add(one)
    return stream.getvalue()


def bodies(content: bytes, **changed) -> list[bytes]:
    found = read(content, reader(**changed))
    assert [one.refused for one in found] == [""] * len(found)
    return [one.capture.body for one in found]


def refusals(content: bytes, **changed) -> list[str]:
    found = read(content, reader(**changed))
    assert all(one.capture is None for one in found)
    return [one.refused for one in found]


# Writing.

HEADERS = (
    ("content-type", "text/html; charset=utf-8"),
    ("content-encoding", "gzip"),
    ("transfer-encoding", "chunked"),
    ("x-odd", "caf\xe9"),
    ("vary", "a"),
    ("vary", "b"),
)
DIRECT = capture(BODY, headers=HEADERS)
MOVED = replace(
    DIRECT,
    hops=(
        Hop(url=URL, status=301, headers=(("location", "/b?c=d"),)),
        Hop(url="https://www.example.gov/b?c=d", status=200, headers=HEADERS),
    ),
    server_address="[2001:db8::1]:443",
)
PLAIN = replace(
    capture(BODY, headers=(HEADERS[0], ("content-length", str(len(BODY))))),
    content_encoding=None,
    certificate_sha256=None,
    server_address=None,
)


@pytest.mark.parametrize("kept", [DIRECT, MOVED, PLAIN], ids=["direct", "moved", "-"])
def test_a_capture_comes_back_from_its_warc_as_it_was(kept):
    (found,) = read(written(kept), reader())
    assert found.capture == replace(kept, source="warc")


def test_what_is_written_passes_warcios_own_check(tmp_path, capsys):
    file = tmp_path / "a.warc.gz"
    file.write_bytes(written(DIRECT, MOVED, PLAIN, capture(b"")))
    checker = Checker(argparse.Namespace(inputs=[str(file)], verbose=True))
    assert checker.process_all() == 0
    said = capsys.readouterr().out
    assert said.count("digest pass") == 10
    assert "no digest" not in said


def test_each_record_is_a_gzip_member_of_its_own_and_they_name_each_other():
    content = written(MOVED)
    kinds, ids, others = [], set(), set()
    for one in ArchiveIterator(io.BytesIO(content)):
        told = one.rec_headers
        kinds.append((one.rec_type, told.get_header("WARC-Target-URI")))
        if one.rec_type != "warcinfo":
            ids.add(told.get_header("WARC-Record-ID"))
            others |= {v for k, v in told.headers if k == "WARC-Concurrent-To"}
            assert told.get_header("WARC-Date") == "2026-11-23T11:59:59.750000Z"
    assert kinds == [
        ("warcinfo", None),
        ("response", URL),
        ("request", "https://www.example.gov/b?c=d"),
        ("response", "https://www.example.gov/b?c=d"),
    ]
    assert others == ids
    members, rest = 0, content
    while rest:
        member = zlib.decompressobj(31)
        member.decompress(rest)
        members, rest = members + 1, member.unused_data
    assert members == 4


def test_the_same_captures_give_the_same_bytes():
    assert written(DIRECT, MOVED) == written(DIRECT, MOVED)


def test_other_readers_get_the_decoded_body_and_no_header_that_denies_it():
    for response in ArchiveIterator(io.BytesIO(written(DIRECT))):
        body = response.content_stream().read()
    assert body == BODY
    names = {name for name, _ in response.http_headers.headers}
    assert {"content-encoding", "transfer-encoding"} & names == set()
    told = response.http_headers.get_header("x-archive-orig-content-encoding")
    assert told == "gzip"


def test_a_line_break_in_an_archived_header_cannot_forge_another():
    forged = capture(BODY, headers=(("x-a", "1\r\nlocation: https://evil.gov/"),))
    (found,) = read(written(forged), reader())
    assert [name for name, _ in found.capture.hops[-1].headers] == ["x-a"]


# Reading what others wrote.


@pytest.mark.parametrize("compressed", [True, False])
def test_a_response_becomes_a_capture_of_its_time(compressed):
    crawl = Crawl(compressed=compressed).info(software="crawler/3.1")
    crawl.response(BODY, headers=(HTML, ("Set-Cookie", "id=1"), ("ETag", '"7"')))
    (found,) = read(crawl.content, reader())
    made = found.capture
    assert (made.requested_url, made.url, made.status) == (URL, URL, 200)
    assert made.started_at == made.captured_at == datetime(2024, 5, 1, 12, tzinfo=UTC)
    assert (made.body, made.wire_sha256, made.source) == (BODY, sha256(BODY), "warc")
    assert made.program == "crawler/3.1"
    assert made.headers == {"content-type": HTML[1], "etag": '"7"'}
    assert (made.server_address, made.request_headers) == (None, ())


def test_a_single_gzip_of_all_records_is_read_too():
    crawl = Crawl(compressed=False).response(b"one").response(b"two")
    assert bodies(gzip.compress(crawl.content)) == [b"one", b"two"]


@pytest.mark.parametrize(
    ("wire", "headers"),
    [
        (gzip.compress(BODY), [("Content-Encoding", "gzip")]),
        (zlib.compress(BODY), [("Content-Encoding", "deflate")]),
        (zlib.compress(BODY)[2:-4], [("Content-Encoding", "deflate")]),
        (zstandard.compress(BODY), [("Content-Encoding", "zstd")]),
        (BODY, [("Content-Encoding", "gzip")]),  # decoded, and the header left
        (BODY, [("Transfer-Encoding", "chunked")]),  # likewise
        (
            b"5;x=y\r\n" + BODY[:5] + b"\r\n" + b"%X\r\n" % len(BODY[5:]) + BODY[5:]
            + b"\r\n0\r\n\r\n",
            [("Transfer-Encoding", "chunked")],
        ),
    ],
)  # fmt: skip
def test_bodies_are_decoded_as_a_browser_would(wire, headers):
    assert bodies(Crawl().response(wire, headers=tuple(headers)).content) == [BODY]


def test_only_wanted_addresses_are_read_whatever_their_scheme_and_tracking():
    crawl = (
        Crawl()
        .response(b"no", url="https://www.example.gov/other")
        .response(b"nor", url="https://www.example.com/releases/bridge")
        .response(b"nor", url="dns:www.example.gov")
        .response(b"yes", url="http://www.example.gov/releases/bridge?utm_source=x#a")
    )
    assert bodies(crawl.content) == [b"yes"]


def test_a_redirect_from_a_wanted_address_shortly_before_is_followed():
    to = "https://www.example.gov/new/bridge"
    crawl = Crawl()
    crawl.response(status="301 Moved", headers=(("Location", "/new/bridge"),))
    crawl.response(BODY, url=to, at="2024-05-01T12:30:00Z")
    (found,) = read(crawl.content, reader())
    assert found.capture.requested_url == URL
    assert [(hop.url, hop.status) for hop in found.capture.hops] == [
        (URL, 301),
        (to, 200),
    ]
    crawl.response(BODY, url=to, at="2024-05-03T12:30:00Z")
    assert len(read(crawl.content, reader())) == 1


def test_a_way_to_a_page_begins_at_the_address_that_is_wanted():
    crawl = Crawl()
    way = ["https://www.example.gov/old", URL, "https://www.example.gov/new"]
    for a, b in itertools.pairwise(way):
        crawl.response(url=a, status="301 Moved", headers=(("Location", b),))
    crawl.response(BODY, url=way[-1])
    (found,) = read(crawl.content, reader())
    assert [hop.url for hop in found.capture.hops] == way[1:]


def test_redirects_in_a_circle_lead_nowhere():
    crawl = Crawl()
    for a, b in (("a", "b"), ("b", "a")):
        crawl.response(
            url=f"https://www.example.gov/{a}",
            status="302 Found",
            headers=(("Location", f"/{b}"),),
        )
    crawl.response(BODY, url="https://www.example.gov/a")
    assert read(crawl.content, reader()) == []


def after_redirects(count: int, *named: str) -> bytes:
    """Return redirects from URL, and a response that names them, and `named`."""
    crawl = Crawl()
    ids = [f"<urn:uuid:{number:032}>" for number in range(count)]
    for one in ids:
        crawl.response(
            status="301 Moved", headers=(("Location", "/new"),), WARC_Record_ID=one
        )
    told = [("WARC-Concurrent-To", one) for one in (*ids, *named)]
    target = ("WARC-Target-URI", "https://www.example.gov/new")
    block = b"HTTP/1.1 200 OK\r\n\r\n" + BODY
    return crawl.content + record(block, RESPONSE[0], target, DATE, *told)


def test_a_response_that_names_more_redirects_than_anyone_follows_is_refused():
    assert refusals(after_redirects(6)) == ["record 7: it names more than 5 redirects"]


def test_a_redirect_that_is_named_a_thousand_times_is_one_hop():
    (found,) = read(after_redirects(1, *[f"<urn:uuid:{0:032}>"] * 999), reader())
    assert [hop.status for hop in found.capture.hops] == [301, 200]


def test_a_program_is_named_as_a_header_can_hold_it():
    odd = ("Govwatch-Program", "a\rX: y\x1b[31m\u202e")
    block = b"HTTP/1.1 200 OK\r\n\r\n" + BODY
    (found,) = read(record(block, *RESPONSE, odd), reader())
    assert found.capture.program == "a?X: y?[31m?"


def test_a_revisit_has_the_body_of_the_response_it_refers_to():
    crawl = Crawl()
    crawl.response(BODY, **{"WARC-Payload-Digest": f"sha256:{sha256(BODY)}"})
    crawl.revisit(BODY, at="2024-06-01T12:00:00Z")
    assert bodies(crawl.content) == [BODY, BODY]
    first, again = read(crawl.content, reader())
    assert again.capture.captured_at - first.capture.captured_at == timedelta(days=31)
    assert again.capture.wire_sha256 == first.capture.wire_sha256


def test_a_revisit_whose_response_is_nowhere_is_refused():
    crawl = Crawl().revisit(BODY, at="2024-06-01T12:00:00Z")
    assert "not read before" in refusals(crawl.content)[0]
    unkept = Crawl().response(b"another")
    unkept.revisit(b"another", at="2024-06-01T12:00:00Z")
    assert "not read before" in read(unkept.content, reader())[1].refused


def test_a_digest_that_lies_about_a_body_lends_it_to_no_revisit():
    crawl = Crawl().response(
        b"other words",
        **{
            "WARC-Payload-Digest": f"sha256:{sha256(BODY)}",
            "WARC-Block-Digest": "unknown:x",
        },
    )
    crawl.revisit(BODY, at="2024-06-01T12:00:00Z")
    lied, revisited = refusals(crawl.content)
    assert "altered" in lied
    assert "not read before" in revisited


def test_a_true_record_with_a_false_payload_digest_lends_its_body_to_none():
    crawl = Crawl().response(
        b"other words", **{"WARC-Payload-Digest": f"sha256:{sha256(BODY)}"}
    )
    crawl.revisit(BODY, at="2024-06-01T12:00:00Z")
    kept = {sha256(b"other words"): b"other words"}.get
    true, revisited = read(crawl.content, reader(body=kept))
    assert true.capture.body == b"other words"
    assert "not read before" in revisited.refused


# Hostile and broken.


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (Crawl().response(b"x" * 10_001), "larger than 10000 bytes"),
        (Crawl().response(b"x" * 200_001), "larger than 10000 bytes"),
        (
            Crawl().response(
                gzip.compress(b"0" * 9_000_000), headers=(("Content-Encoding", "gzip"),)
            ),
            "larger than 10000 bytes",
        ),
        (
            Crawl().response(
                zstandard.compress(b"0" * 9_000_000),
                headers=(("Content-Encoding", "zstd"),),
            ),
            "larger than 10000 bytes",
        ),
        (
            Crawl().response(
                gzip.compress(BODY)[:-9], headers=(("Content-Encoding", "gzip"),)
            ),
            "cut short",
        ),
        (
            Crawl().response(b"\0" * 9, headers=(("Content-Encoding", "deflate"),)),
            "not what its encoding says",
        ),
        (Crawl().response(BODY, headers=(("Content-Encoding", "br"),)), "'br'"),
        (Crawl().response(BODY, **{"WARC-Truncated": "length"}), "only a part"),
        (
            Crawl().response(BODY, **{"WARC-Block-Digest": "sha1:" + "A" * 32}),
            "altered or damaged",
        ),
        (Crawl().response(BODY, at="2027-01-01T00:00:00Z"), "its date is '2027"),
        (Crawl().response(BODY, at="1066-10-14T00:00:00Z"), "its date is '1066"),
        (Crawl().response(BODY, at="2024-13-01T00:00:00Z"), "its date is '2024-13"),
        (Crawl().response(BODY, at="yesterday"), "its date is 'yesterday'"),
        (Crawl().response(BODY, headers=(("A", "b"),) * 201), "has 201 headers"),
        (Crawl().response(BODY, headers=(("A", "b" * 70_000),)), "70"),
        (Crawl().response(BODY, url="https://www.example.gov:8080/"), "port 8080"),
        (Crawl().response(BODY, url="https://user@www.example.gov/"), "user"),
    ],
)
def test_a_hostile_record_is_refused_in_one_line_and_the_next_is_read(content, why):
    content.response(b"the next")
    refused, fine = read(content.content, reader())
    assert why in refused.refused
    assert "\n" not in refused.refused
    assert refused.capture is None
    assert fine.capture.body == b"the next"


@pytest.mark.parametrize(
    ("block", "why"),
    [
        (b"", "do not end"),
        (b"HTTP/1.1 200 OK\r\n", "do not end"),
        (b"SMTP 200\r\n\r\nbody", "not that of an HTTP response"),
    ],
)
def test_a_response_that_is_no_http_is_refused(block, why):
    assert why in refusals(record(block, *RESPONSE))[0]


def test_headers_folded_in_the_old_way_are_one_header():
    block = b"HTTP/1.0 200 OK\r\nA: b\r\n c\r\nno header\r\nD:e\r\n\r\nbody"
    (found,) = read(record(block, *RESPONSE), reader())
    assert found.capture.headers == {"a": "b c", "d": "e"}
    assert found.capture.http_version == "HTTP/1.0"


FINE = record(b"HTTP/1.1 200 OK\r\n\r\nfine", *RESPONSE)


@pytest.mark.parametrize(
    ("rest", "why"),
    [
        (FINE[:-30], "ends within a record"),
        (gzip.decompress(FINE)[:-10], "damaged"),
        (FINE[:20] + b"\xff" * 40 + FINE[60:], "damaged"),
        (gzip.compress(b"no record\r\n\r\n"), "record 2 is none"),
        (gzip.compress(b"WARC/1.0\r\nWARC-Type: x\r\n\r\n"), "how long it is"),
        (record(b"", length=-1), "-1 bytes"),
        (record(b"", ("A", "b" * 500_000)), "headers are larger"),
        (record(b"", *[("A", "b")] * 99_999), "headers are larger"),
        (gzip.compress(b"\r\n" * 500_000), "headers are larger"),
        (record(b"\0" * 70_000_000, ("WARC-Type", "x")), "200 times as large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-",
)
def test_what_came_before_the_broken_part_of_a_file_is_read(rest, why):
    assert until_it_breaks(FINE + rest, why) == [b"fine"]


def test_an_uncompressed_file_that_ends_early_keeps_no_half_page():
    whole = gzip.decompress(FINE)
    said = "ends within a record"
    assert until_it_breaks(whole + whole[:-9], said) == [b"fine"]


def until_it_breaks(content: bytes, why: str) -> list[bytes]:
    seen: list[bytes] = []
    with pytest.raises(ArchiveError, match=why):
        seen.extend(
            one.capture.body
            for one in reader().read(io.BytesIO(content))
            if one is not None
        )
    return seen


def test_a_damaged_record_is_not_read_though_nothing_states_its_digest():
    words = bytes(n * n % 251 for n in range(40_000))
    damaged = bytearray(record(b"HTTP/1.1 200 OK\r\n\r\n" + words, *RESPONSE))
    damaged[-6] ^= 1  # its checksum
    said = "compression is damaged"
    assert until_it_breaks(FINE + bytes(damaged), said) == [b"fine"]


@pytest.mark.parametrize("content", [b"<html>", b"\x1f\x8b", gzip.compress(b"%PDF")])
def test_a_file_that_is_no_warc_is_said_to_be_none(content):
    with pytest.raises(ArchiveError, match=r"no WARC|ends within"):
        read(content, reader())


def test_an_empty_file_and_one_padded_with_zeros_just_end():
    assert read(b"", reader()) == []
    assert bodies(FINE + b"\0" * 999) == [b"fine"]


def test_records_are_whole_wherever_the_pieces_of_the_file_end():
    """The file is read in pieces of 16 KiB: a checksum may lie in the next one."""
    seen = set()
    for size in range(16_180, 16_240):
        words = random.Random(size).randbytes(size)  # noqa: S311 - just noise
        wire = record(b"HTTP/1.1 200 OK\r\n\r\n" + words, *RESPONSE)
        seen.add(len(wire) - 16_384)
        assert bodies(wire + FINE, limit_bytes=99_999) == [words, b"fine"]
    assert {*range(1, 9)} <= seen


def test_nothing_in_an_archive_is_logged_as_it_stands(caplog):
    log.set_up()
    crawl = Crawl().response(BODY, url="https://www.example.gov/a \x1b]0;b\x07")
    assert "control character" in refusals(crawl.content)[0]
    assert caplog.records == []


def test_what_is_remembered_of_an_archive_is_bounded():
    known = {}
    for number in range(60_000):
        reading._remember(known, str(number), number)
    assert len(known) == 50_000
    assert list(known)[-1] == "59999"
    reading._remember(known, "x" * 5000, 0)
    assert list(known)[-1] == "59999"


def test_a_redirect_of_headers_without_end_is_not_remembered():
    crawl = Crawl()
    long = ("X-Long", "x" * 9000)
    crawl.response(status="301 Moved", headers=(("Location", "/new"), long))
    crawl.response(BODY, url="https://www.example.gov/new")
    assert read(crawl.content, reader()) == []
