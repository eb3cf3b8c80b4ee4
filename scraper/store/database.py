"""One SQLite file: opening it, one transaction at a time, errors in plain words."""

from __future__ import annotations

import contextlib
import os
import random
import threading
import time
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias
from urllib.parse import quote

from scraper.errors import StoreError, UnrecordableError
from scraper.store import readers
from scraper.store.schema import APPLICATION_ID, SCHEMA_VERSION

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
else:
    # sqlite-utils chooses likewise: the system's SQLite may corrupt a WAL database.
    try:
        import pysqlite3 as sqlite3
    except ImportError:
        import sqlite3

Mode: TypeAlias = Literal["create", "write", "read"]
Row: TypeAlias = dict[str, Any]
Parameters: TypeAlias = "Sequence[object] | Mapping[str, object]"

BUSY_MS = 10_000
SQLITE_VERSION: Final = sqlite3.sqlite_version
LOG_LONG_BYTES = 24 * 1024 * 1024
"""A write-ahead log as long is emptied by who writes next, if no reader prevents it."""
LOG_HELD_BYTES = 40 * 1024 * 1024
"""One as long makes who writes wait for that reader: nothing new should be begun."""
LOG_FULL_BYTES = 44 * 1024 * 1024
"""To one as long nothing is written, so that it stays within 64 MB: a new version adds
0.4 MB, one of 1 MB of text in which each word changed 5 MB."""
PATIENCE_S = 5.0
"""How long a transaction waits for a reader."""
_TRY_MS = 250
_TRY_AGAIN_S = 1.0
_STATEMENTS_KEPT = 1024
"""More than we have. When its cache is full, pysqlite3 drops what it took in last: two
statements that alternate push each other out, and each is compiled every time."""


class Database:
    """A connection that threads may share: one statement or transaction at a time.

    Args of the constructor: `mode` as in `Store.open`; `older` admits a database that
    still has to be migrated.
    """

    def __init__(self, path: Path, *, mode: Mode, older: bool = False) -> None:
        self.path = path
        self.writes = mode != "read"
        self._lock = threading.RLock()
        self._level: str | None = None
        self._next_try = 0.0
        if mode == "create":
            _make_file(path)
        elif not path.exists():
            raise StoreError(
                f"{path}: no such database; `govwatch init` makes one,"
                " --db or GOVWATCH_DB names another"
            )
        self._file = _file(path)
        with _plain_words(path):
            self._connection = self._connect()
            try:
                if mode == "create" and _is_blank(self._connection):
                    self._create()
                self._check_it_is_ours(mode, older=older)
            except BaseException:
                self._connection.close()
                raise

    def _connect(self) -> sqlite3.Connection:
        uri = f"file:{quote(str(self.path.absolute()))}"
        how = "rw" if self.writes else "ro"
        if not self.writes and is_at_rest(self.path):
            how += "&immutable=1"
        connection = sqlite3.connect(
            f"{uri}?mode={how}",
            uri=True,
            timeout=BUSY_MS / 1000,
            isolation_level=None,  # we say BEGIN IMMEDIATE ourselves
            check_same_thread=False,
            cached_statements=_STATEMENTS_KEPT,
        )
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        if self.writes:
            connection.execute(f"PRAGMA journal_size_limit = {LOG_LONG_BYTES}")
        else:
            connection.execute("PRAGMA query_only = ON")
        return connection

    def _create(self) -> None:
        # Twice the usual: a page's text and body leave less of a page empty.
        self._connection.execute("PRAGMA page_size = 8192")
        self._begin_log()
        with self.transaction():
            if _is_blank(self._connection):  # else another process was faster
                self.migrate()
                self._connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")

    def _begin_log(self) -> None:
        # Two processes that make one file each hold it shared and want it whole: SQLite
        # then says "locked" at once instead of waiting as long as it was told.
        waited_until = time.monotonic() + BUSY_MS / 1000
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as exc:
                if "locked" not in str(exc) or time.monotonic() >= waited_until:
                    raise
                threading.Event().wait(random.uniform(0.005, 0.05))  # noqa: S311 - apart
            else:
                return

    def _check_it_is_ours(self, mode: Mode, *, older: bool) -> None:
        if self.value("PRAGMA application_id") != APPLICATION_ID:
            raise StoreError(
                f"{self.path}: a database, but not one of Govwatch's;"
                " --db names another"
            )
        version = self.value("PRAGMA user_version")
        if version > SCHEMA_VERSION:
            raise StoreError(
                f"{self.path}: made by a newer Govwatch (schema {version}, this program"
                f" knows {SCHEMA_VERSION}); upgrade the program"
            )
        if version < SCHEMA_VERSION and not older:
            raise StoreError(
                f"{self.path}: made by an older Govwatch (schema {version}, this"
                f" program needs {SCHEMA_VERSION}); run `govwatch migrate`"
            )
        if mode != "read" and not os.access(self.path, os.W_OK):
            raise StoreError(f"{self.path}: may not be written; check its permissions")

    def migrate(self) -> None:
        """Bring the schema up to date, inside a transaction."""
        from scraper.store import migrations  # noqa: PLC0415 - it says why

        migrations.apply(self._connection)
        self._connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """Return all rows, each as a dict by column name."""
        with self._lock, _plain_words(self.path):
            return [dict(row) for row in self._connection.execute(sql, parameters)]

    def row(self, sql: str, parameters: Parameters = ()) -> Row | None:
        """Return the first row, if there is one."""
        with self._lock, _plain_words(self.path):
            found = self._connection.execute(sql, parameters).fetchone()
            return None if found is None else dict(found)

    def value(self, sql: str, parameters: Parameters = ()) -> Any:
        """Return the first column of the first row, None if there is none."""
        with self._lock, _plain_words(self.path):
            found = self._connection.execute(sql, parameters).fetchone()
            return None if found is None else found[0]

    def run(self, sql: str, parameters: Parameters = ()) -> int:
        """Run one statement; return the id of the row it inserted, if it did."""
        with self._lock, _plain_words(self.path):
            return int(self._connection.execute(sql, parameters).lastrowid or 0)

    def run_many(self, sql: str, parameters: Sequence[Sequence[object]]) -> None:
        """Run one statement once per sequence of parameters."""
        with self._lock, _plain_words(self.path):
            self._connection.executemany(sql, parameters)

    def insert(self, table: str, values: Row) -> int:
        """Insert one row; return its id. Table and columns come from this package."""
        columns = ", ".join(values)
        marks = ", ".join("?" * len(values))
        return self.run(
            f"INSERT INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608 - ours
            tuple(values.values()),
        )

    def update(self, table: str, row_id: int, values: Row) -> None:
        """Update the row of that `id`."""
        assignments = ", ".join(f"{column} = ?" for column in values)
        self.run(
            f"UPDATE {table} SET {assignments} WHERE id = ?",  # noqa: S608 - ours
            (*values.values(), row_id),
        )

    def write(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """Run one statement that writes and returns rows, as a transaction of its own.

        It need not survive a power cut, and costs a third of `transaction`: outside a
        transaction one statement takes the write lock from the start by itself.
        """
        self._insist_on_room()
        with self._lock, _plain_words(self.path):
            self._sync("NORMAL")
            # All rows must be fetched: only then is it committed.
            return [dict(row) for row in self._connection.execute(sql, parameters)]

    def _sync(self, level: Literal["FULL", "NORMAL"]) -> None:
        """FULL waits for the disk at each commit, NORMAL only at checkpoints."""
        if level != self._level and not self._connection.in_transaction:
            self._connection.execute(f"PRAGMA synchronous = {level}")
            self._level = level

    @contextlib.contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[None]:
        """Hold the write lock from the start: all of it, or nothing.

        A deferred BEGIN would fail with "locked" at once, whatever the timeout, when
        another process committed between our first read and our first write.

        Where a reader has kept the log from being emptied for long, it waits first.

        Args:
            durable: Whether a commit must survive a power cut. Leases and the rest of
                hosts need not: they spare the disk two waits per check.

        Raises:
            StoreError: Among others, that reader has not ended and the log is full.
        """
        if durable:
            self._wait_for_room()
        self._insist_on_room()
        with self._lock, _plain_words(self.path):
            self._sync("FULL" if durable else "NORMAL")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full disk may have ended it
                    self._connection.execute("ROLLBACK")
                raise

    def has_room(self) -> bool:
        """Whether the log is short enough for more to be begun; empty a long one.

        A log is written from its beginning again only when no reader needs any of it:
        one that never ends would let it grow without end.
        """
        length = wal_bytes(self.path)
        now = time.monotonic()
        if length >= LOG_LONG_BYTES and now >= self._next_try:
            self._next_try = now + _TRY_AGAIN_S
            return self.empty_log() or length < LOG_HELD_BYTES
        return length < LOG_HELD_BYTES

    def _wait_for_room(self) -> None:
        waited_until = time.monotonic() + PATIENCE_S
        while not self.has_room() and time.monotonic() < waited_until:
            threading.Event().wait(_TRY_MS / 1000)  # others go on

    def _insist_on_room(self) -> None:
        length = wal_bytes(self.path)
        if length >= LOG_FULL_BYTES and not self.empty_log():
            raise StoreError(
                f"{self.path}: nothing more is recorded: its write-ahead log has"
                f" {length // 2**20} MB, since the database is kept open for reading by"
                f" {readers.named(self.path)}; end that, nothing recorded is lost"
            )

    def empty_log(self) -> bool:
        """Empty the write-ahead log into the file; return whether that could be done.

        A reader of what was before prevents it. Short ones are waited for.
        """
        with self._lock, _plain_words(self.path):
            self._connection.execute(f"PRAGMA busy_timeout = {_TRY_MS}")
            try:
                told = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                return not told.fetchone()[0]
            finally:
                self._connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")

    def is_in_place(self) -> bool:
        """Whether the file that is open is still the one at `path`."""
        return _file(self.path) == self._file

    def close(self) -> None:
        """Close the connection; the last one out empties the write-ahead log."""
        with self._lock:
            self._connection.close()


def is_record(path: Path) -> bool:
    """Whether a file is a record of ours, of whatever schema."""
    uri = f"file:{quote(str(path.absolute()))}?mode=ro"
    try:
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
            found = connection.execute("PRAGMA application_id").fetchone()
    except sqlite3.DatabaseError:
        return False
    return bool(found[0] == APPLICATION_ID)


@contextlib.contextmanager
def _plain_words(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours, each saying what to do."""
    try:
        yield
    except sqlite3.IntegrityError as exc:
        raise UnrecordableError(f"{path}: refused: {exc}") from exc
    except sqlite3.DatabaseError as exc:
        raise StoreError(f"{path}: {_advice(str(exc))}") from exc


_NOT_WRITABLE = (
    "may not be written; check the permissions of file and folder, or copy it to a"
    " folder of yours"
)


def is_at_rest(path: Path) -> bool:
    """Whether a database is where nothing can be written, and nobody writes to it.

    Even to read one with a write-ahead log, SQLite makes files beside it: a copy on a
    medium, or in someone else's folder, could not be read at all. Without that log no
    program has it open, and it can be read as it lies there.
    """
    log = path.with_name(f"{path.name}-wal")
    return not os.access(path.absolute().parent, os.W_OK) and not log.exists()


def _advice(message: str) -> str:
    for sign, advice in (
        ("is full", "the disk is full; make room, nothing recorded is lost"),
        ("locked", "in use by another program for too long; try again"),
        ("readonly", _NOT_WRITABLE),
        ("unable to open", "cannot be opened; check the permissions of its folder"),
        ("not a database", "not an SQLite database"),
        ("malformed", "damaged; run `govwatch verify` and restore a backup"),
        ("disk I/O", "the disk is full or does not answer as it should; check it"),
    ):
        if sign in message:
            return f"{advice} ({message})"
    return message


def wal_bytes(path: Path) -> int:
    """Return the size of a database's write-ahead log."""
    try:
        return path.with_name(f"{path.name}-wal").stat().st_size
    except FileNotFoundError:
        return 0


def _file(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _is_blank(connection: sqlite3.Connection) -> bool:
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    return bool(tables == 0)


def _make_file(path: Path) -> None:
    """Make an empty file that only its owner reads; SQLite's own follow its mode."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as exc:
        why = _NOT_WRITABLE if path.exists() else f"cannot be made: {exc.strerror}"
        raise StoreError(f"{path}: {why}") from exc
