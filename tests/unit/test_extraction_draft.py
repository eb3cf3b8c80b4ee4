"""Selectors that sample pages suggest for a new site."""

from scraper import document, extraction
from scraper.extraction import Draft, suggest

URL = "https://www.example.gov/news/1"
TEXT = (
    "<p>Rangers counted ninety cranes at the lake this morning, the office said.</p>"
    "<p>The birds rest for a week before they fly on to the islands of the south.</p>"
)


def draft(*pages: str) -> Draft:
    samples = []
    for page in pages:
        opened = document.parse(page.encode(), url=URL, content_type="text/html")
        samples.append((opened, extraction.read(opened).article))
    return suggest(samples)


def page(inside: str, *, head: str = "<title>Cranes Return</title>") -> str:
    return f"<html><head>{head}</head><body>{inside}</body></html>"


def test_parts_are_named_as_the_template_names_them() -> None:
    html = page(
        '<div id="story"><h1 class="head">Cranes Return</h1>'
        f'<p class="stamp">May 4, 2026</p><div class="words">{TEXT}</div></div>'
    )
    assert draft(html).fields == {
        "title": "h1.head",
        "published": "p.stamp",
        "body": "div.words",
    }


def test_a_name_that_means_another_part_on_one_page_is_not_suggested() -> None:
    plain = (
        f'<div class="words"><h1 class="big main-head">Cranes Return</h1>{TEXT}</div>'
    )
    other = f'<h1 class="big">Wildlife Office</h1>{plain}'
    assert draft(page(plain)).fields["title"] == "h1.big"
    assert draft(page(plain), page(other)).fields["title"] == "h1.main-head"


def test_a_part_that_one_page_lacks_is_not_suggested() -> None:
    dated = (
        '<div class="words"><h1 class="head">Cranes Return</h1>'
        f'<p class="stamp">May 4, 2026</p>{TEXT}</div>'
    )
    undated = dated.replace("May 4, 2026", "Wildlife")
    assert "published" in draft(page(dated)).fields
    assert "published" not in draft(page(dated), page(undated)).fields


def test_names_of_places_and_of_single_pages_are_not_suggested() -> None:
    html = page(
        '<div class="container row col-md-8 views-dom-id-8fa31 story">'
        f'<h1 id="node-4711-title" class="mt-4 head">Cranes Return</h1>{TEXT}</div>'
    )
    assert draft(html).fields == {"title": "h1.head", "body": "div.story"}


def test_a_part_without_a_name_is_found_in_one_that_has() -> None:
    html = page(f'<div class="story"><h1>Cranes Return</h1><div>{TEXT}</div></div>')
    assert draft(html).fields == {"title": ".story h1", "body": ".story div"}


def test_the_publisher_is_named_as_the_pages_name_it() -> None:
    head = '<title>Cranes Return</title><meta property="og:site_name" content="Lakes">'
    inside = f"<main><h1>Cranes Return</h1>{TEXT}</main>"
    assert draft(page(inside, head=head)).title == "Lakes"
    assert draft(page(inside)) == Draft(title="", fields={})
