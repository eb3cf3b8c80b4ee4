"""The record as JSON lines or CSV, a row at a time; the captures as values."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from scraper.store import articles, pages, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from typing import TextIO

    from scraper.model import Capture
    from scraper.store.database import Database, Row

Exported: TypeAlias = Literal["pages", "versions", "changes", "edits"]
EXPORTED: Final[tuple[Exported, ...]] = get_args(Exported)

_AT_A_TIME: Final = 500
"""Rows read in one go: no long reader, so the write-ahead log stays short."""

_SQL: Final[dict[Exported, str]] = {
    "pages": "SELECT p.id, key, url, kind, site, state, state_since, reason, added_at,"
    " checked_at, last_outcome, checks, next_check_at FROM pages p",
    "versions": "SELECT v.id, p.url AS page_url, p.site, b.sha256 AS body_sha256, v.*"
    " FROM versions v JOIN pages p ON p.id = v.page_id"
    " LEFT JOIN bodies b ON b.id = v.body_id",
    # Where the page was then, as everywhere that a change is cited.
    "changes": "SELECT c.id, c.ref, c.page_url, p.site, c.old_version_id,"
    " c.new_version_id, c.old_last_seen_at, c.old_last_seen_on, c.new_first_seen_at,"
    " c.new_first_seen_on, c.recorded_at, c.disclosure, c.significance, c.summary,"
    " c.fields, c.words_added, c.words_removed, c.edits, v.title FROM changes c"
    " JOIN pages p ON p.id = c.page_id JOIN versions v ON v.id = c.new_version_id",
    "edits": "SELECT c.id, c.ref, c.page_url, p.site, c.new_first_seen_at,"
    " e.number, e.field, e.op, e.before, e.after FROM changes c"
    " JOIN edits e ON e.change_id = c.id JOIN pages p ON p.id = c.page_id",
}
_KEY: Final[dict[Exported, tuple[str, str]]] = {
    "pages": ("pages", "p.id"),
    "versions": ("versions", "v.id"),
    "changes": ("changes", "c.id"),
    "edits": ("changes", "c.id"),
}
"""The table whose rows are counted, and its key in the query."""


def export(
    db: Database,
    what: Exported,
    stream: TextIO,
    *,
    as_csv: bool,
    progress: Callable[[int, int], None],
) -> int:
    """Write rows to `stream`, oldest first; return how many.

    CSV has a header; a cell that a spreadsheet would take for a formula gets an
    apostrophe before it (OWASP, CSV injection).
    """
    table, _ = _KEY[what]
    total = db.value(f"SELECT count(*) FROM {table}")  # noqa: S608 - ours
    writer = csv.writer(stream, lineterminator="\n") if as_csv else None
    count = 0
    for done, row in _rows(db, what):
        if writer is None:
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
        else:
            if count == 0:
                writer.writerow(row)
            writer.writerow([_harmless(value) for value in row.values()])
        count += 1
        progress(done, total)
    return count


_KEPT: Final = (
    " FROM responses k JOIN pages p ON p.id = k.page_id"
    " LEFT JOIN bodies b ON b.id = k.body_id"
    # Of a body that was dropped only the hash is left; an empty answer has none.
    " WHERE (k.body_id IS NULL OR b.checksum IS NOT NULL)"
    " AND (:since IS NULL OR k.captured_at >= :since)"
    " AND (:site IS NULL OR p.site = :site)"
    # What a feed says of many stories is one answer.
    " AND NOT EXISTS (SELECT 1 FROM captures o WHERE o.body_id = k.body_id"
    "  AND o.id < k.id AND o.captured_at = k.captured_at"
    "  AND coalesce(o.url, o.requested_url) = k.url)"
)


def captures(
    db: Database,
    *,
    since: datetime | None,
    site: str | None,
    progress: Callable[[int, int], None],
) -> Iterator[Capture]:
    """Yield the captures whose bodies are kept, each answer once, as recorded."""
    told = {"since": None if since is None else rows.exact(since), "site": site}
    total = db.value(f"SELECT count(*) {_KEPT}", told)
    last = done = 0
    while found := db.rows(
        f"SELECT k.* {_KEPT} AND k.id > :last ORDER BY k.id LIMIT :most",
        told | {"last": last, "most": _AT_A_TIME},
    ):
        for row in found:
            yield pages.capture(db, row)
            done += 1
            progress(done, total)
        last = found[-1]["id"]


def _rows(db: Database, what: Exported) -> Iterator[tuple[int, Row]]:
    """Yield how many of the table's rows were read, and one row to write."""
    table, key = _KEY[what]
    last = done = 0
    while True:
        until = db.value(
            f"SELECT max(id) FROM (SELECT id FROM {table} WHERE id > ?"  # noqa: S608 - ours
            " ORDER BY id LIMIT ?)",
            (last, _AT_A_TIME),
        )
        if until is None:
            return
        previous = None
        for row in db.rows(
            f"{_SQL[what]} WHERE {key} > ? AND {key} <= ? ORDER BY {key}"
            + (", e.number" if what == "edits" else ""),
            (last, until),
        ):
            done += row["id"] != previous
            previous = row["id"]
            yield done, _with_text(db, row) if what == "versions" else row
        last = until


def _with_text(db: Database, row: Row) -> Row:
    article = articles.load(db, row)
    plain = {
        name: value
        for name, value in row.items()
        if name not in {"reading_id", "change_id", "body_id", "passages_of", "links_of"}
    }
    return plain | {
        "text": article.text,
        "captions": "\n".join(image.caption or "" for image in article.images),
        "links": " ".join(link.url for block in article.blocks for link in block.links),
    }


def _harmless(value: object) -> object:
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return f"'{value}"
    return value
