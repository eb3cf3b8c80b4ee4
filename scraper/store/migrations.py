"""Making the schema and bringing it up to date: a released migration is never edited.

Apart from `schema`, because sqlite-utils takes 3 MB and a tenth of a second to load,
and nearly always the database is there as it should be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlite_utils import Database, Migrations

from scraper.store.schema import GUARDS, TABLES
from scraper.store.views import VIEWS

if TYPE_CHECKING:
    from sqlite3 import Connection

MIGRATIONS: Final = Migrations("govwatch")


@MIGRATIONS()
def m001_first(db: Database) -> None:
    """Create everything."""
    for statement in (*TABLES, *GUARDS, *VIEWS):
        db.execute(statement)


@MIGRATIONS()
def m002_metadata_dates_and_picture_titles(db: Database) -> None:
    """Keep what metadata say of the last update; show titles of pictures, intervals."""
    if "metadata_updated" in db["versions"].columns_dict:
        return  # a new file is made as it should be
    db.execute("ALTER TABLE versions ADD COLUMN metadata_updated TEXT")
    for name in db.view_names():  # they hold nothing
        db.execute(f'DROP VIEW "{name}"')
    for view in VIEWS:
        db.execute(view)


def apply(connection: Connection) -> None:
    """Apply what is missing, inside the caller's transaction."""
    MIGRATIONS.apply(Database(connection))
