"""What is asked of an element of lexbor's tree, and how one is taken off it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from scraper.extraction.wording import characters, tidy
from scraper.model import Removal

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

SHOWN_OF_REMOVED = 600
"""So much is enough to find 120 characters between white space."""
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def is_selector(text: str) -> bool:
    """Say whether `text` is a CSS selector that layouts may use."""
    try:
        LexborHTMLParser("").css_first(text)
    except SelectolaxError:
        return False
    return True


def names(node: LexborNode) -> str:
    """Return class and id of `node` as lower-case words joined by `-`."""
    given = node.attributes
    return joined_names(given.get("class") or "", given.get("id") or "")


@lru_cache(maxsize=4096)  # the pages of a site call their parts alike
def joined_names(classes: str, identity: str) -> str:
    """Return names in the form that words of them are looked for in: `side-bar`."""
    joined = f"{classes} {identity}"
    if not joined.islower():
        joined = _CAPITAL.sub("-", joined).casefold()
    return joined.replace("_", "-")


def prose(node: LexborNode, text: str | None = None) -> int:
    """Return the number of characters under `node` of words not in links.

    Args:
        node: Where to count.
        text: Its text, where the caller has it.
    """
    total = characters(node.text() if text is None else text)
    if not total:
        return 0
    linked = "".join([link.text_lexbor() for link in node.css("a")])
    return max(0, total - characters(linked))


def holds(outer: LexborNode, node: LexborNode) -> bool:
    """Say whether `node` stands in `outer`."""
    parent = node.parent
    while parent is not None:
        if parent.mem_id == outer.mem_id:
            return True
        parent = parent.parent
    return False


def inside(node: LexborNode, tags: tuple[str, ...]) -> bool:
    """Say whether `node` stands in an element of one of `tags`."""
    parent = node.parent
    while parent is not None:
        if parent.tag in tags:
            return True
        parent = parent.parent
    return False


def leads_away(link: LexborNode) -> bool:
    """Say whether `link` leads to another page: not down this one, nor to a person."""
    href = (link.attributes.get("href") or "").strip()
    return bool(href) and not href.startswith(("#", "mailto:", "tel:", "javascript:"))


def line_of(node: LexborNode | None) -> frozenset[int]:
    """Return the ids of `node` and all it stands in."""
    line = set()
    while node is not None:
        line.add(node.mem_id)
        node = node.parent
    return frozenset(line)


def remove(node: LexborNode, rule: str, removed: list[Removal]) -> None:
    """Take `node` off the tree; if it held words, write down by which rule."""
    if node.parent is None:
        return
    text = tidy(node.text(separator=" ")[:SHOWN_OF_REMOVED])
    if text:
        removed.append(Removal(rule, text[:120]))
    node.decompose()
