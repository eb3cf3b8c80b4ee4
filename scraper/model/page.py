"""The life of a page: its standing, its versions, one check of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, NewType

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from scraper.model.article import Article, Comparison, Link, Reading
    from scraper.model.capture import Assessment, Capture, Sha256, Validators
    from scraper.model.site import WatchKind

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
        sightings: How many checks in a row have seen it.
        reason: Last error or evidence, one line.
        redirect_to: Where an unconfirmed redirect pointed.
        redirect_sightings: How often in a row it did.
        held_sha256: Content hash of a suspect article held back.
    """

    state: State = State.UNSEEN
    since: datetime | None = None
    sightings: int = 0
    reason: str | None = None
    redirect_to: str | None = None
    redirect_sightings: int = 0
    held_sha256: Sha256 | None = None


EventKind = Literal[
    "published",
    "edited",
    "missing",
    "removed",
    "withdrawn",
    "restored",
    "moved",
    "moved_outside",
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

    Attributes:
        ok_pages: Other pages that answered with a page within the last hour.
        blocked_pages: Other pages that are blocked or forbidden in that time.
    """

    ok_pages: int = 0
    blocked_pages: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """An article as stored.

    Attributes:
        number: 1 for the page's first.
        content_sha256: `comparison.content_sha256` of the article.
        rules: `Reading.rules` under which it was read.
        origin: Why it was stored: the page's `first`, a `changed` text, the same
            capture `reread` under newer rules, or a new `baseline` where no capture was
            left to re-read. Only a `changed` version ends a change.
        first_seen_at: When its first capture ended; `last_seen_at` the latest that
            confirmed it, and `last_seen_on` what that was: a full answer or a 304.
        body_sha256: Address of the capture's body it was read from.
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
    last_seen_on: Literal["full answer", "304"]
    body_sha256: Sha256 | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A recorded comparison of two successive versions of a page.

    Attributes:
        ref: Derived from its content; survives merges and is what people cite.
        old_last_seen_at: The old text was seen last then, `old_last_seen_on` what
            that rests on; the change came after it ...
        new_first_seen_at: ... and before this, less what a cache may have added:
            `new_first_seen_on`, e.g. `full answer, 120 s old by its cache`.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A standing order to follow a URL.

    Attributes:
        every: Fixed interval; None for the adaptive cadence.
        include: Regular expressions of which a discovered URL must match one.
        exclude: Regular expressions of which it must match none.
    """

    id: WatchId
    url: str
    kind: WatchKind
    site: str | None
    every: timedelta | None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
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
        validators: For `url`; None asks for a full answer.
        full_answer_at: When a full answer last came.
        latest: Its newest version.
        host: What its siblings answered lately.
    """

    id: PageId
    key: str
    url: str
    kind: WatchKind
    site: str | None
    state: PageState = PageState()
    every: timedelta | None = None
    added_at: datetime
    next_check_at: datetime | None = None
    validators: Validators | None = None
    full_answer_at: datetime | None = None
    latest: Version | None = None
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
            since it was recorded and its body is still there.
        events: What belongs on the timeline.
        discovered: Links a listing, feed or sitemap names.
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
    events: tuple[Event, ...] = ()
    discovered: tuple[Link, ...] = ()
    new_url: str | None = None
    error: str | None = None
