"""What a daemon does once a day for its database, whenever it happens to run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from scraper.errors import StoreError
from scraper.log import logger
from scraper.store import LOG_LONG_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from scraper.store import Store

log = logger(__name__)

BACKUP = "backup"
"""The task of that name."""
NIGHT = timedelta(hours=3)
"""Where a daemon always runs, its day's work is done after that time of day, UTC."""


@dataclass(frozen=True, kw_only=True)
class Housekeeping:
    """The work of a day, each task done once since the last night began.

    When a task was done is kept in the database: a machine that is off at night does at
    its first opportunity what it has missed, and one that starts often does it once.

    Attributes:
        store: Open for writing.
        tasks: By name, in order.
        clock: The time, aware.
    """

    store: Store
    tasks: Mapping[str, Callable[[], None]]
    clock: Callable[[], datetime]

    def run(self) -> None:
        """Empty the write-ahead log, and do what is due.

        What fails is logged as `housekeeping_failed` and tried again at the next call.
        """
        _tried("checkpoint", self._empty_log)
        for name, task in self.tasks.items():
            _tried(name, partial(self._if_due, name, task))

    def _empty_log(self) -> None:
        left = self.store.checkpoint()
        if left > LOG_LONG_BYTES:
            log.warning(
                "database_held_open",
                log_mb=left // 2**20,
                by=self.store.upkeep.reader(),
            )

    def _if_due(self, name: str, task: Callable[[], None]) -> None:
        now, done_at = self.clock(), self.store.upkeep.done_at(name)
        # One done in the future was done by a clock that was wrong.
        if done_at is None or not _last_night(now) <= done_at <= now:
            task()
            self.store.upkeep.note_done(name)


def _last_night(now: datetime) -> datetime:
    """Return when the last night began."""
    shifted = now - NIGHT
    return shifted.replace(hour=0, minute=0, second=0, microsecond=0) + NIGHT


def _tried(name: str, task: Callable[[], object]) -> None:
    try:
        task()
    except StoreError as exc:
        log.error("housekeeping_failed", task=name, error=str(exc))  # noqa: TRY400 - it says all
