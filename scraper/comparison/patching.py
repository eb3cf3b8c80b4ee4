"""The old article and its edits give the new article."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from scraper.comparison import text as texts
from scraper.comparison.fields import (
    LIST_FIELDS,
    PICTURE_TEXTS,
    SINGLE_FIELDS,
    linked,
    listed,
    pictured,
    printed,
)
from scraper.comparison.settling import settle, text_blocks, without_volatile
from scraper.comparison.targets import absolute, target
from scraper.model import Article, Block, Comparison, Image, Link

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scraper.comparison.fields import PictureText
    from scraper.model import Edit, NoisePattern

_LINE = re.compile(r"(?:(\d{4}-\d{2}-\d{2}\S*) )?(.*) <([^ ]*)>", re.DOTALL)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:T\S+)?")


def patch(
    before: Article, comparison: Comparison, *, noise: Sequence[NoisePattern] = ()
) -> Article:
    """Return the article that `comparison` found after `before`.

    The result equals that article in all that a reader reads (`content_sha256`), not in
    white space, kinds of blocks, order of lists and other things not compared.
    """
    article = settle(before, noise)
    edits = comparison.edits
    blocks = _linked(_patched_blocks(text_blocks(article), edits), article, edits)
    article = _with_single_fields(article, edits)
    says = {texts.key(block.text) for block in blocks}
    return replace(
        article,
        blocks=blocks,
        # Every note is a block of a settled article; one that went must not come back.
        notes=tuple(note for note in article.notes if texts.key(note) in says),
        images=_patched_images(article, edits),
        related=_patched_list(article, edits, "related"),
        attachments=_patched_list(article, edits, "attachments"),
        listed=_patched_list(article, edits, "listed"),
    )


def splice(text: str, edits: Iterable[Edit]) -> str:
    """Return `text` with the runs that `changed` edits replace in it."""
    for edit in sorted(edits, key=lambda each: each.position.before_span or (0, 0))[
        ::-1
    ]:
        start, end = edit.position.before_span or (0, len(text))
        text = text[:start] + (edit.after or "") + text[end:]
    return text


def _patched_blocks(
    blocks: Sequence[Block], edits: Sequence[Edit]
) -> tuple[Block, ...]:
    """Put what has a new place there; what is not mentioned fills the rest in order."""
    mine = [edit for edit in edits if edit.in_text]
    runs: dict[int, list[Edit]] = {}
    for edit in mine:
        if edit.op == "changed" and edit.position.before is not None:
            runs.setdefault(edit.position.before, []).append(edit)
    placed: dict[int, Block] = {}
    gone: set[int] = set()
    for edit in mine:
        i, j = edit.position.before, edit.position.after
        if i is None and j is not None:
            for offset, text in enumerate((edit.after or "").split("\n")):
                placed[j + offset] = Block("paragraph", text)
        elif i is not None and j is None:
            gone.update(range(i, i + 1 + (edit.before or "").count("\n")))
        elif i is not None and j is not None:
            changes = runs.get(i, [])
            count = 1 + sum((each.before or "").count("\n") for each in changes)
            gone.update(range(i, i + count))
            old = "\n".join(block.text for block in blocks[i : i + count])
            for offset, text in enumerate(splice(old, changes).split("\n")):
                placed[j + offset] = replace(blocks[i], text=text)
    kept = iter([block for i, block in enumerate(blocks) if i not in gone])
    total = len(blocks) - len(gone) + len(placed)
    result = [placed[j] if j in placed else next(kept) for j in range(total)]
    # All of it counts: as a row, also what would be a page's counter elsewhere.
    return tuple(
        block
        if without_volatile(block.text) == block.text
        else replace(block, kind="row")
        for block in result
    )


def _linked(
    blocks: Sequence[Block], article: Article, edits: Sequence[Edit]
) -> tuple[Block, ...]:
    """Give the blocks of text their links, one of each, and add the lists of links."""
    mine = [edit for edit in edits if edit.field == "links"]
    gone = {(edit.position.before, edit.before) for edit in mine}
    count = len(text_blocks(article))
    named = [each for name in LIST_FIELDS for each in listed(article, name)]
    kept = [each for each in linked(article, named) if (each.at, each.line) not in gone]
    lists = [_link(each.line) for each in kept if each.at >= count]
    inline: list[tuple[Link, int | None]] = [
        (_link(each.line), None) for each in kept if each.at < count
    ]
    for edit in mine:
        at = edit.position.after
        if edit.after is not None and at is not None:
            if at >= len(blocks):
                lists.append(_link(edit.after))
            else:
                inline.append((_link(edit.after), at))
    by_block: dict[int, list[Link]] = {}
    for link, at in inline:
        by_block.setdefault(_place(link, at, blocks, article.url), []).append(link)
    return (
        *(
            _with_links(block, tuple(by_block.get(at, ())))
            for at, block in enumerate(blocks)
        ),
        *map(_listed_alone, lists),
    )


def _listed_alone(link: Link) -> Block:
    """Return a block that is this link and no more; one without words has dots."""
    if not texts.key(link.title):
        return Block("list_item", "...", (replace(link, title=""),))
    return Block("list_item", link.title, (link,))


def _place(link: Link, at: int | None, blocks: Sequence[Block], base: str) -> int:
    """Return the block that a link belongs to: any, where none is known."""
    if at is not None:
        return at
    for place, block in enumerate(blocks):
        if any(_is_same(link, each, base) for each in block.links):
            return place
    return 0


def _with_links(block: Block, links: tuple[Link, ...]) -> Block:
    linked_block = replace(block, links=links)
    if linked_block.sole_link is None:
        return linked_block
    # The same link twice keeps text that is all link from being one of a list.
    return replace(block, links=links * 2)


def _is_same(link: Link, other: Link, base: str) -> bool:
    return target(absolute(link.url, base)) == target(absolute(other.url, base))


def _with_single_fields(article: Article, edits: Sequence[Edit]) -> Article:
    for edit in edits:
        if edit.field not in SINGLE_FIELDS or edit.in_text:
            continue
        if edit.field in {"published", "updated"}:
            is_iso = edit.after is not None and _ISO.fullmatch(edit.after)
            iso = edit.after if is_iso else None
            printed = None if is_iso else edit.after
            if edit.field == "published":
                article = replace(article, published=iso, published_text=printed)
            else:
                article = replace(article, updated=iso, updated_text=printed)
        else:
            article = _with_text(article, edit)
    return article


def _with_text(article: Article, edit: Edit) -> Article:
    if edit.field == "title":
        return replace(article, title=edit.after)
    if edit.field == "byline":
        return replace(article, byline=edit.after)
    return replace(article, dateline=edit.after)


def _patched_list(
    article: Article, edits: Sequence[Edit], field: str
) -> tuple[Link, ...]:
    (name,) = (each for each in LIST_FIELDS if each == field)
    mine = [edit for edit in edits if edit.field == field]
    gone = {(edit.position.before, edit.before) for edit in mine}
    kept = [each for each in listed(article, name) if (each.at, each.line) not in gone]
    return (
        *(_link(each.line) for each in kept),
        *(_link(edit.after) for edit in mine if edit.after is not None),
    )


def _patched_images(article: Article, edits: Sequence[Edit]) -> tuple[Image, ...]:
    images = {each.at: each.image for each in pictured(article)}
    come: dict[int, Image] = {}
    changes: dict[tuple[int, PictureText], list[Edit]] = {}
    for edit in edits:
        i, j = edit.position.before, edit.position.after
        if edit.field == "image" and j is None and i is not None:
            images.pop(i, None)
        elif edit.field == "image" and i is None and j is not None:
            come[j] = Image(src=edit.after or "")
        elif edit.field == "image" and i is not None:
            images[i] = replace(images[i], src=edit.after or "")
    for edit in edits:
        i, j = edit.position.before, edit.position.after
        field = next((name for name in PICTURE_TEXTS if name == edit.field), None)
        if field is None:
            continue
        if i is None and j is not None:
            come[j] = _with_picture_text(come[j], field, edit.after)
        elif i is not None and i in images:
            changes.setdefault((i, field), []).append(edit)
    for (i, field), mine in changes.items():
        image = images[i]
        text = splice(printed(image, field) or "", mine) or None
        images[i] = _with_picture_text(image, field, text)
    return (*images.values(), *come.values())


def _with_picture_text(image: Image, field: PictureText, text: str | None) -> Image:
    if field == "image_title":
        return replace(image, title=text)
    if field == "alt":
        return replace(image, alt=text)
    if field == "caption":
        return replace(image, caption=text)
    if field == "credit":
        return replace(image, credit=text)
    return replace(image, virin=text)


def _link(line: str) -> Link:
    found = _LINE.fullmatch(line)
    if found is None:
        return Link(title=line, url="")
    return Link(title=found[2], url=found[3], published=found[1])
