"""An article as it is compared: without counters, its notes told from its text."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from scraper.comparison import text as texts
from scraper.model import Block

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scraper.model import Article, NoisePattern

BlockClass = Literal["text", "note", "stamp"]

_COUNT = r"\d[\d,.]*\s?[km]?"
_COUNTED = (
    r"(?:(?:web|page|total|unique|story|photo)\s)?"
    r"(?:views?|visits?|visitors?|hits?|downloads?|shares?|likes?|comments?|reads?"
    r"|followers?|impressions?|retweets?|reactions?)"
)
_UNIT = r"(?:sec(?:ond)?|min(?:ute)?|hour|hr|day|week|month|year)s?"
_AGO = (
    rf"(?:about |over |almost |less than )?(?:an?|\d+|one|two|three) {_UNIT} ago"
    r"|just now|yesterday"
)
_WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_VOLATILE = re.compile(
    # Counters such as "Web Views: 1 Downloads: 4" or "12 shares | 3 likes".
    rf"(?:\W*(?:{_COUNTED}\W{{0,3}}{_COUNT}|{_COUNT}\s?{_COUNTED})\W*)+"
    # Ages such as "2 days ago" or "Last updated: 3 hours ago".
    r"|(?:(?:posted|published|updated|modified|last updated|added)\W{0,3})?"
    rf"(?:{_AGO})\W*"
    # Said of the day and the hour: "Today is Monday, March 3, 2025"
    rf"|today(?:'s date)?(?: is|\W{{1,3}})\s?(?:{_WEEKDAY}\W+)?"
    r"[\w,. ]{4,20}\d{4}\W*"
    r"|(?:it is now|(?:current|local) time(?: is)?)\W{0,3}\d{1,2}:\d{2}[\w.: ]{0,20}",
    re.IGNORECASE,
)
"""Shapes that tell when a page was served, not what it says. Whole blocks only: in a
sentence of the story "two days ago" is the story."""
_VOLATILE_CHARS = 120
_STAMP_CHARS = 200

_NOTE = re.compile(
    r"\W*(?:correction|corrections|clarification|editor'?s?'? note|editors' note"
    r"|note to (?:editors|readers)|erratum|errata|this (?:article|story|release|page"
    r"|transcript|post|document|statement) (?:has been|was) (?:corrected|updated"
    r"|amended|revised|edited|modified))\b(?:\s?\([^)]*\))?\s?(?:[:.\-]|on\b|to\b|$)",
    re.IGNORECASE,
)
MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
DATE = (
    rf"(?:{MONTH}\.?\s\d{{1,2}}(?:st|nd|rd|th)?,?\s\d{{4}}"
    rf"|\d{{1,2}}\s{MONTH}\.?,?\s\d{{4}}"
    r"|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{4}-\d{2}-\d{2})"
)
"""A calendar date as American government pages print it."""
_CLOCK = r"(?:\d{1,2}(?::\d{2}){0,2}\s?(?:[ap]\.?\s?m\.?)?(?:\s?[a-z]{2,4})?)"
_STAMP = re.compile(
    r"\W*(?:(?:this )?(?:page|content|site|data|information|article)(?: was)?\s)?"
    r"(?:last |date |most recently )?(?:updated|reviewed|modified|revised|edited"
    r"|changed|current as of|as of|update)(?: on| at)?\W{0,3}"
    rf"(?:{_WEEKDAY}\W{{1,3}})?{DATE}\W{{0,3}}(?:(?:at )?{_CLOCK})?\W*",
    re.IGNORECASE,
)


def settle(article: Article, noise: Sequence[NoisePattern] = ()) -> Article:
    """Return the article on which positions of edits rest.

    Blocks that hold nothing, a counter, the time of day or nothing but learned noise
    are left out. The text comes first, then notes that stood outside it, then blocks
    that are a link and no more: lists of links, whose order says nothing. Idempotent.
    """
    mask = mask_for(noise)
    blocks = tuple(
        block if "\n" not in block.text else replace(block, text=_one_line(block.text))
        for block in article.blocks
        if not _is_nothing(block.text, mask)
    )
    text = tuple(block for block in blocks if block.sole_link is None)
    lists = tuple(block for block in blocks if block.sole_link is not None)
    known = {texts.key(block.text) for block in blocks} if article.notes else set()
    apart = tuple(
        Block("paragraph", _one_line(note))
        for note in dict.fromkeys(article.notes)
        if texts.key(note) not in known and not _is_nothing(note, mask)
    )
    return replace(article, blocks=text + apart + lists)


def text_blocks(article: Article) -> tuple[Block, ...]:
    """Return the blocks of a settled article that come before its lists of links."""
    return tuple(block for block in article.blocks if block.sole_link is None)


def block_classes(article: Article) -> list[BlockClass]:
    """Tell the text of a settled article from its notes and date stamps."""
    notes = {texts.key(note) for note in article.notes}
    return [_block_class(block.text, notes) for block in text_blocks(article)]


def mask_for(noise: Sequence[NoisePattern]) -> re.Pattern[str] | None:
    """Return one pattern for all noise, None where there is none."""
    patterns = [
        rf"\A(?:{known.pattern})\Z"
        if known.where == "block"
        else f"(?:{known.pattern})"
        for known in noise
    ]
    return re.compile("|".join(patterns)) if patterns else None


def _block_class(text: str, notes: set[str]) -> BlockClass:
    if notes and texts.key(text) in notes:
        return "note"
    head = texts.folded(text[:_STAMP_CHARS])
    if _NOTE.match(head):
        return "note"
    is_short = len(text) < _STAMP_CHARS
    return "stamp" if is_short and _STAMP.fullmatch(head.strip()) else "text"


def _is_nothing(text: str, mask: re.Pattern[str] | None) -> bool:
    if mask is not None and not texts.key(mask.sub("", text)):
        return True
    if len(text) > _VOLATILE_CHARS:
        return not text.strip()
    plain = " ".join(texts.folded(text).split())
    return not plain or bool(_VOLATILE.fullmatch(plain))


def _one_line(text: str) -> str:
    """Line breaks become spaces, one for one, so that offsets hold."""
    return re.sub(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]", " ", text)
