"""Where on the page the article stands.

Landmarks are tried first and checked against the page's text before they are trusted:
a lone `<article>` can be a subscribe box, and an h1 can stand outside `main`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scraper.extraction.prune import names, prose

if TYPE_CHECKING:
    from collections.abc import Iterable

    from selectolax.lexbor import LexborHTMLParser, LexborNode

_LANDMARKS = (
    "main, [role=main], #content, #main, #main-content, #maincontent, .main-content"
)
_FIELDS = (
    "article, [role=article], [itemprop=articleBody], .entry-content, "
    ".field--name-body, .field-name-body, .node__content, .node-content, "
    ".article-body, .body-content, .bodycopy, .usa-prose"
)
_SHARE_OF_LANDMARK = 0.8
_SHARE_OF_FIELD = 0.96
_LEAST_ROW = 12
"""Rows are data more often than columns of a page: none with words is dropped."""
_BODY_NAME = re.compile(r"field-(?:-name-)?(?:name-)?body|article-body|rich-text")
_TABLE = {"table", "tbody", "tr"}
_TELLING_LINKS = "a:has(h2, h3, h4, p)"
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
        if nodes and (own := max(nodes, key=substance)).text(strip=True):
            return own, selector
    node, rule = body, "body"
    mass = substance(body)
    best = mass
    for name, share in (("landmark", _SHARE_OF_LANDMARK), ("field", None)):
        for candidate in body.css(_LANDMARKS if share else _FIELDS):
            size = substance(candidate)
            least = share * mass if share else _SHARE_OF_FIELD * best
            if least <= size <= best:
                node, rule, best = candidate, f"{name} {_shown(candidate)}", size
    return _descend(node, is_named=node.tag != "body"), rule


def _shown(node: LexborNode) -> str:
    """Return `node` as a selector a person can look for."""
    given = node.attributes
    name = given.get("id") or ""
    first = (given.get("class") or "").split(" ")[0]
    return f"{node.tag}" + (f"#{name}" if name else f".{first}" if first else "")


def substance(node: LexborNode) -> int:
    """Return the number of characters of text under `node`, menus apart.

    A link that is a paragraph, or holds one, is text; other links are not.
    """
    told = sum(len("".join(a.text().split())) for a in node.css(_TELLING_LINKS))
    return prose(node) + told


def _has_paragraphs_beside(node: LexborNode, inner: LexborNode) -> bool:
    return any(
        (beside.tag == "p" or _BODY_NAME.search(names(beside)))
        and len("".join(beside.text().split())) > _LEAST_ROW
        for beside in node.iter(include_text=False)
        if beside.mem_id != inner.mem_id
    )


def _descend(node: LexborNode, *, is_named: bool) -> LexborNode:
    """Follow the child that holds nearly all of the prose, down to where it splits.

    Args:
        node: Where to start.
        is_named: The publisher calls `node` the content: paragraphs of links beside
            the prose belong to it.
    """
    mass = substance(node)
    for _ in range(60):
        inner = None
        least = _SHARE_OF_FIELD * mass
        if node.tag in _TABLE:
            least = max(least, substance(node) - _LEAST_ROW)
        for child in node.iter(include_text=False):
            if child.tag in _CONTAINERS and substance(child) >= least:
                inner = child
        if inner is None or (is_named and _has_paragraphs_beside(node, inner)):
            return node
        node = inner
    return node
