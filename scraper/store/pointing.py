"""Corrections that point elsewhere: told on the timeline of the page they name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scraper import urls
from scraper.errors import UrlError
from scraper.model import Event
from scraper.store import rows
from scraper.store.rows import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scraper.model import Pointer
    from scraper.store.database import Database, Row


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
