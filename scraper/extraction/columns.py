"""Columns of a page's grid that stand beside the story."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scraper.extraction.forms import is_note
from scraper.extraction.nodes import SHOWN_OF_REMOVED, line_of, prose, remove
from scraper.extraction.wording import tidy

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

    from scraper.model import Removal


def drop_side_columns(
    tree: LexborHTMLParser, *, keep: LexborNode | None = None
) -> list[Removal]:
    """Take off narrow columns of the page's grid beside that of the story.

    They are known by the grids' own class names, whatever stands in them, where no
    sentence does: offices, menus, addresses.
    """
    removed: list[Removal] = []
    body = tree.body
    if body is None:
        return removed
    kept = line_of(keep)
    narrow = [node for node in body.css(_COLUMN) if _is_narrow(node)]
    limit = prose(body) * 2 // 3 if narrow else 0
    wide: dict[int, set[int]] = {}  # of each row the columns that hold the story
    for node in narrow:
        row = node.parent
        if row is None or node.mem_id in kept:
            continue
        if row.mem_id not in wide:
            wide[row.mem_id] = {
                one.mem_id
                for one in row.iter(include_text=False)
                if _WIDTH.search(_class_of(one))
                and (one.mem_id in kept or prose(one) > limit)
            }
        is_beside = bool(wide[row.mem_id] - {node.mem_id})
        if is_beside and _is_of_lines(node) and not _is_portrait(node):
            remove(node, "side column", removed)
    return removed


_COLUMN = (
    ":is(div, section, aside):is([class*=col-], [class*=span], [class*=large-], "
    "[class*=medium-])"
)
_WIDTH = re.compile(
    r"(?:^|[\s:])(?:grid-col|col(?:-(?:xs|sm|md|lg|xl|xxl))?|span|medium|large)"
    r"-?(\d{1,2})(?=\s|$)"
)
"""Bootstrap's, USWDS's and Foundation's, of twelve."""
_NARROW = 5


def _class_of(node: LexborNode) -> str:
    return node.attributes.get("class") or ""


def _is_narrow(node: LexborNode) -> bool:
    widths = [int(width) for width in _WIDTH.findall(_class_of(node))]
    return bool(widths) and min(widths) <= _NARROW


_A_SENTENCE = re.compile(r"(?:\S+\s+){3,}\S*[^\W\d]{3}[.!?][\"\u201d]?(?:\s|$)")
_FIGURE = re.compile(r"\d")
_ADDRESS = re.compile(
    r"\(?\b\d{3}\)?[ ./-]{1,2}\d{3}[ .-]\d{4}\b|\b\d{5}(?:-\d{4})?\b"
    r"|^\d+\w? (?:[NSEW]\.? )?[A-Z\d]\w*\.? .*|\b(?:suite|room|floor|box|mail ?stop)"
    r" \w+",
    re.IGNORECASE,
)
"""Telephones, ZIP codes, streets and rooms."""


def _is_portrait(node: LexborNode) -> bool:
    """Say whether `node` is a picture of the story, with the name below it."""
    return node.css_first("img") is not None and len(node.css("a[href]")) < _FEW_LINKS


_FEW_LINKS = 3


def _is_of_lines(node: LexborNode) -> bool:
    """Say whether several lines stand in `node`, none of them a sentence or a note.

    One alone is the label of what stands beside it. Nor do figures stand there but in
    links and addresses: a story's are set beside it, too.
    """
    links = {tidy(link.text()) for link in node.css("a")}
    lines = [tidy(line) for line in node.text(separator="\n").split("\n")]
    told = [line for line in lines if line]
    return (
        len(told) > 1
        and not is_note(" ".join(told)[:SHOWN_OF_REMOVED])
        and not any(
            _A_SENTENCE.search(line) or _FIGURE.search(_ADDRESS.sub("", line))
            for line in told
            if line not in links
        )
    )
