"""Commands that watch and record: watch and check."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from scraper import check as checking
from scraper.cli import screen
from scraper.cli.naming import NamedGroup
from scraper.cli.reading import PATIENCE
from scraper.cli.session import (
    FAILED,
    Refusal,
    Session,
    pass_session,
    refusals,
    utc_now,
)
from scraper.daemon import LEASE
from scraper.errors import HostBusyError
from scraper.fate import CONFIRMATIONS
from scraper.model import ActiveHours, Outcome, Page, PageId, State, WatchKind
from scraper.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scraper.fetch import Fetcher
    from scraper.model import Check, Watch
    from scraper.store import Recorded

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_NOT_SEEN = {Outcome.FAILED, Outcome.BLOCKED, Outcome.DISALLOWED, Outcome.UNREADABLE}


class Interval(click.ParamType[timedelta]):
    """A length of time as people write it: 90m, 6h, 2d, 1w."""

    name = "interval"

    def convert(
        self,
        value: object,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> timedelta:
        """Return the interval; anything else is a usage error."""
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"([1-9]\d{0,4})\s*([mhdw])", str(value).lower())
        if found is None:
            self.fail(f"{value!r} is not like 90m, 6h, 2d or 1w", param, ctx)
        return timedelta(**{_UNITS[found[2]]: int(found[1])})


class Hours(click.ParamType[ActiveHours]):
    """Hours of the day at a place: 07:00-19:00 America/New_York."""

    name = "hours"

    def convert(
        self,
        value: object,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> ActiveHours:
        """Return the hours; another form or an unknown place is a usage error."""
        if isinstance(value, ActiveHours):
            return value
        try:
            hours = ActiveHours.parse(str(value))
            ZoneInfo(hours.zone)
        except ValueError as exc:
            self.fail(str(exc), param, ctx)
        except (ZoneInfoNotFoundError, OSError):
            self.fail(f"{value!r}: no place of that name is known", param, ctx)
        return hours


@click.group(cls=NamedGroup)
def watch() -> None:
    """Say which pages to follow."""


@watch.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def list_watches(session: Session, *, as_json: bool) -> None:
    """List what is followed."""
    with refusals(), session.store("read") as store:
        watches = [(one, *store.stories(one.id)) for one in store.watches()]
    if as_json:
        screen.print_json(
            [
                watch_as_dict(one) | {"stories": found, "followed": followed}
                for one, found, followed in watches
            ]
        )
        return
    screen.print_rows(
        ("watch", "kind", "site", "every", "stories", "followed", "url"),
        [
            (
                one.id,
                one.kind,
                one.site,
                "paused" if one.paused else _pace(one),
                "" if one.kind is WatchKind.ARTICLE else found,
                "feed only" if one.feed_only else followed or "",
                one.url,
            )
            for one, found, followed in watches
        ],
        nothing="nothing is watched yet: govwatch watch add URL",
    )


@watch.command("remove")
@click.argument("references", nargs=-1, required=True, metavar="WATCH|URL...")
@pass_session
def remove(session: Session, references: tuple[str, ...]) -> None:
    """Follow no longer; everything recorded stays."""
    _for_each(session, references, Store.remove_watch, "no longer watching")


@watch.command("pause")
@click.argument("references", nargs=-1, required=True, metavar="WATCH|URL...")
@pass_session
def pause(session: Session, references: tuple[str, ...]) -> None:
    """Make no checks until resumed."""
    _for_each(session, references, Store.pause_watch, "paused")


@watch.command("resume")
@click.argument("references", nargs=-1, required=True, metavar="WATCH|URL...")
@pass_session
def resume(session: Session, references: tuple[str, ...]) -> None:
    """Follow a paused watch again."""
    _for_each(session, references, Store.resume_watch, "watching again")


@click.command("check")
@click.argument("references", nargs=-1, metavar="[URL|SITE]...")
@click.option("--all", "everything", is_flag=True, help="Every watched page.")
@click.option("--due", is_flag=True, help="Every watched page that is due.")
@click.option(
    "--believe", is_flag=True, help="Take a suspect text for the page's: you looked."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
@click.option("--exit-code", is_flag=True, help="Exit 1 if anything changed.")
@pass_session
def check_pages(
    session: Session,
    references: tuple[str, ...],
    *,
    everything: bool,
    due: bool,
    believe: bool,
    as_json: bool,
    exit_code: bool,
) -> None:
    """Fetch pages now and record what is found."""
    if sum((bool(references), everything, due)) != 1:
        msg = "name pages or sites, or say --all or --due"
        raise click.UsageError(msg)
    with refusals():
        wanted = [
            name if name in session.sites else session.url(name) for name in references
        ]
        # A person is told at once; whoever closes a pipe must not end the looking.
        tells_at_once = screen.is_terminal() and not as_json
        done = []
        with screen.progress("checking") as bar:
            for one, left in _looks(session, wanted, due=due, believe=believe):
                done.append(one)
                if one is not None and tells_at_once:
                    with bar.aside():
                        print_check(*one)
                bar(len(done), len(done) + left)
    if not done:
        screen.say(
            "nothing is due"
            if due
            else "nothing is watched yet: govwatch watch add URL"
            if everything
            else "no page of these is watched"
        )
    found = [one for one in done if one is not None]
    if as_json:
        screen.print_json([_found(check, recorded) for check, recorded in found])
    elif not tells_at_once:
        for one in found:
            print_check(*one)
    if len(found) < len(done) or any(c.outcome in _NOT_SEEN for c, _ in found):
        sys.exit(FAILED)
    if exit_code and any(recorded.change is not None for _, recorded in found):
        sys.exit(1)


def _pace(one: Watch) -> str:
    pace = "adaptive" if one.every is None else str(one.every)
    return pace if one.active_hours is None else f"{pace}, {one.active_hours}"


def watch_as_dict(one: Watch) -> dict[str, object]:
    """Return a watch as JSON-able values."""
    return {
        "id": one.id,
        "url": one.url,
        "kind": str(one.kind),
        "site": one.site,
        "every_s": one.every.total_seconds() if one.every is not None else None,
        "active_hours": None if one.active_hours is None else str(one.active_hours),
        "include": list(one.include),
        "exclude": list(one.exclude),
        "most": one.most,
        "feed_only": one.feed_only,
        "added_at": one.added_at.isoformat(),
        "paused": one.paused,
    }


def print_check(check: Check, recorded: Recorded) -> None:
    """Print one line of what a check found, and the change's own line."""
    summary = (
        check.comparison.summary
        if recorded.change is not None and check.comparison is not None
        else check.error or ""
    )
    click.echo(
        f"{check.outcome!s:<12} {check.page.url}"
        + (f"\n{'':<12} {screen.plain(summary)}" if summary else "")
        + (f" [{recorded.change.ref}]" if recorded.change is not None else "")
    )
    if recorded.found:
        click.echo(f"{'':<12} {screen.found(len(recorded.found))}")


def _looks(
    session: Session, wanted: list[str], *, due: bool, believe: bool
) -> Iterator[tuple[tuple[Check, Recorded] | None, int]]:
    """Check what is wanted; yield what came of each, and how many are left."""
    unknown = [url for url in wanted if not _is_known(session, url)]
    for number, url in enumerate(unknown, start=1):
        yield _first_check(session, url), len(wanted) - number
    if wanted and len(unknown) == len(wanted):
        return
    with session.store("write") as store, session.fetcher(store) as fetcher:
        looked_at: set[PageId] = set()
        while pages := [
            page
            for page in _chosen(store, set(wanted), due=due)
            if page.url not in unknown and page.id not in looked_at
        ]:
            for number, page in enumerate(pages, start=1):
                looked_at.add(page.id)
                one = _check(session, store, fetcher, page, believe=believe)
                yield one, len(pages) - number
            if due:
                return  # what a list named meanwhile has its own turn


def _check(
    session: Session, store: Store, fetcher: Fetcher, page: Page, *, believe: bool
) -> tuple[Check, Recorded] | None:
    held = store.claim(page.id, lease=LEASE, holder="govwatch check")
    if held is None:
        screen.say(f"{page.url}: another process is checking it")
        return None
    if believe and held.state.state is not State.SUSPECT:
        screen.say(f"{page.url}: is not suspect; there is nothing to believe")
    try:
        return checking.run(
            _believed(held) if believe else held,
            store=store,
            fetcher=fetcher,
            profiles=session.profiles,
            clock=utc_now,
            patience=PATIENCE,
        )
    except HostBusyError as exc:
        store.release(page.id)
        screen.say(f"Error: {exc}; ask again after {screen.when(exc.retry_at)}")
        return None


def _believed(page: Page) -> Page:
    """Return a suspect page as if its text had been seen often enough.

    A person has looked at what the page says now; the same text, seen once more, is
    then the page's, also where a redesign is suspected.
    """
    if page.state.state is not State.SUSPECT:
        return page
    seen = replace(page.state, sightings=CONFIRMATIONS)
    return replace(page, state=seen, host=replace(page.host, suspect_pages=0))


def _first_check(session: Session, url: str) -> tuple[Check, Recorded] | None:
    """Check an address that is not on record; only a page seen is recorded.

    A mistyped address, a dead host or a bad certificate leaves no trace.
    """
    site, key = session.identity(url)
    unsaved = Page(
        id=PageId(0),
        key=key,
        url=url,
        kind=WatchKind.ARTICLE,
        site=site,
        found_as="asked",
        added_at=utc_now(),
    )
    nothing = checking.Reader(
        profiles=session.profiles, body=lambda _: None, noise=lambda _: ()
    )
    with session.hosts() as (_, ledger), session.fetcher(ledger) as fetcher:
        try:
            found = checking.look(
                unsaved,
                fetcher=fetcher,
                reader=nothing,
                clock=utc_now,
                patience=PATIENCE,
            )
        except HostBusyError as exc:
            screen.say(f"Error: {exc}; ask again after {screen.when(exc.retry_at)}")
            return None
    if found.outcome is not Outcome.NEW:
        screen.say(f"Error: {url}: {found.error or found.outcome}; nothing recorded")
        return None
    with session.store("create") as store:
        page = store.ensure_page(
            url=url, key=key, kind=WatchKind.ARTICLE, site=site, due=False
        )
        # It may have led to a page that is on record under another address.
        return checking.record(
            replace(found, page=page),
            store=store,
            reader=checking.Reader.over(store, profiles=session.profiles),
        )


def _is_known(session: Session, name: str) -> bool:
    if name in session.sites or not session.settings.database.exists():
        return name in session.sites
    with session.store("read") as store:
        return store.page(name) is not None


def _chosen(store: Store, wanted: set[str], *, due: bool) -> list[Page]:
    """Return the pages meant: by site, by address, or all that are watched."""
    if not wanted:
        now = utc_now()
        return [
            page
            for page in store.pages()
            if page.next_check_at is not None and (not due or page.next_check_at <= now)
        ]
    chosen = [page for name in wanted for page in store.pages(site=name)]
    return chosen + [page for name in wanted if (page := store.page(name)) is not None]


def _for_each(
    session: Session,
    references: tuple[str, ...],
    act: Callable[[Store, str], Watch],
    said: str,
) -> None:
    with refusals(), session.store("write") as store:
        for reference in references:
            named = reference if reference.isdecimal() else session.url(reference)
            if store.watch(named) is None:
                msg = f"no watch {reference}; `govwatch watch list` shows all"
                raise Refusal(msg)
            changed = act(store, named)
            click.echo(f"{said} {changed.url}")


def _found(check: Check, recorded: Recorded) -> dict[str, object]:
    return {
        "url": check.page.url,
        "page": check.page.id,
        "checked_at": check.checked_at.isoformat(),
        "outcome": str(check.outcome),
        "error": check.error,
        "change": recorded.change.ref if recorded.change is not None else None,
        "next_check_at": check.next_check_at.isoformat(),
    }
