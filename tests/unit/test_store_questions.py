"""The saved questions: each runs, each finds its rows by an index."""

import pytest

from scraper.errors import StoreError
from scraper.model import Event, Image, Link, Outcome, PageState, State
from scraper.store.questions import QUESTIONS
from tests.recorded import HOUR, URL, desk, story

SMALL = {"h", "m", "gaps"}
"""`hosts` has a row a host; `m` is the hundred rows of a subquery; `gaps` merges two
searches, each by its index."""
ANSWERS = {
    "recent": {},
    "silent": {},
    "site-since": {"site": "example", "since": "2026-11-23"},
    "weightiest": {"since": "2026-11-23"},
    "figures": {},
    "headlines": {},
    "phrase": {"words": '"clean energy"'},
    "phrase-gone": {"words": '"clean energy"'},
    "removed": {},
    "restored": {},
    "moved": {},
    "said-on": {"url": URL, "at": "2026-11-23T12:30:00Z"},
    "timeline": {"url": URL},
    "versions": {"url": URL},
    "corrections": {},
    "most-edited": {},
    "openness": {"since": "2026-11-01"},
    "same-edit": {"since": "2026-11-01"},
    "captions": {},
    "picture": {"virin": "261120-A-AB123-1001"},
    "links-dropped": {},
    "linking-to": {"url": "https://x.gov/fact-sheet.pdf"},
    "gaps": {},
    "trouble": {"now": "2026-11-23T12:00:00Z"},
    "looks": {"since": "2026-11-01"},
}
IMAGE = Image(
    src="https://x.gov/a.jpg", caption="A bridge", virin="261120-A-AB123-1001"
)
SHEET = Link("Fact sheet", "https://x.gov/fact-sheet.pdf")
BEFORE = story(
    "The contract is worth $175 million.",
    "It runs on clean energy, the garrison said in a statement on Thursday.",
    images=(IMAGE,),
    attachments=(SHEET,),
)
AFTER = story(
    "The contract is worth $125 million.",
    "It runs on energy, the garrison said in a statement on Thursday.",
    title="Bridge opens late",
    images=(Image(src=IMAGE.src, caption="A new bridge", virin=IMAGE.virin),),
)
CORRECTED = story(
    "The contract is worth $125 million.",
    "Correction: an earlier version misstated the sum.",
    title="Bridge opens late",
    notes=("Correction: an earlier version misstated the sum.",),
)


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """A record in which every question has an answer."""
    made = desk(tmp_path_factory.mktemp("asked"))
    urls = [URL, f"{URL}/2", f"{URL}/3"]
    for url in urls[1:]:
        made.watch(url)
    for article in (BEFORE, AFTER, CORRECTED):
        for url in urls:
            made.look(article, url)
    made.refused(Outcome.BLOCKED, State.BLOCKED)
    made.look(CORRECTED)
    at = made.clock.now
    for url, outcome, kind, state in (
        (urls[1], Outcome.REMOVED, "removed", State.REMOVED),
        (urls[0], Outcome.RESTORED, "restored", State.OK),
        (urls[0], Outcome.MOVED, "moved", State.OK),
        (urls[2], Outcome.BLOCKED, "blocked", State.BLOCKED),
    ):
        event = Event(kind=kind, first_seen_at=at, last_seen_at=at, summary="It was.")
        made.look(
            CORRECTED if state is State.OK else None,
            url,
            outcome=outcome,
            state=PageState(state=state, since=at),
            events=(event,),
            comparison=None,
            body=f"{outcome} {url}".encode(),
        )
        at += HOUR
    yield made
    made.store.close()


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_every_question_is_answered(asked, question):
    parameters = ANSWERS.get(question.name)
    if question.name == "proof":
        parameters = {"ref": asked.store.changes()[0].ref}
    assert asked.store.ask(question.name, **parameters)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_no_question_reads_a_whole_table(asked, question):
    plan = asked.store._db.rows(f"EXPLAIN QUERY PLAN {question.sql}", question.example)
    steps = [row["detail"] for row in plan]
    scans = [
        step
        for step in steps
        if step.startswith("SCAN")
        and "INDEX" not in step
        and "PRIMARY KEY" not in step
        and step.split()[1] not in SMALL
        and not step.startswith(("SCAN (subquery", "SCAN CONSTANT"))
    ]
    assert scans == [], "\n".join(steps)


def test_the_answers_name_the_right_pages(asked):
    assert {
        row["url"] for row in asked.store.ask("phrase-gone", words='"clean energy"')
    }
    assert asked.store.ask("phrase-gone", words='"garrison said"')
    (gone,) = asked.store.ask("removed")
    assert gone["url"] == f"{URL}/2"
    (edit, *_) = asked.store.ask("same-edit", since="2026-11-01")
    assert edit["pages"] == 3
    (figure, *_) = asked.store.ask("figures")
    assert (figure["old"], figure["new"]) == ("$175 million", "$125 million")
    texts = asked.store.ask("said-on", url=URL, at="2026-11-23T12:30:00Z")
    assert [row["text"] for row in texts] == [block.text for block in BEFORE.blocks]


def test_a_question_nobody_saved_is_one_clear_line(asked):
    with pytest.raises(StoreError, match="no question 'weather'; `govwatch ask`"):
        asked.store.ask("weather")


def test_there_are_twenty_questions_and_more():
    assert len({question.name for question in QUESTIONS}) == len(QUESTIONS) >= 20
