"""The settings under `[notify]`: sinks, rules and where secrets are, as values."""

from __future__ import annotations

import re
from datetime import time, timedelta
from pathlib import Path  # noqa: TC003 - pydantic reads the annotations
from typing import TYPE_CHECKING, Annotated, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from scraper.errors import ConfigError
from scraper.model import TOLD_UNASKED, ArticleKind, Rule
from scraper.model.notice import RuleWhen  # noqa: TC001 - the same
from scraper.model.page import EventKind
from scraper.telling import NEVER_ALERTED

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILE = "govwatch.toml"
_UNITS = {"s": 1, "m": 60, "h": 3600}


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise ValueError(
            f"{name!r} is not a time zone such as America/New_York"
        ) from exc
    return name


def _clock(text: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise ValueError(f"{text!r} is not a time of day such as 08:00")
    return text


def _quiet(text: str) -> str:
    begins, _, ends = text.partition("-")
    if _clock(begins) == _clock(ends):
        raise ValueError("quiet hours begin and end at the same time")
    return text


def _window(text: str) -> str:
    found = re.fullmatch(r"(\d{1,4})([smh])", text)
    if found is None or int(found[1]) * _UNITS[found[2]] > 15 * 60:
        raise ValueError(f"{text!r} is not a length of time up to 15m")
    return text


def _events(names: tuple[str, ...]) -> tuple[str, ...]:
    known = set(get_args(EventKind)) - NEVER_ALERTED
    if unknown := set(names) - known:
        raise ValueError(
            f"no rule tells {', '.join(sorted(unknown))}; "
            f"there are: {', '.join(sorted(known))}"
        )
    return names


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Secret(_Table):
    """Where a secret is: in an environment variable or in a file, never here."""

    env: str | None = None
    file: Path | None = None

    def read(self, key: str, *, environ: Mapping[str, str], folder: Path) -> str:
        """Return the secret.

        Args:
            key: Its place in the settings, for errors.
            environ: Where `env` is looked up.
            folder: What a relative `file` is relative to.

        Raises:
            ConfigError: It is not where the settings say; the message does not show it.
        """
        if (self.env is None) == (self.file is None):
            raise ConfigError(_FILE, key, "name one of env and file")
        if self.env is not None:
            found = environ.get(self.env, "")
            where = f"the environment variable {self.env}"
        else:
            where = f"the file {self.file}"
            try:
                found = (folder / str(self.file)).read_text("utf-8")
            except (OSError, UnicodeDecodeError) as exc:
                raise ConfigError(_FILE, key, f"{where} cannot be read") from exc
        if not found.strip():
            raise ConfigError(_FILE, key, f"{where} is empty or not set")
        return found.strip()


class Sink(_Table):
    """Where reports go.

    Attributes:
        kind: `apprise` for mail and chat, `webhook` for programs.
        url: Where its address is: an Apprise URL, or the webhook's https URL.
        key: Where a webhook's signing key is.
        internal: Whether a webhook may be on an internal address.
    """

    kind: Literal["apprise", "webhook"]
    url: Secret
    key: Secret | None = None
    internal: bool = False


class RuleTable(_Table):
    """One of `[notify.rules]`."""

    sink: str
    when: RuleWhen
    events: Annotated[tuple[str, ...], AfterValidator(_events)] = tuple(
        sorted(TOLD_UNASKED)
    )
    sites: tuple[str, ...] = ()
    kinds: tuple[ArticleKind, ...] = ()
    min_significance: float = Field(default=0.0, ge=0, le=1)
    terms: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    undisclosed_only: bool = False
    quiet: Annotated[str, AfterValidator(_quiet)] | None = None


class NotifySettings(_Table):
    """What an operator may set under `[notify]`.

    Attributes:
        zone: In which the times of day are meant.
        digest_at: When daily and weekly digests are sent.
        window: How long alerts wait for more of the same site.
        per_hour: Messages to one sink.
        feeds: Folder for Atom feeds, None: none are written.
        feeds_url: Where that folder can be fetched.
        heartbeat: Where the address is that is called while all is well.
    """

    zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    digest_at: Annotated[str, AfterValidator(_clock)] = "08:00"
    window: Annotated[str, AfterValidator(_window)] = "15m"
    per_hour: int = Field(default=20, ge=1, le=1000)
    feeds: Path | None = None
    feeds_url: str | None = Field(default=None, pattern=r"^https?://\S+$")
    heartbeat: Secret | None = None
    sinks: dict[str, Sink] = {}
    rules: dict[str, RuleTable] = {}

    def rule_values(self) -> tuple[Rule, ...]:
        """Return the rules.

        Raises:
            ConfigError: A rule names a sink that is not there.
        """
        return tuple(self._rule(name, table) for name, table in self.rules.items())

    def _rule(self, name: str, table: RuleTable) -> Rule:
        if table.sink not in self.sinks:
            there = ", ".join(sorted(self.sinks)) or "none"
            raise ConfigError(
                _FILE,
                f"notify.rules.{name}.sink",
                f"no sink {table.sink!r}; there are: {there}",
            )
        quiet = table.quiet and table.quiet.partition("-")
        return Rule(
            name=name,
            sink=table.sink,
            when=table.when,
            events=frozenset(
                kind for kind in get_args(EventKind) if kind in table.events
            ),
            sites=frozenset(table.sites),
            kinds=frozenset(table.kinds),
            min_significance=table.min_significance,
            terms=table.terms,
            undisclosed_only=table.undisclosed_only,
            window=timedelta(seconds=int(self.window[:-1]) * _UNITS[self.window[-1]]),
            quiet=(
                (time.fromisoformat(quiet[0]), time.fromisoformat(quiet[2]))
                if quiet
                else None
            ),
            at=time.fromisoformat(self.digest_at),
            zone=ZoneInfo(self.zone),
        )
