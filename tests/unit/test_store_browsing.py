import re
import sqlite3
from dataclasses import replace
from datetime import timedelta

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
    return [line.kind for line in made.store.timeline(Wanted(**wanted))]


def test_the_timeline_is_newest_first_with_what_each_event_is_about(written):
    lines = written.store.timeline(Wanted())
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


def test_the_timeline_goes_on_where_a_page_of_it_ended(written):
    seen = []
    wanted = Wanted()
    while lines := written.store.timeline(wanted, limit=1):
        seen += lines
        wanted = Wanted(before=(lines[-1].at, lines[-1].id))
    assert [line.id for line in seen] == [
        line.id for line in written.store.timeline(Wanted())
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
    together = made.store.timeline(Wanted(together=True))
    mass, *rest = together
    assert mass.kind == "mass_edit"
    assert mass.pages == 6
    assert mass.page_id is None
    assert {line.kind for line in rest} == {"published"}
    assert len(kinds(made)) == 13
    group = made.store.group(mass.id)
    assert {member.page_url for member in group.members} == set(urls)
    assert made.store.group(rest[0].id) is None


def test_sites_are_named_once(written):
    assert written.store.sites() == ["example", "other"]


def test_proof_has_the_responses_around_a_change_and_its_row_of_the_ledger(written):
    (change,) = written.store.changes()
    proof = written.store.proof(change)
    assert proof.before.captured_at == NOON
    assert proof.after.captured_at == NOON + HOUR
    assert proof.before.hops == ((URL, 200),)
    assert proof.before.body_sha256 != proof.after.body_sha256
    assert change.ref in proof.citation
    status = written.store.status()
    assert proof.ledger_number <= status.ledger_rows


def test_looks_are_told_by_day(written):
    page = written.page()
    (day,) = written.store.looks(page.id)
    assert (day.day, dict(day.outcomes)) == (
        "2026-11-23",
        {"changed": 1, "new": 1, "unchanged": 1},
    )


def test_addresses_of_a_page_come_in_the_order_of_time(written):
    assert [a.url for a in written.store.addresses(written.page().id)] == [URL]


def test_hosts_in_trouble_come_first(written):
    hosts = [f"https://{name}.example.gov/releases/1" for name in ("aaa", "zzz")]
    for url in hosts:
        written.watch(url)
        written.look(story("It is here.", url=url), url)
    written.store._db.run("UPDATE pages SET state = 'failing' WHERE url = ?", hosts[1:])
    names = [s.host for s in written.store.sources(since=NOON - timedelta(days=7))]
    assert names[0] == "zzz.example.gov"
    assert names[1:] == ["aaa.example.gov", "www.example.gov"]
    first = written.store.sources(since=NOON)[-1]
    assert (first.pages, first.checks, first.checked_pages) == (2, 4, 2)


def test_few_pages_of_a_phrase_come_with_all_their_stays(written):
    every = written.store.phrase("bridge was built")
    assert written.store.phrase("bridge was built", most_pages=1) == every
    assert len(written.store.phrase("the", most_pages=1)) < len(
        written.store.phrase("the")
    )


SMALL = {
    "days",
    "gaps",
    "hosts",
    "h",
    "found",
    "touched",
    "named",
    "t",
    "f",
    "wanted",
    "noise_patterns",
}
"""Tables of one row a host, and what was chosen by an index before."""


def test_no_page_of_the_web_reads_a_whole_table(written, tmp_path):
    said: list[str] = []
    path = written.store._db.path
    with Store.open(path, mode="read", clock=written.clock) as store:
        store._db._connection.set_trace_callback(said.append)
        (change,) = store.changes()
        page = written.page()
        everything = Wanted(
            site="example",
            kind="edited",
            silent=True,
            min_significance=0.2,
            words="bridge",
            before=(written.clock.now, 9),
        )
        for wanted in (
            Wanted(),
            Wanted(together=True),
            everything,
            replace(everything, words=""),
        ):
            store.timeline(wanted)
        store.sites()
        store.proof(change)
        store.page(page.id)
        store.versions(page.id)
        store.version_at(page.id, NOON)
        store.events(page_id=page.id)
        store.changes(page_id=page.id)
        store.addresses(page.id)
        store.looks(page.id)
        store.gaps(page_id=page.id)
        store.phrase("bridge", most_pages=5)
        store.sources(since=NOON)
        store.known_noise()
    scanned = {
        (found[1], statement)
        for statement in said
        if statement.lstrip().upper().startswith(("SELECT", "WITH"))
        for found in re.finditer(r"^SCAN (\w+)$", plan(path, statement), re.MULTILINE)
        if found[1] not in SMALL
    }
    assert not scanned


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
    assert written.store.timeline(Wanted(), limit=1)[0].url == url
