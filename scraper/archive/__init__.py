"""Web archives: WARC files written and read, mementos read; captures of their time.

The only package that knows `warcio`. Nothing here touches the network or the database.
"""

from scraper.archive.memento import (
    Memento,
    TimeMap,
    capture_of,
    read_timemap,
    spread,
    timemap_url,
)
from scraper.archive.reading import Found, WarcReader
from scraper.archive.writing import WarcWriter

__all__ = [
    "Found",
    "Memento",
    "TimeMap",
    "WarcReader",
    "WarcWriter",
    "capture_of",
    "read_timemap",
    "spread",
    "timemap_url",
]
