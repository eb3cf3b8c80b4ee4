"""News or noise: what a second look, right after the first, tells of a moving line."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scraper import noise, urls
from scraper.model import NoiseSighting

if TYPE_CHECKING:
    from scraper.model import Article, Capture, Check, NoisePattern, Reading, Version


def sightings(
    latest: Version, before: Article, reading: Reading, capture: Capture
) -> tuple[NoiseSighting, ...]:
    """Return the lines whose figures moved since the latest version: news or noise."""
    return tuple(
        NoiseSighting(
            shape=line.shape,
            layout=reading.layout,
            url=capture.requested_url,
            before=line.before,
            after=line.after,
            before_at=latest.last_seen_at,
            after_at=capture.captured_at,
            before_sha256=latest.body_sha256,
            after_sha256=capture.body_sha256,
        )
        for line in noise.moved(before, reading.article)
    )


def learned(check: Check, second: Check) -> tuple[NoisePattern, ...]:
    """Return the noise that `second`, made right after `check`, brings to light."""
    capture = second.capture
    if check.reading is None or second.reading is None or capture is None:
        return ()
    again = noise.moved_again(
        check.moving, check.reading.article, second.reading.article
    )
    first = {one.shape: one for one in check.moving}
    return tuple(
        noise.learned(
            line.shape,
            (
                first[line.shape],
                replace(
                    first[line.shape],
                    before=line.before,
                    after=line.after,
                    before_at=first[line.shape].after_at,
                    after_at=capture.captured_at,
                    before_sha256=first[line.shape].after_sha256,
                    after_sha256=capture.body_sha256,
                ),
            ),
            host=urls.host(capture.url),
            layout=check.reading.layout,
            since=capture.captured_at,
            reason="moved again when looked at again at once, and nothing else did",
        )
        for line in again
    )


def all_else_standing(check: Check) -> Check:
    """Keep moving lines in mind only where nothing else changed with them."""
    latest = check.page.latest
    if not check.moving or check.reading is None or latest is None:
        return check
    before = check.baseline.article if check.baseline is not None else latest.article
    if noise.all_else_stands(check.moving, before, check.reading.article):
        return check
    return replace(check, moving=())
