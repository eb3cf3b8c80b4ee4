"""Datelines that tell the day, contacts above a text, what a site asks below it."""

import pytest

from scraper import document, extraction
from scraper.extraction.forms import date_of_dateline, dateline, kind_of
from scraper.extraction.images import split_caption
from scraper.model import Article

SAYS = "The Harbor Agency said that the storm closed the port for all of two weeks."
MORE = "<p>Fishing boats may use the north channel while the work goes on, it said.</p>"


def read(body: str, *, title: str = "Storm closes the port") -> Article:
    html = (
        f"<html><head><title>Storm closes the port</title></head><body><main>"
        f"<h1>{title}</h1>{body}</main></body>"
    )
    page = document.parse(html.encode(), url="https://www.harbor.gov/stories/storm")
    return extraction.read(page).article


@pytest.mark.parametrize(
    ("opening", "place"),
    [
        ("(SALEM) ", "SALEM"),
        ("(NEW HAVEN, Conn.) \u2014 ", "NEW HAVEN, Conn."),
        ("Oct. 6, 2022 (DENVER) \u2014 ", "DENVER"),
        ("Honolulu, Hawaii \u2013 ", "Honolulu, Hawaii"),
        ("Raleigh, N.C. (Oct. 6, 2022) \u2014 ", "Raleigh, N.C. (Oct. 6, 2022)"),
        ("Washington \u2013 ", "Washington"),
        ("NASHVILLE, TENN. \u2013 ", "NASHVILLE, TENN."),
        ("SEOUL, SOUTH KOREA \u2012 ", "SEOUL, SOUTH KOREA"),
        (
            "ARLINGTON, Va. (Army News Service) -- ",
            "ARLINGTON, Va. (Army News Service)",
        ),
        ("AT SEA, South China Sea \u2013 ", "AT SEA, South China Sea"),
        ("USS REED, At sea - ", "USS REED, At sea"),
        ("NEW YORK\u2014", "NEW YORK"),
        ("Washington \u2013 as it was ", None),
        ("Jackson \u2013 ", None),
        ("FOR IMMEDIATE RELEASE \u2013 ", None),
        ("FEMA \u2013 ", None),
        ("(NOAA) ", None),
        ("(SALEM) and ", None),
    ],
)
def test_a_place_in_brackets_is_a_dateline(opening: str, place: str | None) -> None:
    assert dateline(f"{opening}{SAYS}"[:300]) == place


@pytest.mark.parametrize(
    ("opening", "day"),
    [
        ("OCT. 6, 2022 \u2014 ", "2022-10-06"),
        ("Oct. 6, 2022 (DENVER) \u2014 ", "2022-10-06"),
        ("TOPEKA \u2013 (October 6, 2022) \u2013 ", "2022-10-06"),
        ("FRANKFORT, Ky. (Oct. 6, 2022) \u2013 ", "2022-10-06"),
        ("WASHINGTON, Oct. 6, 2022 -- ", "2022-10-06"),
        ("On October 6, 2022 \u2014 ", None),
        ("October 6, 2022, was the day. ", None),
        ("The rules of October 6, 2022 - ", None),
        ("HA-2022-173, October 6, 2022", "2022-10-06"),
    ],
)
def test_the_day_of_a_dateline(opening: str, day: str | None) -> None:
    printed = date_of_dateline(opening if opening[-1] == "2" else f"{opening}{SAYS}")
    assert (printed and printed.iso) == day


def test_a_page_that_prints_no_date_has_that_of_its_dateline() -> None:
    found = read(f"<p>TOPEKA \u2013 (October 6, 2022) \u2013 {SAYS}</p>{MORE}")
    assert (found.published, found.published_text) == ("2022-10-06", "October 6, 2022")


@pytest.mark.parametrize(
    "others",
    [
        f"<p>October 9, 2022 \u2014 {SAYS}</p>",  # a timeline
        "<p>Last updated: October 2, 2022</p>",  # the day is one to come
    ],
)
def test_a_day_that_may_be_another_one_is_not_the_pages(others: str) -> None:
    found = read(f"<p>October 6, 2022 \u2014 {SAYS}</p>{MORE}{others}")
    assert found.published is None


@pytest.mark.parametrize(
    "contact",
    [
        "<p>Contact Information: A. Reed<br>502-555-0100</p>",
        "<h2>Contact Information</h2><p>Press Office (press@harbor.gov)</p>",
        "<h2>Media Contact:</h2><p>A. Reed</p>",
        "<p>HARBOR 38-22<br>Contact: press@harbor.gov<br>Tel.: (202) 555-0100</p>",
        "<p>3 minute read time</p>",
    ],
)
def test_whom_the_press_may_ask_is_no_text(contact: str) -> None:
    found = read(f"<p>October 6, 2022</p>{contact}<p>SALEM \u2014 {SAYS}</p>{MORE}")
    assert [block.text[:9] for block in found.blocks] == ["SALEM \u2014 T", "Fishing b"]


def test_a_name_below_another_heading_is_text() -> None:
    found = read(f"<p>October 6, 2022</p><h2>Pilot</h2><p>A. Reed</p><p>{SAYS}</p>")
    assert [block.text for block in found.blocks][:2] == ["Pilot", "A. Reed"]


@pytest.mark.parametrize(
    "foot",
    [
        "<div>Is this page helpful?</div><div>NO THANKS</div><div>255 left</div>",
        "<p>Did you find what you were looking for?</p><p>Tell us more</p>",
        "<p>Help us improve Harbor.gov with your feedback</p>",
        '<p><a href="/news/">\u00ab Back to News List</a></p>',
        "<p>KA-01735 Views: 1,203,555</p><p>How would you rate this answer?</p>",
        "<p>Last Updated: May 2, 2024</p><p>Editor: A. Reed</p>",
        '<div><span>Tags: </span><a href="/t/sea">Sea</a></div>',
        '<p><a href="/1">\u00ab Older</a> <a href="/2">Newer \u00bb</a></p>',
        "<h3>Comments</h3><p>No comments yet.</p>",
        "<p>This website uses cookies to improve your experience.</p>",
        '<p>Some files need <a href="https://adobe.com">Adobe Acrobat Reader</a>.</p>',
        '<p><a href="/news">View all press releases</a></p>',
        "<p>Translate this page</p><p>Powered by Google Translate</p>",
        "<h3>Sign up for our newsletter</h3><p>Enter your email address below.</p>",
        "<p>You are now leaving the harbor.gov website.</p><p>Take our survey</p>",
    ],
)
def test_what_the_site_asks_below_a_text_is_none_of_it(foot: str) -> None:
    found = read(f"<p>{SAYS}</p>{MORE}{foot}")
    assert len(found.blocks) == 2


def test_a_question_with_text_below_it_is_text() -> None:
    found = read(f"{MORE}<h2>Is this page helpful?</h2><p>{SAYS} {SAYS} {SAYS}</p>")
    assert len(found.blocks) == 3


def test_the_sign_of_a_feed_is_no_part_of_the_headline() -> None:
    sign = 'Storm closes the port <a href="/rss.xml">+ RSS feed</a>'
    assert read(f"<p>{SAYS}</p>{MORE}", title=sign).title == "Storm closes the port"


@pytest.mark.parametrize(
    ("url", "lines", "kind"),
    [
        ("https://www.harbor.gov/news.release/storm.htm", "", "release"),
        ("https://www.harbor.gov/newsreleases/storm", "", "release"),
        ("https://www.harbor.gov/storm", "Press Release Date: Thursday", "release"),
        ("https://www.harbor.gov/storm", "Press releases by date", "article"),
    ],
)
def test_a_release_by_its_address_or_label(url: str, lines: str, kind: str) -> None:
    assert kind_of(url, title=None, lines=lines, layout=None) == kind


def test_a_byline_ends_at_its_date() -> None:
    found = read(f"<p>By Ann Reed, Harbor Police, October 6, 2022</p><p>{SAYS}</p>")
    assert found.byline == "Ann Reed, Harbor Police"
    assert found.published == "2022-10-06"
    assert len(found.blocks) == 1


def test_a_byline_on_two_lines_is_no_text() -> None:
    by = '<div>By <div><a href="/c">Harbor Communications Office</a></div> <time>'
    found = read(f"{by}October 6, 2022</time></div><p>SALEM \u2014 {SAYS}</p>{MORE}")
    assert found.byline == "Harbor Communications Office"
    assert len(found.blocks) == 2


@pytest.mark.parametrize("label", ["Table of Contents", "What\u2019s on this page:"])
def test_links_down_the_page_below_their_label_are_no_text(label: str) -> None:
    links = '<ul><li><a href="#a">Storms</a></li><li><a href="#b">Ports</a></li></ul>'
    found = read(f"<h2>{label}</h2>{links}<h2 id=a>Storms</h2><p>{SAYS}</p>{MORE}")
    assert found.blocks[0].text == "Storms"
    assert len(found.blocks) == 3


@pytest.mark.parametrize(
    ("label", "links"),
    [
        ("Contents", '<ul><li><a href="/a">Storms</a></li><li>of old</li></ul>'),
        ("Questions", '<p><a href="#a">Storms?</a></p><p><a href="#b">Ports?</a></p>'),
    ],
)
def test_other_lists_of_links_are(label: str, links: str) -> None:
    found = read(f"<p>{SAYS}</p><h2>{label}</h2>{links}<h2 id=a>Storms</h2>{MORE}")
    assert len(found.blocks) == 6


@pytest.mark.parametrize(
    "link",
    [
        '<a href="/DocumentCenter/View/55/Towns">Towns</a>',
        '<a href="/opa/media/134/dl?inline">Complaint</a>',
        '<a href="/doc/the-rates/download">Rates</a>',
        '<a href="/get/77">The rates [PDF - 2 MB]</a>',
    ],
)
def test_a_file_without_an_ending_is_an_attachment(link: str) -> None:
    assert len(read(f"<p>{SAYS}</p>{MORE}<p>{link}</p>").attachments) == 1


@pytest.mark.parametrize(
    "link",
    ['<a href="/DocumentCenter/View">Files</a>', '<a href="/pdf">(PDF) as 2</a>'],
)
def test_a_page_about_files_is_none(link: str) -> None:
    assert not read(f"<p>{SAYS}</p>{MORE}<p>{link}</p>").attachments


ANSWER = "<p>Any town on the river that has fewer than ten thousand people may.</p>"


def test_an_answer_that_opens_below_its_question_is_text() -> None:
    found = read(
        "<p><a href='#'>Expand All</a> <a href='#'>Collapse All</a></p>"
        f'<h2><button>Who may apply?</button></h2><div class="q" hidden>{ANSWER}</div>'
        f'<h2>When is that?</h2>\n<div style="display:none">{ANSWER}</div>'
    )
    kinds = [block.kind for block in found.blocks]
    assert kinds == ["heading", "paragraph", "heading", "paragraph"]


@pytest.mark.parametrize("attributes", ["", ' role="dialog"'])
def test_what_is_hidden_elsewhere_is_not(attributes: str) -> None:
    before = "<h2>Who may?</h2>" if attributes else "<h2>Who may?</h2><p>All.</p>"
    found = read(f"<p>{SAYS}</p>{MORE}{before}<div hidden{attributes}>{ANSWER}</div>")
    assert not any(block.text.startswith("Any town") for block in found.blocks)


@pytest.mark.parametrize(
    "shown", ["Storm closes<br>the port", "<div>Storm closes</div>the port"]
)
def test_the_words_of_a_headline_on_two_lines_stay_apart(shown: str) -> None:
    assert read(f"<p>{SAYS}</p>{MORE}", title=shown).title == "Storm closes the port"


@pytest.mark.parametrize(
    "stated",
    [
        "Press Releases | Harbor Agency",
        "News | Ohio Attorney General",
        "Thursday, October 6, 2022 | Office of the Harbor Master",
    ],
)
def test_a_headline_below_a_section_of_a_site_with_a_plain_title(stated: str) -> None:
    html = (
        f"<html><head><title>{stated}</title></head><body><main>"
        "<h1>Press Releases</h1><h2>Storm Closes Port</h2><p>October 6, 2022</p>"
        f"<p>{SAYS}</p>{MORE}</main></body>"
    )
    page = document.parse(html.encode(), url="https://www.harbor.gov/news/7")
    found = extraction.read(page).article
    assert (found.title, found.published) == ("Storm Closes Port", "2022-10-06")


@pytest.mark.parametrize(
    "entry",
    [
        '<h2><a href="/{0}">Storm Closes Port {0}</a></h2><p>The port is shut.</p>',
        '<a href="/{0}"><h2>Storm Closes Port {0}</h2></a><p>The port is shut.</p>',
        "<h2>Storm Closes Port {0}</h2><p>October 6, 2022</p><p>The port is shut.</p>",
    ],
)
def test_an_entry_of_a_list_is_no_headline(entry: str) -> None:
    html = (
        "<html><head><title>Press Releases | Harbor Agency</title></head><body><main>"
        f"<h1>Press Releases</h1>{entry.format(1)}{entry.format(2)}</main></body>"
    )
    page = document.parse(html.encode(), url="https://www.harbor.gov/news/")
    assert extraction.read(page).article.title == "Press Releases"


@pytest.mark.parametrize(
    ("printed", "caption", "credit"),
    [
        (
            "Photo By Sgt. Joe Roe | A crew sets a pump, Oct. 4, 2022.... read more",
            "A crew sets a pump, Oct. 4, 2022.",
            "Sgt. Joe Roe",
        ),
        (
            "Courtesy Photo | A crew sets a pump.",
            "A crew sets a pump.",
            "Courtesy Photo",
        ),
        ("Pump 1 | A crew sets it.", "Pump 1 | A crew sets it.", None),
    ],
)
def test_a_credit_above_its_caption(
    printed: str, caption: str, credit: str | None
) -> None:
    told = split_caption(printed)
    assert (told.caption, told.credit) == (caption, credit)


def test_the_day_beside_the_languages_of_a_page_is_no_text() -> None:
    day = '<div><span>October 6, 2022</span> <a href="/es">Espa\u00f1ol</a></div>'
    found = read(f"{day}<p>{SAYS}</p>{MORE}<h4>Connect with Us</h4><p>RSS Feed</p>")
    assert found.published == "2022-10-06"
    assert len(found.blocks) == 2


@pytest.mark.parametrize(("place", "day"), [(" (SALEM)", "2022-10-06"), ("", None)])
def test_a_day_with_its_place_is_that_of_publication(
    place: str, day: str | None
) -> None:
    month = "".join(f"<p><b>May {n}, 2022</b> Work.</p>" for n in range(1, 6))
    found = read(f"<p>October 6, 2022{place} \u2014 {SAYS}</p>{MORE}{month}")
    assert found.published == day


@pytest.mark.parametrize(
    "part",
    [
        '<div role="tabpanel" id="b" hidden>{}</div>',
        '<div id="more" style="display:none">{}</div>',
        '<div class="readmore-content" style="display:none">{}</div>',
    ],
)
def test_a_part_that_a_click_shows_is_text(part: str) -> None:
    found = read(f"<p>{SAYS}</p>{MORE}{part.format(ANSWER)}")
    assert found.blocks[-1].text.startswith("Any town")


@pytest.mark.parametrize(
    "trail",
    [
        '<p><a href="/">Home</a> &gt; <a href="/p">Port</a> &gt; Storm</p>',
        '<p>You are here: <a href="/">Harbor Home</a> \u00bb <a href="/n">News</a></p>',
    ],
)
def test_a_trail_of_pages_is_no_text(trail: str) -> None:
    found = read(f"{trail}<p>{SAYS}</p>{MORE}")
    assert len(found.blocks) == 2


def test_a_home_that_is_no_trail_is_text() -> None:
    found = read(f"<p>Home repairs: what the storm cost</p><p>{SAYS}</p>")
    assert len(found.blocks) == 2


def test_stories_listed_below_a_heading_need_no_box() -> None:
    links = '<ul><li><a href="/n/2">Port opens again</a> May 1</li></ul>'
    found = read(f"<p>{SAYS}</p>{MORE}<h3>Related Stories</h3>{links}")
    assert [link.title for link in found.related] == ["Port opens again"]
    assert len(found.blocks) == 2


@pytest.mark.parametrize(
    "listed",
    [
        "<h3>Related Stories</h3><ul><li>The storm of 1820</li></ul>",
        '<h3>Related Stories</h3><p>As told.</p><ul><li><a href="/2">Ann</a></li></ul>',
        '<h3>Forms</h3><ul><li><a href="/n/2">Ask for a pilot</a></li></ul>',
    ],
)
def test_other_lists_in_a_text_are_its_own(listed: str) -> None:
    found = read(f"<p>{SAYS}</p>{MORE}{listed}")
    assert not found.related
    assert len(found.blocks) > 3


PICTURE = '<img src="/p.jpg" width="600" height="400">'


@pytest.mark.parametrize(
    "box",
    [
        f"<table><tr><td>{PICTURE}</td></tr><tr><td>At the pier.</td></tr></table>",
        f"<p>{PICTURE}<br><em>At the pier.</em></p>",
        f'<div class="photo">{PICTURE}<p>At the pier.</p><a>Click to enlarge</a></div>',
    ],
)
def test_what_shares_a_box_with_a_picture_is_its_caption(box: str) -> None:
    found = read(f"<p>{SAYS}</p>{box}{MORE}")
    assert [image.caption for image in found.images] == ["At the pier."]
    assert len(found.blocks) == 2


def test_a_credit_without_brackets_ends_a_caption() -> None:
    box = f"<div>{PICTURE}<br><small>At the pier. Photo: Ann Reed</small></div>"
    image = read(f"<p>{SAYS}</p>{box}{MORE}").images[0]
    assert (image.caption, image.credit) == ("At the pier.", "Ann Reed")


@pytest.mark.parametrize(
    "heading",
    [
        "<h4>Pier Opens</h4>",
        "<h4>Pier <em>Opens</em></h4>",
        '<p class="title">Pier Opens</p>',
        '<span class="media__title">Pier Opens</span>',
    ],
)
def test_a_heading_above_a_caption_is_the_pictures_title(heading: str) -> None:
    told = "<p>People on the pier.</p><p>Photo By: Ann Reed</p>"
    box = f"<figure>{PICTURE}<figcaption>{heading}{told}</figcaption></figure>"
    image = read(f"<p>{SAYS}</p>{box}{MORE}").images[0]
    assert (image.title, image.caption) == ("Pier Opens", "People on the pier.")
    assert image.credit == "Ann Reed"


@pytest.mark.parametrize(
    ("told", "caption"),
    [
        ("<h4>Pier Opens</h4>", "Pier Opens"),
        ("<h4>Pier Opens</h4><p>Photo By: Ann Reed</p>", "Pier Opens"),
        ("<h4>The pier opens.</h4><p>It is new.</p>", "The pier opens. It is new."),
        (f"<h4>{'long ' * 16}</h4><p>It is new.</p>", f"{'long ' * 16}It is new."),
        ("<p>It is new.</p><h4>Pier Opens</h4>", "It is new. Pier Opens"),
    ],
)
def test_another_heading_with_a_picture_stays_in_its_caption(
    told: str, caption: str
) -> None:
    box = f"<figure>{PICTURE}<figcaption>{told}</figcaption></figure>"
    image = read(f"<p>{SAYS}</p>{box}{MORE}").images[0]
    assert (image.title, image.caption) == (None, caption)


@pytest.mark.parametrize(
    "box",
    [
        f"<table><tr><td>{PICTURE}</td><td>At the pier.</td></tr></table>",
        f"<p>{PICTURE}<br>At the <em>pier</em>.</p>",
        f"<div>{PICTURE}<br>One.<br>Two.<br>Three.<br>Four. Photo: Ann Reed</div>",
        f"<div>{PICTURE}<br>{SAYS * 12} Photo by Ann Reed</div>",
    ],
)
def test_what_is_beside_a_picture_is_text(box: str) -> None:
    found = read(f"<p>{SAYS}</p>{box}{MORE}")
    assert [image.caption for image in found.images] == [None]
    assert len(found.blocks) > 2


@pytest.mark.parametrize("words", [SAYS, SAYS * 4, f"{SAYS} Photo: Ann Reed"])
def test_a_text_below_a_banner_is_not_its_caption(words: str) -> None:
    html = (
        "<html><head><title>Storm closes the port</title></head><body><table><tr><td>"
        f'<img src="/b.gif" alt="Harbor Agency"></td></tr><tr><td>{words}</td></tr>'
        "</table></body>"
    )
    page = document.parse(html.encode(), url="https://www.harbor.gov/storm.htm")
    assert extraction.read(page).article.blocks


@pytest.mark.parametrize("name", ["media-body", "photo-story"])
@pytest.mark.parametrize("text", [SAYS, f"{SAYS}<br><br>{SAYS}"])
def test_a_name_makes_no_caption_of_most_of_a_page(name: str, text: str) -> None:
    found = read(f'<div class="media"><div class="{name}">{PICTURE}{text}</div></div>')
    assert found.blocks
    assert found.images[0].caption is None


@pytest.mark.parametrize(("day", "blocks"), [("<p>October 6, 2022</p>", 3), ("", 6)])
def test_tags_above_the_contacts_of_a_dated_page_are_no_text(
    day: str, blocks: int
) -> None:
    tags = '<h2>Tags:</h2><p><a href="/a">Sea</a></p><p><a href="/b">B</a></p>'
    found = read(f"{day}<p>{SAYS}</p>{MORE}{tags}<p>Ask the press office of Salem.</p>")
    assert len(found.blocks) == blocks
