"""How long the pages of `govwatch serve` take on a database of many versions.

    python -m benchmarks.web govwatch-bench.db --versions 50000

The database is made first where there is none (some minutes). Each page is asked for
over Datasette's own ASGI application, in one process, without a network.
"""

from __future__ import annotations

import argparse
import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from scraper import urls
from scraper.model import Event, Image, WatchKind
from scraper.store import Store
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


def main() -> None:
    """Build and measure."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("database", type=Path)
    asked.add_argument("--versions", type=int, default=50_000)
    told = asked.parse_args()
    if not told.database.exists():
        build(told.database, told.versions)


if __name__ == "__main__":
    main()
