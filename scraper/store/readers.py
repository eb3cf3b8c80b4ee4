"""Who reads a database right now: what a log that stays long is long for."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

_LOCKS: Final = Path("/proc/locks")
_READING: Final = range(123, 128)
"""Bytes of the `-shm` file of which a reader locks one for as long as it needs what the
log held when it began (sqlite.org/walformat.html, section 2.3.1)."""
_LINE: Final = re.compile(
    r"^\d+: POSIX +ADVISORY +READ +(\d+) [0-9a-f]+:[0-9a-f]+:(\d+) (\d+) (\d+)$",
    re.MULTILINE,
)
_UNKNOWN: Final = "some program"


def named(path: Path) -> str:
    """Return the processes in the midst of reading a database, this one left out.

    Linux tells, others do not: there it is some program. Never by opening a file: to
    close it again would drop the locks that SQLite holds for this process.
    """
    try:
        file = path.with_name(f"{path.name}-shm").stat().st_ino
        # The kernel gives a page of them at a time: when locks go meanwhile, others are
        # passed over, but hardly the same ones each time.
        locks = "".join(_LOCKS.read_text() for _ in range(3))
    except OSError:
        return _UNKNOWN
    processes = {
        int(process)
        for process, locked, first, last in _LINE.findall(locks)
        if int(locked) == file and int(first) in _READING and int(last) in _READING
    }
    # 0: in another container.
    named = (
        f"process {process}{_name(process)}" if process else "a process elsewhere"
        for process in sorted(processes - {os.getpid()})
    )
    return " and ".join(named) or _UNKNOWN


def _name(process: int) -> str:
    try:
        return f" ({Path(f'/proc/{process}/comm').read_text().strip()})"
    except OSError:
        return ""
