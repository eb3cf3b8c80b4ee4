"""One article from one document: the stages in their order."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scraper.errors import ExtractError
from scraper.extraction import wording
from scraper.extraction.beside import beside
from scraper.extraction.blocks import MARK, read_blocks
from scraper.extraction.buttons import without_buttons
from scraper.extraction.columns import drop_side_columns
from scraper.extraction.dates import (
    PrintedDate,
    first_date,
    labelled,
    prints_other_dates,
    updated_among,
    updated_in,
)
from scraper.extraction.foot import take_tail
from scraper.extraction.forms import (
    byline_in,
    date_of_dateline,
    dateline,
    kind_of,
    notes_in,
    tidy_name,
)
from scraper.extraction.head import (
    Head,
    near_title,
    take_head,
    without_headline,
)
from scraper.extraction.images import take_images, take_images_above
from scraper.extraction.landmarks import find_region, find_title, main_part
from scraper.extraction.listed import as_listing, read_listed
from scraper.extraction.metadata import Metadata, read_metadata
from scraper.extraction.offers import attachments_in, drop_other_stories, take_related
from scraper.extraction.plain import is_binary, read_plain
from scraper.extraction.prune import drop_not_text, prune_menus, prune_page
from scraper.extraction.whole import is_excessive, visible_text
from scraper.extraction.wording import tidy
from scraper.model import Article, Reading, sha256

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from selectolax.lexbor import LexborHTMLParser, LexborNode

    from scraper.document import Document
    from scraper.model import Block, Image, Layout, Link, Profile, Removal

_CODE = "12"
"""Raised whenever the same bytes may be read differently than before."""
_ARTICLE_ID = r"/Article/(\d+)(?:/|$)|[?&]Article=(\d+)\b"
"""AFPIMS, the one platform whose addresses change while the id stays."""

_AROUND = 6000
"""Characters, white space of the markup among them, that are around the headline."""
_LONG = 400
"""No line of a headline's neighbourhood is longer, even with white space."""
_OPENING = 7
"""Blocks among which the first paragraph is: contacts may stand above it."""
_ABOVE = 12
"""Lines above the headline that may be a letterhead's, with its "For release"."""
_FORMATTING = ["span", "font", "i", "em", "u", "small", "sup", "sub", "abbr", "time"]
"""Taken off before BeautifulSoup: it costs 8 microseconds a node."""


@dataclass(slots=True)
class _Found:
    """Values for the fields of `Article`, and which rule gave each."""

    values: dict[str, str] = field(default_factory=dict)
    provenance: dict[str, str] = field(default_factory=dict)

    def give(self, name: str, value: str | None, rule: str) -> None:
        """Take the first value offered for a field."""
        if value and name not in self.values:
            self.values[name] = value
            self.provenance[name] = rule


def read(
    document: Document,
    *,
    profile: Profile | None = None,
    captured_at: datetime | None = None,
) -> Reading:
    """Read the article of `document`.

    Raises:
        ExtractError: Nothing on the page is text of an article.
    """
    if document.is_plain_text and is_binary(document.text):
        raise ExtractError("the bytes are no text")
    if document.is_plain_text:
        return _read_plain(document, document.text, profile, captured_at)
    if is_excessive(document):
        return _read_plain(document, visible_text(document), profile, captured_at)
    return _read_html(document, profile, captured_at)


def rules(profile: Profile | None, captured_at: datetime | None) -> str:
    """Return the fingerprint of what reads a capture of that day: code and layouts."""
    said = [_CODE, (profile.article_id if profile else None) or ""]
    for layout in _in_force(profile, captured_at):
        said += [layout.name, layout.kind or "", *layout.detect, "-", *layout.remove]
        for name, selectors in layout.fields.items():
            said += [name, *selectors]
    said_of = "\n".join(said)
    return f"{_CODE}-{sha256(said_of.encode())[:12]}"


def _read_html(
    document: Document, profile: Profile | None, captured_at: datetime | None
) -> Reading:
    tree = document.own_tree()
    metadata = read_metadata(tree)
    layout = _layout(tree, _in_force(profile, captured_at))
    fields = layout.fields if layout else {}
    drop_not_text(tree)
    if tree.body is None:
        raise ExtractError("the page has no body")
    found = _Found()
    known = Head(updated=updated_among(tree.body.text(separator="\n")))
    title_node, title, rule = find_title(
        tree, stated=metadata.titles, selectors=fields.get("title", ())
    )
    found.give("title", title, rule)
    _from_layout(tree, fields, found, known)
    if title_node is not None:
        title_node.insert_after(MARK)
    related, removed = _without_furniture(tree, document.url, layout, title_node)
    listed, listed_by = read_listed(
        tree, base=document.url, fields=fields,
        is_listing=layout is not None and layout.kind == "listing",
    )  # fmt: skip
    around = _around_title(tree, title_node, known, title)
    attachments, more = _beside_text(tree, document.url, title_node, related)
    removed += more
    where = fields.get("root", ()) or fields.get("body", ())
    region = find_region(tree, selectors=where)
    if region is None:
        raise ExtractError("the page has no text")
    root, found.provenance["blocks"] = region
    images = take_images_above(root, base=document.url)
    images += take_images(root, base=document.url)
    parts = _body(root, fields.get("body", ()))
    if found.provenance["blocks"] not in where:
        above, below = beside(root, title_node)
        parts = [*above, *parts, *below]
    if title_node is not None:
        title_node.decompose()
    blocks, more = _blocks(parts, base=document.url)
    removed += more
    if not listed:  # the first lines of a listing are its first story's
        blocks = take_head(blocks, title=title, known=known)
        blocks = take_tail(without_headline(blocks, title), known)
    _fill(found, known, metadata, title)
    if "published" not in found.values and not listed:
        _date_by_dateline(found, blocks, known)
    if not blocks and not title:
        raise ExtractError("the page holds no text but furniture")
    kind = kind_of(
        document.url, title=title, lines=around, layout=layout.kind if layout else None
    )
    article = _article(
        document, found, blocks=blocks, images=images, related=related,
        attachments=attachments, kind=kind, lang=metadata.lang, profile=profile,
    )  # fmt: skip
    if listed:
        article = as_listing(article, listed, rule=listed_by)
    return Reading(
        article=article,
        rules=rules(profile, captured_at),
        layout=layout.name if layout else None,
        encoding=document.encoding,
        removed=(*removed, *known.removed),
    )


def _without_furniture(
    tree: LexborHTMLParser,
    base: str,
    layout: Layout | None,
    title: LexborNode | None,
) -> tuple[list[Link], list[Removal]]:
    """Take off the tree what is no article; return further reading, and the rest."""
    removed = prune_menus(tree, extra=layout.remove if layout else (), keep=title)
    selectors = layout.fields.get("related", ()) if layout else ()
    related, more = take_related(tree, base=base, title=title, selectors=selectors)
    removed += more
    removed += drop_other_stories(tree, title=title)
    removed += prune_page(tree, keep=title)
    return related, removed


def _beside_text(
    tree: LexborHTMLParser, base: str, title: LexborNode | None, related: list[Link]
) -> tuple[list[Link], list[Removal]]:
    """Return the files a page offers, and take off the columns some of them are in."""
    if tree.body is None:  # a layout can take all of it off
        raise ExtractError("the page has no text")
    attachments = attachments_in(tree.body, base=base, related=related)
    return attachments, drop_side_columns(tree, keep=title)


def _blocks(parts: list[LexborNode], *, base: str) -> tuple[list[Block], list[Removal]]:
    """Return the blocks of the article's parts, and what was taken off their ends."""
    for node in parts:
        if node.tag not in _FORMATTING:  # SharePoint's is a span: it would be emptied
            node.unwrap_tags(_FORMATTING)
    html = "".join(node.html or "" for node in parts)
    blocks = without_buttons(read_blocks(html, base=base), base=base)
    return wording.trim(blocks, text=lambda block: block.text)


def _in_force(
    profile: Profile | None, captured_at: datetime | None
) -> tuple[Layout, ...]:
    """Return the layouts that may read a capture of that day, newest first."""
    if profile is None:
        return ()
    day = captured_at.date() if captured_at else None
    return tuple(
        layout
        for layout in profile.layouts
        if layout.since is None or day is None or layout.since <= day
    )


def _layout(tree: LexborHTMLParser, layouts: tuple[Layout, ...]) -> Layout | None:
    """Return the first layout that knows the page."""
    known = [selector for layout in layouts for selector in layout.detect]
    # One question for all: of the families' layouts most pages are none.
    if all(layout.detect for layout in layouts) and (
        not known or tree.css_first(f":is({', '.join(known)})") is None
    ):
        return None
    for layout in layouts:
        if not layout.detect or tree.css_first(", ".join(layout.detect)) is not None:
            return layout
    return None


def _from_layout(
    tree: LexborHTMLParser,
    fields: Mapping[str, tuple[str, ...]],
    found: _Found,
    known: Head,
) -> None:
    for selector in fields.get("published", ()):
        for node in tree.css(selector):
            text = tidy(node.text(separator=" "))
            if known.published is None and (printed := first_date(text)):
                known.published = printed
                found.provenance["published"] = selector
    for selector in fields.get("updated", ()):
        for node in tree.css(selector):
            text = tidy(node.text(separator=" "))
            if printed := updated_in(text) or first_date(text):
                known.updated = printed
                found.provenance["updated"] = selector
    for selector in fields.get("byline", ()):
        for node in tree.css(selector):
            text = tidy(node.text(separator=" "))
            who = byline_in(text)
            name = who.name if who else tidy_name(text)
            if name and not first_date(name):
                found.give("byline", name, selector)


def _body(root: LexborNode, selectors: tuple[str, ...]) -> list[LexborNode]:
    """Return the parts of `root` that a layout calls the text, outermost only."""
    for selector in selectors:
        inside: set[int] = set()
        parts = []
        for node in root.css(selector):
            if node.mem_id not in inside:
                parts.append(node)
                inside |= {inner.mem_id for inner in node.css(selector)}
        if any(part.text(strip=True) for part in parts):
            return parts
    return [root]


def _lines(text: str) -> list[str]:
    """Return the lines of `text` that hold words; of long ones the length counts."""
    return [
        line
        for piece in text.split("\n")
        if piece
        and not piece.isspace()
        and (line := piece if len(piece) > _LONG else tidy(piece))
    ]


def _around_title(
    tree: LexborHTMLParser, node: LexborNode | None, known: Head, title: str | None
) -> str:
    """Read the lines around the headline, wherever the article's region begins.

    Those of the page's main part: above it some sites print the day of the visit.
    """
    main = main_part(node) if node is not None else None
    place = main or tree.body
    text = place.text(separator="\n") if place is not None else ""
    before, mark, after = text.partition(MARK)
    if not mark:
        return ""
    # The headline's own pieces stand right before the mark.
    lines = _lines(before[-_AROUND:])
    lines = [line for line in lines if not (title and line in title)]
    at = len(lines)
    lines += ["", *_lines(after[:_AROUND])]
    head = near_title(lines, at, is_main=main is not None)
    known.has_others = prints_other_dates(lines)
    known.is_below = head.is_below
    if not known.has_others:
        known.published = known.published or head.published
    known.published = known.published or labelled(lines)
    known.byline = known.byline or head.byline
    return "\n".join(lines[max(0, at - _ABOVE) : at + 10])


def _fill(found: _Found, known: Head, metadata: Metadata, title: str | None) -> None:
    if known.byline:
        found.give("byline", known.byline, "line by the headline")
    if known.published:
        rule = found.provenance.get("published", "printed")
        found.give("published", known.published.iso, rule)
        found.values["published_text"] = known.published.text
    elif (
        title
        and (printed := first_date(title))
        and title.casefold().startswith("contracts")
    ):
        found.give("published", printed.iso, "headline")
        found.values["published_text"] = printed.text
    elif metadata.published and not _comes_after(metadata.published[0], known.updated):
        found.give("published", metadata.published[0], metadata.published[1])
    if metadata.updated:
        found.give("metadata_updated", *metadata.updated)
    if known.updated:
        found.give(
            "updated", known.updated.iso, found.provenance.get("updated", "printed")
        )
        found.values["updated_text"] = known.updated.text
    elif metadata.updated:
        found.give("updated", metadata.updated[0], metadata.updated[1])


def _date_by_dateline(found: _Found, blocks: list[Block], known: Head) -> None:
    """Take the date of the dateline for that of publication, where none is printed.

    So that beside the release's number, below a notice that the page is an old one.

    Of minutes and timelines several paragraphs open with dates. With a place it is one
    of publication, though the page prints the dates of other things.
    """
    opening = _dates_of_datelines(blocks[:_OPENING], known)
    printed = next(opening, None)
    if printed is None or next(opening, None):
        return
    if next(_dates_of_datelines(blocks[_OPENING:], known), None):
        return
    if not _comes_after(printed.iso, known.updated):
        found.give("published", printed.iso, "dateline")
        found.values["published_text"] = printed.text


def _dates_of_datelines(blocks: Iterable[Block], known: Head) -> Iterator[PrintedDate]:
    for block in blocks:
        if block.kind != "paragraph":
            continue
        printed = date_of_dateline(block.text)
        if printed and (not known.has_others or dateline(block.text)):
            yield printed


def _comes_after(published: str, updated: PrintedDate | None) -> bool:
    """Say whether a stated publication is later than the update that readers see.

    By more than a day, for clocks differ: then a system was moved, not a page written.
    """
    if updated is None:
        return False
    later = date.fromisoformat(published[:10]) - date.fromisoformat(updated.iso[:10])
    return later > timedelta(days=1)


def _article(
    document: Document,
    found: _Found,
    *,
    blocks: list[Block],
    images: list[Image],
    related: list[Link],
    attachments: list[Link],
    kind: str,
    lang: str | None,
    profile: Profile | None,
) -> Article:
    values = found.values
    place = next(
        (d for block in blocks[:_OPENING] if (d := dateline(block.text))), None
    )
    found.give("dateline", place, "opening of a paragraph")
    return Article(
        url=document.url,
        kind=kind,  # type: ignore[arg-type]
        title=values.get("title"),
        published=values.get("published"),
        updated=values.get("updated"),
        published_text=values.get("published_text"),
        updated_text=values.get("updated_text"),
        metadata_updated=values.get("metadata_updated"),
        byline=values.get("byline"),
        dateline=values.get("dateline"),
        blocks=tuple(blocks),
        images=tuple(images),
        related=tuple(related),
        attachments=tuple(attachments),
        notes=notes_in(blocks),
        article_id=_article_id(document.url, profile),
        lang=lang,
        provenance=found.provenance,
    )


def _article_id(url: str, profile: Profile | None) -> str | None:
    pattern = profile.article_id if profile and profile.article_id else _ARTICLE_ID
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    shown = f"{parts.path}?{parts.query}" if parts.query else parts.path
    match = re.search(pattern, shown, re.IGNORECASE)
    return next((g for g in match.groups() if g), None) if match else None


def _read_plain(
    document: Document,
    text: str,
    profile: Profile | None,
    captured_at: datetime | None,
) -> Reading:
    plain = read_plain(text)
    if not plain.blocks and not plain.title:
        raise ExtractError("the text holds nothing but furniture")
    found = _Found()
    found.give("title", plain.title, "first line")
    found.give("byline", plain.byline, "line below the headline")
    if plain.published:
        found.give("published", plain.published.iso, "line below the headline")
        found.values["published_text"] = plain.published.text
    kind = kind_of(document.url, title=plain.title, lines="", layout=None)
    article = _article(
        document, found, blocks=plain.blocks, images=plain.images,
        related=plain.related, attachments=[], kind=kind, lang=None,
        profile=profile,
    )  # fmt: skip
    return Reading(
        article=article,
        rules=rules(profile, captured_at),
        encoding=document.encoding,
        removed=tuple(plain.removed),
    )
