"""One check into the database: all of it in one transaction, or none of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from scraper import urls
from scraper.errors import SupersededError, UnrecordableError
from scraper.model import (
    Capture,
    Change,
    Check,
    Event,
    Outcome,
    PageId,
    Version,
    WatchKind,
)
from scraper.store import (
    bodies,
    changes,
    events,
    grouping,
    headers,
    ledger,
    noise,
    pages,
    rows,
)
from scraper.store.following import Followed, Following
from scraper.store.placing import READ, Placing
from scraper.store.rows import moment, seconds, seconds_or_none

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from scraper.store.database import Database, Row
    from scraper.store.outbox import Outbox
    from scraper.store.pages import FoundPage

OVERDUE = timedelta(hours=1)
"""A check that comes this much later than planned leaves a gap on record."""

_BLIND = frozenset(
    {
        Outcome.FAILED,
        Outcome.BLOCKED,
        Outcome.SUSPECT,
        Outcome.DISALLOWED,
        Outcome.UNREADABLE,
    }
)
"""Outcomes after which nobody knows how the page stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What a check left in the database.

    Attributes:
        version: Newly stored, None where the text was known.
        baseline: The earlier text re-read under newer rules, if it was stored.
        change: Ends in `version`.
        changes: How many were stored: an archive may bring two at once.
        found: Pages made for what a listing, feed or sitemap names.
        delisted: Pages that it named and no longer does.
        again: The same capture was on record already; nothing was written.
    """

    version: Version | None = None
    baseline: Version | None = None
    change: Change | None = None
    changes: int = 0
    found: tuple[PageId, ...] = ()
    delisted: tuple[PageId, ...] = ()
    again: bool = False


class Recording:
    """One check on its way into the tables. Lives inside one transaction."""

    def __init__(self, db: Database, check: Check, *, now: datetime) -> None:
        self._db = db
        self._check = check
        self._now = now
        page = db.row("SELECT * FROM pages WHERE id = ?", (check.page.id,))
        if page is None:
            raise UnrecordableError(f"page {check.page.id}: not in this database")
        self._page = page
        expected = None if check.page.latest is None else check.page.latest.id
        if page["latest_version_id"] != expected:
            raise SupersededError(
                f"{page['url']}: another check recorded a version first; compare again"
            )
        self._placing = Placing(db, page, check, now=now)
        self._capture_id: int | None = None

    def run(self, found: Sequence[FoundPage] | None) -> Recorded:
        """Write everything; the caller commits."""
        check, capture = self._check, self._check.capture
        is_archived = capture is not None and capture.source != "live"
        if not is_archived:  # who imports does not hold the page
            self._release()
        if capture is not None and self._is_known(capture):
            return Recorded(again=True)
        version_id = self._placing.run()
        if capture is not None and check.outcome is not Outcome.NOT_MODIFIED:
            self._keep(capture, version_id)
        if not self._placing.is_late:
            self._page_row()
        self._tally()
        noise.take_in(self._db, check, now=self._now)
        followed = self._follow(found)
        event_ids = [self._event(event) for event in check.events]
        event_ids += [self._elsewhere(*pair) for pair in followed.delisted]
        event_ids += [self._elsewhere(*pair) for pair in self._corrected()]
        if is_archived:
            event_ids += [self._edited(change) for change in self._placing.changes]
        grouping.Grouping(self._db, check, self._page, now=self._now).run(
            self._placing.changes, is_late=self._placing.is_late
        )
        self._prove(event_ids)
        new = self._placing.versions[-1] if self._placing.versions else None
        return Recorded(
            version=None if new is None else pages.version(self._db, new),
            baseline=(
                None
                if self._placing.baseline is None
                else pages.version(self._db, self._placing.baseline)
            ),
            change=self._change_ending_in(new),
            changes=len(self._placing.changes),
            found=followed.new,
            delisted=tuple(page_id for page_id, _ in followed.delisted),
        )

    def _change_ending_in(self, version_id: int | None) -> Change | None:
        if version_id is None:
            return None
        found = changes.select(
            self._db, where="c.new_version_id = ?", parameters=(version_id,), limit=1
        )
        return found[0] if found else None

    # The capture.

    def _is_known(self, capture: Capture) -> bool:
        return bool(
            self._db.value(
                "SELECT count(*) FROM captures WHERE page_id = ? AND captured_at = ?"
                " AND source = ?",
                (
                    self._check.page.id,
                    rows.exact(capture.captured_at),
                    capture.source,
                ),
            )
        )

    def _keep(self, capture: Capture, version_id: int | None) -> None:
        """Keep the first and the latest capture of each version or standing."""
        kept_as, replaced = self._role(capture, version_id)
        body_id = bodies.put(
            self._db,
            capture.body,
            host=self._page["host"],
            previous=self._previous_body(version_id),
        )
        assessment = self._check.assessment
        self._db.run_many(
            "UPDATE versions SET body_id = ? WHERE id = ? AND body_id IS NULL",
            [(body_id, new) for new in self._placing.versions],
        )
        self._capture_id = self._db.insert(
            "captures",
            {
                "page_id": self._check.page.id,
                "version_id": version_id,
                "kept_as": kept_as,
                "outcome": str(self._check.outcome),
                "assessment": str(assessment.kind) if assessment else None,
                "assessment_reason": assessment.reason if assessment else None,
                "evidence": rows.as_json(
                    dict(assessment.evidence) if assessment else {}
                ),
                "body_id": body_id,
            }
            | headers.columns(self._db, capture)
            | rows.capture_columns(self._db, capture),
        )
        for row in replaced:
            self._db.run("DELETE FROM captures WHERE id = ?", (row["id"],))
            if row["body_id"] is not None and row["body_id"] != body_id:
                bodies.drop_unused(self._db, row["body_id"])

    def _role(
        self, capture: Capture, version_id: int | None
    ) -> tuple[Literal["first", "latest", "archived"], list[Row]]:
        if capture.source != "live":
            return "archived", []
        if version_id is not None:
            of_its_kind = self._db.rows(
                "SELECT id, kept_as, body_id FROM captures WHERE version_id = ?",
                (version_id,),
            )
        else:
            since = self._check.state.since or self._check.checked_at
            of_its_kind = self._db.rows(
                "SELECT id, kept_as, body_id FROM captures WHERE page_id = ?"
                " AND version_id IS NULL AND outcome = ? AND captured_at >= ?",
                (self._check.page.id, str(self._check.outcome), seconds(since)[:-1]),
            )
        if not any(row["kept_as"] == "first" for row in of_its_kind):
            return "first", []
        return "latest", [row for row in of_its_kind if row["kept_as"] == "latest"]

    def _previous_body(self, version_id: int | None) -> int | None:
        """Return the body of a first capture: those are never dropped."""
        found = self._db.value(
            "SELECT body_id FROM captures WHERE page_id = ? AND kept_as = 'first'"
            " AND body_id IS NOT NULL AND version_id IS NOT NULL"
            " ORDER BY version_id = ? DESC, id DESC LIMIT 1",
            (self._check.page.id, version_id),
        )
        return None if found is None else int(found)

    # The page and what surrounds it.

    def _page_row(self) -> None:
        check, state, known = self._check, self._check.state, self._page
        told = seconds(check.checked_at)
        url, next_at = check.new_url or self._page["url"], self._page["next_check_at"]
        values: Row = {
            "url": url,
            "host": urls.host(url),
            "state": str(state.state),
            "state_since": seconds_or_none(state.since),
            "reason": state.reason,
            "standing": rows.as_json(
                {name: value for name, value in state.as_dict().items() if value}
            ),
            "checked_at": told,
            "last_outcome": str(check.outcome),
            "overdue_since": None,
        }
        if (owner := self._owner(url)) is not None:
            # Two pages at one address would report each change twice.
            values |= {"url": self._page["url"], "host": self._page["host"]}
            values |= {"next_check_at": None, "next_check_why": f"is page {owner} now"}
        elif next_at is not None:  # else nothing follows it
            values["next_check_at"] = seconds(check.next_check_at)
            values["next_check_why"] = check.next_check_why
        if check.outcome not in _BLIND:
            values["seen_at"] = told
            self._gap(told)
        if check.outcome in READ:
            values["full_answer_at"] = told
        # What is set is indexed anew, changed or not: five more pages in the log.
        moved = {name: values[name] for name in values if values[name] != known[name]}
        if moved:
            self._db.update("pages", check.page.id, moved)
        self._url(values["url"], told)

    def _owner(self, url: str) -> int | None:
        """Return the id of another page that is asked for at `url`."""
        found = self._db.value(
            "SELECT p.id FROM page_urls u JOIN pages p ON p.id = u.page_id"
            " WHERE u.url = ? AND p.url = u.url AND p.id <> ?",
            (url, self._page["id"]),
        )
        return None if found is None else int(found)

    def _url(self, url: str, told: str) -> None:
        pages.ensure_host(self._db, urls.host(url))
        self._db.run(
            "INSERT INTO page_urls (url, page_id, first_seen_at, last_seen_at)"
            " VALUES (?1, ?2, ?3, ?3) ON CONFLICT (url) DO UPDATE"
            " SET last_seen_at = excluded.last_seen_at",
            (url, self._check.page.id, told),
        )
        self._db.run(
            "UPDATE page_urls SET page_id = ?2 WHERE url = ?1 AND page_id <> ?2",
            (url, self._check.page.id),
        )
        capture = self._check.capture
        # What a feed tells of a story came with the feed's validators, not its own.
        if (
            capture is not None
            and self._check.outcome in READ
            and urls.same_page(capture.requested_url, self._page["url"])
        ):
            given = capture.validators
            self._db.run(
                "UPDATE page_urls SET etag = ?, last_modified = ? WHERE url = ?",
                (
                    given.etag if given else None,
                    given.last_modified if given else None,
                    url,
                ),
            )

    def _gap(self, told: str) -> None:
        """Put on record that nobody could see the page for a while."""
        seen = self._page["seen_at"]
        due = self._page["overdue_since"] or self._page["next_check_at"]
        if seen is None or seen >= told:
            return
        overdue = due is not None and moment(told) - moment(due) > OVERDUE
        if overdue or self._page["checked_at"] > seen:
            self._db.run(
                "INSERT INTO looks_missed (page_id, seen_until, seen_again_at)"
                " VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (self._check.page.id, seen, told),
            )

    def _release(self) -> None:
        self._db.update(
            "pages", self._check.page.id, {"leased_until": None, "leased_by": None}
        )

    def _tally(self) -> None:
        capture = self._check.capture
        at = (
            capture.captured_at
            if capture is not None and capture.source != "live"
            else self._check.checked_at
        )
        self._db.run(
            "INSERT INTO checks_by_day (page_id, day, outcome, checks)"
            " VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET checks = checks + 1",
            (self._check.page.id, seconds(at)[:10], str(self._check.outcome)),
        )
        self._db.run(
            "UPDATE pages SET checks = checks + 1 WHERE id = ?", (self._check.page.id,)
        )

    def _follow(self, found: Sequence[FoundPage] | None) -> Followed:
        if found is None or self._placing.is_late:
            return Followed()
        # News sitemaps hold two days of stories; only they state when one came out.
        is_whole = self._check.page.kind is WatchKind.SITEMAP and not any(
            link.published for link in self._check.discovered
        )
        following = Following(self._db, self._page, now=self._now)
        return following.run(found, is_whole=is_whole)

    def _corrected(self) -> list[tuple[int, Event]]:
        if not (self._placing.versions and self._check.pointers):
            return []
        return events.corrected(
            self._db, self._page, self._placing.versions[-1], self._check.pointers
        )

    def _elsewhere(self, page_id: int, event: Event) -> int:
        """Store an event of another page than the one that was looked at."""
        site = self._db.value("SELECT site FROM pages WHERE id = ?", (page_id,))
        return events.add(self._db, event, page_id=page_id, site=site, now=self._now)

    def _event(self, event: Event) -> int:
        change_id = self._placing.changes[0] if self._placing.changes else None
        return events.add(
            self._db,
            event,
            page_id=self._check.page.id,
            site=self._page["site"],
            change_id=change_id if event.kind in {"edited", "restored"} else None,
            now=self._now,
        )

    def _edited(self, change_id: int) -> int:
        """Store the event of a change that an archive brought; there may be two."""
        (change,) = changes.select(
            self._db, where="c.id = ?", parameters=(change_id,), limit=1
        )
        event = Event(
            kind="edited",
            first_seen_at=change.new_first_seen_at,
            last_seen_at=change.new_first_seen_at,
            summary=change.comparison.summary,
        )
        return events.add(
            self._db,
            event,
            page_id=self._check.page.id,
            site=self._page["site"],
            change_id=change_id,
            now=self._now,
        )

    def _prove(self, event_ids: list[int]) -> None:
        """Add this check to the ledger, unless it was a dull one."""
        placing = self._placing
        versions = [
            *([placing.baseline] if placing.baseline else []),
            *placing.versions,
        ]
        is_kept = self._db.value(
            "SELECT kept_as <> 'latest' FROM captures WHERE id = ?", (self._capture_id,)
        )
        captures = [self._capture_id] if self._capture_id and is_kept else []
        sealed: dict[ledger.Sealed, list[int]] = {
            "captures": captures + self._confirming(),
            "versions": versions,
            "changes": placing.changes,
            "events": [event_id for event_id in event_ids if event_id],
        }
        if not (captures or any(sealed.values())):
            return
        content = {
            "recorded_at": seconds(self._now),
            "outcome": str(self._check.outcome),
            "page": self._page["key"],
        }
        ledger.append(self._db, content, sealed, page_id=self._check.page.id)

    def _confirming(self) -> list[int]:
        """Return the captures that saw each changed text last; they now stay."""
        return [
            row["id"]
            for change_id in self._placing.changes
            for row in self._db.rows(
                "SELECT k.id FROM changes c JOIN captures k"
                " ON k.version_id = c.old_version_id AND k.kept_as = 'latest'"
                " WHERE c.id = ?",
                (change_id,),
            )
        ]


def record(
    db: Database,
    check: Check,
    outbox: Outbox,
    *,
    found: Sequence[FoundPage] | None,
) -> Recorded:
    """Record a check, and what it gives to tell, in one transaction of its own.

    What an archive brings is history, and told to nobody: the person who imports it
    is there.
    """
    with db.transaction():
        last = outbox.last_event()
        recorded = Recording(db, check, now=outbox.clock()).run(found)
        if check.capture is None or check.capture.source == "live":
            outbox.take_in(after=last)
        return recorded
