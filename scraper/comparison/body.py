"""Edits of the text: block by block, then word by word."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import replace
from typing import TYPE_CHECKING

from scraper.comparison import text as texts
from scraper.comparison.align import differing_words
from scraper.comparison.blocks import Passages, match_blocks
from scraper.comparison.settling import class_of, dated, text_blocks
from scraper.comparison.windows import LONG, windows
from scraper.model import Edit, Position

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scraper.comparison.blocks import Match
    from scraper.comparison.settling import BlockClass
    from scraper.comparison.work import Work
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
_CUT_SHORT = frozenset(
    re.findall(
        r"\w+",
        "dr mr mrs ms st gov sen rep gen lt col sgt capt maj cmdr adm rev jr sr no "
        "dept inc jan feb mar apr aug sept oct nov dec",
    )
)
_CLOSING = " \"')]"


def passages(article: Article, mask: re.Pattern[str] | None) -> Passages:
    """Return a settled article's text, ready for comparing."""
    blocks = [block.text for block in text_blocks(article)]
    return Passages(blocks, mask, class_of(article))


def body_edits(old: Passages, new: Passages, work: Work) -> list[Edit]:
    """Return the edits of two articles' text, in no particular order."""
    edits: list[Edit] = []
    for match in match_blocks(old, new, work):
        edits.extend(_edits(match, old, new, work))
    return edits if len(edits) <= _MOST_EDITS else _stretched(edits)


def text_edits(
    field: EditField, before: str, after: str, position: Position, work: Work
) -> list[Edit]:
    """Return a `changed` edit for each run of words that differs.

    Each quotes some words around the run, by which it can be found and read; its spans
    include them. A date stamp and a short line that is no sentence - a row, a heading,
    a label and its value - are quoted whole: there the words around are what it is of.
    """
    size = len(before) + len(after)
    if size > LONG:
        return _long_text_edits(field, before, after, position, work)
    if not work.take(words=_words_in(size)):
        return [_whole(field, before, after, position)]
    return _word_edits(field, texts.words(before), texts.words(after), position, work)


def _long_text_edits(
    field: EditField, before: str, after: str, position: Position, work: Work
) -> list[Edit]:
    """Look for words only where long texts differ; quote the rest as it is."""
    edits: list[Edit] = []
    for b0, b1, a0, a1 in windows(before, after, work):
        ours, theirs = before[b0:b1], after[a0:a1]
        if work.take(words=_words_in(len(ours) + len(theirs))):
            found = _word_edits(
                field, texts.words(ours), texts.words(theirs), Position(), work
            )
        elif texts.key(ours) != texts.key(theirs):
            found = [_whole(field, ours, theirs, Position())]
        else:
            found = []
        edits.extend(_further(edit, position, b0, a0) for edit in found)
    return edits


def _further(edit: Edit, position: Position, before: int, after: int) -> Edit:
    """Return an edit of a part of a text as one of the text."""
    (b0, b1), (a0, a1) = (
        edit.position.before_span or (0, 0),
        edit.position.after_span or (0, 0),
    )
    at = replace(
        position,
        before_span=(before + b0, before + b1),
        after_span=(after + a0, after + a1),
    )
    return replace(edit, position=at)


def _word_edits(
    field: EditField,
    before: texts.Words,
    after: texts.Words,
    position: Position,
    work: Work,
) -> list[Edit]:
    edits: list[Edit] = []
    quoted = _quoted(before, after, work)
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


def _edits(match: Match, old: Passages, new: Passages, work: Work) -> list[Edit]:
    if match.same and not match.moved:
        return []
    if match.before_count == 0:
        j = match.after
        field = _FIELDS[new.block_class(j)]
        at = Position(after=j)
        return [
            Edit(field=field, op="added", before=None, after=new.texts[j], position=at)
        ]
    i = match.before
    field = _field(match, old, new)
    if match.after_count == 0:
        at = Position(before=i)
        return [
            Edit(
                field=field, op="removed", before=old.texts[i], after=None, position=at
            )
        ]
    at = Position(before=i, after=match.after)
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
        edits.extend(_rewordings(match, old, new, at, work))
    return edits


def _field(match: Match, old: Passages, new: Passages) -> EditField:
    """Return the field of an old block, matched or gone."""
    field = _FIELDS[old.block_class(match.before)]
    if field == "updated" and match.after_count:
        ours, theirs = old.texts[match.before], new.texts[match.after]
        if dated(ours) == dated(theirs):
            return "body"  # it moved, or names another source
    return field


def _rewordings(
    match: Match, old: Passages, new: Passages, at: Position, work: Work
) -> list[Edit]:
    field = _field(match, old, new)
    before = old.joined(match.before, match.before_count)
    after = new.joined(match.after, match.after_count)
    size = len(before) + len(after)
    is_masked = old.mask is not None and (
        old.mask.search(before) or old.mask.search(after)
    )
    if size > LONG and not is_masked:
        return _long_text_edits(field, before, after, at, work)
    if not work.take(words=_words_in(size)):
        return [_whole(field, before, after, at)]
    ours = old.words(match.before, match.before_count)
    theirs = new.words(match.after, match.after_count)
    if ours.text != before or theirs.text != after:
        ours, theirs = texts.words(before, old.mask), texts.words(after, new.mask)
    return _word_edits(field, ours, theirs, at, work)


def _words_in(size: int) -> int:
    """Return for how many words to reckon with, in so many characters of two texts."""
    return 25 + size // 6


def _whole(field: EditField, before: str, after: str, at: Position) -> Edit:
    """Return two texts as one edit."""
    at = replace(at, before_span=(0, len(before)), after_span=(0, len(after)))
    return Edit(field=field, op="changed", before=before, after=after, position=at)


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


def _quoted(
    before: texts.Words, after: texts.Words, work: Work
) -> list[tuple[int, int, int, int]]:
    """Return the runs that differ to a reader, with context, apart from each other."""
    runs: list[list[int]] = []
    respaced: list[tuple[int, int]] = [(-1, 0)]
    for run in differing_words(before, after, work):
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
        # A sentence put for another needs no words of its neighbours.
        is_put = i0 < i1 and j0 < j1
        is_first = is_put and _opens(before, i0, i0) and _opens(after, j0, j0)
        is_last = is_put and _opens(before, i1, i1 - 1) and _opens(after, j1, j1 - 1)
        left = 0 if is_first else _context(before, i0 - 1, -1, ends)
        right = 0 if is_last else _context(before, i1, 1, ends)
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


def _opens(words: texts.Words, at: int, edge: int) -> bool:
    """Tell whether a sentence begins at a word, or the text ends before it.

    Not where the line break itself, the `edge`, is what differs.
    """
    is_end = at in {0, len(words.keys)} or _ends_sentence(words, at - 1)
    return is_end and words.keys[edge] != "\n"


def _is_record(words: texts.Words) -> bool:
    """Tell a short line that is no sentence, and holds none."""
    if len(words.keys) > _CONTEXT_PIECES or "\n" in words.keys:
        return False
    line = texts.folded(words.text).rstrip(_CLOSING)
    if line[-1:] in _STOPS or len(line.split()) > _RECORD:
        return False
    return not any(_ends_sentence(words, at) for at in range(len(words.keys)))


def _ends_sentence(words: texts.Words, at: int) -> bool:
    """Tell a full stop from the points of "p.m. MT", "U.S. Navy" and "Gov. Li".

    A capital comes after a stop, and no letter or title stands before it.
    """
    if words.keys[at] == "\n":
        return True
    return (
        words.keys[at] in _STOPS
        and at + 1 < len(words.keys)
        and words.stands_apart(at + 1)
        and words.keys[at + 1][0].isupper()
        and not (at and words.keys[at] == "." and _is_cut_short(words.keys[at - 1]))
    )


def _is_cut_short(word: str) -> bool:
    return (len(word) == 1 and word.isalpha()) or word.casefold() in _CUT_SHORT


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
