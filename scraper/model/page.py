"""The life of a page: its standing, its versions, one check of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Literal, NewType

from scraper.model.capture import Sha256

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from scraper.model.article import (
        Article,
        Comparison,
        JsonValue,
        Link,
        NoisePattern,
        NoiseSighting,
        Pointer,
        Reading,
    )
    from scraper.model.capture import Assessment, Capture, Validators
    from scraper.model.site import ActiveHours, WatchKind

PageId = NewType("PageId", int)
WatchId = NewType("WatchId", int)
VersionId = NewType("VersionId", int)


class Outcome(StrEnum):
    """What came of one check."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    NOT_MODIFIED = "not_modified"
    MISSING = "missing"
    REMOVED = "removed"
    RESTORED = "restored"
    MOVED = "moved"
    WITHDRAWN = "withdrawn"
    BLOCKED = "blocked"
    SUSPECT = "suspect"
    DISALLOWED = "disallowed"
    FAILED = "failed"
    UNREADABLE = "unreadable"


class State(StrEnum):
    """How a page stands between checks."""

    UNSEEN = "unseen"
    OK = "ok"
    FAILING = "failing"
    BLOCKED = "blocked"
    WITHDRAWN = "withdrawn"
    MISSING = "missing"
    REMOVED = "removed"
    MOVED_OUTSIDE = "moved_outside"
    DISALLOWED = "disallowed"
    SUSPECT = "suspect"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageState:
    """A page's standing, and what must be remembered to judge the next check.

    Attributes:
        state: How it stands.
        since: First sighting of that state.
        sightings: How many checks have seen it since.
        known_since: When the page itself was first seen; None: never. What was never
            seen cannot go missing.
        reason: Last error or evidence, one line.
        redirect_to: Where an unconfirmed redirect pointed.
        redirect_since: When it was first seen to, `redirect_sightings` how often in a
            row.
        held_sha256: Content hash of a suspect article held back.
        turns: What the page turned to lately, each with when, oldest first: the hash
            of a text, or what stood in its way (`not found`, `out of reach`). They show
            a page going to and fro, and a 403 that is there again.
        flapping_since: When it was first seen to do so; None while it does not.
    """

    state: State = State.UNSEEN
    since: datetime | None = None
    sightings: int = 0
    known_since: datetime | None = None
    reason: str | None = None
    redirect_to: str | None = None
    redirect_since: datetime | None = None
    redirect_sightings: int = 0
    held_sha256: Sha256 | None = None
    turns: tuple[tuple[str, datetime], ...] = ()
    flapping_since: datetime | None = None

    def as_dict(self) -> dict[str, JsonValue]:
        """Return plain JSON-able values; `from_dict` reads them back."""
        return {
            "state": str(self.state),
            "since": _text(self.since),
            "sightings": self.sightings,
            "known_since": _text(self.known_since),
            "reason": self.reason,
            "redirect_to": self.redirect_to,
            "redirect_since": _text(self.redirect_since),
            "redirect_sightings": self.redirect_sightings,
            "held_sha256": self.held_sha256,
            "turns": [[like, at.isoformat()] for like, at in self.turns],
            "flapping_since": _text(self.flapping_since),
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, JsonValue]) -> PageState:
        """Return the state that `as_dict` wrote; keys it lacks take their defaults."""
        held = _words(plain.get("held_sha256"))
        turns = plain.get("turns")
        return cls(
            state=State(_words(plain.get("state")) or State.UNSEEN),
            since=_moment(plain.get("since")),
            sightings=_count(plain.get("sightings")),
            known_since=_moment(plain.get("known_since")),
            reason=_words(plain.get("reason")),
            redirect_to=_words(plain.get("redirect_to")),
            redirect_since=_moment(plain.get("redirect_since")),
            redirect_sightings=_count(plain.get("redirect_sightings")),
            held_sha256=None if held is None else Sha256(held),
            turns=tuple(
                (str(turn[0]), datetime.fromisoformat(str(turn[1])))
                for turn in (turns if isinstance(turns, list) else ())
                if isinstance(turn, list)
            ),
            flapping_since=_moment(plain.get("flapping_since")),
        )


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _moment(value: JsonValue) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None


def _words(value: JsonValue) -> str | None:
    return value if isinstance(value, str) else None


def _count(value: JsonValue) -> int:
    return value if isinstance(value, int) else 0


EventKind = Literal[
    "published",
    "edited",
    "missing",
    "removed",
    "withdrawn",
    "restored",
    "moved",
    "moved_outside",
    "corrected",
    "failing",
    "blocked",
    "disallowed",
    "suspect",
    "unreadable",
    "recovered",
    "flapping",
    "delisted",
    "template_changed",
    "redesigned",
    "mass_edit",
    "mass_removal",
    "robots_changed",
    "certificate_failed",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something in a page's or site's life that belongs on a timeline.

    Attributes:
        first_seen_at: First sighting; `last_seen_at` the one that confirmed it.
        summary: One line of plain English.
        detail: Further facts as plain values, e.g. the address moved to.
    """

    kind: EventKind
    first_seen_at: datetime
    last_seen_at: datetime
    summary: str
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostEvidence:
    """What other pages of the same host answered lately: whose fault is a refusal?

    Counted over the other pages of the host, whatever their watch. The store counts
    each by its latest check, so a page is in one of the first two at most.

    Attributes:
        ok_pages: Latest check within the last hour, and it got the page itself:
            outcome new, changed, unchanged, not_modified, restored or moved.
        blocked_pages: Latest check within the last hour, and it was refused: outcome
            blocked or withdrawn.
        suspect_pages: In state suspect or unreadable since less than a day, and having
            a version from before.
        redesign_announced: A `redesigned` event of this host is less than a week old.
    """

    ok_pages: int = 0
    blocked_pages: int = 0
    suspect_pages: int = 0
    redesign_announced: bool = False


SeenOn = Literal["full answer", "304", "archived answer"]
"""On what it rests that a text was seen: a whole response, the server's word that it
was not modified, or what an archive kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """An article as stored.

    Attributes:
        number: In the order of recording, from 1; `first_seen_at` orders them in time.
        content_sha256: `comparison.content_sha256` of the article.
        rules: `Reading.rules` under which it was read.
        origin: Why it was stored: the page's `first`, a `changed` text, the same
            capture `reread` under newer rules, or a new `baseline` where no capture was
            left to re-read. Only a `changed` version ends a change.
        first_seen_at: When its first capture ended; `last_seen_at` the latest that
            confirmed it, and `last_seen_on` what that was.
        body_sha256: Address of the capture's body it was read from.
        encoding: `Reading.encoding`: how that body was decoded.
    """

    id: VersionId
    page_id: PageId
    number: int
    article: Article
    content_sha256: Sha256
    rules: str
    origin: Literal["first", "changed", "reread", "baseline"]
    first_seen_at: datetime
    last_seen_at: datetime
    last_seen_on: SeenOn
    body_sha256: Sha256 | None
    encoding: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A recorded comparison of two successive versions of a page.

    Attributes:
        ref: Derived from its content; survives merges and is what people cite.
        old_last_seen_at: The old text was seen last then, `old_last_seen_on` what
            that rests on; the change came after it ...
        new_first_seen_at: ... and before this, less what a cache may have added:
            `new_first_seen_on`, e.g. `full answer, 120 s old by its cache`.
        only_feed: The page itself was not seen, only what its feed says of it.
    """

    id: int
    ref: str
    page_id: PageId
    page_url: str
    site: str | None
    old_version: VersionId
    new_version: VersionId
    old_last_seen_at: datetime
    old_last_seen_on: str
    new_first_seen_at: datetime
    new_first_seen_on: str
    recorded_at: datetime
    title: str | None
    comparison: Comparison
    only_feed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupMember:
    """A page that takes part in what happens on many pages.

    Attributes:
        ref: Of the page's own change, None where the group is not of changes.
    """

    page_id: PageId
    page_url: str
    ref: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What happened on many pages of one publisher within a day, told once.

    Attributes:
        event: Of kind `mass_edit`, `mass_removal` or `template_changed`. Its times are
            those of the first and the last page seen so far; it grows for a day.
        publisher: The site, or the host where no file describes it.
        before: The phrase that went; `after` the one that came.
        significance: 0 to 1; that of a mass edit is more than any of its changes'.
    """

    id: int
    event: Event
    publisher: str
    before: str | None
    after: str | None
    significance: float
    members: tuple[GroupMember, ...]


MANY_PAGES: Final = 3
"""From so many on, what happened alike on pages of one publisher is one thing."""


def shared_significance(heaviest: float, pages: int) -> float:
    """Return what an edit weighs that many pages share, 0 to 1.

    More than on any single one of them, and more the more pages there are.

    Args:
        heaviest: What it weighs where it weighs most.
        pages: How many there are, at least one.
    """
    return 1 - (1 - heaviest) / pages


FoundAs = Literal["asked", "baseline", "new"]
"""How a page came to be known: a person named it, a watch's first pass found it, or a
later pass did. Only the last tells that a story is new."""

MOST_PAGES = 5000
"""Pages that one watch follows, unless its owner says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A standing order to follow a URL.

    Attributes:
        every: Fixed interval; None for the adaptive cadence.
        active_hours: When it looks at all; None: always.
        include: Regular expressions of which a discovered URL must match one.
        exclude: Regular expressions of which it must match none.
        most: Pages followed for it; beyond that the slowest are let go.
        feed_only: What a feed says of its stories is recorded, and their pages are not
            asked for.
    """

    id: WatchId
    url: str
    kind: WatchKind
    site: str | None
    every: timedelta | None
    active_hours: ActiveHours | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    most: int = MOST_PAGES
    feed_only: bool = False
    added_at: datetime
    paused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The identity of one article or listing, and how it stands.

    Attributes:
        key: What makes it the same page under many URLs: `urls.page_key`.
        url: Where it is asked for now.
        kind: What its watch follows.
        site: Name of its profile, None for a host without one.
        every: Fixed interval of its watch, None for the adaptive cadence.
        active_hours: When its watch looks at all; None: always.
        changes: How many are on record.
        found_as: How it came to be known.
        validators: For `url`; None asks for a full answer.
        next_check_at: When it is due, and `next_check_why`; None: nothing follows it.
        full_answer_at: When a full answer last came.
        latest: Its newest version.
        named: Keys of the stories that a listing, feed or sitemap named when seen last.
        host: What its siblings answered lately.
    """

    id: PageId
    key: str
    url: str
    kind: WatchKind
    site: str | None
    state: PageState = PageState()
    every: timedelta | None = None
    active_hours: ActiveHours | None = None
    changes: int = 0
    found_as: FoundAs = "new"
    added_at: datetime
    next_check_at: datetime | None = None
    next_check_why: str | None = None
    validators: Validators | None = None
    full_answer_at: datetime | None = None
    latest: Version | None = None
    named: frozenset[str] = frozenset()
    host: HostEvidence = HostEvidence()


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One attempt to look at one page, ready to be recorded in one transaction.

    Attributes:
        page: As it stood before.
        checked_at: When the attempt ended.
        outcome: What came of it.
        state: How the page stands now.
        next_check_at: When it is due again, and `next_check_why` in plain words.
        capture: None where no answer came.
        reading: None where the answer is not a page.
        content_sha256: Of `reading.article`.
        comparison: With `page.latest`; None unless the outcome is `changed` (or
            `restored` with a different text).
        baseline: The latest version re-read under the present rules, where those moved
            since it was recorded and its body is still there; `baseline_sha256` is the
            content hash of its article.
        onward: For a capture older than the page's newest version: how its text became
            the one seen next (`Store.neighbours`), None where they are the same.
        events: What belongs on the timeline.
        moving: Text that moved since the latest version while all else stood.
        learned: Noise that this check brought to light; `reading` is without it.
        furniture: Lines of the page outside its article, None where they were not
            looked at.
        pointers: Notes of the article that speak of other pages.
        discovered: Stories that a listing, feed or sitemap names, in its order.
        sitemaps: Further sitemaps that an index names; `published` is when each was
            written last.
        modified: Address to when a sitemap says that it was written last.
        next_url: Where a listing or feed goes on with older stories.
        new_url: The page's confirmed new address, for `moved`.
        error: Why, for `failed`, `disallowed` and `unreadable`.
    """

    page: Page
    checked_at: datetime
    outcome: Outcome
    state: PageState
    next_check_at: datetime
    next_check_why: str
    capture: Capture | None = None
    assessment: Assessment | None = None
    reading: Reading | None = None
    content_sha256: Sha256 | None = None
    comparison: Comparison | None = None
    baseline: Reading | None = None
    baseline_sha256: Sha256 | None = None
    onward: Comparison | None = None
    events: tuple[Event, ...] = ()
    moving: tuple[NoiseSighting, ...] = ()
    learned: tuple[NoisePattern, ...] = ()
    furniture: tuple[str, ...] | None = None
    pointers: tuple[Pointer, ...] = ()
    discovered: tuple[Link, ...] = ()
    sitemaps: tuple[Link, ...] = ()
    modified: Mapping[str, str] = field(default_factory=dict)
    next_url: str | None = None
    new_url: str | None = None
    error: str | None = None
