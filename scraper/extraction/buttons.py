"""Blocks that do something where others say something: share, print, jump.

They are known by where their links lead, whatever a site calls them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scraper.extraction import wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scraper.model import Block, Link


def without_buttons(blocks: Sequence[Block], *, base: str) -> list[Block]:
    """Drop buttons, and with the first of several the heading above them."""
    kept: list[Block] = []
    for block in _without_contents(blocks, base):
        if not _is_button(block) and not _is_row_of_buttons(block, base):
            kept.append(block)
        elif (
            kept and kept[-1].kind == "heading" and wording.is_furniture(kept[-1].text)
        ):
            kept.pop()
    return kept


def _is_button(block: Block) -> bool:
    """Say whether a block is one link that does something: print, share, top."""
    return (
        len(block.links) == 1
        and block.links[0].title == block.text
        and wording.is_furniture(block.text)
    )


_SHARES = re.compile(
    r"(?:javascript:|mailto:\?|https?://(?:www\.|m\.)?(?:facebook\.com/share|"
    r"(?:twitter|x)\.com/(?:intent|share|home\?)|pinterest\.com/pin/create|"
    r"linkedin\.com/(?:share|cws|sharing)|reddit\.com/submit|addtoany\.com))",
    re.IGNORECASE,
)
"""Where the buttons of the networks lead, whatever a site calls them."""


def _is_row_of_buttons(block: Block, base: str) -> bool:
    """Say whether a block is but links that share or print, half of them by name.

    Such links are parted by style sheets, so their words may run together.
    """
    links = block.links
    if len(links) < 2 or _bare(block.text) != _bare("".join(n.title for n in links)):
        return False
    here = base.partition("#")[0]
    stay = all(_SHARES.match(link.url) or _is_here(link, here) for link in links)
    named = sum(
        bool(_SHARES.match(link.url)) or wording.is_furniture(link.title)
        for link in links
    )
    return stay and named * 2 >= len(links)


def _bare(text: str) -> str:
    return re.sub(r"\W", "", text)


def _is_here(link: Link, here: str) -> bool:
    return link.url.partition("#")[0] == here


_CONTENTS = re.compile(
    r"(?:table of |page )?contents|(?:what's )?(?:on|in) this "
    r"(?:page|article|section|guide|document|report)|(?:jump|go) to",
    re.IGNORECASE,
)
_LONGEST_HEADING = 40


def _without_contents(blocks: Sequence[Block], base: str) -> list[Block]:
    """Drop the links down the page below a heading that calls them so."""
    here = base.partition("#")[0]
    kept: list[Block] = []
    at = 0
    while at < len(blocks):
        end = at + 1
        if _is_row_of_contents(blocks[at], here):
            at += 1
            continue
        if _calls_contents(blocks[at].text):
            while end < len(blocks) and _leads_down(blocks[end], here):
                end += 1
        if end <= at + 2:  # one link alone is a reference
            kept += blocks[at:end]
        at = end
    return kept


def _is_row_of_contents(block: Block, here: str) -> bool:
    """Say whether a block is such links with their label: "Jump to: Facts Report"."""
    label, links = block.text.partition(":")[0], block.links
    return (
        len(links) > 1
        and _calls_contents(label)
        and _bare(block.text) == _bare(label + "".join(link.title for link in links))
        and all("#" in link.url and _is_here(link, here) for link in links)
    )


def _calls_contents(line: str) -> bool:
    if len(line) > _LONGEST_HEADING:
        return False
    return bool(_CONTENTS.fullmatch(line.strip(": ").replace("\u2019", "'")))


def _leads_down(block: Block, here: str) -> bool:
    return (
        bool(block.links)
        and _bare(block.text) == _bare("".join(link.title for link in block.links))
        and all("#" in link.url and _is_here(link, here) for link in block.links)
    )
