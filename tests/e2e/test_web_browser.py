"""The pages as people use them, in a real browser over a real socket.

Without the browser these are skipped, which fails where CI is set: `make packages`.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

_CHROMIUM = shutil.which("chromium")
_FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update"),
    "--disable-sync",
)
if not os.environ.get("CI"):
    if _CHROMIUM is None:
        pytest.skip("no chromium here; `make packages`", allow_module_level=True)
    pytest.importorskip("playwright", reason="set up anew: make setup")

from axe_playwright_python.sync_playwright import Axe  # noqa: E402 - after the skip
from playwright.sync_api import expect, sync_playwright  # noqa: E402 - after the skip

from scraper import report  # noqa: E402 - after the skip
from scraper.store import Store  # noqa: E402 - after the skip
from tests.e2e import web_record  # noqa: E402 - after the skip

NOW = datetime(2026, 11, 30, tzinfo=UTC)
SERVE = "from scraper.cli import main; main()"


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    return web_record.make(tmp_path_factory.mktemp("web"))


@pytest.fixture(scope="module")
def site(record):
    """The address at which `govwatch serve` shows the record."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    settings = record.path.parent / "govwatch.toml"
    settings.write_text('[notify]\nzone = "America/New_York"\n')
    environ = {k: v for k, v in os.environ.items() if not k.startswith("GOVWATCH_")}
    started = subprocess.Popen(  # noqa: S603 - ours
        [
            *(sys.executable, "-c", SERVE, "--db", str(record.path)),
            *("serve", "--port", str(port)),
        ],
        cwd=record.path.parent,
        env=environ | {"PYTHONPATH": str(Path.cwd())},
        stderr=subprocess.PIPE,
    )
    try:
        _wait_for(port, started)
        yield f"http://127.0.0.1:{port}"
    finally:
        started.terminate()
        started.communicate(timeout=10)


def _wait_for(port: int, started: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        with closing(socket.socket()) as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert started.poll() is None, started.communicate()
        threading.Event().wait(0.05)
    pytest.fail("govwatch serve did not answer within 15 s")


@pytest.fixture(scope="module")
def chromium():
    assert _CHROMIUM, "chromium is missing: make packages"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=[*_FLAGS])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, site):
    """Return a function that opens a path; keywords go to the browser's context."""
    contexts = []

    def go(path: str, *, width: int = 1200, **context):
        made = chromium.new_context(
            viewport={"width": width, "height": 900}, base_url=site, **context
        )
        contexts.append(made)
        page = made.new_page()
        page.problems = []
        page.on("console", lambda said: page.problems.append(said.text))
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.goto(path)
        return page

    yield go
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def paths(record):
    """Every page of ours; the last is one that is not there."""
    return [
        "/-/timeline",
        "/-/timeline?words=nothing+says+so",
        f"/-/change/{record.figure}",
        f"/-/change/{record.figure}?view=inline",
        f"/-/change/{record.hostile}",
        f"/-/change/{record.swapped}",
        f"/-/group/{record.group}",
        "/-/page/1",
        "/-/page/2",
        "/-/page/1/text?version=1",
        "/-/page/2/text?version=1",
        "/-/page/1/compare?old=1&new=3",
        "/-/phrase?words=county%27s+plans",
        "/-/sites",
        "/-/page/999",
    ]


def test_the_timeline_is_filtered_by_its_form_with_javascript_off(open_page):
    page = open_page("/", java_script_enabled=False)
    expect(page.locator(".line")).to_have_count(50)
    page.get_by_label("Undisclosed only").check()
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".line")).to_have_count(15)
    page.get_by_label("Words").fill("trucks ribbon")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".empty")).to_be_visible()
    page.get_by_label("Words").fill("ribbon")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".line h3")).to_have_text(["Bridge opens to trucks"])
    page.get_by_role("link", name="Show all").click()
    page.get_by_label("Event").select_option("blocked")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".line, .empty")).to_have_count(1)
    page.get_by_role("link", name="Show all").first.click()
    page.get_by_role("link", name="Older events").click()
    expect(page.locator(".line")).to_have_count(28)


def test_a_mass_edit_is_one_line_that_opens_and_leads_to_each_page(open_page, record):
    page = open_page("/-/timeline?site=swapped", java_script_enabled=False)
    line = page.locator(".line.story").first
    expect(line.get_by_text("Program 3")).to_be_hidden()
    line.locator("summary").click()
    line.get_by_role("link", name="Program 3").click()
    page.get_by_role("link", name="12 pages: “clean energy” became").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Mass edit: 12 pages of swapped"
    )
    expect(page.locator(".life li")).to_have_count(12)
    page.get_by_role("link", name="Program 11").click()
    expect(page.locator(".cite")).to_contain_text(record.swapped)


def test_a_change_is_read_side_by_side_inline_and_unfolded(open_page, record):
    page = open_page(f"/-/change/{record.figure}", java_script_enabled=False)
    row = page.locator(".row.changed")
    expect(row.locator(".before del.figure")).to_have_text("175")
    expect(row.locator(".after ins.figure")).to_have_text("157")
    before, after = (row.locator(side).bounding_box() for side in (".before", ".after"))
    assert before["y"] == after["y"]
    assert before["x"] < after["x"]
    same = page.get_by_text("Paragraph 4 tells")
    expect(same).to_be_hidden()
    page.get_by_text("unchanged paragraphs").click()
    expect(same).to_be_visible()
    page.get_by_role("link", name="Inline").click()
    expect(page.locator(".row.changed .whole")).to_contain_text("$175157 million")
    expect(page.locator(".cite")).to_contain_text(record.figure)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the evidence").click()
    assert download.value.suggested_filename == f"govwatch-{record.figure}.zip"


def test_any_two_versions_are_compared(open_page):
    page = open_page("/-/page/1", java_script_enabled=False)
    page.get_by_label("old, version 1").check()
    page.get_by_label("new, version 3").check()
    page.get_by_role("button", name="Compare the two").click()
    expect(page.locator("body")).to_contain_text("Version 1, seen from")
    expect(page.locator("ins").filter(has_text="A ribbon was cut")).to_have_count(1)
    expect(page.locator("del").filter(has_text="175")).not_to_have_count(0)


def test_versions_are_read_one_after_the_other(open_page):
    page = open_page("/-/page/1/text?version=2", java_script_enabled=False)
    page.get_by_role("link", name="Version 3", exact=True).click()
    expect(page).to_have_url(re.compile("version=3"))
    expect(page.get_by_role("link", name="Version 4", exact=True)).to_have_count(0)
    page.get_by_role("link", name="what differs from version 2").click()
    expect(page.locator("body")).to_contain_text("Version 2, seen from")


def test_the_text_as_of_a_day_is_shown(open_page):
    page = open_page("/-/page/1", java_script_enabled=False)
    page.get_by_label("The text as of").fill("2026-11-23")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bridge opens to trucks")


def test_a_phrase_is_found_with_when_it_went(open_page):
    page = open_page("/-/phrase", java_script_enabled=False)
    page.get_by_label("These words in a row").fill("built for $175")
    page.get_by_role("button", name="Search").click()
    row = page.locator("tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("23 Nov 2026, 12:00:00 UTC")
    expect(row).to_contain_text("23 Nov 2026, 13:00:00 UTC")
    expect(row.locator("mark")).to_have_text("built for $175")
    row.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bridge opens to trucks")


def test_the_operators_time_stands_beside_utc(open_page):
    page = open_page("/-/page/1")
    expect(page.locator("tbody tr").first).to_contain_text("09:00 EST")


def test_everything_is_reached_by_keyboard(open_page):
    page = open_page("/-/timeline?kind=edited")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    for wanted in ("Words", "Site", "Event", "Significance", "Undisclosed only"):
        for _ in range(9):
            page.keyboard.press("Tab")
            if page.get_by_label(wanted, exact=True).evaluate(
                "found => found === document.activeElement"
            ):
                break
        else:
            pytest.fail(f"{wanted} is not reached by Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("silent=1"))
    focus = "getComputedStyle(document.activeElement).outlineStyle"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate(focus) != "none"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_problem_of_access(open_page, paths, scheme):
    axe = Axe()
    page = open_page("/", color_scheme=scheme, bypass_csp=True)
    for path in paths:
        page.goto(path)
        for fold in page.locator("details").all():
            fold.evaluate("fold => { fold.open = true }")
        found = [
            (path, found["id"], [node["target"] for node in found["nodes"]])
            for found in axe.run(page).response["violations"]
            if found["impact"] in {"serious", "critical"}
        ]
        assert not found


def test_what_is_handed_to_others_has_no_problem_of_access(open_page, record):
    with Store.open(record.path, mode="read", clock=lambda: NOW) as store:
        found = store.changes()
    sheet = report.as_html(report.sheet(found, ()), title="The week")
    page = open_page("/", bypass_csp=True)
    for document in (report.html_page(found[0]), sheet):
        page.set_content(document)
        assert Axe().run(page).response["violations"] == []


@pytest.mark.parametrize("width", [320, 360, 1200, 1920])
def test_no_page_is_wider_than_its_window(open_page, paths, width):
    page = open_page("/", width=width)
    for path in paths:
        page.goto(path)
        overflow = page.evaluate(
            "() => { const root = document.documentElement;"
            " return root.scrollWidth - root.clientWidth }"
        )
        assert overflow <= 0, f"{path} at {width} px"


def test_on_a_phone_the_sides_stand_one_below_the_other(open_page, record):
    page = open_page(f"/-/change/{record.figure}", width=360)
    before, after = (
        page.locator(f".row.changed {side}").bounding_box()
        for side in (".before", ".after")
    )
    assert before["y"] + before["height"] <= after["y"] + 1
    assert before["x"] == after["x"]


def test_dark_is_dark(open_page):
    background = "getComputedStyle(document.body).backgroundColor"
    light = open_page("/-/timeline", color_scheme="light").evaluate(background)
    dark = open_page("/-/timeline", color_scheme="dark").evaluate(background)
    assert sum(map(int, light[4:-1].split(","))) > 700
    assert sum(map(int, dark[4:-1].split(","))) < 100


def test_hostile_words_do_nothing_and_nothing_is_loaded_from_elsewhere(
    open_page, paths, record, site
):
    tables = ["/govwatch/versions", "/govwatch/images", "/govwatch/edits"]
    page = open_page("/")
    for path in [*paths[:-1], *tables]:
        page.goto(path)
        assert page.title() != "owned"
        assert not page.problems, path
        loaded = page.evaluate(
            "performance.getEntriesByType('resource').map(found => found.name)"
        )
        assert all(address.startswith(site) for address in loaded)


def test_on_paper_the_change_keeps_its_evidence_and_loses_the_menu(open_page, record):
    page = open_page(f"/-/change/{record.figure}")
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    expect(page.locator(".cite")).to_be_visible()
    underline = "found => getComputedStyle(found).textDecorationLine"
    assert page.locator("ins").first.evaluate(underline) == "underline"
