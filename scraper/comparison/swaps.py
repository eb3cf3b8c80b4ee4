"""Which words an edit put in place of which, so that the same is found elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scraper.comparison import text as texts
from scraper.comparison.figures import runs
from scraper.comparison.work import Work

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scraper.model import Edit

_FIELDS = frozenset({"title", "body", "image_title", "caption"})
_AROUND = 3
"""Words kept on either side: what all pages share of them belongs to the phrase."""
_MOST = 100
"""Swaps of one change that are looked at; a page written anew is no phrase swap."""
_WORD = re.compile(r"\S+")
_ENDINGS = ".,;:!?"
_LETTERS = re.compile(r"[^\W\d_]{2,}")
FUNCTION_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be been but by for from had has have he her his if in into "
        "is it its may more nor not of on or our she so such than that the their them "
        "then there these they this to under up was we were which who will with would "
        "you your all also any can each new no other over some through when while",
    )
)
"""What pages share by chance: an edit to one of them alone is no phrase."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """Words put in the place of others; empty where words were only added or taken.

    Attributes:
        before: As printed; `after` likewise.
        left: Up to three words before them on both sides; `right` those after.
    """

    before: str
    after: str
    left: tuple[str, ...] = ()
    right: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What equal swaps share, whatever their spacing and capitals."""
        return "\n".join(
            texts.key(side).casefold() for side in (self.before, self.after)
        )


def swaps(edits: Iterable[Edit]) -> tuple[Swap, ...]:
    """Return the distinct swaps in titles, text and captions."""
    found: dict[str, Swap] = {}
    work = Work()
    for edit in edits:
        if edit.field not in _FIELDS:
            continue
        for run in runs(edit, work):
            old = edit.before or ""
            swap = Swap(
                before=run.before,
                after=run.after,
                left=tuple(_WORD.findall(old[: run.before_at])[-_AROUND:]),
                right=tuple(
                    _WORD.findall(old[run.before_at + len(run.before) :])[:_AROUND]
                ),
            )
            found.setdefault(swap.key, swap)
            if len(found) == _MOST:
                return tuple(found.values())
    return tuple(found.values())


def phrase_pair(same: Sequence[Swap]) -> tuple[str, str] | None:
    """Return what became what, with as much of the shared words around it as it needs.

    Returns:
        Old and new phrase, e.g. `clean energy` and `energy` where "clean" was taken
        out of many texts; None for what pages have in common by chance: figures,
        function words, or a lone word that came or went in no context.
    """
    left, right = _shared(same)
    for before, after in (
        ([], []),
        ([], right[:1]),
        (left[-1:], right[:1]),
        (left, right),
    ):
        old, new = (
            " ".join([*before, *side.split(), *after])
            for side in (same[0].before, same[0].after)
        )
        is_whole = bool(old and new) or len(f"{old} {new}".split()) > 1
        if (is_whole or f"{old}{new}".isupper()) and _says_something(f"{old} {new}"):
            return old, new
    return None


def _shared(same: Sequence[Swap]) -> tuple[list[str], list[str]]:
    """Return the words to the left and right that all have, within a sentence."""
    left: list[str] = []
    for words in zip(*(reversed(swap.left) for swap in same), strict=False):
        if len({word.casefold() for word in words}) > 1:
            break
        left.insert(0, words[0])
    right: list[str] = []
    for words in zip(*(swap.right for swap in same), strict=False):
        bare = words[0].rstrip(_ENDINGS)
        if len({word.rstrip(_ENDINGS).casefold() for word in words}) > 1 or not bare:
            break
        right.append(bare)
        if bare != words[0]:
            break
    return left, right


def _says_something(text: str) -> bool:
    said = {word.casefold() for word in _LETTERS.findall(text)}
    return bool(said - FUNCTION_WORDS)
