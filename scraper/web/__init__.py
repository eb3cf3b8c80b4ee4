"""The record in a browser: a Datasette plugin, by entry point.

It adds the pages that people want to Datasette's own tables, SQL, JSON and CSV, and
stands guard over all of them. It does nothing where no database is one of ours.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from datasette import hookimpl
from markupsafe import Markup

from scraper.web import answers, metadata
from scraper.web.guard import guarded
from scraper.web.ours import links, our_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from datasette.app import Datasette
    from datasette.utils.asgi import Request

    from scraper.web.guard import Application

_REF = re.compile(r"[a-z2-7]{12}")


@hookimpl
def register_routes(datasette: Datasette) -> list[tuple[str, object]]:
    """Add our pages; the first page too, where nothing else is served."""
    database = our_database(datasette)
    return [] if database is None else answers.routes(datasette, database)


@hookimpl
def asgi_wrapper(datasette: Datasette) -> Callable[[Application], Application]:
    """Guard every answer, Datasette's own included."""
    if our_database(datasette) is None:
        return lambda application: application
    return lambda application: guarded(application, answers.settings(datasette))


@hookimpl
def get_metadata(datasette: Datasette, key: str | None) -> dict[str, object]:
    """Describe tables and columns.

    For each table that a page names Datasette asks who may see it, and copies the whole
    answer; it is empty unless it is asked for what we tell.
    """
    database = our_database(datasette)
    if database is None or (key is not None and key not in metadata.TOLD):
        return {}
    return metadata.described(database.name)


@hookimpl
def canned_queries(datasette: Datasette, database: str) -> dict[str, object]:
    """Offer the saved questions."""
    ours = our_database(datasette)
    is_ours = ours is not None and ours.name == database
    return metadata.questions() if is_ours else {}


@hookimpl
def menu_links(datasette: Datasette) -> list[dict[str, str]]:
    """Lead from Datasette's pages back to ours."""
    database = our_database(datasette)
    if database is None:
        return []
    to = links(datasette, database)
    return [
        {"href": to.timeline(), "label": "Timeline"},
        {"href": to.phrase(), "label": "Phrases"},
        {"href": to.sites(), "label": "Sites"},
    ]


@hookimpl(hookwrapper=True)
def handle_exception(
    datasette: Datasette, request: Request, exception: Exception
) -> Iterator[None]:
    """Answer errors, ours and Datasette's, in place of Datasette's own handler.

    Where `rich` is installed, as here, that one prints a traceback with every value to
    the console, and fails on an address that nobody knows.
    """
    outcome: Any = yield
    database = our_database(datasette)
    if database is not None:
        answer = answers.apology(links(datasette, database), request, exception)
        outcome.force_result([answer])


@hookimpl
def render_cell(
    value: object, column: str, database: str, datasette: Datasette
) -> Markup | None:
    """Show a ref as a link to its change."""
    if column != "ref" or not isinstance(value, str) or not _REF.fullmatch(value):
        return None
    ours = our_database(datasette)
    if ours is None or ours.name != database:
        return None
    href = links(datasette, ours).change(value)
    return Markup('<a href="{}">{}</a>').format(href, value)
