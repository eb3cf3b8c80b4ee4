"""Articles read from government pages: pure functions of a document and a profile."""

from scraper.extraction.article import read, rules
from scraper.extraction.digest import main_sha256
from scraper.extraction.draft import Draft, suggest
from scraper.extraction.furniture import furniture
from scraper.extraction.pointers import pointers
from scraper.extraction.prune import is_selector

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
