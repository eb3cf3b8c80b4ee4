"""How a part of the site's furniture is known: its class and id names, and its hiding.

Class names lie: `prune` asks besides whether the part holds the story.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from scraper.extraction.nodes import inside, joined_names, prose

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

# Words of class and id names, between -, _, spaces and capitals.
_WORDS = """
breadcrumb breadcrumbs crumbs skip skiplink skipnav skiplinks share sharing sharer
sharethis addthis addtoany social socials nav navbar navigation menu megamenu submenu
sitemap footer copyright sidebar sidenav rail cookie cookies consent gdpr newsletter
subscribe subscription signup feedback survey helpful webform comment comments disqus
respond pager pagination search searchbox modal popup lightbox overlay toolbar toolbox
printfriendly translate interstitial leaving tweet tweets twitter facebook instagram
flickr sharedaddy advert advertisement login masthead letterhead personaltools govbanner
"""
_PAIRS = """
usa-banner usa-identifier usa-skipnav usa-nav usa-site usa-footer usa-header usa-search
usa-breadcrumb usa-sidenav usa-in usa-language usa-sign usa-social usa-pagination
usa-disclaimer header-banner gov-banner official-banner brand-banner site-banner
trust-seal bread-crumb bread-crumbs a2a-kit a2a-button a2a-dd mega-menu side-bar
side-nav side-menu side-col side-column left-nav right-rail sign-up rate-page
page-rating contact-form
post-navigation prev-next pop-up page-tools document-actions content-actions print-link
print-button print-page email-this mail-this to-top scroll-top language-switcher
language-selector language-switch language-menu site-alert sitewide-alert alert-banner
emergency-banner security-alert exit-disclaimer exit-notice exit-modal youtube-feed
log-in tag-section tags-section tag-list tags-list tag-links tags-links tag-cloud
tags-cloud post-tags related-tags related-topics related-terms field-tags field-topic
field-topics field-categories post-terms cat-links entry-footer task-bar viewlet-above
carousel-control carousel-controls carousel-indicators region-header region-footer
region-sidebar region-breadcrumb
"""
_SUBJECTS = """
comment-period comment-deadline comments-due public-comment public-comments
social-security social-distancing social-services social-work rail-safety rail-road
rail-transit consent-decree consent-order survey-results survey-data survey-findings
share-of market-share search-warrant search-rescue copyright-office copyright-law
navigation-safety navigation-channel
"""
_TOPICS = frozenset(_SUBJECTS.split())
"""What those words are when they name a story's subject: not the site's own."""
_FURNITURE_WORDS = frozenset(_WORDS.split())
_FURNITURE_PAIRS = frozenset(_PAIRS.split())
_OPENS_PICTURE = frozenset(("lightbox", "popup", "modal", "overlay", "pop-up"))
"""Of a link these say how its picture opens."""
_HEADER_IDS = frozenset(("header", "Header", "site-header", "siteheader"))
"""Of the whole page, for it has no other; as class they are any part's."""
_SAID_OF_OTHERS = frozenset(("no", "has", "with", "without", "one", "two", "both"))
"""`has-sidebar` is the page beside one."""
_NAME_BREAK = re.compile(r"[^a-z0-9]+")
_HIDDEN_CLASSES = frozenset(
    [
        "visually-hidden",
        "visuallyhidden",
        "sr-only",
        "sr-only-focusable",
        "screen-reader-text",
        "screenreader",
        "screen-reader-only",
        "element-invisible",
        "element-hidden",
        "invisible",
        "usa-sr-only",
        "show-for-sr",
        "hide",
        "hidden",
        "is-hidden",
        "d-none",
        "hidden-print",
        "offscreen",
        "off-screen",
        "assistive-text",
        "visually-hidden-focusable",
    ]
)
_SHOWN_CLASS = re.compile(
    r"\b(?:d|show|visible)-(?:\w+-)?(?:sm|md|lg|xl|desktop|block)"
)
"""Hidden on small screens only, and the like: `d-none d-md-block`."""
_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|"
    r"(?:left|top|text-indent|margin-left)\s*:\s*-\d{4,}",
    re.IGNORECASE,
)
_OPENS = re.compile(
    r"accordion|collaps|tab-?pane|tab-?content|panel|toggle|expand|drawer|"
    r"(?<![a-z])(?:read-?|show-?)?more(?:-?(?:text|content|info))?(?![a-z])"
)
"""Parts a reader opens with a click: hidden in the markup, yet part of the text."""
KEPT_TAGS = {
    "html", "body", "main", "h1", "h2", "h3", "h4", "h5", "h6", "p", "table",
    "blockquote",  # a quoted tweet is text
}  # fmt: skip


def furniture_rule(node: LexborNode) -> str | None:
    """Return what makes `node` furniture, `named sidebar` say; None if nothing does."""
    if node.tag in KEPT_TAGS and node.tag not in ("p", "table", "h2", "h3"):
        return None
    given = node.attributes
    classes = given.get("class") or ""
    identity = given.get("id") or ""
    named = joined_names(classes, identity)
    if identity in _HEADER_IDS and not inside(node, ("article", "main")):
        return "named header"
    word = _furniture_word(named)
    if word and not (node.tag == "a" and word in _OPENS_PICTURE):
        told = node.css_first("p") if word.startswith("search") else None
        return None if told and prose(told) > 60 else f"named {word}"
    if (
        "hidden" in given
        or _HIDDEN_STYLE.search(given.get("style") or "")
        or (
            not _HIDDEN_CLASSES.isdisjoint(classes.casefold().split())
            and not _SHOWN_CLASS.search(classes)
        )
    ) and not (_OPENS.search(named) or _is_answer(node)):
        return "hidden"
    if given.get("aria-hidden") == "true" and not _OPENS.search(named):
        return "hidden" if len(node.text(strip=True)) < 200 else None
    return None


_QUESTION_TAGS = ("h2", "h3", "h4", "h5", "h6", "dt")
_LEAST_ANSWER = 30


def _is_answer(node: LexborNode) -> bool:
    """Say whether a hidden part opens below its heading, whatever it is called."""
    if node.attributes.get("role") == "tabpanel":
        return prose(node) > _LEAST_ANSWER
    before = node.prev
    while before is not None and before.tag in ("-text", "-comment"):
        if (before.text() or "").strip() and before.tag == "-text":
            return False
        before = before.prev
    is_below = before is not None and before.tag in _QUESTION_TAGS
    return (
        is_below and node.attributes.get("role") is None and prose(node) > _LEAST_ANSWER
    )


@lru_cache(maxsize=4096)
def _furniture_word(named: str) -> str | None:
    """Return the word in class and id names that says what furniture this is."""
    words = _NAME_BREAK.split(named)
    pairs = map("-".join, pairwise(words))
    if _FURNITURE_WORDS.isdisjoint(words) and _FURNITURE_PAIRS.isdisjoint(pairs):
        return None
    for last, word, following in zip(
        ["", *words], words, [*words[1:], ""], strict=False
    ):
        if f"{last}-{word}" in _FURNITURE_PAIRS:
            return f"{last}-{word}"
        if (
            word in _FURNITURE_WORDS
            and last not in _SAID_OF_OTHERS
            and _TOPICS.isdisjoint((f"{last}-{word}", f"{word}-{following}"))
        ):
            return word
    return None
