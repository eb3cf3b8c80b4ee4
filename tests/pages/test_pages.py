"""Golden articles of synthetic pages; `--regen` rewrites them for review.

`govwatch site test` reads the same cases for people.
"""

import hashlib
import json
import os
from pathlib import Path

import pytest

from scraper import extraction
from scraper.cli.cases import Case, differences, find_cases
from scraper.config import load_profiles, profile_for

HERE = Path(__file__).parent
CASES = list(find_cases(HERE))
PROFILES = load_profiles()


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
    expected = case.expected()
    assert expected is not None, f"{case.name} has no article.json: run with --regen"
    assert differences(expected, found) == []


def test_goldens_that_moved_come_with_new_rules(regen: bool) -> None:
    # Two readings under the same rules are compared with each other, so the same
    # bytes must not be read differently without `_CODE` being raised.
    cases = {case.name: case.expected() for case in CASES}
    digests = {
        name: hashlib.sha256(json.dumps(article).encode()).hexdigest()[:16]
        for name, article in cases.items()
    }
    code = extraction.rules(None, None).partition("-")[0]
    recorded = HERE / "rules.json"
    known = json.loads(recorded.read_text("utf-8")) if recorded.exists() else {}
    if regen:
        moved = [
            name
            for name, digest in digests.items()
            if known.get("code") == code and known["pages"].get(name, digest) != digest
        ]
        assert not moved, f"{moved} are read differently: raise _CODE first"
        known = {"code": code, "pages": digests}
        recorded.write_text(json.dumps(known, indent=1) + "\n", "utf-8")
    assert known == {"code": code, "pages": digests}


def test_every_family_of_ours_has_a_page() -> None:
    kept = {
        profile_for(PROFILES, case.url.split("/")[2].partition(":")[0]).family
        for case in CASES
    }
    assert {"afpims", "wordpress", "drupal"} <= kept
