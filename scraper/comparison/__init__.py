"""What changed between two articles, in words a reader would use. Pure.

`compare` aligns blocks with blocks, then words with words; pictures by VIRIN, source or
caption; links by what they lead to. Applying its edits to the old article gives the new
one. What no reader would call a change is none: spacing, typographic spelling, markup,
the ways of writing an address, order of lists, counters and times of day.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

from scraper.comparison import text as texts
from scraper.comparison.body import body_edits
from scraper.comparison.fields import (
    LIST_FIELDS,
    SINGLE_FIELDS,
    image_edits,
    link_edits,
    linked,
    list_edits,
    listed,
    pictured,
    single,
    single_edits,
)
from scraper.comparison.judgement import judge
from scraper.comparison.patching import patch
from scraper.comparison.settling import mask_for, settle, text_blocks
from scraper.model import Edit, EditField, Position, sha256

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scraper.model import Article, Comparison, EditOp, NoisePattern, Sha256

__all__ = ["compare", "content_sha256", "patch", "settle"]

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
    old, new = settle(before, noise), settle(after, noise)
    ours, theirs = _content(old, noise), _content(new, noise)
    if ours == theirs:
        return None
    # One direction is worked out, the other is its inverse: alignment breaks ties in
    # ways that depend on which text comes first.
    edits = (
        _edits(old, new, noise)
        if ours < theirs
        else [_inverse(edit) for edit in _edits(new, old, noise)]
    )
    edits.sort(key=_place)
    return judge(old, new, tuple(edits), terms)


def content_sha256(article: Article) -> Sha256:
    """Return the hash of all that a reader reads in `article`.

    Two articles have the same exactly where `compare` finds nothing, without noise.
    """
    return sha256(_content(settle(article), ()).encode("utf-8", "surrogatepass"))


def _content(article: Article, noise: Sequence[NoisePattern]) -> str:
    """Return a settled article's text and fields in one canonical form."""
    mask = mask_for(noise)
    says = "\n".join(block.text for block in text_blocks(article))
    return repr(
        (
            texts.key(says, mask),
            [texts.key(single(article, field) or "") for field in SINGLE_FIELDS],
            sorted((each.target, each.says) for each in linked(article)),
            [
                sorted((each.target, each.says) for each in listed(article, field))
                for field in LIST_FIELDS
            ],
            sorted((each.identity, each.says) for each in pictured(article)),
        )
    )


def _edits(
    before: Article, after: Article, noise: Sequence[NoisePattern]
) -> list[Edit]:
    return [
        *single_edits(before, after),
        *body_edits(before, after, mask_for(noise)),
        *link_edits(before, after),
        *image_edits(before, after),
        *list_edits(before, after),
    ]


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


def _place(edit: Edit) -> tuple[int, int, tuple[int, int], str]:
    """Order edits by field, then as the new text is read."""
    at = edit.position
    where = at.after if at.after is not None else at.before
    return (
        _ORDER[edit.field],
        -1 if where is None else where,
        at.after_span or at.before_span or (0, 0),
        edit.op,
    )
