"""The database as the rest of Govwatch sees it: values in, values out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

from scraper.errors import StoreError
from scraper.model import MOST_PAGES
from scraper.store import (
    bodies,
    care,
    changes,
    due,
    events,
    following,
    grouping,
    hosts,
    ledger,
    lookup,
    noise,
    pages,
    placing,
    questions,
    recording,
    verification,
)
from scraper.store.browsing import Browsing
from scraper.store.database import Database, Mode
from scraper.store.evidence import write_evidence
from scraper.store.export import Exported, captures, export
from scraper.store.outbox import Outbox
from scraper.store.pages import FoundPage, VersionLine
from scraper.store.questions import QUESTIONS, Question
from scraper.store.upkeep import Upkeep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime, timedelta
    from types import TracebackType
    from typing import BinaryIO, TextIO

    from scraper.model import (
        ActiveHours,
        Capture,
        Change,
        Check,
        Event,
        Group,
        HostState,
        NoisePattern,
        Page,
        PageId,
        Rule,
        Sha256,
        Version,
        VersionId,
        Watch,
        WatchId,
        WatchKind,
    )
    from scraper.store.lookup import Gap, Hit, PhraseStay, Status
    from scraper.store.noise import KnownNoise
    from scraper.store.recording import Recorded
    from scraper.store.verification import Fault


class Store:
    """One database. Threads may share it; so may processes, each with its own.

    Every method raises `StoreError` where the database cannot be used, saying what to
    do. Times come back in whole seconds, but for captures and hosts.

    Attributes:
        browsing: What the web pages ask of it.
        outbox: What is to be told of it.
        upkeep: What the daemon asks of it, and how that one fares.
    """

    def __init__(
        self, db: Database, clock: Callable[[], datetime], rules: Sequence[Rule] = ()
    ) -> None:
        self._db = db
        self._clock = clock
        self.browsing = Browsing(db)
        self.outbox = Outbox(db=db, clock=clock, rules=tuple(rules))
        self.upkeep = Upkeep(db, clock)

    @classmethod
    def open(
        cls,
        path: Path | str,
        *,
        mode: Mode,
        clock: Callable[[], datetime],
        rules: Sequence[Rule] = (),
    ) -> Self:
        """Open the database at `path`.

        Args:
            path: A file.
            mode: `create` makes it if need be; `write` and `read` never do.
            clock: The time, aware.
            rules: By which what is recorded becomes deliveries, in the same commit.

        Raises:
            StoreError: There is none, it is not ours, it is newer than the program or
                older, or it cannot be written.
        """
        return cls(Database(Path(path), mode=mode), clock, rules)

    def close(self) -> None:
        """Close the file; the store is of no use any more."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # What is followed.

    def add_watch(
        self,
        *,
        url: str,
        kind: WatchKind,
        site: str | None,
        key: str,
        every: timedelta | None = None,
        active_hours: ActiveHours | None = None,
        include: tuple[str, ...] = (),
        exclude: tuple[str, ...] = (),
        most: int = MOST_PAGES,
        feed_only: bool = False,
    ) -> Watch:
        """Follow `url`: make its page, due now. A URL is watched once.

        Returns:
            The watch; the existing one, as it is, where `url` is watched already (ask
            `watch` first to tell the two apart).
        """
        found = FoundPage(url=url, key=key, kind=kind, site=site, every=every)
        return due.add_watch(
            self._db,
            found,
            now=self._clock(),
            active_hours=active_hours,
            include=include,
            exclude=exclude,
            most=most,
            feed_only=feed_only,
        )

    def watches(self) -> list[Watch]:
        """Return what is followed, paused or not, in the order of adding."""
        return due.watches(self._db)

    def watch(self, reference: str | int) -> Watch | None:
        """Return the watch of that id or URL."""
        return due.watch(self._db, reference)

    def stories(self, watch_id: WatchId) -> tuple[int, int]:
        """Return how many stories a watch found, and how many of them are looked at."""
        return following.stories(self._db, watch_id)

    def watch_of(self, page_id: PageId) -> Watch | None:
        """Return the watch that a page is followed for."""
        watch_id = self._db.value("SELECT watch_id FROM pages WHERE id = ?", (page_id,))
        return None if watch_id is None else due.watch(self._db, watch_id)

    def remove_watch(self, reference: str | int) -> Watch:
        """Follow it no longer: its pages and their history stay, no longer due."""
        found = self._known_watch(reference)
        due.stop_watch(self._db, found, now=self._clock(), removed=True)
        return found

    def pause_watch(self, reference: str | int) -> Watch:
        """Let its pages fall due no more until it is resumed."""
        found = self._known_watch(reference)
        due.stop_watch(self._db, found, now=self._clock(), removed=False)
        return self._known_watch(reference)

    def resume_watch(self, reference: str | int) -> Watch:
        """Let its pages fall due again, now."""
        due.resume_watch(self._db, self._known_watch(reference), now=self._clock())
        return self._known_watch(reference)

    def _known_watch(self, reference: str | int) -> Watch:
        found = due.watch(self._db, reference)
        if found is None:
            raise StoreError(f"no watch {reference}; `govwatch watch list` shows all")
        return found

    # Pages.

    def ensure_page(
        self,
        *,
        url: str,
        key: str,
        kind: WatchKind,
        site: str | None,
        watch_id: WatchId | None = None,
        due: bool = True,
    ) -> Page:
        """Return the page of that key or URL, made if need be.

        Args:
            url: Safe and canonical.
            key: `urls.page_key` of it.
            kind: What it is read as.
            site: Name of its profile.
            watch_id: What it is followed for.
            due: Whether a new page is to be checked by the daemon.
        """
        found = FoundPage(url=url, key=key, kind=kind, site=site, due=due)
        with self._db.transaction():
            page_id, _ = pages.ensure(
                self._db, found, now=self._clock(), watch_id=watch_id
            )
        return self._page(page_id)

    def join(self, page_id: PageId, *, into: PageId) -> bool:
        """Make a page that nothing is on record of another address of a known one.

        Returns whether that could be done.
        """
        return following.join(self._db, page_id, into=into)

    def page(self, reference: str | int) -> Page | None:
        """Return the page of that id, URL (any it ever had) or key."""
        row = pages.find(self._db, reference)
        return None if row is None else pages.page(self._db, row, now=self._clock())

    def page_id(self, reference: str | int) -> PageId | None:
        """Return the id of the page that `page` would: much less is read."""
        row = pages.find(self._db, reference)
        return None if row is None else row["id"]

    def pages(self, *, site: str | None = None) -> list[Page]:
        """Return all pages, or a site's, in the order of adding."""
        found = self._db.rows(
            "SELECT * FROM pages WHERE ?1 IS NULL OR site = ?1 ORDER BY id", (site,)
        )
        return [pages.page(self._db, row, now=self._clock()) for row in found]

    def claim_due(self, *, limit: int, lease: timedelta, holder: str) -> list[Page]:
        """Lease due pages to `holder`: one of each free host, added by hand first."""
        now = self._clock()
        found = due.claim_due(
            self._db, now=now, limit=limit, lease=lease, holder=holder
        )
        return [pages.page(self._db, row, now=now) for row in found]

    def claim(self, page_id: PageId, *, lease: timedelta, holder: str) -> Page | None:
        """Lease one page, due or not; None where somebody else holds it."""
        now = self._clock()
        row = due.claim(self._db, page_id, now=now, lease=lease, holder=holder)
        return None if row is None else pages.page(self._db, row, now=now)

    def release(
        self, page_id: PageId, *, until: datetime | None = None, why: str | None = None
    ) -> None:
        """Give a page back unchecked: due as before, or at `until` because of `why`."""
        due.release(self._db, page_id, until=until, why=why)

    def _page(self, page_id: PageId) -> Page:
        found = self.page(page_id)
        if found is None:
            raise StoreError(f"page {page_id}: not in this database")
        return found

    # Hosts: `model.HostLedger`.

    def take(
        self, host: str, *, now: datetime, lease: timedelta
    ) -> HostState | datetime:
        """Take `host` for one request, or learn when to ask again."""
        return hosts.take(self._db, host, now=now, lease=lease)

    def give_back(self, state: HostState) -> None:
        """Record what the request taught about the host, and free it."""
        hosts.give_back(self._db, state, now=self._clock())

    # Recording.

    def record(
        self, check: Check, *, found: Sequence[FoundPage] | None = None
    ) -> Recorded:
        """Record `check` in one transaction, exactly once.

        Writes the capture with its body, a new version with its change and edits,
        events with their deliveries, the page's state, validators and next due time,
        the day's tally and the ledger; ends the page's lease.

        `found` is what a listing, feed or sitemap names, in its order, None where it
        could not be read: what is new is followed from now on, what is missing out of
        turn is looked at early and, missing again, `delisted`.

        A capture older than the page's newest version goes where it belongs in time:
        then `check.comparison` is with the version before it and `check.onward` with
        the one after it (`neighbours`). No recorded change is rewritten.

        Raises:
            SupersededError: `check.page.latest` is the latest no longer; nothing was
                written.
            StoreError: A change without edits, or a changed text without its change.
        """
        return recording.record(self._db, check, self.outbox, found=found)

    def add_event(
        self, event: Event, *, site: str | None, page_id: PageId | None = None
    ) -> None:
        """Record an event of a site or page, once."""
        with self._db.transaction():
            last = self.outbox.last_event()
            events.add(self._db, event, page_id=page_id, site=site, now=self._clock())
            self.outbox.take_in(after=last)

    # Learned noise.

    def noise(self, host: str) -> tuple[NoisePattern, ...]:
        """Return what is known to change by itself on the pages of a host."""
        return tuple(known.pattern for known in noise.in_force(self._db, host=host))

    def known_noise(self) -> list[KnownNoise]:
        """Return all learned noise in force, with its evidence, the oldest first."""
        return noise.in_force(self._db)

    def remove_noise(self, number: int) -> NoisePattern:
        """Compare what a pattern left out from now on; nothing recorded changes.

        Raises:
            StoreError: None of that number is in force.
        """
        removed = noise.remove(self._db, number, now=self._clock())
        if removed is None:
            raise StoreError(
                f"no learned noise {number}; `govwatch site noise` lists them"
            )
        return removed

    def neighbours(
        self, page_id: PageId, at: datetime
    ) -> tuple[Version | None, Version | None]:
        """Return the versions seen before and after `at`.

        They are the same one where that version was seen on both sides.
        """
        left, right = placing.neighbours(self._db, page_id, at)
        return (
            None if left is None else pages.version(self._db, left["id"]),
            None if right is None else pages.version(self._db, right["id"]),
        )

    # Reading.

    def body(self, digest: Sha256) -> bytes | None:
        """Return the body of that sha256, checked; None if it is not kept."""
        return bodies.find(self._db, digest)

    def captures(self, page_id: PageId) -> list[Capture]:
        """Return a page's kept captures with their bodies, in the order of time."""
        return pages.captures(self._db, page_id)

    def kept_captures(
        self,
        *,
        since: datetime | None,
        site: str | None,
        progress: Callable[[int, int], None],
    ) -> Iterator[Capture]:
        """Yield all captures whose bodies are kept; of a site, received since then."""
        return captures(self._db, since=since, site=site, progress=progress)

    def has_capture(self, page_id: PageId, at: datetime) -> bool:
        """Whether an answer received then is on record, from whatever source."""
        return pages.has_capture(self._db, page_id, at)

    def version(self, version_id: VersionId) -> Version | None:
        """Return a version with its article."""
        return pages.version(self._db, version_id)

    def versions(self, page_id: PageId) -> list[VersionLine]:
        """Return a page's versions in the order of time, without their articles."""
        return pages.version_lines(self._db, page_id)

    def versions_in_force(self, *, site: str | None = None) -> list[VersionId]:
        """Return the newest version of each article, of a site or of all."""
        return pages.versions_in_force(self._db, site)

    def version_at(self, page_id: PageId, at: datetime) -> Version | None:
        """Return what a page said at a time, as far as is known."""
        left, _ = pages.neighbours(self._db, page_id, at)
        return None if left is None else pages.version(self._db, left["id"])

    def change(self, reference: str | int) -> Change | None:
        """Return the change of that id, ref or beginning of a ref.

        Raises:
            StoreError: Several refs begin so.
        """
        return changes.by_reference(self._db, reference)

    def changes(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        site: str | None = None,
        page_id: PageId | None = None,
        silent_only: bool = False,
        min_significance: float = 0.0,
        limit: int = 50,
    ) -> list[Change]:
        """Return the changes that meet every condition given, newest first.

        Args:
            since: First seen then or later.
            until: First seen before then.
            site: Of its pages.
            page_id: Of that page.
            silent_only: Only those that the page does not own up to.
            min_significance: At least that.
            limit: At most so many.
        """
        return changes.matching(
            self._db,
            since=since,
            until=until,
            site=site,
            page_id=page_id,
            silent_only=silent_only,
            min_significance=min_significance,
            limit=limit,
        )

    def events(
        self,
        *,
        page_id: PageId | None = None,
        site: str | None = None,
        limit: int = 1000,
    ) -> list[Event]:
        """Return events oldest first; of a page, of a site and its pages, or all."""
        return events.matching(self._db, page_id=page_id, site=site, limit=limit)

    def groups(
        self,
        *,
        since: datetime | None = None,
        publisher: str | None = None,
        limit: int = 50,
    ) -> list[Group]:
        """Return what happened on many pages at once, the most significant first.

        Args:
            since: Still growing then or later.
            publisher: A site, or a host that no file describes.
            limit: At most so many.
        """
        return grouping.groups(self._db, since=since, publisher=publisher, limit=limit)

    def groups_of(self, change_id: int) -> list[Group]:
        """Return the groups that a change is part of, the most significant first."""
        return grouping.groups_of(self._db, change_id)

    # Asking.

    def phrase(self, words: str, *, most_pages: int | None = None) -> list[PhraseStay]:
        """Return where and when these words stood in a row, by page and time.

        Args:
            words: As they are read; case and accents do not matter.
            most_pages: Only that many pages, those with the newest such passages.
        """
        return lookup.phrase(self._db, words, most_pages=most_pages)

    def search(self, words: str, *, limit: int = 50) -> list[Hit]:
        """Return passages of any version that hold all words, the best first."""
        return lookup.search(self._db, words, limit=limit)

    def gaps(
        self,
        *,
        site: str | None = None,
        page_id: PageId | None = None,
        limit: int = 1000,
    ) -> list[Gap]:
        """Return when nobody was able to see pages, the latest first."""
        return lookup.gaps(self._db, site=site, page_id=page_id, limit=limit)

    def status(self) -> Status:
        """Count what is here, and how it fares."""
        return lookup.status(self._db, now=self._clock())

    def questions(self) -> tuple[Question, ...]:
        """Return the saved queries."""
        return QUESTIONS

    def ask(self, name: str, **parameters: str) -> list[dict[str, object]]:
        """Run a saved query.

        Raises:
            StoreError: There is none of that name, or a parameter is missing.
        """
        return questions.ask(self._db, name, parameters)

    # Proof and care.

    def verify(
        self, progress: Callable[[int, int], None] = lambda _done, _total: None
    ) -> list[Fault]:
        """Recompute bodies, passages, versions and ledger; return what is wrong.

        The store must be open for writing: SQLite asks for it to check its own index.

        Args:
            progress: Told how many rows of how many are done.
        """
        return verification.verify(self._db, progress)

    def ledger_row(self, sha256: str) -> int | None:
        """Return the number of the ledger's row of that hash, None if there is none.

        Whoever kept a hash knows by it, and by `verify`, that all up to that row is as
        it was when they were given it.
        """
        return ledger.row_of(self._db, sha256)

    def evidence(
        self,
        change: Change,
        stream: BinaryIO,
        *,
        comparison_page: str | None = None,
    ) -> None:
        """Write a zip archive about a change that others can check without us.

        Args:
            change: One of this record's.
            stream: Where to.
            comparison_page: A self-contained HTML page of the two texts, from `report`.
        """
        write_evidence(self._db, change, stream, comparison_page=comparison_page)

    def backup(self, folder: Path | str, *, keep: int = 7) -> Path:
        """Write a checked copy into `folder`; drop all but the newest `keep`.

        Raises:
            StoreError: Too little room, or the copy is damaged; nothing was dropped.
        """
        return care.backup(self._db, Path(folder), keep=keep, now=self._clock())

    def drop_bodies(self, *, older_than: timedelta) -> int:
        """Drop response bodies received longer ago than that; return how many.

        Never one of a version in force, never one that another is compressed with;
        never a text, a change or a row of the ledger. Others may write in between.
        """
        return care.drop_bodies(self._db, before=self._clock() - older_than)

    def checkpoint(self) -> int:
        """Empty the write-ahead log into the file; return the bytes it still has."""
        return care.checkpoint(self._db)

    @staticmethod
    def migrate(
        path: Path | str, *, backups: Path | str, clock: Callable[[], datetime]
    ) -> Path | None:
        """Bring an older database up to date; return its backup, None if it was."""
        return care.migrate(Path(path), backups=Path(backups), now=clock())

    def export(
        self,
        what: Exported,
        stream: TextIO,
        *,
        as_csv: bool = False,
        progress: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> int:
        """Write pages, versions, changes or edits as JSON lines or CSV.

        Returns:
            How many rows.
        """
        return export(self._db, what, stream, as_csv=as_csv, progress=progress)
