"""Atom feeds of changes (RFC 4287). Pure."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from scraper.report.documents import atom_entry
from scraper.report.spans import safe

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from scraper.model import Change

MEDIA_TYPE = "application/atom+xml; charset=utf-8"


def feed_of(
    scope: str = "", called: str = "Government pages", *, silent_only: bool = False
) -> tuple[str, str]:
    """Return the name and the title of a feed.

    Args:
        scope: `site/cdc`, `page/12`, or empty for everything.
        called: What that is for people.
        silent_only: It tells only what pages do not own up to.
    """
    if not silent_only:
        return scope or "all", f"{called}: every change"
    name = f"{scope}/undisclosed".removeprefix("/")
    return name, f"{called}: changes they do not own up to"


def atom_feed(
    changes: Iterable[Change],
    *,
    name: str,
    title: str,
    made_at: datetime,
    self_url: str | None = None,
) -> str:
    """Return a feed with one entry for each change, the newest first.

    An entry never differs once it was told; readers tell entries apart by id.

    Args:
        changes: What it tells, in any order.
        name: Which feed, as a path: `all`, `undisclosed`, `site/cdc`, `page/12`.
        title: For people.
        made_at: Its time while it has no entries.
        self_url: Where it can be fetched.
    """
    ordered = sorted(
        changes, key=lambda change: (change.new_first_seen_at, change.id), reverse=True
    )
    updated = ordered[0].new_first_seen_at if ordered else made_at
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        f"<id>urn:govwatch:feed:{_escaped(name)}</id>",
        f"<title>{_escaped(title)}</title>",
        f"<updated>{updated.isoformat()}</updated>",
        "<author><name>Govwatch</name></author>",
        "<generator>Govwatch</generator>",
    ]
    if self_url:
        kind = MEDIA_TYPE.partition(";")[0]
        lines.append(f'<link rel="self" type="{kind}" href="{_escaped(self_url)}"/>')
    return "\n".join([*lines, *map(atom_entry, ordered), "</feed>", ""])


def _escaped(text: str) -> str:
    return escape(safe(text))
