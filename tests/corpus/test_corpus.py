"""Real pages with hand-checked gold, where the shared folder is there."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from scraper import extract

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"

pytestmark = pytest.mark.skipif(
    not (CORPUS / "score.py").exists(), reason="no ../shared/corpus beside the checkout"
)

# What we reach, less a hair: a change that loses any of it must say so.
REACHED = {
    "dod": {
        "body_f1": 0.995, "body_min": 0.93, "para_r": 0.98, "order": 0.99,
        "title": 0.99, "published": 0.99, "updated": 0.99, "byline": 0.94,
        "dateline": 0.99, "caption": 0.99, "credit": 0.99, "virin": 0.99, "alt": 0.99,
    },
    "civil": {
        "body_f1": 0.998, "body_min": 0.99, "para_r": 0.985, "order": 0.99,
        "title": 0.99, "published": 0.99, "updated": 0.99, "byline": 0.99,
        "dateline": 0.99,
    },
    "wcxb": {"body_f1": 0.96, "body_min": 0.80},
    "ag": {"body_f1": 0.998, "body_min": 0.99},
}  # fmt: skip
MOST = {"errors": 0, "invented": 0, "related_wrong": 0, "related_missed": 0}


@pytest.fixture(scope="module")
def score() -> Any:
    spec = importlib.util.spec_from_file_location("score", CORPUS / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", REACHED)
def test_a_set_scores_what_it_did(score: Any, name: str) -> None:
    gold = sorted((CORPUS / "gold" / name).glob("*.json"))
    rows = [
        score.score_page(json.loads(path.read_text("utf-8")), CORPUS, extract)
        for path in gold
    ]
    summary = score.summary(rows)
    lost = {
        key: summary[key]
        for key, least in REACHED[name].items()
        if summary[key] < least
    }
    lost |= {
        key: summary[key] for key, most in MOST.items() if summary.get(key, 0) > most
    }
    assert not lost
    furniture = [row["file"] for row in rows if row["furniture"]]
    assert len(furniture) <= (name == "wcxb")
