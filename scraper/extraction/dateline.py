"""The place a story is filed from: `FALLS CHURCH, Va. (AFNS) -- `."""

from __future__ import annotations

import re

_CAPITALS = r"(?:[A-Z][A-Z.'\u2019\u00c0-\u00dc-]+|[A-Z]\.(?:[A-Z]\.)*)"
_STATE = (
    r"(?:[A-Z][a-z]+\.?|[A-Z]\.\s?[A-Z]\.?|[A-Z]{2}\b)"
    r"(?:\s(?:[A-Z][a-z]+\.?|[A-Z]\.))?"
)
_DATE = (
    r"(?:Jan|Feb|March|Mar|April|Apr|May|June|July|Aug|Sept?|Oct|Nov|Dec)[a-z]*\.?"
    r"\s\d{1,2}(?:,\s\d{4})?"
)
_BRACKETS = rf"\((?:[A-Z][A-Za-z.]{{1,7}}|[A-Z][A-Z /.-]{{1,20}}|{_DATE})\)"
_DASH = r"(?:--+|[—\u2013]|\u2015|-(?=\s))"
_DATELINE = re.compile(
    rf"^(?P<dateline>{_CAPITALS}(?:[ /]{_CAPITALS}){{0,7}}"
    rf"(?:,\s{_STATE}){{0,2}}(?:,\s{_DATE})?,?(?:\s*{_BRACKETS})?)\s*{_DASH}\s*(?=\S)"
)
_ALONE = re.compile(
    rf"^(?P<dateline>{_CAPITALS}(?:[ /]{_CAPITALS}){{0,5}}(?:,\s{_STATE}){{0,2}}"
    rf"(?:,\s{_DATE})?(?:\s*{_BRACKETS})?)\s*{_DASH}\s*$"
)
_LONGEST = 160
_NOT_A_PLACE = re.compile(
    r"^(?:CORRECTION|UPDATED?|NOTE|EDITOR|FACT SHEET|MEDIA ADVISORY|ADVISORY|"
    r"PRESS RELEASE|NEWS RELEASE|VERDICT|WATCH|VIDEO|READ MORE|Q|A)\b"
)


def dateline(paragraph: str) -> str | None:
    """Return the dateline that `paragraph` opens with, without its dash."""
    found = _DATELINE.match(paragraph[:_LONGEST])
    if found is None or _NOT_A_PLACE.match(found["dateline"]):
        return None
    place = found["dateline"]
    return None if len(place) < 4 or len(paragraph) < len(place) + 30 else place


def stands_alone(line: str) -> bool:
    """Say whether `line` is a dateline with its dash and nothing after it."""
    found = _ALONE.match(line) if len(line) < _LONGEST else None
    return found is not None and not _NOT_A_PLACE.match(found["dateline"])
