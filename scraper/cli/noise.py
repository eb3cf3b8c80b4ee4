"""`govwatch site noise`: what was learned to change by itself, and why; removing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from scraper.cli import screen
from scraper.cli.session import Refusal, Session, pass_session, refusals
from scraper.cli.sites import site
from scraper.config import profile_for

if TYPE_CHECKING:
    from scraper.model import NoiseSighting
    from scraper.store import KnownNoise


@site.command("noise")
@click.argument("site", required=False, metavar="[SITE|HOST]")
@click.option("--remove", type=int, metavar="NUMBER", help="Compare it from now on.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
@pass_session
def noise(
    session: Session, site: str | None, remove: int | None, *, as_json: bool
) -> None:
    """Show which lines of a site change by themselves, and how known.

    They are left out of texts and comparisons. Removing one alters nothing recorded;
    a line that still moves by itself is learned anew.
    """
    if remove is not None:
        with refusals(), session.store("write") as store:
            if remove not in {one.number for one in store.known_noise()}:
                msg = f"no learned noise {remove}; `govwatch site noise` lists them"
                raise Refusal(msg)
            gone = store.remove_noise(remove)
        click.echo(f"compared from now on: {screen.plain(gone.shape)} ({gone.host})")
        return
    with refusals(), session.store("read") as store:
        found = [one for one in store.known_noise() if _is_on(session, one, site)]
        if site is not None and not found and "." not in site:
            session.refuse_unknown(store, site)
    if as_json:
        screen.print_json([_as_dict(one) for one in found])
        return
    for one in found:
        _print(one)
    if not found:
        screen.say("no noise learned")


def _is_on(session: Session, known: KnownNoise, site: str | None) -> bool:
    host = known.pattern.host
    named = profile_for(session.profiles, host).site
    return site is None or site.lower() in {host, named}


def _print(known: KnownNoise) -> None:
    pattern = known.pattern
    since = f", since {screen.when(pattern.since)}" if pattern.since else ""
    layout = f", layout {pattern.layout}" if pattern.layout else ""
    click.echo(
        f"{known.number}  {screen.plain(pattern.shape)}\n"
        f"    {pattern.host}{layout}{since}: {pattern.reason}"
    )
    for seen in pattern.evidence:
        click.echo(
            f"    {screen.when(seen.before_at)}  {screen.plain(seen.before)}\n"
            f"    {screen.when(seen.after_at)}  {screen.plain(seen.after)}"
            f"  {seen.url}"
        )


def _as_dict(known: KnownNoise) -> dict[str, object]:
    pattern = known.pattern
    return {
        "number": known.number,
        "host": pattern.host,
        "layout": pattern.layout,
        "where": pattern.where,
        "shape": pattern.shape,
        "pattern": pattern.pattern,
        "reason": pattern.reason,
        "since": pattern.since.isoformat() if pattern.since else None,
        "evidence": [_seen(one) for one in pattern.evidence],
    }


def _seen(one: NoiseSighting) -> dict[str, object]:
    return {
        "url": one.url,
        "before": one.before,
        "after": one.after,
        "before_at": one.before_at.isoformat(),
        "after_at": one.after_at.isoformat(),
        "before_sha256": one.before_sha256,
        "after_sha256": one.after_sha256,
    }
