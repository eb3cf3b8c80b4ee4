"""Going to and fro: one event for a page that answers now this and now that.

Two copies behind one name (a stale CDN node, a firewall that challenges every other
request) would else be an edit, or a loss and a return, with each check.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from scraper.fate.sighting import event, when
from scraper.model import AssessmentKind, WatchKind

if TYPE_CHECKING:
    from datetime import datetime

    from scraper.fate.sighting import Sighting
    from scraper.model import Event, Page

FLAPPING_WINDOW = timedelta(hours=12)
"""A to B to A to B within it is flapping; one answer that stands as long ends it."""

_TURNS_KEPT = 6
_DIGITS = 20
"""Of a text's hash: six turns stand in every page's row, and are no proof."""


def like(page: Page, seen: Sighting) -> str:
    """Return what the page was like: the hash of its text, or what stood for it.

    A text that a comparison finds no different counts as the one on record.
    """
    if seen.saw in {AssessmentKind.FEED, AssessmentKind.SITEMAP}:
        return "answered"
    if seen.saw is AssessmentKind.PAGE and page.kind is WatchKind.LISTING:
        return "answered"
    if seen.saw == "not_modified":
        return _on_record(page) or "answered"
    if seen.content_sha256 is not None:
        is_same = seen.comparison is None and page.latest is not None
        return _on_record(page) if is_same else seen.content_sha256
    return _STOOD_FOR.get(seen.saw, OUT_OF_REACH)


OUT_OF_REACH = "out of reach"
_STOOD_FOR = {
    AssessmentKind.NOT_FOUND: "not found",
    AssessmentKind.SOFT_404: "not found",
    AssessmentKind.GONE: "not found",
    AssessmentKind.FORBIDDEN: "forbidden",
    "outside": "redirected outside",
}


def turned(page: Page, now: str, at: datetime) -> tuple[Page, tuple[Event, ...]]:
    """Note what the page was like; an event says that flapping began or ended."""
    state, now = page.state, now[:_DIGITS]
    turns, since = state.turns, state.flapping_since
    if not turns and page.latest is not None:
        turns = ((_on_record(page)[:_DIGITS], page.latest.first_seen_at),)
    if not turns or turns[-1][0] != now:
        turns = (*turns, (now, at))[-_TURNS_KEPT:]
        began = _to_and_fro_since(turns) if since is None else None
        state = replace(state, turns=turns, flapping_since=since or began)
        if began is None:
            return replace(page, state=state), ()
        summary = f"Goes to and fro between {_name(turns[-2][0])} and {_name(now)}"
        begun = event("flapping", at, f"{summary} since {when(began)}", first=began)
        return replace(page, state=state), (begun,)
    if since is None or at - turns[-1][1] < FLAPPING_WINDOW:
        return page, ()
    state = replace(state, turns=turns[-1:], flapping_since=None)
    summary = f"Settled on {_name(now)}; it went to and fro since {when(since)}"
    return replace(page, state=state), (event("recovered", at, summary),)


def is_stale(page: Page, now: str) -> bool:
    """Whether a page that goes to and fro turned to what it was like before.

    What its latest version says is not stale: it is on record.
    """
    if page.state.flapping_since is None or now == _on_record(page):
        return False
    return any(now[:_DIGITS] == was for was, _ in page.state.turns[:-1])


def _on_record(page: Page) -> str:
    return "" if page.latest is None else page.latest.content_sha256


def _to_and_fro_since(turns: tuple[tuple[str, datetime], ...]) -> datetime | None:
    if len(turns) < 4:
        return None
    (a, _), (b, first), (c, _), (d, last) = turns[-4:]
    is_such = a == c and b == d and last - first <= FLAPPING_WINDOW
    return first if is_such else None


def _name(answer: str) -> str:
    """Return what people call an answer: a text by the start of its hash."""
    return f"the text {answer[:8]}" if len(answer) == _DIGITS else f'"{answer}"'
