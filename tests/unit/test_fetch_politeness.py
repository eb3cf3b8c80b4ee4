from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scraper.fetch import InMemoryLedger, politeness
from scraper.model import HostState

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
STATE = HostState(host="agency.gov")
SECOND = timedelta(seconds=1)
REST = 5 * SECOND


def answered(state=STATE, *, status=200, retry=None, now=NOW):
    return politeness.after_answer(
        state, now=now, status=status, latency_s=0.2, retry=retry, rest=REST
    )


def test_a_quick_host_gets_the_least_gap():
    assert politeness.gap(least=REST, latency_s=0.1, crawl_delay=None) == REST
    assert politeness.gap(least=REST, latency_s=None, crawl_delay=None) == REST


def test_a_slow_host_rests_five_times_as_long_as_it_took():
    assert politeness.gap(least=REST, latency_s=4, crawl_delay=None) == 20 * SECOND


def test_crawl_delay_is_obeyed_up_to_five_minutes():
    slow = politeness.gap(least=REST, latency_s=0, crawl_delay=30 * SECOND)
    absurd = politeness.gap(least=REST, latency_s=0, crawl_delay=timedelta(days=3))
    assert (slow, absurd) == (30 * SECOND, 300 * SECOND)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", 120 * SECOND),
        (" 7 ", 7 * SECOND),
        ("0", SECOND),
        ("99999999999999999999999", timedelta(hours=24)),
        ("Mon, 23 Nov 2026 12:02:00 GMT", 120 * SECOND),
        ("Mon, 23 Nov 2026 12:02:00 -0000", 120 * SECOND),
        ("Mon, 23 Nov 2020 12:00:00 GMT", SECOND),
        ("Mon, 23 Nov 2076 12:00:00 GMT", timedelta(hours=24)),
        ("Mon, 23 Nov 99999999999999999999 12:00:00 GMT", None),
        ("Mon, 23 Nov 2026 99999999999999999999:00:00 GMT", None),
        ("soon", None),
        ("-5", None),
        ("\u0665", None),
        ("1.5", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read_in_seconds_or_as_a_date_and_bounded(value, wait):
    assert politeness.retry_after(value, now=NOW) == wait


@pytest.mark.parametrize("status", [200, 304, 301, 403, 404, 410, 500, 502])
def test_an_answer_lets_the_host_rest_but_does_not_pause_it(status):
    state = answered(status=status)
    assert state.next_request_at == NOW + REST
    assert state.paused_until is None
    assert state.latency_s == 0.2


@pytest.mark.parametrize("status", [429, 503])
def test_a_refusal_to_serve_pauses_the_host_longer_each_time(status):
    state, pauses = STATE, []
    for _ in range(14):
        state = answered(state, status=status)
        pauses.append(state.paused_until - NOW)
    assert pauses[:4] == [60 * SECOND, 120 * SECOND, 240 * SECOND, 480 * SECOND]
    assert pauses[-1] == timedelta(hours=24)
    assert str(status) in state.pause_reason


def test_an_answer_ends_the_count_of_refusals():
    state = answered(answered(status=503))
    assert (state.failures, state.paused_until, state.pause_reason) == (0, None, None)


def test_retry_after_is_taken_at_its_word_once():
    first = answered(status=429, retry=3 * SECOND)
    again = answered(first, status=429, retry=3 * SECOND)
    patient = answered(first, status=429, retry=timedelta(hours=2))
    assert first.paused_until == NOW + 3 * SECOND
    assert again.paused_until == NOW + 120 * SECOND
    assert patient.paused_until == NOW + timedelta(hours=2)


def test_retry_after_is_obeyed_with_any_error_and_ignored_with_success():
    assert answered(status=403, retry=9 * SECOND).paused_until == NOW + 9 * SECOND
    assert answered(status=200, retry=9 * SECOND).paused_until is None


def test_a_host_that_cannot_be_reached_rests_longer_each_time_up_to_an_hour():
    state, pauses = STATE, []
    for _ in range(40):
        state = politeness.after_no_connection(state, now=NOW, reason="x", rest=REST)
        pauses.append(state.paused_until - NOW)
    assert pauses[:3] == [5 * SECOND, 10 * SECOND, 20 * SECOND]
    assert pauses[-1] == timedelta(hours=1)


@pytest.mark.parametrize(
    ("held", "by_certificate", "holds"),
    [(True, True, False), (True, False, True), (None, True, None), (None, False, None)],
)
def test_a_certificate_fails_only_where_it_once_held(held, by_certificate, holds):
    state = politeness.after_no_connection(
        replace(STATE, certificate_held=held),
        now=NOW,
        reason="x",
        rest=REST,
        by_certificate=by_certificate,
    )
    assert state.certificate_held is holds


def test_whoever_answers_has_proved_its_name():
    assert answered(status=500).certificate_held


def test_an_answer_that_broke_off_costs_a_rest_by_its_latency():
    state = politeness.after_failure(STATE, now=NOW, latency_s=60, rest=300 * SECOND)
    assert state.next_request_at == NOW + 300 * SECOND
    assert state.paused_until is None


def test_a_lost_robots_file_pauses_the_host_unless_its_answer_already_did():
    lost = politeness.after_lost_robots(STATE, now=NOW, status=500)
    assert lost.paused_until == NOW + 60 * SECOND
    assert "robots.txt" in lost.pause_reason
    paused = answered(status=503, retry=7 * SECOND)
    assert politeness.after_lost_robots(paused, now=NOW, status=503) == paused


# robots.txt.


RULES = b"User-agent: *\nDisallow: /private/\nCrawl-delay: 10\n"


def learned(status=200, body=RULES, state=STATE):
    return politeness.after_robots(state, now=NOW, status=status, body=body)


def test_rules_are_obeyed():
    text = learned().robots_text
    assert politeness.allows(text, "https://agency.gov/news")
    assert not politeness.allows(text, "https://agency.gov/private/a")
    assert politeness.crawl_delay(text) == timedelta(seconds=10)


def test_rules_that_name_us_go_before_those_for_everyone():
    text = "User-agent: *\nDisallow: /\n\nUser-agent: Govwatch\nAllow: /\n"
    assert politeness.allows(text, "https://agency.gov/a")
    assert not politeness.allows(text.replace("Govwatch", "x"), "https://agency.gov/a")


def test_a_byte_order_mark_does_not_hide_the_first_rule():
    text = learned(body=b"\xef\xbb\xbfUser-agent: *\nDisallow: /\n").robots_text
    assert not politeness.allows(text, "https://agency.gov/a")


def test_a_rule_cut_in_two_by_the_limit_is_no_rule():
    rules = b"User-agent: *\nDisallow: /\n"
    filler = b"#" * (politeness.ROBOTS_BYTES - len(rules) - len(b"\nAllow: /"))
    text = learned(body=rules + filler + b"\nAllow: /").robots_text
    assert not politeness.allows(text, "https://agency.gov/a")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 301])
def test_a_host_without_rules_allows_everything(status):
    state = learned(status, b"User-agent: *\nDisallow: /\n")
    assert politeness.allows(state.robots_text, "https://agency.gov/a")
    assert not politeness.robots_are_due(state, NOW)


@pytest.mark.parametrize("status", [0, 429, 500, 503])
def test_an_answer_that_tells_nothing_keeps_the_last_good_copy(status):
    state = learned(status, b"busy", state=learned())
    assert state.robots_text == RULES.decode()
    assert state.robots_status == status
    assert not politeness.robots_are_due(state, NOW + timedelta(minutes=9))
    assert politeness.robots_are_due(state, NOW + timedelta(minutes=10))


@pytest.mark.parametrize("status", [0, 429, 500, 503])
def test_without_a_copy_an_answer_that_tells_nothing_leaves_it_due(status):
    assert politeness.robots_are_due(learned(status, b"busy"), NOW)


def test_rules_are_asked_for_first_and_then_daily():
    assert politeness.robots_are_due(STATE, NOW)
    assert not politeness.robots_are_due(learned(), NOW + timedelta(hours=23))
    assert politeness.robots_are_due(learned(), NOW + timedelta(hours=24))


def test_a_clock_set_back_does_not_keep_old_rules():
    assert politeness.robots_are_due(learned(), NOW - timedelta(hours=1))


@pytest.mark.parametrize("delay", ["nan", "inf", "-3", "1e400", "x"])
def test_a_crawl_delay_that_is_no_number_is_no_delay(delay):
    text = f"User-agent: *\nCrawl-delay: {delay}\n"
    found = politeness.crawl_delay(text)
    assert found is None or timedelta(0) <= found <= timedelta(days=1)


def test_rules_full_of_wildcards_are_matched_at_once():
    text = "User-agent: *\nDisallow: /" + "*a" * 2000 + "*b$\n"
    assert politeness.allows(text, "https://agency.gov/" + "a" * 4000)


def test_no_rules_ask_for_no_delay():
    assert politeness.crawl_delay(None) is None
    assert politeness.crawl_delay("") is None


# Turns of one process.


LEASE = 60 * SECOND


def test_a_host_is_taken_by_one_at_a_time():
    ledger = InMemoryLedger()
    turn = ledger.take("agency.gov", now=NOW, lease=LEASE)
    assert turn == STATE
    assert ledger.take("agency.gov", now=NOW, lease=LEASE) == NOW + LEASE
    assert ledger.take("other.gov", now=NOW, lease=LEASE) == HostState(host="other.gov")


def test_a_lease_that_was_never_given_back_ends():
    ledger = InMemoryLedger()
    ledger.take("agency.gov", now=NOW, lease=LEASE)
    assert ledger.take("agency.gov", now=NOW + LEASE, lease=LEASE) == STATE


def test_a_host_rests_and_is_then_remembered():
    ledger = InMemoryLedger()
    ledger.take("agency.gov", now=NOW, lease=LEASE)
    rested = answered()
    ledger.give_back(rested)
    assert ledger.take("agency.gov", now=NOW, lease=LEASE) == NOW + REST
    assert ledger.take("agency.gov", now=NOW + REST, lease=LEASE) == rested


def test_a_pause_outlasts_the_rest():
    ledger = InMemoryLedger()
    ledger.give_back(answered(status=503))
    assert ledger.take("agency.gov", now=NOW, lease=LEASE) == NOW + 60 * SECOND
