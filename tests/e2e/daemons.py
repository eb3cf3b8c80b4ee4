"""A daemon in a process of its own, and a newsroom of ten hosts for it to watch."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scraper import urls
from scraper.model import WatchKind
from scraper.store import Store

HOSTS = tuple(f"news{n}.example.gov" for n in range(10))
SCRIPT = Path(__file__).with_name("daemon_process.py")
STORY = (
    "<!DOCTYPE html><html lang=en><head><title>{name} Opens</title></head><body>"
    "<main><article><h1>{name} Opens</h1><p>Engineers opened {name} today, eleven"
    " months after flooding carried the old one away, the garrison said in a statement"
    " on Thursday.</p><p>It was built under a contract worth ${millions} million and"
    " replaces a crossing that served three neighboring towns since 1962.</p>"
    "<p>Work on the approach roads continues through March, and drivers should expect"
    " single-lane traffic on weekdays until then.</p></article></main></body></html>"
)
HTML = ("Content-Type: text/html; charset=utf-8",)


def utc_now() -> datetime:
    return datetime.now(UTC)


def wait_for(condition, *, timeout_s: float = 30.0, what: str = "") -> None:
    """Wait until `condition()` is true.

    Raises:
        AssertionError: It did not become true in time.
    """
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"waited {timeout_s} s for {what}"
        threading.Event().wait(0.05)


@dataclass
class Newsroom:
    """Stories on ten hosts, edited by hand; it remembers what it did."""

    site: object
    answer: object
    millions: dict[str, int] = field(default_factory=dict)
    edits: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    delay_s: float = 0.0

    def publish(self, count: int, *, hosts: tuple[str, ...] = HOSTS) -> list[str]:
        """Put that many stories online, in turn on each host; return their URLs."""
        for n in range(count):
            host = hosts[n % len(hosts)]
            url = f"https://{host}/releases/{n}"
            self.millions[url] = 100
            self.site.routes[host, f"/releases/{n}"] = self._serve
        return list(self.millions)

    def edit(self, url: str) -> None:
        self.millions[url] += 7
        self.edits[url] += 1

    def _serve(self, _connection, request) -> bytes:
        url = f"https://{request.host}{request.path}"
        if self.delay_s:
            threading.Event().wait(self.delay_s)
        name = f"Bridge {request.path.rsplit('/', 1)[1]}"
        body = STORY.format(name=name, millions=self.millions[url]).encode()
        return self.answer(body, headers=HTML)


@dataclass
class Desk:
    """A database and the daemons that were let loose on it."""

    folder: Path
    site: object
    started: list = field(default_factory=list)

    @property
    def database(self) -> Path:
        return self.folder / "govwatch.db"

    @property
    def config(self) -> Path:
        return self.folder / "govwatch.toml"

    def store(self, mode: str = "read") -> Store:
        return Store.open(self.database, mode=mode, clock=utc_now)

    def watch(
        self, addresses, *, every: timedelta | None = timedelta(seconds=1)
    ) -> None:
        with self.store("create") as store:
            for url in addresses:
                store.add_watch(
                    url=url,
                    kind=WatchKind.ARTICLE,
                    site=None,
                    key=urls.page_key(url),
                    every=every,
                )

    def start(
        self, *options: str, hosts=HOSTS, stderr: int | None = None, **environment: str
    ) -> Running:
        if not self.config.exists():
            self.config.write_text('contact = "desk@example.org"\nworkers = 4\n')
        words = [
            str(SCRIPT),
            str(self.database),
            self.site.ca_file,
            str(self.site.port),
            *hosts,
            "--config",
            str(self.config),
            *options,
        ]
        return self.launch(words, stderr=stderr, **environment)

    def launch(
        self, words: list[str], *, stderr: int | None = None, **environment: str
    ) -> Running:
        """Run this Python with those words; its stderr is the log, if not a window."""
        log = self.folder / f"log{len(self.started)}.jsonl"
        with log.open("wb") as file:
            process = subprocess.Popen(  # noqa: S603 - ourselves
                [sys.executable, *words],
                stderr=file if stderr is None else stderr,
                env=os.environ | environment,
            )
        self.started.append(Running(process, log))
        return self.started[-1]

    def checked_since(self, at: datetime) -> bool:
        """Whether every page was looked at since; times have whole seconds."""
        with self.store() as store:
            return all(line is not None and line > at for line in _checked_at(store))

    def changes(self) -> dict[str, int]:
        """How many changes of each page are on record."""
        with self.store() as store:
            found: dict[str, int] = defaultdict(int)
            for change in store.changes(limit=100_000):
                found[change.page_url] += 1
            return found


def _checked_at(store: Store):
    for page in store.pages():
        seen = page.latest
        yield None if seen is None else seen.last_seen_at


@dataclass
class Running:
    """One daemon's process and its log."""

    process: subprocess.Popen
    log: Path

    def events(self, name: str | None = None) -> list[dict]:
        found = []
        for line in self.log.read_text().splitlines():
            if line.startswith("{") and line.endswith("}"):
                told = json.loads(line)
                if name in (None, told["event"]):
                    found.append(told)
        return found

    def await_event(self, name: str, *, timeout_s: float = 30.0) -> dict:
        wait_for(
            lambda: self.events(name), timeout_s=timeout_s, what=f"{name} in {self.log}"
        )
        return self.events(name)[0]

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        return self.process.wait(timeout=40)
