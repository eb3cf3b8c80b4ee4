"""Looking after the file: backups, migrations, an emptied write-ahead log."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from scraper.errors import StoreError
from scraper.store.database import Database, wal_bytes
from scraper.store.schema import MIGRATIONS, SCHEMA_VERSION

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

_ROOM = 1.1
"""A backup asks for this much of the database's size, so as not to fill the disk."""


def backup(db: Database, folder: Path, *, keep: int, now: datetime) -> Path:
    """Write a checked copy into `folder`; drop all but the newest `keep`.

    Raises:
        StoreError: Too little room, or the copy is not whole; nothing was dropped.
    """
    folder.mkdir(parents=True, exist_ok=True)
    size = db.path.stat().st_size + wal_bytes(db.path)
    free = shutil.disk_usage(folder).free
    if free < size * _ROOM:
        raise StoreError(
            f"{folder}: no backup made: {free // 2**20} MB free,"
            f" {int(size * _ROOM) // 2**20 + 1} MB needed"
        )
    target = folder / f"{db.path.stem}-{now:%Y%m%dT%H%M%SZ}.db"
    part = target.with_suffix(".part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL, 0o600))
    db.run("VACUUM INTO ?", (str(part),))
    fault = _fault(part)
    if fault is not None:
        raise StoreError(f"{part}: the copy is damaged: {fault}")
    part.replace(target)
    for old in sorted(folder.glob(f"{db.path.stem}-*Z.db"))[:-keep]:
        old.unlink()
    return target


def _fault(path: Path) -> str | None:
    copy = Database(path, mode="read", older=True)
    try:
        told = copy.value("PRAGMA integrity_check")
    finally:
        copy.close()
    return None if told == "ok" else str(told)


def migrate(path: Path, *, backups: Path, now: datetime) -> Path | None:
    """Bring an older database up to the present schema, after a backup of it.

    Returns:
        The backup; None where there was nothing to do.
    """
    db = Database(path, mode="write", older=True)
    try:
        if db.value("PRAGMA user_version") == SCHEMA_VERSION:
            return None
        copy = backup(db, backups, keep=_KEEP_ALL, now=now)
        with db.transaction():
            MIGRATIONS.apply(db.sqlite_utils())
            db.run(f"PRAGMA user_version = {SCHEMA_VERSION}")
    finally:
        db.close()
    return copy


_KEEP_ALL = 1_000_000


def checkpoint(db: Database) -> int:
    """Empty the write-ahead log into the database; return the bytes it still has.

    A long reader keeps it from being emptied: that is no error.
    """
    db.run("PRAGMA wal_checkpoint(TRUNCATE)")
    return wal_bytes(db.path)
