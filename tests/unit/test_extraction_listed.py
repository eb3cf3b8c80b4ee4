"""The stories that listing pages name, in the shapes government sites give them."""

import pytest

from scraper import document, extraction
from scraper.model import Article, Layout, Link, Profile

URL = "https://www.example.gov/news/"
STORIES = (
    ("Harbor dredging begins after a two-year review", "/news/1", "2025-03-04"),
    ("Two counties share a new flood gauge network", "/news/2", "2025-03-01"),
    ("Office moves its records online this summer", "/news/3", "2025-02-27"),
    ("Inspectors publish the annual bridge report", "/news/4", "2025-02-20"),
)
EXPECTED = tuple(
    Link(title, f"https://www.example.gov{path}", day) for title, path, day in STORIES
)
SPELLED = {
    "2025-03-04": "March 4, 2025",
    "2025-03-01": "Mar. 1, 2025",
    "2025-02-27": "02/27/2025",
    "2025-02-20": "20 February 2025",
}


def page(rows: str, *, besides: str = "") -> str:
    return (
        "<html><head><title>News | Example</title></head><body>"
        "<nav><ul><li><a href='/a'>About us and our history</a></li></ul></nav>"
        f"<main><h1>News</h1>{besides}{rows}</main></body></html>"
    )


def rows(row: str) -> str:
    return "".join(
        row.format(title=title, path=path, day=day, shown=SPELLED[day])
        for title, path, day in STORIES
    )


def read(html: str, *layouts: Layout) -> Article:
    opened = document.parse(html.encode(), url=URL, content_type="text/html")
    profile = Profile(site="x", title="X", hosts=(), layouts=layouts)
    return extraction.read(opened, profile=profile).article


SHAPES = {
    "drupal view": (
        '<div class="view-content">{}</div>',
        (
            '<div class="views-row"><h3><a href="{path}">{title}</a></h3>'
            '<time datetime="{day}T09:00:00-05:00">{shown}</time>'
            "<p>A few words on the story, as teasers have them.</p></div>"
        ),
    ),
    "table": (
        "<table><tr><th>Date</th><th>Release</th></tr>{}</table>",
        '<tr><td>{shown}</td><td><a href="{path}">{title}</a></td></tr>',
    ),
    "definition list": (
        "<dl>{}</dl>",
        '<dt>{shown}</dt><dd><a href="{path}">{title}</a></dd>',
    ),
    "date in the running line": (
        "<ul>{}</ul>",
        '<li>{shown} &ndash; <a href="{path}">{title}</a></li>',
    ),
    "headline, then its date": (
        "<div>{}</div>",
        '<h2><a href="{path}">{title}</a></h2><p class="date">{shown}</p>',
    ),
    "river": (
        '<div class="river-list">{}</div>',
        (
            '<div class="item"><h2 class="river-title">'
            '<a href="{path}">{title}</a></h2>'
            '<time data-dateap="{shown}" data-dateago="{day}T11:02:00"></time>'
            "<p>Two lines of the story follow here.</p></div>"
        ),
    ),
    "card in one link": (
        "<div>{}</div>",
        (
            '<a class="card" href="{path}"><span class="when">{shown}</span>'
            "<h3>{title}</h3><p>What the card says below its headline.</p></a>"
        ),
    ),
    "read more below an unlinked headline": (
        "<div>{}</div>",
        (
            '<div class="teaser"><h3>{title}</h3><p>{shown}</p>'
            '<p>Some words.</p><a href="{path}">Read more</a></div>'
        ),
    ),
    "picture linked, headline linked, category linked": (
        "<ul>{}</ul>",
        (
            '<li class="post"><a href="{path}"><img src="/p.jpg" alt=""></a>'
            '<h2><a href="{path}">{title}</a></h2><div class="meta">'
            '<a href="/topics/harbors" rel="tag">Harbors</a>'
            '<time datetime="{day}">{shown}</time></div></li>'
        ),
    ),
    "category without rel=tag beside the date": (
        "<ul>{}</ul>",
        (
            '<li class="post"><h2><a href="{path}">{title}</a></h2><div class="meta">'
            '<a href="/topics/harbors">Press releases</a> {shown}</div></li>'
        ),
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_stories_are_listed_with_address_and_date(shape: str) -> None:
    around, row = SHAPES[shape]
    article = read(page(around.format(rows(row))))
    assert article.listed == EXPECTED
    assert article.kind == "listing"
    assert article.provenance["listed"] == "dates beside links"


def test_a_date_above_several_stories_is_the_date_of_each() -> None:
    listing = (
        "<h3>March 4, 2025</h3><ul><li><a href='/news/1'>One thing happened</a></li>"
        "<li><a href='/news/2'>Another thing happened</a></li></ul>"
        "<h3>March 3, 2025</h3><ul><li><a href='/news/3'>A third thing</a></li></ul>"
    )
    for html in (page(listing), page(f"<div>{listing}</div>")):
        assert [link.published for link in read(html).listed] == [
            "2025-03-04", "2025-03-04", "2025-03-03",
        ]  # fmt: skip


def test_groups_in_boxes_of_their_own_list_each_story_below_the_date() -> None:
    group = (
        '<div class="view-grouping"><span>{day}</span><table><tr><td>S-1</td><td>'
        '<a href="/{n}a">Harbor Co. v. County {n}</a></td></tr><tr><td>S-2</td><td>'
        '<a href="/{n}b">In re Bridge {n}</a></td></tr></table></div>'
    )
    days = ("June 28, 2024", "June 21, 2024", "June 14, 2024")
    listing = "".join(group.format(n=n, day=day) for n, day in enumerate(days))
    listed = read(page(listing)).listed
    assert len(listed) == 6
    assert [link.title for link in listed][:2] == [
        "Harbor Co. v. County 0", "In re Bridge 0",
    ]  # fmt: skip
    assert {link.published for link in listed} == {
        "2024-06-28", "2024-06-21", "2024-06-14",
    }  # fmt: skip


def test_single_stories_and_groups_of_stories_come_in_reading_order() -> None:
    group = '<div class="g"><span>{day}</span><ul>{lines}</ul></div>'
    line = '<li><a href="/{n}">Story number {n}</a></li>'
    shown = ((1, 2), (3,), (4, 5))
    days = ("June 28, 2024", "June 21, 2024", "June 14, 2024")
    listing = "".join(
        group.format(day=day, lines="".join(line.format(n=n) for n in numbers))
        for day, numbers in zip(days, shown, strict=True)
    )
    titles = [link.title for link in read(page(listing)).listed]
    assert titles == [f"Story number {n}" for n in (1, 2, 3, 4, 5)]


def test_an_article_with_dated_stories_beside_it_is_no_listing() -> None:
    prose = "<p>" + "The bridge was opened to traffic after nine years. " * 12 + "</p>"
    around, row = SHAPES["drupal view"]
    article = read(page(around.format(rows(row)), besides=prose))
    assert article.listed == ()
    assert article.kind != "listing"


def test_two_dated_links_make_no_listing() -> None:
    two = '<ul><li>March 4, 2025 <a href="/1">One thing</a></li>' * 2 + "</ul>"
    assert read(page(two)).listed == ()


def test_dates_without_links_make_no_listing() -> None:
    table = "".join(f"<tr><td>{day}</td><td>12</td></tr>" for day in SPELLED.values())
    assert read(page(f"<table>{table}</table>")).listed == ()


def test_a_story_linked_twice_is_listed_once() -> None:
    around, row = SHAPES["table"]
    article = read(page(around.format(rows(row) + rows(row))))
    assert article.listed == EXPECTED


def test_a_listing_has_no_date_of_its_own() -> None:
    around, row = SHAPES["definition list"]
    article = read(page(around.format(rows(row))))
    assert (article.published, article.published_text, article.byline) == (None,) * 3
    assert "published" not in article.provenance


def test_a_layout_names_rows_that_show_no_date() -> None:
    html = page(rows('<div class="hit"><a href="{path}">{title}</a></div>'))
    layout = Layout(name="hits", fields={"listed": (".hit",)}, kind="listing")
    assert read(html).listed == ()
    article = read(html, layout)
    assert [link.title for link in article.listed] == [title for title, *_ in STORIES]
    assert article.provenance["listed"] == ".hit"


def test_a_layout_names_headline_and_date_inside_its_rows() -> None:
    row = (
        '<div class="hit"><a href="/desk">The desk of long names and titles</a>'
        '<b class="h"><a href="{path}">{title}</a></b>'
        "<i>March 9, 1999</i><u>{shown}</u></div>"
    )
    layout = Layout(
        name="hits",
        fields={
            "listed": (".none", ".hit"), "listed_title": (".h",), "listed_date": ("u",)
        },
    )  # fmt: skip
    assert read(page(rows(row)), layout).listed == EXPECTED
