"""What politeness must remember of hosts, for every process: `model.HostLedger`.

A request costs two commits of one statement each. Neither waits for the disk: a power
cut may forget the last rests, a killed process forgets nothing (SQLite's WAL belongs to
the system as soon as it is written).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from scraper.model import Event, HostState
from scraper.store import events, ledger, pages
from scraper.store.rows import (
    exact,
    exact_or_none,
    moment,
    moment_or_none,
    seconds,
)

if TYPE_CHECKING:
    from datetime import datetime

    from scraper.store.database import Database, Row

_CLOCK_SLACK = timedelta(minutes=10)
"""By so much the clock may be set back before times are taken for wrong."""
_LONGEST_PAUSE = timedelta(hours=24)
_LONGEST_DETAIL = 2000

_TAKE = """
  UPDATE hosts SET taken_until = ?2 WHERE host = ?1
    AND (taken_until IS NULL OR taken_until <= ?3)
    AND (next_request_at IS NULL OR next_request_at <= ?3)
    AND (paused_until IS NULL OR paused_until <= ?3)
  RETURNING *, (SELECT text FROM robots r WHERE r.host = hosts.host) AS robots_text
"""
_GIVE_BACK = """
  UPDATE hosts SET next_request_at = ?2, latency_s = ?3, failures = ?4,
    paused_until = ?5, pause_reason = ?6, distrusts_validators = ?7,
    given_back_at = ?8, taken_until = NULL
  WHERE host = ?1 AND robots_checked_at IS ?9 AND certificate_held IS ?10
  RETURNING 1
"""


def take(
    db: Database, host: str, *, now: datetime, lease: timedelta
) -> HostState | datetime:
    """Take a host for one request, or learn when to ask again."""
    told = (host, exact(now + lease), exact(now))
    for row in db.write(_TAKE, told):
        return _state(row)
    with db.transaction(durable=False):
        pages.ensure_host(db, host)
        free_at = _free_at(db, host, now=now, lease=lease)
        if free_at > now:
            return free_at
        (row,) = db.rows(_TAKE, told)
    return _state(row)


def _free_at(db: Database, host: str, *, now: datetime, lease: timedelta) -> datetime:
    """Return when a host may be asked, its times mended first."""
    row = db.row("SELECT * FROM hosts WHERE host = ?", (host,)) or {}
    if _mended(row, now=now, lease=lease):
        db.run(
            "UPDATE hosts SET taken_until = :taken_until, next_request_at ="
            " :next_request_at, paused_until = :paused_until, given_back_at ="
            " :given_back_at WHERE host = :host",
            row,
        )
    waits = (row["taken_until"], row["next_request_at"], row["paused_until"])
    return max((moment(at) for at in waits if at is not None), default=now)


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
    told = (
        state.host,
        exact_or_none(state.next_request_at),
        state.latency_s,
        state.failures,
        exact_or_none(state.paused_until),
        state.pause_reason,
        int(state.distrusts_validators),
        exact(now),
        exact_or_none(state.robots_checked_at),
        state.certificate_held,
    )
    if not db.write(_GIVE_BACK, told):
        with db.transaction():
            _learn(db, state, now=now)
            db.rows(_GIVE_BACK, told)


def _learn(db: Database, state: HostState, *, now: datetime) -> None:
    """Record what is new of a host since it was taken, as events where it is news."""
    pages.ensure_host(db, state.host)
    (before,) = db.rows(
        "SELECT h.certificate_held, r.text FROM hosts h"
        " LEFT JOIN robots r ON r.host = h.host WHERE h.host = ?",
        (state.host,),
    )
    db.run(
        "UPDATE hosts SET robots_status = ?, robots_checked_at = ?,"
        " certificate_held = ? WHERE host = ?",
        (
            state.robots_status,
            exact_or_none(state.robots_checked_at),
            state.certificate_held,
            state.host,
        ),
    )
    was, text = before["text"], state.robots_text
    if text is not None and text != was:
        db.run(
            "INSERT INTO robots (host, text) VALUES (?, ?)"
            " ON CONFLICT DO UPDATE SET text = excluded.text",
            (state.host, text),
        )
        old, new = _rules(was or ""), _rules(text)
        if was is not None and old != new:
            _record(db, state.host, _robots_changed(state.host, old, new, now=now))
    held = before["certificate_held"]
    if None not in (held, state.certificate_held) and held != state.certificate_held:
        _record(db, state.host, _certificate_changed(state, now=now))


def _record(db: Database, host: str, event: Event) -> None:
    """Add an event of a host to its site's timeline and to the ledger."""
    now = event.last_seen_at
    site = db.value("SELECT site FROM pages WHERE host = ?", (host,))
    event_id = events.add(db, event, page_id=None, site=site, now=now)
    if event_id:
        content = {"recorded_at": seconds(now), "page": None}
        ledger.append(db, content, {"events": [event_id]}, page_id=None)


def _certificate_changed(state: HostState, *, now: datetime) -> Event:
    """Tell that a host's certificate holds no more, or holds again."""
    if state.certificate_held:
        summary = f"The certificate of {state.host} holds again"
    else:
        summary = (
            f"The certificate of {state.host} holds no more; nothing is asked of that"
            " host until it does"
        )
    return Event(
        kind="recovered" if state.certificate_held else "certificate_failed",
        first_seen_at=now,
        last_seen_at=now,
        summary=summary,
        detail={"host": state.host}
        | ({"reason": state.pause_reason} if state.pause_reason else {}),
    )


def _rules(robots: str) -> list[str]:
    """Return what a robots.txt asks for: some have the hour of their making in it."""
    lines = (line.partition("#")[0].strip() for line in robots.splitlines())
    return [line for line in lines if line]


def _robots_changed(
    host: str, before: list[str], after: list[str], *, now: datetime
) -> Event:
    """Tell how a robots.txt changed, in lines whatever their order."""
    was, is_now = set(before), set(after)
    added = [line for line in after if line not in was]
    removed = [line for line in before if line not in is_now]
    return Event(
        kind="robots_changed",
        first_seen_at=now,
        last_seen_at=now,
        summary=(
            f"The robots.txt of {host} changed: {len(added)} lines were added,"
            f" {len(removed)} removed"
        ),
        detail={
            "host": host,
            "added": "\n".join(added)[:_LONGEST_DETAIL],
            "removed": "\n".join(removed)[:_LONGEST_DETAIL],
        },
    )


def _state(row: Row) -> HostState:
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
        certificate_held=(
            None if row["certificate_held"] is None else bool(row["certificate_held"])
        ),
    )
