"""What is a change, what is none, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from time import process_time

import pytest

from scraper.comparison import compare, content_sha256, patch
from scraper.model import (
    Article,
    Block,
    Comparison,
    Disclosure,
    Edit,
    Image,
    Link,
    NoisePattern,
)

PARAGRAPHS = (
    "The Harbor Agency said Monday that dredging will begin in the spring.",
    "The work will cost $175 million, the agency said, and take two years.",
    "\u201cThat's accurate,\u201d the spokesman told those who asked about the date.",
    "Fishing boats may use the north channel while the work goes on.",
)


def article(*texts: str, **fields: object) -> Article:
    blocks = tuple(Block("paragraph", text) for text in texts or PARAGRAPHS)
    base = Article(
        url="https://www.harbor.gov/news/1",
        title="Agency to dredge harbor",
        published="2025-03-03",
        published_text="March 3, 2025",
        blocks=blocks,
    )
    return replace(base, **fields)  # type: ignore[arg-type]


def reworded(old: str, new: str, **fields: object) -> Article:
    assert any(old in text for text in PARAGRAPHS)
    return article(*(text.replace(old, new) for text in PARAGRAPHS), **fields)


def compared(before: Article, after: Article, **options: object) -> Comparison:
    comparison = compare(before, after, **options)  # type: ignore[arg-type]
    assert comparison is not None
    assert content_sha256(patch(before, comparison)) == content_sha256(after)
    return comparison


def only(comparison: Comparison) -> Edit:
    (edit,) = comparison.edits
    return edit


def test_a_changed_figure_is_named_with_its_paragraph_and_its_silence() -> None:
    comparison = compared(article(), reworded("$175", "$157"))
    assert comparison.summary == (
        "$175 million became $157 million in paragraph 2; the page does not say so"
    )
    assert comparison.numbers == (("$175 million", "$157 million"),)
    assert comparison.silent
    assert dict(comparison.reasons)["money"] == 0.45
    assert comparison.fields == {"body"}
    assert (comparison.words_added, comparison.words_removed) == (1, 1)


def test_an_edit_quotes_the_words_around_it_and_not_the_page() -> None:
    edit = only(compared(article(), reworded("two years", "three years")))
    assert edit.op == "changed"
    assert edit.before is not None
    assert edit.before.endswith("and take two years.")
    assert len(edit.before) < len(PARAGRAPHS[1])
    assert (edit.position.before, edit.position.after) == (1, 1)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "People who have completed their monitoring (no longer in quarantine) 1655",
            "People who have completed their monitoring (no longer in quarantine) 1702",
        ),
        (
            "This list is updated daily by 2:00 p.m. Last updated: March 3, 2025",
            "This list is updated daily by 2:00 p.m. Last updated: March 4, 2025",
        ),
        (
            "Opening hours of the north office: Monday to Friday, 8 to 4",
            "Opening hours of the south office: Monday to Friday, 8 to 4",
        ),
    ],
)
def test_a_short_line_that_is_no_sentence_is_quoted_whole(
    before: str, after: str
) -> None:
    edit = only(compared(article(*PARAGRAPHS, before), article(*PARAGRAPHS, after)))
    assert (edit.before, edit.after) == (before, after)


def test_a_long_line_is_never_quoted_whole() -> None:
    line = " ".join(f"name{n}" for n in range(14))
    after = line.replace("name13", "other")
    edit = only(compared(article(*PARAGRAPHS, line), article(*PARAGRAPHS, after)))
    assert edit.after == "name7 name8 name9 name10 name11 name12 other"


def test_a_date_stamp_is_quoted_whole() -> None:
    stamp = "This page was last updated on Monday, March 3, 2025 at 10:15 a.m. EST."
    after = stamp.replace("10:15", "11:45")
    edit = only(compared(article(*PARAGRAPHS, stamp), article(*PARAGRAPHS, after)))
    assert (edit.field, edit.before, edit.after) == ("updated", stamp, after)


def test_no_quotation_begins_within_a_word() -> None:
    before = "So far the cost of Cold-2-Core and COVID-19 tests was $4 in all of it."
    edit = only(compared(article(before), article(before.replace("$4", "$5"))))
    assert edit.before == "Cold-2-Core and COVID-19 tests was $4 in all of it."
    edit = only(
        compared(article(before), article(before.replace("COVID-19", "COVID-20")))
    )
    assert edit.before == "the cost of Cold-2-Core and COVID-19 tests was $4 in all of"


def test_words_beside_an_edit_that_are_only_spaced_anew_are_quoted_as_they_are() -> (
    None
):
    before = article("The health care plan names 14 towns along the river this spring.")
    after = article("The healthcare plan names 15 towns along the river this spring.")
    (edit,) = compared(before, after).edits
    assert edit.before == "plan names 14 towns along the river this spring."
    assert edit.after == "plan names 15 towns along the river this spring."


def test_no_quotation_ends_with_the_point_of_an_abbreviation() -> None:
    text = "The port count was updated at 5:00 p.m. ET, 3/{}/2025. It is shut."
    (edit,) = compared(article(text.format(3)), article(text.format(4))).edits
    assert edit.before == "updated at 5:00 p.m. ET, 3/3/2025."
    text = "On Monday Gov. Li named {} ports."
    (edit,) = compared(article(text.format("two new")), article(text.format(3))).edits
    assert edit.before == "On Monday Gov. Li named two new ports."


def test_the_figures_are_told_before_the_day_they_are_of() -> None:
    def table(day: int, tests: int) -> Article:
        return article(f"Ports as of March {day}, 2025", f"Ships counted {tests}")

    comparison = compared(table(3, 1159), table(4, 1838))
    assert comparison.summary.startswith("1159 became 1838 in paragraph 2 (and 1 more)")
    moved = compared(article("Due March 3, 2025"), article("Due March 4, 2025"))
    assert moved.summary.startswith("March 3, 2025 became March 4, 2025")


def test_rows_of_figures_alone_are_each_others() -> None:
    comparison = compared(
        article("763 3 15,136", "An end."), article("935 4 17,545", "An end.")
    )
    assert [edit.op for edit in comparison.edits] == ["changed"]


def test_one_word_inserted_in_a_headline_weighs_more_than_any_wording() -> None:
    before = article(title="President announces combat operations have ended")
    after = replace(before, title="President announces major combat operations ended")
    comparison = compared(before, after)
    assert only(comparison).field == "title"
    assert comparison.significance >= 0.5
    assert comparison.summary.startswith(
        "The headline \u201cPresident announces combat"
    )


def test_one_word_changed_in_a_long_transcript_is_one_small_edit() -> None:
    lines = [f"Q: And what about point {n}, sir? A: We look at it." for n in range(900)]
    lines[500] = "A: That's accurate."
    after = [*lines]
    after[500] = "A: I don't think that's accurate."
    comparison = compared(article(*lines), article(*after))
    edit = only(comparison)
    assert edit.after == "A: I don't think that's accurate."
    assert "negations" in dict(comparison.reasons)


def test_a_company_name_that_is_replaced_counts_as_a_name() -> None:
    before = article("The contract went to Acme Marine of Norfolk for the hull.")
    after = article("The contract went to Apex Marine of Norfolk for the hull.")
    comparison = compared(before, after)
    assert "names" in dict(comparison.reasons)
    assert comparison.summary.startswith(
        "\u201cAcme\u201d became \u201cApex\u201d in paragraph 1"
    )


def test_a_department_that_is_renamed_is_found_everywhere_it_stands() -> None:
    texts = [f"On day {n} the Department of Harbors replied to us." for n in range(5)]
    renamed = [
        text.replace("Department of Harbors", "Port Department") for text in texts
    ]
    comparison = compared(
        article(*texts, title="Department of Harbors replies"),
        article(*renamed, title="Port Department replies"),
    )
    assert comparison.fields == {"title", "body"}
    assert len(comparison.edits) == 6


def test_a_clause_that_lost_a_word_is_matched_by_key_terms() -> None:
    before = article("The office works for clean energy in all of the states.")
    after = article("The office works for energy in all of the states.")
    without = compared(before, after).significance
    comparison = compared(before, after, terms=("clean energy",))
    assert dict(comparison.reasons)["key terms"] == 0.1
    assert comparison.significance > without


@pytest.mark.parametrize(
    "after",
    [
        article(*(f"  {text.replace(' ', chr(0xA0))}\n" for text in PARAGRAPHS)),
        reworded("\u201cThat's accurate,\u201d", '"That\u2019s accurate,"'),
        reworded("$175 million, the", "$175 million , the"),
        article(*PARAGRAPHS, "Views: 1,234"),
        article("Posted 3 hours ago", *PARAGRAPHS),
        article(*PARAGRAPHS, "12 shares | 3 likes"),
        article("Today is Tuesday, March 4, 2025", *PARAGRAPHS),
        article(" ".join(PARAGRAPHS[:2]), *PARAGRAPHS[2:]),
        replace(
            article(),
            blocks=tuple(Block("list_item", text) for text in PARAGRAPHS),
        ),
    ],
    ids=[
        "white space",
        "quotes",
        "space before a comma",
        "view counter",
        "relative date",
        "share counter",
        "today is",
        "paragraph break",
        "kind of block",
    ],
)
def test_what_no_reader_would_call_a_change_is_none(after: Article) -> None:
    assert compare(article(), after) is None
    assert content_sha256(article()) == content_sha256(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("12 comments", "13 comments"),
        ("No comments", "1 Comment"),
        ("12 Comments | Leave a reply", "13 Comments | Leave a reply"),
        ("This page has been viewed 1,234 times.", "Viewed 1,240 times"),
        ("You are visitor number 12345", "You are visitor number 12399"),
        ("Visitors since January 2001: 123,456", "Visitors since January 2001: 9"),
        ("There are currently 0 users and 12 guests online.", "1 user online"),
        ("3 of 4 people found this answer helpful", "4 of 5 people found this helpful"),
        ("Average: 3.2 (5 votes)", "Average: 3.4 (6 votes)"),
        ("Tweet 12 Share 5", "Tweet 14 Share 5"),
        ("5 min read", "6 min read"),
        ("Estimated Read Time: 3 Minutes", "Estimated Read Time: 4 Minutes"),
        ("It is now 10:05 AM", "It is now 10:06 AM"),
        ("Date printed: 3/3/2025", "Date printed: 3/4/2025"),
        ("Page generated in 0.123 seconds", "Page generated in 0.2 seconds"),
        ("Currently 54\u00b0F", "Currently 60\u00b0F"),
        ("Last updated: 2 weeks 3 days ago", "Last updated: 2 weeks 4 days ago"),
        ("Submitted by webmaster 2 days ago", "Submitted by webmaster 3 days ago"),
        ("34 days until Election Day", "33 days until Election Day"),
        ("12 Days 03 Hours 14 Minutes 11 Seconds", "11 days left"),
        (
            "Page 1 of 12 Next \u203a Last \u00bb",
            "Page 1 of 13 Next \u203a Last \u00bb",
        ),
        ("Showing 1-10 of 1,234 results", "Showing 1-10 of 1,240 results"),
        ("1 2 3 4 5 \u2026 12 Next", "1 2 3 4 5 \u2026 13 Next"),
        ("Math question * 3 + 5 =", "Math question * 8 + 1 ="),
        ("Session ID: A1B2C3D4", "Session ID: FFB2C3D4"),
        ("Copyright \u00a9 2001-2025 Harbor Agency", "\u00a9 2001-2026 Harbor Agency"),
        ("March 3, 2025 | 33 views | By Jo Li", "March 3, 2025 | 36 views | By Jo Li"),
        ("March 3, 2025 (2 days ago)", "March 3, 2025 (3 days ago)"),
        ("4 views | 9 days until May Day", "5 views | 8 days until May Day"),
        ("Days until May Day: 9", "Days until May Day: 8"),
        ("This photo has been viewed 9 times", "This photo has been viewed 10 times"),
        ("9 recent views", "10 recent views"),
        ("View count: 9", "View count: 10"),
        ("No. of Views: 9", "No. of Views: 10"),
        ("Views (last 30 days): 9", "Views (last 30 days): 10"),
        ("Viewed: 9 times since March 3, 2025", "Viewed: 10 times since March 3, 2025"),
        ("9 people have viewed this page", "10 people have viewed this page"),
    ],
)
@pytest.mark.parametrize("at", [0, 2, 4])
def test_what_a_page_serves_anew_on_every_visit_is_no_change(
    before: str, after: str, at: int
) -> None:
    old, new = (
        article(*PARAGRAPHS[:at], line, *PARAGRAPHS[at:]) for line in (before, after)
    )
    assert compare(old, new) is None
    assert content_sha256(old) == content_sha256(new)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Share 45%", "Share 46%"),
        ("Downloads: $12", "Downloads: $13"),
        ("Sentence: 30 days", "Sentence: 60 days"),
        ("Comment period: 30 days", "Comment period: 60 days"),
        ("12 people died", "13 people died"),
        ("Vaccinated | 3 of 5", "Vaccinated | 4 of 5"),
        ("Temperature: 54 \u00b0F", "Temperature: 60 \u00b0F"),
        ("10:05 a.m.", "11:05 a.m."),
        ("Copyright law was changed in 2025.", "Copyright law was changed in 2026."),
        ("Next update: March 3, 2025", "Next update: March 4, 2025"),
        ("Effective as of March 3, 2025", "Effective as of March 9, 2025"),
        ("Monday, March 3, 2025", "Tuesday, March 4, 2025"),
        ("The database was accessed 12 times.", "The database was accessed 14 times."),
        ("Posted by Jo Li 3 days ago", "Posted by Ann Poe 4 days ago"),
        ("34 days until Election Day", "34 days until the primary"),
        ("33 views | 9 days until Flag Day", "34 views | 9 days until May Day"),
        ("Copyright 2025 fees rise to 45 dollars", "Copyright 2025 fees rise to 55"),
        ("Request ID: 2024-12345", "Request ID: 2024-12346"),
        ("Updated: $5 million", "Updated: $6 million"),
        ("Views: 12 million", "Views: 14 million"),
        ("1,234 votes", "1,334 votes"),
        ("Site visits: 34", "Site visits: 36"),
        ("Weekly visitors: 345", "Weekly visitors: 346"),
        ("Head count: 34", "Head count: 36"),
        ("34 people viewed this house", "36 people viewed this house"),
        ("Apply by 5 p.m.", "Apply by 6 p.m."),
    ],
)
def test_a_figure_that_only_looks_like_a_counter_is_an_edit(
    before: str, after: str
) -> None:
    comparison = compared(article(*PARAGRAPHS, before), article(*PARAGRAPHS, after))
    assert comparison.fields == {"body"}


@pytest.mark.parametrize(
    ("counted", "beside"),
    [
        (Block("row", "Total visitors 331,863"), Block("paragraph", "By park")),
        (
            Block("list_item", "Downloads: 4,100"),
            Block("list_item", "Subscribers: 1,200"),
        ),
        (Block("list_item", "900 followers"), Block("list_item", "30 new videos")),
    ],
    ids=["table", "labels", "figures first"],
)
def test_a_count_among_figures_of_the_story_is_one_of_them(
    counted: Block, beside: Block
) -> None:
    def page(block: Block) -> Article:
        return replace(article(), blocks=(*article().blocks, block, beside))

    after = replace(counted, text=counted.text.replace("00", "01").replace("33", "34"))
    assert compared(page(counted), page(after)).fields == {"body"}
    assert compared(article(), page(counted)).fields == {"body"}


def test_a_counter_in_a_list_of_what_a_photo_is_stays_a_counter() -> None:
    def page(downloads: int) -> Article:
        facts = ("Photo ID: 8123456", "Web Views: 1", f"Downloads: {downloads}")
        items = tuple(Block("list_item", text) for text in facts)
        return replace(article(), blocks=(*article().blocks, *items))

    assert compare(page(4), page(5)) is None


def test_an_age_in_the_place_of_a_date_is_no_date() -> None:
    def page(age: str, minutes: int) -> Article:
        return article(
            published=None,
            published_text=age,
            updated_text=f"Updated {age}",
            byline=f"Jo Li | {minutes} min read",
        )

    assert compare(page("2 days ago", 4), page("3 days ago", 5)) is None
    renamed = replace(page("3 days ago", 5), byline="Jo Lee | 5 min read")
    edit = only(compared(page("2 days ago", 4), renamed))
    assert (edit.field, edit.before, edit.after) == ("byline", "Jo Li", "Jo Lee")


def test_counters_beside_the_words_of_a_link_are_no_change() -> None:
    def listing(age: str) -> Article:
        link = Link(f"Storm closes port | {age}", "https://x.gov/1")
        block = Block("list_item", link.title, (link,))
        return replace(article(), blocks=(block,), related=(link,))

    assert compare(listing("2 hours ago"), listing("3 hours ago")) is None


def test_a_countdown_in_a_links_words_is_cut_however_they_are_spaced() -> None:
    def page(days: int, space: str) -> Article:
        link = Link(f"{days} days until{space}May Day", "https://x.gov/1")
        return replace(article(), listed=(link,))

    assert compare(page(9, " "), page(8, "\n ")) is None
    compared(article(), page(9, "\n "))


def test_a_line_made_to_look_like_counters_for_ever_is_read_at_once() -> None:
    lines = [f"{('1 view' + '-' * n) * 8}x" for n in range(3, 10)] * 100
    began = process_time()
    assert compare(article(*lines), article(*lines, "A new end.")) is not None
    assert process_time() - began < 1


def test_a_count_in_a_sentence_of_the_story_is_no_counter() -> None:
    before = article(*PARAGRAPHS, "The ship was lost two days ago in the storm.")
    after = article(*PARAGRAPHS, "The ship was lost three days ago in the storm.")
    assert "figures" in dict(compared(before, after).reasons)


def test_cells_of_a_row_that_shift_are_a_change() -> None:
    before = replace(article(), blocks=(Block("row", "King 12 3"),))
    after = replace(article(), blocks=(Block("row", "King 1 23"),))
    assert only(compared(before, after)).after == "King 1 23"


def test_accents_that_were_encoded_twice_are_no_change() -> None:
    before = article("Informaci\u00f3n en espa\u00f1ol \u2013 \u201cpronto\u201d.")
    twice = 'Informaci\u00c3\u00b3n en espa\u00c3\u00b1ol \u00e2\u20ac\u201c "pronto".'
    assert compare(before, article(twice)) is None


def test_spellings_of_an_address_are_no_change() -> None:
    def linked(url: str) -> Article:
        link = Link("the plan", url)
        return replace(
            article(), blocks=(Block("paragraph", "See the plan here.", (link,)),)
        )

    before = linked("https://www.harbor.gov/plan")
    for url in (
        "http://www.harbor.gov/plan/",
        "/plan",
        "https://WWW.harbor.gov/plan?utm_source=mail#top",
        "https://www.harbor.gov:443/plan;jsessionid=AB12",
        "https://web.archive.org/web/20250304010203/https://www.harbor.gov/plan",
        "https://harbor.gov/plan/index.html",
        "https://www.harbor.gov/plan?t=1741000000&p_auth=Xy12&source=govdelivery",
        "https://www.harbor.gov/plan?X-Amz-Date=20250303T1&X-Amz-Signature=ab12",
        "https://www.harbor.gov/plan?st=2025-03-03T01:00&se=2025-03-04&sig=ab12",
        "https://www.harbor.gov/plan?ia_slv=1584670863948",
        "https://www.harbor.gov/plan/!ut/p/z1/04_Sj9CPykssy0xPLMnMz0vMAfIjo/",
    ):
        assert compare(before, linked(url)) is None, url
    for url in (
        "https://www.harbor.gov/plan?v=2",
        "https://www.harbor.gov/plan?session=89R",
        "https://www.harbor.gov/plan/default-values.html",
        "https://www.harbor.gov/plan?sid=45",
        "https://www.harbor.gov/plan?d=2003456789",
        "https://www.harbor.gov/plan?start_date=1584670863948",
        "https://www.harbor.gov/plan#!document;D=HA-1",
        "https://www.harbor.gov/plan#/documents/1",
    ):
        assert only(compared(before, linked(url))).field == "links", url
    edit = only(compared(before, linked("https://www.harbor.gov/plan?id=2")))
    assert (edit.field, edit.op) == ("links", "changed")


@pytest.mark.parametrize("title", ["", " ", "\u200b"])
def test_a_link_without_words_in_a_list_is_patched(title: str) -> None:
    link = Link(title, "https://www.harbor.gov/x", "2025-03-03")
    block = Block("list_item", f"{title}...", (link,))
    after = replace(article(), blocks=(*article().blocks, block))
    assert only(compared(article(), after)).field == "links"


def test_a_block_that_is_all_links_is_patched_as_text() -> None:
    nameless = Link("", "https://www.harbor.gov/x")
    after = replace(article(), blocks=(Block("paragraph", ".", (nameless,) * 2),))
    compared(replace(article(), blocks=()), after)


def test_sizes_and_cache_marks_do_not_make_another_picture() -> None:
    def pictured(src: str) -> Article:
        return replace(article(), images=(Image(src=src, caption="A dredge at work."),))

    for old, new in (
        ("https://x.gov/a.jpg?w=300", "https://x.gov/a.jpg?w=1200&h=800"),
        ("https://x.gov/styles/large/public/a.jpg?itok=Xy", "https://x.gov/a.jpg"),
        ("https://x.gov/a-1024x768.jpg", "https://x.gov/a.jpg"),
        ("https://x.gov/a-150x150.png.webp", "https://x.gov/a@2x.png"),
        ("https://i0.wp.com/x.gov/a.jpg?fit=300", "https://i2.wp.com/x.gov/a.jpg"),
        ("https://x.gov/a.jpg?v=1741000000", "https://x.gov/a.jpg?v=3f9a"),
        ("https://x.gov/hero.3f9a1c2b.jpg", "https://x.gov/hero.77aa01de.jpg"),
        (
            "https://x.gov/a/image.coreimg.85.1600.jpeg/1690000000000/a.jpeg",
            "https://x.gov/a/image.coreimg.82.640.jpeg/1690000999000/a.jpeg",
        ),
        (
            "https://x.gov/dam/a.jpg/_jcr_content/renditions/cq5dam.web.1280.jpeg",
            "https://x.gov/dam/a.jpg",
        ),
        (
            "https://media.x.mil/2025/Mar/03/2003456789/1200/800/0/250303-N-AB123-1.JPG",
            "https://media.x.mil/2025/Mar/03/2003456789/-1/-1/0/250303-N-AB123-1.JPG",
        ),
    ):
        assert compare(pictured(old), pictured(new)) is None, new
    for old, new in (
        ("https://x.gov/3f9a1c2b.jpg", "https://x.gov/77aa01de.jpg"),
        ("https://x.gov/photo-20250303.jpg", "https://x.gov/photo-20250304.jpg"),
        ("https://x.gov/photo_0.jpg", "https://x.gov/photo_1.jpg"),
        ("https://x.gov/show.aspx?id=1", "https://x.gov/show.aspx?id=2"),
        ("https://x.gov/map.ashx?s=CA", "https://x.gov/map.ashx?s=NY"),
        ("https://x.gov/chart?t=cases&s=96", "https://x.gov/chart?t=deaths&s=96"),
        ("https://x.gov/map-20250303a.jpg", "https://x.gov/map-20250304b.jpg"),
    ):
        assert only(compared(pictured(old), pictured(new))).field == "image", new
    edit = only(
        compared(pictured("https://x.gov/a.jpg"), pictured("https://x.gov/b.jpg"))
    )
    assert (edit.field, edit.op, edit.after) == (
        "image",
        "changed",
        "https://x.gov/b.jpg",
    )


def test_the_title_of_a_picture_is_an_edit_of_its_own() -> None:
    image = Image(src="https://x.gov/a.jpg", title="Pier Opens", caption="A new pier.")
    before = replace(article(), images=(image,))
    after = replace(article(), images=(replace(image, title="Gen. Hale Opens Pier"),))
    comparison = compared(before, after)
    edit = only(comparison)
    assert (edit.field, edit.op) == ("image_title", "changed")
    assert (edit.before, edit.after) == ("Pier Opens", "Gen. Hale Opens Pier")
    assert comparison.summary == (
        "The title of a picture \u201cPier Opens\u201d became"
        " \u201cGen. Hale Opens Pier\u201d; the page does not say so"
    )
    assert dict(comparison.reasons)["names"] == 0.3
    gone = compared(before, replace(article(), images=(replace(image, title=None),)))
    assert (only(gone).field, only(gone).op) == ("image_title", "removed")


def test_a_caption_and_a_chart_that_changed_only_in_its_description_are_edits() -> None:
    image = Image(src="https://x.gov/a.png", alt="30 cases so far", caption="By county")
    before = replace(article(), images=(image,))
    after = replace(article(), images=(replace(image, alt="32 cases so far"),))
    comparison = compared(before, after)
    assert only(comparison).field == "alt"
    assert comparison.numbers == (("30", "32"),)


def test_the_order_of_related_stories_and_of_lists_of_links_says_nothing() -> None:
    links = tuple(Link(f"Story {n}", f"https://x.gov/{n}") for n in range(4))
    listed = tuple(Block("list_item", each.title, (each,)) for each in links)
    before = replace(article(), related=links, blocks=article().blocks + listed)
    after = replace(
        article(), related=links[::-1], blocks=article().blocks + listed[::-1]
    )
    assert compare(before, after) is None


@pytest.mark.parametrize("field", ["listed", "related", "attachments"])
def test_a_story_in_a_list_that_is_part_of_the_text_is_told_once(field: str) -> None:
    def page(*titles: str) -> Article:
        links = tuple(
            Link(title, f"https://x.gov/{title[:4]}", published)
            for title, published in zip(
                titles, ("2025-03-03", None, None), strict=False
            )
        )
        plain = [replace(each, published=None) for each in links]
        blocks = tuple(Block("list_item", each.title, (each,)) for each in plain)
        more = Block("paragraph", "More of it below, and here.", links[:1])
        return replace(article(), blocks=(more, *blocks), **{field: links})  # type: ignore[arg-type]

    before = page("Ship sails north", "Port opens at nine", "Crew rescued at sea")
    edit = only(
        compared(
            before,
            page("Ship sails south", "Port opens at nine", "Crew rescued at sea"),
        )
    )
    assert (edit.field, edit.op) == (field, "changed")
    gone = only(compared(before, page("Ship sails north", "Crew rescued at sea")))
    assert (gone.field, gone.op) == (field, "removed")


def test_links_that_all_left_their_sentences_are_told() -> None:
    links = [Link(name, f"https://x.gov/{name}") for name in ("plan", "map")]
    sentences = ("See the plan of it now.", "See the map of it now.")
    before = replace(
        article(),
        blocks=tuple(
            Block("paragraph", text, (link,))
            for text, link in zip(sentences, links, strict=True)
        ),
    )
    lists = tuple(Block("list_item", link.title, (link,)) for link in links)
    comparison = compared(
        before,
        replace(article(*sentences), blocks=(*article(*sentences).blocks, *lists)),
    )
    assert {edit.op for edit in comparison.edits} == {"moved"}
    assert comparison.summary.startswith("2 links moved")


def test_another_related_story_is_nothing_a_page_must_own_up_to() -> None:
    dated = replace(article(), published="2026-11-20", published_text="Nov. 20, 2026")
    before = replace(dated, related=(Link("Ships Return", "https://x.gov/1"),))
    after = replace(dated, related=(Link("Ships Depart", "https://x.gov/2"),))
    comparison = compared(before, after)
    assert comparison.disclosure is Disclosure.NOT_APPLICABLE
    assert not comparison.silent
    assert "does not say so" not in comparison.summary
    edited = replace(after, title="Another Headline Altogether")
    assert compared(before, edited).silent


def test_a_list_of_thousands_of_documents_is_compared_in_time() -> None:
    def page(year: int) -> Article:
        links = tuple(
            Link(f"Report {n} of {year}", f"https://x.gov/{n}?id={year}")
            for n in range(5_000)
        )
        return replace(article(), attachments=links)

    before, after = page(2024), page(2025)
    began = process_time()
    comparison = compare(before, after)
    assert process_time() - began < 1
    assert comparison is not None
    assert len(comparison.edits) == 10_000


def test_a_document_replaced_under_the_same_words_is_one_change() -> None:
    before = replace(
        article(), attachments=(Link("Guide (PDF)", "https://x.gov/1.pdf"),)
    )
    after = replace(
        article(), attachments=(Link("Guide (PDF)", "https://x.gov/2.pdf"),)
    )
    edit = only(compared(before, after))
    assert (edit.field, edit.op) == ("attachments", "changed")
    assert edit.after == "Guide (PDF) <https://x.gov/2.pdf>"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a.pdf?ver=2025-03-03", "a.pdf?ver=2025-03-04"),
        ("a.3f9a1c2b.pdf", "a.77aa01de.pdf"),
        ("show.aspx?id=1", "show.aspx?id=2"),
        ("#!documentDetail;D=EPA-1", "#!documentDetail;D=EPA-2"),
        ("list?page=1&sid=7", "list?page=1&sid=8"),
    ],
)
def test_an_address_of_another_document_is_an_edit(before: str, after: str) -> None:
    def page(address: str) -> Article:
        link = Link("Guide", f"https://x.gov/{address}")
        return replace(article(), attachments=(link,))

    assert only(compared(page(before), page(after))).field == "attachments"


HIDDEN = {"updated": "meta article:modified_time"}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            {"updated": "2025-03-03", "updated_text": "3/3/2025"},
            {"updated": "2025-03-04", "updated_text": "3/4/2025"},
            "The update date moved from 3/3/2025 to 3/4/2025",
        ),
        (
            {"updated": "2025-03-03", "provenance": HIDDEN},
            {"updated": "2025-03-04", "provenance": HIDDEN},
            "The update date in the metadata moved from 2025-03-03 to 2025-03-04",
        ),
        (
            {"updated": "2025-03-03", "provenance": HIDDEN},
            {"updated": "2025-03-04", "updated_text": "March 4, 2025"},
            "The update date moved from 2025-03-03 to 2025-03-04",
        ),
        (
            {},
            {"updated": "2025-03-04", "provenance": HIDDEN},
            "The update date 2025-03-04 was added to the metadata",
        ),
        (
            {"updated": "2025-03-03", "updated_text": "3/3/2025"},
            {},
            "The update date 3/3/2025 was removed",
        ),
    ],
)
def test_a_date_is_told_as_it_is_printed_and_hidden_ones_as_such(
    old: dict[str, object], new: dict[str, object], told: str
) -> None:
    comparison = compared(article(**old), article(**new))
    assert comparison.summary == f"{told}; nothing else changed"
    assert only(comparison).before == old.get("updated")


def test_a_date_stamp_in_the_text_is_told_once_as_it_reads() -> None:
    old, new = "Last updated: 3/3/2025 at 10 AM", "Last updated: 3/4/2025 at 9 AM"
    before = article(*PARAGRAPHS, old, updated="2025-03-03", updated_text="3/3/2025")
    after = article(*PARAGRAPHS, new, updated="2025-03-04", updated_text="3/4/2025")
    assert compared(before, after).summary == (
        f"The line \u201c{old}\u201d became \u201c{new}\u201d; nothing else changed"
    )


def test_another_way_of_printing_a_date_is_no_change() -> None:
    assert compare(article(), article(published_text="3/3/2025")) is None


def test_a_date_stamp_alone_is_a_date_and_next_to_nothing() -> None:
    for before, after in (
        (
            article(updated="2025-03-03", updated_text="March 3, 2025"),
            article(updated="2025-03-04", updated_text="March 4, 2025"),
        ),
        (
            article(*PARAGRAPHS, "Page last updated: March 3, 2025"),
            article(*PARAGRAPHS, "Page last updated: March 4, 2025"),
        ),
        (
            article(*PARAGRAPHS, "This page was updated on March 3, 2025."),
            article(*PARAGRAPHS, "This page was updated on March 4, 2025."),
        ),
        (
            article(*PARAGRAPHS, "Content last reviewed March 2025"),
            article(*PARAGRAPHS, "Content last reviewed April 2025"),
        ),
        (
            article(*PARAGRAPHS, "As of 3:05 p.m. EST"),
            article(*PARAGRAPHS, "As of 4:05 p.m. EST"),
        ),
        (
            article(*PARAGRAPHS, "Last Reviewed/Updated: Mon, 03 Mar 2025 10:05 GMT"),
            article(*PARAGRAPHS, "Last Reviewed/Updated: Tue, 04 Mar 2025 10:05 GMT"),
        ),
        (
            article(*PARAGRAPHS, "\u00daltima actualizaci\u00f3n: 3 de marzo de 2025"),
            article(*PARAGRAPHS, "\u00daltima actualizaci\u00f3n: 4 de marzo de 2025"),
        ),
    ):
        comparison = compared(before, after)
        assert comparison.fields == {"updated"}
        assert comparison.disclosure is Disclosure.REDATED
        assert comparison.significance <= 0.05
        assert comparison.summary.endswith("nothing else changed")


def test_a_correction_is_kept_apart_from_the_text_it_corrects() -> None:
    note = "Correction: An earlier version gave the wrong cost."
    after = reworded("$175", "$157")
    after = replace(
        after, blocks=(*after.blocks, Block("paragraph", note)), notes=(note,)
    )
    comparison = compared(article(), after)
    assert comparison.disclosure is Disclosure.NOTED
    assert not comparison.silent
    assert [edit.op for edit in comparison.edits if edit.field == "notes"] == ["added"]
    assert [edit.op for edit in comparison.edits if edit.field == "body"] == ["changed"]


@pytest.mark.parametrize(
    ("before", "after", "owned"),
    [
        (
            "Posted March 3, 2025; updated March 3",
            "Posted March 3, 2025; updated March 4",
            "redated",
        ),
        (
            "Issued March 3. Updated March 3, 2025.",
            "Issued March 3. Updated March 4, 2025.",
            "redated",
        ),
        ("By Jo Li", "By Jo Li (Updated 3/4 at 10:15 a.m.)", "redated"),
        (
            "Posted on March 3, 2025 | Ports",
            "Posted on March 4, 2025 | Ports",
            "redated",
        ),
        ("Updated 3 p.m. Monday by Jo Li", "Updated 4 p.m. Monday by Jo Li", "redated"),
        ("By Jo Li", "By Jo Li. This release has been revised.", "noted"),
        ("By Jo Li", "By Jo Li. An earlier version of this page was wrong.", "noted"),
        (
            "Case counts as of March 3, 2025",
            "Case counts as of March 4, 2025",
            "redated",
        ),
        (
            "*Case count and testing data updated at 5:00 p.m. MT, 3/3/2025. State",
            "*Case count and testing data updated at 5:00 p.m. MT, 3/4/2025. State",
            "redated",
        ),
        (
            "The rule is in force as of March 3, 2025, in 3 ports.",
            "The rule is in force as of March 3, 2025, in 4 ports.",
            "none_seen",
        ),
        (
            "The law was amended March 3, 2025.",
            "The law was amended March 4, 2025.",
            "none_seen",
        ),
        (
            "The page last updated March 3 is",
            "The page last updated March 3 was",
            "none_seen",
        ),
        ("Page last reviewed: March 3, 2025", "By Jo Li", "none_seen"),
        (
            "Page last reviewed: 3/3/2025 Source: Ports",
            "Page last reviewed: 3/3/2025 Source: Docks",
            "none_seen",
        ),
    ],
)
def test_a_page_owns_up_wherever_it_says_so_anew(
    before: str, after: str, owned: str
) -> None:
    old = article(*PARAGRAPHS, before)
    new = reworded("$175", "$157")
    new = replace(new, blocks=(*new.blocks, Block("paragraph", after)))
    assert compared(old, new).disclosure == owned


def test_a_headline_that_says_corrected_owns_up() -> None:
    for title in ("CORRECTED: Agency to dredge", "Agency to dredge (Updated 3/4)"):
        after = reworded("$175", "$157", title=title)
        assert compared(article(), after).disclosure is Disclosure.NOTED
        again = replace(after, blocks=article().blocks)
        assert compared(after, again).silent


def test_a_printed_date_of_no_known_form_is_a_visible_one() -> None:
    before = article(published=None, published_text="Spring 2025")
    after = reworded("$175", "$157", published=None, published_text="Summer 2025")
    assert compared(before, after).disclosure is Disclosure.REDATED


def test_a_list_of_stories_that_turned_over_owes_nobody_a_note() -> None:
    def listing(*days: int) -> Article:
        blocks = [
            block
            for day in days
            for block in (
                Block("heading", f"Harbor story {day}"),
                Block("list_item", f"March {day}, 2025"),
            )
        ]
        links = [Link(f"Harbor story {day}", f"https://a.gov/{day}") for day in days]
        return replace(article(), blocks=tuple(blocks), listed=tuple(links))

    comparison = compared(listing(3, 2, 1), listing(4, 3, 2))
    assert comparison.disclosure is Disclosure.NOT_APPLICABLE
    assert "became" not in comparison.summary
    assert comparison.summary.endswith("1 listed story added and 1 removed")


def test_figures_that_stand_alone_are_each_others() -> None:
    def cards(*figures: str) -> Article:
        labels = ("Tests", "Positive", "Deaths")
        shown = zip(figures, labels, strict=True)
        return article("Updated: 3/3 at 9 AM", *(s for pair in shown for s in pair))

    comparison = compared(cards("3,626", "98", "1"), cards("3,728", "109", "2"))
    assert comparison.numbers == (("3,626", "3,728"), ("98", "109"), ("1", "2"))
    assert {edit.op for edit in comparison.edits} == {"changed"}
    fewer = compared(article("98", "3,626", "An end."), article("12", "An end."))
    assert not fewer.numbers


def test_a_row_in_the_place_of_another_is_not_its_rewording() -> None:
    before = article("S-12-896 286 Neb. 16 State v. Thacker", *PARAGRAPHS)
    after = article("S-16-464 296 Neb. 172 State v. Artis", *PARAGRAPHS)
    assert [edit.op for edit in compared(before, after).edits] == ["removed", "added"]


def test_a_number_within_a_name_is_no_figure_of_its_own() -> None:
    before = article("The wing flew twelve F-35s and one AC-130 under order N-17-04.")
    after = article("The wing flew twelve F-35s and one AC-131 under order N-17-05.")
    numbers = compared(before, after).numbers
    assert numbers == (("AC-130", "AC-131"), ("N-17-04", "N-17-05"))


def test_a_sentence_put_for_another_is_quoted_alone() -> None:
    before = article("The pier opens Monday. Nobody may fish there. Boats may land.")
    after = article("The pier opens Monday. All who like may do so. Boats may land.")
    edit = only(compared(before, after))
    assert edit.before == "Nobody may fish there."
    assert edit.after == "All who like may do so."


def test_lines_that_were_joined_where_words_changed_are_patched() -> None:
    before = article("At 9 a.m. the 12 boats all had $175", "3, at 12 piers by the sea")
    after = article("At 9 a.m. the 12 boats got $175 3, at 12 piers by the sea")
    compared(before, after)
    compared(after, before)


def test_a_line_that_ends_in_a_label_is_quoted_from_its_last_sentence() -> None:
    before = article("This table is updated daily. Last counted: 282 people")
    after = article("This table is updated daily. Last counted: 264 people")
    assert only(compared(before, after)).before == "Last counted: 282 people"


def test_what_only_moved_owns_up_to_nothing() -> None:
    note = "Correction: An earlier version gave the wrong cost."
    stamp = "Page last reviewed: March 3, 2025"
    before = article(note, stamp, *PARAGRAPHS, notes=(note,))
    after = reworded("$175", "$157", notes=(note,))
    moved = tuple(Block("paragraph", text) for text in (note, stamp))
    comparison = compared(before, replace(after, blocks=after.blocks + moved))
    assert [edit.op for edit in comparison.edits].count("moved") == 2
    assert comparison.silent


def test_a_date_that_goes_away_owns_up_to_nothing() -> None:
    undated = reworded("$175", "$157", published=None, published_text=None)
    assert compared(article(), undated).silent
    alone = compared(article(), article(published=None, published_text=None))
    assert alone.disclosure is Disclosure.NOT_APPLICABLE


def test_a_note_that_goes_away_owns_up_to_nothing() -> None:
    note = "Editor's note: An earlier version gave the wrong cost."
    before = article(*PARAGRAPHS, note, notes=(note,))
    assert compared(before, article()).disclosure is Disclosure.NONE_SEEN


def test_a_date_only_in_the_metadata_is_no_visible_date() -> None:
    before = article(updated="2025-03-03", provenance={"updated": "meta"})
    after = reworded(
        "$175", "$157", updated="2025-03-04", provenance={"updated": "meta"}
    )
    assert compared(before, after).disclosure is Disclosure.METADATA_ONLY


@pytest.mark.parametrize(
    ("old", "new", "disclosure"),
    [
        ("2025-03-03T09:00:00-05:00", "2025-03-03T15:30:00-05:00", "metadata_only"),
        ("2025-03-03", "2025-03-04", "metadata_only"),
        ("2025-03-03T09:00:00-05:00", "2025-03-03T14:00:00+00:00", "none_seen"),
        ("2025-03-03", "2025-03-03", "none_seen"),
        # A reading from before these dates were kept, or a new template: no new date.
        (None, "2025-03-04", "none_seen"),
        ("2025-03-03", None, "none_seen"),
        ("garbled", "2025-03-04", "metadata_only"),
    ],
)
def test_a_date_in_the_metadata_that_moves_beside_a_printed_one_owns_up(
    old: str | None, new: str | None, disclosure: str
) -> None:
    printed = {"updated": "2025-03-03", "updated_text": "March 3, 2025"}
    before = article(**printed, metadata_updated=old)
    after = reworded("$175", "$157", **printed, metadata_updated=new)
    comparison = compared(before, after)
    assert comparison.disclosure == disclosure
    assert comparison.fields == {"body"}
    assert compare(before, replace(before, metadata_updated=new)) is None


def test_a_date_in_the_metadata_says_nothing_of_other_stories() -> None:
    before = article(metadata_updated="2025-03-03", updated="2025-03-03")
    other = Link("Harbor reopens", "https://www.harbor.gov/news/9")
    after = replace(before, metadata_updated="2025-03-04", related=(other,))
    assert compared(before, after).disclosure is Disclosure.NOT_APPLICABLE


def test_a_page_without_any_date_cannot_be_silent() -> None:
    before = article(published=None, published_text=None)
    after = reworded("$175", "$157", published=None, published_text=None)
    comparison = compared(before, after)
    assert comparison.disclosure is Disclosure.NOT_APPLICABLE
    assert not comparison.silent


def test_a_paragraph_that_moved_is_one_move() -> None:
    after = article(PARAGRAPHS[3], *PARAGRAPHS[:3])
    edit = only(compared(article(), after))
    assert (edit.op, edit.position.before, edit.position.after) == ("moved", 3, 0)


def test_a_paragraph_that_moved_and_was_edited_is_both() -> None:
    texts = [*PARAGRAPHS[2:], PARAGRAPHS[0], PARAGRAPHS[1].replace("$175", "$157")]
    comparison = compared(article(), article(*texts))
    edits = [(edit.op, edit.position.before) for edit in comparison.edits]
    assert ("moved", 1) in edits
    assert ("changed", 1) in edits
    assert comparison.numbers == (("$175 million", "$157 million"),)


def test_captions_that_two_pictures_exchanged_are_edits_of_both() -> None:
    def page(first: str, second: str) -> Article:
        images = (
            Image(src="https://x.gov/a.jpg", caption=first),
            Image(src="https://x.gov/b.jpg", caption=second),
        )
        return replace(article(), images=images)

    comparison = compared(
        page("Jo Li signs the law.", "Ann Poe reads it."),
        page("Ann Poe reads it.", "Jo Li signs the law."),
    )
    assert [edit.field for edit in comparison.edits] == ["caption", "caption"]


def test_words_that_are_put_into_another_mouth_are_an_edit_of_names() -> None:
    before = article(
        "\u201cNobody was told of it in time,\u201d said Jo Li of the port."
    )
    after = article(
        "\u201cNobody was told of it in time,\u201d said Al Poe of the port."
    )
    comparison = compared(before, after)
    assert "names" in dict(comparison.reasons)
    assert comparison.silent


def test_one_line_of_fifteen_thousand_is_found() -> None:
    lines = [f"Line {n}" for n in range(15_000)]
    after = [*lines[:7], "A line put in", *lines[7:9_000], *lines[9_001:]]
    comparison = compare(article(*lines), article(*after))
    assert comparison is not None
    assert [(edit.op, edit.before or edit.after) for edit in comparison.edits] == [
        ("added", "A line put in"),
        ("removed", "Line 9000"),
    ]


def test_a_paragraph_as_long_as_a_book_is_edited_in_place() -> None:
    words = [f"w{n % 4_000}" for n in range(5_000)]
    after = [*words[:2_500], "indeed", *words[2_500:]]
    edit = only(compared(article(" ".join(words)), article(" ".join(after))))
    assert edit.op == "changed"
    assert "indeed" in (edit.after or "")


def test_an_address_that_is_none_is_compared_as_it_is() -> None:
    def page(url: str) -> Article:
        return replace(article(), attachments=(Link("Guide", url),))

    assert compare(page("http://[x"), page("http://[x")) is None
    assert only(compared(page("http://[x"), page("http://[y"))).op == "changed"


def test_a_picture_within_the_page_is_its_own_address() -> None:
    def page(data: str) -> Article:
        return replace(article(), images=(Image(src=f"data:image/png;base64,{data}"),))

    assert compare(page("AAAA"), page("AAAA")) is None
    assert only(compared(page("AAAA"), page("AAAB"))).field == "image"


def test_a_paragraph_cut_in_two_and_reworded_is_not_an_addition() -> None:
    before = article(" ".join(PARAGRAPHS[:2]), PARAGRAPHS[3])
    after = article(PARAGRAPHS[0], PARAGRAPHS[1].replace("$175", "$157"), PARAGRAPHS[3])
    comparison = compared(before, after)
    assert {edit.op for edit in comparison.edits} == {"changed"}
    assert comparison.numbers == (("$175 million", "$157 million"),)


def test_a_paragraph_taken_out_weighs_more_than_one_put_in() -> None:
    fewer = article(*PARAGRAPHS[:3])
    assert (
        compared(article(), fewer).significance
        > compared(fewer, article()).significance
        > 0.1
    )


def test_case_and_punctuation_alone_are_cosmetic() -> None:
    comparison = compared(article(), reworded("Monday that", "monday, that"))
    assert comparison.significance <= 0.05
    assert [name for name, _ in comparison.reasons] == ["case and punctuation"]


def test_learned_noise_hides_its_own_words_only() -> None:
    noise = (NoisePattern(pattern=r"Currently [\d,]+ people", reason="learned"),)
    before = article("Currently 40 people follow this. Nine ships sailed.")
    after = article("Currently 55 people follow this. Nine ships sailed.")
    assert compare(before, after, noise=noise) is None
    real = article("Currently 55 people follow this. Ten ships sailed.")
    assert compare(before, real, noise=noise) is not None
    alone = article(*PARAGRAPHS, "Currently 7 people")
    assert compare(article(), alone, noise=noise) is None


def test_a_flood_of_new_blocks_is_told_as_stretches() -> None:
    before = article(*PARAGRAPHS, *(f"Old line {n}" for n in range(6000)), "The end.")
    after = article(
        *(text.replace("$175", "$157") for text in PARAGRAPHS),
        *(f"{n} is brand new" for n in range(6000)),
        "The end.",
    )
    comparison = compared(before, after)
    ops = sorted(edit.op for edit in comparison.edits)
    assert ops == ["added", "changed", "removed"]


def test_a_comparison_is_plain_values() -> None:
    plain = compared(article(), reworded("$175", "$157")).as_dict()
    assert plain["silent"] is True
    assert plain["fields"] == ["body"]
    assert plain["disclosure"] == "none_seen"
