"""docs/database.md says what the schema says, and its SQL runs."""

import re
import sqlite3
import subprocess
from pathlib import Path

import pytest

from scraper.store.handbook import handbook
from tests.recorded import desk, story

PAGE = Path(__file__).parents[2] / "docs" / "database.md"


def test_the_page_is_the_one_that_the_schema_makes():
    assert PAGE.read_text() == handbook(), "run: python -m scraper.store.handbook"


def test_every_table_and_view_is_described(tmp_path):
    with desk(tmp_path).store as store:
        names = store._db.rows(
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
        )
    told = set(re.findall(r"^### (\w+)$", handbook(), re.MULTILINE))
    missing = {
        row["name"]
        for row in names
        if not row["name"].startswith(("sqlite_", "_sqlite", "passages_fts_"))
    } - told
    assert missing == set()


def test_the_one_line_examples_run_in_the_plain_sqlite_shell(tmp_path):
    made = desk(tmp_path)
    with made.store as store:
        made.look(story("Powered by clean energy."))
        digest = store.status().ledger_sha256
    connection = sqlite3.connect(tmp_path / "govwatch.db")
    examples = re.findall(r'sqlite3 govwatch.db "(.+?)"', handbook(), re.DOTALL)
    assert len(examples) == 2
    answers = [connection.execute(sql).fetchall() for sql in examples]
    (phrase,) = re.findall(r"^    (SELECT .+ MATCH .+);$", handbook(), re.MULTILINE)
    assert len(connection.execute(phrase).fetchall()) == 1
    connection.close()
    (told,) = answers[1][0]
    summed = subprocess.run(
        ["sha256sum"],  # noqa: S607 - the system's
        input=told.encode(),
        capture_output=True,
        check=True,
    )
    assert summed.stdout.decode().split()[0] == digest


@pytest.mark.skipif(
    sqlite3.sqlite_version_info < (3, 38), reason="views need SQLite 3.38"
)
def test_every_view_opens_in_the_standard_librarys_sqlite(tmp_path):
    with desk(tmp_path).store as store:
        views = store._db.rows("SELECT name FROM sqlite_master WHERE type = 'view'")
    connection = sqlite3.connect(tmp_path / "govwatch.db")
    answers = {
        row["name"]: connection.execute(f"SELECT * FROM {row['name']}").fetchall()  # noqa: S608 - ours
        for row in views
    }
    connection.close()
    # The watched host's health, and nothing else as yet.
    assert [name for name, rows in answers.items() if rows] == ["source_health"]
