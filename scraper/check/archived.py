"""A capture that was not fetched: what an archive holds of a page, put in its place.

It says what the page said then, and nothing of how the page stands now. It is compared
with the texts before and after it; no recorded change is altered (`Store.record`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scraper import comparison, urls
from scraper.check.reading import Seen, reread
from scraper.config import identity
from scraper.errors import SupersededError
from scraper.fate import judge
from scraper.model import (
    Check,
    HostEvidence,
    Outcome,
    Page,
    PageId,
    PageState,
    State,
    WatchKind,
)

if TYPE_CHECKING:
    from scraper.check.reading import Reader
    from scraper.model import Article, Capture, Comparison, Version
    from scraper.store import Recorded, Store

_TRIES = 3
_TEXTS = {Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED}


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenIn:
    """What became of a capture.

    Attributes:
        recorded: None where it was left out.
        left_out: Why, in one line.
    """

    recorded: Recorded | None = None
    left_out: str = ""


class _LeftOut(Exception):  # noqa: N818 - no error: most of an archive is no article
    """The capture is not put on record; `str()` says why."""


def take_in(capture: Capture, *, store: Store, reader: Reader) -> TakenIn:
    """Put what an archive holds of a page on record, at its own time.

    A page that nobody knows is made for it, followed by nothing.

    Args:
        capture: Its source is an archive.
        store: Open for writing.
        reader: Reads as a check would.

    Raises:
        StoreError: It could not be recorded.
    """
    try:
        for _ in range(_TRIES - 1):
            try:
                return _recorded(capture, store, reader)
            except SupersededError:  # a check was faster; its text is a neighbour now
                continue
        return _recorded(capture, store, reader)
    except _LeftOut as exc:
        return TakenIn(left_out=str(exc))


def _recorded(capture: Capture, store: Store, reader: Reader) -> TakenIn:
    site, key = identity(reader.profiles, capture.requested_url)
    page = store.page(capture.requested_url) or store.page(key)
    if page is None:
        unknown = _unknown(capture, key=key, site=site)
        check = examine(unknown, capture, None, None, reader=reader)
        if check.reading is not None and check.reading.article.kind == "listing":
            raise _LeftOut("a list of stories")
        made = store.ensure_page(
            url=capture.requested_url,
            key=key,
            kind=WatchKind.ARTICLE,
            site=site,
            due=False,
        )
        return TakenIn(recorded=store.record(replace(check, page=made)))
    if page.kind is not WatchKind.ARTICLE:
        raise _LeftOut(f"a {page.kind}, which has no text of its own")
    if store.has_capture(page.id, capture.captured_at):
        raise _LeftOut("on record already")
    left, right = store.neighbours(page.id, capture.captured_at)
    check = examine(page, capture, left, right, reader=reader)
    return TakenIn(recorded=store.record(check))


def examine(
    page: Page,
    capture: Capture,
    left: Version | None,
    right: Version | None,
    *,
    reader: Reader,
) -> Check:
    """Conclude what an archived capture adds between two versions of its page.

    Raises:
        _LeftOut: It is no text of the page, or none that can be compared.
    """
    then = replace(
        page,
        url=capture.requested_url,  # where it was then; it may have moved since
        latest=left,
        state=_standing(left),
        host=HostEvidence(),
    )
    seen = reader.read(then, capture)
    verdict = judge(then, seen.sighting)
    if verdict.outcome not in _TEXTS:
        reason = seen.sighting.reason or verdict.state.reason
        if verdict.outcome is Outcome.SUSPECT:
            reason = reason or "it redirects to another text"
        raise _LeftOut(f"{verdict.outcome}: {reason}" if reason else verdict.outcome)
    baseline = None
    if left is not None and not _is_read_alike(left, seen):
        baseline = seen.baseline
        if baseline is None or (right is not None and right.id == left.id):
            raise _LeftOut("other rules read the text before it, and read it otherwise")
    return Check(
        page=page,
        checked_at=capture.captured_at,
        outcome=verdict.outcome,
        state=page.state,
        next_check_at=page.next_check_at or capture.captured_at,
        next_check_why=page.next_check_why or "",
        capture=capture,
        assessment=seen.assessment,
        reading=seen.reading,
        content_sha256=seen.sighting.content_sha256,
        comparison=seen.sighting.comparison,
        baseline=baseline,
        baseline_sha256=(
            None if baseline is None else comparison.content_sha256(baseline.article)
        ),
        onward=_onward(capture, seen, right, reader),
    )


def _standing(left: Version | None) -> PageState:
    """Return how the page stood then, as far as its text tells."""
    if left is None:
        return PageState()
    since = left.first_seen_at
    return PageState(state=State.OK, since=since, sightings=1, known_since=since)


def _is_read_alike(left: Version, seen: Seen) -> bool:
    """Whether the rules that read the capture read the text before it as on record.

    Else what is our doing would be told as theirs: the text before it must be put on
    record anew, as these rules read it.
    """
    if seen.sighting.content_sha256 == left.content_sha256:
        return True
    if seen.baseline is not None:
        again = comparison.content_sha256(seen.baseline.article)
        return again == left.content_sha256
    return seen.reading is not None and seen.reading.rules == left.rules


def _onward(
    capture: Capture, seen: Seen, right: Version | None, reader: Reader
) -> Comparison | None:
    """Return how the text became the next one, None where that cannot be told."""
    if right is None or seen.reading is None:
        return None
    after: Article | None = right.article
    if right.rules != seen.reading.rules:
        again = reread(
            right, reader, rules=seen.reading.rules, host=urls.host(capture.url)
        )
        is_alike = again is not None and (
            comparison.content_sha256(again.article) == right.content_sha256
        )
        after = again.article if again is not None and is_alike else None
    if after is None:
        return None
    return comparison.compare(seen.reading.article, after)


def _unknown(capture: Capture, *, key: str, site: str | None) -> Page:
    """Return a page as it is before it is on record."""
    return Page(
        id=PageId(0),
        key=key,
        url=capture.requested_url,
        kind=WatchKind.ARTICLE,
        site=site,
        found_as="asked",
        added_at=capture.captured_at,
    )
