"""Captions, datelines, bylines, notes and phrases, each by its printed form."""
# ruff: noqa: E501 - a printed form on a line reads best

import pytest

from scraper.extraction import images, wording
from scraper.extraction.dates import updated_in
from scraper.extraction.foot import take_tail
from scraper.extraction.forms import byline_in, dateline, notes_in
from scraper.extraction.head import Head
from scraper.model import Block

STORY = "crews finished the repair two days ahead of the plan, officials said."


@pytest.mark.parametrize(
    ("text", "credit"),
    [
        ("A boat. (U.S. Navy photo by Seaman Lee Park)", "U.S. Navy photo by Seaman Lee Park"),
        ("A boat. (U.S. Air Force photo/Ana Ruiz)", "U.S. Air Force photo/Ana Ruiz"),
        ("A boat. ( Courtesy photograph)", "Courtesy photograph"),
        ("A boat. Photo By: Lee Park", "Lee Park"),
        ("A boat. Credit: NASA/Lee Park", "NASA/Lee Park"),
        ("A boat. Photo courtesy of the Boat Museum.", "Photo courtesy of the Boat Museum"),
        ("A boat. U.S. Navy photo by Lee Park", "U.S. Navy photo by Lee Park"),
        ("A boat. (Photo courtesy of the (old) museum)", "Photo courtesy of the (old) museum"),
    ],
)  # fmt: skip
def test_a_credit_is_told_from_its_caption(text: str, credit: str) -> None:
    told = images.split_caption(text)
    assert (told.caption, told.credit) == ("A boat.", credit)


def test_brackets_that_are_no_credit_stay_in_the_caption() -> None:
    text = "Lt. Mara Voss (far right) stands by the boat (left)."
    assert images.split_caption(text) == images.Caption(text)


@pytest.mark.parametrize(
    ("url", "virin"),
    [
        ("https://media.example.mil/2015/261103-A-QX417-1022.JPG", "261103-A-QX417-1022"),
        ("https://media.example.mil/180502-N-BB269-005.jpg", "180502-N-BB269-005"),
        ("https://media.example.mil/N00023-25-D-0150.jpg", None),
        ("https://media.example.mil/71004-N-PD309-001.jpg", None),
    ],
)  # fmt: skip
def test_a_virin_is_recovered_from_a_file_name(url: str, virin: str | None) -> None:
    assert images.virin_in_url(url) == virin


@pytest.mark.parametrize(
    ("opening", "place"),
    [
        ("NORFOLK, Va. (AFNS) -- ", "NORFOLK, Va. (AFNS)"),
        ("WASHINGTON \u2014 ", "WASHINGTON"),
        ("WASHINGTON, D.C. \u2013 ", "WASHINGTON, D.C."),
        ("FORT GEORGE G. MEADE, Md. (AFNS) -- ", "FORT GEORGE G. MEADE, Md. (AFNS)"),
        ("OAK RIDGE, Tenn., March 3, 2016\u2014", "OAK RIDGE, Tenn., March 3, 2016"),
        ("SOUTHWEST ASIA (AFNS) -- ", "SOUTHWEST ASIA (AFNS)"),
        ("Washington, D.C. \u2014 ", "Washington, D.C."),
        ("Washington D.C., Feb. 4, 2020 \u2014 ", "Washington D.C., Feb. 4, 2020"),
        ("(COLUMBUS, Ohio) \u2014 ", "COLUMBUS, Ohio"),
        ("(Washington, D.C., March 3, 2025) - ", "Washington, D.C., March 3, 2025"),
        ("Ana Ruiz, Jr. \u2014 ", None),
        ("Mara Voss \u2014 ", None),
        ("CORRECTION \u2014 ", None),
        ("JM - ", None),
        ("Norfolk is where ", None),
    ],
)
def test_a_dateline_opens_its_paragraph(opening: str, place: str | None) -> None:
    assert dateline(opening + STORY) == place


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("By Staff Sgt. Lee Park , 3rd Wing Public Affairs", "Staff Sgt. Lee Park, 3rd Wing Public Affairs"),
        ("by Diane Roe", "Diane Roe"),
        ("Harbor News Service / Published May 6, 2013", "Harbor News Service"),
        ("From Lee Park, Fleet Public Affairs", "Lee Park, Fleet Public Affairs"),
        ("August 16, 2017 at 10:00 AM ET by Summer Interns", "Summer Interns"),
        ("BY THE PRESIDENT OF THE UNITED STATES OF AMERICA", None),
        ("By the way, the pier is older than the town that grew around it.", None),
        ("By Monday the crews had finished. They went home on Tuesday.", None),
    ],
)  # fmt: skip
def test_a_byline_names_who_signs(line: str, name: str | None) -> None:
    found = byline_in(line)
    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    ("line", "iso"),
    [
        ("Last updated on January 25, 2017", "2017-01-25"),
        ("Page last modified: 10/03/2017", "2017-10-03"),
        ("Content current as of: 09/25/2025", "2025-09-25"),
        ("Updated Dec. 9, 2021", "2021-12-09"),
        ("Last Update: March 04, 2025", "2025-03-04"),
        ("Revised: March 04, 2025", "2025-03-04"),
        ("Last reviewed: March 21, 2020", None),
        ("The rule, which Congress updated on May 5, 2015, stands.", None),
        ("The plan was last revised by three mayors, one of them on May 5, 2015.", None),
    ],
)  # fmt: skip
def test_an_update_line_gives_its_date(line: str, iso: str | None) -> None:
    printed = updated_in(line)
    assert (printed.iso if printed else None) == iso


@pytest.mark.parametrize(
    "text",
    [
        "Editor\u2019s note: The author is a retired engineer.",
        "CORRECTION: The contract announced on Oct. 1 was for $7 million.",
        "UPDATE: Two more vendors have been added.",
        "This release was corrected on May 5 to name the second pier.",
        "An earlier version of this page gave another depth.",
        "CORRECTION (May 5, 2025): The contract was for $7 million.",
        "Updated May 5 \u2013 the pier is open again.",
        "UPDATE as of 5 p.m.: the pier is open again.",
        "Correction to release 12-34: the pier is open again.",
    ],
)
def test_a_note_is_found(text: str) -> None:
    blocks = [Block("paragraph", STORY), Block("paragraph", text)]
    assert notes_in(blocks) == (text,)


@pytest.mark.parametrize(
    "told",
    [
        "Update crews were sent to the pier, and a correction of course followed.",
        "Corrections Department: 12 officers hired",
        "Updated guidance: wear a life jacket on the pier.",
        "Updated: $5 million",
    ],
)
def test_a_story_about_updates_holds_no_note(told: str) -> None:
    assert notes_in([Block("paragraph", told)]) == ()


@pytest.mark.parametrize(
    "line",
    [
        "Sign up for Medicare by December 7",
        "Copyright Office opens at 9 on Monday",
        "Official government figures put the dead at 12",
        "30",
        "3 of 5",
    ],
)
def test_news_that_begins_like_furniture_is_none(line: str) -> None:
    assert wording.trim([line, STORY, line], text=str) == ([line, STORY, line], [])


def test_an_update_line_that_says_more_stays_at_the_end() -> None:
    told = Block("paragraph", "Updated March 4, 2025: 45 dead")
    stamp = Block("paragraph", "Updated March 4, 2025 at 10:15 a.m. EST")
    known = Head()
    kept = take_tail([Block("paragraph", STORY), told, stamp], known)
    assert [block.text for block in kept] == [STORY, told.text]
    assert known.updated is not None


def test_furniture_goes_only_at_the_edges() -> None:
    lines = ["Skip to main content", "Share", STORY, "Share", STORY, "###", "-30-"]
    kept, removed = wording.trim(lines, text=lambda line: line)
    assert kept == [STORY, "Share", STORY]
    assert [one.text for one in removed] == [
        "Skip to main content",
        "Share",
        "###",
        "-30-",
    ]


def test_trimming_twice_changes_nothing() -> None:
    kept, _ = wording.trim(["Print", STORY, "Print"], text=lambda line: line)
    assert wording.trim(kept, text=lambda line: line) == (kept, [])
