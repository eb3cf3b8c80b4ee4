"""Newer reading rules and no body left to re-read: a page must never go blind.

Through `check.examine` and `Store.record`, as the daemon does it.
"""

import pytest

from scraper.check import Reader, examine
from scraper.config import load_profiles
from scraper.errors import DamagedError
from scraper.model import Outcome
from tests.recorded import HOUR, capture, desk

TYPE = (("content-type", "text/html; charset=utf-8"),)
TEXT = (
    "Engineers opened a new vehicle bridge today, eleven months after flooding took"
    " the old one away, the garrison said. It was built for $175 million."
)
ROADS = (
    "Work on the approach roads continues through March, and drivers should expect"
    " single-lane traffic on weekdays until then, the statement said."
)
PROFILES = load_profiles()


def page(text, head="", foot=""):
    return (
        f"<!DOCTYPE html><html lang=en><head><title>Bridge Opens</title>{head}</head>"
        f"<body><main><article><h1>Bridge Opens</h1><p>{text}</p><p>{ROADS}</p>{foot}"
        "</article></main></body></html>"
    ).encode()


def stamped(text, hour):
    """A page that prints the day of its last update and keeps the hour to itself."""
    moment = f"2026-11-20T{hour}:00:00-05:00"
    return page(
        text,
        head=f'<meta property="article:modified_time" content="{moment}">',
        foot="<p>Last updated November 20, 2026</p>",
    )


@pytest.fixture
def blind(tmp_path):
    """A page read once by older rules, whose body is not kept."""
    made = desk(tmp_path)
    with made.store as store:
        look(made, TEXT)
        store._db.run("UPDATE versions SET rules = 'rules of last year'")
        yield made


def not_kept(digest):
    return None


def damaged(digest):
    raise DamagedError(f"body {digest}: damaged")


def look(made, text, body=not_kept):
    reader = Reader(profiles=PROFILES, body=body, noise=lambda host: ())
    shown = text if isinstance(text, bytes) else page(text)
    came = capture(shown, at=made.clock.now, headers=TYPE)
    check = examine(made.page(), came, reader=reader)
    recorded = made.store.record(check)
    made.clock.now += HOUR
    return check, recorded


@pytest.mark.parametrize("body", [not_kept, damaged])
def test_another_text_is_a_new_baseline_and_the_next_edit_is_found(blind, body):
    edited = TEXT.replace("$175", "$157")
    check, recorded = look(blind, edited, body)
    assert check.outcome is Outcome.UNCHANGED
    assert recorded.version.origin == "baseline"
    assert recorded.change is None
    _, recorded = look(blind, edited.replace("$157", "$99"))
    assert recorded.change.comparison.numbers == (("$157 million", "$99 million"),)
    assert blind.store.verify() == []


def test_the_same_text_takes_on_the_newer_rules_and_the_next_edit_is_found(blind):
    _, recorded = look(blind, TEXT + " ")
    assert recorded.version is None
    assert blind.page().latest.rules != "rules of last year"
    _, recorded = look(blind, TEXT.replace("$175", "$157"))
    assert recorded.change.comparison.numbers == (("$175 million", "$157 million"),)
    assert blind.store.verify() == []


def test_a_date_that_only_metadata_give_is_kept_and_is_no_change(tmp_path):
    made = desk(tmp_path)
    with made.store:
        look(made, stamped(TEXT, "09"))
        check, recorded = look(made, stamped(TEXT, "11"))
        assert check.outcome is Outcome.UNCHANGED
        assert recorded.version is None
        edited = TEXT.replace("$175", "$157")
        _, recorded = look(made, stamped(edited, "15"))
        assert recorded.change.comparison.fields == {"body"}
        assert recorded.change.comparison.disclosure == "metadata_only"
        article = made.page().latest.article
        assert article.metadata_updated == "2026-11-20T15:00:00-05:00"
        assert (article.updated, article.updated_text) == (
            "2026-11-20",
            "November 20, 2026",
        )
        _, recorded = look(made, stamped(TEXT, "15"))
        assert recorded.change.comparison.silent
        assert made.store.verify() == []


@pytest.mark.parametrize(
    ("is_kept", "disclosure"), [(True, "metadata_only"), (False, "none_seen")]
)
def test_a_text_read_before_metadata_dates_were_kept_is_read_again_or_says_nothing(
    tmp_path, is_kept, disclosure
):
    made = desk(tmp_path)
    with made.store as store:
        look(made, stamped(TEXT, "09"))
        store._db.run(
            "UPDATE versions SET rules = 'rules of last year', metadata_updated = NULL"
        )
        body = store.body if is_kept else not_kept
        check, recorded = look(made, stamped(TEXT, "11"), body)
        assert check.outcome is Outcome.UNCHANGED
        assert recorded.change is None
        _, recorded = look(made, stamped(TEXT.replace("$175", "$157"), "15"), body)
        assert recorded.change.comparison.disclosure == disclosure
