"""The pages in hand: claimed, looked at, recorded or given back; how many may be."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from scraper import urls
from scraper.daemon.health import LEAST_FREE_BYTES, Outage
from scraper.daemon.metrics import Figure, quantiles
from scraper.errors import HostBusyError, StoreError, UnrecordableError
from scraper.log import logger
from scraper.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor, Future
    from datetime import datetime

    from scraper.model import Check, Page, PageId
    from scraper.store import Recorded, Store

log = logger(__name__)

LEASE = timedelta(minutes=5)
"""More than the longest check takes: robots.txt, redirects, a listing's older pages."""

PATIENCE = timedelta(seconds=15)
"""A worker takes a page only when its host is free; this covers the request for
robots.txt that may come first."""

HOLDER = "daemon"
"""How the names begin under which daemons lease pages."""

PROBE_EVERY_S = 10.0
"""While our network seems down, or nothing can be recorded, one page is tried that
often."""

_MOMENT_S = 0.02
_AFTER_CRASH = timedelta(minutes=30)


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
class Hands:
    """Checks as many due pages side by side as may be, and records what was found.

    Our own trouble is told from the hosts' here: while no network or no disk serves us,
    one page is tried now and then, and nothing that was seen or claimed is lost.

    Attributes:
        store: Open for writing.
        work: How pages are checked. To be replaced only while nothing is in hand.
        free_bytes: Room on the database's disk.
        clock: The time, aware.
        done: Called whenever a check is recorded or given back.
    """

    store: Store
    work: Work
    free_bytes: Callable[[], int]
    clock: Callable[[], datetime]
    done: Callable[[], None]
    _under_way: dict[Future[Check], _UnderWay] = field(default_factory=dict)
    _outage: Outage = field(default_factory=Outage)
    _outage_lock: threading.Lock = field(default_factory=threading.Lock)
    _held_until: float = 0.0
    _disk_is_full: bool = False
    _log_is_held: bool = False
    _cannot_record: bool = False
    _unrecorded: deque[Page] = field(default_factory=deque)
    _tried_again: set[PageId] = field(default_factory=set)
    _lateness_s: deque[float] = field(default_factory=lambda: deque(maxlen=1000))
    _checks: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        # A thread of its own: the C library keeps memory for each thread that ever
        # compressed a body, so one compresses them all.
        self._recorder = ThreadPoolExecutor(1, thread_name_prefix="recorder")

    @property
    def are_empty(self) -> bool:
        """Whether no check is under way."""
        return not self._under_way

    @property
    def checks(self) -> int:
        """How many checks were recorded."""
        return self._checks.total()

    def fill(self) -> None:
        """Claim as many due pages as there are idle workers, and have them checked.

        Raises:
            StoreError: The queue cannot be read.
        """
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

    def let_go(self, deadline: float) -> bool:
        """Begin nothing more; give back what is not done by then.

        Args:
            deadline: By `time.monotonic`.

        Returns:
            Whether nothing was left.
        """
        self.work.executor.shutdown(wait=False, cancel_futures=True)
        # Not `futures.wait`, which returns before what they found is recorded.
        while self._under_way and time.monotonic() < deadline:
            threading.Event().wait(_MOMENT_S)
        left = list(self._under_way.values())
        for under_way in left:
            self._give_back(under_way.page)
        if not left:
            self._recorder.shutdown()
        return not left

    def figures(self) -> tuple[Figure, ...]:
        """Return what was done, for `metrics`."""
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

    # How many.

    def _wanted(self) -> int:
        """Return how many pages may be begun now."""
        if self._is_disk_full() or self._is_log_held():
            return 0
        now = time.monotonic()
        if now < self._held_until:
            return 0
        if self._outage.is_on or self._cannot_record:
            if self._under_way:
                return 0
            self._held_until = now + PROBE_EVERY_S
            with self._outage_lock:
                silent = set(self._outage.silent) if self._outage.is_on else set()
            self.store.upkeep.wake_hosts(silent)
            return 1
        return self.work.workers - len(self._under_way)

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

    def _is_log_held(self) -> bool:
        was_held, self._log_is_held = (
            self._log_is_held,
            not self.store.upkeep.has_room(),
        )
        if self._log_is_held and not was_held:
            log.error(
                "database_held_open",
                by=self.store.upkeep.reader(),
                advice="end that; checking goes on by itself",
            )
        if was_held and not self._log_is_held:
            log.info("database_let_go")
        return self._log_is_held

    def _begin(self, page: Page) -> None:
        planned = page.next_check_at
        late_s = 0.0 if planned is None else (self.clock() - planned).total_seconds()
        under_way = _UnderWay(page, time.monotonic(), late_s)
        future = self.work.executor.submit(self.work.look, page)
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
        except UnrecordableError as exc:
            self._crashed("recording_crashed", under_way.page, exc)
        except StoreError as exc:
            log.error(  # noqa: TRY400 - it says all
                "check_not_recorded", page=under_way.page.url, error=str(exc)
            )
            self._put_by(under_way.page)
            self._cannot_record = True
            self._held_until = time.monotonic() + PROBE_EVERY_S
        finally:
            del self._under_way[future]
            self.done()

    def _record(self, looked: Check, under_way: _UnderWay) -> None:
        done, recorded = self.work.record(looked)
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


def _holder() -> str:
    return f"{HOLDER} {socket.gethostname()} {os.getpid()}"
