"""Which blocks of two articles are the same, which words of two blocks.

Everything here is bounded by counts of operations, never by a clock, so that the same
two articles always give the same answer; beyond a bound the answer gets coarser but
stays true: a move becomes a removal and an addition, runs of words grow longer.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rapidfuzz.distance import Indel, LCSseq

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

    from scraper.comparison.settling import BlockClass

from scraper.comparison import text as texts

_CELLS = 200_000_000
"""Most cells of a word or block matrix: one bit each, so 25 MB and 0.1 s."""
_CELLS_ALIKE = 20_000_000
"""Most of them where only likeness is wanted."""
_PAIRINGS = 40_000
"""Most pairs of blocks whose likeness is looked at within one stretch."""
_PAIRED_WORDS = 1_000_000_000
"""Most words on one side times words on the other, over those pairs."""
_ALIKE = 0.45
"""Least share of words in common for one block to be the other's new wording."""
_ALIKE_ELSEWHERE = 0.75
"""The same for a block that stands somewhere else: only then it has moved."""
_WORTH_WIDENING = 0.02
"""What taking in a neighbouring block must add to a pair's likeness."""
_LABEL_ALIKE = 0.5
"""What rows of a table that begin with the same label count for."""


@dataclass(frozen=True, slots=True)
class Match:
    """Blocks of the old article that became blocks of the new one.

    Attributes:
        before: First old block, `before_count` how many; 0 where it was added.
        after: First new block, `after_count` how many; 0 where it was removed.
        moved: Stands elsewhere among its neighbours.
        same: Says the same.
    """

    before: int
    before_count: int
    after: int
    after_count: int
    moved: bool = False
    same: bool = False


class Passages:
    """Blocks ready for comparing: keys at once, words when first asked for."""

    def __init__(
        self,
        blocks: Sequence[str],
        classes: Sequence[BlockClass],
        mask: re.Pattern[str] | None,
    ) -> None:
        self.texts = blocks
        self.classes = classes
        self.keys = [texts.key(block, mask) for block in blocks]
        self._mask = mask
        self._words: dict[tuple[int, int], texts.Words] = {}

    def words(self, first: int, count: int = 1) -> texts.Words:
        """Return the words of `count` blocks, a line break between two."""
        at = (first, count)
        if at not in self._words:
            joined = "\n".join(self.texts[first : first + count])
            self._words[at] = texts.words(joined, self._mask)
        return self._words[at]


class _Alphabet:
    """One character for each different word, so that rapidfuzz works on strings."""

    def __init__(self) -> None:
        self._signs: dict[str, str] = {}

    def spell(self, keys: Sequence[str]) -> str:
        signs = self._signs
        for word in {*keys} - signs.keys():
            # Beyond the last code point words share a sign: likeness is overrated.
            signs[word] = chr(0x10000 + len(signs) % 0xF0000)
        return "".join(map(signs.__getitem__, keys))


def match_blocks(before: Passages, after: Passages) -> list[Match]:
    """Match the blocks of two articles; every block is in one match."""
    old, new = _numbered(before.keys, after.keys)
    anchors = _common(old, new)
    matches = [Match(i, 1, j, 1, same=True) for i, j in anchors]
    stretches = list(_stretches(anchors, len(old), len(new)))
    moved = _moved(old, new, stretches)
    matches.extend(Match(i, 1, j, 1, moved=True, same=True) for i, j in moved)
    gone, come = {i for i, _ in moved}, {j for _, j in moved}
    alphabet = _Alphabet()
    left: list[int] = []
    right: list[int] = []
    for i0, i1, j0, j1 in stretches:
        lost = [i for i in range(i0, i1) if i not in gone]
        found = [j for j in range(j0, j1) if j not in come]
        pairs = _alike_in_order(before, after, lost, found, alphabet)
        pairs = _widened(
            before,
            after,
            pairs,
            free_old={*lost} - {pair.before for pair in pairs},
            free_new={*found} - {pair.after for pair in pairs},
            alphabet=alphabet,
        )
        matches.extend(pairs)
        used = {i for m in pairs for i in range(m.before, m.before + m.before_count)}
        left.extend(i for i in lost if i not in used)
        used = {j for m in pairs for j in range(m.after, m.after + m.after_count)}
        right.extend(j for j in found if j not in used)
    elsewhere = _alike_elsewhere(before, after, left, right, alphabet)
    matches.extend(elsewhere)
    matches.extend(
        Match(i, 1, 0, 0) for i in sorted({*left} - {m.before for m in elsewhere})
    )
    matches.extend(
        Match(0, 0, j, 1) for j in sorted({*right} - {m.after for m in elsewhere})
    )
    return matches


def differing_words(
    before: texts.Words, after: texts.Words
) -> list[tuple[int, int, int, int]]:
    """Return the runs of words that differ: old first and last, new first and last.

    Runs are in order and apart from each other by at least one word in common.
    """
    old, new = before.keys, after.keys
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    old_end, new_end = len(old) - tail, len(new) - tail
    if head == old_end and head == new_end:
        return []
    if (old_end - head) * (new_end - head) > _CELLS:
        return [(head, old_end, head, new_end)]
    ours, theirs = _numbered(old[head:old_end], new[head:new_end])
    runs: list[tuple[int, int, int, int]] = []
    i = j = head
    for start_i, start_j, length in _equal(ours, theirs):
        if i < head + start_i or j < head + start_j:
            runs.append((i, head + start_i, j, head + start_j))
        i, j = head + start_i + length, head + start_j + length
    if i < old_end or j < new_end:
        runs.append((i, old_end, j, new_end))
    return runs


def _equal(old: Sequence[int], new: Sequence[int]) -> list[tuple[int, int, int]]:
    """Return the stretches in common: old start, new start, length."""
    return [
        (o.src_start, o.dest_start, o.src_end - o.src_start)
        for o in LCSseq.opcodes(old, new)
        if o.tag == "equal"
    ]


def _numbered(
    before: Sequence[str], after: Sequence[str]
) -> tuple[list[int], list[int]]:
    numbers: dict[str, int] = {}
    old = [numbers.setdefault(each, len(numbers)) for each in before]
    return old, [numbers.setdefault(each, len(numbers)) for each in after]


def _common(old: Sequence[int], new: Sequence[int]) -> list[tuple[int, int]]:
    """Return the pairs of equal elements of a longest common subsequence."""
    if len(old) * len(new) > _CELLS:
        return _common_unique(old, new)
    return [
        (start_i + offset, start_j + offset)
        for start_i, start_j, length in _equal(old, new)
        for offset in range(length)
    ]


def _common_unique(old: Sequence[int], new: Sequence[int]) -> list[tuple[int, int]]:
    """Align by what occurs once on both sides (patience diff, Bram Cohen)."""
    places = _once(new)
    pairs = sorted(
        (i, places[each]) for each, i in _once(old).items() if each in places
    )
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


def _once(sequence: Sequence[int]) -> dict[int, int]:
    places: dict[int, int] = {}
    again: set[int] = set()
    for at, each in enumerate(sequence):
        if each in places:
            again.add(each)
        places[each] = at
    return {each: at for each, at in places.items() if each not in again}


def _stretches(
    anchors: Sequence[tuple[int, int]], old: int, new: int
) -> Iterator[tuple[int, int, int, int]]:
    """Yield what lies between anchors: old from, to, new from, to."""
    i = j = 0
    for next_i, next_j in [*anchors, (old, new)]:
        if i < next_i or j < next_j:
            yield i, next_i, j, next_j
        i, j = next_i + 1, next_j + 1


def _moved(
    old: Sequence[int],
    new: Sequence[int],
    stretches: Sequence[tuple[int, int, int, int]],
) -> list[tuple[int, int]]:
    """Pair the blocks outside every anchor that say the same."""
    places: dict[int, deque[int]] = {}
    for _, _, j0, j1 in stretches:
        for j in range(j0, j1):
            places.setdefault(new[j], deque()).append(j)
    return [
        (i, places[old[i]].popleft())
        for i0, i1, _, _ in stretches
        for i in range(i0, i1)
        if places.get(old[i])
    ]


def _alike_in_order(
    before: Passages,
    after: Passages,
    lost: Sequence[int],
    found: Sequence[int],
    alphabet: _Alphabet,
) -> list[Match]:
    """Pair the blocks of one stretch, in order, for the greatest likeness in all."""
    if not _can_pair(before, after, lost, found):
        return []
    ours = [alphabet.spell(before.words(i).keys) for i in lost]
    theirs = [alphabet.spell(after.words(j).keys) for j in found]
    width = len(found) + 1
    best = [0.0] * (width * (len(lost) + 1))
    takes = bytearray(len(best))
    for row in range(len(lost) - 1, -1, -1):
        for column in range(len(found) - 1, -1, -1):
            at = row * width + column
            likeness = 0.0
            if before.classes[lost[row]] == after.classes[found[column]]:
                likeness = _likeness(ours[row], theirs[column], before.words(lost[row]))
            skip = max(best[at + width], best[at + 1])
            both = best[at + width + 1] + likeness if likeness >= _ALIKE else -1.0
            takes[at] = both >= skip
            best[at] = max(both, skip)
    pairs: list[Match] = []
    row = column = 0
    while row < len(lost) and column < len(found):
        at = row * width + column
        if takes[at]:
            pairs.append(Match(lost[row], 1, found[column], 1))
            row, column = row + 1, column + 1
        elif best[at + width] >= best[at + 1]:
            row += 1
        else:
            column += 1
    return pairs


def _can_pair(
    before: Passages, after: Passages, lost: Sequence[int], found: Sequence[int]
) -> bool:
    """Tell whether looking at all pairs of these blocks stays within bounds."""
    if not lost or not found or len(lost) * len(found) > _PAIRINGS:
        return False
    if len(lost) == len(found) == 1:
        return True
    # Six characters to a word, to save counting them.
    ours = sum(len(before.texts[i]) for i in lost) // 6
    theirs = sum(len(after.texts[j]) for j in found) // 6
    return ours * theirs <= _PAIRED_WORDS


def _likeness(ours: str, theirs: str, words: texts.Words) -> float:
    """Return the share of words in common, 0..1; a shared label lifts short texts."""
    likeness = _in_common(ours, theirs)
    if likeness < _ALIKE and len(ours) < 16 and ours[:1] == theirs[:1]:
        # "King 328 32" and "King 420 37": the label stays, every figure moves.
        label = words.keys[0]
        if label[0].isalpha() and len(label) > 3:
            return max(likeness, _LABEL_ALIKE)
    return likeness


def _widened(
    before: Passages,
    after: Passages,
    pairs: Sequence[Match],
    *,
    free_old: set[int],
    free_new: set[int],
    alphabet: _Alphabet,
) -> list[Match]:
    """Let a pair take in free neighbours where that makes its sides more alike.

    So a paragraph that was cut in two is not an edit and an added paragraph.
    """
    wider: list[Match] = []
    for pair in pairs:
        best, likeness = pair, -1.0
        while candidates := [*_neighbours(best, free_old, free_new)]:
            if likeness < 0:
                likeness = _match_likeness(before, after, best, alphabet)
            scored = [_match_likeness(before, after, c, alphabet) for c in candidates]
            if max(scored) <= likeness + _WORTH_WIDENING:
                break
            likeness = max(scored)
            best = candidates[scored.index(likeness)]
            free_old -= {*range(best.before, best.before + best.before_count)}
            free_new -= {*range(best.after, best.after + best.after_count)}
        wider.append(best)
    return wider


def _neighbours(pair: Match, free_old: set[int], free_new: set[int]) -> Iterator[Match]:
    """Yield the pair with one more block on one side: one to many at most."""
    if pair.before_count == 1:
        if pair.after - 1 in free_new:
            yield replace(pair, after=pair.after - 1, after_count=pair.after_count + 1)
        if pair.after + pair.after_count in free_new:
            yield replace(pair, after_count=pair.after_count + 1)
    if pair.after_count == 1:
        if pair.before - 1 in free_old:
            yield replace(
                pair, before=pair.before - 1, before_count=pair.before_count + 1
            )
        if pair.before + pair.before_count in free_old:
            yield replace(pair, before_count=pair.before_count + 1)


def _match_likeness(
    before: Passages, after: Passages, pair: Match, alphabet: _Alphabet
) -> float:
    ours = alphabet.spell(before.words(pair.before, pair.before_count).keys)
    theirs = alphabet.spell(after.words(pair.after, pair.after_count).keys)
    return _in_common(ours, theirs)


def _in_common(ours: str, theirs: str) -> float:
    """Return the share of words in common, in order; of long texts in any order."""
    if len(ours) * len(theirs) <= _CELLS_ALIKE:
        return Indel.normalized_similarity(ours, theirs)
    shared = (Counter(ours) & Counter(theirs)).total()
    return 2 * shared / (len(ours) + len(theirs))


def _alike_elsewhere(
    before: Passages,
    after: Passages,
    left: Sequence[int],
    right: Sequence[int],
    alphabet: _Alphabet,
) -> list[Match]:
    """Pair blocks that moved and were reworded, best first."""
    if not _can_pair(before, after, left, right):
        return []
    scored: list[tuple[float, int, int]] = []
    theirs = {j: alphabet.spell(after.words(j).keys) for j in right}
    for i in left:
        ours = alphabet.spell(before.words(i).keys)
        if len(ours) < 6:
            continue
        for j in right:
            if before.classes[i] == after.classes[j]:
                likeness = _in_common(ours, theirs[j])
                if likeness >= _ALIKE_ELSEWHERE:
                    scored.append((-likeness, i, j))
    pairs: list[Match] = []
    used_old: set[int] = set()
    used_new: set[int] = set()
    for _, i, j in sorted(scored):
        if i not in used_old and j not in used_new:
            used_old.add(i)
            used_new.add(j)
            pairs.append(Match(i, 1, j, 1, moved=True))
    return pairs
