"""Where on the page the headline and the article's text stand.

Landmarks are tried first and checked against the page's text before they are trusted:
a lone `<article>` can be a subscribe box, and an h1 can stand outside `main`.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from scraper.extraction.dates import first_date, only_date
from scraper.extraction.nodes import names, prose
from scraper.extraction.wording import characters, fold, is_furniture, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from selectolax.lexbor import LexborHTMLParser, LexborNode

_PARTS = re.compile(r"\s+[|>»«·•\u2013—-]+\s+|\s*(?:\||::)\s*")
_NOT_HEADLINES = re.compile(
    r"(?:usa banner|in this section|main (?:menu|navigation)|search|menu|breadcrumb|"
    r"you are here|home|navigation|site (?:menu|navigation)|utility.*|secondary.*|"
    r"(?:press|news|media) (?:release|room|releases)s?|newsroom|news|blog|contact us|"
    r"news flash|announcements?|civic\w+|(?:public )?notices?|press office|"
    r"media center|bulletins?|alerts?|untitled.*)"
)
_OF_THE_SITE = re.compile(
    r"(?:.* )?(?:city|county|town|township|village|department|office|bureau|agency|"
    r"embassy|commission|administration|division|council|institute|authority|state) "
    r"(?:of|in|for) .*|(?:[\w.]+ ){0,3}(?:commission|council|office) on .*|"
    r"u\.?s\.? [a-z ]+ (?:service|agency|command|court|forces?)|"
    r"(?:press|news|media) (?:release|advisory|statement)s?[ #:.]*[\w./-]*\d[\w./-]*|"
    r"(?:[\w.&'-]+ ){1,3}(?:agency|department|office|bureau|commission|division|"
    r"authority|board|courts?|attorney general|county|government)|"
    r".*\.(?:gov|mil|org|us)|[a-z .'-]{3,30}, [a-z]{2}|"
    r"[a-z]{2,8} (?:no|release|number)[ .#:]*\d[\d-]*"
)
"""Titles that name the publisher, its place or a series, never the story."""
_SERIES = re.compile(
    r"(?:.{2,40} )?(?:press|news|media) (?:release|advisory|statement)"
    r"(?: (?:no\.?|#)? ?[\w-]*\d[\w-]*)?: ",
    re.IGNORECASE,
)
"""Before the headline in `<title>`: `DefenseLink News Release: ...`."""
_SHORTEST_LINE, _LONGEST_LINE, _SHORTEST_SENTENCE = 15, 200, 60
_NAMED_CHROME = re.compile(
    r"nav|menu|side-?bar|(?<!article-)(?<!node-)header|footer|banner|crumb|logo|brand|"
    r"masthead|search|share|contact|(?<![a-z])alert",
    re.IGNORECASE,
)
_ALIKE = 0.75
_LONGEST = 400


def find_title(
    tree: LexborHTMLParser, *, stated: Sequence[str], selectors: Iterable[str] = ()
) -> tuple[LexborNode | None, str | None, str]:
    """Return the element that shows the headline, its text, and the rule that found it.

    The visible headline wins over metadata, which only helps to choose among headings:
    pages carry an h1 for the agency's name, for menus and for the banner.

    Args:
        tree: The page without scripts.
        stated: Titles from metadata, best first.
        selectors: A layout's own.
    """
    body = tree.body
    if body is None:
        return None, None, ""
    for selector in selectors:
        for node in body.css(selector):
            if (text := _shown(node)) and not _is_section_above(text, stated):
                return node, text, selector
    wanted = _parts(stated)
    headings = [(node, text) for node in body.css("h1") if (text := _shown(node))]
    headings = [one for one in headings if not _NOT_HEADLINES.fullmatch(fold(one[1]))]
    best = max(
        headings, key=lambda one: (_likeness(one[1], wanted), not _in_chrome(one[0])),
        default=None,
    )  # fmt: skip
    if best and _likeness(best[1], wanted) >= _ALIKE:
        inner = _below_section(body, best[1], wanted)
        rule = "h1 like <title>" if inner is None else "heading below a section's h1"
        node = best[0] if inner is None else inner
        return node, _shown(node), rule
    for find, found_by in (
        (_like_stated, "heading like <title>"),
        (_line_as_stated, "line as in <title>"),
    ):
        if (other := find(body, wanted)) is not None:
            return other, _shown(other), found_by
    story = [one for one in headings if not _in_chrome(one[0])]
    return _title_unlike_stated(body, story, stated)


def _leads_home(heading: LexborNode) -> bool:
    """Say whether a heading is the site's name: a link to its first page."""
    link = heading.css_first("a[href]")
    if link is None or tidy(link.text()) != tidy(heading.text()):
        return False
    path = _ORIGIN.sub("", link.attributes.get("href") or "")
    return _HOME.fullmatch(path.strip()) is not None


_ORIGIN = re.compile(r"^\s*https?://[^/]+", re.IGNORECASE)
_HOME = re.compile(r"(?:\.{0,2}/)?(?:(?:index|home|default)\.\w{3,5})?", re.IGNORECASE)


def _is_section_above(text: str, stated: Sequence[str]) -> bool:
    """Say whether `text` names but a section, which is not what `<title>` names."""
    shown = fold(text)
    return bool(stated and _NOT_HEADLINES.fullmatch(shown)) and all(
        fold(_PARTS.split(one)[0]) != shown for one in stated
    )


def _title_unlike_stated(
    body: LexborNode,
    story: Sequence[tuple[LexborNode, str]],
    stated: Sequence[str],
) -> tuple[LexborNode | None, str | None, str]:
    """Return the headline of a page where no line reads like `<title>` as a whole."""
    if story and (section := _section_as_stated(body, stated)) is not None:
        return section, _shown(section), "h1 of the section, as in <title>"
    story = [one for one in story if not _leads_home(one[0])]
    if len(story) == 1 or (story and not stated):
        return story[0][0], story[0][1], "h1"
    whole = [one for one in stated if not _is_cut_short(one, stated)]
    parts = [part for text in whole for part in _PARTS.split(text) if part]
    if not story and all(says_no_story(part) for part in parts):
        line = _first_line(body)
        if line is not None:
            return line, _shown(line), "first heading"
    shown = story[0][0] if story else None
    return (shown, parts[0], "metadata") if parts else (None, None, "")


def _is_cut_short(text: str, stated: Sequence[str]) -> bool:
    return any(other != text and other.startswith(text) for other in stated)


def says_no_story(part: str) -> bool:
    """Say whether a title, or part of it, names the site, a series or a section."""
    shown = fold(part)
    is_acronym = part.isupper() and len(part) < 7
    return (
        is_acronym
        or only_date(part) is not None
        or bool(_OF_THE_SITE.fullmatch(shown) or _NOT_HEADLINES.fullmatch(shown))
    )


def _first_line(body: LexborNode) -> LexborNode | None:
    """Return the first heading, or else line in bold, of a page that has no h1.

    Pages of the 2000s set the headline in bold; others give h1 to the section's name.
    """
    above = _above_text(body)
    for selector in ("h2, h3, h4", "b, strong, font[size]"):
        for node in body.css(selector):
            text = _shown(node)
            if (
                _SHORTEST_LINE <= len(text) <= _LONGEST_LINE
                and len(text.split()) > 2
                and text[-1] not in ".:;"
                and not says_no_story(text)
                and not is_furniture(text)
                and first_date(text) is None
                and not _in_chrome(node)
                and not _in_named_chrome(node)
                and _fills_its_line(node, text)
                and node.mem_id in above
                and not _is_entry(node, body)
            ):
                return node
    return None


def _is_entry(node: LexborNode, body: LexborNode) -> bool:
    """Say whether a heading is one of several that lead to stories or have dates."""
    alike = body.css(node.tag or "")
    return any(
        is_so(node) and sum(map(is_so, alike)) > 1 for is_so in (_leads, _is_dated)
    )


def _leads(heading: LexborNode) -> bool:
    around = heading.parent
    return heading.css_first("a[href]") is not None or (
        around is not None and around.tag == "a"
    )


def _is_dated(heading: LexborNode) -> bool:
    """Say whether a date is the line above or below."""
    for step in ("next", "prev"):
        beside = getattr(heading, step)
        while beside is not None and not tidy(beside.text() or ""):
            beside = getattr(beside, step)
        if beside is not None and only_date(tidy(beside.text())[:120]) is not None:
            return True
    return False


def _in_named_chrome(node: LexborNode | None) -> bool:
    up = node
    while up is not None and up.tag not in ("body", "main"):
        given = up.attributes
        if _NAMED_CHROME.search(f"{given.get('class')} {given.get('id')}"):
            return True
        up = up.parent
    return False


def _fills_its_line(node: LexborNode, text: str) -> bool:
    """Say whether no other words stand on the line of `node`."""
    for beside in (node.prev, node.next):
        if beside is not None and beside.is_text_node and tidy(beside.text()):
            return False
    up = node.parent
    return up is None or up.tag not in ("p", "li", "span") or tidy(up.text()) == text


def _above_text(body: LexborNode) -> set[int]:
    """Return the ids of the elements above the first paragraph: others head parts."""
    above: set[int] = set()
    for node in body.traverse(include_text=True):
        if (
            node.is_text_node
            and _is_prose(tidy(node.text()))
            and not _in_named_chrome(node.parent)
        ):
            break
        above.add(node.mem_id)
    return above


def _is_prose(text: str) -> bool:
    return len(text) > _LONGEST_LINE or (
        len(text) > _SHORTEST_SENTENCE and text[-1] == "." and text.count(" ") > 8
    )


def _shown(node: LexborNode) -> str:
    text = tidy(node.text())
    return text if len(text) <= _LONGEST else ""


def _parts(stated: Sequence[str]) -> list[str]:
    """Return the folded titles, whole and by their parts, longest first."""
    wanted = {fold(text) for text in stated}
    for text in stated:
        wanted |= {fold(part) for part in _PARTS.split(text)}
        if series := _SERIES.match(text):
            wanted.add(fold(text[series.end() :]))
    return sorted((one for one in wanted if one), key=len, reverse=True)


def _likeness(text: str, wanted: Sequence[str]) -> float:
    """Return how much `text` is like one of the stated titles, 0 to 1.

    A part of a title counts a little less the shorter it is: the site's name is one.
    """
    shown = fold(text)
    if not wanted or not shown:
        return 0.0
    longest = len(wanted[0])
    best = 0.0
    for one in wanted:
        if shown == one:
            alike = 1.0
        elif (one.startswith(shown) and len(shown) > 25) or (
            shown.startswith(one.rstrip(" .…")) and len(one) > 25
        ):
            alike = 0.95
        else:
            # Before it counts letters; most titles' parts are of other lengths.
            if 2 * min(len(shown), len(one)) < _ALIKE * (len(shown) + len(one)):
                continue
            matcher = SequenceMatcher(None, shown, one, autojunk=False)
            if matcher.quick_ratio() < _ALIKE:
                continue
            alike = matcher.ratio()
        best = max(best, alike - 0.05 * (1 - min(1.0, len(one) / longest)))
    return best


def _below_section(
    body: LexborNode, h1: str, wanted: Sequence[str]
) -> LexborNode | None:
    """Return the heading of the page where its h1 only names the section.

    "Calendar" above "Town Council Meeting", with both in `<title>`.
    """
    of_site = says_no_story(h1)
    if not (of_site or len(h1.split()) <= 2) or len(wanted) < 2:
        return None
    seen = False
    for node in body.css("h1, h2, h3"):
        text = fold(_shown(node))
        if text == fold(h1):
            seen = True
        elif (
            seen
            and text in wanted
            and (len(text) > len(h1) or of_site)
            and not _in_chrome(node)
        ):
            return node
    return None


def _like_stated(body: LexborNode, wanted: Sequence[str]) -> LexborNode | None:
    """Return a heading of another kind that reads like the title (Joomla: a `td`)."""
    if not wanted:
        return None
    found: tuple[float, LexborNode] | None = None
    for node in body.css(
        "h2, h3, h4, [class*=title], [class*=heading], [class*=headline]"
    ):
        text = _shown(node)
        if len(text) < 8 or _in_chrome(node) or _is_trail(node):
            continue
        alike = _likeness(text, wanted)
        if alike >= 0.85 and (found is None or alike > found[0]):
            found = alike, node
    return found[1] if found else None


def _line_as_stated(body: LexborNode, wanted: Sequence[str]) -> LexborNode | None:
    """Return the element whose one line is word for word the title.

    In bold below a letterhead, in a cell of Joomla's, in any element: the last of
    them, for breadcrumbs and lists that name the page stand above it.
    """
    longest = max(map(len, wanted), default=0)
    found: LexborNode | None = None
    for node in body.traverse(include_text=True):
        if not node.is_text_node:
            continue
        text = node.text_content or ""
        if not _SHORTEST_LINE < len(text) <= longest + _LONGEST:
            continue
        if fold(text) in wanted and _can_be_headline(node.parent, tidy(text)):
            found = node.parent
        elif found is not None and _is_prose(tidy(text)):
            break
    return found


def _can_be_headline(node: LexborNode | None, text: str) -> bool:
    return (
        node is not None
        and node.tag not in ("a", "li", "option", "title")
        and text.count(" ") > 1
        and not says_no_story(text)
        and only_date(text) is None
        and not _in_chrome(node)
        and not _is_trail(node)
        and fold(node.text()) == fold(text)
        and (node.parent is None or node.parent.tag not in ("a", "li"))
    )


def _section_as_stated(body: LexborNode, stated: Sequence[str]) -> LexborNode | None:
    """Return the h1 that `<title>` begins with, though it names but a section.

    "Press Releases" on a list of them, below an h1 with the member's name.
    """
    first = {fold(_PARTS.split(text)[0]) for text in stated}
    for node in body.css("h1"):
        if fold(_shown(node)) in first and not _in_chrome(node):
            return node
    return None


def _in_chrome(node: LexborNode) -> bool:
    """Say whether `node` stands in the site's header, a menu or the footer."""
    parent = node.parent
    while parent is not None and parent.tag not in ("body", "main", "article"):
        if parent.tag in ("nav", "footer") or (
            parent.attributes.get("role") in ("banner", "navigation", "contentinfo")
        ):
            return True
        parent = parent.parent
    return False


def _is_trail(node: LexborNode) -> bool:
    given = node.attributes
    return "crumb" in f"{given.get('class')} {given.get('id')}".casefold()


_LANDMARKS = (
    ":is(main, [role=main], #content, #main, #main-content, #maincontent, "
    ".main-content)"
)
_FIELDS = (
    ":is(article, div, section, main, td, span):is("
    "article, [role=article], [itemprop=articleBody], .entry-content, "
    ".field--name-body, .field-name-body, .node__content, .node-content, "
    ".article-body, .body-content, .bodycopy, .usa-prose)"
)
_MAIN_IDS = {"content", "main", "main-content", "maincontent"}
_SHARE_OF_LANDMARK = 0.8
_SHARE_OF_FIELD = 0.96
_LEAST_ROW = 12
"""Rows are data more often than columns of a page: none with words is dropped."""
_BODY_NAME = re.compile(r"field-(?:-name-)?(?:name-)?body|article-body|rich-text")
_TABLE = {"table", "tbody", "tr"}
_TELLING_LINKS = "a:has(h2, h3, h4, p)"
_CONTAINERS = {
    "div", "section", "article", "main", "form", "td", "table", "tbody", "tr", "center",
    "span", "font", "body",
}  # fmt: skip


def find_region(
    tree: LexborHTMLParser, *, selectors: Iterable[str] = ()
) -> tuple[LexborNode, str] | None:
    """Return the element that holds the article's text, and which rule found it.

    Args:
        tree: A page without its furniture.
        selectors: A layout's own, trusted before anything generic.
    """
    body = tree.body
    if body is None:
        return None
    for selector in selectors:
        nodes = body.css(selector)
        if nodes and (own := max(nodes, key=substance)).text(strip=True):
            return own, selector
    node, rule = body, "body"
    mass = substance(body)
    best = mass
    for name, share in (("landmark", _SHARE_OF_LANDMARK), ("field", None)):
        for candidate in body.css(_LANDMARKS if share else _FIELDS):
            text = candidate.text()
            least = share * mass if share else _SHARE_OF_FIELD * best
            if len(text) < least:
                continue
            size = substance(candidate, text)
            if least <= size <= best:
                node, rule, best = candidate, f"{name} {_selector(candidate)}", size
    return _descend(node, best, is_named=node.tag != "body"), rule


def main_part(node: LexborNode) -> LexborNode | None:
    """Return the outermost landmark that `node` stands in."""
    found = None
    up = node.parent
    while up is not None:
        given = up.attributes
        is_main = up.tag == "main" or given.get("role") == "main"
        if is_main or given.get("id") in _MAIN_IDS:
            found = up
        up = up.parent
    return found


def _selector(node: LexborNode) -> str:
    """Return `node` as a selector a person can look for."""
    given = node.attributes
    name = given.get("id") or ""
    first = (given.get("class") or "").split(" ")[0]
    return f"{node.tag}" + (f"#{name}" if name else f".{first}" if first else "")


def substance(node: LexborNode, text: str | None = None) -> int:
    """Return the number of characters of text under `node`, menus apart.

    A link that is a paragraph, or holds one, is text; other links are not.
    """
    told = sum(characters(a.text()) for a in node.css(_TELLING_LINKS))
    return prose(node, text) + told


def _has_paragraphs_beside(node: LexborNode, inner: LexborNode) -> bool:
    return any(
        (beside.tag == "p" or _BODY_NAME.search(names(beside)))
        and characters(beside.text()) > _LEAST_ROW
        for beside in node.iter(include_text=False)
        if beside.mem_id != inner.mem_id
    )


def _descend(node: LexborNode, mass: int, *, is_named: bool) -> LexborNode:
    """Follow the child that holds nearly all of the prose, down to where it splits.

    Args:
        node: Where to start.
        mass: Its substance.
        is_named: The publisher calls `node` the content: paragraphs of links beside
            the prose belong to it.
    """
    for _ in range(60):
        inner = None
        least = _SHARE_OF_FIELD * mass
        if node.tag in _TABLE:
            least = max(least, substance(node) - _LEAST_ROW)
        for child in node.iter(include_text=False):
            if (
                child.tag in _CONTAINERS
                and len(text := child.text()) >= least
                and substance(child, text) >= least
            ):
                inner = child
        if inner is None or (is_named and _has_paragraphs_beside(node, inner)):
            return node
        node = inner
    return node
