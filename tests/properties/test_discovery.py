from __future__ import annotations

import gzip

from hypothesis import given
from hypothesis import strategies as st

from scraper import urls
from scraper.discovery import discover
from scraper.errors import DiscoveryError
from scraper.model import Link, WatchKind

URL = "https://www.example.gov/feed.xml"
KINDS = st.sampled_from(WatchKind)
PIECES = st.sampled_from(
    [
        b"<?xml version='1.0'?>",
        b"<rss version='2.0'><channel>",
        b"<item><title>A</title><link>/a?b=1&c</link>",
        b"<guid>https://www.example.gov/x</guid><pubDate>Fri, 1 Jan 2026</pubDate>",
        b"</item>",
        b"</channel></rss>",
        b"<feed xmlns='http://www.w3.org/2005/Atom'><entry>",
        b"<link href='//[' rel='next'/>",
        b"<urlset><url><loc>https://x.gov/\xff</loc></url>",
        b"<sitemapindex><sitemap><loc>javascript:1</loc></sitemap>",
        b"<lastmod>2026-99-99T25:00:00Z</lastmod>",
        b"</urlset>",
        b"<html><title>Sign in",
        b"<a rel=next href='?p=2'>",
        b"&e;&#0;]]>",
        b"\x00\xff\xfe",
    ]
)
PLAIN = st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=12).map(b"".join))
PACKED = PLAIN.map(gzip.compress)
CUT = st.builds(lambda body, end: body[:end], PACKED, st.integers(0, 60))
BODIES = st.one_of(PLAIN, PACKED, CUT)


@given(body=BODIES, kind=KINDS)
def test_any_bytes_give_links_or_a_discovery_error(
    body: bytes, kind: WatchKind
) -> None:
    try:
        found = discover(body, url=URL, kind=kind, content_type="text/xml")
    except DiscoveryError:
        return
    for link in (*found.links, *found.sitemaps):
        assert link.url.startswith("https://")
        assert urls.canonical(link.url) == link.url
    addresses = [link.url for link in found.links]
    assert len(addresses) == len(set(addresses))


@given(references=st.lists(st.text(max_size=60)))
def test_a_listing_keeps_or_counts_every_address_it_names(
    references: list[str],
) -> None:
    listed = tuple(Link("", reference) for reference in references)
    found = discover(b"", url=URL, kind=WatchKind.LISTING, listed=listed)
    assert len(found.links) + found.skipped <= len(references)
    assert bool(found.links) or found.skipped == len(references)
