"""An article as it is compared: without counters, its notes told from its text.

What a line is - served anew with every visit, a date stamp, a note - is told from its
whole wording. The shapes are those of American government pages and of the systems
that serve them (Drupal, WordPress, AFPIMS, SharePoint and their share buttons).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from scraper.comparison import text as texts
from scraper.model import Block

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scraper.model import Article, NoisePattern

BlockClass = Literal["text", "note", "stamp"]
DateField = Literal["published", "updated"]

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
WEEKDAY = (
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tues?|wed|thu(?:rs)?|fri|sat"
    r"|sun)\.?"
)
CLOCK = r"(?:\d{1,2}(?::\d{2}){0,2}\s?(?:[ap]\.?\s?m\.?)?(?:\s?\(?[a-z]{2,4}\)?)?)"

_MARK = r"[^\w%$\u00b0\u20ac\u00a3]"
"""No percent sign and no money: "Share 45%" is a figure of the story."""
_N = r"\d[\d,.]*+\s?[km]?\+?"
_COUNTED = (
    r"(?:(?:(?:number|no\.?) of|web|page|total|unique|story|photo)\s){0,2}"
    r"(?:views?|visits?|visitors?|hits?|downloads?|shares?|likes?|comments?|reads?"
    r"|followers?|impressions?|retweets?|reactions?|replies"
    # "Site visits" and "weekly visitors" may be what the story counts.
    r"|(?:recent|daily|weekly|monthly|post|article|document|dataset)"
    r" (?:views|downloads)"
    r"|(?:view|hit|download|visitor) count(?:er)?)"
    r"(?: today| to date| since [\w ,/]{4,20}"
    r"| ?\(?(?:in |over )?(?:the )?(?:last|past) (?:\d{1,3} )?(?:days?|weeks?|months?"
    r"|years?)\)?)?"
)
_UNIT = r"(?:(?:sec(?:ond)?|min(?:ute)?|hour|hr|day|week|month|year)s?|[smhdw])"
_PARTS_OF_DAY = r"(?:hours?|hrs?|minutes?|mins?|seconds?|secs?)"
_DAYS = rf"\d+ (?:days?|weeks?|{_PARTS_OF_DAY})(?:\W{{1,2}}\d+ {_PARTS_OF_DAY}){{0,3}}"
_AGE = (
    r"(?:(?:about |over |almost |less than )?(?:an?|a few|\d+|one|two|three)\s?"
    rf"{_UNIT}(?:(?:,| and)? \d+ {_UNIT})? ago|just now|yesterday|today)"
)
_RESULTS = r"(?:results?|items|records|entries|documents|articles|posts|stories)"
_SERVED = (
    # Counters: "Web Views: 1 Downloads: 4", "This page has been viewed 12 times".
    rf"{_COUNTED}{_MARK}{{0,3}}{_N}",
    rf"{_N}\s?{_COUNTED}",
    r"no comments(?: yet)?",
    r"(?:leave a|post a|add) (?:reply|comment)",
    # "The database was accessed 12 times" is a story: it is no page.
    (
        r"(?:this (?:[a-z]+ )?|(?:the )?(?:page|article|story|post|site|video|photo) )?"
        rf"(?:has been |was )?(?:view|visit|access|download|shar)ed\W{{1,2}}{_N} times?"
        r"(?: since [\w ,/]{4,20})?"
    ),
    rf"(?:number of )?times (?:viewed|downloaded|accessed)\W{{1,3}}{_N}",
    rf"{_N} (?:people|users|visitors) (?:have )?viewed this(?: page| article)?",
    rf"(?:you are (?:our )?)?visitor\W{{0,3}}(?:number|no|count|counter)?\W{{0,3}}{_N}",
    rf"(?:there (?:is|are) currently )?{_N} users?(?: and {_N} guests?)? online",
    rf"users? online{_MARK}{{0,3}}{_N}",
    (
        rf"(?:{_N} of )?{_N} (?:people |users )?(?:like|recommend|found) this"
        r"(?: \w+)?(?: helpful)?"
    ),
    (
        r"(?:your rating\W{0,3}none\W{0,3})?"
        rf"(?:average|rating)\W{{0,3}}{_N}(?: ?/ ?\d+)? \({_N} votes?\)"
    ),
    (
        r"(?:facebook|twitter|linkedin|pinterest|reddit|whatsapp|tweets?|share|e-?mail"
        rf"|print|recommend)(?:{_MARK}{{1,3}}{_N})?"
    ),
    # "5 min read"
    r"(?:estimated )?read(?:ing)? time\W{0,3}\d+\s?min(?:ute)?s?(?:\.? read)?",
    r"\d+[\s-]min(?:ute)?s?\.? read",
    # The day and the hour of the visit.
    rf"today(?:'s date)?(?: is|\W{{1,3}})\s?(?:{WEEKDAY}\W+)?{DATE}",
    (
        r"(?:it is now|(?:current|local|server)(?: date and)? time(?: is)?)\W{0,3}"
        rf"(?:{DATE}\W{{1,3}})?\d{{1,2}}:\d{{2}}[\w.: ]{{0,20}}"
    ),
    (
        r"(?:(?:this )?page (?:was )?)?(?:date )?(?:generated|rendered|printed"
        rf"|retrieved|accessed)(?: on| at)?\W{{0,3}}{DATE}(?:\W{{1,4}}{CLOCK})?"
    ),
    r"page (?:generated|rendered|loaded|created) in \d[\d.]* ?(?:ms|s|sec(?:ond)?s?)",
    (
        r"current(?:ly)?(?: (?:weather|temperature|conditions))?"
        r"\W{0,3}-?\d{1,3}\s?\u00b0\s?[fc]?(?!\w)(?: [a-z]+){0,2}"
    ),
    # Ages: "2 days ago", "Last updated: 3 hours ago".
    (
        r"(?:(?:last )?(?:posted|published|updated|modified|refreshed|checked|added"
        rf"|submitted)\W{{0,3}})?{_AGE}"
    ),
    # Countdowns: "34 days left".
    rf"{_DAYS} (?:left|remaining|to go)",
    r"days (?:left|remaining|to go)\W{1,3}\d+",
    rf"\d+ days?(?:\W{{1,2}}\d+ {_PARTS_OF_DAY}){{3}}",
    # Places in a list that grows: "Showing 1-10 of 1,234 results", "Page 1 of 12".
    (
        r"(?:page|slide|photo|image) \d+ (?:of|/) \d+"
        r"(?:\W+(?:first|prev(?:ious)?|next|last))*+"
    ),
    (
        rf"(?:(?:showing|displaying|viewing)\s)?(?:{_RESULTS}\s)?\d+ ?(?:-|to) ?\d+"
        rf" of (?:about |over )?{_N}(?: {_RESULTS})?"
    ),
    rf"{_N} (?:search )?results?(?: found)?",
    (
        r"(?:(?:page|first|prev(?:ious)?)\W++){0,4}\d{1,3}(?:\W++\d{1,3})++"
        r"(?:\W++(?:next|last)(?: page)?)++"
    ),
    # Riddles against robots, and names of one visit.
    r"(?:math question|what is)?\W{0,5}\d{1,2} ?[-+x*] ?\d{1,2} ?[=?]",
    r"solve this simple math problem.{0,90}",
    r"(?:session|support|trace|ray) id\W{1,3}(?=[\w.-]*\d)[\w.-]{8,}",
    r"request id\W{1,3}(?=[\w.-]*\d)[\w.-]{16,}",  # shorter, it is a case's
)
# What matched is not looked at again: lines of counters would take for ever.
_GAP = rf"{_MARK}*+"
_VOLATILE = re.compile(
    rf"{_GAP}(?:(?:{'|'.join(_SERVED)})(?!\w){_GAP}){{1,8}}+"
    # The year of a copyright line moves every January.
    r"|(?:copyright|\u00a9)\W{0,5}(?:\(c\)|\u00a9)?\W{0,3}(?:\d{4}\W{0,3}){1,2}"
    r"[^.\d]{0,80}+(?:\. ?all rights reserved)?\W*+",
    re.IGNORECASE,
)
"""Shapes that tell when a page was served, not what it says. They may follow each
other. Whole lines, or parts of a line between bars, only: in a sentence of the story
"two days ago" is the story."""
_OF_SOMETHING = re.compile(
    # "Submitted by Jo Li 2 days ago", "34 days until Election Day".
    r"((?:last )?(?:posted|published|updated|modified|added|submitted)"
    rf" by [\w.' ]{{1,30}}?)\W{{1,3}}{_AGE}\W*"
    rf"|{_DAYS} (until [\w' ]{{3,50}}+)\W*|days (until [\w' ]{{3,50}}?)\W{{1,3}}\d+\W*",
    re.IGNORECASE,
)
"""Such a line says something besides: that is kept."""
_COUNT = re.compile(
    rf"(?<!\w){_COUNTED}{_MARK}{{0,3}}{_N}|{_N}\s?{_COUNTED}(?!\w)", re.IGNORECASE
)
_FIGURE = re.compile(
    # "Subscribers: 4,000", "1,200 new subscribers"; not "Photo ID: 8123".
    r"(?!.*\b(?:id|no|number|virin|size|length|resolution|date|page|time)\b)"
    rf"(?:[a-z][a-z' -]{{2,40}}:\s?[$]?{_N}%?(?: [a-z]+)?"
    rf"|[$]?{_N}%?(?: [a-z'-]+){{1,5}})",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
_WITHOUT_DIGITS = ("ago", "now", "today", "yesterday", "comment", "reply")
"""One of these is in every such line that has no figure."""
_LETTER = re.compile(r"\w")
_BAR = re.compile(r"\s*[|\u2022\u00b7]\s*")
_ASIDE = re.compile(r"\s*\(([^()]{3,60})\)\s*\Z")
_VOLATILE_CHARS = 120
_MOST_PARTS = 8
_STAMP_CHARS = 200
_MOST_BLOCKS = 15_000

_NOTE = re.compile(
    r"\W*+(?:correction|corrections|clarification|editor'?s?'? note|editors' note"
    r"|note to (?:editors|readers)|erratum|errata|this (?:article|story|release|page"
    r"|transcript|post|document|statement|guidance|notice|memo(?:randum)?|fact ?sheet)"
    r" (?:(?:has been|was) (?:corrected|updated|amended|revised|edited|modified)"
    r"|(?:has been|was|is) (?:rescinded|withdrawn|superseded|retracted|archived)))"
    r"\b(?:\s?\([^)]*\))?\s?(?:[:.\-]|on\b|to\b|$)",
    re.IGNORECASE,
)
_STAMP_DATE = (
    rf"(?:{DATE}(?:t[\d:.]+(?:z|[+-]\d\d:?\d\d)?)?|{MONTH}\.?,?\s\d{{4}}"
    r"|\d{1,2}/\d{4}|\d{1,2} de [a-z]{4,10} del? \d{4})"
)
_STAMP_CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?\s?(?:[ap]\.?\s?m\.?)?(?:\s?[a-z]{2,4}\b)?"
_STAMP = re.compile(
    r"\W*+(?:(?:this |the )?(?:web ?)?(?:page|content|site|data|information|article"
    r"|table|list|map|dashboard)(?: on this page)?(?: was| were| is)?\s)?"
    r"(?:(?:date |page |most recently )?(?:last )?(?:updated|reviewed|modified|revised"
    r"|edited|changed|refreshed|verified|current as of|update|review|revision)"
    r"(?:/(?:updated|reviewed|modified))?(?: date)?(?: by [\w' ]{3,30}?)?|as of"
    r"|(?:[u\u00fa]ltima )?(?:actualizaci[o\u00f3]n|revisi[o\u00f3]n)"
    r"|actualizado|revisado)"
    r"(?: on| at| el)?\W{0,3}"
    rf"(?:(?:{WEEKDAY}\W{{1,3}})?{_STAMP_DATE}\W{{0,3}}(?:(?:at )?{CLOCK})?"
    rf"|{_STAMP_CLOCK}(?:\s(?:on\s)?(?:{WEEKDAY}\W{{1,3}})?{_STAMP_DATE})?)\W*"
    r"(?P<source>(?:content )?source\b.*)?",
    re.IGNORECASE,
)


def settle(article: Article, noise: Sequence[NoisePattern] = ()) -> Article:
    """Return the article on which positions of edits rest.

    Blocks that hold nothing, a counter, the time of day or nothing but learned noise
    are left out, and such parts of a line between bars. The text comes first, then
    notes that stood outside it, then blocks that are a link and no more: lists of
    links, whose order says nothing. Idempotent.
    """
    mask = mask_for(noise)
    blocks = article.blocks
    if len(blocks) > _MOST_BLOCKS:
        blocks = _run_together(blocks)
    of_story = _counts_of_story(blocks)
    blocks = tuple(
        block if said == block.text else _reworded(block, said)
        for at, block in enumerate(blocks)
        if (said := _settled(block.text, mask, is_told=at in of_story))
    )
    text = tuple(block for block in blocks if block.sole_link is None)
    lists = tuple(block for block in blocks if block.sole_link is not None)
    known = {texts.key(block.text) for block in blocks} if article.notes else set()
    apart = tuple(
        Block("paragraph", said)
        for note in dict.fromkeys(article.notes)
        if (said := _settled(note, mask)) and texts.key(said) not in known
    )
    return replace(article, blocks=text + apart + lists)


def _run_together(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Return text of more lines than any page has for people as one block.

    So are links beyond as many lines that are a link and no more.
    """
    lists: list[Block] = []
    rest: list[Block] = []
    for block in blocks:
        is_link = block.links and block.sole_link is not None
        (lists if is_link and len(lists) < _MOST_BLOCKS else rest).append(block)
    text = " ".join([block.text for block in rest])
    links = tuple(link for block in rest if block.links for link in block.links)
    return (Block("paragraph", text, links), *lists)


def text_blocks(article: Article) -> tuple[Block, ...]:
    """Return the blocks of a settled article that come before its lists of links."""
    ends = bisect_left(
        article.blocks, True, key=lambda block: block.sole_link is not None
    )
    return article.blocks[:ends]


def class_of(article: Article) -> Callable[[str], BlockClass]:
    """Return what tells the text of a settled article from its notes and stamps."""
    notes = {texts.key(note) for note in article.notes}
    return lambda text: _block_class(text, notes)


def dated(stamp: str) -> str:
    """Return what a date stamp says but for the source that it may name."""
    line = texts.folded(stamp).strip()
    found = _STAMP.fullmatch(line)
    return texts.key(line.removesuffix(found["source"] or "")) if found else line


def printed_date(article: Article, field: DateField) -> str | None:
    """Return a date as a reader sees it; one of unknown origin counts as printed."""
    text: str | None = getattr(article, f"{field}_text")
    date: str | None = getattr(article, field)
    return text or (date if field not in article.provenance else None)


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
    head = texts.folded(text[:_STAMP_CHARS])
    # "This page was updated on March 3, 2025" says when, and nothing of what.
    is_short = len(text) < _STAMP_CHARS
    if is_short and _DIGIT.search(text) and _STAMP.fullmatch(head.strip()):
        return "stamp"
    if (notes and texts.key(text) in notes) or _NOTE.match(head):
        return "note"
    return "text"


def without_volatile(line: str) -> str:
    """Return a line without what tells when it was served; empty if that is all."""
    if len(line) > _VOLATILE_CHARS:
        return line
    if not _DIGIT.search(line):
        plain = line.casefold()
        if not any(word in plain for word in _WITHOUT_DIGITS):
            return line
    cut = _lasting(line)
    if cut == line:
        parts = _BAR.split(line)
        if 1 < len(parts) <= _MOST_PARTS:
            kept = [said for part in parts if (said := _lasting(part))]
            cut = line if kept == parts else " | ".join(kept)
    aside = _ASIDE.search(cut)
    if aside and not _lasting(aside[1]):
        cut = cut[: aside.start()]
    # What is left may end with another: "March 3, 2025 (2 days ago) (3 views)"
    return line if cut == line else without_volatile(cut)


def _counts_of_story(blocks: Sequence[Block]) -> set[int]:
    """Return which blocks count something that the story tells.

    No page shows its own counter in a table of data, or in a list of other figures.
    """
    told: set[int] = set()
    stretch: list[int] = []
    has_figures = False
    for at, block in enumerate(blocks):
        if block.kind == "row":
            told.add(at)
        if block.sole_link is not None:
            continue
        if block.kind != "list_item":
            stretch, has_figures = [], False
            continue
        line = block.text
        stretch.append(at)
        has_figures = has_figures or _is_figure(line)
        if has_figures:
            told.update(stretch)
            stretch = []
    return told


def _is_figure(line: str) -> bool:
    return (
        len(line) <= _VOLATILE_CHARS
        and _FIGURE.fullmatch(line) is not None
        and without_volatile(line) == line
    )


def _reworded(block: Block, said: str) -> Block:
    if block.sole_link is not None:
        # Its words are the link's, and stay so: `fields` does not count the counter.
        said = _one_line(block.text)
    return replace(block, text=said)


def _lasting(line: str) -> str:
    """Return what a line, or a part of one, says besides when it was served."""
    plain = " ".join(texts.folded(line).split())
    if _VOLATILE.fullmatch(plain):
        return ""
    found = _OF_SOMETHING.fullmatch(line)
    return next(filter(None, found.groups())) if found else line


def _settled(text: str, mask: re.Pattern[str] | None, *, is_told: bool = False) -> str:
    """Return a block's text on one line; empty where it holds nothing.

    Args:
        text: As read.
        mask: Of the learned noise.
        is_told: What it counts, if it does, is of the story.
    """
    if mask is not None and not texts.key(mask.sub("", text)):
        return ""
    line = text if text.isprintable() else _one_line(text)
    if not (is_told and _COUNT.search(line)):
        line = without_volatile(line)
    is_something = _LETTER.search(line) or texts.folded(line).strip()
    return line if is_something else ""


def _one_line(text: str) -> str:
    """Line breaks become spaces, one for one, so that offsets hold."""
    return re.sub(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]", " ", text)
