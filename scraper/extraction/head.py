"""What stands around the headline: dates, byline, letterhead, contacts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING

from scraper.extraction import wording
from scraper.extraction.dates import (
    PrintedDate,
    dated,
    first_date,
    labelled,
    labels_another_date,
    numbered,
    only_date,
    stamps,
    updated_in,
)
from scraper.extraction.foot import TOPICS, ends_with, topics_at_top
from scraper.extraction.forms import byline_in, dateline, submitted_in
from scraper.extraction.wording import fold
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
_LETTERHEAD = re.compile(
    r"(?:the white house|office of (?:the )?(?:press secretary|communications|"
    r"public affairs|media relations)|u\.?s\.? department of [\w ]{3,40}|"
    r"(?:news|press|media|release)s?(?: (?:release|advisory|statement|note|no))*|"
    r"(?:news |press )?releases? ?(?:#|no|number|id)?\.?:? ?[\w./-]{0,20}\d[\w/-]*|"
    r"(?:number:|no\.) ?(?:[a-z]{1,6}-?)?\d+-\d+|(?:19|20)\d\d-\d{1,4}|"
    r"washington,? d\.?c\.?|statements? (?:&|and) releases?|"
    r"topics?: .{2,60}|tags?: .{2,80}|categor(?:y|ies): .{2,60}|"
    r"(?:(?:release|publication|posted|published|issue) )?date|published|posted|"
    r"released|issued|revised|"
    r"(?:about )?\d+ (?:hour|day|week|month|year)s? ago|"
    r"(?:(?:estimated )?read(?:ing)? time:? )?"
    r"(?:\d+|min) ?min(?:ute)?s? ?(?:read)?(?:ing)?(?: time)?|"
    r"immediate release|for immediate release.{0,40}|"
    r"[a-z]{2,8}[ -]\d{1,4}[a-z]?-\d{2,4}|"
    r"embargo(?:ed)?(?: (?:until|for release))?:? .{4,60}|"
    r"(?:(?:media|press|news) )?contacts?(?: information| persons?)?: .{3,120}|"
    r"(?:tel\.?|(?:tele)?phone): .{5,60}|e-?mail: .{5,60}|fax: .{5,60})"
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


def take_head(
    blocks: Sequence[Block], *, title: str | None, known: Head
) -> list[Block]:
    """Take lines that are not text off the top of `blocks`, filling `known`.

    A date that also stands above the headline stays: letters repeat their own.
    """
    kept = _without_head_lines(list(blocks), title, known)
    if len(kept) > 1 and _starts_again(kept[0].text, kept[1].text, known):
        kept = kept[:1] + _without_head_lines(kept[1:], title, known)
    return _without_office(kept, known)


def _without_office(blocks: list[Block], known: Head) -> list[Block]:
    """Drop whose release it is and whom to ask, between subtitles and the dateline."""
    lines = [block.text for block in blocks[: _MOST_OF_OFFICE + 1]]
    is_text = (len(line) > 100 or line[-1] in ".!?" for line in lines)
    above = lines[: next((at for at, told in enumerate(is_text) if told), 0)]
    reached = [at for at, line in enumerate(above) if _REACHED_AT.search(line)]
    if not reached or not dateline(lines[len(above)]):
        return blocks
    last = reached[-1]
    first = next((at for at, line in enumerate(above) if _names_office(line)), last)
    if first >= last:
        return blocks
    if any(_FIGURE.search(_REACHED_AT.sub("", line)) for line in above[first:last]):
        return blocks  # a subtitle among them
    gone = blocks[first : last + 1]
    known.removed += [Removal("head line", block.text[:120]) for block in gone]
    return blocks[:first] + blocks[last + 1 :]


_MOST_OF_OFFICE = 12


def _names_office(line: str) -> bool:
    return bool(
        _CONTACTS.fullmatch(line)
        or (_OF_AN_OFFICE.search(line) and _is_name(line))
        or _AFFAIRS.search(line)
        or (line.startswith(_OF_SERVICE) and _is_name(line))
    )


def _is_name(line: str) -> bool:
    """Say whether a line only names something: "State of Kent", no verb, no figure."""
    longer = [word for word in line.split() if len(word) > 3]
    is_capital = all(not word[0].islower() for word in longer)
    return is_capital and len(longer) <= 5 and not re.search(r"\b\d{1,4}\b", line)


_FIGURE = re.compile(r"[$%]|\b\d{1,3}\b(?! [A-Z])")
_AFFAIRS = re.compile(
    r"\b(?:public affairs|press office|communications)\b|^contacts?:", re.IGNORECASE
)


def _without_head_lines(
    kept: list[Block], title: str | None, known: Head
) -> list[Block]:
    for _ in range(10):
        if not kept:
            break
        line = kept[0].text
        _drop_own_date(kept, known)
        lines = _letterhead(kept) or _byline_apart(kept, known)
        if known.published is not None:  # on other pages these are what they are about
            lines = (
                lines or _contacts(kept) or topics_at_top(kept) or _category(kept[0])
            )
        if not lines and not _is_head_line(line, title, known):
            break
        lines = max(lines, 1)
        known.removed += [Removal("head line", one.text[:120]) for one in kept[:lines]]
        del kept[:lines]
    return kept


def _starts_again(subtitle: str, after: str, known: Head) -> bool:
    """Say whether head lines go on below a subtitle."""
    is_short = len(subtitle) < 160 and subtitle[-1] not in ".!?:"
    if len(subtitle) <= _LONGEST_DECK and known.byline is not None:
        who = byline_in(after)
        if who is not None and fold(who.name) in fold(known.byline):
            return True
    if is_short and known.published is not None and fold(after) in _RELEASE_LINES:
        return True
    ends = (_RELEASED.match, _CONTACTS.fullmatch, TOPICS.fullmatch)
    if is_short and any(is_head_line(after) for is_head_line in ends):
        return True
    printed = dated(after) if is_short and known.published is not None else None
    return printed is not None and printed == known.published


_RELEASE_LINES = frozenset(("press release", "news release", "media release"))
_RELEASED = re.compile(r"for (?:immediate )?release\b", re.IGNORECASE)
_CONTACTS = re.compile(
    r"(?:for )?(?:(?:media|press|more|further|additional|news|contact) )*"
    r"(?:contacts?|inquiries|information|questions|enquiries)\b"
    r"(?:.{0,40}:(?: [\w.'\u2019-]+){0,3})?",
    re.IGNORECASE,
)
_REACHED_AT = re.compile(r"\(?\d{3}[)./ -]\s?\d{3}[. -]\d{4}|[^\s@]+@[^\s@]+")
_NAMED = re.compile(r"[A-Z][\w.'\u2019-]*(?: [A-Z][\w.'\u2019-]*){1,3}")
_OF_AN_OFFICE = re.compile(
    r"\b(?:office|department|division|commonwealth|state) of\b|\battorney general\b|"
    r"\b[A-Z][a-z]+,? (?:[A-Z]{2}|[A-Z][a-z]+)\.? \d{5}\b",
    re.IGNORECASE,
)


_MOST_OF_CONTACT = 10
"""Lines: of some offices the whole address is given."""


def _contacts(blocks: Sequence[Block]) -> int:
    """Return how many blocks at the top say whom the press may ask, label included."""
    if not _CONTACTS.fullmatch(blocks[0].text):
        return int(_REACHED_AT.fullmatch(blocks[0].text) is not None)
    last = 0
    for at, block in enumerate(blocks[1:_MOST_OF_CONTACT], start=1):
        if len(block.text) > 80:
            if at == 2 and _NAMED.fullmatch(blocks[1].text):
                last = 1
            break
        if _REACHED_AT.search(block.text):
            last = at
    return last + 1 if last else 0


def _byline_apart(blocks: Sequence[Block], known: Head) -> int:
    """Return 2 where "By" has a line of its own, and the name known the next."""
    if len(blocks) < 2 or blocks[0].text.casefold().rstrip(":") not in ("by", "author"):
        return 0
    return 2 if known.byline and fold(known.byline) in fold(blocks[1].text) else 0


_DOES = re.compile(
    r"(?:read|view|see|download|watch|listen|click|learn|register|apply)\b",
    re.IGNORECASE,
)


_OFFICE = re.compile(
    r"(?:u\.?s\.? )?(?:office|department|division|bureau) of (?:[\w'&,-]+ ?){1,6}"
)


def _category(block: Block) -> int:
    """Return 1 for the office that speaks, or a link to it, the kind or the author."""
    line = block.text
    if _OFFICE.fullmatch(fold(line)):
        return 1
    is_link = len(block.links) == 1 and block.links[0].title == line
    is_short = _is_kicker(line) or (len(line) < 60 and line.startswith(_OF_SERVICE))
    return int(is_link and is_short and not _DOES.match(line))


_OF_SERVICE = ("U.S. ", "US ", "United States ")


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


def _is_kicker(line: str) -> bool:
    return len(line) < 60 and len(line.split()) <= 5 and line[-1] not in ".!?:"


def _is_head_line(line: str, title: str | None, known: Head) -> bool:
    if len(line) > _LONGEST_HEADLINE:
        return False
    if title is not None and _repeats(line, title):
        return True
    if _TRAIL.fullmatch(line):
        return True
    return len(line) <= 220 and _is_short_head_line(line, known)


_TRAIL = re.compile(
    r"(?:you are here:?\s*)?(?:[\w.]+ )?home(?:page)?\s*(?:[>\u203a\u00bb\u2192]|::)"
    r"[^.!?]{0,200}",
    re.IGNORECASE,
)
"""A trail of pages above a text: `Home > Port > Storm`."""
_LEAST_OF_TITLE = 20


def _repeats(line: str, title: str) -> bool:
    """Say whether `line` is the headline again, cut short as breadcrumbs do."""
    shown, wanted = fold(line), fold(title)
    start = shown.rstrip("\u2026 ")
    return shown == wanted or (
        start != shown and len(start) > _LEAST_OF_TITLE and wanted.startswith(start)
    )


def _is_short_head_line(line: str, known: Head) -> bool:
    updated = updated_in(line)
    if updated and len(line) < 80 and ends_with(line, updated):
        known.updated = known.updated or updated
        if only_date(line) is None and not first_date(line[: line.find(updated.text)]):
            return True
    if _is_signature(line, known):
        return True
    folded = fold(line)
    if known.has_others and folded == "date":  # that of the event, on the next line
        return False
    if wording.is_furniture(line) or _LETTERHEAD.fullmatch(folded):
        return True
    return _is_own_date(line, known)


def without_headline(blocks: Sequence[Block], title: str | None) -> list[Block]:
    """Drop the headline where a letterhead or contacts stand above its repetition."""
    if title is None:
        return list(blocks)
    wanted = {fold(title), fold(_DATED.sub("", title))}
    return [
        block
        for at, block in enumerate(blocks)
        if at >= _NEAR_TOP
        or len(block.text) > len(title) + 4
        or fold(block.text) not in wanted
    ]


_DATED = re.compile(r"^[A-Z][a-z]{2,8}\.? \d{1,2}, \d{4}\s*[:\u2013\u2014-]\s+")
"""Joomla's titles of releases: `June 17, 2025 - Storm closes port`."""


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
    if known.has_others and labelled([line]) is None:
        return False
    if _is_placed(line, known):
        return True
    printed = dated(line) or numbered(line)
    if printed is None or (known.published is not None and not known.is_below):
        return False
    known.published = known.published or printed
    own = (known.published, known.updated)
    return any(one is not None and one.iso == printed.iso for one in own)


_PLACE = re.compile(r"(?:[A-Z][\w.'\u2019-]*,? ?){1,5}")
_SAYS_PUBLISHED = re.compile(r"\s*(?:published|posted)(?: on)?:?\s*$", re.IGNORECASE)


def _is_placed(line: str, known: Head) -> bool:
    """Say whether `line` is the publication date below a place or an office's name.

    "Washington, June 17, 2025", and the unit with "Published" run together with it.
    """
    printed = known.published
    if printed is None or not known.is_below or len(line) > 90:
        return False
    if not line.endswith(printed.text):
        return False
    before = line[: -len(printed.text)]
    name = _SAYS_PUBLISHED.sub("", before)
    is_labelled = name != before
    return bool(_PLACE.fullmatch(name)) and (is_labelled or name.endswith(", "))


def _is_update(line: str) -> bool:
    return not stamps(line) and updated_in(line) is not None


_CLOCK = re.compile(r"\d{1,2}:\d\d")


def near_title(lines: Sequence[str], at: int, *, is_main: bool = True) -> Head:
    """Read the short lines around the headline for dates and a byline.

    Args:
        lines: The page's text without menus, in reading order.
        at: Index of the headline.
        is_main: The lines are of the page's main part. Above another's headline may
            stand the day of the visit, with or without the time.
    """
    head = Head()
    after = _short(lines[at + 1 : at + 13])
    after += _below_deck(lines[at + 1 : at + 13], len(after))
    before = _short(lines[max(0, at - 8) : at][::-1])
    for start, line in enumerate(after):
        if head.byline and head.published:
            break
        if start and labels_another_date(after[start - 1]):
            continue
        for text in (line, " ".join(after[start : start + 2])):
            if head.byline is None and (who := byline_in(text)):
                head.byline = who.name
                head.published = head.published or dated(who.rest)
            if head.published is None and (printed := dated(text)):
                head.published = None if _is_update(text) else printed
    above = [
        printed
        for line, label in zip_longest(before, before[1:], fillvalue="")
        if (printed := dated(line))
        and not labels_another_date(label)
        and (is_main or not _CLOCK.search(line))
    ]
    head.is_below = head.published is not None and not above
    is_letter = any(map(_RELEASED.match, before))
    if above and (is_main or is_letter or head.published is None):
        head.published = above[0]
    return head


def _below_deck(lines: Sequence[str], deck: int) -> list[str]:
    """Return the lines below a subtitle of a whole sentence, if they are signed."""
    shown = [line for line in lines if line]
    if deck > 3 or deck >= len(shown) or len(shown[deck]) > _LONGEST_DECK:
        return []
    below = _short(shown[deck + 1 :])[:4]
    is_signed = any(map(byline_in, below)) or labelled(below) is not None
    return below if is_signed else []


_LONGEST_DECK = 300
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
