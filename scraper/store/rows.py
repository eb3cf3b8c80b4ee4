"""Values to rows and back: times, captures, changes, events, watches. No decisions."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from scraper.model import (
    FEED_RULES,
    ActiveHours,
    Article,
    Capture,
    Change,
    Comparison,
    Disclosure,
    Edit,
    Event,
    Hop,
    PageId,
    Position,
    Sha256,
    Version,
    VersionId,
    Watch,
    WatchId,
    WatchKind,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scraper.store.database import Database, Row


# Times: whole seconds where people read, microseconds where order or proof needs them.


def seconds(at: datetime) -> str:
    """Return `2026-11-23T14:05:09Z`, the fraction cut off; sorts as text."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def exact(at: datetime) -> str:
    """Return `2026-11-23T14:05:09.250000Z`; sorts as text among its own kind."""
    # A third of strftime's time, at every request.
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def id_of(reference: str | int) -> int | None:
    """Return the id that a person named; None for other words, or past SQLite's."""
    told = str(reference)
    return int(told) if told.isdecimal() and len(told) < 19 else None


def moment(text: str) -> datetime:
    """Return the time that `seconds` or `exact` wrote."""
    return datetime.fromisoformat(text)


def seconds_or_none(at: datetime | None) -> str | None:
    """Return `seconds` of a time that may be unknown."""
    return None if at is None else seconds(at)


def exact_or_none(at: datetime | None) -> str | None:
    """Return `exact` of a time that may be unknown."""
    return None if at is None else exact(at)


def moment_or_none(text: str | None) -> datetime | None:
    """Return `moment` of a time that may be unknown."""
    return None if text is None else moment(text)


def as_json(value: object) -> str:
    """Return compact JSON with sorted keys: equal values give equal text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


# Captures.


def capture_columns(db: Database, capture: Capture) -> Row:
    """Return every field of a capture as columns, but for its body and headers."""
    return {
        "requested_url": capture.requested_url,
        "url": None if capture.url == capture.requested_url else capture.url,
        "status": capture.status,
        "captured_at": exact(capture.captured_at),
        "took_us": (capture.captured_at - capture.started_at)
        // timedelta(microseconds=1),
        "connection_id": _connection(db, capture),
        "content_encoding": capture.content_encoding,
        "cache_age_s": capture.cache_age_s,
        "wire_sha256": capture.wire_sha256,
        "source": capture.source,
    }


def capture(row: Row, body: bytes) -> Capture:
    """Return the capture of one row of `responses`, its headers unfolded."""
    captured_at = moment(row["captured_at"])
    return Capture(
        requested_url=row["requested_url"],
        request_headers=_pairs(json.loads(row["request_headers"])),
        started_at=captured_at - timedelta(microseconds=row["took_us"]),
        captured_at=captured_at,
        hops=tuple(
            Hop(url=hop["url"], status=hop["status"], headers=_pairs(hop["headers"]))
            for hop in json.loads(row["hops"])
        ),
        http_version=row["http_version"],
        server_address=row["server_address"],
        certificate_sha256=row["certificate_sha256"],
        content_encoding=row["content_encoding"],
        body=body,
        wire_sha256=row["wire_sha256"],
        program=row["program"],
        source=row["source"],
    )


def _connection(db: Database, capture: Capture) -> int:
    values: Row = {
        "server_address": capture.server_address,
        "certificate_sha256": capture.certificate_sha256,
        "http_version": capture.http_version,
        "program": capture.program,
    }
    known = db.value(
        "SELECT id FROM connections WHERE server_address IS ?"
        " AND certificate_sha256 IS ? AND http_version = ? AND program = ?",
        tuple(values.values()),
    )
    return int(known) if known is not None else db.insert("connections", values)


def _pairs(pairs: Iterable[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in pairs)


# Versions, changes, events, watches.


def version(row: Row, article: Article) -> Version:
    """Return the version of one row of `versions`."""
    return Version(
        id=VersionId(row["id"]),
        page_id=PageId(row["page_id"]),
        number=row["number"],
        article=article,
        content_sha256=Sha256(row["content_sha256"]),
        rules=row["rules"],
        origin=row["origin"],
        first_seen_at=moment(row["first_seen_at"]),
        last_seen_at=moment(row["last_seen_at"]),
        last_seen_on=row["last_seen_on"],
        body_sha256=row["body_sha256"],
        encoding=row["encoding"],
    )


def change_columns(comparison: Comparison) -> Row:
    """Return the columns of `changes` that say what the comparison found."""
    return {
        "disclosure": str(comparison.disclosure),
        "significance": float(comparison.significance),
        "summary": comparison.summary,
        "fields": " ".join(sorted(comparison.fields)),
        "reasons": as_json(comparison.reasons),
        "numbers": as_json(comparison.numbers),
        "words_added": comparison.words_added,
        "words_removed": comparison.words_removed,
        "edits": len(comparison.edits),
    }


def edit_rows(change_id: int, edits: Iterable[Edit]) -> list[tuple[object, ...]]:
    """Return rows of `edits`, numbered from 1."""
    return [
        (
            change_id,
            number,
            edit.field,
            edit.op,
            edit.before,
            edit.after,
            as_json({k: v for k, v in asdict(edit.position).items() if v is not None}),
        )
        for number, edit in enumerate(edits, start=1)
    ]


def change_ref(
    key: str,
    *,
    old_sha256: str,
    new_sha256: str,
    old_last_seen_at: str,
    new_first_seen_at: str,
) -> str:
    """Return 12 letters and digits derived from what changed, where and when.

    The same change recorded in two databases has the same reference: 60 bits of a
    sha256, so that a million changes collide once in two million databases.
    """
    told = f"{key}\n{old_sha256}\n{new_sha256}\n{old_last_seen_at}\n{new_first_seen_at}"
    return (
        base64.b32encode(hashlib.sha256(told.encode()).digest())[:12].decode().lower()
    )


def changes(rows: list[Row], edits: list[Row]) -> list[Change]:
    """Return the changes of joined rows; `edits` ordered by change and number."""
    by_change = {
        change_id: tuple(map(_edit, group))
        for change_id, group in groupby(edits, key=lambda row: row["change_id"])
    }
    return [_change(row, by_change[row["id"]]) for row in rows]


def _change(row: Row, edits: tuple[Edit, ...]) -> Change:
    return Change(
        id=row["id"],
        ref=row["ref"],
        page_id=PageId(row["page_id"]),
        page_url=row["page_url"],
        site=row["site"],
        old_version=VersionId(row["old_version_id"]),
        new_version=VersionId(row["new_version_id"]),
        old_last_seen_at=moment(row["old_last_seen_at"]),
        old_last_seen_on=row["old_last_seen_on"],
        new_first_seen_at=moment(row["new_first_seen_at"]),
        new_first_seen_on=row["new_first_seen_on"],
        recorded_at=moment(row["recorded_at"]),
        title=row["title"],
        comparison=Comparison(
            edits=edits,
            disclosure=Disclosure(row["disclosure"]),
            significance=row["significance"],
            reasons=tuple((why, weight) for why, weight in json.loads(row["reasons"])),
            summary=row["summary"],
            numbers=tuple((old, new) for old, new in json.loads(row["numbers"])),
            words_added=row["words_added"],
            words_removed=row["words_removed"],
        ),
        only_feed=row["rules"] == FEED_RULES,
    )


def _edit(row: Row) -> Edit:
    return Edit(
        field=row["field"],
        op=row["op"],
        before=row["before"],
        after=row["after"],
        position=_position(json.loads(row["position"])),
    )


def _position(told: Mapping[str, Any]) -> Position:
    before, after = told.get("before_span"), told.get("after_span")
    return Position(
        before=told.get("before"),
        after=told.get("after"),
        before_span=None if before is None else (before[0], before[1]),
        after_span=None if after is None else (after[0], after[1]),
    )


def event_columns(event: Event) -> Row:
    """Return the columns of `events` that say what happened."""
    return {
        "kind": event.kind,
        "first_seen_at": seconds(event.first_seen_at),
        "last_seen_at": seconds(event.last_seen_at),
        "summary": event.summary,
        "detail": as_json(dict(event.detail)),
    }


def event(row: Row) -> Event:
    """Return the event of one row of `events`, with `what_changed`: its change's."""
    return Event(
        kind=row["kind"],
        first_seen_at=moment(row["first_seen_at"]),
        last_seen_at=moment(row["last_seen_at"]),
        summary=row["summary"] or row["what_changed"],
        detail=json.loads(row["detail"]),
    )


def watch(row: Row) -> Watch:
    """Return the watch of one row of `watches`."""
    return Watch(
        id=WatchId(row["id"]),
        url=row["url"],
        kind=WatchKind(row["kind"]),
        site=row["site"],
        every=interval(row["every_s"]),
        active_hours=active_hours(row["active_hours"]),
        include=tuple(json.loads(row["include"])),
        exclude=tuple(json.loads(row["exclude"])),
        most=row["most"],
        feed_only=bool(row["feed_only"]),
        added_at=moment(row["added_at"]),
        paused=bool(row["paused"]),
    )


def active_hours(text: str | None) -> ActiveHours | None:
    """Return stored hours."""
    return None if text is None else ActiveHours.parse(text)


def interval(length_s: int | None) -> timedelta | None:
    """Return a stored number of seconds as an interval."""
    return None if length_s is None else timedelta(seconds=length_s)
