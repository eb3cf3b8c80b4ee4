"""From what a listing, feed or sitemap names to the pages that are followed for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from scraper import comparison, discovery, urls
from scraper.check import stories
from scraper.config import identity
from scraper.errors import FetchError
from scraper.fate import Sighting, judge
from scraper.log import logger
from scraper.model import (
    FEED_RULES,
    AssessmentKind,
    Check,
    Disclosure,
    Outcome,
    Reading,
    WatchKind,
)

if TYPE_CHECKING:
    from scraper.check.reading import Reader
    from scraper.fetch import Fetcher
    from scraper.model import Article, Capture, Comparison, Page
    from scraper.store import Recorded, Store

log = logger(__name__)

_FEED_LAYOUT: Final = "feed"
_SELDOM = timedelta(days=7)
_OLDER_PAGES = 3
"""Pages of a listing beyond its first that are read when none of it is known."""

_OLDER_PATIENCE = timedelta(seconds=30)
_BELIEVED = {Outcome.UNCHANGED, Outcome.RESTORED, Outcome.MOVED}


def is_pass(check: Check) -> bool:
    """Whether what a listing, feed or sitemap names was seen whole, and is believed."""
    is_list = check.page.kind is not WatchKind.ARTICLE
    return is_list and check.outcome in _BELIEVED


def with_older(check: Check, *, fetcher: Fetcher, reader: Reader) -> Check:
    """Go on to older stories until one is met that is known, a few pages at most.

    So a first pass starts with more than one page of stories, and of many published
    between two looks none is missed.
    """
    for _ in range(_OLDER_PAGES):
        keys = {identity(reader.profiles, link.url)[1] for link in check.discovered}
        onward = check.next_url
        if onward is None or keys & check.page.named:
            break
        if urls.host(onward) != urls.host(check.page.url):
            break
        try:
            capture = fetcher.fetch(onward, patience=_OLDER_PATIENCE)
        except FetchError as exc:
            log.warning("older_stories_unread", page=onward, error=str(exc))
            break
        more = reader.read(replace(check.page, url=onward), capture).discovered
        seen = {link.url for link in check.discovered}
        check = replace(
            check,
            discovered=(
                *check.discovered,
                *(link for link in more.links if link.url not in seen),
            ),
            next_url=more.next_url,
        )
    return check


def record(
    check: Check, *, store: Store, reader: Reader, allowed: tuple[str, ...]
) -> tuple[Check, Recorded]:
    """Record a look at a listing, feed or sitemap with what it makes us follow."""
    watch = store.watch_of(check.page.id)
    if watch is None or watch.paused:
        return check, store.record(check)
    found = stories.found(check, watch, profiles=reader.profiles, allowed=allowed)
    recorded = store.record(check, found=found)
    if watch.feed_only and check.capture is not None:
        wanted = {one.key for one in found}
        for told in _told(check.capture):
            _, key = identity(reader.profiles, told.url)
            page = store.page(key) if key in wanted else None
            if page is not None and _is_all_we_know(page):
                store.record(_check_by_feed(page, check.capture, told))
    return check, recorded


def _told(capture: Capture) -> tuple[Article, ...]:
    return discovery.told(
        capture.body,
        url=capture.url,
        content_type=capture.headers.get("content-type"),
    )


def _is_all_we_know(page: Page) -> bool:
    """Whether a page's own words were never read, and nobody asks for them."""
    is_told = page.latest is None or page.latest.rules == FEED_RULES
    return is_told and page.next_check_at is None


def _check_by_feed(page: Page, capture: Capture, told: Article) -> Check:
    """Conclude what a feed's words mean for the page of the story.

    Args:
        page: `is_all_we_know` holds for it.
        capture: The feed's.
        told: What it says of this story.
    """
    difference = None
    if page.latest is not None:
        difference = _unjudged(comparison.compare(page.latest.article, told))
    seen = Sighting(
        at=capture.captured_at,
        saw=AssessmentKind.PAGE,
        article=told,
        content_sha256=comparison.content_sha256(told),
        comparison=difference,
    )
    verdict = judge(page, seen)
    is_believed = verdict.is_version or difference is None
    return Check(
        page=page,
        checked_at=capture.captured_at,
        outcome=verdict.outcome,
        state=verdict.state,
        next_check_at=capture.captured_at + _SELDOM,
        next_check_why="only its feed is read",
        capture=capture,
        reading=Reading(article=told, rules=FEED_RULES, layout=_FEED_LAYOUT)
        if is_believed
        else None,
        content_sha256=seen.content_sha256 if is_believed else None,
        comparison=difference if verdict.is_version else None,
        events=verdict.events,
    )


def _unjudged(difference: Comparison | None) -> Comparison | None:
    """Claim nothing of whether the page owns up to it: the page was not seen."""
    if difference is None:
        return None
    what = difference.summary.rpartition("; ")[0] or difference.summary
    return replace(
        difference,
        disclosure=Disclosure.NOT_APPLICABLE,
        summary=f"{what}; only the feed was read",
    )
