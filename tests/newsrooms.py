"""Newsrooms that publish over time, and a desk that watches them without a network."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

from scraper import check, urls
from scraper.config import identity, load_profiles
from scraper.errors import FetchError, HostBusyError
from scraper.model import Capture, FetchPolicy, Hop, WatchKind, sha256

if TYPE_CHECKING:
    from scraper.model import Check, Page, Watch
    from scraper.store import Recorded, Store

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
GAP = timedelta(seconds=5)
PROFILES = load_profiles()


@dataclass
class Clock:
    """The time, moved by hand."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Told:
    """A story of a newsroom: when it went online, and when it was edited last."""

    slug: str
    at: datetime
    edited_at: datetime | None = None
    sum: int = 175

    @property
    def html(self) -> str:
        return (
            f"<!DOCTYPE html><html lang=en><head><title>{self.slug}</title></head>"
            f"<body><main><article><h1>The story of {self.slug}</h1>"
            f"<p>Published: {self.at:%B %d, %Y}</p>"
            f"<p>Engineers opened a new bridge at {self.slug} today, eleven months "
            "after flooding carried the old one away, the garrison said.</p>"
            f"<p>The span, built under a contract worth ${self.sum} million, replaces "
            "a crossing that served three neighboring towns since 1962.</p>"
            "</article></main></body></html>"
        )


@dataclass
class Newsroom:
    """One host: its stories, and what it says at each address."""

    host: str
    stories: list[Told] = field(default_factory=list)
    instead: dict[str, tuple[int, str, str | bytes]] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    etag: str | None = None
    window: int = 10
    asked: list[tuple[datetime, str]] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"https://{self.host}{path}"

    def listed(self, now: datetime) -> list[Told]:
        """Return what is online, newest first."""
        return sorted(
            (story for story in self.stories if story.at <= now),
            key=lambda story: story.at,
            reverse=True,
        )

    def answer(self, url: str, now: datetime) -> tuple[int, str, str | bytes]:
        self.asked.append((now, url))
        path = url.removeprefix(f"https://{self.host}")
        if path in self.instead:
            return self.instead[path]
        online = self.listed(now)
        if path == "/feed/":
            return 200, "application/rss+xml", self._feed(online[: self.window])
        if path == "/sitemap.xml":
            return 200, "application/xml", self._sitemap(online)
        if path.startswith("/news/"):
            return 200, "text/html", self._listing(online, path)
        for story in online:
            if path == f"/{story.slug}":
                return 200, "text/html", story.html
        return 404, "text/html", "<title>Page not found</title><h1>Page not found</h1>"

    def _feed(self, stories: list[Told]) -> str:
        told = "".join(
            f"<item><title>{story.slug}</title><link>{self.url('/' + story.slug)}"
            f"</link><pubDate>{format_datetime(story.at)}</pubDate>"
            f"<description>A bridge for ${story.sum} million.</description></item>"
            for story in stories
        )
        return f'<rss version="2.0"><channel><title>News</title>{told}</channel></rss>'

    def _sitemap(self, stories: list[Told]) -> str:
        told = "".join(
            f"<url><loc>{self.url('/' + story.slug)}</loc>"
            f"<lastmod>{(story.edited_at or story.at).isoformat()}</lastmod></url>"
            for story in reversed(stories)
        )
        return (
            '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/'
            f'sitemap/0.9">{told}</urlset>'
        )

    def _listing(self, stories: list[Told], path: str) -> str:
        number = int(path.partition("=")[2] or 0)
        shown = stories[number * self.window : (number + 1) * self.window]
        told = "".join(
            f'<div class="item"><h2><a href="/{story.slug}">The story of {story.slug}'
            f'</a></h2><time datetime="{story.at:%Y-%m-%d}">{story.at:%B %d, %Y}'
            "</time></div>"
            for story in shown
        )
        onward = f'<a rel="next" href="/news/?page={number + 1}">Older</a>'
        return (
            "<!DOCTYPE html><html lang=en><head><title>News</title></head><body><main>"
            f"<h1>News</h1>{told}{onward}</main></body></html>"
        )


@dataclass
class Wire:
    """Asks newsrooms instead of the network; a host rests between two requests."""

    newsrooms: dict[str, Newsroom]
    clock: Clock
    policy: FetchPolicy = field(default_factory=FetchPolicy)
    resting: dict[str, datetime] = field(default_factory=dict)

    def fetch(
        self, url: str, *, validators: object = None, patience: timedelta
    ) -> Capture:
        assert validators is None  # no answer here has any
        host = urls.host(url)
        free_at = self.resting.get(host, self.clock.now)
        if free_at > self.clock.now + patience:
            raise HostBusyError(url, "it rests", retry_at=free_at)
        self.clock.now = max(free_at, self.clock.now)
        self.resting[host] = self.clock.now + GAP
        if host not in self.newsrooms:
            raise FetchError(url, "no such host")
        at = self.clock.now
        newsroom = self.newsrooms[host]
        hops = []
        answered = url
        if (
            target := newsroom.redirects.get(url.removeprefix(newsroom.url("")))
        ) is not None:
            answered = newsroom.url(target)
            hops.append(Hop(url=url, status=301, headers=(("location", answered),)))
        status, content_type, text = newsroom.answer(answered, at)
        headers = (("content-type", content_type),)
        if newsroom.etag is not None:
            headers = (*headers, ("etag", newsroom.etag))
        hops.append(Hop(url=answered, status=status, headers=headers))
        body = text if isinstance(text, bytes) else text.encode()
        return Capture(
            requested_url=url,
            request_headers=(),
            started_at=at,
            captured_at=at,
            hops=tuple(hops),
            http_version="HTTP/1.1",
            server_address="192.0.2.1:443",
            certificate_sha256=None,
            content_encoding=None,
            body=body,
            wire_sha256=sha256(body),
            program="govwatch/test",
        )

    def distrust_validators(self, url: str) -> None:
        raise AssertionError(url)


@dataclass
class Desk:
    """A store and what its daemon would do, one check after the other."""

    store: Store
    clock: Clock
    wire: Wire

    def watch(self, url: str, kind: WatchKind, **told: object) -> Watch:
        site, key = identity(PROFILES, url)
        return self.store.add_watch(url=url, kind=kind, site=site, key=key, **told)

    def look(self, url: str) -> tuple[Check, Recorded]:
        """Look at one page now, after `GAP`."""
        self.clock.now += GAP
        page = self.store.page(url)
        assert page is not None
        return self._check(page)

    def work(self, until: datetime) -> int:
        """Check whatever falls due, as the daemon would; return how many checks."""
        done = 0
        while True:
            claimed = self.store.claim_due(
                limit=100, lease=timedelta(minutes=3), holder="test"
            )
            for page in claimed:
                self._check(page)
            done += len(claimed)
            if claimed:
                continue
            upcoming = self._next(until)
            if upcoming is None:
                return done
            self.clock.now = max(upcoming, self.clock.now + timedelta(seconds=1))

    def _next(self, until: datetime) -> datetime | None:
        first = self.store._db.value("SELECT min(next_check_at) FROM pages")
        upcoming = until if first is None else datetime.fromisoformat(first)
        return None if upcoming >= until or self.clock.now >= until else upcoming

    def _check(self, page: Page) -> tuple[Check, Recorded]:
        return check.run(
            page,
            store=self.store,
            fetcher=self.wire,
            profiles=PROFILES,
            clock=self.clock,
            patience=timedelta(seconds=15),
        )
