"""Edits that agencies make, and the line in which a reader is told of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scraper.comparison import compare, content_sha256, patch
from scraper.model import Article, Block, Comparison, Image, Link

TEXT = (
    (
        "WASHINGTON — The Department of Coastal Safety today announced $42.5 million in"
        " grants for harbor towns."
    ),
    (
        "“We will stand by every fishing family,” said Deputy Secretary Maria Ortiz,"
        " who visited Port Lewis on Tuesday."
    ),
    (
        "The program will fund 118 projects in 14 states. Applications are due June 30,"
        " 2026."
    ),
    (
        "Towns may not use the money for dredging. They must report to the department"
        " each year."
    ),
    (
        "The department has not decided whether to extend the program beyond 2028. Call"
        " 202-555-0143 or write to press@coast.gov."
    ),
)
SILENT = "; the page does not say so"


def page(*texts: str, kind: str = "paragraph", **fields: object) -> Article:
    base = Article(
        url="https://www.coast.gov/news/1",
        title="Department Announces Harbor Grants",
        published="2026-03-02",
        published_text="March 2, 2026",
        blocks=tuple(Block(kind, text) for text in texts or TEXT),  # type: ignore[arg-type]
    )
    return replace(base, **fields)  # type: ignore[arg-type]


def edited(*swaps: tuple[str, str]) -> Article:
    texts = "\n".join(TEXT)
    for old, new in swaps:
        assert old in texts
        texts = texts.replace(old, new)
    return page(*texts.split("\n"))


def compared(before: Article, after: Article) -> Comparison:
    comparison = compare(before, after)
    assert comparison is not None
    assert content_sha256(patch(before, comparison)) == content_sha256(after)
    return comparison


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "Deputy Secretary Maria Ortiz",
            "Acting Secretary John Hale",
            (
                "“Deputy Secretary Maria Ortiz” became “Acting Secretary John Hale” in"
                " paragraph 2"
            ),
        ),
        (
            "every fishing family",
            "fishing families",
            "“every fishing family” became “fishing families” in paragraph 2",
        ),
        ("will fund", "may fund", "“will” became “may” in paragraph 3"),
        (
            "will fund 118",
            "may fund 117",
            "“will fund 118” became “may fund 117” in paragraph 3",
        ),
        ("may not", "may", "“not” was taken out in paragraph 4"),
        ("must report", "must also report", "“also” was inserted in paragraph 4"),
        (
            "states. Applications",
            "states, and applications",
            "“states. Applications” became “states, and applications” in paragraph 3",
        ),
        (
            "fishing family",
            "fishing family and every “harbor town”",
            "“and every \u2018harbor town\u2019” was inserted in paragraph 2",
        ),
        (
            "press@coast.gov",
            "media@coast.gov",
            "“press@coast.gov” became “media@coast.gov” in paragraph 5",
        ),
        (
            "202-555-0143",
            "202-555-0199",
            "202-555-0143 became 202-555-0199 in paragraph 5",
        ),
        ("June 30, 2026", "June 30", "June 30, 2026 became June 30 in paragraph 3"),
        (
            "$42.5 million",
            "$42,500,000",
            "“$42.5 million” became “$42,500,000” in paragraph 1",
        ),
        (
            "the department each year",
            "the agency and the public each month",
            (
                "“department each year” became “agency and the public each month” in"
                " paragraph 4"
            ),
        ),
        (
            "grants for harbor",
            "aid for some harbor",
            "“grants for harbor” became “aid for some harbor” in paragraph 1",
        ),
    ],
)
def test_one_edit_is_told_in_its_words(old: str, new: str, told: str) -> None:
    said = told[0].upper() + told[1:]
    assert compared(page(), edited((old, new))).summary == said + SILENT


def test_the_same_words_on_and_on_are_told_once() -> None:
    after = edited(("department", "agency"))
    assert compared(page(), after).summary == (
        "“department” became “agency” in 2 passages" + SILENT
    )
    after = edited(("department", "agency"), ("who visited", "who toured"))
    assert compared(page(), after).summary == (
        "“department” became “agency” in 2 passages, 1 passage more reworded" + SILENT
    )


def test_a_transcript_with_other_punctuation_is_told_as_that() -> None:
    lines = [f"MS. ORTIZ: Answer {n}; we look at it, and we say so." for n in range(30)]
    after = page(*(line.replace(";", ",") for line in lines))
    comparison = compared(page(*lines), after)
    assert comparison.summary == (
        "Capitals or punctuation changed in 30 passages" + SILENT
    )
    assert comparison.significance == 0.02


def test_a_sentence_that_moved_is_a_move() -> None:
    due = " Applications are due June 30, 2026."
    after = page(TEXT[0], TEXT[1] + due, TEXT[2].replace(due, ""), *TEXT[3:])
    comparison = compared(page(), after)
    assert comparison.summary == (
        "“Applications are due June 30, 2026.” moved from paragraph 3 to paragraph 2"
        + SILENT
    )
    assert comparison.reasons == (("moved", 0.05),)


def test_a_paragraph_is_told_where_it_went() -> None:
    after = page(TEXT[0], TEXT[2], TEXT[3], TEXT[1], TEXT[4])
    assert compared(page(), after).summary == (
        "Paragraph 2 moved down, to paragraph 4" + SILENT
    )


def test_a_paragraph_in_the_place_of_another_is_told_as_that() -> None:
    other = "Nobody can say yet which towns get money, or when that will be."
    after = page(*TEXT[:2], other, *TEXT[3:])
    assert compared(page(), after).summary == (
        "Paragraph 3 “The program will fund 118 projects in 14 states. …” became"
        " “Nobody can say yet which towns get money, or when that will …”" + SILENT
    )


def test_a_row_is_told_by_what_it_is_of() -> None:
    before = page("Maine 12 $4.1 million", "Oregon 9 $3.0 million", kind="row")
    after = page("Maine 12 $4.1 million", "Oregon 7 $3.0 million", kind="row")
    assert compared(before, after).summary == "9 became 7 in the row “Oregon”" + SILENT


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Cases of COVID-19 {}", "the row “Cases of COVID-19”"),
        ("Opened on March {}, 2026", "row 1"),
        ("{} 12", "row 1"),
    ],
)
def test_a_row_without_a_label_is_told_by_its_number(text: str, found: str) -> None:
    before, after = (page(text.format(n), TEXT[0], kind="row") for n in (11, 17))
    told = compared(before, after).summary
    assert told.partition(" in ")[2].partition(";")[0] == found


def test_the_longest_phrase_is_told_of_an_edit_with_more() -> None:
    before = page(
        "Please contact your doctor, an open urgent care clinic, or your local center."
    )
    after = page("Please contact your doctor or an open urgent care clinic.")
    assert compared(before, after).summary == (
        "“clinic, or your local center” became “clinic” in paragraph 1 (and 1 more)"
        + SILENT
    )


def test_two_edits_of_a_text_are_told_each() -> None:
    after = page(TEXT[0], TEXT[1].replace("who visited", "who toured"), *TEXT[2:4])
    assert compared(page(), after).summary == (
        "“visited” became “toured” in paragraph 2, paragraph 5 was removed: “The"
        " department has not decided whether to extend the …”" + SILENT
    )


def test_a_row_of_a_table_that_is_sorted_anew_is_the_same_row() -> None:
    before = page("Maine 12", "Oregon 9", "Texas 7", kind="row")
    after = page("Texas 18", "Maine 12", "Oregon 9", kind="row")
    comparison = compared(before, after)
    assert comparison.numbers == (("7", "18"),)
    assert {edit.op for edit in comparison.edits} == {"moved", "changed"}


IMAGE = Image(
    src="https://media.coast.gov/a.jpg",
    alt="People on a pier.",
    caption="Deputy Secretary Maria Ortiz and Mayor Ken Doyle on a tour of the pier.",
)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            {"byline": "Jim Reed"},
            {},
            "The byline “Jim Reed” was removed",
        ),
        (
            {"attachments": (Link("Rule (PDF)", "https://coast.gov/1.pdf"),)},
            {"attachments": (Link("Rule (PDF)", "https://coast.gov/2.pdf"),)},
            "The document “Rule (PDF)” leads elsewhere",
        ),
        (
            {"attachments": (Link("Rule (PDF)", "https://coast.gov/1.pdf"),)},
            {},
            "The document “Rule (PDF)” was removed",
        ),
        (
            {"attachments": (Link("Rule", "https://coast.gov/1.pdf"),)},
            {"attachments": (Link("Draft rule", "https://coast.gov/1.pdf"),)},
            "The document “Rule” became “Draft rule”",
        ),
        (
            {"images": (IMAGE,)},
            {
                "images": (
                    replace(
                        IMAGE,
                        caption="Deputy Secretary Maria Ortiz on a tour of the pier.",
                    ),
                )
            },
            "“and Mayor Ken Doyle” was taken out in a caption",
        ),
        (
            {"images": (replace(IMAGE, alt=None),)},
            {"images": (IMAGE,)},
            "A picture description was added: “People on a pier.”",
        ),
    ],
)
def test_the_only_edit_of_a_field_is_told_in_its_words(
    before: dict[str, object], after: dict[str, object], told: str
) -> None:
    assert compared(page(**before), page(**after)).summary == told + SILENT


def test_a_word_in_a_long_headline_is_told_with_the_headline() -> None:
    old = "Department Announces End of Operations in the Spring Sea Exercise"
    before = page(title=old)
    after = page(title=old.replace("Operations", "Major Operations"))
    assert compared(before, after).summary == (
        "“Major” was inserted in the headline “Department Announces End of Major"
        " Operations in the Spring …”" + SILENT
    )


def test_a_picture_comes_and_goes_with_its_words() -> None:
    after = page(images=(IMAGE,))
    told = "“Deputy Secretary Maria Ortiz and Mayor Ken Doyle on a tour …”"
    assert compared(page(), after).summary == f"A picture was added: {told}{SILENT}"
    assert compared(after, page()).summary == f"A picture was removed: {told}{SILENT}"
    bare = replace(IMAGE, src="https://media.coast.gov/b.jpg", alt=None, caption=None)
    assert compared(page(), page(images=(IMAGE, bare))).summary == (
        "2 pictures added" + SILENT
    )


def test_a_column_that_went_makes_no_figure_another() -> None:
    before = page("Maine 12 4", "Texas 9 3", kind="row")
    comparison = compared(before, page("Maine 12", "Texas 9", kind="row"))
    assert comparison.numbers == ()
    assert comparison.summary.startswith("“4” was taken out in the row “Maine”")


@pytest.mark.parametrize(
    "note",
    [
        "This guidance was rescinded on March 4, 2026.",
        "ARCHIVED CONTENT: This page is no longer being updated.",
        "Note that this memorandum has since been superseded.",
    ],
)
def test_a_page_that_says_it_no_longer_holds_owns_up(note: str) -> None:
    comparison = compared(page(), page(note, *TEXT))
    assert comparison.disclosure == "noted"


def test_a_page_that_is_kept_up_to_date_owns_up_to_nothing() -> None:
    after = page("This page is updated daily by noon.", *TEXT)
    assert compared(page(), after).silent


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("will fund", "may fund", "strength"),
        ("must report", "should report", "strength"),
        ("who visited", "who allegedly visited", "strength"),
        ("will fund", "will pay for", None),
    ],
)
def test_how_strongly_something_is_said_weighs(
    old: str, new: str, reason: str | None
) -> None:
    reasons = dict(compared(page(), edited((old, new))).reasons)
    assert reasons.pop("wording") == 0.06
    assert reasons == ({reason: 0.3} if reason else {})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("$42.5 million", "$42,500,000"),
        ("$42.5 million", "US$42.5 million"),
        ("June 30,", "Jun. 30th,"),
        ("14 states", "fourteen states"),
    ],
)
def test_another_spelling_of_a_figure_is_no_other_figure(old: str, new: str) -> None:
    comparison = compared(page(), edited((old, new)))
    assert comparison.numbers == ()
    assert "money" not in dict(comparison.reasons)
    assert "dates" not in dict(comparison.reasons)


@pytest.mark.parametrize(
    ("old", "new"), [("10:00 a.m.", "10 a.m."), ("12 percent", "12%"), ("ten", "10")]
)
def test_nor_is_one_of_a_time_a_share_or_a_count(old: str, new: str) -> None:
    before, after = (page(f"At {said} it was over.") for said in (old, new))
    assert compared(before, after).numbers == ()


def test_months_and_the_capitals_of_a_headline_are_no_names() -> None:
    before = page("The pier opens to all on Monday, June 3.")
    comparison = compared(before, page("The pier opens to all on Tuesday, July 4."))
    assert set(dict(comparison.reasons)) == {"dates", "wording"}
    after = page(title="Department Announces Local Harbor Grants")
    assert dict(compared(page(), after).reasons) == {"headline": 0.5}
    before = page(title="Department will tour the harbor with Reed")
    after = page(title="Department will tour the harbor with Doyle")
    assert dict(compared(before, after).reasons) == {"headline": 0.5, "names": 0.3}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("The water is safe to drink.", "The water is unsafe to drink."),
        ("Fishing here is legal until May.", "Fishing here is illegal until May."),
        ("File before the deadline ends.", "File after the deadline ends."),
        ("They saw an increase in lead.", "They saw a decrease in lead."),
    ],
)
def test_a_word_that_became_its_opposite_is_a_negation(old: str, new: str) -> None:
    assert dict(compared(page(old), page(new)).reasons)["negations"] == 0.45


def test_a_month_is_no_may_and_with_its_year_a_date() -> None:
    before = page("Work is expected to be completed by November 2029.")
    after = page("Work is expected to be completed by May 2031.")
    comparison = compared(before, after)
    assert comparison.numbers == (("November 2029", "May 2031"),)
    assert set(dict(comparison.reasons)) == {"dates", "wording"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ends June 30.", "ends June 30, extended from June 15."),
        ("is on June 30 and July 4.", "is on June 30."),
    ],
)
def test_a_date_that_came_or_went_beside_another_did_not_replace_it(
    before: str, after: str
) -> None:
    found = compare(page(f"The time {before}"), page(f"The time {after}"))
    assert found is not None
    assert found.numbers == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("version 3.10", "version 3.1"),
        ("docket 0031", "docket 31"),
        ("ZIP code 02139", "ZIP code 2139"),
        ("file US-12-702", "file US-127-02"),
        ("number " + "1" * 30 + "5", "number " + "1" * 30 + "6"),
    ],
)
def test_what_is_no_amount_counts_as_it_is_written(before: str, after: str) -> None:
    found = compare(page(f"See {before} of it."), page(f"See {after} of it."))
    assert found is not None
    assert len(found.numbers) == 1


@pytest.mark.parametrize(
    "told",
    [
        "The fine in this notice, if the appeal is withdrawn, is $9 million.",
        "This page lists 20 releases; what is older is archived at the library.",
    ],
)
def test_what_is_withdrawn_on_a_page_does_not_make_it_own_up(told: str) -> None:
    found = compare(page(*TEXT), page(*TEXT[:-1], told))
    assert found is not None
    assert found.silent
