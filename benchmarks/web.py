"""How long the pages of `govwatch serve` take on a database of many versions.

    python -m benchmarks.web govwatch-bench.db --versions 50000

The database is made first where there is none (some minutes). Each page is asked for
over Datasette's own ASGI application, in one process, without a network; the timeline
with every combination of its filters, on its first page and on a deep one.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import time
from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from scraper import urls
from scraper.model import Event, Image, WatchKind
from scraper.store import Store, Wanted
from scraper.web.server import site
from tests.recorded import Clock, Desk, story

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from datasette.app import Datasette

    from scraper.model import Article

_WORDS = (
    *("bridge", "river", "county", "engineer", "contract", "award", "million"),
    *("office", "secretary", "notice", "clean", "energy", "program", "officials"),
    *("operations", "readiness", "exercise", "training", "ally", "water", "levee"),
    *("harbor", "dredging", "schedule", "budget", "review", "report", "comment"),
)
_VERSIONS_OF_A_PAGE = 20
_OFTEN = "https://www.often.gov/status"
_VERSIONS_OF_OFTEN = 1000
_ALIKE = 400
"""Pages in which the same words are swapped: one mass edit."""

_FILTERS = {
    "site": ("", "agency-7", "nowhere"),
    "kind": ("", "edited", "removed", "moved"),
    "silent": ("", "1"),
    "weight": ("", "0.3", "0.9"),
    "words": ("", "bridge", "harbor levee", "777 million", "zeppelin"),
}
"""Common, rare and absent values of each filter of the timeline."""


def build(path: Path, versions: int) -> None:
    """Make a database of so many versions, twenty to a page."""
    luck = random.Random(12)
    clock = Clock()
    with Store.open(path, mode="create", clock=clock) as store:
        desk = Desk(store, clock)
        for number in range(versions // _VERSIONS_OF_A_PAGE):
            _live(desk, number, luck)
            if number % 100 == 99:
                print(f"{(number + 1) * _VERSIONS_OF_A_PAGE} versions", flush=True)
        edit_often(desk, luck)
        edit_alike(desk, luck)


def edit_often(desk: Desk, luck: random.Random) -> None:
    """Give one page more versions than a screen holds."""
    desk.watch(_OFTEN, site="often")
    article = _article(_OFTEN, 0, luck)
    desk.clock.now -= timedelta(hours=_VERSIONS_OF_OFTEN)
    for turn in range(_VERSIONS_OF_OFTEN):
        blocks = (
            replace(article.blocks[0], text=f"Count {turn}."),
            *article.blocks[1:],
        )
        desk.look(replace(article, blocks=blocks), _OFTEN)


def edit_alike(desk: Desk, luck: random.Random) -> None:
    """Take the same word out of many pages within a day."""
    found = [f"https://www.alike.gov/programs/{number}" for number in range(_ALIKE)]
    said = "The office pays for {} in every county."
    texts = [_sentence(luck) for _ in found]
    for old in ("clean energy", "energy"):
        for url, text in zip(found, texts, strict=True):
            if old == "clean energy":
                desk.watch(url, site="alike")
            desk.look(story(text, said.format(old), url=url), url)
            desk.clock.now -= timedelta(minutes=59)


def _live(desk: Desk, number: int, luck: random.Random) -> None:
    """Let one page live through its versions."""
    site = f"agency-{number % 40}"
    url = f"https://www.{site}.gov/releases/{number}"
    desk.clock.now -= timedelta(hours=_VERSIONS_OF_A_PAGE) - timedelta(minutes=7)
    desk.store.add_watch(
        url=url, kind=WatchKind.ARTICLE, site=site, key=urls.page_key(url)
    )
    article = _article(url, number, luck)
    for turn in range(_VERSIONS_OF_A_PAGE):
        desk.look(article, url)
        article = _edited(article, turn, luck)
    if number % 25 == 0:
        at = desk.clock.now
        gone = Event(
            kind="removed", first_seen_at=at, last_seen_at=at, summary="It is gone."
        )
        page = desk.page(url)
        desk.store.add_event(gone, site=None, page_id=page.id)


def _sentence(luck: random.Random, words: int = 40) -> str:
    return " ".join(luck.choice(_WORDS) for _ in range(words)).capitalize() + "."


def _article(url: str, number: int, luck: random.Random) -> Article:
    texts = [_sentence(luck) for _ in range(12)]
    picture = Image(src=f"{url}.jpg", caption=_sentence(luck, 15), alt="A bridge")
    return story(
        *texts,
        url=url,
        title=f"Story {number} of the {luck.choice(_WORDS)}",
        images=(picture,),
    )


def _edited(article: Article, turn: int, luck: random.Random) -> Article:
    blocks = list(article.blocks)
    at = luck.randrange(len(blocks))
    text = blocks[at].text.replace(".", f" for ${luck.randrange(900)} million.")
    blocks[at] = replace(blocks[at], text=text)
    if turn % 3 == 0:
        blocks[-1] = replace(blocks[-1], text=_sentence(luck))
    updated = f"2026-11-{1 + turn:02}" if turn % 2 else article.updated
    return replace(article, blocks=tuple(blocks), updated=updated)


def addresses(path: Path) -> list[str]:
    """Return addresses of each kind of page, the hard cases among them."""
    with Store.open(path, mode="read", clock=Clock()) as store:
        line = store.browsing.timeline(
            Wanted(kind="edited", site="agency-7"), limit=300
        )[-1]
        mass = store.browsing.timeline(Wanted(kind="mass_edit", site="alike"), limit=1)[
            0
        ]
        member = store.browsing.timeline(Wanted(kind="edited", site="alike"), limit=1)[
            0
        ]
        busy = store.browsing.timeline(Wanted(kind="edited", site="often"), limit=9)[-1]
        often = store.page(_OFTEN)
        assert often is not None
    name = path.stem
    return [
        "/-/timeline.atom",
        "/-/timeline.atom?silent=1&site=agency-7",
        f"/-/change/{line.ref}",
        f"/-/change/{line.ref}?view=inline",
        f"/-/change/{line.ref}/evidence.zip",
        f"/-/change/{member.ref}",
        f"/-/group/{mass.id}",
        f"/-/change/{busy.ref}",
        f"/-/page/{line.page_id}",
        f"/-/page/{line.page_id}/text?version=3",
        f"/-/page/{line.page_id}/text?at=2026-12-31",
        f"/-/page/{line.page_id}/compare?old=1&new=20",
        f"/-/page/{often.id}",
        f"/-/page/{often.id}?before=500",
        f"/-/page/{often.id}/compare?old=1&new={_VERSIONS_OF_OFTEN}",
        f"/-/page?url={_OFTEN}",
        "/-/phrase?words=clean+energy",
        "/-/phrase?words=bridge",
        "/-/phrase?words=777+million",
        "/-/phrase?words=zeppelin",
        "/-/sites",
        f"/{name}",
        f"/{name}/recent_changes?_nocount=1",
        f"/{name}/changes",
        f"/{name}/pages",
    ]


def filtered(path: Path) -> Iterator[str]:
    """Yield the timeline with every combination of its filters, twice."""
    with Store.open(path, mode="read", clock=Clock()) as store:
        lines = store.browsing.timeline(Wanted(), limit=40_000)
    deep = f"{lines[-1].at:%Y-%m-%dT%H:%M:%SZ}_{lines[-1].id}"
    for values in product(*_FILTERS.values(), ("", deep)):
        told = dict(zip((*_FILTERS, "before"), values, strict=True))
        yield f"/-/timeline?{urlencode({k: v for k, v in told.items() if v})}"


class Taken(NamedTuple):
    """Milliseconds of one page: until it is whole, and of the processor.

    On a machine that others use, the processor's tell more.
    """

    p95: float
    median: float
    cpu: float
    address: str

    def __str__(self) -> str:
        return f"{self.median:8.1f} {self.p95:8.1f} {self.cpu:8.1f}  {self.address}"


async def _took(served: Datasette, address: str, times: int) -> Taken:
    await served.client.get(address)
    taken = []
    busy = time.process_time()
    for _ in range(times):
        start = time.perf_counter()
        answer = await served.client.get(address)
        taken.append((time.perf_counter() - start) * 1000)
        if answer.status_code != 303:
            answer.raise_for_status()
    cpu = (time.process_time() - busy) * 1000 / times
    *_, p95 = statistics.quantiles(taken, n=20)
    return Taken(p95, statistics.median(taken), cpu, address)


async def measure(path: Path, times: int) -> None:
    """Print every page, and the slowest of the timelines."""
    served = site(path, names=[], time_zone="America/New_York")
    print(f"{'median':>8} {'p95':>8} {'cpu':>8}  page")
    for address in addresses(path):
        print(await _took(served, address, times), flush=True)
    timelines = [await _took(served, address, times) for address in filtered(path)]
    _print_slowest(timelines)


def _print_slowest(timelines: Iterable[Taken]) -> None:
    slowest = sorted(timelines, reverse=True)
    print(f"The slowest 12 of {len(slowest)} timelines:")
    for taken in slowest[:12]:
        print(taken)


def main() -> None:
    """Build and measure."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("database", type=Path)
    asked.add_argument("--versions", type=int, default=50_000)
    asked.add_argument("--times", type=int, default=40)
    told = asked.parse_args()
    if not told.database.exists():
        build(told.database, told.versions)
    asyncio.run(measure(told.database, told.times))


if __name__ == "__main__":
    main()
