"""What a page says of itself where no reader looks: `<meta>`, JSON-LD, `lang`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scraper.extraction.dates import iso_date
from scraper.extraction.nodes import inside
from scraper.extraction.wording import tidy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selectolax.lexbor import LexborHTMLParser

    from scraper.model import JsonValue

_PUBLISHED = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "date.published",
    "dcterms.issued",
    "dc.date.issued",
    "dcterms.created",
    "dc.date.created",
    "dc.date",
    "dcterms.date",
    "pubdate",
    "publishdate",
    "publish-date",
    "citation_publication_date",
    "sailthru.date",
    "parsely-pub-date",
    "cdc:first_published",
)
_UPDATED = (
    "article:modified_time",
    "og:updated_time",
    "datemodified",
    "dcterms.modified",
    "dc.date.modified",
    "last-modified",
    "cdc:last_updated",
)
_READ = frozenset(
    (
        "og:title", "og:type", "og:site_name", "twitter:title", "dcterms.title",
        "dc.title", "content-language", *_PUBLISHED, *_UPDATED,
    )
)  # fmt: skip
_STORY_TYPES = re.compile(r"Article|NewsArticle|BlogPosting|Report|WebPage|Posting")
_TIMES = (
    "time[datetime]:is([itemprop=datePublished], [pubdate], .published, .entry-date)"
)
"""Microdata, HTML5's first draft, and WordPress."""
_LARGEST_JSON = 200_000


@dataclass(slots=True)
class Metadata:
    """The page's own statements, unchecked.

    Attributes:
        titles: `og:title`, `<title>` and the like, best first.
        published: ISO date or date-time; `updated` likewise. With each the name of the
            field that gave it.
        site: The publisher's name as the page gives it.
    """

    titles: list[str] = field(default_factory=list)
    published: tuple[str, str] | None = None
    updated: tuple[str, str] | None = None
    site: str | None = None
    lang: str | None = None
    og_type: str | None = None


def read_metadata(tree: LexborHTMLParser) -> Metadata:
    """Read the head of a page, and JSON-LD wherever it stands."""
    metas = _metas(tree)
    found = Metadata(
        site=metas.get("og:site_name"),
        og_type=metas.get("og:type"),
        lang=_lang(tree, metas),
    )
    title = tree.css_first("head > title") or tree.css_first("title")
    named = (
        metas.get("og:title"),
        title.text() if title is not None else None,
        metas.get("dcterms.title") or metas.get("dc.title"),
        metas.get("twitter:title"),
    )
    found.titles = [text for one in named if one and (text := tidy(one))]
    found.published = _first_date(metas, _PUBLISHED)
    found.updated = _first_date(metas, _UPDATED)
    if found.published is None or found.updated is None:
        _read_json_ld(tree, found)
    if found.published is None:
        found.published = _marked_date(tree)
    return found


def _metas(tree: LexborHTMLParser) -> dict[str, str]:
    """Return lower-case names to contents; the first of a name wins."""
    metas: dict[str, str] = {}
    for node in tree.css("meta[content]"):
        given = node.attributes
        names = [
            name.casefold()
            for key in ("property", "name", "itemprop", "http-equiv")
            if (name := given.get(key))
        ]
        # One element may carry two names; "reviewed" says that nothing was changed.
        if _READ.isdisjoint(names) or any(
            "review" in name or "expir" in name for name in names
        ):
            continue
        if content := tidy(given.get("content") or ""):
            for name in names:
                metas.setdefault(name, content)
    return metas


def _lang(tree: LexborHTMLParser, metas: dict[str, str]) -> str | None:
    html = tree.css_first("html")
    given = html.attributes if html is not None else {}
    stated = given.get("lang") or given.get("xml:lang") or metas.get("content-language")
    return tidy(stated).replace("_", "-") or None if stated else None


def _first_date(
    metas: dict[str, str], names: tuple[str, ...]
) -> tuple[str, str] | None:
    for name in names:
        if (value := metas.get(name)) and (iso := iso_date(value)):
            return iso, f"meta {name}"
    return None


def _marked_date(tree: LexborHTMLParser) -> tuple[str, str] | None:
    """Return the one date that elements mark as that of publication."""
    stated = {
        node.attributes.get("datetime") or ""
        for node in tree.css(_TIMES)
        if inside(node, ("main", "article"))
    }
    iso = iso_date(stated.pop()) if len(stated) == 1 else None
    return (iso, "time element") if iso else None


def _read_json_ld(tree: LexborHTMLParser, found: Metadata) -> None:
    for script in tree.css('script[type="application/ld+json"]'):
        source = script.text()
        if len(source) > _LARGEST_JSON or '"date' not in source:
            continue
        try:
            value: JsonValue = json.loads(source, strict=False)
        except (ValueError, RecursionError):
            continue
        for thing in _things(value, 0):
            if not _STORY_TYPES.search(str(thing.get("@type"))):
                continue
            for key in ("published", "updated"):
                name = "datePublished" if key == "published" else "dateModified"
                stated = thing.get(name)
                if (
                    getattr(found, key) is None
                    and isinstance(stated, str)
                    and (iso := iso_date(stated))
                ):
                    setattr(found, key, (iso, f"json-ld {name}"))


def _things(value: JsonValue, depth: int) -> Iterator[dict[str, JsonValue]]:
    if depth > 4:
        return
    if isinstance(value, list):
        for one in value:
            yield from _things(one, depth + 1)
    elif isinstance(value, dict):
        yield value
        yield from _things(value.get("@graph"), depth + 1)
        yield from _things(value.get("mainEntity"), depth + 1)
