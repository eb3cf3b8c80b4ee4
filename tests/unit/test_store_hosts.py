"""What is remembered of hosts, whoever asks them: turns, rests, robots.txt."""

import contextlib
import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from scraper.model import HostState
from scraper.store import Store
from scraper.store.database import wal_bytes
from tests.recorded import HOUR, NOON, desk


@pytest.fixture
def watching(tmp_path):
    with (made := desk(tmp_path)).store:
        yield made


def test_a_host_is_taken_by_one_and_remembers_to_the_microsecond(watching):
    state = watching.store.take("www.example.gov", now=NOON, lease=HOUR)
    assert watching.store.take("www.example.gov", now=NOON, lease=HOUR) == NOON + HOUR
    next_at = NOON + timedelta(seconds=5, microseconds=7)
    kept = replace(
        state,
        next_request_at=next_at,
        latency_s=0.25,
        failures=2,
        pause_reason="503",
        robots_text="User-agent: *",
        robots_status=200,
        robots_checked_at=NOON,
        distrusts_validators=True,
    )
    watching.store.give_back(kept)
    early = next_at - timedelta(microseconds=1)
    assert watching.store.take("www.example.gov", now=early, lease=HOUR) == next_at
    assert watching.store.take("www.example.gov", now=next_at, lease=HOUR) == kept


def test_a_clock_that_ran_years_ahead_does_not_silence_a_host(watching):
    """It left a rest of five seconds and a pause of an hour, in 2040."""
    wrong = NOON.replace(year=2040)
    watching.clock.now = wrong
    state = watching.store.take("www.example.gov", now=wrong, lease=HOUR)
    watching.store.give_back(
        replace(
            state,
            next_request_at=wrong + timedelta(seconds=5),
            paused_until=wrong + HOUR,
        )
    )
    take = partial(watching.store.take, "www.example.gov", lease=HOUR)
    assert take(now=NOON) == NOON + HOUR
    assert not isinstance(take(now=NOON + HOUR), datetime)


def test_a_lease_or_pause_beyond_reason_is_brought_near(watching):
    state = watching.store.take("www.example.gov", now=NOON, lease=9000 * HOUR)
    take = partial(watching.store.take, "www.example.gov", now=NOON)
    assert take(lease=timedelta(minutes=1)) == NOON + timedelta(minutes=10)
    watching.store.give_back(replace(state, paused_until=NOON + 9000 * HOUR))
    assert take(lease=HOUR) == NOON + 24 * HOUR


def test_a_long_rest_under_a_clock_that_is_right_is_kept(watching):
    state = watching.store.take("www.example.gov", now=NOON, lease=HOUR)
    watching.store.give_back(replace(state, next_request_at=NOON + 48 * HOUR))
    told = watching.store.take("www.example.gov", now=NOON, lease=HOUR)
    assert told == NOON + 48 * HOUR


def test_another_robots_txt_is_an_event_of_its_site_and_the_first_is_none(watching):
    state = HostState(
        host="www.example.gov",
        robots_text="User-agent: *\nAllow: /",
        robots_checked_at=NOON,
    )
    watching.store.give_back(state)
    state = replace(state, robots_checked_at=NOON + HOUR)
    watching.store.give_back(state)
    assert watching.store.events() == []
    closed = replace(
        state,
        robots_text="User-agent: *\nDisallow: /news",
        robots_checked_at=NOON + 2 * HOUR,
    )
    watching.store.give_back(closed)
    (event,) = watching.store.events(site="example")
    assert event.kind == "robots_changed"
    assert event.detail["added"] == "Disallow: /news"
    assert event.detail["removed"] == "Allow: /"
    assert watching.store.take("www.example.gov", now=NOON, lease=HOUR) == closed


def test_a_robots_txt_that_asks_for_the_same_with_other_remarks_is_no_event(watching):
    texts = (
        "User-agent: *\nDisallow: /private",
        "# made at 12:00\nUser-agent: *\n\nDisallow: /private  # drafts",
        "# made at 13:00\nUser-agent: *\nDisallow: /private",
    )
    for hour, text in enumerate(texts):
        at = NOON + hour * HOUR
        told = {"robots_text": text, "robots_checked_at": at}
        watching.store.give_back(HostState(host="www.example.gov", **told))
    assert watching.store.events() == []
    state = watching.store.take("www.example.gov", now=NOON, lease=HOUR)
    assert state.robots_text == texts[-1]


def test_a_certificate_that_held_is_told_once_when_it_fails_and_when_it_recovers(
    watching,
):
    def connected(*, held, at):
        watching.clock.now = at
        told = {"certificate_held": held, "pause_reason": None if held else "expired"}
        watching.store.give_back(HostState(host="www.example.gov", **told))

    for hour, held in enumerate((None, True, True, False, False, True, True)):
        connected(held=held, at=NOON + hour * HOUR)
    failed, recovered = watching.store.events(site="example")
    assert (failed.kind, failed.first_seen_at) == (
        "certificate_failed",
        NOON + 3 * HOUR,
    )
    assert failed.detail == {"host": "www.example.gov", "reason": "expired"}
    assert (recovered.kind, recovered.first_seen_at) == ("recovered", NOON + 5 * HOUR)
    assert recovered.detail == {"host": "www.example.gov"}


def test_hosts_that_fail_in_the_same_second_are_each_told(watching):
    for host in ("www.example.gov", "news.example.gov", "a.gov", "b.gov"):
        for held in (True, False):
            watching.store.give_back(HostState(host=host, certificate_held=held))
    hosts = {event.detail["host"] for event in watching.store.events()}
    assert hosts == {"www.example.gov", "news.example.gov", "a.gov", "b.gov"}


def test_an_event_of_a_host_is_in_the_ledger(watching):
    for held in (True, False):
        state = HostState(host="www.example.gov", certificate_held=held)
        watching.store.give_back(state)
    path = watching.store._db.path
    watching.store.close()
    with Store.open(path, mode="write", clock=watching.clock) as store:
        assert store.verify() == []
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE events SET summary = 'All is well'")
        connection.commit()
    with Store.open(path, mode="write", clock=watching.clock) as store:
        (fault,) = store.verify()
    assert (fault.table, "was altered" in fault.problem) == ("events", True)


def test_a_long_robots_txt_is_not_written_at_every_request(watching):
    take = partial(watching.store.take, "www.example.gov", lease=HOUR)
    state = take(now=NOON)
    watching.store.give_back(
        replace(state, robots_text="#" * 400_000, robots_checked_at=NOON)
    )
    path = watching.store._db.path
    before = wal_bytes(path)
    for turn in range(1, 11):
        state = take(now=NOON + turn * HOUR)
        watching.store.give_back(replace(state, latency_s=float(turn)))
    assert wal_bytes(path) - before < 200_000
    state = take(now=NOON + 12 * HOUR)
    assert (len(state.robots_text), state.latency_s) == (400_000, 10)
