"""The stories that a listing page names: repeated parts, each with a headline link."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from scraper.extraction.blocks import resolve
from scraper.extraction.dates import first_date, iso_date
from scraper.extraction.text import tidy, words
from scraper.model import Link

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_FEWEST = 4
_FEWEST_WORDS = 3
"""Shorter links are "Read more" and menus."""
_SHARE = 0.5
"""A page is a listing when its entries hold this share of the words."""
_PARTS = "li, article, tr, div, section, dd, p"


def listed_in(root: LexborNode, *, base: str) -> list[Link]:
    """Return the stories listed under `root`; none where it is not a listing.

    Args:
        root: The page's region.
        base: URL against which links are resolved.
    """
    best: list[tuple[Link, int]] = []
    total = words(root.text(separator=" "))
    for group in _groups(root):
        if sum(words(node.text()) for node in group) < _SHARE * total:
            continue
        entries = [entry for node in group if (entry := _entry(node, base)) is not None]
        if len(entries) < max(_FEWEST, 0.7 * len(group)):
            continue
        if sum(said for _, said in entries) > sum(said for _, said in best):
            best = entries
    dated = sum(link.published is not None for link, _ in best)
    total = words(root.text(separator=" "))
    if (
        not best
        or sum(said for _, said in best) < _SHARE * total
        or not dated * 2 > len(best)
    ):
        return []
    return [link for link, _ in best]


def _groups(root: LexborNode) -> list[list[LexborNode]]:
    """Return elements that repeat: same parent, tag and first class."""
    groups: dict[tuple[int, str, str], list[LexborNode]] = defaultdict(list)
    for node in root.css(_PARTS):
        parent = node.parent
        if parent is not None:
            name = (node.attributes.get("class") or "").split(" ")[0]
            groups[parent.mem_id, node.tag or "", name].append(node)
    return [group for group in groups.values() if len(group) >= _FEWEST]


def _entry(node: LexborNode, base: str) -> tuple[Link, int] | None:
    """Return the story that one part names, and how many words the part has."""
    links = [
        (title, href)
        for a in node.css("a[href]")
        if words(title := tidy(a.text())) >= _FEWEST_WORDS
        and not (href := a.attributes.get("href") or "").startswith(("#", "mailto:"))
    ]
    if not links:
        return None
    heading = node.css_first("h1 a[href], h2 a[href], h3 a[href], h4 a[href]")
    title, href = links[0]
    if heading is not None and (text := tidy(heading.text())):
        title, href = text, heading.attributes.get("href") or ""
    text = tidy(node.text(separator=" "))
    time = node.css_first("time[datetime]")
    stated = iso_date(time.attributes.get("datetime") or "") if time else None
    printed = first_date(text[:2000])
    published = stated or (printed.iso if printed else None)
    return Link(title, resolve(base, href), published), words(text)
