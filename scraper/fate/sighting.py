"""What an attempt saw of a page, and what that means: the values of `fate`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from scraper.model import Event

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from scraper.model import (
        Article,
        AssessmentKind,
        Comparison,
        EventKind,
        Outcome,
        PageState,
        Sha256,
    )

Failure = Literal["not_modified", "no_answer", "disallowed", "outside", "unreadable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What one attempt saw of a page.

    Attributes:
        at: When the attempt ended.
        saw: The assessment of the answer, or what stood in its place: a 304
            (`not_modified`), no usable answer (`no_answer`), robots.txt forbids it
            (`disallowed`), a redirect to a host that is not allowed (`outside`), a page
            in which no article can be read (`unreadable`).
        reason: The assessment's reason or the failure's, one line.
        moved_to: Where a redirect led, when that is not the same page; for `outside`
            the address that was refused.
        article: What was read, for a page with an article.
        content_sha256: Of `article`.
        comparison: Of `article` with `page.latest`, None when nothing differs.
        before: What `comparison` started from, if that is not `page.latest.article`
            (the latest capture re-read under newer rules).
    """

    at: datetime
    saw: AssessmentKind | Failure
    reason: str = ""
    moved_to: str | None = None
    article: Article | None = None
    content_sha256: Sha256 | None = None
    comparison: Comparison | None = None
    before: Article | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a sighting means.

    Attributes:
        outcome: Of the check. Only `new`, `changed`, `unchanged`, `not_modified`,
            `restored` and `moved` mean that the page itself was seen: with any other,
            the answer's validators must not be sent again, for a later 304 would
            confirm a text that is not on record.
        look_again_after: None where the cadence may decide.
        is_version: The reading is to be recorded as the page's newest version.
        new_url: Where the page is asked for from now on, once a move is confirmed.
    """

    outcome: Outcome
    state: PageState
    events: tuple[Event, ...] = ()
    look_again_after: timedelta | None = None
    is_version: bool = False
    new_url: str | None = None


def event(
    kind: EventKind,
    at: datetime,
    summary: str,
    *,
    first: datetime | None = None,
    to: str | None = None,
) -> Event:
    """Return an event confirmed `at`, seen first at `first` if that was earlier."""
    return Event(
        kind=kind,
        first_seen_at=first or at,
        last_seen_at=at,
        summary=summary,
        detail={} if to is None else {"to": to},
    )


def when(at: datetime) -> str:
    """Return a time as people write it."""
    return f"{at.day} {at:%B %Y, %H:%M} UTC"
