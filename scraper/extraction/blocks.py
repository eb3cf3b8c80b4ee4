"""The article's text as blocks, in the order a reader meets them.

Forced line breaks follow what a page shows: two end a paragraph, one ends a line of a
list or an address, and one inside a running sentence is white space.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from urllib.parse import urljoin

from bs4 import BeautifulSoup, CData, Tag
from bs4.builder._lxml import LXMLTreeBuilder
from bs4.element import NavigableString, PreformattedString

from scraper.extraction.dates import only_date
from scraper.extraction.forms import stands_alone
from scraper.extraction.wording import tidy, words
from scraper.model import Block, Link

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["paragraph", "heading", "list_item", "row", "quote"]

_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6", "legend"}
_INLINE = {
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del",
    "dfn", "em", "font", "i", "ins", "kbd", "label", "mark", "q", "s", "samp", "small",
    "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr", "nobr",
    "img", "picture", "source", "ruby", "rt", "rp", "o:p", "st1:place", "st1:city",
}  # fmt: skip
MARK = "\ue000headline\ue001"
"""Stands in the text where the headline was; private-use, so no page says it."""
_MOST_NODES_OF_FIELD = 5
"""Two elements, and white space around them."""
_LEAST_REPEAT = 80
_UNSEEN_SPACE = re.compile(
    r"(</?(?:p|div|li|ul|ol|h[1-6]|td|th|tr|table|tbody|section|article|br)"
    r"(?:\s[^<>]*)?>)\s+"
)
"""White space after these is not shown, and costs BeautifulSoup a node each."""
_ATTRIBUTES = re.compile(
    r"<(p|div|li|ul|ol|h[1-6]|td|th|tr|section|article|strong|b|span)"
    r"(?:\s[^\s\"<>=]+(?:=\"[^\"]*\")?)+>"
)
"""Attributes that no rule below reads: BeautifulSoup would go through each."""
_DEEPEST = 120
"""Nesting beyond this is read as one text: no page needs it, and recursion ends."""


@dataclass(slots=True)
class _Line:
    """What stands between two forced breaks; `plain` is how much of it is not bold."""

    text: list[str] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    plain: int = 0

    @property
    def is_heading(self) -> bool:
        """A short line all in bold that is no sentence."""
        if self.plain:
            return False
        shown = tidy("".join(self.text))
        return words(shown) <= 12 and shown[-1:] not in (".", ",")


class _Builder(LXMLTreeBuilder):
    """Beautiful Soup over lxml, without the namespaces that HTML does not have.

    Keeping their stacks takes a tenth of its time. lxml calls these for each tag.
    """

    def start(
        self,
        tag: str | bytes,
        attrib: dict[str | bytes, str | bytes],
        nsmap: object = None,  # noqa: ARG002 - lxml's
    ) -> None:
        if self.soup is not None:
            given = {str(name): str(value) for name, value in attrib.items()}
            self.soup.handle_starttag(str(tag), None, None, given)

    def end(self, tag: str | bytes) -> None:
        if self.soup is not None:
            self.soup.handle_endtag(str(tag))


def read_blocks(html: str, *, base: str) -> list[Block]:
    """Return the text of an HTML fragment as blocks.

    Args:
        html: Well-formed, as lexbor serialises it, without furniture.
        base: URL against which links are resolved.
    """
    html = _ATTRIBUTES.sub(r"<\1>", html)
    if "<pre" not in html:
        html = _UNSEEN_SPACE.sub(r"\1", html)
    soup = BeautifulSoup(html, builder=_Builder(multi_valued_attributes=None))
    writer = _Writer(base)
    writer.walk(soup, "paragraph", 0)
    writer.flush("paragraph")
    return _joined_datelines(_once(_below_headline(writer.blocks)))


def _once(blocks: list[Block]) -> list[Block]:
    """Drop a paragraph that repeats the one before: pages show some per screen size."""
    return [
        block
        for at, block in enumerate(blocks)
        if not at or len(block.text) < _LEAST_REPEAT or block != blocks[at - 1]
    ]


def _below_headline(blocks: list[Block]) -> list[Block]:
    """Drop what stands above the headline, unless that is most of the text."""
    at = next((at for at, block in enumerate(blocks) if MARK in block.text), None)
    if at is None:
        return blocks
    rest = blocks[at].text.partition(MARK)[2].strip()
    below = [Block(blocks[at].kind, rest, blocks[at].links)] if rest else []
    below += blocks[at + 1 :]
    above = blocks[:at]
    if sum(len(b.text) for b in above) > 2 * sum(len(b.text) for b in below):
        return above + below
    if any(_OF_EVENT.match(block.text) for block in above):
        first = next(at for at, b in enumerate(above) if _DETAIL.match(b.text))
        return above[first:] + below
    return below


_OF_EVENT = re.compile(r"(?:time|when|where|location|venue)s?\s*:", re.IGNORECASE)
_DETAIL = re.compile(r"(?:date|time|when|where|location|venue)s?\s*:", re.IGNORECASE)
"""Details of an event, which calendars set beside its description, first in markup."""


class _Writer:
    """Collects lines until a block ends."""

    def __init__(self, base: str) -> None:
        self.blocks: list[Block] = []
        self._base = base
        self._lines = [_Line()]
        self._in_paragraph = False
        self._bold = 0

    def walk(self, node: Tag, kind: Kind, depth: int) -> None:
        if depth > _DEEPEST:
            self._lines[-1].text.append(node.get_text(" "))
            return
        for child in node.contents:
            if isinstance(child, Tag):
                self._tag(child, kind, depth + 1)
            elif isinstance(child, NavigableString) and (
                not isinstance(child, PreformattedString) or isinstance(child, CData)
            ):
                self._lines[-1].text.append(child)
                if not self._bold:
                    self._lines[-1].plain += len(child.strip())

    def _tag(self, tag: Tag, kind: Kind, depth: int) -> None:
        name = tag.name
        if name == "br":
            self._lines.append(_Line())
        elif name == "a":
            self._link(tag, kind, depth)
        elif name in _INLINE:
            self._bold += name in ("b", "strong")
            self.walk(tag, kind, depth)
            self._bold -= name in ("b", "strong")
        elif name == "table" and _is_data(tag):
            self.flush(kind)
            self._table(tag)
        elif name == "pre":
            self.flush(kind)
            for text in re.split(r"\n\s*\n", tag.get_text()):
                self._lines[-1].text.append(text)
                self.flush(kind)
        elif name == "div" and _is_labelled(tag):
            self.flush(kind)
            self._lines[-1].text.append(flat_text(tag))
            self._lines[-1].links += self._links_in(tag)
            self.flush(kind)
        else:
            self.flush(kind)
            inner = _kind(name, kind)
            outside, self._in_paragraph = self._in_paragraph, name == "p"
            self.walk(tag, inner, depth)
            self.flush(inner)
            self._in_paragraph = outside

    def _link(self, tag: Tag, kind: Kind, depth: int) -> None:
        title = tidy(flat_text(tag))
        href = tag.get("href")
        if isinstance(href, str) and title:
            self._lines[-1].links.append(Link(title, resolve(self._base, href)))
        self.walk(tag, kind, depth)

    def _table(self, table: Tag) -> None:
        for row in table.find_all(["tr", "caption"]):
            cells = row.find_all(["td", "th"]) if row.name == "tr" else [row]
            links = self._links_in(row)
            text = tidy(" ".join(flat_text(cell) for cell in cells))
            if text:
                kind: Kind = "row" if row.name == "tr" else "paragraph"
                self.blocks.append(Block(kind, text, tuple(links)))

    def _links_in(self, tag: Tag) -> list[Link]:
        return [
            Link(tidy(flat_text(a)), resolve(self._base, str(a["href"])))
            for a in tag.find_all("a", href=True)
        ]

    def flush(self, kind: Kind) -> None:
        """End the block: settle its lines and write them."""
        first = self._lines[0]
        if len(self._lines) == 1 and not first.text and not first.links:
            return
        if len(self._lines) == 1:
            if text := tidy("".join(first.text)):
                self.blocks.append(Block(kind, text, tuple(first.links)))
            self._lines = [_Line()]
            return
        joins = self._in_paragraph or kind in ("list_item", "heading")
        is_item = kind == "list_item"
        for text, links in _settled(self._lines, joins=joins, is_item=is_item):
            self.blocks.append(Block(kind, text, tuple(links)))
        self._lines = [_Line()]


def flat_text(tag: Tag) -> str:
    """Return the words of `tag`, with spaces where a block or a line ends."""
    if len(tag.contents) == 1 and type(tag.contents[0]) is NavigableString:
        return f" {tag.contents[0]}"
    pieces: list[str] = []
    block: Tag | None = None
    for node in tag.descendants:
        if isinstance(node, Tag):
            if node.name not in _INLINE:
                pieces.append(" ")
        elif isinstance(node, NavigableString) and not isinstance(
            node, PreformattedString
        ):
            outer = node.parent
            while outer is not None and outer is not tag and outer.name in _INLINE:
                outer = outer.parent
            if outer is not block:
                pieces.append(" ")
                block = outer
            pieces.append(node)
    return "".join(pieces)


def resolve(base: str, href: str) -> str:
    """Return `href` as an absolute URL; as it is where it cannot be resolved."""
    if _WHOLE.fullmatch(href):
        return href
    try:
        return urljoin(base, href.strip())
    except ValueError:
        return href.strip()


_WHOLE = re.compile(
    r"https?://[\w.-]+(?:/[^\s?#;\[\]]*)?(?:\?[^\s#;\[\]]+)?(?:#[^\s\[\]]+)?", re.ASCII
)
"""Addresses that joining leaves as they are, which is most, at a tenth of its time."""


def _kind(name: str, outer: Kind) -> Kind:
    if name in _HEADINGS:
        return "heading"
    if name in ("li", "dd", "dt"):
        return "list_item"
    if name == "blockquote":
        return "quote"
    return outer


def _is_labelled(tag: Tag) -> bool:
    """Say whether a `div` shows a field: a label with a colon, and one short value."""
    if len(tag.contents) > _MOST_NODES_OF_FIELD:
        return False
    parts = [child for child in tag.contents if isinstance(child, Tag)]
    if len(parts) != 2 or any(
        part.name not in ("div", "span", "strong") for part in parts
    ):
        return False
    label, value = (tidy(flat_text(part)) for part in parts)
    return (
        label.endswith(":")
        and words(label) <= 5
        and 0 < words(value) <= 40
        and tag.find(["p", "ul", "ol", "table", "br", "h2", "h3"]) is None
    )


def _is_data(table: Tag) -> bool:
    """Say whether `table` holds cells of data, not a page's columns."""
    if table.get("role") == "presentation" or table.find("table") is not None:
        return False
    rows = table.find_all("tr")
    cells = table.find_all(["td", "th"])
    if len(cells) <= len(rows):
        return len(rows) > 1 and not any(len(c.find_all("p")) > 1 for c in cells)
    for cell in cells:
        if not any(isinstance(child, Tag) for child in cell.contents):
            continue
        if len(cell.find_all(["p", "div", "li", "h2", "h3"])) > 1 and (
            len(rows) == 1 or words(cell.get_text(" ")) > 60
        ):
            return False
    return True


def _settled(
    lines: list[_Line], *, joins: bool, is_item: bool
) -> Iterator[tuple[str, list[Link]]]:
    """Yield the texts a reader sees as blocks among lines parted by `<br>`.

    Args:
        lines: What stands between the breaks.
        joins: The markup says that this is one paragraph or item.
        is_item: It is one of a list, where a date belongs to what follows.
    """
    shown: list[str] = []
    links: list[Link] = []
    gap = False
    last: _Line | None = None
    joins = joins and not _is_address(lines) and not _is_list(lines)
    for line in lines:
        text = tidy("".join(line.text))
        if not text:
            gap = True
            links += line.links
            continue
        starts = gap or (last is not None and last.is_heading != line.is_heading)
        starts = starts or (
            not is_item and only_date(shown[-1] if shown else "") is not None
        )
        if shown and (starts or not _reads_on(shown[-1], text, joins=joins)):
            yield " ".join(shown), links
            shown, links = [], []
        shown.append(text)
        links += line.links
        gap, last = False, line
    if shown:
        yield " ".join(shown), links


_POSTAL_CODE = re.compile(
    r"\b(?:[A-Z]{2}|[A-Z][a-z]+\.?),?\s+\d{5}(?:-\d{4})?$|\d{5}-\d{4}$"
)


def _is_address(lines: list[_Line]) -> bool:
    """Say whether lines are an address: three or more short ones, one with a ZIP."""
    shown = [text for line in lines if (text := tidy("".join(line.text)))]
    return (
        len(shown) > 2
        and all(len(text) < 90 for text in shown)
        and any(_POSTAL_CODE.search(text) for text in shown)
    )


def _is_list(lines: list[_Line]) -> bool:
    """Say whether lines are things of a kind: three or more short ones, no sentence.

    Text broken at a fixed width goes on in lower case sooner or later.
    """
    shown = [text for line in lines if (text := tidy("".join(line.text)))]
    return len(shown) > 2 and all(
        len(text) < 70 and not text[0].islower() and text[-1] not in ".,;-"
        for text in shown
    )


_ENUMERATED = re.compile(
    r"(?:[-*\u2022\u00b7\u25cf\u2013\u2014]\s|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})[.)]\s|"
    r"(?:19|20)\d\d\b|o\s(?=[A-Z\d]))"
)
"""Word sets an `o` where its second level of lists has a ring."""
_LEADERS = re.compile(r"(?:\.\s?){4,}")
_LABEL = re.compile(r"[A-Z][\w'\u2019/(). -]{0,30}:\s")
"""Of two lines each with its own, neither runs on: fields, or speakers."""
_END_MARK = re.compile(r"(?:#\s*){2,}|-\s?(?:30|end)\s?-", re.IGNORECASE)


def _reads_on(before: str, after: str, *, joins: bool) -> bool:
    """Say whether a single forced break between two lines is only white space."""
    if _ENUMERATED.match(after) or _LEADERS.search(after) or _LEADERS.search(before):
        return False
    if _END_MARK.fullmatch(before) or _END_MARK.fullmatch(after):
        return False
    if _LABEL.match(before) and _LABEL.match(after):
        return False
    if joins or after[:1].islower():
        return True
    closed = re.search(r"[.!?:;][\"'\u201d\u2019)\]]*$", before)
    return len(before) > 60 and not closed


def _joined_datelines(blocks: list[Block]) -> list[Block]:
    """Join a dateline that stands alone to its paragraph, as a newspaper prints it."""
    joined: list[Block] = []
    for block in blocks:
        if joined and stands_alone(joined[-1].text):
            head = joined.pop()
            block = Block(  # noqa: PLW2901 - the pair is one block
                block.kind, f"{head.text} {block.text}", head.links + block.links
            )
        joined.append(block)
    return joined
