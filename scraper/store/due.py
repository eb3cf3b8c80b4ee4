"""What is followed and what is due: watches and leases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scraper.model import PageId, WatchId
from scraper.store import pages, rows
from scraper.store.following import BASELINE_PACE
from scraper.store.pages import PAUSED
from scraper.store.rows import exact, seconds

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from scraper.model import ActiveHours, Watch
    from scraper.store.database import Database, Row
    from scraper.store.pages import FoundPage

# One page per host, those added by hand first; a seek or two in `pages_due` per host.
_DUE = """
  SELECT p.* FROM hosts h JOIN pages p ON p.id = coalesce(
    (SELECT id FROM pages WHERE host = h.host AND by_hand = 1
      AND next_check_at IS NOT NULL AND next_check_at <= :now
      ORDER BY next_check_at LIMIT 1),
    (SELECT id FROM pages WHERE host = h.host AND by_hand = 0
      AND next_check_at IS NOT NULL AND next_check_at <= :now
      ORDER BY next_check_at LIMIT 1))
  WHERE (h.taken_until IS NULL OR h.taken_until <= :exactly)
    AND (h.next_request_at IS NULL OR h.next_request_at <= :exactly)
    AND (h.paused_until IS NULL OR h.paused_until <= :exactly)
    AND NOT EXISTS (SELECT 1 FROM pages l WHERE l.host = h.host
      AND l.leased_until IS NOT NULL AND l.leased_until > :now)
  ORDER BY p.by_hand DESC, p.next_check_at LIMIT :limit
"""


def claim_due(
    db: Database, *, now: datetime, limit: int, lease: timedelta, holder: str
) -> list[Row]:
    """Lease up to `limit` due pages, one of each free host; return their rows."""
    told = {"now": seconds(now), "exactly": exact(now), "limit": limit}
    if db.row(_DUE, told | {"limit": 1}) is None:
        return []  # most ticks: no write
    with db.transaction(durable=False):
        found = db.rows(_DUE, told)
        for row in found:
            _lease(db, row["id"], now + lease, holder)
    return found


def claim(
    db: Database, page_id: PageId, *, now: datetime, lease: timedelta, holder: str
) -> Row | None:
    """Lease one page, due or not; None where somebody else holds it."""
    with db.transaction(durable=False):
        row = db.row(
            "SELECT * FROM pages WHERE id = ?"
            " AND (leased_until IS NULL OR leased_until <= ?)",
            (page_id, seconds(now)),
        )
        if row is not None:
            _lease(db, page_id, now + lease, holder)
    return row


def release(
    db: Database, page_id: PageId, *, until: datetime | None, why: str | None
) -> None:
    """Give a page back unchecked, not to be claimed again before `until`."""
    with db.transaction(durable=False):
        db.update("pages", page_id, {"leased_until": None, "leased_by": None})
        if until is not None:
            db.run(
                "UPDATE pages SET next_check_at = ?, next_check_why = ?"
                " WHERE id = ? AND next_check_at IS NOT NULL",  # else watched no more
                (seconds(until), why, page_id),
            )


def _lease(db: Database, page_id: int, until: datetime, holder: str) -> None:
    db.update("pages", page_id, {"leased_until": seconds(until), "leased_by": holder})


# Watches.


def add_watch(
    db: Database,
    found: FoundPage,
    *,
    now: datetime,
    active_hours: ActiveHours | None,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    most: int,
    feed_only: bool,
) -> Watch:
    """Follow a URL and make its page; return the watch that does so already.

    Also where it does so at another address: two watches of one page would be one in
    each other's way.
    """
    with db.transaction():
        known = watch(db, found.url) or _watch_of_its_own(db, found)
        if known is not None:
            return known
        watch_id = db.insert(
            "watches",
            {
                "url": found.url,
                "kind": str(found.kind),
                "site": found.site,
                "every_s": None
                if found.every is None
                else max(1, int(found.every.total_seconds())),
                "active_hours": None if active_hours is None else str(active_hours),
                "include": rows.as_json(include),
                "exclude": rows.as_json(exclude),
                "most": most,
                "feed_only": int(feed_only),
                "added_at": seconds(now),
            },
        )
        pages.ensure(db, found, now=now, watch_id=WatchId(watch_id), by_hand=True)
        row = db.row("SELECT * FROM watches WHERE id = ?", (watch_id,)) or {}
    return rows.watch(row)


def watches(db: Database) -> list[Watch]:
    """Return what is followed, paused or not, in the order of adding."""
    found = db.rows("SELECT * FROM watches WHERE removed_at IS NULL ORDER BY id")
    return [rows.watch(row) for row in found]


def watch(db: Database, reference: str | int) -> Watch | None:
    """Return the watch of that URL or id, unless it was removed."""
    row = db.row(
        "SELECT * FROM watches WHERE removed_at IS NULL AND (url = ?1 OR id = ?2)",
        (str(reference), rows.id_of(reference)),
    )
    return None if row is None else rows.watch(row)


def _watch_of_its_own(db: Database, found: FoundPage) -> Watch | None:
    """Return the watch by which a person follows that very page."""
    page = pages.recognised(db, found)
    if page is None or not page["by_hand"] or page["watch_id"] is None:
        return None
    return watch(db, page["watch_id"])


_HAND_OVER = """
  UPDATE pages SET watch_id = l.watch_id, by_hand = 0, every_s = NULL,
    next_check_at = iif(next_check_why = :paused, :now, next_check_at),
    next_check_why = iif(next_check_why = :paused, 'watch resumed', next_check_why)
  FROM (SELECT n.page_id, min(w.id) AS watch_id FROM pages p
    JOIN listings n ON n.page_id = p.id
    JOIN pages list ON list.id = n.listing_id
    JOIN watches w ON w.id = list.watch_id
    WHERE p.watch_id = :watch AND w.id <> :watch AND w.removed_at IS NULL
      AND w.paused = 0 AND w.feed_only = 0 GROUP BY n.page_id) l
  WHERE pages.id = l.page_id
"""


def stop_watch(db: Database, found: Watch, *, now: datetime, removed: bool) -> None:
    """Let nothing of a watch fall due, for good or until it is resumed.

    Of a removed one, pages that another watch's list has named are followed for that.
    """
    with db.transaction():
        if removed:
            db.update("watches", found.id, {"removed_at": seconds(now)})
            told = {"watch": found.id, "now": seconds(now), "paused": PAUSED}
            db.run(_HAND_OVER, told)
        else:
            db.update("watches", found.id, {"paused": 1})
        db.run(
            "UPDATE pages SET next_check_at = NULL, next_check_why = ?"
            " WHERE watch_id = ? AND next_check_at IS NOT NULL",
            ("watch removed" if removed else PAUSED, found.id),
        )
        if removed:
            db.run(
                "UPDATE pages SET watch_id = NULL, by_hand = 0 WHERE watch_id = ?",
                (found.id,),
            )


def resume_watch(db: Database, found: Watch, *, now: datetime) -> None:
    """Let a paused watch's pages fall due again: its own now, its stories in turn."""
    with db.transaction():
        db.update("watches", found.id, {"paused": 0})
        waiting = db.rows(
            "SELECT id FROM pages WHERE watch_id = ? AND next_check_at IS NULL"
            " AND next_check_why = ? ORDER BY by_hand DESC, checked_at, id",
            (found.id, PAUSED),
        )
        db.run_many(
            "UPDATE pages SET next_check_at = ?, next_check_why = 'watch resumed'"
            " WHERE id = ?",
            [
                (seconds(now + place * BASELINE_PACE), row["id"])
                for place, row in enumerate(waiting)
            ],
        )
