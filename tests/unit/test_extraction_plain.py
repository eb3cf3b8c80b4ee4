"""Plain text: ten ways in which a page's visible text differs from the seed's."""

import pytest

from scraper import document, extraction
from scraper.errors import ExtractError
from scraper.model import Article, Image

URL = "https://www.war.gov/News/News-Stories/Article/Article/4400001/harbor-drill/"

BANNER = """An official website of the United States Government
Here's how you know

Official websites use .gov

.gov website belongs to an official government organization in the United States.

Secure .gov websites use HTTPS

A lock ( lock ) or https:// means you\u2019ve safely connected to the .gov website. \
Share sensitive information only on official, secure websites.
"""
TITLE = "Engineers Rehearse Harbor Repair With Allied Crews"
FIRST = (
    "Army engineers and two allied dive teams today rehearsed the repair of a damaged "
    "pier. The drill follows a tabletop exercise held last month in Norfolk."
)
SECOND = (
    '"We practise the dull parts until they are quick," said the officer in charge. '
    '"Then the hard parts get our full attention."'
)
LAST = "The teams return to the harbor in spring for the second half of the drill."
ALT = "A diver in a yellow helmet climbs a ladder out of dark water."
NAME = "Harbor Drill"
CAPTION = (
    "A diver leaves the water after a pier inspection in Norfolk, Va., Nov. 3, 2026."
)
CREDIT = "Photo By: Army Staff Sgt. Dana Whitfield"
VIRIN = "VIRIN: 261103-A-QX417-1022"
PHOTO = f"{ALT}\n{NAME}\n{CAPTION}\n{CREDIT}\n{VIRIN}"
WHOLE = Image(
    alt=ALT,
    title=NAME,
    caption=CAPTION,
    credit="Army Staff Sgt. Dana Whitfield",
    virin="261103-A-QX417-1022",
)


def page(
    *, banner: str = BANNER, title: str = TITLE, photo: str = PHOTO, gap: str = "\n\n"
) -> str:
    parts = (banner, title, FIRST, photo, SECOND, LAST, "Related Stories")
    return gap.join(part for part in parts if part)


def read(text: str) -> Article:
    body = text.encode()
    page = document.parse(body, url=URL, content_type="text/plain; charset=utf-8")
    return extraction.read(page).article


def texts(article: Article) -> list[str]:
    return [block.text for block in article.blocks]


def test_the_seeds_own_shape_is_read_whole() -> None:
    article = read(page())
    assert article.title == TITLE
    assert texts(article) == [FIRST, SECOND, LAST]
    assert article.images == (WHOLE,)
    assert article.article_id == "4400001"
    assert (article.published, article.byline, article.dateline) == (None, None, None)


def test_a_missing_headline_leaves_no_title_and_all_paragraphs() -> None:
    article = read(page(title=""))
    assert article.title is None
    assert texts(article) == [FIRST, SECOND, LAST]


def test_a_photo_without_its_title_line_keeps_alt_and_caption() -> None:
    article = read(page(photo=f"{ALT}\n{CAPTION}\n{CREDIT}\n{VIRIN}"))
    (image,) = article.images
    assert (image.alt, image.title, image.caption) == (ALT, None, CAPTION)
    assert texts(article) == [FIRST, SECOND, LAST]


def test_two_photo_blocks_in_a_row_are_two_pictures() -> None:
    other = PHOTO.replace("1022", "1031").replace("yellow", "red")
    article = read(page(photo=f"{PHOTO}\n\n{other}"))
    assert [image.virin for image in article.images] == [
        "261103-A-QX417-1022",
        "261103-A-QX417-1031",
    ]
    assert [image.caption for image in article.images] == [CAPTION, CAPTION]
    assert texts(article) == [FIRST, SECOND, LAST]


def test_two_photo_blocks_without_a_gap_are_two_pictures() -> None:
    other = PHOTO.replace("1022", "1031")
    article = read(page(photo=f"{PHOTO}\n{other}"))
    assert [image.alt for image in article.images] == [ALT, ALT]
    assert [image.title for image in article.images] == [NAME, NAME]


def test_photo_by_in_lower_case_is_a_credit() -> None:
    article = read(page(photo=PHOTO.replace("Photo By:", "Photo by:")))
    assert article.images == (WHOLE,)


def test_a_photo_without_virin_is_a_picture() -> None:
    article = read(page(photo=PHOTO.rpartition("\n")[0]))
    (image,) = article.images
    assert (image.caption, image.credit) == (CAPTION, WHOLE.credit)
    assert image.virin is None
    assert texts(article) == [FIRST, SECOND, LAST]


def test_a_malformed_virin_is_kept_as_printed() -> None:
    article = read(page(photo=PHOTO.replace("261103-A", "61103-A")))
    assert article.images[0].virin == "61103-A-QX417-1022"


SPANISH = """Un sitio oficial del Gobierno de Estados Unidos

As\u00ed es como usted puede verificarlo

Los sitios web oficiales usan .gov

Un sitio web .gov pertenece a una organizaci\u00f3n oficial del Gobierno de Estados \
Unidos.

Los sitios web seguros .gov usan HTTPS

Un candado ( ) o https:// significa que usted se conect\u00f3 de forma segura a un \
sitio web .gov. Comparta informaci\u00f3n sensible s\u00f3lo en sitios web oficiales \
y seguros."""
MIL = """An official website of the United States government
Here's how you know
Official websites use .mil
A .mil website belongs to an official U.S. Department of Defense organization in the \
United States.
Secure .mil websites use HTTPS
A lock (lock ) or https:// means you\u2019ve safely connected to the .mil website. \
Share sensitive information only on official, secure websites."""
OLD = """An official website of the United States government
Here's how you know
The .gov means it\u2019s official.
Federal government websites often end in .gov or .mil. Before sharing sensitive \
information, make sure you\u2019re on a federal government site.
The site is secure.
The https:// ensures that you are connecting to the official website and that any \
information you provide is encrypted and transmitted securely."""


@pytest.mark.parametrize(
    "banner", [SPANISH, MIL, OLD], ids=["spanish", "mil", "before 2.8"]
)
def test_every_banner_goes_and_only_the_banner(banner: str) -> None:
    article = read(page(banner=banner))
    assert article.title == TITLE
    assert texts(article) == [FIRST, SECOND, LAST]


def test_text_that_flows_without_blank_lines_is_read_the_same() -> None:
    banner = "\n".join(line for line in BANNER.split("\n") if line)
    article = read(page(banner=banner, gap="\n"))
    assert article.title == TITLE
    assert texts(article) == [FIRST, SECOND, LAST]
    assert article.images == (WHOLE,)


def test_the_lines_below_the_headline_give_date_and_byline() -> None:
    head = f"{TITLE}\n\nNov. 4, 2026 | By Dana Whitfield, Army News Service"
    article = read(page(title=head))
    assert article.published == "2026-11-04"
    assert article.published_text == "Nov. 4, 2026"
    assert article.byline == "Dana Whitfield, Army News Service"
    assert texts(article) == [FIRST, SECOND, LAST]


def test_an_article_about_the_banner_keeps_its_quotation() -> None:
    quote = "Official websites use .gov"
    article = read(page().replace(SECOND, f"{SECOND}\n\n{quote}"))
    assert texts(article) == [FIRST, SECOND, quote, LAST]


def test_hard_wrapped_lines_are_one_paragraph() -> None:
    wrapped = FIRST.replace("the repair", "\nthe repair").replace("held", "\nheld")
    article = read(page().replace(FIRST, wrapped))
    assert FIRST in texts(article)


def test_stories_named_below_their_heading_are_related() -> None:
    article = read(page() + "\nDivers Finish Survey of Pier Nine")
    assert [link.title for link in article.related] == [
        "Divers Finish Survey of Pier Nine"
    ]


def test_nothing_but_a_banner_is_no_article() -> None:
    with pytest.raises(ExtractError):
        read(BANNER)


@pytest.mark.parametrize(
    "body",
    [
        b"%PDF-1.7\n" + bytes(range(256)) * 4,
        bytes(range(128, 256)) * 3,
        "The river froze over.".encode("utf-16-le"),
        b"\x01\x02\x03\x04",
    ],
    ids=["a PDF", "no UTF-8", "UTF-16 unsaid", "controls"],
)
def test_bytes_that_are_no_text_are_no_article(body: bytes) -> None:
    found = document.parse(body, url=URL, content_type="text/plain")
    with pytest.raises(ExtractError, match="no text"):
        extraction.read(found)


def test_a_stray_control_character_does_not_make_a_text_binary() -> None:
    text = "Ice on the river\n\nThe river froze over\x0b for the first time since 1961."
    found = document.parse(text.encode(), url=URL, content_type="text/plain")
    assert extraction.read(found).article.title == "Ice on the river"
