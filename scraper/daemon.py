"""The daemon: a tick each second over the due queue in the database."""

from __future__ import annotations

import os
import signal
import socket
import threading
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from apscheduler.executors.pool import ThreadPoolExecutor as JobThreads
from apscheduler.schedulers.background import BackgroundScheduler

from scraper import check
from scraper.errors import HostBusyError, StoreError
from scraper.log import logger

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from types import FrameType

    from scraper.config import Profiles
    from scraper.fetch import Fetcher
    from scraper.model import Page
    from scraper.store import Store

log = logger(__name__)

TICK = timedelta(seconds=1)
LEASE = timedelta(minutes=3)
"""Twice and more what the longest check takes: redirects, robots.txt, the record."""

PATIENCE = timedelta(seconds=15)
"""A worker takes a page only when its host is free; this covers the request for
robots.txt that may come first."""

FINISH_WITHIN = timedelta(seconds=20)
"""How long a first signal lets checks under way finish."""


@dataclass(kw_only=True)
class Daemon:
    """Checks every page of a database when it is due, until it is told to stop.

    Attributes:
        store: Open for writing; shared by the workers.
        fetcher: Shared by the workers.
        profiles: All that are known.
        clock: The time, aware.
        workers: Pages looked at side by side, each of another host.
    """

    store: Store
    fetcher: Fetcher
    profiles: Profiles
    clock: Callable[[], datetime]
    workers: int
    _stopping: threading.Event = field(default_factory=threading.Event)
    _under_way: set[Future[None]] = field(default_factory=set)

    def run(self) -> None:
        """Work until `stop` is called or SIGTERM or SIGINT arrives."""
        scheduler = BackgroundScheduler(
            timezone=UTC, executors={"default": JobThreads(max_workers=2)}
        )
        pool = ThreadPoolExecutor(self.workers, thread_name_prefix="check")
        scheduler.add_job(
            self._tick,
            "interval",
            args=[pool],
            seconds=TICK.total_seconds(),
            # A late tick runs once, however late; APScheduler would drop it.
            misfire_grace_time=None,
            coalesce=True,
            max_instances=1,
        )
        before = {sig: signal.signal(sig, self._signalled) for sig in _SIGNALS}
        scheduler.start()
        log.info("daemon_started", workers=self.workers, pid=os.getpid())
        try:
            self._stopping.wait()
        finally:
            scheduler.shutdown()
            pool.shutdown(wait=False, cancel_futures=True)
            # What takes longer is leased: it falls due again when the lease ends.
            wait(self._under_way, timeout=FINISH_WITHIN.total_seconds())
            for sig, handler in before.items():
                signal.signal(sig, handler)
            log.info("daemon_stopped")

    def stop(self) -> None:
        """Take no further page; `run` returns when those under way are done."""
        self._stopping.set()

    def _signalled(self, _signal: int, _frame: FrameType | None) -> None:
        if self._stopping.is_set():
            # The second signal means now. What is under way is leased, not lost.
            os._exit(130)
        self.stop()

    def _tick(self, pool: Executor) -> None:
        """Hand out as many due pages as there are idle workers."""
        self._under_way = {future for future in self._under_way if not future.done()}
        idle = self.workers - len(self._under_way)
        if idle <= 0 or self._stopping.is_set():
            return
        try:
            due = self.store.claim_due(limit=idle, lease=LEASE, holder=_holder())
        except StoreError as exc:
            log.error("queue_unreadable", error=str(exc))  # noqa: TRY400 - it says all
            return
        for page in due:
            self._under_way.add(pool.submit(self._check, page))

    def _check(self, page: Page) -> None:
        try:
            done, _ = check.run(
                page,
                store=self.store,
                fetcher=self.fetcher,
                profiles=self.profiles,
                clock=self.clock,
                patience=PATIENCE,
            )
        except HostBusyError as exc:
            self.store.release(page.id)
            log.info("host_busy", page=page.url, retry_at=exc.retry_at.isoformat())
        except StoreError as exc:
            # The lease runs out by itself, and the page falls due again.
            log.error("check_not_recorded", page=page.url, error=str(exc))  # noqa: TRY400
        else:
            log.info(
                "page_checked",
                page=page.url,
                outcome=str(done.outcome),
                next_check_at=done.next_check_at.isoformat(timespec="seconds"),
            )


_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def _holder() -> str:
    return f"{socket.gethostname()} {os.getpid()}"
