"""Watching as a newcomer does it: look first, then ask, then follow what is named."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from scraper.cli import main

HOST = "www.example.gov"
FEED = f"https://{HOST}/feed/"
NEWS = f"https://{HOST}/news/"
HTML = ("Content-Type: text/html; charset=utf-8",)
XML = ("Content-Type: application/rss+xml",)
STORIES = ("bridge", "ferry", "harbor", "tunnel")
STORY = """<!DOCTYPE html><html lang=en><head><title>{name} Opens</title></head><body>
<main><article><h1>The {name} Opens</h1><p>Published: November 20, 2026</p>
<p>Engineers opened a new {name} today, eleven months after flooding carried the old
one away, the garrison said in a statement on Thursday.</p>
<p>It was built under a contract worth $175 million and replaces one that served three
neighboring towns since 1962.</p></article></main></body></html>"""
LISTED = """<div class="item"><h2><a href="/{name}">The new {name} opens</a></h2>
<time datetime="2026-11-20">November 20, 2026</time>
<p>Engineers opened it today, eleven months after the flood.</p></div>"""
CHALLENGE = (
    b"<title>Access Denied</title><h1>Access Denied</h1>You don't have permission to "
    b"access this. Reference #18.1 https://errors.edgesuite.net/18.1"
)


@pytest.fixture
def newsroom(site, answer):
    """Put a feed, a list and their stories online; return a way to publish more."""

    def publish(*names: str) -> None:
        told = "".join(
            f"<item><title>The new {name} opens</title><link>https://{HOST}/{name}"
            "</link><pubDate>Fri, 20 Nov 2026 12:00:00 GMT</pubDate>"
            f"<description>A {name} for $175 million.</description></item>"
            for name in names
        )
        feed = f'<rss version="2.0"><channel><title>N</title>{told}</channel></rss>'
        site.routes["/feed/"] = answer(feed.encode(), headers=XML)
        rows = "".join(LISTED.format(name=name) for name in names)
        news = (
            "<!DOCTYPE html><html lang=en><head><title>News</title>"
            '<link rel="alternate" type="application/rss+xml" href="/feed/"></head>'
            f"<body><main><h1>News</h1>{rows}</main></body></html>"
        )
        site.routes["/news/"] = answer(news.encode(), headers=HTML)
        for name in names:
            body = STORY.format(name=name).encode()
            site.routes[f"/{name}"] = answer(body, headers=HTML)

    publish(*STORIES)
    return publish


@pytest.fixture
def refused(answer):
    return answer(CHALLENGE, status="403 Forbidden", headers=HTML)


@pytest.fixture
def govwatch(site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "desk"
    folder.mkdir()
    monkeypatch.chdir(folder)
    options = [
        "--cacert",
        site.ca_file,
        "--connect-to",
        f"{HOST}:443:127.0.0.1:{site.port}",
    ]

    def run(*arguments: str, stdin: str | None = None):
        runner = CliRunner(env={"GOVWATCH_DB": None, "GOVWATCH_CONFIG": None})
        return runner.invoke(main, [*options, *arguments], input=stdin)

    return run


def files() -> list[str]:
    return sorted(path.name for path in Path.cwd().iterdir())


def watched(govwatch) -> list[dict[str, object]]:
    return json.loads(govwatch("watch", "list", "--json").stdout)


@pytest.mark.parametrize(("url", "kind"), [(FEED, "feed"), (NEWS, "listing")])
def test_it_shows_what_it_found_and_asks(newsroom, govwatch, url, kind):
    shown = govwatch("watch", "add", url, stdin="y\n")
    assert shown.exit_code == 0, shown.output
    assert f"a {kind} that names 4 stories" in shown.stderr
    assert shown.stderr.count("sample ") == 3
    assert "2026-11-20  The bridge Opens" in shown.stderr
    assert "asked once in 5 s at most (17,280 a day)" in shown.stderr
    assert "Watch it?" in shown.stderr
    assert shown.stdout == f"watching {url} (watch 1)\n"
    assert [one["kind"] for one in watched(govwatch)] == [kind]


def test_a_page_that_offers_a_feed_says_so(newsroom, govwatch):
    assert FEED in govwatch("watch", "add", NEWS, "--yes").stderr


def test_an_article_is_shown_as_it_would_be_read(newsroom, govwatch):
    shown = govwatch("watch", "add", f"https://{HOST}/bridge", "--yes")
    assert "an article" in shown.stderr
    assert "The bridge Opens" in shown.stderr
    assert [one["kind"] for one in watched(govwatch)] == ["article"]


def test_from_nothing_to_a_watched_newsroom_and_a_new_story(newsroom, govwatch):
    assert govwatch("watch", "add", FEED, "--yes").exit_code == 0
    first = govwatch("check", "--due")
    assert first.exit_code == 0
    assert "names 4 stories not known before" in first.stdout
    (one,) = watched(govwatch)
    assert (one["stories"], one["followed"]) == (4, 4)
    newsroom("school", *STORIES)
    second = govwatch("check", FEED)
    assert "names 1 story not known before" in second.stdout
    third = govwatch("check", f"https://{HOST}/school")
    assert "new " in third.stdout
    history = json.loads(govwatch("history", f"https://{HOST}/school", "--json").stdout)
    assert [event["kind"] for event in history] == ["published"]


def test_all_pages_are_those_that_a_list_names_meanwhile_too(newsroom, govwatch):
    govwatch("watch", "add", NEWS, "--yes")
    lines = govwatch("check", "--all").stdout.splitlines()
    assert [line.split()[0] for line in lines if "https://" in line].count("new") == 4
    assert len({line for line in lines if "https://" in line}) == 5


@pytest.mark.parametrize("stdin", ["n\n", ""])
def test_without_a_yes_nothing_is_written(newsroom, govwatch, stdin):
    declined = govwatch("watch", "add", FEED, stdin=stdin)
    assert declined.exit_code == (0 if stdin else 2)
    assert declined.stdout == ""
    assert files() == []


def test_a_feed_whose_stories_are_refused_is_offered_as_feed_only(
    newsroom, refused, site, govwatch
):
    for name in STORIES:
        site.routes[f"/{name}"] = refused
    shown = govwatch("watch", "add", FEED, stdin="y\n")
    assert "refuses this machine every story" in shown.stderr
    assert "without asking for them?" in shown.stderr
    assert [one["feed_only"] for one in watched(govwatch)] == [True]
    asked = len(site.log)
    govwatch("check", "--due")
    paths = {request.path for request in site.log[asked:]}
    assert paths == {"/robots.txt", "/feed/"}
    told = govwatch("show", f"https://{HOST}/bridge")
    assert "A bridge for $175 million." in told.stdout


def test_a_refused_site_is_said_to_be_and_its_feeds_are_offered(
    newsroom, refused, site, govwatch
):
    own = Path("sites")
    own.mkdir()
    own.joinpath("example.toml").write_text(
        'title = "Example"\n[[host]]\nname = "www.example.gov"\n'
        f'[[watch]]\nurl = "{FEED}"\nkind = "feed"\n',
        "utf-8",
    )
    site.routes["/news/"] = refused
    shown = govwatch("watch", "add", NEWS, "--yes")
    assert "the site refuses this machine" in shown.stderr
    assert "it answers" in shown.stderr
    (one,) = watched(govwatch)
    assert (one["url"], one["feed_only"]) == (FEED, True)


def test_a_site_files_suggestions_are_taken_up(newsroom, govwatch):
    own = Path("sites")
    own.mkdir()
    own.joinpath("example.toml").write_text(
        'title = "Example"\n[[host]]\nname = "www.example.gov"\n'
        f'[[watch]]\nurl = "{FEED}"\nkind = "feed"\n'
        f'[[watch]]\nurl = "{NEWS}"\nkind = "listing"\nexclude = ["ferry"]\n',
        "utf-8",
    )
    added = govwatch("watch", "add", "example", "--yes")
    assert added.exit_code == 0, added.output
    assert [(one["kind"], one["site"]) for one in watched(govwatch)] == [
        ("feed", "example"),
        ("listing", "example"),
    ]
    assert watched(govwatch)[1]["exclude"] == ["ferry"]


def test_a_watched_address_is_not_looked_at_again(newsroom, site, govwatch):
    govwatch("watch", "add", FEED, "--yes")
    asked = len(site.log)
    again = govwatch("watch", "add", FEED, "--yes")
    assert again.exit_code == 0
    assert "watched already (watch 1)" in again.stderr
    assert len(site.log) == asked


def test_a_watch_is_paused_resumed_and_removed_by_number_or_address(govwatch):
    govwatch("watch", "add", FEED, "--no-probe", "--kind", "feed")

    def paces() -> list[str]:
        watches = govwatch("watch", "list").stdout.splitlines()
        return [line.split("\t")[3] for line in watches]

    assert paces() == ["adaptive"]
    assert govwatch("watch", "pause", "1").stdout == f"paused {FEED}\n"
    assert paces() == ["paused"]
    assert govwatch("watch", "resume", FEED).stdout == f"watching again {FEED}\n"
    assert paces() == ["adaptive"]
    assert govwatch("watch", "remove", FEED).stdout == f"no longer watching {FEED}\n"
    assert "nothing is watched yet" in govwatch("watch", "list").stderr
    assert "watch" in govwatch("watch", "remove", "1").stderr


def test_without_a_probe_nothing_is_sent(site, govwatch):
    added = govwatch("watch", "add", FEED, "--kind", "feed", "--no-probe")
    assert added.exit_code == 0
    assert site.log == []
    assert [one["kind"] for one in watched(govwatch)] == ["feed"]


@pytest.mark.parametrize(
    ("arguments", "exit_code", "said"),
    [
        ((FEED, "--kind", "sitemap"), 3, "a feed where a sitemap was expected"),
        ((NEWS, "--kind", "feed"), 3, "a page where a feed was expected"),
        ((f"https://{HOST}/bridge", "--kind", "listing"), 3, "no stories"),
        ((f"https://{HOST}/absent",), 3, "404"),
        ((f"https://{HOST}/closed",), 3, "refuses this machine"),
        (("https://nowhere.example.gov/",), 3, "cannot be resolved"),
        (("https://www.example.com/",), 2, "allowed_hosts"),
        (("nosuchsite",), 2, "`govwatch site list`"),
        ((FEED, "--include", "("), 2, "no regular expression"),
        ((FEED, "--most", "0"), 2, "--most"),
        ((NEWS, "--feed-only"), 3, "is no feed"),
    ],
)
def test_what_cannot_be_watched_is_one_clear_line_and_leaves_no_trace(
    newsroom, refused, site, govwatch, arguments, exit_code, said
):
    site.routes["/closed"] = refused
    result = govwatch("watch", "add", *arguments, "--yes")
    assert result.exit_code == exit_code, result.output
    assert said in result.stderr
    assert result.stdout == ""
    assert files() == []
