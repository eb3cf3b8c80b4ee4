"""The whole page at low cost: whether it can be read, its hash, its furniture.

Every stage of reading looks at subtrees, so its work grows with nodes times depth; and
lexbor needs 18 times the size of ten megabytes of `<`. Pages nested or cut up beyond
any sense are read as the text they show, in linear time.
"""

from __future__ import annotations

import hashlib
import html
import re
from typing import TYPE_CHECKING

from scraper.extraction.prune import drop_not_text
from scraper.model import Sha256

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scraper.document import Document
    from scraper.model import Article

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


_READ_ATTRIBUTES = (
    ("img[alt]", "alt"),
    ("img[src]", "src"),
    ("a[href]", "href"),
    ("time[datetime]", "datetime"),
    ("[data-dateago]", "data-dateago"),
)
_READ_METAS = re.compile(
    r"og:(?:title|updated_time|type)|article:|dc(?:terms)?\.|twitter:title|.*date|"
    r".*modified|cdc:",
    re.IGNORECASE,
)


def main_sha256(document: Document) -> Sha256:
    """Return a hash of the text of a page and of what stands behind it.

    That is the text outside scripts and menus, and the alt, src, href, datetime and
    content attributes that extraction reads. Tokens, scripts, styles and class names
    do not move it. Equal hashes mean an equal article; different ones prove nothing.
    """
    if document.is_plain_text or must_not_be_parsed(document):
        return _hash([document.text])
    tree = document.own_tree()
    said = [
        f"{name}={given.get('content')}"
        for node in tree.css("meta[content]")
        if (name := (given := node.attributes).get("property") or given.get("name"))
        and _READ_METAS.match(name)
    ]
    said += [node.text() for node in tree.css("head title")]
    said += [node.text() for node in tree.css('script[type="application/ld+json"]')]
    drop_not_text(tree)
    for node in tree.css("nav"):
        if node.css_first("h1") is None:
            node.decompose()
    body = tree.body
    if body is not None:
        said.append("\x1f".join(body.text(separator="\x1f").split()))
        for selector, name in _READ_ATTRIBUTES:
            said += [node.attributes.get(name) or "" for node in body.css(selector)]
    return _hash(said)


def _hash(said: list[str]) -> Sha256:
    joined = "\x1e".join(said).encode("utf-8", "surrogatepass")
    return Sha256(hashlib.sha256(joined).hexdigest())


def furniture(document: Document, article: Article) -> tuple[str, ...]:
    """Return the distinct lines of text outside `article`, in the page's order.

    A line is what stands in one piece between tags. Of a paragraph with links or bold
    words in it the pieces are among them: whoever compares two pages' furniture must
    leave out what is part of their articles. Empty for plain text and for pages too
    large or too deep to be parsed twice.
    """
    if document.is_plain_text or is_excessive(document):
        return ()
    tree = document.own_tree()
    drop_not_text(tree)
    if tree.body is None:
        return ()
    of_article = set(_pieces(article))
    lines = dict.fromkeys(
        line
        for text in tree.body.text(separator="\n").split("\n")
        if (line := " ".join(text.split())) and line not in of_article
    )
    return tuple(lines)


def _pieces(article: Article) -> Iterator[str]:
    """Yield the pieces of an article as they would stand on a line of their own."""
    for text in (
        article.title,
        article.byline,
        article.published_text,
        article.updated_text,
        *(block.text for block in article.blocks),
        *(link.title for block in article.blocks for link in block.links),
        *(text for image in article.images for text in (image.caption, image.credit)),
        *(
            link.title
            for links in (article.related, article.attachments, article.listed)
            for link in links
        ),
    ):
        if text:
            yield from (" ".join(line.split()) for line in text.split("\n"))
