"""The operator's settings: one TOML file, four environment variables at most."""

from __future__ import annotations

import re
import tomllib
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)

from scraper import urls
from scraper.config.notifying import NotifySettings
from scraper.config.problems import config_error
from scraper.errors import ConfigError, UrlError
from scraper.model import FetchPolicy

if TYPE_CHECKING:
    from collections.abc import Mapping

from pathlib import Path

CONFIG_VARIABLE = "GOVWATCH_CONFIG"
DATABASE_VARIABLE = "GOVWATCH_DB"
FILE_NAME = "govwatch.toml"


def _days(told: object) -> timedelta:
    found = re.fullmatch(r"([1-9]\d{0,4})d", str(told))
    if found is None:
        raise ValueError(f"{told!r} is not a number of days such as 365d")
    return timedelta(days=int(found[1]))


def _host_pattern(told: str) -> str:
    try:
        return urls.pattern(told)
    except UrlError as exc:
        raise ValueError(str(exc)) from exc


HostPattern = Annotated[str, AfterValidator(_host_pattern)]


class KeepSettings(BaseModel):
    """What an operator may set under `[keep]`.

    Attributes:
        raw_bodies: How long responses are kept byte by byte; None: for ever. Texts,
            changes and their proof always are.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    raw_bodies: Annotated[timedelta, BeforeValidator(_days)] | None = None


class Settings(BaseModel):
    """What an operator may set.

    Attributes:
        contact: Page or mail address sent with every request.
        database: The SQLite file.
        allowed_hosts: Host patterns beside `*.gov`, `*.mil` and the site files'.
        ca: `certifi`, `system` or a PEM file.
        ignore_robots: Hosts whose robots.txt is overridden, on record.
        workers: Hosts asked at the same time.
        keep: What is not kept for ever.
        notify: Whom to tell what.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    contact: str | None = None
    database: Path = Path("govwatch.db")
    allowed_hosts: tuple[HostPattern, ...] = ()
    ca: str = "certifi"
    ignore_robots: tuple[HostPattern, ...] = ()
    workers: int = Field(default=8, ge=1, le=256)
    keep: KeepSettings = KeepSettings()
    notify: NotifySettings = NotifySettings()

    def fetch_policy(
        self, *, site_hosts: tuple[str, ...], connect_to: Mapping[str, str]
    ) -> FetchPolicy:
        """Return how requests are made under these settings.

        Args:
            site_hosts: Host names that the site files name.
            connect_to: `HOST:443` to `address:port`, from the command line.
        """
        return FetchPolicy(
            contact=self.contact,
            # Every host rests 5 s at least; only one on this machine needs no rest.
            gap_s=0.0,
            allowed_hosts=self.allowed_hosts + site_hosts,
            ca=self.ca,
            connect_to=connect_to,
            ignore_robots=self.ignore_robots,
        )


def settings_file(
    named: Path | None, *, environ: Mapping[str, str], folder: Path
) -> Path | None:
    """Return the settings file in force, None for the packaged defaults.

    Args:
        named: What the operator gave with `--config`.
        environ: Where `GOVWATCH_CONFIG` is looked up.
        folder: The working directory.
    """
    if named is not None:
        return named
    if variable := environ.get(CONFIG_VARIABLE):
        return Path(variable)
    beside = folder / FILE_NAME
    return beside if beside.is_file() else None


def load_settings(
    file: Path | None, *, environ: Mapping[str, str], folder: Path
) -> Settings:
    """Read `file`; the defaults where it is None. `GOVWATCH_DB` names the database.

    A relative `database` in the file is beside the file; elsewhere it is in `folder`.

    Raises:
        ConfigError: Unreadable, not TOML, an unknown key or a value out of range.
    """
    values: dict[str, object] = {}
    if file is not None:
        try:
            values = tomllib.loads(file.read_text("utf-8"))
        except OSError as exc:
            msg = f"cannot be read: {exc.strerror}"
            raise ConfigError(str(file), "", msg) from exc
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
            raise ConfigError(str(file), "", f"cannot be read: {exc}") from exc
    try:
        settings = Settings.model_validate(values)
    except ValidationError as exc:
        raise config_error(str(file), exc) from exc
    base = file.parent if file is not None else folder
    if variable := environ.get(DATABASE_VARIABLE):
        return settings.model_copy(update={"database": folder / variable})
    return settings.model_copy(update={"database": base / settings.database})
