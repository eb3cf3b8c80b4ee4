"""Whatever the clock goes through: when it is right again, no page waits for ever."""

import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from scraper import urls
from scraper.model import Check, Outcome, WatchKind
from scraper.store import Store
from tests.recorded import HOUR, NOON, Clock

DAY = timedelta(days=1)
LEASE = timedelta(minutes=5)
JUMPS = st.sampled_from([timedelta(seconds=61), HOUR, 3 * DAY, 365 * DAY])
STEPS = st.one_of(
    st.tuples(st.just("check"), st.sampled_from([1, 5, 100])),
    st.tuples(st.just("add"), st.integers(0, 30)),
    st.tuples(st.just("pass"), st.sampled_from([timedelta(minutes=10), HOUR, DAY])),
    st.tuples(st.just("forth"), JUMPS),
    st.tuples(st.just("back"), JUMPS),
    st.tuples(st.just("restart"), st.none()),
)


def add(store, number):
    url = f"https://h{number % 3}.example.gov/{number}"
    store.ensure_page(
        url=url, kind=WatchKind.ARTICLE, site=None, key=urls.page_key(url)
    )


def check_what_is_due(store, clock, *, hours):
    claimed = store.claim_due(limit=50, lease=LEASE, holder="daemon 1")
    for page in claimed:
        store.record(
            Check(
                page=page,
                checked_at=clock.now,
                outcome=Outcome.DISALLOWED,
                state=page.state,
                next_check_at=clock.now + hours * HOUR,
                next_check_why="planned",
            )
        )
    return {page.id for page in claimed}


def take(store, clock, step, told):
    upkeep = store.upkeep
    if step == "check":
        check_what_is_due(store, clock, hours=told)
    elif step == "add":
        add(store, told)
    elif step == "pass":
        clock.now += told
    elif step == "forth":
        clock.now += told
        upkeep.spread_backlog()
    elif step == "back":
        clock.now -= told
        upkeep.settle_clock(back_by=told)
    else:
        upkeep.settle_clock()
        upkeep.spread_backlog()


@given(st.lists(STEPS, max_size=30))
@settings(deadline=None, max_examples=40)
def test_every_page_is_checked_within_days_of_the_clock_being_right(steps):
    clock = Clock()
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.open(Path(folder) / "govwatch.db", mode="create", clock=clock) as store,
    ):
        for number in range(6):
            add(store, number)
        for step, told in steps:
            take(store, clock, step, told)
        clock.now = max(clock.now, NOON)
        store.upkeep.settle_clock()
        seen = set()
        for _ in range(11 * 24):
            clock.now += HOUR
            seen |= check_what_is_due(store, clock, hours=1)
        assert seen == {page.id for page in store.pages()}
