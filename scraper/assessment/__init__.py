"""What a response is, before anyone believes it.

Peers take bot challenges and error pages for content. Here every answer is told apart
first, from its status, headers, address and body, and only a `page` may become a
version. Two rules keep real stories safe: a phrase alone never condemns an answer that
carries an article's worth of prose, and a firewall's own markup only counts where there
is nearly nothing to read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scraper.assessment.answer import Answer, verdict
from scraper.assessment.notices import (
    MAINTENANCE_TEXT,
    by_emptiness,
    by_notice,
    by_redirection,
)
from scraper.assessment.refusals import by_firewall
from scraper.model import Assessment, AssessmentKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.parse import SplitResult

    from scraper.document import Document

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
    answer = Answer(document, status, named)
    return (
        _by_header(answer)
        or _by_depth(answer)
        or _by_status(answer)
        or _by_address(answer, requested_url)
        or _by_form(answer)
        or by_firewall(answer)
        or by_redirection(answer)
        or by_notice(answer)
        or by_emptiness(answer)
        or Assessment(kind=AssessmentKind.PAGE, reason="a page")
    )


# ---- headers and status

_CHALLENGE_HEADERS = (
    # sites.md section 8, after EDGI's estimate_snapshot_quality
    ("x-amzn-waf-action", re.compile(r"challenge|captcha"), "AWS WAF challenge"),
    ("cf-mitigated", re.compile(r"challenge"), "Cloudflare challenge"),
    ("rimon", re.compile(r"RWC_BLOCK"), "Rimon block"),
    ("x-vercel-mitigated", re.compile(r"challenge|deny"), "Vercel challenge"),
)


def _by_header(answer: Answer) -> Assessment | None:
    for name, pattern, firewall in _CHALLENGE_HEADERS:
        value = answer.headers.get(name, "")
        if pattern.search(value):
            return verdict(AssessmentKind.BLOCKED, firewall, header=f"{name}: {value}")
    return None


def _by_depth(answer: Answer) -> Assessment | None:
    """Stop before the body is parsed where that alone would take minutes."""
    if answer.document.is_plain_text or not answer.document.is_too_deep:
        return None
    return verdict(AssessmentKind.ERROR, "elements nested thousands deep")


_PLAIN_STATUS = {
    401: (AssessmentKind.FORBIDDEN, "the site asks for a login"),
    403: (AssessmentKind.FORBIDDEN, "the site forbids this address"),
    404: (AssessmentKind.NOT_FOUND, "not found"),
    410: (AssessmentKind.GONE, "gone"),
    429: (AssessmentKind.BLOCKED, "too many requests"),
    451: (AssessmentKind.FORBIDDEN, "unavailable for legal reasons"),
}
_ERROR_CLASSES = {
    2: "an incomplete answer",
    3: "a redirect that was not followed",
    4: "the request was refused",
    5: "the server failed",
}


def _by_status(answer: Answer) -> Assessment | None:
    status = answer.status
    if status in {200, 203}:
        return None
    if status in {202, 204, 205} and not answer.visible:
        return by_firewall(answer) or verdict(
            AssessmentKind.EMPTY, "an answer without a body", status=str(status)
        )
    if 200 <= status < 300 and status != 206:
        return None
    if status != 429 and (firewall := by_firewall(answer)) is not None:
        return firewall
    if status == 503 and MAINTENANCE_TEXT.search(answer.visible[:3_000]):
        return verdict(AssessmentKind.MAINTENANCE, "maintenance notice", status="503")
    kind, reason = _PLAIN_STATUS.get(
        status, (AssessmentKind.ERROR, _ERROR_CLASSES.get(status // 100, "an error"))
    )
    return verdict(kind, f"{reason} (HTTP {status})", status=str(status))


# ---- addresses

_HOME = re.compile(
    r"/?(?:e[ns]/?)?(?:(?:index|default|home)(?:\.\w{2,5})?/?)?", re.IGNORECASE
)
_ERROR_PATH = re.compile(
    r"/(?:error[-_]?)?(?:404|page[-_]?not[-_]?found|not[-_]?found|error(?:[-_]?page)?s?)"
    r"(?:[-_]?page|error)?(?:\.\w{2,5})?/?$|/signpost/",
    re.IGNORECASE,
)
_LOGIN_PATH = re.compile(r"/(?:login|log-in|signin|sign-in|sso|adfs|saml2?)(?:[/.]|$)")


def _by_address(answer: Answer, requested_url: str | None) -> Assessment | None:
    url = answer.document.url
    got = urlsplit(url)
    if "aspxerrorpath=" in got.query.lower():
        return verdict(AssessmentKind.SOFT_404, "ASP.NET's error page", url=url)
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
            return verdict(kind, f"redirected {reason}", url=url)
    if _is_list_above(asked, got):
        reason = "redirected to the list of stories"
        return verdict(AssessmentKind.SOFT_404, reason, url=url)
    return None


def _is_unblocking(address: SplitResult) -> bool:
    return (address.hostname or "").startswith("unblock.")


def _is_home(address: SplitResult) -> bool:
    return not address.query and _HOME.fullmatch(address.path) is not None


def _is_error(address: SplitResult) -> bool:
    return _ERROR_PATH.search(address.path) is not None


def _is_login(address: SplitResult) -> bool:
    return _LOGIN_PATH.search(address.path.lower()) is not None


_LIST = re.compile(
    r"(?:news|press|media|newsroom|pressroom|press[-_]?room|media[-_]?cent(?:er|re))"
    r"|(?:.*[-_])?(?:news|releases|stories|articles|blogs?|announcements|events)"
)


_STORY = re.compile(r"(?:[^-_]+[-_]){2,}[^-_]+|.*\d{5}.*|.+\.\w{3,5}")


def _is_list_above(asked: SplitResult, got: SplitResult) -> bool:
    """Whether a story's address led to the list that it stood under."""
    above = got.path.lower().rstrip("/").split("/")
    below = asked.path.lower().rstrip("/").split("/")
    further = below[len(above) :]
    if got.query or not further or below[: len(above)] != above:
        return False
    if _LIST.fullmatch(above[-1]) is None or _LIST.fullmatch(further[-1]):
        return False
    # `/news/index.html` and `/news/2026` are the list, or a part of it.
    if _HOME.fullmatch(further[0]) or re.fullmatch(r"\d{1,4}", further[-1]):
        return False
    return len(further) > 1 or _STORY.fullmatch(further[-1]) is not None


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
    "error": AssessmentKind.ERROR,  # how storage services answer
}
_TEXT_TYPES = {"", "text/html", "text/plain", "application/octet-stream"}
_GZIP = re.compile("\x1f.\x08")
"""As `document` leaves it, in whatever encoding."""
_MAGIC = ("%PDF-", "PK\x03\x04", "GIF8", "\ufffdPNG", "{\\rtf")


def _by_form(answer: Answer) -> Assessment | None:
    text = answer.document.text
    root = _FIRST_TAG.match(text[:_ROOT].lstrip())
    name = root[1].lower() if root else ""
    if name in _ROOTS:
        return verdict(_ROOTS[name], f"its root element is <{name}>")
    if (other := _other_form(answer)) is not None:
        return verdict(AssessmentKind.NOT_HTML, other)
    if _is_truncated(answer):
        return verdict(AssessmentKind.ERROR, "the page breaks off", tail=text[-80:])
    return None


def _other_form(answer: Answer) -> str | None:
    """Say what a body is that is no markup, None for one that may be."""
    text = answer.document.text
    start = text[:_ROOT].lstrip()
    media_type = (
        answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    )
    if _GZIP.match(text):
        return "a gzip file that is broken, nested or too large"
    if media_type not in _TEXT_TYPES and "xml" not in media_type:
        return f"it is {media_type}"
    if start.startswith(_MAGIC) or "\x00" in start:
        return "a binary file"
    if start[:1] in {"{", "["} and not answer.document.is_plain_text:
        return "it looks like JSON"
    return None


def _is_truncated(answer: Answer) -> bool:
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
    if whole.rfind("<") > whole.rfind(">"):
        return True
    if _open(whole, "script") or whole.rfind("<!--") > whole.rfind("-->"):
        return True
    # One tag left open is carelessness, which is common; several are a cut.
    return sum(_open(whole, name) for name in _CONTAINERS) >= 2


_CONTAINERS = ("div", "main", "section", "article", "table", "ul", "header")


def _open(markup: str, name: str) -> int:
    return max(0, markup.count(f"<{name}") - markup.count(f"</{name}"))
