"""What people and scripts see: colour on a terminal, plain text in a pipe."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from rich.console import Console
    from rich.progress import Progress, TaskID

_WIDE_ENOUGH = 100
"""Columns in a pipe, where a reader's width is unknown."""
_SHORT = len("2026-11-23 14:05 UTC")


def console() -> Console:
    """Return a console on stdout, as wide as its terminal."""
    from rich.console import Console  # noqa: PLC0415 - scripts and the daemon draw none

    piped = not sys.stdout.isatty()
    return Console(
        highlight=False, soft_wrap=piped, width=_WIDE_ENOUGH if piped else None
    )


def is_terminal() -> bool:
    """Whether a person is looking at stdout."""
    return sys.stdout.isatty()


def print_json(value: object) -> None:
    """Print `value` as one JSON document."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def say(text: str) -> None:
    """Talk to the person on stderr; stdout is data."""
    click.echo(text, err=True)


def print_rows(
    names: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    nothing: str = "nothing on record answers that",
) -> None:
    """Print a table on a terminal, tab-separated lines in a pipe.

    Args:
        names: Of the columns.
        rows: As many values each.
        nothing: Said instead where there are none.
    """
    cells = [[plain(value) for value in row] for row in rows]
    if not cells:
        say(nothing)
    elif not is_terminal():
        for row in cells:
            click.echo("\t".join(row))
    else:
        from rich.table import Table  # noqa: PLC0415 - as above
        from rich.text import Text  # noqa: PLC0415 - as above

        table = Table(box=None, pad_edge=False, header_style="bold")
        for name, column in zip(names, zip(*cells, strict=True), strict=True):
            # A time stays on one line; a long address is folded, never cut off.
            is_short = max(map(len, column)) <= _SHORT
            table.add_column(name, no_wrap=is_short, overflow="fold")
        for row in cells:
            table.add_row(*map(Text, row))
        console().print(table)


@dataclass(frozen=True, slots=True)
class Bar:
    """Shows on a terminal how much of something is done; call it to say so."""

    _drawn: Progress
    _task: TaskID

    def __call__(self, done: int, total: int) -> None:
        """Show that so much of `total` is done."""
        self._drawn.update(self._task, completed=done, total=total)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Take the bar away while lines are printed, or they would begin behind it."""
        self._drawn.stop()
        try:
            yield
        finally:
            self._drawn.start()


@contextmanager
def progress(what: str) -> Iterator[Bar]:
    """Show a bar on a terminal's stderr; yield what to tell how much of all is done."""
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.progress import Progress  # noqa: PLC0415 - as above

    console = Console(stderr=True)
    # Else it ends with an empty line, in a log or a script's stderr.
    hidden = not console.is_terminal
    with Progress(console=console, transient=True, disable=hidden) as drawn:
        yield Bar(drawn, drawn.add_task(what, total=None))


def plain(value: object) -> str:
    """Return `value` on one line without control characters.

    Titles come from other people's pages: an escape sequence in one must not reach
    the terminal.
    """
    text = "" if value is None else str(value)
    return "".join(c if c.isprintable() else " " for c in text)


def found(count: int) -> str:
    """Say how many stories a list named that were not known."""
    return f"names {count} {'story' if count == 1 else 'stories'} not known before"


def when(moment: datetime | None) -> str:
    """Return a moment as people read it: UTC, to the minute."""
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment is not None else "never"
