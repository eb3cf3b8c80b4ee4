"""What is known of a site: hosts, layouts, suggested watches."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, timedelta

    from scraper.model.article import ArticleKind


class WatchKind(StrEnum):
    """What a watch follows."""

    ARTICLE = "article"
    LISTING = "listing"
    FEED = "feed"
    SITEMAP = "sitemap"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveHours:
    """The hours of each day in which a watch looks: `07:00-19:00 America/New_York`.

    Attributes:
        opens: Local time; `closes` too, the next morning where it is not later.
        zone: IANA name of the place whose time it is.
    """

    opens: time
    closes: time
    zone: str

    @classmethod
    def parse(cls, text: str) -> ActiveHours:
        """Read what `str` wrote; UTC where no zone is named.

        Raises:
            ValueError: It is of another form. Whether the zone exists is not looked up.
        """
        found = re.fullmatch(
            r"(\d\d:\d\d)-(\d\d:\d\d)(?: +([A-Za-z0-9_+/-]+))?", text.strip()
        )
        if found is None:
            msg = f"{text!r} is not like 07:00-19:00 America/New_York"
            raise ValueError(msg)
        opens, closes = time.fromisoformat(found[1]), time.fromisoformat(found[2])
        if opens == closes:
            msg = f"{text!r}: opens when it closes"
            raise ValueError(msg)
        return cls(opens=opens, closes=closes, zone=found[3] or "UTC")

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes:%H:%M} {self.zone}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The selectors in force on a site from a date.

    Attributes:
        name: Unique within the site, e.g. `dgov2`.
        since: First day of captures it reads; None for the oldest layout.
        detect: CSS selectors of which a page must hold one; empty: it reads any page.
        fields: Field name to CSS selectors in the order they are tried: `title`,
            `published`, `updated`, `byline`, `root` (all of the story, with its
            pictures), `body` (its text), `related`; on a listing `listed` (one
            element for each story) and, inside it, `listed_title` and `listed_date`.
        remove: CSS selectors of boilerplate that generic rules do not know.
        kind: The kind of article this layout's pages are, where it is always one.
        unverified: Those of the selectors that nobody has yet seen answer on a real
            page. How a selector is marked says nothing of how pages are read, so it
            is left out of the `repr` that reading rules are fingerprinted by.
    """

    name: str
    since: date | None = None
    detect: tuple[str, ...] = ()
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    kind: ArticleKind | None = None
    unverified: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A host name of a site and the days on which it was the site's.

    Attributes:
        name: Lower-case ASCII, e.g. `www.war.gov`; `*.war.gov` covers all below it.
        since: First day, None when it always was.
        until: Last day, None while it still is.
    """

    name: str
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSuggestion:
    """A watch that a site file offers; `watch add SITE` takes it up."""

    url: str
    kind: WatchKind
    every: timedelta | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What we know of one site: its file in `config/sites/`, as a value.

    Attributes:
        site: Short name, the file's stem, e.g. `defense`.
        title: Publisher's name for people.
        hosts: Hosts, the current ones first.
        family: Platform family whose layouts it shares, e.g. `afpims`.
        article_id: Regular expression whose first group is the publisher's own id of
            an article, matched against the URL's path.
        layouts: Newest first; the first whose `since` is not after a capture and that
            knows the page by `detect` reads it. A site's own come before its family's.
        watches: Suggestions.
        notes: Dated remarks on surprises, newest first.
    """

    site: str
    title: str
    hosts: tuple[Host, ...]
    family: str | None = None
    article_id: str | None = None
    layouts: tuple[Layout, ...] = ()
    watches: tuple[WatchSuggestion, ...] = ()
    notes: tuple[str, ...] = ()
