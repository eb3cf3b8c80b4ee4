"""The record: one SQLite file that anyone can read. The only place with SQL."""

from scraper.store.browsing import (
    Address,
    DayOfLooks,
    HistoryLine,
    Member,
    Proof,
    Received,
    Source,
    TimelineLine,
    Wanted,
)
from scraper.store.changes import SHORTEST_PREFIX
from scraper.store.database import (
    LOG_HELD_BYTES,
    LOG_LONG_BYTES,
    is_at_rest,
    is_record,
)
from scraper.store.export import EXPORTED, Exported
from scraper.store.lock import DaemonLock, RunningDaemon, running_daemon, step_back
from scraper.store.lookup import Gap, Hit, PhraseStay, Status
from scraper.store.noise import KnownNoise
from scraper.store.pages import FoundPage, VersionLine
from scraper.store.questions import Question
from scraper.store.recording import Recorded
from scraper.store.store import Store
from scraper.store.upkeep import Oddity, Queue
from scraper.store.verification import Fault

__all__ = [
    "EXPORTED",
    "LOG_HELD_BYTES",
    "LOG_LONG_BYTES",
    "SHORTEST_PREFIX",
    "Address",
    "DaemonLock",
    "DayOfLooks",
    "Exported",
    "Fault",
    "FoundPage",
    "Gap",
    "HistoryLine",
    "Hit",
    "KnownNoise",
    "Member",
    "Oddity",
    "PhraseStay",
    "Proof",
    "Question",
    "Queue",
    "Received",
    "Recorded",
    "RunningDaemon",
    "Source",
    "Status",
    "Store",
    "TimelineLine",
    "VersionLine",
    "Wanted",
    "is_at_rest",
    "is_record",
    "running_daemon",
    "step_back",
]
