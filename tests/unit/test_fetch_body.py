import gzip
import hashlib

import pytest

from scraper.errors import FetchError
from scraper.fetch import body, contact_problem

URL = "https://agency.gov/"


def read(*pieces, coding=None, limit_bytes=1000, cut=False):
    return body.read(URL, pieces, coding=coding, limit_bytes=limit_bytes, cut=cut)


def test_a_plain_body_is_what_came_over_the_wire():
    assert read(b"ab", b"cd") == (b"abcd", hashlib.sha256(b"abcd").hexdigest())


def test_a_compressed_body_is_decoded_and_hashed_as_it_came():
    wire = gzip.compress(b"words " * 100)
    pieces = [wire[i : i + 1] for i in range(len(wire))]
    decoded, wire_sha256 = read(*pieces, coding="gzip")
    assert decoded == b"words " * 100
    assert wire_sha256 == hashlib.sha256(wire).hexdigest()


@pytest.mark.parametrize("size", [999, 1000])
def test_a_body_up_to_the_limit_is_read(size):
    assert len(read(b"x" * size)[0]) == size
    assert len(read(gzip.compress(b"x" * size), coding="gzip")[0]) == size


def test_a_body_beyond_the_limit_is_refused_before_or_after_decoding():
    with pytest.raises(FetchError, match="larger than 1000"):
        read(b"x" * 1001)
    with pytest.raises(FetchError, match="larger than 1000"):
        read(gzip.compress(b"x" * 1001), coding="gzip")


def test_a_bomb_is_never_unpacked_past_the_limit():
    drawn = []

    def wire():
        packed = gzip.compress(bytes(50_000_000))
        for start in range(0, len(packed), 1000):
            drawn.append(start)
            yield packed[start : start + 1000]

    with pytest.raises(FetchError, match="larger"):
        body.read(URL, wire(), coding="gzip", limit_bytes=100_000)
    assert len(drawn) < 5


def test_a_body_may_be_cut_instead():
    assert read(b"x" * 600, b"y" * 600, cut=True)[0] == b"x" * 600 + b"y" * 400


def test_a_truncated_compressed_body_is_refused():
    wire = gzip.compress(b"words " * 100)
    for length in (1, 5, len(wire) - 1):
        with pytest.raises(FetchError, match="cut short"):
            read(wire[:length], coding="gzip")


@pytest.mark.parametrize(
    "wire", [b"plain", gzip.compress(b"x") + b"more", gzip.compress(b"x") * 2]
)
def test_a_body_that_is_not_one_whole_gzip_stream_is_refused(wire):
    with pytest.raises(FetchError):
        read(wire, coding="gzip")
    with pytest.raises(FetchError):
        read(*[wire[i : i + 1] for i in range(len(wire))], coding="gzip")


def test_an_empty_body_may_be_marked_as_compressed():
    assert read(coding="gzip")[0] == b""


@pytest.mark.parametrize(
    ("value", "coding"),
    [("gzip", "gzip"), ("X-GZIP", "gzip"), ("identity", None), ("", None)],
)
def test_the_coding_we_offer_is_accepted(value, coding):
    assert body.content_coding(URL, [("content-encoding", value)]) == coding
    assert body.content_coding(URL, []) is None


@pytest.mark.parametrize("value", ["br", "zstd", "deflate", "gzip, gzip", "gzip,br"])
def test_a_coding_we_did_not_offer_is_refused(value):
    with pytest.raises(FetchError, match="only gzip"):
        body.content_coding(URL, [("content-encoding", value)])


def test_two_headers_are_two_codings():
    twice = [("content-encoding", "gzip"), ("content-encoding", "gzip")]
    with pytest.raises(FetchError, match="only gzip"):
        body.content_coding(URL, twice)


def test_headers_are_bounded_in_number_and_size():
    assert body.bounded_headers(URL, [(b"X-A", b"\xe9")] * 200)[0] == ("x-a", "\xe9")
    with pytest.raises(FetchError, match="201 headers"):
        body.bounded_headers(URL, [(b"a", b"b")] * 201)
    with pytest.raises(FetchError, match="headers"):
        body.bounded_headers(URL, [(b"a", b"b" * 65536)])


@pytest.mark.parametrize(
    "contact", ["desk@paper.example", "https://paper.example/bots", "http://a.example"]
)
def test_a_contact_is_an_address_where_someone_can_be_reached(contact):
    assert contact_problem(contact) is None


@pytest.mark.parametrize(
    "contact",
    [
        "",
        "me",
        "a@b.example\r\nX-Evil: 1",
        "a@b.example\x00",
        "a@b.example)",
        "a @b.example",
        "\u0430@b.example",
        "a@" + "b" * 300,
        "javascript:alert(1)",
    ],
)
def test_a_contact_cannot_carry_a_header_or_a_comment(contact):
    assert contact_problem(contact)
