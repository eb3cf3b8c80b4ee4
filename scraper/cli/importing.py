"""Commands that take in what others archived: files, and archives on the web."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scraper import archive, check, urls
from scraper.archive import WarcReader
from scraper.check import archived, stories
from scraper.cli import screen
from scraper.cli.adding import Pattern
from scraper.cli.changes import Moment
from scraper.cli.naming import NamedGroup
from scraper.cli.session import FAILED, Session, pass_session, refusals
from scraper.errors import (
    ArchiveError,
    DisallowedError,
    FetchError,
    HostBusyError,
    UnreachableError,
    UrlError,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from scraper.archive import Memento
    from scraper.fetch import Fetcher
    from scraper.model import Capture
    from scraper.store import Recorded, Store

_THERE = click.Path(path_type=Path, dir_okay=False, exists=True, readable=True)
_REASONS_SHOWN = 12
_WAYBACK = "https://web.archive.org/web"
_MOST_LISTS = 50
_PATIENCE = timedelta(minutes=20)
"""How long to wait for an archive that asks for it: nobody watches an hour's work."""
_ENDS = (DisallowedError, HostBusyError, UnreachableError)
"""After one of these the next request would fare no better."""


@click.group("import", cls=NamedGroup)
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
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
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
    if tally.changes:
        screen.say("`govwatch changes` lists the changes")


# From an archive on the web.


@import_.command("memento")
@click.argument("references", nargs=-1, required=True, metavar="PAGE|URL...")
@click.option(
    "--archive",
    "address",
    default=_WAYBACK,
    show_default=True,
    help="Another archive with such addresses: pywb, OpenWayback, a national one.",
)
@click.option("--since", type=Moment(), help="Only what it received since then.")
@click.option(
    "--until", type=Moment(ends_day=True), help="Only what it had received by then."
)
@click.option(
    "--most",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    help="Ask for so many of a page's responses, evenly apart.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def import_memento(
    session: Session,
    references: tuple[str, ...],
    *,
    address: str,
    since: datetime | None,
    until: datetime | None,
    most: int,
    as_json: bool,
) -> None:
    """Take in what the Wayback Machine or another archive has of pages.

    One response in five seconds is asked for, and what is on record is not asked for
    again. To learn more exactly when a text changed, ask again between two dates.
    """
    tally = _Tally()
    with refusals():
        host = urls.host(address)
        with (
            session.store("write") as store,
            session.fetcher(store, also=(host,)) as fetcher,
        ):
            source = _Archive(
                address=urls.parse(address.rstrip("/"), allowed=(host,)),
                fetcher=fetcher,
                allowed=session.policy.allowed_hosts,
            )
            reader = check.Reader.over(store, profiles=session.profiles)

            def take_in(capture: Capture) -> str | None:
                told = _take_in(capture, store=store, reader=reader, tally=tally)
                return None if as_json else told

            for url in [_address(session, store, one) for one in references]:
                try:
                    listed = source.listed(url)
                    wanted = _chosen(
                        store, url, listed, since=since, until=until, most=most
                    )
                    _ask_for(wanted, source, tally, take_in)
                except (ArchiveError, FetchError) as exc:
                    tally.broken.append(str(exc))
                    screen.say(f"Error: {screen.plain(exc)}")
                    if isinstance(exc, _ENDS):
                        break
    _tell(tally, as_json=as_json)
    if tally.broken:
        sys.exit(FAILED)


@dataclass(frozen=True, kw_only=True)
class _Archive:
    """An archive on the web, and how it is asked.

    Attributes:
        address: What its addresses begin with.
        fetcher: May ask its host.
        allowed: Host patterns beside the government's, of the pages it kept.
    """

    address: str
    fetcher: Fetcher
    allowed: tuple[str, ...]

    def listed(self, url: str) -> list[Memento]:
        """Return what it has of a page, the oldest first.

        Raises:
            ArchiveError: Its list cannot be read.
            FetchError: It does not answer.
        """
        lists = [archive.timemap_url(url, archive=self.address)]
        found: dict[datetime, Memento] = {}
        for place in lists:  # which may name further ones
            answer = self._ask(place)
            if answer.status == 404:  # it has nothing, and says so with that
                continue
            if answer.status != 200:
                raise ArchiveError(f"{place}: the archive answers {answer.status}")
            told = answer.body.decode("utf-8", "replace")
            timemap = archive.read_timemap(told, archive=self.address)
            found |= {one.at: one for one in timemap.mementos}
            further = [one for one in timemap.further if one not in lists]
            lists += further[: _MOST_LISTS - len(lists)]
        return [found[at] for at in sorted(found)]

    def capture(self, memento: Memento) -> Capture:
        """Return one response; raises as `archive.capture_of`."""
        return archive.capture_of(
            memento, archive=self.address, allowed=self.allowed, ask=self._ask
        )

    def _ask(self, url: str) -> Capture:
        return self.fetcher.fetch(url, patience=_PATIENCE, follows=False)


def _address(session: Session, store: Store, reference: str) -> str:
    """Return the address that a person means; a page may have had several."""
    if "/" in reference or "." in reference:
        return session.url(reference)
    return session.page(store, reference).url


def _chosen(
    store: Store,
    url: str,
    listed: list[Memento],
    *,
    since: datetime | None,
    until: datetime | None,
    most: int,
) -> list[Memento]:
    """Return what to ask for, and say so: it may take an hour."""
    page = store.page(url)
    missing = [
        one
        for one in listed
        if (since is None or one.at >= since)
        and (until is None or one.at <= until)
        and (page is None or not store.has_capture(page.id, one.at))
    ]
    chosen = archive.spread(missing, most)
    span = f" of {listed[0].at:%Y-%m-%d} to {listed[-1].at:%Y-%m-%d}" if listed else ""
    screen.say(
        f"{url}: {len(listed)} responses{span} in the archive,"
        f" asking for {len(chosen)} of {len(missing)} that are not on record"
    )
    return chosen


def _ask_for(
    mementos: list[Memento],
    source: _Archive,
    tally: _Tally,
    take_in: Callable[[Capture], str | None],
) -> None:
    with screen.progress("asking the archive") as show:
        for done, memento in enumerate(mementos):
            show(done, len(mementos))
            tally.records += 1
            try:
                line = take_in(source.capture(memento))
            except _ENDS:
                raise
            except (ArchiveError, FetchError, UrlError) as exc:
                told = f"{screen.when(memento.at)}  {memento.url}: {exc}"
                tally.refused.append(told)
                line = None
                with show.aside():
                    screen.say(screen.plain(f"refused: {told}"))
            if line is not None:
                with show.aside():
                    click.echo(line)
