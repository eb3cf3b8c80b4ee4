"""Deliveries: what is to be told commits with what happened, and is told at least once.

A delivery waits until it is due and takes in whatever belongs to its group. Claimed, it
is sealed: what it tells and its id stay the same at every attempt.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from scraper import telling
from scraper.model import (
    TOLD_UNASKED,
    Coverage,
    Delivery,
    Message,
    Notice,
    Placement,
    WatchKind,
)
from scraper.store import changes, ledger, rows
from scraper.store.rows import moment, seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from scraper.model import Rule
    from scraper.store.database import Database, Row


HOUR: Final = timedelta(hours=1)
_OVERFLOW: Final = "overflow"
_LINES: Final = 20
_DUE: Final = (
    "SELECT * FROM deliveries WHERE state IN ('waiting', 'sealed')"
    " AND due_at <= ?1 AND (leased_until IS NULL OR leased_until <= ?1)"
    # What was begun comes first, then digests: they are never merged.
    " ORDER BY state = 'waiting', kind = 'alert', due_at, id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """The deliveries of one database.

    Attributes:
        rules: By which events become deliveries as they are recorded.
    """

    db: Database
    clock: Callable[[], datetime]
    rules: tuple[Rule, ...] = ()

    # Taking in, inside the transaction that records.

    def last_event(self) -> int:
        """Return the id of the newest event."""
        return int(self.db.value("SELECT coalesce(max(id), 0) FROM events"))

    def take_in(self, *, after: int) -> None:
        """Put the events recorded after that one where the rules want them."""
        if not self.rules:
            return
        now = self.clock()
        for row in self.db.rows("SELECT id FROM events WHERE id > ?", (after,)):
            notice = self._notice(row["id"])
            for place in telling.placements(notice, self.rules, now=now):
                delivery_id = self._open(place, now=now, first=row["id"])
                self._add(delivery_id, row["id"])

    def _open(self, place: Placement, *, now: datetime, first: int | str) -> str:
        """Return the delivery that waits for more of this group, made if need be."""
        rule = place.rule
        if (known := self._waiting(place, now)) is not None:
            return known
        period = telling.PERIODS.get(rule.when)
        return self._make(
            {
                "rule": rule.name,
                "sink": rule.sink,
                "kind": place.kind,
                "grouped_by": place.group,
                "made_at": seconds(now),
                "since": seconds(now if period is None else place.due_at - period),
                "due_at": seconds(place.due_at),
            },
            first=first,
        )

    def _waiting(self, place: Placement, now: datetime) -> str | None:
        known = self.db.value(
            "SELECT id FROM deliveries WHERE rule = ? AND sink = ? AND grouped_by = ?"
            " AND state = 'waiting' AND due_at > ? ORDER BY due_at LIMIT 1",
            (place.rule.name, place.rule.sink, place.group, seconds(now)),
        )
        return None if known is None else str(known)

    def _make(self, values: Row, *, first: int | str) -> str:
        told = f"{rows.as_json(values)}\n{first}".encode()
        made = base64.b32encode(hashlib.sha256(told).digest())[:16].decode().lower()
        self.db.insert("deliveries", values | {"id": made, "state": "waiting"})
        return made

    def _add(self, delivery_id: str, event_id: int) -> None:
        self.db.run(
            "INSERT INTO delivery_events VALUES (?, ?) ON CONFLICT DO NOTHING",
            (delivery_id, event_id),
        )

    # Sending.

    def plan(self) -> None:
        """Make the next daily and weekly digests: they are due even when empty."""
        now = self.clock()
        digests = [
            Placement(
                rule=rule,
                kind="digest",
                group="digest",
                due_at=telling.due_at(rule, now),
            )
            for rule in self.rules
            if rule.when in {"daily", "weekly"}
        ]
        if all(self._waiting(digest, now) for digest in digests):
            return  # most of the time: no write
        with self.db.transaction():
            for digest in digests:
                self._open(digest, now=now, first="digest")

    def claim_due(
        self,
        *,
        per_hour: int,
        lease: timedelta,
        limit: int = 100,
        but_for: Collection[str] = (),
    ) -> list[Delivery]:
        """Seal and lease what is due, at most `limit`, at other sinks than `but_for`.

        Each sink is sent `per_hour` within any hour. What has no room is merged into
        one digest, sent when it has.
        """
        now = self.clock()
        told = (seconds(now),)
        if self.db.row(_DUE, told) is None:
            return []  # most of the time: no write
        with self.db.transaction():
            due = self.db.rows(_DUE, told)
            claimed: list[str] = []
            for sink in dict.fromkeys(row["sink"] for row in due):
                if sink in but_for:
                    continue
                mine = [row for row in due if row["sink"] == sink]
                claimed += self._within_the_hour(mine, sink, now, per_hour)
            del claimed[limit:]
            for delivery_id in claimed:
                self.db.run(
                    "UPDATE deliveries SET state = 'sealed', leased_until = ?"
                    " WHERE id = ?",
                    (seconds(now + lease), delivery_id),
                )
        return [self._delivery(delivery_id) for delivery_id in claimed]

    def _within_the_hour(
        self, due: Sequence[Row], sink: str, now: datetime, per_hour: int
    ) -> list[str]:
        """Return the ids that the hour has room for; merge the alerts it has not."""
        taken = self.db.rows(
            "SELECT coalesce(sent_at, ?2) AS at FROM deliveries WHERE sink = ?1"
            " AND (state = 'sent' AND sent_at > ?3"
            "  OR state = 'sealed' AND leased_until > ?2) ORDER BY 1",
            (sink, seconds(now), seconds(now - HOUR)),
        )
        room = max(per_hour - len(taken), 0)
        if len(due) <= room:
            return [row["id"] for row in due]
        first = [row["id"] for row in due[: max(room - 1, 0)]]
        rest = [row for row in due if row["id"] not in first]
        surplus = [
            row for row in rest if row["kind"] == "alert" and row["state"] == "waiting"
        ]
        if len(surplus) < 2 and room:
            return [row["id"] for row in due[:room]]
        frees_at = now if room else moment(taken[0]["at"]) + HOUR
        overflow = self._merge(surplus, sink, now, frees_at) if surplus else None
        others = [row["id"] for row in rest if row not in surplus]
        waiting = [*others, *([overflow] if overflow and room else [])]
        return [*first, *waiting[: room - len(first)]]

    def _merge(
        self, surplus: Sequence[Row], sink: str, now: datetime, due_at: datetime
    ) -> str:
        """Move what these tell into the sink's one digest of the overflow."""
        known = self.db.value(
            "SELECT id FROM deliveries WHERE sink = ? AND grouped_by = ?"
            " AND state = 'waiting'",
            (sink, _OVERFLOW),
        )
        into = known or self._make(
            {
                "rule": surplus[0]["rule"],
                "sink": sink,
                "kind": "digest",
                "grouped_by": _OVERFLOW,
                "made_at": seconds(now),
                "since": min(row["since"] for row in surplus),
                "due_at": seconds(due_at),
            },
            first=surplus[0]["id"],
        )
        for row in surplus:
            self.db.run(
                "INSERT INTO delivery_events SELECT ?, event_id FROM delivery_events"
                " WHERE delivery_id = ? ON CONFLICT DO NOTHING",
                (into, row["id"]),
            )
            self.db.run(
                "UPDATE deliveries SET state = 'merged' WHERE id = ?", (row["id"],)
            )
        return str(into)

    def seal(self, delivery_id: str, message: Message) -> None:
        """Keep what is about to be sent: another attempt sends the same."""
        told = {
            "subject": message.subject,
            "text": message.text,
            "payload": dict(message.payload),
        }
        with self.db.transaction():
            self.db.run(
                "UPDATE deliveries SET message = ? WHERE id = ?",
                (rows.as_json(told), delivery_id),
            )

    def sent(self, delivery_id: str) -> None:
        """Note that the sink accepted it."""
        with self.db.transaction():
            self.db.run(
                "UPDATE deliveries SET state = 'sent', sent_at = ?, error = NULL,"
                " leased_until = NULL, attempts = attempts + 1 WHERE id = ?",
                (seconds(self.clock()), delivery_id),
            )

    def failed(self, delivery: Delivery, error: str) -> datetime | None:
        """Note a failed attempt; return when the next is due, None if it is given up.

        Args:
            delivery: As it was claimed.
            error: Without a secret: it is kept and shown.
        """
        again = telling.retry_at(delivery.attempts + 1, self.clock())
        with self.db.transaction():
            self.db.run(
                "UPDATE deliveries SET state = ?, due_at = coalesce(?, due_at),"
                " leased_until = NULL, attempts = attempts + 1, error = ? WHERE id = ?",
                (
                    "given_up" if again is None else "sealed",
                    rows.seconds_or_none(again),
                    error,
                    delivery.id,
                ),
            )
        return again

    # Reading.

    def coverage(self, *, since: datetime, until: datetime) -> Coverage:
        """Return what was and what was not looked at in a stretch of time."""
        span = (seconds(since), seconds(until))
        counted = self.db.row(
            "SELECT count(*) AS followed,"
            " count(*) FILTER (WHERE checked_at >= ?1) AS checked,"
            " count(*) FILTER (WHERE seen_at >= ?1) AS seen"
            " FROM pages WHERE next_check_at IS NOT NULL",
            span[:1],
        )
        hosts = self.db.rows(
            "SELECT host, state, count(*) AS pages, min(state_since) AS since,"
            " min(reason) AS reason FROM pages WHERE state IN"
            " ('failing', 'blocked', 'suspect', 'disallowed', 'unreadable')"
            " AND next_check_at IS NOT NULL GROUP BY host, state"
            " ORDER BY pages DESC, host, state LIMIT ?",
            (_LINES,),
        )
        counts = self.db.rows(
            "SELECT kind, count(*) AS n FROM events WHERE recorded_at >= ?"
            " AND recorded_at < ? GROUP BY kind ORDER BY kind",
            span,
        )
        return Coverage(
            **(counted or {}),
            trouble=tuple(
                f"{row['host']}: {row['pages']} {row['state']} since {row['since']}"
                + (f" ({row['reason']})" if row["reason"] else "")
                for row in hosts
            ),
            counts={
                row["kind"]: row["n"]
                for row in counts
                if row["kind"] in telling.NEVER_ALERTED
            },
        )

    def notices(self, *, since: datetime) -> list[Notice]:
        """Return what happened to pages and sites since, edits left out."""
        kinds = sorted(TOLD_UNASKED - {"edited"})
        marks = ", ".join("?" * len(kinds))
        found = self.db.rows(
            f"SELECT id FROM events WHERE kind IN ({marks})"  # noqa: S608 - ours
            " AND last_seen_at >= ? ORDER BY last_seen_at, id",
            (*kinds, seconds(since)),
        )
        return [self._notice(row["id"]) for row in found]

    def given_up(self) -> list[tuple[str, str, str]]:
        """Return sink, id and error of what could not be delivered, newest first."""
        return [
            (row["sink"], row["id"], row["error"] or "")
            for row in self.db.rows(
                "SELECT sink, id, error FROM deliveries WHERE state = 'given_up'"
                " ORDER BY due_at DESC"
            )
        ]

    def _delivery(self, delivery_id: str) -> Delivery:
        row = self.db.row("SELECT * FROM deliveries WHERE id = ?", (delivery_id,)) or {}
        told = row["message"] and json.loads(row["message"])
        return Delivery(
            id=row["id"],
            rule=row["rule"],
            sink=row["sink"],
            kind=row["kind"],
            group=row["grouped_by"],
            made_at=moment(row["made_at"]),
            since=moment(row["since"]),
            due_at=moment(row["due_at"]),
            attempts=row["attempts"],
            notices=tuple(
                self._notice(event["event_id"])
                for event in self.db.rows(
                    "SELECT event_id FROM delivery_events WHERE delivery_id = ?"
                    " ORDER BY event_id",
                    (delivery_id,),
                )
            ),
            message=Message(**told) if told else None,
            ledger=ledger.last(self.db),
        )

    def _notice(self, event_id: int) -> Notice:
        row = self.db.row(
            "SELECT e.*, c.summary AS what_changed, p.url, p.host, p.found_as,"
            " p.kind AS watch_kind, coalesce(e.site, p.site) AS of_site,"
            " v.title, v.kind AS article_kind"
            " FROM events e LEFT JOIN pages p ON p.id = e.page_id"
            " LEFT JOIN changes c ON c.id = e.change_id"
            " LEFT JOIN versions v ON v.id = p.latest_version_id WHERE e.id = ?",
            (event_id,),
        )
        row = row or {}
        event = rows.event(row)
        found = changes.select(
            self.db, where="c.id = ?", parameters=(row["change_id"],), limit=1
        )
        return Notice(
            kind=event.kind,
            seen_at=event.last_seen_at,
            summary=event.summary,
            site=row["of_site"],
            host=row["host"],
            page_url=row["url"],
            title=row["title"],
            watch_kind=row["watch_kind"] and WatchKind(row["watch_kind"]),
            article_kind=row["article_kind"],
            found_as=row["found_as"],
            detail=event.detail,
            change=found[0] if found else None,
        )
