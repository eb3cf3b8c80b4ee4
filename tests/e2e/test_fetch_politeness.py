"""Politeness as the server sees it: the times in its log, never ours."""

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from scraper.errors import (
    DisallowedError,
    FetchError,
    HostBusyError,
    UnreachableError,
)
from scraper.fetch import Fetcher, InMemoryLedger

PAGE = "https://www.example.gov/a"
PATIENT = timedelta(seconds=30)
GAP_S = 0.3


class FakeTime:
    """A clock that only sleeping moves."""

    def __init__(self):
        self.now = datetime(2026, 11, 23, 12, tzinfo=UTC)
        self.slept = []

    def clock(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def fake_time():
    return FakeTime()


@pytest.fixture
def open_fetcher(site, fake_time):
    opened = []

    def start(*, ledger=None, **policy):
        opened.append(
            Fetcher(
                site.policy(**policy),
                ledger=ledger or InMemoryLedger(),
                clock=fake_time.clock,
                sleep=fake_time.sleep,
            )
        )
        return opened[-1]

    yield start
    for fetcher in opened:
        fetcher.close()


def real_fetcher(site, ledger, **policy):
    return Fetcher(
        site.policy(**policy),
        ledger=ledger,
        clock=lambda: datetime.now(UTC),
        sleep=threading.Event().wait,
    )


def starts(site):
    return [request.at for request in site.log]


def gaps(site):
    return [later - earlier for earlier, later in itertools.pairwise(starts(site))]


def overlaps(site):
    return any(b.at < a.ended for a, b in itertools.pairwise(site.log))


def test_threads_share_a_host_in_turns_and_keep_the_gap(site, answer):
    site.routes["/a"] = answer(b"words")
    with (
        real_fetcher(site, InMemoryLedger(), gap_s=GAP_S) as fetcher,
        ThreadPoolExecutor(4) as pool,
    ):
        list(pool.map(lambda _: fetcher.fetch(PAGE, patience=PATIENT), range(6)))
    assert site.paths.count("/a") == 6
    assert min(gaps(site)) >= GAP_S
    assert not overlaps(site)
    assert site.connections == 1


def test_two_hosts_do_not_wait_for_each_other(site, answer):
    for path in ("/a", "/robots.txt"):
        site.routes[path] = answer(b"")
    names = ("one.example.gov", "two.example.gov")
    policy = site.policy(*names, gap_s=60)
    ledger = InMemoryLedger()
    with Fetcher(
        policy,
        ledger=ledger,
        clock=lambda: datetime.now(UTC),
        sleep=threading.Event().wait,
    ) as fetcher:
        for name in names:
            with pytest.raises(HostBusyError):
                fetcher.fetch(f"https://{name}/a")
    assert [request.host for request in site.log] == list(names)


def test_the_least_gap_is_five_seconds_for_any_host_but_ourselves(site, fake_time):
    policy = site.policy(connect_to={}, gap_s=0.0)
    ledger = InMemoryLedger()

    def fails(host):
        raise OSError("no network")

    with Fetcher(
        policy,
        ledger=ledger,
        clock=fake_time.clock,
        sleep=fake_time.sleep,
        resolve=fails,
    ) as fetcher:
        with pytest.raises(UnreachableError):
            fetcher.fetch(PAGE)
        with pytest.raises(HostBusyError) as busy:
            fetcher.fetch(PAGE)
    assert busy.value.retry_at == fake_time.now + timedelta(seconds=5)
    assert "cannot be resolved" in busy.value.reason


def test_robots_are_asked_first_once_a_day(site, answer, open_fetcher, fake_time):
    site.routes["/a"] = answer(b"words")
    fetcher = open_fetcher()
    for _ in range(3):
        fetcher.fetch(PAGE, patience=PATIENT)
    assert site.paths == ["/robots.txt", "/a", "/a", "/a"]
    fake_time.now += timedelta(hours=25)
    fetcher.fetch(PAGE, patience=PATIENT)
    assert site.paths[4:] == ["/robots.txt", "/a"]


def test_without_patience_each_call_spends_one_turn(site, answer, open_fetcher):
    site.routes["/a"] = answer(b"words")
    fetcher = open_fetcher(gap_s=10)
    with pytest.raises(HostBusyError):
        fetcher.fetch(PAGE)
    assert site.paths == ["/robots.txt"]


def test_what_robots_forbid_is_not_asked_for(site, answer, open_fetcher):
    site.routes["/robots.txt"] = answer(b"User-agent: *\nDisallow: /a\n")
    site.routes["/b"] = answer(b"words")
    fetcher = open_fetcher()
    with pytest.raises(DisallowedError, match=r"robots\.txt of www\.example\.gov"):
        fetcher.fetch(PAGE, patience=PATIENT)
    fetcher.fetch("https://www.example.gov/b", patience=PATIENT)
    assert site.paths == ["/robots.txt", "/b"]


def test_robots_of_each_redirect_target_are_obeyed(site, answer, fake_time):
    target = "https://news.example.gov/secret"
    site.routes["www.example.gov", "/a"] = answer(
        status="302 Found", headers=[f"Location: {target}"]
    )
    site.routes["news.example.gov", "/robots.txt"] = answer(
        b"User-agent: govwatch\nDisallow: /secret\n"
    )
    policy = site.policy("www.example.gov", "news.example.gov")
    with (
        Fetcher(
            policy,
            ledger=InMemoryLedger(),
            clock=fake_time.clock,
            sleep=fake_time.sleep,
        ) as fetcher,
        pytest.raises(DisallowedError),
    ):
        fetcher.fetch(PAGE, patience=PATIENT)
    assert "/secret" not in site.paths


def test_an_override_on_record_ignores_rules_but_not_their_crawl_delay(
    site, answer, open_fetcher, fake_time
):
    rules = b"User-agent: *\nDisallow: /\nCrawl-delay: 20\n"
    site.routes["/robots.txt"] = answer(rules)
    site.routes["/a"] = answer(b"words")
    fetcher = open_fetcher(ignore_robots=("*.example.gov",))
    fetcher.fetch(PAGE, patience=PATIENT)
    fetcher.fetch(PAGE, patience=PATIENT)
    assert sum(fake_time.slept) == pytest.approx(40, abs=1)


@pytest.mark.parametrize("status", ["404 Not Found", "403 Forbidden", "410 Gone"])
def test_a_host_without_robots_may_be_asked(site, answer, open_fetcher, status):
    site.routes["/robots.txt"] = answer(b"Disallow: /", status=status)
    site.routes["/a"] = answer(b"words")
    assert open_fetcher().fetch(PAGE, patience=PATIENT).body == b"words"


def test_robots_behind_a_redirect_count(site, answer, open_fetcher):
    site.routes["/robots.txt"] = answer(
        status="301 Moved", headers=["Location: /rules.txt"]
    )
    site.routes["/rules.txt"] = answer(b"User-agent: *\nDisallow: /a\n")
    with pytest.raises(DisallowedError):
        open_fetcher().fetch(PAGE, patience=PATIENT)
    assert site.paths == ["/robots.txt", "/rules.txt"]


def test_while_robots_fail_and_there_is_no_copy_nothing_is_asked(
    site, answer, open_fetcher, fake_time
):
    site.routes["/robots.txt"] = answer(b"broken", status="500 Oops")
    site.routes["/a"] = answer(b"words")
    fetcher = open_fetcher()
    minute = fake_time.now + timedelta(seconds=60)
    for _ in range(3):
        with pytest.raises(HostBusyError) as busy:
            fetcher.fetch(PAGE, patience=timedelta(seconds=5))
        assert busy.value.retry_at == minute
        fake_time.now += timedelta(seconds=10)
    assert "robots.txt answered 500" in busy.value.reason
    assert site.paths == ["/robots.txt"]
    site.routes["/robots.txt"] = answer(b"")
    fake_time.now = busy.value.retry_at
    assert fetcher.fetch(PAGE, patience=PATIENT).body == b"words"


def test_robots_lost_behind_a_redirect_stop_the_host_that_redirects(
    site, answer, fake_time
):
    site.routes["www.example.gov", "/robots.txt"] = answer(
        status="301 Moved", headers=["Location: https://news.example.gov/robots.txt"]
    )
    site.routes["news.example.gov", "/robots.txt"] = answer(status="500 Oops")
    with (
        Fetcher(
            site.policy("www.example.gov", "news.example.gov"),
            ledger=InMemoryLedger(),
            clock=fake_time.clock,
            sleep=fake_time.sleep,
        ) as fetcher,
        pytest.raises(HostBusyError, match=r"robots\.txt answered 500"),
    ):
        fetcher.fetch(PAGE, patience=PATIENT)
    assert site.paths == ["/robots.txt", "/robots.txt"]


def test_while_robots_fail_the_last_good_copy_is_obeyed(
    site, answer, open_fetcher, fake_time
):
    site.routes["/robots.txt"] = answer(b"User-agent: *\nDisallow: /private\n")
    site.routes["/a"] = answer(b"words")
    fetcher = open_fetcher()
    fetcher.fetch(PAGE, patience=PATIENT)
    site.routes["/robots.txt"] = answer(b"", status="500 Oops")
    fake_time.now += timedelta(hours=25)
    assert fetcher.fetch(PAGE, patience=PATIENT).body == b"words"
    with pytest.raises(DisallowedError):
        fetcher.fetch("https://www.example.gov/private", patience=PATIENT)
    assert site.paths.count("/robots.txt") == 2


def test_robots_that_break_off_leave_the_reason_with_the_person(
    site, open_fetcher, fake_time
):
    site.routes["/robots.txt"] = b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\n"
    with pytest.raises(FetchError, match="encoded as 'br'"):
        open_fetcher().fetch(PAGE, patience=PATIENT)


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
def test_retry_after_stops_the_whole_host(
    site, answer, open_fetcher, fake_time, status
):
    site.routes["/a"] = answer(b"busy", status=status, headers=["Retry-After: 90"])
    site.routes["/b"] = answer(b"words")
    fetcher = open_fetcher()
    assert fetcher.fetch(PAGE, patience=PATIENT).body == b"busy"
    with pytest.raises(HostBusyError, match="it answered") as busy:
        fetcher.fetch("https://www.example.gov/b")
    assert busy.value.retry_at == fake_time.now + timedelta(seconds=90)
    fetcher.fetch("https://www.example.gov/b", patience=timedelta(seconds=90))
    assert sum(fake_time.slept) >= 90
    assert site.paths == ["/robots.txt", "/a", "/b"]


def test_retry_after_may_be_a_date(site, answer, open_fetcher, fake_time):
    when = fake_time.now + timedelta(hours=2)
    header = f"Retry-After: {format_datetime(when, usegmt=True)}"
    site.routes["/a"] = answer(b"", status="503 Closed", headers=[header])
    fetcher = open_fetcher()
    fetcher.fetch(PAGE, patience=PATIENT)
    with pytest.raises(HostBusyError) as busy:
        fetcher.fetch(PAGE)
    assert busy.value.retry_at == when


def test_one_pages_403_never_pauses_its_host(site, answer, open_fetcher):
    site.routes["/a"] = answer(b"withdrawn", status="403 Forbidden")
    site.routes["/b"] = answer(b"words")
    fetcher = open_fetcher()
    for _ in range(5):
        fetcher.fetch(PAGE, patience=PATIENT)
    short = timedelta(seconds=1)
    assert fetcher.fetch("https://www.example.gov/b", patience=short).status == 200


def test_a_redirect_within_a_host_waits_its_turn_and_loses_nothing(
    site, answer, open_fetcher, fake_time
):
    site.routes["/a"] = answer(status="302 Found", headers=["Location: /b"])
    site.routes["/b"] = answer(b"words")
    fetcher = open_fetcher(gap_s=10)
    for _ in range(2):
        with pytest.raises(HostBusyError) as busy:
            fetcher.fetch(PAGE)
        fake_time.now = busy.value.retry_at
    capture = fetcher.fetch(PAGE)
    assert site.paths == ["/robots.txt", "/a", "/b"]
    assert [hop.status for hop in capture.hops] == [302, 200]
    assert fake_time.slept == []


def test_a_slow_answer_is_followed_by_five_times_its_time(site, answer):
    def slow(connection, request):
        threading.Event().wait(0.25)
        return answer(b"words")

    site.routes["/a"] = slow
    with real_fetcher(site, InMemoryLedger()) as fetcher:
        for _ in range(2):
            fetcher.fetch(PAGE, patience=PATIENT)
    first, second = (request for request in site.log if request.path == "/a")
    assert second.at - first.ended >= 5 * 0.25


def test_a_crawl_delay_longer_than_the_lease_outlives_a_crash(
    site, answer, open_fetcher, fake_time
):
    ledger = InMemoryLedger()
    during = []

    def look(connection, request):
        late = fake_time.now + timedelta(seconds=100)
        during.append(ledger.take(request.host, now=late, lease=PATIENT))
        return answer(b"words")

    site.routes["/robots.txt"] = answer(b"User-agent: *\nCrawl-delay: 120\n")
    site.routes["/a"] = look
    open_fetcher(ledger=ledger).fetch(PAGE, patience=timedelta(minutes=5))
    assert during[0] >= fake_time.now + timedelta(seconds=120)


def test_a_request_that_we_interrupt_still_counts(site, open_fetcher, fake_time):
    def interrupt(connection, request):
        os.kill(os.getpid(), signal.SIGINT)
        threading.Event().wait(1)

    site.routes["/robots.txt"] = interrupt
    ledger = InMemoryLedger()
    with pytest.raises(KeyboardInterrupt):
        open_fetcher(ledger=ledger, gap_s=20).fetch(PAGE)
    turn = ledger.take("www.example.gov", now=fake_time.now, lease=PATIENT)
    assert turn == fake_time.now + timedelta(seconds=20)


PROCESS = """
import sys, threading
from datetime import UTC, datetime, timedelta
from scraper.fetch import Fetcher
from scraper.model import FetchPolicy
from scraper.store import Store

database, port, ca, gap_s, times = sys.argv[1:]
clock = lambda: datetime.now(UTC)
policy = FetchPolicy(
    ca=ca,
    gap_s=float(gap_s),
    timeout_s=2,
    connect_to={"www.example.gov:443": f"127.0.0.1:{port}"},
)
with (
    Store.open(database, mode="create", clock=clock) as store,
    Fetcher(policy, ledger=store, clock=clock, sleep=threading.Event().wait) as fetcher,
):
    for _ in range(int(times)):
        fetcher.fetch("https://www.example.gov/a", patience=timedelta(seconds=60))
"""


@pytest.fixture
def start_process(site, tmp_path):
    pytest.importorskip("scraper.store", reason="needs the store's ledger")
    running = []

    def start(*, times, gap_s=GAP_S):
        command = [sys.executable, "-c", PROCESS, str(tmp_path / "watch.db")]
        command += [str(site.port), site.ca_file, str(gap_s), str(times)]
        running.append(subprocess.Popen(command))  # noqa: S603 - our own program
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()


def test_the_gap_holds_between_processes_and_across_a_restart(
    site, answer, start_process
):
    site.routes["/a"] = answer(b"words")
    pair = [start_process(times=4) for _ in range(2)]
    assert [process.wait(30) for process in pair] == [0, 0]
    assert start_process(times=2).wait(30) == 0
    assert site.paths.count("/a") == 10
    assert site.paths.count("/robots.txt") <= 2
    assert min(gaps(site)) >= GAP_S
    assert not overlaps(site)


def test_crawl_delay_and_retry_after_hold_between_processes(
    site, answer, start_process
):
    site.routes["/robots.txt"] = answer(b"User-agent: *\nCrawl-delay: 0.8\n")
    replies = iter([answer(b"", status="429 Slow", headers=["Retry-After: 3"])])
    site.routes["/a"] = lambda connection, request: next(replies, answer(b"words"))
    pair = [start_process(times=2, gap_s=0.0) for _ in range(2)]
    assert [process.wait(60) for process in pair] == [0, 0]
    assert site.paths == ["/robots.txt", "/a", "/a", "/a", "/a"]
    assert gaps(site)[1] >= 3
    assert min(gaps(site)) >= 0.8


def test_a_process_killed_in_the_middle_leaves_its_turn_to_the_lease(
    site, answer, start_process
):
    begun = threading.Event()

    def hang(connection, request):
        begun.set()
        threading.Event().wait(5)

    site.routes["/robots.txt"] = answer(b"User-agent: *\nCrawl-delay: 1\n")
    site.routes["/a"] = hang
    first = start_process(times=1, gap_s=0.0)
    assert begun.wait(20)
    first.kill()
    first.wait()
    killed_at = time.monotonic()
    site.routes["/a"] = answer(b"words")
    assert start_process(times=1, gap_s=0.0).wait(40) == 0
    assert site.log[-1].at - killed_at >= 1
