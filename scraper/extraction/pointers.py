"""Corrections that speak of another page: which one they name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scraper.extraction.dates import first_date
from scraper.model import Pointer

if TYPE_CHECKING:
    from scraper.model import Article, Block

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
