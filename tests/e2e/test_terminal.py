"""The commands where people see them: on a terminal, in a pipe, on a full disk."""

from __future__ import annotations

import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scraper.model import Event
from scraper.store import Store
from tests.archives import Crawl
from tests.newsroom import Clock, look, newsroom, url, watch

if TYPE_CHECKING:
    from collections.abc import Mapping

_GOVWATCH = (sys.executable, "-c", "from scraper.cli import main; main()")
_ENVIRON = {
    "PATH": os.environ["PATH"],
    "PYTHONPATH": str(Path(__file__).parents[2]),
    "TERM": "xterm-256color",
}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    clock = Clock()
    room = newsroom(clock, 4)
    made = tmp_path / "govwatch.db"
    with Store.open(made, mode="create", clock=clock) as store:
        watch(store, room)
        look(store, room)
    return made


@pytest.fixture
def edited(database: Path) -> Path:
    clock = Clock()
    clock.now += timedelta(hours=3)
    room = newsroom(clock, 4)
    room.paragraphs[0][0] = room.paragraphs[0][0].replace("Monday", "Tuesday")
    with Store.open(database, mode="write", clock=clock) as store:
        look(store, room, 0)
    return database


def on_a_terminal(
    database: Path,
    *arguments: str,
    environ: Mapping[str, str] = {},
    stderr_too: bool = False,
) -> str:
    """Return what a terminal of 60 columns receives."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        [*_GOVWATCH, "--db", str(database), *arguments],
        stdout=theirs,
        stderr=theirs if stderr_too else subprocess.DEVNULL,
        env={**_ENVIRON, "COLUMNS": "60", **environ},
    ) as run:
        os.close(theirs)
        received = b""
        try:
            while some := os.read(ours, 65_536):
                received += some
        except OSError:
            pass  # Linux: the other end is closed
        finally:
            os.close(ours)
    assert run.returncode == 0
    return received.decode()


def lines_of(shown: str) -> list[str]:
    return re.sub(r"\x1b\[[\d;]+m|\r", "", shown).split("\n")


def test_an_address_without_room_in_its_table_is_whole_on_a_line_of_its_own(
    database: Path,
) -> None:
    shown = on_a_terminal(database, "watch", "list")
    lines = lines_of(shown)
    assert f"  {url(0)}" in lines
    assert max(len(line) for line in lines if "https://" not in line) <= 60
    assert "\u2026" not in shown
    wide = on_a_terminal(database, "watch", "list", environ={"COLUMNS": "200"})
    assert lines_of(wide)[1].endswith(url(0))


def test_rows_with_no_room_for_a_table_are_blocks_that_keep_every_letter(
    edited: Path,
) -> None:
    lines = lines_of(on_a_terminal(edited, "ask", "recent"))
    assert "title         Harbor program number 0 opens" in lines
    assert f"url           {url(0)}" in lines
    assert max(len(line) for line in lines if "https://" not in line) <= 60


def test_changes_are_wrapped_between_words_and_addresses_are_not(edited: Path) -> None:
    shown = on_a_terminal(edited, "changes")
    assert "\x1b[" in shown
    lines = lines_of(shown)
    assert "    Harbor program number 0 opens" in lines
    assert f"    {url(0)}" in lines
    assert max(len(line) for line in lines if "https://" not in line) <= 60
    said = " ".join(" ".join(lines).split())
    assert "“Monday” became “Tuesday” in paragraph 1; the page states no date" in said
    assert "    between 2026-11-23 12:00 and 2026-11-23 15:00 UTC" in lines


def test_a_change_is_shown_with_its_address_in_one_piece(edited: Path) -> None:
    lines = lines_of(on_a_terminal(edited, "diff", "1", environ={"COLUMNS": "30"}))
    assert any(line.endswith(url(0)) for line in lines)


def test_an_article_is_wrapped_and_its_addresses_are_not(tmp_path: Path) -> None:
    saved = tmp_path / "page.html"
    link = "https://www.harbor-agency.gov/releases/2026/november/second-basin-opens"
    saved.write_text(
        "<title>Basin opens</title><main><article><h1>Basin opens</h1>"
        f"<p>{'The agency opened its first basin on Monday. ' * 4}</p>"
        "<ul><li>It has forty berths for ships of every size, and a crane for each of"
        " them on the quay.</li></ul></article>"
        f'<aside><h2>Related</h2><a href="{link}">Second basin opens</a></aside></main>'
    )
    lines = lines_of(on_a_terminal(tmp_path / "x.db", "extract", str(saved)))
    assert f"  {link}" in lines
    bullet = next(at for at, line in enumerate(lines) if "forty berths" in line)
    indent = lines[bullet].index("It has")
    assert lines[bullet + 1][: indent + 1].strip()
    assert lines[bullet + 1].startswith(" " * indent)
    assert max(len(line) for line in lines if "https://" not in line) <= 60


def test_an_address_within_a_table_s_words_is_put_below_them(edited: Path) -> None:
    with Store.open(edited, mode="write", clock=Clock()) as store:
        away = "https://www.harbor-agency.gov/archive/2026/program-number-0-opens"
        moved = Event(
            kind="moved",
            first_seen_at=store.page("1").added_at,
            last_seen_at=store.page("1").added_at,
            summary=f"Now at {away}; the redirect is new",
        )
        store.add_event(moved, site=None, page_id=store.page("1").id)
    lines = lines_of(on_a_terminal(edited, "history", "1", environ={"COLUMNS": "80"}))
    assert f"  {away}" in lines
    said = " ".join(" ".join(lines).split())
    assert "Now at the address below; the redirect is new" in said


def test_the_demonstration_wraps_behind_its_indent(tmp_path: Path) -> None:
    shown = on_a_terminal(tmp_path / "other.db", "demo", "--into", f"{tmp_path}/d.db")
    lines = lines_of(shown)
    summary = lines.index(" " * 14 + "$175 million became $157 million in paragraph")
    assert lines[summary + 1] == " " * 14 + "2; the page does not say so"
    assert "   unchanged  5 pages" in lines


def test_the_weekly_sheet_is_a_document_in_a_pipe_and_read_on_a_terminal(
    edited: Path,
) -> None:
    # The record is of a fixed day, of which "the last week" may be long gone.
    shown = on_a_terminal(edited, "report", "--since", "2026-11-01")
    led_to = re.compile(rf"    \w{{12}}  {url(0)}")
    assert any(map(led_to.fullmatch, lines_of(shown)))
    assert "| Significance |" not in shown
    asked = on_a_terminal(edited, "report", "--since", "2026-11-01", "--markdown")
    assert "| Significance |" in asked


def test_a_terminal_has_colour_unless_the_person_wants_none(database: Path) -> None:
    assert "\x1b[" in on_a_terminal(database, "watch", "list")
    plain = on_a_terminal(
        database, "watch", "list", environ={"NO_COLOR": "1", "TERM": "dumb"}
    )
    assert "\x1b[" not in plain


def test_a_line_does_not_begin_behind_a_bar_of_progress(database: Path) -> None:
    archive = database.with_name("crawl.warc")
    archive.write_bytes(
        Crawl(compressed=False)
        .response(b"x", url="https://www.example.gov:8080/a")
        .response(b"x", url="https://www.example.gov:8080/b")
        .content
    )
    shown = on_a_terminal(database, "import", "warc", str(archive), stderr_too=True)
    before, *lines = shown.split("refused: ")
    assert len(lines) == 3  # two of them, and the tally's
    for said in (before, lines[0], lines[1]):
        assert "\u2501" in said
        assert "\x1b[2K" in said.rpartition("\u2501")[2]


def test_a_reader_that_goes_away_is_no_failure(database: Path) -> None:
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        [*_GOVWATCH, "--db", str(database), "site", "list", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_ENVIRON,
    ) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        run.stdout.close()
        said = run.stderr.read()
    assert (run.returncode, said) == (0, b"")


def test_a_full_disk_is_said_in_one_line(database: Path) -> None:
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(  # noqa: S603 - our own interpreter
            [*_GOVWATCH, "--db", str(database), "watch", "list"],
            stdout=full,
            stderr=subprocess.PIPE,
            env=_ENVIRON,
            check=False,
        )
    assert run.returncode == 3
    assert run.stderr == b"Error: No space left on device\n"


def test_a_record_where_nothing_can_be_written_is_read(database: Path) -> None:
    # Root may write anywhere unless it gives that up.
    drop = shutil.which("setpriv")
    if os.geteuid() == 0 and drop is None:
        pytest.skip("root may write anywhere, and there is no setpriv")
    less = [str(drop), "--bounding-set", "-dac_override"] if os.geteuid() == 0 else []
    before = sorted(path.name for path in database.parent.iterdir())
    database.parent.chmod(0o500)
    try:
        told = [
            subprocess.run(  # noqa: S603 - our own interpreter
                [*less, *_GOVWATCH, "--db", str(database), *words],
                capture_output=True,
                env=_ENVIRON,
                check=False,
            )
            for words in (["show", "1"], ["watch", "remove", "1"], ["serve"])
        ]
    finally:
        database.parent.chmod(0o700)
    assert [run.returncode for run in told] == [0, 3, 3]
    assert b"Harbor program" in told[0].stdout
    for run in told[1:]:
        assert b"a folder of yours" in run.stderr
    assert sorted(path.name for path in database.parent.iterdir()) == before


def test_an_interrupted_command_does_not_say_that_what_was_asked_is_so(
    database: Path,
) -> None:
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        [*_GOVWATCH, "--db", str(database), "-v", "extract", "-"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_ENVIRON,
    ) as run:
        assert run.stdin is not None
        assert run.stderr is not None
        wchan = Path(f"/proc/{run.pid}/wchan")
        for _ in range(600):
            if "pipe" in wchan.read_text():
                break
            threading.Event().wait(0.05)
        run.send_signal(signal.SIGINT)
        said = run.stderr.read()
    assert (run.returncode, said) == (
        3,
        b"Error: interrupted; what was recorded before stays\n",
    )
