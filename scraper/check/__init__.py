"""One check of one page, end to end: the only place where all stages meet."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from scraper import comparison, extraction, noise, urls
from scraper.cadence import next_check
from scraper.check import following, stories
from scraper.check.reading import (
    Reader,
    Seen,
    opened_and_assessed,
    reread,
    rules_now,
    sighting_of,
)
from scraper.errors import (
    DisallowedError,
    FetchError,
    HostBusyError,
    SupersededError,
)
from scraper.fate import Sighting, judge
from scraper.fetch import contradicts, wants_full_answer
from scraper.log import logger
from scraper.model import Check, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from scraper.config import Profiles
    from scraper.fate import Failure, Verdict
    from scraper.fetch import Fetcher
    from scraper.model import Article, Capture, NoisePattern, Page
    from scraper.store import Recorded, Store

__all__ = [
    "Reader",
    "examine",
    "look",
    "opened_and_assessed",
    "record",
    "reread",
    "rules_now",
    "run",
]

log = logger(__name__)

_TRIES = 3
"""Looks at a page whose record another process keeps overtaking."""

_SECOND_LOOK = timedelta(seconds=30)
"""How long a worker waits for the host's turn to tell noise from news."""

_SEEN_AS_IT_WAS = {Outcome.UNCHANGED, Outcome.RESTORED, Outcome.MOVED}


def run(
    page: Page,
    *,
    store: Store,
    fetcher: Fetcher,
    profiles: Profiles,
    clock: Callable[[], datetime],
    patience: timedelta,
) -> tuple[Check, Recorded]:
    """Look at `page` and record what was found.

    Args:
        page: Claimed by the caller; recording gives it back.
        store: Open for writing.
        fetcher: Asks the page's host.
        profiles: All that are known.
        clock: The time, aware.
        patience: How long to wait for the host's turn.

    Raises:
        HostBusyError: The host's turn did not come; the page is still claimed.
        StoreError: It could not be recorded.
    """
    reader = Reader.over(store, profiles=profiles)
    check = look(page, fetcher=fetcher, reader=reader, clock=clock, patience=patience)
    return record(
        check, store=store, reader=reader, allowed=fetcher.policy.allowed_hosts
    )


def record(
    check: Check, *, store: Store, reader: Reader, allowed: tuple[str, ...] = ()
) -> tuple[Check, Recorded]:
    """Record `check`, concluding anew where another process was faster.

    Args:
        check: Of a page on record.
        store: Open for writing.
        reader: Over the same store.
        allowed: Host patterns beside `urls.GOVERNMENT`, for what a list names.

    Returns:
        The check as it was recorded.

    Raises:
        StoreError: It could not be recorded.
    """
    check = _of_known_page(check, store, reader)
    if following.is_pass(check):
        return following.record(check, store=store, reader=reader, allowed=allowed)
    for _ in range(_TRIES - 1):
        try:
            return check, store.record(check)
        except SupersededError:
            check = _anew(check, store, reader)
    return check, store.record(check)


def look(
    page: Page,
    *,
    fetcher: Fetcher,
    reader: Reader,
    clock: Callable[[], datetime],
    patience: timedelta,
) -> Check:
    """Fetch `page` and conclude what that means; nothing is recorded.

    Raises:
        HostBusyError: The host's turn did not come within `patience`.
    """
    is_full = wants_full_answer(
        now=clock(), added_at=page.added_at, full_answer_at=page.full_answer_at
    )
    try:
        capture = fetcher.fetch(
            page.url, validators=None if is_full else page.validators, patience=patience
        )
    except HostBusyError:
        raise
    except FetchError as exc:
        return _conclude(page, None, Seen(sighting=_unanswered(exc, clock())))
    check = examine(page, capture, reader=reader)
    if check.moving:
        check = _after_a_second_look(check, capture, fetcher, reader, patience)
    if _was_misled(page, check):
        fetcher.distrust_validators(page.url)
    if following.is_pass(check):
        check = following.with_older(check, fetcher=fetcher, reader=reader)
    return check


def examine(page: Page, capture: Capture, *, reader: Reader) -> Check:
    """Conclude what `capture` means for `page`. The same values, the same check."""
    try:
        seen = reader.read(page, capture)
    except Exception as exc:
        log.exception("check_failed", page=page.url, body=capture.body_sha256)
        reason = f"Govwatch failed on it ({type(exc).__name__}); please report this"
        seen = Seen(sighting=sighting_of(page, capture, "unreadable", reason))
    return _conclude(page, capture, seen)


def _after_a_second_look(
    check: Check, first: Capture, fetcher: Fetcher, reader: Reader, patience: timedelta
) -> Check:
    """Look again at once where lone figures moved: do they move by themselves?

    Costs one request for each such change, and none any more for a line that is known.
    """
    page = check.page
    try:
        capture = fetcher.fetch(page.url, patience=max(patience, _SECOND_LOOK))
    except FetchError:
        return _all_else_standing(check)
    learned = _learned(check, examine(page, capture, reader=reader))
    if learned:
        check = _informed(page, first, reader, learned)
    return _all_else_standing(check)


def _informed(
    page: Page, capture: Capture, reader: Reader, learned: tuple[NoisePattern, ...]
) -> Check:
    """Conclude from `capture` knowing also what was just learned."""
    known = (*reader.noise(urls.host(capture.url)), *learned)
    informed = replace(reader, noise=lambda _: known)
    return replace(examine(page, capture, reader=informed), learned=learned)


def _learned(check: Check, second: Check) -> tuple[NoisePattern, ...]:
    """Return the noise that `second`, made right after `check`, brings to light."""
    capture = second.capture
    if check.reading is None or second.reading is None or capture is None:
        return ()
    again = noise.moved_again(
        check.moving, check.reading.article, second.reading.article
    )
    first = {one.shape: one for one in check.moving}
    return tuple(
        noise.learned(
            line.shape,
            (
                first[line.shape],
                replace(
                    first[line.shape],
                    before=line.before,
                    after=line.after,
                    before_at=first[line.shape].after_at,
                    after_at=capture.captured_at,
                    before_sha256=first[line.shape].after_sha256,
                    after_sha256=capture.body_sha256,
                ),
            ),
            host=urls.host(capture.url),
            layout=check.reading.layout,
            since=capture.captured_at,
            reason="moved again when looked at again at once, and nothing else did",
        )
        for line in again
    )


def _all_else_standing(check: Check) -> Check:
    """Keep moving lines in mind only where nothing else changed with them."""
    latest = check.page.latest
    if not check.moving or check.reading is None or latest is None:
        return check
    before = check.baseline.article if check.baseline is not None else latest.article
    if noise.all_else_stands(check.moving, before, check.reading.article):
        return check
    return replace(check, moving=())


def _anew(check: Check, store: Store, reader: Reader) -> Check:
    """Conclude again from the same answer, now that the page's record has moved on."""
    page = store.page(str(check.page.id))
    if page is None or check.capture is None:
        return check
    if check.learned:
        return _informed(page, check.capture, reader, check.learned)
    return examine(page, check.capture, reader=reader)


def _of_known_page(check: Check, store: Store, reader: Reader) -> Check:
    """Take a first answer that came from a known page's address for that page's.

    Feeds often name stories by an address that redirects to the one that lists name.
    """
    page, capture = check.page, check.capture
    if page.latest is not None or capture is None or check.state.redirect_to is None:
        return check
    known = store.page(capture.url)
    if known is None or known.id == page.id or known.kind is not page.kind:
        return check
    if not store.join(page.id, into=known.id):
        return check
    return examine(known, capture, reader=reader)


def _was_misled(page: Page, check: Check) -> bool:
    """Whether the host called the page unmodified while it was not."""
    latest = page.latest
    if check.comparison is None or check.capture is None or latest is None:
        return False
    if page.validators is None:
        return False
    confirmed = latest.last_seen_at if latest.last_seen_on == "304" else None
    return contradicts(page.validators, check.capture, confirmed_at=confirmed)


def _unanswered(error: FetchError, at: datetime) -> Sighting:
    is_disallowed = isinstance(error, DisallowedError)
    saw: Failure = "disallowed" if is_disallowed else "no_answer"
    return Sighting(at=at, saw=saw, reason=error.reason)


def _conclude(page: Page, capture: Capture | None, seen: Seen) -> Check:
    verdict = judge(page, seen.sighting)
    at = seen.sighting.at
    # A text that is held back, or that a block page hides, is not on record.
    is_believed = verdict.is_version or (
        seen.sighting.comparison is None and verdict.outcome in _SEEN_AS_IT_WAS
    )
    due = next_check(
        page,
        now=at,
        text_since=_text_since(page, seen, verdict),
        look_again=verdict.look_again_after,
    )
    baseline = seen.baseline if is_believed else None
    return Check(
        page=page,
        checked_at=at,
        outcome=verdict.outcome,
        state=verdict.state,
        next_check_at=due.at,
        next_check_why=due.why,
        capture=capture,
        assessment=seen.assessment,
        reading=seen.reading if is_believed else None,
        content_sha256=seen.sighting.content_sha256 if is_believed else None,
        comparison=seen.sighting.comparison if verdict.is_version else None,
        baseline=baseline,
        baseline_sha256=(
            comparison.content_sha256(baseline.article)
            if baseline is not None
            else None
        ),
        events=verdict.events,
        moving=seen.moving if is_believed else (),
        furniture=seen.furniture if is_believed else None,
        pointers=(
            extraction.pointers(seen.reading.article)
            if seen.reading is not None and verdict.is_version
            else ()
        ),
        discovered=seen.discovered.links,
        sitemaps=seen.discovered.sitemaps,
        modified=seen.discovered.modified,
        next_url=seen.discovered.next_url,
        new_url=verdict.new_url,
        error=seen.sighting.reason or verdict.state.reason,
    )


def _text_since(page: Page, seen: Seen, verdict: Verdict) -> datetime | None:
    """Return since when the page's text has stood, as far as one can tell."""
    latest, at = page.latest, seen.sighting.at
    if latest is None:
        article = seen.reading.article if seen.reading is not None else None
        is_read = verdict.is_version and article is not None
        return _stood_since(page, article, at) if is_read else None
    if verdict.is_version:
        return at
    if latest.origin == "changed":
        return latest.first_seen_at
    return _stood_since(page, latest.article, latest.first_seen_at)


def _stood_since(page: Page, article: Article | None, seen_at: datetime) -> datetime:
    """Return the date that a page's first text states, if that is earlier.

    What a person asked for is taken to be of interest now, whatever its age.
    """
    if page.found_as == "asked" or article is None:
        return seen_at
    stated = [
        at
        for text in (article.published, article.updated)
        if (at := stories.moment(text)) is not None
    ]
    if stated:
        return min(max(stated), seen_at)
    return seen_at - stories.AGE_UNSTATED if page.found_as == "baseline" else seen_at
