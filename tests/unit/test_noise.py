"""What is learned to be noise, and what never is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scraper import noise
from scraper.comparison import compare
from scraper.model import Article, Block, Link, NoiseSighting, Reading

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
FOLLOWED = "Currently {} people are following this topic."
STORY = "The harbor works will cost $175 million and take 24 months."


def article(*texts: str) -> Article:
    blocks = tuple(Block("paragraph", text) for text in (STORY, *texts))
    return Article(url="https://www.harbor.gov/news/1", title="Works", blocks=blocks)


def shapes(before: Article, after: Article) -> list[str]:
    return [line.shape for line in noise.moved(before, after)]


def known(shape: str, layout: str | None = None) -> noise.NoisePattern:
    return noise.learned(
        shape, (), host="www.harbor.gov", layout=layout, since=NOON, reason="seen"
    )


def sighting(page: int, at: datetime, after: timedelta = HOUR) -> NoiseSighting:
    return NoiseSighting(
        shape="# boats",
        layout=None,
        url=f"https://www.harbor.gov/news/{page}",
        before="1 boats",
        after="2 boats",
        before_at=at,
        after_at=at + after,
    )


def test_a_line_of_which_only_figures_move_may_be_noise() -> None:
    before, after = article(FOLLOWED.format("4,213")), article(FOLLOWED.format("987"))
    assert shapes(before, after) == ["Currently # people are following this topic."]
    assert noise.moved(before, after)[0].after == FOLLOWED.format("987")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("A long day. Some 4,213 wait.", "A long day. Some 9 wait."),
        ("The works cost $175 million.", "The works cost $157 million."),
        ("Some 12 percent of boats leaked.", "Some 14 percent of boats leaked."),
        ("The fee is 12% of the price.", "The fee is 13% of the price."),
        ("The hearing is on March 3.", "The hearing is on March 4."),
        ("It opened in 1962 they say.", "It opened in 1926 they say."),
        ("The hearing is on 3/4 at noon.", "The hearing is on 3/5 at noon."),
        ("At least 12 people were killed.", "At least 14 people were killed."),
        ("There are 214 confirmed cases.", "There are 219 confirmed cases."),
        ("The fire has burned 900 acres.", "The fire has burned 990 acres."),
        ("The Senate voted 51 to 49.", "The Senate voted 52 to 48."),
        ("Section 4", "Section 5"),
        ("Currently 12 boats are in.", "Currently 12 boats are out."),
        ("word " * 40 + "4", "word " * 40 + "5"),
        ("5,120 customers have no light.", "5,340 customers have no light."),
        ("There are 214 patients at sea.", "There are 220 patients at sea."),
        ("The river stands at 14 feet.", "The river stands at 15 feet."),
        ("12 of 40 precincts reporting", "14 of 40 precincts reporting"),
    ],
)  # fmt: skip
def test_figures_of_the_story_are_never_noise(before: str, after: str) -> None:
    assert shapes(article(before), article(after)) == []


@pytest.mark.parametrize("kind", ["row", "heading", "quote"])
def test_tables_headings_and_quotations_are_never_noise(kind: str) -> None:
    sides = [
        replace(article(), blocks=(Block(kind, FOLLOWED.format(n)),))  # type: ignore[arg-type]
        for n in (1, 2)
    ]
    assert shapes(*sides) == []


def test_a_line_with_a_link_is_never_noise() -> None:
    link = (Link("topic", "https://www.harbor.gov/topic"),)
    sides = [
        replace(article(), blocks=(Block("paragraph", FOLLOWED.format(n), link),))
        for n in (1, 2)
    ]
    assert shapes(*sides) == []


def test_a_shape_that_occurs_twice_is_never_noise() -> None:
    before = article(FOLLOWED.format(1), FOLLOWED.format(2))
    assert shapes(before, article(FOLLOWED.format(1), FOLLOWED.format(3))) == []


def test_what_moves_again_at_once_is_noise() -> None:
    old, first, second = (article(FOLLOWED.format(n)) for n in (1, 2, 3))
    suspected = noise.moved(old, first)
    assert noise.moved_again(suspected, first, second) == noise.moved(first, second)


def test_an_edit_stands_when_it_is_looked_at_again() -> None:
    old, first = article(FOLLOWED.format(1)), article(FOLLOWED.format(2))
    assert noise.moved_again(noise.moved(old, first), first, first) == ()


def test_nothing_is_learned_while_the_story_is_being_written() -> None:
    old, first = article(FOLLOWED.format(1)), article(FOLLOWED.format(2))
    second = article(FOLLOWED.format(3), "And another paragraph was added just now.")
    assert noise.moved_again(noise.moved(old, first), first, second) == ()


def test_a_line_that_was_not_suspected_is_not_learned() -> None:
    first, second = article(FOLLOWED.format(2)), article(FOLLOWED.format(3))
    assert noise.moved_again((), first, second) == ()


def test_what_moves_on_three_pages_look_after_look_is_noise() -> None:
    seen = [
        (look, sighting(page, NOON + look * HOUR))
        for page in (1, 2, 3)
        for look in (4, 5)
    ]
    assert len(noise.recurring(seen)) == 6


@pytest.mark.parametrize(
    "seen",
    [
        [(look, sighting(page, NOON)) for page in (1, 2) for look in (4, 5)],
        [(look, sighting(page, NOON)) for page in (1, 2, 3) for look in (4, 6)],
        [(4, sighting(page, NOON)) for page in (1, 2, 3, 4)],
        [
            (look, sighting(page, NOON, 24 * HOUR))
            for page in (1, 2, 3)
            for look in (4, 5)
        ],
    ],
    ids=["two pages", "stood in between", "once on each page", "once a day"],
)
def test_less_than_that_is_not_noise(seen: list[tuple[int, NoiseSighting]]) -> None:
    assert noise.recurring(seen) == ()


def test_a_reading_is_without_its_noise_and_says_so() -> None:
    reading = Reading(article=article(FOLLOWED.format("4,213")), rules="1-abc")
    shape = "Currently # people are following this topic."
    quiet = noise.without(reading, [known(shape)])
    assert quiet.article == article()
    assert [(gone.rule, gone.text) for gone in quiet.removed] == [
        (f"learned noise: {shape}", FOLLOWED.format("4,213"))
    ]
    assert quiet.rules.startswith("1-abc+")


def test_noise_of_another_layout_is_not_left_out_but_counts_in_the_rules() -> None:
    reading = Reading(article=article(FOLLOWED.format(1)), rules="1-abc")
    shape = "Currently # people are following this topic."
    other = noise.without(reading, [known(shape, "dgov2")])
    assert other.article == reading.article
    assert other.rules != reading.rules


def test_the_same_words_in_a_longer_text_are_compared() -> None:
    before = article("Come early. " + FOLLOWED.format("4,213"))
    after = article("Come early. " + FOLLOWED.format("4,312"))
    patterns = [known("Currently # people are following this topic.")]
    assert compare(before, after, noise=patterns) is not None
    sides = [
        noise.without(Reading(article=one, rules="1"), patterns).article
        for one in (before, after)
    ]
    assert sides == [before, after]


def test_other_words_in_the_line_are_an_edit() -> None:
    before = article(FOLLOWED.format("4,213"))
    after = article("Currently 4,312 people are banned from this topic.")
    patterns = [known("Currently # people are following this topic.")]
    assert compare(before, after, noise=patterns) is not None


def test_rules_tell_which_noise_was_left_out() -> None:
    assert noise.rules("1-abc", ()) == "1-abc"
    one, two = known("# boats are in"), known("# boats are out")
    assert noise.rules("1", [one, two]) == noise.rules("1", [two, one])
    assert len({noise.rules("1", some) for some in ([one], [two], [one, two])}) == 3


def test_furniture_that_moved_is_told_from_the_article_on_either_side() -> None:
    gone, come = noise.furniture_moved(
        ["Home", "Old footer", "24 months."],
        ["Home", "New footer", "175 million"],
        stories=[article()],
    )
    assert (gone, come) == (("Old footer",), ("New footer",))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Today is Monday, 23 November", "Today is Monday, 24 November"),
        ("It is 10:15 here", "It is 10:45 here"),
        ("412 visitors", "415 visitors"),
    ],
)
def test_clocks_and_counters_beside_an_article_are_no_furniture(
    before: str, after: str
) -> None:
    assert noise.furniture_moved([before], [after], stories=[]) == ((), ())


def test_a_telephone_number_in_the_footer_is_furniture() -> None:
    moved = noise.furniture_moved(["Call 555-0100"], ["Call 555-0199"], stories=[])
    assert moved == (("Call 555-0100",), ("Call 555-0199",))


def test_the_stamp_of_a_page_is_no_furniture() -> None:
    stories = [replace(article(), updated_text=f"3/{day}/2026") for day in (3, 4)]
    moved = noise.furniture_moved(
        ["Reviewed 3/3/2026"], ["Reviewed 3/4/2026"], stories=stories
    )
    assert moved == ((), ())
