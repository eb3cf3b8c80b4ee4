"""A page driven through any life, beside a small model of what should be told.

The model knows no reasons, dates or delays: only what a page is thought to be, and
which events that makes.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from scraper.model import AssessmentKind, HostEvidence, Outcome, State
from tests.lives import START, Life

if TYPE_CHECKING:
    from datetime import datetime

    from scraper.fate import Failure, Verdict

HALF_A_DAY = timedelta(hours=12)
HOSTS = {
    "unknown": HostEvidence(),
    "answers": HostEvidence(ok_pages=4, blocked_pages=1),
    "blocks": HostEvidence(ok_pages=1, blocked_pages=4),
}
FULL = {name: f"Copy {name} of the release. " * 20 for name in "ABC"}
STUBS = {name: f"Copy {name}." for name in "xy"}
TEXTS = FULL | STUBS

TROUBLE = {"failing", "blocked", "disallowed", "unreadable"}
LOST = {"missing", "removed", "withdrawn", "moved_outside"}
SAW: dict[str, AssessmentKind | Failure] = {
    "404": AssessmentKind.NOT_FOUND,
    "soft 404": AssessmentKind.SOFT_404,
    "410": AssessmentKind.GONE,
    "challenge": AssessmentKind.BLOCKED,
    "500": AssessmentKind.ERROR,
    "503": AssessmentKind.MAINTENANCE,
    "timeout": "no_answer",
    "robots": "disallowed",
    "no article": "unreadable",
    "blank": AssessmentKind.EMPTY,
    "pdf": AssessmentKind.NOT_HTML,
}
MEANS = {
    "challenge": "blocked",
    "500": "failing",
    "503": "failing",
    "timeout": "failing",
    "robots": "disallowed",
    "no article": "unreadable",
    "blank": "unreadable",
    "pdf": "unreadable",
}


class Reference:
    """What is thought of the page, by the rules as a person would tell them."""

    def __init__(self) -> None:
        self.standing = "unseen"
        self.latest: str | None = None
        self.seen = 0
        self.held: str | None = None
        self.hop: tuple[str | None, int] = (None, 0)
        self.runs: list[tuple[str, datetime]] = []
        self.flaps = False
        self.answers_in_a_row = 0

    def sees(
        self, what: str, at: datetime, host: str, text: str | None, hop: str | None
    ) -> list[str]:
        if what == "403" and (host != "answers" or self.latest is None):
            what = "challenge"  # not the site's word on this page
        if what in MEANS and self.standing in LOST | {"suspect"}:
            return []
        told, stale = self._goes_to_and_fro(self._answer(what, text), at)
        return told if stale else told + self._means(what, host, text, hop)

    def _answer(self, what: str, text: str | None) -> str:
        if what == "304":
            return self.latest or "answered"
        if text is not None:
            return text
        return {"403": "403", "outside": "outside"}.get(
            what, "trouble" if what in MEANS else "404"
        )

    def _goes_to_and_fro(self, answer: str, at: datetime) -> tuple[list[str], bool]:
        told = []
        self.answers_in_a_row += 1
        if not self.runs or self.runs[-1][0] != answer:
            self.answers_in_a_row = 1
            self.runs = [*self.runs, (answer, at)][-6:]
            last = [name for name, _ in self.runs[-4:]]
            if not self.flaps and len(last) == 4 and last[:2] == last[2:]:
                self.flaps = at - self.runs[-3][1] <= HALF_A_DAY
                told = ["flapping"] * self.flaps
        elif self.flaps and at - self.runs[-1][1] >= HALF_A_DAY:
            self.flaps, self.runs, told = False, self.runs[-1:], ["recovered"]
        was_so = answer in [name for name, _ in self.runs[:-1]]
        return told, self.flaps and was_so and answer != self.latest

    def _means(
        self, what: str, host: str, text: str | None, hop: str | None
    ) -> list[str]:
        if what == "outside" and host != "blocks":
            return self._leads_outside(hop or "")
        if text is not None or (what == "304" and self.latest is not None):
            return self._answers(text or self.latest or "", hop)
        if what == "403":
            return self._is_forbidden()
        blocked = "blocked" if host == "blocks" else None
        if trouble := MEANS.get(what, "failing" if what == "304" else blocked):
            return self._is_in(trouble)
        return self._is_not_found(at_once=what == "410")

    def _is_forbidden(self) -> list[str]:
        is_first = self.answers_in_a_row == 1
        if is_first or self.standing in {"withdrawn", "removed"}:
            return []
        return self._enters("withdrawn")

    def _is_in(self, trouble: str) -> list[str]:
        if self.standing in LOST | {"suspect", trouble}:
            return []
        if trouble == "failing" and self.standing in TROUBLE:
            return []
        return self._enters(trouble)

    def _enters(self, standing: str) -> list[str]:
        self.standing, self.seen, self.hop = standing, 1, (None, 0)
        return [standing]

    def _is_not_found(self, *, at_once: bool) -> list[str]:
        if self.standing == "removed":
            return []
        told = []
        if self.standing != "missing":
            told, self.seen = self._enters("missing"), 0
        self.hop = (None, 0)
        self.seen += 1
        if self.latest is None:  # never seen, so never lost
            return []
        return self._enters("removed") if at_once or self.seen == 3 else told

    def _leads_outside(self, hop: str) -> list[str]:
        if self.standing == "moved_outside":
            return []
        return self._enters("moved_outside") if self._hopped(hop) == 2 else []

    def _hopped(self, hop: str | None) -> int:
        was, times = self.hop
        if hop is None:
            self.hop = (None, 0)
        else:
            self.hop = (hop, times + 1 if was == hop else 1)
        return self.hop[1]

    def _answers(self, text: str, hop: str | None) -> list[str]:
        was, before = self.standing, self.latest
        is_new = text != before
        if is_new and before is not None:
            if hop is not None and (self.hop[0] != hop or self.hop[1] == 0):
                self._hopped(hop)
                return []
            if before in FULL and text in STUBS and not self._is_believed(text):
                self.hop = (None, 0)
                return [] if was == "suspect" else ["suspect"]
        told = self._returns(was, text, is_first=before is None, is_new=is_new)
        self.standing, self.latest = "ok", text
        return [*told, "moved"] if self._hopped(hop) == 2 else told

    def _is_believed(self, text: str) -> bool:
        is_same = self.standing == "suspect" and self.held == text
        self.seen = self.seen + 1 if is_same else 1
        self.held = text
        if self.seen < 3:
            self.standing = "suspect"
        return self.seen == 3

    def _returns(
        self, was: str, text: str, *, is_first: bool, is_new: bool
    ) -> list[str]:
        if is_first:
            return ["published"]
        if was in LOST:
            return ["restored"]
        is_belief = was == "suspect" and text == self.held
        told = ["recovered"] if was in TROUBLE or was == "suspect" else []
        return ([] if is_belief else told) + ["edited"] * is_new


class Pages(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.host = "unknown"
        self.model = Reference()
        self.life = Life(text=None)
        self.versions: list[str] = []

    @rule(step=st.sampled_from([1, 10, 60, 300, 700, 1500]))
    def time_passes(self, step: int) -> None:
        self.life.now += timedelta(minutes=step)

    @rule(host=st.sampled_from(sorted(HOSTS)))
    def the_host_is_seen_to(self, host: str) -> None:
        self.host = host
        self.life.page = replace(self.life.page, host=HOSTS[host])

    @rule(what=st.sampled_from(sorted(SAW)), times=st.integers(1, 4))
    def no_page_is_answered(self, what: str, times: int) -> None:
        for _ in range(times):
            verdict = self.judged(SAW[what], what)
            assert not verdict.is_version
            assert verdict.new_url is None
            assert verdict.look_again_after is not None

    @rule(host=st.sampled_from(sorted(HOSTS)), times=st.integers(1, 3))
    def a_403_is_answered_while_the_host(self, host: str, times: int) -> None:
        self.life.page = replace(self.life.page, host=HOSTS[host])
        self.host = host
        for _ in range(times):
            assert not self.judged(AssessmentKind.FORBIDDEN, "403").is_version

    @rule()
    def a_304_is_answered(self) -> None:
        assert not self.judged("not_modified", "304").is_version

    @rule(
        name=st.sampled_from(sorted(TEXTS)),
        times=st.integers(1, 4),
        hop=st.one_of(st.none(), st.sampled_from(["https://b.gov/", "https://c.gov/"])),
    )
    def a_page_is_answered(self, name: str, times: int, hop: str | None) -> None:
        for _ in range(times):
            verdict = self.judged(AssessmentKind.PAGE, "200", name, hop)
            if verdict.is_version:
                self.versions.append(name)

    @rule(hop=st.sampled_from(["https://a.com/", "https://b.com/"]))
    def a_redirect_leads_outside(self, hop: str) -> None:
        verdict = self.judged("outside", "outside", hop=hop)
        assert not verdict.is_version
        assert verdict.new_url is None

    @invariant()
    def the_page_is_thought_of_as_the_model_says(self) -> None:
        assert self.life.state == self.model.standing
        latest = self.life.page.latest
        assert self.model.latest == (self.versions[-1] if latest else None)

    def judged(
        self,
        saw: AssessmentKind | Failure,
        what: str,
        name: str | None = None,
        hop: str | None = None,
    ) -> Verdict:
        before = len(self.life.events)
        text = None if name is None else TEXTS[name]
        second = timedelta(seconds=1)
        verdict = self.life.sees(saw, text=text, moved_to=hop, after=second)
        told = self.model.sees(what, self.life.now, self.host, name, hop)
        assert self.life.events[before:] == told
        self._check_form(verdict)
        return verdict

    def _check_form(self, verdict: Verdict) -> None:
        for event in verdict.events:
            assert START <= event.first_seen_at <= event.last_seen_at == self.life.now
            assert "\n" not in event.summary
        if verdict.outcome is Outcome.REMOVED:
            assert self.host != "blocks"
            assert verdict.state.state is State.REMOVED
        if verdict.look_again_after is not None:
            assert timedelta(0) < verdict.look_again_after <= timedelta(days=1)


TestPages = Pages.TestCase
TestPages.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
