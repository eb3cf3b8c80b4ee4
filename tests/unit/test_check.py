"""What one capture means for a page, from bytes to check. No network, no database."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scraper import extraction
from scraper.check import Reader, examine
from scraper.comparison import content_sha256
from scraper.config import load_profiles
from scraper.model import (
    Capture,
    Check,
    FoundAs,
    Hop,
    NoisePattern,
    Outcome,
    Page,
    PageId,
    Sha256,
    State,
    Version,
    VersionId,
    WatchKind,
    sha256,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
URL = "https://news.example.gov/releases/bridge-opens"
PROFILES = load_profiles()
STORY = (
    "<p>Engineers opened a new vehicle bridge today, eleven months after flooding "
    "carried the old one away, the garrison said in a statement on Thursday.</p>"
    "<p>The span, built under a contract worth $175 million, replaces a crossing that "
    "served three neighboring towns since 1962 and carried 4,200 vehicles a day.</p>"
    "<p>Work on the approach roads continues through March, and drivers should expect "
    "single-lane traffic on weekdays until then, the statement said.</p>"
)


def html(story: str = STORY, *, footer: str = "Privacy") -> bytes:
    return (
        "<!DOCTYPE html><html lang=en><head><title>Bridge Opens</title></head><body>"
        f"<main><article><h1>Bridge Opens</h1>{story}</article></main>"
        f"<footer>{footer}</footer></body></html>"
    ).encode()


def capture(
    body: bytes = b"",
    *,
    at: datetime = NOON,
    status: int = 200,
    url: str = URL,
    location: str | None = None,
    content_type: str = "text/html; charset=utf-8",
) -> Capture:
    headers = [("content-type", content_type)]
    if location is not None:
        headers.append(("location", location))
    return Capture(
        requested_url=URL,
        request_headers=(),
        started_at=at,
        captured_at=at,
        hops=(Hop(url=url, status=status, headers=tuple(headers)),),
        http_version="HTTP/1.1",
        server_address="192.0.2.1:443",
        certificate_sha256=None,
        content_encoding=None,
        body=body,
        wire_sha256=sha256(body),
        program="govwatch/test",
    )


PAGE = Page(
    id=PageId(1), key="k", url=URL, kind=WatchKind.ARTICLE, site=None, added_at=NOON
)


def reader(*bodies: bytes) -> Reader:
    kept = {sha256(body): body for body in bodies}
    return Reader(profiles=PROFILES, body=kept.get, noise=lambda host: ())


def first(body: bytes | None = None) -> tuple[Check, Page]:
    """Return the first check of a page, and the page as it stands after it."""
    check = examine(PAGE, capture(body or html()), reader=reader())
    return check, after(check)


def after(check: Check) -> Page:
    """Return the page as recording `check` leaves it, for a check that was read."""
    assert check.reading is not None
    assert check.capture is not None
    assert check.content_sha256 is not None
    latest = Version(
        id=VersionId(1),
        page_id=check.page.id,
        number=1,
        article=check.reading.article,
        content_sha256=check.content_sha256,
        rules=check.reading.rules,
        origin="first",
        first_seen_at=check.checked_at,
        last_seen_at=check.checked_at,
        last_seen_on="full answer",
        body_sha256=check.capture.body_sha256,
    )
    return replace(check.page, state=check.state, latest=latest)


def test_a_first_text_of_a_new_story_is_published() -> None:
    check, _ = first()
    assert check.outcome is Outcome.NEW
    assert [event.kind for event in check.events] == ["published"]
    assert check.reading is not None
    assert check.reading.article.title == "Bridge Opens"
    assert check.content_sha256 == content_sha256(check.reading.article)


@pytest.mark.parametrize("found_as", ["asked", "baseline"])
def test_a_first_text_of_a_page_that_was_there_before_is_no_news(
    found_as: FoundAs,
) -> None:
    check = examine(replace(PAGE, found_as=found_as), capture(html()), reader=reader())
    assert check.outcome is Outcome.NEW
    assert check.events == ()


def test_a_changed_figure_is_a_change_with_its_comparison() -> None:
    _, page = first()
    edited = html(STORY.replace("$175", "$157"))
    check = examine(
        page, capture(edited, at=NOON + timedelta(hours=1)), reader=reader()
    )
    assert check.outcome is Outcome.CHANGED
    assert check.comparison is not None
    assert ("$175 million", "$157 million") in check.comparison.numbers


def test_another_footer_is_no_change() -> None:
    _, page = first()
    check = examine(page, capture(html(footer="Privacy, FOIA")), reader=reader())
    assert check.outcome is Outcome.UNCHANGED
    assert check.comparison is None


def test_bytes_that_are_on_record_are_not_read_again() -> None:
    _, page = first()
    check = examine(page, capture(html()), reader=reader())
    assert check.outcome is Outcome.UNCHANGED
    assert check.assessment is None


def test_a_challenge_with_status_200_is_blocked_and_never_a_reading() -> None:
    _, page = first()
    challenge = (
        b'<html><head><title>&nbsp;</title><meta http-equiv="refresh" content="5; '
        b"URL='/a?bm-verify=AAQAAAAJ'\"></head><body><script>var x;</script></body>"
    )
    check = examine(page, capture(challenge), reader=reader())
    assert check.outcome is Outcome.BLOCKED
    assert check.reading is None
    assert check.content_sha256 is None


def test_newer_rules_are_not_taken_for_an_edit() -> None:
    """The page's version was read by older rules, which took the footer for text."""
    check, page = first()
    assert page.latest is not None
    misread = replace(page.latest.article, title="Bridge Opens | Department")
    page = replace(
        page, latest=replace(page.latest, article=misread, rules="rules of last year")
    )
    again = examine(page, capture(html()), reader=reader(html()))
    assert again.outcome is Outcome.UNCHANGED
    assert again.comparison is None
    assert again.baseline is not None
    assert check.reading is not None
    assert again.baseline.article == check.reading.article


def test_an_edit_is_found_across_newer_rules() -> None:
    _, page = first()
    assert page.latest is not None
    misread = replace(page.latest.article, title="Bridge Opens | Department")
    page = replace(page, latest=replace(page.latest, article=misread, rules="older"))
    edited = html(STORY.replace("$175", "$157"))
    check = examine(page, capture(edited), reader=reader(html()))
    assert check.outcome is Outcome.CHANGED
    assert check.comparison is not None
    assert check.comparison.fields == {"body"}


def test_without_the_older_bytes_newer_rules_start_anew_and_claim_no_change() -> None:
    _, page = first()
    assert page.latest is not None
    page = replace(page, latest=replace(page.latest, rules="older"))
    edited = html(STORY.replace("$175", "$157"))
    check = examine(page, capture(edited), reader=reader())
    assert check.outcome is Outcome.UNCHANGED
    assert check.comparison is None
    assert check.baseline is None
    assert check.reading is not None


def test_a_redirect_to_a_host_that_is_not_allowed_is_not_followed() -> None:
    _, page = first()
    answer = capture(status=302, location="https://www.example.com/elsewhere")
    check = examine(page, answer, reader=reader())
    assert check.outcome is Outcome.SUSPECT
    assert check.state.redirect_to == "https://www.example.com/elsewhere"


def test_a_304_confirms_the_latest_version() -> None:
    _, page = first()
    check = examine(page, capture(status=304), reader=reader())
    assert check.outcome is Outcome.NOT_MODIFIED


def test_a_page_that_crashes_the_reader_is_unreadable_not_fatal() -> None:
    _, page = first()

    def no_disk(_: Sha256) -> bytes:
        raise RuntimeError

    assert page.latest is not None
    page = replace(page, latest=replace(page.latest, rules="older"))
    broken = Reader(profiles=PROFILES, body=no_disk, noise=lambda host: ())
    check = examine(page, capture(html()), reader=broken)
    assert check.outcome is Outcome.UNREADABLE
    assert check.state.state is State.UNREADABLE


def test_pages_are_read_in_the_readers_thread_whoever_asks() -> None:
    seen_in = []

    def noise(_: str) -> tuple[NoisePattern, ...]:
        seen_in.append(threading.current_thread().name)
        return ()

    with ThreadPoolExecutor(1, thread_name_prefix="reads") as thread:
        apart = Reader(
            profiles=PROFILES, body=lambda _: None, noise=noise, thread=thread
        )
        check = examine(PAGE, capture(html()), reader=apart)
    assert set(seen_in) == {"reads_0"}
    assert check == first()[0]


@pytest.mark.parametrize("kind", [WatchKind.FEED, WatchKind.SITEMAP])
def test_a_story_where_a_feed_was_expected_is_unreadable(kind: WatchKind) -> None:
    check = examine(replace(PAGE, kind=kind), capture(html()), reader=reader())
    assert check.outcome is Outcome.UNREADABLE


def test_a_feed_names_its_stories() -> None:
    feed = (
        b'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>'
        b"<item><title>Bridge Opens</title>"
        b"<link>https://news.example.gov/releases/bridge-opens</link></item>"
        b"</channel></rss>"
    )
    answer = capture(feed, content_type="application/rss+xml")
    check = examine(replace(PAGE, kind=WatchKind.FEED), answer, reader=reader())
    assert [link.url for link in check.discovered] == [URL]


def test_the_same_capture_gives_the_same_check() -> None:
    _, page = first()
    edited = capture(html(STORY.replace("$175", "$157")))
    assert examine(page, edited, reader=reader()) == examine(
        page, edited, reader=reader()
    )


def test_reading_rules_are_named_in_every_reading() -> None:
    check, _ = first()
    assert check.reading is not None
    assert check.reading.rules == extraction.rules(PROFILES.generic, NOON)
