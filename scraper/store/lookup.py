"""Questions that need more than one table: phrases, search, gaps, health."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scraper.model import PageId
from scraper.store import ledger
from scraper.store.database import wal_bytes
from scraper.store.rows import moment, moment_or_none, seconds

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from scraper.store.database import Database, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseStay:
    """A phrase standing on a page, from one sighting to another.

    Attributes:
        text: The passage that held it last.
        appeared_at: First seen with it; `gone_at` first seen without, None while it
            stands.
    """

    page_id: PageId
    url: str
    site: str | None
    title: str | None
    text: str
    appeared_at: datetime
    gone_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A passage that answers a search; `excerpt` marks the words with [ and ]."""

    page_id: PageId
    url: str
    site: str | None
    title: str | None
    excerpt: str
    appeared_at: datetime
    gone_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A time in which nobody could see a page; it has not ended if None."""

    page_id: PageId
    url: str
    site: str | None
    seen_until: datetime
    seen_again_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What the database holds and how it fares.

    Attributes:
        pages: How many in each state.
        checks_today: How many of each outcome, this day in UTC.
        body_bytes: Of bodies as stored, `raw_bytes` uncompressed.
        database_bytes: Of the file; `wal_bytes` of its write-ahead log.
        overdue: Pages due and not leased; `oldest_due_at` the longest.
        paused_hosts: Host to why and until when it rests.
        sqlite_version: In use.
        has_wal_reset_bug: That one may corrupt the file with two writers
            (https://www.sqlite.org/wal.html#walresetbug).
        deliveries: How many are waiting, or were given up.
        ledger_rows: And the hash of the last: note it elsewhere to prove the rest.
    """

    pages: Mapping[str, int]
    watches: int
    versions: int
    changes: int
    events: int
    captures: int
    checks_today: Mapping[str, int]
    body_bytes: int
    raw_bytes: int
    database_bytes: int
    wal_bytes: int
    overdue: int
    oldest_due_at: datetime | None
    checked_at: datetime | None
    paused_hosts: Mapping[str, str]
    sqlite_version: str
    has_wal_reset_bug: bool
    deliveries: Mapping[str, int]
    ledger_rows: int
    ledger_sha256: str | None


# Each passage with the words is looked up once, in the order of its key.
_STAYS = """
  SELECT s.page_id, p.url, p.site, v.title, t.text,
    a.first_seen_at AS appeared_at, g.first_seen_at AS gone_at
  FROM (SELECT rowid FROM passages_fts WHERE passages_fts MATCH :words) f
  CROSS JOIN page_passages s ON s.passage_id = f.rowid
  JOIN versions a ON a.id = s.appeared_in
  LEFT JOIN versions g ON g.id = s.gone_in
  JOIN passages t ON t.id = s.passage_id
  JOIN pages p ON p.id = s.page_id
  LEFT JOIN versions v ON v.id = p.latest_version_id
"""
_ON_NEWEST = """
  WHERE +s.page_id IN (SELECT DISTINCT n.page_id
    FROM (SELECT rowid FROM passages_fts WHERE passages_fts MATCH :words
      ORDER BY rowid DESC LIMIT 2000) f
    CROSS JOIN page_passages n ON n.passage_id = f.rowid
    LIMIT :most_pages)
"""


def phrase(
    db: Database, words: str, *, most_pages: int | None = None
) -> list[PhraseStay]:
    """Return where and when these words stood in a row, by page and time.

    A passage that was edited around the phrase does not end its stay. With
    `most_pages` those with the newest such passages answer, each with all its stays.
    """
    sql = _STAYS if most_pages is None else _STAYS + _ON_NEWEST
    found = db.rows(
        f"{sql} ORDER BY s.page_id, appeared_at, gone_at IS NULL",
        {"words": quoted(words), "most_pages": most_pages},
    )
    stays: list[PhraseStay] = []
    for row in found:
        stay = PhraseStay(**row | _times(row))
        last = stays[-1] if stays else None
        if last is not None and _touch(last, stay):
            stays[-1] = _joined(last, stay)
        else:
            stays.append(stay)
    return stays


def _touch(first: PhraseStay, second: PhraseStay) -> bool:
    return first.page_id == second.page_id and (
        first.gone_at is None or second.appeared_at <= first.gone_at
    )


def _joined(first: PhraseStay, second: PhraseStay) -> PhraseStay:
    if first.gone_at is None:
        return first
    if second.gone_at is None or second.gone_at > first.gone_at:
        return replace(first, gone_at=second.gone_at, text=second.text)
    return first


def search(db: Database, words: str, *, limit: int) -> list[Hit]:
    """Return passages of any version that hold all words, the best first."""
    terms = " ".join(quoted(word) for word in words.split())
    if not terms:
        return []
    found = db.rows(
        "SELECT pp.page_id, p.url, p.site, v.title, a.first_seen_at AS appeared_at,"
        " g.first_seen_at AS gone_at,"
        " snippet(passages_fts, 0, '[', ']', '...', 24) AS excerpt"
        " FROM passages_fts JOIN page_passages pp ON pp.passage_id = passages_fts.rowid"
        " JOIN pages p ON p.id = pp.page_id"
        " JOIN versions a ON a.id = pp.appeared_in"
        " LEFT JOIN versions g ON g.id = pp.gone_in"
        " LEFT JOIN versions v ON v.id = p.latest_version_id"
        " WHERE passages_fts MATCH ? ORDER BY passages_fts.rank, pp.page_id LIMIT ?",
        (terms, limit),
    )
    return [Hit(**row | _times(row)) for row in found]


def quoted(words: str) -> str:
    """Return words as one FTS5 phrase: nothing in them is an operator."""
    return '"' + words.replace('"', '""').replace("\0", " ") + '"'


def gaps(
    db: Database, *, site: str | None, page_id: PageId | None, limit: int
) -> list[Gap]:
    """Return when nobody was able to see pages, the latest first."""
    conditions = [("site = ?", site), ("page_id = ?", page_id)]
    given = [(sql, value) for sql, value in conditions if value is not None]
    found = db.rows(
        "SELECT page_id, url, site, seen_until, seen_again_at FROM gaps"  # noqa: S608 - ours
        f" WHERE {' AND '.join(sql for sql, _ in given) or 'true'} LIMIT ?",
        (*(value for _, value in given), limit),
    )
    return [
        Gap(
            page_id=PageId(row["page_id"]),
            url=row["url"],
            site=row["site"],
            seen_until=moment(row["seen_until"]),
            seen_again_at=moment_or_none(row["seen_again_at"]),
        )
        for row in found
    ]


def status(db: Database, *, now: datetime) -> Status:
    """Count everything."""
    told = seconds(now)
    due = db.row(
        "SELECT count(*) AS overdue, min(next_check_at) AS oldest FROM pages"
        " WHERE next_check_at IS NOT NULL AND next_check_at <= ?1"
        " AND (leased_until IS NULL OR leased_until <= ?1)",
        (told,),
    )
    sizes = db.row(
        "SELECT coalesce(sum(size), 0) AS raw, (SELECT"
        "  coalesce(sum(length(content)), 0) FROM body_parts) AS stored FROM bodies"
    )
    version = str(db.value("SELECT sqlite_version()"))
    ledger_rows, ledger_sha256 = ledger.last(db)
    return Status(
        pages=_tally(db, "SELECT state, count(*) AS n FROM pages GROUP BY state"),
        watches=db.value("SELECT count(*) FROM watches WHERE removed_at IS NULL"),
        versions=db.value("SELECT count(*) FROM versions"),
        changes=db.value("SELECT count(*) FROM changes"),
        events=db.value("SELECT count(*) FROM events"),
        captures=db.value("SELECT count(*) FROM captures"),
        checks_today=_tally(
            db,
            "SELECT outcome, sum(checks) AS n FROM checks_by_day WHERE day = ?"
            " GROUP BY outcome",
            told[:10],
        ),
        body_bytes=0 if sizes is None else sizes["stored"],
        raw_bytes=0 if sizes is None else sizes["raw"],
        database_bytes=db.path.stat().st_size,
        wal_bytes=wal_bytes(db.path),
        overdue=0 if due is None else due["overdue"],
        oldest_due_at=None if due is None else moment_or_none(due["oldest"]),
        checked_at=moment_or_none(db.value("SELECT max(checked_at) FROM pages")),
        paused_hosts={
            row["host"]: f"{row['pause_reason'] or 'resting'} until {row['until']}"
            for row in db.rows(
                "SELECT host, pause_reason, substr(paused_until, 1, 19) || 'Z' AS until"
                " FROM hosts WHERE paused_until > ? ORDER BY host",
                (told,),
            )
        },
        sqlite_version=version,
        has_wal_reset_bug=has_wal_reset_bug(version),
        deliveries=_tally(
            db,
            "SELECT CASE state WHEN 'given_up' THEN state ELSE 'waiting' END AS how,"
            " count(*) AS n FROM deliveries"
            " WHERE state IN ('waiting', 'sealed', 'given_up') GROUP BY how",
        ),
        ledger_rows=ledger_rows,
        ledger_sha256=ledger_sha256 if ledger_rows else None,
    )


def has_wal_reset_bug(version: str) -> bool:
    """Whether that SQLite may corrupt a WAL database with two writers.

    3.7.0 to 3.51.2; fixed in 3.51.3 and, backported, in 3.50.7 and 3.44.6
    (https://www.sqlite.org/wal.html#walresetbug).
    """
    major, minor, patch, *_ = (*(int(part) for part in version.split(".")), 0, 0)
    fixed_in = {44: 6, 50: 7, 51: 3}
    if major != 3 or minor < 7 or minor > 51:
        return False
    return minor not in fixed_in or patch < fixed_in[minor]


def _tally(db: Database, sql: str, *parameters: object) -> dict[str, int]:
    """Return a two-column result as a dict."""
    return {
        str(name): int(count)
        for name, count in (row.values() for row in db.rows(sql, parameters))
    }


def _times(row: Row) -> Row:
    return {
        "appeared_at": moment(row["appeared_at"]),
        "gone_at": moment_or_none(row["gone_at"]),
    }
