"""What `verify` finds, and names."""

import os
import random
import sqlite3

import pytest

from scraper.errors import StoreError
from scraper.model import Image, Link, Outcome, State
from scraper.store import Store
from tests.recorded import Clock, desk, story

FLIPS = int(os.environ.get("GOVWATCH_FLIPS", "24"))
"""A thousand take ten minutes; a gate takes a choice of them."""

CELLS = [
    ("body_parts", "(SELECT sha256 FROM bodies b WHERE b.id = body_id)", "content"),
    ("bodies", "sha256", "depth"),
    ("passages", "id", "text"),
    ("passages", "id", "digest"),
    ("ledger", "number", "content"),
    ("ledger", "number", "sha256"),
]

STORIES = [
    story(
        f"The contract is worth ${n} million in total.",
        f"Paragraph of edition {n}, which is like no other.",
        images=(Image(src="https://x.gov/a.jpg", caption=f"Bridge {n}"),),
        related=(Link("More", "https://x.gov/more"),),
    )
    for n in range(25)
]


@pytest.fixture
def recorded(tmp_path):
    """A database with a busy page, closed."""
    made = desk(tmp_path)
    for article in STORIES:
        made.look(article)
    made.refused(Outcome.BLOCKED, State.BLOCKED)
    made.store.close()
    return tmp_path / "govwatch.db"


def alter(path, statement, *parameters):
    """Change the file behind our back, as its owner can."""
    connection = sqlite3.connect(path)
    for (name,) in connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    ).fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute("PRAGMA ignore_check_constraints = ON")
    connection.execute(statement, parameters)
    connection.commit()
    connection.close()


def faults(path):
    with Store.open(path, mode="write", clock=Clock()) as store:
        return store.verify()


def test_an_untouched_record_is_whole_and_progress_ends_at_the_end(recorded):
    told = []
    with Store.open(recorded, mode="write", clock=Clock()) as store:
        assert store.verify(lambda done, total: told.append((done, total))) == []
    done, total = told[-1]
    assert done == total > 100


@pytest.mark.parametrize(
    ("statement", "table", "row"),
    [
        ("UPDATE passages SET text = text || '.' WHERE id = 7", "passages", "7"),
        ("UPDATE versions SET title = 'Bridge closes' WHERE id = 9", "versions", "9"),
        ("UPDATE images SET caption = 'Dam' WHERE id = 3", "versions", "3"),
        ("UPDATE versions SET links_of = 2 WHERE id = 5", "versions", "5"),
        ("DELETE FROM link_lists WHERE version_id = 1", "versions", "5"),
        ("UPDATE versions SET body_id = 2 WHERE id = 5", "versions", "5"),
        ("UPDATE connections SET server_address = '192.0.2.9:443'", "captures", "2"),
        ("UPDATE headers SET lines = '[]' WHERE id = 2", "captures", "2"),
        ("UPDATE ledger SET content = '{}' WHERE number = 4", "ledger", "4"),
        ("DELETE FROM ledger WHERE number = 4", "ledger", "5"),
        ("UPDATE captures SET status = 404 WHERE id = 2", "captures", None),
        ("UPDATE captures SET hops = '[]' WHERE id = 2", "captures", None),
        ("UPDATE captures SET body_id = 3 WHERE id = 2", "captures", "2"),
        ("UPDATE changes SET summary = 'Nothing' WHERE id = 1", "changes", None),
        ("UPDATE edits SET after = 'x' WHERE change_id = 1", "changes", None),
        ("UPDATE events SET summary = 'x' WHERE id = 2", "events", "2"),
        ("DELETE FROM events WHERE id = 2", "events", "2"),
        ("DELETE FROM passages_fts_docsize WHERE id = 3", "passages_fts", ""),
        ("DELETE FROM captures WHERE id = 2", "captures", None),
        ("DELETE FROM passage_lists WHERE passage_id = 3", "versions", None),
        ("UPDATE versions SET passages_of = 2 WHERE id = 5", "versions", "5"),
        ("DELETE FROM links", "link_lists", None),
    ],
)
def test_an_altered_row_is_named(recorded, statement, table, row):
    alter(recorded, statement)
    found = faults(recorded)
    assert any(f.table == table and row in {None, f.row} for f in found), found


@pytest.mark.parametrize("seed", range(-(-FLIPS // len(CELLS))))
def test_one_flipped_bit_in_bodies_passages_or_ledger_names_its_row(recorded, seed):
    chosen = random.Random(seed)  # noqa: S311 - not for secrets
    for table, key, column in CELLS:
        own = "body_id * 1000 + number" if table == "body_parts" else "rowid"
        told = f"SELECT {own}, {key}, CAST({column} AS BLOB), typeof({column})"
        connection = sqlite3.connect(recorded)
        rows = connection.execute(f"{told} FROM {table}").fetchall()
        connection.close()
        row_id, name, whole, kind = chosen.choice(rows)
        write = f"UPDATE {table} SET {column} = CAST(? AS {kind}) WHERE {own} = ?"  # noqa: S608 - the test's
        flipped = _flipped(whole, chosen, is_number=kind == "integer")
        alter(recorded, write, flipped, row_id)
        named = {(fault.table, fault.row) for fault in faults(recorded)}
        assert ({"body_parts": "bodies"}.get(table, table), str(name)) in named, (
            named,
            flipped,
        )
        alter(recorded, write, whole, row_id)
        assert faults(recorded) == []


def _flipped(whole, chosen, *, is_number):
    if is_number:  # told in digits, of which some flips would mean the same number
        return b"%d" % (int(whole) ^ 1 << chosen.randrange(32))
    flipped = bytearray(whole)
    flipped[chosen.randrange(len(flipped))] ^= 1 << chosen.randrange(8)
    return bytes(flipped)


def test_a_torn_file_is_reported_and_never_a_crash(recorded):
    whole = recorded.read_bytes()
    size = 8192  # a page of the file
    for page in range(1, len(whole) // size, 9):
        kept = whole[: page * size], whole[(page + 1) * size :]
        recorded.write_bytes((b"\xff" * size).join(kept))
        try:
            found = faults(recorded)
        except StoreError:  # the schema itself was hit
            continue
        assert found != []
