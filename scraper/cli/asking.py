"""Commands that ask the record: phrase, search and the saved questions."""

from __future__ import annotations

import shlex
from datetime import UTC
from typing import TYPE_CHECKING, Final

import click

from scraper.cli import screen
from scraper.cli.changes import Moment
from scraper.cli.session import Refusal, Session, pass_session, refusals

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from scraper.store import Hit, PhraseStay, Question


_MOMENTS: Final = {"since": Moment(), "at": Moment(ends_day=True), "now": Moment()}
"""Parameters that are times; `since` is a day."""


def _some_words(_: click.Context, __: click.Parameter, words: tuple[str, ...]) -> str:
    told = " ".join(words)
    if not any(letter.isalnum() for letter in told):
        msg = "say which words"
        raise click.BadParameter(msg)
    return told


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="WORDS", callback=_some_words)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def phrase(session: Session, words: str, *, as_json: bool) -> None:
    """Tell where and when these WORDS stood, and when they went."""
    with refusals(), session.store("read") as store:
        stays = store.phrase(words)
    if as_json:
        screen.print_json([_stood(stay) | {"text": stay.text} for stay in stays])
        return
    screen.print_rows(
        ("first seen", "gone by", "title", "url"),
        [(screen.when(s.appeared_at), _gone(s.gone_at), s.title, s.url) for s in stays],
    )


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="WORDS", callback=_some_words)
@click.option(
    "--limit", type=click.IntRange(1), default=50, show_default=True, help="So many."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def search(session: Session, words: str, limit: int, *, as_json: bool) -> None:
    """Find passages, of any time, that hold all these WORDS."""
    with refusals(), session.store("read") as store:
        hits = store.search(words, limit=limit)
    if as_json:
        screen.print_json([_stood(hit) | {"excerpt": hit.excerpt} for hit in hits])
        return
    screen.print_rows(
        ("first seen", "gone by", "passage", "url"),
        [
            (screen.when(h.appeared_at), _gone(h.gone_at), h.excerpt, h.url)
            for h in hits
        ],
    )


@click.command()
@click.argument("name", required=False)
@click.argument("parameters", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def ask(
    session: Session, name: str | None, parameters: tuple[str, ...], *, as_json: bool
) -> None:
    """Answer a saved question; without NAME, list them."""
    with refusals(), session.store("read") as store:
        questions = {one.name: one for one in store.questions()}
        if name is None:
            _print_questions(questions.values(), as_json=as_json)
            return
        if name not in questions:
            msg = f"no question {name!r}; `govwatch ask` lists them"
            raise Refusal(msg)
        rows = store.ask(name, **_values(questions[name], parameters))
    if as_json:
        screen.print_json(rows)
    else:
        names = tuple(rows[0]) if rows else ()
        screen.print_rows(names, [tuple(row.values()) for row in rows])


def _values(question: Question, parameters: tuple[str, ...]) -> dict[str, str]:
    """Return what a person gave for a question's parameters, as its SQL compares it."""
    given = {key: value for key, _, value in (one.partition("=") for one in parameters)}
    if given.keys() != question.example.keys():
        example = "".join(f" {k}={shlex.quote(v)}" for k, v in question.example.items())
        msg = f"ask it like this: govwatch ask {question.name}{example}"
        raise Refusal(msg)
    return {key: _value(key, value) for key, value in given.items()}


def _value(key: str, value: str) -> str:
    if key == "words":
        if not any(letter.isalnum() for letter in value):
            msg = f"{key}: say which words"
            raise Refusal(msg)
        # As they stand, unless the person writes an expression of FTS5.
        return value if '"' in value else f'"{value}"'
    if key not in _MOMENTS:
        return value
    try:
        moment = _MOMENTS[key].convert(value, None, None)
    except click.BadParameter as exc:
        msg = f"{key}: {exc.message}"
        raise Refusal(msg) from exc
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%d}" if key == "since" else f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _print_questions(questions: Iterable[Question], *, as_json: bool) -> None:
    if as_json:
        screen.print_json(
            [
                {"name": one.name, "asks": one.asks, "parameters": [*one.example]}
                for one in questions
            ]
        )
        return
    screen.print_rows(
        ("name", "question", "parameters"),
        [
            (one.name, one.asks, " ".join(f"{key}=" for key in one.example))
            for one in questions
        ],
    )


def _stood(one: PhraseStay | Hit) -> dict[str, object]:
    return {
        "page": one.page_id,
        "url": one.url,
        "title": one.title,
        "appeared_at": one.appeared_at.isoformat(),
        "gone_at": _iso(one.gone_at),
    }


def _gone(at: datetime | None) -> str:
    return screen.when(at) if at is not None else "still there"


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
