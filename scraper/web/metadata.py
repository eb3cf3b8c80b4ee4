"""What Datasette is told of the record: tables, columns, facets, saved questions."""

from __future__ import annotations

from typing import Final

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
    }
)
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
                "description": "Every version and every change of the pages watched."
                " Times are UTC. The views come first: start with recent_changes.",
                "tables": tables,
            }
        },
    }


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
