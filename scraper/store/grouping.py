"""What happens on many pages at once: mass edits, mass removals, template changes.

Runs inside the transaction that records a check. A group grows for a day after the last
page joined it; each page keeps its own change and its own events.
"""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from scraper import noise
from scraper.comparison import Swap, phrase_pair, swaps
from scraper.model import (
    MANY_PAGES,
    Group,
    GroupMember,
    PageId,
    shared_significance,
)
from scraper.store import bodies, changes, rows
from scraper.store.rows import moment, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from scraper.model import Check, EventKind
    from scraper.store.database import Database, Row

WITHIN: Final = timedelta(days=1)
LOST: Final[tuple[EventKind, ...]] = ("removed", "withdrawn", "moved_outside")
_LATEST: Final = 100
"""Pages looked at beside one; a group may have any number."""
_LONGEST_TOLD = 300
_KEY_DIGITS: Final = 24
"""Of a sha256: no two swaps share them by chance, and each is stored twice."""
_DICTIONARIES: Final = 8
"""Kinds of furniture that a publisher's pages are packed with, each kept for good."""
_GROUP_OF = (
    " FROM groups g JOIN events e ON e.id = g.event_id"
    " WHERE g.publisher = ?1 AND e.kind = ?2 AND g.key = ?3"
    " AND e.last_seen_at >= ?4 AND e.first_seen_at <= ?5 ORDER BY e.id DESC LIMIT 1"
)


class _Found(NamedTuple):
    """What several pages have in common, ready to be told.

    Attributes:
        members: Pages, each with its own change if it is one of changes.
        told: What is said before the number of pages, and what after it.
    """

    kind: EventKind
    key: str
    members: dict[int, int | None]
    first: str
    last: str
    told: tuple[str, str]
    significance: float
    before: str | None = None
    after: str | None = None


class Grouping:
    """One check, looked at beside those of the publisher's other pages."""

    def __init__(self, db: Database, check: Check, page: Row, *, now: datetime) -> None:
        self._db = db
        self._check = check
        self._page_id = page["id"]
        self._publisher = page["site"] or page["host"]
        self._now = now

    def run(self, change_ids: Sequence[int], *, is_late: bool) -> None:
        """Record what the check has in common with others."""
        for change_id in change_ids:
            self._edited(change_id)
        if any(event.kind in LOST for event in self._check.events):
            self._lost()
        if self._check.furniture is not None and not is_late:
            self._refurnished(self._check.furniture)

    # The same words, swapped on several pages.

    def _edited(self, change_id: int) -> None:
        (change,) = changes.select(
            self._db, where="c.id = ?", parameters=(change_id,), limit=1
        )
        at = change.new_first_seen_at
        found = []
        for swap in swaps(change.comparison.edits):
            told = swap.key.encode("utf-8", "surrogatepass")
            key = hashlib.sha256(told).hexdigest()[:_KEY_DIGITS]
            self._db.run(
                "INSERT INTO replacements (change_id, key, publisher, seen_at,"
                " before, after, around) VALUES (?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                (
                    change_id, key, self._publisher, seconds(at),
                    _cut(swap.before), _cut(swap.after),
                    rows.as_json([swap.left, swap.right]),
                ),
            )  # fmt: skip
            if (same := self._mass_edit(key, at)) is not None:
                found.append(same)
        known = [one for one in found if self._known(one) is not None]
        # A paragraph written anew on every page is one edit of many swaps: told once.
        new = sorted(found, key=_weight, reverse=True)[:1]
        for one in known or new:
            self._tell(one)

    def _mass_edit(self, key: str, at: datetime) -> _Found | None:
        same = self._db.rows(
            "SELECT r.*, c.page_id, c.significance FROM replacements r"
            " JOIN changes c ON c.id = r.change_id"
            " WHERE r.publisher = ? AND r.key = ? AND r.seen_at BETWEEN ? AND ?"
            " ORDER BY r.seen_at DESC, r.change_id DESC LIMIT ?",
            (self._publisher, key, seconds(at - WITHIN), seconds(at + WITHIN), _LATEST),
        )
        members: dict[int, int | None] = {}
        for row in reversed(same):
            members.setdefault(row["page_id"], row["change_id"])
        if len(members) < MANY_PAGES:
            return None
        pair = phrase_pair([_swap(row) for row in same])
        if pair is None:
            return None
        most = max(row["significance"] for row in same)
        return _Found(
            kind="mass_edit",
            key=key,
            members=members,
            first=same[-1]["seen_at"],
            last=same[0]["seen_at"],
            told=("", f" pages: {_said(*pair)}"),
            significance=shared_significance(most, len(members)),
            before=pair[0],
            after=pair[1],
        )

    # Several pages gone.

    def _lost(self) -> None:
        at = min(e.first_seen_at for e in self._check.events if e.kind in LOST)
        gone = self._db.rows(
            "SELECT e.page_id, min(e.first_seen_at) AS seen_at"
            " FROM events e JOIN pages p ON p.id = e.page_id"
            " WHERE coalesce(p.site, p.host) = ? AND e.kind IN (?, ?, ?)"
            " AND e.first_seen_at BETWEEN ? AND ? GROUP BY e.page_id"
            " ORDER BY 2 DESC, 1 DESC LIMIT ?",
            (
                self._publisher,
                *LOST,
                seconds(at - WITHIN),
                seconds(at + WITHIN),
                _LATEST,
            ),
        )
        if len(gone) >= MANY_PAGES:
            self._tell(
                _Found(
                    kind="mass_removal",
                    key="",
                    members=dict.fromkeys(row["page_id"] for row in gone),
                    first=gone[-1]["seen_at"],
                    last=gone[0]["seen_at"],
                    told=("", " pages gone within a day"),
                    significance=1 - 1 / (2 * len(gone)),
                )
            )

    # The same lines moved around several articles.

    def _refurnished(self, lines: tuple[str, ...]) -> None:
        text = "\n".join(lines).encode("utf-8", "surrogatepass")
        digest = hashlib.sha256(text).digest()
        known = self._db.row(
            "SELECT * FROM page_furniture WHERE page_id = ?", (self._page_id,)
        )
        if known is not None and known["sha256"] == digest:
            return
        before = None if known is None else self._furniture(known)
        dictionary_id, content = self._packed(text)
        self._db.run(
            "INSERT INTO page_furniture (page_id, sha256, dictionary_id, size, lines)"
            " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE"
            " SET sha256 = ?2, dictionary_id = ?3, size = ?4, lines = ?5",
            (self._page_id, digest, dictionary_id, len(text), content),
        )
        if before is None:
            return
        latest, reading = self._check.page.latest, self._check.reading
        gone, come = noise.furniture_moved(
            before.decode("utf-8", "surrogatepass").split("\n"),
            lines,
            stories=[one.article for one in (latest, reading) if one is not None],
        )
        moves = [("removed", line) for line in gone] + [
            ("added", line) for line in come
        ]
        if moves:
            self._moved(moves)

    def _packed(self, text: bytes) -> tuple[int, bytes]:
        """Return text and the dictionary it packs best with, the first that serves."""
        known = self._db.rows(
            "SELECT * FROM furniture_dictionaries WHERE publisher = ?"
            " ORDER BY id DESC LIMIT ?",
            (self._publisher, _DICTIONARIES),
        )
        packed = [
            (row["id"], bodies.compress(text, _unpacked(row)), len(row["lines"]))
            for row in known
        ]
        for dictionary_id, content, whole in packed:
            if len(content) * 2 < whole:
                return dictionary_id, content
        if len(known) == _DICTIONARIES:
            # As many kinds of pages as that: they have little in common.
            best = min(packed, key=lambda one: len(one[1]))
            return best[0], best[1]
        values = {"publisher": self._publisher, "size": len(text)}
        made = self._db.insert(
            "furniture_dictionaries", values | {"lines": bodies.compress(text, None)}
        )
        return made, bodies.compress(text, text)

    def _furniture(self, row: Row) -> bytes:
        dictionary = self._db.row(
            "SELECT * FROM furniture_dictionaries WHERE id = ?", (row["dictionary_id"],)
        )
        behind = None if dictionary is None else _unpacked(dictionary)
        return bodies.decompress(row["lines"], behind, size=row["size"])

    def _moved(self, moves: Sequence[tuple[str, str]]) -> None:
        at = seconds(self._check.checked_at)
        since = seconds(self._check.checked_at - WITHIN)
        self._db.run(
            "DELETE FROM furniture_moves WHERE page_id = ? AND seen_at < ?",
            (self._page_id, since),
        )
        self._db.run_many(
            "INSERT INTO furniture_moves (publisher, line, op, page_id, seen_at)"
            " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET seen_at = ?5",
            [(self._publisher, line, op, self._page_id, at) for op, line in moves],
        )
        pages: dict[int, str] = {}
        told: dict[str, list[str]] = {"removed": [], "added": []}
        for op, line in moves:
            same = self._db.rows(
                "SELECT page_id, seen_at FROM furniture_moves WHERE publisher = ?"
                " AND line = ? AND op = ? AND seen_at >= ?"
                " ORDER BY seen_at DESC LIMIT ?",
                (self._publisher, line, op, since, _LATEST),
            )
            if len(same) >= MANY_PAGES:
                pages |= {row["page_id"]: row["seen_at"] for row in same}
                told[op].append(line)
        if pages:
            gone, come = (" / ".join(told[op]) for op in ("removed", "added"))
            self._tell(
                _Found(
                    kind="template_changed",
                    key="",
                    members=dict.fromkeys(pages),
                    first=min(pages.values()),
                    last=max(pages.values()),
                    told=("Around the articles of ", f" pages: {_said(gone, come)}"),
                    significance=0.0,
                    before=_cut(gone) or None,
                    after=_cut(come) or None,
                )
            )

    # Telling it.

    def _known(self, found: _Found) -> int | None:
        row = self._db.row(
            "SELECT e.id" + _GROUP_OF,
            (
                self._publisher,
                found.kind,
                found.key,
                seconds(moment(found.last) - WITHIN),
                seconds(moment(found.first) + WITHIN),
            ),
        )
        return None if row is None else int(row["id"])

    def _tell(self, found: _Found) -> None:
        """Make the group's event, or let it grow."""
        event_id = self._known(found)
        if event_id is None:
            event_id = self._db.insert(
                "events",
                {
                    "site": self._publisher,
                    "kind": found.kind,
                    "first_seen_at": found.first,
                    "last_seen_at": found.last,
                    "summary": "",
                    "recorded_at": seconds(self._now),
                },
            )
            self._db.insert(
                "groups",
                {
                    "event_id": event_id,
                    "publisher": self._publisher,
                    "key": found.key,
                    "before": found.before,
                    "after": found.after,
                    "pages": 0,
                    "significance": 0.0,
                },
            )
        self._db.run_many(
            "INSERT INTO group_members (event_id, page_id, change_id) VALUES (?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            [(event_id, page, change) for page, change in found.members.items()],
        )
        self._grow(event_id, found)

    def _grow(self, event_id: int, found: _Found) -> None:
        pages = self._db.value(
            "SELECT count(*) FROM group_members WHERE event_id = ?", (event_id,)
        )
        summary = f"{found.told[0]}{pages}{found.told[1]}"
        detail = {
            "pages": str(pages),
            "before": found.before or "",
            "after": found.after or "",
            "significance": f"{found.significance:.3f}",
        }
        self._db.run(
            "UPDATE events SET first_seen_at = min(first_seen_at, ?),"
            " last_seen_at = max(last_seen_at, ?), summary = ?, detail = ?"
            " WHERE id = ?",
            (found.first, found.last, summary, rows.as_json(detail), event_id),
        )
        self._db.run(
            "UPDATE groups SET before = ?, after = ?, pages = ?,"
            " significance = max(significance, ?) WHERE event_id = ?",
            (found.before, found.after, pages, found.significance, event_id),
        )


_GROUPS = (
    "SELECT e.*, NULL AS what_changed, g.publisher, g.before, g.after, g.significance"
)
_MOST_FIRST = " ORDER BY g.significance DESC, e.last_seen_at DESC, e.id DESC"


def groups(
    db: Database, *, since: datetime | None, publisher: str | None, limit: int
) -> list[Group]:
    """Return groups, the most significant first."""
    found = db.rows(
        f"{_GROUPS} FROM groups g JOIN events e ON e.id = g.event_id"
        " WHERE (?1 IS NULL OR e.last_seen_at >= ?1)"
        f" AND (?2 IS NULL OR g.publisher = ?2) {_MOST_FIRST} LIMIT ?3",
        (None if since is None else seconds(since), publisher, limit),
    )
    return [_group(db, row) for row in found]


def groups_of(db: Database, change_id: int) -> list[Group]:
    """Return the groups that a change is part of, the most significant first."""
    found = db.rows(
        f"{_GROUPS} FROM group_members m CROSS JOIN groups g USING (event_id)"
        f" JOIN events e ON e.id = g.event_id WHERE m.change_id = ? {_MOST_FIRST}",
        (change_id,),
    )
    return [_group(db, row) for row in found]


def _group(db: Database, row: Row) -> Group:
    members = db.rows(
        "SELECT m.page_id, p.url, c.ref FROM group_members m"
        " JOIN pages p ON p.id = m.page_id LEFT JOIN changes c ON c.id = m.change_id"
        " WHERE m.event_id = ? ORDER BY m.page_id",
        (row["id"],),
    )
    return Group(
        id=row["id"],
        event=rows.event(row),
        publisher=row["publisher"],
        before=row["before"],
        after=row["after"],
        significance=row["significance"],
        members=tuple(
            GroupMember(
                page_id=PageId(member["page_id"]),
                page_url=member["url"],
                ref=member["ref"],
            )
            for member in members
        ),
    )


def _unpacked(row: Row) -> bytes:
    return bodies.decompress(row["lines"], None, size=row["size"])


def _swap(row: Row) -> Swap:
    left, right = json.loads(row["around"])
    return Swap(
        before=row["before"], after=row["after"], left=tuple(left), right=tuple(right)
    )


def _weight(found: _Found) -> tuple[int, int]:
    said = (found.before or "") + (found.after or "")
    return len(found.members), len(said)


def _said(before: str, after: str) -> str:
    if before and after:
        return f"\u201c{_cut(before)}\u201d became \u201c{_cut(after)}\u201d"
    if after:
        return f"\u201c{_cut(after)}\u201d was added"
    return f"\u201c{_cut(before)}\u201d was taken out"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TOLD else f"{text[:_LONGEST_TOLD]}\u2026"
