"""What is told to whom: rules, what they are asked about, and its delivery."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, time, timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from scraper.model.article import JsonValue
    from scraper.model.page import Change, EventKind, FoundAs
    from scraper.model.site import WatchKind

RuleWhen = Literal["at_once", "hourly", "daily", "weekly"]
DeliveryKind = Literal["alert", "digest"]
DeliveryState = Literal["waiting", "sealed", "sent", "given_up", "merged"]

TOLD_UNASKED: frozenset[EventKind] = frozenset(
    {
        "edited",
        "removed",
        "withdrawn",
        "restored",
        "moved_outside",
        "mass_edit",
        "mass_removal",
    }
)
"""What a rule tells that names no events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A standing wish to be told. Every condition given must hold.

    Attributes:
        name: As the operator calls it; `sink` is where its messages go.
        when: `at_once` after `window`, or collected into digests.
        sites: Names of sites; none: all. `kinds`: likewise, of articles.
        min_significance: Of changes; what has no significance passes.
        terms: One of these must stand in what changed, whatever its case.
        undisclosed_only: Only changes that the page does not own up to.
        window: How long an alert waits for more of the same site, never longer.
        quiet: From and until when alerts wait; the latter may be the earlier one.
        at: When daily and weekly digests are due (weekly: on Mondays).
        zone: In which `quiet` and `at` are meant.
    """

    name: str
    sink: str
    when: RuleWhen
    events: frozenset[EventKind] = TOLD_UNASKED
    sites: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    min_significance: float = 0.0
    terms: tuple[str, ...] = ()
    undisclosed_only: bool = False
    window: timedelta = timedelta(minutes=15)
    quiet: tuple[time, time] | None = None
    at: time = time(8)
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """An event as a rule is asked about it and a message tells it.

    Attributes:
        seen_at: The sighting that settled it.
        site: None for a host without a profile, and `host` for an event of a site.
        watch_kind: What the page is followed as, None for an event of a site.
        article_kind: What its newest text is.
        title: Of the page, None where nothing was read.
        detail: Further facts, as the event has them.
        change: For `edited`, and for `restored` with another text.
    """

    kind: EventKind
    seen_at: datetime
    summary: str
    site: str | None = None
    host: str | None = None
    page_url: str | None = None
    title: str | None = None
    watch_kind: WatchKind | None = None
    article_kind: str | None = None
    found_as: FoundAs | None = None
    detail: Mapping[str, str] = field(default_factory=dict)
    change: Change | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Into which message something goes: one more of its group, until it is due.

    Attributes:
        group: What goes together: a site or host, or the one digest.
    """

    rule: Rule
    kind: DeliveryKind
    group: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A report ready to be sent, the same at every attempt.

    Attributes:
        subject: One line, harmless as a mail header.
        text: Plain text: inert in mail and chat.
        payload: For programs.
    """

    subject: str
    text: str
    payload: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One report to one sink, with its state.

    Attributes:
        id: Sent along at every attempt: a receiver drops what it has seen.
        rule: Name of the rule it follows.
        since: A digest tells of the time from then until `due_at`.
        attempts: Made so far, this one not counted.
        message: None until it was written; then it stays as it is.
        ledger: The number and the sha256 of the ledger's last row. Who keeps a message
            can show by it that the record was not made anew since.
    """

    id: str
    rule: str
    sink: str
    kind: DeliveryKind
    group: str
    made_at: datetime
    since: datetime
    due_at: datetime
    attempts: int
    notices: tuple[Notice, ...]
    message: Message | None = None
    ledger: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What was looked at in a stretch of time, and what was not.

    Attributes:
        followed: Pages that are due from time to time.
        checked: Of these, how many were looked at.
        seen: Of these, how many showed how they stand.
        trouble: One line for each host in trouble, the most pages first.
        counts: Other events of the time by kind, such as `template_changed`.
    """

    followed: int
    checked: int
    seen: int
    trouble: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
