"""Fetching over real TLS on loopback: what is asked, followed and recorded."""

import gzip
import hashlib
import itertools
import threading
from datetime import UTC, datetime, timedelta

import pytest

from scraper.errors import ConfigError, FetchError, HostBusyError, RefusedError
from scraper.fetch import Fetcher, InMemoryLedger
from scraper.model import FetchPolicy, HostState, Validators, sha256

PATIENT = timedelta(seconds=20)


def fetcher(policy, *, ledger=None, **edges):
    settings = {"clock": lambda: datetime.now(UTC), "sleep": threading.Event().wait}
    return Fetcher(policy, ledger=ledger or InMemoryLedger(), **(settings | edges))


@pytest.fixture
def fetch(site):
    with fetcher(site.policy()) as open_fetcher:
        yield lambda url, **more: open_fetcher.fetch(url, patience=PATIENT, **more)


def redirect(location, status="301 Moved Permanently"):
    head = f"HTTP/1.1 {status}\r\nLocation: {location}\r\nContent-Length: 1\r\n\r\nx"
    return head.encode("latin-1")


def test_a_capture_holds_all_that_cannot_be_found_out_later(site, answer):
    words = b"<h1>words</h1>" * 50
    packed = gzip.compress(words)
    headers = ["Content-Encoding: gzip", 'ETag: "1"', "Age: 30", "X-A: 1", "X-A: 2"]
    site.routes["/a"] = answer(packed, headers=headers)
    before = datetime.now(UTC)
    with fetcher(site.policy(contact="desk@paper.example")) as opened:
        capture = opened.fetch("http://WWW.example.gov/a#b", patience=PATIENT)
    assert capture.requested_url == capture.url == "https://www.example.gov/a"
    assert capture.status == 200
    assert (capture.body, capture.body_sha256) == (words, sha256(words))
    assert capture.wire_sha256 == sha256(packed)
    assert capture.content_encoding == "gzip"
    assert capture.http_version == "HTTP/1.1"
    assert capture.server_address == f"127.0.0.1:{site.port}"
    assert len(capture.certificate_sha256) == 64
    assert before <= capture.started_at <= capture.captured_at <= datetime.now(UTC)
    assert capture.source == "live"
    assert capture.validators == Validators(etag='"1"')
    assert (capture.cache_age_s, capture.headers["x-a"]) == (30, "1, 2")
    sent = dict(capture.request_headers)
    assert sent["user-agent"] == f"{capture.program} (+desk@paper.example)"
    assert sent["accept-encoding"] == "gzip"
    assert sent == site.log[-1].headers


def test_a_capture_ends_with_its_answer_however_long_the_ledger_takes(site, answer):
    ticks = itertools.count()
    late = timedelta(0)

    class SlowLedger(InMemoryLedger):
        def give_back(self, state):
            nonlocal late
            super().give_back(state)
            late += timedelta(minutes=1)

    def clock():
        return datetime(2026, 11, 23, tzinfo=UTC) + late + timedelta(0, next(ticks))

    site.routes["/a"] = answer(b"words")
    with fetcher(site.policy(), ledger=SlowLedger(), clock=clock) as opened:
        opened.fetch("https://www.example.gov/a", patience=PATIENT)
        capture = opened.fetch("https://www.example.gov/a", patience=PATIENT)
    assert capture.captured_at - capture.started_at < timedelta(minutes=1)


def test_the_certificate_in_a_capture_is_the_one_served(site, fetch, answer):
    site.routes["/a"] = answer(b"x")
    leaf = site.certificate_der
    assert fetch("https://www.example.gov/a").certificate_sha256 == (
        hashlib.sha256(leaf).hexdigest()
    )


@pytest.mark.parametrize(
    ("sent", "asked"),
    [
        (b"/a\xc3\xb1o", "/a%C3%B1o"),
        (b"/a\xe2\x80\x99s", "/a%E2%80%99s"),
        (b"/a\xf1o", "/a%C3%B1o"),
        (b"two words", "/two%20words"),
    ],
)
def test_a_redirect_that_is_not_ascii_is_read_as_browsers_do(site, fetch, sent, asked):
    site.routes["/a"] = redirect(sent.decode("latin-1"))
    fetch("https://www.example.gov/a")
    assert site.paths[-1] == asked


def test_any_status_is_a_capture(site, fetch, answer):
    for status in (404, 410, 403, 500):
        site.routes["/a"] = answer(b"words", status=f"{status} X")
        capture = fetch("https://www.example.gov/a")
        assert (capture.status, capture.body) == (status, b"words")


def test_each_hop_of_a_redirect_is_recorded_and_its_body_is_not_read(
    site, fetch, answer
):
    site.routes["/old"] = redirect("/older?x=1")
    site.routes["/older?x=1"] = redirect("http://news.example.gov/a", "302 Found")
    site.routes["/a"] = answer(b"words")
    with fetcher(site.policy("www.example.gov", "news.example.gov")) as opened:
        capture = opened.fetch("https://www.example.gov/old", patience=PATIENT)
    assert [(hop.url, hop.status) for hop in capture.hops] == [
        ("https://www.example.gov/old", 301),
        ("https://www.example.gov/older?x=1", 302),
        ("https://news.example.gov/a", 200),
    ]
    assert capture.requested_url == "https://www.example.gov/old"
    assert capture.url == "https://news.example.gov/a"


def test_a_redirect_to_a_host_that_is_not_allowed_ends_the_capture(site, fetch):
    site.routes["/a"] = redirect("https://www.elsewhere.example/a")
    capture = fetch("https://www.example.gov/a")
    assert (capture.status, capture.body) == (301, b"")
    assert capture.headers["location"] == "https://www.elsewhere.example/a"


def test_a_redirect_without_a_target_is_an_answer_like_any_other(site, fetch, answer):
    site.routes["/a"] = answer(b"lost", status="302 Found")
    capture = fetch("https://www.example.gov/a")
    assert (capture.status, capture.body) == (302, b"lost")


def test_redirects_in_a_circle_or_without_end_are_given_up(site, fetch):
    site.routes["/a"] = redirect("http://www.example.gov/a")
    with pytest.raises(RefusedError, match="circle"):
        fetch("https://www.example.gov/a")
    for number in range(10):
        site.routes[f"/{number}"] = redirect(f"/{number + 1}")
    with pytest.raises(RefusedError, match="more than 5"):
        fetch("https://www.example.gov/0")
    assert "/5" in site.paths
    assert "/6" not in site.paths


def test_validators_are_sent_and_a_304_is_a_capture_without_a_body(site, fetch, answer):
    modified = "Mon, 23 Nov 2026 09:00:00 GMT"
    site.routes["/a"] = answer(status="304 Not Modified", length=False)
    capture = fetch(
        "https://www.example.gov/a",
        validators=Validators(etag='W/"1"', last_modified=modified),
    )
    assert (capture.status, capture.body) == (304, b"")
    sent = site.log[-1].headers
    assert sent["if-none-match"] == 'W/"1"'
    assert sent["if-modified-since"] == modified


def test_validators_are_sent_after_redirects_too(site, fetch, answer):
    site.routes["/a"] = redirect("/b")
    site.routes["/b"] = answer(status="304 Not Modified", length=False)
    capture = fetch("https://www.example.gov/a", validators=Validators(etag='"1"'))
    assert [hop.status for hop in capture.hops] == [301, 304]
    assert site.log[-1].headers["if-none-match"] == '"1"'


def test_a_304_that_nobody_asked_for_is_a_failure(site, fetch, answer):
    site.routes["/a"] = answer(status="304 Not Modified", length=False)
    with pytest.raises(FetchError, match="304"):
        fetch("https://www.example.gov/a")


def test_a_part_that_nobody_asked_for_is_a_failure(site, fetch, answer):
    site.routes["/a"] = answer(b"half", status="206 Partial Content")
    with pytest.raises(FetchError, match="206"):
        fetch("https://www.example.gov/a")


def test_a_host_that_lied_gets_no_more_validators(site, answer):
    site.routes["/a"] = answer(b"words")
    ledger = InMemoryLedger()
    with fetcher(site.policy(), ledger=ledger) as opened:
        opened.distrust_validators("https://www.example.gov/b")
        opened.fetch(
            "https://www.example.gov/a",
            validators=Validators(etag='"1"'),
            patience=PATIENT,
        )
    assert "if-none-match" not in site.log[-1].headers
    later = datetime.now(UTC) + timedelta(minutes=1)
    state = ledger.take("www.example.gov", now=later, lease=PATIENT)
    assert isinstance(state, HostState)
    assert state.distrusts_validators


@pytest.mark.parametrize("status", ["200 OK", "304 Not Modified", "404 Not Found"])
def test_a_connection_is_kept_for_the_next_request(site, fetch, answer, status):
    site.routes["/a"] = answer(status=status, length=not status.startswith("304"))
    for _ in range(3):
        fetch("https://www.example.gov/a", validators=Validators(etag='"1"'))
    assert site.connections == 1


def test_a_304_may_name_the_coding_of_the_body_it_lacks(site, fetch, answer):
    site.routes["/a"] = answer(
        status="304 Not Modified", headers=["Content-Encoding: br"], length=False
    )
    capture = fetch("https://www.example.gov/a", validators=Validators(etag='"1"'))
    assert (capture.body, capture.content_encoding) == (b"", None)


def test_a_connection_that_the_server_closed_is_replaced(site, fetch, answer):
    site.routes["/a"] = answer(b"words")
    fetch("https://www.example.gov/a")
    site.drop_connections()
    assert fetch("https://www.example.gov/a").body == b"words"
    assert site.connections == 2


def test_a_connection_closed_just_as_we_ask_is_replaced_once(site, fetch, answer):
    asked_on = []

    def close_when_reused(connection, request):
        reused = connection in asked_on
        asked_on.append(connection)
        return None if reused else answer(b"words")

    site.routes["/robots.txt"] = site.routes["/a"] = close_when_reused
    for _ in range(2):
        assert fetch("https://www.example.gov/a").body == b"words"
    # robots.txt, then each page is sent on a used connection first and on a new one.
    assert (site.connections, site.paths.count("/a")) == (3, 4)


EXTRA = {
    "a body with a 304": b"<html><body>as it is</body></html>",
    "a whole answer": b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n<b>x</b",
    "an empty answer": b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    "the beginning of one": b"HTTP/1.1 200 OK\r\nX-A: ",
}


@pytest.mark.parametrize("extra", EXTRA.values(), ids=EXTRA.keys())
def test_what_follows_an_answer_is_not_the_next_pages(site, fetch, answer, extra):
    site.routes["/a"] = b"HTTP/1.1 304 Not Modified\r\nETag: 1\r\n\r\n" + extra
    site.routes["/b"] = answer(b"<h1>words</h1>")
    validators = Validators(etag="1")
    for _ in range(2):
        first = fetch("https://www.example.gov/a", validators=validators)
        second = fetch("https://www.example.gov/b")
        assert (first.status, second.status) == (304, 200)
        assert second.body == b"<h1>words</h1>"


@pytest.mark.parametrize("extra", EXTRA.values(), ids=EXTRA.keys())
@pytest.mark.parametrize("is_chunked", [False, True])
def test_what_follows_a_body_is_not_the_next_pages(
    site, fetch, answer, extra, *, is_chunked
):
    words = b"<h1>words</h1>"
    chunks = b"Transfer-Encoding: chunked\r\n\r\ne\r\n" + words + b"\r\n0\r\n\r\n"
    plain = answer(words)
    site.routes["/a"] = b"HTTP/1.1 200 OK\r\n" + chunks if is_chunked else plain
    site.routes["/b"] = plain
    assert fetch("https://www.example.gov/a").body == words
    connections = site.connections
    assert fetch("https://www.example.gov/b").body == words
    assert site.connections == connections, "an answer as it should be keeps it"
    site.routes["/a"] += extra
    for _ in range(2):
        assert fetch("https://www.example.gov/a").body == words
        assert fetch("https://www.example.gov/b").body == words
    assert site.paths.count("/b") == 3


def test_a_new_connection_closed_without_an_answer_is_a_failure(site, fetch):
    site.routes["/robots.txt"] = lambda connection, request: None
    with pytest.raises(FetchError, match="broke off"):
        fetch("https://www.example.gov/a")
    assert site.connections == 1


def test_no_cookie_is_kept_sent_or_recorded(site, fetch, answer):
    site.routes["/a"] = answer(b"words", headers=["Set-Cookie: id=1", "set-COOKIE: b"])
    capture = fetch("https://www.example.gov/a")
    fetch("https://www.example.gov/a")
    assert "cookie" not in site.log[-1].headers
    assert all("cookie" not in name for name, _ in capture.hops[0].headers)


def test_an_address_outside_the_grammar_is_refused_before_anything_is_sent(site, fetch):
    for url in ("https://elsewhere.example/", "https://127.0.0.1/", "file:///etc/x"):
        with pytest.raises(RefusedError):
            fetch(url)
    assert site.connections == 0


def test_a_busy_host_says_until_when_and_nothing_is_sent(site, answer):
    site.routes["/a"] = answer(b"words")
    ledger = InMemoryLedger()
    now = datetime.now(UTC)
    ledger.give_back(
        HostState(
            host="www.example.gov",
            paused_until=now + timedelta(hours=1),
            pause_reason="it answered 503",
        )
    )
    with (
        fetcher(site.policy(), ledger=ledger) as opened,
        pytest.raises(HostBusyError, match="rests until") as busy,
    ):
        opened.fetch("https://www.example.gov/a", patience=PATIENT)
    assert busy.value.retry_at == now + timedelta(hours=1)
    assert site.connections == 0


@pytest.mark.parametrize(
    "settings",
    [
        {"contact": "a@b.example\r\nX-Evil: 1"},
        {"ca": "/nowhere/ca.pem"},
        {"connect_to": {"www.example.gov:443": "localhost:1"}},
        {"connect_to": {"www.example.gov:443": "127.0.0.1"}},
    ],
)
def test_a_policy_that_cannot_be_used_is_a_configuration_error(settings):
    with pytest.raises(ConfigError):
        fetcher(FetchPolicy(**settings))


@pytest.mark.parametrize("ca", ["certifi", "system"])
def test_known_certificates_are_found(ca):
    fetcher(FetchPolicy(ca=ca)).close()
