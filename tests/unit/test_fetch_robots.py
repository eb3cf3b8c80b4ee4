from datetime import UTC, datetime, timedelta

import pytest

from scraper.fetch import robots
from scraper.model import HostState

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
UNKNOWN = HostState(host="agency.gov")
RULES = b"User-agent: *\nDisallow: /private/\nCrawl-delay: 10\n"


def learned(status=200, body=RULES, state=UNKNOWN):
    return robots.learn(state, now=NOW, status=status, body=body)


def test_rules_are_obeyed():
    text = learned().robots_text
    assert robots.allows(text, "https://agency.gov/news")
    assert not robots.allows(text, "https://agency.gov/private/a")
    assert robots.crawl_delay(text) == timedelta(seconds=10)


def test_rules_that_name_us_go_before_those_for_everyone():
    text = "User-agent: *\nDisallow: /\n\nUser-agent: Govwatch\nAllow: /\n"
    assert robots.allows(text, "https://agency.gov/a")
    assert not robots.allows(text.replace("Govwatch", "x"), "https://agency.gov/a")


def test_a_byte_order_mark_does_not_hide_the_first_rule():
    text = learned(body=b"\xef\xbb\xbfUser-agent: *\nDisallow: /\n").robots_text
    assert not robots.allows(text, "https://agency.gov/a")


def test_a_rule_cut_in_two_by_the_limit_is_no_rule():
    rules = b"User-agent: *\nDisallow: /\n"
    filler = b"#" * (robots.LIMIT_BYTES - len(rules) - len(b"\nAllow: /"))
    text = learned(body=rules + filler + b"\nAllow: /").robots_text
    assert not robots.allows(text, "https://agency.gov/a")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 301])
def test_a_host_without_rules_allows_everything(status):
    state = learned(status, b"User-agent: *\nDisallow: /\n")
    assert robots.allows(state.robots_text, "https://agency.gov/a")
    assert not robots.is_due(state, NOW)


@pytest.mark.parametrize("status", [0, 429, 500, 503])
def test_an_answer_that_tells_nothing_keeps_the_last_good_copy(status):
    state = learned(status, b"busy", state=learned())
    assert state.robots_text == RULES.decode()
    assert state.robots_status == status
    assert not robots.is_due(state, NOW + timedelta(minutes=9))
    assert robots.is_due(state, NOW + timedelta(minutes=10))


@pytest.mark.parametrize("status", [0, 429, 500, 503])
def test_without_a_copy_an_answer_that_tells_nothing_leaves_it_due(status):
    assert robots.is_due(learned(status, b"busy"), NOW)


def test_rules_are_asked_for_first_and_then_daily():
    assert robots.is_due(UNKNOWN, NOW)
    assert not robots.is_due(learned(), NOW + timedelta(hours=23))
    assert robots.is_due(learned(), NOW + timedelta(hours=24))


def test_a_clock_set_back_does_not_keep_old_rules():
    assert robots.is_due(learned(), NOW - timedelta(hours=1))


@pytest.mark.parametrize("delay", ["nan", "inf", "-3", "1e400", "x"])
def test_a_crawl_delay_that_is_no_number_is_no_delay(delay):
    text = f"User-agent: *\nCrawl-delay: {delay}\n"
    found = robots.crawl_delay(text)
    assert found is None or timedelta(0) <= found <= timedelta(days=1)


def test_rules_full_of_wildcards_are_matched_at_once():
    text = "User-agent: *\nDisallow: /" + "*a" * 2000 + "*b$\n"
    assert robots.allows(text, "https://agency.gov/" + "a" * 4000)


def test_no_rules_ask_for_no_delay():
    assert robots.crawl_delay(None) is None
    assert robots.crawl_delay("") is None
