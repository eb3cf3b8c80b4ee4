"""Who is told what, and when: a pure function of what happened, the rules and now."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from scraper.model import OTHERS_STORIES, Placement, WatchKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scraper.model import Notice, Rule
    from scraper.model.notice import RuleWhen

NEWS_FOR: Final = timedelta(days=1)
"""What is older when it comes to be recorded - from an archive, say - is history."""

NEVER_ALERTED: Final = frozenset(
    {
        "failing",
        "blocked",
        "disallowed",
        "suspect",
        "unreadable",
        "recovered",
        "flapping",
        "template_changed",
        "redesigned",
        "robots_changed",
        "certificate_failed",
    }
)
"""Of us or of a site's machinery: a digest counts them."""

RETRIES: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(hours=24),
    timedelta(hours=36),
)
"""Waits after the first failed attempts; one more failure, and it is given up.

A mail server may be down from Friday evening to Monday morning.
"""

PERIODS: Final[dict[RuleWhen, timedelta]] = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
}


def placements(
    notice: Notice, rules: Iterable[Rule], *, now: datetime
) -> tuple[Placement, ...]:
    """Return the messages that something just recorded belongs into, by rule."""
    if not _is_news(notice, now):
        return ()
    return tuple(
        Placement(
            rule=rule,
            kind="alert" if rule.when == "at_once" else "digest",
            group=_group(notice) if rule.when == "at_once" else "digest",
            due_at=due_at(rule, now),
        )
        for rule in rules
        if _wants(rule, notice)
    )


def due_at(rule: Rule, now: datetime) -> datetime:
    """Return when what happens now is told: after the window or at the next digest."""
    if rule.when == "at_once":
        return _after_quiet(rule, now + rule.window)
    local = now.astimezone(rule.zone)
    if rule.when == "hourly":
        whole = now.replace(minute=0, second=0, microsecond=0)
        return whole + timedelta(hours=1)
    day = local.date()
    if rule.when == "weekly":
        day += timedelta(days=-day.weekday())
    step = PERIODS[rule.when]
    # Wall-clock days: 08:00 stays 08:00 when summer time begins.
    while (turn := datetime.combine(day, rule.at, rule.zone)) <= local:
        day += step
    return turn.astimezone(now.tzinfo)


def retry_at(attempts: int, now: datetime) -> datetime | None:
    """Return when to try again after so many failed attempts; None: give up."""
    return now + RETRIES[attempts - 1] if attempts <= len(RETRIES) else None


def _is_news(notice: Notice, now: datetime) -> bool:
    if notice.kind in NEVER_ALERTED or now - notice.seen_at > NEWS_FOR:
        return False
    # What a watch's first pass finds was there before us.
    if notice.kind == "published" and notice.found_as != "new":
        return False
    if notice.watch_kind not in {None, WatchKind.ARTICLE}:
        return False
    if notice.change is None:
        return notice.kind != "edited"
    is_aside = notice.change.comparison.fields <= OTHERS_STORIES
    return notice.kind != "edited" or not (is_aside or notice.article_kind == "listing")


def _wants(rule: Rule, notice: Notice) -> bool:
    return (
        notice.kind in rule.events
        and _is_about(rule, notice)
        and _weighs_enough(rule, notice)
        and (not rule.terms or _has_a_term(rule.terms, notice))
    )


def _is_about(rule: Rule, notice: Notice) -> bool:
    if rule.sites and (notice.site or notice.host) not in rule.sites:
        return False
    # An event of a whole site is of no kind.
    is_of_a_page = notice.watch_kind is not None
    return not (rule.kinds and is_of_a_page) or notice.article_kind in rule.kinds


def _weighs_enough(rule: Rule, notice: Notice) -> bool:
    if notice.change is None:
        return not rule.undisclosed_only
    found = notice.change.comparison
    return found.significance >= rule.min_significance and (
        found.silent or not rule.undisclosed_only
    )


def _has_a_term(terms: Iterable[str], notice: Notice) -> bool:
    edits = notice.change.comparison.edits if notice.change is not None else ()
    texts = [text for edit in edits for text in (edit.before, edit.after) if text]
    words = "\n".join(texts or [notice.summary, notice.title or ""])
    return any(
        re.search(rf"(?<!\w){re.escape(term)}(?!\w)", words, re.IGNORECASE)
        for term in terms
    )


def _group(notice: Notice) -> str:
    return notice.site or notice.host or ""


def _after_quiet(rule: Rule, at: datetime) -> datetime:
    if rule.quiet is None:
        return at
    begins, ends = rule.quiet
    local = at.astimezone(rule.zone)
    if not _is_within(local.time(), begins, ends):
        return at
    day = local.date()
    if local.time() >= ends:
        day += timedelta(days=1)
    return datetime.combine(day, ends, rule.zone).astimezone(at.tzinfo)


def _is_within(clock: time, begins: time, ends: time) -> bool:
    if begins <= ends:
        return begins <= clock < ends
    return clock >= begins or clock < ends
