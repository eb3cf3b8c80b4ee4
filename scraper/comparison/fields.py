"""Edits of everything beside the text: dates and names, links, lists, pictures.

Lists are compared as sets by what their links lead to: their order says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeVar, get_args

from scraper.comparison import text as texts
from scraper.comparison.body import text_edits
from scraper.comparison.settling import text_blocks, without_volatile
from scraper.comparison.targets import absolute, picture, target
from scraper.model import Edit, Position

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from scraper.comparison.work import Work
    from scraper.model import Article, Block, Image, Link

SingleField = Literal["title", "published", "updated", "byline", "dateline"]
ListField = Literal["related", "attachments", "listed"]
PictureText = Literal["image_title", "alt", "caption", "credit", "virin"]
_Told = tuple[str, str, str, str]
"""A link as `Listed` has it, without its place."""

_Each = TypeVar("_Each")
_MOST_ADDRESSES = 10_000
"""Of links and pictures whose addresses are understood: a page of more is for programs,
and each address counts as it is written."""
SINGLE_FIELDS: tuple[SingleField, ...] = get_args(SingleField)
LIST_FIELDS: tuple[ListField, ...] = get_args(ListField)
PICTURE_TEXTS: tuple[PictureText, ...] = get_args(PictureText)


@dataclass(frozen=True, slots=True)
class Listed:
    """One link: where it stands, as a line, what it leads to.

    `says` are its date and words where they count; `words` its words alone.
    """

    at: int
    line: str
    target: str
    says: str
    words: str


@dataclass(frozen=True, slots=True)
class Pictured:
    """One picture: where it stands, what it shows, what is printed about it."""

    at: int
    image: Image
    shows: str
    says: tuple[str, ...]

    @property
    def identity(self) -> str:
        """The VIRIN, where there is one, stands for the picture at any address."""
        return self.says[PICTURE_TEXTS.index("virin")] or self.shows


def line(link: Link, base: str) -> str:
    """Return a link as one line: date if it has one, title, address."""
    date = f"{link.published} " if link.published else ""
    return f"{date}{' '.join(link.title.split())} <{absolute(link.url, base)}>"


def single(article: Article, field: SingleField) -> str | None:
    """Return a single field as compared: a date as ISO where there is one.

    "2 days ago" is no date, and "5 min read" beside a name no byline.
    """
    if field == "published":
        return _date(article.published) or _lasting(article.published_text)
    if field == "updated":
        return _date(article.updated) or _lasting(article.updated_text)
    value: str | None = getattr(article, field)
    return _lasting(value) if field == "byline" else value


def single_edits(before: Article, after: Article) -> list[Edit]:
    """Return the edits of single fields."""
    edits: list[Edit] = []
    for field in SINGLE_FIELDS:
        old, new = single(before, field), single(after, field)
        if texts.key(old or "") != texts.key(new or ""):
            edits.append(_edit(field, old or None, new or None, Position()))
    return edits


def is_vast(article: Article) -> bool:
    """Tell an article whose addresses count as they are written."""
    links = sum(len(block.links) for block in article.blocks if block.links)
    links += sum(len(getattr(article, field)) for field in LIST_FIELDS)
    return links + len(article.images) > _MOST_ADDRESSES


def linked(
    article: Article, named: Iterable[Listed], *, is_vast: bool = False
) -> list[Listed]:
    """Return the links of a settled article's blocks, the same one once.

    The words of a link within the text are the body's: of such, only the target counts.

    Args:
        article: Settled.
        named: What its lists name as stories and documents, told there and not here.
        is_vast: Whether addresses count as they are written.
    """
    text = text_blocks(article)
    tell = _as_written if is_vast else _told
    inline = _of_blocks(article, text, 0, tell)
    lists = _of_blocks(article, article.blocks[len(text) :], len(text), tell)
    links = [
        *lists,
        *(replace(each, says="") for each in inline),
    ]
    known = {each.target for each in lists}
    told = {
        (each.target, says) for each in named for says in ("", each.words, each.says)
    }
    return _once(
        each
        for each in links
        if (each.target, each.says) not in told
        and (each.says or each.target not in known)
    )


def listed(
    article: Article, field: ListField, *, is_vast: bool = False
) -> list[Listed]:
    """Return a list's links, the same one once."""
    links: tuple[Link, ...] = getattr(article, field)
    tell = _as_written if is_vast else _told
    return _once(
        Listed(at, *tell(link, article.url))
        for at, link in enumerate(links)
        if _leads_away(link)
    )


def pictured(article: Article, *, is_vast: bool = False) -> list[Pictured]:
    """Return an article's pictures, the same one once."""
    found: dict[tuple[str, tuple[str, ...]], Pictured] = {}
    for at, image in enumerate(article.images):
        shows = image.src
        if shows and not is_vast:
            shows = picture(absolute(image.src, article.url))
        says = tuple(
            said if is_vast or not said else texts.key(said)
            for said in (printed(image, name) or "" for name in PICTURE_TEXTS)
        )
        each = Pictured(at, image, shows, says)
        if shows or any(says):
            found.setdefault((each.identity, says), each)
    return [*found.values()]


def printed(image: Image, name: PictureText) -> str | None:
    """Return what is printed about a picture under the name of a field of edits."""
    text: str | None = getattr(image, "title" if name == "image_title" else name)
    return text


def list_edits(
    field: ListField | Literal["links"], old: list[Listed], new: list[Listed]
) -> list[Edit]:
    """Return the edits of a list of links, matched by target, then by words."""
    _, lost, found = _paired(old, new, lambda each: (each.target, each.says))
    edits: list[Edit] = []
    for same in (
        lambda each: each.target,
        # The same words that lead elsewhere are one edit: a document was replaced.
        lambda each: each.words,
    ):
        pairs, lost, found = _paired(lost, found, same)
        for ours, theirs in pairs:
            at = Position(before=ours.at, after=theirs.at)
            edit = _edit(field, ours.line, theirs.line, at)
            # A link that left the text for a list, or came from there.
            edits.append(
                replace(edit, op="moved") if ours.line == theirs.line else edit
            )
    edits.extend(_edit(field, e.line, None, Position(before=e.at)) for e in lost)
    edits.extend(_edit(field, None, e.line, Position(after=e.at)) for e in found)
    return edits


def image_edits(old: list[Pictured], new: list[Pictured], work: Work) -> list[Edit]:
    """Return the edits of pictures and of what is printed about them.

    Pictures are matched by VIRIN, source, caption and alternative text, in this order.
    """
    edits: list[Edit] = []
    for ours, theirs in _matched_pictures(old, new):
        edits.extend(_picture_edits(ours, theirs, work))
    return edits


def _date(date: str | None) -> str | None:
    return date.replace("Z", "+00:00") if date else None


def _lasting(text: str | None) -> str | None:
    return without_volatile(text) or None if text else None


def _leads_away(link: Link) -> bool:
    return bool(link.url.strip()) and not link.url.startswith(("#", "javascript:"))


def _as_written(link: Link, base: str) -> _Told:
    written = line(link, base)
    dated, _, address = written.rpartition(" <")
    words = texts.key(link.title)
    return written, address, texts.key(dated) if link.published else words, words


@lru_cache(maxsize=4096)  # two versions of a page have most of their links in common
def _told(link: Link, base: str) -> _Told:
    written = line(link, base)
    dated, _, address = written.rpartition(" <")
    words = texts.key(without_volatile(" ".join(link.title.split())))
    says = texts.key(without_volatile(dated)) if link.published else words
    return written, target(address[:-1]), says, words


def _of_blocks(
    article: Article,
    blocks: Iterable[Block],
    first: int,
    tell: Callable[[Link, str], _Told],
) -> list[Listed]:
    return [
        Listed(at, *tell(link, article.url))
        for at, block in enumerate(blocks, first)
        for link in block.links
        if _leads_away(link)
    ]


def _once(links: Iterable[Listed]) -> list[Listed]:
    found: dict[tuple[str, str], Listed] = {}
    for each in links:
        found.setdefault((each.target, each.says), each)
    return [*found.values()]


def _paired(
    old: Iterable[_Each], new: Iterable[_Each], same: Callable[[_Each], object]
) -> tuple[list[tuple[_Each, _Each]], list[_Each], list[_Each]]:
    """Pair what is the same, in order; return the pairs and what is left of both."""
    left = [*new]
    # Places, not a list for each key: of tens of thousands of links most keys are one's
    # own, and Python looks through all lists again and again for garbage.
    first: dict[object, int | None] = {}
    following: list[int | None] = [None] * len(left)
    for at in range(len(left) - 1, -1, -1):
        if key := same(left[at]):
            following[at] = first.get(key)
            first[key] = at
    pairs: list[tuple[_Each, _Each]] = []
    lost: list[_Each] = []
    is_taken = bytearray(len(left))
    for ours in old:
        key = same(ours)
        if (found := first.get(key)) is None:
            lost.append(ours)
        else:
            first[key] = following[found]
            is_taken[found] = True
            pairs.append((ours, left[found]))
    return pairs, lost, [each for at, each in enumerate(left) if not is_taken[at]]


def _matched_pictures(
    old: list[Pictured], new: list[Pictured]
) -> list[tuple[Pictured | None, Pictured | None]]:
    pairs: list[tuple[Pictured | None, Pictured | None]] = []
    caption, alt = PICTURE_TEXTS.index("caption"), PICTURE_TEXTS.index("alt")
    for same in (
        lambda each: (each.identity, each.says),
        lambda each: each.identity,
        lambda each: each.shows,
        lambda each: each.says[caption],
        lambda each: each.says[alt],
    ):
        found, old, new = _paired(old, new, same)
        pairs.extend(found)
    if len(old) == len(new) == 1:
        return [*pairs, (old[0], new[0])]
    return [*pairs, *((each, None) for each in old), *((None, each) for each in new)]


def _picture_edits(
    ours: Pictured | None, theirs: Pictured | None, work: Work
) -> list[Edit]:
    at = Position(before=ours.at if ours else None, after=theirs.at if theirs else None)
    old, new = (each.image if each else None for each in (ours, theirs))
    edits: list[Edit] = []
    if ours is None or theirs is None:
        src = (old.src if old else None, new.src if new else None)
        edits.append(_edit("image", *src, at))
    elif ours.identity != theirs.identity and ours.shows != theirs.shows:
        edits.append(_edit("image", ours.image.src, theirs.image.src, at))
    for number, name in enumerate(PICTURE_TEXTS):
        said = printed(old, name) if old else None
        says = printed(new, name) if new else None
        if (ours.says[number] if ours else "") == (
            theirs.says[number] if theirs else ""
        ):
            continue
        if said and says:
            edits.extend(text_edits(name, said, says, at, work))
        else:
            edits.append(_edit(name, said or None, says or None, at))
    return edits


def _edit(
    field: SingleField | ListField | PictureText | Literal["links", "image"],
    before: str | None,
    after: str | None,
    position: Position,
) -> Edit:
    op: Literal["added", "removed", "changed"] = "changed"
    if before is None:
        op = "added"
    elif after is None:
        op = "removed"
    return Edit(field=field, op=op, before=before, after=after, position=position)
