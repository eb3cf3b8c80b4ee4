from typing import get_args

import pytest

from scraper.model import EventKind
from scraper.web.rendering import around, tone


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
