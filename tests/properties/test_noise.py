"""Learning holds for any text: what is in a running sentence is never masked."""

import re

from hypothesis import given
from hypothesis import strategies as st

from scraper import noise
from scraper.comparison import compare
from scraper.model import Article, Block, NoisePattern, Reading

WORDS = st.sampled_from(
    ["boats", "people", "currently", "4,213", "12", "are", "in", "of", "7", ".", "!"]
)
LINES = st.lists(WORDS, min_size=1, max_size=12).map(" ".join)
ARTICLES = st.lists(LINES, max_size=5).map(
    lambda texts: Article(
        url="https://www.harbor.gov/1",
        blocks=tuple(Block("paragraph", text) for text in texts),
    )
)


def patterns(shape: str) -> list[NoisePattern]:
    return [NoisePattern(pattern=noise.pattern(shape), where="block", shape=shape)]


@given(LINES)
def test_a_shape_matches_the_line_it_was_made_of(line: str) -> None:
    shape = noise.shape_of(line)
    if shape is not None:
        assert re.fullmatch(noise.pattern(shape), line)
        assert re.sub(r"[\d.,:#]+", "", shape) == re.sub(r"[\d.,:]+", "", line)


@given(LINES, LINES, st.integers(0, 9999), st.integers(0, 9999))
def test_a_figure_within_a_running_text_is_never_masked(
    line: str, running: str, old: int, new: int
) -> None:
    shape = noise.shape_of(line)
    if shape is None or old == new:
        return
    before, after = (
        Article(
            url="https://www.harbor.gov/1",
            blocks=(Block("paragraph", f"Aside {running}, {n} boats left. {line}"),),
        )
        for n in (old, new)
    )
    assert compare(before, after, noise=patterns(shape)) is not None
    reading = Reading(article=before, rules="1")
    assert noise.without(reading, patterns(shape)).article == before


@given(ARTICLES, ARTICLES, LINES)
def test_leaving_noise_out_and_comparing_under_it_agree(
    before: Article, after: Article, line: str
) -> None:
    shape = noise.shape_of(line)
    if shape is None:
        return
    known = patterns(shape)
    quiet = [
        noise.without(Reading(article=one, rules="1"), known).article
        for one in (before, after)
    ]
    assert (compare(*quiet) is None) == (compare(before, after, noise=known) is None)


@given(ARTICLES, ARTICLES)
def test_learning_from_a_pair_makes_its_moving_lines_stand(
    before: Article, after: Article
) -> None:
    for line in noise.moved(before, after):
        for text in (line.before, line.after):
            block = Block("paragraph", text)
            alone = Reading(article=Article(url="u", blocks=(block,)), rules="1")
            assert noise.without(alone, patterns(line.shape)).article.blocks == ()
