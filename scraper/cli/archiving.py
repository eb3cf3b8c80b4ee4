"""Commands between the record and other formats: export, import; and reextract."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from scraper import check, comparison, report, urls
from scraper.archive import WarcReader, WarcWriter
from scraper.check import archived, stories
from scraper.cli import screen
from scraper.cli.adding import Pattern
from scraper.cli.keeping import whole_file
from scraper.cli.record import Asked, Moment, of_changes
from scraper.cli.session import FAILED, Session, pass_session, refusals
from scraper.errors import ArchiveError
from scraper.fetch import program
from scraper.store import EXPORTED

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime
    from typing import IO

    from scraper.model import Capture, Comparison, Edit, Version
    from scraper.store import Exported, Recorded, Store

_FILE = click.Path(path_type=Path, dir_okay=False)
_THERE = click.Path(path_type=Path, dir_okay=False, exists=True, readable=True)
_EDITS_SHOWN = 6
_REASONS_SHOWN = 12
_CUT_AT = 90


@click.group()
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


# Taking in.


@click.group("import")
def import_() -> None:
    """Take in what others archived; alter nothing recorded."""


@dataclass(kw_only=True)
class _Tally:
    """What came of the records of archives."""

    records: int = 0
    captures: int = 0
    texts: int = 0
    changes: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def add(self, recorded: Recorded) -> None:
        self.captures += not recorded.again
        self.texts += recorded.version is not None
        self.changes += recorded.changes
        self.left_out["on record already"] += recorded.again


@import_.command("warc")
@click.argument("files", nargs=-1, required=True, type=_THERE, metavar="FILE...")
@click.option(
    "--include",
    multiple=True,
    type=Pattern(),
    help="Take in addresses like this, too, though they are not on record.",
)
@click.option("--json", "as_json", is_flag=True)
@pass_session
def import_warc(
    session: Session,
    files: tuple[Path, ...],
    include: tuple[str, ...],
    *,
    as_json: bool,
) -> None:
    """Take in the responses of articles on record from WARC files.

    Each goes to its own time, between the texts before and after it. What is no
    article - a refusal, an error, a list - is left out. Importing twice does nothing.
    """
    tally = _Tally()
    with refusals(), session.store("write") as store:
        reader = check.Reader.over(store, profiles=session.profiles)
        warcs = WarcReader(
            is_wanted=lambda url: _is_wanted(session, store, url, include),
            body=store.body,
            limit_bytes=session.policy.limit_bytes,
            allowed=session.policy.allowed_hosts,
            now=session.clock(),
        )

        def take_in(capture: Capture) -> str | None:
            told = _take_in(capture, store=store, reader=reader, tally=tally)
            return None if as_json else told

        for file in files:
            _read(file, warcs, tally, take_in)
    _tell(tally, as_json=as_json)
    if tally.broken:
        sys.exit(FAILED)


def _is_wanted(
    session: Session, store: Store, url: str, include: tuple[str, ...]
) -> bool:
    if include and stories.is_included(url, include, ()):
        return True
    _, key = session.identity(url)
    return store.page_id(url) is not None or store.page_id(key) is not None


def _read(
    file: Path,
    warcs: WarcReader,
    tally: _Tally,
    take_in: Callable[[Capture], str | None],
) -> None:
    size, before = file.stat().st_size, tally.records
    with file.open("rb") as stream, screen.progress(f"reading {file.name}") as show:
        try:
            for found in warcs.read(stream):
                tally.records += 1
                show(stream.tell(), size)
                if found is None:
                    continue
                if found.capture is not None:
                    if (line := take_in(found.capture)) is not None:
                        with show.aside():
                            click.echo(line)
                else:
                    tally.refused.append(f"{file}: {found.refused}: {found.url[:200]}")
                    with show.aside():
                        screen.say(screen.plain(f"refused: {tally.refused[-1]}"))
        except ArchiveError as exc:
            tally.broken.append(f"{file}: {exc}")
            rest = "; what came before it was read" if tally.records > before else ""
            with show.aside():
                screen.say(f"Error: {screen.plain(tally.broken[-1])}{rest}")


def _take_in(
    capture: Capture, *, store: Store, reader: check.Reader, tally: _Tally
) -> str | None:
    """Put a capture on record; return what to say of it, if it brought a text."""
    taken = archived.take_in(capture, store=store, reader=reader)
    if taken.recorded is None:
        tally.left_out[taken.left_out] += 1
        return None
    tally.add(taken.recorded)
    version = taken.recorded.version
    if version is None:
        return None
    at = screen.when(capture.captured_at)
    return f"{at}  {version.origin:<8}  {capture.requested_url}"


def _tell(tally: _Tally, *, as_json: bool) -> None:
    left_out = +tally.left_out
    if as_json:
        screen.print_json(
            {
                "records": tally.records,
                "captures": tally.captures,
                "texts": tally.texts,
                "changes": tally.changes,
                "left_out": dict(left_out),
                "refused": tally.refused,
                "broken": tally.broken,
            }
        )
        return
    screen.say(
        f"records read: {tally.records}; responses taken in: {tally.captures};"
        f" new texts: {tally.texts}; new changes: {tally.changes};"
        f" left out: {left_out.total()}; refused: {len(tally.refused)}"
    )
    for reason, count in left_out.most_common(_REASONS_SHOWN):
        screen.say(f"  left out: {count} {screen.plain(reason)}")


# What the rules in force would make of what is kept.


class _Reread(NamedTuple):
    """A version whose kept response reads differently now; or why it cannot be read."""

    version: Version
    difference: Comparison | None = None
    trouble: str = ""


@click.command()
@click.argument("reference", required=False, metavar="[URL|SITE]")
@click.option("--json", "as_json", is_flag=True)
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
