"""What kind of article a page is, by its address, headline and labels."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from scraper.model import ArticleKind

_BY_PATH: tuple[tuple[ArticleKind, re.Pattern[str]], ...] = (
    ("contracts", re.compile(r"/contracts?/")),
    (
        "transcript",
        re.compile(r"/(?:transcripts?|speech(?:es)?|remarks|briefings?)/"),
    ),
    ("bio", re.compile(r"/(?:biograph(?:y|ies)|bios?|leadership)/")),
    ("factsheet", re.compile(r"/fact-?sheets?/")),
    (
        "release",
        re.compile(
            r"/(?:press-|news-|statements-)?releases?/|/pr/|press-?release|"
            r"/press-office/|/newsroom/press"
        ),
    ),
)
_BY_TITLE: tuple[tuple[ArticleKind, re.Pattern[str]], ...] = (
    ("contracts", re.compile(r"^contracts for \w+", re.IGNORECASE)),
    (
        "transcript",
        re.compile(
            r"^(?:transcript|remarks|press (?:briefing|gaggle)|"
            r".*\bholds? (?:an? )?(?:\w+ )?(?:briefing|conference)\b)",
            re.IGNORECASE,
        ),
    ),
    ("factsheet", re.compile(r"^fact ?sheet\b", re.IGNORECASE)),
)
_RELEASE = re.compile(
    r"\bimmediate release\b|^(?:press|news) release$|para publicaci.n inmediata",
    re.IGNORECASE | re.MULTILINE,
)


def kind_of(
    url: str, *, title: str | None, lines: str, layout: ArticleKind | None
) -> ArticleKind:
    """Return the kind of the article.

    Args:
        url: Where the page is.
        title: Its headline.
        lines: What stands around the headline, one line each.
        layout: The kind a layout knows all its pages to be.
    """
    if layout is not None:
        return layout
    for kind, pattern in _BY_TITLE:
        if title and pattern.search(title):
            return kind
    try:
        path = urlsplit(url).path.casefold()
    except ValueError:
        path = ""
    for kind, pattern in _BY_PATH:
        if pattern.search(path):
            return kind
    return "release" if _RELEASE.search(lines) else "article"
