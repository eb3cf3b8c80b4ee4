"""What around a headline and at the foot is the page's own, line by line."""

import pytest

from scraper import document, extraction
from scraper.extraction.dates import labels_another_date
from scraper.extraction.forms import dateline
from scraper.model import Article

STORY = (
    "<p>The Harbor Agency said Monday that the storm closed the port and that the work"
    " to open it again will take two weeks of the month.</p>"
    "<p>Fishing boats may use the north channel while the work goes on, it said.</p>"
)


def read(
    *, head: str = "", above: str = "", below: str = "", foot: str = "", after: str = ""
) -> Article:
    html = (
        f"<html><head><title>Storm closes the port</title>{head}</head><body><main>"
        f"{above}<h1>Storm closes the port</h1>{below}{STORY}{foot}</main>"
        f"{after}</body>"
    )
    page = document.parse(html.encode(), url="https://www.harbor.gov/news/storm")
    return extraction.read(page).article


def texts(article: Article) -> list[str]:
    return [block.text for block in article.blocks[2:]]


@pytest.mark.parametrize(
    "label", ["Last updated", "Updated:", "Date modified", "Effective", "Hearing date:"]
)
@pytest.mark.parametrize("place", ["above", "below"])
def test_the_date_of_a_label_before_it_is_not_of_publication(
    label: str, place: str
) -> None:
    stamp = f"<div><span>{label}</span> <time>March 3, 2025</time></div>"
    found = read(above=stamp) if place == "above" else read(below=stamp)
    assert labels_another_date(label)
    assert found.published is None


@pytest.mark.parametrize("label", ["Published", "Date:", "For release", "News"])
def test_the_date_of_another_label_is(label: str) -> None:
    found = read(below=f"<div><span>{label}</span> <time>March 3, 2025</time></div>")
    assert not labels_another_date(label)
    assert found.published == "2025-03-03"


@pytest.mark.parametrize(
    ("stated", "published"), [("2025-03-04", "2025-03-04"), ("2025-03-05", None)]
)
def test_a_stated_publication_after_the_printed_update_is_none(
    stated: str, published: str | None
) -> None:
    meta = f'<meta name="dcterms.issued" content="{stated}">'
    found = read(head=meta, foot="<p>Last updated: March 3, 2025</p>")
    assert found.updated == "2025-03-03"
    assert found.published == published


@pytest.mark.parametrize(
    ("opening", "place"),
    [
        ("Richmond, VA — ", "Richmond, VA"),
        ("Salem, OR -- ", "Salem, OR"),
        ("Ann Reed, MD — ", None),
        ("Reed OR — ", None),
    ],
)
def test_a_postal_code_makes_a_dateline_where_it_is_no_degree(
    opening: str, place: str | None
) -> None:
    assert dateline(f"{opening}The state will count its shallow wells.") == place


@pytest.mark.parametrize(
    "foot",
    [
        '<p>###<br><a href="/">DEPARTMENT OF HARBORS</a></p>',
        "<div>Content source: <a href='/'>Bureau of Ports</a></div>",
        "<p>Content owner:</p><p><a href='/'>Bureau of Ports</a></p>",
        "<p>Last reviewed: May 1, 2024</p><p>Last updated: May 2, 2024</p>",
    ],
)
def test_what_the_publisher_signs_a_page_with_is_not_text(foot: str) -> None:
    assert texts(read(foot=foot)) == []


@pytest.mark.parametrize(
    "foot",
    [
        "<p>Last reviewed: May 1, 2024</p>",
        "<p>###</p><p>The agency keeps nine harbors open all year.</p>",
        "<p>Source: <a href='/'>Bureau of Ports</a></p>",
    ],
)
def test_what_alone_says_it_stays(foot: str) -> None:
    assert len(texts(read(foot=foot))) == 1


def test_buttons_that_share_are_no_text_whatever_they_are_called() -> None:
    row = (
        '<div class="zq"><a href="https://www.facebook.com/sharer.php?u=a">Post</a>'
        '<a href="javascript:print()">On paper</a></div>'
    )
    assert texts(read(foot=row)) == []


def test_links_down_the_page_are_no_buttons() -> None:
    row = '<p><a href="#north">North channel</a> <a href="#south">South channel</a></p>'
    assert texts(read(foot=row)) == ["North channel South channel"]


def test_what_stands_below_the_footer_is_the_sites() -> None:
    footer = '<div role="contentinfo"><p>Harbor Agency</p></div>'
    rights = "<div><p>Rights of all who use these pages</p></div>"
    assert texts(read(after=footer + rights)) == []


@pytest.mark.parametrize(
    "beside",
    [
        "<div><p>Correction: the storm closed two ports, not one.</p></div>",
        "<main><p>Rights of all who use the port</p></main>",
    ],
)
def test_a_note_or_the_story_stays_below_a_footer(beside: str) -> None:
    html = (
        "<html><head><title>Storm</title></head><body><div><h1>Storm</h1></div>"
        f"<div>{STORY}</div><footer><p>Harbor Agency</p></footer>{beside}</body>"
    )
    page = document.parse(html.encode(), url="https://www.harbor.gov/news/storm")
    assert len(texts(extraction.read(page).article)) == 1


def test_a_date_that_ends_its_line_is_read_and_what_follows_is_not_lost() -> None:
    told = "Contact: Lee Moss (202) 555-0119"
    found = read(below=f"<p>Thursday, May 20, 1993<br>{told}</p>")
    assert found.published == "1993-05-20"
    assert "1993" not in found.text


@pytest.mark.parametrize("kicker", ["Harbor Update:", "Weekly review"])
def test_the_name_of_a_series_labels_no_date(kicker: str) -> None:
    found = read(below=f"<h6>{kicker}</h6><p>May 20, 1993</p>")
    assert found.published == "1993-05-20"


@pytest.mark.parametrize(
    "box",
    [
        '<div class="nav-related"><a href="/in-the-news">In the news</a></div>',
        '<div class="field-related-locations"><a href="/r8">Region 8 harbors</a></div>',
        '<div id="footer"><p><b>Related Sites</b><br><a href="/x">Waters</a></p></div>',
    ],
)
def test_what_is_related_to_the_site_is_no_further_reading(box: str) -> None:
    assert read(foot=box).related == ()


def test_further_reading_in_an_articles_own_footer_is() -> None:
    box = '<h3>Related Stories</h3><ul><li><a href="/x">Ten harbors</a></li></ul>'
    found = read(foot=f'<div class="entry-footer">{box}</div>')
    assert [link.title for link in found.related] == ["Ten harbors"]


def test_a_picture_that_opens_in_a_lightbox_is_the_articles() -> None:
    found = read(foot='<a href="b.png" class="lightbox"><img src="b.png" alt="B"></a>')
    assert [image.alt for image in found.images] == ["B"]


def test_a_header_by_its_id_is_the_sites() -> None:
    html = (
        "<html><head><title>Storm closes the port</title></head><body>"
        '<div id="header"><p>Harbors</p><p>You are here: <a href="/">Home</a></p></div>'
        f"<div>{STORY}</div></body>"
    )
    page = document.parse(html.encode(), url="https://www.harbor.gov/storm")
    assert len(extraction.read(page).article.blocks) == 2


def test_a_header_by_its_id_that_holds_the_headline_stays() -> None:
    html = (
        "<html><head><title>Storm closes the port</title></head><body>"
        '<div id="header"><h1>Storm closes the port</h1><p>By Lee Moss</p></div>'
        f"<div>{STORY}</div></body>"
    )
    page = document.parse(html.encode(), url="https://www.harbor.gov/storm")
    assert extraction.read(page).article.byline == "Lee Moss"


def test_lines_that_each_have_a_label_are_lines_of_their_own() -> None:
    told = "<p>Program Contact: Ann Reed, 555-0100<br>Press Contact: Lee Moss</p>"
    assert texts(read(foot=told)) == [
        "Program Contact: Ann Reed, 555-0100",
        "Press Contact: Lee Moss",
    ]


def test_a_label_within_broken_text_parts_no_line() -> None:
    told = "<p>The channel has one rule that all boats know:<br>Note: keep right</p>"
    assert len(texts(read(foot=told))) == 1


def test_an_agencys_acronym_and_a_section_are_no_headline() -> None:
    html = (
        "<html><head><title>HBA - Press Releases</title>"
        '<meta name="dc.title" content="HBA - Press Releas"></head><body>'
        "<table><tr><td>"
        "<p>HARBOR AGENCY<br>FOR IMMEDIATE RELEASE<br>October 9, 1998</p>"
        f"<h3><b>Storm Closes the Port</b></h3>{STORY}</td></tr></table></body>"
    )
    page = document.parse(html.encode(), url="https://www.harbor.gov/press/109.html")
    found = extraction.read(page).article
    assert found.title == "Storm Closes the Port"
    assert (found.kind, found.published) == ("release", "1998-10-09")


@pytest.mark.parametrize(
    ("above", "credit"),
    [
        ('<p><a href="/p.jpg">DOWNLOAD HI-RES</a> / <a href="/p">DETAILS</a></p>', ""),
        ("", " (U.S. Navy photo by Ann Reed)"),
    ],
)
def test_words_that_only_a_picture_has_are_its_caption(above: str, credit: str) -> None:
    words = f"{above}<p>Boats wait outside the port.{credit}</p>"
    found = read(foot=f'<div class="zq"><div><img src="/p.jpg"></div>{words}</div>')
    assert texts(found) == []
    assert found.images[0].caption == "Boats wait outside the port."


def test_a_paragraph_beside_a_picture_stays_text() -> None:
    found = read(foot='<div class="zq"><img src="/p.jpg"><p>Boats waited.</p></div>')
    assert texts(found) == ["Boats waited."]


def test_links_to_all_that_is_filed_under_a_word_are_no_text() -> None:
    row = '<p><a href="/News/Tag/7/ports.html">ports</a> <a href="/tag/a/">sea</a></p>'
    assert texts(read(foot=row)) == []


@pytest.mark.parametrize("tag", ["div", "span", "strong"])
def test_a_line_that_is_the_title_is_the_headline_in_any_element(tag: str) -> None:
    line = f"<{tag}>Storm Closes the Old Port</{tag}>"
    html = (
        "<html><head><title>Storm Closes the Old Port</title></head><body><table><tr>"
        "<td><ul><li><a href='/'>Home</a></li><li>Storm Closes the Old Port</li></ul>"
        f"<p>Menu</p></td></tr><tr><td>{line}<p>May 20, 1993</p>{STORY}</td></tr>"
    )
    page = document.parse(html.encode(), url="https://www.harbor.gov/storm")
    found = extraction.read(page).article
    assert (found.title, found.published) == ("Storm Closes the Old Port", "1993-05-20")
    assert len(found.blocks) == 2


@pytest.mark.parametrize(
    "picture",
    [
        '<img src="/p.jpg"><p>Boats wait at the pier. (Photo by Ann Reed)</p>',
        '<img src="/p.jpg"><a href="/o.jpg">View original</a><p>Boats waited.</p>',
        '<div><img src="/p.jpg"><p>At the pier. (Photo by Ann Reed)</p></div>',
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_an_article_is_never_the_caption_of_its_picture(
    picture: str, first: bool
) -> None:
    story = f"{picture}{STORY}" if first else f"{STORY}{picture}"
    below = f"<div><div>{story}</div></div>"
    html = f"<html><body><main><h1>Storm closes the port</h1>{below}</main></body>"
    page = document.parse(html.encode(), url="https://www.harbor.gov/news/storm")
    shown = [block.text for block in extraction.read(page).article.blocks]
    assert any(text.startswith("The Harbor Agency") for text in shown)
    assert any(text.startswith("Fishing boats") for text in shown)


@pytest.mark.parametrize("name", ["media-release__body", "news-media", "photo-essay"])
def test_a_box_named_after_the_media_may_hold_the_article(name: str) -> None:
    html = (
        "<html><body><main><h1>Storm closes the port</h1><div>"
        f'<div class="{name}"><img src="/p.jpg">{STORY}</div></div></main></body>'
    )
    page = document.parse(html.encode(), url="https://www.harbor.gov/news/storm")
    found = extraction.read(page).article
    assert (len(found.blocks), len(found.images)) == (2, 1)
