"""The words that an edit puts for others, as people would quote them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scraper.comparison import text as texts
from scraper.comparison.align import differing_words
from scraper.comparison.figures import MOST_CHARS
from scraper.comparison.swaps import FUNCTION_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scraper.comparison.figures import Run
    from scraper.comparison.work import Work
    from scraper.model import Edit

_BRIDGE = 3
"""Equal words between two runs that do not part them: "Secretary" in "Deputy Secretary
Maria Ortiz", "Acting Secretary John Hale"."""
_MOST_CHARS = 90
_SHIFTED = 5
"""Least words of a sentence that moved from one block to another."""
_LOOKED_AT = 5_000
_OPENING = frozenset("\"'([{-")
_CLOSING = frozenset("\"')]}-.,;:!?\u2026")
_MARKS = re.compile(r"[^\w%$+]|_")


@dataclass(frozen=True, slots=True)
class Phrase:
    """What an edit puts for what, without the context that it quotes.

    Attributes:
        was: Old words, empty where words were only put in; whole, as printed:
            "press@coast.gov", though only "press" went.
        now: New words, empty where words were only taken out.
        more: In how many places besides the edit has other words.
    """

    was: str
    now: str
    more: int = 0


def phrase(edit: Edit, work: Work) -> Phrase | None:
    """Return the longest phrase that an edit has otherwise, None where none is short.

    Where only a word or two stand between two runs they are one phrase.
    """
    if edit.op != "changed" or edit.before is None or edit.after is None:
        return None
    size = len(edit.before) + len(edit.after)
    if size > _LOOKED_AT or not work.take(words=size // 5):
        return None
    old, new = texts.words(edit.before), texts.words(edit.after)
    groups: list[list[tuple[int, int, int, int]]] = []
    for run in differing_words(old, new, work):
        if groups and run[0] - groups[-1][-1][1] <= _BRIDGE:
            groups[-1].append(run)
        else:
            groups.append([run])
    said = [_said(old, new, group) for group in groups]
    was, now = max(said, key=lambda one: len(one[0]) + len(one[1]), default=("", ""))
    if not (was + now).strip() or max(len(was), len(now)) > _MOST_CHARS:
        return None
    return Phrase(was, now, len(said) - 1)


def _said(
    old: texts.Words, new: texts.Words, runs: Sequence[tuple[int, int, int, int]]
) -> tuple[str, str]:
    i0, i1, j0, j1 = runs[0][0], runs[-1][1], runs[0][2], runs[-1][3]
    left = max(_to_left(old, i0, i1), _to_left(new, j0, j1))
    left = min(left, i0, j0)
    right = max(_to_right(old, i0, i1), _to_right(new, j0, j1))
    right = min(right, len(old.keys) - i1, len(new.keys) - j1)
    i0, i1, j0, j1 = i0 - left, i1 + right, j0 - left, j1 + right
    if len(runs) > 1 and i1 < len(old.keys) and j1 < len(new.keys):
        ends = (words.keys[at - 1].casefold() for words, at in ((old, i1), (new, j1)))
        if not FUNCTION_WORDS.isdisjoint(ends):  # "extreme weather and"
            i1, j1 = i1 + 1, j1 + 1
    return old.text[slice(*old.span(i0, i1))], new.text[slice(*new.span(j0, j1))]


def shifted(runs: Iterable[Run]) -> list[tuple[Run, Run]]:
    """Pair what was taken out in one place with the same words put in in another."""
    lost: dict[str, Run] = {}
    found: dict[str, Run] = {}
    for run in runs:
        said = run.before or run.after
        if (run.before and run.after) or len(said) > _LOOKED_AT:
            continue
        if run.words_removed + run.words_added >= _SHIFTED:
            side = lost if run.before else found
            side.setdefault(texts.key(said), run)
    return [(run, found[said]) for said, run in lost.items() if said in found]


def is_cosmetic(run: Run) -> bool:
    """Tell whether a run differs in case and punctuation only."""
    if run.edit.op != "changed" or is_too_long(run):
        return False
    said = run.before + run.after
    if said.isascii() and said.isalnum():  # most: nothing to spell out or leave out
        return run.before.casefold() == run.after.casefold()
    return _bare(run.before) == _bare(run.after)


def is_too_long(run: Run) -> bool:
    """Tell a run that is a text of its own, which nobody looks at word by word."""
    return len(run.before) + len(run.after) > 2 * MOST_CHARS


def _bare(text: str) -> str:
    return _MARKS.sub("", texts.key(text).casefold())


def _to_left(words: texts.Words, first: int, last: int) -> int:
    """Count the words before a run that are printed as one with it."""
    at = first
    while first < last and at > 0 and not words.stands_apart(at):
        at -= 1
    while at < first and words.keys[at] in _OPENING:
        at += 1
    return first - at


def _to_right(words: texts.Words, first: int, last: int) -> int:
    """Count the words after a run that are printed as one with it."""
    at = last
    while first < last and at < len(words.keys) and not words.stands_apart(at):
        at += 1
    while at > last and words.keys[at - 1] in _CLOSING:
        at -= 1
    return at - last
