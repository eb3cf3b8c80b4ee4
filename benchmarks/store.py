"""What the database costs: bytes, recording, the due queue, the saved questions.

    python -m benchmarks.store sizes --simulator ../shared/bench/server.py
    python -m benchmarks.store rate --checks 500
    python -m benchmarks.store queue --pages 1000 100000 1000000
    python -m benchmarks.store questions --versions 50000

Run from the root of the checkout; everything happens in a temporary folder.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import random
import sqlite3  # not pysqlite3: only the system's can tell bytes by table
import tempfile
import time
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from scraper import check, urls
from scraper.check import Reader
from scraper.config import load_profiles
from scraper.model import Capture, Hop, WatchKind, sha256
from scraper.store.questions import QUESTIONS
from tests.recorded import HOUR, NOON, URL, Desk, desk, story

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scraper.store.database import Database

PAGES = 200
HOSTS = 100


def sizes(folder: Path, arguments: argparse.Namespace) -> None:
    """Record the simulator's pages through reading and recording, and weigh the file.

    An hour lies between two rounds; pages that did not change answer 304.
    """
    simulator = load(arguments.simulator)
    site = simulator.Site(
        simulator.arguments(["--pages", str(arguments.pages), "--hosts", "10"])
    )
    with (made := desk(folder)).store as store:
        path = folder / "govwatch.db"
        store.checkpoint()
        weights = [by_table(path)]
        versions = []
        for n in range(arguments.rounds + 1):
            versions.append(look_at_all(made, site, n))
            store.checkpoint()
            weights.append(by_table(path))
            made.clock.now = NOON + (n + 1) * HOUR  # so no look is overdue
        assert store.verify() == []
    empty, first, *_, last = weights
    new, later = versions[0], sum(versions[1:])
    print(f"{new} first versions, {later} later ones; bytes a version")
    print(f"{'':34}{'first':>8}{'later':>8}")
    for name in sorted(last, key=lambda name: -last[name]):
        one = (first.get(name, 0) - empty.get(name, 0)) / new
        more = (last[name] - first.get(name, 0)) / later
        print(f"{name:34}{one:8.0f}{more:8.0f}")
    total = [sum(weight.values()) for weight in (empty, first, last)]
    print(
        f"{'everything':34}{(total[1] - total[0]) / new:8.0f}"
        f"{(total[2] - total[1]) / later:8.0f}"
    )


def load(path: Path) -> Any:
    told = importlib.util.spec_from_file_location("simulator", path)
    assert told is not None
    assert told.loader is not None
    module = importlib.util.module_from_spec(told)
    told.loader.exec_module(module)
    return module


def by_table(path: Path) -> dict[str, int]:
    """Return the bytes of each table and index, whole pages, free ones too."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        told = dict(db.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"))
        (size,) = db.execute("PRAGMA page_size").fetchone()
        free = db.execute("PRAGMA freelist_count").fetchone()[0] * size
    return told | {"(free pages)": free}


def look_at_all(made: Desk, site: Any, n: int) -> int:
    """Record one look at each page; return how many versions that made."""
    store, reader = made.store, Reader.over(made.store, profiles=load_profiles())
    made_versions = 0
    for i in sorted(site.live(n)):
        url = site.url(i)
        page = store.ensure_page(
            url=url,
            key=urls.page_key(url),
            kind=WatchKind.ARTICLE,
            site="example",
            watch_id=store.watches()[0].id,
        )
        answer = serve(site, i, n, page.validators, made.clock.now)
        recorded = store.record(check.examine(page, answer, reader=reader))
        made_versions += recorded.version is not None
        made.clock.now += timedelta(seconds=4, microseconds=1234)
    return made_versions


def serve(site: Any, i: int, n: int, known: Any, at: datetime) -> Capture:
    """Return the simulator's answer with the headers that such sites send."""
    vals, pieces, tag, changed, _ = site.page(i, n)
    etag = getattr(known, "etag", None)
    body = b""
    if etag != f'"{tag}"':
        quiet = site.noise(i, 0, 0)
        body = site.join(vals, pieces, quiet)
    url = site.url(i)
    now = f"{at:%a, %d %b %Y %H:%M:%S GMT}"
    modified = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(changed))
    return Capture(
        requested_url=url,
        request_headers=(
            ("host", url.split("/")[2]),
            ("user-agent", "govwatch/0.1.0 (+https://watch.example.org/about)"),
            (
                "accept",
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            ),
            ("accept-encoding", "gzip"),
            *((("if-none-match", etag),) if etag else ()),
        ),
        started_at=at - timedelta(milliseconds=180),
        captured_at=at,
        hops=(
            Hop(
                url=url,
                status=200 if body else 304,
                headers=(
                    ("date", now),
                    ("content-type", "text/html; charset=utf-8"),
                    ("content-encoding", "gzip"),
                    ("etag", f'"{tag}"'),
                    ("last-modified", modified),
                    ("cache-control", "max-age=0, must-revalidate"),
                    ("strict-transport-security", "max-age=31536000"),
                    ("x-content-type-options", "nosniff"),
                    ("vary", "Accept-Encoding"),
                    ("server", "uvicorn"),
                ),
            ),
        ),
        http_version="HTTP/1.1",
        server_address="192.0.2.1:443",
        certificate_sha256=sha256(url.split("/")[2].encode()),
        content_encoding="gzip",
        body=body,
        wire_sha256=sha256(b"wire" + body),
        program="govwatch/0.1.0",
    )


def paragraphs(page: int, edition: int) -> list[str]:
    words = [
        "bridge",
        "contract",
        "garrison",
        "energy",
        "statement",
        "report",
        "figure",
        "office",
    ]
    told = [
        " ".join(words[(page + n * 3 + k) % 8] for k in range(60)) + f" {page}-{n}."
        for n in range(20)
    ]
    told[edition % 20] += f" Edition {edition} is worth ${edition} million."
    return told


def record_versions(made: Desk, count: int) -> list[float]:
    took = []
    for n in range(count):
        page, edition = n % PAGES, n // PAGES
        url = f"{URL}/{page}"
        if edition == 0:
            made.watch(url)
        check = made.check(story(*paragraphs(page, edition), url=url), url)
        start = time.perf_counter()
        made.store.record(check)
        took.append(time.perf_counter() - start)
        made.clock.now += timedelta(minutes=1)
    return took


def rate(folder: Path, arguments: argparse.Namespace) -> None:
    with (made := desk(folder)).store as store:
        took = record_versions(made, arguments.checks)
        dull = []
        for n in range(arguments.checks):
            check = made.check(None, f"{URL}/{n % PAGES}", capture=None)
            start = time.perf_counter()
            store.record(check)
            dull.append(time.perf_counter() - start)
            made.clock.now += timedelta(minutes=1)
        for name, times in (("new versions", took), ("dull checks", dull)):
            print(
                f"{name}: {len(times)}, median {median(times) * 1000:.2f} ms,"
                f" {len(times) / sum(times):.0f} a second"
            )


def queue(folder: Path, arguments: argparse.Namespace) -> None:
    for pages in arguments.pages:
        place = folder / str(pages)
        place.mkdir()
        with (made := desk(place)).store as store:
            store._db.run(  # noqa: SLF001 - a million pages by the front door take hours
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                " LIMIT ?) INSERT INTO pages (key, url, host, kind, found_as,"
                " added_at, next_check_at) SELECT 'k' || i, 'https://h' || (i % ?) ||"
                " '.gov/' || i, 'h' || (i % ?) || '.gov', 'article', 'new',"
                " '2026-11-01T00:00:00Z', strftime('%Y-%m-%dT%H:%M:%SZ',"
                " '2026-11-23 11:00:00', (i % 86400) || ' seconds') FROM n",
                (pages, HOSTS, HOSTS),
            )
            store._db.run(  # noqa: SLF001
                "INSERT INTO hosts (host) SELECT DISTINCT host FROM pages WHERE true"
                " ON CONFLICT DO NOTHING"
            )
            made.clock.now = NOON + HOUR
            took, claimed = [], 0
            for _ in range(20):
                start = time.perf_counter()
                found = store.claim_due(limit=10, lease=HOUR, holder="benchmark")
                took.append(time.perf_counter() - start)
                claimed += len(found)
                for page in found:
                    store.release(page.id)
                made.clock.now += timedelta(seconds=1)
            print(
                f"{pages} pages, {HOSTS} hosts: claim of {claimed // 20}"
                f" median {median(took) * 1000:.2f} ms, most {max(took) * 1000:.2f} ms"
            )


def questions(folder: Path, arguments: argparse.Namespace) -> None:
    with (made := desk(folder)).store as store:
        record_versions(made, 2 * PAGES)
        start = time.perf_counter()
        fill(store._db, arguments.versions)  # noqa: SLF001 - by the front door: 20 min
        print(f"filled in {time.perf_counter() - start:.0f} s")
        known = {"url": "https://www.example.gov/filled/7"}
        known |= {"ref": store.changes(limit=1)[0].ref, "site": "example"}
        for question in QUESTIONS:
            parameters = {
                name: known.get(name, question.example[name])
                for name in question.example
            }
            took = []
            for _ in range(3):
                start = time.perf_counter()
                rows = store.ask(question.name, **parameters)
                took.append((time.perf_counter() - start) * 1000)
            print(f"{median(took):8.1f} ms  {question.name} ({len(rows)} rows)")


EDITIONS = 5
TEXTS = 20


def fill(db: Database, count: int) -> None:
    """Insert so many versions, five a page, with words as frequent as in a language.

    "clean energy" stands in one passage of 100; a day's edits in 40 are all the same.
    """
    chance = random.Random(2026)
    words = ["clean", "energy", *(f"word{n}" for n in range(8000))]
    weights = [1 / (n + 10) for n in range(len(words))]
    told = iter(chance.choices(words, weights, k=count * 30 * 6))

    def text(page: int, n: int) -> str:
        some = list(islice(told, 30))
        if (page * TEXTS + n) % 100 == 0:
            some[3:5] = ["clean", "energy"]
        return " ".join(some) + f" {page}-{n}."

    def copies(table: str, rows: Iterable[dict[str, object]]) -> None:
        """Insert copies of the table's last row, with other values in some columns."""
        like = db.row(f"SELECT * FROM {table} ORDER BY rowid DESC LIMIT 1")
        assert like is not None
        names = [*like]
        marks = ", ".join("?" * len(names))
        db.run_many(
            f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})",
            [[{**like, **row}[name] for name in names] for row in rows],
        )

    def first(table: str) -> int:
        return int(db.value(f"SELECT max(id) + 1 FROM {table}"))

    page_0, version_0 = first("pages"), first("versions")
    change_0, passage_0 = first("changes"), first("passages")
    pages = range(count // EDITIONS)
    each = TEXTS + EDITIONS - 1  # passages of a page, one more with each edition
    every = [(page, edition) for page in pages for edition in range(EDITIONS)]
    edited = [(page, edition) for page, edition in every if edition]

    def url(page: int) -> str:
        return f"https://www.example.gov/filled/{page}"

    def version(page: int, edition: int) -> int:
        return version_0 + page * EDITIONS + edition

    def change(page: int, edition: int) -> int:
        return change_0 + page * (EDITIONS - 1) + edition - 1

    def at(page: int, edition: int) -> str:
        day = NOON - timedelta(days=48 - edition * 12, minutes=page)
        return f"{day:%Y-%m-%dT%H:%M:%SZ}"

    db.run("PRAGMA foreign_keys = OFF")
    with db.transaction():
        copies(
            "pages",
            (
                {
                    "id": page_0 + page,
                    "key": url(page),
                    "url": url(page),
                    "state": "removed" if page % 100 == 0 else "ok",
                    "state_since": at(page, 1),
                    "latest_version_id": version(page, EDITIONS - 1),
                }
                for page in pages
            ),
        )
        db.run_many(
            "INSERT INTO page_urls (url, page_id, first_seen_at, last_seen_at)"
            " VALUES (?, ?, ?, ?)",
            [(url(p), page_0 + p, at(p, 0), at(p, 4)) for p in pages],
        )
        db.run_many(
            "INSERT INTO passages (id, kind, text, digest) VALUES (?, ?, ?, 0)",
            [
                (passage_0 + page * each + n, "paragraph", text(page, n))
                for page in pages
                for n in range(each)
            ],
        )
        copies(
            "versions",
            (
                {
                    "id": version(page, edition),
                    "page_id": page_0 + page,
                    "number": edition + 1,
                    "change_id": change(page, edition) if edition else None,
                    "passages_of": version(page, edition),
                    "origin": "changed" if edition else "first",
                    "first_seen_at": at(page, edition),
                    "last_seen_at": at(page, edition + 1),
                }
                for page, edition in every
            ),
        )
        db.run_many(
            "INSERT INTO passage_lists (version_id, position, passage_id)"
            " VALUES (?, ?, ?)",
            [
                # Edition 2 has passages 2 to 21, and so on.
                (version(page, edition), n, passage_0 + page * each + edition + n)
                for page, edition in every
                for n in range(TEXTS)
            ],
        )
        db.run_many(
            "INSERT INTO page_passages (page_id, passage_id, appeared_in, gone_in)"
            " VALUES (?, ?, ?, ?)",
            [
                (
                    page_0 + page,
                    passage_0 + page * each + n,
                    version(page, max(0, n - TEXTS + 1)),
                    version(page, n + 1) if n < EDITIONS - 1 else None,
                )
                for page in pages
                for n in range(each)
            ],
        )
        copies(
            "changes",
            (
                {
                    "id": change(page, edition),
                    "ref": f"filled{page}x{edition}",
                    "page_id": page_0 + page,
                    "old_version_id": version(page, edition - 1),
                    "new_version_id": version(page, edition),
                    "old_last_seen_at": at(page, edition),
                    "new_first_seen_at": at(page, edition),
                    "significance": chance.random(),
                    "disclosure": chance.choice(("none_seen", "noted", "redated")),
                    "numbers": '[["$1","$2"]]' if page % 5 == 0 else "[]",
                    "edits": 2,
                }
                for page, edition in edited
            ),
        )
        fields = ["body"] * 16 + ["title", "caption", "links", "related"]
        db.run_many(
            "INSERT INTO edits (change_id, number, field, op, before, after, position)"
            " VALUES (?, ?, ?, ?, ?, ?, '{}')",
            [
                (
                    change(page, edition),
                    number,
                    chance.choice(fields),
                    chance.choice(("changed", "added", "removed")),
                    f"{page % 40 and page} " + "the old words " * 8,
                    f"{page % 40 and page} " + "the new words " * 8,
                )
                for page, edition in edited
                for number in (1, 2)
            ],
        )
        copies(
            "events",
            (
                {
                    "id": None,
                    "page_id": page_0 + page,
                    "kind": chance.choice(("edited", "edited", "restored", "moved")),
                    "first_seen_at": at(page, edition),
                    "last_seen_at": at(page, edition),
                    "change_id": change(page, edition),
                }
                for page, edition in edited
            ),
        )
        copies(
            "captures",
            (
                {
                    "id": None,
                    "page_id": page_0 + page,
                    "version_id": version(page, edition),
                    "captured_at": at(page, edition),
                }
                for page, edition in every
            ),
        )
        db.run_many(
            "INSERT INTO checks_by_day VALUES (?, ?, ?, 12)",
            [
                (f"{NOON - timedelta(days=day):%Y-%m-%d}", page_0 + page, outcome)
                for day in range(1, 31)
                for page in pages
                for outcome in ("not_modified",)
            ],
        )
    db.run("PRAGMA foreign_keys = ON")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("sizes")
    one.add_argument("--simulator", type=Path, required=True)
    one.add_argument("--pages", type=int, default=500)
    one.add_argument("--rounds", type=int, default=2)
    one.set_defaults(run=sizes)
    one = commands.add_parser("rate")
    one.add_argument("--checks", type=int, default=500)
    one.set_defaults(run=rate)
    one = commands.add_parser("queue")
    one.add_argument("--pages", type=int, nargs="+", default=[1000, 100_000])
    one.set_defaults(run=queue)
    one = commands.add_parser("questions")
    one.add_argument("--versions", type=int, default=50_000)
    one.set_defaults(run=questions)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        arguments.run(Path(folder), arguments)


if __name__ == "__main__":
    main()
