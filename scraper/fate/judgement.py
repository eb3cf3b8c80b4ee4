"""The state machine: what a sighting means for a page as it stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from scraper.fate import turns
from scraper.fate.sighting import Verdict, event, when
from scraper.model import (
    AssessmentKind,
    Outcome,
    PageState,
    State,
    WatchKind,
)

if TYPE_CHECKING:
    from scraper.fate.sighting import Failure, Sighting
    from scraper.model import (
        Article,
        Event,
        EventKind,
        HostEvidence,
        Page,
        Version,
    )

CONFIRMATIONS = 3
"""Sightings that make a 404 a removal and a suspect text believed."""

FIRST_LOOK = timedelta(minutes=10)
LONGEST_WAIT = timedelta(days=1)
MOVES_SEEN = 2
"""Sightings of a redirect to the same address that make it a move."""

HOST_PAGES = 3
"""Pages of a host that must agree before the host itself is to blame."""

_LEAST_TEXT = 200
"""Characters below which an article has too little text to lose most of it."""

_NOT_FOUND = {AssessmentKind.NOT_FOUND, AssessmentKind.SOFT_404, AssessmentKind.GONE}
_TROUBLES: dict[AssessmentKind | Failure, State] = {
    AssessmentKind.BLOCKED: State.BLOCKED,
    AssessmentKind.ERROR: State.FAILING,
    AssessmentKind.MAINTENANCE: State.FAILING,
    AssessmentKind.EMPTY: State.UNREADABLE,
    AssessmentKind.NOT_HTML: State.UNREADABLE,
    "no_answer": State.FAILING,
    "disallowed": State.DISALLOWED,
    "unreadable": State.UNREADABLE,
}
_TROUBLE = {State.FAILING, State.BLOCKED, State.DISALLOWED, State.UNREADABLE}
_LOST = {State.MISSING, State.REMOVED, State.WITHDRAWN, State.MOVED_OUTSIDE}
_ENTERED: dict[State, EventKind] = {
    State.FAILING: "failing",
    State.BLOCKED: "blocked",
    State.DISALLOWED: "disallowed",
    State.UNREADABLE: "unreadable",
}

_TROUBLE_WORDS = {
    State.FAILING: "No usable answer",
    State.BLOCKED: "Refused",
    State.DISALLOWED: "Not asked",
    State.UNREADABLE: "No article could be read",
}
_OUTCOMES = {
    State.FAILING: Outcome.FAILED,
    State.BLOCKED: Outcome.BLOCKED,
    State.DISALLOWED: Outcome.DISALLOWED,
    State.UNREADABLE: Outcome.UNREADABLE,
}
_SEEN_OUTCOMES = {
    Outcome.NEW,
    Outcome.CHANGED,
    Outcome.UNCHANGED,
    Outcome.NOT_MODIFIED,
    Outcome.RESTORED,
    Outcome.MOVED,
}
_EXPECTED = {
    WatchKind.ARTICLE: AssessmentKind.PAGE,
    WatchKind.LISTING: AssessmentKind.PAGE,
    WatchKind.FEED: AssessmentKind.FEED,
    WatchKind.SITEMAP: AssessmentKind.SITEMAP,
}


def judge(page: Page, seen: Sighting) -> Verdict:
    """Return what `seen` means for `page`. Total: every sighting has a verdict.

    A page never seen before cannot be lost: its 404 is the outcome `missing`, looked at
    again ever more seldom, but neither an event nor, later, a removal.
    """
    if seen.saw is AssessmentKind.FORBIDDEN and not _is_its_own(page):
        # A refusal of us, like a challenge.
        seen = replace(seen, saw=AssessmentKind.BLOCKED)
    now = turns.like(page, seen)
    is_uninformed = page.state.state in _LOST or page.state.state is State.SUSPECT
    if now == turns.OUT_OF_REACH and is_uninformed:
        return _standing_of(page, seen)
    page, turning = turns.turned(page, now, seen.at)
    verdict = _standing_of(page, seen)
    if turns.is_stale(page, now):
        verdict = _ignored(page, verdict)
    return replace(verdict, events=(*turning, *verdict.events))


def _standing_of(page: Page, seen: Sighting) -> Verdict:
    if (trouble := _TROUBLES.get(seen.saw)) is not None:
        return _trouble(page, seen, trouble)
    if seen.saw == "not_modified":
        return _not_modified(page, seen)
    if seen.saw == "outside":
        return _outside(page, seen)
    if seen.saw is AssessmentKind.FORBIDDEN:
        return _forbidden(page, seen)
    if seen.saw in _NOT_FOUND:
        return _not_found(page, seen)
    return _answered(page, seen)


def _ignored(page: Page, verdict: Verdict) -> Verdict:
    """Let a page that goes to and fro keep its standing until it settles."""
    outcome = verdict.outcome
    if outcome is Outcome.REMOVED:
        outcome = Outcome.MISSING
    elif outcome in _SEEN_OUTCOMES and page.kind is WatchKind.ARTICLE:
        # What a list names is news whatever the list itself goes through.
        outcome = Outcome.SUSPECT
    return Verdict(outcome=outcome, state=page.state, look_again_after=_wait(2))


# ---- the page itself was seen


def _not_modified(page: Page, seen: Sighting) -> Verdict:
    if page.latest is None and page.kind is WatchKind.ARTICLE:
        unasked = replace(seen, reason="304, though there was nothing to compare with")
        return _trouble(page, unasked, State.FAILING)
    return _seen(page, seen, Outcome.NOT_MODIFIED)


def _answered(page: Page, seen: Sighting) -> Verdict:
    if seen.saw is not _EXPECTED[page.kind]:
        wrong = replace(seen, reason=f"a {seen.saw} where a {page.kind} was expected")
        return _trouble(page, wrong, State.UNREADABLE)
    if page.kind is not WatchKind.ARTICLE:
        # What it names is followed; that it names something else is no edit.
        return _seen(page, seen, Outcome.UNCHANGED)
    if seen.article is None or seen.content_sha256 is None:
        return _trouble(page, seen, State.UNREADABLE)
    if page.latest is None:
        return _seen(page, seen, Outcome.NEW)
    return _compared(page, seen, page.latest, seen.article)


def _compared(page: Page, seen: Sighting, latest: Version, article: Article) -> Verdict:
    if seen.comparison is None:
        return _seen(page, seen, Outcome.UNCHANGED)
    redirected = _redirected(page.state, seen)
    if seen.moved_to and redirected.redirect_sightings < MOVES_SEEN:
        # A first redirect to another text may be the end of the page, not a move.
        return Verdict(
            outcome=Outcome.SUSPECT, state=redirected, look_again_after=FIRST_LOOK
        )
    if _is_sudden_loss(seen.before or latest.article, article):
        return _suspect(page, seen)
    return _seen(page, seen, Outcome.CHANGED)


def _seen(page: Page, seen: Sighting, outcome: Outcome) -> Verdict:
    """The page itself was seen and is believed: leave whatever it was in."""
    was = page.state
    state = PageState(
        state=State.OK,
        since=was.since if was.state is State.OK else seen.at,
        sightings=was.sightings + 1 if was.state is State.OK else 1,
        known_since=was.known_since or seen.at,
        turns=was.turns,
        flapping_since=was.flapping_since,
    )
    events = _leaving(page, seen, outcome)
    if _is_known(page) and was.state in _LOST:
        outcome, is_version = Outcome.RESTORED, outcome is Outcome.CHANGED
    else:
        is_version = outcome in {Outcome.NEW, Outcome.CHANGED}
    verdict = Verdict(
        outcome=outcome, state=state, events=events, is_version=is_version
    )
    return verdict if seen.moved_to is None else _moving(was, seen, verdict)


def _leaving(page: Page, seen: Sighting, outcome: Outcome) -> tuple[Event, ...]:
    """Return the events of leaving what the page was in, and of its new text."""
    was, since = page.state, page.state.since or seen.at
    spell = f"it had been {was.state.replace('_', ' ')} since {when(since)}"
    if outcome is Outcome.NEW:
        return (_published(page, seen),) if page.found_as == "new" else ()
    if was.state in _LOST and _is_known(page):
        return (event("restored", seen.at, f"Back{_with_text(seen)}; {spell}"),)
    is_belief = was.state is State.SUSPECT and was.held_sha256 == seen.content_sha256
    events = []
    if was.state in _TROUBLE or (was.state is State.SUSPECT and not is_belief):
        events.append(event("recovered", seen.at, f"Seen again; {spell}"))
    if outcome is Outcome.CHANGED and seen.comparison is not None:
        first = since if is_belief else seen.at
        events.append(event("edited", seen.at, seen.comparison.summary, first=first))
    return tuple(events)


def _published(page: Page, seen: Sighting) -> Event:
    """Tell of a story that was not there when its watch began."""
    first = min(page.added_at, seen.at)
    summary = f"New: named since {when(first)}, "
    is_read_at_once = when(first) == when(seen.at)
    summary += "read at once" if is_read_at_once else f"read on {when(seen.at)}"
    return event("published", seen.at, summary, first=first)


def _with_text(seen: Sighting) -> str:
    if seen.comparison is not None:
        return f" with a different text: {seen.comparison.summary}"
    has_text = seen.article is not None or seen.saw == "not_modified"
    return " with the same text" if has_text else ""


def _moving(was: PageState, seen: Sighting, verdict: Verdict) -> Verdict:
    """Count a redirect; at the second sighting the page is asked for there."""
    state = _redirected(was, seen, verdict.state)
    if state.redirect_sightings < MOVES_SEEN:
        return replace(verdict, state=state, look_again_after=FIRST_LOOK)
    if state.redirect_sightings > MOVES_SEEN:  # the address could not be taken over
        return replace(verdict, state=state, new_url=seen.moved_to)
    first = state.redirect_since or seen.at
    moved = event(
        "moved",
        seen.at,
        f"Now at {seen.moved_to}; the redirect was first seen on {when(first)}",
        first=first,
        to=seen.moved_to,
    )
    is_plain = verdict.outcome in {Outcome.UNCHANGED, Outcome.NOT_MODIFIED}
    return replace(
        verdict,
        outcome=Outcome.MOVED if is_plain else verdict.outcome,
        state=state,
        events=(*verdict.events, moved),
        new_url=seen.moved_to,
    )


def _suspect(page: Page, seen: Sighting) -> Verdict:
    """Hold a text that lost most of the article until it was seen often enough."""
    was = page.state
    is_same = was.state is State.SUSPECT and was.held_sha256 == seen.content_sha256
    sightings = was.sightings + 1 if is_same else 1
    is_redesign = page.host.suspect_pages + 1 >= HOST_PAGES
    if sightings >= CONFIRMATIONS and not is_redesign:
        return _seen(page, seen, Outcome.CHANGED)
    state = replace(
        _standing(was, State.SUSPECT, seen),
        since=was.since if was.state is State.SUSPECT else seen.at,
        sightings=sightings,
        held_sha256=seen.content_sha256,
        reason="most of the text is gone",
    )
    events = []
    if was.state is not State.SUSPECT:
        events.append(
            event("suspect", seen.at, f"Most of the text is gone{_last_seen(page)}")
        )
    return Verdict(
        outcome=Outcome.SUSPECT,
        state=state,
        events=(*events, *_redesigned(page, seen)),
        look_again_after=_wait(sightings),
    )


# ---- the page was not seen


def _not_found(page: Page, seen: Sighting) -> Verdict:
    was = page.state
    if _is_blocking(page.host):
        reason = f"{seen.reason}; not believed while the host blocks its other pages"
        return _trouble(page, replace(seen, reason=reason), State.BLOCKED)
    if was.state is State.REMOVED:
        state = replace(was, sightings=was.sightings + 1)
        return Verdict(
            outcome=Outcome.REMOVED, state=state, look_again_after=LONGEST_WAIT
        )
    is_first = was.state is not State.MISSING
    state = replace(
        _standing(was, State.MISSING, seen),
        since=seen.at if is_first else was.since,
        sightings=1 if is_first else was.sightings + 1,
    )
    is_gone = seen.saw is AssessmentKind.GONE or state.sightings >= CONFIRMATIONS
    if is_gone and _is_known(page):
        return _removed(page, seen, state)
    fact = event("missing", seen.at, f"Missing: {seen.reason}{_last_seen(page)}")
    return Verdict(
        outcome=Outcome.MISSING,
        state=state,
        events=(fact,) if is_first and _is_known(page) else (),
        look_again_after=_wait(state.sightings),
    )


def _removed(page: Page, seen: Sighting, missing: PageState) -> Verdict:
    first = missing.since or seen.at
    fact = event(
        "removed",
        seen.at,
        f"Removed, first missed on {when(first)}: {seen.reason}{_last_seen(page)}",
        first=first,
    )
    return Verdict(
        outcome=Outcome.REMOVED,
        state=replace(missing, state=State.REMOVED),
        events=(fact,),
        look_again_after=LONGEST_WAIT,
    )


def _forbidden(page: Page, seen: Sighting) -> Verdict:
    """Believe a 403 of this page alone at its second sighting in a row.

    The first may be a firewall's hiccup. Until then the page stands as it did, so that
    what was told of it before still ends in its own words.
    """
    was = page.state
    if was.state in {State.WITHDRAWN, State.REMOVED}:
        state = replace(was, sightings=was.sightings + 1)
        return Verdict(
            outcome=Outcome.WITHDRAWN, state=state, look_again_after=LONGEST_WAIT
        )
    _, first = was.turns[-1]  # when it turned to this 403
    if first >= seen.at:
        return Verdict(
            outcome=Outcome.WITHDRAWN, state=was, look_again_after=FIRST_LOOK
        )
    summary = (
        f"Forbidden since {when(first)} while {page.host.ok_pages} other pages of the "
        f"host answer: probably unpublished{_last_seen(page)}"
    )
    return Verdict(
        outcome=Outcome.WITHDRAWN,
        state=replace(_standing(was, State.WITHDRAWN, seen), since=first),
        events=(event("withdrawn", seen.at, summary, first=first),),
        look_again_after=LONGEST_WAIT,
    )


def _outside(page: Page, seen: Sighting) -> Verdict:
    """Count a redirect that may not be followed; believe it at the second sighting."""
    was = page.state
    if _is_blocking(page.host):
        return _trouble(page, seen, State.BLOCKED)
    if was.state is State.MOVED_OUTSIDE:
        state = replace(was, sightings=was.sightings + 1)
        return Verdict(
            outcome=Outcome.MOVED, state=state, look_again_after=LONGEST_WAIT
        )
    state = _redirected(was, seen)
    if state.redirect_sightings < MOVES_SEEN:
        return Verdict(
            outcome=Outcome.SUSPECT, state=state, look_again_after=FIRST_LOOK
        )
    first = state.redirect_since or seen.at
    fact = event(
        "moved_outside",
        seen.at,
        f"Redirects to {seen.moved_to}, which is not an allowed host, "
        f"since {when(first)}{_last_seen(page)}",
        first=first,
        to=seen.moved_to,
    )
    return Verdict(
        outcome=Outcome.MOVED,
        state=replace(_standing(was, State.MOVED_OUTSIDE, seen), since=first),
        events=(fact,),
        look_again_after=LONGEST_WAIT,
    )


def _trouble(page: Page, seen: Sighting, trouble: State) -> Verdict:
    """We could not get at the page: of one lost or suspect, that teaches nothing."""
    was = page.state
    if was.state in _LOST or was.state is State.SUSPECT:
        return Verdict(
            outcome=_OUTCOMES[trouble],
            state=was,
            look_again_after=_wait(was.sightings),
        )
    # An error tells less than a challenge or robots.txt: it does not end those.
    is_same = was.state is trouble or (
        trouble is State.FAILING and was.state in _TROUBLE
    )
    if is_same:
        state = replace(was, sightings=was.sightings + 1, reason=seen.reason)
        events: tuple[Event, ...] = ()
    else:
        state = _standing(was, trouble, seen)
        summary = f"{_TROUBLE_WORDS[trouble]}: {seen.reason}{_last_seen(page)}"
        events = (event(_ENTERED[trouble], seen.at, summary),)
    if state.state is State.UNREADABLE and _is_known(page):
        events = (*events, *_redesigned(page, seen))
    return Verdict(
        outcome=_OUTCOMES[trouble],
        state=state,
        events=events,
        look_again_after=_wait(state.sightings),
    )


# ---- evidence


def _is_known(page: Page) -> bool:
    return page.latest is not None or page.state.known_since is not None


def _is_its_own(page: Page) -> bool:
    """Whether a 403 is the site's word on this page alone."""
    answers = page.host.ok_pages > 0 and not _is_blocking(page.host)
    return answers and _is_known(page)


def _is_blocking(host: HostEvidence) -> bool:
    return host.blocked_pages >= HOST_PAGES and host.blocked_pages > host.ok_pages


def _is_sudden_loss(before: Article, after: Article) -> bool:
    """Whether most of the text went, or every story of a listing."""
    if before.listed and not after.listed:
        return True
    had, has = len(before.text), len(after.text)
    return had >= _LEAST_TEXT and has * 2 < had


def _redesigned(page: Page, seen: Sighting) -> tuple[Event, ...]:
    """Ask once for a new layout when pages of one host are suspect together."""
    pages = page.host.suspect_pages + 1
    if pages < HOST_PAGES or page.host.redesign_announced:
        return ()
    summary = (
        f"{pages} pages of this host lost their text together: "
        "probably a redesign; the site needs a new layout"
    )
    return (event("redesigned", seen.at, summary),)


def _redirected(
    was: PageState, seen: Sighting, state: PageState | None = None
) -> PageState:
    """Return `state` (or `was`) with the redirect counted, anew for another target."""
    is_same = was.redirect_to == seen.moved_to
    return replace(
        state or was,
        redirect_to=seen.moved_to,
        redirect_since=was.redirect_since if is_same else seen.at,
        redirect_sightings=was.redirect_sightings + 1 if is_same else 1,
    )


# ---- small values


def _standing(was: PageState, state: State, seen: Sighting) -> PageState:
    return PageState(
        state=state,
        since=seen.at,
        sightings=1,
        known_since=was.known_since,
        reason=seen.reason or None,
        turns=was.turns,
        flapping_since=was.flapping_since,
    )


def _wait(sightings: int) -> timedelta:
    """Ten minutes, then three times as long each time, a day at most."""
    longer: int = 3 ** min(max(sightings, 1) - 1, 8)
    return min(FIRST_LOOK * longer, LONGEST_WAIT)


def _last_seen(page: Page) -> str:
    if page.latest is None:
        return ""
    return f"; last seen on {when(page.latest.last_seen_at)}"
