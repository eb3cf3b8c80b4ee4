"""A host ledger for one process that keeps nothing: print-only commands and tests."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from scraper.model import HostState

if TYPE_CHECKING:
    from datetime import datetime, timedelta


class InMemoryLedger:
    """Implements `model.HostLedger` for the threads of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._states: dict[str, HostState] = {}
        self._taken_until: dict[str, datetime] = {}

    def take(
        self, host: str, *, now: datetime, lease: timedelta
    ) -> HostState | datetime:
        """Take `host`, or learn when to ask again; see `model.HostLedger`."""
        with self._lock:
            state = self._states.get(host, HostState(host=host))
            free_at = max(
                self._taken_until.get(host, now),
                state.next_request_at or now,
                state.paused_until or now,
            )
            if free_at > now:
                return free_at
            self._taken_until[host] = now + lease
            return state

    def give_back(self, state: HostState) -> None:
        """Record `state` and free its host."""
        with self._lock:
            self._states[state.host] = state
            self._taken_until.pop(state.host, None)
