"""What the daemon's schedule finds, and what its tick costs.

    python -m benchmarks.daemon day    a modelled day over 2,000 pages
    python -m benchmarks.daemon tick   CPU and memory at 1,000 and 100,000 pages
    python -m benchmarks.daemon memory --control http://127.0.0.1:8971 --tls-port 8972
        --ca ca.pem                    memory of `govwatch run`, every page looked at

`day` models newsrooms that edit their stories at a rate that falls with age, and looks
at them by the adaptive cadence and by the clock; no network, no database, an injected
clock. Both obey the same host: one request per five seconds. `tick` runs the real
daemon, with looks that cost nothing, over databases of that many pages. `memory` starts
`govwatch run` itself on the pages of a simulator that runs already, over TLS (Linux).
"""

from __future__ import annotations

import argparse
import heapq
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

from scraper import log, urls
from scraper.cadence import next_check
from scraper.daemon import Daemon, Work
from scraper.model import Check, Outcome, Page, PageId, WatchKind
from scraper.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TURN = timedelta(seconds=5)
DAYS = 5

# The day.


@dataclass
class Story:
    """One page: its host, when it was published, and when it will be edited."""

    page: Page
    host: int
    published: datetime
    edits: list[datetime] = field(default_factory=list)


@dataclass
class Tally:
    """What a day of looking came to."""

    checks: int = 0
    delays_s: list[float] = field(default_factory=list)
    missed: int = 0

    def add(self, other: Tally) -> None:
        """Count another day in."""
        self.checks += other.checks
        self.delays_s += other.delays_s
        self.missed += other.missed

    def as_dict(self) -> dict[str, object]:
        """Return the figures to print."""
        delays = sorted(self.delays_s)
        return {
            "checks_a_day": self.checks // DAYS,
            "edits_found": len(delays),
            "edits_not_found_by_midnight": self.missed,
            "median_minutes": round(statistics.median(delays) / 60, 1),
            "p95_minutes": round(delays[int(len(delays) * 0.95)] / 60, 1),
            "mean_minutes": round(statistics.fmean(delays) / 60, 1),
        }


def stories(seed: int, *, intensity: Callable[[float, float], float]) -> list[Story]:
    """Return 2,000 stories on 20 hosts: 100 of the day, the rest over two years.

    Args:
        seed: Of chance.
        intensity: Edits an hour of a story of that liveliness and age in hours.
    """
    chance = random.Random(seed)
    made = []
    for n in range(2000):
        if n < 100:
            published = NOON + chance.random() * DAY
        else:
            # As many stories a day as ever, but half of what is watched is young.
            published = NOON - DAY * 730 * chance.random() ** 3
        page = Page(
            id=PageId(n + 1),
            key=str(n),
            url=f"https://news{n % 20}.example.gov/{n}",
            kind=WatchKind.ARTICLE,
            site=None,
            added_at=max(published, NOON - 90 * DAY),
        )
        # Few stories are edited much: as liveliness goes, one in ten has most of it.
        liveliness = chance.gammavariate(0.4, 2.5)
        story = Story(page=page, host=n % 20, published=published)
        story.edits = list(_edits(story, liveliness, intensity, chance))
        made.append(story)
    return made


def _edits(
    story: Story,
    liveliness: float,
    intensity: Callable[[float, float], float],
    chance: random.Random,
) -> Iterator[datetime]:
    """Draw the edits of a story's life up to the day's end, by thinning."""
    at, since = story.published, story.published
    while True:
        most = intensity(liveliness, (at - since) / HOUR)
        wait_h = chance.expovariate(most)
        if wait_h >= (NOON + DAY - at) / HOUR:
            return
        at += wait_h * HOUR
        if chance.random() < intensity(liveliness, (at - since) / HOUR) / most:
            yield at
            since = at


def of_our_model(liveliness: float, age_h: float) -> float:
    """Edits as the cadence believes them: one over the age, young after an edit."""
    return 0.05 * liveliness / (1 + age_h)


def of_another_model(liveliness: float, age_h: float) -> float:
    """Edits as it does not: a busy first day, then a steady trickle."""
    return 0.02 * liveliness if age_h < 24 else 0.0005 * liveliness


def day(made: list[Story], *, every: timedelta | None) -> Tally:
    """Look at the stories for a day, adaptively or at a fixed interval."""
    tally = Tally()
    free_at = [NOON] * 20
    queue = [
        (max(story.published, NOON) + random.Random(n).random() * HOUR, n)
        for n, story in enumerate(made)
    ]
    known = [_history(story) for story in made]
    heapq.heapify(queue)
    while queue and queue[0][0] < NOON + DAY:
        due, n = heapq.heappop(queue)
        story = made[n]
        if free_at[story.host] > due:
            heapq.heappush(queue, (free_at[story.host], n))
            continue
        free_at[story.host] = due + TURN
        tally.checks += 1
        since, changes = known[n]
        fresh = [edit for edit in story.edits if max(since, NOON) < edit <= due]
        if fresh:
            tally.delays_s.extend((due - edit).total_seconds() for edit in fresh)
            since, changes = due, changes + 1
        known[n] = since, changes
        page = replace(story.page, every=every, changes=changes)
        heapq.heappush(queue, (next_check(page, now=due, text_since=since).at, n))
    for story, (since, _) in zip(made, known, strict=True):
        tally.missed += sum(max(since, NOON) < edit for edit in story.edits)
    return tally


def _history(story: Story) -> tuple[datetime, int]:
    """Return since when the text stands and how often it changed, by noon."""
    watched = [e for e in story.edits if story.page.added_at < e <= NOON]
    before = [e for e in story.edits if e <= NOON]
    return (max(before, default=story.published), len(watched))


def print_day() -> None:
    for name, intensity in (
        ("edits as the cadence supposes", of_our_model),
        ("edits otherwise", of_another_model),
    ):
        adaptive, hourly = Tally(), Tally()
        for seed in range(DAYS):
            made = stories(seed, intensity=intensity)
            adaptive.add(day(made, every=None))
            hourly.add(day(made, every=HOUR))
        told = {"adaptive": adaptive.as_dict(), "hourly": hourly.as_dict()}
        print(json.dumps({"model": name, "days": DAYS, **told}, indent=1))


# The tick.


def print_tick() -> None:
    """Measure each size in a process of its own, so that memory is its own too."""
    for pages in (1_000, 100_000):
        subprocess.run(
            [sys.executable, "-m", "benchmarks.daemon", "one-tick", str(pages)],
            check=True,
        )


def one_tick(pages: int, *, seconds: float = 30.0) -> None:
    log.set_up()
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "govwatch.db"
        _fill(database, pages)
        with Store.open(database, mode="write", clock=_now) as store:
            daemon = Daemon(
                store=store,
                begin=lambda: _work(store),
                beat=lambda: None,
                free_bytes=lambda: 10**12,
                back_up=Path,
                clock=_now,
            )
            threading.Timer(seconds, daemon.stop).start()
            began, cpu = time.monotonic(), time.process_time()
            daemon.run()
            took = time.monotonic() - began
            cpu = time.process_time() - cpu
            checks = sum(store.status().checks_today.values())
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {
                "pages": pages,
                "seconds": round(took, 1),
                "checks": checks,
                "cpu_percent": round(100 * cpu / took, 2),
                "cpu_ms_per_check": round(1000 * cpu / checks, 2) if checks else None,
                "peak_memory_mb": round(peak_mb, 1),
            }
        )
    )


def _fill(database: Path, pages: int) -> None:
    """Make a database of that many pages, due evenly over a day, 77 a host."""
    import sqlite3  # noqa: PLC0415 - the benchmark's own short way in

    Store.open(database, mode="create", clock=_now).close()
    db = sqlite3.connect(database)
    hosts = max(1, pages // 77)
    now = _now()

    def at(n: int) -> str:
        due = now + DAY * (n * 7919 % pages) / pages
        return due.strftime("%Y-%m-%dT%H:%M:%SZ")

    db.executemany(
        "INSERT INTO hosts (host) VALUES (?)",
        [(f"n{n}.example.gov",) for n in range(hosts)],
    )
    db.executemany(
        "INSERT INTO pages (key, url, host, kind, found_as, added_at, next_check_at)"
        " VALUES (?, ?, ?, 'article', 'new', ?, ?)",
        [
            (
                str(n),
                f"https://n{n % hosts}.example.gov/{n}",
                f"n{n % hosts}.example.gov",
                now.strftime("%Y-%m-%dT%H:%M:%SZ"),
                at(n),
            )
            for n in range(pages)
        ],
    )
    db.commit()
    db.close()


def _work(store: Store) -> Work:
    def look(page: Page) -> Check:
        return Check(
            page=page,
            checked_at=_now(),
            outcome=Outcome.NOT_MODIFIED,
            state=page.state,
            next_check_at=_now() + DAY,
            next_check_why="a benchmark",
        )

    return Work(
        look=look,
        record=lambda check: (check, store.record(check)),
        executor=ThreadPoolExecutor(8),
        workers=8,
        close=lambda: None,
    )


# The process.


def print_memory(control: str, tls_port: int, ca: Path) -> None:
    """Let `govwatch run` look once at every page of a simulator, and weigh it then."""
    with urlopen(f"{control}/_ctl/urls?n=0") as answer:
        addresses: list[str] = json.load(answer)
    with tempfile.TemporaryDirectory() as folder:
        database, config = Path(folder) / "govwatch.db", Path(folder) / "govwatch.toml"
        config.write_text('contact = "desk@example.org"\n')
        with Store.open(database, mode="create", clock=_now) as store:
            for url in addresses:
                store.add_watch(
                    url=url, kind=WatchKind.ARTICLE, site=None, key=urls.page_key(url)
                )
        words = [str(Path(sys.executable).with_name("govwatch")), "--db", str(database)]
        words += ["--config", str(config), "--cacert", str(ca)]
        for host in sorted({urls.host(url) for url in addresses}):
            words += ["--connect-to", f"{host}:443:127.0.0.1:{tls_port}"]
        with (Path(folder) / "log").open("wb") as told:
            process = subprocess.Popen([*words, "run"], stderr=told)
            try:
                while _seen(database) < len(addresses) and process.poll() is None:
                    threading.Event().wait(1)
                memory = _memory_mb(process.pid)
            finally:
                process.terminate()
                process.wait()
    print(json.dumps({"pages": len(addresses), **memory}))


def _seen(database: Path) -> int:
    with Store.open(database, mode="read", clock=_now) as store:
        return sum(store.status().checks_today.values())


def _memory_mb(pid: int) -> dict[str, float]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    sizes = {line.split(":")[0]: line.split()[1] for line in lines if line[:2] == "Vm"}
    return {name: round(int(sizes[name]) / 1024, 1) for name in ("VmRSS", "VmHWM")}


def _now() -> datetime:
    return datetime.now(UTC)


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("what", choices=("day", "tick", "one-tick", "memory"))
    words.add_argument("pages", nargs="?", type=int, default=1_000)
    words.add_argument("--control", help="the simulator's plain HTTP address")
    words.add_argument("--tls-port", type=int)
    words.add_argument("--ca", type=Path)
    told = words.parse_args()
    if told.what == "day":
        print_day()
    elif told.what == "tick":
        print_tick()
    elif told.what == "memory":
        print_memory(told.control, told.tls_port, told.ca)
    else:
        one_tick(told.pages)


if __name__ == "__main__":
    main()
