"""Whatever the bytes: an article or ExtractError, the same each time."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scraper import document, extraction
from scraper.config import load_profiles
from scraper.errors import ExtractError
from scraper.model import Reading

GENERIC = load_profiles().generic
PAGES = [
    path.read_bytes()
    for path in sorted(Path(__file__).parent.parent.glob("pages/*/*/page.html"))
]
URL = "https://www.example.gov/news/Article/12/a-story/"


def read(body: bytes, content_type: str | None = None) -> Reading | None:
    page = document.parse(body, url=URL, content_type=content_type)
    extraction.main_sha256(page)
    try:
        return extraction.read(page, profile=GENERIC)
    except ExtractError:
        return None


TAGS = st.sampled_from(
    [
        "html",
        "head",
        "title",
        "body",
        "main",
        "article",
        "div",
        "p",
        "br",
        "h1",
        "h2",
        "ul",
        "li",
        "table",
        "tr",
        "td",
        "a",
        "img",
        "figure",
        "figcaption",
        "form",
        "nav",
        "footer",
        "time",
        "span",
        "strong",
        "pre",
        "blockquote",
        "script",
        "style",
        "svg",
        "select",
        "template",
    ]
)
ATTRIBUTES = st.sampled_from(
    [
        "",
        ' class="date"',
        ' class="share"',
        ' class="related"',
        ' class="credit published"',
        ' href="/a.pdf"',
        ' href="http://[bad"',
        ' src="x.jpg"',
        " hidden",
        ' id="content"',
        ' datetime="2020-13-45T99:99Z"',
        ' role="main"',
        ' style="display:none"',
    ]
)
TEXTS = st.sampled_from(
    [
        "By Ana Ruiz",
        "May 5, 2020",
        "Related Stories",
        "NORFOLK, Va. -- Crews came.",
        "An official website of the United States government",
        "VIRIN: x",
        "(",
        "\x00",
        "Last updated on",
        "FOR IMMEDIATE RELEASE",
        "Media Contact",
        "Tags:",
        "202-555-0100",
        "Credit: x",
        "###",
        "\ue000headline\ue001",
        "&#xd800;",
        "<![CDATA[x]]>",
    ]
) | st.text(max_size=20)
PIECES = st.one_of(
    st.builds(lambda tag, given: f"<{tag}{given}>", TAGS, ATTRIBUTES),
    st.builds(lambda tag: f"</{tag}>", TAGS),
    TEXTS,
)


@given(st.lists(PIECES, max_size=60))
@settings(max_examples=150, deadline=None)
def test_no_markup_raises_anything_but_extract_error(pieces: list[str]) -> None:
    read("".join(pieces).encode("utf-8", "surrogatepass"))


@given(st.binary(max_size=300))
@settings(max_examples=100, deadline=None)
def test_no_bytes_raise_anything_but_extract_error(body: bytes) -> None:
    read(body)
    read(body, "text/plain")


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_mutated_page_is_read_or_refused(data: st.DataObject) -> None:
    body = bytearray(data.draw(st.sampled_from(PAGES)))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(body)))
        cut = data.draw(st.integers(0, 400))
        body[at : at + cut] = data.draw(st.binary(max_size=6))
    first = read(bytes(body))
    assert first == read(bytes(body))


@given(st.lists(TEXTS, max_size=25))
@settings(max_examples=100, deadline=None)
def test_no_plain_text_raises_anything_but_extract_error(lines: list[str]) -> None:
    read("\n".join(lines).encode("utf-8", "surrogatepass"), "text/plain")


@given(st.sampled_from(PAGES), st.integers(0, 2**32))
@settings(max_examples=20, deadline=None)
def test_tokens_and_scripts_do_not_move_the_cheap_hash(body: bytes, token: int) -> None:
    noise = f'<input type="hidden" value="{token}"><script>t={token}</script>'.encode()
    other = body.replace(b"</body>", noise + b"</body>")
    assert other != body
    assert extraction.main_sha256(
        document.parse(other, url=URL)
    ) == extraction.main_sha256(document.parse(body, url=URL))


@pytest.mark.parametrize("page", PAGES)
def test_a_word_of_the_article_moves_the_cheap_hash(page: bytes) -> None:
    reading = read(page)
    assert reading is not None
    word = max(reading.article.text.split(), key=len).encode()
    other = page.replace(word, word[::-1])
    assert other != page
    assert extraction.main_sha256(
        document.parse(other, url=URL)
    ) != extraction.main_sha256(document.parse(page, url=URL))


HOSTILE = {
    "nested divs": b"<body>" + b"<div>" * 20_000 + b"some words" + b"</div>" * 20_000,
    "nested named quotes": b'<blockquote class="share related">x' * 20_000,
    "nested lists": b"<ul><li>x" * 10_000,
    "ten megabytes of <": b"<" * 10_000_000,
    "unclosed scripts": b"<script>" * 1_000_000,
    "breaks": b"<p>" + b"word<br>" * 30_000,
    "contacts": b"<h1>Ice</h1><p>May 5, 2020</p>" + b"<h2>Contact</h2>" * 5_000,
    "tags": b"<h1>Ice</h1><p>May 5, 2020</p><p>x y</p>" + b"<p>Tags:</p>" * 5_000,
    "bold lines": b"<p>"
    + b"a word " * 90
    + b"</p>"
    + b"<b>three words too</b>" * 9_999,
    "pictures": b"<p>x"
    + b"".join(b'<img src="/%d.jpg" alt="boat %d">' % (n, n) for n in range(20_000)),
    "one paragraph": b"<title>x</title><p>" + b"words in a long row, " * 500_000,
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_hostile_pages_take_bounded_time(body: bytes) -> None:
    start = time.process_time()
    read(body)
    assert time.process_time() - start < 3


def test_ten_megabytes_of_one_paragraph_take_bounded_memory() -> None:
    status = Path("/proc/self/status")  # getrusage tells of the parent, too
    if not status.exists():
        pytest.skip("no /proc here")
    code = (
        "from scraper import extract\n"
        "body = b'<title>x</title><p>' + b'words in a long row, ' * 500_000\n"
        "extract(body, url='https://www.example.gov/')\n"
        "print(open('/proc/self/status').read().partition('VmHWM:')[2].split()[0])"
    )
    told = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        check=True,
    )
    assert int(told.stdout) < 200 * 1024


def test_every_process_reads_the_same_article() -> None:
    code = (
        "import sys; from pathlib import Path; from scraper import extract\n"
        "a = extract(Path(sys.argv[1]).read_bytes(), url=sys.argv[2])\n"
        "print(repr(a))"
    )
    page = next(iter(Path(__file__).parent.parent.glob("pages/*/*/page.html")))
    said = {
        subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", code, str(page), URL],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


def test_a_page_of_more_pictures_than_anyone_looks_at_is_read_up_to_a_bound() -> None:
    shown = "".join(f'<img src="/{n}.jpg" alt="Boat {n}">' for n in range(20_100))
    html = f"<main><h1>Boats</h1><p>All of the boats of the year.</p>{shown}</main>"
    article = read(html.encode()).article
    assert len(article.images) == 20_000
    assert [block.text for block in article.blocks] == ["All of the boats of the year."]
