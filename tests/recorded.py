"""A page that is looked at, without a network: articles in, recorded checks out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from scraper import urls
from scraper.comparison import compare, content_sha256
from scraper.model import (
    Article,
    Block,
    Capture,
    Check,
    Event,
    Hop,
    Outcome,
    Page,
    PageState,
    Reading,
    State,
    WatchKind,
    sha256,
)

if TYPE_CHECKING:
    from pathlib import Path

    from scraper.store import Recorded, Store

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
URL = "https://www.example.gov/releases/bridge"
HOUR = timedelta(hours=1)


@dataclass
class Clock:
    """The time, moved by hand."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Desk:
    """Looks at pages for a store; each look is an hour after the one before."""

    store: Store
    clock: Clock = field(default_factory=Clock)

    def watch(self, url: str = URL, *, site: str = "example") -> Page:
        self.store.add_watch(
            url=url, kind=WatchKind.ARTICLE, site=site, key=urls.page_key(url)
        )
        return self.page(url)

    def page(self, url: str = URL) -> Page:
        page = self.store.page(url)
        assert page is not None
        return page

    def look(self, seen: Article | None, url: str = URL, **told: Any) -> Recorded:
        """Record one check that saw `seen`: the same text again if None."""
        recorded = self.store.record(self.check(seen, url, **told))
        self.clock.now += HOUR
        return recorded

    def check(
        self,
        seen: Article | None,
        url: str = URL,
        *,
        at: datetime | None = None,
        rules: str = "rules-1",
        source: str = "live",
        body: bytes | None = None,
        baseline: Article | None = None,
        **told: Any,
    ) -> Check:
        page, at = self.page(url), at or self.clock.now
        left, right = self.store.neighbours(page.id, at)
        before = baseline or (None if left is None else left.article)
        comparison = compare(before, seen) if before and seen else None
        onward = compare(seen, right.article) if right and seen else None
        outcome = Outcome.CHANGED if comparison else Outcome.UNCHANGED
        if page.latest is None:
            outcome = Outcome.NEW
        values = {
            "page": page,
            "checked_at": at,
            "outcome": outcome,
            "state": PageState(state=State.OK, since=at, sightings=1),
            "next_check_at": at + HOUR,
            "next_check_why": "hourly",
            "capture": capture(body or html(seen), url=url, at=at, source=source),
            "reading": seen and Reading(article=seen, rules=rules),
            "content_sha256": seen and content_sha256(seen),
            "comparison": comparison,
            "onward": onward,
            "baseline": baseline and Reading(article=baseline, rules=rules),
            "baseline_sha256": baseline and content_sha256(baseline),
            "events": tuple(_events(outcome, at)),
        }
        return Check(**values | told)

    def refused(self, outcome: Outcome, state: State, url: str = URL) -> Recorded:
        """Record a check that did not get the page."""
        page = self.page(url)
        was = page.state
        since = was.since if was.state is state else self.clock.now
        return self.look(
            None,
            url,
            body=b"<h1>Access Denied</h1> at " + str(self.clock.now).encode(),
            outcome=outcome,
            state=PageState(state=state, since=since),
            events=(),
        )


def _events(outcome: Outcome, at: datetime) -> list[Event]:
    kind = {Outcome.NEW: "published", Outcome.CHANGED: "edited"}.get(outcome)
    if kind is None:
        return []
    told = f"The story was {kind}."
    return [Event(kind=kind, first_seen_at=at, last_seen_at=at, summary=told)]


def desk(path: Path) -> Desk:
    """Return a desk at a new database in which one page is watched."""
    from scraper.store import Store  # noqa: PLC0415 - a child process imports this

    clock = Clock()
    made = Desk(Store.open(path / "govwatch.db", mode="create", clock=clock), clock)
    made.watch()
    return made


def desk_of_many(path: Path, pages: int) -> None:
    """Make a database in which that many pages are watched."""
    with (made := desk(path)).store as store:
        for n in range(pages):
            Desk(store, made.clock).watch(f"{URL}/{n}")


def story(*texts: str, url: str = URL, **fields: Any) -> Article:
    """Return an article of these paragraphs."""
    return Article(
        url=url,
        **{"title": "Bridge opens", "published": "2026-11-20"} | fields,
        blocks=tuple(Block("paragraph", text) for text in texts),
    )


_FURNITURE = b"".join(
    b"<nav><a href='/section-%d'>Section %d of the site</a></nav>" % (n, n)
    for n in range(400)
)


def html(article: Article | None) -> bytes:
    """Return a body that differs as articles do, in much furniture."""
    told = b"" if article is None else repr(article).encode()
    return b"<html>" + _FURNITURE + told + _FURNITURE + b"</html>"


def capture(
    body: bytes,
    *,
    url: str = URL,
    at: datetime = NOON,
    source: str = "live",
    status: int = 200,
    headers: tuple[tuple[str, str], ...] = (("etag", '"1"'), ("age", "120")),
) -> Capture:
    """Return a full answer."""
    return Capture(
        requested_url=url,
        request_headers=(("user-agent", "govwatch"),),
        started_at=at - timedelta(milliseconds=250),
        captured_at=at,
        hops=(Hop(url=url, status=status, headers=headers),),
        http_version="HTTP/1.1",
        server_address="192.0.2.1:443",
        certificate_sha256=sha256(b"certificate"),
        content_encoding="gzip",
        body=body,
        wire_sha256=sha256(b"wire" + body),
        program="govwatch/0.1.0",
        source=source,
    )
