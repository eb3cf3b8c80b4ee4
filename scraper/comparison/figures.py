"""Runs of words that differ, and the figures, money and dates among them."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING

from scraper.comparison import text as texts
from scraper.comparison.align import differing_words
from scraper.comparison.settling import DATE, MONTH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from scraper.comparison.work import Work
    from scraper.model import Edit

_AMOUNT = r"\d+(?:[.,:]\d+)*(?:[ -]?(?:thousand|million|billion|trillion)\b)?"
_FIGURE = re.compile(
    # One of these comes first: most places are passed over at once.
    r"(?=[\d$\u20ac\u00a3(]|\b(?:[a-fjmnostu]|(?-i:[A-Z])))(?:"
    r"(?P<phone>(?<![\d-])(?:1-)?(?:\(\d{3}\) ?|\d{3}[-.])\d{3}[-.]\d{4}\b)"
    # A number that is part of a name: "S-12-702", "F-35", "N00023-25-D-0150".
    r"|(?P<code>(?-i:\b[A-Z](?=[A-Z\d-]*\d)[A-Z\d]*(?:-[A-Z\d]+)+\b))"
    rf"|(?P<money>(?:US)?[$\u20ac\u00a3]\s?{_AMOUNT}[kmb]?\b)"
    rf"|(?P<percent>{_AMOUNT}\s?(?:%|per ?cent\b|percentage points?\b))"
    rf"|(?P<date>\b{DATE}|\b{MONTH}\.?,?\s\d{{4}}\b|\b{MONTH}\.?\s\d{{1,2}}\b(?:,?\s\d{{4}})?)"
    r"|(?P<time>\b\d{1,2}:\d{2}(?::\d{2})?(?:\s?[ap]\.?m\b\.?)?|\b\d{1,2}\s?[ap]\.?m\b\.?)"
    rf"|(?P<size>\b{_AMOUNT}\s?[KMG]B\b)"
    rf"|(?P<number>(?<!\w){_AMOUNT}(?:st|nd|rd|th)?\b"
    r"|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen"
    r"|(?:thir|four|fif|six|seven|eigh|nine)teen"
    r"|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)\b))",
    re.IGNORECASE,
)
MOST_CHARS = 50_000
"""Beyond, an edit is a text of its own: which figure became which cannot be told."""
_WORD = re.compile(r"\w[\w'\u2019.,:]*")


@dataclass(frozen=True, slots=True)
class Run:
    """Words that differ in one place, without the context an edit quotes.

    Attributes:
        edit: Where it comes from.
        before: Old text, empty where words were put in.
        after: New text, empty where words went.
        before_at: Where `before` starts in `edit.before`; `after_at` likewise.
        words_removed: How many words `before` has; `words_added` likewise.
    """

    edit: Edit
    before: str
    after: str
    before_at: int
    after_at: int
    words_removed: int
    words_added: int


def runs(edit: Edit, work: Work) -> list[Run]:
    """Return the runs of one edit; none for what only moved.

    One too long to be read is one run.
    """
    if edit.op == "moved":
        return []
    before, after = edit.before or "", edit.after or ""
    if edit.before is None or edit.after is None:
        return [Run(edit, before, after, 0, 0, _counted(before), _counted(after))]
    if not work.take(words=(len(before) + len(after)) // 5):
        words = before.count(" ") + 1, after.count(" ") + 1
        return [Run(edit, before, after, 0, 0, *words)]
    old, new = texts.words(before), texts.words(after)
    found: list[Run] = []
    for i0, i1, j0, j1 in differing_words(old, new, work):
        ours, theirs = old.span(i0, i1), new.span(j0, j1)
        found.append(
            Run(
                edit=edit,
                before=old.text[slice(*ours)],
                after=new.text[slice(*theirs)],
                before_at=ours[0],
                after_at=theirs[0],
                words_removed=_counted(old.text[slice(*ours)]),
                words_added=_counted(new.text[slice(*theirs)]),
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as printed, its kind (`money`, `date`, ...) and where it stands."""

    kind: str
    text: str
    start: int
    end: int


def figures(text: str) -> list[Figure]:
    """Return the figures in a text, in order; none of a text too long for an edit."""
    if len(text) > MOST_CHARS:
        return []
    return [
        Figure(found.lastgroup or "", found[0].strip(), *found.span())
        for found in _FIGURE.finditer(text)
    ]


def changed_figures(found: Iterable[Run]) -> list[tuple[Figure, Figure, Edit]]:
    """Pair old figures with new ones: those of a kind that one run replaces."""
    pairs: list[tuple[Figure, Figure, Edit]] = []
    for _, group in groupby(found, key=lambda run: id(run.edit)):
        changes = [*group]
        edit = changes[0].edit
        if edit.before is None or edit.after is None:
            continue
        old, new = figures(edit.before), figures(edit.after)
        seen: set[tuple[int, int]] = set()
        for run in changes:
            ours = _touched(old, run.before_at, len(run.before))
            theirs = _touched(new, run.after_at, len(run.after))
            for was, now in _paired(ours, theirs):
                # A date that only came or went beside another did not replace it.
                is_put_for = (run.before and run.after) or was.text.startswith(now.text)
                if not (is_put_for or now.text.startswith(was.text)):
                    continue
                if (was.start, now.start) not in seen:
                    seen.add((was.start, now.start))
                    pairs.append((was, now, edit))
    return pairs


def _paired(
    old: Sequence[Figure], new: Sequence[Figure]
) -> Iterator[tuple[Figure, Figure]]:
    """Pair, in order, the figures of each kind that has as many before as after."""
    for kind in dict.fromkeys(figure.kind for figure in old):
        ours = [figure for figure in old if figure.kind == kind]
        theirs = [figure for figure in new if figure.kind == kind]
        if len(ours) == len(theirs):
            for was, now in zip(ours, theirs, strict=True):
                if _value(was) != _value(now):
                    yield was, now


_SMALL = "two three four five six seven eight nine ten eleven twelve thirteen"
_SMALL += " fourteen fifteen sixteen seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_TIMES = {"thousand": 3, "k": 3, "million": 6, "m": 6, "billion": 9, "b": 9}
_TIMES |= {"trillion": 12}
_SPELT = {name: str(number) for number, name in enumerate(_SMALL.split(), start=2)} | {
    name: f"{number}0" for number, name in enumerate(_TENS.split(), start=2)
}
_WRITTEN_OUT = re.compile(
    r"(?:[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d*|0)(?:\.\d*[1-9])?-?[a-z]*"
)
_LONGEST_AMOUNT = 25
_PLAIN = re.compile(r"(?:us)?[$\u20ac\u00a3]?([\d,]+(?:\.\d+)?)([a-z]*)")


def _value(figure: Figure) -> str:
    """Return what a figure amounts to: "$1.5 million" is "$1,500,000", "ten" 10."""
    said = texts.key(figure.text).casefold()
    if figure.kind == "date":
        said = re.sub(r"([a-z]{3})[a-z]*\.?", r"\1", said)
        return re.sub(r"(?<=\d)(?:st|nd|rd|th)|[\s,]", "", said)
    if figure.kind == "time":
        return re.sub(r":00(?=[ap])|\.", "", said)
    if figure.kind == "percent":
        return re.sub(r"per\s?cent$", "%", said)
    if figure.kind == "number" and said in _SPELT:
        return _SPELT[said]
    # As written: a code, "US-12-702", a version, "3.10", and what has many digits.
    is_amount = figure.kind == "money" or _WRITTEN_OUT.fullmatch(said)
    found = _PLAIN.fullmatch(said.replace("-", "")) if is_amount else None
    if (
        found is None
        or len(said) > _LONGEST_AMOUNT
        or (found[2] and found[2] not in _TIMES)
    ):
        return said
    sign = said[: said.index(found[1][0])].removeprefix("us")
    amount = Decimal(found[1].replace(",", "")).scaleb(_TIMES.get(found[2], 0))
    return f"{sign}{amount.normalize():f}"


def _touched(found: Sequence[Figure], start: int, length: int) -> Sequence[Figure]:
    """Return the figures that overlap a run, whole: "$175 million" for its "175".

    Where words went it is the date that ends there: "June 30" of "June 30, 2026".
    """
    first = bisect_right(found, start, key=lambda figure: figure.end)
    last = bisect_left(found, start + length, key=lambda figure: figure.start)
    if not length and first and found[first - 1].kind == "date":
        first -= found[first - 1].end >= start - 1
    return found[first:last]


def _counted(text: str) -> int:
    if len(text) > MOST_CHARS:
        return text.count(" ") + 1
    return len(_WORD.findall(text))
