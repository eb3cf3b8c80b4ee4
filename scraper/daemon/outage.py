"""Whether it is our own network that is down. Pure.

Where many hosts in a row give no answer, and none does in between, the fault is nearer
to us than to them. Then no page should be called failing and no host made to rest.
"""

from __future__ import annotations

from dataclasses import dataclass, field

ENOUGH_HOSTS = 5


@dataclass(slots=True)
class Outage:
    """What the latest checks tell of our network.

    Attributes:
        silent: Hosts that gave no answer since they last did.
        is_on: Whether our network is taken to be down.
    """

    silent: set[str] = field(default_factory=set)
    is_on: bool = False
    _in_a_row: set[str] = field(default_factory=set)

    def no_answer(self, host: str) -> bool:
        """Note that a host did not answer; return whether an outage begins with it."""
        self.silent.add(host)
        self._in_a_row.add(host)
        begins = not self.is_on and len(self._in_a_row) >= ENOUGH_HOSTS
        self.is_on = self.is_on or begins
        return begins

    def answer(self, host: str) -> tuple[str, ...]:
        """Note that a host answered; return the hosts to be looked at afresh.

        That is `host` if it was silent, and every silent one if an outage ends with it.
        """
        self._in_a_row.clear()
        afresh = set(self.silent) if self.is_on else self.silent & {host}
        self.silent -= afresh
        self.is_on = False
        return tuple(sorted(afresh))
