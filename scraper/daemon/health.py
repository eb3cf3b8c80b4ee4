"""Whether the daemon is well, from figures. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from scraper.daemon.daemon import LEAST_FREE_BYTES

if TYPE_CHECKING:
    from datetime import datetime

    from scraper.store import Queue, RunningDaemon

LAST_TICK = timedelta(seconds=30)
LATEST = timedelta(hours=1)
_WAL_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What the daemon's health is judged by.

    Attributes:
        daemon: Who holds the lock, None if nobody does.
        free_bytes: Room on the database's disk.
        wal_bytes: Of the write-ahead log, which a stuck reader lets grow.
    """

    now: datetime
    daemon: RunningDaemon | None
    queue: Queue
    free_bytes: int
    wal_bytes: int

    def ailments(self) -> tuple[str, ...]:
        """Return what is wrong and what to do, nothing if all is well."""
        return tuple(
            ailment
            for ailment in (
                self._daemon(),
                self._lateness(),
                self._disk(),
                self._log(),
            )
            if ailment is not None
        )

    def _daemon(self) -> str | None:
        if self.daemon is None:
            return "no daemon runs; start `govwatch run`"
        silence = self.now - self.daemon.beat_at
        if silence <= LAST_TICK:
            return None
        return (
            f"the daemon ({self.daemon}) last looked at its queue"
            f" {silence.total_seconds():.0f} s ago; see its log, restart it"
        )

    def _lateness(self) -> str | None:
        late = self.queue.late_p95
        if late is None or late <= LATEST:
            return None
        return (
            f"{self.queue.late} pages wait, one in twenty for {late} or longer; watch"
            " fewer pages of a host, or set more workers"
        )

    def _disk(self) -> str | None:
        if self.free_bytes >= LEAST_FREE_BYTES:
            return None
        return (
            f"{self.free_bytes // 2**20} MB left on the disk; nothing is fetched with"
            f" less than {LEAST_FREE_BYTES // 2**20} MB: make room"
        )

    def _log(self) -> str | None:
        if self.wal_bytes <= _WAL_BYTES:
            return None
        return (
            f"the write-ahead log has {self.wal_bytes // 2**20} MB: some program holds"
            " the database open for reading; end it"
        )
