"""What changes on a page without being edited: learned from what is seen. Pure.

Only a short line that stands alone can be noise: a block of one sentence whose words
all stand while its figures move, such as "Currently 4,213 people are following this
topic." A figure inside running text, in a table, a heading or a quotation is never
taken for it, nor are money, shares, dates, votes, the dead, the injured and the
arrested. Two things show that such a line is noise:

- Looked at again at once, it has moved again, and nothing else has (`moved_again`).
- Where caches serve everybody the same answer for a while: it moved at each of several
  successive looks, on several pages (`recurring`).

An edit does neither: it stands when it is looked at again.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from scraper.comparison import compare
from scraper.model import NoisePattern, Removal, sha256

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from scraper.model import Article, Block, NoiseSighting, Reading

PAGES, LOOKS = 3, 2
"""On so many pages, at so many successive looks each, a line must have moved."""
WITHIN = timedelta(hours=6)
"""Between two looks, for that: what moves daily may well be news."""

_LONGEST = 120
_FIGURE = re.compile(r"\d+(?:[.,:]\d+)*")
_ANY_FIGURE = r"\d+(?:[.,:]\d+)*"
_TWO_SENTENCES = re.compile(r"[.!?][\"')\u201d\u2019]*\s+\S")
_TOLD = re.compile(
    # Money, shares, dates, and what happened to people and places: of these stories
    # are made, and while something goes on they move from look to look.
    r"[$\u20ac\u00a3%]|\b(?:per ?cent|percentage|dollars?|thousand|million|billion"
    r"|trillion|jan(?:uary)?|feb(?:ruary)?|march|april|june|july|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b|\bmay \d"
    r"|\d[/-]\d|\b(?:19|20)\d\d\b"
    r"|\b(?:dead|deaths?|died|killed|injured|wounded|missing|victims?|casualties|cases?"
    r"|infected|hospitali[sz]ed|arrest(?:s|ed)|charged|evacuated|acres|homes|troops"
    r"|votes?|voted|detained|deported|rescued|patients|beds|tests|doses|vaccinated"
    r"|shelters?|outages?|power|flights?|gallons|feet|inches|mph|magnitude|customers"
    r"|claims|applications|jobs|ballots|precincts)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_TICKING = re.compile(
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:jan|feb|mar|apr|may|june?|july?"
    r"|aug|sept?|oct|nov|dec)[a-z]*\.? \d|\d:\d\d|\b(?:views?|visits?|visitors?|ago"
    r"|followers?|downloads?|hits?)\b",
    re.IGNORECASE,
)
"""What counts and clocks beside an article say; office hours are lost among them."""
_BLOCKS = frozenset({"paragraph", "list_item"})


@dataclass(frozen=True, slots=True)
class Moved:
    """A line of which only figures moved: its shape, the old text and the new."""

    shape: str
    before: str
    after: str


def shape_of(text: str) -> str | None:
    """Return `text` with `#` for each figure; None where it cannot be noise."""
    line = " ".join(text.split())
    if len(line) > _LONGEST or "#" in line or not _FIGURE.search(line):
        return None
    if _TWO_SENTENCES.search(line) or _TOLD.search(line):
        return None
    # A lone word with a figure could be anything: "Section 4".
    return _FIGURE.sub("#", line) if len(_WORD.findall(line)) >= 2 else None


def moved(before: Article, after: Article) -> tuple[Moved, ...]:
    """Return the lines that may be noise: those of which only figures moved.

    A line that occurs in this shape more than once on either side is none.
    """
    old, new = _shaped(before), _shaped(after)
    return tuple(
        Moved(shape, text, new[shape])
        for shape, text in old.items()
        if shape in new and text.split() != new[shape].split()
    )


def moved_again(
    suspected: Iterable[Moved | NoiseSighting], first: Article, second: Article
) -> tuple[Moved, ...]:
    """Return which of the lines moved between two looks, one right after the other.

    None of them did, if anything else moved as well.
    """
    shapes = {one.shape for one in suspected}
    again = tuple(one for one in moved(first, second) if one.shape in shapes)
    return again if again and all_else_stands(again, first, second) else ()


def all_else_stands(
    lines: Sequence[Moved | NoiseSighting], before: Article, after: Article
) -> bool:
    """Whether two articles differ in nothing but `lines`."""
    noise = tuple(NoisePattern(pattern=pattern(x.shape), where="block") for x in lines)
    return compare(before, after, noise=noise) is None


def recurring(
    seen: Sequence[tuple[int, NoiseSighting]],
) -> tuple[NoiseSighting, ...]:
    """Return the sightings that show one shape to be noise, none if they do not.

    Args:
        seen: All sightings of the shape in one layout of one host, each with the
            number of the look at its page.
    """
    by_page: defaultdict[str, dict[int, NoiseSighting]] = defaultdict(dict)
    for number, sighting in seen:
        if sighting.after_at - sighting.before_at <= WITHIN:
            by_page[sighting.url][number] = sighting
    streaks = []
    for looks in by_page.values():
        numbers = range(max(looks) - LOOKS + 1, max(looks) + 1)
        if looks.keys() >= {*numbers}:
            streaks.append([looks[number] for number in numbers])
    if len(streaks) < PAGES:
        return ()
    return tuple(sighting for streak in streaks for sighting in streak)


def learned(
    shape: str,
    evidence: Sequence[NoiseSighting],
    *,
    host: str,
    layout: str | None,
    since: datetime,
    reason: str,
) -> NoisePattern:
    """Return the pattern for a shape of text that moves by itself."""
    return NoisePattern(
        pattern=pattern(shape),
        reason=reason,
        where="block",
        shape=shape,
        evidence=tuple(evidence),
        since=since,
        host=host,
        layout=layout,
    )


def pattern(shape: str) -> str:
    """Return the regular expression of a shape: its words, any figures, any spacing."""
    words = (_ANY_FIGURE.join(map(re.escape, w.split("#"))) for w in shape.split())
    return r"\s*" + r"\s+".join(words) + r"\s*"


def without(reading: Reading, noise: Sequence[NoisePattern]) -> Reading:
    """Return `reading` without the learned noise of its layout, which it accounts for.

    What is hashed, compared, stored and told is then the same text. The fingerprint
    tells that it was read under this noise, also where the page holds none of it.
    """
    in_force = [known for known in noise if known.layout == reading.layout]
    blocks, removed = [], [*reading.removed]
    for block in reading.article.blocks:
        known = _known(block, in_force)
        if known is None:
            blocks.append(block)
        else:
            removed.append(Removal(f"learned noise: {known.shape}", block.text))
    return replace(
        reading,
        article=replace(reading.article, blocks=tuple(blocks)),
        rules=rules(reading.rules, noise),
        removed=tuple(removed),
    )


def rules(base: str, noise: Sequence[NoisePattern]) -> str:
    """Return the fingerprint of reading rules under a host's learned noise."""
    if not noise:
        return base
    said = sorted((known.layout or "", known.pattern) for known in noise)
    return f"{base}+{sha256(repr(said).encode())[:8]}"


def furniture_moved(
    before: Iterable[str], after: Iterable[str], *, stories: Iterable[Article]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the lines of a page's furniture that went, and those that came.

    What is part of the page's articles before or after is no furniture, nor is a line
    of which only counts, times or dates moved.
    """
    old, new = dict.fromkeys(before), dict.fromkeys(after)
    told = "\n".join(_told(story) for story in stories)
    dates = [
        date
        for story in stories
        for date in (story.published_text, story.updated_text)
        if date
    ]
    gone, come = (
        {
            line: _FIGURE.sub("#", line)
            for line in some
            if line not in others
            and line not in told
            and not any(date in line for date in dates)
        }
        for some, others in ((old, new), (new, old))
    )
    ticking = {*gone.values()} & {*come.values()}
    return (
        tuple(line for line, shape in gone.items() if not _ticks(line, shape, ticking)),
        tuple(line for line, shape in come.items() if not _ticks(line, shape, ticking)),
    )


def _ticks(line: str, shape: str, ticking: set[str]) -> bool:
    return shape in ticking and bool(_TICKING.search(line))


def _told(article: Article) -> str:
    """Return all words of an article, those of its links and pictures included."""
    links = (*article.related, *article.attachments, *article.listed)
    parts = [
        article.title,
        article.byline,
        article.text,
        *(link.title for link in links),
        *article.notes,
        *(
            text
            for image in article.images
            for text in (image.title, image.caption, image.credit, image.virin)
        ),
    ]
    return "\n".join(" ".join(part.split()) for part in parts if part)


def _shaped(article: Article) -> dict[str, str]:
    """Return the lines that may be noise, by shape, of shapes that occur once."""
    shaped = [
        (shape, block.text)
        for block in article.blocks
        if block.kind in _BLOCKS and not block.links and (shape := shape_of(block.text))
    ]
    counts = Counter(shape for shape, _ in shaped)
    return {shape: text for shape, text in shaped if counts[shape] == 1}


def _known(block: Block, noise: Sequence[NoisePattern]) -> NoisePattern | None:
    if block.kind not in _BLOCKS or block.links:
        return None
    for known in noise:
        if re.fullmatch(known.pattern, block.text):
            return known
    return None
