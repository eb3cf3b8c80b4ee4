"""Commands that make and keep the record: init, verify, evidence, backup, migrate."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scraper import report
from scraper.cli import screen
from scraper.cli.record import known_change
from scraper.cli.session import Refusal, Session, pass_session, refusals, utc_now
from scraper.config import packaged_folder
from scraper.store import Fault, Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False)
_BACKUPS = Path("backups")
_NOT_OURS = (
    "no row has that hash: it was not taken from this record, or this record was cut"
    " off or made anew since"
)


@click.command()
@pass_session
def init(session: Session) -> None:
    """Make a database, and a govwatch.toml to edit, in this folder."""
    settings = Path("govwatch.toml")
    with refusals():
        with session.store("create"):
            click.echo(f"the record is {session.settings.database}")
        if session.config is None and not settings.exists():
            settings.write_text((packaged_folder() / settings).read_text("utf-8"))
            click.echo(f"wrote {settings}: say in it who you are (contact)")
    click.echo("next: govwatch watch add URL")


@click.command()
@click.option(
    "--kept",
    multiple=True,
    metavar="SHA256",
    help="A hash of the ledger that somebody kept, as messages end with it: say which"
    " row it is. All up to that one is then older than the message.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def verify(session: Session, kept: tuple[str, ...], *, as_json: bool) -> None:
    """Recompute everything recorded; name what is not as it was. Exit 1 if any is."""
    with (
        refusals(),
        session.store("write") as store,
        screen.progress("verifying") as show,
    ):
        faults = store.verify(show)
        proof = store.status()
        known = {digest: store.ledger_row(digest) for digest in kept}
    faults += [
        Fault(table="ledger", row=digest, problem=_NOT_OURS)
        for digest, row in known.items()
        if row is None
    ]
    if as_json:
        screen.print_json([asdict(fault) for fault in faults])
    else:
        for fault in faults:
            click.echo(f"{fault.table} {fault.row}: {screen.plain(fault.problem)}")
        if not faults and not proof.ledger_rows:
            click.echo("all is as it was recorded: nothing yet")
        elif not faults:
            click.echo(
                f"all is as it was recorded; ledger row {proof.ledger_rows} is "
                f"{proof.ledger_sha256}"
            )
        for digest, row in known.items():
            if row is not None:
                click.echo(f"{digest} is ledger row {row}")
    if faults:
        sys.exit(1)


@click.command()
@click.argument("reference", metavar="REF")
@click.option("--output", "-o", type=_FILE, help="Default: govwatch-REF.zip.")
@pass_session
def evidence(session: Session, reference: str, output: Path | None) -> None:
    """Write a zip archive that proves one change without Govwatch."""
    with refusals(), session.store("read") as store:
        change = known_change(store, reference)
        target = output or Path(f"govwatch-{change.ref}.zip")
        with whole_file(target) as archive:
            store.evidence(change, archive, comparison_page=report.html_page(change))
    click.echo(target)


@click.command()
@click.argument("folder", type=_FOLDER, default=_BACKUPS)
@click.option(
    "--keep", type=click.IntRange(1), default=7, show_default=True, help="Copies there."
)
@pass_session
def backup(session: Session, folder: Path, keep: int) -> None:
    """Write a checked copy of the database into FOLDER.

    The newest copies there are kept, older ones deleted.
    """
    with refusals(), session.store("write") as store:
        click.echo(store.backup(folder, keep=keep))


@click.command()
@click.option("--backups", type=_FOLDER, default=_BACKUPS, show_default=True)
@pass_session
def migrate(session: Session, backups: Path) -> None:
    """Bring an older database up to date, after a backup of it."""
    with refusals():
        copy = Store.migrate(session.settings.database, backups=backups, clock=utc_now)
    click.echo(f"up to date; the copy from before is {copy}" if copy else "up to date")


@contextmanager
def whole_file(target: Path) -> Iterator[BinaryIO]:
    """Yield a new file to write; it has its name only once all of it is written.

    Half an export would pass for all of it, and half an archive proves nothing.

    Raises:
        Refusal: There is such a file, or nowhere to put it.
    """
    if target.exists():
        msg = f"{target} exists; name another file with --output"
        raise Refusal(msg)
    if not target.absolute().parent.is_dir():
        msg = f"{target}: there is no such folder"
        raise Refusal(msg)
    part = target.with_name(f"{target.name}.part")
    try:
        with part.open("wb") as stream:
            yield stream
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
