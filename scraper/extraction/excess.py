"""Pages nested or cut up beyond any sense: read as the text they show, in linear time.

Every other stage looks at subtrees, so its work grows with nodes times depth; and
lexbor needs 18 times the size of ten megabytes of `<`.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scraper.document import Document

_MOST_TAGS = 120_000
"""The busiest page of the shared corpus has under 10,000."""
_DEEPEST = 300
_FEW_TAGS = 4_000
"""Of so few, nested as they may be, every stage can bear the cost."""
_SAMPLES = 10
_NOT_TEXT = re.compile(
    r"<(?:(script|style|noscript|template|title)\b|!--)", re.IGNORECASE
)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,5000}>|<!doctype[^<>]{0,500}>", re.IGNORECASE)


def must_not_be_parsed(document: Document) -> bool:
    """Say whether a page should not even be parsed."""
    return document.tag_count > _MOST_TAGS or document.is_too_deep


def is_excessive(document: Document) -> bool:
    """Say whether a page has too many tags, or elements too deep in each other.

    Depth is looked at in samples: cost is a matter of the many, not of one.
    """
    if document.tag_count < _FEW_TAGS:
        return False
    if must_not_be_parsed(document):
        return True
    nodes = document.tree.css("*")
    for node in nodes[:: max(1, len(nodes) // _SAMPLES)]:
        depth, parent = 0, node.parent
        while parent is not None:
            depth, parent = depth + 1, parent.parent
            if depth > _DEEPEST:
                return True
    return False


def visible_text(document: Document) -> str:
    """Return the words of a page's markup, found without parsing it."""
    return html.unescape(_TAG.sub("\n", "\n".join(_shown(document.text))))


def _shown(text: str) -> Iterator[str]:
    """Yield what stands outside comments and scripts; an unclosed one ends the text."""
    lower = text.lower()
    at = 0
    while (opening := _NOT_TEXT.search(text, at)) is not None:
        yield text[at : opening.start()]
        closing = f"</{opening[1].lower()}" if opening[1] else "-->"
        at = lower.find(closing, opening.end())
        if at < 0:
            return
        at += len(closing)
    yield text[at:]
