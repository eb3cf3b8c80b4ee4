"""Our pages: what each reads from the record and shows."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from itertools import groupby
from typing import TYPE_CHECKING, Final, get_args
from urllib.parse import urlencode

from scraper import report
from scraper.comparison import compare, settle
from scraper.model import EventKind
from scraper.store import Wanted
from scraper.web import rendering
from scraper.web.rendering import look_strip, rendered, version_strip

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from scraper.model import Article, Change, Comparison, Version, VersionId
    from scraper.model import Page as WatchedPage
    from scraper.store import Store, TimelineLine
    from scraper.web.ours import Links

_A_PAGE: Final = 50
_A_LIST: Final = 100
_OF_A_GROUP: Final = 10
"""Pages of what happened to many that the timeline names; its own page has all."""
_FEED_LENGTH: Final = 100
_FILTERS: Final = ("kind", "silent", "site", "until", "weight", "words")
_MOST_PAGES: Final = 100
_CADENCE_SPAN: Final = timedelta(days=7)
_LOOKS_SPAN: Final = timedelta(days=60)


class NotThereError(Exception):
    """What was asked for is not on record; the message is for the reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request.

    Attributes:
        zone: The operator's, None for that of this machine.
        origin: Where we are asked, as `https://news.example.org`.
        path: What stands for `ref` or `id` in the path.
        query: Each parameter's first value.
    """

    to: Links
    zone: tzinfo | None
    now: datetime
    origin: str
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """Return a parameter, empty where it is not given."""
        return self.query.get(name, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One answer."""

    body: bytes
    status: HTTPStatus = HTTPStatus.OK
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


def _shown(template: str, asked: Asked, values: Mapping[str, object]) -> Page:
    shared = {"to": asked.to, "zone": asked.zone, "asked": asked, "here": ""}
    page = rendered(template, **(shared | dict(values)))
    return Page(body=page.encode())


# The timeline.


def timeline(store: Store, asked: Asked) -> Page:
    """Show events, newest first, by day."""
    wanted = _wanted(asked)
    filters = _filters(asked)
    found = store.browsing.timeline(wanted, limit=_A_PAGE + 1)
    lines, rest = found[:_A_PAGE], found[_A_PAGE:]
    days = [
        (day, [*mine])
        for day, mine in groupby(lines, key=lambda line: rendering.day(line.at))
    ]
    return _shown(
        "timeline.html",
        asked,
        {
            "here": "timeline",
            "days": days,
            "filters": filters,
            "lasting": _lasting(filters),
            "told": _told(filters),
            "members": {
                line.id: store.browsing.members(line.id, limit=_OF_A_GROUP)
                for line in lines
                if line.pages is not None
            },
            "is_filtered": bool(filters),
            "older": _cursor(lines[-1]) if rest else None,
            "kinds": get_args(EventKind),
            "sites": store.browsing.sites(),
        },
    )


def feed(store: Store, asked: Asked) -> Page:
    """Give the timeline as an Atom feed (RFC 4287): what happened, changes in full."""
    wanted = replace(_wanted(asked), before=None)  # a feed has no end
    lines = store.browsing.timeline(wanted, limit=_FEED_LENGTH)
    entries = [
        (line, report.html(found) if found is not None else "")
        for line in lines
        for found in [None if line.ref is None else store.change(line.ref)]
    ]
    filters = _lasting(_filters(asked))
    shown = _shown(
        "timeline.atom",
        asked,
        {
            "name": f"timeline?{urlencode(filters)}" if filters else "timeline",
            "title": ", ".join(map("=".join, filters.items())) or "what happened",
            "updated": max((line.confirmed_at for line in lines), default=asked.now),
            "filters": filters,
            "entries": entries,
        },
    )
    return replace(shown, content_type=report.MEDIA_TYPE)


def _filters(asked: Asked) -> dict[str, str]:
    """Return what the timeline was asked for, in one order, for its own links."""
    return {name: asked.get(name) for name in _FILTERS if asked.get(name)}


def _lasting(filters: Mapping[str, str]) -> dict[str, str]:
    """Return the filters without the day until which was asked."""
    return {name: value for name, value in filters.items() if name != "until"}


def _told(filters: Mapping[str, str]) -> list[str]:
    """Return what was asked for in words, for a tab's or a bookmark's title."""
    spoken = {
        "kind": rendering.kind_name(filters.get("kind", "")),
        "silent": "undisclosed",
        "until": f"until {filters.get('until')}",
        "weight": f"of significance {filters.get('weight')} or more",
        "words": f"\u201c{filters.get('words')}\u201d",
    }
    return [spoken.get(name, value) for name, value in filters.items()]


def _wanted(asked: Asked) -> Wanted:
    kind = asked.get("kind")
    weight = 0.0
    with contextlib.suppress(ValueError):
        # In this order, or not-a-number would go through.
        weight = min(1.0, max(0.0, float(asked.get("weight") or 0)))
    return Wanted(
        site=asked.get("site") or None,
        kind=next((known for known in get_args(EventKind) if known == kind), None),
        # A group says nothing of words, kinds and disclosure: then each page does.
        together=not any(map(asked.get, ("words", "kind", "silent"))),
        silent=asked.get("silent") == "1",
        min_significance=weight,
        words=asked.get("words")[:200],
        before=_before(asked.get("before")) or _end_of(asked.get("until")),
    )


def _before(cursor: str) -> tuple[datetime, int] | None:
    at, _, event_id = cursor.partition("_")
    moment, number = _moment(at), _number(event_id)
    return None if moment is None or number is None else (moment, number)


def _end_of(day: str) -> tuple[datetime, int] | None:
    """Return what comes before the day after `day`; None where it is none."""
    moment = _moment(day)
    return None if moment is None else (moment + timedelta(days=1), 0)


def _number(told: str) -> int | None:
    """Read a number as our links write it; None where it is none."""
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 19 else None


def _cursor(line: TimelineLine) -> str:
    return f"{rendering.iso(line.at)}_{line.id}"


def _moment(text: str) -> datetime | None:
    """Read a day or a time as a person or a link writes it; UTC where it says none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not 1 < moment.year < 9999:  # no zone's offset and no day can be added there
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def group(store: Store, asked: Asked) -> Page:
    """Show what happened to many pages at once, page by page."""
    event = store.browsing.event(int(asked.path["id"]))
    if event is None or event.pages is None:
        raise NotThereError(f"There is no group {asked.path['id']} on record.")
    after = _number(asked.get("after"))
    found = store.browsing.members(event.id, limit=_A_LIST + 1, after=after)
    members, rest = found[:_A_LIST], found[_A_LIST:]
    return _shown(
        "group.html",
        asked,
        {
            "event": event,
            "members": members,
            "is_first": after is None,
            "next": members[-1].page_id if rest else None,
        },
    )


# Changes.


def change(store: Store, asked: Asked) -> Page:
    """Show one change word by word, with its evidence."""
    found = _change(store, asked)
    before, after = (
        settle(_version(store, version_id).article)
        for version_id in (found.old_version, found.new_version)
    )
    return _shown(
        "change.html",
        asked,
        {
            "change": found,
            "groups": store.browsing.groups_of(found.id),
            "proof": store.browsing.proof(found),
            "facts": report.facts(found),
            "view": _view(asked),
            "view_links": _view_links(asked.to.change(found.ref)),
            **_differences(found.comparison, before, after),
        },
    )


def evidence(store: Store, asked: Asked) -> Page:
    """Give the archive that others can check without us."""
    found = _change(store, asked)
    stream = io.BytesIO()
    store.evidence(found, stream, comparison_page=report.html_page(found))
    return Page(
        body=stream.getvalue(),
        content_type="application/zip",
        headers={
            "content-disposition": f'attachment; filename="govwatch-{found.ref}.zip"'
        },
    )


def _change(store: Store, asked: Asked) -> Change:
    found = store.change(asked.path["ref"])
    if found is None:
        raise NotThereError(f"There is no change {asked.path['ref']} on record.")
    return found


def _version(store: Store, version_id: VersionId) -> Version:
    found = store.version(version_id)
    if found is None:
        raise NotThereError(f"There is no version {version_id} on record.")
    return found


def _view(asked: Asked) -> str:
    return "inline" if asked.get("view") == "inline" else "sides"


def _view_links(here: str) -> Mapping[str, str]:
    joint = "&" if "?" in here else "?"
    return {"sides": here, "inline": f"{here}{joint}view=inline"}


def _differences(
    comparison: Comparison, before: Article, after: Article
) -> Mapping[str, object]:
    return {
        "comparison": comparison,
        "fields": report.field_sides(comparison),
        "text": report.text_sides(comparison, before, after),
    }


# Pages.


def find(store: Store, asked: Asked) -> Page:
    """Lead to the page of an address."""
    address = asked.get("url")
    found = None
    if not address.isdecimal():  # a number would be a page's own
        found = store.page(address) or store.page(f"{address.rstrip('/')}/")
    if found is None:
        raise NotThereError(f"No page of the address {address} is on record.")
    return Page(
        body=b"",
        status=HTTPStatus.SEE_OTHER,
        headers={"location": asked.to.page(found.id)},
    )


def page(store: Store, asked: Asked) -> Page:
    """Show a page's life: versions, events, addresses, looks."""
    found = _page(store, asked)
    browsing = store.browsing
    before = _number(asked.get("before"))
    history = browsing.history(found.id, limit=_A_LIST + 1, before=before)
    versions, rest = history[:_A_LIST], history[_A_LIST:]
    events = browsing.timeline(Wanted(page_id=found.id), limit=_A_LIST + 1)
    looks = browsing.looks(found.id, days=_LOOKS_SPAN.days)
    return _shown(
        "page.html",
        asked,
        {
            "page": found,
            "versions": versions,
            "versions_strip": version_strip(versions[::-1]),
            "how_many": browsing.count_versions(found.id),
            "is_newest": before is None,
            "older": versions[-1].number if rest else None,
            "events": events[:_A_LIST],
            "is_cut": len(events) > _A_LIST,
            "addresses": browsing.addresses(found.id),
            "looks": looks,
            "looks_strip": look_strip(looks),
            "gaps": store.gaps(page_id=found.id, limit=20),
        },
    )


def text(store: Store, asked: Asked) -> Page:
    """Show what a page said: a version, or the text as of a day."""
    found = _page(store, asked)
    version = _asked_version(store, found, asked)
    near = (version.number - 1, version.number + 1)
    return _shown(
        "text.html",
        asked,
        {
            "page": found,
            "version": version,
            "near": [n for n in near if store.browsing.numbered(found.id, n)],
        },
    )


def _asked_version(store: Store, found: WatchedPage, asked: Asked) -> Version:
    if number := asked.get("version"):
        return _numbered(store, found, number)
    at = asked.get("at")
    moment = _moment(at)
    if moment is None:
        raise NotThereError(f"{at or 'Nothing'} is not a day: write 2026-11-23.")
    # A day means what the page said when it ended.
    is_day = len(at) == len("2026-11-23")
    version = store.version_at(found.id, moment + timedelta(days=1) * is_day)
    if version is None:
        raise NotThereError(f"On {at} this page had not been seen yet.")
    return version


def compare_versions(store: Store, asked: Asked) -> Page:
    """Show what differs between any two versions of a page."""
    found = _page(store, asked)
    numbers = {"old": asked.get("old"), "new": asked.get("new")}
    old, new = (_numbered(store, found, number) for number in numbers.values())
    if old.first_seen_at > new.first_seen_at:
        old, new = new, old
    compared = compare(old.article, new.article)
    differences = (
        {"comparison": None, "fields": [], "text": []}
        if compared is None
        else _differences(compared, settle(old.article), settle(new.article))
    )
    return _shown(
        "compare.html",
        asked,
        {
            "page": found,
            "old": old,
            "new": new,
            "view": _view(asked),
            "view_links": _view_links(asked.to.compare(found.id, **numbers)),
            **differences,
        },
    )


def _page(store: Store, asked: Asked) -> WatchedPage:
    found = store.page(int(asked.path["id"]))
    if found is None:
        raise NotThereError(f"There is no page {asked.path['id']} on record.")
    return found


def _numbered(store: Store, found: WatchedPage, told: str) -> Version:
    number = _number(told)
    version_id = number and store.browsing.numbered(found.id, number)
    if not version_id:
        raise NotThereError(f"This page has no version {told or 'of no number'}.")
    return _version(store, version_id)


# Phrases and sites.


def phrase(store: Store, asked: Asked) -> Page:
    """Show where and when a phrase stood."""
    words = asked.get("words")[:200]
    stays = store.phrase(words, most_pages=_MOST_PAGES) if words.strip() else []
    pages = len({stay.page_id for stay in stays})
    return _shown(
        "phrase.html",
        asked,
        {
            "here": "phrase",
            "words": words,
            "stays": stays,
            "pages": pages,
            "is_cut": pages == _MOST_PAGES,
        },
    )


def sites(store: Store, asked: Asked) -> Page:
    """Show how every host fares and how often it is looked at."""
    return _shown(
        "sites.html",
        asked,
        {
            "here": "sites",
            "sources": store.browsing.sources(since=asked.now - _CADENCE_SPAN),
            "noise": store.known_noise(),
            "days": _CADENCE_SPAN.days,
            "now": asked.now,
        },
    )
