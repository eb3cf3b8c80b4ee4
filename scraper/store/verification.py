"""Everything that can be recomputed, recomputed: what was altered is named."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scraper.errors import StoreError
from scraper.store import articles, bodies, ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scraper.store.database import Database, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that is not as it was recorded.

    Attributes:
        table: Where.
        row: Which row, by its id, number or hash; empty for the table as a whole.
        problem: What is wrong with it.
    """

    table: str
    row: str
    problem: str


def verify(db: Database, progress: Callable[[int, int], None]) -> list[Fault]:
    """Return all faults in the order found; none means the record is whole.

    Args:
        db: Open for writing, which SQLite asks for to check its own search index.
        progress: Told how many rows of how many are done.
    """
    try:
        total = sum(
            db.value(f"SELECT count(*) FROM {table}")  # noqa: S608 - ours
            for table in ("bodies", "passages", "versions", "ledger")
        )
    except StoreError as exc:
        return [Fault(table="database", row="", problem=str(exc))]
    faults: list[Fault] = []
    done = 0
    for part in (_sqlite, _index, _bodies, _passages, _versions, _ledger):
        try:
            for found in part(db):
                if found is None:
                    done += 1
                    progress(done, total)
                else:
                    faults.append(found)
        except StoreError as exc:
            # SQLite cannot read on; the other parts may still say more.
            table = part.__name__.strip("_")
            faults.append(Fault(table=table, row="", problem=str(exc)))
    return faults


# Each part yields a fault, and None for each row it has done.


def _sqlite(db: Database) -> Iterator[Fault | None]:
    for row in db.rows("PRAGMA integrity_check"):
        (problem,) = row.values()
        if problem != "ok":
            yield Fault(table="database", row="", problem=problem)
    for row in db.rows("PRAGMA foreign_key_check"):
        yield Fault(
            table=row["table"],
            row=str(row["rowid"]),
            problem=f"refers to a row of {row['parent']} that is not there",
        )


def _index(db: Database) -> Iterator[Fault | None]:
    try:
        # Rank 1: compare the index with the passages themselves
        # (https://www.sqlite.org/fts5.html#the_integrity_check_command).
        db.run(
            "INSERT INTO passages_fts (passages_fts, rank)"
            " VALUES ('integrity-check', 1)"
        )
    except StoreError:
        yield Fault(
            table="passages_fts",
            row="",
            problem="the search index is not in step with the passages",
        )


def _bodies(db: Database) -> Iterator[Fault | None]:
    for row in db.rows("SELECT id, sha256 FROM bodies ORDER BY id"):
        try:
            bodies.read(db, row["id"])
        except StoreError as exc:
            yield Fault(table="bodies", row=row["sha256"], problem=str(exc))
        yield None


def _passages(db: Database) -> Iterator[Fault | None]:
    for row_id in _ids(db, "passages"):
        problem = "its text has another sha256"
        digest = told = None
        try:
            row = db.row("SELECT * FROM passages WHERE id = ?", (row_id,))
            if row is not None:
                digest = articles.passage_digest(row["kind"], row["text"])
                told = row["digest"]
        except StoreError as exc:
            digest, problem = 0, str(exc)
        if digest != told:
            yield Fault(table="passages", row=str(row_id), problem=problem)
        yield None


def _versions(db: Database) -> Iterator[Fault | None]:
    for row_id in _ids(db, "versions"):
        problem = None
        try:
            row = db.row("SELECT * FROM versions WHERE id = ?", (row_id,)) or {}
            kept = articles.stored_passages(db, row["passages_of"])
            article = articles.load(db, row)
            searched = articles.searched(article)
            least = searched[sum(bool(image.title) for image in article.images) :]
            told = kept[len(article.blocks) + len(article.notes) :]
            if told not in (searched, least):
                problem = "its title or captions are not searched as they are"
        except (StoreError, ValueError, TypeError) as exc:
            problem = f"cannot be read ({exc})"
        if problem is not None:
            yield Fault(table="versions", row=str(row_id), problem=problem)
        yield None


def _ledger(db: Database) -> Iterator[Fault | None]:
    previous, expected = ledger.GENESIS, 1
    for number in _ids(db, "ledger", column="number"):
        try:
            row = db.row("SELECT * FROM ledger WHERE number = ?", (number,)) or {}
            problem = _broken_link(row, previous, expected) or _misfiled(db, row)
            found = [] if problem else [*_sealed(db, row)]
            previous = row["sha256"]
        except (StoreError, ValueError, KeyError) as exc:
            problem, found = f"cannot be read ({exc})", []
        if problem is not None:
            yield Fault(table="ledger", row=str(number), problem=problem)
        yield from found
        expected = number + 1
        yield None


def _broken_link(row: Row, previous: str, expected: int) -> str | None:
    if row["number"] != expected:
        return f"row {expected} is missing before it"
    if ledger.link(previous, row["content"]) != row["sha256"]:
        return "its sha256 is not that of the row before it and its content"
    return None


def _misfiled(db: Database, row: Row) -> str | None:
    content = json.loads(row["content"])
    page = db.value("SELECT key FROM pages WHERE id = ?", (row["page_id"],))
    if page != content["page"]:
        return "its page is not that of its content"
    return None


def _sealed(db: Database, row: Row) -> Iterator[Fault]:
    """Compare what a row of the ledger seals with what the tables say now."""
    content = json.loads(row["content"])
    for part in ledger.SEALED:
        for name, seal in content.get(part, {}).items():
            found = ledger.named(db, part, row["page_id"], name)
            if seal not in {_seal_now(db, part, row_id) for row_id in found}:
                said = "was altered" if found else "is not there"
                yield Fault(
                    table=part,
                    row=str(found[0]) if found else name,
                    problem=f"{said}, says the ledger in row {row['number']}"
                    f" of {content['page']}: {name}",
                )


def _seal_now(db: Database, part: ledger.Sealed, row_id: int) -> str:
    try:
        return ledger.sha256(ledger.document(db, part, row_id))
    except (StoreError, ValueError, TypeError, KeyError, IndexError) as exc:
        return f"cannot be read ({exc})"


def _ids(db: Database, table: str, *, column: str = "id") -> list[int]:
    return [
        row[column]
        for row in db.rows(
            f"SELECT {column} FROM {table} ORDER BY {column}"  # noqa: S608 - ours
        )
    ]
