"""The record: one SQLite file that anyone can read. The only place with SQL."""

from scraper.store.pages import FoundPage, VersionLine
from scraper.store.recording import Recorded
from scraper.store.store import Store

__all__ = ["FoundPage", "Recorded", "Store", "VersionLine"]
