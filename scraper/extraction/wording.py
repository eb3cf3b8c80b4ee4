"""The words of a page: tidied, folded for comparison, and told from the site's own.

The official-website banner follows the U.S. Web Design System (component `usa-banner`,
versions 0.8 to 3.14, English and Spanish), its AFPIMS and .mil forms and those of
states and cities; the identifier follows `usa-identifier`. A phrase counts only as a
whole block, and only at the start or end of a text: an article may quote any of them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from scraper.model import Removal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_INVISIBLE = re.compile("[\u00ad\u200b\u200c\u2060\ufeff]")
"""Soft hyphens, zero-width spaces and joiners, BOMs."""

_WHITE_SPACE = re.compile(r" \s+|[^\S ]\s*")
"""Runs that are not one space."""
_MUCH = 50_000
"""Characters from which a list of the words would take many times the memory."""
_FOLD = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u201c": '"', "\u201d": '"'}
    | {"\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-"}
)


def tidy(text: str) -> str:
    """Return `text` on one line: white space runs are one space, nothing invisible."""
    # Most text is tidy: the space is the only white space that counts as printable.
    if "  " not in text and text.isprintable():
        return text.strip()
    if not text.isascii():
        text = _INVISIBLE.sub("", text)
    if len(text) > _MUCH:
        return _WHITE_SPACE.sub(" ", text).strip()
    return " ".join(text.split())


def lines_of(text: str) -> list[str]:
    """Return the lines of `text` that hold words, tidied."""
    # Markup is full of blank lines: they are told by themselves.
    return [
        line
        for piece in text.split("\n")
        if piece and not piece.isspace() and (line := tidy(piece))
    ]


def fold(text: str) -> str:
    """Return the form in which two texts a reader finds equal are equal.

    Case, curly quotes, kinds of dash, white space, a leading "A" or "An" (flattened
    banners lose it) and closing punctuation do not count.
    """
    plain = tidy(text)
    if not plain.isascii():
        plain = plain.translate(_FOLD)
    plain = plain.casefold().strip(" .:*|>-")
    if plain.startswith(("a ", "an ", "un ")):
        plain = plain.partition(" ")[2]
    return plain


def characters(text: str) -> int:
    """Return the number of characters in `text` that are not white space."""
    # One byte for each character, whatever it is: a fifth of the time of splitting.
    return len(text.encode("latin-1", "replace").translate(None, b" \n\t\r\xa0"))


def words(text: str) -> int:
    """Return the number of words in `text`."""
    return len(text.split())


_Shown = TypeVar("_Shown")

# Patterns meet folded text: lower case, straight quotes, no leading article, no
# closing full stop. Each must match the whole block.
_BANNER = r"""
(?:official )?(?:u\.?s\.? |united states )?(?:government )?web ?site of .{4,100}
official (?:u\.?s\.? |united states )?government (?:web ?)?site
official (?:web ?site|(?:united states )?government (?:web ?)?(?:site|page)).{0,60}
official (?:government|united states(?: government)?)
official web ?sites use \.[\w.]+
(?:here's )?how (?:do )?(?:you|i) know(?: it's official)?
(?:the )?\.(?:gov|mil)(?: or \.(?:gov|mil))? means it's official
\.?[\w.]* ?web ?site (?:belongs to|operates under) .{10,160}
secure \.[\w.]+ web ?sites use https(?: certificates?)?
(?:the|this) site is (?:also )?(?:secure|protected).{0,60}
(?:federal|local|state)[\w, ]{0,40} government web ?sites (?:often|always) .{5,200}
before sharing sensitive (?:or personal )?information, make sure .{5,120}
(?:the )?https:// ensures that you.{10,200}
lock ?(?:\(.{0,60}\) ?)?(?:or https:// .{10,250})?
or https:// means you've safely connected .{0,200}
share sensitive information only on .{5,60}
locked padlock(?: icon)?|padlock|dot gov|https|u\.s\. flag|us flag.{0,80}
sitio (?:web )?oficial (?:del|de) .{5,100}
as[i\u00ed] es como (?:usted )?(?:puede|lo).{0,40}
los sitios web oficiales usan \.[\w.]+
sitio web \.[\w.]+ pertenece a .{10,160}
los sitios web seguros \.[\w.]+ usan https
candado ?(?:\(.{0,60}\) ?)?(?:o https:// .{10,250})?
o https:// significa que .{10,250}
comparta informaci[o\u00f3]n (?:sensible|confidencial) s[o\u00f3]lo .{5,80}
skip to (?:the )?(?:main )?content.{0,30}|skip (?:target|navigation|to .{3,30})
(?:start|begin(?:ning)?) of main content|ir al contenido principal
(?:saltar|pasar) al contenido(?: principal)?
this is an official u\.s\. .{3,60} web ?site
"""
_FURNITURE = r"""
(?:looking for|visit) u(?:\.s\.|sa)\.? ?(?:gov|government).{0,60}|visit usa\.gov
produced and published at taxpayer expense.{0,40}
hosted by defense media activity.{0,40}
(?:the )?(?:department of \w+|defense department) provides the military forces .{9,90}
subscribe(?: (?:to|for) .{2,60})?
choose which .{2,60} products you want delivered.{0,40}
(?:sign|signup) ?up (?:for|to) .{0,40}\b(?:e-?mails?|news(?:letters?)?|updates?).{0,20}
(?:sign|signup) ?up (?:for|to) (?:receive .{3,50}|.{0,40}\b(?:alerts?|notifications?))
(?:email|e-mail) updates?|get email .{3,40}
(?:connect with|follow|find) us(?: on .{2,40})?|stay connected|rss(?: feeds?)?
veterans crisis line.{0,60}
thanks for sharing!?|copy link|share(?: (?:this|on|via) .{0,40}| page)?:?
print(?: this(?: page)?)?|e-?mail(?: this(?: page)?)?|(?:add|share)this
(?:recommend|like|tweet|pin)(?: (?:this|it|us))?(?: on .{2,20})?
facebook|twitter|linkedin|x|whatsapp|pinterest|instagram|youtube
(?:back|return|go) to (?:the )?top|top(?: of page)?
.{0,2}(?:back|return) to (?:\w+ ){0,2}(?:news|press|media|releases?|list).{0,30}
comment on this (?:story|article).{0,90}
click here to (?:view|see) the comments.{0,60}
.{0,3}comments may be published on.{0,60}|view comments|leave a comment
(?:was|is) (?:this|the) (?:page|information|article|content) helpful\??.{0,30}
(?:[a-z]{1,3}-?\d{3,6} )?(?:page )?views:? [\d,]+|[\d,]+ (?:page )?views
rate this page|give (?:us )?feedback|report a problem on this page|(?:website )?feedback
(?:print|e-?mail|share|download)(?:[ |/]+(?:print|e-?mail|share|pdf|download))+
(?:(?:print|e-?mail|share|feedback|bookmark|listen|(?:font|text) size)\b[ |/&:+-]*){3,}
download image|read more at the .{2,40} newsroom
(?:displaying|showing|viewing) (?:results? )?\d[\d,]* ?(?:-|to|of) ?[\d,]+.{0,40}
you are receiving this e-?mail because .{5,200}
(?:connect with|follow|like|join) us on (?:[\w.]+(?:,| and|, and|&)? ){1,9}[\w.]+
(?:\w+ ){1,2}(?:translation|version)
printer[- ]friendly(?: version)?|view as printer friendly pdf
(?:you (?:may|will) need|you'll need) (?:a|an|the|to) .{0,60}(?:reader|acrobat).{0,120}
contact us to ask a question, .{5,80}
exit(?: disclaimer)?
this (?:site is|page was) protected by .{5,80}
all rights reserved|\u00a9 .{0,100}|copyright(?: (?:\(c\)|\u00a9|\d{4}|notice).{0,90})?
#\s?#\s?#.{0,3}|end of (?:text|document)|[#*_=~\-. \u2022\u00b7]{2,}|#*
(?:for )?immediate release:?|press release|news release|media advisory
for release:?.{0,30}|comunicado de prensa|para publicaci[o\u00f3]n inmediata
related (?:stories|articles|links|content|news|information)|read more|read next
you (?:may|might) (?:also|be) .{0,40}
(?:(?:previous|next) ?(?:article|page|post|story|release|item)?[ |]*){1,2}
(?:(?:expand|collapse|open|close|show|hide) all(?: \w+)?[ |/]*){1,2}
.{0,2}(?:older|newer)(?: \w+)?[ |]*(?:older|newer)(?: \w+)?.{0,2}
no comments(?: yet)?|comments(?: \(\d+\))?
(?:this|our) (?:web ?)?site uses cookies.{0,200}|we use cookies .{0,200}
.{0,60}\b(?:need|require)s? .{0,30}\b(?:adobe|acrobat) .{0,20}reader.{0,60}
(?:(?:view|see|read) )?(?:all|more) (?:\w+ ){0,2}(?:news|releases|stories|articles)
translate this (?:page|site).{0,20}|select language.{0,5}|powered by google.{0,20}
take (?:our|the|this) (?:\w+ )?survey|chat with us|you are (?:now )?leaving .{5,80}
(?:text|font) size:?.{0,15}|listen to this (?:article|page|story)
video player is loading|play video|current time .{0,8}|this is a modal window.{0,60}
enter your e-?mail.{0,80}
loading|please wait|javascript .{0,80}|\d+ / \d+
opens? in (?:a )?new (?:tab|window)
(?:(?:(?:read|view|leer|ver|available)(?: \w+){0,3} )?(?:in|en) )?(?:english|espa.ol)
(?:(?:(?:read|view|available)(?: \w+){0,3} )?in )?spanish|fran.ais|krey.l ayisyen
(?:alternate|other|available) (?:versions|languages)
"""


def _whole(patterns: str) -> re.Pattern[str]:
    """Return one pattern for a list of them, one a line; each matches a whole text."""
    return re.compile("(?:" + "|".join(patterns.split("\n")[1:-1]) + r")\Z")


_BANNER_BLOCK = _whole(_BANNER)
_FURNITURE_BLOCK = _whole(_FURNITURE)
_END_OF_COPY = "-30-"
"""As a whole line: folded it would be a figure."""
_LONGEST = 320
"""No banner sentence is longer; saves matching paragraphs."""


def is_banner(text: str) -> bool:
    """Say whether `text` as a whole is wording of an official-website banner."""
    return len(text) <= _LONGEST and _BANNER_BLOCK.match(fold(text)) is not None


def is_furniture(text: str) -> bool:
    """Say whether `text` as a whole is wording no article has at its edges."""
    return text == _END_OF_COPY or (
        len(text) <= _LONGEST
        and (_FURNITURE_BLOCK.match(fold(text)) is not None or is_banner(text))
    )


def trim(
    shown: Sequence[_Shown],
    *,
    text: Callable[[_Shown], str],
) -> tuple[list[_Shown], list[Removal]]:
    """Take blocks that are furniture off both ends of `shown`.

    Returns what is left, and what was removed in reading order.
    """
    start, end = 0, len(shown)
    while start < end and is_furniture(text(shown[start])):
        start += 1
    while end > start and is_furniture(text(shown[end - 1])):
        end -= 1
    gone = [*shown[:start], *shown[end:]]
    return list(shown[start:end]), [
        Removal("phrase", text(block)[:120]) for block in gone if text(block)
    ]
