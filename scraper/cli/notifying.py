"""Commands that tell people: notify test, notify send, report."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import click

from scraper import notify as notifying
from scraper import report
from scraper.cli import screen
from scraper.cli.record import Moment
from scraper.cli.session import FAILED, Session, pass_session, refusals
from scraper.errors import ConfigError, DeliveryError
from scraper.fetch import Poster
from scraper.log import logger
from scraper.model import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from scraper.config import Sink
    from scraper.notify import Attempt, Send
    from scraper.store import Store

POST_TIMEOUT_S: Final = 15.0
_MOST_CHANGES = 100_000

log = logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """All that telling takes, as the settings have it. Close it after use.

    Attributes:
        sinks: By name.
        deliver_next: Attempts one delivery; None when nothing is due.
        refresh: Writes feeds and sends the heartbeat, where they are asked for.
    """

    sinks: Mapping[str, Send]
    deliver_next: Callable[[], Attempt | None]
    refresh: Callable[[], None]
    close: Callable[[], None]

    def tell(self, is_stopping: Callable[[], bool] = lambda: False) -> int:
        """Deliver all that is due, and log what comes of it.

        Returns:
            How many attempts failed.
        """
        failed = 0
        while not is_stopping() and (attempt := self.deliver_next()) is not None:
            failed += attempt.error is not None
            _log(attempt)
        try:
            self.refresh()
        except DeliveryError as exc:
            log.warning("telling_failed", error=str(exc))
        return failed


def desk(session: Session, store: Store | None) -> Desk:
    """Return what tells people by the session's settings.

    Args:
        session: Its settings name sinks and rules, and where their secrets are.
        store: Open for writing; None: only the sinks are used.

    Raises:
        ConfigError: A secret is not where the settings say, or a sink cannot be used.
        RefusedError: A webhook's address cannot be posted to.
    """
    settings = session.settings.notify
    secrets = {
        name: sink.url.read(
            f"notify.sinks.{name}.url", environ=os.environ, folder=session.folder
        )
        for name, sink in settings.sinks.items()
    }
    internal = [secrets[name] for name, sink in settings.sinks.items() if sink.internal]
    policy = replace(session.policy, timeout_s=POST_TIMEOUT_S)
    poster = Poster(policy, internal=internal)
    sinks = {
        name: _sink(session, poster, name, sink, secrets[name])
        for name, sink in settings.sinks.items()
    }
    if store is None:
        return Desk(
            sinks=sinks,
            deliver_next=lambda: None,
            refresh=lambda: None,
            close=poster.close,
        )
    courier = notifying.Courier(
        outbox=store.outbox, sinks=sinks, per_hour=settings.per_hour
    )
    return Desk(
        sinks=sinks,
        deliver_next=courier.deliver_next,
        refresh=partial(_each, _refreshers(session, poster, store)),
        close=poster.close,
    )


def _sink(session: Session, poster: Poster, name: str, sink: Sink, url: str) -> Send:
    if sink.kind == "apprise":
        return notifying.service(name, url)
    if sink.key is None:
        raise ConfigError(
            "govwatch.toml",
            f"notify.sinks.{name}.key",
            "a webhook's messages are signed; say where the key is",
        )
    key = sink.key.read(
        f"notify.sinks.{name}.key", environ=os.environ, folder=session.folder
    )
    return notifying.webhook(name, url, key=key, post=poster.post, clock=session.clock)


def _refreshers(
    session: Session, poster: Poster, store: Store
) -> list[Callable[[], None]]:
    settings = session.settings.notify
    found: list[Callable[[], None]] = []
    if settings.feeds is not None:
        feeds = notifying.FeedFolder(
            folder=session.folder / settings.feeds,
            base_url=settings.feeds_url,
            changes=store.changes,
            clock=session.clock,
        )
        found.append(feeds.refresh)
    if settings.heartbeat is not None:
        url = settings.heartbeat.read(
            "notify.heartbeat", environ=os.environ, folder=session.folder
        )
        heartbeat = notifying.Heartbeat(url=url, post=poster.post, clock=session.clock)
        found.append(heartbeat.beat)
    return found


def _each(tasks: list[Callable[[], None]]) -> None:
    for task in tasks:
        task()


def _log(attempt: Attempt) -> None:
    told = {"delivery": attempt.delivery.id, "sink": attempt.delivery.sink}
    if attempt.error is None:
        log.info("delivery_sent", notices=len(attempt.delivery.notices), **told)
    elif attempt.again_at is None:
        log.error("delivery_given_up", error=attempt.error, **told)
    else:
        again_at = attempt.again_at.isoformat(timespec="seconds")
        log.warning("delivery_failed", error=attempt.error, again_at=again_at, **told)


@click.group()
def notify() -> None:
    """Tell people: see [notify] in govwatch.toml."""


@notify.command("test")
@click.argument("names", nargs=-1, metavar="[SINK]...")
@pass_session
def test(session: Session, names: tuple[str, ...]) -> None:
    """Send a message to each sink, or those named; say what came."""
    with refusals():
        at = session.clock()
        told = desk(session, None)
        _insist_on_rules(session)
    missing = [name for name in names if name not in told.sinks]
    if missing or not told.sinks:
        there = ", ".join(sorted(told.sinks)) or "none"
        msg = f"no sink {', '.join(missing)}; there are: {there}".replace("  ", " ")
        raise click.UsageError(msg)
    failed = [
        name for name in names or sorted(told.sinks) if not _tried(told, name, at)
    ]
    told.close()
    if failed:
        sys.exit(FAILED)


def _insist_on_rules(session: Session) -> None:
    for name, sink in session.settings.notify.sinks.items():
        if not any(rule.sink == name for rule in session.rules):
            screen.say(f"{name}: no rule sends anything there ({sink.kind})")


def _tried(told: Desk, name: str, at: datetime) -> bool:
    try:
        told.sinks[name](_greeting(name, at))
    except DeliveryError as exc:
        screen.say(f"Error: {exc}")
        return False
    click.echo(f"{name}: accepted")
    return True


def _greeting(name: str, at: datetime) -> Message:
    text = (
        f"This is a test: Govwatch can reach the sink {name}.\n"
        "Nothing changed on any page.\n"
    )
    return Message(
        subject=f"[Govwatch] test of {name}",
        text=text,
        payload={
            "id": f"test-{name}-{int(at.timestamp())}",
            "kind": "test",
            "rule": "",
            "subject": f"[Govwatch] test of {name}",
            "notices": [],
        },
    )


@notify.command("send")
@pass_session
def send(session: Session) -> None:
    """Deliver what is due now, without the daemon: for those who use cron."""
    with refusals(), session.store("write") as store:
        told = desk(session, store)
        failed = told.tell()
        told.close()
    if failed:
        screen.say(f"{failed} not accepted; tried again later, see govwatch status")
        sys.exit(FAILED)


@click.command("report")
@click.option("--since", type=Moment(), default="7d", show_default=True)
@click.option("--markdown", "how", flag_value="markdown", default=True)
@click.option("--html", "how", flag_value="html")
@click.option("--csv", "how", flag_value="csv")
@pass_session
def report_sheet(session: Session, since: datetime, how: str) -> None:
    """Print what happened, weightiest first, the same edit once."""
    with refusals(), session.store("read") as store:
        rows = report.sheet(
            store.changes(since=since, limit=_MOST_CHANGES),
            store.outbox.notices(since=since),
            groups=store.groups(since=since, limit=_MOST_CHANGES),
        )
    title = f"Government pages since {since:%Y-%m-%d %H:%M} UTC"
    if how == "csv":
        click.echo(report.as_csv(rows), nl=False)
    elif how == "html":
        click.echo(report.as_html(rows, title=title), nl=False)
    else:
        click.echo(report.as_markdown(rows, title=title), nl=False)
