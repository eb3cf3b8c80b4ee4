"""Where on the page the article stands.

Landmarks are tried first and checked against the page's text before they are trusted:
a lone `<article>` can be a subscribe box, and an h1 can stand outside `main`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scraper.extraction.prune import prose

if TYPE_CHECKING:
    from collections.abc import Iterable

    from selectolax.lexbor import LexborHTMLParser, LexborNode

_LANDMARKS = (
    "main",
    "[role=main]",
    "#content",
    "#main",
    "#main-content",
    "#maincontent",
    ".main-content",
    "article",
    "[role=article]",
)
_FIELDS = (
    "[itemprop=articleBody]",
    ".entry-content",
    ".field--name-body",
    ".field-name-body",
    ".node__content",
    ".node-content",
    ".article-body",
    ".body-content",
    ".bodycopy",
    ".usa-prose",
)
_SHARE_OF_LANDMARK = 0.8
_SHARE_OF_FIELD = 0.96
_TEXT_TAGS = "p, li, td, dd, dt, pre, blockquote, h1, h2, h3, h4, h5, h6"
_CONTAINERS = {
    "div", "section", "article", "main", "form", "td", "table", "tbody", "tr", "center",
    "span", "font", "body",
}  # fmt: skip


def find_region(
    tree: LexborHTMLParser, *, selectors: Iterable[str] = ()
) -> tuple[LexborNode, str] | None:
    """Return the element that holds the article's text, and which rule found it.

    Args:
        tree: A page without its furniture.
        selectors: A layout's own, trusted before anything generic.
    """
    body = tree.body
    if body is None:
        return None
    for selector in selectors:
        nodes = body.css(selector)
        if nodes and (own := max(nodes, key=prose)).text(strip=True):
            return own, selector
    node, rule = body, "body"
    mass = prose(body)
    best = mass
    for selectors_of, share in ((_LANDMARKS, _SHARE_OF_LANDMARK), (_FIELDS, None)):
        for selector in selectors_of:
            for candidate in body.css(selector):
                size = prose(candidate)
                least = share * mass if share else _SHARE_OF_FIELD * best
                if least <= size <= best:
                    node, rule, best = candidate, selector, size
    return _descend(node), rule


def _descend(node: LexborNode) -> LexborNode:
    """Follow the child that holds nearly all of the prose, down to where it splits."""
    for _ in range(60):
        mass = prose(node)
        inner = None
        for child in node.iter(include_text=False):
            if child.tag in _CONTAINERS and prose(child) >= _SHARE_OF_FIELD * mass:
                inner = child
        if inner is None:
            return node
        node = inner
    return node
