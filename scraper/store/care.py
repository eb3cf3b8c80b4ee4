"""Looking after the file: backups, migrations, an emptied write-ahead log."""

from __future__ import annotations

import os
import re
import shutil
from typing import TYPE_CHECKING

from scraper.errors import StoreError
from scraper.store import bodies
from scraper.store.database import Database, wal_bytes
from scraper.store.rows import exact
from scraper.store.schema import SCHEMA_VERSION

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

_ROOM = 1.1
"""A backup asks for this much of the database's size, so as not to fill the disk."""
_STALE_S = 86_400.0


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
    name = re.compile(re.escape(db.path.stem) + r"-\d{8}T\d{6}Z\.(db|part)")
    ours = sorted(one for one in folder.iterdir() if name.fullmatch(one.name))
    for one in ours:
        # Whoever wrote it was killed: no copy takes that long.
        if one.suffix == ".part" and now.timestamp() - one.stat().st_mtime > _STALE_S:
            one.unlink()
    target = folder / f"{db.path.stem}-{now:%Y%m%dT%H%M%SZ}.db"
    _copy(db, target)
    copies = [one for one in ours if one.suffix == ".db" and one != target]
    for old in [*copies, target][:-keep]:
        old.unlink()
    return target


def _copy(db: Database, target: Path) -> None:
    part = target.with_suffix(".part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL, 0o600))
    try:
        db.run("VACUUM INTO ?", (str(part),))
        fault = _fault(part)
        if fault is not None:
            raise StoreError(f"{part}: the copy is damaged: {fault}")
        # SQLite leaves that to us, and older copies are dropped next.
        with part.open("rb") as copied:
            os.fsync(copied.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


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
            db.migrate()
    finally:
        db.close()
    return copy


_KEEP_ALL = 1_000_000


_AT_ONCE = 200
"""Bodies dropped in one transaction: others wait no longer than that takes."""

# Not one that shows a page as it stands, or that a kept one is read back through.
_OLD_BODIES = """
  SELECT b.id FROM bodies b
  WHERE b.id < :below AND b.checksum IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM captures k JOIN pages p ON p.id = k.page_id
      WHERE k.body_id = b.id AND (k.captured_at >= :before
        OR k.version_id = p.latest_version_id))
    AND NOT EXISTS (SELECT 1 FROM versions v JOIN pages p ON p.id = v.page_id
      WHERE v.body_id = b.id AND p.latest_version_id = v.id)
    AND NOT EXISTS (SELECT 1 FROM bodies o WHERE o.dictionary_id = b.id)
    AND NOT EXISTS (SELECT 1 FROM dictionaries d WHERE d.body_id = b.id)
  ORDER BY b.id DESC LIMIT :limit
"""


def drop_bodies(db: Database, *, before: datetime) -> int:
    """Drop response bodies older than `before`; return how many.

    Texts, changes, the ledger and the captures themselves stay, with each body's
    sha256, and so does each body of a version in force and each that another one needs.
    """
    dropped = 0
    while passed := _drop_once(db, before):
        dropped += passed  # what they were compressed with may be free now
    return dropped


def _drop_once(db: Database, before: datetime) -> int:
    """Go once through all bodies, the newest first."""
    dropped = 0
    below = db.value("SELECT coalesce(max(id), 0) + 1 FROM bodies")
    while True:
        with db.transaction():
            told = {"before": exact(before), "below": below, "limit": _AT_ONCE}
            found = [row["id"] for row in db.rows(_OLD_BODIES, told)]
            for row_id in found:
                bodies.drop_content(db, row_id)
        if not found:
            return dropped
        dropped, below = dropped + len(found), found[-1]


def checkpoint(db: Database) -> int:
    """Empty the write-ahead log into the database; return the bytes it still has.

    A long reader keeps it from being emptied: that is no error.
    """
    db.empty_log()
    return wal_bytes(db.path)
