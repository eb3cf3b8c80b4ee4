"""Where two long texts differ, found at the cost of comparing strings.

Words are dear: those of ten megabytes take seconds. So the ends that two long texts
share, and the lines or sentences between, are found first; only what is left need be
taken apart into words.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING

from scraper.comparison.align import common, numbered
from scraper.comparison.text import shared_end, shared_start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scraper.comparison.work import Work

Window = tuple[int, int, int, int]
"""Where old text begins and ends, and where the new text in its place does."""

LONG = 10_000
"""Characters of two texts up to which they are taken apart as they are."""
_MARGIN = 500
"""Characters of shared text around: the words that an edit quotes are among them."""
_SEEK = 500
"""Characters in which to look for a place to cut, besides."""
_SEPARATORS = ("\n", ". ", " ")
_LONGEST_PIECE = 2_000
_MOST_PIECES = 200_000
_PROBES, _PROBED = 32, 60
"""How many samples of a text without pieces are looked for, and how long each is."""
_CUT = re.compile(r"(?<=[a-zA-Z]) (?=[a-zA-Z])")
"""No word, figure or mark goes on over such a space, however it is spelled."""


def windows(before: str, after: str, work: Work) -> list[Window]:
    """Return what differs, in order, with some shared text around each.

    What lies between two windows, before the first and after the last is the same.
    """
    head = shared_start(before, after)
    tail = shared_end(before, after, min(len(before), len(after)) - head)
    middle = (head, len(before) - tail, head, len(after) - tail)
    wide: list[Window] = []
    for b0, b1, a0, a1 in _parts(before, after, middle, work):
        if wide and b0 - wide[-1][1] <= 2 * (_MARGIN + _SEEK):
            wide[-1] = (wide[-1][0], b1, wide[-1][2], a1)
        else:
            wide.append((b0, b1, a0, a1))
    return [_widened(before, window) for window in wide]


def _parts(before: str, after: str, within: Window, work: Work) -> Iterator[Window]:
    """Yield the parts of a window between the pieces that both texts have."""
    b0, b1, a0, a1 = within
    separator = _separator(before, after, within)
    if b1 - b0 + a1 - a0 <= LONG:
        yield within
        return
    if separator is None:
        yield from _between_probes(before, after, within)
        return
    ours, theirs = before[b0:b1].split(separator), after[a0:a1].split(separator)
    old = [b0, *accumulate((len(p) + len(separator) for p in ours), initial=b0)][1:]
    new = [a0, *accumulate((len(p) + len(separator) for p in theirs), initial=a0)][1:]
    i = j = 0
    for next_i, next_j in [
        *common(*numbered(ours, theirs), work),
        (len(ours), len(theirs)),
    ]:
        if i < next_i or j < next_j:
            yield old[i], min(old[next_i], b1), new[j], min(new[next_j], a1)
        i, j = next_i + 1, next_j + 1


def _between_probes(before: str, after: str, within: Window) -> Iterator[Window]:
    """Yield the parts of a window between samples of the old text found in the new.

    For texts without lines or sentences, or with far too many.
    """
    b0, b1, a0, a1 = within
    step = max((b1 - b0) // _PROBES, _PROBED)
    for probe in range(b0 + step // 2, b1 - _PROBED, step):
        found = after.find(before[probe : probe + _PROBED], a0, a1)
        if found >= 0:
            yield from _trimmed(before, after, (b0, probe, a0, found))
            b0, a0 = probe + _PROBED, found + _PROBED
    yield from _trimmed(before, after, (b0, b1, a0, a1))


def _trimmed(before: str, after: str, within: Window) -> Iterator[Window]:
    b0, b1, a0, a1 = within
    ours, theirs = before[b0:b1], after[a0:a1]
    head = shared_start(ours, theirs)
    tail = shared_end(ours, theirs, min(len(ours), len(theirs)) - head)
    if head + tail < max(len(ours), len(theirs)):
        yield b0 + head, b1 - tail, a0 + head, a1 - tail


def _separator(before: str, after: str, within: Window) -> str | None:
    """Return what parts the texts into pieces: not too long, and not too many."""
    for separator in _SEPARATORS:
        fits = True
        for text, start, end in ((before, *within[:2]), (after, *within[2:])):
            pieces = text.count(separator, start, end) + 1
            fits = fits and pieces <= _MOST_PIECES
            fits = fits and end - start <= pieces * _LONGEST_PIECE
        if fits:
            return separator
    return None


def _widened(before: str, window: Window) -> Window:
    """Take in shared text on either side, up to where no word is cut."""
    b0, b1, a0, a1 = window
    left = max(0, b0 - _MARGIN)
    cuts = [*_CUT.finditer(before, max(0, left - _SEEK), left)]
    if left and cuts:
        left = cuts[-1].end()
    elif left <= _SEEK:
        left = 0
    right = min(len(before), b1 + _MARGIN)
    cut = _CUT.search(before, right, right + _SEEK)
    if cut and right < len(before):
        right = cut.start()
    elif right + _SEEK >= len(before):
        right = len(before)
    return left, right, a0 - (b0 - left), a1 + (right - b1)
