"""From what a listing, feed or sitemap names to the pages that are followed for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from scraper import discovery, urls
from scraper.check import feed_only, stories
from scraper.config import identity
from scraper.errors import FetchError
from scraper.log import logger
from scraper.model import Outcome, WatchKind

if TYPE_CHECKING:
    from scraper.check.reading import Reader
    from scraper.fetch import Fetcher
    from scraper.model import Article, Capture, Check
    from scraper.store import Recorded, Store

log = logger(__name__)

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
            if page is not None and feed_only.is_all_we_know(page):
                store.record(feed_only.check(page, check.capture, told))
    return check, recorded


def _told(capture: Capture) -> tuple[Article, ...]:
    return discovery.told(
        capture.body,
        url=capture.url,
        content_type=capture.headers.get("content-type"),
    )
