"""Site profiles and platform families from TOML files, checked into model values.

A folder of profiles holds `sites/NAME.toml` (one publisher each) and
`families/NAME.toml` (layouts its sites share). The packaged folder comes first, an
operator's own overlays it file by file.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from scraper import extraction, model
from scraper.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

GENERIC = "generic"
"""Name of the profile for hosts without one of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiles:
    """All profiles that are known.

    Attributes:
        sites: One for each site file, by name.
        generic: For every other host: the layouts of all families, each knowing its
            pages by `detect`. Its `site` is `GENERIC`.
    """

    sites: tuple[model.Profile, ...]
    generic: model.Profile


def packaged_folder() -> Path:
    """Return the folder of profiles that comes with the program."""
    here = Path(__file__).resolve().parent.parent
    installed = here / "packaged_config"
    return installed if installed.is_dir() else here.parent / "config"


def load_profiles(folders: Iterable[Path] | None = None) -> Profiles:
    """Read all profiles; a file in a later folder replaces its namesake.

    Args:
        folders: Defaults to the packaged one. An operator's own comes after it.

    Raises:
        ConfigError: A file cannot be used; it names file, key and reason.
    """
    where = [packaged_folder()] if folders is None else list(folders)
    families = {
        path.stem: _family(path) for path in _files(where, "families")
    }  # fmt: skip
    sites = tuple(_profile(path, families) for path in _files(where, "sites"))
    _refuse_shared_hosts(sites)
    every = tuple(layout for name in sorted(families) for layout in families[name])
    generic = model.Profile(
        site=GENERIC, title="Any government site", hosts=(), layouts=every
    )
    return Profiles(sites=sites, generic=generic)


def profile_for(
    profiles: Profiles, host: str, *, on: date | None = None
) -> model.Profile:
    """Return the profile of the site that `host` is or was part of.

    Args:
        profiles: As loaded.
        host: Lower-case; `www.war.gov` matches `*.war.gov`, exact names win.
        on: A day on which the host must have been the site's; None for ever.

    Returns:
        The generic profile where no site names the host.
    """
    host = host.casefold().rstrip(".")
    best: tuple[int, model.Profile] | None = None
    for profile in profiles.sites:
        for name in profile.hosts:
            rank = _rank(name.name, host)
            if rank and _was_in_use(name, on) and (best is None or rank > best[0]):
                best = rank, profile
    return best[1] if best else profiles.generic


def _rank(pattern: str, host: str) -> int:
    """Return how closely `pattern` names `host`, 0 where it does not."""
    if pattern == host:
        return 1000
    if pattern.startswith("*.") and host.endswith(pattern[1:]):
        return len(pattern)
    return 0


def _was_in_use(host: model.Host, on: date | None) -> bool:
    if on is None:
        return True
    return not (host.since and on < host.since) and not (host.until and on > host.until)


# What the files may say ----------------------------------------------------------


def _css(selector: str) -> str:
    if not extraction.is_selector(selector):
        raise ValueError(f"not a CSS selector: {selector!r}")
    return selector


def _host(name: str) -> str:
    if not re.fullmatch(r"(?:\*\.)?(?:[a-z0-9-]+\.)+[a-z]{2,}", name):
        raise ValueError(f"not a lower-case host name or *.domain: {name!r}")
    return name


def _expression(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as exc:
        raise ValueError(f"not a regular expression: {exc}") from exc
    return pattern


def _url(url: str) -> str:
    if not re.fullmatch(r"https://[a-z0-9.-]+(?:[/?]\S*)?", url):
        raise ValueError(f"not an https address: {url!r}")
    return url


def _duration(text: str) -> str:
    if not re.fullmatch(r"\d+(?:s|m|h|d)", text):
        raise ValueError(f"not a duration such as 90s, 15m, 2h or 1d: {text!r}")
    return text


Selector = Annotated[str, AfterValidator(_css)]
Expression = Annotated[str, AfterValidator(_expression)]
FieldName = Literal[
    "title", "published", "updated", "byline", "root", "body", "related"
]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Layout(_Table):
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    since: date | None = None
    detect: list[Selector] = []
    fields: dict[FieldName, list[Selector]] = {}
    remove: list[Selector] = []
    kind: model.ArticleKind | None = None

    def value(self) -> model.Layout:
        return model.Layout(
            name=self.name,
            since=self.since,
            detect=tuple(self.detect),
            fields={name: tuple(found) for name, found in self.fields.items()},
            remove=tuple(self.remove),
            kind=self.kind,
        )


class _Host(_Table):
    name: Annotated[str, AfterValidator(_host)]
    since: date | None = None
    until: date | None = None


class _Watch(_Table):
    url: Annotated[str, AfterValidator(_url)]
    kind: Literal["article", "listing", "feed", "sitemap"]
    every: Annotated[str, AfterValidator(_duration)] | None = None
    include: list[Expression] = []
    exclude: list[Expression] = []

    def value(self) -> model.WatchSuggestion:
        every = None
        if self.every:
            seconds = {"s": 1, "m": 60, "h": 3600, "d": 86400}[self.every[-1]]
            every = timedelta(seconds=int(self.every[:-1]) * seconds)
        return model.WatchSuggestion(
            url=self.url,
            kind=model.WatchKind(self.kind),
            every=every,
            include=tuple(self.include),
            exclude=tuple(self.exclude),
        )


class _Note(_Table):
    on: date
    text: str


class _SiteFile(_Table):
    title: str
    host: Annotated[list[_Host], Field(min_length=1)]
    family: str | None = None
    article_id: Expression | None = None
    layout: list[_Layout] = []
    watch: list[_Watch] = []
    note: list[_Note] = []


class _FamilyFile(_Table):
    title: str
    layout: Annotated[list[_Layout], Field(min_length=1)]
    note: list[_Note] = []


_File = TypeVar("_File", _SiteFile, _FamilyFile)


def _files(folders: Sequence[Path], kind: str) -> list[Path]:
    """Return the TOML files of a kind by name; a later folder's wins."""
    named = {
        path.stem: path
        for folder in folders
        for path in sorted((folder / kind).glob("*.toml"))
    }
    return [named[stem] for stem in sorted(named)]


def _read(path: Path, kind: type[_File]) -> _File:
    try:
        with path.open("rb") as file:
            raw = tomllib.load(file)
        return kind.model_validate(raw)
    except OSError as exc:
        raise ConfigError(str(path), "", exc.strerror or str(exc)) from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise ConfigError(str(path), "", f"not TOML: {exc}") from exc
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            reason = "no such key"
        raise ConfigError(str(path), key, reason) from exc


def _family(path: Path) -> tuple[model.Layout, ...]:
    file = _read(path, _FamilyFile)
    for at, layout in enumerate(file.layout):
        if not layout.detect:
            reason = "a family's layout must say by which selectors a page is known"
            raise ConfigError(str(path), f"layout.{at}.detect", reason)
    return tuple(layout.value() for layout in file.layout)


def _profile(
    path: Path, families: dict[str, tuple[model.Layout, ...]]
) -> model.Profile:
    file = _read(path, _SiteFile)
    if file.family is not None and file.family not in families:
        known = ", ".join(sorted(families)) or "none"
        reason = f"no family {file.family!r}; there are: {known}"
        raise ConfigError(str(path), "family", reason)
    if file.article_id and re.compile(file.article_id).groups < 1:
        raise ConfigError(
            str(path), "article_id", "needs one group, (\\d+) for instance"
        )
    own = tuple(layout.value() for layout in file.layout)
    _refuse_disorder(path, own)
    shared = families[file.family] if file.family else ()
    return model.Profile(
        site=path.stem,
        title=file.title,
        hosts=tuple(
            model.Host(name=host.name, since=host.since, until=host.until)
            for host in file.host
        ),
        family=file.family,
        article_id=file.article_id,
        layouts=own + shared,
        watches=tuple(watch.value() for watch in file.watch),
        notes=tuple(f"{note.on.isoformat()}: {note.text}" for note in file.note),
    )


def _refuse_disorder(path: Path, layouts: tuple[model.Layout, ...]) -> None:
    seen: set[str] = set()
    for at, layout in enumerate(layouts):
        if layout.name in seen:
            raise ConfigError(str(path), f"layout.{at}.name", "used twice")
        seen.add(layout.name)
        later = layouts[at + 1].since if at + 1 < len(layouts) else None
        if later and (layout.since is None or layout.since < later):
            reason = "the newest layout comes first"
            raise ConfigError(str(path), f"layout.{at}.since", reason)


def _refuse_shared_hosts(profiles: Sequence[model.Profile]) -> None:
    owners: dict[str, str] = {}
    for profile in profiles:
        for at, host in enumerate(profile.hosts):
            if (owner := owners.setdefault(host.name, profile.site)) != profile.site:
                reason = f"{host.name} is already a host of {owner}"
                raise ConfigError(f"{profile.site}.toml", f"host.{at}.name", reason)
