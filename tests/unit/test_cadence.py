"""When a page is due again."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.cadence import (
    LONGEST,
    SHORTEST,
    adaptive_interval,
    first_active,
    next_check,
)
from scraper.model import ActiveHours, Page, PageId, WatchKind

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ARTICLE = Page(
    id=PageId(1),
    key="news.example.gov/a",
    url="https://news.example.gov/a",
    kind=WatchKind.ARTICLE,
    site=None,
    added_at=NOW,
)
HOUR, DAY, YEAR = timedelta(hours=1), timedelta(days=1), timedelta(days=365)
OFFICE = ActiveHours.parse("07:00-19:00 America/New_York")


def interval(age: timedelta) -> timedelta:
    return next_check(ARTICLE, now=NOW, text_since=NOW - age).at - NOW


def test_a_young_text_is_looked_at_more_often_than_an_old_one() -> None:
    ages = [HOUR, DAY, 10 * DAY]
    assert sorted(map(interval, ages)) == [interval(age) for age in ages]
    assert timedelta(minutes=45) <= interval(DAY) <= timedelta(minutes=55)


def test_a_text_of_this_minute_is_looked_at_within_minutes() -> None:
    assert interval(timedelta()) <= timedelta(minutes=11)


def test_no_page_waits_longer_than_a_week() -> None:
    assert LONGEST / 2 < interval(timedelta(days=20_000)) <= LONGEST


def test_a_page_that_changes_often_is_looked_at_more_often() -> None:
    calm, lively, restless = (
        adaptive_interval(stood=DAY, watched=30 * DAY, changes=changes)
        for changes in (0, 3, 30)
    )
    assert calm > lively > restless


def test_an_old_text_that_stood_still_is_looked_at_once_a_week() -> None:
    old = adaptive_interval(stood=2 * YEAR, watched=timedelta(), changes=0)
    edited = adaptive_interval(stood=2 * YEAR, watched=2 * YEAR, changes=9)
    assert old > 6 * DAY
    assert edited < DAY


def test_a_page_that_never_changed_is_looked_at_less_the_longer_that_is_known() -> None:
    known = adaptive_interval(stood=DAY, watched=DAY, changes=0)
    new = adaptive_interval(stood=DAY, watched=timedelta(), changes=0)
    assert new < known


def test_an_edit_makes_a_page_young_again() -> None:
    before = adaptive_interval(stood=30 * DAY, watched=30 * DAY, changes=0)
    after = adaptive_interval(stood=timedelta(), watched=30 * DAY, changes=1)
    assert after <= timedelta(minutes=10) < before


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


def test_pages_checked_together_fall_due_within_a_tenth_of_their_interval() -> None:
    hourly = replace(ARTICLE, every=HOUR)
    waits = [
        next_check(replace(hourly, id=PageId(n)), now=NOW, text_since=NOW).at - NOW
        for n in range(100)
    ]
    assert timedelta(minutes=54) <= min(waits) < timedelta(minutes=55)
    assert timedelta(minutes=65) < max(waits) <= timedelta(minutes=66)


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


def test_the_reason_tells_age_and_record() -> None:
    page = replace(ARTICLE, added_at=NOW - 2 * DAY, changes=1)
    due = next_check(page, now=NOW, text_since=NOW - DAY)
    assert due.why.endswith("its text has stood for 1 day, 1 change on record")


def test_outside_its_hours_a_page_waits_for_the_next_opening() -> None:
    page = replace(ARTICLE, every=timedelta(hours=12), active_hours=OFFICE)
    evening = datetime(2026, 11, 23, 17, tzinfo=UTC)
    due = next_check(page, now=evening, text_since=None)
    assert due.at == datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert due.why == "every 12 hours, but only 07:00-19:00 America/New_York"


@pytest.mark.parametrize(
    ("hours", "at", "expected"),
    [
        # Within, before and after the hours of a winter day.
        ("07:00-19:00 America/New_York", "2026-01-15T12:00", "2026-01-15T12:00"),
        ("07:00-19:00 America/New_York", "2026-01-15T11:59", "2026-01-15T12:00"),
        ("07:00-19:00 America/New_York", "2026-01-16T00:00", "2026-01-16T12:00"),
        # Summer time moves them with the people.
        ("07:00-19:00 America/New_York", "2026-07-15T02:00", "2026-07-15T11:00"),
        # Past midnight.
        ("22:00-02:00", "2026-01-15T23:30", "2026-01-15T23:30"),
        ("22:00-02:00", "2026-01-15T01:30", "2026-01-15T01:30"),
        ("22:00-02:00", "2026-01-15T02:00", "2026-01-15T22:00"),
        # 8 March 2026: New York's clocks go from 02:00 to 03:00 at 07:00 UTC.
        ("02:30-04:00 America/New_York", "2026-03-08T06:00", "2026-03-08T07:30"),
        ("02:10-02:50 America/New_York", "2026-03-08T06:00", "2026-03-09T06:10"),
        # 1 November 2026: 01:30 comes at 05:30 and again at 06:30 UTC.
        ("01:30-03:00 America/New_York", "2026-11-01T05:00", "2026-11-01T05:30"),
        ("01:30-03:00 America/New_York", "2026-11-01T06:10", "2026-11-01T06:30"),
    ],
)
def test_hours_are_those_of_their_place(hours: str, at: str, expected: str) -> None:
    asked = datetime.fromisoformat(at).replace(tzinfo=UTC)
    told = first_active(ActiveHours.parse(hours), asked)
    assert told == datetime.fromisoformat(expected).replace(tzinfo=UTC)
    assert told.tzinfo is UTC


@pytest.mark.parametrize(
    "text", ["7-19", "07:00", "25:00-26:00", "07:00-07:00", "07:00-19:00 ../etc"]
)
def test_hours_of_another_form_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        ActiveHours.parse(text)


times = st.times().map(lambda t: t.replace(second=0, microsecond=0))


@given(
    st.tuples(times, times).filter(lambda pair: pair[0] != pair[1]),
    st.sampled_from(
        ["UTC", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]
    ),
    st.timedeltas(timedelta(days=-900), timedelta(days=900)).map(lambda t: NOW + t),
)
def test_the_first_active_moment_is_active_and_not_past(
    span: tuple[time, time], zone: str, at: datetime
) -> None:
    hours = ActiveHours(opens=span[0], closes=span[1], zone=zone)
    told = first_active(hours, at)
    assert at <= told <= at + timedelta(days=3)
    assert first_active(hours, told) == told
    assert ActiveHours.parse(str(hours)) == hours


@given(
    st.timedeltas(timedelta(days=-30), timedelta(days=9000)),
    st.timedeltas(timedelta(), timedelta(days=9000)),
    st.integers(0, 10_000),
    st.sampled_from(WatchKind),
    st.none() | st.timedeltas(timedelta(seconds=1), timedelta(days=365)),
    st.none() | st.just(OFFICE),
)
def test_the_next_check_is_later_than_now_and_within_a_week(
    age: timedelta,
    watched: timedelta,
    changes: int,
    kind: WatchKind,
    every: timedelta | None,
    hours: ActiveHours | None,
) -> None:
    page = replace(
        ARTICLE,
        kind=kind,
        every=every,
        changes=changes,
        added_at=NOW - watched,
        active_hours=hours,
    )
    due = next_check(page, now=NOW, text_since=NOW - age)
    assert due.at > NOW
    assert every is not None or due.at - NOW >= SHORTEST * 0.9
    assert every is not None or due.at - NOW <= LONGEST + DAY
