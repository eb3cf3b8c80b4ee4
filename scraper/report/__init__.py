"""Reports of changes as spans, text, Markdown, JSON values, HTML and Atom. Pure.

A whole change, with its evidence, is a `model.Change`. The word-level views take a
comparison and the two articles as `comparison.settle` gives them. What comes from a
page is escaped in every format, and characters that would act on a terminal are
replaced.
"""

from scraper.report.documents import (
    MEDIA_TYPE,
    as_dict,
    atom_entry,
    atom_feed,
    feed_of,
    html,
    html_page,
    markdown,
    unified,
)
from scraper.report.evidence import FIELD_NAMES, facts, instant
from scraper.report.messages import inert, message, tally
from scraper.report.sheet import (
    LOST,
    SheetRow,
    as_csv,
    as_html,
    as_markdown,
    sheet,
    signature,
)
from scraper.report.sides import FieldSides, Piece, Sides, field_sides, text_sides
from scraper.report.spans import Span, Style, safe
from scraper.report.terminal import Line, terminal

__all__ = [
    "FIELD_NAMES",
    "LOST",
    "MEDIA_TYPE",
    "FieldSides",
    "Line",
    "Piece",
    "SheetRow",
    "Sides",
    "Span",
    "Style",
    "as_csv",
    "as_dict",
    "as_html",
    "as_markdown",
    "atom_entry",
    "atom_feed",
    "facts",
    "feed_of",
    "field_sides",
    "html",
    "html_page",
    "inert",
    "instant",
    "markdown",
    "message",
    "safe",
    "sheet",
    "signature",
    "tally",
    "terminal",
    "text_sides",
    "unified",
]
