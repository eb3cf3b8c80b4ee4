"""An evidence archive is checked with sha256sum alone."""

import io
import itertools
import json
import subprocess
import zipfile

import pytest

from scraper.model import sha256
from tests.recorded import HOUR, URL, desk, html, story

BEFORE = story("The contract is worth $175 million.")
AFTER = story("The contract is worth $125 million.")


@pytest.fixture
def unpacked(tmp_path):
    made = desk(tmp_path)
    with made.store as store:
        made.look(BEFORE)
        made.watch(f"{URL}/2")
        made.look(story("Another page.", url=f"{URL}/2"), f"{URL}/2")
        made.look(BEFORE, body=html(BEFORE) + b"<!-- later -->")
        change = made.look(AFTER).change
        archive, again = io.BytesIO(), io.BytesIO()
        store.evidence(change, archive, comparison_page="<html>side by side</html>")
        made.clock.now += 99 * HOUR
        store.evidence(change, again, comparison_page="<html>side by side</html>")
    assert archive.getvalue() == again.getvalue()
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(tmp_path)
    return tmp_path / f"govwatch-{change.ref}", change


def summed(folder):
    done = subprocess.run(
        ["sha256sum", "-c", "--strict", "SHA256SUMS"],  # noqa: S607 - the system's
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_every_file_and_ledger_row_is_summed(unpacked):
    folder, _ = unpacked
    assert summed(folder)[0] == 0
    assert summed(folder / "ledger")[0] == 0
    listed = {
        line.split("  ", 1)[1]
        for line in (folder / "SHA256SUMS").read_text().splitlines()
    }
    there = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    assert there - listed == {"SHA256SUMS"}


def test_an_altered_file_is_noticed(unpacked):
    folder, _ = unpacked
    (folder / "before" / "text.txt").write_text("The contract is worth $5.\n")
    code, told = summed(folder)
    assert code != 0
    assert "before/text.txt: FAILED" in told


def test_each_ledger_row_begins_with_the_hash_of_the_one_before(unpacked):
    folder, change = unpacked
    rows = [path.read_bytes() for path in sorted((folder / "ledger").glob("0*.txt"))]
    assert len(rows) == 3  # the other page's row is a link of the chain
    for before, row in itertools.pairwise(rows):
        assert row.split(b"\n")[0].decode() == sha256(before)
    assert change.ref.encode() in rows[-1]


def test_both_captures_are_there_the_last_of_the_old_text_and_the_first_new(unpacked):
    folder, change = unpacked
    assert (folder / "before/body").read_bytes() == html(BEFORE) + b"<!-- later -->"
    assert (folder / "after/body").read_bytes() == html(AFTER)
    for side in ("before", "after"):
        capture = json.loads((folder / side / "capture.json").read_text())
        body = (folder / side / "body").read_bytes()
        assert capture["body_sha256"] == sha256(body)
        assert capture["hops"][0]["status"] == 200
    told = json.loads((folder / "change.json").read_text())
    assert change.ref in told["citation"]
    assert told["comparison"]["edits"]
    assert told["before"]["reading_rules"] == "rules-1"


def test_each_sealed_document_is_summed_as_the_ledger_says(unpacked):
    folder, change = unpacked
    assert summed(folder / "sealed")[0] == 0
    rows = "".join(path.read_text() for path in (folder / "ledger").glob("0*.txt"))
    sums = (folder / "sealed" / "SHA256SUMS").read_text().splitlines()
    assert len(sums) == 5
    assert [line for line in sums if line.split()[0] not in rows] == []
    told = {path.name: path.read_text() for path in (folder / "sealed").glob("*.json")}
    assert "$125" in told[f"change-{change.ref}.json"]
    assert "$175 million." in told["version-1.json"]
    for side in ("before", "after"):
        body = sha256((folder / side / "body").read_bytes())
        assert any(name.startswith("capture") and body in told[name] for name in told)


def test_the_read_me_says_what_is_not_proved(unpacked):
    folder, _ = unpacked
    told = (folder / "README.txt").read_text()
    assert "What this does not prove" in told
    assert "{" not in told
    assert "$175" in (folder / "before/text.txt").read_text()
