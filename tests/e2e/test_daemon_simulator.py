"""The daemon against the shared simulator: twenty rounds of truth, ten kills and worse.

Needs `../shared/bench` beside the checkout, and a Python that has uvicorn, httptools,
uvloop and trustme: named by GOVWATCH_SIMULATOR_PYTHON, or this one.
"""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import urllib.request
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from tests.e2e.daemons import Desk, Running, utc_now, wait_for

BENCH = Path(__file__).parents[3] / "shared" / "bench"
PYTHON = os.environ.get("GOVWATCH_SIMULATOR_PYTHON", sys.executable)
HOSTS = tuple(f"news{n}.sim.gov" for n in range(10))
PAGES, ROUNDS = 100, 20
ROUND = timedelta(days=8)
"""Longer than any page waits, so that each round all are due once."""

DATES = {"updated", "published"}


def _can_simulate() -> bool:
    needs = "import uvicorn, httptools, uvloop, trustme"
    return (
        BENCH.is_dir()
        and not subprocess.run(  # noqa: S603 - a Python of ours
            [PYTHON, "-c", needs], capture_output=True, check=False
        ).returncode
    )


pytestmark = pytest.mark.skipif(
    not _can_simulate(), reason="needs ../shared/bench and a Python with uvicorn"
)


@dataclass
class Simulator:
    """Ten hosts on loopback that know what they changed when."""

    process: subprocess.Popen
    control: int
    port: int
    ca_file: str

    def ask(self, command: str):
        url = f"http://127.0.0.1:{self.control}/_ctl/{command}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.fixture
def simulator(tmp_path: Path):
    certs = tmp_path / "certs"
    subprocess.run(  # noqa: S603 - ours
        [PYTHON, str(BENCH / "make_cert.py"), str(certs)],
        check=True,
        capture_output=True,
    )
    control, port = _free_port(), _free_port()
    options = {
        "pages": PAGES,
        "hosts": len(HOSTS),
        "port": control,
        "tls-port": port,
        "cert": certs / "cert.pem",
        "key": certs / "key.pem",
        "latency-ms": 5,
    }
    process = subprocess.Popen(  # noqa: S603 - ours
        [
            PYTHON,
            str(BENCH / "server.py"),
            *(f"--{name}={value}" for name, value in options.items()),
        ]
    )
    made = Simulator(process, control, port, str(certs / "ca.pem"))

    def answers() -> bool:
        try:
            return bool(made.ask("stats"))
        except OSError:
            return False

    wait_for(answers, what="the simulator")
    yield made
    process.send_signal(signal.SIGCONT)
    process.kill()
    process.wait()


class Trial:
    """A daemon, its clock and the simulator, round by round."""

    def __init__(self, folder: Path, simulator: Simulator) -> None:
        self.simulator = simulator
        self.desk = Desk(folder, simulator)
        self.clock = folder / "clock"
        self.began = utc_now()
        self.number = 0
        self._set_clock()
        self.running = self.start()

    def start(self) -> Running:
        return self.desk.start("--clock", str(self.clock), hosts=HOSTS)

    def next_round(self) -> None:
        self.number += 1
        self.simulator.ask(f"round?n={self.number}")
        self._set_clock()

    def _set_clock(self) -> None:
        part = self.clock.with_suffix(".part")
        part.write_text(str(self.number * ROUND.total_seconds()))
        part.rename(self.clock)

    def left(self) -> int:
        """How many pages were not seen yet in this round."""
        since = self.began + self.number * ROUND
        record = f"file:{self.desk.database}?mode=ro"
        with closing(sqlite3.connect(record, uri=True)) as db:
            told = since.strftime("%Y-%m-%dT%H:%M:%SZ")
            return int(
                db.execute(
                    "SELECT count(*) FROM pages WHERE checked_at IS NULL"
                    " OR checked_at < ? OR last_outcome = 'failed'",
                    (told,),
                ).fetchone()[0]
            )

    def finish_round(self) -> None:
        wait_for(lambda: self.left() == 0, timeout_s=180, what=f"round {self.number}")

    def wait_until_left(self, most: int) -> None:
        wait_for(lambda: self.left() <= most, timeout_s=180)

    def kill(self) -> None:
        self.running.kill()
        self.running = self.start()

    def fill_disk(self) -> None:
        """Let no write pass for a while."""
        pid = self.running.process.pid
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, hard))
        threading.Event().wait(3)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))

    def cut_network(self) -> None:
        self.simulator.process.send_signal(signal.SIGSTOP)
        self.running.await_event("network_down")
        self.simulator.process.send_signal(signal.SIGCONT)
        self.running.await_event("network_up")


def page_of(url: str) -> int:
    found = re.search(r"/news/(\d+)$", url)
    assert found is not None
    return int(found[1])


def test_twenty_rounds_are_recorded_exactly_through_everything(
    tmp_path: Path, simulator: Simulator
) -> None:
    trial = Trial(tmp_path, simulator)
    trial.desk.watch(simulator.ask("urls?n=0"), every=None)
    trial.finish_round()
    for number in range(1, ROUNDS + 1):
        trial.next_round()
        if number % 2 == 0:
            trial.wait_until_left(PAGES - 7 * (number // 2))
            trial.kill()
        elif number == 7:
            trial.fill_disk()
        elif number == 13:
            trial.cut_network()
        elif number == 15:
            assert trial.start().process.wait(timeout=30) == 3
        trial.finish_round()
    assert trial.running.stop() == 0

    truth = {
        (int(page), number): told
        for number in range(1, ROUNDS + 1)
        for page, told in simulator.ask(f"changed?n={number}").items()
    }
    changes = []
    with trial.desk.store() as store:
        for change in store.changes(limit=100_000):
            seen = (change.new_first_seen_at - trial.began) // ROUND
            where = (page_of(change.page_url), seen)
            changes.append((*where, frozenset(change.comparison.fields) <= DATES))
        events = [
            (page.url, event.kind, (event.first_seen_at - trial.began) // ROUND)
            for page in store.pages()
            for event in store.events(page_id=page.id)
        ]
    assert len(changes) == len(set(changes)), "nothing twice"
    assert {(page, n) for page, n, redated in changes if not redated} == {
        where for where, told in truth.items() if told["class"] == "content"
    }
    assert {(page, n) for page, n, redated in changes if redated} == {
        where for where, told in truth.items() if told["class"] == "restamp"
    }
    gone = {where for where, told in truth.items() if told["kind"] == "removed"}
    assert {(page_of(u), n) for u, kind, n in events if kind == "missing"} == gone
    back = {where for where, told in truth.items() if told["kind"] == "restored"}
    assert {(page_of(u), n) for u, kind, n in events if kind == "restored"} == back
    for host, told in simulator.ask("polite").items():
        assert told["max_concurrent"] <= 1, host
    with closing(sqlite3.connect(trial.desk.database)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_below_capacity_checks_are_on_time(
    tmp_path: Path, simulator: Simulator
) -> None:
    """A host rests five times as long as it took: with the tick, one page a second."""
    desk = Desk(tmp_path, simulator)
    addresses = simulator.ask("urls?n=0")[:30]
    for n, url in enumerate(addresses):
        # Of different lengths, or all would be due at once again and again.
        desk.watch([url], every=timedelta(seconds=15 + n % 11))
    running = desk.start(hosts=HOSTS)
    wait_for(lambda: len(running.events("page_checked")) >= 210, timeout_s=240)
    assert running.stop() == 0
    late = sorted(told["late_s"] for told in running.events("page_checked")[60:])
    assert late[int(len(late) * 0.99)] <= 2.0
