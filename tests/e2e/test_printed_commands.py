"""The command lines in README and docs, run as they are printed.

What only reads is run, on the record of the demonstration; of what would ask the
network, write settings or run for good, the command line is parsed.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click import Context, Group
from click.testing import CliRunner

from scraper import report
from scraper.cli import main
from scraper.cli.record import texts_around
from scraper.demo import play
from scraper.store import Store

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
NOW = datetime(2026, 11, 29, 20, tzinfo=UTC)
READS = {"ask", "changes", "diff", "evidence", "export", "gaps", "history", "phrase"}
READS |= {"reextract", "report", "search", "show", "status", "verify"}
FENCE = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"^    (?=govwatch |sqlite3 )", re.MULTILINE)


def printed(program: str) -> list[tuple[str, str]]:
    """Return page and line of all that is printed for that program to run."""
    found = []
    for page in PAGES:
        if page.name == "commands.md":  # made of the commands themselves
            continue
        text = page.read_text("utf-8").replace("\\\n", " ")
        text = re.sub(
            r"(\"[^\"\n]*)\n *([^\"\n]*\")", r"\1 \2", text
        )  # SQL of two lines
        blocks = [*FENCE.findall(text), *text.split("\n\n")]
        lines = {
            re.sub(r"^(?:\$ | {4})", "", line)
            for block in blocks
            for line in block.splitlines()
            if re.match(rf"(?:\$ | {{4}})?{program} ", line)
        }
        found += [(page.name, line) for line in sorted(lines)]
    return found


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    database = tmp_path_factory.mktemp("record") / "govwatch.db"
    for _ in play(database, now=NOW):
        pass
    return database


@pytest.fixture
def meant(record: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Stand in the record's folder; return what the words in capitals stand for."""
    monkeypatch.chdir(record.parent)
    Path("crawl.warc.gz").touch()
    with Store.open(record, mode="read", clock=lambda: NOW) as store:
        change = max(store.changes(), key=lambda one: one.comparison.significance)
        return {
            "PAGE": str(change.page_id),
            "REF": change.ref,
            "ytlrpis3mggk": change.ref,  # README's own
            "DATE": "2026-11-25",
            "URL": change.page_url,
            "FILE": "crawl.warc.gz",
            "cdc": "examples",
            "SHA256": store.status().ledger_sha256 or "",
        }


@pytest.mark.parametrize(("page", "line"), printed("govwatch"))
def test_a_printed_command_runs(page: str, line: str, meant: dict[str, str]) -> None:
    assert page
    words = shlex.split(re.sub(r"\s>.*", "", line), comments=True)[1:]
    words = [meant.get(word, word) for word in words]
    if words[0] in READS:
        answer = CliRunner(env={"GOVWATCH_DB": None}).invoke(main, words)
        assert answer.exit_code == 0, answer.output
    else:
        _parse(words)


def test_what_the_readme_shows_is_what_comes_out(meant: dict[str, str]) -> None:
    said = (ROOT / "README.md").read_text("utf-8")
    block = said[said.index("$ govwatch diff") : said.index("$ sqlite3")]
    _, *shown = block.rstrip().splitlines()
    with Store.open(Path("govwatch.db"), mode="read", clock=lambda: NOW) as store:
        change = store.change(meant["REF"])
        assert change is not None
        before, after = texts_around(store, change)
    lines = report.terminal(change.comparison, before, after, width=88, change=change)
    told = ["".join(span.text for span in line).rstrip() for line in lines]
    assert [*map(_timeless, told)] == [*map(_timeless, shown)]


def _timeless(line: str) -> str:
    """Return a line without what differs each time: hours, refs, a cut address."""
    line = re.sub(r"\d\d:\d\d:\d\d", "", line)
    line = re.sub(r"(?<=Reference: )\w+", "", line)
    return re.sub(r"(?<=/4100102/)\S+", "", line)


def _parse(words: list[str]) -> None:
    """Read a command line as click does, and run nothing."""
    command, name, parent = main, "govwatch", None
    while True:
        context = command.make_context(name, [*words], parent=parent)
        if not isinstance(command, Group):
            return
        words = [*context._protected_args, *context.args]
        name, found, words = command.resolve_command(context, words)
        command, parent = found, context


def test_a_command_line_that_is_wrong_is_seen(meant: dict[str, str]) -> None:
    assert meant
    with pytest.raises(Exception, match="--sometimes"):
        _parse(["watch", "add", "--sometimes", "https://www.example.gov/"])
    assert {page for page, _ in printed("govwatch")} >= {"README.md", "archives.md"}
    assert Context(main)


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="no sqlite3 here")
@pytest.mark.parametrize(("page", "line"), printed("sqlite3"))
def test_a_printed_query_runs(page: str, line: str, meant: dict[str, str]) -> None:
    assert meant
    run = subprocess.run(  # noqa: S602 - our own documents
        line, shell=True, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr) == (0, ""), page
    assert run.stdout
