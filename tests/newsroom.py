"""Many small pages of one host, and a store that is shown them: no network."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from scraper import check, urls
from scraper.config import load_profiles
from scraper.errors import HostBusyError
from scraper.model import Capture, FetchPolicy, Hop, WatchKind, sha256

if TYPE_CHECKING:
    from collections.abc import Callable

    from scraper.config import Profiles
    from scraper.model import Check
    from scraper.store import Recorded, Store

HOST = "www.harbor-agency.gov"
LEASE = timedelta(minutes=5)
PROFILES = load_profiles()
PARAGRAPHS = (
    "Notice {0}: the agency said on Monday that work in it begins.",
    "Basin {0} relies on clean energy sources for {1} of its cranes, it said.",
    "Boats may use channel {0} while work goes on; call the office on line {1}.",
)


@dataclass
class Clock:
    now: datetime = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=10)
        return self.now


@dataclass
class Newsroom:
    """Pages of one layout; `body` and `footer` may be changed between looks.

    Attributes:
        line: What stands alone in each page's text; called with the number of requests.
        gone: Pages that answer 404.
        busy_after: After so many requests the host has no time for us.
    """

    clock: Clock
    titles: dict[int, str]
    paragraphs: dict[int, list[str]]
    footer: str = "<p>Office hours: 8:30 a.m. to 4:30 p.m.</p>"
    line: Callable[[int], str] | None = None
    gone: set[int] = field(default_factory=set)
    requests: int = 0
    busy_after: int | None = None
    policy: FetchPolicy = field(default_factory=FetchPolicy)

    def html(self, page: int) -> str:
        paragraphs = [f"<p>{text}</p>" for text in self.paragraphs[page]]
        if self.line is not None:
            paragraphs.insert(2, f"<p>{self.line(self.requests)}</p>")
        return (
            f"<!DOCTYPE html><html lang=en><head><title>{self.titles[page]}</title>"
            "</head><body><header><p>Harbor Agency</p></header><main><article>"
            f"<h1>{self.titles[page]}</h1>{''.join(paragraphs)}</article></main>"
            f"<footer>{self.footer}</footer></body></html>"
        )

    def fetch(self, url: str, **_: Any) -> Capture:
        if self.busy_after is not None and self.requests >= self.busy_after:
            raise HostBusyError(url, HOST, retry_at=self.clock())
        self.requests += 1
        page = int(url.rpartition("/")[2])
        is_gone = page in self.gone
        told = "<title>Page not found</title>" if is_gone else self.html(page)
        at, body = self.clock(), told.encode()
        headers = (("content-type", "text/html; charset=utf-8"),)
        return Capture(
            requested_url=url,
            request_headers=(),
            started_at=at,
            captured_at=at,
            hops=(Hop(url=url, status=404 if is_gone else 200, headers=headers),),
            http_version="HTTP/1.1",
            server_address=None,
            certificate_sha256=None,
            content_encoding=None,
            body=body,
            wire_sha256=sha256(body),
            program="govwatch/test",
        )

    def distrust_validators(self, url: str) -> None:
        raise AssertionError(url)


def newsroom(clock: Clock, pages: int) -> Newsroom:
    return Newsroom(
        clock=clock,
        titles={n: f"Harbor program number {n} opens" for n in range(pages)},
        paragraphs={
            n: [text.format(n, n + 300) for text in PARAGRAPHS] for n in range(pages)
        },
    )


def url(page: int) -> str:
    return f"https://{HOST}/news/{page}"


def watch(store: Store, room: Newsroom) -> None:
    for page in room.titles:
        store.add_watch(
            url=url(page),
            kind=WatchKind.ARTICLE,
            site=None,
            key=urls.page_key(url(page)),
        )


def look(
    store: Store, room: Newsroom, *pages: int, profiles: Profiles = PROFILES
) -> list[tuple[Check, Recorded]]:
    """Check pages once, all if none is named; an hour passes afterwards."""
    done = []
    for number in pages or room.titles:
        page = store.page(url(number))
        assert page is not None
        held = store.claim(page.id, lease=LEASE, holder="tests")
        assert held is not None
        done.append(
            check.run(
                held,
                store=store,
                fetcher=room,  # type: ignore[arg-type] # a newsroom without a network
                profiles=profiles,
                clock=room.clock,
                patience=LEASE,
            )
        )
    room.clock.now += timedelta(hours=1)
    return done
