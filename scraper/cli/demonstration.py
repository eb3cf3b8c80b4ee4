"""`govwatch demo`: watch a newsroom on this machine change its pages."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text

from scraper import urls
from scraper.cli import screen
from scraper.cli.record import print_diff, texts_around
from scraper.cli.session import (
    Failure,
    Session,
    pass_session,
    refusals,
    utc_now,
)
from scraper.demo.newsroom import HOST
from scraper.errors import StoreError
from scraper.model import Outcome
from scraper.store import Store, Wanted

if TYPE_CHECKING:
    from datetime import datetime

    from scraper.demo import Round
    from scraper.model import Page

_DEFAULT = Path("govwatch-demo.db")
_WAYS_ON = """
{into} holds all of it. Look around:

  {govwatch} --db {into} changes
  {govwatch} --db {into} diff {ref}
  {govwatch} --db {into} serve
  sqlite3 -box {into} "select not_before, seen_at, what_changed from recent_changes"
"""
_QUIET = {Outcome.UNCHANGED, Outcome.NOT_MODIFIED}


@click.command()
@click.option(
    "--into",
    type=click.Path(path_type=Path, dir_okay=False),
    default=_DEFAULT,
    show_default=True,
    help="Database to make; an earlier demonstration there is replaced.",
)
@pass_session
def demo(_session: Session, into: Path) -> None:
    """Watch a newsroom on this machine change its pages."""
    try:
        from scraper.demo import play  # noqa: PLC0415 - trustme is an extra
    except ModuleNotFoundError as exc:
        msg = "the demonstration needs: pip install 'govwatch[demo]'"
        raise Failure(msg) from exc
    with refusals():
        _clear(into)
        for scene in play(into, now=utc_now()):
            _print_round(scene)
        with Store.open(into, mode="read", clock=utc_now) as store:
            _print_timeline(store)
            quoted = max(
                store.changes(), key=lambda change: change.comparison.significance
            )
            click.echo()
            print_diff(quoted, *texts_around(store, quoted))
    click.echo(
        _WAYS_ON.format(
            # As it was called here: `make demo` activates no environment.
            govwatch="govwatch" if shutil.which("govwatch") else sys.argv[0],
            into=shlex.quote(str(into)),
            ref=quoted.ref,
        )
    )


def _clear(into: Path) -> None:
    """Remove an earlier demonstration, and nothing else.

    Raises:
        StoreError: Something else stands there.
    """
    if not into.exists():
        return
    with Store.open(into, mode="read", clock=utc_now) as earlier:
        hosts = {urls.host(page.url) for page in earlier.pages()}
    if hosts - {HOST}:
        msg = f"{into}: holds a record of real pages; name another file with --into"
        raise StoreError(msg)
    for suffix in ("", "-wal", "-shm"):
        into.with_name(into.name + suffix).unlink(missing_ok=True)


def _print_round(scene: Round) -> None:
    out = screen.console()
    out.print(Text(f"\n{scene.number}. {scene.title}", style="bold"), end="")
    out.print(Text(f"  ({screen.when(scene.at)})", style="dim"))
    quiet = 0
    for check, recorded in scene.checks:
        if check.outcome in _QUIET and not recorded.found:
            quiet += 1
            continue
        style = "dim" if check.outcome in _QUIET else "yellow"
        out.print(Text(f"   {check.outcome!s:<10} {_name(check.page)}", style=style))
        if recorded.found:
            _print_found(screen.found(len(recorded.found)))
        if check.new_url is not None:
            _print_found(f"now at {check.new_url}")
        if recorded.change is not None:
            _print_found(recorded.change.comparison.summary)
        elif check.error:
            _print_found(check.error, style="dim")
    if quiet:
        out.print(Text(f"   unchanged  {_pages(quiet)}", style="dim"))
    if scene.resting:
        told = f"   not asked  {_pages(len(scene.resting))}: the host asked for a rest"
        out.print(Text(told, style="dim"))


def _print_found(told: str, *, style: str = "green") -> None:
    screen.print_hung(screen.plain(told), first=" " * 14, style=style)


def _pages(count: int) -> str:
    return f"{count} {'page' if count == 1 else 'pages'}"


def _name(page: Page) -> str:
    return page.url.removeprefix("https://").rstrip("/").rpartition("/")[2]


def _print_timeline(store: Store) -> None:
    out = screen.console()
    out.print(Text("\nWhat the record says", style="bold"))
    for group in store.groups():
        _print_told(group.event.first_seen_at, group.event.kind, group.event.summary)
    for known in store.known_noise():
        shape, why = known.pattern.shape, known.pattern.reason
        _print_told(known.pattern.since, "noise", f"{shape} ({why})")
    for page in store.pages():
        events = store.browsing.timeline(Wanted(page_id=page.id))
        if not events:
            continue
        title = page.latest.article.title if page.latest is not None else None
        out.print(Text(f"   {screen.plain(title or page.url)}", style="cyan"))
        for event in reversed(events):
            _print_told(event.at, event.kind, event.summary)


def _print_told(at: datetime | None, kind: str, summary: str) -> None:
    head = f"   {screen.when(at)}  {kind}  "
    screen.print_hung(screen.plain(summary), first=head, indent=6)
