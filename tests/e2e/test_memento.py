"""import memento as its user runs it, against pywb: a web archive over real TLS.

Without its environment these are skipped, which fails where CI is set: `make pywb`.
"""

import json
import os
import sqlite3
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
import trustme
from click.testing import CliRunner, Result

from scraper.cli import main
from scraper.cli.session import utc_now
from scraper.model import Capture
from scraper.store import Store
from tests.archives import URL, Crawl

_BIN = Path(__file__).parents[2] / ".venv-pywb" / "bin"
if not os.environ.get("CI") and not (_BIN / "wayback").exists():
    pytest.skip("no pywb here; `make pywb`", allow_module_level=True)

HOST = "webarchive.example.org"
ADDRESS = f"https://{HOST}/gov"
MOVED = "https://www.example.gov/news/bridge"
STORY = """<!DOCTYPE html><html lang=en><head><title>Bridge Opens</title></head><body>
<main><article><h1>Bridge Opens</h1>
<p>Engineers opened a new vehicle bridge today, eleven months after flooding carried the
old one away, the garrison said in a statement on Thursday.</p>
<p>The span, built under a contract worth {}, replaces a crossing that served three
neighboring towns since 1962 and carried 4,200 vehicles a day.</p>
</article></main></body></html>"""
SUMS = ("$175 million", "$157 million", "$157 million", "$99 million")


def story(sum_: str) -> bytes:
    return STORY.format(sum_).encode()


def crawl() -> bytes:
    """Return what the archive holds: three texts, a refusal, a redirect."""
    made = Crawl()
    html = ("Content-Type", "text/html; charset=utf-8")
    for month, sum_ in enumerate(SUMS, 1):
        made.response(
            story(sum_),
            at=f"2024-0{month}-01T12:00:00Z",
            headers=(html, ("ETag", f'"{month}"'), ("Set-Cookie", "visitor=1")),
        )
    made.response(
        b"<html><body>Busy</body></html>",
        at="2024-05-01T12:00:00Z",
        status="503 Service Unavailable",
        headers=(html, ("Retry-After", "3600")),
    )
    made.response(
        at="2024-06-01T12:00:00Z",
        status="301 Moved Permanently",
        headers=(("Location", MOVED),),
    )
    made.response(story(SUMS[-1]), url=MOVED, at="2024-06-01T12:00:07Z")
    return made.content


@dataclass(frozen=True)
class Archive:
    """A web archive on loopback."""

    port: int
    ca_file: str

    def govwatch(self, *arguments: str) -> Result:
        """Run a command that reaches the archive under its name."""
        runner = CliRunner(env={"GOVWATCH_DB": None, "GOVWATCH_CONFIG": None})
        way = ("--cacert", self.ca_file)
        way += ("--connect-to", f"{HOST}:443:127.0.0.1:{self.port}")
        return runner.invoke(main, [*way, *arguments])

    def imported(self, *arguments: str, page: str = URL) -> dict:
        result = self.govwatch(
            *("import", "memento", page, "--archive", ADDRESS, "--json"), *arguments
        )
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("archive")
    (folder / "crawl.warc.gz").write_bytes(crawl())
    (folder / "config.yaml").write_text("{}")
    for arguments in (("init", "gov"), ("add", "gov", "crawl.warc.gz")):
        subprocess.run(  # noqa: S603 - ours
            [_BIN / "wb-manager", *arguments],
            cwd=folder,
            check=True,
            capture_output=True,
        )
    authority = trustme.CA()
    issued = authority.issue_cert(HOST)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    issued.private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
    command = [_BIN / "python", Path(__file__).with_name("pywb_server.py")]
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(  # noqa: S603 - ours
            [*command, "server.pem", "server.pem"],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as server,
    ):
        try:
            port = server.stdout.readline()
            assert port, (folder / "log").read_text()
            yield Archive(int(port), str(folder / "ca.pem"))
        finally:
            server.terminate()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, archive) -> Path:
    monkeypatch.chdir(tmp_path)
    archive.govwatch("init")
    return tmp_path


def _unshown(done: int, total: int) -> None:
    """Show no progress."""


def kept() -> list[Capture]:
    with Store.open(Path("govwatch.db"), mode="read", clock=utc_now) as store:
        return list(store.kept_captures(since=None, site=None, progress=_unshown))


def sql(statement: str) -> list[tuple]:
    connection = sqlite3.connect("govwatch.db")
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def test_what_an_archive_kept_becomes_a_history_and_only_once(archive) -> None:
    told = archive.imported()
    assert (told["records"], told["captures"]) == (6, 5)
    assert (told["texts"], told["changes"]) == (3, 2)
    changes = json.loads(archive.govwatch("changes", "--json").stdout)
    assert [one["summary"].partition(" in ")[0] for one in changes] == [
        "$157 million became $99 million",
        "$175 million became $157 million",
    ]
    assert sql("SELECT old_last_seen_at, new_first_seen_at FROM changes") == [
        ("2024-01-01T12:00:00Z", "2024-02-01T12:00:00Z"),
        ("2024-03-01T12:00:00Z", "2024-04-01T12:00:00Z"),
    ]
    (last_seen_at,) = sql("SELECT max(last_seen_at) FROM versions")
    assert last_seen_at == ("2024-06-01T12:00:07Z",)  # where it had moved to
    again = archive.imported()
    assert (again["captures"], again["texts"], again["changes"]) == (0, 0, 0)
    assert archive.govwatch("verify").exit_code == 0


def test_what_was_taken_in_goes_out_as_warc_and_comes_in_again(archive) -> None:
    archive.imported("--until", "2024-04-30")
    bodies = [capture.body for capture in kept()]
    archive.govwatch("export", "warc", "-o", "kept.warc.gz")
    Path("govwatch.db").rename("first.db")
    archive.govwatch("init")
    told = archive.govwatch("import", "warc", "kept.warc.gz", "--include", "/releases/")
    assert told.exit_code == 0, told.output
    assert [capture.body for capture in kept()] == bodies
    assert len(bodies) == 4


def test_what_rests_on_an_archives_word_says_so_wherever_it_is_told(archive) -> None:
    archive.imported("--until", "2024-02-28")
    assert sql(
        "SELECT old_last_seen_on, new_first_seen_on, last_seen_on FROM changes c"
        " JOIN versions v ON v.id = c.new_version_id"
    ) == [("archived answer",) * 3]
    ((ref,),) = sql("SELECT ref FROM changes")
    assert "(archived answer)" in archive.govwatch("diff", ref).stdout
    archive.govwatch("evidence", ref)
    with ZipFile(f"govwatch-{ref}.zip") as evidence:
        readme = evidence.read(f"govwatch-{ref}/README.txt").decode()
    assert "was not received by us" in readme


def test_a_refusal_that_was_archived_is_not_the_archives_own(archive) -> None:
    told = archive.imported("--since", "2024-05-01", "--until", "2024-05-02")
    assert told["left_out"] == {"failed: the server failed (HTTP 503)": 1}
    assert (HOST, None) in sql("SELECT host, paused_until FROM hosts")


def test_a_redirect_is_followed_in_the_archive_and_never_to_the_live_page(
    archive,
) -> None:
    # The live page cannot be reached here: asking for it would end the command.
    told = archive.imported("--since", "2024-06-01")
    assert (told["captures"], told["texts"]) == (1, 1)
    (capture,) = kept()
    told = [(hop.url, hop.status) for hop in capture.hops]
    assert told == [(URL, 301), (MOVED, 200)]


def test_a_capture_says_that_an_archive_made_it_and_where_it_is_kept(archive) -> None:
    archive.imported("--until", "2024-01-31")
    (capture,) = kept()
    assert (capture.source, capture.server_address) == ("memento", None)
    assert capture.captured_at == datetime(2024, 1, 1, 12, tzinfo=UTC)
    headers = capture.headers
    assert headers["etag"] == '"1"'
    assert headers["content-location"] == f"{ADDRESS}/20240101120000id_/{URL}"
    assert headers["memento-datetime"] == "Mon, 01 Jan 2024 12:00:00 GMT"
    assert "set-cookie" not in headers
    shown = archive.govwatch("show", URL, "--raw")
    assert shown.stdout_bytes == story(SUMS[0])


def test_so_many_are_asked_for_evenly_apart_and_the_rest_the_next_time(archive) -> None:
    assert archive.imported("--most", "2", "--until", "2024-04-30")["captures"] == 2
    when = "SELECT substr(captured_at, 1, 7) FROM captures ORDER BY 1"
    assert sql(when) == [("2024-01",), ("2024-04",)]
    assert archive.imported("--until", "2024-04-30")["captures"] == 2
    assert archive.imported("--until", "2024-04-30")["records"] == 0


def test_a_page_that_the_archive_does_not_have_is_no_error(archive) -> None:
    told = archive.imported(page="https://www.example.gov/never")
    assert (told["records"], told["broken"]) == (0, [])
    assert sql("SELECT count(*) FROM pages") == [(0,)]


@pytest.mark.parametrize(
    ("address", "code", "told"),
    [
        ("https://webarchive.example.org:8443/gov", 2, "only 443 is fetched"),
        ("ftp://webarchive.example.org/gov", 2, "must begin with https://"),
        ("https://elsewhere.example.org/gov", 3, "elsewhere.example.org"),
        (f"https://{HOST}/other", 0, "0 responses in the archive"),
    ],
)
def test_an_archive_that_cannot_be_asked_is_one_clear_line(
    archive, address, code, told
) -> None:
    result = archive.govwatch("import", "memento", URL, "--archive", address)
    assert result.exit_code == code
    assert told in result.stderr
    assert "Traceback" not in result.output
