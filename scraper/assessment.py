"""What a response is, before anyone believes it.

Peers take bot challenges and error pages for content. Here every answer is told apart
first, from its status, headers, address and body, and only a `page` may become a
version. Two rules keep real stories safe: a phrase alone never condemns an answer that
carries an article's worth of prose, and a firewall's own markup only counts where there
is nearly nothing to read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scraper.model import Assessment, AssessmentKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.parse import SplitResult

    from scraper.document import Document

_THIN = 1_000
"""Characters to read on a challenge or error page at most, its chrome included."""
_BARE = 400
_NOTICE = 1_200
"""Characters of prose on a "not found" page in a site's own template at most."""
_BARE_LINKS = 12
_ROOT = 4_096


def assess(
    document: Document,
    *,
    requested_url: str | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Assessment:
    """Say what a response is, why, and on what evidence.

    Args:
        document: Its body; `document.url` is the address that answered.
        requested_url: What was asked for, if redirects lay between.
        status: Of the last answer.
        headers: Of the last answer; names in any case.
    """
    named = {name.lower(): value for name, value in (headers or {}).items()}
    answer = _Answer(document, status, named)
    return (
        _by_header(answer)
        or _by_status(answer)
        or _by_address(answer, requested_url)
        or _by_form(answer)
        or _by_firewall(answer)
        or _by_notice(answer)
        or _by_emptiness(answer)
        or Assessment(kind=AssessmentKind.PAGE, reason="a page")
    )


@dataclass(frozen=True)
class _Answer:
    """The response and the few measures of it that rules share; each taken once."""

    document: Document
    status: int
    headers: Mapping[str, str]

    @cached_property
    def markup(self) -> str:
        """The body in lower case, as far as firewalls' scripts reach."""
        return self.document.text[:200_000].lower()

    @cached_property
    def title(self) -> str:
        return self._text_of("head > title")

    @cached_property
    def heading(self) -> str:
        return self._text_of("h1")

    @cached_property
    def visible(self) -> str:
        """What a reader sees, chrome included, without scripts and styles."""
        if self.document.is_plain_text:
            return _folded(self.document.text)
        body = self.document.tree.clone()
        body.strip_tags(["script", "style", "noscript", "template", "iframe"])
        return _folded(body.body.text(separator=" ")) if body.body else ""

    @cached_property
    def prose(self) -> int:
        """Characters in paragraphs and list items that are sentences, not menus."""
        texts = (node.text() for node in self.document.tree.css("p, li, td, dd"))
        return sum(len(text) for text in map(_folded, texts) if len(text) >= 80)

    @cached_property
    def is_readable(self) -> bool:
        """Whether paragraphs alone hold more than a challenge page says in all."""
        if self.document.is_plain_text:
            return len(self.document.text) > _THIN
        found = 0
        for node in self.document.tree.css("p"):
            found += len(node.text(strip=True))
            if found > _THIN:
                return True
        return False

    @cached_property
    def links(self) -> int:
        return len(self.document.tree.css("a[href]"))

    def _text_of(self, selector: str) -> str:
        if self.document.is_plain_text:
            return ""
        node = self.document.tree.css_first(selector)
        return "" if node is None else _folded(node.text(separator=" "))


def _phrases(*phrases: str) -> re.Pattern[str]:
    """Return what matches a heading that says one of `phrases` and nothing else.

    Matched against `_words`: lower case, no punctuation, "isn't" as "is not".
    """
    return re.compile("|".join(phrases))


def _words(heading: str) -> str:
    plain = heading.lower().replace("\u2019", "'")
    plain = re.sub("can't|cannot", "can not", plain).replace("n't", " not")
    return " ".join(re.findall(r"\w+", plain.replace("'", "")))


# ---- headers and status


_CHALLENGE_HEADERS = (
    # sites.md section 8, after EDGI's estimate_snapshot_quality
    ("x-amzn-waf-action", re.compile(r"challenge|captcha"), "AWS WAF challenge"),
    ("cf-mitigated", re.compile(r"challenge"), "Cloudflare challenge"),
    ("rimon", re.compile(r"RWC_BLOCK"), "Rimon block"),
    ("x-datadome", re.compile(r"protected"), "DataDome challenge"),
    ("x-vercel-mitigated", re.compile(r"challenge|deny"), "Vercel challenge"),
)


def _by_header(answer: _Answer) -> Assessment | None:
    for name, pattern, firewall in _CHALLENGE_HEADERS:
        value = answer.headers.get(name, "")
        if pattern.search(value) and not (name == "x-datadome" and answer.status < 400):
            return _verdict(AssessmentKind.BLOCKED, firewall, header=f"{name}: {value}")
    return None


_PLAIN_STATUS = {
    401: (AssessmentKind.FORBIDDEN, "the site asks for a login"),
    403: (AssessmentKind.FORBIDDEN, "the site forbids this address"),
    404: (AssessmentKind.NOT_FOUND, "not found"),
    410: (AssessmentKind.GONE, "gone"),
    429: (AssessmentKind.BLOCKED, "too many requests"),
    451: (AssessmentKind.FORBIDDEN, "unavailable for legal reasons"),
}


def _by_status(answer: _Answer) -> Assessment | None:
    status = answer.status
    if status in {200, 203}:
        return None
    if status in {202, 204, 205} and not answer.visible:
        return _by_firewall(answer) or _verdict(
            AssessmentKind.EMPTY, "an answer without a body", status=str(status)
        )
    if 200 <= status < 300 and status != 206:
        return None
    if (blocked := _by_firewall(answer)) is not None:
        return blocked
    if status == 503 and _MAINTENANCE_TEXT.search(answer.visible[:3_000]):
        return _verdict(AssessmentKind.MAINTENANCE, "maintenance notice", status="503")
    kind, reason = _PLAIN_STATUS.get(
        status,
        (AssessmentKind.ERROR, "the server failed" if status >= 500 else "an error"),
    )
    return _verdict(kind, f"{reason} (HTTP {status})", status=str(status))


# ---- addresses

_HOME = re.compile(r"/?(?:(?:index|default|home)(?:\.\w{2,5})?/?)?", re.IGNORECASE)
_ERROR_PATH = re.compile(
    r"/(?:error[-_]?)?(?:404|page[-_]?not[-_]?found|not[-_]?found|error(?:[-_]?page)?s?)"
    r"(?:[-_]?page|error)?(?:\.\w{2,5})?/?$|/signpost/",
    re.IGNORECASE,
)
_LOGIN_PATH = re.compile(r"/(?:login|log-in|signin|sign-in|sso|adfs|saml2?)(?:[/.]|$)")


def _by_address(answer: _Answer, requested_url: str | None) -> Assessment | None:
    url = answer.document.url
    got = urlsplit(url)
    if "aspxerrorpath=" in got.query.lower():
        return _verdict(AssessmentKind.SOFT_404, "ASP.NET's error page", url=url)
    asked = urlsplit(requested_url or url)
    if asked[1:4] == got[1:4]:
        return None
    for kind, reason, is_such in (
        (AssessmentKind.BLOCKED, "to be unblocked", _is_unblocking),
        (AssessmentKind.SOFT_404, "to the home page", _is_home),
        (AssessmentKind.SOFT_404, "to an error page", _is_error),
        (AssessmentKind.FORBIDDEN, "to a login", _is_login),
    ):
        if is_such(got) and not is_such(asked):
            return _verdict(kind, f"redirected {reason}", url=url)
    return None


def _is_unblocking(address: SplitResult) -> bool:
    return (address.hostname or "").startswith("unblock.")


def _is_home(address: SplitResult) -> bool:
    return not address.query and _HOME.fullmatch(address.path) is not None


def _is_error(address: SplitResult) -> bool:
    return _ERROR_PATH.search(address.path) is not None


def _is_login(address: SplitResult) -> bool:
    return _LOGIN_PATH.search(address.path.lower()) is not None


# ---- what the body is

_FIRST_TAG = re.compile(
    r"\s*(?:<\?.{0,500}?\?>\s*|<!--.{0,2000}?-->\s*|<!doctype[^>\[]{0,300}>\s*)*"
    r"<(?:\w{1,20}:)?(\w{1,20})",
    re.IGNORECASE | re.DOTALL,
)
_ROOTS = {
    "rss": AssessmentKind.FEED,
    "feed": AssessmentKind.FEED,
    "rdf": AssessmentKind.FEED,
    "urlset": AssessmentKind.SITEMAP,
    "sitemapindex": AssessmentKind.SITEMAP,
}
_TEXT_TYPES = {"", "text/html", "text/plain", "application/octet-stream"}
_MAGIC = ("%PDF-", "PK\x03\x04", "GIF8", "\ufffdPNG", "{\\rtf")


def _by_form(answer: _Answer) -> Assessment | None:
    text = answer.document.text
    start = text[:_ROOT].lstrip()
    root = _FIRST_TAG.match(start)
    name = root[1].lower() if root else ""
    media_type = (
        answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    )
    if name in _ROOTS:
        return _verdict(_ROOTS[name], f"its root element is <{name}>")
    if media_type not in _TEXT_TYPES and "xml" not in media_type:
        return _verdict(AssessmentKind.NOT_HTML, f"it is {media_type}")
    if start.startswith(_MAGIC) or "\x00" in start:
        return _verdict(AssessmentKind.NOT_HTML, "a binary file")
    if start[:1] in {"{", "["} and not answer.document.is_plain_text:
        return _verdict(AssessmentKind.NOT_HTML, "it looks like JSON")
    if _is_truncated(answer):
        return _verdict(AssessmentKind.ERROR, "the page breaks off", tail=text[-80:])
    return None


def _is_truncated(answer: _Answer) -> bool:
    """Whether the page was opened, never closed, and ends inside something.

    HTML lets `</body>` and `</html>` be left out (WHATWG HTML 13.1.2.4), so their
    absence alone proves nothing.
    """
    text = answer.document.text
    tail = text[-4_000:].lower()
    if answer.document.is_plain_text or "</html" in tail or "</body" in tail:
        return False
    whole = text.lower()
    if "<body" not in whole or "</html" in whole or "</body" in whole:
        return False
    return any(
        whole.count(f"<{name}") > whole.count(f"</{name}")
        for name in ("div", "script", "main", "section", "table", "!--")
    ) or whole.rfind("<") > whole.rfind(">")


# ---- firewalls

_MARKUP = (
    # Each is the firewall's own, and none is put into pages that it lets through; where
    # one is (Imperva's and Cloudflare's scripts), thinness decides.
    ("bm-verify", "Akamai bot-manager interstitial"),
    ("/_sec/verify", "Akamai bot-manager interstitial"),
    ("errors.edgesuite.net", "Akamai access-denied page"),
    ("_cf_chl_opt", "Cloudflare challenge"),
    ("cf-error-details", "Cloudflare block page"),
    ("/cdn-cgi/challenge-platform/", "Cloudflare challenge"),
    ("/tspd/", "F5 challenge"),
    ('window["bobcmn"]', "F5 challenge"),
    ("your support id is", "F5 block page"),
    ("awswafcookiedomainlist", "AWS WAF challenge"),
    ("gokuprops", "AWS WAF challenge"),
    (".awswaf.com/", "AWS WAF challenge"),
    ("_incapsula_resource", "Imperva challenge"),
    ("incapsula incident id", "Imperva block page"),
    ("generated by cloudfront (cloudfront)", "CloudFront block page"),
    ("captcha-delivery.com", "DataDome challenge"),
    ("perimeterx", "PerimeterX challenge"),
    ("px-captcha", "PerimeterX challenge"),
    ("/ips.js?", "Kasada challenge"),
    ("sucuri website firewall", "Sucuri block page"),
    ("generated by wordfence", "Wordfence block page"),
    ("sgcaptcha", "SiteGround challenge"),
    ("fortiguard", "Fortinet block page"),
    ("perfdrive.com", "Radware challenge"),
)
_REFUSALS = _phrases(
    "just a moment",
    "access (to this (page|site) )?((has been|is) )?(denied|blocked|restricted)",
    "attention required( cloudflare)?",
    "request (rejected|blocked)|the request is blocked|web page blocked",
    "sorry you have been blocked|(you have|youve) been blocked",
    "your (request|access)( to this site)? (is|has been) "
    "(blocked|limited|denied)( .*)?",
    "your request originates from an undeclared automated tool",
    "request rate threshold exceeded|too many requests|429( too many requests)?",
    "request access|pardon our interruption",
    "(please )?(verify|confirm)( that)? you are (a human|human|not a robot)",
    "are you (a )?(human|robot)|human verification|bot (check|verification)",
    "(checking|validating|verifying) your browser( .*)?|validating browser",
    "(vercel )?security (check|checkpoint|verification)( required)?|ddos guard",
)
_OWN_REFUSAL = re.compile(
    r"you (?:are not|aren.t) authori[sz]ed to (?:access|view)"
    r"|you do not have (?:access|permission) to (?:view|see)",
    re.IGNORECASE,
)
"""Drupal's and other systems' own 403, which is how they unpublish a page."""
_REFERENCE = re.compile(r"reference #\s?[0-9a-f]{1,3}\.[0-9a-f]{6,}\.", re.IGNORECASE)
_ANYWHERE = re.compile(
    r"""the\ requested\ url\ was\ rejected
    | enable\ javascript\ (and\ cookies\ )?to\ continue
    | please\ enable\ javascript\ to\ view\ the\ page\ content
    | automated\ (tool|scraping|access|requests?)
    | programmatic\ access
    | unusual\ (traffic|activity)
    | verify\ (that\ )?you\ are\ (not\ a\ robot|a\ human|human)
    | solve\ (the|this)\ captcha
    | blocked\ by\ (the\ |our\ )?(waf|firewall|security)""",
    re.IGNORECASE | re.VERBOSE,
)


def _by_firewall(answer: _Answer) -> Assessment | None:
    if answer.is_readable:
        return None
    if len(answer.visible) <= _THIN:
        for mark, firewall in _MARKUP:
            if mark in answer.markup:
                return _verdict(AssessmentKind.BLOCKED, firewall, markup=mark)
        if found := _REFERENCE.search(answer.visible):
            return _verdict(
                AssessmentKind.BLOCKED, "Akamai access-denied page", phrase=found[0]
            )
    return _by_refusal(answer) or _by_edge(answer)


def _by_refusal(answer: _Answer) -> Assessment | None:
    """Tell a refusal by its words: as title or heading, or where there is no more."""
    if answer.prose > _NOTICE:
        return None
    heads = (*_segments(answer.title), answer.heading)
    said = next((head for head in heads if _REFUSALS.fullmatch(_words(head))), "")
    if said and _OWN_REFUSAL.search(answer.visible):
        return _verdict(AssessmentKind.FORBIDDEN, "the site forbids it", phrase=said)
    if said:
        return _verdict(AssessmentKind.BLOCKED, "a refusal page", phrase=said)
    is_bare = len(answer.visible) <= _BARE and answer.links < 3
    if (is_bare or answer.status >= 400) and len(answer.visible) <= _THIN:
        words = f"{answer.visible} {_noscript(answer)}"
        if found := _ANYWHERE.search(words):
            return _verdict(AssessmentKind.BLOCKED, "a challenge page", phrase=found[0])
    return None


def _by_edge(answer: _Answer) -> Assessment | None:
    """Tell an error that a network in front of the site made up itself."""
    if answer.status not in {403, 429, 503}:
        return None
    server = answer.headers.get("server", "")
    timing = answer.headers.get("server-timing", "")
    if server.lower().startswith("awselb") and answer.status != 503:
        return _verdict(AssessmentKind.BLOCKED, "refused by AWS", server=server)
    if server == "AkamaiGHost" and answer.status != 503:
        return _verdict(AssessmentKind.BLOCKED, "refused by Akamai", server=server)
    if not server and "ak_p" in timing and re.search(r"origin;\s*dur=0\b", timing):
        return _verdict(
            AssessmentKind.BLOCKED, "refused by Akamai", server_timing=timing
        )
    return None


def _noscript(answer: _Answer) -> str:
    if answer.document.is_plain_text:
        return ""
    nodes = answer.document.tree.css("noscript")
    return _folded(" ".join(node.text() for node in nodes))


# ---- notices in place of the page

_THING = "(page|file|document|content|url|resource|article|item)"
_SORRY = "(error |sorry |oops |whoops |uh |oh |were |but )*"
_NOT_FOUND = _phrases(
    "(http )?(error |status )?(code )?404( error)?( .{0,12}not found)?",
    f"(http )?(error |status )?(code )?404( error)? .{{0,12}}{_THING} not found",
    f"{_SORRY}((the|this|that|your|requested|web) )*{_THING}"
    "( (that )?(you (have )?|youve |youre |you are |you were )?"
    "(requested|looking for|searching for))?"
    " ((((was|is|could|can|has|does|did) )?(not|no longer) ((be|been) )?"
    "(found|exists?|available|here))|(is )?(unavailable|missing))( .{0,20})?",
    f"{_SORRY}we (can|could|did) not find "
    f"((that|the|this|your|requested|what) )*({_THING}|youre looking for)( .{{0,40}})?",
    "(sorry )?not found( 404)?|nothing found( here)?|p\u00e1gina no encontrada",
)
_BROKEN = _phrases(
    "(internal )?server error( in .{0,60})?|runtime error|application error( .*)?",
    "service (temporarily )?unavailable|bad gateway|gateway time ?out",
    "(http )?(error )?50[0234]( error)?( (internal server error|bad gateway|service "
    "(temporarily )?unavailable|gateway time ?out))?",
    "(an )?(unexpected )?error( has)? occurred( .{0,40})?",
    "error establishing a database connection",
    "the website encountered an unexpected error.*",
)
_MAINTENANCE = _phrases(
    "((site|system|website|web|scheduled|under|undergoing|down|for|temporarily|currently"
    "|our|the|this|is|planned|unscheduled|routine) )*maintenance( mode| page| notice"
    "| in progress)?",
    "((site|system|website|the|this|our|is|currently) )*(temporarily )?"
    "(unavailable|down|offline)",
    "(well|we will) be( right)? back( soon| shortly)?",
)
_MAINTENANCE_TEXT = re.compile(
    r"""(under|undergoing|down\ for|performing|scheduled|routine|system|site)
        \ (\w+\ ){0,2}maintenance
    | maintenance\ mode
    | be\ (right\ )?back\ (soon|shortly|online)
    | temporarily\ (unavailable|down|offline|closed)""",
    re.IGNORECASE | re.VERBOSE,
)


def _by_notice(answer: _Answer) -> Assessment | None:
    heads = (*_segments(answer.title), answer.heading)
    for pattern, kind, reason in (
        (_NOT_FOUND, AssessmentKind.SOFT_404, "a not-found page with status 200"),
        (_BROKEN, AssessmentKind.ERROR, "an error page with status 200"),
        (_MAINTENANCE, AssessmentKind.MAINTENANCE, "a maintenance notice"),
    ):
        said = next(
            (head for head in heads if head and pattern.fullmatch(_words(head))), ""
        )
        if not said or answer.prose > _NOTICE:
            continue
        is_bare = len(answer.visible) <= _THIN and answer.links <= _BARE_LINKS
        # A release may be headed "Scheduled maintenance"; it then has a site around it.
        if kind is AssessmentKind.SOFT_404 or is_bare:
            return _verdict(kind, reason, phrase=said)
    return None


def _by_emptiness(answer: _Answer) -> Assessment | None:
    if answer.is_readable or len(answer.visible) > _BARE:
        return None
    if not any(letter.isalpha() for letter in answer.visible):
        return _verdict(AssessmentKind.EMPTY, "nothing to read")
    if answer.document.is_plain_text:
        return None
    tree = answer.document.tree
    shell = tree.css_first("#root:empty, #app:empty, #__next:empty, app-root:empty")
    if shell is not None and tree.css_first("script") is not None:
        return _verdict(AssessmentKind.EMPTY, "a shell that scripts fill in a browser")
    refresh = tree.css_first('meta[http-equiv="refresh" i]')
    content = "" if refresh is None else (refresh.attributes.get("content") or "")
    if re.match(r"\s*\d\s*[;,]\s*url", content, re.IGNORECASE):
        return _verdict(AssessmentKind.EMPTY, "redirects by itself", refresh=content)
    return None


# ---- small values

_SEPARATORS = re.compile(r"\s+[|\u2013\u2014\u00bb\u00b7-]+\s+|\s*::\s*|\s*\|\s*")


def _segments(title: str) -> tuple[str, ...]:
    """Return a title and its parts: what the page is called, and the site's name."""
    return (title, *(part for part in _SEPARATORS.split(title) if part != title))


def _folded(text: str) -> str:
    return " ".join(text.split())


def _verdict(kind: AssessmentKind, reason: str, **evidence: str) -> Assessment:
    return Assessment(kind=kind, reason=reason, evidence=evidence)
