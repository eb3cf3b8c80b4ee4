"""A record to look at in tests: one story of every kind of trouble."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scraper.model import Image, Link, Outcome, State
from tests.recorded import desk, story

if TYPE_CHECKING:
    from pathlib import Path

    from scraper.store import Recorded
    from tests.recorded import Desk

HOSTILE = "https://www.example.gov/releases/hostile"
SCRIPT = "<script>document.title='owned'</script>"
SVG = "<svg onload=\"document.title='owned'\"><img src=x onerror=alert(1)>"
ACTING = "\u202etxt.exe\u2066 and \x07 and \x1b[31m"
JAVASCRIPT = "javascript:document.title='owned'"
_SAME = [
    f"Paragraph {number} tells of the county's plans for the river and its banks."
    for number in range(6)
]


@dataclass(frozen=True)
class WebRecord:
    """A database and the refs of three of its changes, one of them of a mass edit.

    Attributes:
        group: The event that tells the mass edit.
    """

    path: Path
    figure: str
    hostile: str
    swapped: str
    group: int


def make(folder: Path) -> WebRecord:
    """Return a new record in `folder`."""
    made = desk(folder)
    made.look(story("The span, built for $175 million, carries trucks.", *_SAME))
    changed = made.look(
        story("The span, built for $157 million, carries trucks.", *_SAME)
    )
    made.look(
        story(
            "The span, built for $157 million, carries trucks.",
            *_SAME,
            "A ribbon was cut by the governor at noon.",
            title="Bridge opens to trucks",
        )
    )
    made.refused(Outcome.BLOCKED, State.BLOCKED)
    made.watch(HOSTILE, site=f"{SCRIPT}")
    made.look(_hostile("was", "It was here."), HOSTILE)
    hostile = made.look(_hostile("is", "It is there."), HOSTILE)
    for number in range(60):
        url = f"https://www.example.gov/releases/{number}"
        made.watch(url)
        made.look(story(f"Release {number} is out.", url=url), url)
    swapped = _swapped(made)
    (mass,) = made.store.groups()
    made.store.close()
    refs = [seen.change.ref for seen in (changed, hostile, swapped) if seen.change]
    return WebRecord(folder / "govwatch.db", *refs, group=mass.id)


def _swapped(made: Desk) -> Recorded:
    """Put the same words in place of others on more pages than the timeline names."""
    text = "Program {} pays for {} in every county of the state."
    for words in ("clean energy", "energy"):
        for number in range(12):
            url = f"https://www.swapped.gov/programs/{number}"
            if words == "clean energy":
                made.watch(url, site="swapped")
            title = f"{SCRIPT} Program {number}"
            seen = story(text.format(number, words), title=title, url=url)
            recorded = made.look(seen, url)
    return recorded


def _hostile(word: str, text: str):
    return story(
        f"{SCRIPT} {text} {ACTING}",
        title=f"{SCRIPT} {word} {ACTING}",
        url=HOSTILE,
        byline=f"{SVG} {word}",
        images=(
            Image(
                src=f"{JAVASCRIPT}//{word}",
                caption=f"{SVG} {word}",
                credit=f'"><b>{word}',
            ),
        ),
        related=(Link(f"{SVG} {word}", f"{JAVASCRIPT}//{word}"),),
        attachments=(Link(f"{word} {ACTING}", "data:text/html,<script>1</script>"),),
    )
