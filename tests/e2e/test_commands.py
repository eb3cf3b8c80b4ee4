"""The commands as their user runs them, against a TLS server on loopback."""

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scraper.cli import main

HOST = "www.example.gov"
URL = f"https://{HOST}/releases/bridge-opens"
STORY = """<!DOCTYPE html><html lang=en><head><title>Bridge Opens</title></head><body>
<section class="usa-banner"><p>An official website of the United States government</p>
</section><main><article><h1>Bridge Opens</h1>
<p>Engineers opened a new vehicle bridge today, eleven months after flooding carried the
old one away, the garrison said in a statement on Thursday.</p>
<p>The span, built under a contract worth {money}, replaces a crossing that served three
neighboring towns since 1962 and carried 4,200 vehicles a day.</p>
</article></main></body></html>"""
HTML = ("Content-Type: text/html; charset=utf-8",)


def story(money: str = "$175 million") -> bytes:
    return STORY.format(money=money).encode()


class Terminal:
    """Runs commands in one folder; nothing outside it is read or written."""

    def __init__(self, site) -> None:
        self._options = [
            "--cacert",
            site.ca_file,
            "--connect-to",
            f"{HOST}:443:127.0.0.1:{site.port}",
        ]

    def __call__(self, *arguments: str, stdin: str | None = None) -> Result:
        runner = CliRunner(env={"GOVWATCH_DB": None, "GOVWATCH_CONFIG": None})
        return runner.invoke(main, [*self._options, *arguments], input=stdin)


@pytest.fixture
def publish(site, answer):
    """Return a function that puts a story online, with that sum in it."""

    def put(money: str = "$175 million") -> None:
        body = STORY.format(money=money).encode()
        site.routes["/releases/bridge-opens"] = answer(body, headers=HTML)

    return put


@pytest.fixture
def govwatch(site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    folder = tmp_path / "desk"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return Terminal(site)


def files() -> list[str]:
    return sorted(path.name for path in Path.cwd().iterdir())


def test_a_silently_changed_figure_is_found_and_can_be_read_in_sqlite(
    publish, govwatch: Terminal
) -> None:
    publish()
    assert govwatch("check", URL).exit_code == 0
    publish("$157 million")
    changed = govwatch("check", URL, "--exit-code")
    assert changed.exit_code == 1
    assert "$175 million became $157 million" in changed.stdout

    listed = json.loads(govwatch("changes", "--json").stdout)
    assert [one["page_url"] for one in listed] == [URL]
    shown = govwatch("diff", listed[0]["ref"])
    assert "$175 million" in shown.stdout
    assert "$157 million" in shown.stdout

    with sqlite3.connect("govwatch.db") as plain:
        rows = plain.execute("SELECT title, what_changed, url FROM recent_changes")
        assert rows.fetchall() == [("Bridge Opens", listed[0]["summary"], URL)]
    plain.close()


def test_the_same_page_twice_is_one_version_and_no_change(
    publish, govwatch: Terminal
) -> None:
    publish()
    assert "new" in govwatch("check", URL).stdout
    assert "unchanged" in govwatch("check", URL).stdout
    assert json.loads(govwatch("changes", "--json").stdout) == []


def test_another_address_of_a_known_page_makes_no_second_page(
    publish, site, govwatch: Terminal
) -> None:
    publish()
    govwatch("check", URL)
    short = f"https://{HOST}/go/7"
    site.routes["/go/7"] = (
        b"HTTP/1.1 301 Moved Permanently\r\nLocation: /releases/bridge-opens\r\n"
        b"Content-Length: 0\r\n\r\n"
    )
    for _ in range(2):
        told = json.loads(govwatch("check", short, "--json").stdout)
        assert [(one["url"], one["outcome"]) for one in told] == [(URL, "unchanged")]
    pages = govwatch("export", "pages").stdout.splitlines()
    assert len(pages) == 1


def test_a_text_can_be_shown_as_it_stood_and_as_it_came(
    publish, govwatch: Terminal
) -> None:
    publish()
    govwatch("check", URL)
    assert "$175 million" in govwatch("show", URL).stdout
    assert "official website" not in govwatch("show", URL).stdout
    assert govwatch("show", URL, "--raw").stdout_bytes == story()
    earlier = govwatch("show", URL, "--at", "2001-01-01")
    assert earlier.exit_code != 0
    assert "no text" in earlier.stderr


def test_what_a_page_said_on_a_day_is_what_it_said_when_the_day_ended(
    publish, govwatch: Terminal
) -> None:
    publish()
    govwatch("check", URL)
    day = json.loads(govwatch("show", URL, "--json").stdout)["first_seen_at"][:10]
    assert "$175 million" in govwatch("show", URL, "--at", day).stdout
    before = govwatch("show", URL, "--at", f"{day}T00:00")
    assert f"no text of {URL} on record at {day} 00:00 UTC" in before.stderr


def test_a_person_may_believe_a_text_that_is_held_back(
    publish, site, answer, govwatch: Terminal
) -> None:
    publish()
    govwatch("check", URL)
    little = (
        b"<title>Bridge Opens</title><main><h1>Bridge Opens</h1><p>Soon.</p></main>"
    )
    site.routes["/releases/bridge-opens"] = answer(little, headers=HTML)
    assert "suspect" in govwatch("check", URL).stdout
    assert json.loads(govwatch("changes", "--json").stdout) == []
    told = json.loads(govwatch("check", URL, "--believe", "--json").stdout)
    assert [one["outcome"] for one in told] == ["changed"]
    assert len(json.loads(govwatch("changes", "--json").stdout)) == 1
    assert "nothing to believe" in govwatch("check", URL, "--believe").stderr


def test_fetch_prints_and_records_nothing(publish, govwatch: Terminal) -> None:
    publish()
    printed = govwatch("fetch", URL)
    assert printed.exit_code == 0
    assert "Bridge Opens" in printed.stdout
    assert files() == []


def test_extract_reads_files_and_stdin(govwatch: Terminal) -> None:
    Path("page.html").write_text(STORY.format(money="$1"), "utf-8")
    printed = govwatch("extract", "page.html", "--json")
    assert json.loads(printed.stdout)[0]["title"] == "Bridge Opens"
    piped = govwatch("extract", "-", stdin=STORY.format(money="$1"))
    assert "Bridge Opens" in piped.stdout
    assert "official website" not in piped.stdout
    head = '<meta property="article:modified_time" content="2026-11-20T15:00:00Z">'
    foot = "<p>Last updated November 20, 2026</p>"
    stamped = STORY.format(money="$1").replace("</head>", f"{head}</head>")
    stamped = stamped.replace("</article>", f"{foot}</article>")
    dated = govwatch("extract", "-", stdin=stamped)
    assert "updated November 20, 2026" in dated.stdout
    assert "in the metadata 2026-11-20T15:00:00+00:00" in dated.stdout


@pytest.mark.parametrize(
    ("arguments", "exit_code", "said"),
    [
        (("check", "http://example.com/"), 2, "allowed_hosts"),
        (("check", "ftp://www.example.gov/"), 2, "https"),
        (("check", "https://nowhere.example.gov/"), 3, "cannot be resolved"),
        (("check", f"https://{HOST}/missing"), 3, "nothing recorded"),
        (("check", f"https://{HOST}/report.pdf"), 3, "nothing recorded"),
        (("check",), 2, "--all"),
        (("check", "--all"), 3, "no such database"),
        (("changes",), 3, "no such database"),
        (("show", "1"), 3, "no such database"),
        (("history", "1"), 3, "no such database"),
        (("diff", "abc"), 3, "no such database"),
        (("watch", "list"), 3, "no such database"),
        (("watch", "remove", "1"), 3, "no such database"),
        (("extract", "absent.html"), 2, "cannot be read"),
        (("--connect-to", "nonsense", "check", URL), 2, "HOST:443"),
        (("changes", "--since", "yesterday-ish"), 2, "7d"),
        (("changes", "--since", "0001-01-01T00:00+14:00"), 2, "too far away"),
        (("run",), 2, "contact"),
        (("check", "nosuch"), 2, "`govwatch site list`"),
        (("notify", "test"), 2, "[notify.sinks.NAME]"),
        (("phrase", ""), 2, "say which words"),
        (("search", '"'), 2, "say which words"),
        (
            ("--config", "absent.toml", "changes"),
            2,
            "absent.toml: cannot be read: No such",
        ),
    ],
)
def test_bad_input_is_one_clear_line_and_leaves_no_trace(
    answer,
    site,
    govwatch: Terminal,
    arguments: tuple[str, ...],
    exit_code: int,
    said: str,
) -> None:
    site.routes["/report.pdf"] = answer(
        b"%PDF-1.7 \x00\x01", headers=("Content-Type: application/pdf",)
    )
    result = govwatch(*arguments)
    assert result.exit_code == exit_code, result.output
    assert said in result.stderr
    assert result.stdout == ""
    assert files() == []


@pytest.mark.parametrize(
    ("arguments", "exit_code", "said"),
    [
        (("show", "99"), 2, "no page '99'"),
        (("show", "9" * 20), 2, "no page"),
        (("diff", "9" * 20), 2, "no change"),
        (("watch", "remove", "9" * 20), 2, "`govwatch watch list`"),
        (("show", URL, "--at", "2020-01-01"), 2, "at 2020-01-01"),
        (("show", URL, "--at", "2020-01-01"), 2, "; the first is of 20"),
        (("history", f"https://{HOST}/other"), 2, "no page"),
        (("changes", "nosuch"), 2, "neither a site nor a page"),
        (("gaps", "99"), 2, "no page '99'"),
        (("diff", "zzz"), 2, "`govwatch changes`"),
        (("diff", "zzz"), 2, "first 4 letters"),
        (("evidence", "zzz"), 2, "`govwatch changes`"),
        (("ask", "nosuch"), 2, "`govwatch ask`"),
        (("ask", "phrase"), 2, "govwatch ask phrase words="),
        (("ask", "phrase", "word=a"), 2, "govwatch ask phrase words="),
        (("ask", "phrase", "words= "), 2, "words: say which words"),
        (("ask", "phrase", "words=it's so"), 0, "nothing on record"),
        (("ask", "looks", "since=yesterday"), 2, "since: 'yesterday' is neither"),
        (("ask", "trouble", "now=noon"), 2, "now: 'noon' is neither"),
        (("site", "try", "absent.html"), 2, "neither a file nor an address"),
        (("ask", "recent", "since"), 2, "govwatch ask recent"),
        (("backup", "/dev/null/here"), 3, "/dev/null/here: "),
        (("phrase", "words never written"), 0, "nothing on record"),
        (("search", "nowhere"), 0, "nothing on record"),
        (("search", "nowhere", "seen"), 0, "nothing on record"),
        (("check", "--due"), 0, "nothing is due"),
        (("check", "epa"), 0, "no page of these is watched"),
    ],
)
def test_what_is_not_on_record_is_said_in_one_line(
    publish,
    govwatch: Terminal,
    arguments: tuple[str, ...],
    exit_code: int,
    said: str,
) -> None:
    publish()
    govwatch("check", URL)
    result = govwatch(*arguments)
    assert (result.exit_code, result.stdout) == (exit_code, ""), result.output
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (("wach", "list"), "govwatch watch`"),
        (("chnages",), "govwatch changes`"),
        ((URL,), "govwatch watch add`"),
        (("watch", URL), "govwatch watch add`"),
        (("watch", "ad", URL), "govwatch watch add`"),
        (("site", URL), "govwatch site try`"),
        (("nothing-like-it",), "no command 'nothing-like-it'\n"),
    ],
)
def test_a_mistyped_command_is_answered_with_the_one_that_was_meant(
    govwatch: Terminal, typed: tuple[str, ...], meant: str
) -> None:
    answer = govwatch(*typed)
    assert answer.exit_code == 2
    assert meant in answer.stderr.replace("main ", "govwatch ")


def test_words_need_no_quotes(publish, govwatch: Terminal) -> None:
    publish()
    govwatch("check", URL)
    for command in ("phrase", "search"):
        told = govwatch(command, "eleven", "months", "after").stdout
        assert told
        assert told == govwatch(command, "eleven months after").stdout


def test_of_a_list_of_addresses_every_bad_one_is_told_and_none_is_written(
    govwatch: Terminal,
) -> None:
    listed = [f"https://{HOST}/{n}" for n in range(3)]
    bad = ["https://example.com/x", "nonsense", "ftp://www.example.gov/"]
    refused = govwatch("watch", "add", "--no-probe", *listed, *bad)
    assert refused.exit_code == 2
    assert all(one in refused.stderr for one in bad)
    assert refused.stderr.endswith("3 of 6 cannot be watched; nothing written\n")
    assert files() == []
    assert govwatch("watch", "add", "--no-probe", *listed).exit_code == 0
    unseen = govwatch("show", listed[0])
    assert unseen.exit_code == 2
    assert f"`govwatch check {listed[0]}` looks" in unseen.stderr


def test_changes_say_how_many_pages_went(
    publish, govwatch: Terminal, site, answer
) -> None:
    publish()
    govwatch("check", URL)
    site.routes["/releases/bridge-opens"] = answer(
        b"<title>Gone</title>", status="410 Gone", headers=HTML
    )
    govwatch("check", URL)
    told = govwatch("changes")
    assert told.stdout == ""
    assert "and 1 page removed since" in told.stderr
    assert "govwatch report --since" in told.stderr
    assert "removed" not in govwatch("changes", "--silent").stderr


def test_that_nothing_is_watched_of_a_site_is_not_taken_for_no_change(
    publish, govwatch: Terminal
) -> None:
    publish()
    govwatch("check", URL)
    for command in ("changes", "report", "gaps"):
        answer = govwatch(command, "epa")
        assert answer.exit_code == 0
        assert "no page of epa is on record" in answer.stderr
        assert "`govwatch watch add epa`" in answer.stderr


def test_the_sheet_can_be_of_one_page(publish, govwatch: Terminal) -> None:
    publish()
    govwatch("check", URL)
    publish("$157 million")
    govwatch("check", URL)
    told = govwatch("report", URL, "--since", "1d", "--markdown").stdout
    assert told.startswith("# https://")
    assert "became $157 million" in told
    as_csv = govwatch("report", URL, "--since", "1d", "--csv").stdout_bytes
    # Excel reads it as Latin-1 without this mark: page names come with curly quotes.
    assert as_csv.startswith("\ufeffrank,".encode())
    govwatch("watch", "add", "--no-probe", f"https://{HOST}/other")
    other = govwatch("report", f"https://{HOST}/other", "--since", "1d", "--markdown")
    assert "Nothing changed that was seen" in other.stdout


def test_every_answer_has_a_plain_form(publish, govwatch: Terminal) -> None:
    publish()
    govwatch("check", URL)
    for words in ("ask", "changes", "gaps", "status", "verify", "phrase bridge"):
        assert json.loads(govwatch(*words.split(), "--json").stdout) is not None


def test_a_certificate_of_another_host_is_refused_and_leaves_no_trace(
    site, govwatch: Terminal
) -> None:
    stranger = "stranger.example.net"
    Path("govwatch.toml").write_text(f'allowed_hosts = ["{stranger}"]\n', "utf-8")
    result = govwatch(
        "--connect-to",
        f"{stranger}:443:127.0.0.1:{site.port}",
        "check",
        f"https://{stranger}/",
    )
    assert result.exit_code == 3
    assert "certificate" in result.stderr
    assert files() == ["govwatch.toml"]


def test_a_span_may_be_written_as_the_help_writes_it(
    publish, govwatch: Terminal
) -> None:
    publish()
    govwatch("check", URL)
    assert govwatch("changes", "--since", "7D").exit_code == 0
    assert govwatch("changes", "--since", "7d").exit_code == 0


def test_the_doctor_tries_what_tells_people(
    govwatch: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def examined(rule: str) -> str:
        Path("govwatch.toml").write_text(
            '[notify.sinks.desk]\nkind = "apprise"\nurl = { env = "DESK_URL" }\n'
            f'[notify.rules.ours]\nsink = "desk"\nwhen = "at_once"\n{rule}',
            "utf-8",
        )
        answer = govwatch("doctor")
        (line,) = [one for one in answer.stdout.splitlines() if "messages" in one]
        return f"{line}: {answer.stderr}"

    monkeypatch.delenv("DESK_URL", raising=False)
    assert "DESK_URL is empty or not set" in examined("")
    monkeypatch.setenv("DESK_URL", "mailtos://a:b@mail.example.org")
    assert examined("").startswith("ok\tmessages\tsinks: 1, rules: 1")
    assert "no site cdcc" in examined('sites = ["cdcc"]')


def test_the_doctor_names_a_fault_once(govwatch: Terminal) -> None:
    Path("govwatch.toml").write_text("workrs = 3\n", "utf-8")
    assert govwatch("doctor").stderr.count("unknown key") == 1
    Path("govwatch.toml").write_text('contact = "me"\n', "utf-8")
    assert govwatch("doctor").stderr.count("must be a mail address") == 1


def test_init_writes_no_settings_where_it_can_make_no_database(
    govwatch: Terminal,
) -> None:
    Path("other.db").write_bytes(b"no database at all, just words" * 9)
    assert govwatch("--db", "other.db", "init").exit_code == 3
    assert files() == ["other.db"]


def test_status_tells_people_times_as_they_say_them(
    publish, govwatch: Terminal
) -> None:
    publish()
    govwatch("check", URL)
    told = dict(line.split("\t") for line in govwatch("status").stdout.splitlines())
    assert told["last check"].endswith(" UTC")
    assert "last_check_at" in json.loads(govwatch("status", "--json").stdout)
    # docs/database.md: to be written down elsewhere.
    assert told["ledger sha256"] in govwatch("verify").stdout


def test_a_hash_that_somebody_kept_is_found_or_the_record_is_not_that_one(
    publish, govwatch: Terminal
) -> None:
    publish()
    govwatch("check", URL)
    kept = json.loads(govwatch("status", "--json").stdout)["ledger_sha256"]
    publish("$157 million")
    govwatch("check", URL)
    found = govwatch("verify", "--kept", kept.upper())
    assert found.stdout.endswith(f"{kept.upper()} is ledger row 1\n")
    other = govwatch("verify", "--kept", "0" * 64)
    assert other.exit_code == 1
    assert "no row has that hash" in other.stdout


def test_a_day_in_a_question_is_that_day_to_its_end(
    publish, govwatch: Terminal
) -> None:
    publish()
    govwatch("check", URL)
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    said = govwatch("ask", "said-on", f"url={URL}", f"at={today}").stdout
    assert "$175 million" in said
    assert govwatch("ask", "looks", "since=1d").stdout.startswith(today)


def test_an_unreadable_file_is_named_among_others(govwatch: Terminal) -> None:
    Path("good.html").write_bytes(story())
    Path("bare.html").write_text("<html></html>")
    refused = govwatch("extract", "good.html", "bare.html")
    assert (refused.exit_code, "bare.html: " in refused.stderr) == (3, True)


def test_an_unknown_key_and_a_bad_selector_are_named_with_their_file(
    govwatch: Terminal,
) -> None:
    Path("govwatch.toml").write_text("workrs = 3\n", "utf-8")
    result = govwatch("watch", "list")
    assert result.exit_code == 2
    assert "govwatch.toml: workrs: unknown key" in result.stderr


@pytest.mark.parametrize("content", [b"no database at all, just words" * 9, b""])
def test_a_file_that_is_not_our_database_is_left_as_it_is(
    govwatch: Terminal, content: bytes
) -> None:
    Path("govwatch.db").write_bytes(content)
    result = govwatch("changes")
    assert result.exit_code == 3
    assert Path("govwatch.db").read_bytes() == content


def test_a_foreign_and_a_newer_database_are_refused(
    publish, govwatch: Terminal
) -> None:
    with sqlite3.connect("other.db") as other:
        other.execute("CREATE TABLE t (x)")
    other.close()
    refused = govwatch("--db", "other.db", "check", "--all")
    assert refused.exit_code == 3
    assert "not one of Govwatch's" in refused.stderr

    publish()
    govwatch("check", URL)
    with sqlite3.connect("govwatch.db") as newer:
        newer.execute("PRAGMA user_version = 999")
    newer.close()
    refused = govwatch("changes")
    assert refused.exit_code == 3
    assert "newer" in refused.stderr


def test_a_challenge_page_is_evidence_and_never_a_change(
    answer, publish, site, govwatch: Terminal
) -> None:
    publish()
    govwatch("check", URL)
    site.routes["/releases/bridge-opens"] = answer(
        b"<title>Access Denied</title><h1>Access Denied</h1>You don't have permission "
        b"to access this. Reference #18.1 https://errors.edgesuite.net/18.1",
        status="403 Forbidden",
        headers=HTML,
    )
    blocked = govwatch("check", URL)
    assert blocked.exit_code == 3
    assert "blocked" in blocked.stdout
    told = json.loads(govwatch("history", URL, "--json").stdout)
    assert [event["kind"] for event in told] == ["blocked"]
    assert json.loads(govwatch("changes", "--json").stdout) == []


def test_a_pages_history_leads_to_its_changes(publish, govwatch: Terminal) -> None:
    publish()
    govwatch("check", URL)
    publish("$157 million")
    govwatch("check", URL)
    (told,) = json.loads(govwatch("history", URL, "--json").stdout)
    (change,) = json.loads(govwatch("changes", "--json").stdout)
    assert (told["kind"], told["ref"]) == ("edited", change["ref"])
    assert change["ref"] in govwatch("history", URL).stdout


def test_an_empty_record_says_so(govwatch: Terminal) -> None:
    govwatch("init")
    assert govwatch("verify").stdout == "all is as it was recorded: nothing yet\n"
    assert "govwatch watch add URL" in govwatch("check", "--all").stderr


def test_init_makes_what_it_says(govwatch: Terminal) -> None:
    made = govwatch("init")
    assert made.exit_code == 0
    assert files() == ["govwatch.db", "govwatch.toml"]
    assert govwatch("watch", "list").exit_code == 0
