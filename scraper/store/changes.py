"""Reading changes, and keeping in step when passages stood where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scraper.errors import StoreError
from scraper.store import rows
from scraper.store.rows import seconds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from scraper.model import Change
    from scraper.store.database import Database

_FROM = """
  FROM changes c
  JOIN pages p ON p.id = c.page_id
  JOIN versions v ON v.id = c.new_version_id
"""
SHORTEST_PREFIX = 4


def select(
    db: Database, *, where: str, parameters: Sequence[object], limit: int
) -> list[Change]:
    """Return changes newest first. `where` comes from this package."""
    found = db.rows(
        f"SELECT c.*, p.site, v.title, v.rules {_FROM} WHERE {where}"
        " ORDER BY c.new_first_seen_at DESC, c.id DESC LIMIT ?",
        (*parameters, limit),
    )
    marks = ", ".join("?" * len(found))
    edits = db.rows(
        f"SELECT * FROM edits WHERE change_id IN ({marks})"  # noqa: S608 - ours
        " ORDER BY change_id, number",
        [row["id"] for row in found],
    )
    return rows.changes(found, edits)


def matching(
    db: Database,
    *,
    since: datetime | None,
    until: datetime | None,
    site: str | None,
    page_id: int | None,
    silent_only: bool,
    min_significance: float,
    limit: int,
) -> list[Change]:
    """Return the changes that meet every condition given, newest first."""
    conditions: list[tuple[str, object]] = [
        ("c.new_first_seen_at >= ?", None if since is None else seconds(since)),
        ("c.new_first_seen_at < ?", None if until is None else seconds(until)),
        ("p.site = ?", site),
        ("c.page_id = ?", page_id),
        ("c.disclosure = ?", "none_seen" if silent_only else None),
        ("c.significance >= ?", min_significance or None),
    ]
    given = [(sql, value) for sql, value in conditions if value is not None]
    return select(
        db,
        where=" AND ".join(sql for sql, _ in given) or "true",
        parameters=[value for _, value in given],
        limit=limit,
    )


def by_reference(db: Database, reference: str | int) -> Change | None:
    """Return the change of an id, a ref or the beginning of a ref.

    Raises:
        StoreError: Several refs begin so.
    """
    told = str(reference).lower()
    number = rows.id_of(told)
    if number is not None:
        found = select(db, where="c.id = ?", parameters=(number,), limit=1)
        if found:
            return found[0]
    if len(told) < SHORTEST_PREFIX:
        return None
    # "{" follows "z" in ASCII, and refs hold letters and digits only.
    found = select(
        db,
        where="c.ref >= ? AND c.ref < ?",
        parameters=(told, told + "{"),
        limit=3,
    )
    if len(found) > 1:
        refs = ", ".join(change.ref for change in found)
        raise StoreError(f"{reference}: several changes begin so: {refs}")
    return found[0] if found else None


def extend_stays(db: Database, page_id: int, version_id: int) -> None:
    """Close and open the stays of passages as the page's newest version has them."""
    before = _before(db, version_id)
    db.run(
        "UPDATE page_passages SET gone_in = ?2 WHERE page_id = ?1 AND gone_in IS NULL"
        " AND passage_id IN"
        "  (SELECT passage_id FROM version_passages WHERE version_id = ?3 EXCEPT"
        "   SELECT passage_id FROM version_passages WHERE version_id = ?2)",
        (page_id, version_id, before),
    )
    db.run(
        "INSERT INTO page_passages (page_id, passage_id, appeared_in)"
        " SELECT DISTINCT ?1, n.passage_id, ?2 FROM version_passages n"
        " WHERE n.version_id = ?2 AND NOT EXISTS (SELECT 1 FROM page_passages o"
        "  WHERE o.page_id = ?1 AND o.passage_id = n.passage_id AND o.gone_in IS NULL)",
        (page_id, version_id),
    )


def _before(db: Database, version_id: int) -> int | None:
    """Return the version in force before another one of a page."""
    found = db.value(
        "SELECT b.id FROM versions v JOIN versions b ON b.page_id = v.page_id"
        " AND (b.first_seen_at, b.number) < (v.first_seen_at, v.number)"
        " WHERE v.id = ? ORDER BY b.first_seen_at DESC, b.number DESC LIMIT 1",
        (version_id,),
    )
    return None if found is None else int(found)


def rebuild_stays(db: Database, page_id: int) -> None:
    """Work out all stays of a page's passages anew, in the order of time."""
    db.run(
        "DELETE FROM page_passages WHERE page_id = ?1 AND passage_id IN"
        " (SELECT vp.passage_id FROM versions v"
        "  JOIN version_passages vp ON vp.version_id = v.id WHERE v.page_id = ?1)",
        (page_id,),
    )
    for row in db.rows(
        "SELECT id FROM versions WHERE page_id = ? ORDER BY first_seen_at, number",
        (page_id,),
    ):
        extend_stays(db, page_id, row["id"])
