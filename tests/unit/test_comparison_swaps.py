"""Which words became which, and how that is told of many pages."""

import pytest

from scraper.comparison import Swap, phrase_pair, swaps
from scraper.model import Edit, EditField, EditOp


def edit(
    before: str | None,
    after: str | None,
    *,
    field: EditField = "body",
    op: EditOp = "changed",
) -> Edit:
    return Edit(field=field, op=op, before=before, after=after)


def swap(before: str, after: str, left: str = "", right: str = "") -> Swap:
    return Swap(
        before=before,
        after=after,
        left=tuple(left.split()),
        right=tuple(right.split()),
    )


def test_the_words_that_differ_are_told_apart_from_those_around_them():
    (found,) = swaps([edit("We use clean energy today.", "We use solar energy today.")])
    assert (found.before, found.after) == ("clean", "solar")
    assert (found.left, found.right) == (("We", "use"), ("energy", "today."))


def test_the_same_swap_twice_counts_once_whatever_its_capitals():
    found = swaps(
        [
            edit("Clean energy here", "Solar energy here", field="title"),
            edit("We use clean energy.", "We use solar energy."),
        ]
    )
    assert len(found) == 1


@pytest.mark.parametrize("field", ["byline", "updated", "related", "links", "notes"])
def test_only_titles_text_and_captions_count(field):
    assert swaps([edit("old words", "new words", field=field)]) == ()


def test_what_only_moved_swaps_nothing():
    assert swaps([edit("some words", "some words", op="moved")]) == ()


def test_a_paragraph_that_came_or_went_is_a_swap_with_nothing():
    (come,) = swaps([edit(None, "A whole new paragraph.", op="added")])
    (gone,) = swaps([edit("A whole old paragraph.", None, op="removed")])
    assert (come.before, come.after) == ("", "A whole new paragraph.")
    assert (gone.before, gone.after) == ("A whole old paragraph.", "")


@pytest.mark.parametrize(
    ("same", "pair"),
    [
        ([swap("clean", "solar", "we use", "energy")] * 3, ("clean", "solar")),
        (
            [swap("clean", "", "we use", "energy"), swap("clean", "", "of", "energy.")],
            ("clean energy", "energy"),
        ),
        ([swap("clean", "", "use", "or"), swap("clean", "", "use", "and")],
         ("use clean", "use")),
        ([swap("DEI", "", "a", "b"), swap("DEI", "", "c", "d")], ("DEI", "")),
        ([swap("", "A whole new paragraph.")] * 3, ("", "A whole new paragraph.")),
        ([swap("the", "a", "under", "old pier")] * 2, ("the old", "a old")),
    ],
)  # fmt: skip
def test_a_phrase_takes_in_what_all_pages_share(same, pair):
    assert phrase_pair(same) == pair


@pytest.mark.parametrize(
    "same",
    [
        [swap("3", "4", "a", "b"), swap("3", "4", "c", "d")],
        [swap("the", "a", "one", "two"), swap("the", "a", "three", "four")],
        [swap("", "agency", "one", "two"), swap("", "agency", "three", "four")],
    ],
    ids=["figures", "function words", "a lone word"],
)
def test_what_pages_have_in_common_by_chance_is_no_phrase(same):
    assert phrase_pair(same) is None
