"""A comparison for a terminal: lines of spans, side by side where there is room."""

from __future__ import annotations

from itertools import groupby, zip_longest
from typing import TYPE_CHECKING

from scraper.report.evidence import FIELD_NAMES, facts
from scraper.report.rows import Fold, folded, rows
from scraper.report.spans import Span, safe, word_spans, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from scraper.model import Article, Change, Comparison
    from scraper.report.rows import Row
    from scraper.report.spans import Style

Line = tuple[Span, ...]

_WIDE = 100
"""From this width on, two columns are easier to read than two lines."""


def terminal(
    comparison: Comparison,
    before: Article,
    after: Article,
    *,
    width: int = 80,
    change: Change | None = None,
) -> list[Line]:
    """Return lines that show what changed, word by word; unchanged text is folded.

    Args:
        comparison: Of the two articles.
        before: As `comparison.settle` gives it; likewise `after`.
        after: The new article.
        width: Columns of the terminal; from 100 on the texts stand side by side. A line
            is longer only for an address outside the text, which stays in one piece.
        change: Where the comparison was recorded; its evidence comes first.
    """
    lines = wrapped([Span(safe(comparison.summary), "heading")], width)
    if change is not None:
        for label, text in facts(change):
            told = [Span(f"{label}: ", "label"), Span(safe(text))]
            lines.extend(wrapped(told, width, whole_addresses=True))
    fields = [*_fields(comparison, width)]
    if fields:
        lines.extend([(), *fields])
    if any(edit.in_text for edit in comparison.edits):
        lines.append(())
        shown = folded(rows(comparison, before, after))
        show = _side_by_side if width >= _WIDE else _one_by_one
        if show is _side_by_side:
            lines.append(_heads(width))
        for row in shown:
            lines.extend(
                wrapped(_fold(row), width)
                if isinstance(row, Fold)
                else show(row, width)
            )
    return lines


def _fields(comparison: Comparison, width: int) -> Iterator[Line]:
    edits = [edit for edit in comparison.edits if not edit.in_text]
    for field, mine in groupby(edits, key=lambda edit: edit.field):
        yield (Span(FIELD_NAMES[field], "label"),)
        for edit in mine:
            if edit.before is not None and edit.after is not None:
                old, new = word_spans(edit.before, edit.after)
            else:
                old = [Span(safe(edit.before or ""), "removed")]
                new = [Span(safe(edit.after or ""), "added")]
            if edit.before is not None:
                yield from _marked("- ", "removed", old, width, whole_addresses=True)
            if edit.after is not None:
                yield from _marked("+ ", "added", new, width, whole_addresses=True)


def _one_by_one(row: Row, width: int) -> Iterator[Line]:
    if row.kind == "same":
        yield from _marked("  ", "", [Span(safe(row.after or ""), "muted")], width)
        return
    old, new = _sides(row)
    if row.kind == "moved" and row.before == row.after:
        yield from _marked("> ", "moved", [Span(safe(row.after or ""), "moved")], width)
        return
    if row.before is not None:
        yield from _marked("- ", "removed", old, width)
    if row.after is not None:
        yield from _marked("+ ", "added", new, width)


def _side_by_side(row: Row, width: int) -> Iterator[Line]:
    column = (width - 3) // 2
    old, new = _sides(row)
    for left, right in zip_longest(
        wrapped(old, column), wrapped(new, column), fillvalue=()
    ):
        pad = " " * (column - sum(len(span.text) for span in left))
        yield (*left, Span(pad), Span(" \u2502 ", "muted"), *right)


def _heads(width: int) -> Line:
    column = (width - 3) // 2
    return (Span(f"{'before':<{column}} \u2502 after", "label"),)


def _sides(row: Row) -> tuple[Sequence[Span], Sequence[Span]]:
    was, now = safe(row.before or ""), safe(row.after or "")
    if row.kind == "same":
        return [Span(was, "muted")], [Span(now, "muted")]
    if row.kind == "moved" and was == now:
        return [Span("(moved)", "muted")], [Span(now, "moved")]
    if row.before is None or row.after is None:
        return [Span(was, "removed")], [Span(now, "added")]
    return word_spans(was, now)


def _marked(
    mark: str,
    style: Style,
    spans: Iterable[Span],
    width: int,
    *,
    whole_addresses: bool = False,
) -> Iterator[Line]:
    lines = wrapped(spans, max(width - 2, 10), whole_addresses=whole_addresses)
    for number, line in enumerate(lines):
        yield (Span(mark, style) if number == 0 else Span("  "), *line)


def _fold(fold: Fold) -> Line:
    noun = "block" if fold.blocks == 1 else "blocks"
    return (Span(f"  \u22ef {fold.blocks} unchanged {noun} \u22ef", "muted"),)
