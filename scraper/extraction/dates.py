"""Dates as American government pages print and label them: strict, no guessing.

A wrong date is worse than none, so a text is a date only in one of the forms listed
here; `03/04/2020` is read as month/day/year, the only order these publishers use.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from scraper.extraction.wording import tidy

if TYPE_CHECKING:
    from collections.abc import Sequence

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan enero ene",
            "february feb febrero",
            "march mar marzo",
            "april apr abril abr",
            "may mayo",
            "june jun junio",
            "july jul julio",
            "august aug agosto ago",
            "september sept sep septiembre",
            "october oct octubre",
            "november nov noviembre",
            "december dec diciembre dic",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = r"(?P<month>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_DAY = r"(?P<day>\d{1,2})"
_YEAR = r"(?P<year>(?:19|20)\d\d)(?!\d)"
_ANY_YEAR = re.compile(r"(?:19|20)\d\d")
"""In every form; most texts are told to hold no date by this alone."""
_ISO_DAY = r"(?<![\d/.-])(?P<year>(?:19|20)\d\d)-(?P<month_number>\d\d)-(?P<day>\d\d)"
_ISO_CLOCK = (
    r"(?:[T ](?P<clock>\d\d:\d\d(?::\d\d)?)(?:\.\d+)?\s?"
    r"(?P<zone>Z|[+-]\d\d:?\d\d)?)?(?![\d-])"
)
_MONTH_NUMBER = r"(?<![\d/.-])(?P<month_number>\d{1,2})"
_FORMS = tuple(
    (re.compile(form, re.IGNORECASE), marks)
    for form, marks in (
        (rf"\b{_MONTH}\s+{_DAY}(?:st|nd|rd|th)?\s*,?\s+{_YEAR}", ""),
        (
            (
                rf"(?<!\d){_DAY}(?:st|nd|rd|th)?[\s-]+(?:de\s+)?{_MONTH}"
                rf"[\s,-]+(?:del?\s+)?{_YEAR}"
            ),
            "",
        ),
        (_ISO_DAY + _ISO_CLOCK, "-"),
        (rf"{_MONTH_NUMBER}(?P<mark>[/.]){_DAY}(?P=mark){_YEAR}(?![./]\d)", "/."),
    )
)
"""With each form the characters of which it needs one."""


@dataclass(frozen=True, slots=True)
class PrintedDate:
    """A date found in a text.

    Attributes:
        iso: `YYYY-MM-DD`, or a date-time where the text gives an offset with it.
        text: As printed.
        start: Index of its first character; `end` is past its last.
    """

    iso: str
    text: str
    start: int
    end: int


def first_date(text: str) -> PrintedDate | None:
    """Return the leftmost date in `text`."""
    if not _ANY_YEAR.search(text):
        return None
    found = [
        printed
        for form, marks in _FORMS
        if (not marks or any(mark in text for mark in marks))
        and (match := form.search(text))
        and (printed := _printed(match))
    ]
    return min(found, key=lambda printed: printed.start, default=None)


def only_date(text: str) -> PrintedDate | None:
    """Return the date `text` consists of: at most a weekday and a clock time beside."""
    printed = first_date(text) if len(text) <= 120 else None
    if printed is None:
        return None
    rest = f"{text[: printed.start]} {text[printed.end :]}"
    return None if _BESIDE.sub("", rest).strip(_MARKS) else printed


_BESIDE = re.compile(
    r"\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?"
    r"|\b\d{1,2}:\d\d(?::\d\d)?\s*(?:[ap]\.?m\b\.?)?|\b\d{1,2}\s*[ap]\.?m\b\.?"
    r"|\b(?:[ECMP][SD]?T|UTC|GMT|eastern|at)\b"
    r"|\b(?:english|spanish|(?:en )?espa\u00f1ol|print)\b",  # links beside it
    re.IGNORECASE,
)


def iso_date(text: str) -> str | None:
    """Return the ISO form of the date in a machine-readable attribute, if it is one."""
    printed = first_date(text.strip())
    return printed.iso if printed else None


_NO_DAY = (date(1970, 1, 1), date(1969, 12, 31))
"""What systems print that were given none: the beginning of their clocks."""


def _printed(match: re.Match[str]) -> PrintedDate | None:
    parts = match.groupdict()
    name = parts.get("month")
    number = _MONTHS[name.casefold()] if name else int(parts["month_number"])
    try:
        day = date(int(parts["year"]), number, int(parts["day"]))
    except ValueError:
        return None
    if day in _NO_DAY:
        return None
    iso = day.isoformat()
    if parts.get("clock") and parts.get("zone"):
        iso = _with_clock(day, parts["clock"], parts["zone"]) or iso
    return PrintedDate(iso, match[0], match.start(), match.end())


def _with_clock(day: date, clock: str, zone: str) -> str | None:
    try:
        moment = datetime.fromisoformat(f"{day.isoformat()}T{clock}{zone}")
        moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment.isoformat()


_UPDATED_WORDS = (
    "updated",
    "last update:",
    "modified",
    "revised",
    "last edited",
    "current as of",
    "actualiza",
)
_UPDATED = re.compile(
    r"(?:^|[|\u2022\u00b7/.(*]\s*)"
    r"(?:(?:this |the )?(?:web ?page|page|content|site|information|date|record|article)"
    r"(?: was| is| has been)? ?)?"
    r"(?:(?:last |most recently )(?:reviewed or )?"
    r"(?:updated|modified|revised|changed|edited)|"
    r"last update(?=:)|updated|revised|"
    r"(?:date )?modified|current as of|(?:fecha de )?.ltima actualizaci.n|actualizado)"
    r"(?: date)?(?: on| at| el)?\s*:?\s*(?P<after>.{6,60})",
    re.IGNORECASE,
)
_BEFORE_DATE = re.compile(
    r"\W*(?:on|at|el)?\W*|\W*(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)[a-z]*,?\s*|"
    r"\W*\d{1,2}:\d\d.{0,12}",
    re.IGNORECASE,
)
_PUBLISHED_LABEL = re.compile(
    r"\b(?:(?:date |originally |first )?(?:published|posted|released|issued)"
    r"(?: date| on)?|(?:publication|release|issue|publish|posting) date|"
    r"for (?:immediate )?release|sent this bulletin|date|publicado(?: el)?|"
    r"fecha(?: de publicaci.n)?)"
    r"\b(?: at)?\s*:?\s*$",
    re.IGNORECASE,
)
"""GovDelivery's bulletins, too: `The Bureau sent this bulletin at 06/17/2025 10 AM`."""
_OTHER_DATE = re.compile(
    r"\b(?:event|when|deadline|effective|expires?|due|until|through|hearing|meeting|"
    r"comment|apply by|clos(?:e|es|ed|ing)|opens?|recall|argued|"
    r"starts?|begins?|reviewed|review|start|end|"
    r"calendar|signed|born|since)\b",
    re.IGNORECASE,
)


_STAMP_LABEL = re.compile(
    r"(?P<published>(?:date |originally |first )?(?:published|posted|released|issued)"
    r"(?: date| on)?|(?:publication|release|issue) date|date)|"
    r"(?P<updated>(?:(?:page|content) )?(?:last )?(?:updated|modified|revised)"
    r"(?: date| on)?|last update|update date)|"
    r"(?P<other>publicly released|(?:last |next )?review(?:ed)?(?: date| on)?|"
    r"created(?: on)?|archived|effective(?: date)?|expires)",
    re.IGNORECASE,
)
_MARKS = " ,;|-\u2013—/•·.:()@"


def stamps(line: str) -> dict[str, PrintedDate]:
    """Return the dates of a line that is several stamps: "Posted ... Updated ...".

    By `published`, `updated` and `other`; empty for any other line.
    """
    found: dict[str, PrintedDate] = {}
    if len(line) > 160 or len(_ANY_YEAR.findall(line)) < 2:
        return found
    at = 0
    while printed := first_date(line[at:]):
        label = _BESIDE.sub("", line[at : at + printed.start]).strip(_MARKS)
        told = _STAMP_LABEL.fullmatch(label)
        kind = told.lastgroup if told else None
        if kind is None or kind in found:
            return {}
        start = at + printed.start
        at += printed.end
        found[kind] = replace(printed, start=start, end=at)
    is_whole = not _BESIDE.sub("", line[at:]).strip(_MARKS)
    return found if is_whole and len(found) > 1 else {}


def updated_in(line: str) -> PrintedDate | None:
    """Return the date that `line` announces as that of the last update."""
    if len(line) > 200 or not _speaks_of_update(line):
        return None
    if stamped := stamps(line):
        return stamped.get("updated")
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
    # One byte for each character: a page with one dash is lowered as fast as others.
    lower = text.encode("latin-1", "replace").lower()
    found: list[tuple[int, PrintedDate]] = []
    for word in map(str.encode, _UPDATED_WORDS):
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


_OF_ANOTHER_DATE = re.compile(
    r"(?:[a-z]+ ){0,3}(?:"
    r"(?:updated|modified|revised|edited|reviewed|changed|effective|expires?|deadline|due)"
    r"(?: (?:date|on|by|at))?\s*:?|"
    r"(?:last update|update date)\s*:?|"
    r"(?:event|when|hearing|meeting|starts?|ends?|review|opens?|closes?)"
    r"(?: (?:date|on))?\s*:|"
    r"born|(?:recall|event|hearing|meeting|start|end|open|close|birth|award) date)",
    re.IGNORECASE,
)


def labels_another_date(line: str) -> bool:
    """Say whether `line` is a label whose date, on the next, is not of publication."""
    return len(line) <= 40 and _OF_ANOTHER_DATE.fullmatch(line) is not None


def _speaks_of_update(line: str) -> bool:
    lower = line.lower()
    return any(word in lower for word in _UPDATED_WORDS)


def _is_of_release(lines: Sequence[str], at: int) -> bool:
    """Say whether a line is but "Date", among the particulars of a release."""
    if lines[at].casefold().rstrip(":") != "date":
        return False
    return any(map(_RELEASE_NUMBER.match, lines[max(0, at - 3) : at + 4]))


_RELEASE_NUMBER = re.compile(r"(?:news |press )?release (?:number|no)", re.IGNORECASE)
_LABELLED = re.compile(
    r"(?:(?:date )?(?:published|posted|released|issued)(?: date| on)?|date)\s*:?\s*"
    r"(?P<date>.{6,40})|"
    r"(?:publication|release|issue|publish|posting) date\s*:?\s*(?P<other>.{6,40})",
    re.IGNORECASE,
)
_EVENT = re.compile(
    r"(?:time|when|where|location|venue|event (?:date|details|time)|start(?: date)?)"
    r"\s*:.*|event details?",
    re.IGNORECASE,
)
_ENTRIES = 4
"""So many lines that are dates make a list of dated things."""


def prints_other_dates(lines: Sequence[str]) -> bool:
    """Say whether the page is an event's or a list's: bare dates are not its own."""
    dates = 0
    short: set[str] = set()
    for line in lines:
        if len(line) > 60:
            continue
        if _EVENT.fullmatch(line):
            return True
        if _SHORT.fullmatch(line):
            short.add(line)
        elif _ANY_YEAR.search(line) and only_date(line):
            dates += 1
    return dates >= _ENTRIES or len(short) > 1


def labelled(lines: Sequence[str]) -> PrintedDate | None:
    """Return the date that is labelled as that of publication, if it is but one."""
    found = []
    for at, line in enumerate(lines):
        if len(line) > 60:
            continue
        if not _PUBLISHED_WORD.match(line) and not _is_of_release(lines, at):
            continue
        for text in (line, " ".join(lines[at : at + 2])):
            match = _LABELLED.fullmatch(text)
            if match and (printed := only_date(match["date"] or match["other"])):
                found.append(printed)
                break
    return found[0] if len({printed.iso for printed in found}) == 1 else None


_PUBLISHED_WORD = re.compile(
    r"(?:date )?(?:publi|posted|release|issue|posting)", re.IGNORECASE
)


_WEEKDAY = re.compile(
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s*$", re.IGNORECASE
)


_NUMBERED = re.compile(r"^[A-Z]{2,6}[- ]?\d(?:[\d-]*,\s*|[\d-]{4,}\s+)")
"""The number of a release before its date: `IR-2025-30, March 3, 2025`."""
_SHORT = re.compile(r"(\d{1,2})([./])(\d{1,2})\2(\d\d)")


def short_date(line: str) -> PrintedDate | None:
    """Return the date a whole line consists of where its year has two figures.

    As members of Congress print it: `06.17.25`. Elsewhere it may be anything.
    """
    figures = _SHORT.fullmatch(line)
    if figures is None:
        return None
    month, _, day, year = figures.groups()
    century = 19 if int(year) >= _LAST_CENTURY else 20
    printed = first_date(f"{month}/{day}/{century}{year}")
    return printed and replace(printed, text=line, start=0, end=len(line))


_LAST_CENTURY = 70
"""Years from which two figures are of the 1900s: there was no web before."""


def numbered(line: str) -> PrintedDate | None:
    """Return the date of a line that is a release's number and its date."""
    number = _NUMBERED.match(line)
    return dated(line[number.end() :]) if number and len(line) < 90 else None


_FIGURES = re.compile(r"\d\d")
"""In every date; most lines are told to hold none by this alone."""


def dated(line: str) -> PrintedDate | None:
    """Return the publication date that `line` consists of, label and kicker aside."""
    if not _FIGURES.search(line):
        return None
    stamped = stamps(line)
    printed = stamped.get("published") or only_date(line)
    if printed is not None or stamped:
        return printed
    printed = first_date(line)
    return short_date(line) if printed is None else _alone(line, printed)


def _alone(line: str, printed: PrintedDate) -> PrintedDate | None:
    """Return `printed` if the rest of `line` is a label or a kicker of it."""
    before = _WEEKDAY.sub("", line[: printed.start])
    before = _NUMBERED.sub("", before)
    after = line[printed.end :]
    if _OTHER_DATE.search(before) or first_date(after):
        return None
    if _PUBLISHED_LABEL.search(before) and len(before) < 60:
        return printed
    if len(line) < 90 and re.match(r"\s*[|•·/\u2013—-]\s|\s*$", after):
        rest = re.split(r"\s[|•·/\u2013—-]\s|[|•·]", before)[-1]
        if not rest.strip(" |•·/\u2013—-,"):
            return printed
    return None
