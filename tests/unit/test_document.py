import gzip
import tracemalloc

import pytest

from scraper import document

URL = "https://www.example.gov/news/1"
NAME = "Jos\u00e9"


@pytest.mark.parametrize(
    ("body", "header", "encoding"),
    [
        (b"\xef\xbb\xbf" + NAME.encode(), "text/html; charset=latin1", "utf-8 (bom)"),
        (b"\xff\xfe" + NAME.encode("utf-16-le"), None, "utf-16-le (bom)"),
        (NAME.encode("cp1252"), "text/html; charset=ISO-8859-1", "cp1252 (header)"),
        (NAME.encode("cp1252"), 'text/html; charset="US-ASCII"', "cp1252 (header)"),
        (
            b'<meta charset="windows-1252">' + NAME.encode("cp1252"),
            "text/html",
            "cp1252 (meta)",
        ),
        (
            b"<meta http-equiv=Content-Type content='text/html; charset=utf8'>"
            + NAME.encode(),
            None,
            "utf-8 (meta)",
        ),
        (NAME.encode(), "text/html; charset=utf-7", "utf-8 (default)"),
        (NAME.encode(), "text/html; charset=zlib", "utf-8 (default)"),
        (b"<meta charset=utf-16>" + NAME.encode(), None, "utf-8 (meta)"),
        (b"<!-- <meta charset=big5> -->" + NAME.encode(), None, "utf-8 (default)"),
        (
            b'<meta name=description content="charset=big5">' + NAME.encode(),
            None,
            "utf-8 (default)",
        ),
        (b" " * 1100 + b"<meta charset=big5>", None, "utf-8 (default)"),
    ],
)
def test_the_encoding_is_the_one_browsers_would_use(
    body: bytes, header: str | None, encoding: str
) -> None:
    page = document.parse(body, url=URL, content_type=header)
    assert page.encoding == encoding
    assert "\ufffd" not in page.text
    assert page.text.rstrip().endswith(NAME) or "big5" in page.text


def test_bytes_that_do_not_decode_become_replacement_characters() -> None:
    assert document.parse(b"a\xffb", url=URL).text == "a\ufffdb"


def test_only_a_declared_plain_text_is_plain_text() -> None:
    plain = document.parse(b"x", url=URL, content_type="Text/Plain; charset=utf-8")
    assert plain.is_plain_text
    assert not document.parse(b"x", url=URL).is_plain_text


def test_a_tree_of_ones_own_can_be_changed_before_and_after_others_look() -> None:
    page = document.parse(b"<p>Ice</p><nav>Home</nav>", url=URL)
    for _ in range(2):
        page.own_tree().css("nav")[0].decompose()
        assert page.tree.css_first("nav") is not None


def test_a_gzip_file_is_read_as_what_it_holds() -> None:
    xml = f"<?xml version='1.0'?><urlset>{NAME}</urlset>"
    packed = gzip.compress(xml.encode())
    assert document.parse(packed, url=URL).text == xml
    assert document.unpacked(xml.encode()) == xml.encode()


def test_a_gzip_file_in_another_is_not_opened() -> None:
    inner = gzip.compress(b"<urlset/>")
    assert document.unpacked(gzip.compress(inner)) == inner


@pytest.mark.parametrize(
    "broken",
    [
        gzip.compress(b"<urlset/>" * 100)[:-1],
        gzip.compress(b"<urlset/>" * 100)[:-20],
        gzip.compress(b"<urlset/>")[:-8] + b"\0" * 8,
        gzip.compress(b"<urlset/>") + b"<urlset/>",
        document.GZIP,
    ],
    ids=["cut in its length", "cut in its text", "another sum", "a tail", "a head"],
)
def test_a_gzip_file_that_is_not_whole_is_left_as_it_is(broken: bytes) -> None:
    assert document.unpacked(broken) == broken


def test_a_gzip_file_is_unpacked_up_to_ten_megabytes_and_no_further() -> None:
    full = b" " * 10_000_000
    assert document.unpacked(gzip.compress(full)) == full
    bomb = gzip.compress(full + b" ")
    assert document.unpacked(bomb) == bomb


def test_a_bomb_takes_no_more_memory_than_its_bound() -> None:
    bomb = gzip.compress(b" " * 150_000_000, compresslevel=1)
    tracemalloc.start()
    try:
        assert document.unpacked(bomb) == bomb
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 30_000_000
