"""What listings, feeds and sitemaps name: taken up, and missed where they drop it.

Runs inside the transaction that records the look at the listing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from scraper import urls
from scraper.model import Event, PageId, WatchKind
from scraper.store import pages
from scraper.store.rows import moment, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from scraper.model import WatchId
    from scraper.store.database import Database, Row
    from scraper.store.pages import FoundPage

BASELINE_PACE = timedelta(seconds=30)
"""One story that was there before is read each half minute, a sixth of what a host
allows: what is new never waits behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What one look at a listing led to.

    Attributes:
        new: Pages made for what it names.
        delisted: Pages that it named and no longer does, each with the event.
    """

    new: tuple[PageId, ...] = ()
    delisted: tuple[tuple[PageId, Event], ...] = ()


class Following:
    """One believed look at a listing, on its way into the tables."""

    def __init__(self, db: Database, listing: Row, *, now: datetime) -> None:
        self._db = db
        self._listing = listing
        self._now = now
        self._slots: dict[str, datetime] = {}

    def run(self, found: Sequence[FoundPage], *, is_whole: bool) -> Followed:
        """Take up what is new, and miss what is gone.

        Args:
            found: In the listing's order, stories and further sitemaps.
            is_whole: It names all there is, as a sitemap does; else newer stories push
                older ones off its end.
        """
        known = self._known()
        named: list[int] = []
        new: list[PageId] = []
        for page in found:
            row = known.get(page.url)
            page_id = PageId(row["id"]) if row is not None else None
            if page_id is None:
                page_id, is_new = self._ensure(page)
                new.extend([page_id] * is_new)
            if page.kind is WatchKind.ARTICLE and page_id != self._listing["id"]:
                named.append(page_id)
        self._hurry(found, known)
        delisted = self._compare(list(dict.fromkeys(named)), is_whole=is_whole)
        self._hold_to_its_most()
        return Followed(new=tuple(new), delisted=delisted)

    # What is new.

    def _known(self) -> dict[str, Row]:
        """Return the followed pages that this watch has found, by every address.

        Also those that it named and another one follows.
        """
        columns = "SELECT u.url, p.id, p.host, p.checked_at, p.next_check_at"
        found = self._db.rows(
            f"{columns} FROM pages p JOIN page_urls u ON u.page_id = p.id"
            " WHERE p.watch_id = ?1 UNION ALL"
            f" {columns} FROM listings l JOIN pages p ON p.id = l.page_id"
            " JOIN page_urls u ON u.page_id = p.id WHERE l.listing_id = ?2"
            " AND p.watch_id <> ?1 AND p.next_check_at IS NOT NULL",
            (self._listing["watch_id"], self._listing["id"]),
        )
        return {row["url"]: row for row in found}

    def _ensure(self, page: FoundPage) -> tuple[PageId, bool]:
        page_id, is_new = pages.ensure(
            self._db, page, now=self._now, watch_id=self._listing["watch_id"]
        )
        if is_new and page.due and page.found_as == "baseline":
            slot = self._slot(urls.host(page.url))
            self._due(page_id, slot, "a first look at what was there before")
        return page_id, is_new

    def _slot(self, host: str) -> datetime:
        """Return the next half minute in which nobody else reads an old story."""
        if host not in self._slots:
            taken = self._db.value(
                "SELECT max(next_check_at) FROM pages WHERE host = ? AND checks = 0"
                " AND by_hand = 0 AND found_as = 'baseline'"
                " AND next_check_at IS NOT NULL",
                (host,),
            )
            last = None if taken is None else moment(taken)
            self._slots[host] = max(self._now, last or self._now)
        self._slots[host] += BASELINE_PACE
        return self._slots[host]

    def _hurry(self, found: Sequence[FoundPage], known: dict[str, Row]) -> None:
        """Look early at what a sitemap says was written since we looked.

        A hint, no more: many sites date every address anew at each build. So these
        looks too are half a minute apart, those longest unseen first.
        """
        hinted = {
            row["id"]: row
            for page in found
            if (row := known.get(page.url)) is not None
            and page.modified_at is not None
            and row["checked_at"] is not None
            and moment(row["checked_at"]) < page.modified_at
        }
        for place, row in enumerate(
            sorted(hinted.values(), key=lambda row: str(row["checked_at"]))
        ):
            at = self._now + place * BASELINE_PACE
            self._earlier(row["id"], at, "the sitemap says it was written anew")

    def _hold_to_its_most(self) -> None:
        """Let the slowest pages go where a watch follows more than it may."""
        watch_id = self._listing["watch_id"]
        most = self._db.value("SELECT most FROM watches WHERE id = ?", (watch_id,))
        if most is None:
            return
        self._db.run(
            "UPDATE pages SET next_check_at = NULL, next_check_why = ?1 WHERE id IN"
            " (SELECT id FROM pages WHERE watch_id = ?2 AND by_hand = 0"
            "  AND kind = 'article' AND next_check_at IS NOT NULL"
            "  ORDER BY next_check_at, id LIMIT -1 OFFSET ?3)",
            (f"not looked at: its watch follows {most} pages at most", watch_id, most),
        )

    # What is gone.

    def _compare(
        self, named: list[int], *, is_whole: bool
    ) -> tuple[tuple[PageId, Event], ...]:
        """Note what is named now; return what is missing for the second time."""
        rows = {
            row["page_id"]: row
            for row in self._db.rows(
                "SELECT * FROM listings WHERE listing_id = ?", (self._listing["id"],)
            )
        }
        at = seconds(self._now)
        self._db.run_many(
            "INSERT INTO listings (listing_id, page_id, place, listed_at,"
            " standing_since) VALUES (?1, ?2, ?3, ?4, ?4) ON CONFLICT DO UPDATE SET"
            " place = excluded.place, standing_since = iif(standing = 'listed',"
            " standing_since, excluded.standing_since), standing = 'listed'",
            [
                (self._listing["id"], page_id, place, at)
                for place, page_id in enumerate(named)
                if page_id not in rows or _differs(rows[page_id], place, is_whole)
            ],
        )
        present = set(named)
        absent = [row for row in rows.values() if row["page_id"] not in present]
        were = [row for row in rows.values() if row["standing"] == "listed"]
        self._miss(were, present, is_whole=is_whole)
        return self._delist([row for row in absent if row["standing"] == "missed"])

    def _miss(self, were: list[Row], present: set[int], *, is_whole: bool) -> None:
        """Look at once at what went out of turn: what stood after it is still there.

        Where most is gone at once the listing was made anew, and that claims nothing.
        """
        last = max((r["place"] for r in were if r["page_id"] in present), default=-1)
        gone = [row for row in were if row["page_id"] not in present]
        early = [row for row in gone if is_whole or row["place"] < last]
        if len(early) > 1 and 2 * len(early) > len(were):
            early = []
        suspected = {row["page_id"] for row in early}
        for row in gone:
            is_early = row["page_id"] in suspected
            self._stand(row["page_id"], "missed" if is_early else "outlived")
        for place, row in enumerate(early):
            at = self._now + place * BASELINE_PACE
            self._earlier(row["page_id"], at, "its listing no longer names it")

    def _delist(self, missing: list[Row]) -> tuple[tuple[PageId, Event], ...]:
        """Confirm that these are gone; one event each, unless named elsewhere."""
        events = []
        for row in missing:
            self._stand(row["page_id"], "delisted")
            elsewhere = self._db.value(
                "SELECT count(*) FROM listings WHERE page_id = ?"
                " AND standing IN ('listed', 'missed')",
                (row["page_id"],),
            )
            if not elsewhere:
                events.append((PageId(row["page_id"]), self._event(row)))
        return tuple(events)

    def _event(self, row: Row) -> Event:
        listed, listing = moment(row["listed_at"]), self._listing["url"]
        return Event(
            kind="delisted",
            first_seen_at=moment(row["standing_since"]),
            last_seen_at=self._now,
            summary=(
                f"No longer named by {listing}, which named it since "
                f"{listed.day} {listed:%B %Y, %H:%M} UTC"
            ),
            detail={"listing": listing},
        )

    def _stand(self, page_id: int, standing: str) -> None:
        self._db.run(
            "UPDATE listings SET standing = ?, standing_since = ?"
            " WHERE listing_id = ? AND page_id = ?",
            (standing, seconds(self._now), self._listing["id"], page_id),
        )

    def _earlier(self, page_id: int, at: datetime, why: str) -> None:
        """Bring a look forward; what is not followed stays so."""
        self._db.run(
            "UPDATE pages SET next_check_at = ?2, next_check_why = ?3"
            " WHERE id = ?1 AND next_check_at > ?2",
            (page_id, seconds(at), why),
        )

    def _due(self, page_id: int, at: datetime, why: str) -> None:
        self._db.update(
            "pages", page_id, {"next_check_at": seconds(at), "next_check_why": why}
        )


def stories(db: Database, watch_id: WatchId) -> tuple[int, int]:
    """Return how many stories a watch found, and how many of them are looked at."""
    row = db.row(
        "SELECT count(*) AS found, count(next_check_at) AS followed FROM pages"
        " WHERE watch_id = ? AND by_hand = 0 AND kind = 'article'",
        (watch_id,),
    )
    return (0, 0) if row is None else (row["found"], row["followed"])


def join(db: Database, page_id: PageId, *, into: PageId) -> bool:
    """Make a page that nothing is on record of another address of a known one.

    Returns:
        False where something is on record of it, or a person asked for it; then nothing
        is done.
    """
    with db.transaction():
        is_blank = db.value(
            "SELECT checks = 0 AND by_hand = 0 AND latest_version_id IS NULL"
            " FROM pages WHERE id = ?",
            (page_id,),
        )
        if not is_blank:
            return False
        both = (into, page_id)
        db.run("UPDATE page_urls SET page_id = ? WHERE page_id = ?", both)
        db.run("UPDATE OR IGNORE listings SET page_id = ? WHERE page_id = ?", both)
        db.run("DELETE FROM listings WHERE page_id = ?", (page_id,))
        db.run("DELETE FROM pages WHERE id = ?", (page_id,))
    return True


def _differs(row: Row, place: int, is_whole: bool) -> bool:
    """Whether a row must be written; places only matter where newer push older off."""
    return row["standing"] != "listed" or (not is_whole and row["place"] != place)
