"""What stands around the headline and at the foot: dates, byline, letterhead."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scraper.extraction import phrases
from scraper.extraction.dates import PrintedDate, first_date, only_date
from scraper.extraction.forms import byline_in, submitted_in
from scraper.extraction.text import fold, tidy
from scraper.model import Removal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scraper.model import Block

_LONGEST_HEADLINE = 500
_NEAR_TOP = 8
_UNIT = re.compile(
    r"[A-Z0-9][^.!?:;]{4,80}(?:Public Affairs(?: Office)?|News Service|Communications)"
)
"""The second line of a byline in the services' news."""
_END_OF_TEXT = re.compile(
    r"[-\u2013\u2014*]+ ?[A-Z]{2,8} ?[-\u2013\u2014*]+|"
    r"(?:News |Press )?Release (?:Number|No\.?|#):? ?[\w./-]{0,20}\d[\w/-]*"
)
_RULE = re.compile(r"[#\s]*#[#\s]*|-\s?(?:30|end)\s?-", re.IGNORECASE)
_UPDATED_WORDS = (
    "updated",
    "last update:",
    "modified",
    "revised",
    "current as of",
    "actualiza",
)
_UPDATED = re.compile(
    r"(?:^|[|\u2022\u00b7/.(]\s*)"
    r"(?:(?:this |the )?(?:web ?page|page|content|site|information|date|record|article)"
    r"(?: was| is| has been)? ?)?"
    r"(?:(?:last |most recently )(?:reviewed or )?(?:updated|modified|revised|changed)|"
    r"last update(?=:)|"
    r"updated|"
    r"(?:date )?modified|current as of|(?:fecha de )?.ltima actualizaci.n|actualizado)"
    r"(?: date)?(?: on| at| el)?\s*:?\s*(?P<after>.{6,60})",
    re.IGNORECASE,
)
_BEFORE_DATE = re.compile(
    r"\W*(?:on|at|el)?\W*|\W*(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)[a-z]*,?\s*|"
    r"\W*\d{1,2}:\d\d.{0,12}",
    re.IGNORECASE,
)
PUBLISHED_LABEL = re.compile(
    r"\b(?:(?:date |originally |first )?(?:published|posted|released|issued)"
    r"(?: date| on)?|(?:publication|release|issue|publish|posting) date|"
    r"for (?:immediate )?release|date|publicado(?: el)?|fecha(?: de publicaci.n)?)"
    r"\b\s*:?\s*$",
    re.IGNORECASE,
)
_OTHER_DATE = re.compile(
    r"\b(?:event|when|deadline|effective|expires?|due|until|through|hearing|meeting|"
    r"comment|apply by|closing|closes|opens?|starts?|begins?|reviewed|review|start|end|"
    r"calendar|signed|born|since)\b",
    re.IGNORECASE,
)
_LETTERHEAD = re.compile(
    r"(?:the white house|office of (?:the )?(?:press secretary|communications|"
    r"public affairs|media relations)|u\.?s\.? department of [\w ]{3,40}|"
    r"(?:news|press|media|release)s?(?: (?:release|advisory|statement|note|no))*|"
    r"(?:news |press )?releases? ?(?:#|no|number|id)?\.?:? ?[\w./-]{0,20}\d[\w/-]*|"
    r"washington,? d\.?c\.?|statements? (?:&|and) releases?|"
    r"topics?: .{2,60}|tags?: .{2,80}|categor(?:y|ies): .{2,60}|"
    r"(?:(?:release|publication|posted|published|issue) )?date|published|posted|"
    r"\d+ min(?:ute)?s? read|immediate release|for immediate release.{0,40}|"
    r"contacts?: .{3,120}|(?:tele)?phone: .{5,60}|e-?mail: .{5,60}|fax: .{5,60})"
)


@dataclass(slots=True)
class Head:
    """What the lines around the headline say.

    Attributes:
        is_below: `published` stands below the headline and nowhere above it.
        has_others: The page prints dates of other things: entries, an event.
    """

    published: PrintedDate | None = None
    updated: PrintedDate | None = None
    byline: str | None = None
    is_below: bool = False
    has_others: bool = False
    removed: list[Removal] = field(default_factory=list)


def updated_in(line: str) -> PrintedDate | None:
    """Return the date that `line` announces as that of the last update."""
    if len(line) > 200 or not _speaks_of_update(line):
        return None
    for label in _UPDATED.finditer(line):
        printed = first_date(label["after"])
        if printed and _BEFORE_DATE.fullmatch(label["after"][: printed.start]):
            return printed
    return None


def updated_among(text: str) -> PrintedDate | None:
    """Return the update date that the page prints last, footer included.

    Args:
        text: All text of the page, pieces of markup on lines of their own.
    """
    lower = text.lower()
    found: list[tuple[int, PrintedDate]] = []
    for word in _UPDATED_WORDS:
        at = lower.find(word)
        while at >= 0:
            start = max(text.rfind("\n", 0, at) + 1, at - 120)
            near = text[start : at + 240].split("\n")
            line = tidy(near[0])
            rest = tidy(" ".join(near[1:6]))[:60]
            if printed := updated_in(line) or updated_in(f"{line} {rest}"):
                found.append((at, printed))
            at = lower.find(word, at + len(word))
    return max(found, key=lambda one: one[0])[1] if found else None


def _speaks_of_update(line: str) -> bool:
    lower = line.lower()
    return any(word in lower for word in _UPDATED_WORDS)


def take_head(
    blocks: Sequence[Block], *, title: str | None, known: Head
) -> list[Block]:
    """Take lines that are not text off the top of `blocks`, filling `known`.

    A date that also stands above the headline stays: letters repeat their own.
    """
    kept = list(blocks)
    for _ in range(10):
        if not kept:
            break
        line = kept[0].text
        _drop_own_date(kept, known)
        lines = _contacts(kept) or _letterhead(kept)
        if not lines and not _is_head_line(line, title, known):
            break
        lines = max(lines, 1)
        known.removed += [Removal("head line", one.text[:120]) for one in kept[:lines]]
        del kept[:lines]
    return kept


_RELEASED = re.compile(r"for (?:immediate )?release\b", re.IGNORECASE)
_CONTACTS = re.compile(
    r"(?:for )?(?:(?:media|press|more|further|additional|news) )*"
    r"(?:contacts?|inquiries|information|questions|enquiries)\b.{0,40}:",
    re.IGNORECASE,
)
_REACHED_AT = re.compile(r"\(?\d{3}[)./ -]\s?\d{3}[. -]\d{4}|\S@\S")
_OF_AN_OFFICE = re.compile(
    r"\b(?:office|department|division|commonwealth|state) of\b|\battorney general\b|"
    r"\b[A-Z][a-z]+,? (?:[A-Z]{2}|[A-Z][a-z]+)\.? \d{5}\b",
    re.IGNORECASE,
)


def _contacts(blocks: Sequence[Block]) -> int:
    """Return how many blocks at the top say whom the press may ask, label included."""
    if not _CONTACTS.fullmatch(blocks[0].text):
        return 0
    last = 0
    for at, block in enumerate(blocks[1:6], start=1):
        if len(block.text) > 80:
            break
        if _REACHED_AT.search(block.text):
            last = at
    return last + 1 if last else 0


def _letterhead(blocks: Sequence[Block]) -> int:
    """Return how many blocks stand above the release line: kickers or a letterhead."""
    lines = [block.text for block in blocks[:_NEAR_TOP]]
    at = next((at for at, line in enumerate(lines) if _RELEASED.match(line)), 0)
    if all(map(_is_kicker, lines[:at])):
        return at
    is_letterhead = any(map(_OF_AN_OFFICE.search, lines[:at])) and all(
        len(line) < 160 and line[-1] not in ".!?" for line in lines[:at]
    )
    return at if is_letterhead else 0


def _drop_own_date(blocks: list[Block], known: Head) -> None:
    """Drop the line of the publication date from below names and places at the top."""
    if known.published is None or not known.is_below:
        return
    for at in range(1, min(len(blocks), 4)):
        line = blocks[at].text
        if len(line) > 60 or _RELEASED.match(line):  # that one ends the kickers
            continue
        printed = dated(line)
        if printed is not None and printed.iso == known.published.iso:
            known.removed.append(Removal("head line", blocks[at].text))
            del blocks[at]
            return


def _ends_with(line: str, printed: PrintedDate) -> bool:
    """Say whether hardly more than a time follows the date: not what was corrected."""
    after = line.partition(printed.text)[2]
    return len(re.findall(r"[^\W\d_]{3,}", after)) <= 3


def _is_kicker(line: str) -> bool:
    return len(line) < 60 and len(line.split()) <= 5 and line[-1] not in ".!?:"


def _is_head_line(line: str, title: str | None, known: Head) -> bool:
    if len(line) > _LONGEST_HEADLINE:
        return False
    if title is not None and fold(line) == fold(title):
        return True
    return len(line) <= 220 and _is_short_head_line(line, known)


def _is_short_head_line(line: str, known: Head) -> bool:
    updated = updated_in(line)
    if updated and len(line) < 80 and _ends_with(line, updated):
        known.updated = known.updated or updated
        if only_date(line) is None and not first_date(line[: line.find(updated.text)]):
            return True
    if _is_signature(line, known):
        return True
    folded = fold(line)
    if known.has_others and folded == "date":  # that of the event, on the next line
        return False
    if phrases.is_furniture(line) or _LETTERHEAD.fullmatch(folded):
        return True
    return _is_own_date(line, known)


def without_headline(blocks: Sequence[Block], title: str | None) -> list[Block]:
    """Drop the headline where a letterhead or contacts stand above its repetition."""
    if title is None:
        return list(blocks)
    wanted = fold(title)
    return [
        block
        for at, block in enumerate(blocks)
        if at >= _NEAR_TOP
        or abs(len(block.text) - len(title)) > 4
        or fold(block.text) != wanted
    ]


_SIGNED = re.compile(
    r"\W*(?:posted|published|by|story by|submitted|written by)\b", re.IGNORECASE
)
_SIGNED_WORDS = re.compile(
    r"\b(?:posted|published|story|by|on|submitted|written|updated|last)\b|\W+",
    re.IGNORECASE,
)


def _is_signature(line: str, known: Head) -> bool:
    """Say whether `line` says who wrote the article or put it up, filling `known`."""
    if (put := submitted_in(line)) and (printed := only_date(put.rest)):
        known.published = known.published or printed
        return True
    if (who := byline_in(line)) is not None and known.byline in (None, who.name):
        known.byline = who.name
        known.published = known.published or dated(who.rest)
        return True
    if known.removed and _UNIT.fullmatch(line) and byline_in(known.removed[-1].text):
        if known.byline and line not in known.byline:
            known.byline = f"{known.byline}, {line}"
        return True
    return _is_run_together(line, known)


def _is_run_together(line: str, known: Head) -> bool:
    """Say whether `line` is date and byline that only style sheets set apart."""
    if len(line) > 140 or not _SIGNED.match(line):
        return False
    rest = line
    for told in (known.byline, known.published and known.published.text):
        rest = rest.replace(told, " ") if told else rest
    while printed := first_date(rest):
        rest = f"{rest[: printed.start]} {rest[printed.end :]}"
    return rest != line and len(_SIGNED_WORDS.sub(" ", rest).split()) <= 3


def _is_own_date(line: str, known: Head) -> bool:
    if known.has_others and not _LABELLED.fullmatch(line):
        return False
    printed = dated(line)
    if printed is None or (known.published is not None and not known.is_below):
        return False
    known.published = known.published or printed
    return printed.iso == known.published.iso


_LABELLED = re.compile(
    r"(?:date )?(?:published|posted|released|issued)(?: date| on)?\s*:?\s*"
    r"(?P<date>.{6,40})|"
    r"(?:publication|release|issue|publish|posting) date\s*:?\s*(?P<other>.{6,40})",
    re.IGNORECASE,
)
_EVENT = re.compile(
    r"(?:time|when|where|location|venue|event (?:date|details|time)|start(?: date)?)"
    r"\s*:.*|event details?",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_ENTRIES = 4
"""So many lines that are dates make a list of dated things."""


def prints_other_dates(lines: Sequence[str]) -> bool:
    """Say whether the page is an event's or a list's: bare dates are not its own."""
    dates = 0
    for line in lines:
        if len(line) > 60:
            continue
        if _EVENT.fullmatch(line):
            return True
        if _YEAR.search(line) and only_date(line):
            dates += 1
    return dates >= _ENTRIES


def labelled(lines: Sequence[str]) -> PrintedDate | None:
    """Return the date of the only line that is labelled as the publication date."""
    found = []
    for at, line in enumerate(lines):
        if len(line) > 60 or not _PUBLISHED_WORD.match(line):
            continue
        for text in (line, " ".join(lines[at : at + 2])):
            match = _LABELLED.fullmatch(text)
            if match and (printed := only_date(match["date"] or match["other"])):
                found.append(printed)
                break
    return found[0] if len(found) == 1 else None


_PUBLISHED_WORD = re.compile(
    r"(?:date )?(?:publi|posted|release|issue|posting)", re.IGNORECASE
)


_WEEKDAY = re.compile(
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s*$", re.IGNORECASE
)


def dated(line: str) -> PrintedDate | None:
    """Return the publication date that `line` consists of, label and kicker aside."""
    if printed := only_date(line):
        return printed
    printed = first_date(line)
    if printed is None:
        return None
    before = _WEEKDAY.sub("", line[: printed.start])
    after = line[printed.end :]
    if _OTHER_DATE.search(before) or first_date(after):
        return None
    if PUBLISHED_LABEL.search(before) and len(before) < 60:
        return printed
    if len(line) < 90 and re.match(r"\s*[|•·/\u2013—-]\s|\s*$", after):
        rest = re.split(r"\s[|•·/\u2013—-]\s|[|•·]", before)[-1]
        if not rest.strip(" |•·/\u2013—-,"):
            return printed
    return None


def near_title(lines: Sequence[str], at: int) -> Head:
    """Read the short lines around the headline for dates and a byline.

    Args:
        lines: The page's text without menus, in reading order.
        at: Index of the headline.
    """
    head = Head()
    after = _short(lines[at + 1 : at + 13])
    before = _short(lines[max(0, at - 8) : at][::-1])
    for start, line in enumerate(after):
        for text in (line, tidy(" ".join(after[start : start + 2]))):
            if head.byline is None and (who := byline_in(text)):
                head.byline = who.name
                head.published = head.published or dated(who.rest)
            if head.published is None and not updated_in(text):
                head.published = dated(text)
    above = [printed for line in before if (printed := dated(line))]
    head.is_below = head.published is not None and not above
    if above:
        head.published = above[0]
    return head


_SENTENCE = re.compile(r"(?:\S+\s+){8,}\S*[^\W\d]{2}[.!?][\"\u201d]?")
"""Of nine words or more: dates below it are another text's."""


def _short(lines: Sequence[str]) -> list[str]:
    """Return the lines up to the first that is a paragraph."""
    short: list[str] = []
    for line in lines:
        if len(line) > 160 or (len(line) > 50 and _SENTENCE.fullmatch(line)):
            break
        if line:
            short.append(line)
    return short


def take_tail(blocks: Sequence[Block], known: Head) -> list[Block]:
    """Take furniture and the page's update line off the end of `blocks`."""
    kept = [block for block in blocks if not _RULE.fullmatch(block.text)]
    while kept:
        line = kept[-1].text
        updated = updated_in(line) if len(line) < 90 else None
        # After a sentence it is the last words of a paragraph: "Updated daily. ..."
        says_more = updated and re.search(r"[.!?] ", line[: line.find(updated.text)])
        if (
            updated
            and not says_more
            and _ends_with(line, updated)
            and not line.lstrip().startswith("(")
        ):
            known.updated = known.updated or updated
        elif not phrases.is_furniture(line) and not _END_OF_TEXT.fullmatch(line):
            topics = _topics(kept)
            if not topics:
                break
            known.removed += [
                Removal("topics", block.text[:120]) for block in kept[-topics + 1 :]
            ]
            del kept[-topics + 1 :]
            line = kept[-1].text
        known.removed.append(Removal("phrase", line[:120]))
        del kept[-1]
    return kept


_TOPICS = re.compile(
    r"(?:related )?(?:tags?|topics?|categor(?:y|ies)|components?|filed under|keywords?)"
    r"(?:\(s\))?:?",
    re.IGNORECASE,
)


def _topics(blocks: Sequence[Block]) -> int:
    """Return how many blocks at the end list where else the site files the page."""
    links = 0
    for block in reversed(blocks):
        if block.text != " ".join(link.title for link in block.links):
            break
        links += 1
    is_list = (
        links and len(blocks) > links and _TOPICS.fullmatch(blocks[-links - 1].text)
    )
    return links + 1 if is_list else 0
