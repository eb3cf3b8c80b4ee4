"""Noise from the first sight of it to its removal, over a recorded database."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from scraper import check
from scraper.errors import StoreError
from scraper.model import Host, Layout, Outcome, Profile
from scraper.store import Store
from tests.newsroom import HOST, PROFILES, Clock, Newsroom, look, newsroom, url, watch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from scraper.config import Profiles
    from scraper.model import Change, Check
    from scraper.store import Recorded

LINE = "Currently {:,} people are following this topic."
SHAPE = "Currently # people are following this topic."


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    with Store.open(tmp_path / "n.db", mode="create", clock=clock) as opened:
        yield opened


def ticking(store: Store, clock: Clock, pages: int = 3) -> Newsroom:
    room = newsroom(clock, pages)
    room.line = lambda requests: LINE.format(1000 + 7 * requests)
    watch(store, room)
    look(store, room)
    return room


def outcomes(done: list[tuple[Check, Recorded]]) -> list[Outcome]:
    return [check.outcome for check, _ in done]


def text(store: Store, page: int = 0) -> str:
    found = store.page(url(page))
    assert found is not None
    assert found.latest is not None
    return found.latest.article.text


def changes(store: Store) -> list[Change]:
    return store.changes(limit=1000)


def test_a_line_that_ticks_is_learned_from_one_second_look(store, clock):
    room = ticking(store, clock)
    asked = room.requests
    assert outcomes(look(store, room)) == [Outcome.UNCHANGED] * 3
    assert room.requests == asked + 4
    (known,) = store.known_noise()
    assert (known.pattern.host, known.pattern.shape) == (HOST, SHAPE)
    assert changes(store) == []


def test_learned_noise_shows_what_it_was_learned_from(store, clock):
    room = ticking(store, clock)
    look(store, room)
    (known,) = store.known_noise()
    texts = [(one.before, one.after) for one in known.pattern.evidence]
    assert texts == [
        (LINE.format(1007), LINE.format(1028)),
        (LINE.format(1028), LINE.format(1035)),
    ]
    assert known.pattern.evidence[0].after_sha256 is not None
    assert store.body(known.pattern.evidence[0].after_sha256) is not None


def test_a_figure_that_was_edited_is_told_though_it_stands_alone(store, clock):
    room = newsroom(clock, 3)
    room.line = lambda requests: LINE.format(4213)
    watch(store, room)
    look(store, room)
    room.line = lambda requests: LINE.format(4312)
    done = look(store, room)
    assert outcomes(done) == [Outcome.CHANGED] * 3
    assert changes(store)[0].comparison.numbers == (("4,213", "4,312"),)
    assert store.known_noise() == []


def test_an_edit_beside_the_noise_is_told_without_it(store, clock):
    room = ticking(store, clock)
    room.paragraphs[0][1] = room.paragraphs[0][1].replace("300 of", "299 of")
    done = look(store, room)
    assert outcomes(done) == [Outcome.CHANGED, Outcome.UNCHANGED, Outcome.UNCHANGED]
    (change,) = changes(store)
    (edit,) = change.comparison.edits
    assert "299 of its cranes" in (edit.after or "")


def test_a_figure_in_a_sentence_of_the_same_form_is_told(store, clock):
    room = ticking(store, clock)
    look(store, room)
    said = "Masters met again. Currently {} people are following this topic."
    room.paragraphs[0].append(said.format("4,213"))
    look(store, room)
    room.paragraphs[0][-1] = said.format("4,312")
    look(store, room)
    numbers = [change.comparison.numbers for change in changes(store)]
    assert numbers == [(("4,213", "4,312"),), ()]


def test_a_page_that_cannot_be_asked_again_is_told_as_it_was_seen(store, clock):
    room = ticking(store, clock, pages=1)
    room.busy_after = room.requests + 1
    assert outcomes(look(store, room)) == [Outcome.CHANGED]
    assert store.known_noise() == []


def test_behind_a_cache_three_pages_must_move_twice(store, clock):
    room = ticking(store, clock, pages=4)
    # The same for everybody until the hour is over.
    room.line = lambda requests: LINE.format(1000 + clock.now.hour)
    look(store, room)
    done = look(store, room)
    assert outcomes(done) == [Outcome.CHANGED] * 3 + [Outcome.UNCHANGED]
    (known,) = store.known_noise()
    assert known.pattern.reason == (
        "moved at every look on 3 pages while all else stood"
    )
    assert outcomes(look(store, room)) == [Outcome.UNCHANGED] * 4


def test_behind_a_cache_nothing_is_learned_from_pages_that_are_edited(store, clock):
    room = ticking(store, clock, pages=4)
    room.line = lambda requests: LINE.format(1000 + clock.now.hour)
    for again in range(3):
        for texts in room.paragraphs.values():
            texts[2] += f" Notice {'again ' * again}to mariners."
        assert outcomes(look(store, room)) == [Outcome.CHANGED] * 4
    assert store.known_noise() == []


def test_of_a_suspect_only_the_latest_sightings_are_kept(store, clock):
    room = ticking(store, clock, pages=1)
    room.line = lambda requests: LINE.format(1000 + clock.now.hour)
    for _ in range(5):
        look(store, room)
    kept = store._db.rows("SELECT look FROM noise_sightings")
    assert [row["look"] for row in kept] == [5, 6]


def test_captures_from_an_archive_teach_nothing(store, clock):
    room = ticking(store, clock, pages=1)
    page = store.page(url(0))
    assert page is not None
    reader = check.Reader.over(store, profiles=PROFILES)
    live = room.fetch(url(0))
    assert check.examine(page, live, reader=reader).moving
    archived = replace(live, source="memento")
    assert check.examine(page, archived, reader=reader).moving == ()


def test_removed_noise_is_compared_again_and_nothing_recorded_changes(store, clock):
    room = ticking(store, clock)
    room.paragraphs[0][1] = room.paragraphs[0][1].replace("clean", "solar")
    look(store, room)
    before = changes(store)
    (known,) = store.known_noise()
    assert store.remove_noise(known.number).shape == SHAPE
    assert store.noise(HOST) == ()
    assert changes(store) == before
    room.line = lambda requests: LINE.format(9000)  # no longer ticking: news
    done = look(store, room)
    assert outcomes(done) == [Outcome.CHANGED] * 3
    assert LINE.format(9000) in text(store)
    assert [change for change in changes(store) if change in before] == before
    assert store.verify() == []


def test_removed_noise_that_still_ticks_is_learned_anew(store, clock):
    room = ticking(store, clock)
    look(store, room)
    store.remove_noise(store.known_noise()[0].number)
    assert outcomes(look(store, room)) == [Outcome.UNCHANGED] * 3
    assert [known.number for known in store.known_noise()] == [2]
    assert changes(store) == []


def test_noise_that_is_not_in_force_cannot_be_removed(store, clock):
    ticking(store, clock)
    with pytest.raises(StoreError, match="no learned noise 7"):
        store.remove_noise(7)


def test_learning_reads_the_older_text_again_and_claims_no_edit(store, clock):
    room = ticking(store, clock)
    assert LINE.format(1007) in text(store)
    look(store, room)
    assert "following" not in text(store)
    page = store.page(url(0))
    assert page is not None
    assert page.latest is not None
    assert page.latest.origin == "reread"
    look(store, room)
    assert len(store.versions(page.id)) == 2
    assert changes(store) == []


def test_noise_holds_on_its_own_host_only(store, clock):
    room = ticking(store, clock)
    look(store, room)
    assert len(store.noise(HOST)) == 1
    assert store.noise("www.other.gov") == ()


def test_an_upgrade_of_the_reader_claims_no_edit_and_no_new_template(store, clock):
    room = ticking(store, clock, pages=4)
    room.paragraphs[0][1] = room.paragraphs[0][1].replace("clean", "solar")
    look(store, room)
    before, groups = changes(store), store.groups()
    # From now on the first paragraph of every page is boilerplate, says a new layout.
    newer = Layout(name="newer", remove=("article > p:first-of-type",))
    done = look(store, room, profiles=profiles(newer))
    # Noise is learned for a layout: under the new one it shows itself once more.
    assert outcomes(done) == [Outcome.UNCHANGED] * 4
    assert "Notice" not in text(store)
    assert (changes(store), store.groups()) == (before, groups)
    done = look(store, room)  # and back: the older rules read the newer captures
    assert outcomes(done) == [Outcome.UNCHANGED] * 4
    assert "Notice" in text(store)
    assert (changes(store), store.groups()) == (before, groups)
    assert store.verify() == []


def profiles(layout: Layout) -> Profiles:
    site = Profile(
        site="harbor",
        title="Harbor Agency",
        hosts=(Host(name=HOST),),
        layouts=(layout,),
    )
    return replace(PROFILES, sites=(*PROFILES.sites, site))
