"""What telling people takes, put together as the settings have it."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from scraper import notify as notifying
from scraper.errors import ConfigError, DeliveryError
from scraper.fetch import Poster
from scraper.log import logger

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from scraper.cli.session import Session
    from scraper.config import Sink
    from scraper.notify import Attempt, Send
    from scraper.store import Store

POST_TIMEOUT_S: Final = 15.0
_ENOUGH: Final = 2

log = logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """All that telling takes, as the settings have it. Close it after use.

    Attributes:
        sinks: By name.
        deliver_next: Attempts one delivery, at other sinks than those named; None when
            nothing is due.
        refresh: Writes feeds and sends the heartbeat, where they are asked for.
    """

    sinks: Mapping[str, Send]
    deliver_next: Callable[[Collection[str]], Attempt | None]
    refresh: Callable[[], None]
    close: Callable[[], None]

    def tell(self, is_stopping: Callable[[], bool] = lambda: False) -> int:
        """Deliver all that is due, and log what comes of it.

        A sink that fails twice in a row is left alone until the next call: each attempt
        may take half a minute, in which the other sinks would be told nothing.

        Returns:
            How many attempts failed.
        """
        failed = 0
        in_a_row: Counter[str] = Counter()
        while not is_stopping():
            silent = {name for name, times in in_a_row.items() if times >= _ENOUGH}
            attempt = self.deliver_next(silent)
            if attempt is None:
                break
            sink = attempt.delivery.sink
            in_a_row[sink] = 0 if attempt.error is None else in_a_row[sink] + 1
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
            deliver_next=lambda _: None,
            refresh=lambda: None,
            close=poster.close,
        )
    courier = notifying.Courier(
        outbox=store.outbox, sinks=sinks, per_hour=settings.per_hour
    )
    return Desk(
        sinks=sinks,
        deliver_next=lambda silent: courier.deliver_next(but_for=silent),
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
