"""Backups, migrations and exports."""

import csv
import io
import json
import os
import sqlite3
import threading
from datetime import timedelta

import pytest

from scraper.errors import StoreError
from scraper.model import Image, sha256
from scraper.store import Store, articles, care, ledger
from scraper.store.database import wal_bytes
from scraper.store.export import EXPORTED
from tests.recorded import HOUR, NOON, URL, Clock, desk, html, story

CAPTIONS = "SELECT image_title FROM image_captions"


@pytest.fixture
def busy(tmp_path):
    made = desk(tmp_path)
    with made.store:
        for n in range(6):
            made.look(story("Never changes.", f"=Edition {n}", title="=HYPERLINK(0)"))
        yield made


def test_a_backup_is_whole_private_and_the_newest_are_kept(busy, tmp_path):
    folder = tmp_path / "backups"
    copies = []
    for _ in range(4):
        copies.append(busy.store.backup(folder, keep=2))
        busy.clock.now += HOUR
    assert sorted(folder.iterdir()) == copies[2:]
    assert copies[-1].stat().st_mode & 0o777 == 0o600
    with Store.open(copies[-1], mode="write", clock=Clock()) as copy:
        assert copy.verify() == []
        assert copy.changes() == busy.store.changes()


def test_what_a_killed_backup_left_is_cleared_away(busy, tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    left = folder / "govwatch-20261101T000000Z.part"
    under_way = folder / "govwatch-20261102T000000Z.part"
    for part, age in ((left, 48 * HOUR), (under_way, HOUR)):
        part.write_bytes(b"half a copy")
        at = (busy.clock.now - age).timestamp()
        os.utime(part, (at, at))
    copy = busy.store.backup(folder)
    assert sorted(folder.iterdir()) == sorted([copy, under_way])


def test_a_copy_that_does_not_succeed_leaves_nothing(busy, tmp_path, monkeypatch):
    folder = tmp_path / "backups"
    monkeypatch.setattr(care, "_fault", lambda part: "page 7 is never used")
    with pytest.raises(StoreError, match="page 7 is never used"):
        busy.store.backup(folder)
    assert list(folder.iterdir()) == []


def test_the_copies_of_another_database_are_not_ours_to_drop(busy, tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    other = folder / "govwatch-lab-20260101T000000Z.db"
    other.write_bytes(b"")
    copy = busy.store.backup(folder, keep=1)
    assert sorted(folder.iterdir()) == sorted([copy, other])


def test_an_older_database_is_migrated_after_a_backup(busy, tmp_path):
    path = tmp_path / "govwatch.db"
    busy.store.close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 0")
    connection.close()
    folder = tmp_path / "backups"
    copy = Store.migrate(path, backups=folder, clock=busy.clock)
    assert [*folder.iterdir()] == [copy]
    assert Store.migrate(path, backups=folder, clock=busy.clock) is None
    with Store.open(path, mode="write", clock=Clock()) as store:
        assert store.verify() == []


SHAPE = (
    "SELECT m.type, m.name, iif(m.type = 'table', c.name, m.sql) FROM sqlite_master m"
    " LEFT JOIN pragma_table_info(m.name) c ON m.type = 'table' ORDER BY 1, 2, 3"
)
"""What there is, whatever the order of columns."""


def test_a_database_of_schema_1_is_migrated_and_its_record_stays_true(
    tmp_path, monkeypatch
):
    titled = {"images": (Image(src="https://x.gov/a.jpg", title="Pier Opens"),)}
    made = desk(tmp_path)
    with made.store, monkeypatch.context() as then:
        # Titles of pictures were not searched, and metadata dates not kept.
        then.setattr(articles, "searched", lambda told: [("title", told.title)])
        made.look(story("The pier opened.", **titled))
    path = tmp_path / "govwatch.db"
    connection = sqlite3.connect(path)
    new = connection.execute(SHAPE).fetchall()
    for name, added in (
        ("image_captions", "i.title AS image_title,"),
        ("recent_changes", "c.old_last_seen_at AS not_before, "),
    ):
        view = "SELECT sql FROM sqlite_master WHERE name = ?"
        (now,) = connection.execute(view, (name,)).fetchone()
        assert added in now
        connection.execute(f"DROP VIEW {name}")
        connection.execute(now.replace(added, ""))
    connection.execute("ALTER TABLE versions DROP COLUMN metadata_updated")
    connection.execute("DELETE FROM _sqlite_migrations WHERE name LIKE 'm002%'")
    connection.execute("PRAGMA user_version = 1")
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match="govwatch migrate"):
        Store.open(path, mode="write", clock=Clock())
    Store.migrate(path, backups=tmp_path / "backups", clock=Clock())
    connection = sqlite3.connect(path)
    assert connection.execute(SHAPE).fetchall() == new
    connection.close()
    with Store.open(path, mode="write", clock=made.clock) as store:
        assert store.verify() == []
        made.store = store
        later = story("The pier shut.", metadata_updated="2026-11-23", **titled)
        assert made.look(later).change is not None
        assert made.page().latest.article == later
        first, second = (ledger.document(store._db, "versions", n) for n in (1, 2))
        # What was sealed then had no such key, and its hash must come out the same.
        assert "metadata_updated" not in first
        assert '"metadata_updated":"2026-11-23"' in second
        assert [row["image_title"] for row in store._db.rows(CAPTIONS)] == [
            "Pier Opens",
            "Pier Opens",
        ]
        assert store.verify() == []


def test_a_checkpoint_empties_the_log_unless_somebody_reads(busy, tmp_path):
    assert busy.store.status().wal_bytes > 0
    assert busy.store.checkpoint() == 0


def test_readers_see_whole_states_while_a_writer_records(busy, tmp_path):
    torn = []

    def read():
        path = tmp_path / "govwatch.db"
        with Store.open(path, mode="read", clock=Clock()) as reader:
            for _ in range(30):
                lines = reader.versions(busy.page().id)
                changed = [line for line in lines if line.origin == "changed"]
                torn.extend(line for line in changed if line.change_ref is None)

    thread = threading.Thread(target=read)
    thread.start()
    for n in range(10, 30):
        busy.look(story("Never changes.", f"Edition {n}"))
    thread.join()
    assert torn == []


@pytest.mark.parametrize("what", EXPORTED)
def test_json_lines_and_csv_tell_the_same_rows(busy, what):
    told = []
    lines, table = io.StringIO(), io.StringIO()
    count = busy.store.export(
        what, lines, progress=lambda done, total: told.append((done, total))
    )
    assert count == busy.store.export(what, table, as_csv=True)
    rows = [json.loads(line) for line in lines.getvalue().splitlines()]
    cells = [*csv.DictReader(io.StringIO(table.getvalue()))]
    assert len(rows) == len(cells) == count > 0
    assert [*rows[0]] == [*cells[0]]
    assert {row.get("url", row.get("page_url")) for row in rows} == {URL}
    done, total = told[-1]
    assert done == total


def test_no_cell_of_a_csv_is_a_formula(busy):
    told = io.StringIO()
    for what in EXPORTED:
        busy.store.export(what, told, as_csv=True)
    cells = [cell for row in csv.reader(io.StringIO(told.getvalue())) for cell in row]
    assert "'=HYPERLINK(0)" in cells
    assert [cell for cell in cells if cell.startswith(("=", "+", "@"))] == []


def test_an_export_larger_than_one_reading_is_complete(busy):
    busy.store._db.run(
        "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n LIMIT 1200)"
        " INSERT INTO pages (key, url, host, kind, added_at, found_as)"
        " SELECT 'k' || i, 'u' || i, 'h', 'article', ?, 'new' FROM n",
        (str(NOON),),
    )
    lines = io.StringIO()
    assert busy.store.export("pages", lines) == 1201
    keys = [json.loads(line)["key"] for line in lines.getvalue().splitlines()]
    assert len(set(keys)) == 1201


# Retention of old bodies.


@pytest.fixture
def kept(tmp_path):
    """Two pages: thirty versions of the one, a single one of the other."""
    with (made := desk(tmp_path)).store:
        other = f"{URL}/other"
        made.watch(other)
        made.look(story("It stands as it was."), other)
        for n in range(30):
            made.look(story(f"Edition {n} of the report."))
        yield made


def readable(made):
    return [c.body != b"" for c in made.store.captures(made.page().id)]


def test_old_bodies_go_and_everything_else_stays(kept):
    before, told = kept.store.status(), kept.store.changes(limit=99)
    dropped = kept.store.drop_bodies(older_than=timedelta())
    # The last chain of bodies is what the version in force is read back through.
    assert readable(kept) == [False] * dropped + [True] * (30 - dropped)
    assert 15 <= dropped <= 29
    after = kept.store.status()
    assert after.body_bytes < before.body_bytes
    assert (after.versions, after.captures) == (before.versions, before.captures)
    assert after.ledger_sha256 == before.ledger_sha256
    assert kept.store.changes(limit=99) == told
    assert kept.store.verify() == []


def test_the_body_of_a_version_in_force_is_kept_however_old(kept):
    kept.clock.now += timedelta(days=9000)
    kept.store.drop_bodies(older_than=timedelta(days=1))
    for url in (URL, f"{URL}/other"):
        latest = kept.page(url).latest
        assert kept.store.body(latest.body_sha256) is not None


def test_bodies_younger_than_asked_are_kept(kept):
    assert kept.store.drop_bodies(older_than=kept.clock.now - NOON) == 0
    assert all(readable(kept))


def test_a_dropped_body_leaves_its_hash_and_is_not_exported_as_empty(kept):
    before = {v.body_sha256 for v in kept.store.versions(kept.page().id)}
    dropped = kept.store.drop_bodies(older_than=timedelta())
    assert {v.body_sha256 for v in kept.store.versions(kept.page().id)} == before
    assert kept.store.body(sha256(html(story("Edition 0 of the report.")))) is None
    exported = [
        *kept.store.kept_captures(since=None, site=None, progress=lambda _d, _t: None)
    ]
    assert len(exported) == 31 - dropped
    assert all(capture.body for capture in exported)


def test_a_dropped_body_that_comes_again_is_kept_again(kept):
    kept.store.drop_bodies(older_than=timedelta())
    again = story("Edition 0 of the report.")
    kept.look(again)
    assert kept.store.body(sha256(html(again))) == html(again)
    assert kept.store.verify() == []


def test_a_long_log_that_nobody_reads_is_emptied_by_who_writes_next(
    tmp_path, monkeypatch
):
    made = desk(tmp_path)
    with made.store as store:
        monkeypatch.setattr("scraper.store.database.LOG_FULL_BYTES", 10_000)
        made.look(story("The pier opened."))
        assert wal_bytes(tmp_path / "govwatch.db") >= 10_000
        store._db.write("UPDATE hosts SET failures = 1")
        with Store.open(tmp_path / "govwatch.db", mode="read", clock=Clock()) as other:
            other._db.run("BEGIN")
            assert other.pages()
            made.look(story("The pier shut."))
            with pytest.raises(StoreError, match="nothing more is recorded"):
                store._db.write("UPDATE hosts SET failures = 2")
        store._db.write("UPDATE hosts SET failures = 3")
