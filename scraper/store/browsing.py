"""What the web pages ask of the record, each in a time that does not grow with it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, Literal

from scraper.model import VersionId
from scraper.store import headers, rows
from scraper.store.evidence import citation, response_row, row_sealing
from scraper.store.lookup import quoted
from scraper.store.rows import moment, moment_or_none, seconds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scraper.model import Change, EventKind, PageId, SeenOn
    from scraper.store.database import Database, Row

_MOST_PASSAGES: Final = 2000
"""A word that stands in more passages than this is looked for in the newest ones."""

# Conditions are on `e` or, where a change or a group must be asked, on `c` and `g`;
# what a reader needs beside them is joined to the few lines that were chosen.
_CHOSEN = """
  SELECT e.id FROM events e
  LEFT JOIN groups g ON g.event_id = e.id
  LEFT JOIN changes c ON c.id = e.change_id
"""
_LINES = """
  SELECT e.id, e.kind, e.first_seen_at AS at, e.last_seen_at AS confirmed_at,
    coalesce(e.summary, c.summary) AS summary, e.detail, e.page_id,
    coalesce(p.site, e.site) AS site, p.url, v.title, c.ref,
    coalesce(c.significance, g.significance) AS significance, c.disclosure, g.pages,
    c.old_last_seen_at
  FROM chosen
  CROSS JOIN events e ON e.id = chosen.id
  LEFT JOIN pages p ON p.id = e.page_id
  LEFT JOIN changes c ON c.id = e.change_id
  LEFT JOIN groups g ON g.event_id = e.id
  LEFT JOIN versions v ON v.id = coalesce(c.new_version_id, p.latest_version_id)
  ORDER BY e.first_seen_at DESC, e.id DESC
"""
# By the index of each table that names a site, never through all events.
_OF_SITE = """
  e.id IN (
    SELECT w.id FROM pages p CROSS JOIN events w ON w.page_id = p.id WHERE p.site = ?
    UNION ALL
    SELECT id FROM events WHERE page_id IS NULL AND site = ?
      AND kind NOT IN ('mass_edit', 'mass_removal', 'template_changed')
    UNION ALL
    SELECT event_id FROM groups WHERE publisher = ?)
"""
# A page is published, edited or restored with a text: then its words are looked for in
# the passages that came and went. Anything else happened to all that it says.
_EVENTS_WITH = """
  e.id IN (
    SELECT w.id FROM touched t CROSS JOIN events w
      ON w.page_id = t.page_id AND w.first_seen_at = t.at
    UNION
    SELECT w.id FROM touched t CROSS JOIN events w ON w.page_id = t.page_id
      WHERE w.kind NOT IN ('published', 'edited'))
"""
# Told once, by the group's own event. Asked of `c`, so that it is asked last.
_NOT_IN_A_GROUP = """
  NOT EXISTS (SELECT 1 FROM group_members m JOIN events w ON w.id = m.event_id
    WHERE m.page_id = e.page_id AND (
      m.change_id = c.id AND w.kind = 'mass_edit'
      OR w.kind = 'mass_removal' AND e.kind IN ('missing', 'removed', 'withdrawn')
        AND e.first_seen_at BETWEEN w.first_seen_at AND w.last_seen_at))
"""
# A page that is missing and stays away is one story: `removed` tells it, from the first
# time it was missing.
_NOT_CONFIRMED_SINCE = """
  NOT (e.kind = 'missing' AND EXISTS (SELECT 1 FROM events w
    WHERE w.page_id = e.page_id AND w.first_seen_at = e.first_seen_at
      AND w.kind = 'removed'))
"""
_TOUCHED = """
  WITH found AS MATERIALIZED (
    SELECT rowid AS passage_id FROM passages_fts WHERE passages_fts MATCH ?
    ORDER BY rowid DESC LIMIT ?),
  touched AS MATERIALIZED (
    SELECT s.page_id, v.first_seen_at AS at FROM found
      CROSS JOIN page_passages s USING (passage_id)
      CROSS JOIN versions v ON v.id = s.appeared_in
    UNION
    SELECT s.page_id, v.first_seen_at FROM found
      CROSS JOIN page_passages s USING (passage_id)
      CROSS JOIN versions v ON v.id = s.gone_in),
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which events to show. Every condition must hold.

    Attributes:
        together: What happened to many pages at once is one event, not many.
        silent: Only changes that the page does not own up to.
        words: All in one passage that came or went, or of the page that it is about.
        before: Only events before this one, by its time and id.
    """

    page_id: PageId | None = None
    site: str | None = None
    kind: EventKind | None = None
    together: bool = False
    silent: bool = False
    min_significance: float = 0.0
    words: str = ""
    before: tuple[datetime, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineLine:
    """An event with what a reader needs beside it.

    Attributes:
        at: First sighting; `confirmed_at` the one that confirmed it.
        page_id: None for an event of a whole site; then there is no `url` or `title`.
        ref: Of its change, None where nothing was edited; so is `old_last_seen_at`,
            before which it was not so.
        pages: How many it happened to, for what happened to many at once.
    """

    id: int
    kind: EventKind
    at: datetime
    confirmed_at: datetime
    summary: str
    detail: Mapping[str, str]
    page_id: PageId | None
    site: str | None
    url: str | None
    title: str | None
    ref: str | None
    significance: float | None
    disclosure: str | None
    pages: int | None
    old_last_seen_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A page of a group, with its own change if the group is one of changes."""

    page_id: PageId
    url: str
    title: str | None
    ref: str | None
    disclosure: str | None
    significance: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """A version of a page, with the change that ends in it.

    Attributes:
        change_ref: None for a first or reread version; then there is no `summary`.
    """

    number: int
    origin: Literal["first", "changed", "reread", "baseline"]
    words: int
    first_seen_at: datetime
    last_seen_at: datetime
    last_seen_on: SeenOn
    change_ref: str | None
    summary: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A response as proof, without its body; times are the program's own."""

    captured_at: datetime
    source: str
    hops: tuple[tuple[str, int], ...]
    http_version: str
    server_address: str | None
    certificate_sha256: str | None
    server_date: str | None
    cache_age_s: int | None
    body_sha256: str
    wire_sha256: str
    program: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """On what a change rests.

    Attributes:
        before: The last response kept with the old text, None where none is.
        after: The first one with the new text.
        ledger_number: The row that seals the change, with its `ledger_sha256`.
        citation: The sentence to cite it by.
    """

    before: Received | None
    after: Received | None
    ledger_number: int
    ledger_sha256: str
    citation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A URL under which a page was known."""

    url: str
    first_seen_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOfLooks:
    """How often a page was looked at on a day (UTC), and what came of it."""

    day: str
    outcomes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A host: how many pages, how it fares, how often we look.

    Attributes:
        in_trouble: Pages that could not be read the last time.
        next_check_at: When one of its pages is due.
        checks: Since the time asked for, `checked_pages` of how many pages, the first
            on `checked_since` or later that day (UTC).
    """

    host: str
    site: str | None
    pages: int
    in_trouble: int
    checked_at: datetime | None
    next_check_at: datetime | None
    checks: int
    checked_pages: int
    checked_since: date | None
    latency_s: float | None
    paused_until: datetime | None
    pause_reason: str | None
    robots_status: int | None

    def checks_a_day(self, now: datetime) -> float | None:
        """Return how often a page was looked at a day, since the first of `checks`."""
        if self.checked_since is None:
            return None
        begun = datetime.combine(self.checked_since, time(), UTC)
        days = max((now - begun) / timedelta(days=1), 1.0)
        return self.checks / self.checked_pages / days


class Browsing:
    """One database, as the web pages read it."""

    def __init__(self, db: Database) -> None:
        self._db = db

    # Events.

    def timeline(self, wanted: Wanted, *, limit: int = 50) -> list[TimelineLine]:
        """Return events, newest first.

        A page found `missing` that is `removed` by now is told once, as removed, unless
        that kind was asked for.
        """
        conditions, parameters, touched = _conditions(wanted)
        chosen = (
            f"{_CHOSEN} WHERE {' AND '.join(conditions) or 'true'}"
            " ORDER BY e.first_seen_at DESC, e.id DESC LIMIT ?"
        )
        return self._lines(chosen, (*parameters, limit), touched)

    def event(self, event_id: int) -> TimelineLine | None:
        """Return one event."""
        found = self._lines("SELECT id FROM events WHERE id = ?", (event_id,))
        return found[0] if found else None

    def groups_of(self, change_id: int) -> list[TimelineLine]:
        """Return the events of many pages that a change is part of."""
        chosen = "SELECT event_id AS id FROM group_members WHERE change_id = ?"
        return self._lines(chosen, (change_id,))

    def members(
        self, event_id: int, *, limit: int, after: int | None = None
    ) -> list[Member]:
        """Return pages of a group in the order of their ids, those after one of them.

        There are none where an event is of one page.
        """
        found = self._db.rows(
            "SELECT m.page_id, p.url, v.title, c.ref, c.disclosure, c.significance"
            " FROM group_members m JOIN pages p ON p.id = m.page_id"
            " LEFT JOIN changes c ON c.id = m.change_id LEFT JOIN versions v"
            "  ON v.id = coalesce(c.new_version_id, p.latest_version_id)"
            " WHERE m.event_id = ? AND m.page_id > ? ORDER BY m.page_id LIMIT ?",
            (event_id, after or 0, limit),
        )
        return [Member(**row) for row in found]

    def _lines(
        self, chosen: str, parameters: Sequence[object], touched: str = "WITH"
    ) -> list[TimelineLine]:
        """Return the events whose ids are `chosen`, with what is beside them."""
        found = self._db.rows(
            f"{touched} chosen AS MATERIALIZED ({chosen}) {_LINES}", parameters
        )
        return [_line(row) for row in found]

    # A page.

    def history(
        self, page_id: PageId, *, limit: int, before: int | None = None
    ) -> list[HistoryLine]:
        """Return versions of a page, newest first: those before one's number."""
        found = self._db.rows(
            "SELECT v.number, v.origin, v.words, v.first_seen_at, v.last_seen_at,"
            " v.last_seen_on, c.ref AS change_ref, c.summary"
            " FROM versions v LEFT JOIN changes c ON c.id = v.change_id"
            " WHERE v.page_id = ?1 AND (?2 IS NULL OR (v.first_seen_at, v.number) <"
            "  (SELECT first_seen_at, number FROM versions"
            "   WHERE page_id = ?1 AND number = ?2))"
            " ORDER BY v.first_seen_at DESC, v.number DESC LIMIT ?3",
            (page_id, before, limit),
        )
        times = ("first_seen_at", "last_seen_at")
        return [
            HistoryLine(**row | {at: moment(row[at]) for at in times}) for row in found
        ]

    def numbered(self, page_id: PageId, number: int) -> VersionId | None:
        """Return the id of a page's version of that number."""
        found = self._db.value(
            "SELECT id FROM versions WHERE page_id = ? AND number = ?",
            (page_id, number),
        )
        return None if found is None else VersionId(found)

    def count_versions(self, page_id: PageId) -> int:
        """Return how many versions a page has."""
        found = self._db.value(
            "SELECT count(*) FROM versions WHERE page_id = ?", (page_id,)
        )
        return int(found)

    def addresses(self, page_id: PageId) -> list[Address]:
        """Return a page's addresses in the order in which they were seen first."""
        found = self._db.rows(
            "SELECT url, first_seen_at, last_seen_at FROM page_urls WHERE page_id = ?"
            " ORDER BY first_seen_at, url",
            (page_id,),
        )
        times = ("first_seen_at", "last_seen_at")
        return [Address(**row | {at: moment(row[at]) for at in times}) for row in found]

    def looks(self, page_id: PageId, *, days: int) -> list[DayOfLooks]:
        """Return the latest days up to the last look that saw any, oldest first."""
        found = self._db.rows(
            "WITH RECURSIVE days (day, back) AS"
            " (SELECT date(checked_at), 1 FROM pages WHERE id = ?1 UNION ALL"
            "  SELECT date(day, '-1 day'), back + 1 FROM days WHERE back < ?2)"
            " SELECT k.day, k.outcome, k.checks FROM days"
            " CROSS JOIN checks_by_day k ON k.day = days.day AND k.page_id = ?1"
            " ORDER BY k.day, k.outcome",
            (page_id, days),
        )
        by_day: dict[str, dict[str, int]] = {}
        for row in found:
            by_day.setdefault(row["day"], {})[row["outcome"]] = row["checks"]
        return [DayOfLooks(day=day, outcomes=told) for day, told in by_day.items()]

    # A change.

    def proof(self, change: Change) -> Proof:
        """Return on what a change rests.

        Raises:
            StoreError: The ledger does not name it.
        """
        number = row_sealing(self._db, change, "changes", change.id)
        return Proof(
            before=self._received(response_row(self._db, change, change.old_version)),
            after=self._received(response_row(self._db, change, change.new_version)),
            ledger_number=number,
            ledger_sha256=self._db.value(
                "SELECT sha256 FROM ledger WHERE number = ?", (number,)
            ),
            citation=citation(change),
        )

    def _received(self, row: Row | None) -> Received | None:
        if row is None:
            return None
        capture = rows.capture(headers.unfolded(self._db, row), b"")
        return Received(
            captured_at=capture.captured_at,
            source=capture.source,
            hops=tuple((hop.url, hop.status) for hop in capture.hops),
            http_version=capture.http_version,
            server_address=capture.server_address,
            certificate_sha256=capture.certificate_sha256,
            server_date=capture.headers.get("date"),
            cache_age_s=capture.cache_age_s,
            body_sha256=row["body_sha256"],
            wire_sha256=capture.wire_sha256,
            program=capture.program,
        )

    # Sites.

    def sites(self) -> list[str]:
        """Return the names of the sites that pages belong to."""
        # A step of the index for each name, however many pages each has.
        found = self._db.rows(
            "WITH RECURSIVE named (site) AS (SELECT min(site) FROM pages UNION ALL"
            " SELECT (SELECT min(site) FROM pages WHERE site > named.site) FROM named"
            " WHERE named.site IS NOT NULL)"
            " SELECT site FROM named WHERE site IS NOT NULL"
        )
        return [row["site"] for row in found]

    def sources(self, *, since: datetime) -> list[Source]:
        """Return every host, those in trouble first; `since` begins their checks."""
        checks = {
            row["host"]: row
            for row in self._db.rows(
                "SELECT p.host, sum(k.checks) AS checks, min(k.day) AS first_day,"
                " count(DISTINCT k.page_id) AS checked_pages"
                " FROM checks_by_day k JOIN pages p ON p.id = k.page_id"
                " WHERE k.day >= ? GROUP BY p.host",
                (seconds(since)[:10],),
            )
        }
        found = self._db.rows(
            "SELECT h.host, h.pages, h.in_trouble, h.checked_at, h.latency_s,"
            " h.paused_until, h.pause_reason, h.robots_status,"
            " (SELECT p.site FROM pages p WHERE p.host = h.host"
            "  ORDER BY p.checked_at DESC LIMIT 1) AS site,"
            " (SELECT min(p.next_check_at) FROM pages p WHERE p.host = h.host"
            "  AND p.next_check_at IS NOT NULL) AS next_check_at"
            " FROM source_health h WHERE h.pages > 0 ORDER BY h.in_trouble = 0, h.host"
        )
        times = ("checked_at", "next_check_at", "paused_until")
        sources = []
        for row in found:
            mine = checks.get(row["host"], {})
            first = mine.get("first_day")
            sources.append(
                Source(
                    **row | {at: moment_or_none(row[at]) for at in times},
                    checks=mine.get("checks", 0),
                    checked_pages=mine.get("checked_pages", 0),
                    checked_since=None if first is None else date.fromisoformat(first),
                )
            )
        return sources


def _conditions(wanted: Wanted) -> tuple[list[str], list[object], str]:
    conditions: list[str] = []
    parameters: list[object] = []
    touched = "WITH"
    if terms := " ".join(quoted(word) for word in wanted.words.split()):
        touched = _TOUCHED
        conditions.append(_EVENTS_WITH)
        parameters += [terms, _MOST_PASSAGES]
    if wanted.page_id is not None:
        conditions.append("e.page_id = ?")
        parameters.append(wanted.page_id)
    if wanted.site is not None:
        conditions.append(_OF_SITE)
        parameters += [wanted.site] * 3
    if wanted.kind is not None:
        conditions.append("e.kind = ?")
        parameters.append(wanted.kind)
    else:
        conditions.append(_NOT_CONFIRMED_SINCE)
    if wanted.silent:
        # The plus keeps the order of time: most changes of some sites are silent.
        conditions.append("+c.disclosure = 'none_seen'")
    if wanted.min_significance > 0:
        conditions.append("coalesce(c.significance, g.significance) >= ?")
        parameters.append(wanted.min_significance)
    if wanted.together:
        conditions.append(_NOT_IN_A_GROUP)
    if wanted.before is not None:
        at, event_id = wanted.before
        conditions.append("(e.first_seen_at, e.id) < (?, ?)")
        parameters += [seconds(at), event_id]
    return conditions, parameters, touched


def _line(row: Row) -> TimelineLine:
    times = {name: moment(row[name]) for name in ("at", "confirmed_at")}
    old = {"old_last_seen_at": moment_or_none(row["old_last_seen_at"])}
    return TimelineLine(**row | times | old | {"detail": json.loads(row["detail"])})
