"""Govwatch: know what the US government changed on its news pages, and prove it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from scraper.config import Profiles
    from scraper.model import Article, Profile

__all__ = ["extract"]


def extract(
    body: bytes,
    *,
    url: str,
    content_type: str | None = None,
    captured_at: datetime | None = None,
    profile: Profile | None = None,
) -> Article:
    """Return the article in `body`, HTML or (`text/plain`) a page's visible text.

    Args:
        body: As served, after content decoding.
        url: Where it came from.
        content_type: The response's header, if there was one.
        captured_at: Chooses among dated layouts; None takes the newest.
        profile: Defaults to the packaged one for the URL's host.

    Raises:
        ExtractError: No article can be read; never anything else.
    """
    from scraper import document, extraction  # noqa: PLC0415 - lazy: `import scraper` is cheap

    if profile is None:
        from scraper.config import profile_for  # noqa: PLC0415 - lazy

        profile = profile_for(_packaged(), _host(url))
    page = document.parse(body, url=url, content_type=content_type)
    reading = extraction.read(page, profile=profile, captured_at=captured_at)
    return reading.article


@cache
def _packaged() -> Profiles:
    from scraper.config import load_profiles  # noqa: PLC0415 - lazy

    return load_profiles()


def _host(url: str) -> str:
    from urllib.parse import urlsplit  # noqa: PLC0415 - lazy

    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
