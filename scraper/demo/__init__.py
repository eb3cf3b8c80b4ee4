"""The built-in demonstration: a government newsroom that changes its pages, watched.

Nothing is staged on the watching side: real requests over TLS on loopback, the real
assessor, extractor, comparer and store. Only the clock is ours, so that days pass at
once.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from scraper import check
from scraper.config import identity, load_profiles
from scraper.demo.newsroom import (
    HOST,
    LISTING,
    ORIGIN,
    Newsroom,
    challenge,
    forbidden,
    maintenance,
    stories,
)
from scraper.demo.server import served
from scraper.errors import HostBusyError
from scraper.fetch import Fetcher
from scraper.model import FetchPolicy, Host, Outcome, Profile, State, WatchKind
from scraper.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from scraper.config import Profiles
    from scraper.demo.newsroom import Story
    from scraper.model import Check, Page
    from scraper.store import Recorded

_LENGTH = timedelta(hours=134)
"""Of all scenes, with what is looked at again, and an hour to spare."""
_LEASE = timedelta(minutes=5)
_PATIENCE = timedelta(minutes=5)


class Round(NamedTuple):
    """One scene of the demonstration and what Govwatch made of it.

    Attributes:
        resting: Pages that were not asked for, because their host asked for a rest.
    """

    number: int
    title: str
    at: datetime
    checks: tuple[tuple[Check, Recorded], ...]
    resting: tuple[Page, ...]


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
    """What the newsroom does, and how often what looks odd is looked at again."""

    title: str
    hours_later: int
    act: Callable[[], None]
    again: int = 0


@dataclass(kw_only=True)
class _Play:
    """The newsroom's side of the story: what it does before each round of checks."""

    stories: dict[str, Story]
    newsroom: Newsroom = field(default_factory=Newsroom)

    def scenes(self) -> tuple[_Scene, ...]:
        return (
            _Scene("Govwatch is told of a newsroom's list of stories", 0, self.publish),
            _Scene("A dollar figure changes; the page does not say so", 3, self.cut),
            _Scene("A word is slipped into a headline", 20, self.qualify),
            _Scene("The banner is reworded on every page", 4, self.reword),
            _Scene("A bot challenge, status 200, stands for a story", 1, self.bar),
            _Scene("The site closes for an hour of maintenance", 2, self.close),
            _Scene("It opens again", 1, self.open),
            _Scene("A story is taken down", 20, self.take_down, again=2),
            _Scene("It is back, and asks for more money", 5, self.put_back),
            _Scene("A story moves to another address", 3, self.move, again=1),
            _Scene("A story is closed to the public", 2, self.withdraw, again=1),
            _Scene("A new story; nobody tells Govwatch of it", 20, self.add),
            _Scene("Every page gets a new footer", 48, self.refurnish),
            _Scene("A phrase is swapped in every story at once", 3, self.swap),
        )

    def publish(self) -> None:
        self.newsroom.publish(
            *(self.stories[name] for name in ("survey", "bridge", "exercise", "grants"))
        )

    def cut(self) -> None:
        self._edit("bridge", "$175 million", "$157 million")

    def qualify(self) -> None:
        self._edit("exercise", "End of Operations", "End of Major Operations")

    def reword(self) -> None:
        self.newsroom.reword_banner()

    def bar(self) -> None:
        path = self.stories["bridge"].path
        self.newsroom.instead[path] = challenge(path)

    def close(self) -> None:
        self.newsroom.instead.clear()
        self.newsroom.closed = maintenance(minutes=55)

    def open(self) -> None:
        self.newsroom.closed = None

    def take_down(self) -> None:
        self.newsroom.take_down(self.stories["grants"])

    def put_back(self) -> None:
        self.newsroom.publish(self.stories["grants"])
        self._edit("grants", "$6.4 million", "$8.1 million")

    def move(self) -> None:
        self.stories["exercise"] = self.newsroom.move(
            self.stories["exercise"], "north-sea-exercise-ends"
        )

    def withdraw(self) -> None:
        self.newsroom.instead[self.stories["bridge"].path] = forbidden()

    def add(self) -> None:
        self.newsroom.publish(self.stories["hospital"])

    def refurnish(self) -> None:
        self.newsroom.footer = "Department of Examples. All minds made up."

    def swap(self) -> None:
        for name in self.stories:
            self._edit(name, "clean energy", "energy")

    def _edit(self, name: str, before: str, after: str) -> None:
        self.stories[name] = self.newsroom.edit(self.stories[name], before, after)


def play(database: Path, *, now: datetime) -> Iterator[Round]:
    """Make `database` and yield each round once its checks are recorded.

    The last is within the hours before `now`, so that a week's report tells them all
    and no date lies in the future.
    """
    clock, profiles = _Clock(now=_start(now)), _profiles()
    acting = _Play(stories=stories(clock.now.date()))
    with TemporaryDirectory() as folder:
        ca_file = Path(folder) / "ca.pem"
        with (
            served(
                acting.newsroom, ca_file=ca_file, clock=lambda: clock.now
            ) as address,
            Store.open(database, mode="create", clock=clock) as store,
            _fetcher(store, clock, address, ca_file) as fetcher,
        ):
            desk = _Desk(store=store, fetcher=fetcher, clock=clock, profiles=profiles)
            desk.watch(ORIGIN + LISTING)
            for number, scene in enumerate(acting.scenes(), start=1):
                clock.now += timedelta(hours=scene.hours_later)
                scene.act()
                at = clock.now
                desk.look_at_all()
                for _ in range(scene.again):
                    desk.look_again()
                done, resting = desk.report()
                yield Round(number, scene.title, at, done, resting)


def _start(now: datetime) -> datetime:
    return (now.astimezone(UTC) - _LENGTH).replace(minute=0, second=0, microsecond=0)


def _profiles() -> Profiles:
    """Return the packaged site files and one for the newsroom."""
    packaged = load_profiles()
    newsroom = Profile(
        site="examples",
        title="Department of Examples",
        hosts=(Host(name=HOST),),
        family="afpims",
        article_id=r"/Article/(\d+)(?:/|$)",
        layouts=packaged.generic.layouts,
    )
    return replace(packaged, sites=(*packaged.sites, newsroom))


def _fetcher(store: Store, clock: _Clock, address: str, ca_file: Path) -> Fetcher:
    policy = FetchPolicy(
        contact=f"{ORIGIN}/about/",
        ca=str(ca_file),
        connect_to={f"{HOST}:443": address},
    )
    return Fetcher(policy, ledger=store, clock=clock, sleep=clock.sleep)


@dataclass(kw_only=True)
class _Desk:
    """Govwatch's side: what its daemon would do, one page after the other."""

    store: Store
    fetcher: Fetcher
    clock: _Clock
    profiles: Profiles
    _done: list[tuple[Check, Recorded]] = field(default_factory=list)
    _resting: list[Page] = field(default_factory=list)

    def watch(self, url: str) -> None:
        site, key = identity(self.profiles, url)
        self.store.add_watch(url=url, kind=WatchKind.LISTING, site=site, key=key)

    def look_at_all(self) -> None:
        """Look at the list, then at every story that is known by then."""
        listing, *_ = self.store.pages()
        self._look([listing])
        self._look(page for page in self.store.pages() if page.id != listing.id)

    def look_again(self) -> None:
        """Look again at the list and at what is in doubt, when that falls due."""
        doubtful = {
            check.page.id: check.next_check_at
            for check, _ in self._done
            if _is_doubtful(check)
        }
        self.clock.now = max([self.clock.now, *doubtful.values()])
        listing, *stories = self.store.pages()
        self._look([listing, *(page for page in stories if page.id in doubtful)])

    def report(self) -> tuple[tuple[tuple[Check, Recorded], ...], tuple[Page, ...]]:
        """Return what was seen since the last report, and what was let rest."""
        done, resting = tuple(self._done), tuple(self._resting)
        self._done.clear()
        self._resting.clear()
        return done, resting

    def _look(self, pages: Iterable[Page]) -> None:
        for page in pages:
            held = self.store.claim(page.id, lease=_LEASE, holder="the demonstration")
            if held is None:
                continue
            try:
                seen = check.run(
                    held,
                    store=self.store,
                    fetcher=self.fetcher,
                    profiles=self.profiles,
                    clock=self.clock,
                    patience=_PATIENCE,
                )
            except HostBusyError:
                self.store.release(page.id)
                self._resting.append(page)
            else:
                self._done.append(seen)


def _is_doubtful(check: Check) -> bool:
    is_redirect = check.state.redirect_to is not None and check.new_url is None
    is_forbidden = check.outcome is Outcome.WITHDRAWN
    return check.state.state is State.MISSING or is_redirect or is_forbidden
