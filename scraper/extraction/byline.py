"""Who signs an article: `By Staff Sgt. NAME, UNIT`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scraper.extraction.text import tidy

_BY = re.compile(
    r"^(?P<before>[^a-z]*|.{0,60}?[|/•·\u2013—-]\s*|.{0,60}?\bET\s+)"
    r"(?:(?:story|article|posted|written|written and photos|photos and story|"
    r"submitted)\s+)?\b(?:by|por|from(?=\s+(?:(?:[A-Z]\w*\.?\s){0,6}"
    r"(?:public affairs|communications?)\b|(?:petty|chief|mass communication|seaman|"
    r"ensign|lt\.?|cmdr\.?|capt\.?|sgt\.?|staff|senior|master|cpl\.?|spc\.?|pfc\.?|"
    r"airman|maj\.?|tech\.?)\s)))(?:\s*:)?\s+"
    r"(?P<name>(?!the (?:way|president)|and large|law)[A-Z\u00c0-\u00dd][^|]{2,150}?)"
    r"(?P<after>\s*(?:[|/•·]|[\u2013—-]\s).*)?$",
    re.IGNORECASE,
)
_PERSON = re.compile(r"[A-Z\u00c0-\u00dd]")
_TOO_MUCH = re.compile(
    r"[.!?][\"”]?\s+[A-Z][a-z]+\s+[a-z]+\s+[a-z]+|[.!?;:][\"”\u2019]?$"
)


@dataclass(frozen=True, slots=True)
class Byline:
    """A byline found in a line, and what else the line says."""

    name: str
    rest: str


_SUBMITTED = re.compile(
    r"(?:submitted|posted|published) by (?P<name>.{2,60}?) on (?=.{0,12}\d)",
    re.IGNORECASE,
)
"""Drupal's line above a node: an account, which is a person's name or is not."""


def submitted_in(line: str) -> Byline | None:
    """Return who put a page up and the rest of the line, which is a date."""
    found = _SUBMITTED.match(line) if len(line) < 120 else None
    return Byline(found["name"], line[found.end() :]) if found else None


def byline_in(line: str) -> Byline | None:
    """Return the byline that `line` consists of, without its "By"."""
    if len(line) > 220:
        return None
    found = _BY.match(line)
    if found is None or not _PERSON.match(found["name"]):
        return None
    name = tidy_name(found["name"])
    if _TOO_MUCH.search(re.sub(r"\b[A-Z][A-Za-z]{0,4}\.", "", name)):
        return None
    return Byline(name, tidy(f"{found['before']} {found['after'] or ''}"))


def tidy_name(name: str) -> str:
    """Return a byline as one would set it: no "By", no space before a comma."""
    name = re.sub(r"^\W*(?:by|por|from)\b\s*:?\s*", "", tidy(name), flags=re.IGNORECASE)
    return re.sub(r"\s+,", ",", name).strip(" ,|/\u2013—-")
