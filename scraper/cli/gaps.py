"""`govwatch gaps`: when pages could not be seen, what many of them share told once."""

from __future__ import annotations

import statistics
from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import click

from scraper import urls
from scraper.cli import screen
from scraper.cli.session import Session, pass_session, refusals
from scraper.model import MANY_PAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from scraper.store import Gap

_ALL: Final = 1_000_000
_SHOWN: Final = 200
_CATCHING_UP: Final = timedelta(minutes=15)
"""After a night off, one page after the other is seen again: a host gives one in five
seconds. Where none is for as long as this, that was the end of it."""
_SITES_NAMED: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A time in which not one of some pages was seen.

    Attributes:
        since: When the last of them had been seen last.
        until: When the first of them was seen again, None: not yet.
        gaps: Each page's own, which may be longer.
    """

    since: datetime
    until: datetime | None
    gaps: tuple[Gap, ...]


@click.command()
@click.argument("reference", required=False, metavar="[URL|SITE]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, a gap of each page.")
@pass_session
def gaps(session: Session, reference: str | None, *, as_json: bool) -> None:
    """Tell when pages could not be seen: what may have gone unseen.

    A time that three pages or more share is one line; name a page for its own.
    """
    with refusals(), session.store("read") as store:
        site, page = session.scope(store, reference)
        found = store.gaps(
            site=site, page_id=None if page is None else page.id, limit=_ALL
        )
    if as_json:
        screen.print_json([_as_dict(gap) for gap in found])
        return
    told = stretches(found, now=session.clock())
    screen.print_rows(
        ("not seen from", "to", "pages", "which"),
        [
            (
                screen.when(one.since),
                screen.when(one.until) if one.until else "not yet",
                len(one.gaps),
                _which(one.gaps),
            )
            for one in told[:_SHOWN]
        ],
        nothing="no gap on record",
    )
    if len(told) > _SHOWN:
        screen.say(f"and {len(told) - _SHOWN} earlier ones; --json has all")


def stretches(found: Iterable[Gap], *, now: datetime) -> list[Stretch]:
    """Return when pages could not be seen, the latest first, what lasts above.

    Pages that were seen again at about the same time share a stretch: its ends are what
    holds for all of them. What lasts is shared within a site only, where the cause is
    likely one.
    """
    over: list[tuple[datetime, Gap]] = []
    lasting: dict[str, list[tuple[datetime, Gap]]] = {}
    for gap in found:
        if gap.seen_again_at is not None:
            over.append((gap.seen_again_at, gap))
        else:
            lasting.setdefault(_site(gap), []).append((now, gap))
    told = [
        one for ends in (over, *lasting.values()) for one in _together(_by_end(ends))
    ]
    return sorted(told, key=lambda one: (one.until or now, one.since), reverse=True)


def _by_end(ends: Iterable[tuple[datetime, Gap]]) -> deque[tuple[datetime, Gap]]:
    return deque(sorted(ends, key=lambda one: (one[0], one[1].page_id)))


def _together(left: deque[tuple[datetime, Gap]]) -> Iterator[Stretch]:
    while left:
        near = _that_end_with(left)
        shared = _shared([gap for _, gap in near], until=near[0][0])
        if len(shared) < MANY_PAGES:
            shared = [near[0][1]]
        seen_again = [gap.seen_again_at for gap in shared if gap.seen_again_at]
        yield Stretch(
            since=max(gap.seen_until for gap in shared),
            until=min(seen_again, default=None),
            gaps=tuple(shared),
        )
        taken = set(map(id, shared))
        left.extendleft(one for one in reversed(near) if id(one[1]) not in taken)


def _that_end_with(
    left: deque[tuple[datetime, Gap]],
) -> list[tuple[datetime, Gap]]:
    """Take from `left` the gaps that end with the first, one soon after the other."""
    near = [left.popleft()]
    while left and left[0][0] - near[-1][0] <= _CATCHING_UP:
        near.append(left.popleft())
    return near


def _shared(near: Sequence[Gap], *, until: datetime) -> list[Gap]:
    """Return those that were all under way for long when the first of them ended.

    A page seen in the middle of the night, when the rest was not, would make the night
    look short: it has a line of its own.
    """
    begun = [gap for gap in near if gap.seen_until < until]
    if not begun:  # a clock was set back meanwhile
        return []
    middle = statistics.median_low(gap.seen_until for gap in begun)
    latest = middle + (until - middle) / 2
    return [gap for gap in begun if gap.seen_until <= latest]


def _which(gaps: Sequence[Gap]) -> str:
    if len(gaps) == 1:
        return gaps[0].url
    sites = sorted({_site(gap) for gap in gaps})
    more = len(sites) - _SITES_NAMED
    if more < 2:
        return ", ".join(sites)
    return f"{', '.join(sites[:_SITES_NAMED])} and {more} more sites"


def _site(gap: Gap) -> str:
    return gap.site or urls.host(gap.url)


def _as_dict(gap: Gap) -> dict[str, object]:
    again = gap.seen_again_at
    return {
        "page": gap.page_id,
        "url": gap.url,
        "seen_until": gap.seen_until.isoformat(),
        "seen_again_at": None if again is None else again.isoformat(),
    }
