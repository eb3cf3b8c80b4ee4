"""Header lists as stored: once what many answers share, with each what is its own.

Sites send the same security headers, kilobytes of them, with every answer. A stored
list is the id of a row of `headers` and the values that row leaves open, in order.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from scraper.errors import StoreError
from scraper.store.rows import as_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scraper.model import Capture
    from scraper.store.database import Database, Row

_OWN: Final = frozenset(
    {
        "age",
        "akamai-grn",
        "cf-ray",
        "content-length",
        "date",
        "etag",
        "expires",
        "if-modified-since",
        "if-none-match",
        "last-modified",
        "link",
        "report-to",
        "server-timing",
        "traceparent",
        "x-age",
        "x-amz-cf-id",
        "x-amz-id-2",
        "x-amz-request-id",
        "x-azure-ref",
        "x-cache-hits",
        "x-generated-at",
        "x-request-id",
        "x-served-by",
        "x-timer",
        "x-trace-id",
        "x-varnish",
    }
)
"""Headers that differ from answer to answer; one missing here only costs room."""
_OWN_WORDS: Final = "'nonce-"
"""In a Content-Security-Policy that is made anew for each answer."""


def columns(db: Database, capture: Capture) -> Row:
    """Return the columns of `captures` that hold its headers, inside a transaction."""
    return {
        "request_headers": as_json(_folded(db, capture.request_headers)),
        "hops": as_json(
            [
                # The last hop's address and status have columns of their own.
                (
                    {}
                    if hop is capture.hops[-1]
                    else {"url": hop.url, "status": hop.status}
                )
                | {"headers": _folded(db, hop.headers)}
                for hop in capture.hops
            ]
        ),
    }


def unfolded(db: Database, row: Row) -> Row:
    """Return a row of `captures` with its headers as pairs of name and value, in JSON.

    Raises:
        StoreError: A list it refers to is not there.
    """
    hops = json.loads(row["hops"])
    for hop in hops:
        hop["headers"] = _pairs(db, hop["headers"])
    if hops:
        hops[-1] |= {"url": row["url"], "status": row["status"]}
    request = _pairs(db, json.loads(row["request_headers"]))
    return row | {"request_headers": as_json(request), "hops": as_json(hops)}


def _folded(db: Database, pairs: Iterable[tuple[str, str]]) -> list[int | str]:
    shared: list[tuple[str, str | None]] = []
    own: list[str] = []
    for name, value in pairs:
        is_own = name in _OWN or _OWN_WORDS in value
        shared.append((name, None if is_own else value))
        own.extend([value] * is_own)
    lines = as_json(shared)
    known = db.value("SELECT id FROM headers WHERE lines = ?", (lines,))
    return [known or db.insert("headers", {"lines": lines}), *own]


def _pairs(db: Database, folded: list[int | str]) -> list[list[str]]:
    lines = db.value("SELECT lines FROM headers WHERE id = ?", (folded[0],))
    if lines is None:
        raise StoreError(f"headers {folded[0]}: not there")
    own = iter(str(value) for value in folded[1:])
    return [
        [name, next(own, "") if value is None else value]
        for name, value in json.loads(lines)
    ]
