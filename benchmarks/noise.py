"""False alarms and misses on pages that never stand still, by page and round.

Checks a simulated newsroom round after round, in one process: its pages are made by a
simulator with ground truth (`server.py` of the peer benchmark), everything else is the
real thing: assessor, reader, learned noise, comparer, store. Only the network and the
clock are stood in for; with --control and the rest, only the clock: then the pages come
over TLS from the simulator's own server, started with the same --pages, --hosts and
--template-rounds.

    python benchmarks/noise.py SIMULATOR_FOLDER [--noise 2] [--rounds 10] [--pages 500]
      [--control http://127.0.0.1:8971 --tls-port 8972 --ca ca.pem]

A page counts as told where its check recorded a change of its content: of anything but
the dates it bears. Prints, per round, content changes, those told, and false ones.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import urlopen

from scraper import check, urls
from scraper.config import load_profiles
from scraper.fetch import Fetcher, InMemoryLedger
from scraper.model import Capture, FetchPolicy, Hop, WatchKind, sha256
from scraper.store import Store

if TYPE_CHECKING:
    from scraper.model import Validators
    from scraper.store import Recorded

DATES = {"published", "updated"}
LEASE = timedelta(minutes=5)


class Clock:
    """The time, moved by hand; each reading takes a moment."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the time."""
        self.now += timedelta(milliseconds=20)
        return self.now


class Newsroom:
    """Answers as the simulator's server does, without validators; counts requests."""

    def __init__(self, simulator: Any, *, noise: int, clock: Clock) -> None:
        self.simulator = simulator
        self.noise = noise
        self.clock = clock
        self.policy = FetchPolicy()
        self.round = 0
        self.requests = 0

    def show(self, number: int) -> None:
        """Serve the pages of that round."""
        self.round = number

    def fetch(
        self,
        url: str,
        *,
        validators: Validators | None = None,  # noqa: ARG002 - as the fetcher's
        patience: timedelta = LEASE,  # noqa: ARG002 - as the fetcher's
    ) -> Capture:
        """Return the page as it is served now."""
        self.requests += 1
        page = int(urlsplit(url).path.rpartition("/")[2])
        site = self.simulator
        site.plan(self.round)
        status, body = 404, b"<title>Page not found</title><h1>Page not found</h1>"
        if page not in site.gone[self.round]:
            values, pieces, *_ = site.page(page, self.round)
            volatile = site.noise(page, self.noise, self.requests)
            status, body = 200, site.join(values, pieces, volatile)
        at = self.clock()
        headers = (("content-type", "text/html; charset=utf-8"),)
        return Capture(
            requested_url=url,
            request_headers=(),
            started_at=at,
            captured_at=at,
            hops=(Hop(url=url, status=status, headers=headers),),
            http_version="HTTP/1.1",
            server_address=None,
            certificate_sha256=None,
            content_encoding=None,
            body=body,
            wire_sha256=sha256(body),
            program="govwatch benchmark",
        )

    def distrust_validators(self, url: str) -> None:
        """Nothing is trusted: every answer is a full one."""


class Served:
    """Asks the simulator's server through the real fetcher."""

    def __init__(self, given: argparse.Namespace, *, clock: Clock) -> None:
        self.clock = clock
        self._control = given.control
        self._ask(f"set?etag=1&noise={given.noise}&latency_ms=0")
        hosts = [f"news{n}.sim.gov" for n in range(given.hosts)]
        self.policy = FetchPolicy(
            ca=str(given.ca),
            connect_to={f"{host}:443": f"127.0.0.1:{given.tls_port}" for host in hosts},
            gap_s=0.0,
        )
        self._fetcher = Fetcher(
            self.policy, ledger=InMemoryLedger(), clock=clock, sleep=lambda _: None
        )
        self.requests = 0

    def show(self, number: int) -> None:
        """Have the pages of that round served."""
        self._ask(f"round?n={number}")

    def fetch(self, url: str, **asked: Any) -> Capture:
        """Return the page as it is served now."""
        self.requests += 1
        return self._fetcher.fetch(url, **asked)

    def distrust_validators(self, url: str) -> None:
        """Pass on what the check concludes."""
        self._fetcher.distrust_validators(url)

    def _ask(self, what: str) -> Any:
        with urlopen(f"{self._control}/_ctl/{what}") as answer:
            return json.load(answer)


def told(recorded: Recorded) -> bool:
    """Whether a change of the page's content was recorded."""
    change = recorded.change
    return change is not None and bool(change.comparison.fields - DATES)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--noise", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("--hosts", type=int, default=10)
    parser.add_argument("--template-rounds", default="3,6")
    parser.add_argument("--control", help="the server's plain HTTP address")
    parser.add_argument("--tls-port", type=int)
    parser.add_argument("--ca", type=Path)
    given = parser.parse_args()
    sys.path.insert(0, str(given.folder))
    import server  # type: ignore[import-not-found] # noqa: PLC0415 - the simulator

    arguments = ["--pages", str(given.pages), "--hosts", str(given.hosts)]
    arguments += ["--template-rounds", given.template_rounds]
    simulator = server.Site(server.arguments(arguments))
    clock = Clock()
    newsroom: Newsroom | Served = (
        Served(given, clock=clock)
        if given.control
        else Newsroom(simulator, noise=given.noise, clock=clock)
    )
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.open(Path(folder) / "noise.db", mode="create", clock=clock) as store,
    ):
        for page in range(given.pages):
            url = simulator.url(page)
            store.add_watch(
                url=url, kind=WatchKind.ARTICLE, site=None, key=urls.page_key(url)
            )
        sums: Counter[str] = Counter()
        print("round  content  told  missed  false   of  requests  CPU ms/check")
        for number in range(given.rounds + 1):
            simulator.plan(number)
            truth = {
                e["url"] for e in simulator.truths[number].values() if e["content"]
            }
            look_round(number, truth, newsroom=newsroom, store=store, sums=sums)
            clock.now += timedelta(hours=3)
        print_sums(store, sums)


def look_round(
    number: int,
    truth: set[str],
    *,
    newsroom: Newsroom | Served,
    store: Store,
    sums: Counter[str],
) -> None:
    newsroom.show(number)
    profiles = load_profiles()
    before, began = newsroom.requests, process_time()
    found = {}
    for page in store.pages():
        held = store.claim(page.id, lease=LEASE, holder="benchmark")
        if held is None:
            continue
        _, recorded = check.run(
            held,
            store=store,
            fetcher=newsroom,  # type: ignore[arg-type] # stands in
            profiles=profiles,
            clock=newsroom.clock,
            patience=LEASE,
        )
        found[page.url] = told(recorded)
    spent = (process_time() - began) / len(found) * 1000
    missed = [url for url in truth if not found[url]]
    false = [url for url, is_told in found.items() if is_told and url not in truth]
    quiet = len(found) - len(truth)
    print(
        f"{number:5}  {len(truth):7}  {len(truth) - len(missed):4}  {len(missed):6}  "
        f"{len(false):5}  {quiet:4}  {newsroom.requests - before:8}  {spent:.1f}"
    )
    for url in missed:
        print("       missed", url)
    if number >= 1:
        sums["truth"] += len(truth)
        sums["missed"] += len(missed)
    if number >= 2:
        sums["false"] += len(false)
        sums["quiet"] += quiet


def print_sums(store: Store, sums: Counter[str]) -> None:
    recall = 1 - sums["missed"] / max(1, sums["truth"])
    share = sums["false"] / max(1, sums["quiet"])
    print(f"recall {recall:.4f} of {sums['truth']} content changes")
    print(f"false {sums['false']} of {sums['quiet']} from round 2 on: {share:.2%}")
    for known in store.known_noise()[:3]:
        print("learned", known.pattern.host, repr(known.pattern.shape))
    print("events", dict(Counter(e.kind for e in store.events(limit=100_000))))


if __name__ == "__main__":
    main()
