"""Whether the daemon is well, and whether our network is. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from scraper.store import LOG_HELD_BYTES, LOG_LONG_BYTES

if TYPE_CHECKING:
    from datetime import datetime

    from scraper.store import Queue, RunningDaemon

LEAST_FREE_BYTES = 64 * 1024 * 1024
"""With less room than that on the database's disk, nothing more is fetched: what could
not be recorded must not be asked for."""

ENOUGH_HOSTS = 5
"""Where so many in a row give no answer, and none does in between, the fault is nearer
to us than to them. Then no page should be called failing and no host made to rest."""

LAST_TICK = timedelta(seconds=30)
LATEST = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What the daemon's health is judged by.

    Attributes:
        daemon: Who holds the lock, None if nobody does.
        free_bytes: Room on the database's disk.
        wal_bytes: Of the write-ahead log, which a stuck reader lets grow.
        reader: Who reads the database right now.
    """

    now: datetime
    daemon: RunningDaemon | None
    queue: Queue
    free_bytes: int
    wal_bytes: int
    reader: str = "some program"

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
        if late is None or late <= LATEST or self.daemon is None:
            return None  # without a daemon they wait for that
        hours = late // timedelta(hours=1)
        return (
            f"{self.queue.late} pages wait, one in twenty for {hours} h or longer;"
            " watch fewer pages of a host, or set more workers"
        )

    def _disk(self) -> str | None:
        if self.free_bytes >= LEAST_FREE_BYTES:
            return None
        return (
            f"{self.free_bytes // 2**20} MB left on the disk; nothing is fetched with"
            f" less than {LEAST_FREE_BYTES // 2**20} MB: make room"
        )

    def _log(self) -> str | None:
        if self.wal_bytes <= LOG_LONG_BYTES:  # what is left of an emptied one
            return None
        most = LOG_HELD_BYTES // 2**20
        return (
            f"the write-ahead log has {self.wal_bytes // 2**20} MB, since the database"
            f" is kept open for reading by {self.reader}; nothing is fetched from"
            f" {most} MB on: end that"
        )


@dataclass(slots=True)
class Outage:
    """What the latest checks tell of our network.

    Attributes:
        silent: Hosts that gave no answer since they last did.
        is_on: Whether our network is taken to be down.
    """

    silent: set[str] = field(default_factory=set)
    is_on: bool = False
    _in_a_row: set[str] = field(default_factory=set)

    def no_answer(self, host: str) -> bool:
        """Note that a host did not answer; return whether an outage begins with it."""
        self.silent.add(host)
        self._in_a_row.add(host)
        begins = not self.is_on and len(self._in_a_row) >= ENOUGH_HOSTS
        self.is_on = self.is_on or begins
        return begins

    def answer(self, host: str) -> tuple[str, ...]:
        """Note that a host answered; return the hosts to be looked at afresh.

        That is `host` if it was silent, and every silent one if an outage ends with it.
        """
        self._in_a_row.clear()
        afresh = set(self.silent) if self.is_on else self.silent & {host}
        self.silent -= afresh
        self.is_on = False
        return tuple(sorted(afresh))
