"""The same edit on many pages is told once; so is a new footer, but not alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from scraper import check
from scraper.model import sha256
from scraper.store import Store
from tests.newsroom import PROFILES, Clock, Newsroom, look, newsroom, url, watch
from tests.recorded import URL, desk, story

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGES = 40


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    with Store.open(tmp_path / "g.db", mode="create", clock=clock) as opened:
        yield opened


def opened(store: Store, clock: Clock, pages: int) -> Newsroom:
    room = newsroom(clock, pages)
    watch(store, room)
    look(store, room)
    return room


def reword(room: Newsroom, before: str, after: str, *pages: int) -> None:
    for page in pages or room.titles:
        old = room.paragraphs[page]
        room.paragraphs[page] = [text.replace(before, after) for text in old]


def kinds(store: Store) -> list[str]:
    return [event.kind for event in store.events(limit=10_000)]


def test_a_phrase_swapped_on_forty_pages_is_one_mass_edit(store, clock):
    room = opened(store, clock, PAGES)
    reword(room, "clean energy sources", "energy sources")
    done = look(store, room)
    assert sum(recorded.change is not None for _, recorded in done) == PAGES
    (group,) = store.groups()
    assert group.event.kind == "mass_edit"
    assert group.event.summary == (
        "40 pages: \u201cclean energy\u201d became \u201cenergy\u201d"
    )
    assert len(group.members) == PAGES
    refs = {change.ref for change in store.changes(limit=100)}
    assert {member.ref for member in group.members} == refs
    assert group.significance > max(
        change.comparison.significance for change in store.changes(limit=100)
    )
    assert kinds(store).count("mass_edit") == 1
    assert kinds(store).count("edited") == PAGES


def test_a_new_footer_on_forty_pages_is_one_template_change_and_no_edit(store, clock):
    room = opened(store, clock, PAGES)
    room.footer = "<p>Office hours: by appointment</p><p>A new line</p>"
    done = look(store, room)
    assert not any(recorded.change for _, recorded in done)
    (group,) = store.groups()
    assert group.event.kind == "template_changed"
    assert group.event.summary == (
        "Around the articles of 40 pages: \u201cOffice hours: 8:30 a.m. to 4:30 p.m."
        "\u201d became \u201cOffice hours: by appointment / A new line\u201d"
    )
    assert len(group.members) == PAGES
    assert kinds(store).count("template_changed") == 1
    assert "edited" not in kinds(store)


def test_a_phrase_with_a_link_in_it_is_no_template_change(store, clock):
    room = opened(store, clock, 4)
    reword(room, "clean energy sources", '<a href="/x">clean power</a> sources')
    look(store, room)
    reword(room, "clean power", "power")
    look(store, room)
    assert {group.event.kind for group in store.groups()} == {"mass_edit"}


def test_a_footer_and_a_phrase_at_once_are_told_apart(store, clock):
    room = opened(store, clock, 4)
    reword(room, "clean energy", "energy")
    room.footer = "<p>Another footer</p>"
    done = look(store, room)
    assert all(recorded.change for _, recorded in done)
    assert [group.event.kind for group in store.groups()] == [
        "mass_edit",
        "template_changed",
    ]


def test_two_pages_are_not_many(store, clock):
    room = opened(store, clock, 4)
    reword(room, "clean energy", "energy", 0, 1)
    look(store, room)
    assert store.groups() == []


def test_a_group_grows_for_a_day_and_no_longer(store, clock):
    room = opened(store, clock, 8)
    reword(room, "clean energy", "energy", 0, 1, 2)
    look(store, room)
    clock.now += timedelta(hours=20)
    reword(room, "clean energy", "energy", 3)
    look(store, room)
    (group,) = store.groups()
    assert len(group.members) == 4
    assert group.event.summary.startswith("4 pages: ")
    clock.now += timedelta(hours=48)
    reword(room, "clean energy", "energy", 4)
    look(store, room)
    assert [len(group.members) for group in store.groups()] == [4]


def test_after_a_quiet_day_it_is_another_group(store, clock):
    room = opened(store, clock, 8)
    reword(room, "clean energy", "energy", 0, 1, 2)
    look(store, room)
    clock.now += timedelta(hours=48)
    reword(room, "clean energy", "energy", 3, 4, 5)
    look(store, room)
    assert [len(group.members) for group in store.groups()] == [3, 3]


def test_groups_that_begin_and_end_together_are_told_apart(store, clock):
    room = opened(store, clock, 5)
    reword(room, "clean energy", "energy", 0, 1, 2)
    reword(room, "the office", "the bureau", 0, 1, 2)
    look(store, room)
    reword(room, "clean energy", "energy", 3)
    reword(room, "the office", "the bureau", 4)
    look(store, room, 3, 4)
    told = {(group.before, len(group.members)) for group in store.groups()}
    assert told == {("clean energy", 4), ("office", 4)}


def test_furniture_of_an_old_capture_is_no_news(store, clock):
    room = opened(store, clock, 4)
    room.footer = "<p>The footer of last year</p>"
    for number in room.titles:
        page = store.page(url(number))
        assert page is not None
        old = replace(
            room.fetch(url(number)),
            captured_at=clock.now - timedelta(days=300),
            source="memento",
        )
        reader = check.Reader.over(store, profiles=PROFILES)
        store.record(check.examine(page, old, reader=reader))
    assert store.groups() == []


def test_function_words_and_figures_in_common_are_chance(store, clock):
    room = opened(store, clock, 4)
    for page, words in enumerate(("red", "green", "blue", "grey")):
        room.paragraphs[page].append(f"Small {words} the tall {words} stands there 1.")
    look(store, room)
    for page, words in enumerate(("red", "green", "blue", "grey")):
        room.paragraphs[page][-1] = f"Small {words} a tall {words} stands there 1."
    look(store, room)
    said = [(group.before, group.after) for group in store.groups()]
    assert said == [("the tall", "a tall")]


def test_one_rewritten_paragraph_on_many_pages_is_one_group(store, clock):
    room = opened(store, clock, 5)
    for page in room.paragraphs:
        room.paragraphs[page].append(
            "About us: the agency keeps clean water, fair wages and safe piers."
        )
    look(store, room)
    (added,) = store.groups()
    assert added.after is not None
    assert added.after.startswith("About us")
    clock.now += timedelta(days=3)
    for page in room.paragraphs:
        room.paragraphs[page][-1] = (
            "About us: the agency keeps deep water, fair prices and busy piers."
        )
    look(store, room)
    assert [len(group.members) for group in store.groups()] == [5, 5]


def test_titles_count_as_text_does(store, clock):
    room = opened(store, clock, 3)
    for page in room.titles:
        room.titles[page] = room.titles[page].replace("program", "initiative")
    look(store, room)
    (group,) = store.groups()
    assert (group.before, group.after) == (
        "program",
        "initiative",
    )


def test_three_pages_gone_are_one_mass_removal(store, clock):
    room = opened(store, clock, 6)
    room.gone = {0, 1, 2}
    for _ in range(3):
        look(store, room)
    (group,) = store.groups()
    assert group.event.kind == "mass_removal"
    assert group.event.summary == "3 pages gone within a day"
    assert [member.page_url for member in group.members] == [url(n) for n in range(3)]
    assert kinds(store).count("removed") == 3


def test_a_change_knows_its_group(store, clock):
    room = opened(store, clock, 4)
    reword(room, "clean energy", "energy", 0, 1, 2)
    reword(room, "channel 3", "channel 4", 3)
    look(store, room)
    by_page = {change.page_url: change for change in store.changes()}
    (group,) = store.groups_of(by_page[url(0)].id)
    assert group.event.kind == "mass_edit"
    assert store.groups_of(by_page[url(3)].id) == []


def test_groups_do_not_disturb_the_proof(store, clock):
    room = opened(store, clock, 4)
    reword(room, "clean energy", "energy")
    room.footer = "<p>Another</p>"
    look(store, room)
    assert len(store.groups()) == 2
    assert store.verify() == []


def test_twelve_kinds_of_furniture_need_eight_dictionaries_and_are_read_back(tmp_path):
    with (made := desk(tmp_path)).store as kept:
        for footer in ("The old footer of the office", "The new one of the office"):
            for n in range(12):
                address = f"{URL}/{n}"
                made.watch(address)
                own = [sha256(b"%d-%d" % (n, k)) for k in range(40)]
                seen = story("It stands.", url=address)
                made.look(seen, address, furniture=(*own, footer), events=())
        dictionaries = kept._db.value("SELECT count(*) FROM furniture_dictionaries")
        gone = kept._db.rows("SELECT line FROM furniture_moves WHERE op = 'removed'")
    assert dictionaries == 8
    assert [row["line"] for row in gone] == ["The old footer of the office"] * 12
