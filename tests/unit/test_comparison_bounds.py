"""Articles larger than people read: compared in bounded time, coarser and still true.

The times allowed are several times what is taken, since other work may share the
processor; what is bounded is linear, and `benchmarks/compare.py` prints it.
"""

from __future__ import annotations

import random
from dataclasses import replace
from time import process_time

import pytest

from scraper.comparison import compare, content_sha256, patch, settle
from scraper.model import Article, Block, Comparison, Image, Link

URL = "https://www.harbor.gov/news/1"
_DICE = random.Random(5)  # noqa: S311 - no secret
_WORDS = [
    "".join(_DICE.choices("abcdefghijklmnop", k=_DICE.randint(2, 9)))
    for _ in range(2_000)
]
_MOST_S = 4


def prose(words: int) -> str:
    return " ".join(_DICE.choices(_WORDS, k=words))


def article(*texts: str, **fields: object) -> Article:
    blocks = tuple(Block("paragraph", text) for text in texts)
    page = Article(url=URL, title="Harbor", published="2025-03-03", blocks=blocks)
    return replace(page, **fields)  # type: ignore[arg-type]


def compared(before: Article, after: Article) -> Comparison:
    start = process_time()
    comparison = compare(before, after)
    assert process_time() - start < _MOST_S
    assert comparison is not None
    return comparison


@pytest.mark.parametrize("joint", [" ", ". ", ", ", ""])
def test_edits_far_apart_in_one_huge_block_are_told_each(joint: str) -> None:
    middle = joint.join(_DICE.choices(_WORDS, k=900_000))
    before = article(f"It cost $175 million. {middle} The last of 12 boats left.")
    after = article(f"It cost $157 million. {middle} The last of 13 boats left.")
    comparison = compared(before, after)
    assert ("$175 million", "$157 million") in comparison.numbers
    assert ("12", "13") in comparison.numbers
    assert sum(len(edit.before or "") for edit in comparison.edits) < 5_000
    assert content_sha256(patch(before, comparison)) == content_sha256(after)


def test_a_huge_block_of_new_words_is_one_edit() -> None:
    before, after = article(prose(1_000_000)), article(prose(1_000_000))
    comparison = compared(before, after)
    assert len(comparison.edits) <= 2
    assert content_sha256(patch(before, comparison)) == content_sha256(after)


def test_a_word_in_each_of_many_paragraphs_keeps_each_its_own() -> None:
    texts = [f"Town {n} has {prose(40)} and pays ${n} more." for n in range(12_000)]
    before = article(*texts)
    after = article(*(text.replace("pays", "now pays") for text in texts))
    comparison = compared(before, after)
    assert {edit.op for edit in comparison.edits} == {"changed"}
    assert len(comparison.edits) == len(texts)


def test_rows_of_a_long_table_are_each_others_new_figures() -> None:
    """Texas has 254 counties: too many to look at all pairs of rows."""
    names = [f"{_WORDS[n].capitalize()} {_WORDS[-n]} County" for n in range(300)]
    before = article(*(f"{name} {n}" for n, name in enumerate(names)))
    after = article(*(f"{name} {3 * n + 7}" for n, name in enumerate(names)))
    comparison = compared(before, after)
    assert {edit.op for edit in comparison.edits} == {"changed"}
    assert len(comparison.numbers) == len(names)
    assert content_sha256(patch(before, comparison)) == content_sha256(after)


def test_more_lines_than_any_page_has_are_one_text() -> None:
    lines = [f"Line {n} of the {_WORDS[n % 2_000]} list." for n in range(200_000)]
    before, after = (
        article(*lines),
        article(*lines[:-1], "Line 7 is new: $175 million."),
    )
    comparison = compared(before, after)
    assert len(settle(before).blocks) == 1
    assert sum(len(edit.after or "") for edit in comparison.edits) < 2_000
    assert content_sha256(patch(before, comparison)) == content_sha256(after)
    assert settle(settle(before)) == settle(before)


def test_tens_of_thousands_of_links_and_pictures_are_compared_as_written() -> None:
    def page(mark: str) -> Article:
        return article(
            "A list.",
            related=tuple(
                Link(f"Story {n}", f"{URL}?id={n}&v={mark}") for n in range(20_000)
            ),
            images=tuple(
                Image(src=f"{URL}/{n}{mark}.jpg", alt=f"Boat {n}")
                for n in range(10_000)
            ),
        )

    before, after = page("a"), page("b")
    comparison = compared(before, after)
    assert comparison.fields == {"related", "image"}
    assert content_sha256(patch(before, comparison)) == content_sha256(after)
    assert compare(before, page("a")) is None


def test_any_edits_of_long_texts_give_the_new_text() -> None:
    for seed in range(40):
        dice = random.Random(seed)  # noqa: S311 - no secret
        joint = dice.choice([" ", ". ", "", ", ", "\u2019 "])
        words = dice.choice(
            [_WORDS, _WORDS[:3], ["12", "3", "4,5"], ["caf\u00e9", "--"]]
        )
        text = joint.join(dice.choices(words, k=dice.choice([3_000, 9_000])))
        after = text
        for _ in range(dice.choice([1, 3, 20])):
            at = dice.randrange(len(after))
            rest = after[at + dice.choice([0, 1, 400]) :]
            after = (
                f"{after[:at]}{dice.choice(['', ' ', 'not ', '12', prose(9)])}{rest}"
            )
        old, new = article(text, "An end."), article(after, "An end.")
        comparison = compare(old, new)
        if comparison is None:
            assert content_sha256(old) == content_sha256(new)
            continue
        assert content_sha256(patch(old, comparison)) == content_sha256(new)
        whole = [settle(each).text for each in (old, new)]
        for edit in comparison.edits:
            assert edit.before is None or edit.before in whole[0]
            assert edit.after is None or edit.after in whole[1]
