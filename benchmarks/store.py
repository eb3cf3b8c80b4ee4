"""What the database costs: recording, the due queue, the saved questions.

    python -m benchmarks.store rate --checks 500
    python -m benchmarks.store queue --pages 1000 100000 1000000
    python -m benchmarks.store questions --versions 50000

Run from the root of the checkout; everything happens in a temporary folder.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from statistics import median

from scraper.store.questions import QUESTIONS
from tests.recorded import HOUR, NOON, URL, Desk, desk, story

PAGES = 200
HOSTS = 100


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
        took = record_versions(made, arguments.versions)
        print(f"{arguments.versions} versions recorded in {sum(took):.0f} s")
        known = {"url": f"{URL}/7", "ref": store.changes(limit=1)[0].ref}
        known |= {"words": '"contract garrison"', "site": "example"}
        known |= {"at": "2026-11-25T00:00:00Z"}
        for question in QUESTIONS:
            parameters = {
                name: known.get(name, question.example[name])
                for name in question.example
            }
            start = time.perf_counter()
            rows = store.ask(question.name, **parameters)
            spent = (time.perf_counter() - start) * 1000
            print(f"{spent:8.1f} ms  {question.name} ({len(rows)} rows)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
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
