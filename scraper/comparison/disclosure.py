"""Whether a page owns up to what was changed on it.

It does with a note or with a new date that a reader sees, wherever on the page they
stand: in a block of their own, within a line or in the headline. One that stood there
before owns up to nothing new, nor does one that went or was only moved.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, get_args

from scraper.comparison import text as texts
from scraper.comparison.settling import (
    CLOCK,
    DATE,
    MONTH,
    WEEKDAY,
    DateField,
    printed_date,
)
from scraper.model import OTHERS_STORIES, Disclosure

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scraper.model import Article, Edit

_DATES = frozenset({"published", "updated"})
_REVISED = r"(?:updated|corrected|revised|amended|modified|edited|reviewed|clarified)"
_ENDED = r"(?:rescinded|withdrawn|superseded|retracted|archived)"
_PAGE = (
    r"(?:story|article|(?:news |press )?release|page|post|transcript|statement"
    r"|fact ?sheet|version|advisory|guidance|notice|memo(?:randum)?|document)"
)
_SAYS_SO = re.compile(
    # In a sentence of its own: "An earlier version of this story misstated ..."
    rf"\b(?:earlier|previous|prior|original) version of this\b"
    rf"|\bthis {_PAGE}\b[^.]{{0,60}}?\b(?:(?:was|has (?:since )?been) {_REVISED}\b"
    r"|is no longer (?:being )?(?:updated|maintained|current|in effect)\b"
    r"|corrects|clarifies)"
    # Of the page itself: not "this notice, if the appeal is withdrawn, is ..."
    rf"|\bthis {_PAGE} (?:was|is|has (?:since )?been) (?:hereby )?{_ENDED}\b",
    re.IGNORECASE,
)
_TITLE_SAYS_SO = re.compile(
    # Ahead of the headline, "CORRECTED:", or after it, "(Updated)".
    rf"^\W*(?:correction|update|clarification|{_REVISED})(?: \([^()]*\))?\s?[:\-]"
    rf"|[(\[](?:correction|update|{_REVISED})\b[^()\[\]]{{0,30}}[)\]]",
    re.IGNORECASE,
)
_DATA = (
    r"(?:data|figures?|counts?|numbers?|cases|deaths|totals?|statistics|maps?|tables?"
    r"|charts?|dashboards?|results|tests|testing|information)"
)
_WHEN = (
    rf"(?:{CLOCK}\W{{1,3}}(?:[a-z]{{1,3}}t\b\W{{1,3}})?(?:on )?)?"
    rf"(?:{WEEKDAY}\W{{1,3}})?"
    rf"(?:{DATE}|{MONTH}\.? \d{{1,2}}\b|\d{{1,2}}/\d{{1,2}}\b"
)
"""A day, and the hour before it; the bracket stays open for what else may be one."""
_REDATED = re.compile(
    # "Posted March 3, 2025; updated March 4", "(Updated 10:15 a.m. 3/4)"; not "The law
    # was amended March 4": only where a line or a part of one begins.
    r"(?:^\W*|[.;|(\[\u2022]\s?|\s-\s)(?:(?:last|date|most recently) ){0,2}"
    rf"(?:{_REVISED}|posted|published|issued|released)\b"
    rf"(?: on| at| as of|:|,){{0,2}}\s?{_WHEN}|{WEEKDAY}"
    r"|\d{1,2}(?::\d\d)? ?[ap]\.?m\b)"
    rf"(?:\W{{1,3}}(?:at )?{CLOCK})?"
    # "Case counts as of March 23, 2020", "Testing data updated at 5 p.m. MT, 3/25/2020"
    rf"|\bas of:?\s{_WHEN})(?:\W{{1,3}}(?:at )?{CLOCK})?"
    rf"|\b{_DATA}\b[^.;|]{{0,40}}?\b(?:{_REVISED}|refreshed|compiled|current)\b"
    rf"(?: on| at| as of| through|:|,){{0,2}}\s?{_WHEN})(?:\W{{1,3}}(?:at )?{CLOCK})?",
    re.IGNORECASE | re.MULTILINE,
)

_MOST_CHARS = 200_000
"""Characters of changed text that are looked through."""


def disclosure(before: Article, after: Article, edits: Sequence[Edit]) -> Disclosure:
    """Tell whether the new page owns up to the edits.

    Nobody dates a page anew because it names other stories beside its own, or because
    a date went: where nothing else differs there is nothing to own up to. Nor does a
    list of stories, whose text is that of the stories.

    Args:
        before: Settled, as `after` is.
        after: The newer article.
        edits: What differs.
    """
    if _is_noted(before, after, edits):
        return Disclosure.NOTED
    dated = [edit for edit in edits if edit.field in _DATES and edit.after is not None]
    if (
        any(edit.in_text for edit in dated)
        or _printed_date_moved(before, after)
        or _is_new(_REDATED, before, after, edits)
    ):
        return Disclosure.REDATED
    if dated:
        return Disclosure.METADATA_ONLY
    tells_of_others = any(edit.field == "listed" for edit in edits) or all(
        edit.field in OTHERS_STORIES or edit.field in _DATES for edit in edits
    )
    states_date = any(
        (each.published, each.updated, each.published_text, each.updated_text)
        != (None,) * 4
        for each in (before, after)
    )
    if tells_of_others or not states_date:
        return Disclosure.NOT_APPLICABLE
    if _metadata_date_moved(before, after):
        return Disclosure.METADATA_ONLY
    return Disclosure.NONE_SEEN


def _is_noted(before: Article, after: Article, edits: Sequence[Edit]) -> bool:
    if any(edit.field == "notes" and edit.op in {"added", "changed"} for edit in edits):
        return True
    if _matches(_TITLE_SAYS_SO, after.title or "") - _matches(
        _TITLE_SAYS_SO, before.title or ""
    ):
        return True
    return _is_new(_SAYS_SO, before, after, edits)


def _is_new(
    pattern: re.Pattern[str], before: Article, after: Article, edits: Sequence[Edit]
) -> bool:
    """Tell whether blocks that edits touch have a match that they did not have.

    Blocks are looked at whole: a quotation may cut off how a line begins.
    """
    mine = [edit for edit in edits if edit.in_text]
    new = _blocks(after, ((edit.position.after, edit.after) for edit in mine))
    if not (found := _matches(pattern, new)):
        return False
    old = _blocks(before, ((edit.position.before, edit.before) for edit in mine))
    return bool(found - _matches(pattern, old))


def _blocks(article: Article, quoted: Iterable[tuple[int | None, str | None]]) -> str:
    told: dict[int, str] = {}
    for at, text in quoted:
        if at is not None and text is not None:
            for place in range(at, at + 1 + text.count("\n")):
                told.setdefault(place, article.blocks[place].text)
    whole = "\n".join(told[place] for place in sorted(told))
    if len(whole) <= _MOST_CHARS:
        return whole
    # A page says such things first or last.
    return f"{whole[: _MOST_CHARS // 2]}\n{whole[-_MOST_CHARS // 2 :]}"


def _printed_date_moved(before: Article, after: Article) -> bool:
    for name in get_args(DateField):
        old, new = (printed_date(each, name) for each in (before, after))
        iso_old: str | None = getattr(before, name)
        iso_new: str | None = getattr(after, name)
        # A date of no known form, "Spring 2025", has no ISO form that could differ.
        if old != new and new is not None and (iso_old != iso_new or iso_new is None):
            return True
    return False


def _metadata_date_moved(before: Article, after: Article) -> bool:
    """Tell whether metadata give another last update than before.

    A page may print the day and keep the minute for machines. One that gave none
    before, or was read by rules that did not look for it, gives no other now; nor does
    the same moment as another time zone has it.
    """
    old, new = before.metadata_updated, after.metadata_updated
    return None not in (old, new) and _instant(old) != _instant(new)


def _instant(date: str | None) -> datetime | str | None:
    """Return a date as a moment, one of no known form as it is."""
    try:
        return datetime.fromisoformat(date or "")
    except ValueError:
        return date


def _matches(pattern: re.Pattern[str], text: str) -> set[str]:
    return {
        texts.key(found[0]).casefold() for found in pattern.finditer(texts.folded(text))
    }
