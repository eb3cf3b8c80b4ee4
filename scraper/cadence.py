"""When a page is due again, and why, in words. Pure."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import NamedTuple

from scraper.model import Page, WatchKind

SHORTEST = timedelta(minutes=10)
LONGEST = timedelta(days=7)
AGE_SHARE = 24
"""An article is looked at every 24th of the time its text has stood.

Edits to a story come at a rate that falls about as one over its age; a look every
fixed share of that age then finds the same number of edits per look at any age, so none
is worth more than another. A day-old text is looked at hourly, a week-old one every
seven hours; an edit makes it young again.
"""
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
        text_since: When its present text was first seen, None if none ever was.
        look_again: A delay that its fate asks for, e.g. ten minutes after a first 404.
    """
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
        return Due(_spread(page, now, SHORTEST), "its text was never seen")
    stood = max(now - text_since, timedelta())
    interval = min(max(stood / AGE_SHARE, SHORTEST), LONGEST)
    why = f"its text has stood for {_words(stood)}"
    return Due(_spread(page, now, interval), why)


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
