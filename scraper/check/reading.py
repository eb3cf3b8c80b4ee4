"""What a capture holds, from its bytes to a sighting. Pure but for re-read bodies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from scraper import (
    assessment,
    comparison,
    discovery,
    document,
    extraction,
    noise,
    urls,
)
from scraper.config import profile_for
from scraper.errors import DamagedError, DiscoveryError, ExtractError
from scraper.fate import Sighting
from scraper.model import FEED_RULES, AssessmentKind, NoiseSighting, WatchKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from scraper.config import Profiles
    from scraper.discovery import Discovered
    from scraper.document import Document
    from scraper.fate import Failure
    from scraper.model import (
        Assessment,
        Capture,
        Comparison,
        Link,
        NoisePattern,
        Page,
        Reading,
        Sha256,
        Version,
    )
    from scraper.store import Store

_LISTS = {AssessmentKind.PAGE, AssessmentKind.FEED, AssessmentKind.SITEMAP}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What reading a capture takes beside its bytes.

    Attributes:
        profiles: All that are known.
        body: The stored body with that address, None when it is not kept.
        noise: What is known to change by itself on a host.
        thread: Where pages are read; None: where the capture came in. Python reads one
            page at a time anyway, and the C library keeps for each thread what its
            largest page took: 50 MB with eight threads that read.
    """

    profiles: Profiles
    body: Callable[[Sha256], bytes | None]
    noise: Callable[[str], tuple[NoisePattern, ...]]
    thread: Executor | None = None

    @classmethod
    def over(
        cls, store: Store, *, profiles: Profiles, thread: Executor | None = None
    ) -> Self:
        """Return a reader that knows what `store` holds."""
        return cls(profiles=profiles, body=store.body, noise=store.noise, thread=thread)

    def read(self, page: Page, capture: Capture) -> Seen:
        """Return what `capture` of `page` holds; nothing it raises is meant."""
        if self.thread is None:
            return _read(page, capture, self)
        return self.thread.submit(_read, page, capture, self).result()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a capture turned out to hold."""

    sighting: Sighting
    assessment: Assessment | None = None
    reading: Reading | None = None
    baseline: Reading | None = None
    moving: tuple[NoiseSighting, ...] = ()
    furniture: tuple[str, ...] | None = None
    discovered: Discovered = discovery.NOTHING


def _read(page: Page, capture: Capture, reader: Reader) -> Seen:
    if capture.status == 304:
        return Seen(sighting=sighting_of(page, capture, "not_modified"))
    if (refused := _refused_target(capture)) is not None:
        return Seen(sighting=refused)
    profile = profile_for(reader.profiles, urls.host(capture.url))
    known = reader.noise(urls.host(capture.url))
    rules = noise.rules(extraction.rules(profile, capture.captured_at), known)
    latest = page.latest
    if (
        latest is not None
        and capture.status == 200
        and (capture.body_sha256, rules) == (latest.body_sha256, latest.rules)
    ):
        return Seen(sighting=_same(page, capture, latest))
    opened, assessed = opened_and_assessed(capture)
    if assessed.kind in {AssessmentKind.FEED, AssessmentKind.SITEMAP}:
        return _naming(page, capture, assessed)
    if assessed.kind is not AssessmentKind.PAGE:
        sighting = sighting_of(page, capture, assessed.kind, assessed.reason)
        return Seen(sighting=sighting, assessment=assessed)
    return _article(page, capture, opened, assessed, reader)


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


def _article(
    page: Page,
    capture: Capture,
    opened: Document,
    assessed: Assessment,
    reader: Reader,
) -> Seen:
    profile = profile_for(reader.profiles, urls.host(capture.url))
    try:
        reading = extraction.read(
            opened, profile=profile, captured_at=capture.captured_at
        )
    except ExtractError as exc:
        sighting = sighting_of(page, capture, "unreadable", str(exc))
        return Seen(sighting=sighting, assessment=assessed)
    if page.kind is WatchKind.LISTING:
        return _naming(page, capture, assessed, reading.article.listed)
    known = reader.noise(urls.host(capture.url))
    reading = noise.without(reading, known)
    baseline = (
        None
        if page.latest is None
        else reread(
            page.latest, reader, rules=reading.rules, host=urls.host(capture.url)
        )
    )
    sighting = _article_sighting(page, capture, reading, baseline)
    return Seen(
        sighting=sighting,
        moving=_moving(page, capture, reading, sighting),
        furniture=extraction.furniture(opened, reading.article),
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


def _moving(
    page: Page, capture: Capture, reading: Reading, seen: Sighting
) -> tuple[NoiseSighting, ...]:
    """Return the lines whose figures moved since the latest version: news or noise."""
    if page.latest is None or seen.comparison is None or capture.source != "live":
        return ()
    latest, before = page.latest, seen.before or page.latest.article
    return tuple(
        NoiseSighting(
            shape=line.shape,
            layout=reading.layout,
            url=capture.requested_url,
            before=line.before,
            after=line.after,
            before_at=latest.last_seen_at,
            after_at=capture.captured_at,
            before_sha256=latest.body_sha256,
            after_sha256=capture.body_sha256,
        )
        for line in noise.moved(before, reading.article)
    )


def rules_now(version: Version, reader: Reader, *, host: str) -> str:
    """Return the fingerprint of what would read a version's capture now."""
    profile = profile_for(reader.profiles, host)
    return noise.rules(
        extraction.rules(profile, version.first_seen_at), reader.noise(host)
    )


def reread(
    version: Version, reader: Reader, *, rules: str, host: str
) -> Reading | None:
    """Read a version's capture again, as pages of `host` are read now.

    Our upgrades never look like their edits (docs/architecture.md).

    Returns:
        None where `rules` are those that read it, where its bytes are not kept, or not
        as they were, or where no article can be read in them any more.
    """
    if version.rules == rules or version.body_sha256 is None:
        return None
    if version.rules == FEED_RULES:  # its bytes are the feed's
        return None
    try:
        body = reader.body(version.body_sha256)
    except DamagedError:  # `govwatch verify` names it
        body = None
    if body is None:
        return None
    opened = document.parse(
        body, url=version.article.url, content_type=_declared(version)
    )
    try:
        again = extraction.read(
            opened,
            profile=profile_for(reader.profiles, host),
            captured_at=version.first_seen_at,
        )
    except ExtractError:
        return None
    return noise.without(again, reader.noise(host))


def _declared(version: Version) -> str | None:
    """Return what the header said of a body's encoding, if that is what counted."""
    codec, _, source = (version.encoding or "").partition(" ")
    return f"text/html; charset={codec}" if source == "(header)" else None


def _naming(
    page: Page, capture: Capture, assessed: Assessment, listed: tuple[Link, ...] = ()
) -> Seen:
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
        if page.named:
            saw = "unreadable"
            reason = f"it names no story, where it named {len(page.named)} before"
        elif page.kind is WatchKind.LISTING:
            saw, reason = "unreadable", "no stories could be read on it"
    return Seen(
        sighting=sighting_of(page, capture, saw, reason),
        assessment=assessed,
        discovered=found,
    )


def sighting_of(
    page: Page, capture: Capture, saw: AssessmentKind | Failure, reason: str = ""
) -> Sighting:
    """Return the sighting of a capture without an article."""
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
