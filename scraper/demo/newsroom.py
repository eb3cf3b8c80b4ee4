"""A small government newsroom on the AFPIMS platform, which changes its mind."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from datetime import timedelta
from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from datetime import date

HOST = "news.example.gov"
ORIGIN = f"https://{HOST}"
LISTING = "/News/"

_PLAIN = frozenset({"article_id", "slug", "title"})
_MONTHS = (
    *("Jan.", "Feb.", "March", "April", "May", "June"),
    *("July", "Aug.", "Sept.", "Oct.", "Nov.", "Dec."),
)


class Answer(NamedTuple):
    """What the newsroom's server says to one request."""

    status: int
    body: str
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A photo block: what AFPIMS prints beneath a picture."""

    src: str
    alt: str
    title: str
    caption: str
    credit: str
    virin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One article of the newsroom."""

    article_id: int
    slug: str
    title: str
    date: str
    paragraphs: tuple[str, ...]
    photo: Photo | None = None

    @property
    def path(self) -> str:
        """The path the newsroom links to."""
        return f"/News/News-Stories/Article/Article/{self.article_id}/{self.slug}/"


@dataclass(slots=True)
class Newsroom:
    """The newsroom as it stands now; a demonstration changes it between checks.

    Attributes:
        stories: By path, newest last.
        banner: The official-website block of every page.
        footer: What every article ends with.
        related: What every article offers as further reading.
        instead: Paths at which something else is answered.
        closed: What is answered everywhere while the site is closed.
        visits: Pages served; each carries another view state, as ASP.NET's do.
    """

    stories: dict[str, Story] = field(default_factory=dict)
    banner: str = field(default_factory=lambda: _file("banner.html"))
    footer: str = "A government newsroom that changes its mind."
    related: tuple[Story, ...] = ()
    instead: dict[str, Answer] = field(default_factory=dict)
    closed: Answer | None = None
    visits: int = 0

    def reword_banner(self) -> None:
        """Change the official-website block, on every page at once."""
        for before, after in (
            ("United States Government", "U.S. Department of Examples"),
            ("Here's how you know", "How to check this site"),
            ("safely connected", "securely connected"),
        ):
            self.banner = self.banner.replace(before, after)

    def publish(self, *stories: Story) -> None:
        """Put `stories` online, in place of what stood at their paths."""
        self.stories |= {story.path: story for story in stories}
        self.related = self.related or stories

    def edit(self, story: Story, before: str, after: str) -> Story:
        """Replace `before` by `after` in `story`'s words, without a word about it."""
        edited = replace(
            story,
            title=story.title.replace(before, after),
            paragraphs=tuple(p.replace(before, after) for p in story.paragraphs),
        )
        self.publish(edited)
        return edited

    def take_down(self, story: Story) -> None:
        """Remove `story` without a trace."""
        del self.stories[story.path]

    def move(self, story: Story, slug: str) -> Story:
        """Give `story` another address, to which the old one redirects."""
        moved = replace(story, slug=slug)
        self.take_down(story)
        self.publish(moved)
        self.instead[story.path] = Answer(301, "", (("location", moved.path),))
        return moved

    def answer(self, path: str) -> Answer:
        """Return what the server says to a request for `path`."""
        self.visits += 1
        if self.closed is not None:
            return self.closed
        if path in self.instead:
            return self.instead[path]
        if path == "/robots.txt":
            return Answer(404, "no such file", (("content-type", "text/plain"),))
        if path == LISTING:
            return Answer(200, self._listing())
        if path in self.stories:
            return Answer(200, self._article(self.stories[path]))
        return Answer(404, "<title>Page Not Found</title><h1>Page not found</h1>")

    def _article(self, story: Story) -> str:
        others = [s for s in self.related if s.article_id != story.article_id]
        return _template("article").substitute(
            title=escape(story.title),
            section="News",
            url=ORIGIN + story.path,
            path=story.path,
            article_id=story.article_id,
            visit=self.visits,
            viewstate=f"dDwtNTM0{self.visits:08d}",
            banner=self.banner,
            footer=escape(self.footer),
            readers=f"{1200 + 7 * self.visits:,}",
            date=story.date,
            body=_body(story),
            related="\n".join(_link(other) for other in others),
        )

    def _listing(self) -> str:
        stories = "\n".join(
            f'<div class="item"><h2 class="river-title">'
            f'<a href="{story.path}">{escape(story.title)}</a></h2>'
            f"<time>{story.date}</time><p>{escape(story.paragraphs[0])}</p></div>"
            for story in reversed(self.stories.values())
        )
        return _template("listing").substitute(banner=self.banner, stories=stories)


def stories(first_day: date) -> dict[str, Story]:
    """Return the newsroom's stories by a short name.

    Args:
        first_day: That of the first scene; they are dated around it.
    """
    written = tomllib.loads(_file("stories.toml"))
    return {name: _story(story, first_day) for name, story in written.items()}


def _story(written: dict[str, Any], first_day: date) -> Story:
    day = first_day + timedelta(days=written["day"])
    printed = f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"
    photo = {
        key: Template(value).substitute(date=printed, shot=f"{day:%y%m%d}")
        for key, value in written.get("photo", {}).items()
    }
    return Story(
        **{key: value for key, value in written.items() if key in _PLAIN},
        date=printed,
        paragraphs=tuple(written["paragraphs"]),
        photo=Photo(**photo) if photo else None,
    )


def challenge(path: str) -> Answer:
    """Return a bot challenge with status 200, as some agencies' firewalls serve it."""
    return Answer(200, _template("challenge").substitute(path=path))


def maintenance(minutes: int) -> Answer:
    """Return what a site says while it is closed, and for how long it will be."""
    return Answer(
        503,
        "<title>Scheduled Maintenance</title><h1>Scheduled maintenance</h1>"
        "<p>This site is down for scheduled maintenance. Please come back later.</p>",
        (("retry-after", str(60 * minutes)),),
    )


def forbidden() -> Answer:
    """Return what a content system says of a page that is no longer public."""
    return Answer(
        403,
        "<title>Access denied</title><main><h1>Access denied</h1>"
        "<p>You are not authorized to access this page.</p></main>",
    )


def _template(name: str) -> Template:
    return Template(_file(f"{name}.html"))


def _file(name: str) -> str:
    return files("scraper.demo").joinpath(name).read_text("utf-8")


def _body(story: Story) -> str:
    blocks = [f"<p>{escape(text)}</p>" for text in story.paragraphs]
    if story.photo is not None:
        blocks.insert(1, _figure(story.photo))
    return "\n".join(blocks)


def _figure(photo: Photo) -> str:
    return (
        f'<figure class="image-wrap"><img src="{photo.src}" alt="{escape(photo.alt)}">'
        f'<figcaption><h4 class="title">{escape(photo.title)}</h4>'
        f'<p class="caption">{escape(photo.caption)}</p>'
        f'<p class="credit">Photo By: {escape(photo.credit)}</p>'
        f'<p class="virin">VIRIN: {photo.virin}</p></figcaption></figure>'
    )


def _link(story: Story) -> str:
    return f'<li><a href="{story.path}">{escape(story.title)}</a></li>'
