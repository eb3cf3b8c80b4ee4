"""What the web pages ask of the record: a page of the timeline, proof, looks, hosts."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from scraper.store import headers, rows
from scraper.store.evidence import citation, response_row, row_sealing
from scraper.store.lookup import quoted
from scraper.store.rows import moment, moment_or_none, seconds

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from scraper.model import Change, EventKind, PageId
    from scraper.store.database import Database, Row

_MOST_PASSAGES: Final = 2000
"""A word that stands in more passages than this is looked for in the newest ones."""

_TIMELINE = """
  SELECT e.id, e.kind, e.first_seen_at AS at, e.last_seen_at AS confirmed_at,
    coalesce(e.summary, c.summary) AS summary, e.detail, e.page_id,
    coalesce(p.site, e.site) AS site, p.url, v.title, c.ref,
    coalesce(c.significance, g.significance) AS significance, c.disclosure, g.pages
  FROM events e
  LEFT JOIN pages p ON p.id = e.page_id
  LEFT JOIN changes c ON c.id = e.change_id
  LEFT JOIN groups g ON g.event_id = e.id
  LEFT JOIN versions v ON v.id = coalesce(c.new_version_id, p.latest_version_id)
"""
# A page is published, edited or restored with a text: then its words are looked for in
# the passages that came and went. Anything else happened to all that it says.
_EVENTS_WITH = """
  e.id IN (
    SELECT w.id FROM events w JOIN touched t
      ON w.page_id = t.page_id AND w.first_seen_at = t.at
    UNION
    SELECT w.id FROM events w JOIN touched t ON w.page_id = t.page_id
      WHERE w.kind NOT IN ('published', 'edited'))
"""
# Told once, by the group's own event.
_NOT_IN_A_GROUP = """
  NOT EXISTS (SELECT 1 FROM group_members m JOIN events w ON w.id = m.event_id
    WHERE m.page_id = e.page_id AND (
      m.change_id = e.change_id AND w.kind = 'mass_edit'
      OR w.kind = 'mass_removal' AND e.kind IN ('missing', 'removed', 'withdrawn')
        AND e.first_seen_at BETWEEN w.first_seen_at AND w.last_seen_at))
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
      CROSS JOIN versions v ON v.id = s.gone_in)
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
        ref: Of its change, None where nothing was edited.
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
        checks: Of the last seven days, `checked_pages` of how many pages.
    """

    host: str
    site: str | None
    pages: int
    in_trouble: int
    checked_at: datetime | None
    next_check_at: datetime | None
    checks: int
    checked_pages: int
    latency_s: float | None
    paused_until: datetime | None
    pause_reason: str | None
    robots_status: int | None


def timeline(db: Database, wanted: Wanted, *, limit: int) -> list[TimelineLine]:
    """Return events, newest first."""
    conditions, parameters, prefix = _conditions(wanted)
    found = db.rows(
        f"{prefix}{_TIMELINE} WHERE {' AND '.join(conditions) or 'true'}"
        " ORDER BY e.first_seen_at DESC, e.id DESC LIMIT ?",
        (*parameters, limit),
    )
    return [_line(row) for row in found]


def _conditions(wanted: Wanted) -> tuple[list[str], list[object], str]:
    conditions: list[str] = []
    parameters: list[object] = []
    prefix = ""
    if terms := " ".join(quoted(word) for word in wanted.words.split()):
        prefix = _TOUCHED
        conditions.append(_EVENTS_WITH)
        parameters += [terms, _MOST_PASSAGES]
    if wanted.site is not None:
        conditions.append("coalesce(p.site, e.site) = ?")
        parameters.append(wanted.site)
    if wanted.kind is not None:
        conditions.append("e.kind = ?")
        parameters.append(wanted.kind)
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
    return conditions, parameters, prefix


def _line(row: Row) -> TimelineLine:
    times = {name: moment(row[name]) for name in ("at", "confirmed_at")}
    return TimelineLine(**row | times | {"detail": json.loads(row["detail"])})


def sites(db: Database) -> list[str]:
    """Return the names of the sites that pages belong to."""
    # A step of the index for each name, however many pages each has.
    found = db.rows(
        "WITH RECURSIVE named (site) AS (SELECT min(site) FROM pages UNION ALL"
        " SELECT (SELECT min(site) FROM pages WHERE site > named.site) FROM named"
        " WHERE named.site IS NOT NULL)"
        " SELECT site FROM named WHERE site IS NOT NULL"
    )
    return [row["site"] for row in found]


def proof(db: Database, change: Change) -> Proof:
    """Return on what a change rests.

    Raises:
        StoreError: The ledger does not name it.
    """
    number = row_sealing(db, change, "changes", change.id)
    return Proof(
        before=_received(db, response_row(db, change, change.old_version)),
        after=_received(db, response_row(db, change, change.new_version)),
        ledger_number=number,
        ledger_sha256=db.value("SELECT sha256 FROM ledger WHERE number = ?", (number,)),
        citation=citation(change),
    )


def _received(db: Database, row: Row | None) -> Received | None:
    if row is None:
        return None
    capture = rows.capture(headers.unfolded(db, row), b"")
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


def addresses(db: Database, page_id: PageId) -> list[Address]:
    """Return a page's addresses in the order in which they were seen first."""
    found = db.rows(
        "SELECT url, first_seen_at, last_seen_at FROM page_urls WHERE page_id = ?"
        " ORDER BY first_seen_at, url",
        (page_id,),
    )
    times = ("first_seen_at", "last_seen_at")
    return [Address(**row | {at: moment(row[at]) for at in times}) for row in found]


def looks(db: Database, page_id: PageId, *, days: int) -> list[DayOfLooks]:
    """Return the latest days up to the last look that saw any, oldest first."""
    found = db.rows(
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


def sources(db: Database, *, since: datetime) -> list[Source]:
    """Return every host, those in trouble first; checks are counted from `since`."""
    checks = {
        row["host"]: row
        for row in db.rows(
            "SELECT p.host, sum(k.checks) AS checks,"
            " count(DISTINCT k.page_id) AS checked_pages"
            " FROM checks_by_day k JOIN pages p ON p.id = k.page_id WHERE k.day >= ?"
            " GROUP BY p.host",
            (seconds(since)[:10],),
        )
    }
    found = db.rows(
        "SELECT h.host, h.pages, h.in_trouble, h.checked_at, h.latency_s,"
        " h.paused_until, h.pause_reason, h.robots_status,"
        " (SELECT p.site FROM pages p WHERE p.host = h.host"
        "  ORDER BY p.checked_at DESC LIMIT 1) AS site,"
        " (SELECT min(p.next_check_at) FROM pages p WHERE p.host = h.host"
        "  AND p.next_check_at IS NOT NULL) AS next_check_at"
        " FROM source_health h WHERE h.pages > 0 ORDER BY h.in_trouble = 0, h.host"
    )
    times = ("checked_at", "next_check_at", "paused_until")
    none = {"checks": 0, "checked_pages": 0}
    return [
        Source(
            **row
            | none
            | checks.get(row["host"], {})
            | {at: moment_or_none(row[at]) for at in times}
        )
        for row in found
    ]
