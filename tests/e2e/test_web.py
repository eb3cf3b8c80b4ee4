"""Every page as Datasette answers it, without a browser."""

import asyncio
import hashlib
import io
import json
import re
import sqlite3
import zipfile
from html.parser import HTMLParser
from importlib.metadata import entry_points
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

pytest.importorskip("datasette", reason="the pages are an extra: govwatch[web]")

import httpx
from datasette.app import Datasette

from scraper.errors import ConfigError
from scraper.web import server
from scraper.web.rendering import script_hash
from tests.e2e import web_record
from tests.e2e.web_record import HOSTILE, JAVASCRIPT, SCRIPT
from tests.recorded import desk, story

TOKEN = "correct-horse-battery"  # noqa: S105 - of this test


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    return web_record.make(tmp_path_factory.mktemp("web"))


@pytest.fixture(scope="module")
def served(record):
    return server.site(record.path, names=["news.example.org"], time_zone="Asia/Tokyo")


@pytest.fixture(scope="module")
def get(served):
    """Return a function that asks for a path; keywords are `ask`'s."""
    return lambda path, **asked: ask(served, path, **asked)


def ask(
    served, path, *, method="GET", client="127.0.0.1", host="localhost", data=None, **h
):
    transport = httpx.ASGITransport(app=served.app(), client=(client, 5000))

    async def answer():
        async with httpx.AsyncClient(
            transport=transport, base_url=f"http://{host}"
        ) as asking:
            return await asking.request(method, path, data=data, headers=h)

    return asyncio.run(answer())


@pytest.fixture(scope="module")
def everywhere(record):
    """Every page of ours that shows what came from others."""
    return [
        "/-/timeline",
        "/-/timeline?words=there",
        f"/-/change/{record.hostile}",
        f"/-/change/{record.hostile}?view=inline",
        f"/-/group/{record.group}",
        "/-/page/2",
        "/-/page/2/text?version=1",
        "/-/page/2/compare?old=1&new=2",
        "/-/phrase?words=there",
        "/-/sites",
        "/govwatch/pages",
        "/govwatch/versions",
        "/govwatch/recent_changes",
        "/govwatch/edits",
        "/govwatch/images",
    ]


class Tags(HTMLParser):
    """What a browser would make of a page: elements and their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def test_datasette_finds_the_plugin_by_itself():
    named = {found.name: found.value for found in entry_points(group="datasette")}
    assert named.get("govwatch") == "scraper.web", "install the project anew: make"


def test_the_first_page_is_the_timeline(get):
    assert get("/").headers["location"] == "/-/timeline"


def test_hostile_words_are_text_on_every_page(get, everywhere):
    for path in everywhere:
        answer = get(path)
        assert answer.status_code == 200, path
        tags = Tags(answer.text).found
        ours = path.startswith("/-/")
        assert not [t for t, _ in tags if t in {"iframe", "object", "embed", "img"}]
        assert not [a for _, a in tags for name in a if name.startswith("on")], path
        targets = [a["href"] for _, a in tags if a.get("href")]
        assert not [t for t in targets if t.startswith(("javascript", "data"))], path
        if ours:
            assert not [t for t, _ in tags if t == "script"]
            assert not [a for _, a in tags if "style" in a]
        assert not re.search(
            r"[\x00-\x08\x0e-\x1f\u202a-\u202e\u2066-\u2069]", answer.text
        )


def test_hostile_words_are_shown_not_hidden(get, record):
    page = get(f"/-/change/{record.hostile}").text
    assert "&lt;script&gt;" in page
    assert "&lt;svg onload" in page
    text = get("/-/page/2/text?version=1").text
    assert JAVASCRIPT.replace("'", "&#39;") in text


def test_every_answer_carries_the_headers_that_protect_it(get, everywhere, record):
    paths = [*everywhere, "/nowhere", f"/-/change/{record.figure}/evidence.zip"]
    for path in [*paths, "/govwatch.json", "/-/static/app.css"]:
        headers = get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-inline" not in re.sub(r"style-src[^;]*", "", policy)
        if path.startswith("/-/") and "static" not in path:
            assert "script-src" not in policy
            assert "unsafe" not in policy


def test_datasettes_own_scripts_run_by_hash_and_no_others(get):
    answer = get("/govwatch/pages")
    scripts = re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL)
    assert scripts
    for script in scripts:
        assert script_hash(script) in answer.headers["content-security-policy"]


def test_another_name_or_machine_is_refused_and_told_why(get):
    answer = get("/-/timeline", host="evil.example")
    assert answer.status_code == 421
    assert "--name evil.example" in answer.text
    answer = get("/-/timeline", client="192.0.2.7")
    assert answer.status_code == 403
    assert "GOVWATCH_TOKEN" in answer.text
    assert get("/govwatch.json", host="evil.example").status_code == 421
    assert get("/-/timeline", host="news.example.org").status_code == 200


def test_with_a_token_the_form_lets_in_and_nothing_else_does(record, monkeypatch):
    monkeypatch.setenv("GOVWATCH_TOKEN", TOKEN)
    served = server.site(record.path, names=["news.example.org"], time_zone=None)
    there = {"client": "192.0.2.7", "host": "news.example.org"}
    for path in ("/-/timeline", "/govwatch.json", "/govwatch.db", "/"):
        refused = ask(served, path, **there)
        assert refused.status_code == 401
        assert "Bridge" not in refused.text
    (style,) = re.findall(r'<link rel="stylesheet" href="([^"]+)"', refused.text)
    assert ask(served, style, **there).headers["content-type"].startswith("text/css")
    form = {"method": "POST", "data": {"token": "wrong"}}
    assert ask(served, "/-/enter", **there, **form).status_code == 401
    entered = ask(served, "/-/enter", **there, method="POST", data={"token": TOKEN})
    assert (entered.status_code, entered.headers["location"]) == (303, "/")
    cookie = entered.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
    assert TOKEN not in cookie
    answer = ask(served, "/-/timeline", **there, cookie=cookie.partition(";")[0])
    assert "Bridge opens" in answer.text
    bearer = ask(served, "/-/timeline", **there, authorization=f"Bearer {TOKEN}")
    assert bearer.status_code == 200


def test_a_token_too_short_to_keep_anyone_out_is_refused(record, monkeypatch):
    monkeypatch.setenv("GOVWATCH_TOKEN", "short")
    with pytest.raises(ConfigError, match="16 characters"):
        server.site(record.path, names=[], time_zone=None)


def test_the_timeline_can_be_read_to_its_end(get):
    path, seen = "/-/timeline", 0
    while path:
        page = get(path).text
        seen += page.count('class="line ')
        older = re.search(r'class="older" href="([^"]+)"', page)
        path = older[1].replace("&amp;", "&") if older else None
    assert seen == 1 + 2 + 1 + 1 + 60 + 1 + 12


def test_the_timeline_goes_back_to_a_day_and_says_so_in_its_title(get):
    page = get("/-/timeline?until=2026-11-23&silent=1&site=%3Cb%3E").text
    assert "<title>Timeline, undisclosed, &lt;b&gt;, until 2026-11-23 -" in page
    page = get("/-/timeline?until=2026-11-24").text
    days = re.findall(r'<h2 id="day\d+">([^<]+)</h2>', page)
    assert (days[0], days[-1]) == ("24 November 2026", "23 November 2026")
    assert "until" not in re.findall(r'href="([^"]+atom[^"]*)"', page)[0]
    before = get("/-/timeline?until=2026-11-22").text
    assert "No event is like that" in before
    older = get("/-/timeline?before=2026-11-24T00:00:00Z_1").text
    assert "Newest events" in older


def test_a_page_that_follows_itself_on_the_timeline_is_named_once_to_the_eye(get):
    page = get("/-/timeline?until=2026-11-23").text
    again = re.findall(r'<li class="line [a-z]+ again">.*?</li>', page, re.DOTALL)
    assert again
    for line in again:
        assert '<h3 class="unseen"' in line
        assert re.search(r'<p class="summary"[^>]*><a href="/-/', line)


def test_a_record_without_events_says_what_will_stand_there(tmp_path):
    made = desk(tmp_path)
    made.store.close()
    served = server.site(tmp_path / "govwatch.db", names=[], time_zone=None)
    assert "Nothing has happened yet" in ask(served, "/-/timeline").text
    assert "never" in ask(served, "/-/sites").text
    assert ask(served, "/-/phrase?words=any").status_code == 200


def test_filters_that_make_no_sense_are_not_an_error(get):
    for query in ("weight=nan", "weight=x", "kind=x", "before=x_y", "until=x"):
        page = get(f"/-/timeline?{query}")
        assert page.status_code == 200
        assert "Older events" in page.text, query
    assert "No event is like that" in get("/-/timeline?site=nowhere").text


def test_a_parameter_that_nobody_knows_changes_nothing(get):
    for path in ("/-/timeline", "/-/timeline.atom"):
        assert get(f"{path}?self=1&asked=2&silent=1").text == (
            get(f"{path}?silent=1").text
        )


def test_a_time_at_the_edge_of_the_calendar_is_no_time(get):
    for when in ("9999-12-31", "0001-01-01T00:00:00%2B14:00", "9999-12-31T23-14:00"):
        assert get(f"/-/timeline?before={when}_1").status_code == 200
        assert get(f"/-/page/2/text?at={when}").status_code == 404


def test_the_change_page_cites_and_proves(get, record):
    page = get(f"/-/change/{record.figure}").text
    for told in (
        f"Govwatch change {record.figure}",
        "https://web.archive.org/web/20261123120000/https://www.example.gov/releases",
        "192.0.2.1:443",
        "row 2,",
        '<ins class="figure">157</ins>',
        "unchanged paragraphs",
        "22:00 JST",
    ):
        assert told in page, told


def test_a_change_of_a_mass_edit_says_so_and_leads_to_all_its_pages(get, record):
    page = get(f"/-/change/{record.swapped}").text
    found = re.search(r'Part of a mass edit: <a href="([^"]+)">([^<]+)<', page)
    assert found is not None
    assert found[1] == f"/-/group/{record.group}"
    assert found[2] == "12 pages: “clean energy” became “energy”"
    group = get(found[1]).text
    assert re.search(f'<a href="/-/change/{record.swapped}">[^<]*Program 11</a>', group)
    assert group.count('<a href="/-/change/') == 12
    assert "Seen on the first page" in group
    timeline = get("/-/timeline?site=swapped").text
    assert f'<a href="{found[1]}">{found[2]}</a>' in timeline
    assert timeline.count('<a href="/-/change/') == 10
    assert f'<a href="{found[1]}">all 12</a>' in timeline
    assert "Part of" not in get(f"/-/change/{record.figure}").text
    rest = get(f"{found[1]}?after=70").text
    assert 0 < rest.count('<a href="/-/change/') < 12


def test_the_evidence_is_an_archive_that_checks_itself(get, record):
    answer = get(f"/-/change/{record.figure}/evidence.zip")
    assert answer.headers["content-type"] == "application/zip"
    assert "attachment" in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        files = {n.partition("/")[2]: archive.read(n) for n in archive.namelist()}
    for line in files["SHA256SUMS"].decode().splitlines():
        digest, _, name = line.partition("  ")
        assert hashlib.sha256(files[name]).hexdigest() == digest
    assert "<ins>157</ins>" in files["comparison.html"].decode()


def test_captured_bytes_are_never_served_as_html(get):
    answer = get("/govwatch/body_parts/1,0.blob?_blob_column=content")
    assert answer.headers["content-type"] != "text/html"
    assert "attachment" in answer.headers["content-disposition"]


def test_text_as_of_a_day_and_before_any(get):
    assert "Bridge opens to trucks" in get("/-/page/1/text?at=2026-11-23").text
    early = get("/-/page/1/text?at=2026-11-22")
    assert early.status_code == 404
    assert "had not been seen yet" in early.text
    assert "is not a day" in get("/-/page/1/text?at=yesterday").text


def test_a_page_of_many_versions_is_shown_in_parts(tmp_path):
    made = desk(tmp_path)
    for number in range(102):
        made.look(story(f"The count is {number}."))
    made.store.close()
    served = server.site(tmp_path / "govwatch.db", names=[], time_zone=None)
    newest = ask(served, "/-/page/1").text
    assert "Versions 3 to 102 of 102." in newest
    assert newest.count('name="old" value=') == 100
    older = re.search(r'class="older" href="([^"]+)"', newest)
    assert older is not None
    oldest = ask(served, older[1]).text
    assert "Versions 1 to 2 of 102." in oldest
    assert 'class="older"' not in oldest
    assert "The newest 100;" in newest
    for page in (newest, oldest):
        assert 'name="old" type="number"' in page
    compared = ask(served, "/-/page/1/compare?old=1&new=102").text
    assert "Version 1, seen from" in compared


def test_a_page_is_found_by_its_address(get):
    assert get(f"/-/page?url={HOSTILE}").headers["location"] == "/-/page/2"
    for address in ("https://nowhere.gov/", "2", "9223372036854775808"):
        assert get(f"/-/page?url={address}").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/-/change/nothing",
        "/-/page/999",
        "/-/group/1",
        "/-/group/999999",
        "/-/page/1/compare?old=1",
        "/-/page/1/text?version=x",
        "/nowhere",
        "/govwatch/nowhere",
    ],
)
def test_what_is_not_there_is_a_page_that_says_so(get, path):
    answer = get(path)
    assert answer.status_code == 404
    assert "Not here" in answer.text


def test_the_page_of_all_tables_says_where_to_begin(get):
    page = get("/govwatch")
    beginning = re.findall(r'<a href="(govwatch/\w+)">', page.text)
    assert beginning[0] == "govwatch/recent_changes"
    assert len(beginning) == 4
    for view in beginning:
        assert get(f"/{view}").status_code == 200
    assert "/govwatch/passage_lists" not in page.text


def test_an_unknown_table_asked_for_as_json_answers_in_json(get):
    answer = get("/govwatch/nowhere.json")
    assert answer.status_code == 404
    assert json.loads(answer.text)["ok"] is False


def test_nothing_can_be_written(get):
    answer = get("/govwatch.json?sql=delete+from+changes")
    assert answer.status_code == 400
    assert get("/-/timeline", method="POST").status_code in {200, 403}


def test_saved_questions_and_column_notes_are_datasettes(get, served):
    page = get("/govwatch").text
    assert "ask-silent" in page
    assert "What did it change without saying so?" in get("/govwatch/ask-silent").text
    assert "cite this" in get("/govwatch/changes").text
    for name in ("ask-versions", "versions", "ask-gaps", "gaps"):
        assert get(f"/govwatch/{name}").status_code == 200


def test_a_ref_in_datasettes_tables_leads_to_its_change(get, record):
    page = get("/govwatch/recent_changes").text
    assert f'<a href="/-/change/{record.figure}">' in page


ATOM = "{http://www.w3.org/2005/Atom}"


def entries(answer) -> dict[str, ET.Element]:
    feed = ET.fromstring(answer.content)  # noqa: S314 - our own output
    return {found.findtext(f"{ATOM}id"): found for found in feed.iter(f"{ATOM}entry")}


def test_the_feed_is_atom_and_tells_what_the_timeline_tells(get, record):
    answer = get("/-/timeline.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    found = entries(answer)
    assert len(found) == answer.text.count("<entry>") == 78
    change = found[f"urn:govwatch:change:{record.figure}"]
    links = {link.get("rel"): link.get("href") for link in change.iter(f"{ATOM}link")}
    assert links == {
        "alternate": f"http://localhost/-/change/{record.figure}",
        "related": "https://www.example.gov/releases/bridge",
    }
    assert "<ins>157</ins>" in change.findtext(f"{ATOM}content")
    (mass,) = (
        entry
        for entry in found.values()
        if entry.find(f"{ATOM}category").get("term") == "mass_edit"
    )
    # What a reader of feeds lists is the title.
    for name in ("title", "summary"):
        assert "12 pages: “clean energy” became “energy”" in mass.findtext(
            f"{ATOM}{name}"
        )
    assert change.findtext(f"{ATOM}title") == "Bridge opens: The story was edited."


def test_the_feed_keeps_to_the_filters_and_holds_nothing_that_acts(get, record):
    assert len(entries(get("/-/timeline.atom?silent=1&site=example"))) == 2
    assert entries(get("/-/timeline.atom?site=nowhere")) == {}
    hostile = entries(get("/-/timeline.atom?words=there"))
    title = hostile[f"urn:govwatch:change:{record.hostile}"].findtext(f"{ATOM}title")
    assert title.startswith(SCRIPT)
    assert "\ufffdtxt.exe" in title
    odd = get("/-/timeline.atom?words=%0C%E2%80%AE%22%3E%3Cb%3E")
    assert entries(odd) == {}
    name = ET.fromstring(odd.content).findtext(f"{ATOM}id")  # noqa: S314 - our own output
    assert name == "urn:govwatch:feed:timeline?words=%E2%80%AE%22%3E%3Cb%3E"


def test_a_database_of_others_is_left_alone(tmp_path: Path):
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE things (name TEXT)")
    connection.close()
    served = Datasette([str(path)])
    assert ask(served, "/", host="evil.example", client="192.0.2.7").status_code == 200
    assert ask(served, "/-/timeline").status_code in {404, 500}
