"""Commands that read pages and record nothing: extract and fetch."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text

from scraper import document, extraction, urls
from scraper.check import opened_and_assessed
from scraper.cli import screen
from scraper.cli.session import (
    Failure,
    Session,
    pass_session,
    refusal,
    refusals,
    utc_now,
)
from scraper.config import profile_for
from scraper.errors import ExtractError, GovwatchError
from scraper.model import AssessmentKind

if TYPE_CHECKING:
    from scraper.model import Article, Assessment, Capture, Image, Link, Reading

PATIENCE = timedelta(minutes=2)
"""How long a command waits for a host's turn; a person is watching."""

_BULLETS = {"list_item": "  • ", "quote": "  │ ", "row": "  "}


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--url", help="Where the page came from: base of its links.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
@pass_session
def extract(
    session: Session, files: tuple[str, ...], url: str | None, *, as_json: bool
) -> None:
    """Print the article in each FILE: HTML or plain text; - is stdin."""
    read: list[Article] = []
    with refusals():
        address = session.url(url) if url else None
        for file in files:
            body = file_body(file)
            try:
                read.append(read_file(session, file, body, address).article)
            except ExtractError as exc:
                raise Failure(f"{file}: {exc}") from exc
    if as_json:
        screen.print_json([article.as_dict() for article in read])
        return
    for article in read:
        print_article(article)


@click.command()
@click.argument("addresses", nargs=-1, required=True, metavar="URL...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
@pass_session
def fetch(session: Session, addresses: tuple[str, ...], *, as_json: bool) -> None:
    """Fetch each URL and print its article; nothing is recorded."""
    answers: list[dict[str, object]] = []
    failed: GovwatchError | None = None
    with refusals():
        wanted = [session.url(address) for address in addresses]
        with session.fetcher() as fetcher:
            for address in wanted:
                try:
                    capture = fetcher.fetch(address, patience=PATIENCE)
                    assessed, reading = understand(session, capture)
                except GovwatchError as exc:
                    failed = exc
                    screen.say(f"Error: {exc}")
                    continue
                if as_json:
                    answers.append(_answer(capture, assessed, reading))
                else:
                    _print_answer(capture, assessed, reading)
    if as_json:
        screen.print_json(answers)
    if failed is not None:
        sys.exit(refusal(failed).exit_code)


def print_article(article: Article) -> None:
    """Print what a reader of the page reads."""
    out = screen.console()
    out.print(Text(article.title or "(no title)", style="bold"))
    facts = [
        article.published_text or article.published,
        f"updated {article.updated_text or article.updated}" if article.updated else "",
        f"in the metadata {article.metadata_updated}"
        if article.updated_text and article.metadata_updated
        else "",
        f"by {article.byline}" if article.byline else "",
        article.kind if article.kind != "article" else "",
    ]
    if line := " · ".join(screen.plain(fact) for fact in facts if fact):
        out.print(Text(line, style="dim"))
    for block in article.blocks:
        text = screen.plain(block.text)
        if block.kind == "heading":
            out.print(Text(f"\n{text}", style="bold"))
        else:
            out.print()
            screen.print_hung(text, first=_BULLETS.get(block.kind, ""))
    for image in article.images:
        out.print()
        for number, line in enumerate(_photo(image)):
            screen.print_hung(line, first=" " * 8 if number else "[photo] ")
    for heading, links in (
        ("Attachments", article.attachments),
        ("Related", article.related),
        ("Stories", article.listed),
    ):
        if links:
            out.print(Text(f"\n{heading}", style="bold"))
            for link in links:
                screen.print_hung(_link(link), first="  ")
    out.print()


def _photo(image: Image) -> list[str]:
    shown = (
        ("", image.title),
        ("", image.caption),
        ("alt: ", image.alt),
        ("credit: ", image.credit),
        ("VIRIN: ", image.virin),
        ("", image.src or None),
    )
    return [f"{label}{screen.plain(text)}" for label, text in shown if text]


def _link(link: Link) -> str:
    day = f"{link.published}  " if link.published else ""
    return screen.plain(f"{day}{link.title}  {link.url}")


def file_body(file: str) -> bytes:
    """Return what is in `file`, or on stdin for `-`."""
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as exc:
        msg = f"{file}: cannot be read: {exc.strerror or exc}"
        raise click.UsageError(msg) from exc


def read_file(session: Session, file: str, body: bytes, url: str | None) -> Reading:
    """Read the article of a file as the profile of its `url` has it."""
    is_markup = body.lstrip()[:1] == b"<" or Path(file).suffix in {".html", ".htm"}
    opened = document.parse(
        body,
        url=url or "",
        content_type="text/html" if is_markup else "text/plain; charset=utf-8",
    )
    profile = profile_for(session.profiles, urls.host(url) if url else "")
    return extraction.read(opened, profile=profile, captured_at=utc_now())


def understand(session: Session, capture: Capture) -> tuple[Assessment, Reading | None]:
    """Return what a capture is and, where it is a page, its article."""
    opened, assessed = opened_and_assessed(capture)
    if assessed.kind is not AssessmentKind.PAGE:
        return assessed, None
    profile = profile_for(session.profiles, urls.host(capture.url))
    reading = extraction.read(opened, profile=profile, captured_at=capture.captured_at)
    return assessed, reading


def _answer(
    capture: Capture, assessed: Assessment, reading: Reading | None
) -> dict[str, object]:
    return {
        "url": capture.url,
        "status": capture.status,
        "captured_at": capture.captured_at.isoformat(),
        "body_sha256": capture.body_sha256,
        "assessment": assessed.as_dict(),
        "article": reading.article.as_dict() if reading is not None else None,
    }


def _print_answer(
    capture: Capture, assessed: Assessment, reading: Reading | None
) -> None:
    if reading is not None:
        print_article(reading.article)
    else:
        click.echo(f"{capture.url}: {assessed.kind}: {screen.plain(assessed.reason)}")
    took = (capture.captured_at - capture.started_at).total_seconds()
    screen.say(
        f"{capture.status} {capture.url} {len(capture.body)} bytes in {took:.2f} s, "
        f"sha256 {capture.body_sha256[:16]}"
    )
