from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, get_args

import pytest

from scraper.model import EventKind
from scraper.store import DayOfLooks
from scraper.web.rendering import (
    HEIGHT,
    WIDTH,
    around,
    look_strip,
    span,
    tone,
    version_strip,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass
class Line:
    first_seen_at: datetime
    last_seen_at: datetime
    origin: str = "changed"


def lines(*hours: float) -> Any:
    return [Line(NOON, NOON + timedelta(hours=h)) for h in hours]


@pytest.mark.parametrize("hours", [(1,), (0,), (0, 0, 0), (1, 500, 0.01), (1,) * 900])
def test_versions_fill_the_strip_and_none_is_too_thin_to_see(hours):
    boxes = version_strip(lines(*hours))
    assert len(boxes) == len(hours)
    assert sum(box.width for box in boxes) == pytest.approx(WIDTH, abs=len(hours) / 100)
    assert min(box.width for box in boxes) >= min(24, WIDTH / len(hours) / 2) - 0.01
    for left, right in pairwise(boxes):
        assert right.x == pytest.approx(left.x + left.width, abs=0.02)


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (timedelta(seconds=0.2), "1 s"),
        (timedelta(minutes=1, seconds=59), "119 s"),
        (timedelta(minutes=10), "10 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=3, seconds=26), "3 h 1 min"),
        (timedelta(days=1, hours=23, minutes=59, seconds=1), "2 days"),
        (timedelta(days=9, hours=3), "9 days 3 h"),
    ],
)
def test_a_span_is_told_no_shorter_than_it_was(length, told):
    assert span(length) == told


def test_a_version_seen_for_longer_is_drawn_longer():
    short, long = version_strip(lines(1, 10))
    assert long.width > short.width


def test_a_page_without_versions_has_an_empty_strip():
    assert version_strip([]) == []
    assert look_strip([]) == []


def test_days_in_which_a_look_failed_stand_out():
    quiet, bad = look_strip(
        [
            DayOfLooks(day="2026-11-22", outcomes={"unchanged": 3}),
            DayOfLooks(day="2026-11-23", outcomes={"unchanged": 300, "blocked": 1}),
        ]
    )
    assert (quiet.style, bad.style) == ("fine", "trouble")
    assert quiet.height < bad.height <= HEIGHT


@pytest.mark.parametrize(
    ("text", "words", "found"),
    [
        ("The wards run on clean energy.", "Clean Energy", "clean energy"),
        ("It was built for $175 million.", "for 175 million", "for $175 million"),
        ("Un caf\u00e9 \u00e0 Paris", "cafe a", "caf\u00e9 \u00e0"),
        ("Unclean energy, then clean, energy.", "clean energy", "clean, energy"),
        ("Nothing says so.", "clean energy", ""),
        ("Nothing says so.", " .*( ", ""),
        ("\u0130stanbul \ufb01les a claim", "files", ""),
    ],
)
def test_the_words_are_found_as_the_search_finds_them(text, words, found):
    before, told, after = around(text, words)
    assert told == found
    assert before + told + after == text


def test_what_stands_around_the_words_is_cut_between_words():
    before, told, after = around("left " * 90 + "clean energy" + " right" * 90, "clean")
    assert told == "clean"
    assert before.startswith("\u2026left ")
    assert after.endswith(" right\u2026")
    assert max(len(before), len(after)) < 120


def test_every_kind_of_event_has_its_tone_and_most_tones_are_used():
    tones = {kind: tone(kind) for kind in get_args(EventKind)}
    assert set(tones.values()) == {"lost", "aside", "story"}
    assert tones["edited"] == tones["mass_edit"] == tones["published"] == "story"
    assert tones["removed"] == tones["mass_removal"] == "lost"
    assert tones["recovered"] == tones["template_changed"] == "aside"
