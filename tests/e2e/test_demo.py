"""The demonstration: what each round must find, and what none may claim."""

import hashlib
import io
import json
import re
import sqlite3
import subprocess
import time
import zipfile
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import pairwise

import pytest
from click.testing import CliRunner

from scraper.cli import main
from scraper.demo import play
from scraper.model import Outcome
from scraper.store import Store
from tests.newsrooms import Clock

LIST = "News"
GRANTS = "schools-to-receive-grants-for-language-study"
EXERCISE = "end-of-operations-in-north-sea-exercise"
MOVED = "north-sea-exercise-ends"
BRIDGE = "engineers-open-new-span-at-fort-placeholder"
SURVEY = "survey-of-harbor-floor-begins"
HOSPITAL = "hospital-ship-to-call-at-six-ports"
SEEN = {Outcome.UNCHANGED}
NOW = datetime(2028, 3, 1, 9, 30, tzinfo=UTC)

# What the rounds find beside pages that are as they were.
FOUND = {
    1: [(GRANTS, "new"), (EXERCISE, "new"), (BRIDGE, "new"), (SURVEY, "new")],
    2: [(BRIDGE, "changed")],
    3: [(EXERCISE, "changed")],
    4: [],
    5: [(BRIDGE, "blocked")],
    6: [(LIST, "failed")],
    7: [],
    8: [(GRANTS, "missing"), (GRANTS, "missing"), (GRANTS, "removed")],
    9: [(GRANTS, "restored")],
    10: [(EXERCISE, "moved")],
    11: [(BRIDGE, "withdrawn"), (BRIDGE, "withdrawn")],
    12: [(BRIDGE, "withdrawn"), (HOSPITAL, "new")],
    13: [(BRIDGE, "withdrawn")],
    14: [
        (GRANTS, "changed"),
        (MOVED, "changed"),
        (BRIDGE, "withdrawn"),
        (SURVEY, "changed"),
        (HOSPITAL, "changed"),
    ],
}
TOLD = {
    LIST: ["failing", "recovered"],
    GRANTS: ["delisted", "missing", "removed", "restored", "edited"],
    MOVED: ["edited", "moved", "edited"],
    BRIDGE: ["edited", "blocked", "recovered", "withdrawn"],
    SURVEY: ["edited"],
    HOSPITAL: ["published", "edited"],
}


def name(page):
    return page.url.rstrip("/").rpartition("/")[2]


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """Return the database, the rounds and how long they took."""
    database = tmp_path_factory.mktemp("demo") / "demo.db"
    began = time.monotonic()
    rounds = list(play(database, now=NOW))
    return database, rounds, time.monotonic() - began


def test_each_round_finds_what_happened_and_nothing_else(played):
    _, rounds, _ = played
    found = {
        one.number: [
            (name(check.page), str(check.outcome))
            for check, _ in one.checks
            if check.outcome not in SEEN
        ]
        for one in rounds
    }
    assert found == FOUND


def test_only_edits_are_changes(played):
    database, rounds, _ = played
    by_round = {
        one.number: [recorded.change for _, recorded in one.checks if recorded.change]
        for one in rounds
    }
    assert {number for number, changes in by_round.items() if changes} == {2, 3, 9, 14}
    told = [by_round[number][0].comparison.summary for number in (2, 3, 9)]
    assert "$175 million became $157 million" in told[0]
    assert "End of Major Operations" in told[1]
    assert "$6.4 million became $8.1 million" in told[2]
    connection = sqlite3.connect(database)
    assert connection.execute("SELECT count(*) FROM changes").fetchone() == (7,)
    connection.close()


def test_a_footer_is_one_template_change_and_a_swapped_phrase_one_mass_edit(played):
    database, _, _ = played
    with Store.open(database, mode="read", clock=Clock()) as store:
        told = [(group.event.kind, group.event.summary) for group in store.groups()]
    kinds = [kind for kind, _ in told]
    assert kinds == ["mass_edit", "template_changed", "template_changed"]
    (_, swap), (_, footer), (_, banner) = told
    assert swap == "4 pages: \u201cclean energy\u201d became \u201cenergy\u201d"
    assert footer == (
        "Around the articles of 4 pages: \u201cA government newsroom that changes its"
        " mind.\u201d became \u201cDepartment of Examples. All minds made up.\u201d"
    )
    assert "Here's how you know" in banner


def test_the_ticking_counter_is_learned_and_never_told(played):
    database, _, _ = played
    with Store.open(database, mode="read", clock=Clock()) as store:
        (known,) = store.known_noise()
        changes = store.changes()
    assert known.pattern.shape == "Currently # readers follow this story."
    assert not any(
        "readers" in (e.after or "") for c in changes for e in c.comparison.edits
    )


def test_the_record_tells_each_pages_life_and_no_more(played):
    database, _, _ = played
    with Store.open(database, mode="read", clock=Clock()) as store:
        told = {
            name(page): sorted(event.kind for event in store.events(page_id=page.id))
            for page in store.pages()
        }
    assert told == {page: sorted(kinds) for page, kinds in TOLD.items()}


def test_an_exported_change_names_the_address_that_it_is_cited_by(played):
    database, _, _ = played
    with Store.open(database, mode="read", clock=Clock()) as store:
        cited = {change.ref: change.page_url for change in store.changes()}
        titles = {change.ref: change.title for change in store.changes()}
        for what in ("changes", "edits"):
            stream = io.StringIO()
            store.export(what, stream)
            exported = [json.loads(line) for line in stream.getvalue().splitlines()]
            assert {row["ref"]: row["page_url"] for row in exported} == cited
            if what == "changes":
                assert {row["ref"]: row["title"] for row in exported} == titles
    assert len({url for url in cited.values() if "/4100102/" in url}) == 2


def test_evidence_of_each_change_holds_by_its_own_instructions(played, tmp_path):
    database, _, _ = played
    with Store.open(database, mode="read", clock=Clock()) as store:
        for change in store.changes():
            stream = io.BytesIO()
            store.evidence(change, stream)
            zipfile.ZipFile(stream).extractall(tmp_path)
            _follow_instructions(tmp_path / f"govwatch-{change.ref}")


def _follow_instructions(folder):
    readme = (folder / "README.txt").read_text("utf-8")
    steps = re.findall(r"^  \d\. (.*sha256sum.*)$", readme, re.MULTILINE)
    assert len(steps) == 3
    subprocess.run(["/bin/sh", "-ec", "\n".join(steps)], cwd=folder, check=True)  # noqa: S603 - ours
    rows = [path.read_text() for path in sorted((folder / "ledger").glob("*.txt"))]
    for former, row in pairwise(rows):
        assert row.startswith(hashlib.sha256(former.encode()).hexdigest())
    assert hashlib.sha256(rows[-1].encode()).hexdigest() in readme
    sealed = (folder / "sealed" / "SHA256SUMS").read_text().splitlines()
    for line in sealed:
        # A text that was read again rests on a response of long before.
        assert any(line.partition(" ")[0] in row for row in rows), line
    for side in ("before", "after"):
        body = hashlib.sha256((folder / side / "body").read_bytes()).hexdigest()
        documents = [path.read_text() for path in (folder / "sealed").glob("*.json")]
        assert any(f'"body_sha256":"{body}"' in document for document in documents)


def test_in_the_maintenance_hour_nothing_but_its_first_page_is_asked_for(played):
    _, rounds, _ = played
    closed = rounds[5]
    assert len(closed.checks) == 1
    assert len(closed.resting) == 4


def test_the_new_story_is_found_by_itself_and_is_the_only_one_published(played):
    _, rounds, _ = played
    found = {one.number: [r.found for _, r in one.checks if r.found] for one in rounds}
    assert {number: len(pages) for number, pages in found.items() if pages} == {
        1: 1,
        12: 1,
    }
    assert [len(pages) for pages in (found[1][0], found[12][0])] == [4, 1]


def test_a_page_that_moved_is_one_page_with_two_addresses(played):
    database, _, _ = played
    connection = sqlite3.connect(database)
    addresses = connection.execute(
        "SELECT count(*) FROM page_urls u JOIN pages p ON p.id = u.page_id"
        " WHERE p.url LIKE '%/north-sea-exercise-ends/'"
    ).fetchone()
    connection.close()
    assert addresses == (2,)


def test_it_ends_just_before_it_is_seen(played):
    database, rounds, _ = played
    assert timedelta() < NOW - rounds[-1].at < timedelta(hours=3)
    with Store.open(database, mode="read", clock=Clock()) as store:
        seen = [change.new_first_seen_at for change in store.changes()]
        skews = store.upkeep.clock_skews()
    assert NOW - timedelta(days=7) < min(seen) < max(seen) < NOW
    # The newsroom's own clock goes with ours, or `doctor` would find ours wrong.
    assert {parsedate_to_datetime(theirs).year for theirs, _ in skews} == {NOW.year}


def test_it_takes_less_than_twenty_seconds(played):
    _, _, took_s = played
    assert took_s < 20


def test_the_command_tells_it_and_clears_only_its_own_database(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(main, ["demo", "--into", "d.db"])
    assert told.exit_code == 0, told.output
    assert "12. A new story; nobody tells Govwatch of it" in told.stdout
    assert "names 1 story not known before" in told.stdout
    assert "a page\n" not in told.stdout
    connection = sqlite3.connect("d.db")
    connection.execute("UPDATE pages SET url = 'https://www.example.gov/' WHERE id = 1")
    connection.commit()
    connection.close()
    refused = CliRunner().invoke(main, ["demo", "--into", "d.db"])
    assert refused.exit_code == 3
    assert "real pages" in refused.stderr
