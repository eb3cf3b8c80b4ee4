"""A comparison in one line of plain English."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, get_args

from scraper.comparison import text as texts
from scraper.comparison.fields import PICTURE_TEXTS
from scraper.comparison.phrases import Phrase, is_cosmetic, phrase, shifted
from scraper.comparison.settling import DATE, MONTH, WEEKDAY, printed_date
from scraper.comparison.work import Work
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
_TITLES = {
    "byline": "the byline",
    "dateline": "the dateline",
    "image_title": "the title of a picture",
}
_OF_LINKS = frozenset({"links", "related", "attachments", "listed"})
_PLURALS = {"related story": "related stories", "listed story": "listed stories"}
_DAY = re.compile(rf"\W*(?:{WEEKDAY}\W{{1,3}})?{DATE}\W*", re.IGNORECASE)
_AS_OF = re.compile(r"\b(?:as of|updated|revised|current)\b[^;]{0,40}\Z", re.IGNORECASE)
_LABEL = re.compile(r"[^\W\d](?:(?!\s+[$]?\d).){1,60}+(?=\s+[$]?\d)")
"""What a row of a table is of."""
_MONTH_LAST = re.compile(rf"\b{MONTH}\.?\Z", re.IGNORECASE)
_MOST_REWORDED = 200
_CLAUSES = 3
_FEW = 2
"""Edits of the text up to which each is told by itself."""
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
    """Return how people would find a block: "paragraph 6", "list item 3"."""
    kind = article.blocks[block].kind
    number = sum(each.kind == kind for each in article.blocks[: block + 1])
    return f"{kind.replace('_', ' ')} {number}"


def _named(article: Article, block: int) -> str:
    """Return how people would find a block that has edits: a row by what it is of."""
    row = article.blocks[block]
    named = _LABEL.match(row.text) if row.kind == "row" else None
    if named is None or _MONTH_LAST.search(named[0]):  # "Published March", of a date
        return place(article, block)
    return f"the row {_quote(named[0])}"


def _clauses(
    before: Article,
    after: Article,
    edits: Sequence[Edit],
    runs: Sequence[Run],
    pairs: Sequence[tuple[Figure, Figure, Edit]],
) -> Iterator[str]:
    for edit in edits:
        if edit.field == "title":
            yield _headline(edit)
    if any(edit.field == "listed" for edit in edits):
        edits = [edit for edit in edits if not _is_day_of_story(edit)]
        pairs = [pair for pair in pairs if not _is_day_of_story(pair[2])]
    told = [pair for pair in pairs if pair[2].field == "body"]
    if told:
        was, now, edit = min(told, key=_is_stamp)
        more = f" (and {len(told) - 1} more)" if len(told) > 1 else ""
        became = f"{was.text} became {now.text}"
        if sum(run.edit is edit for run in runs) > sum(e is edit for _, _, e in told):
            # Words were changed beside the figure: "will fund 118", "may fund 117".
            words = phrase(edit, Work())
            became = _told(words) if words and not words.more else became
        yield f"{became}{_where(before, after, edit)}{more}"
    yield from _text_clauses(before, after, edits, runs, {id(e) for _, _, e in told})
    yield from _clauses_beside(edits)


def _clauses_beside(edits: Sequence[Edit]) -> Iterator[str]:
    """Tell of all that is beside the text: pictures, links, names, notes."""
    whole = {
        (edit.op, edit.position): edit
        for edit in edits
        if edit.field == "image" and edit.op in {"added", "removed"}
    }
    for field, noun in _NOUNS.items():
        mine = [edit for edit in edits if edit.field == field]
        if field == "image" and len(whole) == len(mine) == 1:
            yield _picture(mine[0], edits)
            continue
        if field in PICTURE_TEXTS:
            # What is printed about a picture comes and goes with it.
            mine = [edit for edit in mine if (edit.op, edit.position) not in whole]
        if len(mine) == 1:
            yield _single(mine[0], noun)
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
    """Tell of the text: one edit or the same one over again in its words."""
    body = [edit for edit in edits if edit.field == "body" and id(edit) not in told]
    mine = {id(edit) for edit in body}
    moves = shifted(run for run in runs if id(run.edit) in mine)
    if moves and mine == {id(run.edit) for pair in moves for run in pair}:
        lost, found = moves[0]
        more = f" (and {len(moves) - 1} more)" if len(moves) > 1 else ""
        yield (
            f"{_quote(found.after)} moved{_where(before, after, lost.edit, was=True)}"
            f" to{_where(before, after, found.edit).removeprefix(' in')}{more}"
        )
    elif len(body) == 1:
        yield _one(before, after, body[0])
    elif body and all(edit.op == "changed" for edit in body):
        yield _rewordings(before, after, body, runs)
    elif (rewritten := _rewritten(before, body)) is not None:
        yield rewritten
    elif len(body) <= _FEW:
        yield from (_one(before, after, edit) for edit in body)
    else:
        yield _counted(body)


def _one(before: Article, after: Article, edit: Edit) -> str:
    where = _where(before, after, edit)
    if edit.op == "changed":
        if (words := phrase(edit, Work())) is not None:
            return _told(words, where)
        return f"{where.removeprefix(' in ')} was reworded"
    i, j = edit.position.before, edit.position.after
    if edit.op == "moved" and i is not None and j is not None:
        way = "up" if j < i else "down"
        return f"{_named(before, i)} moved {way}, to {place(after, j)}"
    text = edit.before or edit.after or ""
    return f"{where.removeprefix(' in ')} was {edit.op}: {_quote(text)}"


def _rewordings(
    before: Article, after: Article, body: Sequence[Edit], runs: Sequence[Run]
) -> str:
    """Tell the wording that was changed most often, else the first to say something."""
    ids = {id(edit) for edit in body}
    telling = {
        id(run.edit) for run in runs if id(run.edit) in ids and not is_cosmetic(run)
    }
    if not telling:
        count = len({edit.position.after for edit in body})
        where = (
            _where(before, after, body[0]) if count == 1 else f" in {count} passages"
        )
        return f"capitals or punctuation changed{where}"
    work = Work()
    said: dict[Phrase, list[Edit]] = {}
    for edit in body[:_MOST_REWORDED]:
        if id(edit) in telling and (words := phrase(edit, work)) is not None:
            said.setdefault(words, []).append(edit)
    if not said:
        return _counted(body)
    words, mine = max(said.items(), key=lambda one: len(one[1]))
    rest = len({e.position.after for e in body} - {e.position.after for e in mine})
    count = len({e.position.after for e in mine})
    where = _where(before, after, mine[0]) if count == 1 else f" in {count} passages"
    told = _told(words, where)
    more = "passage" if rest == 1 else "passages"
    return f"{told}, {rest} {more} more reworded" if rest else told


def _rewritten(before: Article, body: Sequence[Edit]) -> str | None:
    """Tell of one block that another took the place of, None where it is otherwise."""
    if [edit.op for edit in body] != ["removed", "added"]:
        return None
    was, now = body
    if was.position.before is None or was.position.before != now.position.after:
        return None
    return f"{place(before, was.position.before)} " + _replaced(
        was.before or "", now.after or ""
    )


def _counted(body: Sequence[Edit]) -> str:
    counts = {
        "added": sum(e.op == "added" for e in body),
        "removed": sum(e.op == "removed" for e in body),
        "reworded": len({e.position.after for e in body if e.op == "changed"}),
        "moved": sum(e.op == "moved" for e in body),
    }
    parts = [f"{count} {what}" for what, count in counts.items() if count]
    number, _, what = parts[0].partition(" ")
    noun = "passage" if number == "1" else "passages"
    return " and ".join([f"{number} {noun} {what}", *parts[1:]])


def _told(words: Phrase, where: str = "") -> str:
    more = f" (and {words.more} more)" if words.more else ""
    return f"{_replaced(words.was, words.now)}{where}{more}"


def _replaced(was: str, now: str) -> str:
    if not was:
        return f"{_quote(now)} was inserted"
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


def _headline(edit: Edit) -> str:
    """Tell the words of a long headline that are others; else both headlines."""
    is_long = max(len(edit.before or ""), len(edit.after or "")) > _QUOTED_CHARS
    if is_long and (words := phrase(edit, Work())) is not None:
        return _told(words, f" in the headline {_quote(edit.after or '')}")
    return _became("the headline", edit)


def _became(noun: str, edit: Edit) -> str:
    if edit.before and edit.after:
        return f"{noun} {_quote(edit.before)} became {_quote(edit.after)}"
    verb = "was added" if edit.after else "was removed"
    return f"{noun} {_quote(edit.after or edit.before or '')} {verb}"


def _picture(edit: Edit, edits: Sequence[Edit]) -> str:
    """Tell of a picture that came or went, with what is printed about it."""
    printed = {
        each.field: each.after or each.before
        for each in edits
        if (each.op, each.position) == (edit.op, edit.position)
    }
    for field in ("caption", "image_title", "alt"):
        if said := printed.get(field):
            return f"a picture was {edit.op}: {_quote(said)}"
    return f"a picture was {edit.op}"


def _single(edit: Edit, noun: str) -> str:
    """Tell of the only edit of a field in its words."""
    was, now = edit.before, edit.after
    if edit.op == "moved" or edit.field in {"image", "virin"}:
        return f"a {noun} was {edit.op}"
    if edit.field in _OF_LINKS:
        return _of_link(edit, noun)
    if edit.field in _TITLES:
        return _became(_TITLES[edit.field], edit)
    if edit.op != "changed":
        return f"a {noun} was {edit.op}: {_quote(now or was or '')}"
    words = phrase(edit, Work())
    return _told(words, f" in a {noun}") if words else f"a {noun} was changed"


def _of_link(edit: Edit, noun: str) -> str:
    was, now = (said and said.rpartition(" <")[0] for said in (edit.before, edit.after))
    if not (was or now):
        return f"a {noun} was {edit.op}"
    if edit.op != "changed":
        return f"the {noun} {_quote(now or was or '')} was {edit.op}"
    if was == now:
        return f"the {noun} {_quote(now or '')} leads elsewhere"
    return f"the {noun} {_replaced(was or '', now or '')}"


def _tally(edits: Sequence[Edit], noun: str) -> str:
    counts = Counter(edit.op for edit in edits)
    parts = [f"{counts[op]} {op}" for op in get_args(EditOp) if counts[op]]
    number, _, what = parts[0].partition(" ")
    many = noun if number == "1" else _PLURALS.get(noun, f"{noun}s")
    return " and ".join([f"{number} {many} {what}", *parts[1:]])


def _where(before: Article, after: Article, edit: Edit, *, was: bool = False) -> str:
    if not edit.in_text:
        return ""
    i, j = edit.position.before, edit.position.after
    if was and i is not None:
        return f" from {place(before, i)}"
    find = _named if edit.op == "changed" else place
    if j is not None:
        return f" in {find(after, j)}"
    return "" if i is None else f" in {find(before, i)}"


def _quote(text: str) -> str:
    text = " ".join(text[: 10 * _QUOTED_CHARS].split())
    text = re.sub(r"[\u201c\u201d\"](?=\w)", "\u2018", text)
    text = re.sub(r"[\u201c\u201d\"]", "\u2019", text)
    if len(text) > _QUOTED_CHARS:
        text = text[:_QUOTED_CHARS].rpartition(" ")[0] + " \u2026"
    return f"\u201c{text}\u201d"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
