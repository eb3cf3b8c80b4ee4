"""Events as they are stored: each once, some on another page than was looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scraper import urls
from scraper.errors import UrlError
from scraper.model import Event
from scraper.store import rows
from scraper.store.rows import moment, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from scraper.model import Pointer
    from scraper.store.database import Database, Row


def add(
    db: Database,
    event: Event,
    *,
    page_id: int | None,
    site: str | None,
    now: datetime,
    change_id: int | None = None,
) -> int:
    """Store an event once; return its id, 0 if it was there."""
    values = {
        "page_id": page_id,
        "site": site,
        "change_id": change_id,
        "recorded_at": seconds(now),
    } | rows.event_columns(event)
    known = db.value(
        "SELECT id FROM events WHERE page_id IS ? AND site IS ? AND kind = ?"
        " AND first_seen_at = ? AND last_seen_at = ?"
        " AND (page_id IS NOT NULL OR summary = ?)",
        (
            page_id,
            site,
            event.kind,
            values["first_seen_at"],
            values["last_seen_at"],
            event.summary,
        ),
    )
    if known is not None:
        return 0
    if change_id is not None and event.summary == db.value(
        "SELECT summary FROM changes WHERE id = ?", (change_id,)
    ):
        values["summary"] = None  # the same words need not be stored twice
    return db.insert("events", values)


def corrected(
    db: Database, page: Row, version_id: int, pointers: tuple[Pointer, ...]
) -> list[tuple[int, Event]]:
    """Return the pages that notes of a new version name, each with its event.

    A page is named by a link, or by a day on which its publisher has exactly one page
    of the same kind. Each note is told once, however long it stands.
    """
    version = db.row("SELECT * FROM versions WHERE id = ?", (version_id,))
    if version is None:
        return []
    events = []
    for pointer in pointers:
        for target in dict.fromkeys(_targets(db, page, version, pointer)):
            event = Event(
                kind="corrected",
                first_seen_at=moment(version["first_seen_at"]),
                last_seen_at=moment(version["first_seen_at"]),
                summary=f"A note on {page['url']} speaks of this page: {pointer.note}",
                detail={"by": page["url"], "note": pointer.note},
            )
            if target != page["id"] and not _is_told(db, target, event):
                events.append((target, event))
    return events


def _targets(db: Database, page: Row, version: Row, pointer: Pointer) -> Iterator[int]:
    for url in pointer.urls:
        try:
            canonical = urls.canonical(url)
        except UrlError:
            continue
        named = db.value("SELECT page_id FROM page_urls WHERE url = ?", (canonical,))
        if named is not None:
            yield named
    for day in pointer.days:
        of_that_day = db.rows(
            "SELECT p.id FROM pages p JOIN versions v ON v.id = p.latest_version_id"
            " WHERE coalesce(p.site, p.host) = ? AND v.kind = ?"
            " AND substr(v.published, 1, 10) = ? LIMIT 2",
            (page["site"] or page["host"], version["kind"], day),
        )
        if len(of_that_day) == 1:
            yield of_that_day[0]["id"]


def _is_told(db: Database, page_id: int, event: Event) -> bool:
    known = db.value(
        "SELECT count(*) FROM events WHERE page_id = ? AND kind = ? AND detail = ?",
        (page_id, event.kind, rows.as_json(dict(event.detail))),
    )
    return bool(known)


def matching(
    db: Database,
    *,
    page_id: int | None,
    site: str | None,
    limit: int,
) -> list[Event]:
    """Return the events that meet every condition given, oldest first."""
    conditions: list[tuple[str, object]] = [
        ("e.page_id = ?", page_id),
        ("coalesce(p.site, e.site) = ?", site),
    ]
    given = [(sql, value) for sql, value in conditions if value is not None]
    found = db.rows(
        "SELECT e.*, c.summary AS what_changed FROM events e"  # noqa: S608 - ours
        " LEFT JOIN pages p ON p.id = e.page_id"
        " LEFT JOIN changes c ON c.id = e.change_id"
        f" WHERE {' AND '.join(sql for sql, _ in given) or 'true'}"
        " ORDER BY e.first_seen_at, e.id LIMIT ?",
        (*(value for _, value in given), limit),
    )
    return [rows.event(row) for row in found]
