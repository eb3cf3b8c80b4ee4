"""Edits of the text: block by block, then word by word."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from typing import TYPE_CHECKING

from scraper.comparison import text as texts
from scraper.comparison.align import Passages, differing_words, match_blocks
from scraper.comparison.settling import block_classes, dated, text_blocks
from scraper.model import Edit, Position

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable

    from scraper.comparison.align import Match
    from scraper.comparison.settling import BlockClass
    from scraper.model import Article, EditField

_FIELDS: dict[BlockClass, EditField] = {
    "text": "body",
    "note": "notes",
    "stamp": "updated",
}
_BRIDGE = 2
"""Equal words between two runs that do not part them: "the" in a rewritten clause."""
_CONTEXT = 6
"""Equal words quoted on either side of a run, so that the edit can be read. They are
words as printed: "COVID-19" is one of them, and is never cut."""
_CONTEXT_PIECES = 30
"""Most words and marks that they may be made of, as addresses are."""
_RECORD = 2 * _CONTEXT + 1
"""Most words of a line that is quoted whole, where it is no sentence."""
_MOST_EDITS = 5_000
"""Beyond, neighbouring blocks that came or went are one edit."""
_STOPS = frozenset(".!?")
_CLOSING = " \"')]"


def passages(article: Article, mask: re.Pattern[str] | None) -> Passages:
    """Return a settled article's text, ready for comparing."""
    blocks = [block.text for block in text_blocks(article)]
    return Passages(blocks, block_classes(article), mask)


def body_edits(old: Passages, new: Passages) -> list[Edit]:
    """Return the edits of two articles' text, in no particular order."""
    edits: list[Edit] = []
    for match in match_blocks(old, new):
        edits.extend(_edits(match, old, new))
    return edits if len(edits) <= _MOST_EDITS else _stretched(edits)


def text_edits(
    field: EditField,
    before: texts.Words,
    after: texts.Words,
    position: Position,
) -> list[Edit]:
    """Return a `changed` edit for each run of words that differs.

    Each quotes some words around the run, by which it can be found and read; its spans
    include them. A date stamp and a short line that is no sentence - a row, a heading,
    a label and its value - are quoted whole: there the words around are what it is of.
    """
    edits: list[Edit] = []
    quoted = _quoted(before, after)
    is_record = field == "updated" or (_is_record(before) and _is_record(after))
    if quoted and is_record:
        quoted = [(0, len(before.keys), 0, len(after.keys))]
    for i0, i1, j0, j1 in quoted:
        before_span, after_span = before.span(i0, i1), after.span(j0, j1)
        edits.append(
            Edit(
                field=field,
                op="changed",
                before=before.text[slice(*before_span)],
                after=after.text[slice(*after_span)],
                position=Position(
                    before=position.before,
                    after=position.after,
                    before_span=before_span,
                    after_span=after_span,
                ),
            )
        )
    return edits


def _edits(match: Match, old: Passages, new: Passages) -> list[Edit]:
    if match.before_count == 0:
        j = match.after
        field = _FIELDS[new.classes[j]]
        at = Position(after=j)
        return [
            Edit(field=field, op="added", before=None, after=new.texts[j], position=at)
        ]
    i = match.before
    field = _FIELDS[old.classes[i]]
    if match.after_count == 0:
        at = Position(before=i)
        return [
            Edit(
                field=field, op="removed", before=old.texts[i], after=None, position=at
            )
        ]
    at = Position(before=i, after=match.after)
    if field == "updated" and dated(old.texts[i]) == dated(new.texts[match.after]):
        field = "body"  # it moved, or names another source
    edits: list[Edit] = []
    if match.moved:
        edits.append(
            Edit(
                field=field,
                op="moved",
                before=old.texts[i],
                after=new.texts[match.after],
                position=at,
            )
        )
    if not match.same:
        ours = old.words(i, match.before_count)
        theirs = new.words(match.after, match.after_count)
        edits.extend(text_edits(field, ours, theirs, at))
    return edits


def _stretched(edits: Iterable[Edit]) -> list[Edit]:
    """Make one edit of blocks that came, or went, one after the other: a line each."""
    rest: list[Edit] = []
    stretches: list[list[Edit]] = []
    for edit in edits:
        if edit.op not in {"added", "removed"}:
            rest.append(edit)
        elif stretches and _follows(stretches[-1][-1], edit):
            stretches[-1].append(edit)
        else:
            stretches.append([edit])
    for stretch in stretches:
        before = "\n".join(edit.before or "" for edit in stretch)
        after = "\n".join(edit.after or "" for edit in stretch)
        removed = stretch[0].op == "removed"
        rest.append(
            replace(
                stretch[0],
                before=before if removed else None,
                after=None if removed else after,
            )
        )
    return rest


def _follows(edit: Edit, other: Edit) -> bool:
    if (edit.field, edit.op) != (other.field, other.op):
        return False
    if edit.position.before is not None:
        return other.position.before == edit.position.before + 1
    return edit.position.after is not None and (
        other.position.after == edit.position.after + 1
    )


def _quoted(before: texts.Words, after: texts.Words) -> list[tuple[int, int, int, int]]:
    """Return the runs that differ to a reader, with context, apart from each other."""
    runs: list[list[int]] = []
    respaced: list[tuple[int, int]] = [(-1, 0)]
    for run in differing_words(before, after):
        i0, i1, j0, j1 = run
        if _says_the_same(before, after, run):
            respaced.append((i0, i1))
        elif runs and i0 - runs[-1][1] <= _BRIDGE:
            runs[-1][1], runs[-1][3] = i1, j1
        else:
            runs.append([i0, i1, j0, j1])
    respaced.append((len(before.keys), 0))
    quoted: list[list[int]] = []
    for i0, i1, j0, j1 in runs:
        # Where only spaces differ the two sides may have more words or fewer.
        ends = (
            respaced[bisect_left(respaced, (i0, 0)) - 1][1],
            respaced[bisect_left(respaced, (i1, 0))][0],
        )
        left = _context(before, i0 - 1, -1, ends)
        right = _context(before, i1, 1, ends)
        wide = [i0 - left, i1 + right, j0 - left, j1 + right]
        if quoted and wide[0] <= quoted[-1][1]:
            quoted[-1][1], quoted[-1][3] = wide[1], wide[3]
        else:
            quoted.append(wide)
    return [(i0, i1, j0, j1) for i0, i1, j0, j1 in quoted]


def _context(words: texts.Words, at: int, step: int, ends: tuple[int, int]) -> int:
    """Count the words to quote from `at` on: one at least, within the sentence."""
    count = printed = 0
    while ends[0] <= at < ends[1] and count < _CONTEXT_PIECES:
        if count and step < 0 and _ends_sentence(words, at):
            break
        count += 1
        if step > 0 and _ends_sentence(words, at):
            break
        printed += words.stands_apart(at if step < 0 else at + 1)
        if printed == _CONTEXT:
            break
        at += step
    return count


def _is_record(words: texts.Words) -> bool:
    """Tell a short line that is no sentence."""
    if len(words.keys) > _CONTEXT_PIECES or "\n" in words.keys:
        return False
    line = texts.folded(words.text).rstrip(_CLOSING)
    return line[-1:] not in _STOPS and len(line.split()) <= _RECORD


def _ends_sentence(words: texts.Words, at: int) -> bool:
    """Tell a full stop from the points of "p.m." and "U.S.": a capital comes next."""
    if words.keys[at] == "\n":
        return True
    return (
        words.keys[at] in _STOPS
        and at + 1 < len(words.keys)
        and words.stands_apart(at + 1)
        and words.keys[at + 1][0].isupper()
    )


def _says_the_same(
    before: texts.Words, after: texts.Words, run: tuple[int, int, int, int]
) -> bool:
    """Tell whether a run differs in spacing only."""
    i0, i1, j0, j1 = run
    ours, theirs = before.keys[i0:i1], after.keys[j0:j1]
    if "\n" in ours or "\n" in theirs:
        return False
    return texts.key(before.text[slice(*before.span(i0, i1))]) == texts.key(
        after.text[slice(*after.span(j0, j1))]
    )
