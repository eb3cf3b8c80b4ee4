from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from scraper.store import DayOfLooks
from scraper.web.strips import HEIGHT, WIDTH, look_strip, version_strip

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
