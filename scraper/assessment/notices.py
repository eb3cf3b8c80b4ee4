"""What stands in place of a page: not found, maintenance, errors, nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scraper.assessment.answer import BARE, phrases, verdict
from scraper.model import AssessmentKind

if TYPE_CHECKING:
    from scraper.assessment.answer import Answer
    from scraper.model import Assessment

_THING = "((file or )?(page|file|directory|document|content|url|resource|article|item))"
_SORRY = "(error |sorry |oops |whoops |uh |oh |were |but )*"
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
    f"{_SORRY}we (can|could|did) not find "
    f"((that|the|this|your|requested|what) )*({_THING}|youre looking for)"
    "( .{0,20}(requested|looking for|searching for|seeking))?",
    "(sorry )?not found( 404)?|nothing found( here)?|p\u00e1gina no encontrada",
)
_BROKEN = phrases(
    "(internal )?server error( in .{0,60})?|runtime error|application error( .*)?",
    "service (temporarily )?unavailable|bad gateway|gateway time ?out",
    "(http )?(error )?50[0234]( error)?( (internal server error|bad gateway|service "
    "(temporarily )?unavailable|gateway time ?out))?",
    "(an )?(unexpected )?error( has)? occurred( .{0,40})?",
    "error establishing a database connection",
    "the website encountered an unexpected error.*",
)
_OUT_OF_SERVICE = phrases(
    "((the|this|our|web|site|system|website|is|currently|page) )*"
    "(temporarily (unavailable|down|offline)|down for( \\w+)? maintenance"
    "|(under|undergoing|in)( \\w+)? maintenance( mode)?)",
    "(well|we will) be( right)? back( soon| shortly)?",
)
_MAINTENANCE = phrases(
    "((our|the|this|site|system|website|web|scheduled|planned|unscheduled|routine"
    "|server) )*maintenance( mode| page| notice| in progress)?",
    "((site|system|website) )(is )?(unavailable|down|offline)",
)
MAINTENANCE_TEXT = re.compile(
    r"""(under|undergoing|down\ for|performing|scheduled|routine|system|site)
        \ (\w+\ ){0,2}maintenance
    | maintenance\ mode
    | be\ (right\ )?back\ (soon|shortly|online)
    | temporarily\ (unavailable|down|offline|closed)""",
    re.IGNORECASE | re.VERBOSE,
)


def by_notice(answer: Answer) -> Assessment | None:
    """Tell a notice that was sent in place of a page, by what it is called."""
    if said := answer.called(_NOT_FOUND):
        return verdict(AssessmentKind.SOFT_404, "a not-found page", phrase=said)
    if said := answer.called(_OUT_OF_SERVICE):
        return verdict(AssessmentKind.MAINTENANCE, "a notice", phrase=said)
    # A release may be headed "Scheduled maintenance": it has a site around it.
    if (said := answer.called(_MAINTENANCE)) and answer.is_bare:
        return verdict(AssessmentKind.MAINTENANCE, "a notice", phrase=said)
    broken = [head for head in answer.heads if _BROKEN.fullmatch(head)]
    if broken and (answer.is_bare or len(broken) > 1):
        return verdict(AssessmentKind.ERROR, "an error page", phrase=broken[0])
    return None


def by_emptiness(answer: Answer) -> Assessment | None:
    """Tell a page on which there is nothing to read."""
    if answer.is_readable or len(answer.visible) > BARE:
        return None
    if not any(letter.isalpha() for letter in answer.visible):
        return verdict(AssessmentKind.EMPTY, "nothing to read")
    if answer.document.is_plain_text:
        return None
    tree = answer.document.tree
    shell = tree.css_first("#root:empty, #app:empty, #__next:empty, app-root:empty")
    if shell is not None and tree.css_first("script") is not None:
        return verdict(AssessmentKind.EMPTY, "a shell that scripts fill in a browser")
    refresh = tree.css_first('meta[http-equiv="refresh" i]')
    content = "" if refresh is None else (refresh.attributes.get("content") or "")
    if re.match(r"\s*\d\s*[;,]\s*url", content, re.IGNORECASE):
        return verdict(AssessmentKind.EMPTY, "redirects by itself", refresh=content)
    return None
