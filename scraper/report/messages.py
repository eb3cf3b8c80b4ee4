"""Alerts and digests as text that is inert in mail and chat, and as values. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from scraper.model import MANY_PAGES, Message
from scraper.report.documents import as_dict
from scraper.report.evidence import FIELD_NAMES, facts, instant
from scraper.report.sheet import LOST, named, signature
from scraper.report.spans import safe

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence

    from scraper.model import (
        Change,
        Coverage,
        Delivery,
        Edit,
        EventKind,
        JsonValue,
        Notice,
    )

_SUBJECT = 150
_MOST_NOTICES = 50
_MOST_EDITS = 8
_LONGEST_EDIT = 400
_LONGEST_LINE = 1000
_NAMES: dict[EventKind, tuple[str, str]] = {
    "edited": ("page edited", "pages edited"),
    "published": ("new story", "new stories"),
    "removed": ("page removed", "pages removed"),
    "withdrawn": ("page withdrawn", "pages withdrawn"),
    "restored": ("page restored", "pages restored"),
    "moved_outside": ("page moved away", "pages moved away"),
    "mass_edit": ("mass edit", "mass edits"),
    "mass_removal": ("mass removal", "mass removals"),
}
_GROUPS = frozenset({"mass_edit", "mass_removal"})
_PAGES_NAMED = 10
_ISO_TIME = re.compile(r"\b(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\dZ")
_HOW_TO_READ = (
    "Govwatch saw the old text and, later, the new one. The change came between the two"
    " times;\nnobody here claims to know the moment. To read it word by word:"
    " govwatch diff REFERENCE.\nTo prove it to others: govwatch evidence REFERENCE."
)


def message(delivery: Delivery, coverage: Coverage | None = None) -> Message:
    """Return what a delivery says.

    Text from pages is made inert: no header, tag, mention or hidden link can be made
    of it. The payload has it as it is.

    Args:
        delivery: With what it tells, in the order of recording.
        coverage: For a digest: what was and was not looked at.
    """
    notices = sorted(delivery.notices, key=_weight, reverse=True)
    if delivery.kind == "alert":
        subject = _alert_subject(delivery, notices)
    else:
        subject = f"{delivery.rule}: {tally(notices) or 'nothing to tell'}"
    subject = f"[Govwatch] {inert(subject)}"[:_SUBJECT]
    alike = _alike(notices)
    parts = ["\n".join(_told_once(same)) for same in alike[:_MOST_NOTICES]]
    if more := sum(map(len, alike[_MOST_NOTICES:])):
        parts.append(f"... and {more} more: govwatch changes")
    if coverage is not None:
        parts.append("\n".join(_covered(delivery, coverage)))
    if any(notice.change is not None for notice in notices):
        parts.append(_HOW_TO_READ)
    parts.append("\n".join(_footer(delivery)))
    payload: dict[str, JsonValue] = {
        "id": delivery.id,
        "kind": delivery.kind,
        "rule": delivery.rule,
        "group": delivery.group,
        "since": delivery.since.isoformat(),
        "due_at": delivery.due_at.isoformat(),
        "subject": subject,
        "notices": [_plain(notice) for notice in notices[:_MOST_NOTICES]],
        "notices_left_out": max(len(notices) - _MOST_NOTICES, 0),
    }
    if coverage is not None:
        payload["coverage"] = _coverage_plain(coverage)
    if delivery.ledger is not None:
        payload["ledger"] = dict(zip(("row", "sha256"), delivery.ledger, strict=True))
    return Message(subject=subject, text="\n\n".join(parts) + "\n", payload=payload)


def _footer(delivery: Delivery) -> Iterator[str]:
    yield f"Delivery {delivery.id}, by rule {inert(delivery.rule)}"
    if delivery.ledger is not None:
        number, digest = delivery.ledger
        yield f"Ledger row {number}: sha256 {digest}"


def inert(text: str) -> str:
    """Return text on one line that no mail program or chat acts upon.

    Slack reads `<!channel>`, `<@U1>` and `<url|text>`, Discord `@everyone` and
    `[text](url)`. Neither reads what is left.
    """
    line = re.sub(r"\s+", " ", safe(text)).strip()[:_LONGEST_LINE]
    line = line.replace("<", "\u2039").replace(">", "\u203a")
    line = re.sub(r"(?<!\w)@(?=\w)", "@\u200b", line)
    return line.replace("](", "] (")


def _weight(notice: Notice) -> tuple[bool, float]:
    """Groups first, then pages that went or came, then changes by significance."""
    change = notice.change
    return notice.kind in _GROUPS, (
        1.0 if change is None else change.comparison.significance
    )


def _alert_subject(delivery: Delivery, notices: Sequence[Notice]) -> str:
    if not notices:
        return delivery.group
    first = notices[0]
    if len(notices) == 1 or first.kind in _GROUPS:
        title = f"{_title(first)}: " if _title(first) else ""
        return f"{delivery.group}: {title}{first.summary}"
    return f"{delivery.group}: {tally(notices)}"


def tally(notices: Iterable[Notice]) -> str:
    """Return how many of each kind: `2 pages edited, 1 page removed`."""
    counted = Counter(notice.kind for notice in notices)
    told = []
    for kind, count in counted.most_common():
        one, many = _NAMES.get(kind, (kind, kind))
        told.append(f"{count} {one if count == 1 else many}")
    return ", ".join(told)


def _title(notice: Notice) -> str:
    change = notice.change
    return (change.title if change is not None else notice.title) or ""


def _alike(notices: Iterable[Notice]) -> list[list[Notice]]:
    """Return notices, those of the same edit on three pages or more together."""
    same: dict[Hashable, list[Notice]] = defaultdict(list)
    for notice in notices:
        change = notice.change if notice.kind == "edited" else None
        same[id(notice) if change is None else signature(change)].append(notice)
    told: list[list[Notice]] = []
    for mine in same.values():
        is_on_many = len({one.page_url for one in mine}) >= MANY_PAGES
        told += [mine] if is_on_many else [[one] for one in mine]
    return sorted(told, key=lambda mine: _weight(mine[0]), reverse=True)


def _told_once(same: Sequence[Notice]) -> Iterator[str]:
    yield from _told(same[0])
    others = same[1:]
    if others:
        yield f"  The same edit on {len(others)} more pages:"
    for one in others[:_PAGES_NAMED]:
        ref = one.change.ref if one.change is not None else ""
        yield f"    {ref}  {inert(_title(one))}  {inert(one.page_url or '')}".rstrip()
    if len(others) > _PAGES_NAMED:
        yield f"    ... and {len(others) - _PAGES_NAMED} more: govwatch changes"


def _told(notice: Notice) -> Iterator[str]:
    site = notice.site or notice.host or ""
    title = _title(notice) or notice.page_url or site
    yield inert(title) + (f" ({inert(site)})" if site and site != title else "")
    yield inert(named(notice.kind, notice.summary))
    if notice.change is not None:
        yield from _change_lines(notice.change)
        return
    label = "Confirmed" if notice.kind in LOST - _GROUPS else "Seen"
    yield f"  {label}: {instant(notice.seen_at)}"
    if notice.page_url:
        yield f"  Page: {inert(notice.page_url)}"
    elif notice.kind in _GROUPS and notice.site:
        yield f"  Which pages: govwatch changes {inert(notice.site)}"


def _change_lines(change: Change) -> Iterator[str]:
    edits = change.comparison.edits
    for edit in edits[:_MOST_EDITS]:
        yield from _edit_lines(edit)
    if len(edits) > _MOST_EDITS:
        yield f"  ... and {len(edits) - _MOST_EDITS} edits more"
    for label, text in facts(change):
        yield f"  {label}: {inert(text)}"


def _edit_lines(edit: Edit) -> Iterator[str]:
    name = FIELD_NAMES[edit.field]
    if edit.op == "moved":
        yield f"  = {name} moved: {_cut(edit.after or '')}"
        return
    if edit.before is not None:
        yield f"  - {name}: {_cut(edit.before)}"
    if edit.after is not None:
        yield f"  + {name}: {_cut(edit.after)}"


def _cut(text: str) -> str:
    line = inert(text)
    return line if len(line) <= _LONGEST_EDIT else f"{line[:_LONGEST_EDIT]}..."


def _covered(delivery: Delivery, coverage: Coverage) -> Iterator[str]:
    yield f"From {instant(delivery.since)} to {instant(delivery.due_at)}"
    yield (
        f"  Followed {coverage.followed} pages; looked at {coverage.checked}, "
        f"{coverage.seen} of them showed how they stand."
    )
    if unseen := coverage.followed - coverage.seen:
        yield f"  Not seen in this time: {unseen}. What changed there is not known."
    if coverage.trouble:
        trouble = _ISO_TIME.sub(r"\1 \2 UTC", "; ".join(coverage.trouble))
        yield f"  In trouble: {inert(trouble)}"
    if coverage.counts:
        told = (f"{n} {kind.replace('_', ' ')}" for kind, n in coverage.counts.items())
        yield f"  Also: {', '.join(told)}"


def _plain(notice: Notice) -> dict[str, JsonValue]:
    return {
        "kind": notice.kind,
        "seen_at": notice.seen_at.isoformat(),
        "site": notice.site,
        "page_url": notice.page_url,
        "title": _title(notice) or None,
        "summary": notice.summary,
        "detail": dict(notice.detail),
        "change": None if notice.change is None else as_dict(notice.change),
    }


def _coverage_plain(coverage: Coverage) -> dict[str, JsonValue]:
    return {
        "followed": coverage.followed,
        "checked": coverage.checked,
        "seen": coverage.seen,
        "trouble": [*coverage.trouble],
        "counts": dict(coverage.counts),
    }
