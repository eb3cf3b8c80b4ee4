"""`govwatch site` as its user runs it, and CONTRIBUTING.md followed to the letter."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scraper.cli import main
from scraper.config import load_profiles, packaged_folder

REPOSITORY = Path(__file__).parents[2]
PAGES = REPOSITORY / "tests" / "pages"

PAGE = """<!DOCTYPE html><html lang=en><head><title>Mill Opens | Mills</title></head>
<body><nav><a href="/">Home</a></nav><main><div class="story">
<h1 class="head">Mill Opens</h1><p class="stamp">May 4, 2026</p>
<p>The mill at the weir ground its first flour today in front
of the whole school of the village.</p><p class="poll">Do you like mills?</p>
<p>It runs on Saturdays until the autumn, when the water falls.</p></div></main></body>
</html>"""
SITE = """title = "Office of Mills"
[[host]]
name = "mills.example.gov"
[[layout]]
name = "article"
[layout.seen]
title = ["h1.head"]
[layout.unverified]
remove = [".poll"]
"""
URL = "https://mills.example.gov/news/opens"


def govwatch(*arguments: str) -> Result:
    runner = CliRunner(env={"GOVWATCH_DB": None, "GOVWATCH_CONFIG": None})
    return runner.invoke(main, ["site", *arguments])


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")


# ---- the packaged pack


def test_every_packaged_fixture_is_read_as_on_file() -> None:
    answer = govwatch("test", "--pages", str(PAGES), "--json")
    found = json.loads(answer.stdout)
    assert [one for one in found if one["differs"]] == []
    assert len(found) >= 15
    assert answer.exit_code == 0


def test_every_family_has_a_fixture() -> None:
    profiles = load_profiles()
    sites = {page.parent.parent.name for page in PAGES.glob("*/*/page.html")}
    families = {one.family for one in profiles.sites if one.site in sites}
    pages = [str(page) for page in PAGES.glob("generic/*/page.html")]
    read_by = {
        json.loads(govwatch("try", page, "--json").stdout)["layout"] for page in pages
    }
    for name, layouts in profiles.families.items():
        assert name in families or {one.name for one in layouts} & read_by, name


def test_all_sites_are_listed(desk: Path) -> None:
    names = {file.stem for file in (packaged_folder() / "sites").glob("*.toml")}
    lines = govwatch("list").stdout.splitlines()
    assert {line.split("\t")[0] for line in lines} == names
    as_json = json.loads(govwatch("list", "--json").stdout)
    justice = next(one for one in as_json if one["site"] == "justice")
    assert justice["hosts"][0]["name"] == "www.justice.gov"
    assert 0 < justice["unseen"] < justice["rules"]


# ---- an operator's own files


def test_the_operators_sites_folder_is_beside_the_settings(desk: Path) -> None:
    put(desk, {"etc/govwatch.toml": "", "etc/sites/mills.toml": SITE})
    runner = CliRunner(env={"GOVWATCH_DB": None, "GOVWATCH_CONFIG": None})
    named = runner.invoke(main, ["--config", "etc/govwatch.toml", "site", "list"])
    assert "mills.example.gov" in named.stdout
    assert "mills.example.gov" not in govwatch("list").stdout
    put(desk, {"sites/mills.toml": SITE})
    assert "mills.example.gov" in govwatch("list").stdout


def test_a_mistake_in_a_site_file_is_one_line_with_file_and_key(desk: Path) -> None:
    put(desk, {"sites/mills.toml": SITE.replace("h1.head", "h1..head")})
    answer = govwatch("list")
    assert answer.exit_code == 2
    assert (
        "sites/mills.toml: layout.0.seen.title.0: not a CSS selector" in answer.stderr
    )
    assert len(answer.stderr.splitlines()) == 1


def test_try_shows_fields_rules_marks_and_removals(desk: Path) -> None:
    put(desk, {"sites/mills.toml": SITE, "page.html": PAGE})
    shown = govwatch("try", "page.html", "--url", URL).stdout
    assert "mills (Office of Mills), layout article" in shown
    assert "title  <- h1.head (seen)\n  Mill Opens\n" in shown
    assert "Do you like mills?  <- .poll (unverified)" in shown
    assert "published  <- " in shown
    assert "2026-05-04" in shown


def test_try_reads_a_file_of_no_known_site_by_the_generic_rules(desk: Path) -> None:
    put(desk, {"page.html": PAGE})
    read = json.loads(govwatch("try", "page.html", "--json").stdout)
    assert (read["site"], read["layout"]) == ("generic", None)
    assert read["article"]["title"] == "Mill Opens"


def test_try_fetches_a_page_and_records_nothing(desk: Path, site, answer) -> None:
    site.routes["/opens"] = answer(
        PAGE.encode(), headers=("Content-Type: text/html; charset=utf-8",)
    )
    reach = ["--connect-to", f"www.example.gov:443:127.0.0.1:{site.port}"]
    run = [*reach, "--cacert", site.ca_file, "site", "try"]
    runner = CliRunner(env={"GOVWATCH_DB": None, "GOVWATCH_CONFIG": None})
    shown = runner.invoke(main, [*run, "https://www.example.gov/opens"])
    assert "Mill Opens" in shown.stdout
    missing = runner.invoke(main, [*run, "https://www.example.gov/none"])
    assert missing.exit_code == 3
    assert "not_found" in missing.stderr
    assert [path.name for path in desk.iterdir() if path.suffix != ".pem"] == []


def test_escape_sequences_of_a_page_do_not_reach_the_terminal(desk: Path) -> None:
    put(desk, {"page.html": PAGE.replace("Do you like", "\x1b[2J\x1b]0;x\x07like")})
    put(desk, {"sites/mills.toml": SITE})
    shown = govwatch("try", "page.html", "--url", URL)
    assert shown.exit_code == 0
    assert "\x1b" not in shown.stdout


def test_a_file_that_holds_no_article_is_one_line_and_exit_3(desk: Path) -> None:
    put(desk, {"empty.html": "<html><body></body></html>"})
    for arguments in (
        ("try", "empty.html"),
        ("new", "mills.example.gov", "empty.html"),
    ):
        answer = govwatch(*arguments)
        assert answer.exit_code == 3
        assert len(answer.stderr.splitlines()) == 1


def test_a_draft_is_a_site_file_that_loads(desk: Path) -> None:
    put(desk, {"page.html": PAGE})
    draft = govwatch("new", "mills.example.gov", "page.html").stdout
    put(desk, {"sites/mills.toml": draft})
    profile = next(
        s for s in load_profiles(own=desk / "sites").sites if s.site == "mills"
    )
    assert profile.layouts[0].fields["title"] == ("h1.head",)
    assert profile.layouts[0].fields["published"] == ("p.stamp",)


def test_a_draft_names_the_family_that_reads_the_pages(desk: Path) -> None:
    meta = '<meta name="Generator" content="Drupal 10 (https://www.drupal.org)">'
    put(desk, {"page.html": PAGE.replace("<title>", f"{meta}<title>")})
    draft = govwatch("new", "mills.example.gov", "page.html").stdout
    assert tomllib.loads(draft)["family"] == "drupal"


def test_a_draft_says_when_a_file_describes_the_host_already(desk: Path) -> None:
    put(desk, {"page.html": PAGE})
    answer = govwatch("new", "www.justice.gov", "page.html")
    assert "already described as justice" in answer.stderr


@pytest.mark.parametrize("host", ["mills", "10.0.0.1", "mills example.gov"])
def test_a_draft_for_no_host_is_a_usage_error(desk: Path, host: str) -> None:
    put(desk, {"page.html": PAGE})
    answer = govwatch("new", host, "page.html")
    assert answer.exit_code == 2
    assert answer.stdout == ""


def test_a_fixture_that_reads_otherwise_fails_and_names_the_field(desk: Path) -> None:
    case = "sites/pages/mills/opens"
    put(desk, {"sites/mills.toml": SITE, f"{case}/page.html": PAGE})
    put(desk, {f"{case}/meta.toml": f'url = "{URL}"\n'})
    first = govwatch("test")
    assert first.exit_code == 1
    assert "no article.json yet" in first.stdout
    assert govwatch("test", "mills", "--accept").exit_code == 0
    assert govwatch("test", "mills").exit_code == 0
    put(desk, {f"{case}/page.html": PAGE.replace("Mill Opens", "Mill Shuts")})
    changed = govwatch("test", "mills")
    assert changed.exit_code == 1
    assert 'title: "Mill Opens" -> "Mill Shuts"' in changed.stdout


def test_a_site_without_fixtures_is_a_usage_error(desk: Path) -> None:
    answer = govwatch("test", "mills")
    assert answer.exit_code == 2
    assert "no fixtures of mills" in answer.stderr


def test_a_fixture_without_an_address_is_named(desk: Path) -> None:
    case = "sites/pages/mills/opens"
    put(desk, {f"{case}/page.html": PAGE, f"{case}/meta.toml": ""})
    answer = govwatch("test")
    assert answer.exit_code == 2
    assert "meta.toml: url: is required" in answer.stderr


# ---- CONTRIBUTING.md

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks() -> list[tuple[str, str, str]]:
    """Return kind, the file named before it and text of each block of the example."""
    guide = (REPOSITORY / "CONTRIBUTING.md").read_text("utf-8")
    start, end = guide.index("### A worked example"), guide.index("## Follow")
    example = guide[start:end]
    found = []
    for match in BLOCK.finditer(example):
        before = example[: match.start()].rstrip().rsplit("\n", 1)[-1]
        named = re.fullmatch(r"`([\w./-]+)`", before)
        found.append((match[1], named[1] if named else "", match[2]))
    return found


def expected_of(lines: list[str]) -> re.Pattern[str]:
    """Return what matches an output in which `...` stands for anything."""
    pattern = re.escape("\n".join(lines)).replace(re.escape("..."), ".*")
    return re.compile(pattern.strip(), re.DOTALL)


def test_adding_a_site_as_contributing_tells_works(desk: Path) -> None:
    ran = 0
    for kind, file, text in blocks():
        if kind != "console":
            put(desk, {file: text})
            continue
        for step in text.split("$ govwatch site ")[1:]:
            command, *shown = step.rstrip().split("\n")
            answer = govwatch(*shlex.split(command))
            assert answer.exit_code == 0, answer.output
            assert expected_of(shown).fullmatch(answer.stdout.strip()), answer.stdout
            ran += 1
    assert ran == 4
    article = json.loads(
        (desk / "tests/pages/orchards/story/article.json").read_text("utf-8")
    )
    assert article["published"] == "2026-05-20"
    assert [block["text"].split()[0] for block in article["blocks"]] == [
        "The",
        "Pickers",
    ]
