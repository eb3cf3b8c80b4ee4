"""What a page says of its story outside the element that holds nearly all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scraper.extraction.forms import is_note
from scraper.extraction.landmarks import says_no_story
from scraper.extraction.nodes import holds, inside, prose
from scraper.extraction.wording import characters, is_furniture, tidy

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_SHORTEST_DECK, _LONGEST_DECK = 25, 1500
_LONGEST_NOTE = 600


def beside(
    root: LexborNode, title: LexborNode | None
) -> tuple[list[LexborNode], list[LexborNode]]:
    """Return what of the story stands between headline and `root`, and notes below.

    `root` holds nearly all of the text: of a long one a subtitle, or a correction in a
    field of its own, is next to nothing, and yet the page says it.
    """
    above: list[LexborNode] = []
    below: list[LexborNode] = []
    if title is None:
        return above, below
    up = root
    while up.parent is not None and up.parent.tag not in _ABOVE_STORY:
        holds_title = holds(up, title)
        if holds_title and not inside(up, ("article", "main")):
            break
        below += [node for node in _beside(up, 1) if _says_note(node)]
        if not holds_title:
            above = [node for node in _after_title(up, title) if _tells(node)] + above
        up = up.parent
    return above, below


_ABOVE_STORY = ("body", "html")


def _after_title(node: LexborNode, title: LexborNode) -> list[LexborNode]:
    """Return the elements before `node`, as far as they come after the headline."""
    found: list[LexborNode] = []
    for other in _beside(node, -1):
        if other.mem_id == title.mem_id:
            break
        if holds(other, title):
            up = title
            within: list[LexborNode] = []
            while up.mem_id != other.mem_id and up.parent is not None:
                within += _beside(up, 1)
                up = up.parent
            return within + found[::-1]
        found.append(other)
    return found[::-1]


def _beside(node: LexborNode, step: int) -> list[LexborNode]:
    found = []
    other = node.next if step > 0 else node.prev
    while other is not None:
        if other.is_element_node:
            found.append(other)
        other = other.next if step > 0 else other.prev
    return found


def _tells(node: LexborNode) -> bool:
    """Say whether `node` is words of a story: hardly links, and nothing a form says."""
    text = tidy(node.text(separator=" "))
    return (
        _SHORTEST_DECK <= len(text) <= _LONGEST_DECK
        and prose(node) * 2 > characters(text)
        and not is_furniture(text)
        and not says_no_story(text)
    )


def _says_note(node: LexborNode) -> bool:
    text = tidy(node.text(separator=" "))
    return len(text) <= _LONGEST_NOTE and is_note(text) and _tells(node)
