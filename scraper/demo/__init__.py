"""The built-in demonstration: a government newsroom that changes its pages, watched.

Nothing is staged on the watching side: real requests over TLS on loopback, the real
assessor, extractor, comparer and store. Only the clock is ours, so that days pass at
once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from scraper import check, urls
from scraper.config import load_profiles
from scraper.demo.newsroom import HOST, LISTING, ORIGIN, Newsroom, challenge, stories
from scraper.demo.server import served
from scraper.fetch import Fetcher
from scraper.model import FetchPolicy, WatchKind
from scraper.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scraper.config import Profiles
    from scraper.demo.newsroom import Story
    from scraper.model import Check
    from scraper.store import Recorded

_START = datetime(2026, 11, 13, 15, 0, tzinfo=UTC)
_LEASE = timedelta(minutes=5)
_PATIENCE = timedelta(minutes=5)


class Round(NamedTuple):
    """One scene of the demonstration and what Govwatch made of it."""

    number: int
    title: str
    at: datetime
    checks: tuple[tuple[Check, Recorded], ...]


@dataclass(kw_only=True)
class _Clock:
    now: datetime

    def __call__(self) -> datetime:
        # A tick each time it is read, so that no two answers share an instant.
        self.now += timedelta(milliseconds=50)
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class _Scene(NamedTuple):
    title: str
    hours_later: int
    act: Callable[[], None]


@dataclass(kw_only=True)
class _Play:
    """The newsroom's side of the story: what it does before each round of checks."""

    newsroom: Newsroom = field(default_factory=Newsroom)
    stories: dict[str, Story] = field(default_factory=stories)

    def scenes(self) -> tuple[_Scene, ...]:
        return (
            _Scene("A newsroom publishes three stories", 0, self.publish),
            _Scene("A dollar figure changes; the page does not say so", 3, self.cut),
            _Scene("A word is slipped into a headline", 20, self.qualify),
            _Scene("The banner is reworded on every page", 4, self.reword),
            _Scene("A bot challenge, status 200, stands for a story", 1, self.bar),
        )

    def publish(self) -> None:
        self.newsroom.publish(*self.stories.values())

    def cut(self) -> None:
        self.newsroom.edit(self.stories["bridge"], "$175 million", "$157 million")

    def qualify(self) -> None:
        self.newsroom.edit(
            self.stories["exercise"], "End of Operations", "End of Major Operations"
        )

    def reword(self) -> None:
        self.newsroom.reword_banner()

    def bar(self) -> None:
        path = self.stories["bridge"].path
        self.newsroom.instead[path] = challenge(path)


def play(database: Path) -> Iterator[Round]:
    """Make `database` and yield each round once its checks are recorded."""
    acting, clock, profiles = _Play(), _Clock(now=_START), load_profiles()
    with TemporaryDirectory() as folder:
        ca_file = Path(folder) / "ca.pem"
        with (
            served(acting.newsroom, ca_file=ca_file) as address,
            Store.open(database, mode="create", clock=clock) as store,
            _fetcher(store, clock, address, ca_file) as fetcher,
        ):
            _watch(store, acting)
            for number, scene in enumerate(acting.scenes(), start=1):
                clock.now += timedelta(hours=scene.hours_later)
                scene.act()
                at = clock.now
                done = _checks(store, fetcher, clock, profiles)
                yield Round(number, scene.title, at, done)


def _fetcher(store: Store, clock: _Clock, address: str, ca_file: Path) -> Fetcher:
    policy = FetchPolicy(
        contact=f"{ORIGIN}/about/",
        ca=str(ca_file),
        connect_to={f"{HOST}:443": address},
    )
    return Fetcher(policy, ledger=store, clock=clock, sleep=clock.sleep)


def _watch(store: Store, acting: _Play) -> None:
    articles = [ORIGIN + story.path for story in acting.stories.values()]
    for url in articles:
        store.add_watch(
            url=url, kind=WatchKind.ARTICLE, site=None, key=urls.page_key(url)
        )
    listing = ORIGIN + LISTING
    store.add_watch(
        url=listing, kind=WatchKind.LISTING, site=None, key=urls.page_key(listing)
    )


def _checks(
    store: Store, fetcher: Fetcher, clock: _Clock, profiles: Profiles
) -> tuple[tuple[Check, Recorded], ...]:
    done = []
    for page in store.pages():
        held = store.claim(page.id, lease=_LEASE, holder="the demonstration")
        if held is not None:
            done.append(
                check.run(
                    held,
                    store=store,
                    fetcher=fetcher,
                    profiles=profiles,
                    clock=clock,
                    patience=_PATIENCE,
                )
            )
    return tuple(done)
