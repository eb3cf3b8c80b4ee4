"""What Datasette is told of the record: tables, columns, facets, saved questions."""

from __future__ import annotations

from html import escape
from typing import Final

from datasette.utils import tilde_encode

from scraper.store.handbook import described as tables_described
from scraper.store.questions import QUESTIONS

TOLD: Final = frozenset({"title", "description", "databases"})
"""What `described` has at its top."""

_FACETS: Final = {
    "changes": ["disclosure"],
    "edits": ["field", "op"],
    "events": ["kind", "site"],
    "pages": ["state", "site", "kind"],
    "removed_pages": ["state", "site"],
    "versions": ["origin", "kind"],
}
"""Not of `recent_changes`: its facets would count all that was ever changed."""
_NEWEST_FIRST: Final = {
    "changes": "new_first_seen_at",
    "events": "first_seen_at",
    "captures": "captured_at",
    "versions": "first_seen_at",
}
_HIDDEN: Final = frozenset(
    {
        "bodies",
        "body_parts",
        "dictionaries",
        "furniture_moves",
        "noise_sightings",
        "page_furniture",
        "furniture_dictionaries",
        "connections",
        "headers",
        "housekeeping",
        "link_lists",
        "passage_lists",
        "readings",
        "replacements",
        "version_images",
    }
)
"""What the views put together; Datasette lists it below the rest, on request."""
_BEGIN_WITH: Final = ("recent_changes", "mass_edits", "removed_pages", "phrase_history")
_TABLES: Final = tuple(tables_described())


def described(database: str) -> dict[str, object]:
    """Return Datasette's metadata, anew each time: Datasette writes into it."""
    tables: dict[str, object] = {}
    for table in _TABLES:
        told: dict[str, object] = {
            "description": table.holds,
            "columns": dict(table.columns),
        }
        if facets := _FACETS.get(table.name):
            told["facets"] = [*facets]
        if newest := _NEWEST_FIRST.get(table.name):
            told["sort_desc"] = newest
        if table.name in _HIDDEN:
            told["hidden"] = True
        tables[table.name] = told
    tables["_sqlite_migrations"] = {"hidden": True}
    return {
        "title": "Govwatch",
        "description": "What was changed on government news pages, and when.",
        "databases": {
            database: {
                "description_html": _beginning(database),
                "tables": tables,
            }
        },
    }


def _beginning(database: str) -> str:
    """Return where to begin: the views stand below all tables."""
    # Relative to the database's own page, wherever Datasette is served.
    links = ", ".join(
        f'<a href="{escape(tilde_encode(database))}/{view}">{view}</a>'
        for view in _BEGIN_WITH
    )
    return (
        "Every version and every change of the pages watched. Times are UTC. Begin with"
        f" one of the views: {links}."
    )


def questions() -> dict[str, object]:
    """Return the saved questions as Datasette's queries.

    A query of a table's name would hide the table, so each name starts with `ask-`.
    """
    return {
        f"ask-{question.name}": {
            "sql": question.sql,
            "title": question.asks,
            "description": _example(question.example),
        }
        for question in QUESTIONS
    }


def _example(example: object) -> str:
    if not isinstance(example, dict) or not example:
        return ""
    return "For example " + ", ".join(f"{k}: {v}" for k, v in example.items())
