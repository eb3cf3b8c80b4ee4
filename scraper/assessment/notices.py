"""What stands in place of a page: not found, maintenance, errors, nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scraper.assessment.answer import BARE, LONG_NOTICE, folded, phrases, verdict
from scraper.model import AssessmentKind

if TYPE_CHECKING:
    from scraper.assessment.answer import Answer
    from scraper.model import Assessment

_THING = "((file or )?(page|file|directory|document|content|url|resource|article|item))"
_SORRY = "(error |sorry |oops |whoops |uh |oh |hmm |were |but |404 )*"
_NOT_FOUND = phrases(
    "(http )?(error |status )?(code )?404( error)?",
    "(http )?(error |status )?(code )?404( .{0,40})? "
    "(not found|not be found|missing|unavailable|error)( .{0,20})?",
    f"{_SORRY}((the|this|that|your|requested|web) )*{_THING}"
    "( (that )?(you (have )?|youve |youre |you are |you were )?"
    "(requested|looking for|searching for|trying to (reach|view|access)))?"
    " ((((was|is|could|can|has|does|did) )?(not|no longer) ((be|been) )?"
    "(found|exists?|available|here))|(is )?(unavailable|missing))"
    "( anymore| on this (site|server)| at this (time|address)| 404| error)*",
    f"{_SORRY}(we )?((can|could|did) not|(are )?unable to) (find|locate) "
    f"((that|the|this|your|requested|what) )*({_THING}|youre looking for)"
    "( .{0,20}(requested|looking for|searching for|seeking))?",
    "(sorry )?not found( 404)?|nothing found( here)?|p\u00e1gina no encontrada",
    "404 not found requested route .*|broken link|invalid page|410( gone)?",
    "the resource you are looking for (has|might have) been removed.*",
    "(it )?looks like youre lost",
    f"{_SORRY}(the |this |that |requested )*(web ?page|page|content) "
    "((is|was|has been) )?"
    "(no longer (active|here|published)|removed|deleted|retired|unpublished)",
    # A stub that names another address, where the server should have sent there.
    "(the |this |your )?(web )?(page|document|object|file|content) (has |was )?"
    "(been )?(permanently )?(moved|relocated)( to .*)?|(30[12378] )?moved (permanently"
    "|temporarily)|30[123] (found|see other)|30[78] (permanent|temporary) redirect",
)
_BROKEN = phrases(
    "(internal )?server error( in .{0,60})?|runtime error|application error( .*)?",
    "service (temporarily )?unavailable|bad gateway|gateway time ?out",
    "(http )?(error )?50[0234]( error)?( (internal server error|bad gateway|service "
    "(temporarily )?unavailable|gateway time ?out))?",
    f"{_SORRY}(an )?(unexpected )?error( has)? occurred( .{{0,40}})?",
    "error establishing a database connection",
    "the website encountered an unexpected error.*|error( page)?",
    f"{_SORRY}something went wrong|an application error has occurred.*",
    "error server error|http status 5\\d\\d( .*)?|error 5[02]\\d .{0,40}",
    "(40\\d )?(bad request|not acceptable|method not allowed)( .{0,30})?",
    "there has been a critical error on (this|your) website( .*)?",
    "the page (you requested )?can not be displayed( .*)?|fastly error .*",
    "(50\\d )?bandwidth limit exceeded|(database|proxy|hosting|unexpected) error",
    "request time ?out|(the )?server (is )?too busy|(error )?backend fetch failed",
    "(varnish )?guru meditation|dns resolution error|ssl handshake failed",
    "(the )?web server is returning an unknown error|unable to process your request",
    "(error )?the request(ed url)? could not be (retrieved|satisfied)",
    "upstream connect error .*|no healthy upstream|no input file specified",
    "50[234] bad gateway .*|web server is down( .*)?|connection timed out( .*)?",
)
_PLACEHOLDER = phrases(
    "(your )?session (has )?(expired|timed out)|cookies (are )?required",
    "(your |this )?(unsupported browser|browser (is )?(not supported|unsupported))",
    # What web servers show before anyone has put a site on them.
    "welcome to nginx|it works|iis windows server|.{0,20}default page( .*)?",
    "default web ?site page|test page for .{0,60}",
    "directory listing denied|account suspended|(web ?)?site (not found|expired)",
    "error 403 this web app is stopped|web app unavailable",
    "((this|the|our) )?((web ?)?site )?(is )?(under construction|coming soon)",
)
_OUT_OF_SERVICE = phrases(
    "((the|this|our|web|site|system|website|is|currently|page) )*"
    "(temporarily (unavailable|down|offline)|(temporarily )?down for( \\w+)? "
    "maintenance)",
    "((the|this|our|web|is|currently) )*(site|system|website|page)( is| currently)* "
    "(under|undergoing|in)( \\w+)? maintenance( mode)?",
    "(well|we will) be( right)? back( soon| shortly)?",
    "(we|this site|this website|the site|our site|our website) (are|is) (currently )?"
    "experiencing technical (difficulties|problems)",
    "our services are not available right now",
)
_MAINTENANCE = phrases(
    "((our|the|this|site|system|website|web|scheduled|planned|unscheduled|routine"
    "|server) )*maintenance( mode| page| notice| in progress)?",
    "((this|the|our) )?(site|system|website) (is )?(currently )?"
    "(unavailable|down|offline)",
    "we are experiencing (very )?high (traffic|demand|volumes?)( .*)?",
    "(under|undergoing|in)( \\w+)? maintenance( mode)?",
)
_UNAVAILABLE = re.compile(
    r"""\b(web\ ?site|site|system|server|application|portal)\b[^.]{0,80}
    \b(maintenance|temporarily\ (unavailable|down|offline)|is\ (not\ |un)available)""",
    re.IGNORECASE | re.VERBOSE,
)
_IS_DOWN = re.compile(
    r"""\b(web\ ?site|site|system|page)\ is\ (currently\ |temporarily\ )*
    (undergoing|down|under|unavailable|offline)\b""",
    re.IGNORECASE | re.VERBOSE,
)
"""Now, not next weekend: a release that announces it has a day."""
MAINTENANCE_TEXT = re.compile(
    r"""(under|undergoing|down\ for|performing|scheduled|routine|system|site)
        \ (\w+\ ){0,2}maintenance
    | maintenance\ mode
    | be\ (right\ )?back\ (soon|shortly|online)
    | temporarily\ (unavailable|down|offline|closed)""",
    re.IGNORECASE | re.VERBOSE,
)


_ANYWHERE = (
    (_NOT_FOUND, AssessmentKind.SOFT_404, "a not-found page"),
    (_OUT_OF_SERVICE, AssessmentKind.MAINTENANCE, "a notice"),
)
_WITHOUT_A_SITE = (
    # A release may be headed "Scheduled maintenance": it has a site around it.
    (_MAINTENANCE, AssessmentKind.MAINTENANCE, "a notice"),
    (_PLACEHOLDER, AssessmentKind.ERROR, "an error page"),
)


def by_notice(answer: Answer) -> Assessment | None:
    """Tell a notice that was sent in place of a page, by what it is called."""
    notices = (*_ANYWHERE, *_WITHOUT_A_SITE) if answer.is_bare else _ANYWHERE
    for notice, kind, reason in notices:
        if said := answer.called(notice):
            return verdict(kind, reason, phrase=said)
    said = answer.called(_MAINTENANCE, limit=BARE)
    if said and (now := _IS_DOWN.search(answer.visible)):
        return verdict(AssessmentKind.MAINTENANCE, "a notice", phrase=now[0])
    broken = [head for head in answer.heads if _BROKEN.fullmatch(head)]
    is_sure = len(broken) > 1 and answer.prose <= LONG_NOTICE
    if broken and (answer.is_bare or is_sure):
        return verdict(AssessmentKind.ERROR, "an error page", phrase=broken[0])
    found = _UNAVAILABLE.search(answer.visible) if answer.is_alone else None
    if found is not None:
        return verdict(AssessmentKind.MAINTENANCE, "a notice", phrase=found[0])
    return None


def by_redirection(answer: Answer) -> Assessment | None:
    """Tell a stub that sends browsers elsewhere by itself, within a minute."""
    if answer.is_readable or len(answer.visible) > BARE:
        return None
    tree = answer.document.tree
    refresh = tree.css_first('meta[http-equiv="refresh" i]')
    target = "" if refresh is None else (refresh.attributes.get("content") or "")
    if not re.match(r"\s*\d\d?\s*[;,]\s*url", target, re.IGNORECASE):
        is_stub = answer.is_alone and len(answer.visible) <= _STUB
        script = _SENDS.search(answer.document.text) if is_stub else None
        target = script[1] if script else ""
    if not target:
        return None
    return verdict(AssessmentKind.EMPTY, "redirects by itself", to=target)


_STUB = 200
"""Characters on a page that only says that it sends one elsewhere, at most."""
_SENDS = re.compile(
    r"\blocation(?:\.href)?(?:\s*=|\.(?:replace|assign)\()\s*[\"']([^\"']{2,})"
)


def by_emptiness(answer: Answer) -> Assessment | None:
    """Tell a page on which there is nothing to read."""
    if answer.is_readable:
        return None
    if not any(letter.isalpha() for letter in answer.visible):
        return verdict(AssessmentKind.EMPTY, "nothing to read")
    if answer.document.is_plain_text or answer.has_heading:
        return None
    if answer.document.tree.css_first("script") is None or answer.prose:
        return None
    shell = _shell(answer) if len(answer.visible) <= BARE else ""
    if shell := shell or _hollow(answer):
        reason = "a shell that scripts fill in a browser"
        return verdict(AssessmentKind.EMPTY, reason, shell=shell)
    return None


_FRAMES = "#root, #app, #__next, #__nuxt, app-root"
"""What frameworks call the element that they fill."""
_ELEMENT = re.compile(r"(?!usa-)\w+-")
"""A script's own element, but for the banner that USWDS fills in by script."""
_WAITING = re.compile(r"(loading|please wait)?[\s.\u2026]*", re.IGNORECASE)
_NEEDS_SCRIPTS = re.compile(
    r"\b(enable|requires?|without|need)( \w+){0,2} javascript"
    r"|javascript (is |to be )?(required|disabled|enabled)",
    re.IGNORECASE,
)


def _shell(answer: Answer) -> str:
    """Return what shows that the page is yet to be filled in by its scripts."""
    tree = answer.document.tree
    if "auraloadingbox" in answer.markup:  # Salesforce
        return "auraLoadingBox"
    if _WAITING.fullmatch(answer.visible):
        return answer.visible
    own = tree.body.iter() if tree.body else ()
    elements = (node for node in own if _ELEMENT.match(node.tag or ""))
    for node in (*tree.css(_FRAMES), *elements):
        if _WAITING.fullmatch(folded(node.text())):
            return f"<{node.tag}>"
    found = _NEEDS_SCRIPTS.search(answer.shown)
    return "" if found is None else found[0]


def _hollow(answer: Answer) -> str:
    """Return the main part's tag if there is nothing in it, not even a picture."""
    main = answer.document.tree.css_first("main, [role=main]")
    if main is None or folded(main.text()):
        return ""
    shown = main.css_first("img, picture, svg, iframe, video, object, embed")
    return "" if shown is not None else f"<{main.tag}>"
