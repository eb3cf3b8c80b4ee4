"""What is taken off a page before the article is looked for, by structure.

Works on a copy of the page's tree. Two passes: the site's furniture around the story,
then, inside the story's region, what stands between its paragraphs but is not text.
Every removal that held words is reported.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scraper.extraction.dates import first_date
from scraper.extraction.forms import is_note
from scraper.extraction.furniture import KEPT_TAGS, furniture_rule
from scraper.extraction.nodes import SHOWN_OF_REMOVED, inside, line_of, prose, remove
from scraper.extraction.wording import tidy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from selectolax.lexbor import LexborHTMLParser, LexborNode

    from scraper.model import Removal

NOT_TEXT = (
    "title, script, style, noscript, template, svg, iframe, object, embed, canvas, "
    "audio, video, link, meta, input, select, button, textarea, dialog, map, datalist, "
    "progress"
)
_FURNITURE_TAGS = ("nav", "footer", "header", "usa-banner")
_FURNITURE_ROLES = (
    "navigation", "banner", "contentinfo", "search", "menu", "menubar", "dialog",
    "alertdialog", "toolbar",
)  # fmt: skip
_NAMED = ":is([class], [id], [style], [hidden], [aria-hidden=true])"
"""`:is`, since lexbor gives an element once for each selector of a list."""
_BESIDE_DATELINE = ("named share", "named sharing", "named social", "named toolbar")
"""Often one row with the date and the byline, which stay."""
_NEVER_STORY = ("named usa-banner", "named usa-identifier", "named govbanner")
"""They say more than the story on a page of a few sentences."""
_OVER_STORY = frozenset(
    f"named {word}"
    for word in (
        "overlay", "modal", "popup", "pop-up", "lightbox", "interstitial", "cookie",
        "cookies", "consent", "gdpr", "site-alert", "sitewide-alert", "alert-banner",
        "emergency-banner", "exit-notice", "exit-modal", "exit-disclaimer",
    )
)  # fmt: skip
"""A notice that lies over any page says more than the story on a list of links, or on a
page of pictures."""
_LONGEST_NOTICE = 400
_QUESTIONS = (
    # Not `:is(h2, ...) button`: lexbor looks at the parent alone for it.
    "h2 button, h3 button, h4 button, h5 button, h6 button, dt button, "
    "button[class*=accordion]"
)
_OPENS_ALL = re.compile(
    r"(?:expand|collapse|open|close|show|hide) all\b", re.IGNORECASE
)
_CONTENTS = re.compile(r"(?:table of )?contents\b|in this guide\b", re.IGNORECASE)
_TEXT_TAGS = {"p", "ul", "ol", "h2", "h3", "h4", "h5", "blockquote", "figure", "table"}


def drop_not_text(tree: LexborHTMLParser) -> None:
    """Take off what no reader sees as text: scripts, styles, form controls.

    A button that is a heading's text opens a part of the page: its words stay.
    """
    body = tree.body
    if body is None:
        return
    if body.css_first("button") is not None:
        for node in body.css(_QUESTIONS):
            said = tidy(node.text())
            if " " in said and not _OPENS_ALL.match(said):
                node.unwrap()
    for node in body.css(NOT_TEXT):
        if node.parent is not None:
            node.decompose()
    _part_words(body)


def _part_words(body: LexborNode) -> None:
    """Keep the words of a heading's lines apart, and take a feed's sign off its end."""
    for heading in body.css("h1, h2, h3"):
        for node in heading.css("br" if heading.tag == "h3" else "br, div"):
            node.insert_before(" ")
            node.insert_after(" ")
        for node in heading.css("a") if heading.tag != "h3" else ():
            if node.parent is not None and _FEED.fullmatch(node.text()):
                node.decompose()


_FEED = re.compile(
    r"\W*(?:get |subscribe to )?(?:our )?rss(?: feeds?)?\W*", re.IGNORECASE
)


def prune_menus(
    tree: LexborHTMLParser,
    *,
    extra: Iterable[str] = (),
    keep: LexborNode | None = None,
) -> list[Removal]:
    """Take menus, header, footer and banner off `tree`, in place, by tag and role.

    Args:
        tree: The page, to be changed.
        extra: Selectors of boilerplate that a layout adds.
        keep: The headline, whose surroundings stay.
    """
    removed: list[Removal] = []
    body = tree.body
    if body is None:
        return removed
    kept = line_of(keep)
    limit = max(prose(body) * 2 // 3, 1)
    alerts: list[LexborNode] = []
    for node in body.css(f"{', '.join(_FURNITURE_TAGS)}, [role]"):
        # What stood in something removed has lost its parent with it.
        if node.parent is not None and _is_of_site(node):
            _prune_menu(node, limit, kept, removed)
        elif node.attributes.get("role") == "alert":
            alerts.append(node)
    story = max(map(prose, body.css("article")), default=0) if alerts else 0
    for node in alerts:
        if _is_alert_beside(node, story):
            remove(node, "alert beside the article", removed)
    # Last, on what is left of the page: a layout's selectors are many.
    by_layout: list[Removal] = []
    for selector in extra:
        for node in body.css(selector):
            remove(node, f"layout: {selector}", by_layout)
    return by_layout + removed


def _prune_menu(
    node: LexborNode, limit: int, kept: frozenset[int], removed: list[Removal]
) -> None:
    if not _holds_story(node, limit, kept):
        if _ends_page(node):
            _remove_below(node, kept, removed)
        remove(node, node.tag or "", removed)
    elif node.tag == "header":
        for part in node.css("ul, ol, form, figure, img"):
            if part.mem_id not in kept:
                remove(part, "header", removed)


_LEAST_STORY = 200
"""Characters of prose; a line of addresses or of rights has fewer."""


def _ends_page(node: LexborNode) -> bool:
    """Say whether `node` is the page's own footer, not that of a part of it."""
    is_footer = node.tag == "footer" or node.attributes.get("role") == "contentinfo"
    return is_footer and not inside(node, ("article", "main", "section", "aside"))


def _remove_below(
    footer: LexborNode, kept: frozenset[int], removed: list[Removal]
) -> None:
    """Take off what stands beside a page's footer, below it: copyright, networks."""
    after = []
    node = footer.next
    while node is not None:
        if node.is_element_node:
            if (
                node.mem_id in kept
                or node.tag in KEPT_TAGS
                or node.css_first("main, article, h1") is not None
                or prose(node) > _LEAST_STORY
                or is_note(tidy(node.text()[:SHOWN_OF_REMOVED]))
            ):
                return
            after.append(node)
        node = node.next
    for node in after:
        remove(node, "below the footer", removed)


def _is_of_site(node: LexborNode) -> bool:
    """Say whether `node` is furniture by its tag or role, and not the article's own."""
    if node.tag not in _FURNITURE_TAGS:
        return node.attributes.get("role") in _FURNITURE_ROLES
    if node.tag == "header":
        return not inside(node, ("article", "main"))
    if node.tag == "footer":
        return not _holds_note(node)
    return node.tag != "nav" or not is_contents(node)


def _is_alert_beside(node: LexborNode, story: int) -> bool:
    """Say whether `node` is an alert of the site's beside an article of so much prose.

    Office closings and the like stand between headline and article for a day.
    """
    if node.parent is None or not prose(node) * 2 < story:
        return False
    told = tidy(node.text()[:SHOWN_OF_REMOVED])
    return not (is_note(told) or inside(node, ("article", "main")))


def _holds_note(node: LexborNode) -> bool:
    """Say whether an article's own footer or side column says what was corrected."""
    return inside(node, ("article", "main")) and any(
        is_note(tidy(part.text()[:SHOWN_OF_REMOVED])) for part in node.css("p, div")
    )


def is_contents(nav: LexborNode) -> bool:
    """Say whether `nav` lists the other pages of the guide that the page is part of.

    A list of the headings below, on the page itself, is not read for itself.
    """
    if not _CONTENTS.match(tidy(nav.text(separator=" ")[:200])):
        return False
    links = [node.attributes.get("href") or "" for node in nav.css("a[href]")]
    away = sum(not href.strip().startswith("#") for href in links)
    return away > 2 and away * 2 > len(links) and inside(nav, ("main", "article"))


def opens_over_page(node: LexborNode) -> bool:
    """Say whether `node` stands in a part of the main text that opens over it."""
    parent = node.parent
    while parent is not None and parent.tag not in KEPT_TAGS:
        if furniture_rule(parent) is not None:
            return True
        parent = parent.parent
    return False


def prune_page(
    tree: LexborHTMLParser, *, keep: LexborNode | None = None
) -> list[Removal]:
    """Take the rest of the site's furniture off `tree`, in place, by its names.

    Nothing goes that holds a third of the page's prose or its main heading: ASP.NET
    wraps whole pages in one `<form>`, and class names lie.

    Args:
        tree: The page, to be changed.
        keep: The headline, whose surroundings stay.
    """
    removed: list[Removal] = []
    body = tree.body
    if body is None:
        return removed
    kept = line_of(keep)
    limit = max(prose(body) // 3, 1)
    for node in body.css(_NAMED):
        rule = furniture_rule(node) if node.parent is not None else None
        if rule is None or _holds_story(node, limit, kept, rule):
            continue
        if rule in _BESIDE_DATELINE and first_date(node.text(separator=" ")[:400]):
            for part in node.css("a, ul ul, img"):
                remove(part, rule, removed)
        else:
            remove(node, rule, removed)
    boxes: dict[int, LexborNode | None] = {}
    for node in body.css("aside, form, label, fieldset"):
        if node.parent is None or not _is_spare(node, limit, kept):
            continue
        box = node.parent if node.tag == "form" else None
        if box is not None and box.mem_id not in boxes:
            boxes[box.mem_id] = box if _is_of_form(box, kept) else None
        whole = boxes[box.mem_id] if box is not None else None
        remove(whole or node, node.tag or "", removed)
    rest = [(one, "notice to visitors") for one in _notices(body, kept)]
    rest += [
        (one, "column of links")
        for one in body.css("td")
        if _is_menu_column(one, limit)
    ]
    for node, rule in rest:
        remove(node, rule, removed)
    return removed


_TO_VISITORS = re.compile(
    r"(?:we use|(?:this|our) (?:web ?)?site uses) cookies\b|you are (?:now )?leaving\b|"
    r"we(?:'|\u2019)d welcome your feedback|thank you for visiting\b|"
    r"you have been selected to\b",
    re.IGNORECASE,
)


def _notices(body: LexborNode, kept: frozenset[int]) -> list[LexborNode]:
    """Return the parts of the page of their own that ask its visitors for something."""
    return [
        node
        for node in body.iter(include_text=False)
        if node.mem_id not in kept
        and len(text := node.text(separator=" ")) < _LONGEST_RAW_NOTICE
        and _TO_VISITORS.match(tidy(text))
    ]


_LONGEST_RAW_NOTICE = 1500
"""White space of the markup included."""


def _is_menu_column(cell: LexborNode, limit: int) -> bool:
    """Say whether `cell` of a layout table holds but links, beside the story."""
    if len(cell.css("a[href]")) < 3 or prose(cell) > 20 or cell.parent is None:
        return False
    beside = cell.parent.iter(include_text=False)
    return any(prose(one) > limit for one in beside if one.mem_id != cell.mem_id)


def _holds_story(
    node: LexborNode, limit: int, kept: frozenset[int], rule: str = ""
) -> bool:
    if node.mem_id in kept or rule in _NEVER_STORY:
        return node.mem_id in kept
    if rule in _OVER_STORY and not inside(node, ("main", "article")):
        limit = max(limit, _LONGEST_NOTICE)
    return len(node.text()) > limit and prose(node) > limit


def _is_spare(node: LexborNode, limit: int, kept: frozenset[int]) -> bool:
    if _holds_story(node, limit, kept):
        return False
    return node.tag != "aside" or not (_stands_in_text(node) or _holds_note(node))


_SIGNS_UP = re.compile(
    r"\b(?:subscribe|sign up|newsletters?|inbox|e-?mails?|updates|alerts|notif\w+|"
    r"stay (?:connected|informed)|search|feedback|contact us)\b",
    re.IGNORECASE,
)
_MOST_BESIDE_FORM = 200


def _is_of_form(box: LexborNode, kept: frozenset[int]) -> bool:
    """Say whether `box` has but a form and what heads it."""
    if box.mem_id in kept or box.tag not in ("div", "section"):
        return False
    heading = box.css_first("h2, h3, h4")
    if heading is None or not _SIGNS_UP.search(heading.text()):
        return False
    told = tidy(box.text(separator=" ")[:SHOWN_OF_REMOVED])
    apart = [heading, *box.css("form")]
    beside = told
    for part in apart:
        beside = beside.replace(tidy(part.text(separator=" ")), "", 1)
    if beside.strip() and (not _SIGNS_UP.search(beside) or re.search(r"\d", beside)):
        return False  # it says something of its own
    return len(told) <= _MOST_BESIDE_FORM


def _stands_in_text(node: LexborNode) -> bool:
    """Say whether `node` stands among paragraphs: a callout, not a side column."""
    beside = [one.tag for one in (_neighbour(node, -1), _neighbour(node, 1)) if one]
    return "p" in beside and all(tag in _TEXT_TAGS for tag in beside)


def _neighbour(node: LexborNode, step: int) -> LexborNode | None:
    other = node.next if step > 0 else node.prev
    while other is not None and not other.is_element_node:
        other = other.next if step > 0 else other.prev
    return other
