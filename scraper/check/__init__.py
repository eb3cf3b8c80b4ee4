"""One check of one page, end to end: the only place where all stages meet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from scraper import assessment, comparison, discovery, document, extraction, urls
from scraper.cadence import next_check
from scraper.check import feed_only, stories
from scraper.config import identity, profile_for
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
from scraper.model import AssessmentKind, Check, Outcome, WatchKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from scraper.config import Profiles
    from scraper.discovery import Discovered
    from scraper.document import Document
    from scraper.fate import Failure, Verdict
    from scraper.fetch import Fetcher
    from scraper.model import (
        Article,
        Assessment,
        Capture,
        Comparison,
        Link,
        Page,
        Profile,
        Reading,
        Sha256,
        Version,
    )
    from scraper.store import Recorded, Store

log = logger(__name__)

_TRIES = 3
"""Looks at a page whose record another process keeps overtaking."""

_OLDER_PAGES = 3
"""Pages of a listing beyond its first that are read when none of it is known."""

_OLDER_PATIENCE = timedelta(seconds=30)
_AGE_UNSTATED = timedelta(days=30)
"""How long the text of a story is taken to have stood that was there before we were
and states no date: it is looked at about once a day."""

_SEEN_AS_IT_WAS = {Outcome.UNCHANGED, Outcome.RESTORED, Outcome.MOVED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What reading a capture takes beside its bytes.

    Attributes:
        profiles: All that are known.
        body: The stored body with that address, None when it is not kept.
    """

    profiles: Profiles
    body: Callable[[Sha256], bytes | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What a capture turned out to hold."""

    sighting: Sighting
    assessment: Assessment | None = None
    reading: Reading | None = None
    baseline: Reading | None = None
    discovered: Discovered = discovery.NOTHING


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
    reader = Reader(profiles=profiles, body=store.body)
    check = look(page, fetcher=fetcher, reader=reader, clock=clock, patience=patience)
    return record(check, store=store, fetcher=fetcher, reader=reader)


def record(
    check: Check, *, store: Store, fetcher: Fetcher, reader: Reader
) -> tuple[Check, Recorded]:
    """Record `check`, concluding anew where another process was faster.

    Returns:
        The check as it was recorded.

    Raises:
        StoreError: It could not be recorded.
    """
    if is_pass(check):
        return _follow(check, store=store, fetcher=fetcher, reader=reader)
    for _ in range(_TRIES - 1):
        try:
            return check, store.record(check)
        except SupersededError:
            check = _anew(check, store, reader)
    return check, store.record(check)


def is_pass(check: Check) -> bool:
    """Whether what a listing, feed or sitemap names was seen whole, and is believed."""
    is_list = check.page.kind is not WatchKind.ARTICLE
    return is_list and check.outcome in _SEEN_AS_IT_WAS


def _follow(
    check: Check, *, store: Store, fetcher: Fetcher, reader: Reader
) -> tuple[Check, Recorded]:
    """Record a look at a listing, feed or sitemap with what it makes us follow."""
    watch = store.watch_of(check.page.id)
    if watch is None or watch.paused:
        return check, store.record(check)
    known = store.named(check.page.id)
    check = _with_older(check, known, fetcher=fetcher, reader=reader)
    found = stories.found(
        check,
        watch,
        profiles=reader.profiles,
        allowed=fetcher.policy.allowed_hosts,
    )
    recorded = store.record(check, found=found)
    if watch.feed_only and check.capture is not None:
        for told in _told(check.capture):
            _, key = identity(reader.profiles, told.url)
            page = store.page(key) if any(key == one.key for one in found) else None
            if page is not None and feed_only.is_all_we_know(page):
                store.record(feed_only.check(page, check.capture, told))
    return check, recorded


def _told(capture: Capture) -> tuple[Article, ...]:
    return discovery.told(
        capture.body,
        url=capture.url,
        content_type=capture.headers.get("content-type"),
    )


def _with_older(
    check: Check, known: frozenset[str], *, fetcher: Fetcher, reader: Reader
) -> Check:
    """Go on to older stories until one is met that is known, a few pages at most.

    So a first pass starts with more than one page of stories, and of many published
    between two looks none is missed.
    """
    for _ in range(_OLDER_PAGES):
        keys = {identity(reader.profiles, link.url)[1] for link in check.discovered}
        host = urls.host(check.page.url)
        onward = check.next_url
        if onward is None or urls.host(onward) != host or keys & known:
            break
        try:
            capture = fetcher.fetch(onward, patience=_OLDER_PATIENCE)
        except FetchError as exc:
            log.warning("older_stories_unread", page=onward, error=str(exc))
            break
        more = _read(replace(check.page, url=onward), capture, reader).discovered
        seen = {link.url for link in check.discovered}
        check = replace(
            check,
            discovered=(
                *check.discovered,
                *(link for link in more.links if link.url not in seen),
            ),
            next_url=more.next_url,
        )
    return check


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
    rules = extraction.rules(profile, capture.captured_at)
    latest = page.latest
    if (
        latest is not None
        and capture.status == 200
        and (capture.body_sha256, rules) == (latest.body_sha256, latest.rules)
    ):
        return _Seen(sighting=_same(page, capture, latest))
    opened, assessed = opened_and_assessed(capture)
    if assessed.kind in {AssessmentKind.FEED, AssessmentKind.SITEMAP}:
        return _naming(page, capture, assessed)
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
    if page.kind is WatchKind.LISTING:
        return _naming(page, capture, assessed, reading.article.listed)
    baseline = _reread(page.latest, reading, profile, reader)
    return _Seen(
        sighting=_article_sighting(page, capture, reading, baseline),
        assessment=assessed,
        reading=reading,
        baseline=baseline,
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


def _reread(
    latest: Version | None, reading: Reading, profile: Profile, reader: Reader
) -> Reading | None:
    """Read the latest version's capture under the rules that read the new one.

    Our upgrades never look like their edits (docs/architecture.md).
    """
    if latest is None or latest.rules == reading.rules or latest.body_sha256 is None:
        return None
    if latest.rules == feed_only.RULES:  # its bytes are the feed's
        return None
    body = reader.body(latest.body_sha256)
    if body is None:
        return None
    opened = document.parse(body, url=latest.article.url)
    try:
        return extraction.read(
            opened, profile=profile, captured_at=latest.first_seen_at
        )
    except ExtractError:
        return None


def _naming(
    page: Page, capture: Capture, assessed: Assessment, listed: tuple[Link, ...] = ()
) -> _Seen:
    """Read what a listing, feed or sitemap names; that is all that is read of it."""
    saw: AssessmentKind | Failure = assessed.kind
    reason = ""
    found = discovery.NOTHING
    try:
        found = discovery.discover(
            capture.body,
            url=capture.url,
            content_type=capture.headers.get("content-type"),
            kind=page.kind,
            listed=listed,
        )
    except DiscoveryError as exc:
        saw, reason = "unreadable", str(exc)
    if saw in _LISTS and not (found.links or found.sitemaps):
        if page.names:
            saw = "unreadable"
            reason = f"it names no story, where it named {page.names} before"
        elif page.kind is WatchKind.LISTING:
            saw, reason = "unreadable", "no stories could be read on it"
    return _Seen(
        sighting=_sighting(page, capture, saw, reason),
        assessment=assessed,
        discovered=found,
    )


_LISTS = {AssessmentKind.PAGE, AssessmentKind.FEED, AssessmentKind.SITEMAP}


def _anew(check: Check, store: Store, reader: Reader) -> Check:
    """Conclude again from the same answer, now that the page's record has moved on."""
    page = store.page(str(check.page.id))
    if page is None or check.capture is None:
        return check
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
        discovered=seen.discovered.links,
        sitemaps=seen.discovered.sitemaps,
        modified=seen.discovered.modified,
        next_url=seen.discovered.next_url,
        new_url=verdict.new_url,
        error=seen.sighting.reason or verdict.state.reason,
    )


def _text_since(page: Page, seen: _Seen, verdict: Verdict) -> datetime | None:
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
    return seen_at - _AGE_UNSTATED if page.found_as == "baseline" else seen_at
