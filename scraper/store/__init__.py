"""The record: one SQLite file that anyone can read. The only place with SQL."""

from scraper.store.lookup import Gap, Hit, PhraseStay, Status
from scraper.store.noise import KnownNoise
from scraper.store.pages import FoundPage, VersionLine
from scraper.store.questions import Question
from scraper.store.recording import Recorded
from scraper.store.store import Store
from scraper.store.verification import Fault

__all__ = [
    "Fault",
    "FoundPage",
    "Gap",
    "Hit",
    "KnownNoise",
    "PhraseStay",
    "Question",
    "Recorded",
    "Status",
    "Store",
    "VersionLine",
]
