"""The record: one SQLite file that anyone can read. The only place with SQL."""

from scraper.store.browsing import (
    Address,
    DayOfLooks,
    Proof,
    Received,
    Source,
    TimelineLine,
    Wanted,
)
from scraper.store.database import is_record
from scraper.store.handbook import Described, described
from scraper.store.lookup import Gap, Hit, PhraseStay, Status
from scraper.store.pages import FoundPage, VersionLine
from scraper.store.questions import Question
from scraper.store.recording import Recorded
from scraper.store.store import Store
from scraper.store.verification import Fault

__all__ = [
    "Address",
    "DayOfLooks",
    "Described",
    "Fault",
    "FoundPage",
    "Gap",
    "Hit",
    "PhraseStay",
    "Proof",
    "Question",
    "Received",
    "Recorded",
    "Source",
    "Status",
    "Store",
    "TimelineLine",
    "VersionLine",
    "Wanted",
    "described",
    "is_record",
]
