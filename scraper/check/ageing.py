"""Since when a page's text has stood, as far as one can tell. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scraper.check import stories

if TYPE_CHECKING:
    from datetime import datetime

    from scraper.check.reading import Seen
    from scraper.fate import Verdict
    from scraper.model import Article, Page


def text_since(page: Page, seen: Seen, verdict: Verdict) -> datetime | None:
    """Return since when the page's text has stood, as far as one can tell."""
    latest, at = page.latest, seen.sighting.at
    if latest is None:
        article = seen.reading.article if seen.reading is not None else None
        is_read = verdict.is_version and article is not None
        return _stood_since(page, article, at) if is_read else None
    if verdict.is_version:
        return at
    if latest.origin == "changed":
        return latest.first_seen_at
    return _stood_since(page, latest.article, latest.first_seen_at)


def _stood_since(page: Page, article: Article | None, seen_at: datetime) -> datetime:
    """Return the date that a page's first text states, if that is earlier.

    What a person asked for is taken to be of interest now, whatever its age.
    """
    if page.found_as == "asked" or article is None:
        return seen_at
    stated = [
        at
        for text in (article.published, article.updated)
        if (at := stories.moment(text)) is not None
    ]
    if stated:
        return min(max(stated), seen_at)
    return seen_at - stories.AGE_UNSTATED if page.found_as == "baseline" else seen_at
