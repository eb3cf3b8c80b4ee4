"""The edges of releases: offices, numbers, days, stamps, further reading, titles."""

import pytest
from bs4 import BeautifulSoup

from scraper import document, extraction
from scraper.extraction.blocks import _Builder
from scraper.extraction.dates import dated, labelled, short_date, stamps, updated_in
from scraper.extraction.forms import dateline, kind_of
from scraper.model import Article

SAYS = "The Harbor Agency said that the storm closed the port for all of two weeks."
MORE = "<p>Fishing boats may use the north channel while the work goes on, it said.</p>"
TITLE = "Storm closes the port"


def read(
    body: str, *, head: str = TITLE, h1: str = f"<h1>{TITLE}</h1>", tag: str = "main"
) -> Article:
    html = (
        f"<html><head><title>{head}</title></head><body><{tag}>"
        f"{h1}{body}</{tag}></body>"
    )
    page = document.parse(html.encode(), url="https://www.harbor.gov/stories/storm")
    return extraction.read(page).article


def texts(article: Article) -> list[str]:
    return [block.text for block in article.blocks]


DAY = "<p>June 17, 2025</p>"
STORY = f"<p>SALEM \u2014 {SAYS}</p>{MORE}"


@pytest.mark.parametrize(
    "top",
    [
        (
            "<p>Public Affairs</p><p>U.S. Coast Service 5th District<br>"
            "Contact: 5th District Public Affairs<br>Office: 757-555-0100<br></p>"
        ),
        (
            "<p>Media Contact</p><p>Press Office</p><p>Department of Harbors<br>"
            "1200 Quay Ave<br>Salem, OR 97301<br>United States</p><p>Phone: "
            "202-555-0100</p>"
        ),
        (
            "<p>State of Kent<br>Office of the Attorney General</p><p>A. Reed<br>"
            "Attorney General</p><p>For media inquiries only, contact: Bo Hill<br>"
            "(804) 555-0100</p>"
        ),
        "<p>Office of the Spokesperson</p>",
        '<p><a href="/local">U.S. Pilots, Western District of Kent</a></p>',
        "<p>Number: NR20-100</p>",
        "<p>No. 431-03</p>",
        "<p>PR-42-2025</p>",
        "<p>2025-88</p>",
    ],
)
def test_whose_release_it_is_and_whom_to_ask_is_no_text(top: str) -> None:
    found = read(f"{DAY}{top}{STORY}")
    assert [text[:9] for text in texts(found)] == ["SALEM \u2014 T", "Fishing b"]
    assert found.published == "2025-06-17"


def test_subtitles_above_and_below_the_office_are_text() -> None:
    office = "<p>Department of Harbors</p><p>Press Office, 202-555-0100</p>"
    found = read(f"{DAY}<h2>Port shut</h2>{office}<p>Boats wait</p>{STORY}")
    assert texts(found)[:2] == ["Port shut", "Boats wait"]


def test_an_office_without_a_telephone_or_a_dateline_is_text() -> None:
    offices = "<p>State of Kent harbors</p><p>Department of Ports, hall 3</p>"
    assert len(texts(read(f"{DAY}{offices}{STORY}"))) == 4
    reached = "<p>State of Kent harbors</p><p>Hall 3, 202-555-0100</p>"
    assert len(texts(read(f"{DAY}{reached}<p>{SAYS}</p>{MORE}"))) == 4


@pytest.mark.parametrize(
    "line",
    [
        "Washington, <b>June 17, 2025</b>",
        "Salem District Public Affairs<span>Published June 17, 2025</span>",
        "GAO-25-107000 <span>Published: Jun 17, 2025.</span>",
        "The Harbor Agency sent this bulletin at 06/17/2025 10:30 AM EDT",
        "06.17.25",
    ],
)
def test_the_line_of_the_day_is_read_and_no_text(line: str) -> None:
    found = read(f"<div>{line}</div><p>{SAYS}</p>{MORE}")
    assert len(texts(found)) == 2
    assert found.published == "2025-06-17"


def test_a_subtitle_above_the_day_leaves_it_a_line_of_the_head() -> None:
    found = read(f"<p>Boats wait for two weeks</p>{DAY}<p>{SAYS}</p>{MORE}")
    assert texts(found)[:2] == ["Boats wait for two weeks", SAYS]


@pytest.mark.parametrize(
    ("line", "iso"),
    [("06.17.25", "2025-06-17"), ("6/7/99", "1999-06-07"), ("6.7/99", None)],
)
def test_a_year_of_two_figures_is_read_where_it_stands_alone(
    line: str, iso: str | None
) -> None:
    found = short_date(line)
    assert (found and found.iso) == iso
    assert short_date(f"On {line}") is None


def test_a_table_of_short_days_dates_no_page() -> None:
    rows = "".join(f"<tr><td>06/1{n}/25</td><td>Boat {n}</td></tr>" for n in range(4))
    assert read(f"<table>{rows}</table><p>{SAYS}</p>{MORE}").published is None


def test_a_day_said_twice_is_that_of_publication() -> None:
    assert labelled(["Released: Jun 17, 2025", "Issued on: June 17, 2025"])
    assert not labelled(["Released: Jun 17, 2025", "Issued on: June 18, 2025"])


def test_a_plain_label_dates_a_release_among_its_particulars() -> None:
    assert labelled(["Agency", "Date", "June 17, 2025", "Release Number", "25-64"])
    assert not labelled(["Hall", "Date", "June 17, 2025", "Seats", "25-64"])


def test_a_report_released_later_than_published_has_its_first_day() -> None:
    line = "Published: Jun 17, 2025. Publicly Released: Jun 20, 2025."
    assert stamps(line)["published"].iso == "2025-06-17"
    assert dated("COVID-19 June 17, 2025") is None


def test_last_edited_is_an_update() -> None:
    found = updated_in("Last edited 06/18/2025")
    assert found is not None
    assert found.iso == "2025-06-18"


@pytest.mark.parametrize(
    ("opening", "place"),
    [
        ("Chicago \u2013 ", "Chicago"),
        ("Harrisburg, PA \u2013 ", "Harrisburg, PA"),
        ("WASHINGTON, D.C. [06/17/25] \u2014 ", "WASHINGTON, D.C. [06/17/25]"),
        ("Reed, PA \u2013 ", None),
    ],
)
def test_more_places_open_a_paragraph(opening: str, place: str | None) -> None:
    assert dateline(f"{opening}The state will count its shallow wells.") == place


@pytest.mark.parametrize(
    "opening",
    [
        "<p><em>Washington D.C., June 17, 2025</em> \u2014</p><p>",
        "<p>(Washington, D.C., June 17, 2025) \u2013 ",
    ],
)
def test_a_day_in_the_dateline_dates_a_page_that_prints_no_other(opening: str) -> None:
    found = read(f"{opening}{SAYS}</p>{MORE}")
    assert len(texts(found)) == 2
    assert found.published == "2025-06-17"
    assert found.dateline == "Washington{} D.C., June 17, 2025".format(
        "," if "(" in opening else ""
    )


@pytest.mark.parametrize(
    "foot",
    [
        "<p>-NPS-</p><p>About us.</p>",
        "<p>About us.</p><p>###</p><p>03-100</p>",
        "<p>Updated: 17 June 2025</p><p>About us.</p>",
        "<p>About us.</p><p>Release no. 25-018</p>",
        (
            "<p>About us.</p><div>Content created by Press Office (PO)</div>"
            "<div>Content last reviewed June 17, 2025</div>"
        ),
        "<p>About us.</p><p>Did you find this information helpful?</p><p>Yes</p>",
        '<p>About us.</p><p>Focus areas: <a href="/t/sea">Sea</a></p>',
        "<p>About us.</p><p>Return to full list &gt;&gt;</p>",
        "<p>About us.</p><div>Print Feedback Share &amp; Bookmark Font Size: + -</div>",
        "<p>About us.</p><p>Follow us on Instagram, LinkedIn, Facebook, X</p>",
        "<p>About us.</p><p>You are receiving this email because you signed up.</p>",
        "<p>About us.</p><p>Read more at the harbor.gov Newsroom</p>",
        '<p>About us.</p><div><p><a href="/es">Spanish Translation</a></p></div>',
        '<p>About us.</p><div class="sharedaddy"><h3>Pass it on:</h3></div>',
    ],
)
def test_stamps_numbers_and_tools_below_a_text_are_none_of_it(foot: str) -> None:
    found = read(f"{DAY}<p>{SAYS}</p>{MORE}{foot}")
    assert texts(found)[2:] == ["About us."]


def test_the_update_of_each_of_several_things_is_text() -> None:
    things = "<p>Map</p><p>Updated: May 1, 2025</p><p>Chart</p><p>Updated: May 2, 2025"
    assert len(texts(read(f"<p>{SAYS}</p>{things}</p><p>All are free.</p>"))) == 6


def test_labels_of_links_down_the_page_may_share_their_line() -> None:
    row = '<div>Jump To:<a href="#a">Facts</a><a href="#b">Report</a></div>'
    assert len(texts(read(f"<p>{SAYS}</p>{row}{MORE}"))) == 2


def test_an_alert_of_the_sites_beside_the_article_is_no_text() -> None:
    alert = '<div role="alert"><p>State offices are closed because of snow.</p></div>'
    told = f"<article><p>{SAYS}</p>{MORE}{{}}</article>"
    assert len(texts(read(alert + told.format(""), tag="div"))) == 2
    # In the page's main part it may be of the story: "This program has ended."
    assert len(texts(read(alert + told.format("")))) == 3
    assert len(texts(read(told.format(alert)))) == 3
    note = alert.replace("State", "Correction: state")
    assert len(read(note + told.format("")).notes) == 1


@pytest.mark.parametrize(
    "listed",
    [
        (
            "<p><strong>RELATED LINKS:</strong></p>"
            '<p><a href="/a">Harbor school</a></p><p><a href="/b">North channel</a></p>'
        ),
        (
            "<h2>You also may be interested in...</h2><div><span>May 1</span>"
            '<h3><a href="/a">Harbor school</a></h3><p>It is shut.</p>'
            '<h3><a href="/b">North channel</a></h3></div>'
        ),
    ],
)
def test_further_reading_in_paragraphs_or_teasers_is_no_text(listed: str) -> None:
    found = read(f"<p>{SAYS}</p>{MORE}{listed}")
    assert [link.title for link in found.related] == ["Harbor school", "North channel"]
    assert len(texts(found)) == 2


def test_what_a_related_box_files_the_page_under_is_no_further_reading() -> None:
    box = '<div class="related"><h2>{}</h2><a href="/t">Harbors and ports</a></div>'
    for heading in ("Topics", "Related to:"):
        assert read(f"<p>{SAYS}</p>{MORE}{box.format(heading)}").related == ()


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://www.harbor.gov/newsroom/local-media-release/storm", "release"),
        ("https://www.harbor.gov/news/national-news-release/storm", "release"),
    ],
)
def test_the_address_of_a_release_by_its_reach(url: str, kind: str) -> None:
    assert kind_of(url, title=TITLE, lines="", layout=None) == kind


@pytest.mark.parametrize(
    "stated",
    [
        "HUD No. 25-088 | HUD.gov / Department of Harbors",
        "News Flash \u2022 Hazard, KY \u2022 CivicEngage",
        f"HarborLink News Release: {TITLE}",
    ],
)
def test_a_series_number_or_place_in_the_title_is_no_headline(stated: str) -> None:
    banner = (
        '<section class="usa-banner"><p>A .gov website belongs to an official'
        " government organization in the United States.</p></section>"
    )
    h1 = f"{banner}<div><b>{TITLE}</b></div>"
    found = read(f"<p>{SAYS}</p>{MORE}", head=stated, h1=h1, tag="div")
    assert found.title == TITLE
    assert len(texts(found)) == 2


def test_a_headline_again_without_its_day_is_no_text() -> None:
    h1 = f"<h1>June 17, 2025 - {TITLE}</h1>"
    found = read(f"<h2>{TITLE}</h2><p>{SAYS}</p>{MORE}", h1=h1, head=h1[4:-5])
    assert len(texts(found)) == 2


VISIT = "Friday, June 20, 2025 4:02 PM"


@pytest.mark.parametrize("tag", ["main", "div"])
@pytest.mark.parametrize("visit", [VISIT, "Friday, June 20, 2025"])
def test_the_day_of_the_visit_above_a_page_is_not_of_publication(
    visit: str, tag: str
) -> None:
    html = (
        f"<html><head><title>{TITLE}</title></head><body><div>{visit}</div><{tag}>"
        f"<h1>{TITLE}</h1>{{}}<p>{SAYS}</p>{MORE}</{tag}></body>"
    )
    for day, published in ((DAY, "2025-06-17"), ("", None)):
        if not day and tag == "div" and visit != VISIT:
            continue  # nothing tells it from a letterhead's
        page = document.parse(html.format(day).encode(), url="https://www.harbor.gov/")
        assert extraction.read(page).article.published == published


@pytest.mark.parametrize(
    "notice",
    [
        '<div><p>We use cookies here.</p><a href="/privacy">Learn more</a></div>',
        "<div><h2>We\u2019d welcome your feedback!</h2><p>Take part.</p></div>",
        "<div><p>You are now leaving the site of the agency.</p></div>",
    ],
)
def test_what_a_site_asks_its_visitors_beside_a_page_is_none_of_it(notice: str) -> None:
    html = (
        f"<html><head><title>{TITLE}</title></head><body><div><h1>{TITLE}</h1>"
        f"<p>{SAYS}</p>{MORE}</div>{notice}</body>"
    )
    page = document.parse(html.encode(), url="https://www.harbor.gov/")
    assert len(extraction.read(page).article.blocks) == 2


def test_an_alert_is_no_headline_of_a_page_without_one() -> None:
    alert = (
        '<section class="usa-site-alert"><h3>Emergency alert message</h3><p>A storm'
        " will reach the coast on Friday; see the list of all shelters.</p></section>"
    )
    h1 = f"{alert}<h2>{TITLE}</h2>"
    stated = "News Flash \u2022 Hazard, KY"
    assert read(f"<p>{SAYS}</p>{MORE}", head=stated, h1=h1).title == TITLE


DECK = "The agency will pay for new bridges in nine counties of the state this year."


@pytest.mark.parametrize(
    "top",
    [
        f"<p>{DECK}</p><p>By Ann Reed</p>{DAY}",
        f"<p>{DECK}</p><p>By Ann Reed | June 17, 2025</p>",
        f"{DAY}<p>{DECK}</p><p>By Ann Reed</p>",
    ],
)
def test_a_byline_below_a_subtitle_that_is_a_sentence_is_read(top: str) -> None:
    found = read(f"{top}<p>{SAYS}</p>{MORE}")
    assert found.byline == "Ann Reed"
    assert found.published == "2025-06-17"
    assert texts(found)[:2] == [DECK, SAYS]


def test_a_day_alone_below_a_sentence_is_anothers() -> None:
    assert read(f"<p>{DECK}</p>{DAY}<p>{SAYS}</p>{MORE}").published is None


def test_what_a_site_features_below_a_text_is_none_of_it() -> None:
    cards = (
        '<div><h2>Featured</h2><a href="/f"><img src="/f.jpg" alt="A dam">Dam</a></div>'
    )
    found = read(f"<p>{SAYS}</p>{MORE}{cards}")
    assert len(texts(found)) == 2
    assert found.images == ()


@pytest.mark.parametrize(
    "html",
    [
        '<p class="a b">One <a href="/x?a=1&amp;b=2">two</a><br>three <o:p>4</o:p></p>',
        "<div><p>Open<div>inner</p></div>tail<table><tr><td>cell<li>item</table>",
        "<svg xmlns='http://www.w3.org/2000/svg'><a xlink:href='/s'>s</a></svg>&nbsp;x",
        "",
    ],
)
def test_our_tree_builder_builds_what_beautiful_soup_does(html: str) -> None:
    own = BeautifulSoup(html, builder=_Builder(multi_valued_attributes=None))
    assert str(own) == str(BeautifulSoup(html, "lxml", multi_valued_attributes=None))


@pytest.mark.parametrize(
    "filed",
    [
        '<p><a href="/category/press/">Press</a>, <a href="/category/new/">New</a></p>',
        '<div><a href="/tag/sea">Sea</a> | <a href="/tag/port">Port</a></div>',
    ],
)
def test_lists_of_what_is_filed_alike_may_be_parted_by_marks(filed: str) -> None:
    assert len(texts(read(f"{DAY}<p>{SAYS}</p>{MORE}{filed}"))) == 2


def test_a_mark_before_an_update_is_its_footnotes() -> None:
    assert read(f"<p>{SAYS}</p><p>*Updated 6/17/2020</p>{MORE}").updated == "2020-06-17"


@pytest.mark.parametrize(
    "others",
    [
        "<table><tr><td>06/17/25</td><td>Map</td></tr><tr><td>06/10/25</td></tr></table>",
        "<p>Born</p><p>June 17, 1950</p>",
        "<p>Recall date</p><p>June 17, 2025</p>",
        (
            "<div><b>Open date:</b> June 1, 2025</div>"
            "<div><b>Close date:</b> June 17, 2025</div>"
        ),
        "<p>Argued: June 17, 2025</p>",
    ],
)
def test_days_of_other_things_date_no_page(others: str) -> None:
    assert read(f"{others}<p>{SAYS}</p>{MORE}").published is None


def test_the_day_of_a_letterhead_above_a_page_of_tables_is_of_publication() -> None:
    top = "<div>For Immediate Release</div><div>June 17, 2025</div>"
    html = (
        f"<html><head><title>{TITLE}</title></head><body>{top}<h1>{TITLE}</h1>"
        f"<p>June 20, 2025</p><p>{SAYS}</p>{MORE}</body>"
    )
    page = document.parse(html.encode(), url="https://www.harbor.gov/")
    assert extraction.read(page).article.published == "2025-06-17"


TOLD = f"<p>{SAYS}</p>{MORE}"


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (f"<p>***CANCELED***</p>{TOLD}", "***CANCELED***"),
        (f"<p>{SAYS}</p><p>- YES -</p>{MORE}{MORE}{MORE}", "- YES -"),
        (
            (
                f'<div class="row"><div class="col-md-8">{TOLD}</div>'
                '<div class="col-md-4"><p>Killed: 3</p><p>Injured: 12</p></div></div>'
            ),
            "Injured: 12",
        ),
        (
            (
                f'<div class="row"><div class="col-md-8">{TOLD}</div>'
                '<div class="col-4">'
                "<p>All beaches are closed.</p><p>Elm Street is shut.</p></div></div>"
            ),
            "Elm Street is shut.",
        ),
        (
            (
                f"{TOLD}<h3>You may also apply by mail</h3><div>"
                "<p>Send it before July 1"
                ' with $35. <a href="/f">Form</a></p></div>'
            ),
            "Send it before July 1 with $35. Form",
        ),
        (
            (
                "<p>Department of Harbors awards $5 million to three states</p>"
                f"<p>Contact: Jo Day, 202-555-0100</p><p>SALEM, Ore. — {SAYS}</p>{MORE}"
            ),
            "Department of Harbors awards $5 million to three states",
        ),
        (
            (
                '<div role="alert">The water is not safe to drink.</div>'
                f"<article>{TOLD}</article>"
            ),
            "The water is not safe to drink.",
        ),
        (
            (
                f"{TOLD}<div><h2>Evacuation alerts</h2><p>Zone 4 must leave now.</p>"
                "<form><input></form></div>"
            ),
            "Zone 4 must leave now.",
        ),
        (
            (
                f"{TOLD}<div><h2>Featured</h2><p>Ortiz won $10,000 for"
                ' <a href="/w">her work</a>.</p></div>'
            ),
            "Ortiz won $10,000 for her work.",
        ),
    ],
)
def test_what_tells_something_is_no_furniture_however_it_stands(
    told: str, words: str
) -> None:
    assert words in texts(read(told))


def test_much_of_the_story_beside_its_headlines_article_is_read() -> None:
    background = "<section><h2>Background</h2><p>The fine was $3 million.</p></section>"
    told = f"<main><article><h1>{TITLE}</h1>{TOLD}</article>{background}</main>"
    found = read(told, h1="", tag="div")
    assert "The fine was $3 million." in texts(found)
