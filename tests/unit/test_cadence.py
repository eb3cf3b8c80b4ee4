"""When a page is due again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.cadence import LONGEST, SHORTEST, next_check
from scraper.model import Page, PageId, WatchKind

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ARTICLE = Page(
    id=PageId(1),
    key="news.example.gov/a",
    url="https://news.example.gov/a",
    kind=WatchKind.ARTICLE,
    site=None,
    added_at=NOW,
)


def interval(age: timedelta) -> timedelta:
    return next_check(ARTICLE, now=NOW, text_since=NOW - age).at - NOW


def test_a_young_text_is_looked_at_more_often_than_an_old_one() -> None:
    ages = [timedelta(hours=1), timedelta(days=1), timedelta(days=10)]
    assert sorted(map(interval, ages)) == [interval(age) for age in ages]
    assert timedelta(minutes=45) <= interval(timedelta(days=1)) <= timedelta(minutes=55)


def test_no_page_waits_longer_than_a_week_and_its_jitter() -> None:
    assert LONGEST / 2 < interval(timedelta(days=20_000)) <= LONGEST


def test_a_fixed_interval_goes_before_the_age() -> None:
    page = replace(ARTICLE, every=timedelta(hours=6))
    due = next_check(page, now=NOW, text_since=NOW)
    assert timedelta(hours=5) < due.at - NOW < timedelta(hours=7)
    assert due.why == "every 6 hours"


def test_a_delay_asked_for_by_its_fate_goes_before_everything() -> None:
    page = replace(ARTICLE, every=timedelta(hours=6))
    soon = timedelta(minutes=10)
    due = next_check(page, now=NOW, text_since=NOW, look_again=soon)
    assert due.at == NOW + soon
    assert "confirm" in due.why


def test_two_pages_checked_together_do_not_fall_due_together() -> None:
    due = {
        next_check(replace(ARTICLE, id=PageId(n)), now=NOW, text_since=NOW).at
        for n in range(50)
    }
    assert len(due) == 50


@pytest.mark.parametrize("kind", list(WatchKind))
def test_the_reason_names_the_rule(kind: WatchKind) -> None:
    due = next_check(replace(ARTICLE, kind=kind), now=NOW, text_since=None)
    assert due.why


@given(
    st.timedeltas(timedelta(days=-30), timedelta(days=9000)),
    st.sampled_from(WatchKind),
    st.none() | st.timedeltas(timedelta(seconds=1), timedelta(days=365)),
)
def test_the_next_check_is_later_than_now(
    age: timedelta, kind: WatchKind, every: timedelta | None
) -> None:
    page = replace(ARTICLE, kind=kind, every=every)
    due = next_check(page, now=NOW, text_since=NOW - age)
    assert due.at > NOW
    assert every is not None or due.at - NOW >= SHORTEST * 0.9
