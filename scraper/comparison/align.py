"""What two sequences have in common, in order: words of texts, blocks of articles.

Bounded by `work`: beyond a bound the answer gets coarser but stays true.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from rapidfuzz.distance import LCSseq

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scraper.comparison import text as texts
    from scraper.comparison.work import Work

_CELLS = 200_000_000
"""Most cells of one matrix of words or blocks: it takes 25 MB."""


def differing_words(
    before: texts.Words, after: texts.Words, work: Work
) -> list[tuple[int, int, int, int]]:
    """Return the runs of words that differ: old first and last, new first and last.

    Runs are in order and apart from each other by at least one word in common.
    """
    old, new = before.keys, after.keys
    head, tail = _ends(old, new)
    old_end, new_end = len(old) - tail, len(new) - tail
    if head == old_end and head == new_end:
        return []
    ours, theirs = numbered(old[head:old_end], new[head:new_end])
    runs: list[tuple[int, int, int, int]] = []
    i = j = head
    for start_i, start_j, length in _equal(ours, theirs, work):
        if i < head + start_i or j < head + start_j:
            runs.append((i, head + start_i, j, head + start_j))
        i, j = head + start_i + length, head + start_j + length
    if i < old_end or j < new_end:
        runs.append((i, old_end, j, new_end))
    return runs


def _equal(
    old: Sequence[int], new: Sequence[int], work: Work
) -> list[tuple[int, int, int]]:
    """Return the stretches in common: old start, new start, length."""
    cells = len(old) * len(new)
    if cells > _CELLS or not work.take(cells=cells):
        return [(i, j, 1) for i, j in common_unique(old, new)]
    return [
        (o.src_start, o.dest_start, o.src_end - o.src_start)
        for o in LCSseq.opcodes(old, new)
        if o.tag == "equal"
    ]


def numbered(
    before: Sequence[str], after: Sequence[str]
) -> tuple[list[int], list[int]]:
    """Return a number for each text, the same for equal ones."""
    numbers: dict[str, int] = {}
    old = [numbers.setdefault(each, len(numbers)) for each in before]
    return old, [numbers.setdefault(each, len(numbers)) for each in after]


def common(old: Sequence[int], new: Sequence[int], work: Work) -> list[tuple[int, int]]:
    """Return the pairs of equal elements of a long common subsequence."""
    head, tail = _ends(old, new)
    i, j = len(old) - tail, len(new) - tail
    return [
        *((at, at) for at in range(head)),
        *(
            (head + start_i + offset, head + start_j + offset)
            for start_i, start_j, length in _equal(old[head:i], new[head:j], work)
            for offset in range(length)
        ),
        *((i + at, j + at) for at in range(tail)),
    ]


def _ends(old: Sequence[object], new: Sequence[object]) -> tuple[int, int]:
    """Return how many elements are equal at the beginning, and how many at the end."""
    most = min(len(old), len(new))
    head = 0
    while head < most and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < most - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return head, tail


def common_unique(old: Sequence[int], new: Sequence[int]) -> list[tuple[int, int]]:
    """Align by what occurs once on both sides (patience diff, Bram Cohen)."""
    pairs = once_each(old, new)
    tops: list[int] = []
    piles: list[int] = []
    previous: list[int] = []
    for at, (_, j) in enumerate(pairs):
        pile = bisect_left(tops, j)
        previous.append(piles[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [j]
        piles[pile : pile + 1] = [at]
    chain: list[tuple[int, int]] = []
    at = piles[-1] if piles else -1
    while at >= 0:
        chain.append(pairs[at])
        at = previous[at]
    return chain[::-1]


def once_each(old: Sequence[int], new: Sequence[int]) -> list[tuple[int, int]]:
    """Return the pairs of what occurs once on both sides, in the order of `old`."""
    places = _once(new)
    return sorted((i, places[each]) for each, i in _once(old).items() if each in places)


def _once(sequence: Sequence[int]) -> dict[int, int]:
    places: dict[int, int] = {}
    again: set[int] = set()
    for at, each in enumerate(sequence):
        if each in places:
            again.add(each)
        places[each] = at
    return {each: at for each, at in places.items() if each not in again}
