"""Which of the databases that Datasette serves is a record of ours, and its URLs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from scraper.store import is_record

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.database import Database

    from scraper.store import TimelineLine


def our_database(datasette: Datasette) -> Database | None:
    """Return the first database that is a record of ours, None if none is.

    Datasette asks its plugins many times for each page, so the answer is kept with it
    until it serves another number of databases.
    """
    served = len(datasette.databases)
    known = getattr(datasette, "_govwatch", None)
    if known is None or known[0] != served:
        known = (served, _first_record(datasette))
        datasette._govwatch = known  # noqa: SLF001 - ours, on their object
    return known[1]


def _first_record(datasette: Datasette) -> Database | None:
    for database in datasette.databases.values():
        if database.path is not None and is_record(Path(database.path)):
            return database
    return None


def is_alone(datasette: Datasette) -> bool:
    """Whether Datasette serves one database and no other."""
    return sum(not name.startswith("_") for name in datasette.databases) == 1


@dataclass(frozen=True, slots=True)
class Links:
    """The addresses of our pages and of Datasette's beside them.

    Attributes:
        base: What all of them begin with; ends in a slash.
        database: Datasette's name for the record, as it stands in a URL.
    """

    base: str
    database: str

    def timeline(self, **asked: str) -> str:
        """Return the timeline's, with filters."""
        return self._ours("timeline", asked)

    def feed(self, **asked: str) -> str:
        """Return that of the timeline as an Atom feed."""
        return self._ours("timeline.atom", asked)

    def group(self, event_id: int, **asked: str) -> str:
        """Return that of what happened to many pages at once."""
        return self._ours(f"group/{event_id}", asked)

    def event(self, line: TimelineLine) -> str:
        """Return that of the page that says the most of an event."""
        if line.ref is not None:
            return self.change(line.ref)
        if line.pages is not None:
            return self.group(line.id)
        if line.page_id is not None:
            return self.page(line.page_id)
        return self.timeline(site=line.site or "")

    def change(self, ref: str, **asked: str) -> str:
        """Return a change's."""
        return self._ours(f"change/{quote(ref, safe='')}", asked)

    def evidence(self, ref: str) -> str:
        """Return that of a change's evidence."""
        return self._ours(f"change/{quote(ref, safe='')}/evidence.zip", {})

    def page(self, page_id: int, **asked: str) -> str:
        """Return that of a page's history."""
        return self._ours(f"page/{page_id}", asked)

    def text(self, page_id: int, **asked: str) -> str:
        """Return that of a page's text, by version or day."""
        return self._ours(f"page/{page_id}/text", asked)

    def compare(self, page_id: int, **asked: str) -> str:
        """Return that of two versions of a page."""
        return self._ours(f"page/{page_id}/compare", asked)

    def find(self) -> str:
        """Return that which finds a page by its address."""
        return self._ours("page", {})

    def phrase(self, **asked: str) -> str:
        """Return that of the search for a phrase."""
        return self._ours("phrase", asked)

    def sites(self) -> str:
        """Return that of the sites."""
        return self._ours("sites", {})

    def tables(self, table: str = "", **asked: str) -> str:
        """Return that of Datasette's page of the record, or of a table.

        Views that grow are asked for with `_nocount`: Datasette would count all rows.
        """
        path = f"{self.base}{self.database}" + (f"/{table}" if table else "")
        return path + (f"?{urlencode(asked)}" if asked else "")

    def static(self, name: str) -> str:
        """Return that of a file of ours."""
        return f"{self.base}-/static-plugins/govwatch/{name}"

    def _ours(self, path: str, asked: dict[str, str]) -> str:
        told = urlencode({name: value for name, value in asked.items() if value})
        return f"{self.base}-/{path}" + (f"?{told}" if told else "")


def links(datasette: Datasette, database: Database) -> Links:
    """Return the addresses under which this Datasette serves `database`."""
    base = datasette.setting("base_url")
    return Links(base, str(datasette.urls.database(database.name)).removeprefix(base))
