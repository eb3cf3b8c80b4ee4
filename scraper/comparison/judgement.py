"""What edits amount to: how much they matter, in figures and in one line.

How much edits matter, 0..1, comes from named parts. Each part that applies has a
weight; together they come to 1 - (1-a)(1-b)..., so that no part is lost and none
exceeds 1. The parts follow what the Environmental Data and Governance Initiative's
analysts weigh (share of text changed, key terms, links) and what corrections are about
(headlines, figures, dates, names, quotes, negations).

    part                  weight
    headline              0.5; 0.04 where only case or punctuation changed
    money / figures       0.45 / 0.4; per cent and sizes count as figures
    dates                 0.35; a date or time in the text, not the date stamp
    negations             0.45; "not", "never", "without" came or went, or
                          a word became its opposite: "legal", "illegal"
    names                 0.3; a capitalised name was replaced, came or went
    strength              0.3; how far something binds, holds or is sure: "must",
                          "may", "all", "only", "allegedly" came or went
    quotes                0.3; words between quotation marks changed
    text removed          0.15 and 0.1 a paragraph, at most 0.6; short lines count 0.4
    text added            0.08 and 0.07 a paragraph, at most 0.45; likewise
    wording               0.65 f(share of words changed), at least 0.06 (EDGI)
    key terms             0.1 a term, at most 0.4 (EDGI: 0.05 a term)
    links removed / added 0.1 and 0.05 a link, at most 0.35 / half of that
    documents             0.25; attachments came, went or were replaced
    listed stories        0.05 and 0.02 a story, at most 0.25
    pictures              0.15; their titles, captions and alternative text 0.12;
                          credits 0.03
    notes                 0.35; byline 0.15; dateline 0.1
    moved 0.05; related stories 0.03; date stamp 0.02; case and punctuation 0.02
"""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from scraper.comparison import text as texts
from scraper.comparison.disclosure import disclosure
from scraper.comparison.figures import MOST_CHARS, changed_figures, figures, runs
from scraper.comparison.phrases import is_cosmetic, is_too_long, shifted
from scraper.comparison.settling import MONTH, WEEKDAY
from scraper.comparison.summary import summary
from scraper.comparison.work import Work
from scraper.model import Comparison

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scraper.comparison.figures import Figure, Run
    from scraper.model import Article, Edit

_FLAT = {
    "notes": ("notes", 0.35),
    "byline": ("byline", 0.15),
    "dateline": ("dateline", 0.1),
    "published": ("date stamp", 0.02),
    "updated": ("date stamp", 0.02),
    "attachments": ("documents", 0.25),
    "image": ("pictures", 0.15),
    "image_title": ("captions", 0.12),
    "caption": ("captions", 0.12),
    "alt": ("captions", 0.12),
    "credit": ("credits", 0.03),
    "virin": ("credits", 0.03),
    "related": ("related stories", 0.03),
}
_FIGURE_PARTS = {
    "date": ("dates", 0.35),
    "time": ("dates", 0.35),
    "money": ("money", 0.45),
}
_READ = frozenset({"title", "body", "notes", "image_title", "caption"})
"""Fields that people read as text: in these, what words say is looked at."""
_FIGURES_IN = frozenset({"alt", "listed", "attachments"})
"""Fields besides, whose figures are paired."""
_MOST_PAIRED = 500
"""Most edits of such fields that are looked at: nobody reads more pairs of figures."""
_MOST_LOOKED_AT = 500_000
"""Most characters of edits in which names, negations and figures are looked for."""
_LETTER = re.compile(r"[^\W\d_]")
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nor|neither|cannot|without|\w+n't)\b", re.IGNORECASE
)
_STRENGTH = re.compile(
    # "may" is no month.
    r"\b(?:must|shall|will|should|(?-i:may)|might|can|could|would|require[ds]?"
    r"|mandatory|voluntary|prohibit(?:ed|s)?|alleged(?:ly)?|reportedly|approximately"
    r"|at least|up to|all|every|most|some|many|few|several|only)\b",
    re.IGNORECASE,
)
_NEGATING = ("un", "in", "il", "im", "ir", "non", "dis")
_OPPOSITES = {
    frozenset(pair)
    for pair in (
        ("before", "after"),
        ("above", "below"),
        ("more", "less"),
        ("more", "fewer"),
        ("minimum", "maximum"),
        ("rise", "fall"),
        ("rose", "fell"),
        ("increase", "decrease"),
        ("increased", "decreased"),
        ("include", "exclude"),
        ("includes", "excludes"),
        ("included", "excluded"),
        ("approved", "denied"),
    )
}
_NAME = re.compile(r"\b[A-Z][\w'&-]*[\w]|\b[A-Z]{2,}\b")
_OF_CALENDAR = re.compile(rf"{MONTH}|{WEEKDAY}", re.IGNORECASE)
_LONG_WORD = re.compile(r"[^\W\d_]{4,}")
_FEW_WORDS = 2
_PLAIN_WORD = re.compile(r"[^\W\d_]+")
_TURNED_CHARS = 200
_LEAST_TURNED = 4
_NOT_TURNED = frozenset(
    [
        "side",
        "land",
        "come",
        "form",
        "port",
        "tend",
        "tended",
        "formation",
        "press",
        "flow",
        "born",
        "sight",
        "stall",
    ]
)
"""Nor is "to" with "into" a word and its opposite: "side" and "inside"."""
_SENTENCE_ENDS = frozenset(".!?:\n\u2022")
_QUOTES = '"\u201c\u201d\u201e'
_QUOTATION = re.compile(r"[\"\u201c][^\"\u201c\u201d]{20,}[\"\u201d]")
_SHORT_WORDS = 8


def judge(
    before: Article, after: Article, edits: tuple[Edit, ...], terms: Sequence[str]
) -> Comparison:
    """Return the comparison of two settled articles, given its edits."""
    work = Work(words=200_000)
    read = [run for edit in edits if edit.field in _READ for run in runs(edit, work)]
    besides = [edit for edit in edits if edit.field in _FIGURES_IN][:_MOST_PAIRED]
    differing = [*read, *(run for edit in besides for run in runs(edit, work))]
    owns_up = disclosure(before, after, edits)
    pairs = changed_figures(_first(differing))
    parts = _reasons(before, after, edits, read, pairs=pairs, terms=terms)
    return Comparison(
        edits=edits,
        disclosure=owns_up,
        significance=round(1 - math.prod(1 - weight for _, weight in parts), 3),
        reasons=parts,
        summary=summary(before, after, edits, read, owns_up, pairs=pairs),
        numbers=tuple((was.text, now.text) for was, now, _ in pairs),
        words_added=sum(run.words_added for run in read),
        words_removed=sum(run.words_removed for run in read),
    )


def _reasons(
    before: Article,
    after: Article,
    edits: Sequence[Edit],
    runs: Sequence[Run],
    *,
    pairs: Sequence[tuple[Figure, Figure, Edit]],
    terms: Sequence[str],
) -> tuple[tuple[str, float], ...]:
    """Return the parts that apply, the heaviest first."""
    found: dict[str, float] = {}
    for name, weight in _parts(before, after, edits, runs, terms):
        found[name] = max(found.get(name, 0.0), round(weight, 3))
    for was, _, _ in pairs:
        name, weight = _FIGURE_PARTS.get(was.kind, ("figures", 0.4))
        found[name] = max(found.get(name, 0.0), round(weight, 3))
    return tuple(sorted(found.items(), key=lambda part: (-part[1], part[0])))


def _first(runs: Sequence[Run]) -> Sequence[Run]:
    """Return the runs of the first edits, up to so many characters of them."""
    looked_at = 0
    edit = None
    for at, run in enumerate(runs):
        if run.edit is not edit:
            edit = run.edit
            looked_at += len(edit.before or "") + len(edit.after or "")
        if looked_at > _MOST_LOOKED_AT:
            return runs[: max(at, 1)]
    return runs


def _parts(
    before: Article,
    after: Article,
    edits: Sequence[Edit],
    runs: Sequence[Run],
    terms: Sequence[str],
) -> Iterator[tuple[str, float]]:
    for edit in edits:
        if edit.field in _FLAT:
            yield _FLAT[edit.field]
        if edit.op == "moved":
            yield "moved", 0.05
    read = [run for run in runs if run.edit.field in _READ]
    looked_at = len(_first(read))
    telling = [run for run in read[:looked_at] if not is_cosmetic(run)]
    telling += read[looked_at:]
    if len(telling) < len(read):
        yield "case and punctuation", 0.02
    for edit in edits:
        if edit.field == "title":
            told = any(run.edit is edit for run in telling)
            yield "headline", 0.5 if told else 0.04
    if moves := shifted(_first(telling)):
        # What was taken out here and put in there is as it was.
        yield "moved", 0.05
        aside = {id(run) for pair in moves for run in pair}
        telling = [run for run in telling if id(run) not in aside]
        whole = {id(run.edit) for pair in moves for run in pair}
        edits = [e for e in edits if e.op == "changed" or id(e) not in whole]
    yield from _said(before, after, _first(telling))
    yield from _amounts(before, after, edits, telling)
    yield from _counted(edits)
    if terms and (count := _terms_moved(_first(telling), terms)):
        yield "key terms", min(0.4, 0.1 * count)


def _said(
    before: Article, after: Article, runs: Sequence[Run]
) -> Iterator[tuple[str, float]]:
    """Look at what the words are, one run after the other."""
    for run in runs:
        if run.edit.op == "changed" and not is_too_long(run):
            if len(figures(run.before)) != len(figures(run.after)):
                yield "figures", 0.4
            if not (_LETTER.search(run.before) or _LETTER.search(run.after)):
                continue  # a table's figures, by the thousand
            if len(_NEGATION.findall(run.before)) != len(_NEGATION.findall(run.after)):
                yield "negations", 0.45
            if _is_turned(run):
                yield "negations", 0.45
            if _strength(run.before) != _strength(run.after):
                yield "strength", 0.3
            if _names_moved(run):
                yield "names", 0.3
    if any(_is_quoted(edit, before, after, of) for edit, of in _by_edit(runs)):
        yield "quotes", 0.3


def _amounts(
    before: Article, after: Article, edits: Sequence[Edit], runs: Sequence[Run]
) -> Iterator[tuple[str, float]]:
    """Look at how much text came, went and changed."""
    removed = sum(
        _length(e.before) for e in edits if (e.field, e.op) == ("body", "removed")
    )
    if removed:
        yield "text removed", min(0.6, 0.15 + 0.1 * removed)
    added = sum(_length(e.after) for e in edits if (e.field, e.op) == ("body", "added"))
    if added:
        yield "text added", min(0.45, 0.08 + 0.07 * added)
    changed = sum(
        max(run.words_added, run.words_removed)
        for run in runs
        if run.edit.field == "body"
    )
    if changed:
        words = max(_word_count(before.text), _word_count(after.text), 1)
        share = min(1.0, changed / words)
        yield "wording", max(0.06, 0.65 * math.log1p((math.e - 1) * share))


def _counted(edits: Sequence[Edit]) -> Iterator[tuple[str, float]]:
    links = [edit for edit in edits if edit.field == "links"]
    if gone := sum(edit.after is None or edit.before is not None for edit in links):
        yield "links removed", min(0.35, 0.1 + 0.05 * gone)
    if come := sum(edit.before is None for edit in links):
        yield "links added", min(0.175, 0.05 + 0.025 * come)
    if stories := sum(edit.field == "listed" for edit in edits):
        yield "listed stories", min(0.25, 0.05 + 0.02 * stories)


def _length(text: str | None) -> float:
    return (
        1.0 if len((text or "").split(maxsplit=_SHORT_WORDS)) >= _SHORT_WORDS else 0.4
    )


def _word_count(text: str) -> int:
    if len(text) > MOST_CHARS * 10:
        return text.count(" ") + text.count("\n") + 1
    return len(text.split())


def _names_moved(run: Run) -> bool:
    """Tell whether a capitalised word that starts no sentence is not the same now."""
    if run.edit.field == "title" and _is_in_title_case(
        f"{run.edit.before or ''} {run.edit.after or ''}"
    ):
        return False
    old = _names(run.before, run.edit.before or "", run.before_at)
    new = _names(run.after, run.edit.after or "", run.after_at)
    return old != new


def _strength(run: str) -> Counter[str]:
    return Counter(word.casefold() for word in _STRENGTH.findall(run))


def _is_turned(run: Run) -> bool:
    """Tell whether a word became its opposite: "illegal" of "legal", or "after"."""
    if not run.before or not run.after:
        return False
    old, new = (
        {word.casefold() for word in _PLAIN_WORD.findall(said[:_TURNED_CHARS])}
        for said in (run.before, run.after)
    )
    lost, won = old - new, new - old
    return any(
        f"{ahead}{word}" in opposite
        for words, opposite in ((lost, won), (won, lost))
        for word in words
        if len(word) >= _LEAST_TURNED and word not in _NOT_TURNED
        for ahead in _NEGATING
    ) or any(frozenset({was, now}) in _OPPOSITES for was in lost for now in won)


def _names(run: str, quoted: str, at: int) -> Counter[str]:
    return Counter(
        found[0]
        for found in _NAME.finditer(run)
        if not _starts_sentence(quoted, at + found.start())
        and not _OF_CALENDAR.fullmatch(found[0])
    )


def _is_in_title_case(text: str) -> bool:
    """Tell a headline, whose capitals say nothing of names."""
    words = _LONG_WORD.findall(text)
    capital = sum(word[0].isupper() for word in words)
    return len(words) > _FEW_WORDS and capital > 0.7 * len(words)


def _starts_sentence(text: str, at: int) -> bool:
    ahead = text[max(0, at - 8) : at].rstrip(" \"'(\u201c\u2018")
    return not ahead or ahead[-1] in _SENTENCE_ENDS


def _by_edit(runs: Sequence[Run]) -> Iterator[tuple[Edit, list[Run]]]:
    for _, group in groupby(runs, key=lambda run: id(run.edit)):
        of = [*group]
        yield of[0].edit, of


def _is_quoted(
    edit: Edit, before: Article, after: Article, runs: Sequence[Run]
) -> bool:
    """Tell whether words between quotation marks changed, came or went."""
    if edit.field != "body":
        return False
    if edit.op != "changed":
        return bool(_QUOTATION.search((edit.before or edit.after or "")[:MOST_CHARS]))
    place = edit.position
    if place.before is None or place.after is None:
        return False
    ours, theirs = before.blocks[place.before].text, after.blocks[place.after].text
    for text, span, starts in (
        (ours, place.before_span, [run.before_at for run in runs]),
        (theirs, place.after_span, [run.after_at for run in runs]),
    ):
        at, marks = 0, 0
        for start in sorted((span[0] if span else 0) + start for start in starts):
            marks += sum(text.count(mark, at, start) for mark in _QUOTES)
            at = start
            if marks % 2:
                return True
    return False


def _terms_moved(runs: Sequence[Run], terms: Sequence[str]) -> int:
    """Count the key terms that a run's edit has more or less often than before."""
    edits = {id(run.edit): run.edit for run in runs}.values()
    return sum(
        _occurrences(term, edit.before) != _occurrences(term, edit.after)
        for term in terms
        for edit in edits
    )


def _occurrences(term: str, text: str | None) -> int:
    plain = texts.folded(text or "").casefold()
    return len(re.findall(rf"(?<!\w){re.escape(term.casefold())}(?!\w)", plain))
