"""Which blocks of two articles are the same, moved, or each other's new wording.

Bounded by `work`: beyond a bound the answer gets coarser but stays true: a move with
another wording becomes a removal and an addition.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rapidfuzz.distance import Indel

from scraper.comparison import text as texts
from scraper.comparison.align import common, common_unique, numbered, once_each
from scraper.comparison.text import shared_end, shared_start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from scraper.comparison.settling import BlockClass
    from scraper.comparison.work import Work

_CELLS_ALIKE = 20_000_000
"""Most of them where only likeness is wanted."""
_PAIRINGS = 40_000
"""Most pairs of blocks whose likeness is looked at within one stretch."""
_PAIRED_WORDS = 1_000_000_000
"""Most words on one side times words on the other, over those pairs."""
_SAMPLED = 60_000
"""Characters of a block by whose beginning and end alone its likeness is judged."""
_ALIKE = 0.45
"""Least share of words in common for one block to be the other's new wording."""
_ALIKE_ELSEWHERE = 0.75
"""The same for a block that stands somewhere else: only then it has moved."""
_WORTH_WIDENING = 0.02
"""What taking in a neighbouring block must add to a pair's likeness."""
_FIGURE_ALONE = re.compile(r"(?:[$\u20ac]?\d[\d,.]*+\s?[%+*\u2020]{0,3}\s?){1,12}")
_LABEL_CHARS = 40
_LABEL = re.compile(rf"\D{{3,{_LABEL_CHARS}}}")
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
    """Blocks ready for comparing: keys at once, the rest when first asked for.

    Attributes:
        texts: Of the blocks, as printed.
        keys: What each says.
        mask: Of the learned noise.
    """

    def __init__(
        self,
        blocks: Sequence[str],
        mask: re.Pattern[str] | None,
        class_of: Callable[[str], BlockClass],
    ) -> None:
        self.texts = blocks
        self.keys = [texts.key(block, mask) for block in blocks]
        self.mask = mask
        self._class_of = class_of
        self._classes: dict[int, BlockClass] = {}
        self._words: dict[tuple[int, int], texts.Words] = {}

    def block_class(self, at: int) -> BlockClass:
        """Tell whether a block is the story's text, a note or a date stamp."""
        if at not in self._classes:
            self._classes[at] = self._class_of(self.texts[at])
        return self._classes[at]

    def joined(self, first: int, count: int) -> str:
        """Return the text of `count` blocks, a line break between two."""
        if count == 1:
            return self.texts[first]
        return "\n".join(self.texts[first : first + count])

    def words(self, first: int, count: int = 1) -> texts.Words:
        """Return the words of `count` blocks; of very long ones those at the ends."""
        at = (first, count)
        if at not in self._words:
            text = self.joined(first, count)
            if len(text) > _SAMPLED:
                text = f"{text[: _SAMPLED // 2]}\n{text[-_SAMPLED // 2 :]}"
            self._words[at] = texts.words(text, self.mask)
        return self._words[at]


@dataclass(frozen=True, slots=True)
class _Both:
    """Two texts and what may be spent on pairing their blocks."""

    before: Passages
    after: Passages
    work: Work
    alphabet: _Alphabet

    def ours(self, first: int, count: int = 1) -> str:
        """Return the words of old blocks, a sign each."""
        return self.alphabet.spell(self.before.words(first, count).keys)

    def theirs(self, first: int, count: int = 1) -> str:
        """Return the words of new blocks, a sign each."""
        return self.alphabet.spell(self.after.words(first, count).keys)

    def are_of_a_class(self, i: int, j: int) -> bool:
        """Whether an old and a new block are both text, notes or date stamps."""
        return self.before.block_class(i) == self.after.block_class(j)


class _Alphabet:
    """One character for each different word, so that rapidfuzz works on strings.

    Marks are no likeness: "S-12-702 286 Neb. 1" is another case than "S-16-207 296
    Neb. 165". Nor are capitals a difference.
    """

    def __init__(self) -> None:
        self._signs: dict[str, str] = {}

    def spell(self, keys: Sequence[str]) -> str:
        signs = self._signs
        said = [word for word in keys if word[0].isalnum()] or keys
        for word in said:
            if word not in signs:
                plain = word.casefold()
                if plain not in signs:
                    # Beyond the last code point words share one: that overrates.
                    signs[plain] = chr(0x10000 + len(signs) % 0xF0000)
                signs[word] = signs[plain]
        return "".join(map(signs.__getitem__, said))


def match_blocks(before: Passages, after: Passages, work: Work) -> list[Match]:
    """Match the blocks of two articles; every block is in one match."""
    old, new = numbered(before.keys, after.keys)
    anchors = common(old, new, work)
    matches = [Match(i, 1, j, 1, same=True) for i, j in anchors]
    stretches = list(_stretches(anchors, len(old), len(new)))
    moved = _moved(old, new, stretches)
    matches.extend(Match(i, 1, j, 1, moved=True, same=True) for i, j in moved)
    gone, come = {i for i, _ in moved}, {j for _, j in moved}
    both = _Both(before, after, work, _Alphabet())
    left: list[int] = []
    right: list[int] = []
    for i0, i1, j0, j1 in stretches:
        lost = [i for i in range(i0, i1) if i not in gone]
        found = [j for j in range(j0, j1) if j not in come]
        pairs: list[Match] = []
        for ours, theirs in _parted(both, lost, found, pairs):
            pairs += _alike_in_order(both, ours, theirs)
        pairs = _widened(
            both,
            pairs,
            free_old={*lost} - {pair.before for pair in pairs},
            free_new={*found} - {pair.after for pair in pairs},
        )
        matches.extend(pairs)
        used = {i for m in pairs for i in range(m.before, m.before + m.before_count)}
        left.extend(i for i in lost if i not in used)
        used = {j for m in pairs for j in range(m.after, m.after + m.after_count)}
        right.extend(j for j in found if j not in used)
    elsewhere = _alike_elsewhere(both, left, right)
    matches.extend(elsewhere)
    matches.extend(
        Match(i, 1, 0, 0) for i in sorted({*left} - {m.before for m in elsewhere})
    )
    matches.extend(
        Match(0, 0, j, 1) for j in sorted({*right} - {m.after for m in elsewhere})
    )
    return matches


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


def _parted(
    both: _Both, lost: list[int], found: list[int], pairs: list[Match]
) -> Iterator[tuple[list[int], list[int]]]:
    """Part a stretch too long for looking at all pairs, as large tables make it.

    Blocks that alone begin, or end, so and so are each other's new wording: `pairs`
    takes them up.
    """
    parts = [(lost, found)]
    for label_of in _LABELS:
        whole, parts = parts, []
        for ours, theirs in whole:
            if len(ours) * len(theirs) <= _PAIRINGS:
                parts.append((ours, theirs))
                continue
            labels = numbered(
                [label_of(both.before.texts[i]) for i in ours],
                [label_of(both.after.texts[j]) for j in theirs],
            )
            i = j = 0
            for next_i, next_j in common_unique(*labels):
                parts.append((ours[i:next_i], theirs[j:next_j]))
                i, j = next_i + 1, next_j + 1
                if both.are_of_a_class(ours[next_i], theirs[next_j]):
                    pairs.append(Match(ours[next_i], 1, theirs[next_j], 1))
            parts.append((ours[i:], theirs[j:]))
    yield from parts


def _name_of_row(text: str) -> str:
    """Return what a block says before its first figure."""
    found = _LABEL.match(text)
    return found[0] if found else ""


_LABELS: tuple[Callable[[str], str], ...] = (
    _name_of_row,
    lambda text: text[:_LABEL_CHARS],
    lambda text: text[-_LABEL_CHARS:],
)


def _alike_in_order(
    both: _Both, lost: Sequence[int], found: Sequence[int]
) -> list[Match]:
    """Pair the blocks of one stretch, in order, for the greatest likeness in all."""
    if len(lost) == len(found) == 1 and _share_ends(both, lost[0], found[0]):
        return [Match(lost[0], 1, found[0], 1)]
    if not _can_pair(both, lost, found):
        return []
    ours = [both.ours(i) for i in lost]
    theirs = [both.theirs(j) for j in found]
    old_figures = {i for i in lost if _is_figure(both.before.texts[i])}
    new_figures = {j for j in found if _is_figure(both.after.texts[j])}
    are_each_others = len(old_figures) == len(new_figures)
    width = len(found) + 1
    best = [0.0] * (width * (len(lost) + 1))
    takes = bytearray(len(best))
    for row in range(len(lost) - 1, -1, -1):
        for column in range(len(found) - 1, -1, -1):
            at = row * width + column
            likeness = 0.0
            if both.are_of_a_class(lost[row], found[column]):
                words = both.before.words(lost[row])
                likeness = _likeness(ours[row], theirs[column], words)
                if (
                    are_each_others
                    and lost[row] in old_figures
                    and found[column] in new_figures
                ):
                    likeness = max(likeness, _LABEL_ALIKE)
            skip = max(best[at + width], best[at + 1])
            pair = best[at + width + 1] + likeness if likeness >= _ALIKE else -1.0
            takes[at] = pair >= skip
            best[at] = max(pair, skip)
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


def _is_figure(text: str) -> bool:
    """Tell figures that stand alone, as cards and rows show them: "98", "763 3"."""
    return len(text) <= _LABEL_CHARS and _FIGURE_ALONE.fullmatch(text) is not None


def _share_ends(both: _Both, i: int, j: int) -> bool:
    """Tell long blocks whose ends alone make them alike, without their words."""
    ours, theirs = both.before.texts[i], both.after.texts[j]
    most = min(len(ours), len(theirs))
    if most < _SAMPLED or not both.are_of_a_class(i, j):
        return False
    head = shared_start(ours, theirs)
    shared = head + shared_end(ours, theirs, most - head)
    return 2 * shared > max(len(ours), len(theirs))


def _can_pair(both: _Both, lost: Sequence[int], found: Sequence[int]) -> bool:
    """Tell whether looking at all pairs of these blocks stays within bounds."""
    pairs = len(lost) * len(found)
    if not 0 < pairs <= _PAIRINGS:
        return False
    # Six characters to a word, to save counting them.
    ours = sum(min(len(both.before.texts[i]), _SAMPLED) for i in lost) // 6
    theirs = sum(min(len(both.after.texts[j]), _SAMPLED) for j in found) // 6
    if pairs > 1 and ours * theirs > _PAIRED_WORDS:
        return False
    return both.work.take(words=ours + theirs, alike=ours * theirs, pairs=pairs)


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
    both: _Both, pairs: Sequence[Match], *, free_old: set[int], free_new: set[int]
) -> list[Match]:
    """Let a pair take in free neighbours where that makes its sides more alike.

    So a paragraph that was cut in two is not an edit and an added paragraph.
    """
    wider: list[Match] = []
    for pair in pairs:
        best, likeness = pair, -1.0
        while candidates := [*_neighbours(best, free_old, free_new)]:
            if likeness < 0:
                likeness = _match_likeness(both, best)
            scored = [_match_likeness(both, c) for c in candidates]
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


def _match_likeness(both: _Both, pair: Match) -> float:
    return _in_common(
        both.ours(pair.before, pair.before_count),
        both.theirs(pair.after, pair.after_count),
    )


def _in_common(ours: str, theirs: str) -> float:
    """Return the share of words in common, in order; of long texts in any order."""
    if len(ours) * len(theirs) <= _CELLS_ALIKE:
        return Indel.normalized_similarity(ours, theirs)
    shared = (Counter(ours) & Counter(theirs)).total()
    return 2 * shared / (len(ours) + len(theirs))


def _alike_elsewhere(
    both: _Both, left: Sequence[int], right: Sequence[int]
) -> list[Match]:
    """Pair blocks that moved and were reworded, best first."""
    rows = _rows_elsewhere(both, left, right)
    paired_old, paired_new = ({m.before for m in rows}, {m.after for m in rows})
    left = [i for i in left if i not in paired_old]
    right = [j for j in right if j not in paired_new]
    if not _can_pair(both, left, right):
        return rows
    scored: list[tuple[float, int, int]] = []
    theirs = {j: both.theirs(j) for j in right}
    for i in left:
        ours = both.ours(i)
        if len(ours) < 6:
            continue
        for j in right:
            if both.are_of_a_class(i, j):
                likeness = _in_common(ours, theirs[j])
                if likeness >= _ALIKE_ELSEWHERE:
                    scored.append((-likeness, i, j))
    pairs = rows
    used_old: set[int] = set()
    used_new: set[int] = set()
    for _, i, j in sorted(scored):
        if i not in used_old and j not in used_new:
            used_old.add(i)
            used_new.add(j)
            pairs.append(Match(i, 1, j, 1, moved=True))
    return pairs


def _rows_elsewhere(
    both: _Both, left: Sequence[int], right: Sequence[int]
) -> list[Match]:
    """Pair rows of figures by what they are of, as in a table that is sorted anew.

    A label that other blocks have, too, is of none: "Story 3", "Story 4".
    """
    if not (left and right):
        return []
    old, new = (
        [_label_of_row(text) for text in side.texts]
        for side in (both.before, both.after)
    )
    free_old, free_new = {*left}, {*right}
    return [
        Match(i, 1, j, 1, moved=True)
        for i, j in once_each(*numbered(old, new))
        if i in free_old and j in free_new and old[i] and both.are_of_a_class(i, j)
    ]


def _label_of_row(text: str) -> str:
    label = _name_of_row(text)
    rest = text[len(label) :]
    return label.strip() if _FIGURE_ALONE.fullmatch(rest) else ""
