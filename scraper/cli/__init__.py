"""`govwatch`: the commands. Everything they do is done below; here it is asked for."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Final

import click

from scraper.cli.naming import NamedGroup

_FILE = click.Path(path_type=Path, dir_okay=False)

COMMANDS: Final = {
    "ask": ("asking:ask", "Answer a saved question; without NAME, list them."),
    "backup": (
        "keeping:backup",
        "Write a checked copy of the database into FOLDER.",
    ),
    "changes": (
        "changes:changes",
        "List what changed, newest first; above, what many pages share.",
    ),
    "check": ("watching:check_pages", "Fetch pages now and record what is found."),
    "demo": (
        "demonstration:demo",
        "Watch a newsroom on this machine change its pages.",
    ),
    "diff": (
        "record:diff",
        "Show one change word by word.",
    ),
    "doctor": (
        "running:doctor",
        "Look for what keeps Govwatch from working; exit 3 if found.",
    ),
    "evidence": (
        "keeping:evidence",
        "Write a zip archive that proves one change without Govwatch.",
    ),
    "export": (
        "archiving:export",
        "Print the record in formats that other programs read.",
    ),
    "extract": (
        "reading:extract",
        "Print the article in each FILE: HTML or plain text; - is stdin.",
    ),
    "fetch": (
        "reading:fetch",
        "Fetch each URL and print its article; nothing is recorded.",
    ),
    "gaps": (
        "gaps:gaps",
        "Tell when pages could not be seen: what may have gone unseen.",
    ),
    "history": (
        "record:history",
        "Tell a page's life: what was seen of it, and when.",
    ),
    "import": (
        "importing:import_",
        "Take in what others archived; alter nothing recorded.",
    ),
    "init": (
        "keeping:init",
        "Make a database, and a govwatch.toml to edit, in this folder.",
    ),
    "migrate": (
        "keeping:migrate",
        "Bring an older database up to date, after a backup of it.",
    ),
    "notify": ("notifying:notify", "Tell people: see [notify] in govwatch.toml."),
    "phrase": (
        "asking:phrase",
        "Tell where and when these WORDS stood, and when they went.",
    ),
    "reextract": (
        "archiving:reextract",
        "Show what the rules now read differently in kept responses.",
    ),
    "report": (
        "notifying:report_sheet",
        "Print what happened, weightiest first, the same edit once.",
    ),
    "run": (
        "running:run_daemon",
        "Check every watched page when it is due, until stopped.",
    ),
    "search": (
        "asking:search",
        "Find passages, of any time, that hold all these WORDS.",
    ),
    "serve": (
        "serving:serve",
        "Show the record in a browser; read-only, for this machine.",
    ),
    "show": ("record:show", "Show a page's text: now, or as it stood at a date."),
    "site": ("noise:site", "Show, try, draft and test the files that describe sites."),
    "status": ("running:status", "Tell what is watched and how the daemon does."),
    "verify": (
        "keeping:verify",
        "Recompute everything recorded; name what is not as it was.",
    ),
    "watch": ("adding:watch", "Say which pages to follow."),
}
"""Name to the module that has the command, and the first sentence of its help.

Only the command that runs is imported, with what it needs: the daemon, which runs for
months, must not hold in memory what draws tables or serves pages, and `--help` need not
load a parser. The sentences stand here for the same reason; a test compares them.
"""


_OPTIONAL: Final = ("rich", "httpx._main")
"""What libraries load where it is installed, and do well without: structlog for colour,
httpx for a command of its own. It takes 4 MB, and the daemon draws nothing."""


class _Commands(NamedGroup):
    """The commands, each imported when it is asked for.

    What the machine refuses any of them is told in one line.
    """

    def invoke(self, ctx: click.Context) -> object:
        """Run what was asked for; exit 3 if the disk, say, is full."""
        try:
            answer = super().invoke(ctx)
            sys.stdout.flush()
        except KeyboardInterrupt:
            # Not 1, which would say that what was asked about is so.
            from scraper.cli.session import Failure  # noqa: PLC0415 - see COMMANDS

            msg = "interrupted; what was recorded before stays"
            raise Failure(msg) from None
        except BrokenPipeError:
            _write_no_more()  # `| head` has seen enough
            ctx.exit(0)
        except OSError as exc:
            if exc.filename is None:
                _write_no_more()
            where = f"{exc.filename}: " if exc.filename is not None else ""
            from scraper.cli.session import Failure  # noqa: PLC0415 - see COMMANDS

            raise Failure(f"{where}{exc.strerror or exc}") from exc
        return answer

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        """Return the names of all, in the order of the alphabet."""
        return sorted(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's
        cmd_name: str,
    ) -> click.Command | None:
        """Import a command; None where there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(f"scraper.cli.{module}"), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is about to run."""
        if args[:1] == ["run"]:
            for unused in _OPTIONAL:
                # To whoever imports it, it is not installed.
                sys.modules.setdefault(unused, None)  # type: ignore[arg-type]
        return super().resolve_command(ctx, args)

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """Write the list of commands, importing none."""
        overview = [
            click.Command(name, help=sentence)
            for name, (_, sentence) in COMMANDS.items()
        ]
        click.Group(commands=overview).format_commands(ctx, formatter)


def _write_no_more() -> None:
    """Keep Python from failing once more, at its exit, on what is still unwritten."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="govwatch", prog_name="govwatch")
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
    from scraper import log  # noqa: PLC0415 - see COMMANDS
    from scraper.cli.session import Session  # noqa: PLC0415 - see COMMANDS

    log.set_up(verbose=verbose)
    context.obj = Session(
        config=config, database=database, connect_to=connect_to, ca_file=ca_file
    )
