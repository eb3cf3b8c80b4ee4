"""The stories that a listing page names, each with its address and its date.

A listing is known by what makes it one for its readers: three or more dates, each
beside the link to its story, and hardly any running text besides. A layout may name
the rows instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from scraper.extraction.blocks import MARK, resolve
from scraper.extraction.dates import first_date, iso_date
from scraper.extraction.nodes import leads_away
from scraper.extraction.wording import fold, tidy
from scraper.model import Link

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from selectolax.lexbor import LexborHTMLParser, LexborNode

    from scraper.model import Article

_FEWEST = 3
"""Stories, each with a date, that make a page a listing."""
_LARGEST_SHARE = 4
"""A listing's other prose is at most this part (a fourth) of its stories' text."""
_LONG = 120
"""Characters from which a paragraph is running text, not a label or a hint."""
_LONGEST_TEASER = 1500
_BESIDE_DATE = 24
"""Characters that may stand with a date: "Posted on", "Washington, D.C. -"."""
_HEADINGS = (
    "h1, h2, h3, h4, h5, h6, [class*=title], [class*=headline], [class*=heading]"
)
_TAGGED = "a[rel~=tag], a[rel~=category], a[rel~=author]"
_SAYS_NOTHING = re.compile(
    r"(?:read|learn|see|view|find out|show|full|continue|click|download)\b.{0,24}|"
    r"(?:read|view|see) (?:the )?(?:full |entire )?(?:article|story|release|statement)|"
    r"more(?: info(?:rmation)?| details)?|details|here|link|open|pdf|html|"
    r"leer m[aá]s|ver m[aá]s|m[aá]s informaci[oó]n"
)
_MACHINE_DATES = ("datetime", "data-dateago")
"""Attributes with a date: HTML's own and AFPIMS's."""
_SHORT_DATE = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d\d)")
"""`03.04.25`: a date only where a layout says that dates stand (Senate templates)."""
_ANOTHER_DATE = re.compile(
    r"(?:page |content |date )?(?:last )?(?:updated|modified|reviewed|revised)\b|"
    r"release date\W|for immediate release",
    re.IGNORECASE,
)
"""Said of the page itself."""
_ANY_YEAR = re.compile(r"\d\d\d\d")
_SHORTEST_DATE, _LONGEST_RAW = 6, 200
"""Characters of a line that may be a date; white space of the markup included."""
_ENDS = {"html", "body"}


@dataclass(slots=True)
class _Row:
    """One story's place on the page."""

    node: LexborNode
    dates: list[str] = field(default_factory=list)


def read_listed(
    tree: LexborHTMLParser,
    *,
    base: str,
    fields: Mapping[str, tuple[str, ...]],
    is_listing: bool = False,
) -> tuple[list[Link], str]:
    """Return the stories a listing names, in reading order, and the rule that answered.

    Both are empty for a page that is no listing.

    Args:
        tree: The page without menus, header and footer.
        base: URL of the page.
        fields: A layout's own selectors.
        is_listing: Whether the layout reads nothing but listings; else its rows, too,
            must outweigh other text.
    """
    body = tree.body
    if body is None:
        return [], ""
    for selector in fields.get("listed", ()):
        rows = [_Row(node) for node in body.css(selector)]
        stories = _stories(rows, base, fields)
        if stories and (is_listing or _is_mostly(rows, body)):
            return stories, selector
    if not _shows_dates(body):
        return [], ""
    rows = _dated_rows(body)
    stories = _stories(rows, base, fields)
    # A release with its date on top and topics below is none: topics are short.
    told = sum(title.count(" ") > 1 for title in (story.title for story in stories))
    if told < _FEWEST or not (is_listing or _is_mostly(rows, body)):
        return [], ""
    return stories, "dates beside links"


def as_listing(article: Article, stories: list[Link], *, rule: str) -> Article:
    """Return `article` as the listing of `stories` that it is.

    Dates, names and places printed on a listing are its stories', not its own: they
    would move with every new story.
    """
    theirs = {"published", "byline", "dateline"}
    kept = {name: by for name, by in article.provenance.items() if name not in theirs}
    return replace(
        article,
        kind="listing",
        listed=tuple(stories),
        published=None,
        published_text=None,
        byline=None,
        dateline=None,
        provenance={**kept, "listed": rule},
    )


def _shows_dates(body: LexborNode) -> bool:
    """Say at low cost whether the page could show a list of dates at all."""
    shown = sum(
        1
        for line in body.text(separator="\n").split("\n")
        if _SHORTEST_DATE <= len(line) <= _LONGEST_RAW
        and _ANY_YEAR.search(line)
        and _date_alone(tidy(line))
    )
    # One date may stand above several stories.
    return shown > 1 or len(body.css("time[datetime], [data-dateago]")) > 1


def _date_alone(text: str) -> str | None:
    """Return the date that `text` consists of, but for a few words."""
    if not _SHORTEST_DATE <= len(text) <= 60 + _BESIDE_DATE:
        return None
    printed = first_date(text)
    if printed is None:
        return None
    if _ANOTHER_DATE.match(text):
        return None
    rest = len(text) - (printed.end - printed.start)
    return printed.iso if rest <= _BESIDE_DATE else None


def _dated_rows(body: LexborNode) -> list[_Row]:
    """Return the smallest elements that hold a date and a link each.

    Where dates and links alternate within one element (`dt` and `dd`, or headlines
    with a line below each), the row is the link and takes its date from there.
    """
    dates = _dates(body)
    tagged = {node.mem_id for node in body.css(_TAGGED)}
    links = [
        node
        for node in body.css("a[href]")
        if leads_away(node) and node.mem_id not in tagged
    ]
    links_in = _counts(links)
    dates_in = _counts(node for node, _ in dates)
    rows: dict[int, _Row] = {}
    mixed: dict[int, LexborNode] = {}
    for node, date in dates:
        place = _up_to(node, links_in)
        if place is None:
            continue
        if dates_in[place.mem_id] == 1 and not _is_group(place, node, links_in):
            place = _with_headline(place, dates_in)
            rows.setdefault(place.mem_id, _Row(place)).dates.append(date)
        else:
            mixed[place.mem_id] = place
    found = [*rows.values()]
    for place in mixed.values():
        found += _alternating(place, dates, links)
    found = [row for row in found if not _is_article(row.node)]
    if not rows or not mixed:
        return found
    order = {node.mem_id: at for at, node in enumerate(body.css("*"))}
    return sorted(found, key=lambda row: order[row.node.mem_id])


def _dates(body: LexborNode) -> list[tuple[LexborNode, str]]:
    """Return the elements that show a date and nothing else, with it."""
    found: list[tuple[LexborNode, str]] = []
    for node in body.traverse(include_text=True):
        parent = node.parent
        if node.tag != "-text" or parent is None:
            continue
        text = tidy(node.text_content or "")
        if (date := _date_alone(text)) is not None and not _in_link(parent):
            found.append((parent, date))
    shown = {node.mem_id for node, _ in found}
    for node in body.css("time, [data-dateago]"):
        stated = (node.attributes.get(name) for name in _MACHINE_DATES)
        date = next((iso for one in stated if one and (iso := iso_date(one))), None)
        holds = node.mem_id in shown or any(
            child.mem_id in shown for child in node.css("*")
        )
        if date is not None and not holds:
            found.append((node, date[:10]))
    return found


def _in_link(node: LexborNode) -> bool:
    """Say whether `node` is the text of a link; a link around a whole row is not."""
    return node.tag == "a" and node.css_first("*") is None


def _counts(nodes: Iterable[LexborNode]) -> dict[int, int]:
    """Return how many of `nodes` each element is or holds, by its id."""
    counts: dict[int, int] = {}
    for node in nodes:
        up: LexborNode | None = node
        while up is not None:
            counts[up.mem_id] = counts.get(up.mem_id, 0) + 1
            up = up.parent
    return counts


def _is_article(node: LexborNode) -> bool:
    """Say whether `node` holds a whole article: a row has a teaser at most."""
    told = (tidy(p.text(separator=" ")) for p in node.css("p"))
    return sum(len(text) for text in told if len(text) >= _LONG) > _LONGEST_TEASER


def _up_to(node: LexborNode, holding: Mapping[int, int]) -> LexborNode | None:
    """Return `node` or what it stands in, as soon as that is among `holding`."""
    up: LexborNode | None = node
    while up is not None and up.tag not in _ENDS:
        if up.mem_id in holding:
            return up
        up = up.parent
    return None


def _is_group(place: LexborNode, date: LexborNode, links_in: Mapping[int, int]) -> bool:
    """Say whether `date` heads several stories: rows of a table or list below it."""
    lines = [node for node in place.css("li, tr") if node.mem_id in links_in]
    holds_date = any(_holds(line, date) for line in lines)
    return len(lines) > 1 and not holds_date and place.tag not in ("li", "tr")


def _holds(place: LexborNode, node: LexborNode) -> bool:
    return _up_to(node, {place.mem_id: 1}) is not None


def _with_headline(place: LexborNode, dates_in: Mapping[int, int]) -> LexborNode:
    """Return the part of a page around `place`, of one date still, with a headline.

    The link beside a date may lead to its category, while the headline is further up.
    """
    up: LexborNode | None = place
    while up is not None and up.tag not in _ENDS and dates_in[up.mem_id] == 1:
        if any(node.css_first("a[href]") or _in_a(node) for node in up.css(_HEADINGS)):
            return up
        up = up.parent
    return place


def _in_a(node: LexborNode) -> bool:
    return node.parent is not None and node.parent.tag == "a"


def _alternating(
    place: LexborNode, dates: list[tuple[LexborNode, str]], links: list[LexborNode]
) -> list[_Row]:
    """Pair links and dates that follow each other under `place`."""
    dated = {node.mem_id: date for node, date in dates}
    stories = {node.mem_id for node in links}
    rows: list[_Row] = []
    date: str | None = None
    dates_first: bool | None = None
    for node in place.traverse(include_text=False):
        if node.mem_id in dated:
            date = dated[node.mem_id]
            dates_first = True if dates_first is None else dates_first
            if not dates_first and rows and not rows[-1].dates:
                rows[-1].dates.append(date)
        elif node.mem_id in stories:
            dates_first = False if dates_first is None else dates_first
            rows.append(_Row(node, [date] if dates_first and date else []))
    return [row for row in rows if row.dates]


def _stories(
    rows: Iterable[_Row], base: str, fields: Mapping[str, tuple[str, ...]]
) -> list[Link]:
    found: dict[str, Link] = {}
    for row in rows:
        link = _headline(row.node, fields.get("listed_title", ()))
        if link is None:
            continue
        title, href = link
        date = _date_in(row, fields.get("listed_date", ()))
        url = resolve(base, href)
        found.setdefault(url, Link(title, url, date))
    return list(found.values())


def _headline(row: LexborNode, selectors: Iterable[str]) -> tuple[str, str] | None:
    """Return a row's headline and where it leads."""
    links = [row] if row.tag == "a" else []
    links += [node for node in row.css("a[href]") if node.mem_id != row.mem_id]
    links = [node for node in links if leads_away(node)]
    tagged = {node.mem_id for node in row.css(_TAGGED)}
    links = [node for node in links if node.mem_id not in tagged] or links
    if not links:
        return None
    heads = [node for one in selectors for node in row.css(one)]
    heads = heads or [node for node in row.css(_HEADINGS) if _says(node)]
    for head in heads:
        inner = head if head.tag == "a" else head.css_first("a[href]")
        if inner is not None and leads_away(inner) and _says(inner):
            return _says(inner), inner.attributes.get("href") or ""
    best = max(links, key=lambda node: len(_says(node)))
    if heads and (best.css_first("*") is not None or not _says(best)):
        # A link around the whole card, or "Read more" below an unlinked headline.
        return _says(heads[0]), best.attributes.get("href") or ""
    return (_says(best), best.attributes.get("href") or "") if _says(best) else None


def _says(node: LexborNode) -> str:
    """Return the words of a link or heading, empty where they tell nothing."""
    text = tidy(node.text(separator=" ").replace(MARK, ""))
    if len(text) < 4 or _SAYS_NOTHING.fullmatch(fold(text)) or _date_alone(text):
        return ""
    return text


def _date_in(row: _Row, selectors: Iterable[str]) -> str | None:
    for selector in selectors:
        for node in row.node.css(selector):
            text = tidy(node.text(separator=" "))
            if printed := first_date(text):
                return printed.iso
            if short := _SHORT_DATE.fullmatch(text):
                return iso_date(f"{short[1]}/{short[2]}/20{short[3]}")
    if row.dates:
        return row.dates[0]
    shown = _dates(row.node)
    return shown[0][1] if shown else None


def _is_mostly(rows: Iterable[_Row], body: LexborNode) -> bool:
    """Say whether the page's running text is nearly all its stories' own."""
    inside = {row.node.mem_id for row in rows}
    own = sum(len(tidy(row.node.text(separator=" "))) for row in rows)
    told = sum(_running(row.node) for row in rows)
    other = 0
    for node in body.css("p"):
        text = tidy(node.text(separator=" "))
        if len(text) >= _LONG and _up_to(node, dict.fromkeys(inside, 1)) is None:
            other += len(text)
    other = max(other, _running(body) - told)
    return other * _LARGEST_SHARE <= own


def _running(node: LexborNode) -> int:
    """Return the number of characters of long lines, in whatever element they stand."""
    lines = (tidy(line) for line in node.text(separator="\n").split("\n"))
    return sum(len(line) for line in lines if len(line) >= _LONG)
