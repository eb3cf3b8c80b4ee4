"""Requests to answers: reads what was asked, opens the record, renders a page."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from traceback import format_exception
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from datasette.utils.asgi import Response
from markupsafe import Markup

from scraper.errors import ConfigError, StoreError
from scraper.store import Store
from scraper.web import pages
from scraper.web.guard import SHORTEST_TOKEN, Door
from scraper.web.ours import is_alone, links
from scraper.web.pages import Asked, NotThereError, Page
from scraper.web.rendering import PAGE_POLICY, rendered

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from datasette.app import Datasette
    from datasette.database import Database
    from datasette.utils.asgi import Request

    from scraper.web.ours import Links

TOKEN_VARIABLE = "GOVWATCH_TOKEN"  # noqa: S105 - where it is, not what

_LOG = structlog.get_logger()
_ROUTES: tuple[tuple[str, Callable[[Store, Asked], Page]], ...] = (
    (r"^/-/timeline$", pages.timeline),
    (r"^/-/timeline\.atom$", pages.feed),
    (r"^/-/group/(?P<id>\d{1,18})$", pages.group),
    (r"^/-/change/(?P<ref>[^/]+)$", pages.change),
    (r"^/-/change/(?P<ref>[^/]+)/evidence\.zip$", pages.evidence),
    (r"^/-/page$", pages.find),
    (r"^/-/page/(?P<id>\d{1,18})$", pages.page),
    (r"^/-/page/(?P<id>\d{1,18})/text$", pages.text),
    (r"^/-/page/(?P<id>\d{1,18})/compare$", pages.compare_versions),
    (r"^/-/phrase$", pages.phrase),
    (r"^/-/sites$", pages.sites),
)


def routes(datasette: Datasette, database: Database) -> list[tuple[str, object]]:
    """Return our pages for Datasette, and the way from `/` to the timeline."""
    found = [(path, _answering(view, database)) for path, view in _ROUTES]
    if is_alone(datasette):
        found.append((r"^/$", _to_timeline))
    return found


async def _to_timeline(datasette: Datasette) -> Response:
    base = datasette.setting("base_url")
    return Response.redirect(f"{base}-/timeline")


def settings(datasette: Datasette) -> Door:
    """Return who is let in, from the environment and the plugin's configuration.

    Raises:
        ConfigError: A token too short to keep anyone out.
    """
    token = os.environ.get(TOKEN_VARIABLE) or None
    if token is not None and len(token) < SHORTEST_TOKEN:
        problem = f"a token has {SHORTEST_TOKEN} characters or more"
        raise ConfigError("environment", TOKEN_VARIABLE, problem)
    told = datasette.plugin_config("govwatch") or {}
    base = datasette.setting("base_url")
    return Door(
        token=token,
        names=frozenset(str(name).lower() for name in told.get("names", ())),
        enter=f"{base}-/enter",
        style=f"{base}-/static-plugins/govwatch/govwatch.css",
    )


def _zone(datasette: Datasette) -> tzinfo | None:
    """Return the operator's zone, None for that of this machine."""
    name = (datasette.plugin_config("govwatch") or {}).get("time_zone")
    try:
        return None if name is None else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as exc:
        raise ConfigError("plugins", "govwatch.time_zone", f"unknown: {name}") from exc


def _answering(view: Callable[[Store, Asked], Page], database: Database) -> object:
    async def answer(datasette: Datasette, request: Request) -> Response:
        await datasette.ensure_permissions(
            request.actor, [("view-database", database.name), "view-instance"]
        )
        asked = Asked(
            to=links(datasette, database),
            zone=_zone(datasette),
            now=datetime.now(UTC),
            origin=datasette.absolute_url(request, "/").removesuffix("/"),
            path=request.url_vars,
            query={name: request.args[name].strip() for name in request.args},
        )
        # The record is opened for each page: it may be replaced while we run, and no
        # page waits for another's reading.
        made = await asyncio.to_thread(_made, view, Path(database.path), asked)
        return Response(
            b"" if request.method == "HEAD" else made.body,
            status=int(made.status),
            headers={
                "content-security-policy": PAGE_POLICY,
                "cache-control": "private, no-cache",
            }
            | dict(made.headers),
            content_type=made.content_type,
        )

    return answer


def _made(view: Callable[[Store, Asked], Page], path: Path, asked: Asked) -> Page:
    try:
        with Store.open(path, mode="read", clock=lambda: asked.now) as store:
            return view(store, asked)
    except NotThereError as exc:
        return _sorry(asked, HTTPStatus.NOT_FOUND, str(exc))
    except StoreError as exc:
        return _sorry(asked, HTTPStatus.CONFLICT, str(exc))


def _sorry(asked: Asked, status: HTTPStatus, why: str) -> Page:
    return Page(body=_apologetic(asked.to, why, status).encode(), status=status)


def _apologetic(to: Links, why: str, status: int) -> str:
    is_there = status != HTTPStatus.NOT_FOUND
    heading = "This cannot be shown" if is_there else "Not here"
    return rendered("sorry.html", to=to, here="", zone=None, heading=heading, why=why)


def apology(to: Links, request: Request, exception: Exception) -> Response:
    """Return the answer to an error: what Datasette means to say, or that we failed."""
    status = getattr(exception, "status", HTTPStatus.INTERNAL_SERVER_ERROR)
    why = str(getattr(exception, "message", None) or exception)
    if status == HTTPStatus.NOT_FOUND:
        why = "There is no page of this address."
    elif status == HTTPStatus.INTERNAL_SERVER_ERROR:
        # As text: structlog's own way shows every value, and so what pages said.
        told = "".join(format_exception(exception))
        _LOG.error("page_failed", path=request.path, traceback=told)
        why = "This page could not be made; the log of the server says why."
    elif getattr(exception, "message_is_html", False):
        why = Markup(why).striptags()  # noqa: S704 - Datasette escaped it
    if request.path.endswith(".json"):
        answer = {"ok": False, "error": why, "status": int(status)}
        return Response.json(answer, status=int(status))
    page = _apologetic(to, why, status)
    headers = {"content-security-policy": PAGE_POLICY}
    return Response.html(page, status=int(status), headers=headers)
