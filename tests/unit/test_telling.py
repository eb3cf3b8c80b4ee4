"""Who is told what, and when."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from scraper.comparison import compare
from scraper.model import (
    Article,
    Block,
    Change,
    Link,
    Notice,
    PageId,
    Rule,
    VersionId,
    WatchKind,
)
from scraper.telling import NEVER_ALERTED, due_at, placements, retry_at

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)  # a Monday
EASTERN = ZoneInfo("America/New_York")
AT_ONCE = Rule(name="alerts", sink="desk", when="at_once")
STORY = Article(
    url="https://www.example.gov/releases/bridge",
    kind="release",
    title="Bridge opens",
    published="2026-11-20",
    blocks=(Block("paragraph", "The bridge cost $175 million, the mayor said."),),
)
EDITED = replace(
    STORY,
    blocks=(Block("paragraph", "The bridge cost $157 million, the mayor said."),),
)


def change(before: Article, after: Article) -> Change:
    comparison = compare(before, after)
    assert comparison is not None
    return Change(
        id=1,
        ref="abcdefgh2345",
        page_id=PageId(1),
        page_url=after.url,
        site="example",
        old_version=VersionId(1),
        new_version=VersionId(2),
        old_last_seen_at=NOON - timedelta(hours=1),
        old_last_seen_on="full answer",
        new_first_seen_at=NOON,
        new_first_seen_on="full answer",
        recorded_at=NOON,
        title=after.title,
        comparison=comparison,
    )


def edited(before: Article = STORY, after: Article = EDITED, **told: object) -> Notice:
    found = change(before, after)
    values = {
        "kind": "edited",
        "seen_at": NOON,
        "summary": found.comparison.summary,
        "site": "example",
        "host": "www.example.gov",
        "page_url": after.url,
        "title": after.title,
        "watch_kind": WatchKind.ARTICLE,
        "article_kind": after.kind,
        "found_as": "asked",
        "change": found,
    }
    return Notice(**values | told)


def happened(kind: str, **told: object) -> Notice:
    return edited(**{"kind": kind, "change": None, "summary": "It happened."} | told)


def places(notice: Notice, rule: Rule = AT_ONCE, now: datetime = NOON):
    return placements(notice, [rule], now=now)


def test_an_edit_is_told_after_the_window_with_what_happens_on_its_site() -> None:
    (place,) = places(edited())
    assert (place.kind, place.group) == ("alert", "example")
    assert place.due_at == NOON + timedelta(minutes=15)


@pytest.mark.parametrize("kind", sorted(NEVER_ALERTED))
def test_what_is_of_machinery_alerts_under_no_rule(kind: str) -> None:
    rule = replace(AT_ONCE, events=frozenset({kind}))
    assert places(happened(kind), rule) == ()


@pytest.mark.parametrize("kind", ["removed", "withdrawn", "restored", "mass_edit"])
def test_a_page_that_went_or_came_back_is_told_whatever_its_significance(
    kind: str,
) -> None:
    assert len(places(happened(kind), replace(AT_ONCE, min_significance=0.9))) == 1


def test_a_first_pass_is_no_news_and_a_story_found_later_is_if_asked_for() -> None:
    asked = replace(AT_ONCE, events=frozenset({"published"}))
    assert places(happened("published", found_as="baseline"), asked) == ()
    assert places(happened("published", found_as="asked"), asked) == ()
    assert len(places(happened("published", found_as="new"), asked)) == 1
    assert places(happened("published", found_as="new")) == ()


def test_related_stories_and_listings_never_alert() -> None:
    more = replace(STORY, related=(Link("Other", "https://www.example.gov/other"),))
    assert places(edited(STORY, more)) == ()
    named = replace(STORY, listed=(Link("Other", "https://www.example.gov/other"),))
    assert places(edited(STORY, replace(named, related=more.related))) == ()
    assert len(places(edited(STORY, replace(more, title="Bridge closed")))) == 1
    assert places(edited(article_kind="listing")) == ()
    assert places(edited(watch_kind=WatchKind.LISTING)) == ()


def test_a_change_that_an_import_brings_late_is_history() -> None:
    assert places(edited(seen_at=NOON - timedelta(days=30))) == ()


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"sites": frozenset({"example"})}, True),
        ({"sites": frozenset({"other"})}, False),
        ({"kinds": frozenset({"release"})}, True),
        ({"kinds": frozenset({"transcript"})}, False),
        ({"min_significance": 0.1}, True),
        ({"min_significance": 0.99}, False),
        ({"terms": ("$157 MILLION",)}, True),
        ({"terms": ("157 mil",)}, False),
        ({"undisclosed_only": True}, True),
        ({"events": frozenset({"removed"})}, False),
    ],
)
def test_every_condition_of_a_rule_must_hold(condition: dict, holds: bool) -> None:
    assert bool(places(edited(), replace(AT_ONCE, **condition))) is holds


def test_a_change_that_weighs_just_as_much_as_asked_for_is_told() -> None:
    told = edited()
    weight = told.change.comparison.significance
    assert places(told, replace(AT_ONCE, min_significance=weight))


def test_a_disclosed_change_is_nothing_for_a_rule_of_undisclosed_ones() -> None:
    noted = replace(EDITED, notes=("Correction: the sum was wrong.",))
    rule = replace(AT_ONCE, undisclosed_only=True)
    assert places(edited(STORY, noted), rule) == ()
    assert places(happened("removed"), rule) == ()


def test_a_term_is_looked_for_in_the_words_of_an_event_without_a_change() -> None:
    told = happened("mass_edit", summary='"clean energy" became "energy" on 40 pages')
    assert places(told, replace(AT_ONCE, terms=("clean energy",)))
    assert not places(told, replace(AT_ONCE, terms=("oil",)))


@pytest.mark.parametrize(
    ("quiet", "at", "due"),
    [
        (("22:00", "07:00"), "2026-11-24T03:00", "2026-11-24T12:00"),  # EST is UTC-5
        (("22:00", "07:00"), "2026-11-24T11:50", "2026-11-24T12:05"),
        (("22:00", "07:00"), "2026-11-24T04:30", "2026-11-24T12:00"),
        (("09:00", "17:00"), "2026-11-24T15:00", "2026-11-24T22:00"),
        (("09:00", "17:00"), "2026-11-24T23:00", "2026-11-24T23:15"),
        # Hours begin with their first moment and end before their last.
        (("22:00", "07:00"), "2026-11-24T02:45", "2026-11-24T12:00"),
        (("22:00", "07:00"), "2026-11-24T11:45", "2026-11-24T12:00"),
        (("09:00", "17:00"), "2026-11-24T13:45", "2026-11-24T22:00"),
        (("09:00", "17:00"), "2026-11-24T21:45", "2026-11-24T22:00"),
    ],
)
def test_alerts_wait_for_the_end_of_quiet_hours(quiet, at, due) -> None:
    begins, ends = map(time.fromisoformat, quiet)
    rule = replace(AT_ONCE, quiet=(begins, ends), zone=EASTERN)
    now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert due_at(rule, now) == datetime.fromisoformat(due).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("when", "now", "due"),
    [
        ("hourly", "2026-11-23T12:00", "2026-11-23T13:00"),
        ("hourly", "2026-11-23T12:59", "2026-11-23T13:00"),
        ("daily", "2026-11-23T12:00", "2026-11-23T13:00"),  # 08:00 EST
        ("daily", "2026-11-23T13:00", "2026-11-24T13:00"),
        ("daily", "2026-07-01T12:30", "2026-07-02T12:00"),  # 08:00 EDT
        ("daily", "2026-10-31T23:00", "2026-11-01T13:00"),  # summer time ends
        ("weekly", "2026-11-23T12:00", "2026-11-23T13:00"),
        ("weekly", "2026-11-23T13:00", "2026-11-30T13:00"),
        ("weekly", "2026-11-25T12:00", "2026-11-30T13:00"),
    ],
)
def test_digests_are_due_at_the_operators_hour(when, now, due) -> None:
    rule = Rule(name="d", sink="desk", when=when, zone=EASTERN)
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert due_at(rule, at) == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_attempts_are_further_and_further_apart_until_given_up() -> None:
    due = [retry_at(attempts, NOON) for attempts in range(1, 9)]
    assert None not in due
    waits = [at - NOON for at in due if at is not None]
    assert waits == sorted(set(waits))
    assert retry_at(9, NOON) is None
    assert sum(waits, timedelta()) > timedelta(days=3)
