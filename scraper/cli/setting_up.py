"""`govwatch init`: settings and an empty record in this folder."""

from __future__ import annotations

from pathlib import Path

import click

from scraper.cli.session import Session, pass_session, refusals
from scraper.config import packaged_folder


@click.command()
@pass_session
def init(session: Session) -> None:
    """Make a database, and a govwatch.toml to edit, in this folder."""
    settings = Path("govwatch.toml")
    with refusals():
        if session.config is None and not settings.exists():
            settings.write_text((packaged_folder() / settings).read_text("utf-8"))
            click.echo(f"wrote {settings}: say in it who you are (contact)")
        with session.store("create"):
            click.echo(f"the record is {session.settings.database}")
    click.echo("next: govwatch watch add URL")
