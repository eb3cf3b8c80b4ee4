"""How long the pages of `govwatch serve` take on a database of many versions.

    python -m benchmarks.web govwatch-bench.db --versions 50000

The database is made first where there is none (some minutes). Each page is asked for
over Datasette's own ASGI application, in one process, without a network.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from scraper import urls
from scraper.model import Event, Image, WatchKind
from scraper.store import Store, Wanted
from scraper.web.server import site
from tests.recorded import Clock, Desk, story

if TYPE_CHECKING:
    from scraper.model import Article

_WORDS = (
    *("bridge", "river", "county", "engineer", "contract", "award", "million"),
    *("office", "secretary", "notice", "clean", "energy", "program", "officials"),
    *("operations", "readiness", "exercise", "training", "ally", "water", "levee"),
    *("harbor", "dredging", "schedule", "budget", "review", "report", "comment"),
)
_VERSIONS_OF_A_PAGE = 20


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
    """Return one address of each kind of page, the hard cases among them."""
    with Store.open(path, mode="read", clock=Clock()) as store:
        lines = store.timeline(Wanted(kind="edited"), limit=30)
        page, ref = lines[-1].page_id, lines[-1].ref
    name = path.stem
    return [
        "/-/timeline",
        "/-/timeline?silent=1",
        "/-/timeline?weight=0.9",
        "/-/timeline?kind=removed",
        "/-/timeline?site=agency-7",
        "/-/timeline?site=nowhere",
        "/-/timeline?words=bridge",
        "/-/timeline?words=harbor+levee&silent=1&site=agency-7",
        "/-/timeline.atom",
        f"/-/change/{ref}",
        f"/-/change/{ref}?view=inline",
        f"/-/change/{ref}/evidence.zip",
        f"/-/page/{page}",
        f"/-/page/{page}/text?version=3",
        f"/-/page/{page}/compare?old=1&new=20",
        "/-/phrase?words=clean+energy",
        "/-/phrase?words=bridge",
        "/-/sites",
        f"/{name}",
        f"/{name}/recent_changes",
        f"/{name}/changes",
        f"/{name}/pages",
    ]


async def measure(path: Path, times: int) -> None:
    """Print milliseconds to the whole page, and of the processor for each.

    On a machine that others use, the processor's tell more.
    """
    served = site(path, names=[], time_zone="America/New_York")
    print(f"{'median':>8} {'p95':>8} {'cpu':>8}  page")
    for address in addresses(path):
        taken = []
        busy = time.process_time()
        for _ in range(times + 1):
            start = time.perf_counter()
            answer = await served.client.get(address)
            taken.append((time.perf_counter() - start) * 1000)
            answer.raise_for_status()
        *_, p95 = statistics.quantiles(taken[1:], n=20)
        cpu = (time.process_time() - busy) * 1000 / len(taken)
        print(f"{statistics.median(taken[1:]):8.1f} {p95:8.1f} {cpu:8.1f}  {address}")


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
