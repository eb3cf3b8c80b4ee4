"""Photo captions: caption, credit and VIRIN told apart.

Forms from the DoD Visual Information Style Guide and the VIRIN rules of DIMOC
(`YYMMDD-S-VVVVV-SNNN[-CC]`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from scraper.extraction.text import tidy

VIRIN = re.compile(
    r"(?<![0-9A-Za-z])\d{6}-[A-Z]-[0-9A-Z]{5}-\d{3,4}(?:-[A-Z]{2})?(?![0-9A-Za-z])"
)
_VIRIN_LABEL = re.compile(
    r"\bVIRIN\s*(?:#|:|number:?)\s*(?P<virin>\S+)?", re.IGNORECASE
)
_FILE_ENDING = re.compile(r"\.(?:jpe?g|png|gif|tiff?|webp|mp4)$", re.IGNORECASE)
_CREDIT_LABEL = re.compile(
    r"^\W*(?:(?:photo(?:graph)?|image|graphic|video|illustration)s?"
    r"(?:\s+(?:by|credits?|courtesy(?:\s+of)?))?|credits?|fotos?\s+(?:de|por)|"
    r"cr[eé]dito)\s*:\s*(?P<credit>.*)$",
    re.IGNORECASE,
)
_MEDIUM = r"(?:photo(?:graph)?s?|image|graphic|illustration|video|fotograf[ií]a|foto)"
_CREDIT_IN_BRACKETS = re.compile(
    rf"\(\s*(?P<credit>[^()]{{0,80}}?\b{_MEDIUM}\b(?:[^()]|\([^()]*\))*?)\s*\)[\s.]*$",
    re.IGNORECASE,
)
_CREDIT_PHRASE = re.compile(
    rf"\b{_MEDIUM}\s*(?:/|by\b|courtesy\b|credit\b|de\b|por\b)|^courtesy\b|"
    rf"^(?:[\w.]+\s+){{0,6}}{_MEDIUM}$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Caption:
    """What is printed with a picture, told apart. None for what is not."""

    caption: str | None = None
    credit: str | None = None
    virin: str | None = None


def virin_line(line: str) -> str | None:
    """Return what a line labelled `VIRIN:` says, valid or not; None for other lines."""
    label = _VIRIN_LABEL.search(line)
    if label is None:
        return None
    return _FILE_ENDING.sub("", (label["virin"] or "").strip(" ,;.|"))


def credit_line(line: str) -> str | None:
    """Return the credit of a line such as `Photo By: NAME`; None for other lines."""
    label = _CREDIT_LABEL.match(line)
    return label["credit"].strip() if label else None


def virin_in_url(url: str) -> str | None:
    """Return the VIRIN that names the file at `url`, as AFPIMS and DVIDS do."""
    name = unquote(urlsplit(url).path.rpartition("/")[2])
    found = VIRIN.search(name.upper())
    return found[0] if found else None


def split_caption(text: str) -> Caption:
    """Tell caption, credit and VIRIN apart in one running text."""
    text = tidy(text)
    virin = None
    if label := _VIRIN_LABEL.search(text):
        virin = virin_line(label[0]) or None
        text = (text[: label.start()] + text[label.end() :]).strip(" |,;")
    credit = None
    if (found := _CREDIT_IN_BRACKETS.search(text)) and _CREDIT_PHRASE.search(
        found["credit"]
    ):
        credit, text = found["credit"], text[: found.start()].rstrip()
    elif label := re.search(
        rf"(?:^|(?<=[.!?”\")])\s+)(?P<line>(?:{_MEDIUM}\s*"
        r"(?:by|credits?|courtesy(?:\s+of)?)?|credits?)\s*:\s*.+)$",
        text,
        re.IGNORECASE,
    ):
        credit, text = credit_line(label["line"]), text[: label.start()].rstrip()
    return Caption(text or None, tidy(credit) if credit else None, virin)
