"""The daemon's parts without its process: outages, health, locks, clocks, backlogs."""

from __future__ import annotations

import errno
import os
import signal
import socket
import threading
import time
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from scraper import urls
from scraper.cli import running
from scraper.cli.session import Session
from scraper.daemon import Daemon, Figure, Health, MetricsServer, Work, exposition
from scraper.daemon.health import ENOUGH_HOSTS, Outage
from scraper.daemon.housekeeping import Housekeeping
from scraper.errors import (
    ConfigError,
    DaemonRunningError,
    HostBusyError,
    StoreError,
    UnrecordableError,
)
from scraper.model import Check, Outcome, Page, PageId, Rule, WatchKind
from scraper.store import DaemonLock, Queue, Recorded, Store, running_daemon, step_back
from tests.recorded import NOON, Clock, Desk, desk, story

if TYPE_CHECKING:
    from collections.abc import Callable

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
def store(tmp_path: Path, clock: Clock):
    with Store.open(tmp_path / "govwatch.db", mode="create", clock=clock) as made:
        yield made


def page(store: Store, url: str, *, by_hand: bool = False) -> Page:
    kind, key = WatchKind.ARTICLE, urls.page_key(url)
    if by_hand:
        store.add_watch(url=url, kind=kind, site=None, key=key)
    return store.ensure_page(url=url, kind=kind, site=None, key=key)


def looked(page: Page, *, after: timedelta = HOUR, clock: Clock | None = None) -> Check:
    """Return a check of a page that found nothing new."""
    at = NOON if clock is None else clock()
    return Check(
        page=page,
        checked_at=at,
        outcome=Outcome.DISALLOWED,
        state=page.state,
        next_check_at=at + after,
        next_check_why="planned",
    )


def look_in_another_process(page: Page) -> Check:
    return replace(looked(page), next_check_why=f"looked at by {os.getpid()}")


# Outages.


def test_hosts_that_fail_in_a_row_are_an_outage_of_ours() -> None:
    outage = Outage()
    told = [outage.no_answer(f"{n}.gov") for n in range(ENOUGH_HOSTS + 1)]
    assert told == [False] * (ENOUGH_HOSTS - 1) + [True, False]
    assert outage.answer("0.gov") == tuple(f"{n}.gov" for n in range(ENOUGH_HOSTS + 1))
    assert not outage.is_on


def test_one_answer_in_between_clears_our_network() -> None:
    outage = Outage()
    for n in range(ENOUGH_HOSTS - 1):
        outage.no_answer(f"{n}.gov")
    assert outage.answer("well.gov") == ()
    assert not outage.no_answer("last.gov")


def test_one_host_that_fails_for_ever_is_no_outage() -> None:
    outage = Outage()
    assert not any(outage.no_answer("down.gov") for _ in range(100))
    assert outage.answer("down.gov") == ("down.gov",)
    assert outage.answer("down.gov") == ()


# Health.


def health(**other: object) -> Health:
    well = Health(
        now=NOON,
        daemon=None,
        queue=Queue(due=0, late=0, late_p95=None, in_hand=0),
        free_bytes=10**10,
        wal_bytes=0,
    )
    return replace(well, **other)  # type: ignore[arg-type] # each test names its own


def test_without_a_daemon_nothing_is_well() -> None:
    assert "no daemon runs" in health().ailments()[0]
    # That pages wait for it needs no other advice.
    late = Queue(due=9, late=9, late_p95=2 * HOUR, in_hand=0)
    assert len(health(queue=late).ailments()) == 1


@pytest.mark.parametrize(
    ("ill", "told"),
    [
        ({"queue": Queue(due=9, late=9, late_p95=2 * HOUR, in_hand=0)}, "9 pages wait"),
        ({"free_bytes": 10**7}, "nothing is fetched"),
        ({"wal_bytes": 60 * 2**20}, "kept open for reading by some program"),
        (
            {"wal_bytes": 10**9, "reader": "process 7 (sqlite3)"},
            "kept open for reading by process 7 (sqlite3)",
        ),
    ],
)
def test_each_ailment_is_named(
    ill: dict[str, object], told: str, tmp_path: Path, clock: Clock
) -> None:
    with DaemonLock(tmp_path / "govwatch.db", clock=clock):
        running = running_daemon(tmp_path / "govwatch.db")
    assert health(daemon=running).ailments() == ()
    [ailment] = health(daemon=running, **ill).ailments()
    assert told in ailment


# The lock.


def test_the_lock_names_its_holder_and_ends_with_it(
    tmp_path: Path, clock: Clock
) -> None:
    database = tmp_path / "govwatch.db"
    assert running_daemon(database) is None
    with DaemonLock(database, clock=clock) as lock:
        running = running_daemon(database)
        assert running is not None
        assert running.process == os.getpid()
        with pytest.raises(DaemonRunningError, match=f"process {os.getpid()} on"):
            DaemonLock(database, clock=clock)
        clock.now += HOUR
        lock.beat()
        beaten = running_daemon(database)
        assert beaten is not None
        assert beaten.beat_at == running.beat_at + HOUR
    assert running_daemon(database) is None


def test_a_full_disk_does_not_keep_a_daemon_from_its_lock(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    database = tmp_path / "govwatch.db"
    with monkeypatch.context() as full:
        full.setattr(os, "pwrite", no_room)
        lock = DaemonLock(database, clock=clock)
    holder = running_daemon(database)
    assert holder is not None
    assert holder.machine == "an unknown machine"
    with pytest.raises(DaemonRunningError):
        DaemonLock(database, clock=clock)
    lock.close()
    assert running_daemon(database) is None


def test_another_name_of_the_database_is_the_same_lock(
    tmp_path: Path, clock: Clock
) -> None:
    database = tmp_path / "govwatch.db"
    database.touch()
    (tmp_path / "other.db").symlink_to(database)
    with (
        DaemonLock(database, clock=clock),
        pytest.raises(DaemonRunningError),
    ):
        DaemonLock(tmp_path / "other.db", clock=clock)


def test_commands_step_back_from_a_daemon_where_sqlite_may_damage_the_file(
    tmp_path: Path, clock: Clock
) -> None:
    database = tmp_path / "govwatch.db"
    step_back(database, sqlite_version="3.40.1")
    with DaemonLock(database, clock=clock):
        step_back(database, sqlite_version="3.51.3")
        # The daemon itself may write; another process may not.
        step_back(database, sqlite_version="3.40.1")
        signed = Path(f"{database}-daemon")
        told = signed.read_text().replace(str(os.getpid()), "1")
        signed.write_text(told)
        with pytest.raises(DaemonRunningError, match=r"3\.40\.1 may damage"):
            step_back(database, sqlite_version="3.40.1")


# Upkeep of the database.


def test_a_dead_daemons_leases_end_and_others_do_not(store: Store) -> None:
    for url in ("https://a.example.gov/1", "https://b.example.gov/1"):
        page(store, url)
    [first] = store.claim_due(limit=1, lease=HOUR, holder="daemon 1")
    [second] = store.claim_due(limit=1, lease=HOUR, holder="govwatch check")
    assert store.upkeep.free_leases("daemon") == 1
    [again] = store.claim_due(limit=9, lease=HOUR, holder="daemon 2")
    assert (again.id, second.id) == (first.id, second.id)


def test_a_backlog_is_spread_over_its_host_what_changes_fastest_first(
    store: Store, clock: Clock
) -> None:
    for n, planned in enumerate([7 * DAY, HOUR, DAY]):
        one = page(store, f"https://a.example.gov/{n}")
        store.record(looked(one, after=planned))
    by_hand = page(store, "https://a.example.gov/hand", by_hand=True)
    clock.now += 30 * DAY
    assert store.upkeep.spread_backlog() == 3
    due = {
        one.url[-1]: one.next_check_at - clock.now
        for one in store.pages()
        if one.next_check_at is not None and one.id != by_hand.id
    }
    assert sorted(due, key=due.__getitem__) == ["1", "2", "0"]
    assert timedelta() < min(due.values()) <= max(due.values()) <= MINUTE
    kept = store.page(str(by_hand.id))
    assert kept is not None
    assert kept.next_check_at == by_hand.next_check_at
    assert store.upkeep.spread_backlog() == 0


def test_what_a_backlog_put_off_is_still_a_gap_in_the_record(
    store: Store, clock: Clock
) -> None:
    one = page(store, "https://a.example.gov/1")
    seen = replace(looked(one), outcome=Outcome.NOT_MODIFIED)
    store.record(seen)
    clock.now += 10 * DAY
    store.upkeep.spread_backlog()
    clock.now += MINUTE
    again = store.page(one.url)
    assert again is not None
    store.record(replace(seen, page=again, checked_at=clock.now))
    [gap] = store.gaps()
    assert (gap.seen_until, gap.seen_again_at) == (NOON, clock.now)


def test_a_clock_set_back_leaves_nothing_waiting_for_the_future(
    store: Store, clock: Clock
) -> None:
    one = page(store, "https://a.example.gov/1")
    store.record(looked(one))
    store.claim(one.id, lease=MINUTE, holder="daemon 1")
    state = store.take("a.example.gov", now=clock.now, lease=MINUTE)
    assert not hasattr(state, "tzinfo")
    store.give_back(replace(state, next_request_at=NOON + MINUTE))
    clock.now -= 365 * DAY
    assert store.upkeep.settle_clock(back_by=365 * DAY) == 1
    settled = store.page(one.url)
    assert settled is not None
    assert settled.next_check_at == clock.now + HOUR
    assert store.take("a.example.gov", now=clock.now, lease=MINUTE) == (
        clock.now + MINUTE
    )
    clock.now += HOUR
    assert store.claim_due(limit=1, lease=MINUTE, holder="daemon 1") != []


@pytest.mark.parametrize("back_by", [365 * DAY, None])
def test_a_daemon_that_began_with_a_wrong_clock_is_not_blind_until_then(
    store: Store, clock: Clock, back_by: timedelta | None
) -> None:
    """It found every page overdue, and put each off to a day that is far away."""
    known = [page(store, f"https://a.example.gov/{n}") for n in range(3)]
    for one in known:
        store.record(looked(one))
    monthly = store.add_watch(
        url="https://b.example.gov/1",
        kind=WatchKind.ARTICLE,
        site=None,
        key="monthly",
        every=30 * DAY,
    )
    store.record(looked(store.pages()[-1], after=30 * DAY))
    clock.now += 365 * DAY
    added = page(store, "https://c.example.gov/1", by_hand=True)
    assert store.upkeep.spread_backlog() == 3
    clock.now -= 365 * DAY - MINUTE
    assert store.upkeep.settle_clock(back_by=back_by) == 4
    planned = {one.url: one.next_check_at for one in store.pages()}
    assert planned[monthly.url] == NOON + 30 * DAY
    assert {planned[one.url] for one in (*known, added)} == {clock.now}


def test_a_small_step_of_the_clock_leaves_a_backlog_in_its_turns(
    store: Store, clock: Clock
) -> None:
    known = [page(store, f"https://a.example.gov/{n}") for n in range(50)]
    for one in known:
        store.record(looked(one))
    clock.now += 7 * DAY
    assert store.upkeep.spread_backlog() == 50
    clock.now -= 2 * MINUTE
    assert store.upkeep.settle_clock(back_by=2 * MINUTE) == 50
    turns = sorted(one.next_check_at - clock.now for one in store.pages())
    assert turns == [timedelta(seconds=10 * n) for n in range(1, 51)]


def test_a_message_from_what_is_now_the_future_is_told_now(
    tmp_path: Path, clock: Clock
) -> None:
    rules = (
        Rule(name="alerts", sink="desk", when="at_once"),
        Rule(name="daily", sink="desk", when="daily"),
    )
    path = tmp_path / "other.db"
    with Store.open(path, mode="create", clock=clock, rules=rules) as store:
        watching = Desk(store, clock)
        watching.watch()
        clock.now += 365 * DAY
        watching.look(story("It cost $175 million."))
        watching.look(story("It cost $157 million."))
        store.outbox.plan()
        clock.now = NOON
        store.upkeep.settle_clock()
        found = store.outbox.claim_due(per_hour=20, lease=MINUTE)
        assert sorted(one.kind for one in found) == ["alert", "digest"]


def test_a_clock_set_back_by_nobody_knows_how_much_frees_hosts_within_minutes(
    store: Store, clock: Clock
) -> None:
    state = store.take("a.example.gov", now=clock.now, lease=HOUR)
    store.give_back(replace(state, next_request_at=NOON, robots_checked_at=NOON))
    clock.now -= 365 * DAY
    store.upkeep.settle_clock()
    clock.now += 5 * MINUTE
    assert not hasattr(store.take("a.example.gov", now=clock.now, lease=HOUR), "tzinfo")


def test_what_failed_with_its_host_is_due_when_the_host_answers(
    store: Store, clock: Clock
) -> None:
    failing, well = (page(store, f"https://a.example.gov/{n}") for n in range(2))
    store.record(replace(looked(failing, after=DAY), outcome=Outcome.FAILED))
    store.record(looked(well, after=DAY))
    assert store.upkeep.recheck_failing("a.example.gov") == 1
    found = {one.id: one.next_check_at for one in store.pages()}
    assert found == {failing.id: NOON + 10 * timedelta(seconds=1), well.id: NOON + DAY}


def test_the_queue_tells_what_waits_for_us_from_what_its_host_keeps_waiting(
    store: Store, clock: Clock
) -> None:
    for n in range(40):
        page(store, f"https://a.example.gov/{n}")
    page(store, "https://resting.example.gov/1")
    state = store.take("resting.example.gov", now=clock.now, lease=HOUR)
    store.give_back(replace(state, paused_until=NOON + DAY, pause_reason="503"))
    clock.now += HOUR
    store.claim_due(limit=1, lease=HOUR, holder="daemon 1")
    told = store.upkeep.queue()
    assert told == Queue(due=40, late=39, late_p95=HOUR, in_hand=1)


def test_the_audit_names_what_changes_at_every_look_and_what_is_never_seen(
    store: Store, clock: Clock
) -> None:
    desk = Desk(store, clock)
    restless = desk.watch("https://a.example.gov/restless")
    calm = desk.watch("https://a.example.gov/calm")
    desk.look(story("A calm story"), calm.url)
    for n in range(7):
        desk.look(story(f"The council adopted plan {n}"), restless.url)
        desk.look(None, calm.url)
    unseen = page(store, "https://a.example.gov/unseen", by_hand=True)
    for _ in range(5):
        now = store.page(unseen.url)
        assert now is not None
        store.record(looked(now, clock=clock))
    store.add_watch(
        url="https://a.example.gov/feed.xml",
        kind=WatchKind.FEED,
        site=None,
        key="a.example.gov/feed.xml",
    )
    clock.now += 2 * DAY
    found = {oddity.url: oddity.what for oddity in store.upkeep.oddities()}
    assert found == {
        restless.url: "changed in 6 of 7 checks this week",
        "https://a.example.gov/feed.xml": (
            "this feed has named no page since 2026-11-24T03:00:00Z"
        ),
        unseen.url: "never seen in 5 checks: disallowed",
    }


# The loop, in this process.


@dataclass
class Loop:
    """A daemon that runs in a thread of the test until its store is idle."""

    store: Store
    clock: Clock
    free_bytes: int = 10**12
    beats: list[int] = field(default_factory=list)

    def run(self, work: Work, *, until: threading.Event) -> None:
        daemon = Daemon(
            store=self.store,
            begin=lambda: work,
            beat=lambda: self.beats.append(1),
            free_bytes=lambda: self.free_bytes,
            back_up=Path,
            clock=self.clock,
        )
        stopper = threading.Thread(target=lambda: (until.wait(20), daemon.stop()))
        stopper.start()
        assert daemon.run()
        stopper.join()


def work(store: Store, look, done: threading.Event, *, executor: Executor) -> Work:
    def record(check: Check) -> tuple[Check, Recorded]:
        recorded = check, store.record(check)
        done.set()
        return recorded

    return Work(
        look=look, record=record, executor=executor, workers=2, close=lambda: None
    )


def test_a_check_may_run_in_another_process(store: Store, clock: Clock) -> None:
    one = page(store, "https://a.example.gov/1")
    done = threading.Event()
    pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
    Loop(store, clock).run(
        work(store, look_in_another_process, done, executor=pool), until=done
    )
    found = store.page(one.url)
    assert found is not None
    assert found.next_check_why is not None
    assert found.next_check_why.startswith("looked at by ")
    assert str(os.getpid()) not in found.next_check_why


def test_a_page_whose_host_is_busy_is_put_off_until_the_host_is_free(
    store: Store, clock: Clock
) -> None:
    one = page(store, "https://a.example.gov/1")
    asked = threading.Event()

    def look(page: Page) -> Check:
        asked.set()
        raise HostBusyError(page.url, "it rests", retry_at=NOON + DAY)

    pool = ThreadPoolExecutor(2)
    Loop(store, clock).run(work(store, look, asked, executor=pool), until=asked)
    found = store.page(one.url)
    assert found is not None
    assert found.next_check_at == NOON + DAY
    assert store.upkeep.queue().in_hand == 0


def test_a_crash_on_one_page_leaves_the_others_checked(
    store: Store, clock: Clock
) -> None:
    page(store, "https://a.example.gov/bad")
    good = page(store, "https://b.example.gov/good")
    done = threading.Event()

    def look(page: Page) -> Check:
        if page.url.endswith("bad"):
            raise ZeroDivisionError
        return looked(page)

    pool = ThreadPoolExecutor(2)
    Loop(store, clock).run(work(store, look, done, executor=pool), until=done)
    found = {one.url[-4:]: one for one in store.pages()}
    assert found["good"].next_check_at == NOON + HOUR
    assert found["/bad"].next_check_why == ("Govwatch failed on it; please report this")
    assert good.id == found["good"].id


def test_one_thread_records_what_many_looked_at(store: Store, clock: Clock) -> None:
    """Each thread that ever packed a body would keep memory for it."""
    pages = [page(store, f"https://{n}.example.gov/1") for n in range(4)]
    together, done = threading.Barrier(len(pages)), threading.Event()
    lookers, recorders = set(), []

    def look(page: Page) -> Check:
        together.wait(20)
        lookers.add(threading.current_thread())
        return looked(page)

    def record(check: Check) -> tuple[Check, Recorded]:
        recorders.append(threading.current_thread())
        if len(recorders) == len(pages):
            done.set()
        return check, store.record(check)

    pool = ThreadPoolExecutor(len(pages))
    given = Work(look=look, record=record, executor=pool, workers=4, close=lambda: None)
    Loop(store, clock).run(given, until=done)
    assert len(lookers) == len(recorders) == len(pages)
    assert len(set(recorders)) == 1


def test_a_crash_while_recording_is_told_and_the_rest_recorded(
    store: Store, clock: Clock
) -> None:
    bad = page(store, "https://a.example.gov/bad")
    good = page(store, "https://b.example.gov/good")
    done = threading.Event()

    def record(check: Check) -> tuple[Check, Recorded]:
        if check.page.url.endswith("bad"):
            raise ZeroDivisionError
        recorded = check, store.record(check)
        done.set()
        return recorded

    given = Work(
        look=looked,
        record=record,
        executor=ThreadPoolExecutor(1),
        workers=2,
        close=lambda: None,
    )
    with capture_logs() as told:
        Loop(store, clock).run(given, until=done)
    assert "recording_crashed" in [line["event"] for line in told]
    found = store.page(good.url)
    assert found is not None
    assert found.next_check_at == NOON + HOUR
    # Asked again at once, it would only crash again.
    crashed = store.page(bad.url)
    assert crashed is not None
    assert crashed.next_check_at == NOON + timedelta(minutes=30)
    assert crashed.next_check_why == "Govwatch failed on it; please report this"


def test_housekeeping_tells_prunes_copies_and_audits(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    page(store, "https://a.example.gov/1")
    over, did = threading.Event(), []
    given = replace(
        work(store, looked, over, executor=ThreadPoolExecutor(1)),
        tell=lambda is_stopping: did.append("told"),
        prune=lambda: did.append("pruned") or 7,
    )
    daemon = Daemon(
        store=store,
        begin=lambda: given,
        beat=lambda: None,
        free_bytes=lambda: 10**12,
        back_up=lambda: did.append("copied") or tmp_path,
        clock=clock,
    )
    stopper = threading.Thread(target=lambda: (over.wait(20), daemon.stop()))
    stopper.start()
    assert daemon.run()
    stopper.join()
    did.clear()
    with capture_logs() as log:
        for job in daemon._scheduler().get_jobs():
            job.func()
    assert sorted(did) == ["copied", "pruned", "told"]
    told = {line["event"]: line for line in log}
    assert told["bodies_dropped"]["bodies"] == 7
    assert told["backup_made"]["path"] == str(tmp_path)


def test_pages_are_checked_while_a_mail_server_and_a_backup_take_their_time(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scraper.daemon.daemon.TELL_EVERY", timedelta(seconds=0.1))
    monkeypatch.setattr("scraper.daemon.daemon.SETTLED", timedelta())
    under_way, over = threading.Barrier(3), threading.Event()

    def take_time() -> None:
        under_way.wait(20)
        over.wait(20)

    daemon = Daemon(
        store=store,
        begin=lambda: replace(
            work(store, looked, over, executor=ThreadPoolExecutor(1)),
            tell=lambda is_stopping: take_time(),
        ),
        beat=lambda: None,
        free_bytes=lambda: 10**12,
        back_up=lambda: take_time() or Path(),
        clock=clock,
    )

    def watch() -> None:
        under_way.wait(20)
        page(store, "https://a.example.gov/1")
        over.wait(20)
        daemon.stop()

    watcher = threading.Thread(target=watch)
    watcher.start()
    began = time.monotonic()
    assert daemon.run()
    watcher.join()
    assert time.monotonic() - began < 15, "only when they were done"


def test_the_system_clock_may_be_set_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """APScheduler waits for the time to come again."""
    off = [timedelta()]

    class Wrong(datetime):
        @classmethod
        def now(cls, tz=None):
            return super().now(tz) + off[0]

    monkeypatch.setattr("apscheduler.schedulers.base.datetime", Wrong)
    monkeypatch.setattr("scraper.daemon.daemon.datetime", Wrong)
    monkeypatch.setattr("scraper.daemon.daemon.TELL_EVERY", timedelta(seconds=0.2))
    monkeypatch.setattr("scraper.daemon.daemon._TICK_LOST_S", 0.5)
    told: list[int] = []
    over = threading.Event()
    daemon = Daemon(
        store=store,
        begin=lambda: replace(
            work(store, looked, over, executor=ThreadPoolExecutor(1)),
            tell=lambda is_stopping: told.append(1),
        ),
        beat=lambda: None,
        free_bytes=lambda: 10**12,
        back_up=Path,
        clock=lambda: Wrong.now(UTC),
    )

    def set_back() -> None:
        while not told:
            over.wait(0.05)
        off[0] = -HOUR
        over.wait(0.5)
        told.clear()
        page(store, "https://a.example.gov/1")
        over.wait(20)
        for _ in range(40):
            if len(told) < 2:
                threading.Event().wait(0.1)
        daemon.stop()

    setter = threading.Thread(target=set_back)
    setter.start()
    assert daemon.run()
    setter.join()
    assert over.is_set(), "the page was checked"
    assert len(told) >= 2


def test_a_long_backup_does_not_keep_the_daemon_from_stopping(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scraper.daemon.daemon.SETTLED", timedelta())
    monkeypatch.setattr("scraper.daemon.daemon.FINISH_WITHIN", timedelta(seconds=1))
    over = threading.Event()

    def back_up() -> Path:
        daemon.stop()
        over.wait(20)
        return Path()

    daemon = Daemon(
        store=store,
        begin=lambda: work(store, looked, over, executor=ThreadPoolExecutor(1)),
        beat=lambda: None,
        free_bytes=lambda: 10**12,
        back_up=back_up,
        clock=clock,
    )
    assert not daemon.run()
    over.set()


def test_what_a_night_missed_is_done_once_whenever_the_daemon_runs(
    store: Store, clock: Clock
) -> None:
    did = []

    def hour_by_hour(hours: int) -> list[str]:
        did.clear()
        for _ in range(hours):
            housekeeping(store, clock, backup=lambda: did.append(f"{clock():%d %H}"))
            clock.now += HOUR
        return list(did)

    # Around the clock.
    day = NOON.day
    assert hour_by_hour(48) == [f"{day} 12", f"{day + 1} 03", f"{day + 2} 03"]
    # Office hours only.
    clock.now += 21 * HOUR
    assert hour_by_hour(8) == [f"{day + 3} 09"]
    clock.now += 16 * HOUR
    assert hour_by_hour(8) == [f"{day + 4} 09"]


def test_housekeeping_that_failed_is_tried_again_and_the_rest_done(
    store: Store, clock: Clock
) -> None:
    did, trouble = [], [StoreError("no room"), None]

    def back_up() -> None:
        did.append("backup")
        if (error := trouble.pop(0)) is not None:
            raise error

    def audit() -> None:
        did.append("audit")

    with capture_logs() as told:
        housekeeping(store, clock, backup=back_up, audit=audit)
    assert [line["task"] for line in told] == ["backup"]
    for _ in range(2):
        clock.now += HOUR
        housekeeping(store, clock, backup=back_up, audit=audit)
    assert did == ["backup", "audit", "backup"]
    assert store.upkeep.done_at("backup") == NOON + HOUR


def test_a_clock_that_was_wrong_once_does_not_end_the_backups(
    store: Store, clock: Clock
) -> None:
    did = []
    clock.now += 400 * DAY
    housekeeping(store, clock, backup=lambda: did.append("then"))
    clock.now -= 400 * DAY
    housekeeping(store, clock, backup=lambda: did.append("now"))
    assert did == ["then", "now"]


def test_a_log_that_a_reader_keeps_long_is_told_each_hour(
    store: Store, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scraper.daemon.housekeeping.LOG_LONG_BYTES", 10_000)
    with Store.open(tmp_path / "govwatch.db", mode="read", clock=clock) as other:
        other._db.run("BEGIN")
        assert other.pages() == []
        page(store, "https://a.example.gov/1")
        with capture_logs() as told:
            housekeeping(store, clock)
        assert [line["event"] for line in told] == ["database_held_open"]
    with capture_logs() as told:
        housekeeping(store, clock)
    assert told == []


def housekeeping(store: Store, clock: Clock, **tasks: Callable[[], object]) -> None:
    """Do what a daemon does once an hour."""
    Housekeeping(store=store, tasks=tasks, clock=clock).run()


@pytest.mark.parametrize(("keep", "is_dropped"), [('"30d"', True), ('"90d"', False)])
def test_raw_bodies_are_kept_as_long_as_the_settings_say(
    keep: str, tmp_path: Path, *, is_dropped: bool
) -> None:
    recorded = desk(tmp_path)
    with recorded.store:
        recorded.watch()
        for n in range(30):
            recorded.look(story(f"Edition {n} of the report."))
    settings = tmp_path / "govwatch.toml"
    settings.write_text(f'contact = "desk@example.org"\n[keep]\nraw_bodies = {keep}\n')
    session = Session(
        config=settings,
        database=tmp_path / "govwatch.db",
        connect_to=(),
        ca_file=None,
        clock=lambda: NOON + 60 * DAY,
    )
    with session.store("write") as store:
        today = running._work(session, store)
        assert bool(today.prune()) is is_dropped
        today.close()


@pytest.mark.parametrize("trouble", ["a full disk", "a log held by a reader"])
def test_what_could_not_be_recorded_is_not_asked_for(
    trouble: str, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    page(store, "https://a.example.gov/1")
    loop = Loop(store, clock)
    if trouble == "a full disk":
        loop.free_bytes = 0
    else:
        monkeypatch.setattr(store.upkeep, "has_room", lambda: False)
    asked: list[Page] = []
    ticked = threading.Event()

    def look(page: Page) -> Check:
        asked.append(page)
        return looked(page)

    loop.beats = _Ringing(ticked)
    loop.run(
        work(store, look, threading.Event(), executor=ThreadPoolExecutor(1)),
        until=ticked,
    )
    assert asked == []


class _Ringing(list[int]):
    """A list that rings when it is added to."""

    def __init__(self, bell: threading.Event) -> None:
        super().__init__()
        self._bell = bell

    def append(self, value: int) -> None:
        super().append(value)
        self._bell.set()


def test_a_check_that_cannot_be_recorded_is_not_lost(
    store: Store, clock: Clock
) -> None:
    one = page(store, "https://a.example.gov/1")
    tried = threading.Event()

    def record(check: Check) -> tuple[Check, Recorded]:
        tried.set()
        raise StoreError("the disk is full")

    Loop(store, clock).run(
        Work(
            look=looked,
            record=record,
            executor=ThreadPoolExecutor(1),
            workers=1,
            close=lambda: None,
        ),
        until=tried,
    )
    assert store.claim_due(limit=1, lease=HOUR, holder="daemon") == []
    clock.now += HOUR
    [again] = store.claim_due(limit=1, lease=HOUR, holder="daemon")
    assert again.id == one.id


def test_once_recording_works_again_what_it_refused_is_checked_at_once(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not when a lease of minutes has run out; and what is always refused, last."""
    monkeypatch.setattr("scraper.daemon.hands.PROBE_EVERY_S", 0.05)
    pages = [page(store, f"https://{n}.example.gov/1") for n in range(3)]
    refused: list[PageId] = []
    recorded: set[PageId] = set()
    done = threading.Event()

    def record(check: Check) -> tuple[Check, Recorded]:
        one = check.page.id
        is_refused = len(set(refused)) < 3 or one == pages[0].id
        (refused.append if is_refused else recorded.add)(one)
        if len(recorded) == 2 and refused.count(pages[0].id) == 2:
            done.set()
        if is_refused:
            raise StoreError("the disk is full")
        return check, store.record(check)

    Loop(store, clock).run(
        Work(
            look=looked,
            record=record,
            executor=ThreadPoolExecutor(3),
            workers=3,
            close=lambda: None,
        ),
        until=done,
    )
    assert done.is_set()
    assert len(refused) == 4


def test_a_database_that_is_replaced_ends_the_daemon_loudly(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    """Else all it records from then on is lost with the old file."""
    over = threading.Event()
    loop = Loop(store, clock)
    path = tmp_path / "govwatch.db"

    def replace_it() -> None:
        while not loop.beats:
            over.wait(0.05)
        path.rename(tmp_path / "old.db")
        path.write_bytes((tmp_path / "old.db").read_bytes())

    replacing = threading.Thread(target=replace_it)
    replacing.start()
    with pytest.raises(StoreError, match="replaced while it was in use"):
        loop.run(work(store, looked, over, executor=ThreadPoolExecutor(1)), until=over)
    replacing.join()
    over.set()


def test_a_page_that_no_record_can_take_holds_up_no_other(
    store: Store, clock: Clock
) -> None:
    bad, good = (page(store, f"https://{n}.example.gov/1") for n in range(2))
    clock.now += MINUTE  # so that the bad one is due before the good one
    store.release(good.id, until=NOON + timedelta(seconds=1), why="later")
    done = threading.Event()

    def record(check: Check) -> tuple[Check, Recorded]:
        if check.page.id == bad.id:
            raise UnrecordableError("CHECK constraint failed")
        recorded = check, store.record(check)
        done.set()
        return recorded

    began = time.monotonic()
    Loop(store, clock).run(
        Work(
            look=looked,
            record=record,
            executor=ThreadPoolExecutor(1),
            workers=1,
            close=lambda: None,
        ),
        until=done,
    )
    assert time.monotonic() - began < 8, "not after a pause as for a full disk"
    found = store.page(bad.url)
    assert found is not None
    assert found.next_check_at == clock.now + timedelta(minutes=30)


def test_signal_handlers_are_put_back(store: Store, clock: Clock) -> None:
    before = signal.getsignal(signal.SIGTERM)
    over = threading.Event()
    over.set()
    Loop(store, clock).run(
        work(store, looked, over, executor=ThreadPoolExecutor(1)), until=over
    )
    assert signal.getsignal(signal.SIGTERM) is before


# Figures.


def test_figures_are_told_in_prometheus_words() -> None:
    told = exposition(
        (
            Figure(
                name="govwatch_checks_total",
                says="Checks.",
                samples={"new": 3, 'a "b"\\': 1.5},
                label="outcome",
            ),
            Figure(name="govwatch_well", says="All is well.", samples={"": 1}),
        )
    )
    assert told == (
        "# HELP govwatch_checks_total Checks.\n"
        "# TYPE govwatch_checks_total counter\n"
        'govwatch_checks_total{outcome="new"} 3\n'
        'govwatch_checks_total{outcome="a \\"b\\"\\\\"} 1.5\n'
        "# HELP govwatch_well All is well.\n"
        "# TYPE govwatch_well gauge\n"
        "govwatch_well 1\n"
    )


def test_a_port_in_use_is_refused_in_plain_words() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(ConfigError, match="in use"),
    ):
        MetricsServer(taken.getsockname()[1], tell=str)
