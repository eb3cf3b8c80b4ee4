"""The cheap rung: a hash that moves whenever anything a reader might see moves."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from scraper.extraction.excess import must_not_be_parsed
from scraper.extraction.prune import drop_not_text
from scraper.model import Sha256

if TYPE_CHECKING:
    from scraper.document import Document

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
