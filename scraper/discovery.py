"""Links to new stories, from what feeds, sitemaps and listings say of themselves.

Pure: bytes to links. What a listing page names is read by `extraction` (the article's
`listed`); here it is only made uniform, and its next page found.
"""

from __future__ import annotations

import html
import io
import re
from calendar import timegm
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import feedparser
from lxml import etree

from scraper import document, urls
from scraper.errors import DiscoveryError, UrlError
from scraper.model import Article, Block, Image, Link, WatchKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

LIMIT_BYTES = 50 * 1024 * 1024
"""Largest sitemap, uncompressed (sitemaps.org protocol); feeds are held to it too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """What one feed, sitemap or listing names.

    Attributes:
        links: Pages: canonical https addresses, each once, in the order given;
            `published` only where a publication date is stated.
        sitemaps: Further sitemaps that a sitemap index names; `published` is when each
            was last written.
        modified: Address to when a sitemap says that it was written last.
        next_url: The next page of a listing or of an archived feed (RFC 5005).
        skipped: Entries without an address that Govwatch could ever ask for.
    """

    links: tuple[Link, ...] = ()
    sitemaps: tuple[Link, ...] = ()
    modified: Mapping[str, str] = field(default_factory=dict)
    next_url: str | None = None
    skipped: int = 0


NOTHING = Discovered()


def discover(
    body: bytes,
    *,
    url: str,
    content_type: str | None = None,
    kind: WatchKind,
    listed: tuple[Link, ...] = (),
) -> Discovered:
    """Return the links in `body`, which a watch of this `kind` received from `url`.

    Args:
        body: As received, decompressed; a sitemap may be a gzip file still.
        url: Where it came from; base of relative links.
        content_type: As sent.
        kind: Of the watch.
        listed: For a listing: `Article.listed` of the same body.

    Raises:
        DiscoveryError: It is not what the watch expects, is too large or is unsafe.
    """
    if len(body) > LIMIT_BYTES:
        raise DiscoveryError(f"{url}: larger than 50 MB, the limit of sitemaps.org")
    match kind:
        case WatchKind.FEED:
            return _feed(body, url, content_type)
        case WatchKind.SITEMAP:
            return _sitemap(document.unpacked(body), url)
        case WatchKind.LISTING:
            return _listing(body, url, content_type, listed)
        case WatchKind.ARTICLE:
            return Discovered()


# ---- feeds


def _feed(body: bytes, url: str, content_type: str | None) -> Discovered:
    parsed = _parsed(body, url, content_type)
    entries = parsed.entries
    links, skipped = _uniform((_of_entry(entry) for entry in entries), url)
    following = (
        str(link.get("href", ""))
        for link in parsed.feed.get("links", ())
        if link.get("rel") in {"next", "prev-archive"}
    )
    return Discovered(
        links=links, skipped=skipped, next_url=_first_address(following, url)
    )


def _parsed(
    body: bytes, url: str, content_type: str | None
) -> feedparser.FeedParserDict:
    headers = {"content-location": url}
    if content_type is not None:
        headers["content-type"] = content_type
    # A stream: feedparser would open bytes that happen to name a file.
    parsed = feedparser.parse(
        io.BytesIO(body), response_headers=headers, sanitize_html=False
    )
    if not parsed.get("version"):
        raise DiscoveryError(f"{url}: {_not_a_feed(body)}")
    return parsed


def told(
    body: bytes, *, url: str, content_type: str | None = None
) -> tuple[Article, ...]:
    """Return what a feed says of each of its stories: title, dates, summary, picture.

    Raises:
        DiscoveryError: It is no feed.
    """
    kept: dict[str, Article] = {}
    for entry in _parsed(body, url, content_type).entries:
        link = _of_entry(entry)
        address = _address(link.url, url)
        if address is not None and address not in kept:
            kept[address] = _article(entry, address, link)
    return tuple(kept.values())


_BREAK = re.compile(
    r"<br\s*/?>|</?(?:p|div|li|ul|ol|blockquote)\b[^<>]*>", re.IGNORECASE
)


def _article(entry: feedparser.FeedParserDict, url: str, link: Link) -> Article:
    paragraphs = (_plain(part) for part in _BREAK.split(_text(entry, "summary")))
    # feedparser answers for a missing `updated` with `published`, and warns of it.
    updated = _date(_text(entry, "updated")) if "updated" in entry else None
    pictures = (
        str(one.get("href", ""))
        for one in entry.get("enclosures", ())
        if str(one.get("type", "")).startswith("image/")
    )
    article = Article(
        url=url,
        title=link.title or None,
        published=link.published,
        published_text=_text(entry, "published") or None,
        updated=updated if updated != link.published else None,
        byline=_plain(_text(entry, "author")) or None,
        blocks=tuple(Block("paragraph", text) for text in paragraphs if text),
        images=tuple(Image(src=src) for src in pictures if src),
    )
    said = ("title", "published", "updated", "byline", "blocks", "images")
    provenance = {name: "feed" for name in said if getattr(article, name)}
    return replace(article, provenance=provenance)


_FEEDS = (
    'link[rel~="alternate"][type="application/rss+xml"][href]',
    'link[rel~="alternate"][type="application/atom+xml"][href]',
)


def feeds_of(page: document.Document) -> tuple[str, ...]:
    """Return the feeds that a page offers in its head (RSS autodiscovery)."""
    found = (node for rule in _FEEDS for node in page.tree.css(rule))
    addresses = (
        _address(node.attributes.get("href") or "", page.url) for node in found
    )
    return tuple(dict.fromkeys(address for address in addresses if address))


def _of_entry(entry: feedparser.FeedParserDict) -> Link:
    """Return an entry's link; AFPIMS often leaves all but the guid empty.

    Its guid says `isPermaLink=false` and is the address all the same (war.gov, 2025).
    """
    address = _text(entry, "link")
    identity = _text(entry, "id")
    if not address and re.match(r"https?://|/", identity):
        address = identity
    date = _date(_text(entry, "published")) or _feed_date(entry)
    return Link(title=_plain(_text(entry, "title")), url=address, published=date)


_ZONE = re.compile(r"(?:Z|[A-Z]{2,4}|[+-]\d{2}:?\d{2})\s*$")


def _feed_date(entry: feedparser.FeedParserDict) -> str | None:
    """Return the publication date; without a time zone stated, the day alone."""
    printed, parsed = _text(entry, "published"), entry.get("published_parsed")
    if not printed or parsed is None:
        return None
    moment = datetime.fromtimestamp(timegm(parsed), UTC)
    has_zone = _ZONE.search(printed) is not None
    return moment.isoformat() if has_zone else moment.date().isoformat()


def _text(entry: feedparser.FeedParserDict, key: str) -> str:
    value = entry.get(key)
    return value.strip() if isinstance(value, str) else ""


def _not_a_feed(body: bytes) -> str:
    start = body[:2_000].lower()
    if b"<html" in start or b"<!doctype html" in start:
        title = re.search(
            rb"<title[^>]*>(.{0,200}?)</title", body[:20_000], re.DOTALL | re.IGNORECASE
        )
        name = _plain(title[1].decode("utf-8", "replace")) if title else ""
        return f"a web page ({name!r}) where a feed was expected"
    return "not a feed" if body.strip() else "an empty body where a feed was expected"


# ---- sitemaps


def _sitemap(body: bytes, url: str) -> Discovered:
    if body.startswith(document.GZIP):
        raise DiscoveryError(f"{url}: a gzip file that is broken, nested or too large")
    pages: list[Link] = []
    sitemaps: list[Link] = []
    modified: dict[str, str] = {}
    try:
        for element in _elements(body, url):
            found, lastmod = _of_element(element)
            is_index = _local(element) == "sitemap"
            (sitemaps if is_index else pages).append(found)
            if lastmod and not is_index and (address := _address(found.url, url)):
                modified[address] = lastmod
    except etree.XMLSyntaxError as exc:
        raise DiscoveryError(f"{url}: not a well-formed sitemap: {exc.msg}") from exc
    links, skipped = _uniform(pages, url)
    indexed, skipped_too = _uniform(sitemaps, url)
    return Discovered(
        links=links,
        sitemaps=indexed,
        modified=modified,
        skipped=skipped + skipped_too,
    )


def _elements(body: bytes, url: str) -> Iterator[etree._Element]:
    """Yield a sitemap's entries one by one, each forgotten afterwards.

    A document type is refused whatever it declares: no sitemap has one, every XML bomb
    does. libxml2 stops one that the first kilobytes already set off.
    """
    events = etree.iterparse(
        # Plugins print empty lines before the XML declaration, which XML forbids.
        io.BytesIO(body.lstrip()),
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    depth = 0
    for event, element in events:
        depth += 1 if event == "start" else -1
        if event == "start" and depth == 1:
            _refuse_unless_sitemap(element, url)
        elif event == "end" and depth == 1:
            yield element
            element.clear()
            while (previous := element.getprevious()) is not None:
                previous.getparent().remove(previous)


def _refuse_unless_sitemap(root: etree._Element, url: str) -> None:
    if root.getroottree().docinfo.internalDTD is not None:
        raise DiscoveryError(f"{url}: declares a document type; sitemaps have none")
    name = _local(root)
    if name not in {"urlset", "sitemapindex"}:
        raise DiscoveryError(
            f"{url}: its root is <{name}>, where a sitemap was expected"
        )


def _of_element(element: etree._Element) -> tuple[Link, str | None]:
    """Return a `url` or `sitemap` and its lastmod, if it states one.

    The names and dates of a news sitemap are its page's; those of the pictures and
    videos on the page are not.
    """
    said: dict[str, str] = {}
    for child in element:
        for part in child if _local(child) == "news" else (child,):
            said.setdefault(_local(part), (part.text or "").strip())
    lastmod = _date(said.get("lastmod", ""))
    is_index = _local(element) == "sitemap"
    published = lastmod if is_index else _date(said.get("publication_date", ""))
    title = _plain(said.get("title", ""))
    return Link(title=title, url=said.get("loc", ""), published=published), lastmod


def _local(element: etree._Element) -> str:
    """Return a name without namespace or prefix, which are often left undeclared."""
    return re.split(r"[}:]", str(element.tag))[-1]


# ---- listings

_NEXT = (
    'link[rel~="next"][href]',
    'a[rel~="next"][href]',
    ".pager__item--next a[href]",  # Drupal
    ".pager-next a[href]",  # Drupal 7
    ".usa-pagination__next-page[href]",
    "a.next.page-numbers[href]",  # WordPress
    "li.next a[href]",
    "a.next[href]",
    'a[aria-label="Next page" i][href]',
)


def _listing(
    body: bytes, url: str, content_type: str | None, listed: tuple[Link, ...]
) -> Discovered:
    links, skipped = _uniform(listed, url)
    tree = document.parse(body, url=url, content_type=content_type).tree
    found = (node for rule in _NEXT if (node := tree.css_first(rule)) is not None)
    addresses = (node.attributes.get("href") or "" for node in found)
    return Discovered(
        links=links, skipped=skipped, next_url=_first_address(addresses, url)
    )


# ---- small values


def _uniform(found: Iterable[Link], base: str) -> tuple[tuple[Link, ...], int]:
    """Make addresses canonical, keep the first of each, count those that are none."""
    kept: dict[str, Link] = {}
    skipped = 0
    for link in found:
        address = _address(link.url, base)
        if address is None:
            skipped += 1
        elif address not in kept:
            kept[address] = Link(link.title, address, link.published)
    return tuple(kept.values()), skipped


def _first_address(found: Iterable[str], base: str) -> str | None:
    """Return the first that leads elsewhere."""
    for reference in found:
        address = _address(reference, base)
        if address is not None and address != _address(base, base):
            return address
    return None


def _address(reference: str, base: str) -> str | None:
    if not reference:
        return None
    try:
        return urls.canonical(urls.join(base, reference))
    except UrlError:
        return None


def _plain(text: str) -> str:
    """Return `text` without tags, with its entities read, on one line."""
    return " ".join(html.unescape(re.sub(r"<[^<>]*>", " ", text)).split())


def _date(printed: str) -> str | None:
    """Return a W3C date-time as ISO: with its time only if it states an offset."""
    if not re.match(r"\d{4}-\d{2}-\d{2}", printed):
        return None
    try:
        moment = datetime.fromisoformat(printed)
    except ValueError:
        return None
    has_zone = moment.tzinfo is not None
    return moment.isoformat() if has_zone else moment.date().isoformat()
