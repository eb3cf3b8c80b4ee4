"""Captures from archives on record: at their own time, and nothing altered by them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scraper.check import Reader, archived, examine
from scraper.config import load_profiles
from scraper.errors import SupersededError
from scraper.model import Hop, Outcome, Rule, WatchKind
from tests.recorded import HOUR, NOON, URL, capture, desk, story

TYPE = (("content-type", "text/html; charset=utf-8"),)
TEXT = (
    "Engineers opened a new vehicle bridge today, eleven months after flooding took"
    " the old one away, the garrison said. It was built for {} million."
)
ROADS = (
    "Work on the approach roads continues through March, and drivers should expect"
    " single-lane traffic on weekdays until then, the statement said."
)
PROFILES = load_profiles()
DAY = timedelta(days=1)


def page(sum_: int, *, more: str = ROADS) -> bytes:
    return (
        "<!DOCTYPE html><html lang=en><head><title>Bridge Opens</title></head><body>"
        f"<main><article><h1>Bridge Opens</h1><p>{TEXT.format(f'${sum_}')}</p>"
        f"<p>{more}</p></article></main></body></html>"
    ).encode()


@pytest.fixture
def made(tmp_path):
    desk_ = desk(tmp_path)
    with desk_.store:
        yield desk_


def reader(made) -> Reader:
    return Reader(profiles=PROFILES, body=made.store.body, noise=made.store.noise)


def look(made, sum_: int):
    """Look at the live page, then wait an hour."""
    came = capture(page(sum_), at=made.clock.now, headers=TYPE)
    recorded = made.store.record(examine(made.page(), came, reader=reader(made)))
    made.clock.now += HOUR
    return recorded


def old(body: bytes, at=NOON - 30 * DAY, **told):
    return capture(body, at=at, source="warc", **{"headers": TYPE} | told)


def take_in(made, sum_: int, at=NOON - 30 * DAY, **told):
    return archived.take_in(
        old(page(sum_), at, **told), store=made.store, reader=reader(made)
    )


def sums(made) -> list[str]:
    """Return the history as a reader of it sees it."""
    lines = made.store.versions(made.page().id)
    texts = [made.store.version(line.id).article.text for line in lines]
    return [text.split("$")[1].split()[0] for text in texts]


def told(made) -> list[tuple[str, object, str]]:
    events = made.store.events(page_id=made.page().id)
    return [(one.kind, one.first_seen_at, one.summary[:27]) for one in events]


def test_an_older_text_goes_before_the_first_and_its_change_is_on_the_timeline(made):
    look(made, 175)
    taken = take_in(made, 150)
    assert taken.recorded.version.origin == "first"
    assert taken.recorded.changes == 1
    assert sums(made) == ["150", "175"]
    (change,) = made.store.changes()
    assert (change.old_last_seen_at, change.new_first_seen_at) == (
        NOON - 30 * DAY,
        NOON,
    )
    assert told(made) == [("edited", NOON, "$150 million became $175 mi")]
    lines = made.store.versions(made.page().id)
    assert [line.change_ref for line in lines] == [None, change.ref]
    assert made.store.verify() == []


def rests(made) -> list[tuple[str, str]]:
    """Return on what each change rests, the oldest first."""
    changes = sorted(made.store.changes(), key=lambda one: one.new_first_seen_at)
    return [(one.old_last_seen_on, one.new_first_seen_on) for one in changes]


def test_a_change_says_which_end_is_an_archives_word(made):
    look(made, 175)
    take_in(made, 150)
    assert rests(made) == [("archived answer", "full answer")]
    take_in(made, 140, NOON - 40 * DAY)
    assert rests(made)[0] == ("archived answer", "archived answer")


def test_both_halves_of_a_stay_rest_on_what_was_seen_of_them(made):
    look(made, 175)
    made.clock.now += 9 * HOUR
    look(made, 175)
    take_in(made, 157, NOON + 5 * HOUR)
    assert rests(made) == [
        ("full answer", "archived answer"),
        ("archived answer", "full answer"),
    ]
    lines = made.store.versions(made.page().id)
    seen = [NOON, NOON + 5 * HOUR, NOON + 10 * HOUR]
    assert [(line.first_seen_at, line.last_seen_at) for line in lines] == [
        (at, at) for at in seen
    ]
    # Each of the answers shows the text that it shows.
    shown = made.store._db.rows(
        "SELECT v.first_seen_at AS seen_at, substr(k.captured_at, 1, 19) || 'Z'"
        " AS came_at FROM captures k JOIN versions v ON v.id = k.version_id"
    )
    assert len(shown) == 3
    assert all(row["seen_at"] == row["came_at"] for row in shown)


def test_a_text_in_between_is_two_changes_and_both_are_told(made):
    look(made, 175)
    made.clock.now += 9 * HOUR
    look(made, 175)
    taken = take_in(made, 157, NOON + 5 * HOUR)
    assert taken.recorded.changes == 2
    assert sums(made) == ["175", "157", "175"]
    assert [(kind, at) for kind, at, _ in told(made)] == [
        ("edited", NOON + 5 * HOUR),
        ("edited", NOON + 10 * HOUR),
    ]
    refs = {line.change_ref for line in made.store.versions(made.page().id)}
    of_events = made.store._db.rows("SELECT change_id FROM events")
    assert len(refs - {None}) == len({row["change_id"] for row in of_events}) == 2


def test_the_first_look_of_our_own_is_compared_with_what_an_archive_held(made):
    take_in(made, 150)
    assert made.page().next_check_at == NOON
    recorded = look(made, 175)
    assert recorded.change.old_last_seen_at == NOON - 30 * DAY
    assert told(made) == [("edited", NOON, "$150 million became $175 mi")]
    assert made.page().state.state == "ok"


def test_nothing_recorded_is_altered(made):
    look(made, 175)
    made.clock.now += 9 * HOUR
    look(made, 99)
    before = made.store._db.rows("SELECT * FROM changes")
    page_before = made.page()
    take_in(made, 157, NOON + 5 * HOUR)
    take_in(made, 150)
    assert made.store._db.rows("SELECT * FROM changes WHERE id = 1") == before
    assert sums(made) == ["150", "175", "157", "99"]
    after = made.page()
    assert (after.state, after.next_check_at) == (
        page_before.state,
        page_before.next_check_at,
    )
    assert after.latest == page_before.latest


def test_taking_in_twice_does_nothing_the_second_time(made):
    look(made, 175)
    take_in(made, 150)
    counts = "SELECT (SELECT count(*) FROM captures), (SELECT count(*) FROM ledger),"
    counts += " (SELECT sum(checks) FROM pages)"
    before = made.store._db.rows(counts)
    assert take_in(made, 150).left_out == "on record already"
    assert made.store._db.rows(counts) == before


def test_what_we_received_ourselves_is_on_record_already(made):
    look(made, 175)
    assert take_in(made, 175, NOON).left_out == "on record already"


def test_another_sighting_of_the_same_text_only_dates_it_earlier(made):
    look(made, 175)
    taken = take_in(made, 175)
    assert taken.recorded.version is None
    assert made.page().latest.first_seen_at == NOON - 30 * DAY
    assert made.store.changes() == []


DENIED = (
    b"<title>Access Denied</title><h1>Access Denied</h1>You don't have permission "
    b"to access this. Reference #18.1 https://errors.edgesuite.net/18.1"
)


@pytest.mark.parametrize(
    ("came", "why"),
    [
        (old(DENIED, status=403), "blocked"),
        (old(DENIED), "blocked"),
        (old(b"<h1>Page not found</h1>", status=404), "missing"),
        (old(b""), "unreadable"),
        (old(b"%PDF-1.7", headers=(("content-type", "application/pdf"),)), "unread"),
    ],
)
def test_what_is_no_text_of_the_page_is_left_out(made, came, why):
    taken = archived.take_in(came, store=made.store, reader=reader(made))
    assert taken.left_out.startswith(why)
    assert taken.recorded is None
    assert made.page().latest is None
    assert made.store.captures(made.page().id) == []


def test_a_text_that_lost_most_of_the_article_is_held_back(made):
    look(made, 175)
    came = old(
        b"<title>Bridge Opens</title><main><h1>Bridge Opens</h1><p>Soon.</p></main>",
        NOON + HOUR,
    )
    taken = archived.take_in(came, store=made.store, reader=reader(made))
    assert taken.left_out == "suspect: most of the text is gone"
    assert sums(made) == ["175"]


def test_a_redirect_to_another_text_is_held_back(made):
    look(made, 175)
    came = old(page(99), NOON + HOUR)
    hops = (
        Hop(url=URL, status=301),
        Hop(url="https://www.example.gov/news", status=200, headers=TYPE),
    )
    taken = archived.take_in(
        replace(came, hops=hops), store=made.store, reader=reader(made)
    )
    assert taken.left_out == "suspect: it redirects to another text"


def test_lists_have_no_text_to_take_in(made):
    url = "https://www.example.gov/news"
    made.store.add_watch(url=url, kind=WatchKind.LISTING, site=None, key="news")
    came = old(page(175), url=url)
    taken = archived.take_in(came, store=made.store, reader=reader(made))
    assert taken.left_out == "a listing, which has no text of its own"


def test_a_page_that_nobody_knew_is_made_and_followed_by_nothing(made):
    url = "https://www.example.gov/releases/dam"
    taken = archived.take_in(
        old(page(175), url=url), store=made.store, reader=reader(made)
    )
    assert taken.recorded.version.origin == "first"
    dam = made.store.page(url)
    assert (dam.latest, dam.next_check_at) == (taken.recorded.version, None)
    other = "https://www.example.gov/releases/denied"
    taken = archived.take_in(
        old(DENIED, url=other), store=made.store, reader=reader(made)
    )
    assert "blocked" in taken.left_out
    assert made.store.page(other) is None


def test_a_list_of_stories_makes_no_page(made):
    stories = "".join(
        f"<li><a href=/releases/{n}>The garrison opens bridge number {n} today</a>"
        f" <time datetime=2026-11-{n:02}>November {n}, 2026</time></li>"
        for n in range(1, 13)
    )
    body = f"<title>News</title><main><h1>News</h1><ul>{stories}</ul></main>"
    url = "https://www.example.gov/newsroom"
    came = old(body.encode(), url=url)
    taken = archived.take_in(came, store=made.store, reader=reader(made))
    assert taken.left_out == "a list of stories"
    assert made.store.page(url) is None


# Rules that moved.


def record_as_read_before(made, article, body):
    """Record a text as rules of last year read it."""
    check = made.check(
        article, body=body, rules="rules of last year", outcome=Outcome.NEW
    )
    capture_ = replace(check.capture, hops=(Hop(url=URL, status=200, headers=TYPE),))
    recorded = made.store.record(replace(check, capture=capture_))
    made.clock.now += HOUR
    return recorded.version


def test_a_text_that_newer_rules_read_alike_is_compared(made):
    look(made, 175)
    made.store._db.run("UPDATE versions SET rules = 'rules of last year'")
    assert take_in(made, 150).recorded.changes == 1
    assert take_in(made, 157, NOON + HOUR).recorded.changes == 1
    assert sums(made) == ["150", "175", "157"]


READ_BADLY = story("Only half of what it says: $175 million.", title="Bridge")


def test_what_newer_rules_read_differently_is_put_on_record_anew_first(made):
    record_as_read_before(made, READ_BADLY, page(175))
    taken = take_in(made, 157, NOON + HOUR)
    origins = [line.origin for line in made.store.versions(made.page().id)]
    assert origins == ["first", "reread", "changed"]
    (change,) = made.store.changes()
    assert change == taken.recorded.change
    assert change.comparison.numbers == (("$175 million", "$157 million"),)
    assert made.store.verify() == []


def test_what_older_rules_took_for_text_ends_where_newer_ones_read_it_anew(made):
    record_as_read_before(made, READ_BADLY, page(175))
    assert look(made, 157).change is not None
    (stay,) = made.store.phrase("only half of what it says")
    assert stay.gone_at == NOON
    (stay,) = made.store.phrase("$157 million")
    assert (stay.appeared_at, stay.gone_at) == (NOON + HOUR, None)


def test_a_newer_text_read_by_other_rules_is_no_change_of_an_older_one(made):
    record_as_read_before(made, READ_BADLY, page(175))
    earlier = take_in(made, 150)
    assert earlier.recorded.version.origin == "first"
    assert earlier.recorded.changes == 0
    assert sums(made) == ["150", "175"]
    assert made.store.changes() == []


def test_within_a_stay_that_other_rules_read_nothing_is_claimed(made):
    record_as_read_before(made, READ_BADLY, page(175))
    made.store.record(
        made.check(None, capture=None, outcome=Outcome.NOT_MODIFIED, at=NOON + DAY)
    )
    assert "other rules" in take_in(made, 157, NOON + HOUR).left_out
    assert sums(made) == ["175"]
    assert take_in(made, 157, NOON + 2 * DAY).recorded.changes == 1


def test_a_capture_between_two_versions_leaves_the_recorded_change_as_it_is(made):
    record_as_read_before(made, READ_BADLY, page(175))
    made.clock.now += 9 * HOUR
    look(made, 99)
    before = made.store.changes()
    taken = take_in(made, 157, NOON + 5 * HOUR)
    assert set(before) < set(made.store.changes())
    assert taken.recorded.change.comparison.numbers == (
        ("$175 million", "$157 million"),
    )
    assert sums(made) == ["175", "175", "157", "99"]
    assert made.store.verify() == []


def test_an_old_address_of_a_page_that_moved_is_the_page_all_the_same(made):
    look(made, 175)
    moved = "https://www.example.gov/archive/bridge"
    came = capture(page(175), at=made.clock.now, headers=TYPE)
    check = examine(made.page(), came, reader=reader(made))
    made.store.record(replace(check, outcome=Outcome.MOVED, new_url=moved))
    assert made.page().url == moved
    assert take_in(made, 150).recorded.changes == 1
    assert take_in(made, 99, NOON + 2 * DAY).recorded.changes == 1


def test_without_the_bytes_of_the_text_before_nothing_is_compared(made):
    look(made, 175)
    made.store._db.run("UPDATE versions SET rules = 'rules of last year'")
    blind = Reader(profiles=PROFILES, body=lambda digest: None, noise=lambda host: ())
    came = old(page(157), NOON + HOUR)
    taken = archived.take_in(came, store=made.store, reader=blind)
    assert "other rules" in taken.left_out
    assert made.store.changes() == []


def test_a_page_whose_encoding_only_its_header_tells_is_read_again_alike(made):
    latin = (("content-type", "text/html; charset=windows-1252"),)
    body = page(175, more=ROADS.replace("March", "Mar\u00e7o \u2013 or so")).decode()
    came = capture(body.encode("cp1252"), at=NOON, headers=latin)
    made.store.record(examine(made.page(), came, reader=reader(made)))
    made.store._db.run("UPDATE versions SET rules = 'rules of last year'")
    again = replace(came, captured_at=NOON + HOUR)
    check = examine(made.page(), again, reader=reader(made))
    assert check.outcome is Outcome.UNCHANGED
    assert check.baseline.article == check.reading.article


# Beside a daemon.


class Overtaken:
    """A store in which another process is faster, some times."""

    def __init__(self, store, times):
        self._store = store
        self.left = times

    def __getattr__(self, name):
        return getattr(self._store, name)

    def record(self, check):
        if self.left:
            self.left -= 1
            raise SupersededError("another check was faster")
        return self._store.record(check)


def test_a_check_that_was_faster_is_compared_with_but_not_for_ever(made):
    look(made, 175)
    came = old(page(150))
    with pytest.raises(SupersededError):
        archived.take_in(came, store=Overtaken(made.store, 3), reader=reader(made))
    store = Overtaken(made.store, 2)
    taken = archived.take_in(came, store=store, reader=reader(made))
    assert taken.recorded.changes == 1


def test_a_page_that_a_worker_holds_stays_in_its_hands(made):
    look(made, 175)
    page_id = made.page().id
    assert made.store.claim(page_id, lease=HOUR, holder="a worker") is not None
    take_in(made, 150)
    take_in(made, 150)
    assert made.store.claim(page_id, lease=HOUR, holder="another") is None


def test_what_an_archive_brings_is_told_to_nobody(made):
    rule = Rule(name="all", sink="mail", when="at_once")
    made.store.outbox = replace(made.store.outbox, rules=(rule,))
    look(made, 175)
    take_in(made, 150)
    assert told(made) == [("edited", NOON, "$150 million became $175 mi")]
    assert made.store._db.rows("SELECT * FROM deliveries") == []
    look(made, 99)
    assert len(made.store._db.rows("SELECT * FROM deliveries")) == 1
