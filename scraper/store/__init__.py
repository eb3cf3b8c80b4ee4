"""The record: one SQLite file that anyone can read. The only place with SQL."""

from scraper.store.export import EXPORTED, Exported
from scraper.store.lock import DaemonLock, RunningDaemon, running_daemon, step_back
from scraper.store.lookup import Gap, Hit, PhraseStay, Status
from scraper.store.pages import FoundPage, VersionLine
from scraper.store.questions import Question
from scraper.store.recording import Recorded
from scraper.store.store import Store
from scraper.store.upkeep import Oddity, Queue
from scraper.store.verification import Fault

__all__ = [
    "EXPORTED",
    "DaemonLock",
    "Exported",
    "Fault",
    "FoundPage",
    "Gap",
    "Hit",
    "Oddity",
    "PhraseStay",
    "Question",
    "Queue",
    "Recorded",
    "RunningDaemon",
    "Status",
    "Store",
    "VersionLine",
    "running_daemon",
    "step_back",
]
