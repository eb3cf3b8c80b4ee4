"""A comparison in one line of plain English."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, get_args

from scraper.comparison import text as texts
from scraper.comparison.settling import DATE, WEEKDAY, printed_date
from scraper.model import OTHERS_STORIES, Disclosure, EditOp

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scraper.comparison.figures import Figure, Run
    from scraper.comparison.settling import DateField
    from scraper.model import Article, Edit

_OWNS_UP = {
    Disclosure.NOTED: "the page carries a note",
    Disclosure.REDATED: "its date moved",
    Disclosure.METADATA_ONLY: "only its metadata gives a new date",
    Disclosure.NONE_SEEN: "the page does not say so",
    Disclosure.NOT_APPLICABLE: "the page states no date",
}
_NOUNS = {
    "links": "link",
    "image": "picture",
    "image_title": "picture title",
    "alt": "picture description",
    "caption": "caption",
    "credit": "credit",
    "virin": "picture number",
    "related": "related story",
    "attachments": "document",
    "listed": "listed story",
    "byline": "byline",
    "dateline": "dateline",
    "notes": "note",
}
_PLURALS = {"related story": "related stories", "listed story": "listed stories"}
_DAY = re.compile(rf"\W*(?:{WEEKDAY}\W{{1,3}})?{DATE}\W*", re.IGNORECASE)
_AS_OF = re.compile(r"\b(?:as of|updated|revised|current)\b[^;]{0,40}\Z", re.IGNORECASE)
_CLAUSES = 3
_QUOTED_CHARS = 60


def summary(
    before: Article,
    after: Article,
    edits: Sequence[Edit],
    runs: Sequence[Run],
    disclosure: Disclosure,
    *,
    pairs: Sequence[tuple[Figure, Figure, Edit]],
) -> str:
    """Return what changed, most telling first, and whether the page says so."""
    clauses = [*_clauses(before, after, edits, runs, pairs)]
    dates = [*_date_clauses(before, after, edits)]
    if not clauses:
        return _sentence(f"{' and '.join(dates)}; nothing else changed")
    shown = clauses[:_CLAUSES]
    if len(clauses) > _CLAUSES:
        shown.append("and more")
    told = ", ".join(shown)
    fields = {edit.field for edit in edits}
    is_list = "listed" in fields and disclosure is Disclosure.NOT_APPLICABLE
    if is_list or fields <= OTHERS_STORIES:
        return _sentence(told)
    return _sentence(f"{told}; {_OWNS_UP[disclosure]}")


def place(article: Article, block: int) -> str:
    """Return how people would find a block: "paragraph 6", "row 3"."""
    kind = article.blocks[block].kind
    number = sum(each.kind == kind for each in article.blocks[: block + 1])
    return f"{kind.replace('_', ' ')} {number}"


def _clauses(
    before: Article,
    after: Article,
    edits: Sequence[Edit],
    runs: Sequence[Run],
    pairs: Sequence[tuple[Figure, Figure, Edit]],
) -> Iterator[str]:
    for edit in edits:
        if edit.field == "title":
            yield _became("the headline", edit)
    if any(edit.field == "listed" for edit in edits):
        edits = [edit for edit in edits if not _is_day_of_story(edit)]
        pairs = [pair for pair in pairs if not _is_day_of_story(pair[2])]
    told = [pair for pair in pairs if pair[2].field == "body"]
    if told:
        was, now, edit = min(told, key=_is_stamp)
        more = f" (and {len(told) - 1} more)" if len(told) > 1 else ""
        yield f"{was.text} became {now.text}{_where(before, after, edit)}{more}"
    yield from _text_clauses(before, after, edits, runs, {id(e) for _, _, e in told})
    for field, noun in _NOUNS.items():
        mine = [edit for edit in edits if edit.field == field]
        if field == "image_title" and len(mine) == 1:
            yield _became("the title of a picture", mine[0])
        elif mine:
            yield _tally(mine, noun)


def _is_stamp(pair: tuple[Figure, Figure, Edit]) -> bool:
    """Tell the day of figures, "as of March 3, 2025", from the figures."""
    was, _, edit = pair
    ahead = texts.folded((edit.before or "")[max(0, was.start - 80) : was.start])
    return was.kind in {"date", "time"} and _AS_OF.search(ahead) is not None


def _is_day_of_story(edit: Edit) -> bool:
    """Tell a line of a list of stories that is nothing but the day of one."""
    return edit.field == "body" and all(
        said is None or _DAY.fullmatch(texts.folded(said))
        for said in (edit.before, edit.after)
    )


def _text_clauses(
    before: Article,
    after: Article,
    edits: Sequence[Edit],
    runs: Sequence[Run],
    told: set[int],
) -> Iterator[str]:
    """Tell of the text; one edit in its words, several by their number."""
    body = [edit for edit in edits if edit.field == "body" and id(edit) not in told]
    if len(body) == 1:
        (edit,) = body
        mine = [run for run in runs if run.edit is edit]
        where = _where(before, after, edit)
        if edit.op == "changed":
            if len(mine) == 1 and max(len(mine[0].before), len(mine[0].after)) <= 90:
                yield _replaced(mine[0].before, mine[0].after) + where
            else:
                yield f"{len(mine)} wordings changed{where}"
        elif edit.op == "moved":
            yield f"{where.removeprefix(' in ')} moved"
        else:
            text = edit.before or edit.after or ""
            yield f"{where.removeprefix(' in ')} was {edit.op}: {_quote(text)}"
        return
    reworded = {e.position.after for e in body if e.op == "changed"}
    counts = {
        "added": sum(e.op == "added" for e in body),
        "removed": sum(e.op == "removed" for e in body),
        "reworded": len(reworded),
        "moved": sum(e.op == "moved" for e in body),
    }
    parts = [f"{count} {what}" for what, count in counts.items() if count]
    if parts:
        number, _, what = parts[0].partition(" ")
        noun = "passage" if number == "1" else "passages"
        yield " and ".join([f"{number} {noun} {what}", *parts[1:]])


def _replaced(was: str, now: str) -> str:
    if not was:
        return f"{_quote(now)} was put in"
    if not now:
        return f"{_quote(was)} was taken out"
    return f"{_quote(was)} became {_quote(now)}"


def _date_clauses(
    before: Article, after: Article, edits: Sequence[Edit]
) -> Iterator[str]:
    """Tell of the page's dates as a reader sees them; of those that nobody sees, so."""
    stamps = [edit for edit in edits if edit.field == "updated" and edit.in_text]
    if stamps:
        more = f" (and {len(stamps) - 1} more)" if len(stamps) > 1 else ""
        yield _became("the line", stamps[0]) + more
    names: tuple[tuple[DateField, str], ...] = (
        ("published", "publication date"),
        ("updated", "update date"),
    )
    for field, noun in names:
        for edit in edits:
            if edit.field == field and not (stamps and field == "updated"):
                yield _dated(before, after, edit, field, noun)


def _dated(
    before: Article, after: Article, edit: Edit, field: DateField, noun: str
) -> str:
    was, now = printed_date(before, field), printed_date(after, field)
    told = (was or edit.before) if edit.before else None
    tells = (now or edit.after) if edit.after else None
    is_hidden = was is None and now is None
    if not is_hidden and ((told and was is None) or (tells and now is None)):
        # One side is for machines only: both are told as they are compared.
        told, tells = edit.before, edit.after
    if told and tells:
        of = " in the metadata" if is_hidden else ""
        return f"the {noun}{of} moved from {told} to {tells}"
    if tells:
        return f"the {noun} {tells} was added{' to the metadata' if is_hidden else ''}"
    return f"the {noun} {told} was removed{' from the metadata' if is_hidden else ''}"


def _became(noun: str, edit: Edit) -> str:
    if edit.before and edit.after:
        return f"{noun} {_quote(edit.before)} became {_quote(edit.after)}"
    verb = "was added" if edit.after else "was removed"
    return f"{noun} {_quote(edit.after or edit.before or '')} {verb}"


def _tally(edits: Sequence[Edit], noun: str) -> str:
    if len(edits) == 1:
        return f"a {noun} was {edits[0].op}"
    counts = Counter(edit.op for edit in edits)
    parts = [f"{counts[op]} {op}" for op in get_args(EditOp) if counts[op]]
    number, _, what = parts[0].partition(" ")
    many = noun if number == "1" else _PLURALS.get(noun, f"{noun}s")
    return " and ".join([f"{number} {many} {what}", *parts[1:]])


def _where(before: Article, after: Article, edit: Edit) -> str:
    if not edit.in_text:
        return ""
    if edit.position.after is not None:
        return f" in {place(after, edit.position.after)}"
    if edit.position.before is not None:
        return f" in {place(before, edit.position.before)}"
    return ""


def _quote(text: str) -> str:
    text = " ".join(text[: 10 * _QUOTED_CHARS].split())
    if len(text) > _QUOTED_CHARS:
        text = text[:_QUOTED_CHARS].rpartition(" ")[0] + " \u2026"
    return f"\u201c{text}\u201d"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
