"""`govwatch watch add`: look first, show what would be watched, then ask."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import click

from scraper import urls
from scraper.check.probing import SAMPLES, Prober
from scraper.cli import screen
from scraper.cli.reading import PATIENCE
from scraper.cli.session import (
    FAILED,
    USAGE,
    Refusal,
    Session,
    pass_session,
    refusals,
    utc_now,
)
from scraper.cli.watching import Hours, Interval, watch, watch_as_dict
from scraper.errors import UrlError
from scraper.model import MOST_PAGES, WatchKind, WatchSuggestion
from scraper.store import running_daemon

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import timedelta

    from scraper.check.probing import Probe, Sample
    from scraper.model import ActiveHours, Watch

_SECONDS_A_DAY = 86_400


class Pattern(click.ParamType[str]):
    """A regular expression."""

    name = "regex"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Return it; one that cannot be used is a usage error."""
        try:
            re.compile(str(value))
        except re.error as exc:
            self.fail(f"{value!r} is no regular expression: {exc}", param, ctx)
        return str(value)


@dataclass(frozen=True, kw_only=True)
class _Terms:
    """What the command line asks of every watch it adds."""

    kind: WatchKind | None
    every: timedelta | None
    hours: ActiveHours | None
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    most: int
    feed_only: bool
    yes: bool

    def asks(self, question: str) -> bool:
        """Whether the answer is yes; `--yes` gives it in advance."""
        return self.yes or click.confirm(question, default=True, err=True)


@watch.command()
@click.argument("names", nargs=-1, required=True, metavar="URL|SITE...")
@click.option(
    "--kind",
    type=click.Choice([str(kind) for kind in WatchKind]),
    help="What it must be; else that is found out.",
)
@click.option(
    "--every", type=Interval(), help="Fixed interval, e.g. 6h; else it adapts."
)
@click.option(
    "--hours", type=Hours(), help="Look only then, e.g. '07:00-19:00 America/New_York'."
)
@click.option(
    "--include", multiple=True, type=Pattern(), help="Follow only stories like this."
)
@click.option(
    "--exclude", multiple=True, type=Pattern(), help="Follow no stories like this."
)
@click.option(
    "--most",
    type=click.IntRange(1),
    default=MOST_PAGES,
    show_default=True,
    help="Pages followed for it at most.",
)
@click.option(
    "--feed-only", is_flag=True, help="Record what a feed says; ask for no story."
)
@click.option("--yes", is_flag=True, help="Do not ask; for scripts.")
@click.option(
    "--no-probe",
    is_flag=True,
    help="Send nothing now; take it for an article, or what --kind says.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def add(
    session: Session,
    names: tuple[str, ...],
    *,
    kind: str | None,
    every: timedelta | None,
    hours: ActiveHours | None,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    most: int,
    feed_only: bool,
    yes: bool,
    no_probe: bool,
    as_json: bool,
) -> None:
    """Follow a page, a feed, a list of stories or a whole SITE.

    Looks at it first and shows what it is; nothing is written before you agree.
    """
    terms = _Terms(
        kind=WatchKind(kind) if kind is not None else None,
        every=every,
        hours=hours,
        include=include,
        exclude=exclude,
        most=most,
        feed_only=feed_only,
        yes=yes,
    )
    with refusals():
        wishes = _all_wishes(session, names, terms)
        try:
            chosen = wishes if no_probe else _probed(session, wishes, terms)
        except click.Abort:
            screen.say("")  # the question stands on this line
            screen.say("Error: nobody answered; nothing written. Scripts say --yes")
            sys.exit(USAGE)
        added = _record(session, chosen, terms) if chosen else []
    if as_json:
        screen.print_json([watch_as_dict(one) for one in added])
    else:
        for one in added:
            click.echo(f"watching {one.url} (watch {one.id})")
    if added and running_daemon(session.settings.database) is not None:
        screen.say("The daemon that runs looks at it within seconds.")
    elif added:
        screen.say("Now `govwatch check --all` looks once, `govwatch run` for good.")
    if len(chosen) < len(wishes):
        sys.exit(FAILED)


class _Wish(NamedTuple):
    """Something to watch.

    Attributes:
        kind: What it must be, None to find out.
        is_declined: The person said no.
    """

    wanted: WatchSuggestion
    kind: WatchKind | None
    feed_only: bool
    is_declined: bool = False


def _all_wishes(session: Session, names: Sequence[str], terms: _Terms) -> list[_Wish]:
    """Return what all of `names` stand for.

    Raises:
        Refusal: Not one, or several, can be watched; each of these is told. A list of
            hundreds is mended at once, and not name by name.
    """
    wishes: list[_Wish] = []
    wrong: list[str] = []
    for name in names:
        try:
            wishes += _wishes(session, name, terms)
        except (Refusal, UrlError) as exc:
            wrong.append(str(exc))
    if len(wrong) == 1:
        raise Refusal(wrong[0])
    if wrong:
        for one in wrong:
            screen.say(f"Error: {one}")
        msg = f"{len(wrong)} of {len(names)} cannot be watched; nothing written"
        raise Refusal(msg)
    return wishes


def _wishes(session: Session, name: str, terms: _Terms) -> list[_Wish]:
    """Return what a URL or the name of a site stands for."""
    if name not in session.sites:
        wanted = WatchSuggestion(
            url=session.url(name),
            kind=terms.kind or WatchKind.ARTICLE,
            every=terms.every,
            include=terms.include,
            exclude=terms.exclude,
        )
        return [_Wish(wanted, terms.kind, terms.feed_only)]
    (profile,) = (site for site in session.profiles.sites if site.site == name)
    if not profile.watches:
        msg = f"the file of {name} suggests nothing to watch; name a URL"
        raise click.UsageError(msg)
    return [
        _Wish(
            replace(
                one,
                url=session.url(one.url),
                every=terms.every or one.every,
                include=one.include + terms.include,
                exclude=one.exclude + terms.exclude,
            ),
            one.kind,
            terms.feed_only,
        )
        for one in profile.watches
    ]


def _record(session: Session, chosen: list[_Wish], terms: _Terms) -> list[Watch]:
    kept = [wish for wish in chosen if not wish.is_declined]
    if not kept:
        return []
    with session.store("create") as store:
        added = []
        for wanted, kind, feed_only, _ in kept:
            site, key = session.identity(wanted.url)
            added.append(
                store.add_watch(
                    url=wanted.url,
                    kind=kind or wanted.kind,
                    site=site,
                    key=key,
                    every=wanted.every,
                    active_hours=terms.hours,
                    include=wanted.include,
                    exclude=wanted.exclude,
                    most=terms.most,
                    feed_only=feed_only,
                )
            )
    return added


# ---- looking


def _probed(session: Session, wishes: list[_Wish], terms: _Terms) -> list[_Wish]:
    """Return those that can be watched, each with what the person made of it."""
    chosen: list[_Wish] = []
    with session.hosts() as (store, ledger), session.fetcher(ledger) as fetcher:
        prober = Prober(
            fetcher=fetcher,
            ledger=ledger,
            profiles=session.profiles,
            clock=utc_now,
            patience=PATIENCE,
        )
        for wish in wishes:
            url = wish.wanted.url
            if store is not None and (known := store.watch(url)) is not None:
                screen.say(f"{url} is watched already (watch {known.id})")
                chosen.append(wish._replace(is_declined=True))
                continue
            # Of a site's several lists, the first one's stories tell enough.
            samples = SAMPLES if wish is wishes[0] or wish.kind is None else 0
            chosen += _look(prober, wish, terms, samples=samples)
    return chosen


def _look(prober: Prober, wish: _Wish, terms: _Terms, *, samples: int) -> list[_Wish]:
    screen.say(f"Looking at {wish.wanted.url}; a host is asked once in 5 seconds ...")
    probe = prober.probe(wish.wanted, kind=wish.kind, samples=samples)
    for line in _lines(probe):
        screen.say(screen.plain(line))
    feed_only = wish.feed_only
    if probe.trouble:
        return _feeds_instead(prober, probe, terms) if probe.is_refused else []
    if feed_only and probe.kind is not WatchKind.FEED:
        screen.say(f"Error: {probe.url} is no feed; --feed-only needs one")
        return []
    question = "Watch it?"
    if probe.stories_refused and probe.kind is WatchKind.FEED and not feed_only:
        question = "Record what the feed says of its stories, without asking for them?"
        feed_only = True
    agreed = terms.asks(question)
    return [_Wish(wish.wanted, probe.kind, feed_only, is_declined=not agreed)]


def _feeds_instead(prober: Prober, probe: Probe, terms: _Terms) -> list[_Wish]:
    """Offer the feeds of a site that refuses this machine its pages."""
    open_feeds = []
    for url in probe.feeds:
        wanted = WatchSuggestion(url=url, kind=WatchKind.FEED)
        feed = prober.probe(wanted, kind=WatchKind.FEED, samples=0)
        screen.say(screen.plain(f"  feed      {url}: {feed.trouble or 'it answers'}"))
        if not feed.trouble:
            open_feeds.append(wanted)
    if not open_feeds:
        return []
    agreed = terms.asks("Record what its feeds say instead, without asking for pages?")
    return [
        _Wish(wanted, WatchKind.FEED, feed_only=True, is_declined=not agreed)
        for wanted in open_feeds
    ]


# ---- showing


def _lines(probe: Probe) -> Iterator[str]:
    if probe.trouble:
        refused = "the site refuses this machine: " if probe.is_refused else ""
        yield f"Error: {probe.url}: {refused}{probe.trouble}"
        return
    layout = f", read by the layout {probe.layout}" if probe.layout else ""
    site = f"site {probe.site}" if probe.site else "no site file, generic rules"
    yield f"  what      {_what(probe)} ({site}{layout})"
    for sample in probe.samples:
        yield f"  sample    {_sample(sample)}"
    if probe.stories_refused:
        yield "  refused   the site refuses this machine every story that was tried"
    yield f"  budget    {_budget(probe)}"
    if probe.kind is not WatchKind.FEED:
        for url in probe.feeds:
            yield f"  feed      {url} (lighter on the site than its pages)"


def _what(probe: Probe) -> str:
    if probe.kind is WatchKind.ARTICLE:
        return "an article"
    count = f"{probe.stories} {'story' if probe.stories == 1 else 'stories'}"
    if probe.sitemaps:
        return f"an index of {probe.sitemaps} sitemaps"
    return f"a {probe.kind} that names {count}"


def _sample(sample: Sample) -> str:
    article = sample.article
    if article is None:
        return f"{sample.url}: {sample.trouble}"
    words = len(article.text.split())
    day = article.published or "no date"
    return f"{day}  {article.title or '(no title)'}  ({words} words)"


def _budget(probe: Probe) -> str:
    looks = f"about {probe.checks_a_day:,.0f} looks a day"
    if probe.kind is not WatchKind.ARTICLE:
        looks += " at it and the stories it names now, fewer as they age"
    rest_s = probe.rest.total_seconds()
    most = _SECONDS_A_DAY / rest_s
    host = urls.host(probe.url)
    return (
        f"{looks}; {host} is asked once in {rest_s:.0f} s at most ({most:,.0f} a day)"
    )
