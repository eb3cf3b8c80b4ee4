"""Commands that tell people: notify test, notify send, report."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from scraper import report
from scraper.cli import screen
from scraper.cli.changes import Moment
from scraper.cli.desk import desk
from scraper.cli.naming import NamedGroup
from scraper.cli.session import FAILED, Refusal, Session, pass_session, refusals
from scraper.errors import DeliveryError
from scraper.model import Message

if TYPE_CHECKING:
    from datetime import datetime

    from scraper.cli.desk import Desk

_MOST_CHANGES = 100_000


@click.group(cls=NamedGroup)
def notify() -> None:
    """Tell people: see [notify] in govwatch.toml."""


@notify.command("test")
@click.argument("names", nargs=-1, metavar="[SINK]...")
@pass_session
def test(session: Session, names: tuple[str, ...]) -> None:
    """Send a message to each sink, or those named; say what came."""
    with refusals():
        at = session.clock()
        told = desk(session, None)
        _insist_on_rules(session)
    if not told.sinks:
        msg = "govwatch.toml names no sink: add a [notify.sinks.NAME] to it"
        raise Refusal(msg)
    if missing := [name for name in names if name not in told.sinks]:
        msg = (
            f"no sink {', '.join(missing)}; there are: {', '.join(sorted(told.sinks))}"
        )
        raise Refusal(msg)
    failed = [
        name for name in names or sorted(told.sinks) if not _tried(told, name, at)
    ]
    told.close()
    if failed:
        sys.exit(FAILED)


def _insist_on_rules(session: Session) -> None:
    for name, sink in session.settings.notify.sinks.items():
        if not any(rule.sink == name for rule in session.rules):
            screen.say(f"{name}: no rule sends anything there ({sink.kind})")


def _tried(told: Desk, name: str, at: datetime) -> bool:
    try:
        told.sinks[name](_greeting(name, at))
    except DeliveryError as exc:
        screen.say(f"Error: {exc}")
        return False
    click.echo(f"{name}: accepted")
    return True


def _greeting(name: str, at: datetime) -> Message:
    text = (
        f"This is a test: Govwatch can reach the sink {name}.\n"
        "Nothing changed on any page.\n"
    )
    return Message(
        subject=f"[Govwatch] test of {name}",
        text=text,
        payload={
            "id": f"test-{name}-{int(at.timestamp())}",
            "kind": "test",
            "rule": "",
            "subject": f"[Govwatch] test of {name}",
            "notices": [],
        },
    )


@notify.command("send")
@pass_session
def send(session: Session) -> None:
    """Deliver what is due now, without the daemon: for those who use cron."""
    with refusals(), session.store("write") as store:
        told = desk(session, store)
        failed = told.tell()
        told.close()
    if failed:
        screen.say(f"{failed} not accepted; tried again later, see govwatch status")
        sys.exit(FAILED)


@click.command("report")
@click.argument("reference", required=False, metavar="[URL|SITE]")
@click.option(
    "--since", type=Moment(), default="7d", show_default=True, help="Its beginning."
)
@click.option("--markdown", "how", flag_value="markdown", help="The default in a pipe.")
@click.option("--html", "how", flag_value="html", help="For a browser.")
@click.option("--csv", "how", flag_value="csv", help="For a spreadsheet.")
@pass_session
def report_sheet(
    session: Session, reference: str | None, since: datetime, how: str | None
) -> None:
    """Print what happened, weightiest first, the same edit once."""
    with refusals(), session.store("read") as store:
        site, page = session.scope(store, reference)
        rows = report.sheet(
            store.changes(
                since=since,
                site=site,
                page_id=None if page is None else page.id,
                limit=_MOST_CHANGES,
            ),
            [
                notice
                for notice in store.outbox.notices(since=since)
                if (site is None or notice.site == site)
                and (page is None or notice.page_url == page.url)
            ],
            groups=()
            if page is not None
            else store.groups(since=since, publisher=site, limit=_MOST_CHANGES),
        )
    title = f"{reference or 'Government pages'} since {since:%Y-%m-%d %H:%M} UTC"
    if how == "csv":
        # Without this mark Excel takes UTF-8 for an older code.
        click.echo(f"\ufeff{report.as_csv(rows)}", nl=False)
    elif how == "html":
        click.echo(report.as_html(rows, title=title), nl=False)
    elif how is None and screen.is_terminal():
        for row in rows:
            _print_row(row)
        if not rows:
            screen.say(f"nothing changed since {screen.when(since)}")
    else:
        click.echo(report.as_markdown(rows, title=title), nl=False)


def _print_row(row: report.SheetRow) -> None:
    below = [f"{ref}  {row.url}" for ref in row.refs[:1]] or [row.url]
    if row.pages > 1:
        below.append(f"and {row.pages - 1} more")
    if row.span is not None:
        below.insert(0, screen.between(*row.span))
    screen.print_entry(
        (screen.when(row.seen_at), f"{row.kind:<12}", row.significance),
        row.title,
        row.summary,
        below,
        is_loud=False,
    )
