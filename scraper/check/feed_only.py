"""What a feed says of its stories, where their own pages are not asked for.

Some sites refuse a machine every page and leave their feeds open. What the feed tells
then becomes the story's text on record, marked as such by its rules and layout.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from scraper import comparison
from scraper.fate import Sighting, judge
from scraper.model import ONLY_FEED, AssessmentKind, Check, Disclosure, Reading

if TYPE_CHECKING:
    from scraper.model import Article, Capture, Comparison, Page

RULES: Final = "feed 1"
"""`Reading.rules` of what a feed tells: never compared with what a page says."""
LAYOUT: Final = "feed"

_NEVER = timedelta(days=7)


def is_all_we_know(page: Page) -> bool:
    """Whether a page's own words were never read, and nobody asks for them."""
    is_told = page.latest is None or page.latest.rules == RULES
    return is_told and page.next_check_at is None


def check(page: Page, capture: Capture, told: Article) -> Check:
    """Conclude what a feed's words mean for the page of the story.

    Args:
        page: `is_all_we_know` holds for it.
        capture: The feed's.
        told: What it says of this story.
    """
    difference = None
    if page.latest is not None:
        difference = _unjudged(comparison.compare(page.latest.article, told))
    seen = Sighting(
        at=capture.captured_at,
        saw=AssessmentKind.PAGE,
        article=told,
        content_sha256=comparison.content_sha256(told),
        comparison=difference,
    )
    verdict = judge(page, seen)
    is_believed = verdict.is_version or difference is None
    return Check(
        page=page,
        checked_at=capture.captured_at,
        outcome=verdict.outcome,
        state=verdict.state,
        next_check_at=capture.captured_at + _NEVER,
        next_check_why="only its feed is read",
        capture=capture,
        reading=Reading(article=told, rules=RULES, layout=LAYOUT)
        if is_believed
        else None,
        content_sha256=seen.content_sha256 if is_believed else None,
        comparison=difference if verdict.is_version else None,
        events=verdict.events,
    )


def _unjudged(difference: Comparison | None) -> Comparison | None:
    """Claim nothing of whether the page owns up to it: the page was not seen."""
    if difference is None:
        return None
    what = difference.summary.rpartition("; ")[0] or difference.summary
    return replace(
        difference,
        disclosure=Disclosure.NOT_APPLICABLE,
        summary=f"{what}; {ONLY_FEED}",
    )
