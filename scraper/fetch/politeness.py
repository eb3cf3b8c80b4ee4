"""What a host is owed: pure functions from what is remembered of it to what follows.

Figures: gap, crawl-delay ceiling and the factor on latency after Heritrix; Retry-After
from RFC 9110 section 10.2.3.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scraper.model import HostState

_LATENCY_FACTOR = 5.0
_LONGEST_CRAWL_DELAY = timedelta(seconds=300)
_FIRST_PAUSE = timedelta(seconds=60)
_LONGEST_PAUSE = timedelta(hours=24)
_LONGEST_UNREACHABLE = timedelta(hours=1)
_SHORTEST_RETRY = timedelta(seconds=1)


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
        try:
            when = parsedate_to_datetime(text)
        except ValueError:
            return None
        # RFC 9110 section 5.6.7: dates are in UTC whether they say so or not.
        aware = when if when.tzinfo else when.replace(tzinfo=UTC)
        wait = aware - now
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
    )


def after_failure(
    state: HostState, *, now: datetime, latency_s: float, rest: timedelta
) -> HostState:
    """Return what is remembered after an answer that broke off or never came."""
    return replace(state, next_request_at=now + rest, latency_s=latency_s)


def after_no_connection(
    state: HostState, *, now: datetime, reason: str, rest: timedelta
) -> HostState:
    """Return what is remembered when the host could not be reached at all.

    Its other pages would fare the same, so the whole host rests, at most an hour.
    """
    failures = state.failures + 1
    wait = _doubled(rest, failures, most=_LONGEST_UNREACHABLE)
    rested = replace(state, next_request_at=now + rest)
    return _paused(rested, failures, now + wait, reason)


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


def _doubled(first: timedelta, failures: int, *, most: timedelta) -> timedelta:
    # 2**20 minutes is two years: past that the power would only overflow.
    return min(first * (1 << min(failures - 1, 20)), most)


def _paused(state: HostState, failures: int, until: datetime, reason: str) -> HostState:
    return replace(state, failures=failures, paused_until=until, pause_reason=reason)
