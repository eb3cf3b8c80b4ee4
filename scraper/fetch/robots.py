"""What a host's robots.txt asks of us (RFC 9309, read by Protego). Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from protego import Protego

if TYPE_CHECKING:
    from scraper.model import HostState

AGENT = "govwatch"
"""Our product token (RFC 9309 section 2.2.1)."""
LIMIT_BYTES = 512 * 1024
"""How much is read; section 2.5 asks for 500 KiB at least."""

_CACHED_FOR = timedelta(hours=24)
_ASKED_AGAIN_AFTER = timedelta(minutes=10)


def is_due(state: HostState, now: datetime) -> bool:
    """Tell whether robots.txt must be asked for before anything else.

    A good answer holds for a day (RFC 9309 section 2.4). When the last attempt failed,
    the last good copy serves meanwhile; without one nothing else may be asked.
    """
    if state.robots_checked_at is None or state.robots_text is None:
        return True
    age = now - state.robots_checked_at
    lasts = _ASKED_AGAIN_AFTER if is_lost(state.robots_status or 0) else _CACHED_FOR
    # A clock set back must not keep an old copy alive.
    return not timedelta(0) <= age < lasts


def is_lost(status: int) -> bool:
    """Tell an answer that tells nothing (5xx, 429, none) from "there is none" (4xx)."""
    return status == 429 or not 200 <= status < 500


def learn(state: HostState, *, now: datetime, status: int, body: bytes) -> HostState:
    """Return the host as remembered after robots.txt answered.

    Args:
        state: As before.
        now: When it did.
        status: Of the last redirect's target; 0 where nothing answered.
        body: At most `LIMIT_BYTES`.
    """
    checked = replace(state, robots_status=status, robots_checked_at=now)
    if is_lost(status):
        return checked
    # 3xx left over and 4xx mean that there are no rules (RFC 9309 section 2.3.1.3).
    text = body.decode("utf-8-sig", errors="replace") if status < 300 else ""
    if len(body) >= LIMIT_BYTES:
        text = text[: text.rfind("\n") + 1]  # half a rule is another rule
    return replace(checked, robots_text=text)


def allows(text: str, url: str) -> bool:
    """Tell whether robots.txt lets us fetch `url`."""
    return bool(_rules(text).can_fetch(url, AGENT))


def crawl_delay(text: str | None) -> timedelta | None:
    """Return the delay that robots.txt asks for, unbounded."""
    seconds = _rules(text).crawl_delay(AGENT) if text else None
    # Protego refuses what is no finite number.
    return None if seconds is None else timedelta(seconds=min(seconds, 86_400))


@lru_cache(maxsize=1024)  # with fewer than hosts are watched each turn would parse
def _rules(text: str) -> Protego:
    return Protego.parse(text)
