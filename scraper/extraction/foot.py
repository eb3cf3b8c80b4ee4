"""Below a text: stamps, tags, legends and questions that are the site's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scraper.extraction import wording
from scraper.extraction.dates import updated_in
from scraper.model import Removal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scraper.extraction.dates import PrintedDate
    from scraper.extraction.head import Head
    from scraper.model import Block

_END_OF_TEXT = re.compile(
    r"(?:News |Press )?Release (?:Number|No\.?|#):? ?[\w./-]{0,20}\d[\w/-]*|"
    r"(?:Related )?(?:Tags|Topics):?",
    re.IGNORECASE,
)
_RULE = re.compile(r"(?:\s*#)+\s*|-\s?(?:30|(?i:end))\s?-")
_LETTERS = re.compile(r"[-\u2013\u2014]+[A-Z]{3,5}[-\u2013\u2014]+")
"""The agency's, as its release's last line: `-NPS-`. Higher up it may be a notice."""


_TIME = re.compile(
    r"\b\d{1,2}(?::\d\d){1,2}\b|\b\d{1,2}\s?[ap]\.?m\b|[+-]\d{2,4}\b", re.IGNORECASE
)


def ends_with(line: str, printed: PrintedDate) -> bool:
    """Say whether hardly more than a time follows the date: not what was corrected."""
    after = _TIME.sub("", line.partition(printed.text)[2])
    has_figures = re.search(r"\d", after) is not None
    return not has_figures and len(re.findall(r"[^\W\d_]{3,}", after)) <= 3


def take_tail(blocks: Sequence[Block], known: Head) -> list[Block]:
    """Take furniture and the page's update line off the end of `blocks`."""
    kept = list(blocks) if known.published is None else _without_tags(blocks, known)
    while kept:
        if legend := _legend_at_end(kept, known):
            known.removed += [Removal("phrase", b.text[:120]) for b in kept[-legend:]]
            del kept[-legend:]
            continue
        line = kept[-1].text
        updated = updated_in(line) if len(line) < 90 else None
        # After a sentence it is the last words of a paragraph: "Updated daily. ..."
        says_more = updated and re.search(r"[.!?] ", line[: line.find(updated.text)])
        if (
            updated
            and not says_more
            and ends_with(line, updated)
            and not line.lstrip().startswith("(")
        ):
            known.updated = known.updated or updated
        elif not (
            wording.is_furniture(line)
            or _END_OF_TEXT.fullmatch(line)
            or _RULE.fullmatch(line)
            or _LETTERS.fullmatch(line)
            or _is_number_below_rule(kept)
        ):
            topics = _topics_at_end(kept)
            if known.published is None and not _TAGS.match(kept[-topics].text):
                topics = 0  # what the page is about
            if not topics:
                break
            first = len(kept) - topics
            known.removed += [
                Removal("topics", block.text[:120]) for block in kept[first + 1 :]
            ]
            del kept[first + 1 :]
            line = kept[-1].text
        known.removed.append(Removal("phrase", line[:120]))
        del kept[-1]
    kept = _without_stamp(kept, known)
    last = len(kept) - _LAST_LINES
    return [
        block
        for at, block in enumerate(kept)
        if not _RULE.fullmatch(block.text)
        and not (at >= last and _LETTERS.fullmatch(block.text))
    ]


_LAST_LINES = 3


def _is_number_below_rule(blocks: Sequence[Block]) -> bool:
    """Say whether the last line is a release's number, below the mark of the end."""
    return (
        len(blocks) > 1
        and _NUMBER.fullmatch(blocks[-1].text) is not None
        and _RULE.fullmatch(blocks[-2].text) is not None
    )


_NUMBER = re.compile(r"(?:[A-Z]{1,5}[ -]?)?\d{2,4}-\d{1,4}")
_NEAR_END = 12


def _without_stamp(blocks: list[Block], known: Head) -> list[Block]:
    """Drop the one line of the page's update that contacts or links stand below."""
    if known.updated is None:
        return blocks
    stamps = [
        (at, printed.iso)
        for at, block in enumerate(blocks)
        if len(block.text) < 60
        and block.kind != "row"
        and not block.text.startswith("(")
        and (printed := updated_in(block.text))
        and ends_with(block.text, printed)
    ]
    if len(stamps) != 1:
        return blocks
    ((at, iso),) = stamps
    if at < max(1, len(blocks) - _NEAR_END) or iso != known.updated.iso:
        return blocks
    known.removed.append(Removal("phrase", blocks[at].text))
    return blocks[:at] + blocks[at + 1 :]


_LEGEND = re.compile(
    r"(?:content|page) (?:source|owner)s?:?|(?:help with )?file formats?(?: help)?:?",
    re.IGNORECASE,
)
_FILED = re.compile(r"/(?:tags?|topics?|categor(?:y|ies)|keywords?)/", re.IGNORECASE)
"""In the address of a list of all that a site files under one word."""
_TAGS = re.compile(r"\W*(?:tag|keyword)s?\b", re.IGNORECASE)
_SOURCE = re.compile(
    r"(?:content|page) (?:source|owner|editor|manager)s?: .{2,150}|"
    r"content created by .{2,150}|"
    r"(?:editor|page editor|curator|webmaster|(?:responsible )?nasa official): .{2,60}",
    re.IGNORECASE,
)
_REVIEWED = re.compile(
    r"(?:(?:this )?(?:page|content) )?(?:was )?last reviewed(?: on)?:? .{6,40}",
    re.IGNORECASE,
)
"""Beside another date; alone it is all that a page says of its age."""


_ASKS = re.compile(
    r"(?:was|is|did you find) (?:this|the) (?:web ?)?"
    r"(?:page|information|article|content) helpful|"
    r"how would you rate this (?:page|answer|article|information)|"
    r"did you find (?:what|the information) you (?:were|are) looking for|"
    r"(?:please )?(?:help us improve|tell us what you think (?:of|about)) "
    r"(?:this (?:web ?)?(?:page|site)|[\w.]+\.gov)\b",
    re.IGNORECASE,
)
_OF_A_FORM = 12
"""So many short lines at most follow what the site asks about the page."""


def _asked_at_end(blocks: Sequence[Block]) -> int:
    """Return how many blocks at the end are the site's question and its form."""
    for at, block in enumerate(reversed(blocks[-_OF_A_FORM:]), start=1):
        if len(block.text) > 160:
            break
        if at < len(blocks) and _ASKS.match(block.text):
            return at
    return 0


def _legend_at_end(blocks: Sequence[Block], known: Head) -> int:
    """Return how many blocks at the end say who keeps the page and how files open.

    So do links of the publisher's that stand alone below the mark of the end.
    """
    if asked := _asked_at_end(blocks):
        return asked
    line = blocks[-1].text
    if blocks[-1].links and all(_FILED.search(n.url) for n in blocks[-1].links):
        return int(_is_links(blocks[-1]))
    is_dated = known.updated is not None or known.published is not None
    if _SOURCE.fullmatch(line) or (is_dated and _REVIEWED.fullmatch(line)):
        return 1
    links = 0
    while links + 1 < len(blocks) and _is_links(blocks[-links - 1]):
        links += 1
    label = blocks[-links - 1].text
    if links and _RULE.fullmatch(label):
        return links
    return links + 1 if links and _LEGEND.fullmatch(label) else 0


_TAGS_ALONE = re.compile(r"(?:related )?(?:tag|keyword)s?:?", re.IGNORECASE)


def _without_tags(blocks: Sequence[Block], known: Head) -> list[Block]:
    """Drop the label of the tags and the links below it, wherever contacts follow."""
    kept: list[Block] = []
    at = 0
    while at < len(blocks):
        end = at + 1
        if _TAGS_ALONE.fullmatch(blocks[at].text):
            while end < len(blocks) and _is_links(blocks[end]):
                end += 1
        if end > at + 1:
            known.removed += [Removal("topics", b.text[:120]) for b in blocks[at:end]]
        else:
            kept.append(blocks[at])
        at = end
    return kept


TOPICS = re.compile(
    r"(?:[\u2022\u00b7|]\s*)?"
    r"(?:(?:related )?(?:tags?|topics?|categor(?:y|ies)|components?|keywords?)|"
    r"focus areas?|"
    r"(?:filed|posted) (?:under|in))"
    r"(?:\(s\))?:?(?P<listed> .{2,200})?",
    re.IGNORECASE,
)


def topics_at_top(blocks: Sequence[Block]) -> int:
    """Return how many blocks at the top list where else the site files the page."""
    found = TOPICS.fullmatch(blocks[0].text)
    if found is None:
        return 0
    links = next(
        (at for at, block in enumerate(blocks[1:]) if not _is_links(block)),
        len(blocks) - 1,
    )
    listed = sum(len(link.title) for link in blocks[0].links)
    if found["listed"]:
        return 1 if listed * 2 >= len(found["listed"]) else 0
    return links + 1 if links else 0


def _topics_at_end(blocks: Sequence[Block]) -> int:
    """Return how many blocks at the end list where else the site files the page."""
    links = 0
    while links < len(blocks) and _is_links(blocks[-links - 1]):
        links += 1
    if links == len(blocks):
        return 0
    listed = topics_at_top(blocks[-links - 1 :])
    return listed if listed == links + 1 else 0


def _is_links(block: Block) -> bool:
    said = _PARTED.sub(" ", block.text)
    titles = " ".join(link.title for link in block.links)
    return bool(block.text) and said == _PARTED.sub(" ", titles)


_PARTED = re.compile(r"\s*[,|\u2022\u00b7/]\s+")
