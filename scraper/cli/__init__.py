"""`govwatch`: the commands. Everything they do is done below; here it is asked for."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import click

from scraper import log
from scraper.cli.adding import add
from scraper.cli.archiving import export, import_, reextract
from scraper.cli.asking import ask, gaps, phrase, search
from scraper.cli.demonstration import demo
from scraper.cli.keeping import backup, evidence, migrate, verify
from scraper.cli.noise import noise
from scraper.cli.notifying import notify, report_sheet
from scraper.cli.reading import extract, fetch
from scraper.cli.record import changes, diff, history, show
from scraper.cli.running import doctor, run_daemon, status
from scraper.cli.serving import serve
from scraper.cli.session import Session
from scraper.cli.setting_up import init
from scraper.cli.sites import site
from scraper.cli.watching import check_pages, watch

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("govwatch"), prog_name="govwatch")
@click.option("--config", type=_FILE, help="Settings; else GOVWATCH_CONFIG.")
@click.option("--db", "database", type=_FILE, help="Database; else GOVWATCH_DB.")
@click.option(
    "--connect-to",
    multiple=True,
    metavar="HOST:443:ADDRESS:PORT",
    help="Reach HOST at another address (as curl does); for tests.",
)
@click.option(
    "--cacert", "ca_file", type=_FILE, help="Certificate authorities (PEM) to trust."
)
@click.option("-v", "--verbose", is_flag=True, help="Log each step on stderr.")
@click.pass_context
def main(
    context: click.Context,
    config: Path | None,
    database: Path | None,
    connect_to: tuple[str, ...],
    ca_file: Path | None,
    *,
    verbose: bool,
) -> None:
    """Know what the US government changed on its news pages, and prove it."""
    log.set_up(verbose=verbose)
    context.obj = Session(
        config=config, database=database, connect_to=connect_to, ca_file=ca_file
    )


watch.add_command(add)
for command in (
    init,
    demo,
    extract,
    fetch,
    watch,
    check_pages,
    run_daemon,
    status,
    doctor,
    changes,
    show,
    history,
    diff,
    phrase,
    search,
    gaps,
    ask,
    verify,
    evidence,
    export,
    import_,
    reextract,
    backup,
    migrate,
    notify,
    report_sheet,
    site,
    serve,
):
    main.add_command(command)
site.add_command(noise)
