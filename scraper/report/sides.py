"""A comparison for a wide page: both sides and one line, as spans, figures marked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from scraper.report.evidence import FIELD_NAMES
from scraper.report.rows import Fold, Row, folded, rows
from scraper.report.spans import Span, inline_spans, safe, word_spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from scraper.model import Article, Comparison, EditOp
    from scraper.report.spans import Style


class Piece(NamedTuple):
    """A span, and whether it is of a figure that changed."""

    text: str
    style: Style = ""
    is_figure: bool = False


@dataclass(frozen=True, slots=True)
class Sides:
    """One difference, or an unchanged block, in both views.

    Attributes:
        before: Left-hand side, empty where there was nothing; `after` the right one.
        inline: The same as one text.
    """

    kind: str
    before: tuple[Piece, ...]
    after: tuple[Piece, ...]
    inline: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class FieldSides:
    """All edits of one field of the article, under the name people know it by."""

    label: str
    sides: tuple[Sides, ...]


def field_sides(comparison: Comparison) -> list[FieldSides]:
    """Return what changed outside the text: headline, captions, links and so on."""
    edits = [edit for edit in comparison.edits if not edit.in_text]
    figures = _figures(comparison)
    return [
        FieldSides(
            FIELD_NAMES[field],
            tuple(_sides(_row(e.op, e.before, e.after), figures) for e in mine),
        )
        for field, mine in groupby(edits, key=lambda edit: edit.field)
    ]


def text_sides(
    comparison: Comparison, before: Article, after: Article
) -> list[Sides | tuple[Sides, ...]]:
    """Return the text block by block; a tuple is a stretch of unchanged ones.

    Empty where nothing of the text changed. The articles are settled ones.
    """
    if not any(edit.in_text for edit in comparison.edits):
        return []
    figures = _figures(comparison)
    return [
        tuple(_sides(row, figures) for row in found.rows)
        if isinstance(found, Fold)
        else _sides(found, figures)
        for found in folded(rows(comparison, before, after))
    ]


def _row(op: EditOp, before: str | None, after: str | None) -> Row:
    return Row(op, before, after)


def _sides(row: Row, figures: tuple[re.Pattern[str], re.Pattern[str]]) -> Sides:
    was, now = safe(row.before or ""), safe(row.after or "")
    old_figures, new_figures = figures
    if row.kind == "same" or was == now:
        style: Style = "moved" if row.kind == "moved" else ""
        same = (Piece(now, style),)
        return Sides(row.kind, same, same, same)
    if row.before is None or row.after is None:
        left = _marked([Span(was, "removed")], old_figures)
        right = _marked([Span(now, "added")], new_figures)
        return Sides(row.kind, left, right, left + right)
    old, new = word_spans(was, now)
    return Sides(
        row.kind,
        _marked(old, old_figures),
        _marked(new, new_figures),
        _inline(was, now, figures),
    )


def _inline(
    was: str, now: str, figures: tuple[re.Pattern[str], re.Pattern[str]]
) -> tuple[Piece, ...]:
    old_figures, new_figures = figures
    pieces: list[Piece] = []
    for span in inline_spans(was, now):
        pattern = old_figures if span.style == "removed" else new_figures
        pieces += _marked([span], pattern)
    return tuple(pieces)


def _figures(comparison: Comparison) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return patterns of the old figures and of the new ones."""
    return (
        _any_of(old for old, _ in comparison.numbers),
        _any_of(new for _, new in comparison.numbers),
    )


def _any_of(printed: Iterable[str]) -> re.Pattern[str]:
    # "$175 million" became "$157 million": only "175" is in the words that differ.
    parts = {
        part
        for figure in printed
        for part in (figure, *re.findall(r"\d+(?:[.,:]\d+)*", figure))
    }
    longest_first = sorted(filter(None, parts), key=len, reverse=True)
    words = "|".join(re.escape(safe(part)) for part in longest_first)
    return re.compile(rf"(?<!\d)(?:{words})(?!\d)" if words else r"(?!)")


def _marked(spans: Sequence[Span], figures: re.Pattern[str]) -> tuple[Piece, ...]:
    """Mark figures within the words that differ."""
    return tuple(piece for span in spans for piece in _pieces(span, figures))


def _pieces(span: Span, figures: re.Pattern[str]) -> Iterator[Piece]:
    if not span.style:
        yield Piece(span.text)
        return
    end = 0
    for found in figures.finditer(span.text):
        if found.start() > end:
            yield Piece(span.text[end : found.start()], span.style)
        yield Piece(found[0], span.style, is_figure=True)
        end = found.end()
    if end < len(span.text):
        yield Piece(span.text[end:], span.style)
