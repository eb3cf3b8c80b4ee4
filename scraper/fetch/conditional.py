"""When to believe "304 Not Modified", and when to ask for the whole page. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scraper.model import Capture, Validators

_YOUNG = timedelta(days=30)
_YOUNG_EVERY = timedelta(days=1)
_OLD_EVERY = timedelta(days=7)
_CACHE_SLACK = timedelta(hours=1)
"""A 304 this long after a change may come from a cache, which is nobody's mistake."""


def wants_full_answer(
    *, now: datetime, added_at: datetime, full_answer_at: datetime | None
) -> bool:
    """Tell whether a page is due an answer that no cache or validator could fake.

    Daily during the page's first 30 days, when most edits happen; weekly after.
    """
    if full_answer_at is None:
        return True
    every = _YOUNG_EVERY if now - added_at < _YOUNG else _OLD_EVERY
    # A clock set back must not postpone it.
    return not timedelta(0) <= now - full_answer_at < every


def contradicts(
    held: Validators, full: Capture, *, confirmed_at: datetime | None
) -> bool:
    """Tell whether a full answer with different content shows that 304s were wrong.

    It does when the server would still call the page unmodified, or dates the change
    before a 304.

    Args:
        held: The validators we were given with the old content.
        full: The full answer; its content differs.
        confirmed_at: When a 304 last confirmed the old content, if one did.
    """
    given = full.validators
    if given is None or full.status != 200:
        return False
    if held.etag is not None and given.etag is not None:
        if _opaque(held.etag) == _opaque(given.etag):
            return True
    elif held.last_modified is not None and held.last_modified == given.last_modified:
        return True
    modified = http_date(given.last_modified)
    if modified is None or confirmed_at is None:
        return False
    return confirmed_at - modified > _CACHE_SLACK


def http_date(text: str | None) -> datetime | None:
    """Read a date as servers send it; None where it makes no sense.

    Dates are in UTC whether they say so or not (RFC 9110 section 5.6.7).
    """
    try:
        when = parsedate_to_datetime(text or "")
    except (ValueError, OverflowError):  # a year of twenty digits
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def request_headers(validators: Validators | None) -> list[tuple[str, str]]:
    """Return the headers that ask only for what is new (RFC 9110 section 13.1)."""
    if validators is None:
        return []
    pairs = (
        ("if-none-match", validators.etag),
        ("if-modified-since", validators.last_modified),
    )
    # A server's own header must not become a second one of ours.
    return [(k, v) for k, v in pairs if v and v.isprintable() and v.isascii()]


def _opaque(etag: str) -> str:
    """Return an ETag for weak comparison (RFC 9110 section 8.8.3.2)."""
    return etag.strip().removeprefix("W/")
