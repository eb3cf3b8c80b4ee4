"""Templates to text, and the strips drawn in them.

Every value is escaped; `guard` sees to what would act.
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from scraper.report import safe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta, tzinfo

    from scraper.store import DayOfLooks, HistoryLine

PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
"""Our pages run no script and load one stylesheet."""

WIDTH: Final = 1000.0
HEIGHT: Final = 40.0
_LEAST: Final = 6.0
_TROUBLE: Final = frozenset(
    {"missing", "removed", "withdrawn", "blocked", "suspect", "disallowed", "failed"}
    | {"unreadable"}
)
_KINDS = {
    "moved_outside": "moved away",
    "template_changed": "template changed",
    "mass_edit": "mass edit",
    "mass_removal": "mass removal",
    "robots_changed": "robots changed",
    "certificate_failed": "certificate failed",
}
_LOST = frozenset({"missing", "removed", "withdrawn", "moved_outside", "mass_removal"})
# What happened to our looking, or around the stories: not to one of them.
_ASIDE = frozenset(
    {"failing", "blocked", "disallowed", "suspect", "unreadable", "recovered"}
    | {"flapping", "template_changed", "redesigned", "robots_changed"}
    | {"certificate_failed"}
)
_AROUND: Final = 110


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; `x` and `width` of 1000, `height` of 40 from the bottom."""

    x: float
    width: float
    height: float
    style: str


def script_hash(script: str) -> str:
    """Return how a policy names one script (CSP Level 3, 2.3.1)."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def rendered(template: str, **values: object) -> str:
    """Return a page."""
    return _ENVIRONMENT.get_template(template).render(**values)


def day(at: datetime) -> str:
    """Return `14 November 2026`, in UTC."""
    return f"{at.astimezone(UTC):%-d %B %Y}"


def clock(at: datetime) -> str:
    """Return `14:00`, in UTC."""
    return f"{at.astimezone(UTC):%H:%M}"


def full(at: datetime) -> str:
    """Return `14 Nov 2026, 14:00:43 UTC`."""
    return f"{at.astimezone(UTC):%-d %b %Y, %H:%M:%S} UTC"


def local(at: datetime, zone: tzinfo | None) -> str:
    """Return `09:00 EST` in the operator's zone, with the day where it is another.

    Empty where the operator's time is UTC. None is the zone of this machine.
    """
    there = at.astimezone(zone)
    if not there.utcoffset():
        return ""
    is_same_day = there.date() == at.astimezone(UTC).date()
    return f"{there:%H:%M %Z}" if is_same_day else f"{there:%-d %b, %H:%M %Z}"


def span(length: timedelta) -> str:
    """Return how long as people say it, no shorter than it was: `3 h 1 min`."""
    seconds = math.ceil(length.total_seconds())
    if seconds < 2 * 60:
        return f"{seconds} s"
    minutes = math.ceil(seconds / 60)
    if minutes < 2 * 24 * 60:
        told = f"{minutes // 60} h {minutes % 60} min".removeprefix("0 h ")
    else:
        hours = math.ceil(minutes / 60)
        told = f"{hours // 24} days {hours % 24} h"
    return told.removesuffix(" 0 min").removesuffix(" 0 h")


def iso(at: datetime) -> str:
    """Return a time for machines."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def stamp(at: datetime) -> str:
    """Return a time as the Wayback Machine writes it in its URLs."""
    return f"{at.astimezone(UTC):%Y%m%d%H%M%S}"


def kind_name(kind: str) -> str:
    """Return an event's kind as people say it."""
    return _KINDS.get(kind, kind)


def tone(kind: str) -> str:
    """Return how loudly an event of this kind is told: `lost`, `aside` or neither."""
    return "lost" if kind in _LOST else "aside" if kind in _ASIDE else "story"


def around(text: str, words: str) -> tuple[str, str, str]:
    """Return what stands before the words, these, and what follows, all cut short.

    They are found as the search finds them, whatever their case, accents and
    punctuation; where they are not, the beginning of the text comes alone.
    """
    told = re.findall(r"[^\W_]+", _plain(words))
    pattern = r"[\W_]+".join(map(re.escape, told))
    found = (
        re.search(rf"(?<![^\W_]){pattern}(?![^\W_])", _plain(text)) if told else None
    )
    start, end = found.span() if found else (0, 0)
    before, after = text[:start], text[end:]
    if len(before) > _AROUND:
        before = f"\u2026{before[-_AROUND:].partition(' ')[2]}"
    if len(after) > _AROUND:
        after = f"{after[:_AROUND].rpartition(' ')[0]}\u2026"
    return before, text[start:end], after


def _plain(text: str) -> str:
    """Return text in small letters without accents, as long as it was."""
    return "".join(unicodedata.normalize("NFKD", c)[0].lower()[0] for c in text)


def is_web_address(url: str | None) -> bool:
    """Whether a browser may be led there."""
    return url is not None and url.lower().startswith(("https://", "http://"))


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


_ENVIRONMENT: Final = Environment(
    loader=PackageLoader("scraper.web", "markup"),
    autoescape=True,
    finalize=lambda value: "" if value is None else value,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters.update(
    around=around,
    clock=clock,
    day=day,
    full=full,
    iso=iso,
    kind=kind_name,
    local=local,
    readable=safe,
    span=span,
    stamp=stamp,
    tone=tone,
)
_ENVIRONMENT.tests["web_address"] = is_web_address
