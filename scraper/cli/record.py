"""Commands that read the record: changes, show, history, diff, status."""

from __future__ import annotations

import click

from scraper.cli.session import Session, pass_session
from scraper.cli.watching import Interval


class Since(Interval):
    """A length of time back from now (7d, 12h), or a date (2026-11-23)."""

    name = "since"


@click.command()
@click.argument("references", nargs=-1, metavar="[URL|SITE]...")
@click.option("--since", metavar="7d|DATE", help="Only changes found since then.")
@click.option("--silent", is_flag=True, help="Only those the page does not own up to.")
@click.option("--min-significance", type=click.FloatRange(0, 1), default=0.0)
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@click.option("--exit-code", is_flag=True, help="Exit 1 if there are any.")
@click.option("--json", "as_json", is_flag=True)
@pass_session
def changes(
    session: Session,
    references: tuple[str, ...],
    since: str | None,
    *,
    silent: bool,
    min_significance: float,
    limit: int,
    exit_code: bool,
    as_json: bool,
) -> None:
    """List what changed, newest first."""
