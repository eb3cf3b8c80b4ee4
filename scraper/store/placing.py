"""The text of a check in the order of time: a new version, or a sighting of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from scraper.errors import UnrecordableError
from scraper.model import Outcome, WatchKind
from scraper.store import articles, changes, pages, rows
from scraper.store.rows import moment, seconds

if TYPE_CHECKING:
    from datetime import datetime

    from scraper.model import Capture, Check, Comparison, Reading, SeenOn, Sha256
    from scraper.store.database import Database, Row

Origin: TypeAlias = Literal["first", "changed", "reread", "baseline"]

READ = frozenset(
    {Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED, Outcome.RESTORED, Outcome.MOVED}
)
"""Outcomes of a full answer that is believed."""


class Placing:
    """Puts one check's text where it belongs, inside a transaction.

    Attributes:
        is_late: The capture is older than another sighting, or from an archive: it
            says nothing of how the page stands now.
        baseline: Id of the earlier text re-read under newer rules, if it was stored.
        versions: Ids of other versions stored, the check's own last.
        changes: Ids of the changes recorded.
    """

    def __init__(self, db: Database, page: Row, check: Check, *, now: datetime) -> None:
        self._db = db
        self._page = page
        self._check = check
        self._now = now
        self.is_late = False
        self.baseline: int | None = None
        self.versions: list[int] = []
        self.changes: list[int] = []

    def run(self) -> int | None:
        """Write the text; return the id of the version that the capture shows.

        Raises:
            StoreError: A changed text without its comparison, or one without an edit.
        """
        check = self._check
        if check.page.kind is not WatchKind.ARTICLE:
            # A list is read for what it names, and has no text of its own.
            self.is_late = check.capture is not None and check.capture.source != "live"
            return None
        if check.outcome is Outcome.NOT_MODIFIED:
            if (latest := self._page["latest_version_id"]) is not None:
                self._sight(latest, check.checked_at, "304")
            return None
        capture = check.capture
        if capture is None or check.outcome not in READ:
            return None
        left, right = self._neighbours(capture.captured_at)
        self.is_late = right is not None or capture.source != "live"
        # A stay that must be split is not read again: both halves are its text.
        is_one_stay = left is not None and right is not None and left == right
        if check.baseline is not None and left is not None and not is_one_stay:
            left = self._reread(left, check.baseline)
        for row in (left, right):
            if row is not None and row["content_sha256"] == check.content_sha256:
                if not self.is_late and check.reading is not None:
                    self._agree(row, check.reading)
                return self._sighted(row, capture)
        if (
            check.reading is not None  # else these bytes were read before
            and check.content_sha256 is not None
            and self._is_new_text(left, check.reading)
        ):
            return self._place(
                check.reading, check.content_sha256, capture, left, right
            )
        return self._sighted(left, capture)

    def _is_new_text(self, left: Row | None, reading: Reading) -> bool:
        """Whether a reader would notice; the bytes differ in any case."""
        if left is None or self._check.comparison is not None:
            return True
        if left["rules"] != reading.rules:
            # Nothing was left to re-read: a new baseline, and no change. Without it
            # every later text would be compared with nothing.
            return not self.is_late
        if self._check.outcome in {Outcome.CHANGED, Outcome.NEW}:
            raise UnrecordableError(
                f"{self._page['url']}: a changed text without its comparison"
            )
        return False

    def _agree(self, version: Row, reading: Reading) -> None:
        """Note that newer rules read the same text.

        Else, where no body is left to re-read, every later text would be compared
        with nothing.
        """
        if version["rules"] != reading.rules:
            self._db.update("versions", version["id"], {"rules": reading.rules})

    def _neighbours(self, at: datetime) -> tuple[Row | None, Row | None]:
        left, right = neighbours(self._db, self._check.page.id, at)
        if right is not None and self._now < moment(right["first_seen_at"]):
            # Our clock was set back: what we just saw is still the newest.
            return self._row(self._page["latest_version_id"]), None
        return left, right

    def _place(
        self,
        reading: Reading,
        digest: Sha256,
        capture: Capture,
        left: Row | None,
        right: Row | None,
    ) -> int:
        """Store a text that neither neighbour has, with the changes around it."""
        comparison, onward = self._check.comparison, self._check.onward
        at = seconds(capture.captured_at)
        around = (
            right if left is not None and right and left["id"] == right["id"] else None
        )
        if around is not None:
            if onward is None:
                raise UnrecordableError(
                    f"{self._page['url']}: the text came back; compare onward, too"
                )
            left, around = self._split(around, at)
        origin: Origin = "baseline" if left is not None else "first"
        change_id = None
        version_id = self._next_id()
        if left is not None:
            at = max(at, left["last_seen_at" if right is None else "first_seen_at"])
            if comparison is not None:
                age, on = capture.cache_age_s, _rests_on(capture.source)
                told = f"{on}, {age} s old by its cache" if age else on
                new = {"id": version_id, "content_sha256": digest, "first_seen_at": at}
                change_id = self._change(left, new, comparison, seen_on=told)
                origin = "changed"
        self._version(
            reading,
            {
                "id": version_id,
                "origin": origin,
                "change_id": change_id,
                "first_seen_at": at,
                "last_seen_at": at,
                "last_seen_on": _rests_on(capture.source),
                "content_sha256": digest,
            },
        )
        middle = self._row(version_id)
        if onward is not None and middle is not None:
            if around is not None:
                self._come_back(middle, around, onward)
            elif right and right["change_id"] is None and right["origin"] == "first":
                change_id = self._change(middle, right, onward)
                self._db.update("versions", right["id"], {"change_id": change_id})
        self._settle()
        self.versions.append(version_id)
        return version_id

    def _split(self, around: Row, at: str) -> tuple[Row, Row]:
        """Split the stay of a text seen on both sides of another; return both halves.

        Only captures tell when it was seen; a 304 in between left no trace but the
        day's tally, so that each half is as long as can be shown.
        """
        seen = "SELECT captured_at, source FROM captures WHERE version_id = ?"
        found = (around["id"], at[:-1])
        before = self._db.row(
            f"{seen} AND captured_at < ? ORDER BY captured_at DESC LIMIT 1", found
        )
        after = self._db.row(
            f"{seen} AND captured_at >= ? ORDER BY captured_at LIMIT 1", found
        )
        ended = (
            around["first_seen_at"] if before is None else _cut(before["captured_at"])
        )
        began = around["last_seen_at"] if after is None else _cut(after["captured_at"])
        on = _rests_on("live" if before is None else before["source"])
        earlier = {"last_seen_at": ended, "last_seen_on": on}
        self._db.update("versions", around["id"], earlier)
        return around | earlier, around | {"first_seen_at": began}

    def _come_back(self, middle: Row, later: Row, onward: Comparison) -> None:
        """Store the later half of a split stay as a version with its change."""
        version_id = self._next_id()
        again = {name: later[name] for name in (*_OF_ITS_CAPTURE, "content_sha256")}
        again |= {"id": version_id, "origin": "changed"}
        again["change_id"] = self._change(middle, again, onward)
        self._version(articles.reading(self._db, later), again)
        self._db.run(
            "UPDATE captures SET version_id = ? WHERE version_id = ?"
            " AND captured_at >= ?",
            (version_id, later["id"], later["first_seen_at"][:-1]),
        )
        self.versions.append(version_id)

    def _reread(self, left: Row, baseline: Reading) -> Row:
        """Store the latest capture as the present rules read it."""
        digest = self._check.baseline_sha256
        if digest is None:
            raise UnrecordableError(f"{self._page['url']}: a baseline without its hash")
        if baseline.article == articles.load(self._db, left):
            self._db.update("versions", left["id"], {"rules": baseline.rules})
            return left | {"rules": baseline.rules}
        reread = {name: left[name] for name in _OF_ITS_CAPTURE} | {
            "id": self._next_id(),
            "origin": "reread",
            "content_sha256": digest,
        }
        self._version(baseline, reread)
        self.baseline = reread["id"]
        self._settle()
        return self._row(self.baseline) or left

    def _sighted(self, version: Row | None, capture: Capture) -> int | None:
        """Note a full answer that shows a version we have; return its id."""
        if version is None:
            return None
        on = _rests_on(capture.source)
        self._sight(version["id"], capture.captured_at, on)
        return int(version["id"])

    def _sight(self, version_id: int, at: datetime, what: SeenOn) -> None:
        told = seconds(at)
        self._db.run(
            "UPDATE versions SET last_seen_at = ?1, last_seen_on = ?2"
            " WHERE id = ?3 AND last_seen_at <= ?1",
            (told, what, version_id),
        )
        if self.is_late:
            self._db.run(
                "UPDATE versions SET first_seen_at = ?1"
                " WHERE id = ?2 AND first_seen_at > ?1",
                (told, version_id),
            )
            self._settle()

    # Rows.

    def _row(self, version_id: int) -> Row | None:
        return self._db.row("SELECT * FROM versions WHERE id = ?", (version_id,))

    def _next_id(self) -> int:
        # Nothing is ever deleted, and nobody else writes while we do.
        return int(self._db.value("SELECT coalesce(max(id), 0) + 1 FROM versions"))

    def _version(self, reading: Reading, values: Row) -> None:
        page_id = self._check.page.id
        number = self._db.value(
            "SELECT coalesce(max(number), 0) + 1 FROM versions WHERE page_id = ?",
            (page_id,),
        )
        values |= articles.lists_of(self._db, page_id, values["id"], reading.article)
        self._db.insert(
            "versions",
            values
            | {
                "page_id": page_id,
                "number": number,
            }
            | articles.columns(self._db, reading),
        )
        articles.save(self._db, values, reading.article)

    def _change(
        self,
        old: Row,
        new: Row,
        comparison: Comparison,
        *,
        seen_on: str | None = None,
    ) -> int:
        """Store a change between two versions; the newer one may not be stored yet.

        Args:
            old: Its row.
            new: Its row, or what is known of it.
            comparison: Of both.
            seen_on: What it rests on that the newer one was seen; None where that is
                the first response on record that shows it.
        """
        if seen_on is None:
            seen_on = _rests_on(
                self._db.value(
                    "SELECT source FROM captures WHERE page_id = ? AND captured_at >= ?"
                    " ORDER BY captured_at LIMIT 1",
                    (self._check.page.id, new["first_seen_at"][:-1]),
                )
                or "live"
            )
        if not comparison.edits:
            raise UnrecordableError(f"{self._page['url']}: a change without an edit")
        change_id = self._db.insert(
            "changes",
            {
                "ref": rows.change_ref(
                    self._page["key"],
                    old_sha256=old["content_sha256"],
                    new_sha256=new["content_sha256"],
                    old_last_seen_at=old["last_seen_at"],
                    new_first_seen_at=new["first_seen_at"],
                ),
                "page_id": self._check.page.id,
                "page_url": self._check.new_url or self._page["url"],
                "old_version_id": old["id"],
                "new_version_id": new["id"],
                "old_last_seen_at": old["last_seen_at"],
                "old_last_seen_on": old["last_seen_on"],
                "new_first_seen_at": new["first_seen_at"],
                "new_first_seen_on": seen_on,
                "recorded_at": seconds(self._now),
            }
            | rows.change_columns(comparison),
        )
        self._db.run_many(
            "INSERT INTO edits (change_id, number, field, op, before, after, position)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            rows.edit_rows(change_id, comparison.edits),
        )
        self.changes.append(change_id)
        return change_id

    def _settle(self) -> None:
        """Point the page at its newest version; bring its passages' stays in step."""
        page_id = self._check.page.id
        latest = self._db.value(
            "SELECT id FROM versions WHERE page_id = ?"
            " ORDER BY first_seen_at DESC, number DESC LIMIT 1",
            (page_id,),
        )
        self._db.update("pages", page_id, {"latest_version_id": latest})
        if self.is_late:
            changes.rebuild_stays(self._db, page_id)
        else:
            changes.extend_stays(self._db, page_id, latest)


_OF_ITS_CAPTURE = ("first_seen_at", "last_seen_at", "last_seen_on", "body_id")


def _rests_on(source: str) -> SeenOn:
    """Return what it rests on that a text was seen: on us, or on an archive's word."""
    return "full answer" if source == "live" else "archived answer"


def _cut(exact: str) -> str:
    """Return a capture's time in whole seconds."""
    return f"{exact[:19]}Z"


def neighbours(
    db: Database, page_id: int, at: datetime
) -> tuple[Row | None, Row | None]:
    """Return the versions seen before and after a time.

    They are the same one where that version was seen on both sides.
    """
    left, right = pages.neighbours(db, page_id, at)
    if left is not None and left["last_seen_at"] > seconds(at):
        right = left
    return left, right
