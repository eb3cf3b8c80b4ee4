"""What changed between two articles, in words a reader would use. Pure.

`compare` aligns blocks with blocks, then words with words; pictures by VIRIN, source or
caption; links by what they lead to. Applying its edits to the old article gives the new
one. What no reader would call a change is none: spacing, typographic spelling, markup,
the ways of writing an address, order of lists, counters and times of day, a date that
only metadata give beside the printed one: that tells what the page owns up to.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, get_args

from scraper.comparison import text as texts
from scraper.comparison.body import body_edits, passages
from scraper.comparison.fields import (
    LIST_FIELDS,
    SINGLE_FIELDS,
    image_edits,
    is_vast,
    linked,
    list_edits,
    listed,
    pictured,
    single,
    single_edits,
)
from scraper.comparison.judgement import judge
from scraper.comparison.patching import patch
from scraper.comparison.settling import mask_for, settle
from scraper.comparison.swaps import Swap, phrase_pair, swaps
from scraper.comparison.work import Work
from scraper.model import Edit, EditField, Position, sha256

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scraper.model import Article, Comparison, EditOp, NoisePattern, Sha256

__all__ = [
    "Swap",
    "compare",
    "content_sha256",
    "patch",
    "phrase_pair",
    "settle",
    "swaps",
]

_ORDER = {field: place for place, field in enumerate(get_args(EditField))}


_INVERSE_OP: dict[EditOp, EditOp] = {
    "added": "removed",
    "removed": "added",
    "changed": "changed",
    "moved": "moved",
}


def compare(
    before: Article,
    after: Article,
    *,
    noise: Sequence[NoisePattern] = (),
    terms: Sequence[str] = (),
) -> Comparison | None:
    """Return what a reader would find different in `after`, None if nothing is.

    Swapping the articles gives the inverse edits.

    Args:
        before: The older article.
        after: The newer one of the same page, read under the same rules.
        noise: Text that changes without being edited.
        terms: Words that weigh more when they come or go.
    """
    vast = is_vast(before) or is_vast(after)
    old, new = _Side(before, noise, is_vast=vast), _Side(after, noise, is_vast=vast)
    if old.content == new.content:
        return None
    # One direction is worked out, the other is its inverse: alignment breaks ties in
    # ways that depend on which text comes first.
    edits = (
        _edits(old, new)
        if old.content < new.content
        else [_inverse(edit) for edit in _edits(new, old)]
    )
    edits.sort(key=_place)
    return judge(old.article, new.article, tuple(edits), terms)


def content_sha256(article: Article) -> Sha256:
    """Return the hash of all that a reader reads in `article`.

    Two articles have the same exactly where `compare` finds nothing, without noise.
    """
    side = _Side(article, (), is_vast=is_vast(article))
    return sha256(side.content.encode("utf-8", "surrogatepass"))


class _Side:
    """One article, settled and taken apart once, for its content and for its edits.

    Attributes:
        content: All that counts, in one canonical form.
    """

    def __init__(
        self, article: Article, noise: Sequence[NoisePattern], *, is_vast: bool
    ) -> None:
        self.article = settle(article, noise)
        self.passages = passages(self.article, mask_for(noise))
        self.lists = {
            field: listed(article, field, is_vast=is_vast) for field in LIST_FIELDS
        }
        named = chain(*self.lists.values())
        self.links = linked(self.article, named, is_vast=is_vast)
        self.pictures = pictured(article, is_vast=is_vast)
        self.content = repr(
            (
                texts.joined(self.passages.keys),
                [texts.key(single(article, field) or "") for field in SINGLE_FIELDS],
                *(
                    sorted((each.target, each.says) for each in links)
                    for links in (self.links, *self.lists.values())
                ),
                sorted((each.identity, each.says) for each in self.pictures),
            )
        )


def _edits(before: _Side, after: _Side) -> list[Edit]:
    edits = single_edits(before.article, after.article)
    work = Work()
    edits.extend(body_edits(before.passages, after.passages, work))
    edits.extend(list_edits("links", before.links, after.links))
    edits.extend(image_edits(before.pictures, after.pictures, work))
    for field in LIST_FIELDS:
        edits.extend(list_edits(field, before.lists[field], after.lists[field]))
    return edits


def _inverse(edit: Edit) -> Edit:
    at = edit.position
    return replace(
        edit,
        op=_INVERSE_OP[edit.op],
        before=edit.after,
        after=edit.before,
        position=Position(
            before=at.after,
            after=at.before,
            before_span=at.after_span,
            after_span=at.before_span,
        ),
    )


def _place(edit: Edit) -> tuple[int, int, tuple[int, int], bool, str]:
    """Order edits by field, then as the new text is read; what went comes first."""
    at = edit.position
    where = at.after if at.after is not None else at.before
    return (
        _ORDER[edit.field],
        -1 if where is None else where,
        at.after_span or at.before_span or (0, 0),
        edit.op != "removed",
        edit.op,
    )
