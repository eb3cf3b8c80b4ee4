"""The loop: a tick each second over the due queue in the database, and its upkeep."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from apscheduler.executors.pool import ThreadPoolExecutor as JobThreads
from apscheduler.schedulers.background import BackgroundScheduler

from scraper.daemon import systemd
from scraper.daemon.hands import HOLDER, PROBE_EVERY_S, Hands, Work
from scraper.daemon.housekeeping import BACKUP, Housekeeping
from scraper.errors import ConfigError, StoreError
from scraper.log import logger

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor
    from pathlib import Path
    from types import FrameType

    from scraper.daemon.metrics import Figure
    from scraper.store import Store

log = logger(__name__)

TICK = timedelta(seconds=1)
TELL_EVERY = timedelta(seconds=5)
SETTLED = timedelta(minutes=5)
"""What housekeeping was missed waits that long, so as not to delay overdue pages."""
FINISH_WITHIN = timedelta(seconds=20)
"""How long a first signal lets checks under way finish."""

_CLOCK_STEP = timedelta(seconds=60)
_TICK_LOST_S = 5.0
"""After so long without a tick the queue is looked at all the same, and the clock."""

_CLAIM_SHARE = 2
"""Claiming work takes half of the time at most, however many hosts there are."""


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
    _next: Work | None = None
    _hands: Hands | None = None

    def run(self) -> bool:
        """Work until `stop` is called or SIGTERM or SIGINT arrives.

        Returns:
            Whether all that was under way is done; else some still runs, given back or
            to be done anew, and the process should end without waiting for it.
        """
        self._work = self.begin()
        hands = Hands(
            store=self.store,
            work=self._work,
            free_bytes=self.free_bytes,
            clock=self.clock,
            done=self._wake.set,
        )
        self._hands = hands
        self._had_terminal = sys.stderr.isatty()
        self._last_wall, self._last_monotonic = self.clock(), time.monotonic()
        self._resume()
        self._jobs = scheduler = self._scheduler()
        before = {
            number: signal.signal(number, handler)
            for number, handler in (
                (signal.SIGTERM, self._told_to_stop),
                (signal.SIGINT, self._told_to_stop),
                (signal.SIGHUP, self._told_to_reload),
            )
        }
        threads = ThreadPoolExecutor(1, thread_name_prefix="feeder")
        feeder = threads.submit(self._feed, hands)
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
            is_done = self._finish(hands, scheduler, feeder=threads)
            for number, handler in before.items():
                signal.signal(number, handler)
            log.info("daemon_stopped", checks=hands.checks, unfinished=not is_done)
        feeder.result()
        return is_done

    def stop(self) -> None:
        """Take no further page; `run` returns when those under way are done."""
        self._stopping.set()

    def figures(self) -> tuple[Figure, ...]:
        """Return what this daemon did, for `metrics`; nothing before it runs."""
        return () if self._hands is None else self._hands.figures()

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

    def _finish(
        self, hands: Hands, scheduler: BackgroundScheduler, *, feeder: Executor
    ) -> bool:
        """Wait for what is under way; return whether all of it ended in time."""
        deadline = time.monotonic() + FINISH_WITHIN.total_seconds()
        jobs = threading.Thread(target=scheduler.shutdown, name="jobs", daemon=True)
        jobs.start()
        feeder.shutdown()
        are_empty = hands.let_go(deadline)
        # A backup of much may take longer.
        jobs.join(max(0.0, deadline - time.monotonic()))
        if not are_empty or jobs.is_alive():
            return False
        self._work.close()
        return True

    def _watch_the_clock(self) -> None:
        """Notice that the time was set, or that the machine slept."""
        wall, monotonic = self.clock(), time.monotonic()
        passed = timedelta(seconds=monotonic - self._last_monotonic)
        step = wall - self._last_wall - passed
        self._last_wall, self._last_monotonic = wall, monotonic
        if abs(step) < _CLOCK_STEP:
            return
        if step > timedelta():
            moved = self.store.upkeep.spread_backlog()
        else:
            moved = self.store.upkeep.settle_clock(back_by=-step)
            for job in self._jobs.get_jobs():  # they would wait for the time to return
                job.modify(next_run_time=datetime.now(UTC))
        log.warning("clock_jumped", by_s=round(step.total_seconds()), pages=moved)

    # The tick.

    def _feed(self, hands: Hands) -> None:
        """Keep the workers busy: woken each tick, and whenever one of them is done."""
        beat_at = 0.0
        while True:
            self._wake.wait(_TICK_LOST_S)
            if self._stopping.is_set():
                return
            self._wake.clear()
            self.store.upkeep.insist_on_the_file()
            began = time.monotonic()
            try:
                self._watch_the_clock()
                self._adopt(hands)
                if self._next is None:
                    hands.fill()
            except StoreError as exc:
                log.error("queue_unreadable", error=str(exc))  # noqa: TRY400 - it says all
                self._stopping.wait(PROBE_EVERY_S)
                continue
            now = time.monotonic()
            if now - beat_at >= TICK.total_seconds() / 2:
                beat_at = now
                self.beat()
                systemd.tell("WATCHDOG=1")
            self._stopping.wait((_CLAIM_SHARE - 1) * (now - began))

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

    def _adopt(self, hands: Hands) -> None:
        """Go over to a new configuration as soon as nothing is under way."""
        if self._next is None or not hands.are_empty:
            return
        self._work.executor.shutdown(wait=False)
        self._work.close()
        self._work = hands.work = self._next
        self._next = None
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
