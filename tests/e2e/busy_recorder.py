"""Records new texts without end; says each on stdout once it is committed.

Run as: python tests/e2e/busy_recorder.py DATABASE NAME PAGES
"""

import sys
from datetime import UTC, datetime

from scraper.errors import StoreError, SupersededError
from scraper.store import Store
from tests.recorded import URL, Desk, story


def main(database: str, name: str, pages: int) -> None:
    clock = lambda: datetime.now(UTC)  # noqa: E731 - the child's clock is the real one
    with Store.open(database, mode="write", clock=clock) as store:
        desk = Desk(store)
        for n in range(1_000_000):
            desk.clock.now = clock()
            url = f"{URL}/{n % pages}"
            text = f"Edition {n} by {name}."
            try:
                recorded = store.record(desk.check(story("First.", text, url=url), url))
            except SupersededError:
                continue
            except StoreError as exc:
                print(f"FAILED {exc}", flush=True)
                continue
            if recorded.version is not None:
                print(f"RECORDED {text}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
