"""What stands beside the element that holds nearly all of a long text."""

import pytest

from scraper import document, extraction
from scraper.model import Article

TOLD = "".join(
    f"<p>In county {n} the water reached {n + 3} bridges of the old harbor road.</p>"
    for n in range(30)
)
TEXT = f'<div class="field--name-body">{TOLD}</div>'
HEADLINE = "<h1>Storm closes the port</h1>"
NOTE = "Correction: the storm sank 12 boats in the port, not 13."
DECK = "Boats may use the north channel until May"


def read(story: str, *, around: str = "<article>{}</article>") -> Article:
    html = (
        "<html><head><title>Storm closes the port</title></head><body><main>"
        f"{around.format(story)}</main></body>"
    )
    page = document.parse(html.encode(), url="https://www.harbor.gov/stories/storm")
    return extraction.read(page).article


@pytest.mark.parametrize("around", ["<article>{}</article>", "{}", "<div>{}</div>"])
def test_a_note_in_a_field_of_its_own_is_read_however_long_the_text(
    around: str,
) -> None:
    note = f'<div class="field-note"><p>{NOTE}</p></div>'
    above = read(f"{HEADLINE}{note}{TEXT}", around=around)
    below = read(f"{HEADLINE}{TEXT}{note}", around=around)
    assert above.notes == below.notes == (NOTE,)
    assert above.blocks[0].text == below.blocks[-1].text == NOTE


def test_a_note_beside_a_column_that_holds_the_headline_is_read() -> None:
    note = f"<div><p>{NOTE}</p></div>"
    found = read(f'<div class="column">{HEADLINE}{TEXT}</div>{note}')
    assert found.notes == (NOTE,)


def test_a_subtitle_is_text_however_long_the_text_is() -> None:
    inside = read(f"<header>{HEADLINE}<p>{DECK}</p></header>{TEXT}")
    beside = read(f'{HEADLINE}<h2 class="subtitle">{DECK}</h2>{TEXT}')
    assert inside.blocks[0].text == beside.blocks[0].text == DECK
    assert len(inside.blocks) == len(beside.blocks) == 31


@pytest.mark.parametrize(
    "other",
    [
        '<div><a href="/a">More on the storm</a> <a href="/b">All our news</a></div>',
        "<div><p>Office of the Harbor Master</p></div>",
        "<div><p>Displaying 1 - 40 of 1307 results</p></div>",
    ],
)
def test_links_and_names_of_the_site_above_a_text_are_not(other: str) -> None:
    assert len(read(f"{HEADLINE}{other}{TEXT}").blocks) == 30


def test_only_notes_are_read_below_a_text() -> None:
    more = "<div><p>The agency keeps the road open.</p></div>"
    assert len(read(f"{HEADLINE}{TEXT}{more}").blocks) == 30


def test_a_notice_above_the_headline_is_none_of_the_page() -> None:
    assert read(f"<div><p>{NOTE}</p></div>{HEADLINE}{TEXT}").notes == ()


PICTURE = '<img src="/port.jpg" alt="The port at sea">'


@pytest.mark.parametrize(
    ("above", "caption"),
    [
        (f"{HEADLINE}<div>{PICTURE}</div>", None),
        (f"<section>{PICTURE}</section>{HEADLINE}", None),
        (f'<div class="hero-image">{PICTURE}{HEADLINE}</div>', None),
        (
            f"{HEADLINE}<figure>{PICTURE}<figcaption>The port.</figcaption></figure>",
            "The port.",
        ),
    ],
)
def test_the_picture_above_a_long_text_is_the_articles(
    above: str, caption: str | None
) -> None:
    found = read(f"{above}{TEXT}")
    assert [(i.src[-8:], i.caption) for i in found.images] == [("port.jpg", caption)]
    assert len(found.blocks) == 30


@pytest.mark.parametrize(
    "picture",
    [
        '<img src="/band.jpg" alt="">',
        f'<a href="/other-story">{PICTURE}</a>',
        '<img src="/x.png" alt="FOR IMMEDIATE RELEASE:">',
        '<img src="/images/letterhead.png" alt="State of Kent">',
        '<img src="/x.png" alt="Department of Harbors Seal">',
    ],
)
def test_decoration_and_other_stories_pictures_are_not(picture: str) -> None:
    assert read(f"{HEADLINE}<div>{picture}</div>{TEXT}").images == ()


SIDE = (
    "<h3>In This Office</h3><ul><li><a href='/a'>About us</a></li></ul><p>100 Main St"
    "<br>Frankfort, KY 40601</p>"
)


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ("col-md-8", "col-xs-12 col-md-4"),
        ("tablet:grid-col-9", "tablet:grid-col-3"),
        ("large-8 cell", "large-4 cell"),
        ("span9", "span3"),
    ],
)
def test_a_narrow_column_beside_the_story_is_none_of_it(wide: str, narrow: str) -> None:
    story = f'<div class="{wide}">{HEADLINE}{TOLD}</div>'
    side = f'<div class="{narrow}">{SIDE}</div>'
    for columns in (story + side, side + story):
        assert len(read(f"<div>{columns}</div>", around="{}").blocks) == 30


@pytest.mark.parametrize(
    "side",
    [
        "<p>Description:</p>",
        (
            "<p>At a glance</p><p>The storm sank 12 boats in the old port and"
            " closed its north channel for two weeks.</p>"
        ),
        f"<p>{NOTE}</p><p>June 17</p>",
    ],
)
def test_a_narrow_column_that_tells_something_is(side: str) -> None:
    columns = (
        f'<div class="col-9">{HEADLINE}<p>Boats wait.</p></div>'
        f'<div class="col-3">{side}</div>'
    )
    assert len(read(columns, around="{}").blocks) > 1


def test_a_column_beside_a_list_is_part_of_the_text() -> None:
    facts = f'<div class="col-4">{SIDE}</div><div class="col-8"><p>Boats</p></div>'
    assert len(read(f"{HEADLINE}{TOLD}<div>{facts}</div>").blocks) > 31


def test_what_heads_a_form_goes_with_it() -> None:
    form = "<form><label>E-mail</label><input></form>"
    signs = f"<section><h2>Get news in your inbox</h2>{form}</section>"
    assert len(read(f"{HEADLINE}{TEXT}{signs}", around="{}").blocks) == 30
    keeps = f"<div><h2>Boats of the port</h2><p>They wait.</p>{form}</div>"
    assert len(read(f"{HEADLINE}{TOLD}{keeps}", around="{}").blocks) == 32


def test_a_heading_that_leads_home_is_the_sites() -> None:
    html = (
        "<html><head><title>NR20-100</title></head><body><div><h1><a href='/'>Bureau of"
        f"</a></h1></div><div>{HEADLINE}{TOLD}</div></body>"
    )
    page = document.parse(html.encode(), url="https://www.harbor.gov/stories/storm")
    assert extraction.read(page).article.title == "Storm closes the port"


def test_a_note_beside_the_article_of_the_headline_is_read() -> None:
    told = f"{HEADLINE}<p>The storm closed the port for two weeks, it said. Boats"
    told += " wait in the north channel until the work to open it again is done.</p>"
    noted = read(f"<article>{told}</article><div><p>{NOTE}</p></div>", around="{}")
    assert noted.notes == (NOTE,)


def test_an_article_that_is_but_the_head_of_the_page_is_not_all_of_it() -> None:
    found = read(f"<article>{HEADLINE}</article>{TEXT}", around="{}")
    assert len(found.blocks) == 30


def test_a_portrait_in_a_narrow_column_is_the_storys() -> None:
    portrait = "<img src='/reed.jpg' alt='A. Reed'><p>Ann Reed</p><p>Director</p>"
    columns = f'<div class="col-4">{portrait}</div><div class="col-8">{TOLD}</div>'
    found = read(f"{HEADLINE}<div>{columns}</div>")
    assert [image.alt for image in found.images] == ["A. Reed"]
