"""Other people's programs on the same file, while two processes record."""
# ruff: noqa: S603 - the programs are those of this environment

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from scraper.store import Store
from tests.recorded import URL, Clock, desk_of_many

ROOT = Path(__file__).parents[2]
PAGES = 5
PHRASE = "SELECT text, gone_at FROM phrase_history WHERE phrase MATCH '\"edition 3\"'"


@pytest.fixture
def database(tmp_path):
    desk_of_many(tmp_path, PAGES)
    return tmp_path / "govwatch.db"


@pytest.fixture
def start():
    """Start programs; none outlives its test."""
    started = []

    def one(*command, stdout=subprocess.PIPE):
        started.append(
            subprocess.Popen(
                [sys.executable, *command],
                stdout=stdout,
                stderr=subprocess.STDOUT,
                text=True,
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
            )
        )
        return started[-1]

    yield one
    for process in started:
        stop(process)


def stop(process):
    """End a program of ours; return all it said."""
    process.terminate()
    told = ""
    if process.stdout is not None and not process.stdout.closed:
        told = process.stdout.read()
        process.stdout.close()
    process.wait()
    return told


def record(start, database):
    recorder = str(ROOT / "tests/e2e/busy_recorder.py")
    return [start(recorder, str(database), side, str(PAGES)) for side in "ab"]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def ask(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
        return json.load(answer)


def wait_for(port):
    for _ in range(200):
        try:
            return ask(port, "/-/versions.json")
        except urllib.error.URLError:
            time.sleep(0.1)  # noqa: TID251 - until it listens
    raise AssertionError(port)


def test_datasette_answers_all_along_and_locks_nobody_out(database, start):
    pytest.importorskip("datasette")
    port = free_port()
    told = f"--host=127.0.0.1 --port={port} --setting sql_time_limit_ms 10000"
    with (database.parent / "said.txt").open("w+") as said:  # a pipe would fill up
        server = start(
            "-m", "datasette", "serve", str(database), *told.split(), stdout=said
        )
    wait_for(port)
    writers = record(start, database)
    log = database.with_name("govwatch.db-wal")
    views = [row["name"] for row in ask(port, "/govwatch.json")["views"]]
    assert "recent_changes" in views
    asked = [f"/govwatch/{view}.json?_size=20&_shape=array" for view in views]
    sql = urllib.parse.quote(PHRASE)
    asked.append(f"/govwatch.json?_shape=array&sql={sql}")
    until, answers, longest = time.monotonic() + 5, 0, 0
    while time.monotonic() < until:
        for path in asked:  # an error would not be status 200
            answers += len(ask(port, path))
        longest = max(longest, log.stat().st_size)
    lines = "".join(stop(writer) for writer in writers)
    assert lines.count("RECORDED") > 10
    assert "FAILED" not in lines
    assert answers > 50
    assert longest < 64 * 2**20
    stop(server)
    assert "locked" not in (database.parent / "said.txt").read_text()
    with Store.open(database, mode="write", clock=Clock()) as store:
        assert store.checkpoint() == 0
        assert store.verify() == []


def run(*command):
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def busy(database, start):
    """A database with a few versions that is being written to."""
    (writer, _) = record(start, database)
    for _ in range(4 * PAGES):
        assert writer.stdout.readline().startswith("RECORDED")
    return database


def test_sqlite_utils_lists_queries_and_searches_it(busy):
    tool = (sys.executable, "-m", "sqlite_utils")
    tables = {row["table"] for row in json.loads(run(*tool, "tables", str(busy)))}
    assert {"pages", "versions", "changes", "passages"} <= tables
    (change, *_) = json.loads(
        run(*tool, "rows", str(busy), "recent_changes", "--limit", "1")
    )
    assert change["url"].startswith(URL)
    assert json.loads(run(*tool, "query", str(busy), PHRASE))
    found = json.loads(run(*tool, "search", str(busy), "passages", "edition"))
    assert all("Edition" in row["text"] for row in found)
    assert found


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="there is no sqlite3")
def test_the_sqlite3_program_reads_every_view(busy):
    tool = (str(shutil.which("sqlite3")), "-readonly", "-json", str(busy))
    views = json.loads(run(*tool, "SELECT name FROM sqlite_master WHERE type = 'view'"))
    assert len(views) >= 10
    for view in views:
        run(*tool, f"SELECT * FROM {view['name']} LIMIT 20")  # noqa: S608 - ours
    assert json.loads(run(*tool, PHRASE))


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="only Linux tells")
def test_who_reads_is_named_and_who_is_merely_there_is_not(database, start):
    sitting = "import sqlite3, sys, time\ndb = sqlite3.connect(sys.argv[1])\n"
    idle = "db.execute('SELECT 1 FROM pages').fetchall()\n"
    reading = "db.execute('BEGIN')\ndb.execute('SELECT 1 FROM pages').fetchall()\n"
    stay = "print(flush=True)\ntime.sleep(60)\n"
    with Store.open(database, mode="write", clock=Clock()) as store:
        waiting = start("-c", sitting + idle + stay, database)
        waiting.stdout.readline()
        assert store.upkeep.reader() == "some program"
        reader = start("-c", sitting + reading + stay, database)
        reader.stdout.readline()
        told = store.upkeep.reader()
        assert re.fullmatch(rf"process {reader.pid} \(python[\d.]*\)", told)
        stop(reader)
        assert store.upkeep.reader() == "some program"
