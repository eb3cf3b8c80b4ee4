"""What holds for any two articles."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from scraper.comparison import compare, content_sha256, patch, settle
from scraper.model import Article, Block, Image, Link, NoisePattern

_WORDS = st.sampled_from(
    [
        *[
            "the",
            "Navy",
            "agency",
            "said",
            "new",
            "ship",
            "will",
            "not",
            "be",
            "done",
            "by",
            "of",
            "and",
            "in",
            "a",
        ],
        *[
            "5",
            "17",
            "$175",
            "million",
            "1,200",
            "94%",
            "March",
            "3,",
            "2025",
            ".",
            ",",
            ";",
            "“ships”",
            "don\u2019t",
        ],
        *[
            "é",
            "café",
            "—",
            "--",
            "…",
            "...",
            "ﬁnd",
            "A.B.",
            "12:30",
            "\u200bzero",
            "x_y",
            "[",
            "]",
            "<b>",
            "&amp;",
        ],
        "Correction:",
        "Updated: March 3, 2025",
        "3 views",
        "4 views | 9 days until May Day",
        "Subscribers: 1,200",
        "Downloads: 30",
        "| 3 comments",
        "(2 days ago)",
        "Page 1 of 2",
        "\n",
    ]
)
_TEXT = st.lists(_WORDS, max_size=14).map(" ".join)
_URL = st.sampled_from(
    [
        "https://www.a.gov/x",
        "http://www.a.gov/x/",
        "/x?utm_source=mail",
        "/y?id=3",
        "/y?id=4#top",
        "#foot",
        "",
        "https://b.mil/doc.pdf?ver=3",
        "odd <place> name",
        "mailto:Press@a.gov",
    ]
)
_LINK = st.builds(
    Link,
    title=_TEXT,
    url=_URL,
    published=st.sampled_from([None, None, "2025-03-03", "2025-03-04T10:00:00-05:00"]),
)
_MAYBE = st.none() | _TEXT
_BLOCK = st.builds(
    Block,
    kind=st.sampled_from(["paragraph", "heading", "list_item", "row"]),
    text=_TEXT,
    links=st.lists(_LINK, max_size=2).map(tuple),
)
_SOLE_LINK = _LINK.map(lambda link: Block("list_item", link.title, (link,)))
_IMAGE = st.builds(
    Image,
    src=_URL,
    alt=_MAYBE,
    title=_MAYBE,
    caption=_MAYBE,
    credit=_MAYBE,
    virin=st.sampled_from([None, "250303-N-AB123-1001", "250303-N-AB123-1002"]),
)
_DATE = st.sampled_from([None, "2025-03-03", "2025-03-04", "2025-03-04T10:00:00Z"])
_ARTICLE = st.builds(
    Article,
    url=st.just("https://www.a.gov/news"),
    title=_MAYBE,
    published=_DATE,
    updated=_DATE,
    published_text=_MAYBE,
    updated_text=_MAYBE,
    byline=_MAYBE,
    dateline=_MAYBE,
    blocks=st.lists(_BLOCK | _SOLE_LINK, max_size=7).map(tuple),
    images=st.lists(_IMAGE, max_size=3).map(tuple),
    related=st.lists(_LINK, max_size=3).map(tuple),
    attachments=st.lists(_LINK, max_size=3).map(tuple),
    listed=st.lists(_LINK, max_size=3).map(tuple),
    notes=st.lists(_TEXT, max_size=2).map(tuple),
)


@st.composite
def _pairs(draw: st.DrawFn) -> tuple[Article, Article]:
    """Draw an article and one that shares most of its text."""
    before = draw(_ARTICLE)
    after = draw(_ARTICLE)
    blocks = [*before.blocks]
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(blocks)))
        what = draw(st.sampled_from(["add", "drop", "move", "split", "join", "word"]))
        if what == "add":
            blocks.insert(at, draw(_BLOCK | _SOLE_LINK))
        elif at < len(blocks):
            block = blocks.pop(at)
            words = block.text.split(" ")
            half = draw(st.integers(0, len(words)))
            head, tail = " ".join(words[:half]), " ".join(words[half:])
            if what == "move":
                blocks.insert(draw(st.integers(0, len(blocks))), block)
            elif what == "split":
                blocks[at:at] = [replace(block, text=head), replace(block, text=tail)]
            elif what == "join" and at < len(blocks):
                blocks[at] = replace(block, text=f"{block.text} {blocks[at].text}")
            elif what == "word":
                text = f"{head} {draw(_WORDS)} {tail}"
                blocks.insert(at, replace(block, text=text))
    if draw(st.booleans()):
        after = before
    return before, replace(after, blocks=tuple(blocks))


@given(_ARTICLE)
def test_an_article_does_not_differ_from_itself(article: Article) -> None:
    assert compare(article, article) is None


@given(_ARTICLE)
def test_settling_twice_is_settling_once(article: Article) -> None:
    assert settle(settle(article)) == settle(article)


@settings(max_examples=150)
@given(_pairs())
def test_edits_applied_to_the_old_article_give_the_new(
    pair: tuple[Article, Article],
) -> None:
    before, after = pair
    comparison = compare(before, after)
    if comparison is None:
        assert content_sha256(before) == content_sha256(after)
    else:
        assert comparison.edits
        assert content_sha256(before) != content_sha256(after)
        assert content_sha256(patch(before, comparison)) == content_sha256(after)


@settings(max_examples=100)
@given(_pairs())
def test_swapped_articles_give_inverse_edits(pair: tuple[Article, Article]) -> None:
    forth, back = compare(*pair), compare(*pair[::-1])
    if forth is None or back is None:
        assert forth is back
        return
    opposite = {"added": "removed", "removed": "added"}
    ours = [
        (
            e.field,
            opposite.get(e.op, e.op),
            e.after,
            e.before,
            e.position.after,
            e.position.before,
            e.position.after_span,
            e.position.before_span,
        )
        for e in forth.edits
    ]
    theirs = [
        (
            e.field,
            e.op,
            e.before,
            e.after,
            e.position.before,
            e.position.after,
            e.position.before_span,
            e.position.after_span,
        )
        for e in back.edits
    ]
    assert sorted(map(repr, ours)) == sorted(map(repr, theirs))


@settings(max_examples=100)
@given(_pairs())
def test_spans_quote_the_texts_they_point_into(pair: tuple[Article, Article]) -> None:
    before, after = map(settle, pair)
    comparison = compare(*pair)
    for edit in comparison.edits if comparison else ():
        at = edit.position
        if edit.field != "body" or at.before_span is None or at.before is None:
            continue
        old = "\n".join(block.text for block in before.blocks[at.before :])
        assert old[slice(*at.before_span)] == edit.before
        assert at.after is not None
        assert at.after_span is not None
        new = "\n".join(block.text for block in after.blocks[at.after :])
        assert new[slice(*at.after_span)] == edit.after


_PLAIN = st.lists(
    st.sampled_from(
        [
            "the",
            '"ships"',
            "don't",
            "cost",
            "$5,000",
            "-",
            "he",
            "said",
            "94%",
            "of",
            "it",
            "caf\u00e9\u2026",
            "first",
        ]
    ),
    min_size=1,
    max_size=12,
).map(" ".join)


@given(st.lists(_PLAIN, min_size=1, max_size=5), st.data())
def test_spelling_variants_are_no_change(
    blocks: list[str], data: st.DataObject
) -> None:
    def variant(text: str) -> str:
        for plain, others in {
            " ": [" ", "  ", "\u00a0", "\n", " \u200b", "\t"],
            "'": ["'", "\u2019", "\u00e2\u20ac\u2122"],
            '"': ['"', "\u201c", "\u201d", "''"],
            " - ": [" - ", "\u2014", " \u2013 ", " -- "],
            "\u00e9": ["\u00e9", "e\u0301", "\u00c3\u00a9"],
            "\u2026": ["\u2026", "...", ". . ."],
            "fi": ["fi", "\ufb01"],
        }.items():
            text = text.replace(plain, data.draw(st.sampled_from(others)))
        return text

    before = Article(
        url="https://a.gov/1", blocks=tuple(Block("paragraph", t) for t in blocks)
    )
    after = Article(
        url="https://a.gov/1",
        blocks=tuple(Block("list_item", variant(t)) for t in blocks),
    )
    assert compare(before, after) is None
    assert content_sha256(before) == content_sha256(after)


@given(st.integers(2, 8), st.data())
def test_moving_a_paragraph_is_one_move(count: int, data: st.DataObject) -> None:
    texts = [f"Paragraph number {n} says thing {n * 7} about it." for n in range(count)]
    origin = data.draw(st.integers(0, count - 1))
    place = data.draw(st.integers(0, count - 1).filter(lambda at: at != origin))
    moved = [*texts]
    moved.insert(place, moved.pop(origin))
    before, after = (
        Article(
            url="https://a.gov/1", blocks=tuple(Block("paragraph", t) for t in each)
        )
        for each in (texts, moved)
    )
    comparison = compare(before, after)
    assert comparison is not None
    assert [edit.op for edit in comparison.edits] == ["moved"]


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_learned_noise_is_no_change(old: int, new: int) -> None:
    noise = [NoisePattern(pattern=r"Currently [\d,]+ people are following")]
    before, after = (
        Article(
            url="https://a.gov/1",
            blocks=(Block("paragraph", f"Currently {n:,} people are following this."),),
        )
        for n in (old, new)
    )
    assert compare(before, after, noise=noise) is None
    assert (compare(before, after) is None) == (old == new)
