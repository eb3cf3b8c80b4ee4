"""A first look at an address that somebody wants to watch; nothing is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from scraper import discovery, extraction, urls
from scraper.cadence import next_check
from scraper.check import opened_and_assessed, stories
from scraper.config import identity, profile_for
from scraper.errors import DiscoveryError, ExtractError, FetchError, UrlError
from scraper.model import AssessmentKind, Page, PageId, WatchKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from scraper.config import Profiles
    from scraper.document import Document
    from scraper.fetch import Fetcher
    from scraper.model import (
        Article,
        Capture,
        HostLedger,
        Link,
        Profile,
        WatchSuggestion,
    )

SAMPLES = 3
_DAY = timedelta(days=1)
_LEAST_REST = timedelta(seconds=5)
_REFUSALS = {AssessmentKind.BLOCKED, AssessmentKind.FORBIDDEN}
_KINDS = {
    AssessmentKind.FEED: WatchKind.FEED,
    AssessmentKind.SITEMAP: WatchKind.SITEMAP,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One story, as far as it could be read; `trouble` says why not."""

    url: str
    article: Article | None = None
    trouble: str = ""
    is_refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What an address turned out to be.

    Attributes:
        kind: Of the watch it takes.
        site: Name of its profile, None for a host without one.
        layout: That read it, or its first sample that could be read.
        stories: How many it names; `sitemaps` how many of those.
        samples: Its first stories; of an article, itself.
        feeds: Feeds that it offers, or that its profile knows of.
        checks_a_day: About how many looks a day it takes in its first days, at itself
            and at the stories it names.
        rest: Least time between two requests to its host.
        trouble: Why it cannot be watched, empty if it can.
        is_refused: The site refuses this machine.
    """

    url: str
    kind: WatchKind
    site: str | None
    layout: str | None = None
    stories: int = 0
    sitemaps: int = 0
    samples: tuple[Sample, ...] = ()
    feeds: tuple[str, ...] = ()
    checks_a_day: float = 0.0
    rest: timedelta = _LEAST_REST
    trouble: str = ""
    is_refused: bool = False

    @property
    def stories_refused(self) -> bool:
        """Whether it can be read, and none of its stories because of refusals."""
        refused = [sample.is_refused for sample in self.samples]
        return not self.trouble and bool(refused) and all(refused)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What one address answered."""

    kind: WatchKind = WatchKind.ARTICLE
    layout: str | None = None
    article: Article | None = None
    links: tuple[Link, ...] = ()
    sitemaps: tuple[Link, ...] = ()
    feeds: tuple[str, ...] = ()
    trouble: str = ""
    is_refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Prober:
    """Looks at addresses, one request after the other.

    Attributes:
        ledger: The fetcher's: it knows how long a host rests.
        patience: How long to wait for a host's turn.
    """

    fetcher: Fetcher
    ledger: HostLedger
    profiles: Profiles
    clock: Callable[[], datetime]
    patience: timedelta

    def probe(
        self,
        wanted: WatchSuggestion,
        *,
        kind: WatchKind | None = None,
        samples: int = SAMPLES,
    ) -> Probe:
        """Return what `wanted` is, with up to `samples` of its stories.

        Args:
            wanted: Address, interval and patterns; its kind is only a guess.
            kind: What it must be, None to find out.
            samples: Each is one more request.

        Raises:
            HostBusyError: The host's turn did not come in time.
        """
        profile = profile_for(self.profiles, urls.host(wanted.url))
        site, _ = identity(self.profiles, wanted.url)
        seen = self._see(wanted.url, profile, kind)
        read = self._samples(wanted, seen, samples)
        layouts = (seen.layout, *(layout for _, layout in read))
        return Probe(
            url=wanted.url,
            kind=seen.kind,
            site=site,
            layout=next((layout for layout in layouts if layout is not None), None),
            stories=len(seen.links),
            sitemaps=len(seen.sitemaps),
            samples=tuple(sample for sample, _ in read),
            feeds=seen.feeds or _known_feeds(profile, wanted.url),
            checks_a_day=self._checks_a_day(wanted, seen),
            rest=self._rest(urls.host(wanted.url)),
            trouble=seen.trouble,
            is_refused=seen.is_refused,
        )

    def _see(self, url: str, profile: Profile, kind: WatchKind | None) -> _Seen:
        guess = kind or WatchKind.ARTICLE
        try:
            capture = self.fetcher.fetch(url, patience=self.patience)
        except FetchError as exc:
            return _Seen(kind=guess, trouble=exc.reason)
        if 300 <= capture.status < 400:
            target = capture.headers.get("location", "nowhere")
            return _Seen(kind=guess, trouble=f"redirects to {target}, not allowed")
        opened, assessed = opened_and_assessed(capture)
        if assessed.kind in _KINDS:
            return _listing(capture, _KINDS[assessed.kind], wanted=kind)
        if assessed.kind is not AssessmentKind.PAGE:
            return _Seen(
                kind=guess,
                trouble=assessed.reason,
                is_refused=assessed.kind in _REFUSALS,
            )
        return _page(opened, capture, profile, wanted=kind)

    def _samples(
        self, wanted: WatchSuggestion, seen: _Seen, most: int
    ) -> list[tuple[Sample, str | None]]:
        if seen.kind is WatchKind.ARTICLE:
            if seen.article is None:
                return []
            return [(Sample(url=wanted.url, article=seen.article), seen.layout)]
        allowed = self.fetcher.policy.allowed_hosts
        chosen = [
            link.url
            for link in seen.links
            if stories.is_included(link.url, wanted.include, wanted.exclude)
            and _is_allowed(link.url, allowed)
        ]
        return [self._sample(url) for url in chosen[:most]]

    def _sample(self, url: str) -> tuple[Sample, str | None]:
        profile = profile_for(self.profiles, urls.host(url))
        seen = self._see(url, profile, WatchKind.ARTICLE)
        return (
            Sample(
                url=url,
                article=seen.article,
                trouble=seen.trouble,
                is_refused=seen.is_refused,
            ),
            seen.layout,
        )

    def _checks_a_day(self, wanted: WatchSuggestion, seen: _Seen) -> float:
        now = self.clock()
        ages = [
            stories.moment(link.published) or now - stories.AGE_UNSTATED
            for link in seen.links
        ]
        looks = [(seen.kind, wanted.every, now)]
        looks += [(WatchKind.ARTICLE, None, min(age, now)) for age in ages]
        total = 0.0
        for kind, every, since in looks:
            page = Page(
                id=PageId(0),
                key="",
                url=wanted.url,
                kind=kind,
                site=None,
                every=every,
                added_at=now,
            )
            due = next_check(page, now=now, text_since=since)
            total += _DAY / (due.at - now)
        return total

    def _rest(self, host: str) -> timedelta:
        """Return how long the host rests now, right after a request to it."""
        now = self.clock()
        free_at = self.ledger.take(host, now=now, lease=timedelta(0))
        if isinstance(free_at, datetime):
            return max(free_at - now, _LEAST_REST)
        self.ledger.give_back(free_at)
        return _LEAST_REST


def _page(
    opened: Document, capture: Capture, profile: Profile, *, wanted: WatchKind | None
) -> _Seen:
    guess = wanted or WatchKind.ARTICLE
    if guess in _KINDS.values():
        return _Seen(kind=guess, trouble=f"a page where a {guess} was expected")
    feeds = discovery.feeds_of(opened)
    try:
        reading = extraction.read(
            opened, profile=profile, captured_at=capture.captured_at
        )
    except ExtractError as exc:
        return _Seen(kind=guess, trouble=str(exc), feeds=feeds)
    article = reading.article
    kind = wanted or (WatchKind.LISTING if article.listed else WatchKind.ARTICLE)
    if kind is WatchKind.LISTING and not article.listed:
        return _Seen(kind=kind, trouble="no stories could be read on it", feeds=feeds)
    return _Seen(
        kind=kind,
        layout=reading.layout,
        article=article,
        links=article.listed if kind is WatchKind.LISTING else (),
        feeds=feeds,
    )


def _listing(capture: Capture, kind: WatchKind, *, wanted: WatchKind | None) -> _Seen:
    if wanted not in {kind, None}:
        return _Seen(kind=kind, trouble=f"a {kind} where a {wanted} was expected")
    try:
        found = discovery.discover(
            capture.body,
            url=capture.url,
            content_type=capture.headers.get("content-type"),
            kind=kind,
        )
    except DiscoveryError as exc:
        return _Seen(kind=kind, trouble=str(exc))
    return _Seen(kind=kind, links=found.links, sitemaps=found.sitemaps)


def _known_feeds(profile: Profile, url: str) -> tuple[str, ...]:
    """Return the feeds that a profile suggests, without the one that was asked for."""
    return tuple(
        one.url
        for one in profile.watches
        if one.kind is WatchKind.FEED and one.url != url
    )


def _is_allowed(url: str, allowed: tuple[str, ...]) -> bool:
    try:
        urls.parse(url, allowed=allowed)
    except UrlError:
        return False
    return True
