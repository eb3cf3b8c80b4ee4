"""What a line or a page is by its printed form: byline, dateline, note, kind.

Also which other page a note speaks of.

A byline reads `By Staff Sgt. NAME, UNIT`, a dateline `FALLS CHURCH, Va. (AFNS) -- `.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scraper.extraction.dates import first_date, numbered
from scraper.extraction.wording import tidy
from scraper.model import Pointer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scraper.extraction.dates import PrintedDate
    from scraper.model import Article, ArticleKind, Block

_BY = re.compile(
    r"^(?P<before>[^a-z]*|.{0,60}?[|/•·\u2013—-]\s*|.{0,60}?\bET\s+)"
    r"(?:(?:story|article|posted|written|written and photos|photos and story|"
    r"submitted)\s+)?\b(?:by|por|from(?=\s+(?:(?:[A-Z]\w*[.,]?\s){0,6}"
    r"(?:public affairs|communications?)\b|(?:petty|chief|mass communication|seaman|"
    r"ensign|lt\.?|cmdr\.?|capt\.?|sgt\.?|staff|senior|master|cpl\.?|spc\.?|pfc\.?|"
    r"airman|maj\.?|tech\.?)\s)))(?:\s*:)?\s+"
    r"(?P<name>(?!the (?:way|president)|and large|law)[A-Z\u00c0-\u00dd][^|]{2,150}?)"
    r"(?P<after>\s*(?:[|/•·]|[\u2013—-]\s).*)?$",
    re.IGNORECASE,
)
_MAY_SIGN = re.compile(r"\b(?:by|por|from|published)\b", re.IGNORECASE)
"""In every byline; most lines are told to be none by this alone."""
_PERSON = re.compile(r"[A-Z\u00c0-\u00dd]")
_TOO_MUCH = re.compile(
    r"[.!?][\"”]?\s+[A-Z][a-z]+\s+[a-z]+\s+[a-z]+|[.!?;:][\"”\u2019]?$"
)


_UNSIGNED = re.compile(
    r"(?P<before>)(?P<name>[A-Z][^/|:]{4,120}?)(?P<after>\s*/\s*Published\s.*\d{4})$"
)
"""AFPIMS without "By": `Air Force News Service / Published May 19, 2013`."""


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
    if len(line) > 220 or not _MAY_SIGN.search(line):
        return None
    found = _BY.match(line) or _UNSIGNED.match(line)
    if found is None or not _PERSON.match(found["name"]):
        return None
    name = tidy_name(found["name"])
    if printed := first_date(name):
        after = tidy(f"{name[printed.start :]} {found['after'] or ''}")
        name = tidy_name(name[: printed.start])
        return Byline(name, after) if name and first_date(name) is None else None
    if _TOO_MUCH.search(re.sub(r"\b[A-Z][A-Za-z]{0,4}\.", "", name)):
        return None
    return Byline(name, tidy(f"{found['before']} {found['after'] or ''}"))


def tidy_name(name: str) -> str:
    """Return a byline as one would set it: no "By", no space before a comma."""
    name = re.sub(r"^\W*(?:by|por|from)\b\s*:?\s*", "", tidy(name), flags=re.IGNORECASE)
    return re.sub(r"\s+,", ",", name).strip(" ,|/\u2013—-")


_CAPITALS = r"(?:[A-Z][A-Z.'\u2019\u00c0-\u00dc-]+|[A-Z]\.(?:[A-Z]\.)*)"
_STATE = (
    r"(?:(?:[A-Z][a-z]+\.?|[A-Z]\.\s?[A-Z]\.?|[A-Z]{2}\b)"
    r"(?:\s(?:[A-Z][a-z]+\.?|[A-Z]\.)){0,2}|"
    r"[A-Z]{3,13}\.?(?:\s[A-Z]{4,9})?|At [Ss]ea)"
)
_DATE = (
    r"(?:Jan|Feb|March|Mar|April|Apr|May|June|July|Aug|Sept?|Oct|Nov|Dec)[a-z]*\.?"
    r"\s\d{1,2}(?:,\s\d{4})?"
)
_BRACKETS = (
    rf"\((?:[A-Z][A-Za-z.]{{1,7}}|[A-Z][A-Z /.-]{{1,20}}|"
    rf"[A-Z][a-z]+(?:\s[A-Z][a-z]+){{1,3}}|{_DATE})\)|\[\d\d?/\d\d?/\d{{2,4}}\]"
)
_DASH = r"(?:--+|[\u2012-\u2015]|-(?=\s))"
_DATELINE = re.compile(
    rf"^(?P<dateline>{_CAPITALS}(?:[ /]{_CAPITALS}){{0,7}}"
    rf"(?:,\s{_STATE}){{0,2}}(?:,\s{_DATE})?,?(?:\s*(?:{_BRACKETS}))?)"
    rf"\s*{_DASH}\s*(?=\S)"
)
_AP_STATES = (
    r"(?:(?:Ala|Ariz|Ark|Calif|Colo|Conn|Del|Fla|Ga|Ill|Ind|Kan|Ky|La|Md|Mass|Mich|Minn|"
    r"Miss|Mo|Mont|Neb|Nev|Okla|Ore|Pa|Tenn|Vt|Va|Wash|W\.\s?Va|Wis|Wyo|N\.\s?[CDHJMY]|"
    r"S\.\s?[CD]|R\.\s?I|D\.\s?C)\.|DC\b)"
)
_WHOLE_STATES = (
    r"(?:Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|"
    r"Florida|Georgia|Guam|Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|"
    r"Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|"
    r"Montana|Nebraska|Nevada|New\s(?:Hampshire|Jersey|Mexico|York)|"
    r"(?:North|South)\s(?:Carolina|Dakota)|Ohio|Oklahoma|Oregon|Pennsylvania|"
    r"Puerto\sRico|Rhode\sIsland|Tennessee|Texas|Utah|Vermont|(?:West\s)?Virginia|"
    r"Washington|Wisconsin|Wyoming)\b"
)
_CAPITAL_CITIES = (
    r"Albany|Annapolis|Atlanta|Baton Rouge|Bismarck|Boise|Boston|Carson City|Cheyenne|"
    r"Columbus|Denver|Des Moines|Frankfort|Harrisburg|Hartford|Honolulu|Indianapolis|"
    r"Jefferson City|Juneau|Lansing|Little Rock|Montgomery|Montpelier|Nashville|"
    r"New York|Oklahoma City|Olympia|Phoenix|Providence|Raleigh|Richmond|Sacramento|"
    r"Saint Paul|Salem|Salt Lake City|Santa Fe|Springfield|St\. Paul|Tallahassee|"
    r"Topeka|Trenton|Washington"
)
"""Known without their states, but for those that are names of persons, too."""
_POSTAL = (
    r"(?:A[KLRZ]|C[AOT]|D[CE]|FL|G[AU]|HI|I[ADLN]|K[SY]|LA|M[EINOT]|N[CDEHJMVY]|O[HKR]|"
    r"P[RW]|RI|S[CD]|T[NX]|UT|V[AIT]|W[AIVY])\b"
)
"""But for those that also stand behind a name: MA, MD, MS, PA."""
_CITIES = (
    rf"(?:{_CAPITAL_CITIES}|Baltimore|Chicago|Cincinnati|Cleveland|Dallas|Detroit|"
    r"Houston|Las Vegas|Los Angeles|Miami|Milwaukee|Minneapolis|New Orleans|"
    r"Philadelphia|Pittsburgh|St\. Louis|San Antonio|San Diego|San Francisco|Seattle)"
)
"""And what else the AP prints without a state."""
_NAME = r"[A-Z][\w.'\u2019-]*(?:\s[A-Z][\w.'\u2019-]*){0,4}"
_DATELINE_IN_LOWER_CASE = re.compile(
    # Only with a state of the AP's, or in brackets: names stand before dashes, too.
    rf"^(?:((?:{_NAME},?\s(?:{_AP_STATES}|(?<=,\s)(?:{_POSTAL}|{_WHOLE_STATES}))|"
    rf"{_CITIES}(?:,\s(?:MA|MD|MS|PA))?(?=\W+[A-Z(\u201c\"]))"
    rf"(?:,\s{_DATE}|\s*\({_DATE}\))?)|"
    rf"\(({_NAME},?\s{_STATE}(?:,\s{_DATE})?)\))\s*{_DASH}\s*(?=\S)"
)
_IN_BRACKETS = re.compile(
    # "Oct. 6, 2022 (DENVER) —", "(RALEIGH) The"; what is shorter is an acronym.
    rf"^(?:{_DATE}\s*)?\((?P<dateline>(?=[A-Z ]{{5}}){_CAPITALS}"
    rf"(?:\s{_CAPITALS}){{0,3}}(?:,\s{_STATE})?)\)(?:\s*{_DASH})?\s*(?=[A-Z\u201c\"])"
)
_ALONE = re.compile(
    rf"^(?P<dateline>{_CAPITALS}(?:[ /]{_CAPITALS}){{0,5}}(?:,\s{_STATE}){{0,2}}"
    rf"(?:,\s{_DATE})?(?:\s*(?:{_BRACKETS}))?)\s*{_DASH}\s*$"
)
_LONGEST = 160
_NOT_A_PLACE = re.compile(
    r"^(?:CORRECTION|UPDATED?|NOTE|EDITOR|FACT SHEET|MEDIA ADVISORY|ADVISORY|"
    r"PRESS RELEASE|NEWS RELEASE|VERDICT|WATCH|VIDEO|READ MORE|Q|A|"
    r"FOR (?:IMMEDIATE )?RELEASE|BREAKING|STATEMENT|ALERT|WARNING|REMINDER|IMPORTANT|"
    r"ATTENTION|STEP|PHASE|FEMA|NASA|NOAA|USDA|USGS|NIST|OSHA|CISA)\b"
)


def dateline(paragraph: str) -> str | None:
    """Return the dateline that `paragraph` opens with, without its dash."""
    opening = paragraph[:_LONGEST]
    found = (
        _DATELINE.match(opening)
        or _DATELINE_IN_LOWER_CASE.match(opening)
        or _IN_BRACKETS.match(opening)
    )
    place = next((name for name in found.groups() if name), "") if found else ""
    if not place or _NOT_A_PLACE.match(place):
        return None
    return None if len(place) < 4 or len(paragraph) < len(place) + 30 else place


def stands_alone(line: str) -> bool:
    """Say whether `line` is a dateline with its dash and nothing after it."""
    if len(line) > _LONGEST or not line.rstrip().endswith(_DASHES):
        return False
    found = _ALONE.match(line)
    if found is not None:
        return not _NOT_A_PLACE.match(found["dateline"])
    # With its date no heading: "Washington D.C., June 17, 2025 \u2014" of the SEC.
    return first_date(line) is not None and dateline(f"{line} {_ANY_TEXT}") is not None


_DASHES = ("-", "\u2012", "\u2013", "\u2014", "\u2015")
_ANY_TEXT = "And so on, to be a paragraph of some length."


_ENDS_DATELINE = re.compile(rf"\)?(?:\s*\([A-Z][A-Za-z., ]{{3,40}}\))?\s*{_DASH}\s*\S")


def date_of_dateline(paragraph: str) -> PrintedDate | None:
    """Return the date with its year that `paragraph` opens with, place or not.

    Or that of a line that is a release's number and date.
    """
    if beside := numbered(paragraph):
        return beside
    printed = first_date(paragraph[:_LONGEST])
    if printed is None or not _ENDS_DATELINE.match(paragraph, printed.end):
        return None
    place = paragraph[: printed.start].rstrip(" (,\u2013—-")
    if place.startswith("(") and ")" not in place:
        place = place[1:]
    as_printed = f"{place} — {paragraph[printed.end :]}"
    return printed if not place or dateline(as_printed) else None


_WHEN = (
    r"(?:(?:as\s+of|on|at|el|no\.?|number|#)\b|\d|(?:jan|feb|mar|apr|may|jun|jul|aug|sep"
    r"|oct|nov|dec|ene|abr|ago|dic|mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\b)"
)
"""How a note goes on before its colon: "Updated guidance:" is no note."""
_NOTE = re.compile(
    r"^[\s*(\[_\u2013—-]*(?:"
    r"(?:editor(?:'|\u2019)?s?(?:'|\u2019)?|editorial|publisher(?:'|\u2019)s)\s+note\b|"
    r"(?:correction|corrected|clarification|erratum|errata|retraction|update|updated|"
    r"correcci[oó]n|aclaraci[oó]n|nota\s+del?\s+editor|fe\s+de\s+erratas)\b"
    rf"(?:[\s,(]+(?:{_WHEN}|to\b|from\b)[^:\u2013—]{{0,40}})?\s*[:\u2013—-](?!\s*[$\d])\s*\S|"
    r"(?:note|this\s+(?:story|article|release|page|post|fact\s+sheet|transcript))\b"
    r"[^.]{0,80}\b(?:was|has\s+been|is)\s+(?:corrected|updated|revised|amended|edited|"
    r"changed\s+to)\b|"
    r"an?\s+(?:earlier|previous|prior)\s+version\b"
    r")",
    re.IGNORECASE,
)


def notes_in(blocks: Sequence[Block]) -> tuple[str, ...]:
    """Return the blocks in which the page owns up to a change or speaks as editor."""
    return tuple(block.text for block in blocks if is_note(block.text))


def is_note(text: str) -> bool:
    """Say whether a text begins as a correction or an editor's note does."""
    return _NOTE.match(text[:300]) is not None


_BY_PATH: tuple[tuple[ArticleKind, re.Pattern[str]], ...] = (
    ("contracts", re.compile(r"/contracts?/")),
    (
        "transcript",
        re.compile(r"/(?:transcripts?|speech(?:es)?|remarks|briefings?)/"),
    ),
    ("bio", re.compile(r"/(?:biograph(?:y|ies)|bios?|leadership)/")),
    ("factsheet", re.compile(r"/fact-?sheets?/")),
    (
        "release",
        re.compile(
            r"/(?:(?:press|news|media|and|statements|local|national)[-.]?)*releases?/|"
            r"/pr/|press-?release|"
            r"/press-office/|/newsroom/press"
        ),
    ),
)
_BY_TITLE: tuple[tuple[ArticleKind, re.Pattern[str]], ...] = (
    ("contracts", re.compile(r"^contracts for \w+", re.IGNORECASE)),
    (
        "transcript",
        re.compile(
            r"^(?:transcript|remarks|press (?:briefing|gaggle)|"
            r".*\bholds? (?:an? )?(?:\w+ )?(?:briefing|conference)\b)",
            re.IGNORECASE,
        ),
    ),
    ("factsheet", re.compile(r"^fact ?sheet\b", re.IGNORECASE)),
)
_RELEASED = ("immediate release", "publicación inmediata", "publicacion inmediata")
_RELEASE_LINE = re.compile(
    r"^(?:press|news) release(?: (?:date|number|no\b|#).{0,60})?$", re.MULTILINE
)


def kind_of(
    url: str, *, title: str | None, lines: str, layout: ArticleKind | None
) -> ArticleKind:
    """Return the kind of the article.

    Args:
        url: Where the page is.
        title: Its headline.
        lines: What stands around the headline, one line each.
        layout: The kind a layout knows all its pages to be, a listing as far as it
            names stories.
    """
    if layout not in (None, "listing"):
        return layout
    for kind, pattern in _BY_TITLE:
        if title and pattern.search(title):
            return kind
    try:
        path = urlsplit(url).path.casefold()
    except ValueError:
        path = ""
    for kind, pattern in _BY_PATH:
        if pattern.search(path):
            return kind
    shown = lines.casefold()
    is_release = any(words in shown for words in _RELEASED) or (
        _RELEASE_LINE.search(shown) is not None
    )
    return "release" if is_release else "article"


_SPEAKS_OF = re.compile(
    # War.gov's contract pages: "CORRECTION: The contract announced on Sep. 30, 2025,
    # to ..."; a verb must stand before the day, for notes are full of other dates.
    r"\b(?:announced|announcement|published|posted|released?|issued|dated|listed)"
    r"(?:\s+\w+){0,2}?\s+(?=(?:[A-Z][a-z]+day,?\s+)?"
    r"(?:[A-Z][a-z]{2,8}\.?\s+\d{1,2},\s+\d{4}|\d{1,2}\s+[A-Z][a-z]{2,8}\.?\s+\d{4}"
    r"|\d{1,2}/\d{1,2}/\d{4}))"
)


def pointers(article: Article) -> tuple[Pointer, ...]:
    """Return the notes that name other pages, by their links or by their day."""
    notes = {*article.notes}
    found = (_pointer(block) for block in article.blocks if block.text in notes)
    return tuple(one for one in found if one.urls or one.days)


def _pointer(block: Block) -> Pointer:
    days = (
        printed.iso[:10]
        for match in _SPEAKS_OF.finditer(block.text)
        if (printed := first_date(block.text[match.end() :]))
    )
    return Pointer(
        note=block.text,
        urls=tuple(dict.fromkeys(link.url for link in block.links)),
        days=tuple(dict.fromkeys(days)),
    )
