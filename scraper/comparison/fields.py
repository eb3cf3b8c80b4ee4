"""Edits of everything beside the text: dates and names, links, lists, pictures.

Lists are compared as sets by what their links lead to: their order says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from scraper.comparison import text as texts
from scraper.comparison.body import text_edits
from scraper.comparison.targets import absolute, picture, target
from scraper.model import Edit, Position

if TYPE_CHECKING:
    from scraper.model import Article, Image, Link

SingleField = Literal["title", "published", "updated", "byline", "dateline"]
ListField = Literal["related", "attachments", "listed"]
PictureText = Literal["alt", "caption", "credit", "virin"]

SINGLE_FIELDS: tuple[SingleField, ...] = get_args(SingleField)
LIST_FIELDS: tuple[ListField, ...] = get_args(ListField)
PICTURE_TEXTS: tuple[PictureText, ...] = get_args(PictureText)


@dataclass(frozen=True, slots=True)
class _Listed:
    """One link of a list: where it stands, its line, what it leads to, what it says."""

    at: int
    line: str
    target: str
    says: str


@dataclass(frozen=True, slots=True)
class _Pictured:
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
    """Return a single field as compared: a date as ISO where there is one."""
    if field == "published":
        return _date(article.published) or article.published_text
    if field == "updated":
        return _date(article.updated) or article.updated_text
    value: str | None = getattr(article, field)
    return value


def single_edits(before: Article, after: Article) -> list[Edit]:
    """Return the edits of single fields."""
    edits: list[Edit] = []
    for field in SINGLE_FIELDS:
        old, new = single(before, field), single(after, field)
        if texts.key(old or "") != texts.key(new or ""):
            edits.append(_edit(field, old or None, new or None, Position()))
    return edits


def list_edits(before: Article, after: Article) -> list[Edit]:
    """Return the edits of related stories, attachments and listed stories."""
    edits: list[Edit] = []
    for field in LIST_FIELDS:
        old, new = listed(before, field), listed(after, field)
        edits.extend(_list_edits(field, old, new))
    return edits


def link_edits(before: Article, after: Article) -> list[Edit]:
    """Return what the text links to no more, or newly; its words are the body's."""
    return _list_edits("links", linked(before), linked(after), words=False)


def linked(article: Article) -> dict[str, _Listed]:
    """Return the targets linked to from a settled article's text, once each."""
    found: dict[str, _Listed] = {}
    for at, block in enumerate(article.blocks):
        for link in block.links:
            _list(found, at, link, article.url)
    return found


def listed(article: Article, field: ListField) -> dict[str, _Listed]:
    """Return a list's links by target, once each: the one that says most."""
    found: dict[str, _Listed] = {}
    links: tuple[Link, ...] = getattr(article, field)
    for at, link in enumerate(links):
        _list(found, at, link, article.url)
    return found


def pictured(article: Article) -> list[_Pictured]:
    """Return an article's pictures, the same one once."""
    found: dict[tuple[str, tuple[str, ...]], _Pictured] = {}
    for at, image in enumerate(article.images):
        shows = picture(absolute(image.src, article.url)) if image.src else ""
        says = tuple(texts.key(getattr(image, name) or "") for name in PICTURE_TEXTS)
        each = _Pictured(at, image, shows, says)
        if shows or any(says):
            found.setdefault((each.identity, says), each)
    return [*found.values()]


def image_edits(before: Article, after: Article) -> list[Edit]:
    """Return the edits of pictures and of what is printed about them.

    Pictures are matched by VIRIN, source, caption and alternative text, in this order.
    """
    old, new = pictured(before), pictured(after)
    edits: list[Edit] = []
    for ours, theirs in _matched_pictures(old, new):
        edits.extend(_picture_edits(ours, theirs))
    return edits


def _date(date: str | None) -> str | None:
    return date.replace("Z", "+00:00") if date else None


def _list(found: dict[str, _Listed], at: int, link: Link, base: str) -> None:
    written = line(link, base)
    address = written.rpartition(" <")[2][:-1]
    if not link.url.strip() or link.url.startswith(("#", "javascript:")):
        return
    each = _Listed(at, written, target(address), texts.key(written.rpartition(" <")[0]))
    known = found.get(each.target)
    if known is None or (len(known.says), known.says) < (len(each.says), each.says):
        found[each.target] = each


def _list_edits(
    field: ListField | Literal["links"],
    old: dict[str, _Listed],
    new: dict[str, _Listed],
    *,
    words: bool = True,
) -> list[Edit]:
    edits: list[Edit] = []
    for shared in old.keys() & new.keys():
        ours, theirs = old[shared], new[shared]
        if words and ours.says != theirs.says:
            at = Position(before=ours.at, after=theirs.at)
            edits.append(_edit(field, ours.line, theirs.line, at))
    lost = sorted((old[each].at, each) for each in old.keys() - new.keys())
    found = sorted((new[each].at, each) for each in new.keys() - old.keys())
    by_words: dict[str, list[_Listed]] = {}
    for _, each in found:
        by_words.setdefault(new[each].says, []).append(new[each])
    for _, each in lost:
        ours = old[each]
        # The same words that lead elsewhere are one edit: a document was replaced.
        if ours.says and by_words.get(ours.says):
            theirs = by_words[ours.says].pop(0)
            at = Position(before=ours.at, after=theirs.at)
            edits.append(_edit(field, ours.line, theirs.line, at))
        else:
            edits.append(_edit(field, ours.line, None, Position(before=ours.at)))
    edits.extend(
        _edit(field, None, theirs.line, Position(after=theirs.at))
        for rest in by_words.values()
        for theirs in rest
    )
    return edits


def _matched_pictures(
    old: list[_Pictured], new: list[_Pictured]
) -> list[tuple[_Pictured | None, _Pictured | None]]:
    pairs: list[tuple[_Pictured | None, _Pictured | None]] = []
    caption, alt = PICTURE_TEXTS.index("caption"), PICTURE_TEXTS.index("alt")
    for same in (
        lambda each: (each.identity, each.says),
        lambda each: each.identity,
        lambda each: each.shows,
        lambda each: each.says[caption],
        lambda each: each.says[alt],
    ):
        places: dict[object, list[_Pictured]] = {}
        for theirs in new:
            if same(theirs):
                places.setdefault(same(theirs), []).append(theirs)
        for ours in [*old]:
            if places.get(same(ours)):
                theirs = places[same(ours)].pop(0)
                pairs.append((ours, theirs))
                old.remove(ours)
                new.remove(theirs)
    if len(old) == len(new) == 1:
        return [*pairs, (old[0], new[0])]
    return [*pairs, *((each, None) for each in old), *((None, each) for each in new)]


def _picture_edits(ours: _Pictured | None, theirs: _Pictured | None) -> list[Edit]:
    at = Position(before=ours.at if ours else None, after=theirs.at if theirs else None)
    old, new = (each.image if each else None for each in (ours, theirs))
    edits: list[Edit] = []
    if ours is None or theirs is None:
        src = (old.src if old else None, new.src if new else None)
        edits.append(_edit("image", *src, at))
    elif ours.identity != theirs.identity and ours.shows != theirs.shows:
        edits.append(_edit("image", ours.image.src, theirs.image.src, at))
    for number, name in enumerate(PICTURE_TEXTS):
        said: str | None = getattr(old, name) if old else None
        says: str | None = getattr(new, name) if new else None
        if (ours.says[number] if ours else "") == (
            theirs.says[number] if theirs else ""
        ):
            continue
        if said and says:
            edits.extend(text_edits(name, texts.words(said), texts.words(says), at))
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
