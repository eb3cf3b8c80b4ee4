"""What an article offers beside its text: further reading and files to download."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scraper.extraction.blocks import resolve
from scraper.extraction.nodes import holds, leads_away, names, prose
from scraper.extraction.prune import is_contents, opens_over_page
from scraper.extraction.wording import fold, tidy
from scraper.model import Link, Removal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from selectolax.lexbor import LexborHTMLParser, LexborNode

_HEADING = re.compile(
    r"(?:view |see )?(?:more )?(?:related|recommended|further|suggested|additional)"
    r"(?: [a-z&-]+){0,4}|"
    r"you (?:(?:may|might) (?:also|be)|also (?:may|might)) .{0,40}|see also|"
    r"read (?:more|next)(?: about.*)?|learn more|quick links|"
    r"more (?:stories|news|articles|from this .*|on this .*|like this)|"
    r"(?:historias|noticias|art[ií]culos|enlaces) relacionad[ao]s"
)
_OTHER_STORIES = re.compile(
    r"(?:view |see )?(?:the )?(?:other|recent|latest|newest|featured|previous)"
    r"(?: [a-z&-]+){0,2} (?:posts?|news|stories|articles|headlines|releases|updates|"
    r"announcements)(?: (?:in|from) .{2,40})?|"
    r"(?:other|recent|latest|featured) (?:posts?|news|stories|articles|headlines|"
    r"releases|announcements)(?: (?:in|from) .{2,40})?|"
    r"featured|spotlights?|trending(?: now)?|top stories|most (?:popular|read|viewed)"
)
"""Heads what is new on the site, whatever the page."""
_MAY_BE_STORY = re.compile(r"featured|spotlights?|trending(?: now)?")
"""Or heads a part of the story: then it is no list of links."""
_STORIES = re.compile(
    r"(?:more |view |see )?(?:related|recommended|suggested) (?:news |press )?"
    r"(?:stories|articles|news|content|posts|pages|releases|links)|"
    r"more (?:stories|news|articles)|"
    r"you (?:(?:may|might) also|also (?:may|might))"
    r" (?:like|enjoy|find|be interested in|want to (?:read|see)).{0,30}"
)
"""Heads a list that may follow the text without a box: in it, others are its own."""
_MOST_PROSE, _MOST_TEASERS = 100, 300
_BOXES = ("div", "section", "aside")
_NOT_OFFERS = re.compile(
    r"(?:related )?(?:tags?|topics?|terms?|categories|subjects?)|related to"
)
_BOX = re.compile(
    r"(?<![a-z])(?:related(?!-(?:tag|topic|term|categor|keyword|subject|issue|location|region))|recommended|see-also|"
    r"more-like-this|further-reading|da-related-item|plinks)(?![a-z])"
)
_MENU = re.compile(
    r"(?<![a-z])(?:nav|navbar|navigation|menu|submenu|"
    r"(?<!entry-)(?<!article-)(?<!node-)(?<!post-)(?<!content-)footer)(?![a-z])"
)
"""What says `related` in there is related to the site, not to this story."""
_GENERIC = ("related heading", "named related")
_MAYBE_BOX = ":is(div, section, aside, ul, ol, dl, nav, article):is({}), {}".format(
    ", ".join(
        f"[{key}*={word} i]"
        for key in ("class", "id")
        for word in (
            "related", "recommended", "see-also", "more-like", "further", "plinks",
        )
    ),
    ":is(li, p, table, td, h2, h3, h4, h5, h6, span):is([class*=related i])",
)  # fmt: skip
"""Every selector of a list is tried on every element: of most only the one word."""
_FILE_ENDINGS = tuple(
    f".{name}"
    for name in (
        "pdf", "doc", "docx", "xls", "xlsx", "xlsm", "csv", "ppt", "pptx", "zip", "rtf",
        "odt", "ods", "txt", "kmz", "kml", "epub", "mp3", "wpd",
    )
)  # fmt: skip
_KEPT_AS_FILE = re.compile(
    r"/media/\d+/dl$|/documentcenter/view/\d+(?:/[^/]*)?$|/doc/[^/]+/download$"
)
"""Of the Department of Justice, CivicPlus and Massachusetts: without an ending."""
_CALLED_A_FILE = re.compile(
    r"[(\[]\s*(?:pdf|docx?|xlsx?|csv|pptx?|zip|excel|word)\b[^)\]]{0,20}[)\]]\W*$",
    re.IGNORECASE,
)
_AFTER_PATH = re.compile(r"[?#;]")
_HEADINGS = (
    ":is(h2, h3, h4, h5, h6, strong, b, p, dt, legend, [class*=title], "
    "[class*=heading], [class*=label])"
)
_FEWEST_TITLE_CHARACTERS = 4
_LONGEST_HEADING, _LONGEST_RAW = 60, 300
"""White space of the markup included: what is longer is no heading."""


def take_related(
    tree: LexborHTMLParser,
    *,
    base: str,
    title: LexborNode | None,
    selectors: Iterable[str] = (),
) -> tuple[list[Link], list[Removal]]:
    """Return the further reading a page offers, and take its lists off the tree.

    A list counts when a heading such as "Related Stories" or its own class names it,
    and the contents of the guide that the page is part of, where they open over it.

    Args:
        tree: The page without menus, header and footer.
        base: URL of the page.
        title: The headline; no list holds it.
        selectors: A layout's own: lists, or the links themselves.
    """
    body = tree.body
    if body is None:
        return [], []
    found: dict[tuple[str, str], Link] = {}
    removed: list[Removal] = []
    boxes = [(node, selector) for selector in selectors for node in body.css(selector)]
    boxes += [(node, _GENERIC[0]) for node in _headed(body)]
    boxes += [
        (node, _GENERIC[1])
        for node in body.css(_MAYBE_BOX)
        if _BOX.search(names(node)) and node.tag not in ("body", "html", "a")
    ]
    boxes += [
        (nav, "contents of a guide")
        for nav in body.css("nav")
        if is_contents(nav) and opens_over_page(nav)
    ]
    limit = prose(body) // 2 if boxes else 0
    for box, rule in boxes:
        if box.parent is None or (title is not None and holds(box, title)):
            continue
        if rule in _GENERIC and _in_menu(box, title):
            continue
        if not _is_list(box, rule, limit):
            continue
        if rule != _GENERIC[1] or not _lists_topics(box):
            for link in _links(box, base):
                found.setdefault((link.title, link.url), link)
        removed.append(Removal(rule, tidy(box.text(separator=" "))[:120]))
        box.decompose()
    return list(found.values()), removed


def drop_other_stories(
    tree: LexborHTMLParser, *, title: LexborNode | None
) -> list[Removal]:
    """Take off the lists of the site's newest stories that stand below an article.

    On a page that is mostly such a list, it is the page's text.
    """
    body = tree.body
    removed: list[Removal] = []
    if body is None or title is None:
        return removed
    for heading in body.css("h2, h3, h4, h5"):
        text = tidy(heading.text())
        if len(text) > 60 or not _OTHER_STORIES.fullmatch(fold(text)):
            continue
        box = heading.parent
        while box is not None and box.css_first("a[href]") is None:
            box = box.parent
        if box is None or box.tag in ("body", "main", "html") or holds(box, title):
            continue
        told = len(tidy(box.text(separator=" ")))
        size = prose(box)
        if _MAY_BE_STORY.fullmatch(fold(text)) and (size - len(text)) * 2 > told - len(
            text
        ):
            continue
        if told * 2 < len(tidy(body.text(separator=" "))) and size < 1000:
            removed.append(Removal("other stories", text))
            box.decompose()
    return removed


def _lists_topics(box: LexborNode) -> bool:
    """Say whether a box by its only heading lists what the page is filed under."""
    said = [fold(text) for node in box.css(_HEADINGS) if (text := tidy(node.text()))]
    return len(said) == 1 and _NOT_OFFERS.fullmatch(said[0]) is not None


def _in_menu(box: LexborNode, title: LexborNode | None) -> bool:
    """Say whether `box` is, or stands in, what is named a menu or the footer."""
    up: LexborNode | None = box
    while up is not None and up.tag not in ("body", "main", "article"):
        if _MENU.search(names(up)):
            return title is None or not holds(up, title)
        up = up.parent
    return False


def _is_list(box: LexborNode, rule: str, limit: int) -> bool:
    """Say whether `box` can be a list of links: class names and headings lie."""
    total = len(tidy(box.text(separator=" ")))
    size = prose(box)
    if rule == _GENERIC[1]:
        return size <= limit and size <= total / 2
    return size <= 300 or (size <= limit and size <= total * 0.7)


def _headed(body: LexborNode) -> list[LexborNode]:
    """Return the elements that consist of a heading for further reading and links."""
    boxes = []
    for heading in body.css(_HEADINGS):
        raw = heading.text()
        if len(raw) > _LONGEST_RAW or len(text := tidy(raw)) > _LONGEST_HEADING:
            continue
        text = fold(text)
        if not _HEADING.fullmatch(text) or _NOT_OFFERS.fullmatch(text):
            continue
        box = heading.parent
        if _STORIES.fullmatch(text) and (flat := _lists_below(_line_of(heading))):
            boxes += [*flat, heading]
            continue
        for _ in range(4):
            if box is None or box.tag in ("body", "main", "html"):
                break
            if any(leads_away(a) for a in box.css("a[href]")):
                boxes.append(box)
                break
            box = box.parent
    return boxes


def _lists_below(heading: LexborNode) -> list[LexborNode]:
    """Return the list of links that is the next element after `heading`.

    Or the paragraphs that are but links, one after the other, or a box of teasers.
    """
    below = _next_element(heading)
    if below is not None and below.tag in ("ul", "ol"):
        entries = below.css("li")
        is_all_links = entries and all(
            any(leads_away(a) for a in entry.css("a[href]")) for entry in entries
        )
        return [below] if is_all_links and prose(below) <= _MOST_PROSE else []
    if below is not None and below.tag in _BOXES:
        leads = any(leads_away(a) for a in below.css("a[href]"))
        size = prose(below)
        is_list = size <= min(_MOST_TEASERS, len(tidy(below.text(separator=" "))) // 2)
        return [below] if leads and is_list else []
    found: list[LexborNode] = []
    while below is not None and below.tag == "p" and _is_link(below):
        found.append(below)
        below = _next_element(below)
    return found


def _line_of(heading: LexborNode) -> LexborNode:
    """Return the paragraph that a heading in bold is all of, else the heading."""
    around = heading.parent
    is_all = around is not None and around.tag == "p" and heading.tag in ("b", "strong")
    if around is None or not is_all or tidy(around.text()) != tidy(heading.text()):
        return heading
    return around


def _next_element(node: LexborNode) -> LexborNode | None:
    """Return the next element with words, unless words of the text stand before it."""
    after = node.next
    while after is not None and (after.tag == "-comment" or not after.text(strip=True)):
        after = after.next
    return None if after is None or after.tag == "-text" else after


def _is_link(paragraph: LexborNode) -> bool:
    links = paragraph.css("a[href]")
    return (
        len(links) == 1
        and leads_away(links[0])
        and tidy(links[0].text()) == tidy(paragraph.text())
    )


def _links(box: LexborNode, base: str) -> list[Link]:
    nodes = [box] if box.tag == "a" else box.css("a[href]")
    links = []
    for node in nodes:
        title = tidy(node.text(separator=" "))
        if leads_away(node) and len(title) >= _FEWEST_TITLE_CHARACTERS:
            links.append(Link(title, resolve(base, node.attributes.get("href") or "")))
    return links


def attachments_in(
    root: LexborNode, *, base: str, related: Iterable[Link] = ()
) -> list[Link]:
    """Return the links under `root` to files for download, in reading order.

    Files among the `related`, whose lists were taken off the tree, come after.
    """
    found: dict[str, Link] = {}
    for node in root.css("a[href]"):
        href = (node.attributes.get("href") or "").strip()
        title = tidy(node.text(separator=" "))
        if _is_file(href, title):
            url = resolve(base, href)
            found.setdefault(url, Link(title, url))
    for link in related:
        if _is_file(link.url, link.title):
            found.setdefault(link.url, link)
    return list(found.values())


def _is_file(url: str, title: str) -> bool:
    path = _AFTER_PATH.split(url, 1)[0].lower()
    return (
        path.endswith(_FILE_ENDINGS)
        or _KEPT_AS_FILE.search(path) is not None
        or _CALLED_A_FILE.search(title) is not None
    )
