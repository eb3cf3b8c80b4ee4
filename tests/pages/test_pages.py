"""Golden articles of synthetic pages; `--regen` rewrites them for review."""

import hashlib
import json
import os
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scraper import document, extraction
from scraper.config import load_profiles, profile_for

HERE = Path(__file__).parent
CASES = sorted(path.parent for path in HERE.glob("*/*/meta.toml"))
PROFILES = load_profiles()


def shown(case: Path) -> str:
    """Read a case and return the article as its golden file has it."""
    meta = tomllib.loads((case / "meta.toml").read_text("utf-8"))
    host = meta["url"].split("/")[2]
    day = meta.get("captured_on")
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None
    body = (case / "page.html").read_bytes()
    page = document.parse(body, url=meta["url"], content_type=meta.get("content_type"))
    reading = extraction.read(page, profile=profile_for(PROFILES, host), captured_at=at)
    told = {"layout": reading.layout, **reading.article.as_dict()}
    del told["text"]
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


@pytest.fixture
def regen(request: pytest.FixtureRequest) -> bool:
    wanted = bool(request.config.getoption("--regen"))
    if wanted and os.environ.get("CI"):
        pytest.fail("--regen is refused where CI is set")
    return wanted


@pytest.mark.parametrize(
    "case", CASES, ids=[str(case.relative_to(HERE)) for case in CASES]
)
def test_a_page_is_read_as_its_golden_says(case: Path, regen: bool) -> None:
    golden = case / "article.json"
    if regen:
        golden.write_text(shown(case), "utf-8")
    assert golden.exists(), f"{golden.relative_to(HERE)} is missing: run with --regen"
    assert shown(case) == golden.read_text("utf-8")


def test_goldens_that_moved_come_with_new_rules(regen: bool) -> None:
    # Two readings under the same rules are compared with each other, so the same
    # bytes must not be read differently without `_CODE` being raised.
    digest = hashlib.sha256(
        b"".join((case / "article.json").read_bytes() for case in CASES)
    ).hexdigest()
    code = extraction.rules(None, None).partition("-")[0]
    recorded = HERE / "rules.txt"
    known = recorded.read_text("utf-8").split() if recorded.exists() else []
    if regen:
        moved = known and known[0] == code and known[1] != digest
        assert not moved, "the same pages are read differently: raise _CODE first"
        recorded.write_text(f"{code} {digest}\n", "utf-8")
        known = [code, digest]
    assert known == [code, digest]


def test_every_family_has_a_page() -> None:
    read = {json.loads((case / "article.json").read_text())["layout"] for case in CASES}
    families = {str(name).partition("-")[0] for name in read if name}
    named = {layout.name.partition("-")[0] for layout in PROFILES.generic.layouts}
    assert families == named
