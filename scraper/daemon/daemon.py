"""The loop: a tick each second over the due queue in the database, and its upkeep."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from apscheduler.executors.pool import ThreadPoolExecutor as JobThreads
from apscheduler.schedulers.background import BackgroundScheduler

from scraper import urls
from scraper.daemon import systemd
from scraper.daemon.health import LEAST_FREE_BYTES, Outage
from scraper.daemon.housekeeping import BACKUP, Housekeeping
from scraper.daemon.metrics import Figure, quantiles
from scraper.errors import ConfigError, HostBusyError, StoreError
from scraper.log import logger
from scraper.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor, Future
    from pathlib import Path
    from types import FrameType

    from scraper.model import Check, Page, PageId
    from scraper.store import Recorded, Store

log = logger(__name__)

TICK = timedelta(seconds=1)
TELL_EVERY = timedelta(seconds=5)
SETTLED = timedelta(minutes=5)
"""What housekeeping was missed waits that long, so as not to delay overdue pages."""
LEASE = timedelta(minutes=5)
"""More than the longest check takes: robots.txt, redirects, a listing's older pages."""

PATIENCE = timedelta(seconds=15)
"""A worker takes a page only when its host is free; this covers the request for
robots.txt that may come first."""

HOLDER = "daemon"
"""How the names begin under which daemons lease pages."""

FINISH_WITHIN = timedelta(seconds=20)
"""How long a first signal lets checks under way finish."""

_PROBE_EVERY_S = 10.0
"""While our network seems down, or nothing can be recorded, one page is tried that
often."""

_MOMENT_S = 0.02
_AFTER_CRASH = timedelta(minutes=30)
_CLOCK_STEP = timedelta(seconds=60)
_CLAIM_SHARE = 2
"""Claiming work takes half of the time at most, however many hosts there are."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """How pages are checked, under one reading of the configuration.

    Attributes:
        look: Runs in `executor`; takes and returns plain picklable values, so that the
            executor may be a pool of threads or of processes, or a cluster's.
        record: Writes what `look` returned, in this process and in one thread.
        executor: Where looking happens.
        workers: Pages looked at side by side, each of another host.
        close: Called when no check is under way any more.
        tell: Delivers what is due, digests among it, until the function it is given
            says to stop.
        prune: Drops what is no longer to be kept; returns how many bodies that were.
    """

    look: Callable[[Page], Check]
    record: Callable[[Check], tuple[Check, Recorded]]
    executor: Executor
    workers: int
    close: Callable[[], None]
    tell: Callable[[Callable[[], bool]], object] = lambda _: None
    prune: Callable[[], int] = lambda: 0


@dataclass(frozen=True, slots=True)
class _UnderWay:
    page: Page
    began: float
    late_s: float


@dataclass(kw_only=True)
class Daemon:
    """Checks every page of a database when it is due, until it is told to stop.

    Attributes:
        store: Open for writing. Threads share its connection, which lets one of them
            write at a time.
        begin: Reads the configuration; called at the start and for each SIGHUP.
            Raises `ConfigError`.
        beat: Called after each tick that reached the queue.
        free_bytes: Room on the database's disk.
        back_up: Makes a copy of the database, on a connection of its own, and returns
            where it is.
        clock: The time, aware.
    """

    store: Store
    begin: Callable[[], Work]
    beat: Callable[[], None]
    free_bytes: Callable[[], int]
    back_up: Callable[[], Path]
    clock: Callable[[], datetime]
    _stopping: threading.Event = field(default_factory=threading.Event)
    _wake: threading.Event = field(default_factory=threading.Event)
    _under_way: dict[Future[Check], _UnderWay] = field(default_factory=dict)
    _outage: Outage = field(default_factory=Outage)
    _outage_lock: threading.Lock = field(default_factory=threading.Lock)
    _lateness_s: deque[float] = field(default_factory=lambda: deque(maxlen=1000))
    _next: Work | None = None
    _held_until: float = 0.0
    _disk_is_full: bool = False
    _cannot_record: bool = False
    _unrecorded: deque[Page] = field(default_factory=deque)
    _tried_again: set[PageId] = field(default_factory=set)
    _checks: Counter[str] = field(default_factory=Counter)

    def run(self) -> bool:
        """Work until `stop` is called or SIGTERM or SIGINT arrives.

        Returns:
            Whether all that was under way is done; else some still runs, given back or
            to be done anew, and the process should end without waiting for it.
        """
        self._work = self.begin()
        self._had_terminal = sys.stderr.isatty()
        self._last_wall, self._last_monotonic = self.clock(), time.monotonic()
        self._resume()
        scheduler = self._scheduler()
        before = {
            number: signal.signal(number, handler)
            for number, handler in (
                (signal.SIGTERM, self._told_to_stop),
                (signal.SIGINT, self._told_to_stop),
                (signal.SIGHUP, self._told_to_reload),
            )
        }
        # Threads of their own: the C library keeps memory for each thread that ever
        # compressed a body, so one compresses them all.
        self._recorder = ThreadPoolExecutor(1, thread_name_prefix="recorder")
        threads = ThreadPoolExecutor(1, thread_name_prefix="feeder")
        feeder = threads.submit(self._feed)
        # Should it die, the daemon dies with it, loudly: never alive and idle.
        feeder.add_done_callback(lambda _: self._stopping.set())
        scheduler.start()
        log.info("daemon_started", workers=self._work.workers, pid=os.getpid())
        systemd.tell("READY=1", "STATUS=checking pages when they are due")
        try:
            # Not in one go: the kernel may hand a signal to another thread, and then
            # nothing wakes this one, which alone runs handlers.
            while not self._stopping.wait(TICK.total_seconds()):
                pass
        finally:
            systemd.tell("STOPPING=1")
            self._wake.set()
            is_done = self._finish(scheduler, feeder=threads)
            for number, handler in before.items():
                signal.signal(number, handler)
            log.info(
                "daemon_stopped", checks=self._checks.total(), unfinished=not is_done
            )
        feeder.result()
        return is_done

    def stop(self) -> None:
        """Take no further page; `run` returns when those under way are done."""
        self._stopping.set()

    def figures(self) -> tuple[Figure, ...]:
        """Return what this daemon did, for `metrics`."""
        return (
            Figure(
                name="govwatch_checks_total",
                says="Checks since the daemon started, by outcome.",
                samples=dict(self._checks),
                label="outcome",
            ),
            Figure(
                name="govwatch_lateness_seconds",
                says="How long after its due time a check began; of the last thousand.",
                samples=quantiles(list(self._lateness_s)),
                label="quantile",
            ),
            Figure(
                name="govwatch_network_down",
                says="Whether our own network is taken to be down.",
                samples={"": float(self._outage.is_on)},
            ),
        )

    def _told_to_stop(self, _signal: int, _frame: FrameType | None) -> None:
        if self._stopping.is_set():
            # The second signal means now. What is under way is leased, not lost.
            os._exit(130)
        self.stop()

    def _told_to_reload(self, _signal: int, _frame: FrameType | None) -> None:
        if self._had_terminal and not sys.stderr.isatty():
            # Its window was closed, and with it went whoever would stop us.
            self.stop()
            return
        threading.Thread(target=self._reload, name="reload", daemon=True).start()

    def _scheduler(self) -> BackgroundScheduler:
        scheduler = BackgroundScheduler(
            timezone=UTC,
            # One each: a mail server and a backup may both take minutes, and the tick
            # must not wait for them.
            executors={"default": JobThreads(max_workers=3)},
            job_defaults={
                # A late job runs once, however late; APScheduler would drop it.
                "misfire_grace_time": None,
                "coalesce": True,
                "max_instances": 1,
            },
        )
        tick, telling = TICK.total_seconds(), TELL_EVERY.total_seconds()
        scheduler.add_job(self._wake.set, "interval", seconds=tick)
        scheduler.add_job(self._tell, "interval", seconds=telling)
        scheduler.add_job(
            self._keep_house,
            "interval",
            hours=1,
            next_run_time=datetime.now(UTC) + SETTLED,
        )
        return scheduler

    # Starting, stopping, and the time.

    def _resume(self) -> None:
        """Take up where another daemon of this database stopped, or was stopped."""
        freed = self.store.upkeep.free_leases(HOLDER)
        moved = self.store.upkeep.settle_clock()
        spread = self.store.upkeep.spread_backlog()
        if freed or moved or spread:
            log.info(
                "daemon_resumed", interrupted=freed, replanned=moved, overdue=spread
            )

    def _finish(self, scheduler: BackgroundScheduler, *, feeder: Executor) -> bool:
        """Wait for what is under way; return whether all of it ended in time."""
        deadline = time.monotonic() + FINISH_WITHIN.total_seconds()
        jobs = threading.Thread(target=scheduler.shutdown, name="jobs", daemon=True)
        jobs.start()
        feeder.shutdown()
        self._work.executor.shutdown(wait=False, cancel_futures=True)
        # Not `futures.wait`, which returns before what they found is recorded.
        while self._under_way and time.monotonic() < deadline:
            threading.Event().wait(_MOMENT_S)
        left = list(self._under_way.values())
        for under_way in left:
            self._give_back(under_way.page)
        # A backup of much may take longer.
        jobs.join(max(0.0, deadline - time.monotonic()))
        if left or jobs.is_alive():
            return False
        self._work.close()
        self._recorder.shutdown()
        return True

    def _watch_the_clock(self) -> None:
        """Notice that the time was set, or that the machine slept."""
        wall, monotonic = self.clock(), time.monotonic()
        passed = timedelta(seconds=monotonic - self._last_monotonic)
        step = wall - self._last_wall - passed
        self._last_wall, self._last_monotonic = wall, monotonic
        if abs(step) < _CLOCK_STEP:
            return
        moved = (
            self.store.upkeep.spread_backlog()
            if step > timedelta()
            else self.store.upkeep.settle_clock(back_by=-step)
        )
        log.warning("clock_jumped", by_s=round(step.total_seconds()), pages=moved)

    # The tick.

    def _feed(self) -> None:
        """Keep the workers busy: woken each tick, and whenever one of them is done."""
        beat_at = 0.0
        while self._wake.wait() and not self._stopping.is_set():
            self._wake.clear()
            began = time.monotonic()
            try:
                self._watch_the_clock()
                self._adopt()
                self._hand_out()
            except StoreError as exc:
                log.error("queue_unreadable", error=str(exc))  # noqa: TRY400 - it says all
                self._stopping.wait(_PROBE_EVERY_S)
                continue
            now = time.monotonic()
            if now - beat_at >= TICK.total_seconds() / 2:
                beat_at = now
                self.beat()
                systemd.tell("WATCHDOG=1")
            self._stopping.wait((_CLAIM_SHARE - 1) * (now - began))

    def _hand_out(self) -> None:
        """Claim as many due pages as there are idle workers, and have them checked."""
        if not self._cannot_record:
            self._take_up()
        wanted = self._wanted()
        if wanted <= 0:
            return
        claimed = self.store.claim_due(limit=wanted, lease=LEASE, holder=_holder())
        for page in claimed:
            self._begin(page)
        if self._cannot_record and not claimed:
            self._take_up()  # nothing else is left to be tried

    def _wanted(self) -> int:
        """Return how many pages may be begun now."""
        if self._stopping.is_set() or self._next is not None or self._is_disk_full():
            return 0
        now = time.monotonic()
        if now < self._held_until:
            return 0
        if self._outage.is_on or self._cannot_record:
            if self._under_way:
                return 0
            self._held_until = now + _PROBE_EVERY_S
            with self._outage_lock:
                silent = set(self._outage.silent) if self._outage.is_on else set()
            self.store.upkeep.wake_hosts(silent)
            return 1
        return self._work.workers - len(self._under_way)

    def _is_disk_full(self) -> bool:
        was_full, self._disk_is_full = (
            self._disk_is_full,
            self.free_bytes() < LEAST_FREE_BYTES,
        )
        if self._disk_is_full and not was_full:
            log.error("disk_full", advice="make room; checking goes on by itself")
        if was_full and not self._disk_is_full:
            log.info("disk_has_room")
        return self._disk_is_full

    def _begin(self, page: Page) -> None:
        planned = page.next_check_at
        late_s = 0.0 if planned is None else (self.clock() - planned).total_seconds()
        under_way = _UnderWay(page, time.monotonic(), late_s)
        future = self._work.executor.submit(self._work.look, page)
        self._under_way[future] = under_way
        future.add_done_callback(
            lambda done: self._recorder.submit(self._done, done).add_done_callback(
                partial(self._insist, page)
            )
        )

    # What came of a check.

    def _done(self, future: Future[Check]) -> None:
        """Record a check, in the recorder's thread."""
        under_way = self._under_way[future]
        try:
            if future.cancelled():
                self._give_back(under_way.page)
            elif (error := future.exception()) is not None:
                self._failed(under_way.page, error)
            else:
                self._record(future.result(), under_way)
        except StoreError as exc:
            log.error(  # noqa: TRY400 - it says all
                "check_not_recorded", page=under_way.page.url, error=str(exc)
            )
            self._put_by(under_way.page)
            self._cannot_record = True
            self._held_until = time.monotonic() + _PROBE_EVERY_S
        finally:
            del self._under_way[future]
            self._wake.set()

    def _record(self, looked: Check, under_way: _UnderWay) -> None:
        done, recorded = self._work.record(looked)
        self._tried_again.discard(done.page.id)
        if self._cannot_record:
            self._cannot_record, self._held_until = False, 0.0
        self._checks[str(done.outcome)] += 1
        self._lateness_s.append(under_way.late_s)
        log.info(
            "page_checked",
            page=done.page.url,
            outcome=str(done.outcome),
            change=recorded.change.ref if recorded.change is not None else None,
            late_s=round(under_way.late_s, 1),
            took_s=round(time.monotonic() - under_way.began, 3),
            next_check_at=done.next_check_at.isoformat(timespec="seconds"),
            why=done.next_check_why,
        )
        self._learn(done)

    def _put_by(self, page: Page) -> None:
        """Keep a page that could not be recorded, to be tried once more.

        After that its lease has to run out: it may be the page, and not the disk.
        """
        if page.id not in self._tried_again:
            self._tried_again.add(page.id)
            self._unrecorded.append(page)

    def _take_up(self) -> None:
        """Let what could not be recorded fall due again, as far as that can be."""
        while self._unrecorded:
            try:
                self.store.release(self._unrecorded[0].id)
            except StoreError:
                return
            self._unrecorded.popleft()

    def _learn(self, done: Check) -> None:
        """Tell a host that is down from a network that is."""
        host = urls.host(done.page.url)
        if done.outcome is Outcome.FAILED and done.capture is None:
            with self._outage_lock:
                begins = self._outage.no_answer(host)
            if begins:
                log.warning("network_down", hosts=len(self._outage.silent))
            return
        if done.capture is None:
            return
        with self._outage_lock:
            was_on, afresh = self._outage.is_on, self._outage.answer(host)
        if was_on:
            log.info("network_up", hosts=len(afresh))
            self._held_until = 0.0
            self.store.upkeep.wake_hosts(set(afresh) - {host})
        for silent in afresh:
            self.store.upkeep.recheck_failing(silent)

    def _failed(self, page: Page, error: BaseException) -> None:
        if isinstance(error, HostBusyError):
            why = f"its host rests until {error.retry_at:%H:%M:%S} UTC"
            self.store.release(page.id, until=error.retry_at, why=why)
            log.info("host_busy", page=page.url, retry_at=error.retry_at.isoformat())
            return
        if isinstance(error, StoreError):
            raise error
        self._crashed("check_crashed", page, error)

    def _crashed(self, event: str, page: Page, error: BaseException) -> None:
        log.error(event, page=page.url, exc_info=error)
        self.store.release(
            page.id,
            until=self.clock() + _AFTER_CRASH,
            why="Govwatch failed on it; please report this",
        )

    def _insist(self, page: Page, recording: Future[None]) -> None:
        """Say what no code expected, in the recorder's thread."""
        if (error := recording.exception()) is None:
            return
        try:
            self._crashed("recording_crashed", page, error)
        except StoreError as exc:
            log.error("page_not_given_back", page=page.url, error=str(exc))  # noqa: TRY400 - it says all

    def _give_back(self, page: Page) -> None:
        try:
            self.store.release(page.id)
        except StoreError as exc:
            log.error("page_not_given_back", page=page.url, error=str(exc))  # noqa: TRY400 - it says all

    # The configuration.

    def _reload(self) -> None:
        """Read the configuration anew; a bad one is refused and the old one kept."""
        systemd.tell(*systemd.reloading())
        try:
            superseded, self._next = self._next, self.begin()
        except ConfigError as exc:
            log.error(  # noqa: TRY400 - it says all
                "configuration_refused", error=str(exc), advice="the old one stays"
            )
        else:
            if superseded is not None:
                superseded.close()
        systemd.tell("READY=1")

    def _adopt(self) -> None:
        """Go over to a new configuration as soon as nothing is under way."""
        if self._next is None or self._under_way:
            return
        self._work.executor.shutdown(wait=False)
        self._work.close()
        self._work, self._next = self._next, None
        log.info("configuration_reloaded", workers=self._work.workers)

    # Housekeeping.

    def _tell(self) -> None:
        try:
            self._work.tell(self._stopping.is_set)
        except StoreError as exc:
            log.error("telling_failed", error=str(exc))  # noqa: TRY400 - it says all

    def _keep_house(self) -> None:
        Housekeeping(
            store=self.store,
            tasks={
                "pruning": self._prune,
                BACKUP: self._back_up,
                "audit": self._audit,
            },
            clock=self.clock,
        ).run()

    def _prune(self) -> None:
        if dropped := self._work.prune():
            log.info("bodies_dropped", bodies=dropped)

    def _back_up(self) -> None:
        log.info("backup_made", path=str(self.back_up()))

    def _audit(self) -> None:
        """Say what looks wrong in what is watched; `govwatch doctor` says it too."""
        for oddity in self.store.upkeep.oddities():
            log.warning("watch_looks_odd", page=oddity.url, what=oddity.what)


def _holder() -> str:
    return f"{HOLDER} {socket.gethostname()} {os.getpid()}"
