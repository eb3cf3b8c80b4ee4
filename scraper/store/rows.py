"""Values to rows and back: articles, captures, changes, pages. No decisions here."""

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
    Block,
    Capture,
    Change,
    Comparison,
    Disclosure,
    Edit,
    Event,
    Hop,
    Image,
    Link,
    PageId,
    Position,
    Reading,
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


# Articles.


def article_columns(db: Database, reading: Reading) -> Row:
    """Return the columns of `versions` that hold single fields, in a transaction."""
    article = reading.article
    return {
        "title": article.title,
        "kind": article.kind,
        "url": article.url,
        "published": article.published,
        "updated": article.updated,
        "published_text": article.published_text,
        "updated_text": article.updated_text,
        "metadata_updated": article.metadata_updated,
        "byline": article.byline,
        "dateline": article.dateline,
        "article_id": article.article_id,
        "lang": article.lang,
        "words": len(article.text.split()),
        "rules": reading.rules,
        "reading_id": _reading(db, reading),
    }


def lists_of(db: Database, page_id: int, version_id: int, article: Article) -> Row:
    """Return whose passages and links an article has: a new version's own, or older.

    A byline or a date that moves leaves both as they were in the page's newest version.
    """
    newest = db.row(
        "SELECT passages_of, links_of FROM versions WHERE page_id = ?"
        " ORDER BY number DESC LIMIT 1",
        (page_id,),
    )
    own: Row = {"passages_of": version_id, "links_of": version_id}
    if newest is None:
        return own
    if stored_passages(db, newest["passages_of"]) == _passages(article):
        own["passages_of"] = newest["passages_of"]
    if _stored_links(db, newest["links_of"]) == _links(article):
        own["links_of"] = newest["links_of"]
    return own


def save_article(db: Database, version: Row, article: Article) -> None:
    """Store an article's lists as rows of its version, inside a transaction.

    Args:
        db: Where to.
        version: Its row, with `lists_of` the article.
        article: What to store.
    """
    version_id = version["id"]
    if version["passages_of"] == version_id:
        db.run_many(
            "INSERT INTO passage_lists (version_id, position, passage_id)"
            " VALUES (?, ?, ?)",
            [
                (version_id, position, _passage(db, kind, text))
                for position, (kind, text) in enumerate(_passages(article))
            ],
        )
    if version["links_of"] == version_id:
        db.run_many(
            "INSERT INTO link_lists"
            " (version_id, part, position, link_id, passage_position)"
            " VALUES (?, ?, ?, ?, ?)",
            [
                (version_id, part, at, _link(db, link), block_at)
                for part, links in _links(article).items()
                for at, (block_at, link) in enumerate(links)
            ],
        )
    db.run_many(
        "INSERT INTO version_images (version_id, position, image_id) VALUES (?, ?, ?)",
        [
            (version_id, at, _image(db, image))
            for at, image in enumerate(article.images)
        ],
    )


def searched(article: Article) -> list[tuple[str, str]]:
    """Return what is kept as passages for search alone: kind and text.

    First the titles of pictures, which texts recorded under schema 1 lack.
    """
    titles = [("caption", image.title) for image in article.images if image.title]
    captions = [("caption", image.caption) for image in article.images if image.caption]
    return [*titles, *captions, *([("title", article.title)] if article.title else [])]


def load_article(db: Database, version: Row) -> Article:
    """Return the article of one row of `versions`, equal to the one stored."""
    version_id = version["id"]
    passages = stored_passages(db, version["passages_of"])
    links = _stored_links(db, version["links_of"])
    of_block: dict[int | None, list[Link]] = {}
    for block_at, link in links["body"]:
        of_block.setdefault(block_at, []).append(link)
    images = db.rows(
        "SELECT i.src, i.alt, i.title, i.caption, i.credit, i.virin"
        " FROM version_images vi JOIN images i ON i.id = vi.image_id"
        " WHERE vi.version_id = ? ORDER BY vi.position",
        (version_id,),
    )
    body = [one for one in passages if one[0] not in {"note", "caption", "title"}]
    return Article(
        url=version["url"],
        kind=version["kind"],
        title=version["title"],
        published=version["published"],
        updated=version["updated"],
        published_text=version["published_text"],
        updated_text=version["updated_text"],
        metadata_updated=version["metadata_updated"],
        byline=version["byline"],
        dateline=version["dateline"],
        blocks=tuple(
            Block(kind, text, tuple(of_block.get(at, ())))
            for at, (kind, text) in enumerate(body)
        ),
        images=tuple(Image(**row) for row in images),
        related=tuple(link for _, link in links["related"]),
        attachments=tuple(link for _, link in links["attachments"]),
        listed=tuple(link for _, link in links["listed"]),
        notes=tuple(text for kind, text in passages if kind == "note"),
        article_id=version["article_id"],
        lang=version["lang"],
        provenance=json.loads(
            db.value(
                "SELECT provenance FROM readings WHERE id = ?", (version["reading_id"],)
            )
        ),
    )


def _links(article: Article) -> dict[str, list[tuple[int | None, Link]]]:
    return {
        "body": [(at, link) for at, b in enumerate(article.blocks) for link in b.links],
        "related": [(None, link) for link in article.related],
        "attachments": [(None, link) for link in article.attachments],
        "listed": [(None, link) for link in article.listed],
    }


def _passages(article: Article) -> list[tuple[str, str]]:
    return [
        *((block.kind, block.text) for block in article.blocks),
        *(("note", note) for note in article.notes),
        *searched(article),
    ]


def stored_passages(db: Database, version_id: int) -> list[tuple[Any, str]]:
    """Return one of `passage_lists`: kind and text of each, those for search last."""
    found = db.rows(
        "SELECT s.kind, s.text FROM passage_lists o"
        " JOIN passages s ON s.id = o.passage_id"
        " WHERE o.version_id = ? ORDER BY o.position",
        (version_id,),
    )
    return [(row["kind"], row["text"]) for row in found]


def _stored_links(
    db: Database, version_id: int
) -> dict[str, list[tuple[int | None, Link]]]:
    """Return one of `link_lists`, as `_links` has it."""
    parts = _links(Article(url=""))
    for row in db.rows(
        "SELECT o.part, o.passage_position, l.title, l.url, l.published"
        " FROM link_lists o JOIN links l ON l.id = o.link_id"
        " WHERE o.version_id = ? ORDER BY o.part, o.position",
        (version_id,),
    ):
        link = Link(row["title"], row["url"], row["published"])
        parts[row["part"]].append((row["passage_position"], link))
    return parts


def _passage(db: Database, kind: str, text: str) -> int:
    values = {"digest": passage_digest(kind, text), "kind": kind, "text": text}
    known = db.value(
        "SELECT id FROM passages WHERE digest = ? AND kind = ? AND text = ?",
        tuple(values.values()),
    )
    return int(known) if known is not None else db.insert("passages", values)


def passage_digest(kind: str, text: str) -> int:
    """Return what a passage is found by, and checked: 4 bytes of a sha256, signed.

    A whole one would cost a kilobyte a page. Two alike only cost a comparison, and
    a version's own hash covers its whole text.
    """
    told = hashlib.sha256(f"{kind}\n{text}".encode()).digest()
    return int.from_bytes(told[:4], signed=True)


def reading(db: Database, version: Row) -> Reading:
    """Return how one row of `versions` was read."""
    (found,) = db.rows("SELECT * FROM readings WHERE id = ?", (version["reading_id"],))
    return Reading(
        article=load_article(db, version),
        rules=version["rules"],
        layout=found["layout"],
        encoding=found["encoding"],
    )


def _reading(db: Database, reading: Reading) -> int:
    values: Row = {
        "provenance": as_json(dict(reading.article.provenance)),
        "layout": reading.layout,
        "encoding": reading.encoding,
    }
    known = db.value(
        "SELECT id FROM readings"
        " WHERE provenance = ? AND layout IS ? AND encoding IS ?",
        tuple(values.values()),
    )
    return int(known) if known is not None else db.insert("readings", values)


def _link(db: Database, link: Link) -> int:
    values = {"url": link.url, "title": link.title, "published": link.published}
    known = db.value(
        "SELECT id FROM links WHERE url = ? AND title = ? AND published IS ?",
        tuple(values.values()),
    )
    return int(known) if known is not None else db.insert("links", values)


def _image(db: Database, image: Image) -> int:
    values: Row = asdict(image)
    known = db.value(
        "SELECT id FROM images WHERE src = ? AND alt IS ? AND title IS ?"
        " AND caption IS ? AND credit IS ? AND virin IS ?",
        tuple(values.values()),
    )
    return int(known) if known is not None else db.insert("images", values)


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
