"""Site profiles and platform families from TOML files, checked into model values.

The packaged folder holds `sites/NAME.toml` (one publisher each) and
`families/NAME.toml` (layouts that sites share). An operator's folder holds site files
alone, directly in it; a file there replaces its packaged namesake. The format is
explained in docs/sites.md.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from scraper import extraction, model, urls
from scraper.config.problems import config_error
from scraper.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

GENERIC = "generic"
"""Name of the profile for hosts without one of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiles:
    """All profiles that are known.

    Attributes:
        sites: One for each site file, by name.
        generic: For every other host: the layouts of all families, each knowing its
            pages by `detect`. Its `site` is `GENERIC`.
        families: Each family's layouts, its platform's after its own.
    """

    sites: tuple[model.Profile, ...]
    generic: model.Profile
    families: Mapping[str, tuple[model.Layout, ...]]


def packaged_folder() -> Path:
    """Return the folder of profiles that comes with the program."""
    here = Path(__file__).resolve().parent.parent
    installed = here / "packaged_config"
    return installed if installed.is_dir() else here.parent / "config"


def load_profiles(*, own: Path | None = None) -> Profiles:
    """Read the packaged profiles and, over them, an operator's own.

    Args:
        own: A folder of site files; it need not exist.

    Raises:
        ConfigError: A file cannot be used; it names file, key and reason.
    """
    packaged = packaged_folder()
    families = _families(packaged / "families")
    files = _files(packaged / "sites", *([own] if own is not None else []))
    sites = tuple(_profile(path, families) for path in files)
    _refuse_shared_hosts(list(zip(files, sites, strict=True)))
    generic = model.Profile(
        site=GENERIC,
        title="Any government site",
        hosts=(),
        layouts=_every(families),
    )
    return Profiles(sites=sites, generic=generic, families=families)


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


def identity(profiles: Profiles, url: str) -> tuple[str | None, str]:
    """Return the site that `url` is on, if a file names it, and its page's key.

    Raises:
        UrlError: It is outside the grammar.
    """
    profile = profile_for(profiles, urls.host(url))
    if profile is profiles.generic:
        return None, urls.page_key(url)
    article_id = urls.article_id(url, profile.article_id)
    return profile.site, urls.page_key(url, article_id, site=profile.site)


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
    if not re.fullmatch(r"[1-9]\d{0,4}(?:s|m|h|d)", text):
        raise ValueError(f"not a duration such as 90s, 15m, 2h or 1d: {text!r}")
    return text


Selector = Annotated[str, AfterValidator(_css)]
Expression = Annotated[str, AfterValidator(_expression)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Rules(_Table):
    """CSS selectors by what they find; the keys below `detect` name fields."""

    detect: list[Selector] = []
    remove: list[Selector] = []
    title: list[Selector] = []
    published: list[Selector] = []
    updated: list[Selector] = []
    byline: list[Selector] = []
    root: list[Selector] = []
    body: list[Selector] = []
    related: list[Selector] = []
    listed: list[Selector] = []
    listed_title: list[Selector] = []
    listed_date: list[Selector] = []

    def by_key(self) -> dict[str, list[str]]:
        """Return the lists that hold anything."""
        return {key: found for key, found in self if found}


class _Layout(_Table):
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    since: date | None = None
    kind: model.ArticleKind | None = None
    seen: _Rules = _Rules()
    unverified: _Rules = _Rules()

    def value(self) -> model.Layout:
        """Return the layout; what was seen is tried before what was not."""
        both: dict[str, tuple[str, ...]] = {}
        for rules in (self.seen, self.unverified):
            for key, found in rules.by_key().items():
                both[key] = both.get(key, ()) + tuple(found)
        doubtful = [one for found in self.unverified.by_key().values() for one in found]
        return model.Layout(
            name=self.name,
            since=self.since,
            detect=both.pop("detect", ()),
            remove=both.pop("remove", ()),
            fields=both,
            kind=self.kind,
            unverified=tuple(doubtful),
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
    platform: str | None = None
    layout: Annotated[list[_Layout], Field(min_length=1)]
    note: list[_Note] = []


_File = TypeVar("_File", _SiteFile, _FamilyFile)


def _files(*folders: Path) -> list[Path]:
    """Return the TOML files by name; a later folder's wins."""
    named = {path.stem: path for folder in folders for path in folder.glob("*.toml")}
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
        raise config_error(str(path), exc) from exc


def _families(folder: Path) -> dict[str, tuple[model.Layout, ...]]:
    """Return the layouts of each family, its platform's after its own.

    The order is that in which a page of an unknown site is tried: a theme knows its
    pages better than the platform below it, which knows them too.
    """
    files = {path.stem: (path, _read(path, _FamilyFile)) for path in _files(folder)}
    own = {name: _layouts(path, file) for name, (path, file) in files.items()}
    for path, file in files.values():
        base = file.platform
        if base is not None and (base not in files or files[base][1].platform):
            reason = f"no family {base!r} that stands on its own"
            raise ConfigError(str(path), "platform", reason)
    themes_first = sorted(files, key=lambda name: (not files[name][1].platform, name))
    return {
        name: own[name] + own.get(files[name][1].platform or "", ())
        for name in themes_first
    }


def _layouts(path: Path, file: _FamilyFile) -> tuple[model.Layout, ...]:
    layouts = tuple(layout.value() for layout in file.layout)
    for at, layout in enumerate(layouts):
        if not layout.detect:
            reason = "a family's layout must say by which selectors a page is known"
            raise ConfigError(str(path), f"layout.{at}.seen.detect", reason)
    _refuse_disorder(path, layouts)
    return layouts


def _every(
    families: Mapping[str, tuple[model.Layout, ...]],
) -> tuple[model.Layout, ...]:
    """Return all families' layouts, each once: what stands on nothing else, last."""
    last_first = [
        layout
        for layouts in reversed([*families.values()])
        for layout in reversed(layouts)
    ]
    return tuple(reversed({layout.name: layout for layout in last_first}.values()))


def _profile(
    path: Path, families: Mapping[str, tuple[model.Layout, ...]]
) -> model.Profile:
    file = _read(path, _SiteFile)
    _refuse_unfit(path, file, families)
    own = tuple(layout.value() for layout in file.layout)
    _refuse_disorder(path, own)
    # Without a family named, a page is still known by any family's own marks.
    shared = families[file.family] if file.family else _every(families)
    if file.family:
        own = tuple(_with_removals(layout, shared) for layout in own)
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
        notes=tuple(
            f"{note.on.isoformat()}: {note.text}"
            for note in sorted(file.note, key=lambda note: note.on, reverse=True)
        ),
    )


def _refuse_unfit(path: Path, file: _SiteFile, families: Collection[str]) -> None:
    if file.family is not None and file.family not in families:
        known = ", ".join(sorted(families)) or "none"
        reason = f"no family {file.family!r}; there are: {known}"
        raise ConfigError(str(path), "family", reason)
    if file.article_id is not None and re.compile(file.article_id).groups < 1:
        reason = "needs one group, (\\d+) for instance"
        raise ConfigError(str(path), "article_id", reason)


def _with_removals(
    layout: model.Layout, shared: Sequence[model.Layout]
) -> model.Layout:
    """Return `layout` taking off, too, what its family's layouts take off."""
    more = {one: base for base in shared for one in base.remove}
    new = tuple(one for one in more if one not in layout.remove)
    return replace(
        layout,
        remove=layout.remove + new,
        unverified=layout.unverified
        + tuple(one for one in new if one in more[one].unverified),
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


def _refuse_shared_hosts(found: Sequence[tuple[Path, model.Profile]]) -> None:
    owners: dict[str, str] = {}
    for path, profile in found:
        for at, host in enumerate(profile.hosts):
            owner = owners.setdefault(host.name, profile.site)
            if owner != profile.site:
                reason = (
                    f"{host.name} is already a host of {owner}; "
                    f"a file of your own named {owner}.toml replaces that one"
                )
                raise ConfigError(str(path), f"host.{at}.name", reason)
