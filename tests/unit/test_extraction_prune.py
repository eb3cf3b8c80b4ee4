"""What stays on a page although its markup is that of furniture, and what goes."""

import pytest

from scraper import document, extraction
from scraper.model import Article

STORY = (
    "<p>The Harbor Agency said Monday that the storm closed the port and that the work"
    " to open it again will take two weeks of the month.</p>"
    "<p>Fishing boats may use the north channel while the work goes on, it said.</p>"
)
NOTE = "Correction: the storm sank 12 boats in the port, not 13."


def read(besides: str) -> Article:
    html = (
        "<html><head><title>Storm closes port | Harbor.gov</title></head><body><main>"
        f"<article><h1>Storm closes port</h1>{STORY}{besides}</article></main></body>"
    )
    page = document.parse(html.encode(), url="https://www.harbor.gov/news/storm")
    return extraction.read(page).article


@pytest.mark.parametrize(
    "name",
    [
        "comment-period",
        "field-social-security",
        "consent-decree",
        "survey_results",
        "shareOfDeaths",
        "has-sidebar",
    ],
)
def test_a_name_that_is_a_storys_subject_hides_nothing(name: str) -> None:
    told = "Comments on 12 boats are due March 9."
    kept = read(f'<div class="{name}"><p>{told}</p></div>')
    assert kept.blocks[-1].text == told


@pytest.mark.parametrize("name", ["comments", "social-share", "survey", "share-bar"])
def test_a_name_of_furniture_takes_it_off(name: str) -> None:
    left = read(f'<div class="{name}"><p>Tell us of 12 boats.</p></div>')
    assert len(left.blocks) == 2


@pytest.mark.parametrize("tag", ["footer", "aside"])
def test_a_note_in_an_articles_own_footer_or_side_column_is_read(tag: str) -> None:
    kept = read(f"<div><{tag}><p>{NOTE}</p></{tag}></div>")
    assert kept.notes == (NOTE,)
    left = read(f"<div><{tag}><p>About the agency of 12 boats.</p></{tag}></div>")
    assert len(left.blocks) == 2


def test_a_lazy_picture_is_the_one_that_will_be_shown() -> None:
    lazy = '<img src="data:image/gif;base64,R0lG" data-src="/boats.jpg" alt="Boats">'
    (image,) = read(lazy).images
    assert image.src == "https://www.harbor.gov/boats.jpg"


@pytest.mark.parametrize(
    "name", ["block-party", "seals-at-sea", "iconic-pier", "clock"]
)
def test_a_picture_whose_name_only_holds_a_decorations_is_read(name: str) -> None:
    assert len(read(f'<p><img src="/{name}.jpg" alt="At sea"></p>').images) == 1


@pytest.mark.parametrize(
    "name", ["icon-share", "padlock", "seal_sm", "arrow-2", "logo"]
)
def test_a_decoration_is_no_picture(name: str) -> None:
    assert read(f'<p><img src="/{name}.png" alt="At sea"></p>').images == ()


CONTENTS = (
    "<nav><h2>Table of Contents</h2><ul>"
    '<li><a href="/storm/boats">Fishing boats</a></li>'
    '<li><a href="/storm/channel">The north channel</a></li>'
    '<li><a href="/storm/work">When the work ends</a></li></ul></nav>'
)


def test_contents_of_a_guide_that_open_over_the_page_are_further_reading() -> None:
    opened = read(f'<div class="guide-overlay"><div>{CONTENTS}</div></div>')
    assert [link.title for link in opened.related] == [
        "Fishing boats",
        "The north channel",
        "When the work ends",
    ]
    assert len(opened.blocks) == 2
    menu = CONTENTS.replace("Table of Contents", "Harbor pages")
    assert read(f'<div class="guide-overlay"><div>{menu}</div></div>').related == ()


def test_an_invitation_over_a_page_of_links_is_not_its_text() -> None:
    invitation = (
        '<div id="invite" class="fsrOverlay"><h2>We value your view</h2><p>Thank you'
        " for coming to our site. You were chosen to take part in a short survey that"
        " helps us to know what people look for.</p></div>"
    )
    links = "".join(f'<li><a href="/news/{n}">Boat {n} home</a></li>' for n in range(9))
    page = (
        "<html><head><title>Boats come home</title></head><body><main>"
        "<h1>Boats come home</h1>"
        f"<p>What the boats of the harbor bring home.</p><ul>{links}</ul></main>"
        f"{invitation}</body></html>"
    )
    opened = document.parse(page.encode(), url="https://www.harbor.gov/news")
    assert "survey" not in extraction.read(opened).article.text


def test_a_file_is_one_with_the_name_of_a_visit_behind_it() -> None:
    (file,) = read(
        '<p>See the <a href="/plan.pdf;jsessionid=0A1B2C">plan</a>.</p>'
    ).attachments
    assert file.title == "plan"
