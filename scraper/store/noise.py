"""Learned noise: the lines seen to move, the patterns they taught, their removal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from scraper import noise, urls
from scraper.model import NoisePattern, NoiseSighting, Sha256
from scraper.store import rows
from scraper.store.rows import moment, seconds

if TYPE_CHECKING:
    from datetime import datetime

    from scraper.model import Check
    from scraper.store.database import Database, Row


class KnownNoise(NamedTuple):
    """A pattern in force, and the number it is removed by."""

    number: int
    pattern: NoisePattern


def in_force(db: Database, *, host: str | None = None) -> list[KnownNoise]:
    """Return the patterns of a host, or all, in the order of learning."""
    found = db.rows(
        "SELECT * FROM noise_patterns WHERE removed_at IS NULL"
        " AND (?1 IS NULL OR host = ?1) ORDER BY id",
        (host,),
    )
    return [KnownNoise(row["id"], _pattern(row)) for row in found]


def remove(db: Database, number: int, *, now: datetime) -> NoisePattern | None:
    """Take a pattern out of force; None if there is none of that number.

    What it was learned from counts no more: only what is seen from now on can teach it
    again. Nothing recorded changes.
    """
    row = db.row(
        "SELECT * FROM noise_patterns WHERE id = ? AND removed_at IS NULL", (number,)
    )
    if row is None:
        return None
    with db.transaction():
        db.update("noise_patterns", number, {"removed_at": seconds(now)})
    return _pattern(row)


def take_in(db: Database, check: Check, *, now: datetime) -> None:
    """Record what a check taught. Inside its transaction."""
    for pattern in check.learned:
        _learn(db, pattern)
    host = urls.host(check.capture.url) if check.capture is not None else ""
    look = db.value("SELECT checks FROM pages WHERE id = ?", (check.page.id,))
    for sighting in check.moving:
        db.run(
            "INSERT INTO noise_sightings (page_id, host, layout, shape, look, before,"
            " after, before_at, after_at, before_sha256, after_sha256)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (
                check.page.id, host, sighting.layout, sighting.shape, look,
                sighting.before, sighting.after, seconds(sighting.before_at),
                seconds(sighting.after_at), sighting.before_sha256,
                sighting.after_sha256,
            ),
        )  # fmt: skip
        db.run(
            "DELETE FROM noise_sightings WHERE host = ? AND shape = ? AND page_id = ?"
            " AND look <= ?",
            (host, sighting.shape, check.page.id, look - noise.LOOKS),
        )
        _recur(db, host, sighting, now=now)


def _recur(db: Database, host: str, sighting: NoiseSighting, *, now: datetime) -> None:
    """Learn a line that moves on several pages, look after look."""
    seen = [
        (row["look"], _sighting(row | {"url": row["page_url"]}))
        for row in db.rows(
            "SELECT s.*, p.url AS page_url FROM noise_sightings s"
            " JOIN pages p ON p.id = s.page_id"
            " WHERE s.host = ? AND s.shape = ? AND s.layout IS ?",
            (host, sighting.shape, sighting.layout),
        )
    ]
    evidence = noise.recurring(seen)
    if evidence:
        pages = len({one.url for one in evidence})
        learned = noise.learned(
            sighting.shape,
            evidence,
            host=host,
            layout=sighting.layout,
            since=now,
            reason=f"moved at every look on {pages} pages while all else stood",
        )
        _learn(db, learned)


def _learn(db: Database, pattern: NoisePattern) -> None:
    db.run(
        "INSERT INTO noise_patterns"
        " (host, layout, shape, pattern, reason, evidence, since)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (
            pattern.host,
            pattern.layout,
            pattern.shape,
            pattern.pattern,
            pattern.reason,
            rows.as_json([_told(one) for one in pattern.evidence]),
            seconds(pattern.since) if pattern.since is not None else "",
        ),
    )
    # They are part of its evidence now; once it is removed they must not teach again.
    db.run(
        "DELETE FROM noise_sightings WHERE host = ? AND shape = ?",
        (pattern.host, pattern.shape),
    )


def _pattern(row: Row) -> NoisePattern:
    return NoisePattern(
        pattern=row["pattern"],
        reason=row["reason"],
        where="block",
        shape=row["shape"],
        evidence=tuple(
            _sighting(one | {"shape": row["shape"], "layout": row["layout"]})
            for one in json.loads(row["evidence"])
        ),
        since=moment(row["since"]),
        host=row["host"],
        layout=row["layout"],
    )


def _told(sighting: NoiseSighting) -> dict[str, str | None]:
    return {
        "url": sighting.url,
        "before": sighting.before,
        "after": sighting.after,
        "before_at": seconds(sighting.before_at),
        "after_at": seconds(sighting.after_at),
        "before_sha256": sighting.before_sha256,
        "after_sha256": sighting.after_sha256,
    }


def _sighting(row: Row) -> NoiseSighting:
    return NoiseSighting(
        shape=row["shape"],
        layout=row["layout"],
        url=row["url"],
        before=row["before"],
        after=row["after"],
        before_at=moment(row["before_at"]),
        after_at=moment(row["after_at"]),
        before_sha256=_digest(row["before_sha256"]),
        after_sha256=_digest(row["after_sha256"]),
    )


def _digest(text: str | None) -> Sha256 | None:
    return None if text is None else Sha256(text)
