import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOC = (ROOT / "docs" / "security.md").read_text()
ROWS = [
    line.strip("|").split("|")
    for line in DOC.splitlines()
    if line.startswith("| ") and not line.startswith("| threat")
]


def test_every_threat_has_a_rule_and_a_test():
    assert len(ROWS) > 20
    for row in ROWS:
        threat, rule, tests = (cell.strip() for cell in row)
        assert threat
        assert rule
        assert re.search(r"`tests/\S+::test_\w+`", tests), threat


def test_every_test_that_the_security_table_names_exists():
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", DOC)
    assert len(named) > 40
    for file, test in named:
        assert f"\ndef {test}(" in (ROOT / file).read_text(), f"{file}::{test}"
