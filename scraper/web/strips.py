"""A page's life as rows of boxes: where each version and each day's looks are drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scraper.store import DayOfLooks, HistoryLine

WIDTH: Final = 1000.0
HEIGHT: Final = 40.0
_LEAST: Final = 6.0
_TROUBLE: Final = frozenset(
    {"missing", "removed", "withdrawn", "blocked", "suspect", "disallowed", "failed"}
    | {"unreadable"}
)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; `x` and `width` of 1000, `height` of 40 from the bottom."""

    x: float
    width: float
    height: float
    style: str


def version_strip(versions: Sequence[HistoryLine]) -> list[Box]:
    """Return a box for each version, as long as it was seen for.

    A short-lived one is drawn longer than it lived, so that it can be seen and hit.
    """
    lengths = [
        max((version.last_seen_at - version.first_seen_at).total_seconds(), 0.0)
        for version in versions
    ]
    least = min(_LEAST * 4, WIDTH / max(len(versions), 1) / 2)
    room = WIDTH - least * len(versions)
    total = sum(lengths) or 1.0
    boxes: list[Box] = []
    x = 0.0
    for version, length in zip(versions, lengths, strict=True):
        width = least + room * (length / total if sum(lengths) else 1 / len(versions))
        boxes.append(Box(round(x, 2), round(width, 2), HEIGHT, version.origin))
        x += width
    return boxes


def look_strip(looks: Sequence[DayOfLooks]) -> list[Box]:
    """Return a box for each day, higher the more often we looked (logarithmically)."""
    counts = [sum(day.outcomes.values()) for day in looks]
    most = math.log1p(max(counts, default=1))
    width = min(WIDTH / max(len(looks), 1), WIDTH / 30)
    return [
        Box(
            round(at * width, 2),
            round(width * 0.8, 2),
            round(max(HEIGHT * math.log1p(count) / most, _LEAST), 2),
            "trouble" if _TROUBLE & day.outcomes.keys() else "fine",
        )
        for at, (day, count) in enumerate(zip(looks, counts, strict=True))
    ]
