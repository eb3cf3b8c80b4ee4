"""A page that lives through sightings as a store would record them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from scraper.fate import Failure, Sighting, Verdict, judge
from scraper.model import (
    Article,
    AssessmentKind,
    Block,
    Comparison,
    Disclosure,
    Edit,
    HostEvidence,
    Link,
    Page,
    PageId,
    PageState,
    State,
    Version,
    VersionId,
    WatchKind,
    sha256,
)

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
URL = "https://www.example.gov/news/bridge"
SENTENCE = "The bridge over the river opens on Monday after two years of work. "
FULL = SENTENCE * 10
ANSWERING = HostEvidence(ok_pages=5)
BLOCKING = HostEvidence(ok_pages=1, blocked_pages=6)


def article(text: str, *, listed: int = 0) -> Article:
    return Article(
        url=URL,
        blocks=(Block("paragraph", text),) if text else (),
        listed=tuple(Link(f"Story {n}", f"{URL}/{n}") for n in range(listed)),
    )


def comparison(before: Article, after: Article) -> Comparison | None:
    if before == after:
        return None
    return Comparison(
        edits=(Edit(field="body", op="changed", before="a", after="b"),),
        disclosure=Disclosure.NONE_SEEN,
        significance=0.5,
        reasons=(),
        summary="2 words changed in the body",
    )


class Life:
    """A page, and what is made of each sighting of it.

    Attributes:
        page: As it stands; a test may put another `host` into it.
        events: The kinds of all events so far.
        last: The latest verdict.
    """

    def __init__(
        self, text: str | None = FULL, kind: WatchKind = WatchKind.ARTICLE
    ) -> None:
        """Begin a life; `text` is read at once, unless it is None."""
        self.now = START
        self.page = Page(
            id=PageId(1), key="k", url=URL, kind=kind, site=None, added_at=START
        )
        self.events: list[str] = []
        self.last: Verdict
        if text is not None:
            self.reads(text)

    def sees(
        self,
        saw: AssessmentKind | Failure,
        *,
        moved_to: str | None = None,
        text: str | None = None,
        listed: int = 0,
        after: timedelta = 10 * MINUTE,
    ) -> Verdict:
        """Judge a sighting made `after` the last one, and keep what it means."""
        self.now += after
        read = None if text is None else article(text, listed=listed)
        latest = self.page.latest
        seen = Sighting(
            at=self.now,
            saw=saw,
            reason=f"saw {saw}",
            moved_to=moved_to,
            article=read,
            content_sha256=None if read is None else sha256(repr(read).encode()),
            comparison=comparison(latest.article, read) if latest and read else None,
        )
        verdict = judge(self.page, seen)
        # As the store keeps it.
        state = PageState.from_dict(verdict.state.as_dict())
        self.page = replace(self.page, state=state)
        if verdict.is_version:
            assert read is not None
            self.page = replace(self.page, latest=self._version(read, seen))
        if verdict.new_url is not None:
            self.page = replace(self.page, url=verdict.new_url)
        self.events.extend(event.kind for event in verdict.events)
        self.last = verdict
        return verdict

    def reads(self, text: str, **named: object) -> Verdict:
        return self.sees(AssessmentKind.PAGE, text=text, **named)  # type: ignore[arg-type]

    @property
    def state(self) -> State:
        return self.page.state.state

    def _version(self, read: Article, seen: Sighting) -> Version:
        assert seen.content_sha256 is not None
        number = 1 if self.page.latest is None else self.page.latest.number + 1
        return Version(
            id=VersionId(number),
            page_id=self.page.id,
            number=number,
            article=read,
            content_sha256=seen.content_sha256,
            rules="r",
            origin="changed",
            first_seen_at=seen.at,
            last_seen_at=seen.at,
            last_seen_on="full answer",
            body_sha256=None,
        )
