"""One check of one page, end to end: the only place where all stages meet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from scraper import (
    assessment,
    comparison,
    discovery,
    document,
    extraction,
    noise,
    urls,
)
from scraper.cadence import next_check
from scraper.config import profile_for
from scraper.errors import (
    DisallowedError,
    DiscoveryError,
    ExtractError,
    FetchError,
    HostBusyError,
    SupersededError,
)
from scraper.fate import Sighting, judge
from scraper.fetch import contradicts, wants_full_answer
from scraper.log import logger
from scraper.model import AssessmentKind, Check, NoiseSighting, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from scraper.config import Profiles
    from scraper.document import Document
    from scraper.fate import Failure
    from scraper.fetch import Fetcher
    from scraper.model import (
        Assessment,
        Capture,
        Comparison,
        Link,
        NoisePattern,
        Page,
        Profile,
        Reading,
        Sha256,
        Version,
    )
    from scraper.noise import Moved
    from scraper.store import Recorded, Store

log = logger(__name__)

_TRIES = 3
"""Looks at a page whose record another process keeps overtaking."""

_SECOND_LOOK = timedelta(seconds=30)
"""How long a worker waits for the host's turn to tell noise from news."""

_SEEN_AS_IT_WAS = {Outcome.UNCHANGED, Outcome.RESTORED, Outcome.MOVED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What reading a capture takes beside its bytes.

    Attributes:
        profiles: All that are known.
        body: The stored body with that address, None when it is not kept.
        noise: What is known to change by itself on a host.
    """

    profiles: Profiles
    body: Callable[[Sha256], bytes | None]
    noise: Callable[[str], tuple[NoisePattern, ...]] = lambda _: ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What a capture turned out to hold."""

    sighting: Sighting
    assessment: Assessment | None = None
    reading: Reading | None = None
    baseline: Reading | None = None
    moving: tuple[NoiseSighting, ...] = ()
    furniture: tuple[str, ...] | None = None
    discovered: tuple[Link, ...] = ()


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
    reader = Reader(profiles=profiles, body=store.body, noise=store.noise)
    check = look(page, fetcher=fetcher, reader=reader, clock=clock, patience=patience)
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
        return _conclude(page, None, _Seen(sighting=_unanswered(exc, clock())))
    check = examine(page, capture, reader=reader)
    if check.moving:
        check = _after_a_second_look(check, capture, fetcher, reader, patience)
    if _was_misled(page, check):
        fetcher.distrust_validators(page.url)
    return check


def examine(page: Page, capture: Capture, *, reader: Reader) -> Check:
    """Conclude what `capture` means for `page`. The same values, the same check."""
    try:
        seen = _read(page, capture, reader)
    except Exception as exc:
        log.exception("check_failed", page=page.url, body=capture.body_sha256)
        reason = f"Govwatch failed on it ({type(exc).__name__}); please report this"
        seen = _Seen(sighting=_sighting(page, capture, "unreadable", reason))
    return _conclude(page, capture, seen)


def opened_and_assessed(capture: Capture) -> tuple[Document, Assessment]:
    """Return a capture's body, parsed, and what the response is."""
    opened = document.parse(
        capture.body, url=capture.url, content_type=capture.headers.get("content-type")
    )
    return opened, assessment.assess(
        opened,
        requested_url=capture.requested_url,
        status=capture.status,
        headers=capture.headers,
    )


def _read(page: Page, capture: Capture, reader: Reader) -> _Seen:
    if capture.status == 304:
        return _Seen(sighting=_sighting(page, capture, "not_modified"))
    if (refused := _refused_target(capture)) is not None:
        return _Seen(sighting=refused)
    profile = profile_for(reader.profiles, urls.host(capture.url))
    known = reader.noise(urls.host(capture.url))
    rules = noise.rules(extraction.rules(profile, capture.captured_at), known)
    latest = page.latest
    if (
        latest is not None
        and capture.status == 200
        and (capture.body_sha256, rules) == (latest.body_sha256, latest.rules)
    ):
        return _Seen(sighting=_same(page, capture, latest))
    opened, assessed = opened_and_assessed(capture)
    if assessed.kind in {AssessmentKind.FEED, AssessmentKind.SITEMAP}:
        return _feed(page, capture, assessed)
    if assessed.kind is not AssessmentKind.PAGE:
        sighting = _sighting(page, capture, assessed.kind, assessed.reason)
        return _Seen(sighting=sighting, assessment=assessed)
    return _article(page, capture, opened, assessed, reader)


def _article(
    page: Page,
    capture: Capture,
    opened: Document,
    assessed: Assessment,
    reader: Reader,
) -> _Seen:
    profile = profile_for(reader.profiles, urls.host(capture.url))
    try:
        reading = extraction.read(
            opened, profile=profile, captured_at=capture.captured_at
        )
    except ExtractError as exc:
        sighting = _sighting(page, capture, "unreadable", str(exc))
        return _Seen(sighting=sighting, assessment=assessed)
    known = reader.noise(urls.host(capture.url))
    reading = noise.without(reading, known)
    baseline = _reread(page.latest, reading, profile, reader, known)
    sighting = _article_sighting(page, capture, reading, baseline)
    return _Seen(
        sighting=sighting,
        moving=_moving(page, capture, reading, sighting),
        furniture=extraction.furniture(opened, reading.article),
        assessment=assessed,
        reading=reading,
        baseline=baseline,
        discovered=_links(page, capture, reading.article.listed),
    )


def _article_sighting(
    page: Page, capture: Capture, reading: Reading, baseline: Reading | None
) -> Sighting:
    before = baseline.article if baseline is not None else None
    difference: Comparison | None = None
    if page.latest is not None:
        if before is not None:
            difference = comparison.compare(before, reading.article)
        elif page.latest.rules == reading.rules:
            difference = comparison.compare(page.latest.article, reading.article)
        # Else nothing is left to re-read: a new baseline, and no change is claimed.
    return Sighting(
        at=capture.captured_at,
        saw=AssessmentKind.PAGE,
        moved_to=_moved_to(page, capture),
        article=reading.article,
        content_sha256=comparison.content_sha256(reading.article),
        comparison=difference,
        before=before,
    )


def _moving(
    page: Page, capture: Capture, reading: Reading, seen: Sighting
) -> tuple[NoiseSighting, ...]:
    """Return the lines whose figures moved since the latest version: news or noise."""
    if page.latest is None or seen.comparison is None:
        return ()
    before = seen.before or page.latest.article
    return tuple(
        NoiseSighting(
            shape=line.shape,
            layout=reading.layout,
            url=page.url,
            before=line.before,
            after=line.after,
            before_at=page.latest.last_seen_at,
            after_at=capture.captured_at,
            before_sha256=page.latest.body_sha256,
            after_sha256=capture.body_sha256,
        )
        for line in noise.moved(before, reading.article)
    )


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
    second = examine(page, capture, reader=reader)
    if check.reading is None or second.reading is None:
        return _all_else_standing(check)
    again = noise.moved_again(
        check.moving, check.reading.article, second.reading.article
    )
    patterns = tuple(
        noise.learned(
            line.shape,
            _evidence(line, check, capture),
            host=urls.host(first.url),
            layout=check.reading.layout,
            since=capture.captured_at,
            reason="moved again when looked at again at once, and nothing else did",
        )
        for line in again
    )
    if patterns:
        check = _informed(page, first, reader, patterns)
    return _all_else_standing(check)


def _evidence(line: Moved, check: Check, second: Capture) -> list[NoiseSighting]:
    seen = [one for one in check.moving if one.shape == line.shape]
    return [
        *seen,
        *(
            replace(
                one,
                before=line.before,
                after=line.after,
                before_at=one.after_at,
                after_at=second.captured_at,
                before_sha256=one.after_sha256,
                after_sha256=second.body_sha256,
            )
            for one in seen
        ),
    ]


def _informed(
    page: Page, capture: Capture, reader: Reader, learned: tuple[NoisePattern, ...]
) -> Check:
    """Conclude from `capture` knowing also what was just learned."""
    known = (*reader.noise(urls.host(capture.url)), *learned)
    informed = replace(reader, noise=lambda _: known)
    return replace(examine(page, capture, reader=informed), learned=learned)


def _all_else_standing(check: Check) -> Check:
    """Keep the moving lines in mind only where nothing else changed with them."""
    latest = check.page.latest
    if not check.moving or check.reading is None or latest is None:
        return check
    before = check.baseline.article if check.baseline is not None else latest.article
    if noise.all_else_stands(check.moving, before, check.reading.article):
        return check
    return replace(check, moving=())


def _reread(
    latest: Version | None,
    reading: Reading,
    profile: Profile,
    reader: Reader,
    known: tuple[NoisePattern, ...],
) -> Reading | None:
    """Read the latest version's capture under the rules that read the new one.

    Our upgrades never look like their edits (docs/architecture.md).
    """
    if latest is None or latest.rules == reading.rules or latest.body_sha256 is None:
        return None
    body = reader.body(latest.body_sha256)
    if body is None:
        return None
    opened = document.parse(body, url=latest.article.url)
    try:
        again = extraction.read(
            opened, profile=profile, captured_at=latest.first_seen_at
        )
    except ExtractError:
        return None
    return noise.without(again, known)


def _feed(page: Page, capture: Capture, assessed: Assessment) -> _Seen:
    saw: AssessmentKind | Failure = assessed.kind
    reason = assessed.reason
    links: tuple[Link, ...] = ()
    try:
        links = _links(page, capture)
    except DiscoveryError as exc:
        saw, reason = "unreadable", str(exc)
    return _Seen(
        sighting=_sighting(page, capture, saw, reason),
        assessment=assessed,
        discovered=links,
    )


def _links(
    page: Page, capture: Capture, listed: tuple[Link, ...] = ()
) -> tuple[Link, ...]:
    """Return the stories that a listing, feed or sitemap names.

    Raises:
        DiscoveryError: It is not what the page's watch expects.
    """
    return discovery.discover(
        capture.body,
        url=capture.url,
        content_type=capture.headers.get("content-type"),
        kind=page.kind,
        listed=listed,
    ).links


def _anew(check: Check, store: Store, reader: Reader) -> Check:
    """Conclude again from the same answer, now that the page's record has moved on."""
    page = store.page(str(check.page.id))
    if page is None or check.capture is None:
        return check
    if check.learned:
        return _informed(page, check.capture, reader, check.learned)
    return examine(page, check.capture, reader=reader)


def _was_misled(page: Page, check: Check) -> bool:
    """Whether the host called the page unmodified while it was not."""
    latest = page.latest
    if check.comparison is None or check.capture is None or latest is None:
        return False
    if page.validators is None:
        return False
    confirmed = latest.last_seen_at if latest.last_seen_on == "304" else None
    return contradicts(page.validators, check.capture, confirmed_at=confirmed)


def _sighting(
    page: Page, capture: Capture, saw: AssessmentKind | Failure, reason: str = ""
) -> Sighting:
    return Sighting(
        at=capture.captured_at,
        saw=saw,
        reason=reason,
        moved_to=_moved_to(page, capture),
    )


def _same(page: Page, capture: Capture, latest: Version) -> Sighting:
    """Return the sighting of bytes that were read before, under the same rules."""
    return Sighting(
        at=capture.captured_at,
        saw=AssessmentKind.PAGE,
        moved_to=_moved_to(page, capture),
        article=latest.article,
        content_sha256=latest.content_sha256,
    )


def _unanswered(error: FetchError, at: datetime) -> Sighting:
    is_disallowed = isinstance(error, DisallowedError)
    saw: Failure = "disallowed" if is_disallowed else "no_answer"
    return Sighting(at=at, saw=saw, reason=error.reason)


def _refused_target(capture: Capture) -> Sighting | None:
    """Return the sighting of a redirect that `fetch` may not follow, if it is one."""
    target = capture.headers.get("location")
    if target is None or not 300 <= capture.status < 400:
        return None
    return Sighting(
        at=capture.captured_at,
        saw="outside",
        reason=f"redirects to {target}",
        moved_to=urls.join(capture.url, target),
    )


def _moved_to(page: Page, capture: Capture) -> str | None:
    """Return where a redirect led, when that is not where the page was asked for."""
    if urls.same_page(page.url, capture.url):
        return None
    return capture.url


def _conclude(page: Page, capture: Capture | None, seen: _Seen) -> Check:
    verdict = judge(page, seen.sighting)
    at = seen.sighting.at
    text_since = page.latest.first_seen_at if page.latest is not None else None
    # A text that is held back, or that a block page hides, is not on record.
    is_believed = verdict.is_version or (
        seen.sighting.comparison is None and verdict.outcome in _SEEN_AS_IT_WAS
    )
    due = next_check(
        page,
        now=at,
        text_since=at if verdict.is_version else text_since,
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
        discovered=seen.discovered,
        new_url=verdict.new_url,
        error=seen.sighting.reason or None,
    )
