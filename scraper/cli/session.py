"""What every command shares: settings, site files, database, fetcher, exit codes."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Literal

import click

from scraper import urls
from scraper.cli import screen
from scraper.config import (
    Profiles,
    Settings,
    identity,
    load_profiles,
    load_settings,
    settings_file,
)
from scraper.errors import ConfigError, GovwatchError, UrlError
from scraper.fetch import Fetcher, InMemoryLedger
from scraper.store import Store, step_back

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scraper.model import FetchPolicy, HostLedger, Page, Rule

USAGE, FAILED = 2, 3
"""Exit codes: used or configured wrongly; could not be done (network, disk, lock)."""


def utc_now() -> datetime:
    """Return the time; the one clock of the commands."""
    return datetime.now(UTC)


class Refusal(click.ClickException):
    """One clear line on stderr, of something that was asked wrongly."""

    exit_code = USAGE


class Failure(Refusal):
    """The same, of something that could not be done."""

    exit_code = FAILED


def refusal(error: GovwatchError) -> Refusal:
    """Return what to tell of an error raised on purpose."""
    is_asked_wrongly = isinstance(error, ConfigError | UrlError)
    return Refusal(str(error)) if is_asked_wrongly else Failure(str(error))


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what Govwatch raises on purpose into one line and an exit code."""
    try:
        yield
    except GovwatchError as exc:
        raise refusal(exc) from exc


@dataclass(frozen=True, kw_only=True)
class Session:
    """One run of the command line.

    Attributes:
        config: What `--config` named.
        database: What `--db` named; it goes before the settings.
        connect_to: curl's words, `HOST:443:ADDRESS:PORT`.
        ca_file: Certificate authorities for this run instead of the settings'.
        clock: The time, aware.
    """

    config: Path | None
    database: Path | None
    connect_to: tuple[str, ...]
    ca_file: Path | None
    clock: Callable[[], datetime] = utc_now

    @cached_property
    def settings(self) -> Settings:
        """The settings in force."""
        folder = Path.cwd()
        file = settings_file(self.config, environ=os.environ, folder=folder)
        settings = load_settings(file, environ=os.environ, folder=folder)
        if self.database is not None:
            settings = settings.model_copy(update={"database": self.database})
        if self.ca_file is not None:
            settings = settings.model_copy(update={"ca": str(self.ca_file)})
        return settings

    @cached_property
    def profiles(self) -> Profiles:
        """The packaged site files with the operator's over them."""
        return load_profiles(own=self.own_sites)

    @cached_property
    def own_sites(self) -> Path:
        """The operator's folder of site files, which need not exist."""
        return self.folder / "sites"

    @cached_property
    def folder(self) -> Path:
        """What relative paths in the settings are relative to."""
        file = settings_file(self.config, environ=os.environ, folder=Path.cwd())
        return file.parent if file is not None else Path.cwd()

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Who is told what.

        Raises:
            ConfigError: A rule names a sink or a site that is not there: it would be
                silent for ever.
        """
        rules = self.settings.notify.rule_values()
        for rule in rules:
            if rule.sites and (unknown := rule.sites - self.sites):
                raise ConfigError(
                    "govwatch.toml",
                    f"notify.rules.{rule.name}.sites",
                    f"no site {', '.join(sorted(unknown))}; `govwatch site list` shows"
                    " all",
                )
        return rules

    @cached_property
    def sites(self) -> frozenset[str]:
        """Names of the sites that files describe."""
        return frozenset(site.site for site in self.profiles.sites)

    @cached_property
    def policy(self) -> FetchPolicy:
        """How requests are made in this run."""
        return self.settings.fetch_policy(
            site_hosts=tuple(
                host.name for site in self.profiles.sites for host in site.hosts
            ),
            connect_to=dict(map(_mapping, self.connect_to)),
        )

    def url(self, text: str) -> str:
        """Return a URL a person typed in canonical form; a bare host will do."""
        if "." not in text and "/" not in text:
            msg = f"{text!r} is neither an address nor a site; see `govwatch site list`"
            raise Refusal(msg)
        spelled = text if "://" in text else f"https://{text}"
        parsed = urls.parse(spelled, allowed=self.policy.allowed_hosts)
        return urls.canonical(parsed)

    def identity(self, url: str) -> tuple[str | None, str]:
        """Return the site that `url` is on, if a file names it, and its page's key."""
        return identity(self.profiles, url)

    def store(self, mode: Literal["create", "write", "read"]) -> Store:
        """Open the database; only `create` makes one."""
        if mode != "read":
            step_back(self.settings.database)
        return Store.open(
            self.settings.database,
            mode=mode,
            clock=self.clock,
            rules=() if mode == "read" else self.rules,
        )

    @contextmanager
    def hosts(self) -> Iterator[tuple[Store | None, HostLedger]]:
        """Yield the database, if there is one, and what remembers hosts meanwhile.

        For who asks before anything is recorded: beside a daemon no host is asked twice
        at once, and without a database none is made.
        """
        if not self.settings.database.exists():
            yield None, InMemoryLedger()
            return
        with self.store("write") as store:
            yield store, store

    def fetcher(
        self, ledger: HostLedger | None = None, *, also: tuple[str, ...] = ()
    ) -> Fetcher:
        """Return what fetches; without `ledger` nothing is remembered of hosts.

        Args:
            ledger: Who may ask a host for something now.
            also: Hosts that a person named for this run, beside the allowed ones.
        """
        allowed = (*self.policy.allowed_hosts, *also)
        return Fetcher(
            replace(self.policy, allowed_hosts=allowed),
            ledger=ledger if ledger is not None else InMemoryLedger(),
            clock=self.clock,
            sleep=_sleep,
        )

    def refuse_unknown(self, store: Store, site: str) -> None:
        """Raise Refusal where no site file and no page on record has that name."""
        if not self.is_site(store, site):
            msg = f"no site {site!r}; `govwatch site list` shows all"
            raise Refusal(msg)

    def is_site(self, store: Store, name: str) -> bool:
        """Whether a site file has that name, or had it when pages were recorded."""
        return name in self.sites or name in store.browsing.sites()

    def scope(
        self, store: Store, reference: str | None
    ) -> tuple[str | None, Page | None]:
        """Return the site or the page a person meant; neither stands for everything.

        Raises:
            Refusal: There is none.
        """
        if reference is None:
            return None, None
        if self.is_site(store, reference):
            if reference not in store.browsing.sites():
                # Nothing that follows is an answer: nobody looked.
                screen.say(
                    f"no page of {reference} is on record; `govwatch watch add"
                    f" {reference}` follows it"
                )
            return reference, None
        try:
            return None, self.page(store, reference)
        except Refusal as exc:
            if not reference.replace("-", "").isalpha():
                raise
            msg = (
                f"{reference!r} is neither a site nor a page on record; `govwatch site"
                " list` and `govwatch export pages` name them"
            )
            raise Refusal(msg) from exc

    def page(self, store: Store, reference: str) -> Page:
        """Return the page a person meant by an id, a URL or a key.

        Raises:
            Refusal: There is none.
        """
        found = store.page(reference)
        if found is None and ("/" in reference or "." in reference):
            found = store.page(self.url(reference))
        if found is None:
            msg = f"no page {reference!r} on record; `govwatch export pages` names all"
            raise Refusal(msg)
        return found


pass_session = click.make_pass_decorator(Session)


def _sleep(seconds: float) -> None:
    # An event's wait ends at a signal's exception, as sleep does; only fetch may sleep.
    Event().wait(seconds)


def _mapping(text: str) -> tuple[str, str]:
    """Read curl's `HOST:443:ADDRESS:PORT`."""
    host, _, rest = text.partition(":")
    port, _, target = rest.partition(":")
    if not host or not port.isdecimal() or not target:
        msg = f"{text!r}: expected HOST:443:ADDRESS:PORT"
        raise click.BadParameter(msg, param_hint="--connect-to")
    return f"{host.lower()}:{port}", target
