"""On what a change rests, and the names by which people know its fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scraper.model import OTHERS_STORIES, Disclosure

if TYPE_CHECKING:
    from datetime import datetime

    from scraper.model import Change, EditField

FIELD_NAMES: dict[EditField, str] = {
    "title": "headline",
    "published": "publication date",
    "updated": "update date",
    "byline": "byline",
    "dateline": "dateline",
    "body": "text",
    "links": "link in the text",
    "image": "picture",
    "image_title": "picture title",
    "alt": "picture description",
    "caption": "caption",
    "credit": "credit",
    "virin": "VIRIN",
    "related": "related story",
    "attachments": "document",
    "listed": "listed story",
    "notes": "correction or note",
}
_NOTHING_SAID = OTHERS_STORIES | {"published", "updated"}
_DISCLOSED = {
    Disclosure.NOTED: "the page carries a correction or editor's note",
    Disclosure.REDATED: "the page's visible date moved; no note",
    Disclosure.METADATA_ONLY: "only the page's metadata gives a new date",
    Disclosure.NONE_SEEN: "none seen: neither a note nor a new date",
}
_NOT_MODIFIED = ("304", "304: unchanged, said the server")


def instant(at: datetime) -> str:
    """Return a time as `2026-11-23 12:01:05 UTC`."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def between(since: datetime, until: datetime) -> str:
    """Return the time within which something happened, both ends in full."""
    return f"between {instant(since)} and {instant(until)}"


def facts(change: Change) -> list[tuple[str, str]]:
    """Return label and text of what is known around a change, in reading order."""
    comparison = change.comparison
    why = ", ".join(f"{name} {weight:g}" for name, weight in comparison.reasons)
    return [
        ("Page", change.page_url),
        ("Old text last seen", _seen(change.old_last_seen_at, change.old_last_seen_on)),
        (
            "New text first seen",
            _seen(change.new_first_seen_at, change.new_first_seen_on),
        ),
        ("Disclosure", _disclosed(change)),
        ("Significance", f"{comparison.significance:.2f} of at most 1 ({why})"),
        ("Reference", change.ref),
    ]


def _disclosed(change: Change) -> str:
    comparison = change.comparison
    if comparison.disclosure is not Disclosure.NOT_APPLICABLE:
        return _DISCLOSED[comparison.disclosure]
    why = "the page states no date"
    if change.only_feed:
        why = "only the feed was read, not the page"
    elif comparison.fields <= OTHERS_STORIES:
        why = "only other stories are named anew"
    elif "listed" in comparison.fields:
        why = "it is a list of other stories"
    elif comparison.fields <= _NOTHING_SAID:
        why = "only a date went"
    return f"not applicable: {why}"


def _seen(at: datetime, on: str) -> str:
    return f"{instant(at)} ({on.replace(*_NOT_MODIFIED, 1)})"
