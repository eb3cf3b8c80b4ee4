"""Which stories a listing, feed or sitemap makes us follow. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from scraper import urls
from scraper.config import identity
from scraper.errors import UrlError
from scraper.model import WatchKind
from scraper.store import FoundPage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scraper.config import Profiles
    from scraper.model import Check, FoundAs, Link, Watch

MOST_SITEMAPS = 200
"""Sitemaps of one index that are followed, those written last."""

AGE_UNSTATED = timedelta(days=30)
"""How long the text of a story is taken to have stood that was there before we were
and states no date."""

_BACKDATED = timedelta(days=30)
_SITEMAPS_EVERY = timedelta(days=1)
"""How often a sitemap of an index is read when the index does not say it changed."""


def found(
    check: Check, watch: Watch, *, profiles: Profiles, allowed: tuple[str, ...] = ()
) -> tuple[FoundPage, ...]:
    """Return what `check` of a listing, feed or sitemap found to follow, in its order.

    Args:
        check: Believed; `discovered`, `sitemaps` and `modified` are read.
        watch: What the page is followed for.
        profiles: They know a site's article ids and hosts.
        allowed: Host patterns beside `urls.GOVERNMENT`.
    """
    page = check.page
    is_baseline = page.full_answer_at is None and page.found_as != "new"
    pages: dict[str, FoundPage] = {}
    for link in (
        _latest_first(check) if page.kind is WatchKind.SITEMAP else (check.discovered)
    ):
        if not _is_wanted(link, check, watch, profiles, allowed):
            continue
        site, key = identity(profiles, link.url)
        was_there = is_baseline or _is_older(link, watch)
        pages.setdefault(
            key,
            FoundPage(
                url=link.url,
                key=key,
                site=site,
                due=not watch.feed_only,
                found_as="baseline" if was_there else "new",
                modified_at=moment(check.modified.get(link.url)),
            ),
        )
    found_as: FoundAs = "baseline" if is_baseline else "new"
    return (*pages.values(), *_sitemaps(check, profiles, found_as))


def moment(stated: str | None) -> datetime | None:
    """Return an ISO date or date-time as the last moment it can mean."""
    if stated is None:
        return None
    try:
        at = datetime.fromisoformat(stated)
    except ValueError:
        return None
    if at.tzinfo is not None:
        return at.astimezone(UTC)
    is_day = len(stated) == len("2026-11-23")
    # A day ends, at the latest, twelve hours after it does in Greenwich.
    return at.replace(tzinfo=UTC) + timedelta(hours=36 if is_day else 12)


def _is_wanted(
    link: Link,
    check: Check,
    watch: Watch,
    profiles: Profiles,
    allowed: tuple[str, ...],
) -> bool:
    """Whether a story may be asked for, and meets what its watch includes."""
    try:
        urls.parse(link.url, allowed=allowed)
    except UrlError:
        return False
    if check.page.kind is WatchKind.SITEMAP and not _is_of_its_site(
        link.url, check.page.url, profiles
    ):
        return False
    return is_included(link.url, watch.include, watch.exclude)


def is_included(url: str, include: tuple[str, ...], exclude: tuple[str, ...]) -> bool:
    """Whether `url` matches one of `include`, if there are any, and no `exclude`."""
    included = not include or any(re.search(one, url) for one in include)
    return included and not any(re.search(one, url) for one in exclude)


def _is_of_its_site(url: str, sitemap: str, profiles: Profiles) -> bool:
    """Whether a sitemap may speak for `url` (sitemaps.org: only for its own host)."""
    site, _ = identity(profiles, sitemap)
    if site is not None and identity(profiles, url)[0] == site:
        return True
    return _bare_host(url) == _bare_host(sitemap)


def _bare_host(url: str) -> str:
    return urls.host(url).removeprefix("www.")


def _is_older(link: Link, watch: Watch) -> bool:
    """Whether a story says that it came out well before anybody watched.

    Many are dated some days before they go online; those are news all the same.
    """
    published = moment(link.published)
    return published is not None and published < watch.added_at - _BACKDATED


def _latest_first(check: Check) -> list[Link]:
    """Order a sitemap's addresses by what it says of their age; sitemaps have none."""
    return sorted(
        check.discovered,
        key=lambda link: check.modified.get(link.url) or link.published or "",
        reverse=True,
    )


def _sitemaps(
    check: Check, profiles: Profiles, found_as: FoundAs
) -> Iterator[FoundPage]:
    """Yield the sitemaps of an index; an index within an index is not one."""
    if check.page.found_as != "asked":
        return
    by_age = sorted(check.sitemaps, key=lambda one: one.published or "", reverse=True)
    for link in by_age[:MOST_SITEMAPS]:
        if not _is_of_its_site(link.url, check.page.url, profiles):
            continue
        site, key = identity(profiles, link.url)
        yield FoundPage(
            url=link.url,
            key=key,
            kind=WatchKind.SITEMAP,
            site=site,
            found_as=found_as,
            every=_SITEMAPS_EVERY,
            modified_at=moment(link.published),
        )
