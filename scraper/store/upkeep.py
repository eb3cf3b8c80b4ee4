"""What a daemon does for its database: leases, clocks, backlogs, figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from scraper.errors import StoreError
from scraper.store import headers, readers, rows
from scraper.store.rows import exact, moment_or_none, seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from scraper.store.database import Database, Row

BACKLOG = timedelta(minutes=15)
"""Pages that much overdue when a daemon comes round are put into a new order."""

_TURN_S = 10
"""Seconds a backlog leaves a host between two pages: twice its least rest, so that what
falls due meanwhile - new stories first of all - is not late because of it."""

_PUT_OFF = "overdue; spread over the host's turns"

_LONGEST_LEASE = timedelta(minutes=10)
_LONGEST_REST = timedelta(minutes=5)
_LONGEST_PAUSE = timedelta(hours=24)
"""What the clock did not go back for: no lease, rest or pause is longer."""
_LONGEST_PLAN = timedelta(days=10)
"""Nor is a page without an interval of its own planned for later: a week at most, its
jitter, and a closed weekend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """How far the daemon is behind.

    Attributes:
        due: Pages due by now, not being checked.
        late: Those of them whose host does not rest: they wait for nothing but us.
        late_p95: How long those wait, 95 of 100 at most; None if there are none.
        in_hand: Pages being checked.
    """

    due: int
    late: int
    late_p95: timedelta | None
    in_hand: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddity:
    """Something that an operator should look at; `what` and `advice` in words."""

    url: str
    what: str
    advice: str


class Upkeep:
    """What a daemon does for its database, and what it is asked about it."""

    def __init__(self, db: Database, clock: Callable[[], datetime]) -> None:
        self._db = db
        self._clock = clock

    def free_leases(self, holder: str) -> int:
        """End the leases of holders whose name begins so; return how many."""
        with self._db.transaction(durable=False):
            held = self._db.rows(
                "SELECT id FROM pages WHERE leased_until IS NOT NULL"
                " AND substr(leased_by, 1, ?) = ?",
                (len(holder), holder),
            )
            for row in held:
                self._db.update(
                    "pages", row["id"], {"leased_until": None, "leased_by": None}
                )
        return len(held)

    def settle_clock(self, *, back_by: timedelta | None = None) -> int:
        """Repair what was planned by a clock that has been set back since.

        A page checked or added in what is now the future keeps the interval that was
        planned then, counted from now; one put off as part of a backlog keeps its
        turn; one planned for a time that nothing is planned for is due now. Returns how
        many pages were moved.

        Args:
            back_by: How far it was set back; None if that is not known.
        """
        now = self._clock()
        soon = seconds(now + timedelta(minutes=1))
        planned_from = "coalesce(checked_at, added_at)"
        is_put_off = "next_check_why = :put_off AND :back_by IS NOT NULL"
        ahead = f"next_check_at > :soon AND ({planned_from} > :soon OR {is_put_off})"
        far = (
            "julianday(next_check_at) > julianday(:now) + :longest"
            " + 1.1 * coalesce(every_s, 0) / 86400.0"
        )
        told = {
            "now": seconds(now),
            "soon": soon,
            "lease": seconds(now + _LONGEST_LEASE),
            "put_off": _PUT_OFF,
            "set_back": "the clock was set back",
            "back_by": None if back_by is None else back_by / timedelta(days=1),
            "longest": _LONGEST_PLAN / timedelta(days=1),
        }
        with self._db.transaction():
            moved = self._db.value(
                f"SELECT count(*) FROM pages WHERE {ahead} OR {far}",  # noqa: S608 - ours
                told,
            )
            self._db.run(
                "UPDATE pages SET next_check_at = strftime('%Y-%m-%dT%H:%M:%SZ',"  # noqa: S608 - ours
                " max(julianday(:now), julianday(next_check_at)"
                f" - iif({planned_from} > :soon,"
                f" julianday({planned_from}) - julianday(:now), :back_by))),"
                f" next_check_why = iif({is_put_off}, :put_off, :set_back)"
                f" WHERE {ahead}",
                told,
            )
            self._db.run(
                "UPDATE pages SET next_check_at = :now, next_check_why = :set_back"  # noqa: S608 - ours
                f" WHERE {far}",
                told,
            )
            self._db.run(
                "UPDATE deliveries SET made_at = :now, since = min(since, :now),"
                " due_at = :now, leased_until = NULL"
                " WHERE state IN ('waiting', 'sealed') AND made_at > :soon",
                told,
            )
            self._db.run(
                "UPDATE pages SET leased_until = NULL, leased_by = NULL"
                " WHERE leased_until > :lease",
                told,
            )
            for row in self._db.rows(
                "SELECT host, taken_until, next_request_at, paused_until,"
                " robots_checked_at FROM hosts WHERE max(coalesce(taken_until, ''),"
                " coalesce(next_request_at, ''), coalesce(paused_until, ''),"
                " coalesce(robots_checked_at, '')) > ?",
                (exact(now),),
            ):
                _settle_host(self._db, row, now, back_by)
        return int(moved)

    def spread_backlog(self) -> int:
        """Put off what fell due while no daemon ran, what changes fastest first.

        Else a host's backlog, worked off in the order of due times, would keep what
        falls due now waiting for hours. Pages added by hand stay first. Returns how
        many were put off.
        """
        now = self._clock()
        overdue = (
            "SELECT id, row_number() OVER (PARTITION BY host"
            " ORDER BY julianday(next_check_at) - julianday(checked_at), next_check_at)"
            " * :turn AS wait FROM pages WHERE next_check_at < :before AND by_hand = 0"
        )
        told = {
            "now": seconds(now),
            "before": seconds(now - BACKLOG),
            "turn": _TURN_S,
            "put_off": _PUT_OFF,
        }
        with self._db.transaction():
            count = self._db.value(f"SELECT count(*) FROM ({overdue})", told)  # noqa: S608 - ours
            self._db.run(
                "UPDATE pages"  # noqa: S608 - ours
                " SET overdue_since = coalesce(overdue_since, next_check_at),"
                " next_check_at = strftime('%Y-%m-%dT%H:%M:%SZ', julianday(:now)"
                " + b.wait / 86400.0),"
                " next_check_why = :put_off"
                f" FROM ({overdue}) b WHERE b.id = pages.id",
                told,
            )
        return int(count)

    def wake_hosts(self, hosts: Iterable[str]) -> None:
        """End the pauses of hosts, after an outage that was not theirs."""
        with self._db.transaction(durable=False):
            self._db.run_many(
                "UPDATE hosts SET paused_until = NULL, pause_reason = NULL,"
                " failures = 0 WHERE host = ?",
                [(host,) for host in hosts],
            )

    def recheck_failing(self, host: str) -> int:
        """Make due again what failed on a host that answers now, one page a turn.

        A page that fails is looked at ever more rarely; that was for the host's sake.
        """
        now = self._clock()
        failing = (
            "SELECT id, row_number() OVER (ORDER BY next_check_at) * :turn AS wait"
            " FROM pages WHERE host = :host AND last_outcome = 'failed'"
            " AND next_check_at IS NOT NULL"
        )
        at = "strftime('%Y-%m-%dT%H:%M:%SZ', julianday(:now) + b.wait / 86400.0)"
        told = {"host": host, "now": seconds(now), "turn": _TURN_S}
        with self._db.transaction():
            count = self._db.value(f"SELECT count(*) FROM ({failing})", told)  # noqa: S608 - ours
            self._db.run(
                f"UPDATE pages SET next_check_at = {at},"  # noqa: S608 - ours
                " next_check_why = 'its host answers again'"
                f" FROM ({failing}) b WHERE b.id = pages.id"
                f" AND pages.next_check_at > {at}",
                told,
            )
        return int(count)

    def done_at(self, task: str) -> datetime | None:
        """Return when a task of housekeeping was last done, None if it never was."""
        return moment_or_none(
            self._db.value("SELECT done_at FROM housekeeping WHERE task = ?", (task,))
        )

    def note_done(self, task: str) -> None:
        """Remember that a task of housekeeping was done now."""
        with self._db.transaction():
            self._db.run(
                "INSERT INTO housekeeping (task, done_at) VALUES (?, ?)"
                " ON CONFLICT DO UPDATE SET done_at = excluded.done_at",
                (task, seconds(self._clock())),
            )

    def queue(self) -> Queue:
        """Return how far the daemon is behind."""
        now = self._clock()
        told = {"now": seconds(now), "exactly": exact(now)}
        late = (
            " FROM pages p JOIN hosts h ON h.host = p.host"
            " WHERE p.next_check_at <= :now"
            " AND (p.leased_until IS NULL OR p.leased_until <= :now)"
            " AND coalesce(h.paused_until <= :exactly, 1)"
        )
        count = self._db.value(f"SELECT count(*) {late}", told)
        oldest_but_5_in_100 = self._db.value(
            f"SELECT p.next_check_at {late} ORDER BY p.next_check_at"
            " LIMIT 1 OFFSET :skip",
            told | {"skip": count // 20},
        )
        since = moment_or_none(oldest_but_5_in_100)
        return Queue(
            due=self._db.value(
                "SELECT count(*) FROM pages WHERE next_check_at <= :now"
                " AND (leased_until IS NULL OR leased_until <= :now)",
                told,
            ),
            late=count,
            late_p95=None if since is None else now - since,
            in_hand=self._db.value(
                "SELECT count(*) FROM pages WHERE leased_until > :now", told
            ),
        )

    def oddities(self, *, limit: int = 50) -> list[Oddity]:
        """Return what looks wrong in what is watched, the worst first."""
        now = self._clock()
        week = seconds(now - timedelta(days=7))
        restless = self._db.rows(
            "SELECT p.url, sum(c.checks) AS looks,"
            " sum(c.checks) FILTER (WHERE c.outcome = 'changed') AS changed"
            " FROM checks_by_day c JOIN pages p ON p.id = c.page_id WHERE c.day >= ?"
            " GROUP BY p.id HAVING changed >= 5 AND changed * 2 > looks"
            " ORDER BY changed DESC LIMIT ?",
            (week[:10], limit),
        )
        barren = self._db.rows(
            "SELECT w.url, w.kind, w.added_at FROM watches w"
            " WHERE w.removed_at IS NULL AND w.paused = 0 AND w.added_at < ?"
            " AND NOT EXISTS (SELECT 1 FROM pages p WHERE p.watch_id = w.id"
            "   AND p.url <> w.url) AND w.kind <> 'article' ORDER BY w.id LIMIT ?",
            (seconds(now - timedelta(days=1)), limit),
        )
        unseen = self._db.rows(
            "SELECT url, checks, last_outcome, reason FROM pages WHERE seen_at IS NULL"
            " AND checks >= 5 AND next_check_at IS NOT NULL"
            " ORDER BY checks DESC LIMIT ?",
            (limit,),
        )
        return [
            *(
                Oddity(
                    url=row["url"],
                    what=f"changed in {row['changed']} of {row['looks']} checks"
                    " this week",
                    advice="something on it differs each time; `govwatch diff` shows"
                    " what, a layout's `remove` leaves it out",
                )
                for row in restless
            ),
            *(
                Oddity(
                    url=row["url"],
                    what=f"this {row['kind']} has named no page since"
                    f" {row['added_at']}",
                    advice="look at it with `govwatch fetch`; its address or kind may"
                    " have changed",
                )
                for row in barren
            ),
            *(
                Oddity(
                    url=row["url"],
                    what=f"never seen in {row['checks']} checks:"
                    f" {row['last_outcome']}"
                    + (f", {row['reason']}" if row["reason"] else ""),
                    advice="`govwatch watch remove` it, or watch the site's feed",
                )
                for row in unseen
            ),
        ]

    def insist_on_the_file(self) -> None:
        """Refuse to write on into a file that somebody has moved or replaced.

        All that is recorded there would be lost with it.

        Raises:
            StoreError: Another file, or none, has the database's name.
        """
        if not self._db.is_in_place():
            raise StoreError(
                f"{self._db.path}: moved, deleted or replaced while it was in use; what"
                " was recorded until now is in the old file. Stop the daemon before"
                " you restore a copy"
            )

    def reader(self) -> str:
        """Return which other processes read the database right now, for people."""
        return readers.named(self._db.path)

    def has_room(self) -> bool:
        """Whether more may be begun: no reader keeps the write-ahead log too long."""
        return self._db.has_room()

    def growth_bytes_a_day(self) -> float | None:
        """Return how fast the file grows, on average since the first page was added."""
        now = self._clock()
        first = moment_or_none(self._db.value("SELECT min(added_at) FROM pages"))
        days = 0.0 if first is None else (now - first) / timedelta(days=1)
        if days < 1.0:
            return None  # the first day is all first captures
        return self._db.path.stat().st_size / days

    def clock_skews(self) -> list[tuple[str, str]]:
        """Return the `Date` header and our time of the latest captures, one a host."""
        found = self._db.rows(
            "SELECT max(k.captured_at), k.* FROM responses k"
            " JOIN pages p ON p.id = k.page_id WHERE k.source = 'live'"
            " AND coalesce(k.cache_age_s, 0) = 0 GROUP BY p.host LIMIT 50"
        )
        latest = [rows.capture(headers.unfolded(self._db, row), b"") for row in found]
        return [
            (capture.headers["date"], exact(capture.captured_at))
            for capture in latest
            if "date" in capture.headers
        ]


def _settle_host(
    db: Database, row: Row, now: datetime, back_by: timedelta | None
) -> None:
    """Set back a host's times; where it is not known how far, to the longest there is.

    So that no host is asked before its time.
    """
    limits = {
        "taken_until": _LONGEST_REST,
        "next_request_at": _LONGEST_REST,
        "paused_until": _LONGEST_PAUSE,
        "robots_checked_at": timedelta(),
    }
    for column, limit in limits.items():
        at = moment_or_none(row[column])
        if at is None or at <= now:
            continue
        earlier = min(at - (back_by or timedelta()), now + limit)
        db.run(
            f"UPDATE hosts SET {column} = ? WHERE host = ?",  # noqa: S608 - ours
            (exact(earlier), row["host"]),
        )
