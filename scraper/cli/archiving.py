"""Commands that give the record out in other formats, and read it again."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from scraper import check, comparison, report, urls
from scraper.archive import WarcWriter
from scraper.cli import screen
from scraper.cli.changes import Asked, Moment, of_changes
from scraper.cli.keeping import whole_file
from scraper.cli.naming import NamedGroup
from scraper.cli.session import Session, pass_session, refusals
from scraper.fetch import program
from scraper.store import EXPORTED

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime
    from typing import IO

    from scraper.model import Comparison, Edit, Version
    from scraper.store import Exported

_FILE = click.Path(path_type=Path, dir_okay=False)
_THERE = click.Path(path_type=Path, dir_okay=False, exists=True, readable=True)
_EDITS_SHOWN = 6
_REASONS_SHOWN = 12
_CUT_AT = 90


@click.group(cls=NamedGroup)
def export() -> None:
    """Print the record in formats that other programs read."""


def _rows(what: Exported) -> click.Command:
    @click.command(what, help=f"Print {what}, one a line.")
    @click.option("--csv", "as_csv", is_flag=True, help="CSV instead of JSON lines.")
    @pass_session
    def command(session: Session, *, as_csv: bool) -> None:
        with (
            refusals(),
            session.store("read") as store,
            screen.progress(f"exporting {what}") as show,
        ):
            store.export(what, sys.stdout, as_csv=as_csv, progress=show)

    return command


for _what in EXPORTED:
    export.add_command(_rows(_what))


@export.command("warc")
@click.option("--since", type=Moment(), help="Only what was received since then.")
@click.option("--site", help="Only the pages of that site.")
@click.option("--output", "-o", type=_FILE, help="Default: stdout.")
@pass_session
def export_warc(
    session: Session, since: datetime | None, site: str | None, output: Path | None
) -> None:
    """Write every kept response as WARC/1.1.

    Each record is compressed by itself. Bodies are kept decoded, so headers of the
    encoding are X-Archive-Orig-... in it.
    """
    if output is None and screen.is_terminal():
        msg = "a WARC is no text: name a file with --output, or redirect stdout"
        raise click.UsageError(msg)
    with refusals(), session.store("read") as store:
        if site is not None:
            session.refuse_unknown(store, site)
    with (
        refusals(),
        session.store("read") as store,
        screen.progress("exporting responses") as show,
        _opened(output) as stream,
    ):
        writer = WarcWriter(
            stream,
            program=program(),
            made_at=session.clock(),
            name=output.name if output is not None else None,
        )
        count = 0
        for capture in store.kept_captures(since=since, site=site, progress=show):
            writer.add(capture)
            count += 1
    screen.say(f"responses written: {count}")


@export.command("atom")
@of_changes
@click.option("--output", "-o", type=_FILE, help="Default: stdout.")
@pass_session
def export_atom(session: Session, output: Path | None, *, asked: Asked) -> None:
    """Print changes as an Atom feed, the newest first.

    It is the one that `notify` writes.
    """
    with refusals(), session.store("read") as store:
        found, site, page = asked.find(session, store)
    silent = asked.silent
    if page is not None:
        headline = page.latest.article.title if page.latest is not None else None
        told = report.feed_of(
            f"page/{page.id}", headline or page.url, silent_only=silent
        )
    elif site is not None:
        told = report.feed_of(f"site/{site}", site, silent_only=silent)
    else:
        told = report.feed_of(silent_only=silent)
    name, title = told
    feed = report.atom_feed(found, name=name, title=title, made_at=session.clock())
    if output is None:
        click.echo(feed, nl=False)
    else:
        with whole_file(output) as stream:
            stream.write(feed.encode())


def _opened(output: Path | None) -> AbstractContextManager[IO[bytes]]:
    return click.open_file("-", "wb") if output is None else whole_file(output)


# What the rules in force would make of what is kept.


class _Reread(NamedTuple):
    """A version whose kept response reads differently now; or why it cannot be read."""

    version: Version
    difference: Comparison | None = None
    trouble: str = ""


@click.command()
@click.argument("reference", required=False, metavar="[URL|SITE]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def reextract(session: Session, reference: str | None, *, as_json: bool) -> None:
    """Show what the rules now read differently in kept responses.

    Of each article its newest text, of a URL all of them. Nothing is recorded: the next
    full answer of a page does so by itself, and never as a change of the page.
    """
    found: list[_Reread] = []
    with (
        refusals(),
        session.store("read") as store,
        screen.progress("reading again") as show,
    ):
        site, page = session.scope(store, reference)
        if page is None:
            wanted = store.versions_in_force(site=site)
        else:
            wanted = [line.id for line in store.versions(page.id)]
        reader = check.Reader.over(store, profiles=session.profiles)
        for done, version_id in enumerate(wanted, 1):
            show(done, len(wanted))
            version = store.version(version_id)
            again = _reread(version, reader) if version is not None else None
            if again is not None:
                found.append(again)
    if as_json:
        screen.print_json([_reread_as_dict(one) for one in found])
        return
    for one in found:
        _print_reread(one)
    screen.say(
        f"texts read again: {len(wanted)};"
        f" read differently: {sum(one.difference is not None for one in found)};"
        f" cannot be read: {sum(bool(one.trouble) for one in found)}"
    )


def _reread(version: Version, reader: check.Reader) -> _Reread | None:
    """Read a version's response again; None where it reads the same."""
    host = urls.host(version.article.url)
    rules = check.rules_now(version, reader, host=host)
    if rules == version.rules:
        return None
    again = check.reread(version, reader, rules=rules, host=host)
    if again is not None:
        difference = comparison.compare(version.article, again.article)
        return None if difference is None else _Reread(version, difference)
    is_kept = version.body_sha256 and reader.body(version.body_sha256) is not None
    trouble = "no article can be read in it" if is_kept else "its bytes are not kept"
    return _Reread(version, trouble=trouble)


def _reread_as_dict(one: _Reread) -> dict[str, object]:
    version, difference = one.version, one.difference
    return {
        "page": version.page_id,
        "url": version.article.url,
        "version": version.number,
        "first_seen_at": version.first_seen_at.isoformat(),
        "fields": sorted(difference.fields) if difference is not None else [],
        "comparison": difference.as_dict() if difference is not None else None,
        "trouble": one.trouble or None,
    }


def _print_reread(one: _Reread) -> None:
    version = one.version
    edits = one.difference.edits if one.difference is not None else ()
    counts = Counter(report.FIELD_NAMES[edit.field] for edit in edits)
    told = ", ".join(f"{name} ({count})" for name, count in counts.items())
    click.echo(
        f"{version.article.url}  version {version.number},"
        f" {screen.when(version.first_seen_at)}: {told or one.trouble}"
    )
    for edit in edits[:_EDITS_SHOWN]:
        click.echo(f"    {_edit_line(edit)}")
    if len(edits) > _EDITS_SHOWN:
        click.echo(f"    and {len(edits) - _EDITS_SHOWN} more; --json has all")


def _edit_line(edit: Edit) -> str:
    sides = [_cut(text) for text in (edit.before, edit.after) if text is not None]
    return f"{report.FIELD_NAMES[edit.field]} {edit.op}: {' -> '.join(sides)}"


def _cut(text: str) -> str:
    line = screen.plain(text)
    return line if len(line) <= _CUT_AT else f"{line[: _CUT_AT - 3]}..."
