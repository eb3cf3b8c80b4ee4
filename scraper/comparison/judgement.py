"""What edits amount to: whether the page owns up, how much it matters, in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scraper.comparison.figures import changed_figures, runs
from scraper.comparison.significance import reasons, significance
from scraper.comparison.summary import summary
from scraper.model import OTHERS_STORIES, Comparison, Disclosure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scraper.model import Article, Edit

_TEXT = frozenset({"title", "body", "notes", "caption"})
_FIGURES_IN = _TEXT | {"alt", "listed", "attachments"}


def judge(
    before: Article, after: Article, edits: tuple[Edit, ...], terms: Sequence[str]
) -> Comparison:
    """Return the comparison of two settled articles, given its edits."""
    differing = [run for edit in edits for run in runs(edit)]
    read = [run for run in differing if run.edit.field in _TEXT]
    owns_up = disclosure(before, after, edits)
    pairs = changed_figures(run for run in differing if run.edit.field in _FIGURES_IN)
    parts = reasons(before, after, edits, differing, pairs=pairs, terms=terms)
    return Comparison(
        edits=edits,
        disclosure=owns_up,
        significance=significance(parts),
        reasons=parts,
        summary=summary(before, after, edits, differing, owns_up, pairs=pairs),
        numbers=tuple((was.text, now.text) for was, now, _ in pairs),
        words_added=sum(run.words_added for run in read),
        words_removed=sum(run.words_removed for run in read),
    )


def disclosure(before: Article, after: Article, edits: Sequence[Edit]) -> Disclosure:
    """Tell whether the new page owns up to the edits.

    Nobody dates a page anew because it names other stories beside its own: where
    nothing else differs there is nothing to own up to.
    """
    if any(edit.field == "notes" and edit.after is not None for edit in edits):
        return Disclosure.NOTED
    dated = [edit for edit in edits if edit.field in {"published", "updated"}]
    if any(edit.in_text for edit in dated) or _printed_date_moved(before, after):
        return Disclosure.REDATED
    if dated:
        return Disclosure.METADATA_ONLY
    if all(edit.field in OTHERS_STORIES for edit in edits):
        return Disclosure.NOT_APPLICABLE
    states_date = any(
        (each.published, each.updated, each.published_text, each.updated_text)
        != (None,) * 4
        for each in (before, after)
    )
    return Disclosure.NONE_SEEN if states_date else Disclosure.NOT_APPLICABLE


def _printed_date_moved(before: Article, after: Article) -> bool:
    for name in ("published", "updated"):
        old, new = (_printed(each, name) for each in (before, after))
        iso_old: str | None = getattr(before, name)
        iso_new: str | None = getattr(after, name)
        if old != new and iso_old != iso_new and new is not None:
            return True
    return False


def _printed(article: Article, name: str) -> str | None:
    """Return a date as a reader sees it; one of unknown origin counts as printed."""
    text: str | None = getattr(article, f"{name}_text")
    date: str | None = getattr(article, name)
    return text or (date if name not in article.provenance else None)
