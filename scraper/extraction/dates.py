"""Dates as American government pages print them: a strict table, no guessing.

A wrong date is worse than none, so a text is a date only in one of the forms listed
here; `03/04/2020` is read as month/day/year, the only order these publishers use.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

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
_ISO_DAY = r"(?<![\d/.-])(?P<year>(?:19|20)\d\d)-(?P<month_number>\d\d)-(?P<day>\d\d)"
_ISO_CLOCK = (
    r"(?:[T ](?P<clock>\d\d:\d\d(?::\d\d)?)(?:\.\d+)?\s?"
    r"(?P<zone>Z|[+-]\d\d:?\d\d)?)?(?![\d-])"
)
_MONTH_NUMBER = r"(?<![\d/.-])(?P<month_number>\d{1,2})"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"\b{_MONTH}\s+{_DAY}(?:st|nd|rd|th)?\s*,?\s+{_YEAR}",
        rf"(?<!\d){_DAY}(?:st|nd|rd|th)?[\s-]+(?:de\s+)?{_MONTH}[\s,-]+(?:del?\s+)?{_YEAR}",
        _ISO_DAY + _ISO_CLOCK,
        rf"{_MONTH_NUMBER}(?P<mark>[/.]){_DAY}(?P=mark){_YEAR}(?![./]\d)",
    )
)


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
    found = [
        printed
        for form in _FORMS
        if (match := form.search(text)) and (printed := _printed(match))
    ]
    return min(found, key=lambda printed: printed.start, default=None)


def only_date(text: str) -> PrintedDate | None:
    """Return the date `text` consists of: at most a weekday and a clock time beside."""
    printed = first_date(text) if len(text) <= 120 else None
    if printed is None:
        return None
    rest = f"{text[: printed.start]} {text[printed.end :]}"
    return None if _BESIDE.sub("", rest).strip(" ,|-\u2013—/·•.:()@") else printed


_BESIDE = re.compile(
    r"\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?"
    r"|\b\d{1,2}:\d\d(?::\d\d)?\s*(?:[ap]\.?m\b\.?)?|\b\d{1,2}\s*[ap]\.?m\b\.?"
    r"|\b(?:[ECMP][SD]?T|UTC|GMT|eastern|at)\b",
    re.IGNORECASE,
)


def iso_date(text: str) -> str | None:
    """Return the ISO form of the date in a machine-readable attribute, if it is one."""
    printed = first_date(text.strip())
    return printed.iso if printed else None


def _printed(match: re.Match[str]) -> PrintedDate | None:
    parts = match.groupdict()
    name = parts.get("month")
    number = _MONTHS[name.casefold()] if name else int(parts["month_number"])
    try:
        day = date(int(parts["year"]), number, int(parts["day"]))
    except ValueError:
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
