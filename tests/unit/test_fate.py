from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from scraper.model import (
    AssessmentKind,
    HostEvidence,
    Outcome,
    PageState,
    State,
    WatchKind,
)
from tests.lives import (
    ANSWERING,
    BLOCKING,
    FULL,
    HOUR,
    MINUTE,
    START,
    URL,
    Life,
)

if TYPE_CHECKING:
    from scraper.fate import Failure

NOT_FOUND = AssessmentKind.NOT_FOUND
FORBIDDEN = AssessmentKind.FORBIDDEN
BLOCKED = AssessmentKind.BLOCKED


# ---- seen


def test_the_first_sight_of_a_page_publishes_it() -> None:
    life = Life()
    assert life.last.outcome is Outcome.NEW
    assert life.last.is_version
    assert life.events == ["published"]


def test_a_story_that_is_read_as_soon_as_it_is_named_says_so_in_one_time() -> None:
    said = [
        Life(text=None).reads(FULL, after=after).events[0].summary
        for after in (timedelta(seconds=20), 10 * MINUTE)
    ]
    assert said == [
        "New: named since 1 March 2026, 12:00 UTC, read at once",
        "New: named since 1 March 2026, 12:00 UTC, read on 1 March 2026, 12:10 UTC",
    ]


def test_an_edit_is_recorded_at_once_and_told_in_its_own_words() -> None:
    life = Life()
    verdict = life.reads(FULL + "Updated.")
    assert (verdict.outcome, verdict.is_version) == (Outcome.CHANGED, True)
    assert [event.summary for event in verdict.events] == [
        "2 words changed in the body"
    ]


def test_the_same_text_and_a_304_are_silent() -> None:
    life = Life()
    assert life.reads(FULL).outcome is Outcome.UNCHANGED
    assert life.sees("not_modified").outcome is Outcome.NOT_MODIFIED
    assert life.events == ["published"]
    assert life.last.look_again_after is None


def test_a_304_to_a_page_never_read_is_a_failure() -> None:
    life = Life(text=None)
    assert life.sees("not_modified").outcome is Outcome.FAILED


# ---- missing, removed, restored


def test_the_first_404_is_missing_and_looked_at_again_in_ten_minutes() -> None:
    life = Life()
    verdict = life.sees(NOT_FOUND)
    assert verdict.outcome is Outcome.MISSING
    assert verdict.look_again_after == timedelta(minutes=10)
    second = life.sees(NOT_FOUND)
    assert second.look_again_after is not None
    assert second.look_again_after > timedelta(minutes=10)


def test_three_404s_are_a_removal_dated_from_the_first() -> None:
    life = Life()
    first = life.sees(NOT_FOUND)
    life.sees(AssessmentKind.SOFT_404)
    removed = life.sees(NOT_FOUND)
    assert removed.outcome is Outcome.REMOVED
    (event,) = removed.events
    assert event.first_seen_at == first.events[0].first_seen_at == START + 20 * MINUTE
    assert event.last_seen_at == life.now
    assert "first missed on 1 March 2026, 12:20 UTC" in event.summary
    life.sees(NOT_FOUND)
    assert life.events == ["published", "missing", "removed"]


def test_a_410_is_a_removal_at_once() -> None:
    life = Life()
    assert life.sees(AssessmentKind.GONE).outcome is Outcome.REMOVED
    assert life.events == ["published", "removed"]


@pytest.mark.parametrize(
    ("text", "words", "is_version"),
    [(FULL, "the same text", False), (FULL + "New.", "a different text", True)],
)
def test_coming_back_is_restored_and_says_whether_the_text_is_the_same(
    text: str, words: str, *, is_version: bool
) -> None:
    life = Life()
    life.sees(AssessmentKind.GONE)
    verdict = life.reads(text)
    assert (verdict.outcome, verdict.is_version) == (Outcome.RESTORED, is_version)
    (event,) = verdict.events
    assert event.kind == "restored"
    assert words in event.summary
    assert "had been removed since 1 March 2026, 12:20 UTC" in event.summary


def test_a_304_restores_a_missing_page() -> None:
    life = Life()
    life.sees(NOT_FOUND)
    assert life.sees("not_modified").outcome is Outcome.RESTORED


def test_a_page_never_seen_goes_neither_missing_nor_removed() -> None:
    life = Life(text=None)
    outcomes = {life.sees(NOT_FOUND).outcome for _ in range(5)}
    outcomes.add(life.sees(AssessmentKind.GONE).outcome)
    assert outcomes == {Outcome.MISSING}
    assert life.reads(FULL).outcome is Outcome.NEW
    assert life.events == ["published"]


def test_trouble_between_404s_neither_counts_nor_starts_anew() -> None:
    life = Life()
    life.sees(NOT_FOUND)
    for saw in (BLOCKED, "no_answer", AssessmentKind.ERROR, "disallowed"):
        assert life.sees(saw).outcome is not Outcome.REMOVED
        assert life.state is State.MISSING
    life.sees(NOT_FOUND)
    assert life.sees(NOT_FOUND).outcome is Outcome.REMOVED
    assert life.events == ["published", "missing", "removed"]


def test_a_removal_is_not_claimed_while_the_host_blocks_its_other_pages() -> None:
    life = Life()
    life.page = replace(life.page, host=BLOCKING)
    for saw in (NOT_FOUND, AssessmentKind.GONE, NOT_FOUND, AssessmentKind.SOFT_404):
        assert life.sees(saw).outcome is Outcome.BLOCKED
    assert life.events == ["published", "blocked"]


def test_a_missing_page_is_not_removed_when_a_block_begins() -> None:
    life = Life()
    life.sees(NOT_FOUND)
    life.page = replace(life.page, host=BLOCKING)
    life.sees(NOT_FOUND)
    life.sees(NOT_FOUND)
    assert life.state is State.MISSING


# ---- trouble


@pytest.mark.parametrize(
    ("saw", "event", "outcome"),
    [
        (AssessmentKind.ERROR, "failing", Outcome.FAILED),
        (AssessmentKind.MAINTENANCE, "failing", Outcome.FAILED),
        ("no_answer", "failing", Outcome.FAILED),
        (BLOCKED, "blocked", Outcome.BLOCKED),
        ("disallowed", "disallowed", Outcome.DISALLOWED),
        ("unreadable", "unreadable", Outcome.UNREADABLE),
        (AssessmentKind.EMPTY, "unreadable", Outcome.UNREADABLE),
        (AssessmentKind.NOT_HTML, "unreadable", Outcome.UNREADABLE),
        (AssessmentKind.FEED, "unreadable", Outcome.UNREADABLE),
    ],
)
def test_trouble_is_one_event_on_entering_and_one_on_leaving(
    saw: AssessmentKind | Failure, event: str, outcome: Outcome
) -> None:
    life = Life()
    for _ in range(4):
        assert life.sees(saw).outcome is outcome
        assert not life.last.is_version
    assert life.page.state.sightings == 4
    life.reads(FULL)
    assert life.events == ["published", event, "recovered"]


def test_an_edit_made_during_an_outage_is_told_beside_the_recovery() -> None:
    life = Life()
    life.sees("no_answer")
    life.reads(FULL + "New.")
    assert life.events == ["published", "failing", "recovered", "edited"]


def test_an_error_does_not_end_a_block() -> None:
    life = Life()
    for _ in range(3):
        life.sees(BLOCKED)
        life.sees("no_answer")
    assert life.events == ["published", "blocked"]


def test_waits_grow_to_a_day_and_no_further() -> None:
    life = Life()
    waits = [life.sees("no_answer").look_again_after for _ in range(12)]
    assert waits[0] == timedelta(minutes=10)
    assert waits == sorted(waits, key=lambda wait: wait or timedelta())
    assert waits[-1] == timedelta(days=1)


# ---- withdrawn


def forbidden(host: HostEvidence = ANSWERING, *, text: str | None = FULL) -> Life:
    """Return a life whose page answered 403 once while its host was like `host`."""
    life = Life(text=text)
    life.page = replace(life.page, host=host)
    life.sees(FORBIDDEN)
    return life


def test_a_lone_403_is_looked_at_again_and_told_to_nobody() -> None:
    life = forbidden()
    assert life.last.outcome is Outcome.WITHDRAWN
    assert life.last.look_again_after == timedelta(minutes=10)
    assert life.state is State.OK
    assert life.reads(FULL).outcome is Outcome.UNCHANGED
    assert life.events == ["published"]


def test_an_edit_found_after_a_lone_403_is_an_edit() -> None:
    life = forbidden()
    assert life.reads(FULL + "New.").outcome is Outcome.CHANGED
    assert life.events == ["published", "edited"]


def test_a_403_seen_twice_while_siblings_answer_is_withdrawn_since_the_first() -> None:
    life = forbidden()
    verdict = life.sees(FORBIDDEN)
    assert verdict.outcome is Outcome.WITHDRAWN
    assert life.state is State.WITHDRAWN
    (event,) = verdict.events
    assert (event.first_seen_at, event.last_seen_at) == (START + 20 * MINUTE, life.now)
    assert event.first_seen_at == life.page.state.since
    assert "since 1 March 2026, 12:20 UTC while 5 other pages" in event.summary
    assert "probably unpublished" in event.summary
    life.sees(FORBIDDEN)
    life.reads(FULL)
    assert life.events == ["published", "withdrawn", "restored"]


@pytest.mark.parametrize(
    "between", [NOT_FOUND, AssessmentKind.ERROR, BLOCKED, "no_answer", "disallowed"]
)
def test_another_answer_between_two_403s_begins_the_count_anew(
    between: AssessmentKind | Failure,
) -> None:
    life = forbidden()
    life.sees(between)
    life.sees(FORBIDDEN)
    assert "withdrawn" not in life.events
    second = life.now
    (event,) = life.sees(FORBIDDEN).events
    assert (event.kind, event.first_seen_at) == ("withdrawn", second)


@pytest.mark.parametrize(
    ("saw", "entered", "left"),
    [
        ("no_answer", "failing", "recovered"),
        (BLOCKED, "blocked", "recovered"),
        (NOT_FOUND, "missing", "restored"),
    ],
)
def test_a_lone_403_does_not_hide_the_end_of_what_was_told_before(
    saw: AssessmentKind | Failure, entered: str, left: str
) -> None:
    life = Life()
    life.page = replace(life.page, host=ANSWERING)
    life.sees(saw)
    life.sees(FORBIDDEN)
    life.reads(FULL)
    assert life.events == ["published", entered, left]


def test_a_403_between_404s_neither_counts_nor_starts_anew() -> None:
    life = Life()
    life.page = replace(life.page, host=ANSWERING)
    life.sees(NOT_FOUND)
    life.sees(NOT_FOUND)
    life.sees(FORBIDDEN)
    assert life.state is State.MISSING
    assert life.sees(NOT_FOUND).outcome is Outcome.REMOVED


def test_a_403_every_other_time_is_one_flapping_event_and_no_withdrawal() -> None:
    life = forbidden()
    for _ in range(10):
        life.reads(FULL)
        life.sees(FORBIDDEN)
    assert life.events == ["published", "flapping"]


def test_a_feed_that_is_forbidden_twice_is_withdrawn_and_once_is_not() -> None:
    life = Life(text=None, kind=WatchKind.FEED)
    life.sees(AssessmentKind.FEED)
    life.page = replace(life.page, host=ANSWERING)
    life.sees(FORBIDDEN)
    assert life.sees(AssessmentKind.FEED).outcome is Outcome.UNCHANGED
    assert life.events == []
    life.sees(FORBIDDEN, after=13 * HOUR)
    life.sees(FORBIDDEN)
    assert life.sees("not_modified").outcome is Outcome.RESTORED
    assert life.events == ["withdrawn", "restored"]


@pytest.mark.parametrize("host", [HostEvidence(), BLOCKING])
def test_a_403_without_answering_siblings_is_a_block(host: HostEvidence) -> None:
    life = forbidden(host)
    assert life.last.outcome is Outcome.BLOCKED
    assert life.state is State.BLOCKED


def test_a_block_turns_into_a_withdrawal_once_siblings_answer_twice() -> None:
    life = forbidden(HostEvidence())
    life.sees(FORBIDDEN)
    life.page = replace(life.page, host=ANSWERING)
    began = life.sees(FORBIDDEN)
    assert (began.outcome, began.events) == (Outcome.WITHDRAWN, ())
    first = life.now
    (event,) = life.sees(FORBIDDEN).events
    assert event.first_seen_at == first
    assert life.events == ["published", "blocked", "withdrawn"]


def test_a_403_after_which_the_host_blocks_all_was_the_hosts() -> None:
    life = forbidden()
    life.page = replace(life.page, host=BLOCKING)
    assert life.sees(FORBIDDEN).outcome is Outcome.BLOCKED
    life.page = replace(life.page, host=ANSWERING)
    life.sees(FORBIDDEN)
    life.reads(FULL)
    assert life.events == ["published", "blocked", "recovered"]


def test_a_few_refused_pages_among_many_that_answer_are_no_block() -> None:
    life = forbidden(HostEvidence(ok_pages=20, blocked_pages=4))
    assert life.last.outcome is Outcome.WITHDRAWN


def test_a_withdrawn_page_is_refused_like_all_once_its_host_blocks() -> None:
    life = forbidden()
    life.sees(FORBIDDEN)
    life.page = replace(life.page, host=BLOCKING)
    assert life.sees(FORBIDDEN).outcome is Outcome.BLOCKED
    assert life.state is State.WITHDRAWN


def test_a_firewalls_refusal_never_withdraws_a_page() -> None:
    life = forbidden()
    assert life.sees(BLOCKED).outcome is Outcome.BLOCKED
    assert life.state is State.BLOCKED


def test_a_page_never_seen_is_not_withdrawn() -> None:
    life = forbidden(text=None)
    assert life.last.outcome is Outcome.BLOCKED
    life.sees(FORBIDDEN)
    assert life.state is State.BLOCKED


# ---- moved

TARGET = "https://www.example.mil/news/bridge"


def test_a_redirect_seen_twice_is_a_move_and_the_page_keeps_its_identity() -> None:
    life = Life()
    first = life.reads(FULL, moved_to=TARGET)
    assert (first.outcome, first.new_url) == (Outcome.UNCHANGED, None)
    assert first.look_again_after == timedelta(minutes=10)
    second = life.reads(FULL, moved_to=TARGET)
    assert (second.outcome, second.new_url) == (Outcome.MOVED, TARGET)
    (event,) = second.events
    assert event.detail == {"to": TARGET}
    assert event.first_seen_at == START + 20 * MINUTE
    life.reads(FULL)
    assert life.events == ["published", "moved"]


def test_a_redirect_to_another_text_is_not_believed_at_first() -> None:
    life = Life()
    first = life.reads(FULL + "Else.", moved_to=TARGET)
    assert (first.outcome, first.is_version) == (Outcome.SUSPECT, False)
    second = life.reads(FULL + "Else.", moved_to=TARGET)
    assert (second.outcome, second.is_version) == (Outcome.CHANGED, True)
    assert second.new_url == TARGET
    assert life.events == ["published", "edited", "moved"]


def test_a_redirect_that_changes_its_target_is_counted_anew() -> None:
    life = Life()
    life.reads(FULL, moved_to=TARGET)
    assert life.reads(FULL, moved_to=f"{TARGET}-2").new_url is None
    life.reads(FULL)
    assert life.reads(FULL, moved_to=f"{TARGET}-2").new_url is None


def test_a_move_that_cannot_be_taken_over_is_told_once() -> None:
    life = Life()
    for _ in range(5):
        life.reads(FULL, moved_to=TARGET)
        life.page = replace(life.page, url=URL)
    assert life.events == ["published", "moved"]


def test_a_redirect_to_a_host_not_allowed_is_moved_outside() -> None:
    life = Life()
    outside = "https://partner.example.com/"
    assert life.sees("outside", moved_to=outside).outcome is Outcome.SUSPECT
    verdict = life.sees("outside", moved_to=outside)
    assert (verdict.outcome, verdict.new_url) == (Outcome.MOVED, None)
    assert life.state is State.MOVED_OUTSIDE
    life.sees("outside", moved_to=outside)
    life.reads(FULL)
    assert life.events == ["published", "moved_outside", "restored"]


# ---- sudden loss

STUB = "This content is being updated."


def test_an_article_that_loses_most_of_its_text_is_held() -> None:
    life = Life()
    verdict = life.reads(STUB)
    assert (verdict.outcome, verdict.is_version) == (Outcome.SUSPECT, False)
    assert verdict.look_again_after == timedelta(minutes=10)
    assert life.page.state.held_sha256 is not None


def test_a_loss_seen_twice_more_is_believed_and_dated_from_the_first() -> None:
    life = Life()
    life.reads(STUB)
    life.reads(STUB)
    verdict = life.reads(STUB)
    assert (verdict.outcome, verdict.is_version) == (Outcome.CHANGED, True)
    assert life.events == ["published", "suspect", "edited"]
    assert verdict.events[0].first_seen_at == START + 20 * MINUTE
    assert life.page.state.held_sha256 is None


def test_trouble_neither_ends_nor_feeds_a_suspicion() -> None:
    life = Life()
    life.reads(STUB)
    for saw in (BLOCKED, "no_answer", "disallowed", "unreadable"):
        life.sees(saw)
        assert life.state is State.SUSPECT
    assert life.reads(STUB).outcome is Outcome.SUSPECT
    assert life.reads(STUB).outcome is Outcome.CHANGED


def test_a_stub_that_differs_each_time_is_not_believed() -> None:
    life = Life()
    for n in range(8):
        assert life.reads(f"{STUB} {n}").outcome is Outcome.SUSPECT
    assert life.events == ["published", "suspect"]


def test_text_that_is_there_again_ends_the_suspicion() -> None:
    life = Life()
    life.reads(STUB)
    assert life.reads(FULL).outcome is Outcome.UNCHANGED
    assert life.events == ["published", "suspect", "recovered"]


def test_another_edit_ends_the_suspicion_and_is_dated_by_itself() -> None:
    life = Life()
    life.reads(STUB)
    verdict = life.reads(FULL + "New.")
    assert [event.kind for event in verdict.events] == ["recovered", "edited"]
    assert verdict.events[1].first_seen_at == life.now


def test_an_article_that_loses_all_its_listed_stories_is_held() -> None:
    life = Life(text=None)
    life.reads("News", listed=5)
    assert life.reads("News", listed=3).outcome is Outcome.CHANGED
    assert life.reads("News", listed=0).outcome is Outcome.SUSPECT


def test_a_short_text_may_shrink() -> None:
    life = Life(text="Closed today because of snow.")
    assert life.reads("Closed.").outcome is Outcome.CHANGED


def test_losses_on_three_pages_of_a_host_ask_once_for_a_new_layout() -> None:
    life = Life()
    life.page = replace(life.page, host=HostEvidence(suspect_pages=2))
    life.reads(STUB)
    life.page = replace(
        life.page, host=HostEvidence(suspect_pages=4, redesign_announced=True)
    )
    for _ in range(4):
        assert life.reads(STUB).outcome is Outcome.SUSPECT
    assert life.events == ["published", "suspect", "redesigned"]


# ---- to and fro


def test_two_texts_to_and_fro_within_hours_are_one_flapping_event() -> None:
    life = Life()
    other = FULL + "Other copy."
    versions = 0
    for n in range(20):
        versions += life.reads(FULL if n % 2 else other).is_version
    assert life.events == ["published", "edited", "edited", "flapping"]
    assert versions == 2
    assert life.reads(other).outcome is Outcome.SUSPECT


def test_a_new_text_is_recorded_while_the_page_flaps() -> None:
    life = Life()
    for n in range(6):
        life.reads(FULL if n % 2 else FULL + "Other copy.")
    assert life.reads(FULL + "Truly new.").is_version
    assert not life.reads(FULL + "Other copy.").is_version


def test_a_text_that_stands_for_half_a_day_ends_the_flapping_and_is_recorded() -> None:
    life = Life()
    other = FULL + "Other copy."
    for n in range(5):
        life.reads(FULL if n % 2 else other)
    assert not life.reads(other, after=11 * HOUR).is_version
    settled = life.reads(other, after=2 * HOUR)
    assert settled.is_version
    assert [event.kind for event in settled.events] == ["recovered", "edited"]


def test_slow_reversals_are_edits_and_no_flapping() -> None:
    life = Life()
    for n in range(6):
        life.reads(FULL if n % 2 else FULL + "Other.", after=10 * HOUR)
    assert life.events == ["published"] + ["edited"] * 6


def test_a_page_gone_every_other_time_is_one_flapping_event_and_no_removal() -> None:
    life = Life()
    for _ in range(10):
        life.sees(NOT_FOUND)
        life.reads(FULL)
    assert life.events == ["published", "missing", "restored", "flapping"]


def test_a_410_every_other_time_is_no_removal_once_the_page_flaps() -> None:
    life = Life()
    outcomes = []
    for _ in range(6):
        outcomes.append(life.sees(AssessmentKind.GONE).outcome)
        life.reads(FULL)
    assert set(outcomes[3:]) == {Outcome.MISSING}


def test_a_list_that_flaps_is_read_all_the_same() -> None:
    life = Life(text=None, kind=WatchKind.FEED)
    for _ in range(6):
        life.sees(NOT_FOUND)
        life.sees(AssessmentKind.FEED)
    assert life.events[-1] == "flapping"
    assert life.last.outcome is Outcome.RESTORED


def test_refusals_between_404s_are_no_flapping() -> None:
    life = Life()
    life.sees(NOT_FOUND)
    for _ in range(6):
        life.sees(BLOCKED)
        life.sees("no_answer")
    life.sees(NOT_FOUND)
    assert life.events == ["published", "missing"]


def test_a_challenge_every_other_time_is_one_flapping_event() -> None:
    life = Life()
    for _ in range(10):
        life.sees(BLOCKED)
        life.sees("not_modified")
    assert life.events == ["published", "blocked", "recovered", "flapping"]


def test_a_flapping_page_that_is_gone_for_good_is_removed_in_the_end() -> None:
    life = Life()
    for _ in range(3):
        life.reads(FULL)
        life.sees(NOT_FOUND)
    life.sees(NOT_FOUND, after=13 * HOUR)
    life.sees(NOT_FOUND)
    assert life.sees(NOT_FOUND).outcome is Outcome.REMOVED


# ---- feeds


def test_a_feed_has_a_life_too_but_no_versions() -> None:
    life = Life(text=None, kind=WatchKind.FEED)
    for _ in range(3):
        life.sees(AssessmentKind.FEED)
        assert not life.last.is_version
        life.sees("not_modified")
    assert life.events == []
    life.sees(AssessmentKind.PAGE, text="Sign in")
    life.sees(AssessmentKind.FEED)
    life.sees(NOT_FOUND)
    life.sees(AssessmentKind.GONE)
    life.sees(AssessmentKind.FEED)
    assert life.events == ["unreadable", "recovered", "missing", "removed", "restored"]


# ---- state


def test_a_state_survives_its_plain_form() -> None:
    life = Life()
    life.reads(STUB)
    life.reads(FULL, moved_to=TARGET)
    for n in range(6):
        life.reads(FULL if n % 2 else STUB)
        state = life.page.state
        assert PageState.from_dict(json.loads(json.dumps(state.as_dict()))) == state


def test_a_plain_form_with_less_in_it_takes_the_defaults() -> None:
    assert PageState.from_dict({}) == PageState()
    assert PageState.from_dict({"state": "ok", "sightings": 2}) == PageState(
        state=State.OK, sightings=2
    )
