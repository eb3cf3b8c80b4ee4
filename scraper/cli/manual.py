"""docs/commands.md, written from the commands themselves.

`python -m scraper.cli.manual > docs/commands.md`; a test compares the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from scraper.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = """# The commands

Made by `python -m scraper.cli.manual`; do not edit.

stdout is data, stderr is talk. Exit codes: 0 fine; 1 what was asked about is so
(`--exit-code`, `verify`, `status --health`); 2 asked or configured wrongly; 3 it could
not be done (network, disk, lock, interruption). The database is `--db`, else
`GOVWATCH_DB`, else what the settings say; the settings are `--config`, else
`GOVWATCH_CONFIG`, else `./govwatch.toml`. Where a page is meant, a URL, an id or a key
serves; where a change is meant, its ref, the beginning of it or its id.
"""


def manual() -> str:
    """Return every command's help as Markdown."""
    return _HEAD + "".join(_sections(main, ("govwatch",)))


def _sections(command: click.Command, path: tuple[str, ...]) -> Iterator[str]:
    name = " ".join(path)
    # Terminals differ; the page must not.
    context = click.Context(
        command,
        info_name=name,
        terminal_width=80,
        help_option_names=["-h", "--help"],  # as `main` has it; click remembers it
    )
    yield f"\n## {name}\n\n```\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for inner in sorted(command.list_commands(context)):
            found = command.get_command(context, inner)
            if found is not None:
                yield from _sections(found, (*path, inner))


if __name__ == "__main__":
    click.echo(manual(), nl=False)
