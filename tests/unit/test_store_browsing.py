import io
import re
import sqlite3
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from scraper.model import Event, Image, WatchKind
from scraper.store import Store, Wanted
from tests.recorded import HOUR, NOON, URL, desk, story

OTHER = "https://www.example.gov/releases/levee"


@pytest.fixture
def written(tmp_path):
    """Two pages: one published, edited silently and noted; one published and gone."""
    made = desk(tmp_path)
    made.watch(OTHER, site="other")
    first = story("The bridge was built for $175 million.", "It opened in May.")
    made.look(first)
    made.look(story("The bridge was built for $157 million.", "It opened in May."))
    made.look(story("The levee holds.", url=OTHER), OTHER)
    made.look(None)
    gone = Event(
        kind="removed",
        first_seen_at=made.clock.now,
        last_seen_at=made.clock.now,
        summary="It is gone.",
    )
    made.store.add_event(gone, site=None, page_id=made.page(OTHER).id)
    yield made
    made.store.close()


def kinds(made, **wanted) -> list[str]:
    return [line.kind for line in made.store.browsing.timeline(Wanted(**wanted))]


def test_the_timeline_is_newest_first_with_what_each_event_is_about(written):
    lines = written.store.browsing.timeline(Wanted())
    assert [line.kind for line in lines] == [
        "removed",
        "published",
        "edited",
        "published",
    ]
    edited = lines[2]
    change = written.store.change(edited.ref)
    assert edited.significance == change.comparison.significance
    assert (edited.title, edited.site, edited.url) == ("Bridge opens", "example", URL)
    assert lines[0].ref is None


def test_a_page_that_went_is_told_once_from_the_first_time_it_was_missing(written):
    page = written.page()
    written.clock.now += HOUR
    missed = written.clock.now
    missing = Event(
        kind="missing",
        first_seen_at=missed,
        last_seen_at=missed,
        summary="Missing: not found (HTTP 404).",
    )
    written.store.add_event(missing, site=None, page_id=page.id)
    assert kinds(written, page_id=page.id)[0] == "missing"
    again = replace(missing, kind="removed", last_seen_at=missed + HOUR)
    written.store.add_event(again, site=None, page_id=page.id)
    assert kinds(written, page_id=page.id)[:2] == ["removed", "edited"]
    assert kinds(written)[0] == "removed"
    assert kinds(written, kind="missing") == ["missing"]
    assert "missing" in [event.kind for event in written.store.events(page_id=page.id)]


def test_an_edit_says_since_when_it_can_have_been_made(written):
    (line,) = written.store.browsing.timeline(Wanted(kind="edited"))
    change = written.store.change(line.ref)
    assert line.old_last_seen_at == change.old_last_seen_at < line.at
    (gone,) = written.store.browsing.timeline(Wanted(kind="removed"))
    assert gone.old_last_seen_at is None


def test_the_timeline_goes_on_where_a_page_of_it_ended(written):
    seen = []
    wanted = Wanted()
    while lines := written.store.browsing.timeline(wanted, limit=1):
        seen += lines
        wanted = Wanted(before=(lines[-1].at, lines[-1].id))
    assert [line.id for line in seen] == [
        line.id for line in written.store.browsing.timeline(Wanted())
    ]


def test_each_filter_of_the_timeline_holds(written):
    assert kinds(written, site="other") == ["removed", "published"]
    assert kinds(written, kind="edited") == ["edited"]
    assert kinds(written, silent=True) == ["edited"]
    assert kinds(written, min_significance=0.1) == ["edited"]
    assert kinds(written, min_significance=1.0) == []
    assert kinds(written, site="nowhere") == []


def test_words_find_the_events_whose_passages_hold_them(written):
    assert kinds(written, words="175") == ["edited", "published"]
    assert kinds(written, words="157") == ["edited"]
    assert kinds(written, words="opened may") == ["published"]
    assert kinds(written, words="levee holds") == ["removed", "published"]
    assert kinds(written, words='"levee" OR ( *') == []


def test_the_same_words_swapped_on_many_pages_are_one_event_that_names_them(tmp_path):
    made = desk(tmp_path)
    urls = [f"https://www.example.gov/releases/{n}" for n in range(6)]
    text = "The office on page {} is led by {} and opens on Monday at nine."
    for number, url in enumerate(urls):
        made.watch(url)
        made.look(story(text.format(number, "Jane Roe"), url=url), url)
    for number, url in enumerate(urls):
        made.look(story(text.format(number, "John Poe"), url=url), url)
    together = made.store.browsing.timeline(Wanted(together=True))
    mass, *rest = together
    assert mass.kind == "mass_edit"
    assert mass.pages == 6
    assert mass.page_id is None
    assert {line.kind for line in rest} == {"published"}
    assert len(kinds(made)) == 13
    browsing = made.store.browsing
    members = browsing.members(mass.id, limit=9)
    assert {member.url for member in members} == set(urls)
    change = made.store.change(members[0].ref)
    assert browsing.groups_of(change.id) == [mass] == [browsing.event(mass.id)]
    assert browsing.members(mass.id, limit=2) == members[:2]
    assert browsing.members(mass.id, limit=9, after=members[1].page_id) == members[2:]
    assert browsing.members(rest[0].id, limit=9) == []


def test_a_page_keeps_to_its_own_events_whatever_the_rest_did(written):
    assert kinds(written, page_id=written.page(OTHER).id) == ["removed", "published"]


def test_a_site_has_the_events_of_its_pages_and_its_own(written):
    at = written.clock.now
    for site in ("other", "elsewhere"):
        event = Event(
            kind="robots_changed", first_seen_at=at, last_seen_at=at, summary="Closed."
        )
        written.store.add_event(event, site=site)
    assert kinds(written, site="other") == ["robots_changed", "removed", "published"]
    assert kinds(written, site="elsewhere") == ["robots_changed"]


def test_the_history_of_a_page_is_newest_first_and_goes_on(written):
    page_id = written.page().id
    browsing = written.store.browsing
    newest, first = browsing.history(page_id, limit=9)
    (change,) = written.store.changes()
    assert (newest.number, newest.change_ref) == (2, change.ref)
    assert newest.summary == change.comparison.summary
    assert (first.number, first.origin, first.summary) == (1, "first", None)
    assert browsing.history(page_id, limit=1) == [newest]
    assert browsing.history(page_id, limit=9, before=2) == [first]
    assert browsing.history(page_id, limit=9, before=7) == []
    assert browsing.count_versions(page_id) == 2
    assert browsing.numbered(page_id, 2) == change.new_version
    assert browsing.numbered(page_id, 3) is None


def test_sites_are_named_once(written):
    assert written.store.browsing.sites() == ["example", "other"]


def test_proof_has_the_responses_around_a_change_and_its_row_of_the_ledger(written):
    (change,) = written.store.changes()
    proof = written.store.browsing.proof(change)
    assert proof.before.captured_at == NOON
    assert proof.after.captured_at == NOON + HOUR
    assert proof.before.hops == ((URL, 200),)
    assert proof.before.body_sha256 != proof.after.body_sha256
    assert change.ref in proof.citation
    status = written.store.status()
    assert proof.ledger_number <= status.ledger_rows


def test_looks_are_told_by_day(written):
    page = written.page()
    (day,) = written.store.browsing.looks(page.id, days=9)
    assert (day.day, dict(day.outcomes)) == (
        "2026-11-23",
        {"changed": 1, "new": 1, "unchanged": 1},
    )


def test_addresses_of_a_page_come_in_the_order_of_time(written):
    assert [a.url for a in written.store.browsing.addresses(written.page().id)] == [URL]


def test_hosts_in_trouble_come_first(written):
    hosts = [f"https://{name}.example.gov/releases/1" for name in ("aaa", "zzz")]
    for url in hosts:
        written.watch(url)
        written.look(story("It is here.", url=url), url)
    written.store._db.run("UPDATE pages SET state = 'failing' WHERE url = ?", hosts[1:])
    names = [
        s.host for s in written.store.browsing.sources(since=NOON - timedelta(days=7))
    ]
    assert names[0] == "zzz.example.gov"
    assert names[1:] == ["aaa.example.gov", "www.example.gov"]
    first = written.store.browsing.sources(since=NOON)[-1]
    assert (first.pages, first.checks, first.checked_pages) == (2, 4, 2)
    # Watched for two and a half days, of the seven that were asked for.
    midnight = NOON - timedelta(hours=12)
    assert first.checks_a_day(midnight + timedelta(days=2.5)) == 4 / 2 / 2.5
    assert first.checks_a_day(NOON) == 4 / 2


def test_few_pages_of_a_phrase_come_with_all_their_stays(written):
    every = written.store.phrase("bridge was built")
    assert written.store.phrase("bridge was built", most_pages=1) == every
    assert len(written.store.phrase("the", most_pages=1)) < len(
        written.store.phrase("the")
    )


SMALL = {
    "chosen",
    "days",
    "f",
    "found",
    "gaps",
    "h",
    "hosts",
    "main",
    "named",
    "noise_patterns",
    "t",
    "touched",
}
"""One row a host, what was chosen by an index before, and the search's own settings."""

WALKED = ("events_by_time", ":M1")
"""Events from the newest on, until there are enough; words by their own index."""

WAYS = {
    "page_id": (None, 1),
    "site": (None, "example"),
    "kind": (None, "edited"),
    "together": (False, True),
    "silent": (False, True),
    "min_significance": (0.0, 0.2),
    "words": ("", "bridge"),
    "before": (None, (NOON + 2 * HOUR, 9)),
}


def test_no_page_of_the_web_reads_a_whole_table(written):
    said: list[str] = []
    path = written.store._db.path
    (change,) = written.store.changes()
    page = written.page()
    with Store.open(path, mode="read", clock=written.clock) as store:
        store._db._connection.set_trace_callback(said.append)
        browsing = store.browsing
        for values in product(*WAYS.values()):
            browsing.timeline(Wanted(**dict(zip(WAYS, values, strict=True))))
        browsing.event(1)
        browsing.groups_of(change.id)
        browsing.members(1, limit=9, after=1)
        browsing.history(page.id, limit=9)
        browsing.history(page.id, limit=9, before=2)
        browsing.numbered(page.id, 1)
        browsing.count_versions(page.id)
        browsing.sites()
        browsing.proof(change)
        browsing.addresses(page.id)
        browsing.looks(page.id, days=9)
        browsing.sources(since=NOON)
        store.page(page.id)
        store.version(change.new_version)
        store.version_at(page.id, NOON)
        store.change(change.ref)
        store.evidence(change, io.BytesIO(), comparison_page="")
        store.gaps(page_id=page.id)
        store.phrase("bridge", most_pages=5)
        store.known_noise()
    scanned = {
        (found[0], statement)
        for statement in set(said)
        if statement.lstrip().upper().startswith(("SELECT", "WITH"))
        for found in re.finditer(r"^SCAN (\w+).*", plan(path, statement), re.MULTILINE)
        if found[1] not in SMALL and not found[0].endswith(WALKED)
    }
    assert not {s for s, _ in scanned}, scanned


def plan(path, statement: str) -> str:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        rows = connection.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
    connection.close()
    return "\n".join(row[3] for row in rows)


def test_the_plan_of_a_whole_table_is_seen(written):
    assert plan(written.store._db.path, "SELECT summary FROM events") == "SCAN events"


def test_pictures_keep_their_words_in_the_record(written):
    picture = Image(src=f"{URL}.jpg", caption="The bridge in May.")
    written.look(story("The bridge stands.", images=(picture,)))
    assert kinds(written, words="bridge in may") == ["edited"]


def test_a_watch_of_another_kind_is_on_the_timeline_by_its_page(written):
    url = "https://www.example.gov/releases/"
    written.store.add_watch(url=url, kind=WatchKind.LISTING, site="example", key=url)
    written.look(story("All releases.", url=url), url)
    assert written.store.browsing.timeline(Wanted(), limit=1)[0].url == url
