"""Fixtures of sites: pages kept with the article that must be read from them.

A case is a folder `SITE/CASE/` with `page.html`, `meta.toml` (`url`, and where it
matters `captured_at`) and `article.json`, the article as plain values.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, cast

from scraper import document, extraction, urls
from scraper.config import profile_for
from scraper.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from scraper.config import Profiles
    from scraper.model import JsonValue

Fields = dict[str, "JsonValue"]


@dataclass(frozen=True, slots=True)
class Case:
    """One fixture.

    Attributes:
        folder: Where its three files are.
        site: The site file it belongs to.
        url: Where the page came from.
        captured_at: Chooses among dated layouts; None takes the newest.
    """

    folder: Path
    site: str
    url: str
    captured_at: datetime | None

    @property
    def name(self) -> str:
        """The site and the case, as they are spelled on the command line."""
        return f"{self.site}/{self.folder.name}"

    def read(self, profiles: Profiles) -> Fields:
        """Return the article that is read from the page today, as plain values."""
        page = self.folder / "page.html"
        opened = document.parse(
            page.read_bytes(), url=self.url, content_type="text/html"
        )
        profile = profile_for(profiles, urls.host(self.url))
        reading = extraction.read(opened, profile=profile, captured_at=self.captured_at)
        plain: Fields = json.loads(json.dumps(reading.article.as_dict()))
        return plain

    def expected(self) -> Fields | None:
        """Return the article on file; None where there is none yet."""
        file = self.folder / "article.json"
        if not file.is_file():
            return None
        return cast("Fields", json.loads(file.read_text("utf-8")))

    def accept(self, article: Fields) -> None:
        """Put `article` on file as the right one."""
        text = json.dumps(article, ensure_ascii=False, indent=1) + "\n"
        (self.folder / "article.json").write_text(text, "utf-8")


def find_cases(folder: Path) -> Iterator[Case]:
    """Yield the cases in `folder`, by site and name.

    Raises:
        ConfigError: A `meta.toml` is missing or says something else than it may.
    """
    for page in sorted(folder.glob("*/*/page.html")):
        yield _case(page.parent)


def differences(
    expected: Fields, found: Fields
) -> list[tuple[str, JsonValue, JsonValue]]:
    """Return the fields that differ, each with both values."""
    names = [*expected, *(name for name in found if name not in expected)]
    return [
        (name, expected.get(name), found.get(name))
        for name in names
        if expected.get(name) != found.get(name)
    ]


def _case(folder: Path) -> Case:
    file = folder / "meta.toml"
    try:
        meta = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise ConfigError(str(file), "", f"cannot be read: {exc}") from exc
    url = meta.get("url")
    if not isinstance(url, str):
        raise ConfigError(str(file), "url", "is required")
    return Case(folder, folder.parent.name, url, _moment(meta.get("captured_at"), file))


def _moment(value: object, file: Path) -> datetime | None:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if value is not None:
        raise ConfigError(str(file), "captured_at", "is not a date")
    return None
