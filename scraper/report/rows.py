"""Two articles' texts beside each other, block by block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scraper.model import Article, Comparison, Edit


@dataclass(frozen=True, slots=True)
class Row:
    """One block before and after; None where there is none."""

    kind: Literal["same", "changed", "added", "removed", "moved"]
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Fold:
    """A stretch of unchanged blocks that is not shown, or only when asked for."""

    rows: tuple[Row, ...]

    @property
    def blocks(self) -> int:
        """How many."""
        return len(self.rows)


def rows(comparison: Comparison, before: Article, after: Article) -> list[Row]:
    """Return both texts in the new one's order; removed blocks where they stood.

    Raises:
        IndexError: These are not the settled articles that were compared.
    """
    old, new = (
        # Links that stand alone have edits of their own, and no order.
        [block.text for block in article.blocks if block.sole_link is None]
        for article in (before, after)
    )
    edits = [edit for edit in comparison.edits if edit.in_text]
    removed = {i for e in edits if e.op == "removed" for i in _lines(e)}
    added = {j for e in edits if e.op == "added" for j in _lines(e)}
    placed = {group.after: group for group in _groups(edits)}
    elsewhere = {
        i
        for group in placed.values()
        if group.moved
        for i in range(group.before, group.before + group.before_count)
    }
    found: list[Row] = []
    i = j = 0
    while i < len(old) or j < len(new):
        if i in removed:
            found.append(Row("removed", old[i], None))
            i += 1
        elif i in elsewhere:
            i += 1
        elif j in added:
            found.append(Row("added", None, new[j]))
            j += 1
        elif j in placed:
            group = placed[j]
            was = "\n".join(old[group.before : group.before + group.before_count])
            now = "\n".join(new[j : j + group.after_count])
            found.append(Row("moved" if group.moved else "changed", was, now))
            i += 0 if group.moved else group.before_count
            j += group.after_count
        else:
            found.append(Row("same", old[i], new[j]))
            i, j = i + 1, j + 1
    return found


def _lines(edit: Edit) -> range:
    """Return the blocks that an edit adds or removes: one for each of its lines."""
    at = edit.position
    first = at.after if at.before is None else at.before
    lines = 1 + (edit.before or edit.after or "").count("\n")
    return range(0) if first is None else range(first, first + lines)


def folded(found: Sequence[Row], *, context: int = 1) -> Iterator[Row | Fold]:
    """Yield rows, with unchanged ones shown only next to a change."""
    near = {
        k
        for at, row in enumerate(found)
        if row.kind != "same"
        for k in range(at - context, at + context + 1)
    }
    hidden: list[Row] = []
    for at, row in enumerate(found):
        if at not in near:
            hidden.append(row)
            continue
        if hidden:
            yield Fold(tuple(hidden))
        hidden = []
        yield row
    if hidden:
        yield Fold(tuple(hidden))


@dataclass(frozen=True, slots=True)
class _Group:
    before: int
    before_count: int
    after: int
    after_count: int
    moved: bool


def _groups(edits: Sequence[Edit]) -> Iterator[_Group]:
    """Yield the blocks that changed or moved; a line break joins two into one side."""
    by_place: dict[tuple[int, int], list[Edit]] = {}
    for edit in edits:
        i, j = edit.position.before, edit.position.after
        if i is not None and j is not None:
            by_place.setdefault((i, j), []).append(edit)
    for (i, j), mine in by_place.items():
        changes = [edit for edit in mine if edit.op == "changed"]
        yield _Group(
            before=i,
            before_count=1 + sum((e.before or "").count("\n") for e in changes),
            after=j,
            after_count=1 + sum((e.after or "").count("\n") for e in changes),
            moved=len(changes) < len(mine),
        )
