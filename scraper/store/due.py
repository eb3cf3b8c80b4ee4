"""What is followed and what is due: watches, leases, and the state of hosts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from scraper.model import Event, HostState, PageId, WatchId
from scraper.store import pages, recording, rows
from scraper.store.following import BASELINE_PACE
from scraper.store.rows import exact, moment, moment_or_none, seconds

if TYPE_CHECKING:
    from datetime import datetime

    from scraper.model import ActiveHours, Watch
    from scraper.store.database import Database, Row
    from scraper.store.pages import FoundPage

_CLOCK_SLACK = timedelta(minutes=10)
"""By so much the clock may be set back before times are taken for wrong."""
_LONGEST_PAUSE = timedelta(hours=24)
_LONGEST_DETAIL = 2000

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
    """Follow a URL and make its page; return the watch that does so already."""
    with db.transaction():
        known = watch(db, found.url)
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
        (str(reference), int(reference) if str(reference).isdecimal() else None),
    )
    return None if row is None else rows.watch(row)


_PAUSED = "watch paused"


def stop_watch(db: Database, found: Watch, *, now: datetime, removed: bool) -> None:
    """Let nothing of a watch fall due, for good or until it is resumed."""
    with db.transaction():
        if removed:
            db.update("watches", found.id, {"removed_at": seconds(now)})
        else:
            db.update("watches", found.id, {"paused": 1})
        db.run(
            "UPDATE pages SET next_check_at = NULL, next_check_why = ?"
            " WHERE watch_id = ? AND next_check_at IS NOT NULL",
            ("watch removed" if removed else _PAUSED, found.id),
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
            (found.id, _PAUSED),
        )
        db.run_many(
            "UPDATE pages SET next_check_at = ?, next_check_why = 'watch resumed'"
            " WHERE id = ?",
            [
                (seconds(now + place * BASELINE_PACE), row["id"])
                for place, row in enumerate(waiting)
            ],
        )


# Hosts: `model.HostLedger`.


_TAKE = """
  UPDATE hosts SET taken_until = :until WHERE host = :host
    AND (taken_until IS NULL OR taken_until <= :now)
    AND (next_request_at IS NULL OR next_request_at <= :now)
    AND (paused_until IS NULL OR paused_until <= :now)
  RETURNING *
"""
_GIVE_BACK = """
  UPDATE hosts SET next_request_at = :next_request_at, latency_s = :latency_s,
    failures = :failures, paused_until = :paused_until, pause_reason = :pause_reason,
    robots_text = :robots_text, robots_status = :robots_status,
    robots_checked_at = :robots_checked_at,
    distrusts_validators = :distrusts_validators, given_back_at = :given_back_at,
    taken_until = NULL
  WHERE host = :host
"""
_SAME_ROBOTS = "AND (robots_text IS NULL OR robots_text IS :robots_text) RETURNING host"


def take(
    db: Database, host: str, *, now: datetime, lease: timedelta
) -> HostState | datetime:
    """Take a host for one request, or learn when to ask again."""
    told = {"host": host, "now": exact(now), "until": exact(now + lease)}
    for row in db.write(_TAKE, told):
        return host_state(row)
    with db.transaction(durable=False):
        pages.ensure_host(db, host)
        row = db.row("SELECT * FROM hosts WHERE host = ?", (host,)) or {}
        clock_was_ahead = _mended(row, now=now, lease=lease)
        waits = (row["taken_until"], row["next_request_at"], row["paused_until"])
        free_at = max((moment(at) for at in waits if at is not None), default=now)
        if clock_was_ahead:
            db.run(
                "UPDATE hosts SET taken_until = :taken_until, next_request_at ="
                " :next_request_at, paused_until = :paused_until, given_back_at ="
                " :given_back_at WHERE host = :host",
                row,
            )
        if free_at > now:
            return free_at
        db.run(_TAKE.replace("RETURNING *", ""), told)
    return host_state(row)


def _mended(row: Row, *, now: datetime, lease: timedelta) -> bool:
    """Bring times near that a clock far ahead left behind; return whether any was.

    Without it one wrong clock would silence a host until that day.
    """
    before = dict(row)
    given = moment_or_none(row["given_back_at"])
    if given is not None and given > now + _CLOCK_SLACK:
        for name in ("next_request_at", "paused_until"):
            at = moment_or_none(row[name])
            if at is not None and at >= given:  # earlier: the daemon has mended it
                row[name] = exact(now + (at - given))  # as long a rest as was meant
        row["given_back_at"] = exact(now)
    for name, most in (
        ("taken_until", max(lease, _CLOCK_SLACK)),
        ("paused_until", _LONGEST_PAUSE),
    ):
        if row[name] is not None and moment(row[name]) > now + most:
            row[name] = exact(now + most)
    return row != before


def give_back(db: Database, state: HostState, *, now: datetime) -> None:
    """Record what a request taught about a host, and free it."""
    told: Row = {
        "host": state.host,
        "next_request_at": _exact_or_none(state.next_request_at),
        "latency_s": state.latency_s,
        "failures": state.failures,
        "paused_until": _exact_or_none(state.paused_until),
        "pause_reason": state.pause_reason,
        "robots_text": state.robots_text,
        "robots_status": state.robots_status,
        "robots_checked_at": _exact_or_none(state.robots_checked_at),
        "distrusts_validators": int(state.distrusts_validators),
        "given_back_at": exact(now),
    }
    if db.write(_GIVE_BACK + _SAME_ROBOTS, told):
        return
    with db.transaction():
        pages.ensure_host(db, state.host)
        sql = "SELECT robots_text FROM hosts WHERE host = ?"
        before = db.value(sql, (state.host,))
        db.run(_GIVE_BACK, told)
        if before is not None and before != state.robots_text:
            site = db.value("SELECT site FROM pages WHERE host = ?", (state.host,))
            event = _robots_changed(state, before, now=now)
            recording.add_event(db, event, page_id=None, site=site, now=now)


def _robots_changed(state: HostState, before: str, *, now: datetime) -> Event:
    """Tell how a robots.txt changed, in lines whatever their order."""
    was, is_now = before.splitlines(), (state.robots_text or "").splitlines()
    added = [line for line in is_now if line not in set(was)]
    removed = [line for line in was if line not in set(is_now)]
    return Event(
        kind="robots_changed",
        first_seen_at=now,
        last_seen_at=now,
        summary=(
            f"The robots.txt of {state.host} changed: {len(added)} lines were added,"
            f" {len(removed)} removed"
        ),
        detail={
            "host": state.host,
            "added": "\n".join(added)[:_LONGEST_DETAIL],
            "removed": "\n".join(removed)[:_LONGEST_DETAIL],
        },
    )


def host_state(row: Row) -> HostState:
    """Return the state of one row of `hosts`."""
    return HostState(
        host=row["host"],
        next_request_at=moment_or_none(row["next_request_at"]),
        latency_s=row["latency_s"],
        failures=row["failures"],
        paused_until=moment_or_none(row["paused_until"]),
        pause_reason=row["pause_reason"],
        robots_text=row["robots_text"],
        robots_status=row["robots_status"],
        robots_checked_at=moment_or_none(row["robots_checked_at"]),
        distrusts_validators=bool(row["distrusts_validators"]),
    )


def _exact_or_none(at: datetime | None) -> str | None:
    return None if at is None else exact(at)
