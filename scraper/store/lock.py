"""The daemon's lock: a file beside the database, held for as long as it lives.

The kernel drops the lock with the process, however it ends, so there is nothing to
clean up after a `kill -9`. The file's text says who holds it and its modification time
when that one last came round; neither needs the database, whose disk may be full.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from scraper.errors import DaemonRunningError, StoreError
from scraper.store.database import SQLITE_VERSION
from scraper.store.lookup import has_wal_reset_bug

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import TracebackType

_TRIES = 5
_PAUSE_S = 0.1
"""Somebody who only asks who holds the lock has it for an instant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningDaemon:
    """Who holds a database's lock.

    Attributes:
        process: Its id on `machine`.
        beat_at: When it last came round its due queue.
    """

    machine: str
    process: int
    started_at: datetime
    beat_at: datetime

    def __str__(self) -> str:
        return (
            f"process {self.process} on {self.machine}, "
            f"since {self.started_at:%Y-%m-%d %H:%M} UTC"
        )


class DaemonLock:
    """Holds a database's lock from construction until closed.

    Raises:
        DaemonRunningError: Another process holds it; the error names that one.
        StoreError: The file cannot be made.
    """

    def __init__(self, database: Path, *, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        path = _path(database)
        try:
            self._file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as exc:
            raise StoreError(f"{path}: cannot be made: {exc.strerror}") from exc
        try:
            self._take(database)
            self._sign()
        except BaseException:
            os.close(self._file)
            raise

    def _take(self, database: Path) -> None:
        for _ in range(_TRIES):
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            threading.Event().wait(_PAUSE_S)
        raise DaemonRunningError(
            f"{database}: a daemon runs already: {_signed(self._file)}"
        )

    def _sign(self) -> None:
        signature = {
            "machine": socket.gethostname(),
            "process": os.getpid(),
            "started_at": self._clock().astimezone(UTC).isoformat(timespec="seconds"),
        }
        # On a full disk it goes unsigned: the lock holds all the same.
        with contextlib.suppress(OSError):
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, json.dumps(signature).encode() + b"\n", 0)
        self.beat()

    def beat(self) -> None:
        """Leave word that the daemon came round."""
        at = self._clock().timestamp()
        os.utime(self._file, (at, at))

    def close(self) -> None:
        """Let another daemon run."""
        os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def running_daemon(database: Path) -> RunningDaemon | None:
    """Return who holds the lock of `database`, None where nobody does."""
    with _opened(_path(database)) as file:
        if file is None:
            return None
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _signed(file)
        return None


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int | None]:
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        yield None
        return
    try:
        yield file
    finally:
        os.close(file)


def _signed(file: int) -> RunningDaemon:
    """Return what the file says; an instant after its start it may say nothing yet."""
    beat_at = datetime.fromtimestamp(os.fstat(file).st_mtime, UTC)
    try:
        told = json.loads(os.pread(file, 4096, 0))
        return RunningDaemon(
            machine=str(told["machine"]),
            process=int(told["process"]),
            started_at=datetime.fromisoformat(told["started_at"]),
            beat_at=beat_at,
        )
    except (ValueError, KeyError, TypeError):
        return RunningDaemon(
            machine="an unknown machine", process=0, started_at=beat_at, beat_at=beat_at
        )


def step_back(database: Path, *, sqlite_version: str = SQLITE_VERSION) -> None:
    """Refuse to write beside another process's daemon where SQLite may not bear it.

    Raises:
        DaemonRunningError: A daemon runs, and this SQLite has the WAL-reset bug.
    """
    if not has_wal_reset_bug(sqlite_version):
        return
    daemon = running_daemon(database)
    if daemon is None or daemon.process == os.getpid():
        return
    raise DaemonRunningError(
        f"{database}: a daemon writes to it ({daemon}), and SQLite {sqlite_version} may"
        " damage a database that two programs write to"
        " (sqlite.org/wal.html#walresetbug). Stop the daemon for the moment, or install"
        " pysqlite3 or SQLite 3.51.3"
    )


def _path(database: Path) -> Path:
    """Return the lock's path: the same for every name of one database."""
    real = database.resolve()
    return real.with_name(real.name + "-daemon")
