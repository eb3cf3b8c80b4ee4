"""Answers that refuse us: firewalls, challenges, and the site's own 403."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scraper.assessment.answer import (
    BARE_LINKS,
    LONG_NOTICE,
    THIN,
    phrases,
    verdict,
)
from scraper.model import AssessmentKind

if TYPE_CHECKING:
    from scraper.assessment.answer import Answer
    from scraper.model import Assessment

_NOTHING = 100
"""Characters to read below which even an injected script is all there is."""

_MARKUP = (
    # In the tags and scripts of a challenge.
    ("bm-verify", "Akamai bot-manager interstitial"),
    ("/_sec/verify", "Akamai bot-manager interstitial"),
    ("/_sec/cp_challenge", "Akamai challenge"),
    ("errors.edgesuite.net", "Akamai access-denied page"),
    ("_cf_chl_opt", "Cloudflare challenge"),
    ("cf-error-details", "Cloudflare block page"),
    ("cf-browser-verification", "Cloudflare challenge"),
    ("jschl_vc", "Cloudflare challenge"),
    ('window["bobcmn"]', "F5 challenge"),
    ("awswafcookiedomainlist", "AWS WAF challenge"),
    ("gokuprops", "AWS WAF challenge"),
    (".awswaf.com/", "AWS WAF challenge"),
    ("captcha-delivery.com", "DataDome challenge"),
    ("px-captcha", "PerimeterX challenge"),
    ("/ips.js?", "Kasada challenge"),
    ("sgcaptcha", "SiteGround challenge"),
    ("perfdrive.com", "Radware challenge"),
)
_INJECTED = (
    # Put into ordinary pages as well: they count where that is all there is.
    ("/tspd/", "F5 challenge"),
    ("_incapsula_resource", "Imperva challenge"),
)
_UNMISTAKABLE = phrases(
    "attention required cloudflare",
    "sorry you have been blocked|(you have|youve) been blocked",
    "your request originates from an undeclared automated tool",
    "request rate threshold exceeded",
    "pardon our interruption|web page blocked|the request is blocked",
    "request rejected|(checking|validating|verifying) your browser( .*)?",
    "making sure (that )?(you are|youre) not a bot|(radware|shieldsquare) .{0,20}",
)
_REFUSALS = phrases(
    "just a moment|one moment please|please wait|validating browser|ddos guard",
    "(error )?(403 )?access (to this (page|site) )?((has been|is) )?(temporarily )?"
    "(denied|blocked|restricted)",
    "attention required|request blocked|(403 )?forbidden( 403)?|(error )?403( error)?",
    "(client|robot|security) (challenge|check)",
    "unauthorized activity( has been)? detected",
    "your (request|access)( to this site)? (is|has been) "
    "(blocked|limited|denied)( .*)?",
    "too many requests|429( too many requests)?|request access|rate limit exceeded",
    "error (code )?1\\d|error 10[0-2]\\d|one more step|no access",
    "(401 )?unauthorized( 401)?",
    "(please )?enable cookies|secure connection failed|your connection is not private",
    "(please )?(verify|confirm)( that)? you are (a human|human|not a robot)",
    "are you (a )?(human|robot)|human verification|bot (check|verification)",
    "(vercel )?security (check|checkpoint|verification)( required)?",
    "you are (now )?in (line|the queue)|(virtual )?waiting room|error code 1\\d\\d\\d",
    "((this |the )?(web ?)?(site|page) )?(is |has been )?blocked",
    "age verification|are you (over )?18( years of age)?( or older| and over)?",
    "error the request could not be satisfied",
    "(you are )?not authorized( to (access|view) (this|the requested) \\w+)?",
)
_OWN_REFUSAL = re.compile(
    r"you (?:are not|aren.t) authori[sz]ed to (?:access|view)"
    r"|you do not have (?:access|permission) to (?:view|see)",
    re.IGNORECASE,
)
"""Drupal's and other systems' own 403, which is how they unpublish a page."""
_TO_THE_READER = re.compile(
    r"\byour?\b[^.]{0,60}\b(?:access|permission|authori[sz]|request|administrator)",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"reference #\s?[0-9a-f]{1,3}\.[0-9a-f]{6,}\.", re.IGNORECASE)
_CHALLENGE = re.compile(
    r"""the\ requested\ url\ was\ rejected
    | your\ support\ id\ is
    | incapsula\ incident\ id
    | generated\ by\ (cloudfront|wordfence)
    | sucuri\ website\ firewall
    | fortiguard\ intrusion\ prevention
    | enable\ javascript\ (and\ cookies\ )?to\ continue
    | please\ enable\ javascript\ to\ view\ the\ page\ content
    | automated\ (tool|scraping|access|requests?)
    | programmatic\ access
    | unusual\ (traffic|activity)
    | not\ available\ in\ your\ (country|region|location)
    | verify\ (that\ )?you\ are\ (not\ a\ robot|a\ human|human)
    | solve\ (the|this)\ captcha
    | blocked\ by\ (the\ |our\ )?(waf|firewall|security)""",
    re.IGNORECASE | re.VERBOSE,
)


def by_firewall(answer: Answer) -> Assessment | None:
    """Tell a refusal: of us, by a firewall, or of everyone, by the site."""
    if said := answer.called(_UNMISTAKABLE, limit=LONG_NOTICE):
        return verdict(AssessmentKind.BLOCKED, "a refusal page", phrase=said)
    if answer.is_readable or (answer.document.is_plain_text and answer.status < 400):
        return None
    if len(answer.visible) <= THIN:
        read = answer.visible.lower()
        is_all = len(answer.visible) <= _NOTHING
        for mark, firewall in (*_MARKUP, *_INJECTED) if is_all else _MARKUP:
            if mark in answer.markup and mark not in read:
                return verdict(AssessmentKind.BLOCKED, firewall, markup=mark)
        if found := _REFERENCE.search(answer.visible):
            return verdict(
                AssessmentKind.BLOCKED, "Akamai access-denied page", phrase=found[0]
            )
    return _by_edge(answer) or _by_refusal(answer)


def _by_refusal(answer: Answer) -> Assessment | None:
    """Tell a refusal by what it is called, or by its words where they are alone.

    A story may be about challenges and quote them: it has a heading of its own.
    """
    said = answer.called(_REFUSALS)
    if said and _OWN_REFUSAL.search(answer.visible):
        return verdict(AssessmentKind.FORBIDDEN, "the site forbids it", phrase=said)
    is_refused = answer.status >= 400 and len(answer.visible) <= THIN
    may_quote = not (said or is_refused or answer.is_alone)
    found = None if may_quote else _CHALLENGE.search(answer.shown)
    if found is not None:
        return verdict(AssessmentKind.BLOCKED, "a challenge page", phrase=found[0])
    is_told = answer.is_bare or _TO_THE_READER.search(answer.visible) is not None
    if is_told and said in _FORBIDDEN:
        return verdict(AssessmentKind.FORBIDDEN, "a refusal page", phrase=said)
    if said and answer.is_bare:
        return verdict(AssessmentKind.BLOCKED, "a refusal page", phrase=said)
    if is_told and said.endswith("access denied"):
        return verdict(AssessmentKind.FORBIDDEN, "the site forbids it", phrase=said)
    return _by_login(answer)


def _by_login(answer: Answer) -> Assessment | None:
    """Tell a page that lets in those who sign in or consent first."""
    tree = answer.document.tree
    if answer.document.is_plain_text or answer.prose > LONG_NOTICE:
        return None
    where = "input[type=password]" if answer.is_bare else "main input[type=password]"
    if (said := answer.called(_SIGN_IN)) and tree.css_first(where) is not None:
        return verdict(AssessmentKind.FORBIDDEN, "asks for a login", phrase=said)
    found = _WARNING.search(answer.visible) if answer.links <= BARE_LINKS else None
    if found is not None and tree.css_first("input, button"):
        return verdict(AssessmentKind.FORBIDDEN, "asks for consent", phrase=found[0])
    return None


_SIGN_IN = phrases(
    "(please )?(log|sign) ?(in|on)( .{0,40})?|login required|authentication required",
    "(\\w+ ){1,2}(login|log in|sign in)( page)?",
    "(enter your credentials|.{0,20} authentication)",
)
_WARNING = re.compile(
    r"you are accessing an? (u\.?s\.?|united states) government", re.IGNORECASE
)
"""How the warning banner of every federal system with a login begins (NIST SP 800-53,
AC-8)."""


_FORBIDDEN = {"forbidden", "403 forbidden", "forbidden 403", "403", "error 403"}
"""What web servers call their own 403; firewalls say more."""


def _by_edge(answer: Answer) -> Assessment | None:
    """Tell an error that a network in front of the site made up itself."""
    if answer.status not in {403, 429, 503}:
        return None
    server = answer.headers.get("server", "")
    timing = answer.headers.get("server-timing", "")
    if server.lower().startswith("awselb") and answer.status != 503:
        return verdict(AssessmentKind.BLOCKED, "refused by AWS", server=server)
    if server == "AkamaiGHost" and answer.status != 503:
        return verdict(AssessmentKind.BLOCKED, "refused by Akamai", server=server)
    if not server and "ak_p" in timing and re.search(r"origin;\s*dur=0\b", timing):
        return verdict(
            AssessmentKind.BLOCKED, "refused by Akamai", server_timing=timing
        )
    return None
