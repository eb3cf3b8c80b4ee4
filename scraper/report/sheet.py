"""The weekly sheet: what happened, ranked by significance; the same edit once. Pure.

The CSV's columns map to the fields of EDGI's web monitoring; docs/notify.md says how.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scraper.model import MANY_PAGES, shared_significance
from scraper.report.documents import marked_down
from scraper.report.evidence import between, instant
from scraper.report.spans import escaped, safe, word_spans

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from scraper.model import Change, Edit, Group, Notice

LOST = frozenset({"removed", "withdrawn", "moved_outside", "mass_removal"})
"""Kinds of events in which a page went."""
_EDITS = frozenset({"edited", "mass_edit"})
_DATES = frozenset({"published", "updated"})
_PICTURES = frozenset({"image", "image_title", "alt", "caption", "credit", "virin"})
_LINKS = frozenset({"links", "related", "attachments", "listed"})


_HEADS = ("#", "Significance", "What", "Page", "Pages", "Site", "When")
_STYLE = (
    "<style>body{font:1rem/1.5 Georgia,serif;margin:2rem}"
    "table{border-collapse:collapse}th,td{text-align:left;vertical-align:top;"
    "padding:.4rem .8rem .4rem 0;border-bottom:1px solid #bbb}th{white-space:nowrap}"
    "td{overflow-wrap:break-word}td:last-child{min-width:16rem}</style>"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """One line of the sheet: a change, the same change on many pages, or an event.

    Attributes:
        kind: `edited`, `mass_edit`, `removed` and the like.
        pages: How many pages it is about; `url` is the first of them.
        change: The most significant of its changes, None for an event.
        span: Of changes, when the first of them can have come at the earliest, and when
            the last of them had.
    """

    kind: str
    site: str | None
    title: str
    url: str
    pages: int
    significance: float
    summary: str
    seen_at: datetime
    change: Change | None = None
    span: tuple[datetime, datetime] | None = None
    refs: tuple[str, ...] = ()


def sheet(
    changes: Iterable[Change],
    events: Iterable[Notice],
    *,
    groups: Iterable[Group] = (),
) -> list[SheetRow]:
    """Return the rows: above single edits what many pages share, and pages that went.

    Among these and those the most significant come first.

    Args:
        changes: Of the time, in any order.
        events: Of the time: pages that went or came back, and mass removals. Edits
            among them are left out: `changes` and `groups` have them.
        groups: On record. What is in none is grouped here, where the edits are the
            same throughout.
    """
    left = {change.ref: change for change in changes}
    gone: set[str] = set()
    rows: list[SheetRow] = []
    for group in groups:
        if group.event.kind == "mass_removal":
            gone.update(member.page_url for member in group.members)
        refs = [member.ref for member in group.members if member.ref in left]
        if group.event.kind == "mass_edit" and refs:
            members = [left.pop(ref) for ref in refs]
            rows.append(
                replace(
                    _together(members),
                    significance=group.significance,
                    summary=group.event.summary,
                )
            )
    rows.extend(_edited(left.values()))
    rows.extend(
        _happened(notice)
        for notice in events
        if notice.change is None
        and notice.kind not in _EDITS
        and not (notice.kind in LOST and notice.page_url in gone)
    )
    return sorted(rows, key=_rank)


def _rank(row: SheetRow) -> tuple[object, ...]:
    """Put what many pages share, and pages that went, above single edits."""
    return row.kind == "edited", -row.significance, row.seen_at, row.url


def as_csv(rows: Sequence[SheetRow]) -> str:
    """Return the sheet as CSV; no cell begins as a formula does."""
    out = io.StringIO()
    writer = csv.DictWriter(out, [*_cells(1, None)], lineterminator="\n")
    writer.writeheader()
    for rank, row in enumerate(rows, start=1):
        writer.writerow({k: _harmless(v) for k, v in _cells(rank, row).items()})
    return out.getvalue()


def as_markdown(rows: Sequence[SheetRow], *, title: str) -> str:
    """Return the sheet as a Markdown table; text from pages is escaped."""
    lines = [f"# {marked_down(title)}", ""]
    if not rows:
        return "\n".join([*lines, "Nothing changed that was seen.", ""])
    lines += [f"| {' | '.join(_HEADS)} |", "|" + "---|" * len(_HEADS)]
    for rank, row in enumerate(rows, start=1):
        cells = (
            str(rank),
            f"{row.significance:.2f}",
            marked_down(named(row.kind, row.summary)),
            f"{marked_down(row.title)} {marked_down(row.url)}".strip() + _others(row),
            str(row.pages),
            marked_down(row.site or ""),
            _when(row),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def as_html(rows: Sequence[SheetRow], *, title: str) -> str:
    """Return the sheet as a whole HTML page; text from pages is escaped."""
    body = [
        "<tr>"
        + "".join(
            f"<td>{cell}</td>"
            for cell in (
                str(rank),
                f"{row.significance:.2f}",
                escaped(named(row.kind, row.summary)),
                _link(row) + _others(row),
                str(row.pages),
                escaped(row.site or ""),
                _when(row),
            )
        )
        + "</tr>"
        for rank, row in enumerate(rows, start=1)
    ]
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escaped(title)}</title>{_STYLE}</head><body><main>",
            f"<h1>{escaped(title)}</h1>",
            "<table><thead><tr>"
            + "".join(f'<th scope="col">{head}</th>' for head in _HEADS)
            + "</tr></thead><tbody>",
            *(body or ['<tr><td colspan="7">Nothing changed that was seen.</td></tr>']),
            "</tbody></table></main></body></html>",
            "",
        ]
    )


def named(kind: str, summary: str) -> str:
    """Return what happened under the name of its kind, said once: `Edited: ...`."""
    name = kind.replace("_", " ").capitalize()
    is_named = summary.casefold().startswith(name.casefold())
    return summary if is_named else f"{name}: {summary}"


def _others(row: SheetRow) -> str:
    return f" and {row.pages - 1} more" if row.pages > 1 else ""


def _when(row: SheetRow) -> str:
    if row.span is not None:
        return between(*row.span)
    how = "confirmed" if row.kind in LOST - {"mass_removal"} else "seen"
    return f"{how} {instant(row.seen_at)}"


def _edited(changes: Iterable[Change]) -> Iterator[SheetRow]:
    """Yield a row for each change, one for those that are the same on many pages."""
    same: dict[Hashable, list[Change]] = defaultdict(list)
    for change in changes:
        same[signature(change)].append(change)
    for alike in same.values():
        if len({change.page_id for change in alike}) >= MANY_PAGES:
            yield _together(alike)
        else:
            yield from map(_row, alike)


def _happened(notice: Notice) -> SheetRow:
    return SheetRow(
        kind=notice.kind,
        site=notice.site,
        title=notice.title or notice.site or "",
        url=notice.page_url or "",
        pages=1,
        significance=1.0,
        summary=notice.summary,
        seen_at=notice.seen_at,
    )


def _row(change: Change) -> SheetRow:
    return SheetRow(
        kind="edited",
        site=change.site,
        title=change.title or change.page_url,
        url=change.page_url,
        pages=1,
        significance=change.comparison.significance,
        summary=change.comparison.summary,
        seen_at=change.new_first_seen_at,
        change=change,
        span=(change.old_last_seen_at, change.new_first_seen_at),
        refs=(change.ref,),
    )


def _together(alike: Sequence[Change]) -> SheetRow:
    heaviest = max(alike, key=lambda change: change.comparison.significance)
    pages = len({change.page_id for change in alike})
    return replace(
        _row(heaviest),
        kind="mass_edit",
        pages=pages,
        significance=shared_significance(heaviest.comparison.significance, pages),
        seen_at=min(change.new_first_seen_at for change in alike),
        span=(
            min(change.old_last_seen_at for change in alike),
            max(change.new_first_seen_at for change in alike),
        ),
        refs=tuple(change.ref for change in alike),
    )


def signature(change: Change) -> Hashable:
    """Return what equal edits of different pages have in common: words lost and won."""
    edits = [e for e in change.comparison.edits if e.field not in _DATES]
    return frozenset(map(_words, edits)) or change.ref


def _words(edit: Edit) -> Hashable:
    if edit.op == "moved":  # no word of it differs
        return edit.field, edit.op, edit.before
    old, new = word_spans(edit.before or "", edit.after or "")
    lost = tuple(span.text.strip() for span in old if span.style)
    won = tuple(span.text.strip() for span in new if span.style)
    return edit.field, edit.op, lost, won


def _cells(rank: int, row: SheetRow | None) -> Mapping[str, object]:
    """Return the columns of one row; with None, of none: their names are the keys."""
    change = row.change if row is not None else None
    found = change.comparison if change is not None else None
    fields = found.fields if found is not None else frozenset()
    return {
        "rank": rank,
        "ref": " ".join(row.refs) if row is not None else "",
        "kind": row and row.kind,
        "site": row and row.site,
        "page_title": row and row.title,
        "page_url": row and row.url,
        "pages": row and row.pages,
        "significance": row and f"{row.significance:.3f}",
        "summary": row and row.summary,
        "disclosure": found and str(found.disclosure),
        "version_from": change and change.old_version,
        "version_from_last_seen": change and change.old_last_seen_at.isoformat(),
        "version_to": change and change.new_version,
        "version_to_first_seen": row and row.seen_at.isoformat(),
        "words_added": found and found.words_added,
        "words_removed": found and found.words_removed,
        "reasons": found and "; ".join(f"{why} {n:g}" for why, n in found.reasons),
        "indiv_1": _mark(bool(fields) and fields <= _DATES),
        "indiv_2": _mark("body" in fields or "title" in fields),
        "indiv_3": _mark(bool(fields & _PICTURES)),
        "indiv_4": _mark(bool(fields & _LINKS)),
        "indiv_6": _mark(row is not None and row.kind in LOST),
        "sig_3": _mark(found is not None and found.words_removed > found.words_added),
        "sig_4": _mark(row is not None and row.kind in LOST),
    }


def _mark(holds: bool) -> str:
    return "x" if holds else ""


def _harmless(value: object) -> object:
    """Return a cell that no spreadsheet program calculates."""
    text = safe(value) if isinstance(value, str) else value
    if isinstance(text, str) and text[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return f"'{text}"
    return text


def _link(row: SheetRow) -> str:
    # Of web addresses only: nothing else in a page's record may become a link.
    if not row.url.startswith(("https://", "http://")):
        return escaped(row.title)
    return f'<a href="{escaped(row.url)}">{escaped(row.title)}</a>'
