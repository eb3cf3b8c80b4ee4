from datetime import UTC, datetime, timedelta

import pytest

from scraper.fetch import contradicts, wants_full_answer
from scraper.fetch.conditional import request_headers
from scraper.model import Capture, Hop, Sha256, Validators

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LATE = "Mon, 23 Nov 2026 09:00:00 GMT"


@pytest.mark.parametrize(
    ("age", "since", "wanted"),
    [
        (29 * DAY, 23 * HOUR, False),
        (29 * DAY, 24 * HOUR, True),
        (30 * DAY, 24 * HOUR, False),
        (300 * DAY, 7 * DAY - HOUR, False),
        (300 * DAY, 7 * DAY, True),
        (300 * DAY, -HOUR, True),  # the clock was set back
    ],
)
def test_a_young_page_is_asked_for_whole_daily_and_an_old_one_weekly(
    age, since, wanted
):
    answer = wants_full_answer(now=NOW, added_at=NOW - age, full_answer_at=NOW - since)
    assert answer is wanted


def test_a_page_never_seen_whole_is_asked_for_whole():
    assert wants_full_answer(now=NOW, added_at=NOW, full_answer_at=None)


def full(*headers, status=200):
    return Capture(
        requested_url="https://agency.gov/",
        request_headers=(),
        started_at=NOW,
        captured_at=NOW,
        hops=(Hop(url="https://agency.gov/", status=status, headers=headers),),
        http_version="HTTP/1.1",
        server_address=None,
        certificate_sha256=None,
        content_encoding=None,
        body=b"new words",
        wire_sha256=Sha256("0" * 64),
        program="govwatch/0",
    )


def test_new_words_under_the_old_etag_contradict_it():
    held = Validators(etag='"1"')
    assert contradicts(held, full(("etag", '"1"')), confirmed_at=None)
    assert contradicts(held, full(("etag", 'W/"1"')), confirmed_at=None)
    assert not contradicts(held, full(("etag", '"2"')), confirmed_at=NOW)


def test_new_words_under_the_old_date_contradict_it_only_without_an_etag():
    held = Validators(last_modified=LATE)
    assert contradicts(held, full(("last-modified", LATE)), confirmed_at=None)
    both = Validators(etag='"1"', last_modified=LATE)
    newer = full(("etag", '"2"'), ("last-modified", LATE))
    assert not contradicts(both, newer, confirmed_at=None)


def test_a_304_long_after_the_stated_change_was_wrong():
    held = Validators(etag='"1"')
    newer = full(("etag", '"2"'), ("last-modified", LATE))  # three hours ago
    assert contradicts(held, newer, confirmed_at=NOW - HOUR)
    assert not contradicts(held, newer, confirmed_at=NOW - 5 * HOUR)


def test_a_304_shortly_after_a_change_may_come_from_a_cache():
    newer = full(("etag", '"2"'), ("last-modified", LATE))
    confirmed = NOW - 3 * HOUR + timedelta(minutes=30)
    assert not contradicts(Validators(etag='"1"'), newer, confirmed_at=confirmed)


def test_an_answer_without_validators_or_of_another_kind_contradicts_nothing():
    held = Validators(etag='"1"')
    assert not contradicts(held, full(), confirmed_at=NOW)
    assert not contradicts(held, full(("etag", '"1"'), status=404), confirmed_at=NOW)
    nonsense = full(("last-modified", "yesterday"))
    assert not contradicts(held, nonsense, confirmed_at=NOW)


def test_a_change_dated_at_the_end_of_time_contradicts_nothing():
    future = full(("last-modified", "Fri, 31 Dec 9999 23:59:59 GMT"))
    assert not contradicts(Validators(etag='"1"'), future, confirmed_at=NOW)


def test_validators_become_the_headers_that_ask_for_news():
    assert request_headers(Validators(etag='"1"', last_modified=LATE)) == [
        ("if-none-match", '"1"'),
        ("if-modified-since", LATE),
    ]
    assert request_headers(None) == []


@pytest.mark.parametrize("etag", ['"a\r\nX: y"', '"\x00"', '"\u0435"', ""])
def test_a_servers_header_cannot_become_a_second_one_of_ours(etag):
    assert request_headers(Validators(etag=etag)) == []
