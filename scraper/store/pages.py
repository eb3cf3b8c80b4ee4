"""Pages and their versions: finding, making and reading them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from scraper import urls
from scraper.model import (
    HostEvidence,
    Page,
    PageId,
    PageState,
    Sha256,
    Validators,
    Version,
    VersionId,
    WatchKind,
)
from scraper.store import articles, bodies, headers, rows
from scraper.store.rows import moment, moment_or_none, seconds

if TYPE_CHECKING:
    from scraper.model import Capture, FoundAs, SeenOn, WatchId
    from scraper.store.database import Database, Row

EVIDENCE_SPAN = timedelta(hours=1)
SUSPECT_SPAN = timedelta(days=1)
REDESIGN_SPAN = timedelta(days=7)
_ENOUGH_EVIDENCE = 50
"""Pages looked at on either side; nobody needs to know of more."""

ANSWERED = "('new', 'changed', 'unchanged', 'not_modified', 'restored', 'moved')"
REFUSED = "('blocked', 'withdrawn')"


PAUSED = "watch paused"
"""Why a page is not looked at whose watch rests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPage:
    """A page that a listing, feed or sitemap names.

    Attributes:
        key: `urls.page_key` of its URL.
        due: False to know of it without checking it.
        found_as: `Page.found_as`.
        every: Fixed interval; None for the adaptive cadence.
        modified_at: When a sitemap says that it was written last.
    """

    url: str
    key: str
    kind: WatchKind = WatchKind.ARTICLE
    site: str | None = None
    due: bool = True
    found_as: FoundAs = "asked"
    every: timedelta | None = None
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionLine:
    """A version without its article: one line of a page's history.

    Attributes:
        change_ref: Of the change that ends in it, None for a first or reread one.
    """

    id: VersionId
    page_id: PageId
    number: int
    origin: Literal["first", "changed", "reread", "baseline"]
    title: str | None
    words: int
    content_sha256: Sha256
    rules: str
    first_seen_at: datetime
    last_seen_at: datetime
    last_seen_on: SeenOn
    body_sha256: Sha256 | None
    change_ref: str | None


def ensure(
    db: Database,
    found: FoundPage,
    *,
    now: datetime,
    watch_id: WatchId | None,
    by_hand: bool = False,
) -> tuple[PageId, bool]:
    """Return the page of that key or URL and whether it is new, in a transaction.

    A page that nothing follows any more is taken up again. What a person asks for
    (`by_hand`) is followed for that, whatever list named it first.
    """
    known = recognised(db, found)
    at = seconds(now)
    if known is not None:
        _remember_url(db, known["id"], found.url, at)
        taken_up: Row = {}
        if watch_id is not None and (by_hand or known["watch_id"] is None):
            taken_up["watch_id"] = watch_id
        if by_hand:
            taken_up |= {
                "by_hand": 1,
                "kind": str(found.kind),
                "every_s": _whole_seconds(found.every),
            }
        # What a person has paused, a list that names it does not wake.
        is_paused = known["by_hand"] and known["next_check_why"] == PAUSED
        if found.due and watch_id is not None and (by_hand or not is_paused):
            if known["next_check_at"] is None:
                taken_up |= {"next_check_at": at, "next_check_why": "watched again"}
            elif by_hand and known["checked_at"] is None:
                # A list named it, and its turn would come; a person wants it now.
                taken_up |= {"next_check_at": at, "next_check_why": "never checked"}
        if taken_up:
            db.update("pages", known["id"], taken_up)
        return PageId(known["id"]), False
    host = urls.host(found.url)
    page_id = db.insert(
        "pages",
        {
            "key": found.key,
            "url": found.url,
            "host": host,
            "kind": str(found.kind),
            "site": found.site,
            "watch_id": watch_id,
            "by_hand": int(by_hand),
            "found_as": found.found_as,
            "every_s": _whole_seconds(found.every),
            "added_at": at,
            "next_check_at": seconds(now) if found.due else None,
            "next_check_why": "never checked" if found.due else None,
        },
    )
    _remember_url(db, page_id, found.url, at)
    ensure_host(db, host)
    return PageId(page_id), True


def recognised(db: Database, found: FoundPage) -> Row | None:
    """Return the row of the page that has that key, or answers at that URL."""
    return db.row("SELECT * FROM pages WHERE key = ?", (found.key,)) or db.row(
        "SELECT p.* FROM page_urls u JOIN pages p ON p.id = u.page_id WHERE u.url = ?",
        (found.url,),
    )


def ensure_host(db: Database, host: str) -> None:
    """Make the host's row, which the due queue starts from."""
    db.run("INSERT INTO hosts (host) VALUES (?) ON CONFLICT DO NOTHING", (host,))


def find(db: Database, reference: str | int) -> Row | None:
    """Return the row of a page by id, URL (any it ever had) or key."""
    return (
        db.row("SELECT * FROM pages WHERE id = ?", (rows.id_of(reference),))
        or db.row(
            "SELECT p.* FROM page_urls u JOIN pages p ON p.id = u.page_id"
            " WHERE u.url = ?",
            (str(reference),),
        )
        or db.row("SELECT * FROM pages WHERE key = ?", (str(reference),))
    )


def page(db: Database, row: Row, *, now: datetime) -> Page:
    """Return the page of one row of `pages`, with all a check must know."""
    latest = row["latest_version_id"]
    validators = db.row(
        "SELECT etag, last_modified FROM page_urls WHERE url = ?", (row["url"],)
    )
    return Page(
        id=PageId(row["id"]),
        key=row["key"],
        url=row["url"],
        kind=WatchKind(row["kind"]),
        site=row["site"],
        state=PageState.from_dict(json.loads(row["standing"])),
        every=rows.interval(row["every_s"]),
        active_hours=rows.active_hours(
            db.value(
                "SELECT active_hours FROM watches WHERE id = ?", (row["watch_id"],)
            )
        ),
        changes=db.value(
            "SELECT count(*) FROM changes WHERE page_id = ?", (row["id"],)
        ),
        found_as=row["found_as"],
        added_at=moment(row["added_at"]),
        next_check_at=moment_or_none(row["next_check_at"]),
        next_check_why=row["next_check_why"],
        validators=None if validators is None else _validators(validators),
        full_answer_at=moment_or_none(row["full_answer_at"]),
        latest=None if latest is None else version(db, latest),
        named=frozenset() if row["kind"] == "article" else _named(db, row["id"]),
        host=_evidence(db, row, now),
    )


def _named(db: Database, listing_id: int) -> frozenset[str]:
    found = db.rows(
        "SELECT p.key FROM listings l JOIN pages p ON p.id = l.page_id"
        " WHERE l.listing_id = ? AND l.standing = 'listed'",
        (listing_id,),
    )
    return frozenset(row["key"] for row in found)


def version(db: Database, version_id: int) -> Version | None:
    """Return a version with its article."""
    row = db.row(
        "SELECT v.*, r.encoding, b.sha256 AS body_sha256 FROM versions v"
        " JOIN readings r ON r.id = v.reading_id"
        " LEFT JOIN bodies b ON b.id = v.body_id WHERE v.id = ?",
        (version_id,),
    )
    return None if row is None else rows.version(row, articles.load(db, row))


def version_lines(db: Database, page_id: int) -> list[VersionLine]:
    """Return a page's versions in the order of time, without their articles."""
    found = db.rows(
        "SELECT v.id, v.page_id, v.number, v.origin, v.title, v.words,"
        " v.content_sha256, v.rules, v.first_seen_at, v.last_seen_at, v.last_seen_on,"
        " b.sha256 AS body_sha256, c.ref AS change_ref"
        " FROM versions v LEFT JOIN changes c ON c.id = v.change_id"
        " LEFT JOIN bodies b ON b.id = v.body_id"
        " WHERE v.page_id = ? ORDER BY v.first_seen_at, v.number",
        (page_id,),
    )
    times = ("first_seen_at", "last_seen_at")
    return [
        VersionLine(**row | {name: moment(row[name]) for name in times})
        for row in found
    ]


def captures(db: Database, page_id: int) -> list[Capture]:
    """Return a page's kept captures with their bodies, in the order of time."""
    found = db.rows(
        "SELECT * FROM responses WHERE page_id = ? ORDER BY captured_at", (page_id,)
    )
    return [capture(db, row) for row in found]


def capture(db: Database, row: Row) -> Capture:
    """Return the capture of one row of `responses`, with its headers and body."""
    return rows.capture(headers.unfolded(db, row), bodies.read(db, row["body_id"]))


def neighbours(
    db: Database, page_id: int, at: datetime
) -> tuple[Row | None, Row | None]:
    """Return the rows of the version in force at a time and of the next one."""
    left = db.row(
        "SELECT * FROM versions WHERE page_id = ? AND first_seen_at <= ?"
        " ORDER BY first_seen_at DESC, number DESC LIMIT 1",
        (page_id, seconds(at)),
    )
    right = db.row(
        "SELECT * FROM versions WHERE page_id = ? AND first_seen_at > ?"
        " ORDER BY first_seen_at, number LIMIT 1",
        (page_id, seconds(at)),
    )
    return left, right


def versions_in_force(db: Database, site: str | None) -> list[VersionId]:
    """Return the ids of articles' newest versions, of a site or of all."""
    found = db.rows(
        "SELECT latest_version_id AS id FROM pages WHERE kind = 'article'"
        " AND latest_version_id IS NOT NULL AND (?1 IS NULL OR site = ?1) ORDER BY id",
        (site,),
    )
    return [row["id"] for row in found]


def has_capture(db: Database, page_id: int, at: datetime) -> bool:
    """Whether a capture of a page ended at that very moment."""
    sql = "SELECT count(*) FROM captures WHERE page_id = ? AND captured_at = ?"
    return bool(db.value(sql, (page_id, rows.exact(at))))


def _remember_url(db: Database, page_id: int, url: str, at: str) -> None:
    db.run(
        "INSERT INTO page_urls (url, page_id, first_seen_at, last_seen_at)"
        " VALUES (?, ?, ?, ?) ON CONFLICT (url) DO UPDATE"
        " SET last_seen_at = max(last_seen_at, excluded.last_seen_at)",
        (url, page_id, at, at),
    )


def _validators(row: Row) -> Validators | None:
    if row["etag"] is None and row["last_modified"] is None:
        return None
    return Validators(etag=row["etag"], last_modified=row["last_modified"])


def _evidence(db: Database, row: Row, now: datetime) -> HostEvidence:
    """Count what the host's other pages answered lately, up to a bound."""
    host, page_id = row["host"], row["id"]

    def count(outcomes: str) -> int:
        return int(
            db.value(
                "SELECT count(*) FROM (SELECT 1 FROM pages WHERE host = ?"  # noqa: S608 - ours
                f" AND checked_at > ? AND last_outcome IN {outcomes} AND id <> ?"
                " LIMIT ?)",
                (host, seconds(now - EVIDENCE_SPAN), page_id, _ENOUGH_EVIDENCE),
            )
        )

    suspects = db.value(
        "SELECT count(*) FROM (SELECT 1 FROM pages WHERE host = ?"
        " AND state IN ('suspect', 'unreadable') AND state_since > ? AND id <> ?"
        " AND latest_version_id IS NOT NULL LIMIT ?)",
        (host, seconds(now - SUSPECT_SPAN), page_id, _ENOUGH_EVIDENCE),
    )
    announced = db.value(
        "SELECT count(*) FROM events e JOIN pages p ON p.id = e.page_id"
        " WHERE e.kind = 'redesigned' AND e.first_seen_at > ? AND p.host = ?",
        (seconds(now - REDESIGN_SPAN), host),
    )
    return HostEvidence(
        ok_pages=count(ANSWERED),
        blocked_pages=count(REFUSED),
        suspect_pages=suspects,
        redesign_announced=announced > 0,
    )


def _whole_seconds(length: timedelta | None) -> int | None:
    return None if length is None else max(1, round(length.total_seconds()))
