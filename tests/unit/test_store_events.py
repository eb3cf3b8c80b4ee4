"""A correction on one page is told on the timeline of the page it speaks of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scraper.extraction import pointers
from scraper.model import Article, Block, Event, Link
from scraper.store import Store
from tests.newsroom import Clock, Newsroom, look, newsroom, url, watch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOTE = (
    "CORRECTION: The contract announced on Nov. {}, 2026, to Pier Works is $3 million."
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    with Store.open(tmp_path / "p.db", mode="create", clock=clock) as opened:
        yield opened


def dated(store: Store, clock: Clock) -> Newsroom:
    """Three pages of which page n came out on November 10 + n."""
    room = newsroom(clock, 3)
    for page, texts in room.paragraphs.items():
        texts.insert(0, f"Nov. {10 + page}, 2026")
    watch(store, room)
    look(store, room)
    return room


def told(store: Store, page: int) -> list[Event]:
    found = store.page(url(page))
    assert found is not None
    events = store.events(page_id=found.id)
    return [event for event in events if event.kind == "corrected"]


def article(text: str, *links: Link) -> Article:
    block = Block("paragraph", text, links)
    return Article(url=url(0), blocks=(block,), notes=(text,))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        (NOTE.format(10), ("2026-11-10",)),
        ("UPDATE: Contracts announced Monday, Nov. 9, 2026 add Pier.", ("2026-11-09",)),
        ("CORRECTION: The list published on 9 November 2026 erred.", ("2026-11-09",)),
        ("CORRECTION: Work ends by Nov. 9, 2026, not in May.", ()),
    ],
)
def test_a_note_names_the_day_of_what_it_corrects(text, days):
    assert [one.days for one in pointers(article(text))] == [days] * bool(days)


def test_a_note_names_what_it_links_to():
    link = Link("the release", url(1))
    (found,) = pointers(article("CORRECTION: The release erred.", link))
    assert found.urls == (url(1),)


def test_text_that_is_no_note_names_nothing():
    block = Block("paragraph", "A list announced on Nov. 10, 2026, stands.")
    assert pointers(Article(url=url(0), blocks=(block,))) == ()


def test_a_correction_is_told_on_the_page_of_that_day(store, clock):
    room = dated(store, clock)
    room.paragraphs[2].append(NOTE.format(10))
    look(store, room)
    (event,) = told(store, 0)
    assert event.detail == {"by": url(2), "note": NOTE.format(10)}
    assert url(2) in event.summary
    assert told(store, 1) == told(store, 2) == []
    assert store.verify() == []


def test_a_correction_is_told_on_the_page_it_links_to(store, clock):
    room = dated(store, clock)
    room.paragraphs[2].append(f'CORRECTION: <a href="{url(1)}">This release</a> erred.')
    look(store, room)
    assert [event.detail["by"] for event in told(store, 1)] == [url(2)]


def test_a_correction_is_told_once_however_long_it_stands(store, clock):
    room = dated(store, clock)
    room.paragraphs[2].append(NOTE.format(10))
    look(store, room)
    room.paragraphs[2][2] += " Another sentence was added to it."
    look(store, room)
    assert len(told(store, 0)) == 1


def test_a_day_with_two_pages_names_neither(store, clock):
    room = dated(store, clock)
    room.paragraphs[1][0] = "Nov. 10, 2026"
    look(store, room)
    room.paragraphs[2].append(NOTE.format(10))
    look(store, room)
    assert told(store, 0) == told(store, 1) == []


def test_a_page_does_not_correct_itself_elsewhere(store, clock):
    room = dated(store, clock)
    room.paragraphs[2].append(NOTE.format(12))
    look(store, room)
    assert [told(store, page) for page in (0, 1, 2)] == [[], [], []]
