r"""The chain of hashes that shows the record was not altered afterwards.

Each row's `sha256` is that of the previous row's, a line feed and its own `content`, so
`printf '%s\\n%s' PREVIOUS CONTENT | sha256sum` checks it without this program. The
content names what a check recorded, each thing with the sha256 of its document: JSON
that says all of it, made here from the tables and put into evidence as it is.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from scraper.store import articles, headers
from scraper.store.rows import as_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scraper.store.database import Database, Row

Sealed: TypeAlias = Literal["captures", "versions", "changes", "events"]
GENESIS: Final = "0" * 64
"""What the first row builds upon."""
SEALED: Final[tuple[Sealed, ...]] = get_args(Sealed)


def append(
    db: Database,
    content: Mapping[str, object],
    sealed: Mapping[Sealed, Sequence[int]],
    *,
    page_id: int | None,
) -> None:
    """Add one row, inside a transaction.

    Args:
        db: The record.
        content: What is said of the check.
        sealed: Ids of what it recorded.
        page_id: Of which page.
    """
    number, previous = last(db)
    told = as_json(
        {
            part: {name(db, part, at): sha256(document(db, part, at)) for at in ids}
            for part, ids in sealed.items()
            if ids
        }
        | dict(content)
    )
    db.insert(
        "ledger",
        {
            "number": number + 1,
            "page_id": page_id,
            "content": told,
            "sha256": link(previous, told),
        },
    )


def last(db: Database) -> tuple[int, str]:
    """Return the number and the hash of the last row; those before the first one."""
    row = db.row("SELECT number, sha256 FROM ledger ORDER BY number DESC LIMIT 1")
    return (0, GENESIS) if row is None else (row["number"], row["sha256"])


def row_of(db: Database, digest: str) -> int | None:
    """Return the number of the row of that hash, None if there is none."""
    found = db.value("SELECT number FROM ledger WHERE sha256 = ?", (digest.lower(),))
    return None if found is None else int(found)


def link(previous: str, content: str) -> str:
    """Return the hash of a row."""
    return sha256(f"{previous}\n{content}")


def sha256(text: str) -> str:
    """Return the seal of a document."""
    return hashlib.sha256(text.encode()).hexdigest()


# What a row tells of each thing recorded: its name and its document.

_NAMES: Final[dict[Sealed, str]] = {
    "captures": "captured_at",
    "versions": "number",
    "changes": "ref",
    "events": "id",
}
"""What each is called in the ledger, together with its page."""


def name(db: Database, part: Sealed, row_id: int) -> str:
    """Return what a row of a table is called in the ledger."""
    told = db.value(f"SELECT {_NAMES[part]} FROM {part} WHERE id = ?", (row_id,))  # noqa: S608 - ours
    return str(told)


def named(db: Database, part: Sealed, page_id: int, called: str) -> list[int]:
    """Return the ids of the rows that are called so, of a page."""
    of_page = "" if part == "events" else " AND page_id = ?2"
    found = db.rows(
        f"SELECT id FROM {part} WHERE {_NAMES[part]} = ?1{of_page}",  # noqa: S608 - ours
        (called, page_id)[: 1 + bool(of_page)],
    )
    return [row["id"] for row in found]


def document(db: Database, part: Sealed, row_id: int) -> str:
    """Return all that is sealed of a row, as JSON of one line.

    Raises:
        StoreError: It cannot be read.
    """
    told: Row = {}
    if part == "captures":
        row = db.row("SELECT * FROM responses WHERE id = ?", (row_id,)) or {}
        told = _lasting(headers.unfolded(db, row))
        for column in ("hops", "request_headers", "evidence"):
            told[column] = json.loads(told[column])
        del told["kept_as"]
    elif part == "versions":
        row = _version(db, row_id)
        # The rest is in the article, or moves on: last sightings, and rules where they
        # read the same text.
        for column in ("number", "origin", "content_sha256", "body_sha256"):
            told[column] = row[column]
        article = articles.load(db, row).as_dict()
        if article["metadata_updated"] is None:  # so it is under schema 1
            del article["metadata_updated"]
        told["article"] = article
    elif part == "changes":
        told = _lasting(db.row("SELECT * FROM changes WHERE id = ?", (row_id,)) or {})
        edits = db.rows(
            "SELECT * FROM edits WHERE change_id = ? ORDER BY number", (row_id,)
        )
        told["edits"] = [_lasting(edit) for edit in edits]
    else:
        told = _lasting(db.row("SELECT * FROM events WHERE id = ?", (row_id,)) or {})
    return as_json(told)


def _version(db: Database, row_id: int) -> Row:
    found = db.row(
        "SELECT v.*, b.sha256 AS body_sha256 FROM versions v"
        " LEFT JOIN bodies b ON b.id = v.body_id WHERE v.id = ?",
        (row_id,),
    )
    return found or {}


def _lasting(row: Row) -> Row:
    """Return a row without ids, which differ from database to database."""
    return {column: row[column] for column in row if not column.endswith("id")}
