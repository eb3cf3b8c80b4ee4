"""Web archives: WARC files written from what is kept, and read into captures.

The only package that knows `warcio`. Nothing here touches the network or the database.
"""

from scraper.archive.reading import Found, WarcReader
from scraper.archive.writing import WarcWriter

__all__ = ["Found", "WarcReader", "WarcWriter"]
