from __future__ import annotations

import gzip
import resource
from typing import TYPE_CHECKING

import pytest

from scraper import document
from scraper.discovery import Discovered, discover, feeds_of, told
from scraper.errors import DiscoveryError
from scraper.model import Block, Image, Link, WatchKind

if TYPE_CHECKING:
    from pathlib import Path

FEED_URL = "https://www.example.mil/DesktopModules/ArticleCS/RSS.ashx?Site=945&max=10"
SITEMAP_URL = "https://www.example.gov/sitemap.xml"
LISTING_URL = "https://www.example.gov/news/"


def feed(body: str, **named: str) -> Discovered:
    return discover(body.encode(), url=FEED_URL, kind=WatchKind.FEED, **named)


def sitemap(body: str | bytes) -> Discovered:
    raw = body.encode() if isinstance(body, str) else body
    return discover(raw, url=SITEMAP_URL, kind=WatchKind.SITEMAP)


def rss(*entries: str, head: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>News</title>'
        f"{head}{''.join(f'<item>{entry}</item>' for entry in entries)}</channel></rss>"
    )


# The shapes of AFPIMS feeds as seen in 2016-2025, in our own words.
TITLE = "<title>\n   Harbor Reopens\n</title>"
LINK = "<link>https://www.example.mil/News/Article/Article/101/harbor-reopens/</link>"
GUID = (
    '<guid isPermaLink="false">'
    "https://www.example.mil/News/Article/Article/101/harbor-reopens/</guid>"
)
DATE = "<pubDate>Tue, 30 Sep 2025 21:00:21 GMT</pubDate>"
HARBOR = "https://www.example.mil/News/Article/Article/101/harbor-reopens/"
SELF = (
    '<atom:link rel="self" type="application/rss+xml" href="https://www.example.mil'
    '/DesktopModules/ArticleCS/RSS.ashx?max=10?ContentType=1"/>'
)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (TITLE + LINK + GUID + DATE, ("Harbor Reopens", "2025-09-30T21:00:21+00:00")),
        (
            TITLE + "<link></link>" + GUID + DATE,
            ("Harbor Reopens", "2025-09-30T21:00:21+00:00"),
        ),
        (TITLE + "<link/>" + GUID, ("Harbor Reopens", None)),
        ("<title></title>" + LINK + DATE, ("", "2025-09-30T21:00:21+00:00")),
        ("<title />" + LINK + "<pubDate></pubDate>", ("", None)),
        (TITLE + LINK + "<pubDate>someday</pubDate>", ("Harbor Reopens", None)),
        (
            TITLE + LINK + "<pubDate>2025-09-30T17:00:21</pubDate>",
            ("Harbor Reopens", "2025-09-30"),
        ),
        (
            TITLE + LINK + "<pubDate>Tue, 30 Sep 2025 17:00:21 EDT</pubDate>",
            ("Harbor Reopens", "2025-09-30T21:00:21+00:00"),
        ),
        (
            "<title>Harbor &lt;i&gt;Reopens&lt;/i&gt;&lt;br/&gt; &amp;amp; Up</title>"
            + LINK,
            ("Harbor Reopens & Up", None),
        ),
        (
            TITLE + LINK + "<description>&lt;br/&gt;&lt;p&gt;Text</description>",
            ("Harbor Reopens", None),
        ),
        (
            TITLE + LINK + '<enclosure url="https://media.example.mil/1.jpg" length="1"'
            ' type="image/jpeg"/><dc:creator>A. Writer</dc:creator>',
            ("Harbor Reopens", None),
        ),
        (
            TITLE + LINK.replace("https:", "http:"),
            ("Harbor Reopens", None),
        ),
    ],
)
def test_an_afpims_entry_yields_its_link_whatever_it_leaves_empty(
    entry: str, expected: tuple[str, str | None]
) -> None:
    title, published = expected
    assert feed(rss(entry, head=SELF)).links == (Link(title, HARBOR, published),)


def test_an_entry_without_any_address_is_counted_and_left_out() -> None:
    found = feed(rss(TITLE + "<guid>urn:1</guid>", TITLE + LINK))
    assert [link.url for link in found.links] == [HARBOR]
    assert found.skipped == 1


def test_a_second_question_mark_is_kept_as_the_publisher_prints_it() -> None:
    found = feed(rss("<link>https://www.example.mil/Story/?id=5?utm=1</link>"))
    assert found.links[0].url == "https://www.example.mil/Story/?id=5?utm=1"


def test_an_old_tabid_address_over_http_is_asked_for_over_https() -> None:
    entry = "<link>http://www.example.mil/News/tabid/223/Article/9/slug.aspx</link>"
    assert feed(rss(entry)).links[0].url == (
        "https://www.example.mil/News/tabid/223/Article/9/slug.aspx"
    )


def test_links_come_once_each_in_the_order_given() -> None:
    def entry(n: int) -> str:
        return f"<title>Story {n}</title><link>/news/{n}?utm_source=rss</link>"

    found = feed(rss(entry(2), entry(1), entry(2)))
    assert found.links == (
        Link("Story 2", "https://www.example.mil/news/2"),
        Link("Story 1", "https://www.example.mil/news/1"),
    )


def test_atom_is_read_and_its_archive_followed() -> None:
    found = feed(
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>A</title>'
        '<link rel="next" href="/feed?page=2"/>'
        "<entry><title type='html'>Dam &lt;b&gt;opens&lt;/b&gt;</title>"
        "<link rel='alternate' href='/dam'/>"
        "<published>2026-01-05T10:00:00-05:00</published>"
        "<updated>2026-02-01T00:00:00Z</updated></entry></feed>"
    )
    assert found.links == (
        Link("Dam opens", "https://www.example.mil/dam", "2026-01-05T10:00:00-05:00"),
    )
    assert found.next_url == "https://www.example.mil/feed?page=2"


def test_a_date_on_which_an_entry_was_only_updated_is_not_its_publication() -> None:
    found = feed(
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>T</title>'
        "<link href='/t'/><updated>2026-02-01T00:00:00Z</updated></entry></feed>"
    )
    assert found.links[0].published is None


def test_a_feed_that_breaks_off_yields_what_came_whole() -> None:
    whole = rss(TITLE + LINK, "<title>Second</title><link>/second</link>")
    found = feed(whole[: whole.index("<title>Second") + 20])
    assert found.links[0].url == HARBOR


def test_an_unescaped_ampersand_and_an_html_entity_do_not_stop_a_feed() -> None:
    found = feed(rss("<title>Fish & Game&nbsp;News</title><link>/fish?a=1&b=2</link>"))
    assert found.links == (
        Link("Fish & Game News", "https://www.example.mil/fish?a=1&b=2"),
    )


def test_a_feed_without_stories_is_still_a_feed() -> None:
    assert feed(rss()).links == ()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<!DOCTYPE html><html><head><title>Sign in</title></head></html>", "Sign in"),
        ("", "empty body"),
        ("plain words", "not a feed"),
        ("https://www.example.gov/feed.xml", "not a feed"),
    ],
)
def test_what_is_no_feed_is_an_error_that_says_what_it_is(
    body: str, reason: str
) -> None:
    with pytest.raises(DiscoveryError, match=reason):
        feed(body, content_type="text/html")


def test_a_body_that_names_a_file_does_not_open_it(tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_text(rss(TITLE + LINK))
    with pytest.raises(DiscoveryError, match="not a feed"):
        feed(str(file))


BOMB = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
    f"<!ENTITY {name} '{f'&{below};' * 10}'>"
    for below, name in zip("abcdefghi", "bcdefghij", strict=True)
)


def test_an_entity_bomb_in_a_feed_is_not_expanded() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    body = rss("<title>&j;</title><link>/bomb</link>").replace("<rss", f"{BOMB}]><rss")
    for link in feed(body).links:
        assert len(link.title) < 1_000
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kb < 50_000


def test_an_external_entity_in_a_feed_reads_no_file() -> None:
    body = rss("<title>&e;</title><link>/x</link>").replace(
        "<rss", '<!DOCTYPE rss [<!ENTITY e SYSTEM "file:///etc/passwd">]><rss'
    )
    assert all("root:" not in link.title for link in feed(body).links)


URLSET = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'


def test_a_sitemap_yields_its_pages_and_never_takes_lastmod_for_publication() -> None:
    found = sitemap(
        f"<?xml version='1.0'?>{URLSET}"
        "<url><loc> https://www.example.gov/a </loc><lastmod>2026-01-01</lastmod></url>"
        "<!-- more --><url><loc>/b</loc></url><url><loc></loc></url>"
        "<url><loc>mailto:x@example.gov</loc></url></urlset>"
    )
    assert found.links == (
        Link("", "https://www.example.gov/a"),
        Link("", "https://www.example.gov/b"),
    )
    assert found.skipped == 2


def test_a_news_sitemap_gives_titles_and_publication_dates() -> None:
    found = sitemap(
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">'
        "<url><loc>https://www.example.gov/n</loc><news:news><news:publication>"
        "<news:name>Example</news:name></news:publication>"
        "<news:publication_date>2026-03-01T09:00:00-05:00</news:publication_date>"
        "<news:title>Bridges &amp; roads</news:title></news:news></url></urlset>"
    )
    assert found.links == (
        Link(
            "Bridges & roads", "https://www.example.gov/n", "2026-03-01T09:00:00-05:00"
        ),
    )


def test_a_picture_on_a_page_gives_it_neither_address_nor_title() -> None:
    picture = (
        '<i:image xmlns:i="http://www.google.com/schemas/sitemap-image/1.1">'
        "<i:loc>/files/harbor.jpg</i:loc><i:title>IMG_0017</i:title></i:image>"
    )
    body = f"<urlset><url>{picture}<loc>/news/harbor</loc></url></urlset>"
    assert sitemap(body).links == (Link("", "https://www.example.gov/news/harbor"),)


def test_empty_lines_before_a_sitemap_are_passed_over() -> None:
    body = '\n \r\n<?xml version="1.0"?><urlset><url><loc>/a</loc></url></urlset>'
    assert [link.url for link in sitemap(body).links] == ["https://www.example.gov/a"]


def test_a_sitemap_index_names_sitemaps_and_no_pages() -> None:
    found = sitemap(
        '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        "<sitemap><loc>https://www.example.gov/sitemap-1.xml</loc>"
        "<lastmod>2026-04-05T06:07:08Z</lastmod></sitemap></sitemapindex>"
    )
    assert found.links == ()
    assert found.sitemaps == (
        Link("", "https://www.example.gov/sitemap-1.xml", "2026-04-05T06:07:08+00:00"),
    )


@pytest.mark.parametrize(
    "namespace", ["", ' xmlns="http://www.google.com/schemas/0.84"']
)
def test_a_sitemap_is_read_whatever_its_namespace(namespace: str) -> None:
    found = sitemap(f"<urlset{namespace}><url><loc>/a</loc></url></urlset>")
    assert [link.url for link in found.links] == ["https://www.example.gov/a"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (f"{BOMB}]><urlset><url><loc>&j;</loc></url></urlset>", "document type"),
        (
            '<!DOCTYPE urlset SYSTEM "http://127.0.0.1:9/x.dtd"><urlset/>',
            "document type",
        ),
        (
            f"<!--{' ' * 70_000}--><!DOCTYPE urlset SYSTEM 'x.dtd'><urlset/>",
            "document type",
        ),
        (
            f"<!--{' ' * 70_000}-->{BOMB}]><urlset a='&j;'/>",
            "not a well-formed|document type",
        ),
        ("<!DOCTYPE html><html><title>Sign in</title></html>", "document type"),
        ("<html><body>Sign in</body></html>", "its root is <html>"),
        ("<rss version='2.0'><channel/></rss>", "its root is <rss>"),
        (f"{URLSET}<url><loc>/a</loc>", "not a well-formed"),
        (f"{URLSET}<url><loc>/a?b&c</loc></url></urlset>", "not a well-formed"),
        ("<urlset>" + "<a>" * 100_000, "not a well-formed"),
        ("", "not a well-formed"),
        ("<urlset><url><i:image/><loc>/a</loc></url></urlset>", "not a well-formed"),
    ],
)
def test_what_is_no_safe_sitemap_is_an_error(body: str, reason: str) -> None:
    with pytest.raises(DiscoveryError, match=reason):
        sitemap(body)


def test_a_document_type_is_seen_in_utf_16_too() -> None:
    body = f"<?xml version='1.0' encoding='utf-16'?>{BOMB}]><urlset/>"
    with pytest.raises(DiscoveryError, match="document type"):
        sitemap(body.encode("utf-16"))


def test_a_sitemap_may_be_a_gzip_file() -> None:
    body = f"{URLSET}<url><loc>/a</loc></url></urlset>".encode()
    assert sitemap(gzip.compress(body)) == sitemap(body)


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(f"{URLSET}</urlset>".encode())[:-1],
        gzip.compress(gzip.compress(f"{URLSET}</urlset>".encode())),
        gzip.compress(f"{URLSET}</urlset>".encode() + b" " * 10_000_000),
    ],
    ids=["cut short", "nested", "a bomb"],
)
def test_a_gzip_file_that_cannot_be_unpacked_is_named_as_one(packed: bytes) -> None:
    with pytest.raises(DiscoveryError, match="gzip file that is broken"):
        sitemap(packed)


def test_a_body_over_fifty_megabytes_is_not_parsed() -> None:
    with pytest.raises(DiscoveryError, match="50 MB"):
        sitemap(b" " * (50 * 1024 * 1024 + 1))


def test_fifty_thousand_pages_are_read_in_little_memory() -> None:
    address = "<url><loc>https://www.example.gov/news/%d</loc></url>"
    body = URLSET + "".join(address % n for n in range(50_000)) + "</urlset>"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert len(sitemap(body).links) == 50_000
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kb < 100_000


@pytest.mark.parametrize(
    "markup",
    [
        '<head><link rel="next" href="/news/?page=2"></head>',
        '<li class="pager__item pager__item--next"><a href="?page=2">Next</a></li>',
        '<a class="usa-pagination__next-page" href="?page=2">Next</a>',
        '<a class="next page-numbers" href="/news/?page=2">Older</a>',
        '<a rel="next nofollow" href="/news/?page=2">2</a>',
        '<a aria-label="Next page" href="/news/?page=2">2</a>',
    ],
)
def test_the_next_page_of_a_listing_is_found(markup: str) -> None:
    found = discover(markup.encode(), url=LISTING_URL, kind=WatchKind.LISTING)
    assert found.next_url == "https://www.example.gov/news/?page=2"


def test_a_next_link_to_the_page_itself_leads_nowhere() -> None:
    body = b'<a rel="next" href="#">Next</a><a rel="next" href="/news/">Next</a>'
    found = discover(body, url=LISTING_URL, kind=WatchKind.LISTING)
    assert found.next_url is None


def test_what_a_listing_names_is_made_uniform() -> None:
    listed = (
        Link("A", "/a?utm_source=home", "2026-01-01"),
        Link("A again", "http://www.example.gov/a"),
        Link("Call us", "tel:1"),
    )
    found = discover(b"<p>", url=LISTING_URL, kind=WatchKind.LISTING, listed=listed)
    assert found.links == (Link("A", "https://www.example.gov/a", "2026-01-01"),)
    assert found.skipped == 1


def test_an_article_names_no_pages() -> None:
    body = b'<a rel="next" href="/b">b</a>'
    assert discover(body, url=LISTING_URL, kind=WatchKind.ARTICLE) == Discovered()


# ---- what a feed says, and where feeds are


def test_a_feed_tells_a_storys_title_dates_author_text_and_picture() -> None:
    body = rss(
        TITLE
        + LINK
        + DATE
        + "<dc:creator>Harbor Office</dc:creator>"
        + "<description>The harbor reopens.&lt;br/&gt;Ferries sail &lt;b&gt;again"
        + "&lt;/b&gt; &amp;amp; often.</description>"
        + '<enclosure url="https://media.example.mil/h.jpg" type="image/jpeg"/>'
    )
    (article,) = told(body.encode(), url=FEED_URL)
    assert article.url == HARBOR
    assert article.title == "Harbor Reopens"
    assert article.published == "2025-09-30T21:00:21+00:00"
    assert article.published_text == "Tue, 30 Sep 2025 21:00:21 GMT"
    assert article.updated is None
    assert article.byline == "Harbor Office"
    assert article.blocks == (
        Block("paragraph", "The harbor reopens."),
        Block("paragraph", "Ferries sail again & often."),
    )
    assert article.images == (Image(src="https://media.example.mil/h.jpg"),)
    assert set(article.provenance.values()) == {"feed"}


def test_a_feed_tells_an_atom_entrys_update_beside_its_publication() -> None:
    body = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>N</title><entry>'
        f'<title>Harbor</title><link href="{HARBOR}"/><summary>Open.</summary>'
        "<published>2026-01-05T10:00:00Z</published>"
        "<updated>2026-01-06T10:00:00Z</updated></entry></feed>"
    )
    (article,) = told(body.encode(), url=FEED_URL)
    assert article.published == "2026-01-05T10:00:00+00:00"
    assert article.updated == "2026-01-06T10:00:00+00:00"


def test_a_login_page_tells_nothing() -> None:
    with pytest.raises(DiscoveryError, match="where a feed was expected"):
        told(b"<html><title>Sign in</title></html>", url=FEED_URL)


def test_a_sitemaps_lastmod_is_when_a_story_was_written_not_published() -> None:
    found = sitemap(
        "<urlset><url><loc>https://www.example.gov/a?utm_source=x</loc>"
        "<lastmod>2026-11-20</lastmod></url>"
        "<url><loc>https://www.example.gov/b</loc></url></urlset>"
    )
    assert found.modified == {"https://www.example.gov/a": "2026-11-20"}
    assert [link.published for link in found.links] == [None, None]


def test_a_page_offers_the_feeds_in_its_head() -> None:
    page = document.parse(
        b'<html><head><link rel="alternate" type="application/rss+xml" href="/feed/">'
        b'<link rel="alternate" type="application/atom+xml" href="/atom.xml">'
        b'<link rel="alternate" hreflang="es" href="/es/"></head></html>',
        url=LISTING_URL,
    )
    assert feeds_of(page) == (
        "https://www.example.gov/feed/",
        "https://www.example.gov/atom.xml",
    )
