"""Fixtures of sites: pages kept with the article that must be read from them.

A case is a folder `SITE/CASE/` with `page.html`, `meta.toml` (`url`; where it matters
`captured_on` and `content_type`) and `article.json`: the article as plain values, the
layout that read it, and the fingerprint of the rules under which it was put on file.
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
Difference = tuple[str, "JsonValue", "JsonValue"]
_HOW = ("rules", "layout", "provenance")
"""Keys that say how an article was read, not what it says."""


@dataclass(frozen=True, slots=True)
class Case:
    """One fixture.

    Attributes:
        folder: Where its three files are.
        url: Where the page came from.
        captured_on: Chooses among dated layouts; None takes the newest.
        content_type: The response's header, if there was one.
    """

    folder: Path
    url: str
    captured_on: date | None = None
    content_type: str | None = None

    @property
    def site(self) -> str:
        """The site file it belongs to, or a family's name, or `generic`."""
        return self.folder.parent.name

    @property
    def name(self) -> str:
        """The site and the case."""
        return f"{self.site}/{self.folder.name}"

    def read(self, profiles: Profiles) -> Fields:
        """Return what is read from the page today.

        Raises:
            ExtractError: Nothing is.
        """
        body = (self.folder / "page.html").read_bytes()
        opened = document.parse(body, url=self.url, content_type=self.content_type)
        profile = profile_for(profiles, urls.host(self.url))
        day = self.captured_on
        at = datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None
        reading = extraction.read(opened, profile=profile, captured_at=at)
        read = {"rules": reading.rules, "layout": reading.layout}
        plain: Fields = json.loads(json.dumps(read | reading.article.as_dict()))
        del plain["text"]  # it is the blocks once more
        return plain

    def expected(self) -> Fields | None:
        """Return what is on file; None where nothing is yet."""
        file = self.folder / "article.json"
        if not file.is_file():
            return None
        return cast("Fields", json.loads(file.read_text("utf-8")))

    def differences(self, found: Fields) -> list[Difference] | None:
        """Return the fields that differ, with the values on file and found.

        The rules' fingerprint is not among them; None where nothing is on file.
        """
        expected = self.expected()
        if expected is None:
            return None
        names = [*expected, *(name for name in found if name not in expected)]
        return [
            (name, expected.get(name), found.get(name))
            for name in names
            if name != "rules" and expected.get(name) != found.get(name)
        ]

    def accept(self, found: Fields) -> None:
        """Put `found` on file as right, where it is new or differs.

        Raises:
            ConfigError: It differs under the same rules. Captures read under the same
                rules are compared with each other, so that would look like an edit.
        """
        differ = self.differences(found)
        file = self.folder / "article.json"
        read = [name for name, *_ in differ or () if name not in _HOW]
        if read and (self.expected() or {}).get("rules") == found["rules"]:
            reason = (
                "the same rules read it otherwise: delete it if you changed the page, "
                "else raise _CODE in scraper/extraction/article.py"
            )
            raise ConfigError(str(file), ", ".join(read), reason)
        if differ != []:
            text = json.dumps(found, ensure_ascii=False, indent=1) + "\n"
            file.write_text(text, "utf-8")


def find_cases(folder: Path) -> Iterator[Case]:
    """Yield the cases in `folder`, by site and name.

    Raises:
        ConfigError: A `meta.toml` is missing or says something else than it may.
    """
    for page in sorted(folder.glob("*/*/page.html")):
        yield _case(page.parent)


def _case(folder: Path) -> Case:
    file = folder / "meta.toml"
    try:
        meta = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise ConfigError(str(file), "", f"cannot be read: {exc}") from exc
    kinds = {"url": str, "captured_on": date, "content_type": str}
    for key, value in meta.items():
        if key not in kinds:
            raise ConfigError(str(file), key, "unknown key")
        if not isinstance(value, kinds[key]) or isinstance(value, datetime):
            raise ConfigError(str(file), key, f"is not a {kinds[key].__name__}")
    if "url" not in meta:
        raise ConfigError(str(file), "url", "is required")
    return Case(folder, **meta)
