"""When a page is due again, and why, in words. Pure.

How often. Edits to a story become rarer as it ages: we take them as a Poisson process
of intensity `c / (1 h + age)`, where the age is how long the text has stood, so that an
edit makes it young again. To find edits soonest on average for a given number of
requests, the interval between looks must be as one over the square root of the
intensity (set the derivative of `intensity * interval / 2 + cost / interval` to zero).
So a look every ten minutes at first becomes one every 50 minutes after a day, for a
page of which nothing more is known.

How seldom. An old text that stood still is not worth even that to its host: a page is
looked at no more often than every 52nd part of its text's age while no edit of it is on
record: three hours after a week, and once a week, which is the least, after a year.

What is known. `c` is estimated from the page's own record: a Gamma prior worth half an
edit in ten e-folds of age, and then `(0.5 + edits) / (10 + e-folds watched)`.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from math import log, sqrt
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from scraper.model import Page, WatchKind

if TYPE_CHECKING:
    from scraper.model import ActiveHours

SHORTEST = timedelta(minutes=5)
LONGEST = timedelta(days=7)
FIRST = timedelta(minutes=10)
"""Between looks at a text of this minute on a page that nothing is known of."""

_YOUTH = timedelta(hours=1)
_LEAST_SHARE = 52
_PRIOR_EDITS, _PRIOR_E_FOLDS = 0.5, 10.0
_BY_KIND = {
    WatchKind.LISTING: timedelta(minutes=15),
    WatchKind.FEED: timedelta(minutes=15),
    WatchKind.SITEMAP: timedelta(hours=1),
}
_JITTER = 0.1


class Due(NamedTuple):
    """When a page is to be looked at next, and why."""

    at: datetime
    why: str


def next_check(
    page: Page,
    *,
    now: datetime,
    text_since: datetime | None,
    look_again: timedelta | None = None,
) -> Due:
    """Return when `page` is due after a check at `now`: always later than `now`.

    Args:
        page: As it was checked; a fixed interval (`every`) goes before the rest.
        now: When the check ended.
        text_since: Since when its present text stands, None if none was ever seen.
        look_again: A delay that its fate asks for, e.g. ten minutes after a first 404.
    """
    due = _planned(page, now, text_since, look_again)
    if page.active_hours is None:
        return due
    at = first_active(page.active_hours, due.at)
    why = due.why if at == due.at else f"{due.why}, but only {page.active_hours}"
    return Due(at, why)


def _planned(
    page: Page,
    now: datetime,
    text_since: datetime | None,
    look_again: timedelta | None,
) -> Due:
    if look_again is not None:
        return Due(now + look_again, f"to confirm what was seen ({_words(look_again)})")
    if page.every is not None:
        return Due(_spread(page, now, page.every), f"every {_words(page.every)}")
    if page.kind in _BY_KIND:
        interval = _BY_KIND[page.kind]
        return Due(
            _spread(page, now, interval), f"{page.kind}s every {_words(interval)}"
        )
    if text_since is None:
        return Due(_spread(page, now, FIRST), "its text was never seen")
    stood = max(now - text_since, timedelta())
    interval = adaptive_interval(
        stood=stood,
        watched=max(now - page.added_at, timedelta()),
        changes=page.changes,
    )
    changes = f"{page.changes} change{'' if page.changes == 1 else 's'}"
    is_new = stood < timedelta(minutes=1)
    so_long = "is new" if is_new else f"has stood for {_words(stood)}"
    why = f"about every {_words(interval)}: its text {so_long}, {changes} on record"
    return Due(_spread(page, now, interval), why)


def adaptive_interval(
    *, stood: timedelta, watched: timedelta, changes: int
) -> timedelta:
    """Return the interval between looks: `SHORTEST` to `LONGEST`, less its jitter.

    Args:
        stood: How long the present text has stood; of an old story first seen now,
            since its date.
        watched: How long the page has been looked at.
        changes: How many its text went through in that time.
    """
    seen_standing = min(stood, watched)
    e_folds = log((_YOUTH + stood) / (_YOUTH + stood - seen_standing))
    if changes:
        # How the earlier texts shared the time before is not looked up: equally.
        earlier = (watched - seen_standing) / changes
        e_folds += changes * log((_YOUTH + earlier) / _YOUTH)
    usual = _PRIOR_EDITS / _PRIOR_E_FOLDS
    likely = (_PRIOR_EDITS + changes) / (_PRIOR_E_FOLDS + e_folds)
    interval = FIRST * sqrt((1 + stood / _YOUTH) * usual / likely)
    if not changes:
        interval = max(interval, stood / _LEAST_SHARE)
    return min(max(interval, SHORTEST), LONGEST / (1 + _JITTER))


def first_active(hours: ActiveHours, at: datetime) -> datetime:
    """Return `at` where it lies in `hours`, else when they begin next; in UTC.

    Where the clocks change, an hour that comes twice is active twice; hours that begin
    in the one left out begin an hour later, and those that lie in it are left out too.
    """
    zone = ZoneInfo(hours.zone)
    local = at.astimezone(zone)
    if _is_open(hours, local):
        return at.astimezone(UTC)
    openings = (
        datetime.combine(local.date() + timedelta(days=days), hours.opens, zone)
        .replace(fold=fold)
        .astimezone(UTC)
        for days in (0, 1, 2)
        for fold in (0, 1)
    )
    # Compared in UTC: times of one zone are compared by their faces.
    return min(o for o in openings if o > at and _is_open(hours, o.astimezone(zone)))


def _is_open(hours: ActiveHours, local: datetime) -> bool:
    now = local.time()
    if hours.opens < hours.closes:
        return hours.opens <= now < hours.closes
    return now >= hours.opens or now < hours.closes


def _spread(page: Page, now: datetime, interval: timedelta) -> datetime:
    """Move a due time by up to a tenth, so that pages do not fall due together.

    From a hash, not from chance: replaying a check gives the same due time.
    """
    seed = f"{page.id} {now.isoformat()}".encode()
    fraction = int.from_bytes(hashlib.sha256(seed).digest()[:4]) / 2**32
    return now + interval * (1 + _JITTER * (2 * fraction - 1))


def _words(interval: timedelta) -> str:
    seconds = int(interval.total_seconds())
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            count = round(seconds / length)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{seconds} seconds"
