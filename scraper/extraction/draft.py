"""Selectors proposed for a new site from sample pages, for a person to check.

The generic rules read each sample; here is looked up which elements they read, and by
which names the publisher's template calls these on every sample.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from scraper.extraction.wording import tidy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from selectolax.lexbor import LexborHTMLParser, LexborNode

    from scraper.document import Document
    from scraper.model import Article

_GENERATED = re.compile(r"\d{2,}|^js-|^is-|^has-|[^\w-]")
"""Names made by a program for one page or one state, or that need escapes."""
_GRID = re.compile(
    r"(?:col|cell|row|grid|container|clearfix|section|wrapper|small|medium|large|"
    r"[mp][trblxy]?|w|d|text|float|pull|push|flex|align|justify)(?:-.*)?|usa-.*|margin.*|padding.*"
)
"""Names of where things stand, not of what they are (Bootstrap, Foundation, USWDS)."""
_SHARE_OF_TEXT = 0.85
_TRIED = 40
_ROOM = 40
"""Characters that may stand beside a date in its element."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What sample pages suggest for a site file.

    Attributes:
        title: The publisher's name as the pages state it, empty where they do not.
        fields: Field name to the one selector that answers on every sample.
    """

    title: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Sample:
    tree: LexborHTMLParser
    article: Article


def suggest(samples: Sequence[tuple[Document, Article]]) -> Draft:
    """Return a draft from pages and what the generic rules read on them.

    Args:
        samples: Pages of one kind; two of different length say most.
    """
    pages = [_Sample(document.tree, article) for document, article in samples]
    finders: dict[str, Callable[[_Sample], LexborNode | None]] = {
        "title": _title,
        "published": _published,
        "body": _body,
    }
    fields = {
        name: selector
        for name, find in finders.items()
        if (selector := _common(pages, find)) is not None
    }
    names = (_site_name(page.tree) for page in pages)
    return Draft(title=next((name for name in names if name), ""), fields=fields)


def _common(
    pages: Sequence[_Sample], find: Callable[[_Sample], LexborNode | None]
) -> str | None:
    """Return the first selector that gives what `find` finds, on every page."""
    found = [(page, find(page)) for page in pages]
    known = [(page, node) for page, node in found if node is not None]
    if not known or len(known) < len(pages):
        return None
    for selector in islice(_names(known[0][1]), _TRIED):
        if all(_gives(page.tree, selector, node) for page, node in known):
            return selector
    return None


def _gives(tree: LexborHTMLParser, selector: str, node: LexborNode) -> bool:
    first = tree.css_first(selector)
    return first is not None and first.mem_id == node.mem_id


def _names(node: LexborNode) -> Iterator[str]:
    """Yield selectors for `node`, the most telling first."""
    own = [*_called(node)]
    tag = node.tag or "*"
    yield from (f"{tag}{name}" for name in own)
    up = node.parent
    while up is not None and up.tag not in ("body", "html"):
        for above in _called(up):
            yield from (f"{above} {tag}{name}" for name in own)
            yield f"{above} {tag}"
        up = up.parent


def _called(node: LexborNode) -> Iterator[str]:
    """Yield an element's id and classes as selectors, without mere layout's names."""
    given = node.attributes
    identity = given.get("id") or ""
    if identity and not _GENERATED.search(identity):
        yield f"#{identity}"
    for name in (given.get("class") or "").split():
        if not _GENERATED.search(name) and not _GRID.fullmatch(name):
            yield f".{name}"


def _title(page: _Sample) -> LexborNode | None:
    wanted = page.article.title
    shown = (
        node
        for tags in ("h1", "h2", "[class*=title], [class*=headline]")
        for node in page.tree.css(tags)
    )
    return next((node for node in shown if tidy(node.text()) == wanted), None)


def _published(page: _Sample) -> LexborNode | None:
    wanted = page.article.published_text
    body = page.tree.body
    if not wanted or body is None:
        return None
    for node in body.css("time, p, span, div, li, td, strong, em"):
        text = tidy(node.text(separator=" "))
        if wanted in text and len(text) <= len(wanted) + _ROOM:
            return node
    return None


def _body(page: _Sample) -> LexborNode | None:
    """Return the smallest element that holds nearly all of the article's text."""
    body = page.tree.body
    wanted = [block.text for block in page.article.blocks if block.text]
    if body is None or not wanted:
        return None
    least = _SHARE_OF_TEXT * sum(map(len, wanted))
    node: LexborNode = body
    while True:
        for child in node.iter(include_text=False):
            text = tidy(child.text(separator=" "))
            if sum(len(one) for one in wanted if one in text) >= least:
                node = child
                break
        else:
            return None if node.tag == "body" else node


def _site_name(tree: LexborHTMLParser) -> str:
    meta = tree.css_first("meta[property='og:site_name'][content]")
    return tidy(meta.attributes.get("content") or "") if meta is not None else ""
