r"""The chain of hashes that shows the record was not altered afterwards.

Each row's `sha256` is that of the previous row's, a line feed and its own `content`, so
`printf '%s\\n%s' PREVIOUS CONTENT | sha256sum` checks it without this program.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from scraper.store.rows import as_json, json_sha256

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scraper.store.database import Database, Row

GENESIS = "0" * 64


def append(db: Database, content: Mapping[str, object], *, page_id: int | None) -> int:
    """Add one row, inside a transaction; return its number."""
    last = db.row("SELECT number, sha256 FROM ledger ORDER BY number DESC LIMIT 1")
    previous = GENESIS if last is None else last["sha256"]
    told = as_json(content)
    return db.insert(
        "ledger",
        {
            "number": 1 if last is None else last["number"] + 1,
            "page_id": page_id,
            "content": told,
            "previous_sha256": previous,
            "sha256": link(previous, told),
        },
    )


def link(previous: str, content: str) -> str:
    """Return the hash of a row."""
    return hashlib.sha256(f"{previous}\n{content}".encode()).hexdigest()


# What a row tells of each thing recorded: enough to find it and to notice a change.


def capture_seal(row: Row) -> Row:
    """Return the seal of one row of `captures`, its headers unfolded."""
    sealed = {name: row[name] for name in row if name not in _LOOSE_CAPTURE_COLUMNS}
    return {
        "captured_at": row["captured_at"],
        "body_sha256": row["body_sha256"],
        "sha256": json_sha256(sealed),
    }


_LOOSE_CAPTURE_COLUMNS = frozenset(
    {"id", "page_id", "version_id", "body_id", "kept_as"}
)
"""Our own bookkeeping; the rest is what was received."""


def version_seal(db: Database, version_id: int) -> Row:
    """Return the seal of one version."""
    row = db.row("SELECT * FROM versions WHERE id = ?", (version_id,)) or {}
    # Rules move on in place where they read the same text.
    sealed = {
        name: row[name]
        for name in ("number", "origin", "article_sha256", "content_sha256")
    }
    return {"number": row["number"], "sha256": json_sha256(sealed)}


def change_seal(db: Database, change_id: int) -> Row:
    """Return the seal of one change with its edits."""
    row = db.row("SELECT * FROM changes WHERE id = ?", (change_id,)) or {}
    edits = db.rows(
        "SELECT * FROM edits WHERE change_id = ? ORDER BY number", (change_id,)
    )
    sealed = {name: row[name] for name in row if not name.endswith("id")}
    sealed["edits"] = [
        {name: edit[name] for name in edit if name != "change_id"} for edit in edits
    ]
    return {"ref": row["ref"], "sha256": json_sha256(sealed)}


def event_seal(db: Database, event_id: int) -> Row:
    """Return the seal of one event."""
    row = db.row("SELECT * FROM events WHERE id = ?", (event_id,)) or {}
    sealed = {name: row[name] for name in row if not name.endswith("id")}
    return {"id": event_id, "kind": row["kind"], "sha256": json_sha256(sealed)}
