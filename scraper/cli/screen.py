"""What people and scripts see: colour on a terminal, plain text in a pipe."""

from __future__ import annotations

import json
import re
import shutil
import sys
import textwrap
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime, timedelta

    from rich.console import Console
    from rich.progress import Progress, TaskID

_WIDE_ENOUGH = 100
"""Columns in a pipe, where a reader's width is unknown."""
_SHORT = len("2026-11-23T14:05:00Z")
_READABLE = 24
"""Columns of text that a person can still read comfortably."""
_NARROWEST = 8
_GAP = 2
_APART = frozenset({"url", "hosts", "which"})
"""Columns of addresses, which are of no use in pieces."""
_ADDRESS = re.compile(r"https?://\S*[\w/]")


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
    """Talk to the person on stderr, wrapped at words on a terminal; stdout is data."""
    if sys.stderr.isatty() and "://" not in text:  # an address would leave its line
        indent = text[: len(text) - len(text.lstrip())]
        text = textwrap.fill(
            text,
            width=max(shutil.get_terminal_size().columns, _READABLE),
            subsequent_indent=f"{indent}    ",
            break_long_words=False,
            break_on_hyphens=False,
        )
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
        _draw(names, cells)


def print_entry(
    head: tuple[str, str, float],
    title: str | None,
    summary: str,
    below: Sequence[str],
    *,
    is_loud: bool,
) -> None:
    """Print one thing that happened: a head line, what it was, and lines beneath.

    On a terminal the words are wrapped and the lines beneath, with addresses in them,
    are not; in a pipe each is one line.

    Args:
        head: When, which and how significant.
        title: Of the page, or whose pages.
        summary: What it was.
        below: Addresses, or refs and addresses.
        is_loud: Whether the summary is to be seen first.
    """
    when_, which, weight = head
    title, summary = plain(title), plain(summary)
    if not is_terminal():
        click.echo(f"{when_}  {which}  {weight:.2f}  {title}\n    {summary}")
        for line in below:
            click.echo(f"    {line}")
        return
    from rich.text import Text  # noqa: PLC0415 - as above

    out = console()
    parts = [(f"{when_}  ", "dim"), (which, "cyan")]
    if weight:
        parts.append((f"  significance {weight:.2f}", "dim"))
    top = Text.assemble(*parts)
    if out.width < len(top) + _GAP + len(title):
        out.print(top)
        print_hung(title, first="    ", style="bold")
    else:
        out.print(top.append(f"  {title}", style="bold"))
    print_hung(summary, first="    ", style="red" if is_loud else "")
    for line in below:
        out.print(Text(f"    {line}", style="dim"), soft_wrap=True)


def print_hung(
    text: str, *, first: str, indent: int | None = None, style: str = ""
) -> None:
    """Print text behind `first`, wrapped at words.

    Its later lines are indented as far, or by `indent`. A word that is longer than a
    line, an address say, stays whole: it is the terminal that wraps it, and a person
    can click or copy it.
    """
    from rich.text import Text  # noqa: PLC0415 - as above

    out = console()
    indent = len(first) if indent is None else indent
    if is_terminal():
        text = textwrap.fill(
            text,
            width=max(out.width, indent + _READABLE),
            initial_indent=first,
            subsequent_indent=" " * indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
    else:
        text = first + text
    shown = Text(text)
    shown.stylize(style, len(first))
    out.print(shown, soft_wrap=True)


def _draw(names: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    """Draw a table, or what reads better in the room there is; cut nothing off.

    A last column of addresses that has no room is put below each row, unbroken: the
    terminal wraps it, and a person can still click or copy it. Where several columns
    would be too narrow to read, each row becomes a block of lines.
    """
    out = console()
    widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    is_apart = names[-1] in _APART and _room(out, widths) < 0
    inside = widths[:-1] if is_apart else widths
    wide = [width for width in inside if width > _SHORT]
    least = [
        width if name in _APART else min(width, _READABLE)
        for name, width in zip(names, inside, strict=False)
    ]
    if _room(out, least) < 0 and len(wide) > 1:
        _draw_blocks(out, names, cells)
    else:
        _draw_table(out, names, cells, widths=inside)


def _room(out: Console, widths: Sequence[int]) -> int:
    return out.width - sum(widths) - _GAP * (len(widths) - 1)


def _draw_table(
    out: Console,
    names: Sequence[str],
    cells: Sequence[Sequence[str]],
    *,
    widths: Sequence[int],
) -> None:
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    fitted = list(widths)
    while _room(out, fitted) < 0 and max(fitted) > _NARROWEST:
        fitted[fitted.index(max(fitted))] -= 1
    for number, row in enumerate((names, *cells)):
        line = Table.grid(padding=(0, _GAP, 0, 0))
        for width in fitted:
            line.add_column(width=width, overflow="fold")
        style = "" if number else "bold"
        told = [_unbroken(v, w) for v, w in zip(row, fitted, strict=False)]
        line.add_row(*(Text(value, style=style) for value, _ in told))
        out.print(line)
        below = [address for _, found in told for address in found]
        if number and len(fitted) < len(row):
            below.append(row[-1])
        for address in below:
            out.print(Text(f"  {address}", style="dim"), soft_wrap=True)


def _unbroken(text: str, width: int) -> tuple[str, list[str]]:
    """Return text without the addresses that a line has no room for, and these."""
    taken = [found for found in _ADDRESS.findall(text) if len(found) > width]
    for address in taken:
        text = text.replace(address, "the address below", 1)
    return text, taken


def _draw_blocks(
    out: Console, names: Sequence[str], cells: Sequence[Sequence[str]]
) -> None:
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    longest = max(map(len, names))
    for number, row in enumerate(cells):
        if number:
            out.print()
        for name, value in zip(names, row, strict=True):
            if name in _APART:
                label = (f"{name:<{longest + _GAP}}", "dim")
                out.print(Text.assemble(label, value), soft_wrap=True)
                continue
            line = Table.grid(padding=(0, _GAP, 0, 0))
            line.add_column(width=longest)
            line.add_column(overflow="fold")
            told, addresses = _unbroken(value, out.width - longest - _GAP)
            line.add_row(Text(name, style="dim"), Text(told))
            out.print(line)
            for address in addresses:
                out.print(Text(f"  {address}", style="dim"), soft_wrap=True)


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


def span(length: timedelta) -> str:
    """Return how long, in the unit that people would say it in."""
    seconds = length.total_seconds()
    for unit, of_it in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * of_it:
            return f"{seconds / of_it:.0f} {unit}"
    return f"{seconds:.0f} s"


def when(moment: datetime | None) -> str:
    """Return a moment as people read it: UTC, to the minute."""
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment is not None else "never"


def between(since: datetime, until: datetime) -> str:
    """Return the time within which something happened."""
    return f"between {since:%Y-%m-%d %H:%M} and {when(until)}"
