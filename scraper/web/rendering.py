"""Templates to text; every value is escaped. `guard` sees to what would act."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from scraper.report import safe

if TYPE_CHECKING:
    from datetime import tzinfo

PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
"""Our pages run no script and load one stylesheet."""

_KINDS = {
    "moved_outside": "moved away",
    "template_changed": "template changed",
    "mass_edit": "mass edit",
    "mass_removal": "mass removal",
    "robots_changed": "robots changed",
    "certificate_failed": "certificate failed",
}


def script_hash(script: str) -> str:
    """Return how a policy names one script (CSP Level 3, 2.3.1)."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def rendered(template: str, **values: object) -> str:
    """Return a page."""
    return _ENVIRONMENT.get_template(template).render(**values)


def day(at: datetime) -> str:
    """Return `14 November 2026`, in UTC."""
    return f"{at.astimezone(UTC):%-d %B %Y}"


def clock(at: datetime) -> str:
    """Return `14:00`, in UTC."""
    return f"{at.astimezone(UTC):%H:%M}"


def full(at: datetime) -> str:
    """Return `14 Nov 2026, 14:00:43 UTC`."""
    return f"{at.astimezone(UTC):%-d %b %Y, %H:%M:%S} UTC"


def local(at: datetime, zone: tzinfo | None) -> str:
    """Return `09:00 EST` in the operator's zone, with the day where it is another.

    Empty where the operator's time is UTC. None is the zone of this machine.
    """
    there = at.astimezone(zone)
    if not there.utcoffset():
        return ""
    is_same_day = there.date() == at.astimezone(UTC).date()
    return f"{there:%H:%M %Z}" if is_same_day else f"{there:%-d %b, %H:%M %Z}"


def iso(at: datetime) -> str:
    """Return a time for machines."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def stamp(at: datetime) -> str:
    """Return a time as the Wayback Machine writes it in its URLs."""
    return f"{at.astimezone(UTC):%Y%m%d%H%M%S}"


def kind_name(kind: str) -> str:
    """Return an event's kind as people say it."""
    return _KINDS.get(kind, kind)


def is_web_address(url: str | None) -> bool:
    """Whether a browser may be led there."""
    return url is not None and url.lower().startswith(("https://", "http://"))


_ENVIRONMENT: Final = Environment(
    loader=PackageLoader("scraper.web", "markup"),
    autoescape=True,
    finalize=lambda value: "" if value is None else value,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters.update(
    clock=clock,
    day=day,
    full=full,
    iso=iso,
    kind=kind_name,
    local=local,
    readable=safe,
    stamp=stamp,
)
_ENVIRONMENT.tests["web_address"] = is_web_address
