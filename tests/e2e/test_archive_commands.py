"""import, export and reextract as their user runs them; no server is needed."""

import gzip
import io
import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from lxml import etree
from warcio.archiveiterator import ArchiveIterator

from scraper.cli import main
from tests.archives import URL, Crawl

STORY = """<!DOCTYPE html><html lang=en><head><title>Bridge Opens</title></head><body>
<main><article><h1>Bridge Opens</h1><p class=lead>By the garrison's own account</p>
<p>Engineers opened a new vehicle bridge today, eleven months after flooding carried the
old one away, the garrison said in a statement on Thursday.</p>
<p>The span, built under a contract worth {}, replaces a crossing that served three
neighboring towns since 1962 and carried 4,200 vehicles a day.</p>
</article></main></body></html>"""
OTHER = "https://www.example.gov/releases/dam"
SUMS = ("$175 million", "$157 million", "$99 million")


def story(sum_: str) -> bytes:
    return STORY.format(sum_).encode()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    crawl = Crawl().info(software="crawler/3.1")
    for month, sum_ in enumerate(SUMS, 3):
        at = f"2024-0{month}-01T12:00:00Z"
        crawl.response(story(sum_), at=at)
        crawl.response(story(sum_), url=OTHER, at=at)
        crawl.response(b"GIF89a", url="https://www.example.gov/a.gif", at=at)
    Path("crawl.warc.gz").write_bytes(crawl.content)
    return tmp_path


def govwatch(*arguments: str) -> Result:
    runner = CliRunner(env={"GOVWATCH_DB": None, "GOVWATCH_CONFIG": None})
    return runner.invoke(main, list(arguments))


def imported(*include: str) -> dict:
    """Take the crawl in and return what is said of it."""
    with_ = [word for pattern in include for word in ("--include", pattern)]
    result = govwatch("import", "warc", "crawl.warc.gz", *with_, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def record() -> None:
    govwatch("init")
    imported("/releases/bridge$")


def changes() -> list[str]:
    told = json.loads(govwatch("changes", "--json").stdout)
    return [one["summary"].partition(" in ")[0] for one in told]


HISTORY = ["$157 million became $99 million", "$175 million became $157 million"]


def test_a_crawl_becomes_a_history_with_its_changes_and_only_once() -> None:
    govwatch("init")
    told = imported("/releases/bridge$")
    assert (told["records"], told["captures"]) == (10, 3)
    assert (told["texts"], told["changes"]) == (3, 2)
    assert changes() == HISTORY
    again = imported()
    assert (again["captures"], again["changes"]) == (0, 0)
    assert again["left_out"] == {"on record already": 3}
    assert changes() == HISTORY
    assert govwatch("verify").exit_code == 0
    shown = govwatch("show", URL, "--at", "2024-04-15")
    assert "$157 million" in shown.stdout


def test_only_what_is_on_record_is_taken_in_unless_it_is_named() -> None:
    govwatch("init")
    assert imported()["captures"] == 0
    assert json.loads(govwatch("changes", "--json").stdout) == []
    assert imported("/releases/")["captures"] == 6
    said = govwatch("import", "warc", "crawl.warc.gz", "--include", "a(")
    assert said.exit_code == 2


def test_the_lines_say_what_was_new_and_the_summary_what_was_not() -> None:
    govwatch("init")
    result = govwatch("import", "warc", "crawl.warc.gz", "--include", "bridge")
    assert result.stdout.splitlines() == [
        f"2024-03-01 12:00 UTC  first     {URL}",
        f"2024-04-01 12:00 UTC  changed   {URL}",
        f"2024-05-01 12:00 UTC  changed   {URL}",
    ]
    assert "new texts: 3; new changes: 2; left out: 0; refused: 0" in result.stderr


def test_a_file_cut_short_keeps_what_came_before_and_the_next_file_is_read() -> None:
    govwatch("init")
    whole = Path("crawl.warc.gz").read_bytes()
    Path("cut.warc.gz").write_bytes(whole[: len(whole) // 2])
    Path("page.html").write_bytes(story("$1"))
    named = ("page.html", "cut.warc.gz", "crawl.warc.gz", "--include", "bridge")
    result = govwatch("import", "warc", *named)
    assert result.exit_code == 3
    assert "page.html: it is no WARC" in result.stderr
    assert "cut.warc.gz: the file ends within a record; what came" in result.stderr
    assert changes() == HISTORY


def test_a_refused_record_is_one_line_and_the_others_are_taken_in() -> None:
    govwatch("init")
    crawl = Crawl().response(b"x\x1b[31m", at="2124-01-01T00:00:00Z")
    crawl.response(story(SUMS[0]))
    Path("crawl.warc.gz").write_bytes(crawl.content)
    result = govwatch("import", "warc", "crawl.warc.gz", "--include", "bridge")
    assert result.exit_code == 0
    refused = [line for line in result.stderr.splitlines() if "refused: " in line]
    assert "record 1: its date is '2124" in refused[0]
    assert "new texts: 1" in refused[1]


def test_import_needs_a_record_and_a_file_that_is_there() -> None:
    assert govwatch("import", "warc", "crawl.warc.gz").exit_code == 3
    assert govwatch("import", "warc", "absent.warc").exit_code == 2
    assert not Path("govwatch.db").exists()


def test_what_is_exported_comes_back_byte_for_byte_elsewhere(record) -> None:
    first = govwatch("export", "warc")
    assert first.exit_code == 0
    assert "responses written: 3" in first.stderr
    Path("crawl.warc.gz").write_bytes(first.stdout_bytes)
    govwatch("--db", "other.db", "init")
    Path("govwatch.toml").unlink()
    named = ("import", "warc", "crawl.warc.gz", "--include", ".")
    assert govwatch("--db", "other.db", *named).exit_code == 0
    again = govwatch("--db", "other.db", "export", "warc")
    assert records(again.stdout_bytes) == records(first.stdout_bytes)
    assert "on record already" in govwatch(*named).stderr


def records(content: bytes) -> list[tuple[object, bytes]]:
    stream = ArchiveIterator(io.BytesIO(content), no_record_parse=True)
    return [
        (
            [pair for pair in one.rec_headers.headers if pair[0] != "WARC-Warcinfo-ID"],
            one.raw_stream.read(),
        )
        for one in stream
        if one.rec_type != "warcinfo"
    ]


def test_an_export_that_fails_leaves_no_half_of_a_file(record) -> None:
    with sqlite3.connect("govwatch.db") as damaged:
        damaged.execute("UPDATE body_parts SET content = zeroblob(length(content))")
    damaged.close()
    result = govwatch("export", "warc", "-o", "record.warc.gz")
    assert result.exit_code == 3
    assert "damaged" in result.stderr
    assert sorted(path.name for path in Path().glob("*warc*")) == ["crawl.warc.gz"]


def test_a_warc_can_be_of_one_site_or_of_what_came_since(record) -> None:
    late = govwatch("export", "warc", "--since", "2024-04-15", "-o", "late.warc.gz")
    assert "responses written: 1" in late.stderr
    assert late.stdout_bytes == b""
    assert b"$99 million" in gzip.decompress(Path("late.warc.gz").read_bytes())
    assert "responses written: 0" in govwatch("export", "warc", "--site", "cdc").stderr
    assert govwatch("export", "warc", "--site", "nobody").exit_code == 2
    again = govwatch("export", "warc", "-o", "late.warc.gz")
    assert again.exit_code != 0
    assert "exists" in again.stderr


def test_what_was_dropped_to_save_room_is_not_given_out_nor_read_again(record) -> None:
    connection = sqlite3.connect("govwatch.db")
    connection.executescript(
        "UPDATE bodies SET dictionary_id = NULL, depth = 0, checksum = NULL;"
        "DELETE FROM body_parts; DELETE FROM dictionaries;"
    )
    connection.close()
    assert "responses written: 0" in govwatch("export", "warc").stderr
    use_layout('remove = ["p.lead"]')
    result = govwatch("reextract")
    assert "its bytes are not kept" in result.stdout
    assert "cannot be read: 1" in result.stderr


ATOM = {"a": "http://www.w3.org/2005/Atom"}


def feed_in(text: str) -> etree._Element:
    return etree.fromstring(text.encode())


def test_the_feed_tells_what_changes_would_list(record) -> None:
    feed = feed_in(govwatch("export", "atom").stdout)
    listed = json.loads(govwatch("changes", "--json").stdout)
    ids = [one.text for one in feed.findall("a:entry/a:id", ATOM)]
    assert ids == [f"urn:govwatch:change:{one['ref']}" for one in listed]
    assert feed.findtext("a:id", namespaces=ATOM) == "urn:govwatch:feed:all"

    result = govwatch("export", "atom", URL, "--since", "2024-04-15", "-o", "one.xml")
    assert result.stdout == ""
    feed = feed_in(Path("one.xml").read_text("utf-8"))
    assert len(feed.findall("a:entry", ATOM)) == 1
    assert feed.findtext("a:id", namespaces=ATOM) == "urn:govwatch:feed:page/1"
    assert feed.findtext("a:title", namespaces=ATOM) == "Bridge Opens: every change"

    feed = feed_in(govwatch("export", "atom", "cdc", "--silent").stdout)
    assert feed.findtext("a:id", namespaces=ATOM).endswith("site/cdc/undisclosed")
    assert feed.findall("a:entry", ATOM) == []


def test_rows_are_exported_as_before(record) -> None:
    rows = govwatch("export", "changes").stdout.splitlines()
    assert len(rows) == 2
    assert govwatch("export", "pages", "--csv").stdout.startswith("id,key,url")


LAYOUT = """title = "Example"
[[host]]
name = "www.example.gov"
[[layout]]
name = "release"
[layout.unverified]
detect = ["main"]
{}
"""


def use_layout(rule: str) -> None:
    Path("sites").mkdir(exist_ok=True)
    Path("sites/example.toml").write_text(LAYOUT.format(rule), "utf-8")


def everything() -> list[str]:
    connection = sqlite3.connect("govwatch.db")
    dump = list(connection.iterdump())
    connection.close()
    return dump


def test_nothing_reads_differently_while_the_rules_stand(record) -> None:
    result = govwatch("reextract")
    assert result.stdout == ""
    assert "texts read again: 1; read differently: 0; cannot be read: 0" in (
        result.stderr
    )


def test_a_new_rule_is_previewed_on_what_is_kept_and_nothing_is_recorded(
    record,
) -> None:
    before = everything()
    use_layout('remove = ["p.lead"]')
    result = govwatch("reextract")
    told, line = result.stdout.splitlines()
    assert told.startswith(f"{URL}  version 3, 2024-05-01 12:00 UTC: text (1)")
    assert line == "    text removed: By the garrison's own account"
    assert json.loads(govwatch("reextract", "cdc", "--json").stdout) == []
    every = json.loads(govwatch("reextract", URL, "--json").stdout)
    assert [(one["version"], one["fields"]) for one in every] == [
        (1, ["body"]),
        (2, ["body"]),
        (3, ["body"]),
    ]
    assert everything() == before
    # The next capture is read like with like: only its own edit is told.
    crawl = Crawl().response(story("$1 billion"), at="2024-06-01T12:00:00Z")
    Path("crawl.warc.gz").write_bytes(crawl.content)
    govwatch("import", "warc", "crawl.warc.gz")
    assert changes() == ["$99 million became $1 billion", *HISTORY]


def test_a_rule_that_finds_no_article_any_more_is_said_loudest(record) -> None:
    use_layout('remove = ["body"]')
    result = govwatch("reextract")
    assert "cannot be read: 1" in result.stderr
    assert "no article can be read in it" in result.stdout


def test_noise_that_was_removed_reads_differently(record) -> None:
    lead = "By the garrison's own account"
    connection = sqlite3.connect("govwatch.db")
    connection.execute(
        "INSERT INTO noise_patterns (host, layout, shape, pattern, reason, evidence,"
        " since) VALUES ('www.example.gov', NULL, ?, ?, 'moves', '[]',"
        " '2024-01-01T00:00:00Z')",
        (lead, lead),
    )
    connection.commit()
    connection.close()
    assert f"text removed: {lead}" in govwatch("reextract").stdout
    govwatch("site", "noise", "--remove", "1")
    assert govwatch("reextract").stdout == ""
