"""Takes due deliveries to their sinks, one at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from scraper import report
from scraper.errors import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from scraper.model import Coverage, Delivery, Message

Send: TypeAlias = "Callable[[Message], None]"
"""Hands a message to a sink; raises `DeliveryError` when it is not accepted."""

LEASE: Final = timedelta(minutes=2)
"""More than any attempt takes; after a crash, the wait before the next."""


class Deliveries(Protocol):
    """The outbox as the courier sees it: `store.outbox.Outbox`."""

    def plan(self) -> None:
        """Make the next daily and weekly digests."""

    def claim_due(
        self, *, per_hour: int, lease: timedelta, limit: int, but_for: Collection[str]
    ) -> list[Delivery]:
        """Seal and lease what is due, at other sinks than those."""

    def coverage(self, *, since: datetime, until: datetime) -> Coverage:
        """Return what was looked at."""

    def seal(self, delivery_id: str, message: Message) -> None:
        """Keep what is about to be sent."""

    def sent(self, delivery_id: str) -> None:
        """Note that it was accepted."""

    def failed(self, delivery: Delivery, error: str) -> datetime | None:
        """Note that it was not; return when to try again."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of trying to deliver something.

    Attributes:
        error: None when it was accepted.
        again_at: When it is tried again; None after an error: it is given up.
    """

    delivery: Delivery
    error: str | None = None
    again_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Courier:
    """Delivers what is due.

    Attributes:
        outbox: Where deliveries wait.
        sinks: By the names that the settings give them.
        per_hour: Most messages to one sink.
    """

    outbox: Deliveries
    sinks: Mapping[str, Send]
    per_hour: int

    def deliver_next(self, *, but_for: Collection[str] = ()) -> Attempt | None:
        """Attempt one delivery, at other sinks than those; None when nothing is due."""
        self.outbox.plan()
        claimed = self.outbox.claim_due(
            per_hour=self.per_hour, lease=LEASE, limit=1, but_for=but_for
        )
        return self._deliver(claimed[0]) if claimed else None

    def _deliver(self, delivery: Delivery) -> Attempt:
        message = delivery.message or self._written(delivery)
        try:
            self._send(delivery.sink, message)
        except DeliveryError as exc:
            again_at = self.outbox.failed(delivery, str(exc))
            return Attempt(delivery, error=str(exc), again_at=again_at)
        self.outbox.sent(delivery.id)
        return Attempt(delivery)

    def _written(self, delivery: Delivery) -> Message:
        coverage = None
        if delivery.kind == "digest":
            coverage = self.outbox.coverage(since=delivery.since, until=delivery.due_at)
        message = report.message(delivery, coverage)
        self.outbox.seal(delivery.id, message)
        return message

    def _send(self, sink: str, message: Message) -> None:
        send = self.sinks.get(sink)
        if send is None:
            raise DeliveryError(
                f"govwatch.toml names no sink {sink!r} any more; add it again, or let"
                " its deliveries be given up"
            )
        send(message)
