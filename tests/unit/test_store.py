"""The record: what a check leaves behind, and what it may never leave."""

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest

from scraper.comparison import compare, content_sha256
from scraper.errors import StoreError, SupersededError
from scraper.model import (
    Comparison,
    Disclosure,
    Image,
    Link,
    Outcome,
    PageState,
    State,
    Validators,
    WatchKind,
    sha256,
)
from scraper.store import FoundPage, Store
from tests.recorded import HOUR, NOON, URL, Clock, desk, html, story

FIRST = story(
    "The garrison opened a bridge on Thursday.",
    "The contract is worth $175 million and runs on clean energy.",
)
SECOND = story(
    "The garrison opened a bridge on Thursday.",
    "The contract is worth $125 million and runs on clean energy.",
)
THIRD = story("The garrison closed the bridge again.")


@pytest.fixture
def watching(tmp_path):
    made = desk(tmp_path)
    with made.store:
        yield made


def sql(watching, statement, *parameters):
    """Return what a person sees with any SQLite program."""
    path = watching.store._db.path
    connection = sqlite3.connect(path)
    try:
        return connection.execute(statement, parameters).fetchall()
    finally:
        connection.close()


# Opening.


def test_many_may_make_one_database_at_the_same_moment(tmp_path):
    # Without waiting, one of four was told "locked" in every fifth round here.
    def make(path, together):
        together.wait()
        Store.open(path, mode="create", clock=Clock()).close()

    with ThreadPoolExecutor(4) as makers:
        for round_ in range(20):
            together = Barrier(4)
            path = tmp_path / f"{round_}.db"
            made = [makers.submit(make, path, together) for _ in range(4)]
            assert [one.result() for one in made] == [None] * 4


@pytest.mark.parametrize("mode", ["read", "write"])
def test_only_create_makes_a_database(tmp_path, mode):
    with pytest.raises(StoreError, match="no such database"):
        Store.open(tmp_path / "none.db", mode=mode, clock=Clock())
    assert list(tmp_path.iterdir()) == []


def test_only_its_owner_may_read_the_file(watching):
    path = watching.store._db.path
    modes = {file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    assert modes == {0o600}


def test_another_programs_database_is_refused(tmp_path):
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE bookmarks (url)")
    connection.close()
    before = path.read_bytes()
    for mode in ("create", "write", "read"):
        with pytest.raises(StoreError, match="not one of Govwatch's"):
            Store.open(path, mode=mode, clock=Clock())
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("nothing like a database\n" * 100)
    with pytest.raises(StoreError, match="not an SQLite database"):
        Store.open(path, mode="read", clock=Clock())


@pytest.mark.parametrize(
    ("version", "advice"), [(99, "upgrade the program"), (0, "govwatch migrate")]
)
def test_another_schema_is_refused_with_what_to_do(watching, version, advice):
    path = watching.store._db.path
    watching.store.close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()
    with pytest.raises(StoreError, match=advice):
        Store.open(path, mode="write", clock=Clock())


def test_a_reader_cannot_write(watching):
    path = watching.store._db.path
    with (
        Store.open(path, mode="read", clock=Clock()) as reader,
        pytest.raises(StoreError, match="may not be written"),
    ):
        reader.remove_watch(URL)
    assert len(watching.store.watches()) == 1


def test_a_folder_that_is_not_there_is_one_clear_line(tmp_path):
    with pytest.raises(StoreError, match="cannot be made: No such file"):
        Store.open(tmp_path / "no" / "where.db", mode="create", clock=Clock())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anything")
def test_a_file_that_may_not_be_written_is_one_clear_line(watching):
    path = watching.store._db.path
    watching.store.close()
    path.chmod(0o400)
    with pytest.raises(StoreError, match="may not be written"):
        Store.open(path, mode="write", clock=Clock())


# Watches.


def test_a_watch_makes_its_page_and_it_is_due_now(watching):
    page = watching.page()
    assert (page.url, page.site, page.next_check_at) == (URL, "example", NOON)
    assert page.state == PageState()
    assert page.latest is None


def test_watching_the_same_url_again_returns_the_first_watch(watching):
    first = watching.store.watch(URL)
    watching.clock.now += HOUR
    again = watching.store.add_watch(
        url=URL, kind=WatchKind.FEED, site=None, key="other", every=HOUR
    )
    assert again == first
    assert len(watching.store.pages()) == 1


def test_a_removed_watch_leaves_page_and_history_but_nothing_due(watching):
    watching.look(FIRST)
    watching.store.remove_watch(URL)
    assert watching.store.watches() == []
    assert watching.page().next_check_at is None
    assert watching.page().latest.article == FIRST
    watching.clock.now += timedelta(days=9)
    assert watching.store.claim_due(limit=9, lease=HOUR, holder="me") == []


def test_a_check_under_way_does_not_bring_a_removed_watch_back(watching):
    check = watching.check(FIRST)
    watching.store.remove_watch(URL)
    watching.store.record(check)
    assert watching.page().next_check_at is None


def test_a_removed_watch_can_be_added_again(watching):
    watching.store.remove_watch(URL)
    watching.watch()
    assert watching.page().next_check_at == NOON
    assert len(watching.store.pages()) == 1


def test_a_paused_watch_rests_until_it_is_resumed(watching):
    assert watching.store.pause_watch(URL).paused
    assert watching.store.claim_due(limit=9, lease=HOUR, holder="me") == []
    assert not watching.store.resume_watch(URL).paused
    assert len(watching.store.claim_due(limit=9, lease=HOUR, holder="me")) == 1


def test_a_watch_that_is_not_there_is_named(watching):
    with pytest.raises(StoreError, match="no watch 77"):
        watching.store.remove_watch(77)


def test_the_pages_of_a_watch_know_it(watching):
    watching.look(
        None,
        outcome=Outcome.UNCHANGED,
        capture=None,
    )
    assert watching.store.watch_of(watching.page().id).url == URL


# The due queue.


def test_one_page_of_each_host_is_claimed_at_a_time(watching):
    for host in ("www.example.gov", "news.example.mil"):
        for n in range(3):
            watching.watch(f"https://{host}/{n}")
    claimed = watching.store.claim_due(limit=9, lease=HOUR, holder="me")
    hosts = [page.url.split("/")[2] for page in claimed]
    assert sorted(hosts) == ["news.example.mil", "www.example.gov"]
    assert watching.store.claim_due(limit=9, lease=HOUR, holder="me") == []


def test_a_lease_that_ran_out_is_due_again(watching):
    assert watching.store.claim_due(limit=1, lease=HOUR, holder="killed")
    watching.clock.now += HOUR
    assert watching.store.claim_due(limit=1, lease=HOUR, holder="next")


def test_a_page_given_back_is_due_again(watching):
    (page,) = watching.store.claim_due(limit=1, lease=HOUR, holder="me")
    watching.store.release(page.id)
    assert watching.store.claim_due(limit=1, lease=HOUR, holder="me") == [page]


def test_a_page_in_anothers_hands_is_not_claimed(watching):
    page = watching.page()
    assert watching.store.claim(page.id, lease=HOUR, holder="me") == page
    assert watching.store.claim(page.id, lease=HOUR, holder="you") is None


def test_pages_added_by_hand_go_before_older_discovered_ones(watching):
    watching.look(
        FIRST,
        next_check_at=NOON + 30 * HOUR,
    )
    listing = watching.watch("https://www.example.gov/news/")
    watching.store.ensure_page(
        url="https://www.example.gov/found",
        key="found",
        kind=WatchKind.ARTICLE,
        site=None,
        watch_id=watching.store.watch_of(listing.id).id,
    )
    watching.store.record(
        watching.check(None, listing.url, capture=None, next_check_at=NOON + 9 * HOUR)
    )
    watching.clock.now = NOON + 20 * HOUR
    (first,) = watching.store.claim_due(limit=9, lease=HOUR, holder="me")
    assert first.url == listing.url


def test_a_page_that_a_list_named_and_a_person_adds_is_due_now(watching):
    listing = watching.watch("https://www.example.gov/news/")
    story = {
        "url": "https://www.example.gov/found",
        "key": "found",
        "kind": WatchKind.ARTICLE,
        "site": None,
    }
    watch_id = watching.store.watch_of(listing.id).id
    found = watching.store.ensure_page(**story, watch_id=watch_id)
    watching.store.release(found.id, until=NOON + HOUR, why="in its turn")
    watching.store.add_watch(**story)
    added = watching.store.page(found.id)
    assert (added.next_check_at, added.next_check_why) == (NOON, "never checked")


def test_a_host_that_rests_gives_no_page(watching):
    state = watching.store.take("www.example.gov", now=NOON, lease=HOUR)
    assert watching.store.claim_due(limit=9, lease=HOUR, holder="me") == []
    watching.store.give_back(replace(state, paused_until=NOON + HOUR))
    assert watching.store.claim_due(limit=9, lease=HOUR, holder="me") == []
    watching.clock.now += HOUR
    assert len(watching.store.claim_due(limit=9, lease=HOUR, holder="me")) == 1


# Recording.


def test_a_first_look_stores_the_version_with_all_its_article(watching):
    article = story(
        "One.",
        "One.",
        images=(Image(), Image(src="https://x.gov/a.jpg", caption="A bridge")),
        related=(Link("More", "https://x.gov/more"), Link("More", "https://x.gov/m")),
        notes=("Correction: it is a bridge.",),
        provenance={"title": "h1"},
    )
    recorded = watching.look(article)
    assert recorded.version.article == article
    assert recorded.version.origin == "first"
    assert recorded.version.number == 1
    assert recorded.change is None
    assert watching.page().latest == recorded.version


def test_a_change_is_stored_with_both_ends_and_what_they_rest_on(watching):
    first = watching.look(FIRST).version
    watching.look(None, outcome=Outcome.NOT_MODIFIED, capture=None)
    recorded = watching.look(SECOND)
    change = recorded.change
    assert (change.old_version, change.new_version) == (first.id, recorded.version.id)
    assert change.old_last_seen_at == NOON + HOUR
    assert change.old_last_seen_on == "304"
    assert change.new_first_seen_at == NOON + 2 * HOUR
    assert change.new_first_seen_on == "full answer, 120 s old by its cache"
    assert change.comparison == watching.store.change(change.id).comparison
    assert {edit.before for edit in change.comparison.edits} != set()
    assert watching.store.version(first.id).last_seen_on == "304"


def test_a_comparison_comes_back_as_it_was(watching):
    watching.look(FIRST)
    check = watching.check(SECOND)
    assert watching.store.record(check).change.comparison == check.comparison


def test_every_field_of_a_capture_comes_back(watching):
    check = watching.check(FIRST)
    watching.store.record(check)
    assert watching.store.captures(check.page.id) == [check.capture]


def test_a_change_is_found_by_id_ref_and_the_beginning_of_a_ref(watching):
    watching.look(FIRST)
    change = watching.look(SECOND).change
    for reference in (change.id, change.ref, change.ref[:6], change.ref.upper()):
        assert watching.store.change(reference) == change
    assert watching.store.change("zzzzzzzz") is None
    assert watching.store.change(change.ref[:2]) is None


def test_an_ambiguous_ref_names_the_changes_it_could_be(watching):
    watching.look(FIRST)
    for article in (SECOND, THIRD):
        watching.look(article)
    watching.store._db.run("DROP TRIGGER changes_no_update")
    watching.store._db.run("UPDATE changes SET ref = 'aaaabbbbcccc' WHERE id = 1")
    watching.store._db.run("UPDATE changes SET ref = 'aaaabbbbdddd' WHERE id = 2")
    with pytest.raises(StoreError, match=r"aaaabbbb(dddd, aaaabbbbcccc)"):
        watching.store.change("aaaabb")


def test_the_same_change_has_the_same_ref_in_two_databases(watching, tmp_path):
    (tmp_path / "other").mkdir()
    with (other := desk(tmp_path / "other")).store:
        other.watch("https://www.example.gov/before")
        refs = set()
        for one in (watching, other):
            one.look(FIRST)
            refs.add(one.look(SECOND).change.ref)
    assert len(refs) == 1


def test_a_superseded_check_writes_nothing(watching):
    watching.look(FIRST)
    slow = watching.check(THIRD)
    watching.look(SECOND)
    before = sql(watching, "SELECT * FROM pages")
    with pytest.raises(SupersededError):
        watching.store.record(slow)
    assert sql(watching, "SELECT * FROM pages") == before
    assert sql(watching, "SELECT count(*) FROM captures") == [(2,)]


def test_the_same_capture_is_recorded_once(watching):
    watching.look(FIRST)
    check = watching.check(SECOND)
    assert watching.store.record(check).change is not None
    again = watching.store.record(replace(check, page=watching.page()))
    assert again.again
    assert again.change is None
    counts = "SELECT (SELECT count(*) FROM versions), (SELECT count(*) FROM captures),"
    counts += " (SELECT sum(checks) FROM checks_by_day)"
    assert sql(watching, counts) == [(2, 2, 2)]


def test_a_changed_text_without_its_comparison_is_refused(watching):
    watching.look(FIRST)
    check = watching.check(SECOND, comparison=None, outcome=Outcome.CHANGED)
    with pytest.raises(StoreError, match="without its comparison"):
        watching.store.record(check)
    assert len(watching.store.versions(watching.page().id)) == 1


def test_a_change_without_an_edit_is_refused(watching):
    watching.look(FIRST)
    empty = Comparison(
        edits=(),
        disclosure=Disclosure.NOTED,
        significance=0.0,
        reasons=(),
        summary="Nothing",
    )
    with pytest.raises(StoreError, match="without an edit"):
        watching.store.record(watching.check(SECOND, comparison=empty))
    assert len(watching.store.versions(watching.page().id)) == 1


def test_the_schema_itself_refuses_a_change_without_its_edits(watching):
    watching.look(FIRST)
    watching.look(SECOND)
    db = watching.store._db
    row = db.row("SELECT * FROM changes")
    version = db.row("SELECT * FROM versions WHERE id = 2")

    def store_both(edits):
        with db.transaction():
            change = {"id": 2, "ref": "b" * 12, "new_version_id": 3, "edits": edits}
            db.insert("changes", row | change)
            db.insert("versions", version | {"id": 3, "number": 3, "change_id": 2})

    with pytest.raises(StoreError, match="FOREIGN KEY"):
        store_both(1)
    with pytest.raises(StoreError, match="CHECK"):
        store_both(0)


def test_the_schema_itself_refuses_a_changed_version_without_its_change(watching):
    watching.look(FIRST)
    db = watching.store._db
    version = db.row("SELECT * FROM versions") | {"id": 2, "number": 2}
    with pytest.raises(StoreError, match="CHECK"):
        db.insert("versions", version | {"origin": "changed"})
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        db.insert("versions", version | {"origin": "changed", "change_id": 9})


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE changes SET summary = ''",
        "UPDATE edits SET after = ''",
        "UPDATE ledger SET content = '{}'",
        "DELETE FROM changes",
        "DELETE FROM edits",
        "DELETE FROM ledger",
    ],
)
def test_what_is_recorded_is_never_rewritten(watching, statement):
    watching.look(FIRST)
    watching.look(SECOND)
    with pytest.raises(StoreError, match="never rewritten"):
        watching.store._db.run(statement)


def test_a_text_that_comes_back_is_a_third_version(watching):
    for article in (FIRST, SECOND, FIRST):
        watching.look(article)
    lines = watching.store.versions(watching.page().id)
    assert [line.number for line in lines] == [1, 2, 3]
    assert lines[0].content_sha256 == lines[2].content_sha256
    assert len({line.change_ref for line in lines}) == 3


def test_a_page_that_moves_keeps_its_history_under_both_addresses(watching):
    watching.look(FIRST)
    new_url = "https://www.example.mil/releases/bridge"
    watching.look(FIRST, outcome=Outcome.MOVED, new_url=new_url)
    page = watching.page(new_url)
    assert page.url == new_url
    assert watching.page(URL) == page
    assert page.latest.article == FIRST


def test_an_address_that_one_page_left_is_that_of_the_page_that_moves_there(watching):
    other = f"{URL}/other"
    watching.watch(other)
    watching.look(FIRST, other)
    watching.look(FIRST, other, outcome=Outcome.MOVED, new_url=f"{URL}/elsewhere")
    watching.look(SECOND)
    watching.look(SECOND, outcome=Outcome.MOVED, new_url=other)
    assert watching.page(other) == watching.page(URL)
    assert watching.page(f"{URL}/elsewhere").latest.article.text == FIRST.text


def test_validators_are_those_of_the_last_answer_that_was_believed(watching):
    watching.look(FIRST)
    assert watching.page().validators == Validators(etag='"1"')
    assert watching.page().full_answer_at == NOON
    watching.refused(Outcome.BLOCKED, State.BLOCKED)
    assert watching.page().validators == Validators(etag='"1"')
    assert watching.page().full_answer_at == NOON


def test_pages_that_a_listing_names_are_made_in_the_same_transaction(watching):
    found = [FoundPage(url=f"https://www.example.gov/{n}", key=str(n)) for n in "ab"]
    check = watching.check(None)
    recorded = watching.store.record(check, found=found)
    assert [watching.store.page(i).key for i in recorded.found] == ["a", "b"]
    watching.clock.now += HOUR
    again = watching.store.record(watching.check(None), found=found)
    assert again.found == ()


def test_a_page_that_is_only_looked_at_once_is_never_due(watching):
    url = "https://www.example.gov/once"
    watching.store.ensure_page(
        url=url, key="once", kind=WatchKind.ARTICLE, site=None, due=False
    )
    watching.look(story("Once.", url=url), url)
    assert watching.page(url).next_check_at is None


def test_siblings_bear_witness_for_an_hour(watching):
    sibling = watching.watch("https://www.example.gov/sibling")
    watching.look(FIRST)
    evidence = watching.page(sibling.url).host
    assert (evidence.ok_pages, evidence.blocked_pages) == (0, 0)  # an hour ago
    watching.clock.now -= timedelta(minutes=30)
    assert watching.page(sibling.url).host.ok_pages == 1
    watching.refused(Outcome.BLOCKED, State.BLOCKED)
    watching.clock.now -= timedelta(minutes=30)
    evidence = watching.page(sibling.url).host
    assert (evidence.ok_pages, evidence.blocked_pages) == (0, 1)


# What is kept.


def test_bytes_that_differ_on_every_look_keep_the_first_and_the_latest(watching):
    bodies = [html(FIRST) + b"<!-- %d -->" % n for n in range(6)]
    for body in bodies:
        watching.look(FIRST, body=body)
    captures = watching.store.captures(watching.page().id)
    assert [capture.body for capture in captures] == [bodies[0], bodies[-1]]
    assert watching.store.body(sha256(bodies[3])) is None
    assert sql(watching, "SELECT sum(checks) FROM checks_by_day") == [(6,)]
    assert sql(watching, "SELECT count(*) FROM bodies") == [(2,)]


def test_a_block_that_lasts_keeps_its_first_and_latest_answer(watching):
    watching.look(FIRST)
    for _ in range(4):
        watching.refused(Outcome.BLOCKED, State.BLOCKED)
    watching.look(FIRST)
    watching.refused(Outcome.BLOCKED, State.BLOCKED)
    kept = sql(
        watching,
        "SELECT outcome, kept_as FROM captures ORDER BY captured_at",
    )
    assert kept == [
        ("new", "first"),
        ("blocked", "first"),
        ("blocked", "latest"),
        ("unchanged", "latest"),
        ("blocked", "first"),
    ]
    assert len(watching.store.versions(watching.page().id)) == 1


def test_a_hundred_bodies_come_back_through_short_chains(watching):
    stories = [story(f"Edition {n} of the report.") for n in range(100)]
    for article in stories:
        watching.look(article)
    for article in stories:
        assert watching.store.body(sha256(html(article))) == html(article)
    depths = sql(watching, "SELECT max(depth), sum(depth = 0) FROM bodies")
    assert depths == [(19, 5)]
    (stored,) = sql(watching, "SELECT sum(length(content)) FROM body_parts")[0]
    assert stored < sum(len(html(article)) for article in stories) / 50


def test_a_second_page_of_a_host_starts_from_its_dictionary(watching):
    watching.look(FIRST)
    url = "https://www.example.gov/second"
    watching.watch(url)
    watching.look(story("Another story.", url=url), url)
    assert sql(watching, "SELECT depth FROM bodies ORDER BY id") == [(0,), (1,)]
    assert sql(
        watching,
        "SELECT sum(length(content)) < 400 FROM body_parts GROUP BY body_id",
    )[1] == (1,)


def test_a_damaged_body_is_an_error_not_a_wrong_answer(watching):
    watching.look(FIRST)
    watching.store._db.run("UPDATE body_parts SET content = zeroblob(length(content))")
    with pytest.raises(StoreError, match="damaged"):
        watching.store.body(sha256(html(FIRST)))


def test_a_damaged_body_keeps_no_other_from_being_recorded(watching):
    """It is the dictionary of its page's next bodies, and of its host's."""
    watching.look(FIRST)
    watching.store._db.run("UPDATE body_parts SET content = zeroblob(length(content))")
    assert watching.look(SECOND).change is not None
    other = URL + "-too"
    watching.watch(other)
    assert watching.look(FIRST, other, body=html(FIRST) + b"<p>").version is not None
    assert watching.store.body(sha256(html(SECOND))) == html(SECOND)
    faults = watching.store.verify()
    assert {fault.row for fault in faults} == {sha256(html(FIRST))}


# Our upgrades never look like their edits.


def test_a_text_reread_under_newer_rules_is_a_version_without_a_change(watching):
    first = watching.look(FIRST).version
    reread = replace(FIRST, byline="Sgt. Jo Doe")
    recorded = watching.look(
        reread, rules="rules-2", baseline=reread, outcome=Outcome.UNCHANGED
    )
    assert recorded.baseline.origin == "reread"
    assert recorded.baseline.first_seen_at == first.first_seen_at
    assert recorded.change is None
    assert recorded.version is None
    assert watching.page().latest.article == reread
    assert watching.store.changes() == []


def test_a_change_seen_with_newer_rules_starts_from_the_reread_text(watching):
    watching.look(FIRST)
    reread = replace(FIRST, byline="Sgt. Jo Doe")
    now = replace(SECOND, byline="Sgt. Jo Doe")
    recorded = watching.look(now, rules="rules-2", baseline=reread)
    assert recorded.change.old_version == recorded.baseline.id
    assert recorded.change.comparison.fields == {"body"}
    origins = [line.origin for line in watching.store.versions(watching.page().id)]
    assert origins == ["first", "reread", "changed"]


def test_newer_rules_that_read_the_same_store_no_version(watching):
    watching.look(FIRST)
    watching.look(FIRST, rules="rules-2", baseline=FIRST)
    assert watching.page().latest.rules == "rules-2"
    assert len(watching.store.versions(watching.page().id)) == 1


def test_without_a_capture_to_reread_a_new_baseline_claims_no_change(watching):
    watching.look(FIRST)
    watching.look(SECOND, rules="rules-2", comparison=None, outcome=Outcome.CHANGED)
    origins = [line.origin for line in watching.store.versions(watching.page().id)]
    assert origins == ["first", "baseline"]
    assert watching.store.changes() == []


# Out of order.


def test_an_older_capture_goes_between_two_versions_and_rewrites_nothing(watching):
    watching.look(FIRST)
    watching.clock.now += 9 * HOUR
    recorded = watching.look(THIRD)
    before = sql(watching, "SELECT * FROM changes")
    late = watching.look(SECOND, at=NOON + 5 * HOUR, source="warc")
    assert sql(watching, "SELECT * FROM changes WHERE id = 1") == before
    assert late.change.old_version == 1
    assert watching.page().latest.id == recorded.version.id
    lines = watching.store.versions(watching.page().id)
    assert [line.id for line in lines] == [1, 3, 2]
    at = watching.store.version_at
    page_id = watching.page().id
    assert at(page_id, NOON + 4 * HOUR).article == FIRST
    assert at(page_id, NOON + 6 * HOUR).article == SECOND
    assert at(page_id, NOON + 30 * HOUR).article == THIRD
    assert at(page_id, NOON - HOUR) is None


def test_a_capture_from_before_the_first_version_gives_that_one_its_change(watching):
    watching.look(SECOND)
    late = watching.look(FIRST, at=NOON - 9 * HOUR, source="memento")
    assert late.version.origin == "first"
    (change,) = watching.store.changes()
    assert (change.old_version, change.new_version) == (2, 1)
    assert change.new_first_seen_at == NOON
    assert watching.page().latest.article == SECOND


def test_a_text_that_was_away_for_a_while_is_split_in_two_stays(watching):
    for _ in range(5):
        watching.look(FIRST)
    late = watching.look(SECOND, at=NOON + 2 * HOUR, source="warc")
    lines = watching.store.versions(watching.page().id)
    hashes = [line.content_sha256 for line in lines]
    one, two = content_sha256(FIRST), content_sha256(SECOND)
    assert hashes == [one, two, one]
    assert watching.page().latest.article == FIRST
    assert late.version.article == SECOND
    newest, older = watching.store.changes()
    assert (older.old_last_seen_at, older.new_first_seen_at) == (NOON, NOON + 2 * HOUR)
    assert newest.old_last_seen_at == NOON + 2 * HOUR
    assert newest.new_first_seen_at == NOON + 4 * HOUR


def test_an_older_sighting_of_a_known_text_only_widens_its_stay(watching):
    watching.look(FIRST)
    watching.clock.now += 9 * HOUR
    watching.look(SECOND)
    watching.look(FIRST, at=NOON + 3 * HOUR, source="warc")
    watching.look(SECOND, at=NOON + 7 * HOUR, source="warc")
    first, second = watching.store.versions(watching.page().id)
    assert first.last_seen_at == NOON + 3 * HOUR
    assert second.first_seen_at == NOON + 7 * HOUR
    (change,) = watching.store.changes()
    assert change.old_last_seen_at == NOON
    assert change.new_first_seen_at == NOON + 10 * HOUR


def test_an_older_capture_says_nothing_of_how_the_page_stands_now(watching):
    watching.look(FIRST)
    watching.look(
        None, outcome=Outcome.REMOVED, state=PageState(state=State.REMOVED), events=()
    )
    before = watching.page()
    watching.look(FIRST, at=NOON - HOUR, source="warc")
    after = watching.page()
    assert after.state == before.state
    assert after.next_check_at == before.next_check_at


def test_a_clock_set_back_does_not_send_new_texts_into_the_past(watching):
    watching.look(FIRST)
    watching.clock.now = NOON - 9 * HOUR
    told = {"comparison": compare(FIRST, SECOND), "outcome": Outcome.CHANGED}
    change = watching.look(SECOND, **told).change
    assert (change.old_last_seen_at, change.new_first_seen_at) == (NOON, NOON)
    assert watching.page().latest.article == SECOND
    again = watching.look(SECOND, comparison=None, outcome=Outcome.UNCHANGED)
    assert again.version is None


# Reading.


def test_phrases_are_dated_though_only_half_of_one_was_deleted(watching):
    watching.look(FIRST)
    watching.look(SECOND)  # edits another part of the same paragraph
    watching.look(story("The garrison opened a bridge on Thursday.", "It runs clean."))
    (stay,) = watching.store.phrase("clean energy")
    assert (stay.appeared_at, stay.gone_at) == (NOON, NOON + 2 * HOUR)
    assert stay.url == URL
    assert watching.store.phrase("bridge on Thursday")[0].gone_at is None
    assert watching.store.phrase("Thursday bridge") == []


def test_a_phrase_that_comes_back_has_two_stays(watching):
    for article in (FIRST, THIRD, FIRST):
        watching.look(article)
    stays = watching.store.phrase("clean energy")
    assert [(s.appeared_at, s.gone_at) for s in stays] == [
        (NOON, NOON + HOUR),
        (NOON + 2 * HOUR, None),
    ]


def test_headlines_and_captions_are_searched_too(watching):
    watching.look(story("Text.", title="Dam holds", images=(Image(caption="A weir"),)))
    assert watching.store.phrase("dam holds")
    assert watching.store.phrase("a weir")


@pytest.mark.parametrize("words", ['a "b', "NEAR(", "text:*", "'; DROP", "^x", "", '"'])
def test_nothing_in_a_search_is_an_operator(watching, words):
    watching.look(FIRST)
    assert watching.store.phrase(words) == []
    assert watching.store.search(words) == []


def test_a_search_finds_all_words_in_any_order(watching):
    watching.look(FIRST)
    (hit,) = watching.store.search("energy contract")
    assert "[contract]" in hit.excerpt
    assert "[energy]" in hit.excerpt


def test_changes_are_chosen_by_time_site_page_silence_and_weight(watching):
    watching.look(FIRST)
    old = watching.look(SECOND).change
    new = watching.look(THIRD).change
    ask = watching.store.changes
    assert ask() == [new, old]
    assert ask(limit=1) == [new]
    assert ask(since=new.new_first_seen_at) == [new]
    assert ask(until=new.new_first_seen_at) == [old]
    assert ask(site="example") == [new, old]
    assert ask(site="other") == []
    assert ask(page_id=watching.page().id + 1) == []
    assert ask(min_significance=1.1) == []
    silent = [change for change in (new, old) if change.comparison.silent]
    assert ask(silent_only=True) == silent


def test_gaps_tell_when_nobody_could_see_the_page(watching):
    watching.look(FIRST)
    watching.refused(Outcome.BLOCKED, State.BLOCKED)
    (open_gap,) = watching.store.gaps()
    assert (open_gap.seen_until, open_gap.seen_again_at) == (NOON, None)
    watching.look(FIRST)
    (gap,) = watching.store.gaps(site="example")
    assert (gap.seen_until, gap.seen_again_at) == (NOON, NOON + 2 * HOUR)
    watching.look(FIRST)
    assert len(watching.store.gaps()) == 1


def test_a_program_that_stood_still_leaves_a_gap(watching):
    watching.look(FIRST)
    watching.clock.now += timedelta(days=2)
    watching.look(FIRST)
    (gap,) = watching.store.gaps()
    assert gap.seen_again_at - gap.seen_until == timedelta(days=2, hours=1)


def test_status_counts_what_is_there(watching):
    watching.look(FIRST)
    watching.look(SECOND)
    status = watching.store.status()
    assert status.pages == {"ok": 1}
    assert (status.watches, status.versions, status.changes) == (1, 2, 1)
    assert status.checks_today == {"new": 1, "changed": 1}
    assert status.overdue == 1
    assert status.raw_bytes > 20 * status.body_bytes > 0
    assert status.ledger_rows == 2


def test_recent_changes_reads_like_a_report(watching):
    watching.look(FIRST)
    change = watching.look(SECOND).change
    (row,) = sql(watching, "SELECT * FROM recent_changes")
    assert row[:5] == (
        "2026-11-23T13:00:00Z",
        "2026-11-23T12:00:00Z",
        "example",
        "Bridge opens",
        change.comparison.summary,
    )
    assert row[-2:] == (URL, change.ref)


def test_a_second_check_of_one_moment_moves_nothing_and_is_counted(watching):
    watching.look(FIRST)
    for _ in range(2):
        watching.store.record(watching.check(None, capture=None))
    assert sql(watching, "SELECT checks FROM pages") == [(3,)]
