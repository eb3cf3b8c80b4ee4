"""Deliveries commit with what happened, and are claimed by one at a time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scraper import report
from scraper.errors import StoreError
from scraper.model import Event, Message, Outcome, Rule, State
from scraper.store import Store
from tests.recorded import HOUR, NOON, URL, Clock, Desk, capture, story

ALERTS = Rule(name="alerts", sink="desk", when="at_once")
DAILY = Rule(name="daily", sink="desk", when="daily")
LEASE = timedelta(minutes=2)
QUARTER = timedelta(minutes=15)
MESSAGE = Message(subject="Edited", text="words", payload={"id": "x"})


@pytest.fixture
def desk_of(tmp_path):
    opened = []

    def made(*rules: Rule) -> Desk:
        clock = Clock()
        store = Store.open(
            tmp_path / "govwatch.db", mode="create", clock=clock, rules=rules
        )
        opened.append(store)
        desk = Desk(store, clock)
        desk.watch()
        return desk

    yield made
    for store in opened:
        store.close()


def edit(desk: Desk, url: str = URL, text: str = "It cost $157 million.") -> None:
    desk.look(story("It cost $175 million."), url)
    desk.look(story(text), url)


def claimed(desk: Desk, *, per_hour: int = 20):
    return desk.store.outbox.claim_due(per_hour=per_hour, lease=LEASE)


def test_an_edit_waits_for_its_window_and_is_claimed_once(desk_of) -> None:
    desk = desk_of(ALERTS)
    desk.look(story("It cost $175 million."))
    recorded = desk.store.record(desk.check(story("It cost $157 million.")))
    desk.clock.now += QUARTER - timedelta(seconds=1)
    assert claimed(desk) == []
    desk.clock.now += timedelta(seconds=1)
    (delivery,) = claimed(desk)
    assert [notice.change for notice in delivery.notices] == [recorded.change]
    assert delivery.ledger == (2, desk.store.status().ledger_sha256)
    assert claimed(desk) == []


def test_without_rules_nothing_is_kept_to_be_told(desk_of) -> None:
    desk = desk_of()
    edit(desk)
    assert desk.store._db.rows("SELECT * FROM deliveries") == []


def test_a_check_that_is_not_recorded_leaves_no_delivery(desk_of) -> None:
    desk = desk_of(ALERTS)
    desk.look(story("It cost $175 million."))
    check = desk.check(story("It cost $157 million."))
    desk.store._db.run(
        "CREATE TRIGGER full BEFORE INSERT ON delivery_events"
        " BEGIN SELECT RAISE(ABORT, 'no room'); END"
    )
    with pytest.raises(StoreError, match="no room"):
        desk.store.record(check)
    assert desk.store.changes() == []
    assert desk.store._db.rows("SELECT * FROM deliveries") == []


def test_what_happens_on_one_site_within_the_window_is_one_message(desk_of) -> None:
    desk = desk_of(ALERTS)
    addresses = [f"{URL}/{n}" for n in range(3)]
    for url in addresses:
        desk.watch(url)
        desk.store.record(desk.check(story("It cost $175 million."), url))
    desk.clock.now += HOUR
    for url in addresses:
        desk.store.record(desk.check(story("It cost $157 million."), url))
        desk.clock.now += timedelta(minutes=1)
    desk.clock.now += QUARTER
    (delivery,) = claimed(desk)
    kinds = [notice.kind for notice in delivery.notices]
    assert kinds == ["edited", "edited", "edited", "mass_edit"]
    assert [n.page_url for n in delivery.notices] == [*addresses, None]
    assert delivery.due_at == NOON + HOUR + QUARTER


def test_pages_that_block_us_and_late_captures_are_not_told(desk_of) -> None:
    desk = desk_of(ALERTS)
    edit(desk)
    desk.clock.now += timedelta(days=40)
    desk.store.outbox.sent(claimed(desk)[0].id)
    desk.refused(Outcome.BLOCKED, State.BLOCKED)
    at = NOON - timedelta(days=400)
    old = capture(b"old", at=at, source="memento")
    desk.look(story("It cost nothing."), at=at, capture=old)
    desk.clock.now += timedelta(days=1)
    assert claimed(desk) == []


def test_two_processes_do_not_claim_the_same_delivery(desk_of, tmp_path) -> None:
    desk = desk_of(ALERTS)
    edit(desk)
    with Store.open(tmp_path / "govwatch.db", mode="write", clock=desk.clock) as other:
        assert len(claimed(desk)) == 1
        assert other.outbox.claim_due(per_hour=20, lease=LEASE) == []


def test_a_claim_that_died_is_claimed_again_with_its_id_and_message(desk_of) -> None:
    desk = desk_of(ALERTS)
    edit(desk)
    (first,) = claimed(desk)
    desk.store.outbox.seal(first.id, MESSAGE)
    desk.clock.now += LEASE
    (again,) = claimed(desk)
    assert (again.id, again.message) == (first.id, MESSAGE)


def test_a_sealed_delivery_takes_in_nothing_more(desk_of) -> None:
    desk = desk_of(ALERTS)
    edit(desk)
    (first,) = claimed(desk)
    desk.store.outbox.failed(first, "down")
    desk.look(story("It cost $151 million."))
    desk.clock.now += HOUR
    again, second = claimed(desk)
    assert again.notices == first.notices
    assert second.id != first.id


def test_what_is_due_at_a_sink_that_is_to_be_left_alone_waits(desk_of) -> None:
    other = Rule(name="hooks", sink="hook", when="at_once")
    desk = desk_of(ALERTS, other)
    edit(desk)
    desk.clock.now += HOUR
    outbox = desk.store.outbox
    found = outbox.claim_due(per_hour=20, lease=LEASE, but_for={"desk"})
    assert [delivery.sink for delivery in found] == ["hook"]
    assert [delivery.sink for delivery in claimed(desk)] == ["desk"]


def test_failures_are_retried_further_and_further_apart_then_given_up(desk_of) -> None:
    desk = desk_of(ALERTS)
    edit(desk)
    began, attempts = desk.clock.now, []
    while (found := claimed(desk)) or len(attempts) < 9:
        for delivery in found:
            attempts.append((desk.clock.now - began, delivery.id))
            again = desk.store.outbox.failed(delivery, f"no. {len(attempts)}")
        assert again is not None or len(attempts) == 9
        desk.clock.now += timedelta(minutes=1)
    assert len({told for _, told in attempts}) == 1
    minutes = [round(after.total_seconds() / 60) for after, _ in attempts]
    assert minutes == [0, 1, 6, 21, 81, 321, 1041, 2481, 4641]
    assert desk.store.outbox.given_up() == [("desk", attempts[0][1], "no. 9")]
    assert desk.store.status().deliveries == {"given_up": 1}


def test_a_daily_digest_is_due_even_when_nothing_happened(desk_of) -> None:
    desk = desk_of(DAILY)
    desk.store.outbox.plan()
    desk.store.outbox.plan()
    desk.clock.now = NOON.replace(hour=8) + timedelta(days=1)
    (digest,) = claimed(desk)
    assert (digest.kind, digest.notices) == ("digest", ())
    assert digest.since == NOON.replace(hour=8)


def test_a_digest_collects_all_that_its_rule_wants(desk_of) -> None:
    desk = desk_of(DAILY)
    desk.store.outbox.plan()
    edit(desk)
    desk.look(story("It cost $151 million."))
    desk.clock.now += timedelta(days=1)
    (digest,) = claimed(desk)
    assert [notice.kind for notice in digest.notices] == ["edited", "edited"]


def site_edits(desk: Desk, count: int) -> None:
    """Record one edit on each of so many sites, all within a minute."""
    addresses = [f"{URL}/{n}" for n in range(count)]
    for n, url in enumerate(addresses):
        desk.watch(url, site=f"site-{n}")
        desk.store.record(desk.check(story("It cost $175 million."), url))
    desk.clock.now += HOUR
    for url in addresses:
        desk.store.record(desk.check(story("It cost $157 million."), url))
    desk.clock.now += QUARTER


def test_beyond_so_many_messages_an_hour_the_rest_is_one_digest(desk_of) -> None:
    desk = desk_of(ALERTS)
    site_edits(desk, 8)
    first = claimed(desk, per_hour=5)
    assert [one.kind for one in first] == ["alert"] * 4 + ["digest"]
    assert sum(len(one.notices) for one in first) == 8
    for delivery in first:
        desk.store.outbox.sent(delivery.id)
    desk.clock.now += timedelta(minutes=1)
    site_edits(desk, 0)
    desk.look(story("A."))
    assert claimed(desk, per_hour=5) == []


def test_with_no_room_left_alerts_wait_in_a_digest_for_the_hour_to_end(desk_of) -> None:
    desk = desk_of(ALERTS)
    site_edits(desk, 2)
    for delivery in claimed(desk, per_hour=2):
        desk.store.outbox.sent(delivery.id)
    sent_at = desk.clock.now
    for n in range(2):
        desk.store.record(desk.check(story("It cost $99 million."), f"{URL}/{n}"))
    desk.clock.now += QUARTER
    assert claimed(desk, per_hour=2) == []
    desk.clock.now = sent_at + HOUR - timedelta(seconds=1)
    assert claimed(desk, per_hour=2) == []
    desk.clock.now = sent_at + HOUR
    (digest,) = claimed(desk, per_hour=2)
    assert (digest.kind, len(digest.notices)) == ("digest", 2)


def test_coverage_says_what_was_and_was_not_seen(desk_of) -> None:
    desk = desk_of()
    other = "https://www.other.gov/story"
    desk.watch(other, site="other")
    desk.look(story("Seen."))
    desk.refused(Outcome.BLOCKED, State.BLOCKED, other)
    desk.store.add_event(
        Event(
            kind="template_changed",
            first_seen_at=NOON,
            last_seen_at=NOON,
            summary="A new footer.",
        ),
        site="example",
    )
    told = desk.store.outbox.coverage(since=NOON, until=desk.clock.now)
    assert (told.followed, told.checked, told.seen) == (2, 2, 1)
    assert told.trouble == ("www.other.gov: 1 blocked since 2026-11-23T13:00:00Z",)
    assert told.counts == {}
    later = desk.clock.now + HOUR
    assert desk.store.outbox.coverage(since=NOON, until=later).counts == {
        "template_changed": 1
    }


def test_two_rules_give_two_messages(desk_of) -> None:
    desk = desk_of(ALERTS, replace(ALERTS, name="other", sink="chat"))
    edit(desk)
    assert sorted(one.sink for one in claimed(desk)) == ["chat", "desk"]


def test_a_feeds_entry_stays_as_it_was_told_when_its_page_moves(desk_of) -> None:
    desk = desk_of()
    edit(desk)
    (before,) = desk.store.changes()
    moved = Event(
        kind="moved", first_seen_at=NOON, last_seen_at=NOON, summary="It moved."
    )
    desk.look(story("It cost $157 million."), new_url=f"{URL}-moved", events=(moved,))
    assert desk.store.page(f"{URL}-moved") is not None
    assert desk.page(URL).url == f"{URL}-moved"
    assert desk.store.changes() == [before]


def test_a_phrase_swapped_on_forty_pages_is_one_message_led_by_the_mass_edit(
    desk_of,
) -> None:
    desk = desk_of(ALERTS)
    text = "The agency pays for {} in every county of the state, it said on page {}."
    addresses = [f"{URL}/{n}" for n in range(40)]
    for n, url in enumerate(addresses):
        desk.watch(url)
        desk.store.record(desk.check(story(text.format("clean energy", n)), url))
    desk.clock.now += HOUR
    for n, url in enumerate(addresses):
        desk.store.record(desk.check(story(text.format("energy", n)), url))
        desk.clock.now += timedelta(seconds=5)
    desk.clock.now += QUARTER
    (delivery,) = claimed(desk)
    told = report.message(delivery)
    assert "40 pages" in told.subject
    assert "clean energy" in told.subject
    assert sum(notice.kind == "edited" for notice in delivery.notices) == 40
    rows = report.sheet(
        desk.store.changes(limit=100),
        desk.store.outbox.notices(since=NOON),
        groups=desk.store.groups(),
    )
    assert [(row.kind, row.pages) for row in rows] == [("mass_edit", 40)]
