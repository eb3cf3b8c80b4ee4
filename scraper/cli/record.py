"""Commands that read the record of one page or change: show, history, diff."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.text import Text

from scraper import report
from scraper.cli import screen
from scraper.cli.changes import Moment
from scraper.cli.reading import print_article
from scraper.cli.session import (
    Failure,
    Refusal,
    Session,
    pass_session,
    refusals,
)
from scraper.comparison import settle
from scraper.model import State
from scraper.store import SHORTEST_PREFIX, Wanted

if TYPE_CHECKING:
    from datetime import datetime

    from scraper.model import (
        Article,
        Change,
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
_ALL = 1_000_000


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
