"""Time `scraper.comparison` beside stdlib difflib and web-monitoring-diff's text diff.

    PYTHONPATH=. python benchmarks/compare.py

Prints milliseconds of CPU, the median of several runs, for each pair of synthetic
articles. `difflib` aligns words (autojunk off) and is skipped where it would take
minutes; `web-monitoring-diff` is timed where it is installed. The pairs after those are
built to be as hard as possible; the last ones are as large as the fetch bound of ten
megabytes and the reader's bounds let in, and should end within a second.
"""

from __future__ import annotations

import random
import statistics
import time
from dataclasses import replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from scraper.comparison import compare
from scraper.model import Article, Block, Image, Link

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

try:
    from web_monitoring_diff import html_text_diff
except ImportError:
    html_text_diff = None

_DICE = random.Random(7)
_VOCABULARY = [
    "".join(_DICE.choices("abcdefghijklmnopqrstuvwxyz", k=_DICE.randint(2, 9)))
    for _ in range(3000)
]
_MOST_FOR_DIFFLIB = 40_000_000


def sentence(words: int) -> str:
    return " ".join(_DICE.choices(_VOCABULARY, k=words)).capitalize() + "."


def article(texts: list[str]) -> Article:
    url = "https://www.example.gov/news/1"
    links = tuple(Link(f"Story {n}", f"{url}/{n}") for n in range(10))
    return Article(
        url=url,
        title="A headline",
        published="2025-03-03",
        blocks=tuple(Block("paragraph", text) for text in texts),
        related=links,
    )


def pairs() -> dict[str, tuple[list[str], list[str]]]:
    story = [" ".join(sentence(18) for _ in range(3)) for _ in range(12)]
    edited = [*story]
    edited[3] = edited[3].replace(" ", " not ", 1)
    edited[7] += " It cost $175 million."
    del edited[9]
    speech = [" ".join(sentence(20) for _ in range(5)) for _ in range(100)]
    other_speech = [*speech]
    other_speech[60] = other_speech[60].replace(" ", " hardly ", 1)
    one = [" ".join(speech)]
    table = [f"County {n} {_DICE.randint(1, 999)} tests" for n in range(100)]
    recounted = [f"County {n} {_DICE.randint(1, 999)} tests" for n in range(100)]
    many = [sentence(3) for _ in range(40_000)]
    return {
        "article, 3 edits (650 words)": (story, edited),
        "article, unchanged": (story, [*story]),
        "transcript, one word (10,000 words)": (speech, other_speech),
        "the same in one block": (one, [" ".join(other_speech)]),
        "table of 100 rows, all figures new": (table, recounted),
        "rewritten: nothing in common": (story, [sentence(54) for _ in range(12)]),
        "10,000 words shuffled in one block": (one, [_shuffled(one[0])]),
        "100,000 words, all new, in one block": (
            [sentence(100_000)],
            [sentence(100_000)],
        ),
        "40,000 short blocks shuffled": (many, _DICE.sample(many, len(many))),
        "40,000 short blocks, all new": (many, [sentence(3) for _ in range(40_000)]),
        "1 MB of the same word": (["a " * 500_000], ["a " * 500_001]),
        "20,000 equal blocks, then 19,000": (["Same."] * 20_000, ["Same."] * 19_000),
        "200 blocks, all new": (
            [sentence(40) for _ in range(200)],
            [sentence(40) for _ in range(200)],
        ),
    }


def huge() -> Iterator[tuple[str, Article, Article]]:
    """Yield pairs of about nine megabytes each, made one at a time."""
    words = sentence(1_400_000)
    yield "9 MB in one block, one word", article([words]), article([f"No {words}"])
    yield (
        "the same, a figure at either end",
        article([f"Of 12 {words} of 13"]),
        article([f"Of 21 {words} of 31"]),
    )
    yield (
        "9 MB in one block, all new",
        article([words]),
        article([sentence(1_400_000)]),
    )
    figures, others = (
        " ".join(str(_DICE.randint(1, 99_999)) for _ in range(1_500_000))
        for _ in range(2)
    )
    yield "9 MB of figures, all new", article([figures]), article([others])
    foreign = "caf\u00e9 \u2019s " * 900_000
    yield "9 MB of accents, one word", article([foreign]), article([f"No {foreign}"])
    story = [sentence(60) for _ in range(25_000)]
    yield (
        "25,000 paragraphs, a word in each",
        article(story),
        article([text.replace(" ", " x ", 1) for text in story]),
    )
    short = [sentence(12) for _ in range(29_000)]
    yield (
        "29,000 paragraphs, one in three new",
        article(short),
        article([text if at % 3 else sentence(12) for at, text in enumerate(short)]),
    )
    for lines in (30_000, 400_000):
        old, new = (
            [f"County {n} {_DICE.randint(1, 999)} tests" for n in range(lines)]
            for _ in range(2)
        )
        yield f"{lines:,} rows, all figures new", article(old), article(new)
    yield "55,000 links, all targets new", linking("a"), linking("b")
    yield "20,000 pictures, all new", picturing("a"), picturing("b")


def linking(mark: str) -> Article:
    links = (
        Link(f"Story {n}", f"https://www.example.gov/a?id={n}&q={mark}")
        for n in range(55_000)
    )
    return replace(article(["A list."]), related=tuple(links))


def picturing(mark: str) -> Article:
    """Return an article with as many pictures as are read of a page."""
    images = (
        Image(src=f"https://www.example.gov/{mark}/{n}.jpg", alt=f"Boat {mark} {n}")
        for n in range(20_000)
    )
    return replace(article(["A gallery."]), images=tuple(images))


def _shuffled(text: str) -> str:
    words = text.split()
    _DICE.shuffle(words)
    return " ".join(words)


def timed(run: Callable[[], object]) -> float:
    times: list[float] = []
    while not times or (sum(times) < 600 and len(times) < 15):
        start = time.process_time()
        run()
        times.append((time.process_time() - start) * 1000)
    return statistics.median(times)


def by_difflib(before: list[str], after: list[str]) -> float | None:
    old, new = " ".join(before).split(), " ".join(after).split()
    if len(old) * len(new) > _MOST_FOR_DIFFLIB and old[:5000] != new[:5000]:
        return None
    if len(set(old)) < 5:
        return None
    return timed(lambda: SequenceMatcher(None, old, new, autojunk=False).get_opcodes())


def by_wm_diff(before: list[str], after: list[str]) -> float | None:
    if html_text_diff is None or len(before) > 1000 or len(before[0]) > 100_000:
        return None
    old, new = ("".join(f"<p>{t}</p>" for t in each) for each in (before, after))
    return timed(lambda: html_text_diff(old, new))


def main() -> None:
    print(
        f"{'CPU, milliseconds':40}{'govwatch':>10}{'difflib':>10}{'wm-diff':>10}  edits"
    )
    for name, (before, after) in pairs().items():
        old, new = article(before), article(after)
        ours = timed(lambda old=old, new=new: compare(old, new))
        comparison = compare(old, new)
        figures = [ours, by_difflib(before, after), by_wm_diff(before, after)]
        shown = "".join("         -" if f is None else f"{f:10.2f}" for f in figures)
        print(f"{name:40}{shown}  {len(comparison.edits) if comparison else 0}")
    for name, old, new in huge():
        start = time.process_time()
        comparison = compare(old, new)
        took = (time.process_time() - start) * 1000
        print(f"{name:40}{took:10.2f}{'-':>10}{'-':>10}  {len(comparison.edits)}")


if __name__ == "__main__":
    main()
