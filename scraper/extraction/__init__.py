"""Articles read from government pages: pure functions of a document and a profile."""

from scraper.extraction.article import read, rules
from scraper.extraction.draft import Draft, suggest
from scraper.extraction.forms import pointers
from scraper.extraction.nodes import is_selector
from scraper.extraction.whole import furniture, main_sha256

__all__ = [
    "Draft",
    "furniture",
    "is_selector",
    "main_sha256",
    "pointers",
    "read",
    "rules",
    "suggest",
]
