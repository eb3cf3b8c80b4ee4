"""The response, and the few measures of it that the rules share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from scraper.model import Assessment, AssessmentKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scraper.document import Document

THIN = 1_000
"""Characters to read on a challenge or error page at most, its chrome included."""
BARE = 400
"""Characters where next to nothing is said."""
BARE_LINKS = 12
"""Links on a page without a site around it at most."""
NOTICE = 1_200
"""Characters of prose on a notice in a site's own template at most ..."""
LONG_NOTICE = 2_500
"""... and where title and heading both say so, which no story's do."""
_HEAD_CHARACTERS = 4_096
_END = re.compile(r"(?<=[.!?]) ")
_WRAPPERS = ("div", "section", "article", "body", "main", "center", "font", "pre")
"""Elements whose own text is prose where pages are written without paragraphs."""


@dataclass(frozen=True)
class Answer:
    """The response and the few measures of it that rules share; each taken once."""

    document: Document
    status: int
    headers: Mapping[str, str]

    @cached_property
    def markup(self) -> str:
        """The body in lower case, as far as firewalls' scripts reach."""
        return self.document.text[:200_000].lower()

    @cached_property
    def heads(self) -> tuple[str, ...]:
        """What the page is called, as `words`: title, its parts, headings, notice.

        Of a heading in several sentences the first counts as well. What is longer than
        any notice is left out.
        """
        if self.document.is_plain_text:
            return ()
        tree = self.document.tree
        title = tree.css_first("head > title")
        nodes = [*tree.css("h1")[:3], *tree.css("main h2, [role=main] h2")[:1]]
        nodes = nodes or tree.css("h2, h3")[:1]
        called = () if title is None else _segments(folded(title.text()))
        said = [*called, *(folded(node.text(separator=" ")) for node in nodes)]
        if not nodes and len(self.document.text) < _HEAD_CHARACTERS:
            said.append(self.visible)
        said += [_END.split(head)[0] for head in said if _END.search(head)]
        return tuple(words(head) for head in said if 0 < len(head) <= 120)

    @cached_property
    def has_heading(self) -> bool:
        """Whether there is a first-level heading."""
        return self.document.tree.css_first("h1") is not None

    @cached_property
    def is_bare(self) -> bool:
        """Whether there is no site around what is said."""
        if self.links > BARE_LINKS or self.is_readable:
            return False  # without taking the page's text apart
        return len(self.visible) <= THIN

    @cached_property
    def is_alone(self) -> bool:
        """Whether there is a line or two, and no heading that a story would have."""
        if self.has_heading or self.is_readable:
            return False
        return len(self.visible) <= BARE

    @cached_property
    def visible(self) -> str:
        """What a reader sees, chrome included, without scripts and styles."""
        if self.document.is_plain_text:
            return folded(self.document.text)
        body = self.document.tree.clone()
        body.strip_tags(["script", "style", "noscript", "template", "iframe"])
        return folded(body.body.text(separator=" ")) if body.body else ""

    @cached_property
    def prose(self) -> int:
        """Characters in sentences of the main part: no menus, banners or footers."""
        tree = self.document.tree
        main = tree.css_first("main, [role=main]")
        if main is None or not main.text(strip=True):
            main = tree.body
        if main is None:
            return 0
        furniture = {
            node.mem_id
            for node in main.css("header p, footer p, nav li, .usa-banner p")
        }
        texts = (
            folded(node.text(deep=node.tag not in _WRAPPERS))
            for node in main.css(f"p, li, td, dd, {', '.join(_WRAPPERS)}")
            if node.mem_id not in furniture
        )
        return sum(len(text) for text in texts if len(text) >= 80)

    @cached_property
    def is_readable(self) -> bool:
        """Whether paragraphs alone hold more than a challenge page says in all."""
        if self.document.is_plain_text:
            return len(self.document.text) > THIN
        found = 0
        for node in self.document.tree.css("p"):
            found += len(node.text(strip=True))
            if found > THIN:
                return True
        return False

    @cached_property
    def shown(self) -> str:
        """What a browser without scripts shows: `visible`, and the noscript parts."""
        if self.document.is_plain_text:
            return self.visible
        nodes = self.document.tree.css("noscript")
        return folded(" ".join([self.visible, *(node.text() for node in nodes)]))

    @cached_property
    def links(self) -> int:
        """How many links there are, menus included."""
        return len(self.document.tree.css("a[href]"))

    def called(self, notice: re.Pattern[str], *, limit: int = NOTICE) -> str:
        """Return what the page is called if it is such a notice, and little else.

        Args:
            notice: What heads are matched against.
            limit: Characters of prose that it may hold where one head says so.
        """
        said = [head for head in self.heads if notice.fullmatch(head)]
        is_such = said and self.prose <= (LONG_NOTICE if len(said) > 1 else limit)
        return said[0] if is_such else ""


def phrases(*phrases: str) -> re.Pattern[str]:
    """Return what matches a heading that says one of `phrases` and nothing else.

    Matched against `words`: lower case, no punctuation, "isn't" as "is not".
    """
    return re.compile("|".join(phrases))


def words(heading: str) -> str:
    """Return a heading as `phrases` match it."""
    plain = heading.lower().replace("\u2019", "'")
    plain = re.sub("can't|cannot", "can not", plain).replace("n't", " not")
    return " ".join(re.findall(r"\w+", plain.replace("'", "")))


def verdict(kind: AssessmentKind, reason: str, **evidence: str) -> Assessment:
    """Return an assessment; `evidence` is what was seen, by what it is."""
    return Assessment(kind=kind, reason=reason, evidence=evidence)


_SEPARATORS = re.compile(r"\s+[|\u2013\u2014\u00bb\u00b7-]+\s+|\s*::\s*|\s*\|\s*")


def _segments(title: str) -> tuple[str, ...]:
    """Return a title and its parts: what the page is called, and the site's name."""
    return (title, *(part for part in _SEPARATORS.split(title) if part != title))


def folded(text: str) -> str:
    """Return `text` on one line, with single spaces."""
    return " ".join(text.split())
