"""Govwatch: know what the US government changed on its news pages, and prove it.

The public API: three pure functions and the values they speak. Imported lazily, so that
`import scraper` costs nothing; the packaged site profiles are supplied here and nowhere
else.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from scraper.model import Article, Assessment, Comparison

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from scraper.config import Profiles
    from scraper.model import NoisePattern, Profile

__all__ = ["Article", "Assessment", "Comparison", "assess", "compare", "extract"]


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
    from scraper import document, extraction  # noqa: PLC0415 - lazy
    from scraper.config import profile_for  # noqa: PLC0415 - lazy

    opened = document.parse(body, url=url, content_type=content_type)
    if profile is None:
        profile = profile_for(_packaged(), _host(url))
    return extraction.read(opened, profile=profile, captured_at=captured_at).article


def assess(
    body: bytes,
    *,
    url: str,
    requested_url: str | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Assessment:
    """Return what a response is before its content is believed.

    Args:
        body: As served, after content decoding.
        url: What answered.
        requested_url: What was asked for, where that differs.
        status: The HTTP status.
        headers: The response's, names in lower case.
    """
    from scraper import assessment, document  # noqa: PLC0415 - lazy

    content_type = (headers or {}).get("content-type")
    opened = document.parse(body, url=url, content_type=content_type)
    return assessment.assess(
        opened, requested_url=requested_url, status=status, headers=headers
    )


def compare(
    before: Article,
    after: Article,
    *,
    noise: Sequence[NoisePattern] = (),
    terms: Sequence[str] = (),
) -> Comparison | None:
    """Return what a reader would find different in `after`, None where nothing is.

    Args:
        before: The older article of a page.
        after: The newer one, read under the same rules.
        noise: Text that changes without being edited.
        terms: Words that weigh more when they come or go.
    """
    from scraper import comparison  # noqa: PLC0415 - lazy

    return comparison.compare(before, after, noise=noise, terms=terms)


@cache
def _packaged() -> Profiles:
    from scraper.config import load_profiles  # noqa: PLC0415 - lazy

    return load_profiles()


def _host(url: str) -> str:
    """Return the host of any text: the corpus and archives hold addresses we refuse."""
    from urllib.parse import urlsplit  # noqa: PLC0415 - lazy

    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
