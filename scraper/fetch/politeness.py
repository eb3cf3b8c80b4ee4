"""What a host is owed, and what is remembered of it; pure but for `InMemoryLedger`.

Figures: gap, crawl-delay ceiling and the factor on latency after Heritrix; Retry-After
from RFC 9110 section 10.2.3; robots.txt from RFC 9309, read by Protego.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from protego import Protego

from scraper.fetch.conditional import http_date
from scraper.model import HostState

if TYPE_CHECKING:
    from datetime import datetime

ROBOTS_BYTES = 512 * 1024
"""How much of a robots.txt is read; RFC 9309 section 2.5 asks for 500 KiB at least."""

_AGENT = "govwatch"
"""Our product token (RFC 9309 section 2.2.1)."""
_ROBOTS_KEPT = timedelta(hours=24)
_LOST_ROBOTS_KEPT = timedelta(minutes=10)
_LATENCY_FACTOR = 5.0
_LONGEST_CRAWL_DELAY = timedelta(seconds=300)
_FIRST_PAUSE = timedelta(seconds=60)
_LONGEST_PAUSE = timedelta(hours=24)
_LONGEST_UNREACHABLE = timedelta(hours=1)
_SHORTEST_RETRY = timedelta(seconds=1)


# robots.txt.


def robots_are_due(state: HostState, now: datetime) -> bool:
    """Tell whether robots.txt must be asked for before anything else.

    A good answer holds for a day (RFC 9309 section 2.4). When the last attempt failed,
    the last good copy serves meanwhile; without one nothing else may be asked.
    """
    if state.robots_checked_at is None or state.robots_text is None:
        return True
    age = now - state.robots_checked_at
    lasts = _LOST_ROBOTS_KEPT if _is_lost(state.robots_status or 0) else _ROBOTS_KEPT
    # A clock set back must not keep an old copy alive.
    return not timedelta(0) <= age < lasts


def allows(text: str, url: str) -> bool:
    """Tell whether robots.txt lets us fetch `url`."""
    return bool(_rules(text).can_fetch(url, _AGENT))


def crawl_delay(text: str | None) -> timedelta | None:
    """Return the delay that robots.txt asks for, unbounded."""
    seconds = _rules(text).crawl_delay(_AGENT) if text else None
    # Protego refuses what is no finite number.
    return None if seconds is None else timedelta(seconds=min(seconds, 86_400))


def after_robots(
    state: HostState, *, now: datetime, status: int, body: bytes
) -> HostState:
    """Return the host as remembered after robots.txt answered.

    Args:
        state: As before.
        now: When it did.
        status: Of the last redirect's target; 0 where nothing answered.
        body: At most `ROBOTS_BYTES`.
    """
    checked = replace(state, robots_status=status, robots_checked_at=now)
    if _is_lost(status):
        return checked
    # 3xx left over and 4xx mean that there are no rules (RFC 9309 section 2.3.1.3).
    text = body.decode("utf-8-sig", errors="replace") if status < 300 else ""
    if len(body) >= ROBOTS_BYTES:
        text = text[: text.rfind("\n") + 1]  # half a rule is another rule
    return replace(checked, robots_text=text)


def after_lost_robots(state: HostState, *, now: datetime, status: int) -> HostState:
    """Return what is remembered when robots.txt cannot be had and there is no copy.

    Then nothing may be asked (RFC 9309 section 2.3.1.4), so the host rests, unless that
    answer has already paused it.
    """
    if state.paused_until is not None and state.paused_until > now:
        return state
    failures = state.failures + 1
    wait = _doubled(_FIRST_PAUSE, failures, most=_LONGEST_PAUSE)
    return _paused(state, failures, now + wait, f"its robots.txt answered {status}")


def _is_lost(status: int) -> bool:
    """Tell an answer that tells nothing (5xx, 429, none) from "there is none" (4xx)."""
    return status == 429 or not 200 <= status < 500


@lru_cache(maxsize=1024)  # with fewer than hosts are watched each turn would parse
def _rules(text: str) -> Protego:
    return Protego.parse(text)


# Turns and rests.


def gap(
    *, least: timedelta, latency_s: float | None, crawl_delay: timedelta | None
) -> timedelta:
    """Return the rest between the end of one request to a host and the next."""
    slow = timedelta(seconds=_LATENCY_FACTOR * (latency_s or 0.0))
    asked = min(crawl_delay or timedelta(0), _LONGEST_CRAWL_DELAY)
    return max(least, slow, asked)


def retry_after(value: str | None, *, now: datetime) -> timedelta | None:
    """Read a Retry-After header, in seconds or as a date, bounded to 1 s and 24 h.

    Returns None where there is none that makes sense.
    """
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdecimal():
        # More digits than a day has cannot change the answer, only overflow.
        wait = timedelta(seconds=int(text[:9]))
    else:
        when = http_date(text)
        if when is None:
            return None
        wait = when - now
    return min(max(wait, _SHORTEST_RETRY), _LONGEST_PAUSE)


def after_answer(
    state: HostState,
    *,
    now: datetime,
    status: int,
    latency_s: float,
    retry: timedelta | None,
    rest: timedelta,
) -> HostState:
    """Return what is remembered after an answer.

    429 and 503 pause the whole host: as long as it says, and growing while they go on.
    A Retry-After on any other error is obeyed too. One page's 403 or 404 says nothing
    about its host.
    """
    failures, wait, why = 0, None, None
    if status in {429, 503}:
        failures = state.failures + 1
        own = _doubled(_FIRST_PAUSE, failures, most=_LONGEST_PAUSE)
        # The host's word is enough once; if it refuses again, ours is added.
        wait = own if retry is None else retry if failures == 1 else max(retry, own)
        why = f"it answered {status}"
    elif status >= 400 and retry is not None:
        wait, why = retry, f"it answered {status} with Retry-After"
    return replace(
        state,
        next_request_at=now + rest,
        latency_s=latency_s,
        failures=failures,
        paused_until=None if wait is None else now + wait,
        pause_reason=why,
        certificate_held=True,  # nothing answers before it has proved its name
    )


def after_failure(
    state: HostState, *, now: datetime, latency_s: float, rest: timedelta
) -> HostState:
    """Return what is remembered after an answer that broke off or never came."""
    return replace(state, next_request_at=now + rest, latency_s=latency_s)


def after_no_connection(
    state: HostState,
    *,
    now: datetime,
    reason: str,
    rest: timedelta,
    by_certificate: bool = False,
) -> HostState:
    """Return what is remembered when the host could not be reached at all.

    Its other pages would fare the same, so the whole host rests, at most an hour.

    Args:
        state: As before.
        now: When it failed.
        reason: Why, for people.
        rest: What is owed to it in any case.
        by_certificate: It answered, and could not prove its name.
    """
    failures = state.failures + 1
    wait = _doubled(rest, failures, most=_LONGEST_UNREACHABLE)
    # A certificate that never held tells nothing new.
    is_lost = by_certificate and state.certificate_held is not None
    rested = replace(
        state,
        next_request_at=now + rest,
        certificate_held=False if is_lost else state.certificate_held,
    )
    return _paused(rested, failures, now + wait, reason)


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


def _doubled(first: timedelta, failures: int, *, most: timedelta) -> timedelta:
    # 2**20 minutes is two years: past that the power would only overflow.
    return min(first * (1 << min(failures - 1, 20)), most)


def _paused(state: HostState, failures: int, until: datetime, reason: str) -> HostState:
    return replace(state, failures=failures, paused_until=until, pause_reason=reason)
