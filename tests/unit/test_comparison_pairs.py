"""Pairs of whole pages, each with what changed between them, or null."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scraper import compare, extract

PAIRS = Path(__file__).parents[1] / "pairs"
CASES = sorted(case for case in PAIRS.iterdir() if case.is_dir())
URL = "https://www.harbor.gov/news/agency-to-dredge-harbor"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_two_pages_differ_as_their_golden_says(case: Path) -> None:
    before, after = (
        extract((case / name).read_bytes(), url=URL)
        for name in ("before.html", "after.html")
    )
    comparison = compare(before, after)
    golden = json.loads((case / "change.json").read_text("utf-8"))
    if golden is None or comparison is None:
        assert comparison is golden
        return
    assert golden == {
        "summary": comparison.summary,
        "disclosure": str(comparison.disclosure),
        "numbers": [[*pair] for pair in comparison.numbers],
        "edits": [
            [edit.field, edit.op, edit.before, edit.after] for edit in comparison.edits
        ],
    }
