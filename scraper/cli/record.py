"""Commands that read the record: changes, show, history, diff, status."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import TYPE_CHECKING

import click
from rich.text import Text

from scraper import report
from scraper.cli import screen
from scraper.cli.reading import print_article
from scraper.cli.session import (
    Failure,
    Refusal,
    Session,
    pass_session,
    refusals,
    utc_now,
)
from scraper.comparison import settle
from scraper.model import State
from scraper.store import SHORTEST_PREFIX, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from scraper.model import (
        Article,
        Change,
        Group,
        JsonValue,
        Notice,
        Page,
        Version,
        VersionId,
    )
    from scraper.store import Store, TimelineLine

_STYLES = {
    "": "",
    "heading": "bold",
    "label": "dim",
    "muted": "dim",
    "added": "bold green",
    "removed": "red strike",
    "moved": "cyan",
}
_MEMBERS_SHOWN = 5
_ALL = 1_000_000
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
        found = store.changes(
            since=self.since,
            site=site,
            page_id=None if page is None else page.id,
            silent_only=self.silent,
            min_significance=self.min_significance,
            limit=self.limit,
        )
        return found, site, page


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
    if exit_code and found:
        sys.exit(1)


@click.command()
@click.argument("reference", metavar="PAGE")
@click.option(
    "--at",
    type=Moment(ends_day=True),
    help="The text as it stood then; of a day, at its end.",
)
@click.option("--raw", is_flag=True, help="Print the captured bytes.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def show(
    session: Session,
    reference: str,
    at: datetime | None,
    *,
    raw: bool,
    as_json: bool,
) -> None:
    """Show a page's text: now, or as it stood at a date."""
    with refusals(), session.store("read") as store:
        page = session.page(store, reference)
        version = page.latest if at is None else store.version_at(page.id, at)
        if version is None:
            msg = f"no text of {page.url} on record" + (
                f" at {screen.when(at)}" if at else ""
            )
            versions = store.browsing.history(page.id, limit=_ALL)
            if versions:
                msg += f"; the first is of {screen.when(versions[-1].first_seen_at)}"
            elif page.state.state is State.UNSEEN:
                msg += f"; `govwatch check {page.url}` looks"
            raise Refusal(msg)
        if raw:
            body = _body(store, version)
            click.echo(body, nl=False)
            return
    if as_json:
        screen.print_json(version_as_dict(version))
        return
    screen.say(
        f"{page.url}: {page.state.state}; version {version.number}, "
        f"seen {screen.when(version.first_seen_at)} to "
        f"{screen.when(version.last_seen_at)} ({version.last_seen_on})"
    )
    if page.next_check_at is not None:
        screen.say(
            f"next check {screen.when(page.next_check_at)}: {page.next_check_why}"
        )
    print_article(version.article)


@click.command()
@click.argument("reference", metavar="PAGE")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def history(session: Session, reference: str, *, as_json: bool) -> None:
    """Tell a page's life: what was seen of it, and when."""
    with refusals(), session.store("read") as store:
        page = session.page(store, reference)
        events = store.events(page_id=page.id, limit=_ALL)
        lines = store.browsing.timeline(Wanted(page_id=page.id), limit=len(events))
    refs = {(line.kind, line.at): line.ref for line in lines}
    if as_json:
        screen.print_json(
            [
                {
                    "kind": event.kind,
                    "first_seen_at": event.first_seen_at.isoformat(),
                    "last_seen_at": event.last_seen_at.isoformat(),
                    "ref": refs.get((event.kind, event.first_seen_at)),
                    "summary": event.summary,
                    "detail": dict(event.detail),
                }
                for event in events
            ]
        )
        return
    screen.print_rows(
        ("seen", "event", "ref", "what"),
        [
            (screen.when(line.at), line.kind, line.ref, happened(line))
            for line in reversed(lines)
        ],
        nothing="nothing has happened to it yet; `govwatch show` has its text",
    )


def happened(line: TimelineLine) -> str:
    """Return what an event was, of an edit with what it cannot be older than."""
    if line.old_last_seen_at is None:
        return line.summary
    return (
        f"{line.summary}; the old text last seen {screen.when(line.old_last_seen_at)}"
    )


@click.command()
@click.argument("reference", metavar="REF")
@click.option(
    "--format",
    "form",
    type=click.Choice(["terminal", "unified", "markdown", "html", "json"]),
    default="terminal",
    help="Terminal by default; in a pipe that is plain lines.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@pass_session
def diff(session: Session, reference: str, form: str, *, as_json: bool) -> None:
    """Show one change word by word.

    REF is a change's ref, the beginning of it or its id.
    """
    with refusals(), session.store("read") as store:
        change = known_change(store, reference)
        before, after = texts_around(store, change)
    if as_json or form == "json":
        screen.print_json(report.as_dict(change))
    elif form == "unified":
        click.echo(report.unified(change.comparison, before, after), nl=False)
    elif form == "markdown":
        click.echo(report.markdown(change))
    elif form == "html":
        click.echo(report.html(change))
    else:
        print_diff(change, before, after)


def known_change(store: Store, reference: str) -> Change:
    """Return the change a person meant by a ref, its beginning or an id."""
    change = store.change(reference)
    if change is None:
        msg = f"no change {reference!r} on record; `govwatch changes` lists them"
        if len(reference) < SHORTEST_PREFIX:
            msg += f", and the first {SHORTEST_PREFIX} letters of a ref are enough"
        raise Refusal(msg)
    return change


def texts_around(store: Store, change: Change) -> tuple[Article, Article]:
    """Return the texts before and after `change`, as its edits count them."""
    return (
        settle(_version(store, change.old_version).article),
        settle(_version(store, change.new_version).article),
    )


def print_diff(change: Change, before: Article, after: Article) -> None:
    """Print a change with its evidence, word by word; plain lines in a pipe."""
    if not screen.is_terminal():
        for name, value in report.facts(change):
            click.echo(f"{name}: {screen.plain(value)}")
        click.echo(report.unified(change.comparison, before, after), nl=False)
        return
    out = screen.console()
    shown = report.terminal(
        change.comparison, before, after, width=out.width, change=change
    )
    for line in shown:
        told = Text.assemble(*((span.text, _STYLES[span.style]) for span in line))
        out.print(told, soft_wrap=True)  # it is wrapped already, addresses are not


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
        shown.append(f"and {len(members) - _MEMBERS_SHOWN} more")
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


def version_as_dict(version: Version) -> dict[str, object]:
    """Return plain JSON-able values."""
    return {
        "number": version.number,
        "origin": version.origin,
        "content_sha256": version.content_sha256,
        "first_seen_at": version.first_seen_at.isoformat(),
        "last_seen_at": version.last_seen_at.isoformat(),
        "last_seen_on": version.last_seen_on,
        "body_sha256": version.body_sha256,
        "article": version.article.as_dict(),
    }


def _version(store: Store, version_id: VersionId) -> Version:
    found = store.version(version_id)
    if found is None:
        msg = f"version {version_id} is not on record; run `govwatch verify`"
        raise Failure(msg)
    return found


def _body(store: Store, version: Version) -> bytes:
    body = store.body(version.body_sha256) if version.body_sha256 is not None else None
    if body is None:
        msg = "its bytes were not kept; without --raw there is its text"
        raise Failure(msg)
    return body
