"""Atom feeds as files: of everything, of undisclosed changes, by site and by page."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urljoin

from scraper import report
from scraper.errors import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from scraper.model import Change, PageId

MOST_ENTRIES: Final = 100
_CAUGHT_UP: Final = 500


class Changes(Protocol):
    """Returns changes, newest first: `Store.changes`."""

    def __call__(
        self,
        *,
        site: str | None = None,
        page_id: PageId | None = None,
        silent_only: bool = False,
        limit: int = 50,
    ) -> list[Change]:
        """Return those that meet every condition given."""


@dataclass(kw_only=True)
class FeedFolder:
    """A folder of feeds, kept up to date.

    Attributes:
        folder: Where `all.xml`, `undisclosed.xml`, `site/NAME.xml` and
            `page/NUMBER.xml` are.
        base_url: Where that folder can be fetched, None: nowhere.
        changes: All that are recorded.
        clock: The time, aware.
    """

    folder: Path
    base_url: str | None
    changes: Changes
    clock: Callable[[], datetime]
    _told: int | None = field(default=None)

    def refresh(self) -> None:
        """Write the feeds that have something new; at first, all of them.

        Raises:
            DeliveryError: The folder cannot be written.
        """
        recent = self.changes(limit=_CAUGHT_UP)
        newest = max((change.id for change in recent), default=0)
        if newest == self._told:
            return
        told = self._told or 0
        new = [change for change in recent if change.id > told]
        try:
            for name, text in self._feeds(new):
                _replace(self.folder / f"{name}.xml", text)
        except OSError as exc:
            raise DeliveryError(
                f"{self.folder}: feeds cannot be written: {exc.strerror or exc}"
            ) from exc
        self._told = newest

    def _feeds(self, new: list[Change]) -> Iterator[tuple[str, str]]:
        every = self.changes(limit=MOST_ENTRIES)
        yield self._feed(report.feed_of(), every)
        silent = self.changes(silent_only=True, limit=MOST_ENTRIES)
        yield self._feed(report.feed_of(silent_only=True), silent)
        for site in sorted({change.site for change in new if change.site}):
            if re.fullmatch(r"[a-z0-9][a-z0-9.-]*", site):
                found = self.changes(site=site, limit=MOST_ENTRIES)
                yield self._feed(report.feed_of(f"site/{site}", site), found)
        pages = {change.page_id: change for change in new}
        for page_id, change in sorted(pages.items()):
            found = self.changes(page_id=page_id, limit=MOST_ENTRIES)
            called = change.title or change.page_url
            yield self._feed(report.feed_of(f"page/{page_id}", called), found)

    def _feed(self, told: tuple[str, str], found: list[Change]) -> tuple[str, str]:
        name, title = told
        return name, report.atom_feed(
            found,
            name=name,
            title=title,
            made_at=self.clock(),
            self_url=self.base_url and urljoin(self.base_url, f"{name}.xml"),
        )


def _replace(file: Path, text: str) -> None:
    """Write a file that is never seen half-written."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f".{file.name}.new")
    new.write_text(text, "utf-8")
    os.replace(new, file)  # noqa: PTH105 - atomic, and says so
