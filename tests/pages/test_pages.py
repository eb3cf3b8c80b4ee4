"""Golden articles of synthetic pages; `--regen` rewrites them for review."""

import os
from pathlib import Path

import pytest

from scraper.cli.cases import Case, find_cases
from scraper.config import load_profiles
from scraper.errors import ConfigError

CASES = [*find_cases(Path(__file__).parent)]
PROFILES = load_profiles()
URL = "https://www.example.gov/news/1"
PAGE = "<title>Ice</title><h1>Ice</h1><p>The river froze over for the first time.</p>"


@pytest.fixture
def regen(request: pytest.FixtureRequest) -> bool:
    wanted = bool(request.config.getoption("--regen"))
    if wanted and os.environ.get("CI"):
        pytest.fail("--regen is refused where CI is set")
    return wanted


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_page_is_read_as_its_golden_says(case: Case, regen: bool) -> None:
    found = case.read(PROFILES)
    if regen:
        case.accept(found)
    differ = case.differences(found)
    assert differ is not None, f"{case.name}/article.json is missing: see --regen"
    assert differ == []


@pytest.fixture
def case(tmp_path: Path) -> Case:
    folder = tmp_path / "generic" / "ice"
    folder.mkdir(parents=True)
    (folder / "page.html").write_text(PAGE, "utf-8")
    return Case(folder, URL, content_type="text/html")


def test_a_golden_moves_only_with_the_rules(case: Case) -> None:
    case.accept(case.read(PROFILES))
    (case.folder / "page.html").write_text(PAGE.replace("froze", "thawed"), "utf-8")
    moved = case.read(PROFILES)
    with pytest.raises(ConfigError, match="raise _CODE"):
        case.accept(moved)
    case.accept({**moved, "rules": "2-0"})
    assert case.differences(moved) == []


def test_a_golden_that_still_holds_is_left_alone(case: Case) -> None:
    found = case.read(PROFILES)
    case.accept(found)
    case.accept({**found, "rules": "2-0"})
    expected = case.expected()
    assert expected is not None
    assert expected["rules"] == found["rules"]


@pytest.mark.parametrize(
    ("meta", "said"),
    [
        ("", "url: is required"),
        ("url = 7", "url: is not a str"),
        ('url = "https://x.gov/"\nday = 1', "day: unknown key"),
        ('url = "https://x.gov/"\ncaptured_on = "May"', "captured_on: is not a date"),
        ("url = ", "cannot be read"),
    ],
)
def test_a_mistake_in_a_meta_file_is_named(case: Case, meta: str, said: str) -> None:
    (case.folder / "meta.toml").write_text(meta, "utf-8")
    with pytest.raises(ConfigError, match=said):
        list(find_cases(case.folder.parent.parent))
