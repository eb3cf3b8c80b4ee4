"""`govwatch changes`, and the options by which commands are asked for changes."""

from __future__ import annotations

import re
import sys
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import TYPE_CHECKING

import click

from scraper import report
from scraper.cli import screen
from scraper.cli.session import Session, pass_session, refusals, utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from scraper.model import Change, Group, JsonValue, Notice, Page
    from scraper.store import Store

_MEMBERS_SHOWN = 5
_LATELY = timedelta(days=7)
_SPANS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Moment(click.ParamType[datetime]):
    """A moment in the past: 7d, 12h, 2026-11-23 or 2026-11-23T14:05 (UTC)."""

    name = "7d|DATE"

    def __init__(self, *, ends_day: bool = False) -> None:
        """Read a day as its first moment, or as its last."""
        self._into_day = timedelta(days=1, microseconds=-1) * ends_day

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Return the moment, aware; anything else is a usage error."""
        if isinstance(value, datetime):
            return value
        text = str(value)
        if back := re.fullmatch(r"(\d{1,5})\s*([mhdw])", text.lower()):
            return utc_now() - timedelta(**{_SPANS[back[2]]: int(back[1])})
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            self.fail(f"{text!r} is neither like 7d nor like 2026-11-23", param, ctx)
        if not 1 < moment.year < 9999:  # in UTC it may have no year at all
            self.fail(f"{text!r} is too far away", param, ctx)
        if len(text) == len("2026-11-23"):
            moment += self._into_day
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which changes a person asks for: the options of `of_changes`."""

    reference: str | None
    since: datetime | None
    silent: bool
    min_significance: float
    limit: int

    @property
    def begin(self) -> datetime:
        """Since when other things are told beside them."""
        return self.since or utc_now() - _LATELY

    def find(
        self, session: Session, store: Store
    ) -> tuple[list[Change], str | None, Page | None]:
        """Return them, newest first, and the site or page that they are of."""
        site, page = session.scope(store, self.reference)
        return self.of(store, site, page), site, page

    def of(self, store: Store, site: str | None, page: Page | None) -> list[Change]:
        """Return those of a site or page, newest first."""
        return store.changes(
            since=self.since,
            site=site,
            page_id=None if page is None else page.id,
            silent_only=self.silent,
            min_significance=self.min_significance,
            limit=self.limit,
        )


def _told_apart(
    store: Store, asked: Asked, site: str | None, found: list[Change]
) -> list[Change]:
    """Return the changes that no mass edit stands for, again as many as asked for.

    One of hundreds of pages would leave no room for anything else. What is more on a
    page than the words that all swapped is told as its own.
    """
    masses = [
        group
        for group in store.groups(since=asked.since, publisher=site)
        if group.event.kind == "mass_edit"
        and len(group.members) > _MEMBERS_SHOWN
        and group.significance >= asked.min_significance
    ]
    refs = {member.ref for group in masses for member in group.members}
    if refs.isdisjoint(change.ref for change in found):
        return found
    more = replace(asked, limit=asked.limit + len(refs)).of(store, site, None)
    same = Counter(report.signature(one) for one in more if one.ref in refs)
    apart = [
        change
        for change in more
        if change.ref not in refs or same[report.signature(change)] <= _MEMBERS_SHOWN
    ]
    return apart[: asked.limit]


def _gone(
    store: Store, asked: Asked, site: str | None, page: Page | None
) -> list[Notice]:
    """Return pages that went meanwhile: no text of theirs changed, so no change is."""
    return [
        notice
        for notice in store.outbox.notices(since=asked.begin)
        if notice.kind in report.LOST
        and (site is None or notice.site == site)
        and (page is None or notice.page_url == page.url)
    ]


def of_changes(command: Callable[..., None]) -> Callable[..., None]:
    """Let `command` ask for changes; it is passed them as `asked`."""

    @click.argument("reference", required=False, metavar="[URL|SITE]")
    @click.option("--since", type=Moment(), help="Only changes found since then.")
    @click.option(
        "--silent", is_flag=True, help="Only those the page does not own up to."
    )
    @click.option(
        "--min-significance",
        type=click.FloatRange(0, 1),
        default=0.0,
        help="Only those that weigh so much, e.g. 0.3.",
    )
    @click.option(
        "--limit",
        type=click.IntRange(1),
        default=50,
        show_default=True,
        help="So many, the newest.",
    )
    @wraps(command)
    def asking(
        *arguments: object,
        reference: str | None,
        since: datetime | None,
        silent: bool,
        min_significance: float,
        limit: int,
        **others: object,
    ) -> None:
        asked = Asked(
            reference=reference,
            since=since,
            silent=silent,
            min_significance=min_significance,
            limit=limit,
        )
        command(*arguments, asked=asked, **others)

    return asking


@click.command()
@of_changes
@click.option("--exit-code", is_flag=True, help="Exit 1 if there are any.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def changes(session: Session, *, asked: Asked, exit_code: bool, as_json: bool) -> None:
    """List what changed, newest first; above, what many pages share."""
    with refusals(), session.store("read") as store:
        found, site, page = asked.find(session, store)
        are_any = bool(found)
        if page is None and not (as_json or asked.silent):
            found = _told_apart(store, asked, site, found)
        groups = {change.id: store.groups_of(change.id) for change in found}
        shared = (
            store.groups(since=asked.since, publisher=site)
            if page is None
            else {group.id: group for of in groups.values() for group in of}.values()
        )
        gone = [] if asked.silent else _gone(store, asked, site, page)
    if as_json:
        screen.print_json(
            [
                report.as_dict(change)
                | {"groups": [_group_as_dict(group) for group in groups[change.id]]}
                for change in found
            ]
        )
    else:
        least = asked.min_significance
        _print_changes(found, [g for g in shared if g.significance >= least])
        if gone:
            screen.say(f"and {report.tally(gone)} since {screen.when(asked.begin)}:")
            screen.say(f"    govwatch report --since {asked.begin:%Y-%m-%d}")
    if exit_code and are_any:
        sys.exit(1)


def _print_changes(changes: Sequence[Change], groups: Iterable[Group]) -> None:
    """Print what weighs on many pages, then each change, then what weighs nothing."""
    ranked = sorted(groups, key=lambda group: group.significance, reverse=True)
    for group in ranked:
        if group.significance:
            print_group(group)
    for change in changes:
        print_change(change)
    for group in ranked:
        if not group.significance:
            print_group(group)
    if not changes and not ranked:
        screen.say("no changes on record")


def print_change(change: Change) -> None:
    """Print a change as lines a reporter can quote from."""
    found = change.comparison
    screen.print_entry(
        (screen.when(change.new_first_seen_at), change.ref, found.significance),
        change.title,
        found.summary,
        [
            screen.between(change.old_last_seen_at, change.new_first_seen_at),
            change.page_url,
        ],
        is_loud=found.silent,
    )


def print_group(group: Group) -> None:
    """Print what happened on many pages at once, in the lines of a change.

    Which pages is said only where their stories are concerned.
    """
    members = group.members if group.significance else ()
    shown = [f"{one.ref or '':<12}  {one.page_url}" for one in members[:_MEMBERS_SHOWN]]
    if len(members) > _MEMBERS_SHOWN:
        rest = f"and {len(members) - _MEMBERS_SHOWN} more"
        if group.event.kind == "mass_edit":
            rest += f": event_id {group.id} in the view mass_edits"
        shown.append(rest)
    screen.print_entry(
        (
            screen.when(group.event.first_seen_at),
            f"{group.event.kind:<12}",
            group.significance,
        ),
        group.publisher,
        group.event.summary,
        shown,
        is_loud=bool(group.significance),
    )


def _group_as_dict(group: Group) -> JsonValue:
    return {
        "event": group.id,
        "kind": group.event.kind,
        "summary": group.event.summary,
        "before": group.before,
        "after": group.after,
        "significance": group.significance,
        "pages": len(group.members),
    }
