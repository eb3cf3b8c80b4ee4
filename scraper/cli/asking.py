"""Commands that ask the record: phrase, search, gaps and the saved questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from scraper.cli import screen
from scraper.cli.session import Session, pass_session, refusals

if TYPE_CHECKING:
    from datetime import datetime


@click.command()
@click.argument("words")
@click.option("--json", "as_json", is_flag=True)
@pass_session
def phrase(session: Session, words: str, *, as_json: bool) -> None:
    """Tell where and when these WORDS stood in a row, and when they went."""
    with refusals(), session.store("read") as store:
        stays = store.phrase(words)
    if as_json:
        screen.print_json(
            [
                {
                    "page": stay.page_id,
                    "url": stay.url,
                    "title": stay.title,
                    "text": stay.text,
                    "appeared_at": stay.appeared_at.isoformat(),
                    "gone_at": _iso(stay.gone_at),
                }
                for stay in stays
            ]
        )
        return
    screen.print_rows(
        ("first seen", "gone by", "title", "url"),
        [(screen.when(s.appeared_at), _gone(s.gone_at), s.title, s.url) for s in stays],
    )


@click.command()
@click.argument("words")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True)
@pass_session
def search(session: Session, words: str, limit: int, *, as_json: bool) -> None:
    """Find passages, of any time, that hold all these WORDS."""
    with refusals(), session.store("read") as store:
        hits = store.search(words, limit=limit)
    if as_json:
        screen.print_json(
            [
                {
                    "page": hit.page_id,
                    "url": hit.url,
                    "title": hit.title,
                    "excerpt": hit.excerpt,
                    "appeared_at": hit.appeared_at.isoformat(),
                    "gone_at": _iso(hit.gone_at),
                }
                for hit in hits
            ]
        )
        return
    screen.print_rows(
        ("first seen", "gone by", "passage", "url"),
        [
            (screen.when(h.appeared_at), _gone(h.gone_at), h.excerpt, h.url)
            for h in hits
        ],
    )


@click.command()
@click.argument("reference", required=False, metavar="[URL|SITE]")
@click.option("--json", "as_json", is_flag=True)
@pass_session
def gaps(session: Session, reference: str | None, *, as_json: bool) -> None:
    """Tell when nobody was able to see pages: what may have gone unseen."""
    with refusals(), session.store("read") as store:
        is_site = reference in session.sites
        page = session.page(store, reference) if reference and not is_site else None
        found = store.gaps(
            site=reference if is_site else None,
            page_id=page.id if page is not None else None,
        )
    if as_json:
        screen.print_json(
            [
                {
                    "page": gap.page_id,
                    "url": gap.url,
                    "seen_until": gap.seen_until.isoformat(),
                    "seen_again_at": _iso(gap.seen_again_at),
                }
                for gap in found
            ]
        )
        return
    screen.print_rows(
        ("seen until", "seen again", "url"),
        [
            (
                screen.when(gap.seen_until),
                screen.when(gap.seen_again_at) if gap.seen_again_at else "not yet",
                gap.url,
            )
            for gap in found
        ],
    )


@click.command()
@click.argument("name", required=False)
@click.argument("parameters", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--json", "as_json", is_flag=True)
@pass_session
def ask(
    session: Session, name: str | None, parameters: tuple[str, ...], *, as_json: bool
) -> None:
    """Answer a saved question; without NAME, list them."""
    with refusals(), session.store("read") as store:
        if name is None:
            screen.print_rows(
                ("name", "question", "parameters"),
                [
                    (one.name, one.asks, " ".join(f"{k}=" for k in one.example))
                    for one in store.questions()
                ],
            )
            return
        if bad := [one for one in parameters if "=" not in one]:
            msg = f"{bad[0]!r} is not like KEY=VALUE"
            raise click.UsageError(msg)
        rows = store.ask(name, **dict(one.split("=", 1) for one in parameters))
    if as_json:
        screen.print_json(rows)
    elif rows:
        screen.print_rows(tuple(rows[0]), [tuple(row.values()) for row in rows])
    else:
        screen.say("nothing on record answers that")


def _gone(at: datetime | None) -> str:
    return screen.when(at) if at is not None else "still there"


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
