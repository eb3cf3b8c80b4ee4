import pytest

from scraper.extraction import dates
from scraper.extraction.dates import first_date, iso_date, only_date


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("Dec. 2, 2024", "2024-12-02"),
        ("Sept. 30, 2025", "2025-09-30"),
        ("January 14, 2016", "2016-01-14"),
        ("Wednesday, March 11, 2020 - 09:30pm", "2020-03-11"),
        ("November 3rd, 2021 at 4:00 PM ET", "2021-11-03"),
        ("14 January 2016", "2016-01-14"),
        ("07.27.2023 03:31", "2023-07-27"),
        ("03/04/2020", "2020-03-04"),
        ("2024-01-31", "2024-01-31"),
        ("6 de diciembre de 2023", "2023-12-06"),
    ],
)
def test_a_printed_date_is_read(text: str, iso: str) -> None:
    printed = only_date(text)
    assert printed is not None
    assert printed.iso == iso


@pytest.mark.parametrize(
    "text",
    [
        "May 2020",
        "2015",
        "Feb. 30, 2020",
        "13/25/2020",
        "version 1.2.2020.4",
        "May I ask 20 of 2021 people",
        "call 202-555-0143",
    ],
)
def test_what_is_no_whole_date_is_none(text: str) -> None:
    assert first_date(text) is None


def test_a_sentence_with_a_date_is_not_a_date() -> None:
    assert only_date("The rule took effect on May 5, 2015, in two states.") is None


def test_a_clock_counts_only_with_its_offset() -> None:
    assert iso_date("2025-04-22T15:08:20-04:00") == "2025-04-22T15:08:20-04:00"
    assert iso_date("2025-04-22T15:08:20Z") == "2025-04-22T15:08:20+00:00"
    assert iso_date("2025-04-22T15:08:20") == "2025-04-22"
    assert iso_date("Thu, 09/25/2025 - 11:38") == "2025-09-25"


@pytest.mark.parametrize(
    ("line", "published", "updated"),
    [
        ("Posted: 3/5/2024 Updated: 3/6/2024", "2024-03-05", "2024-03-06"),
        (
            "Last updated: March 6, 2024 | Published: March 5, 2024",
            "2024-03-05",
            "2024-03-06",
        ),
        (
            "Originally posted Tue, March 5, 2024 at 9:30 a.m.; updated March 6, 2024",
            "2024-03-05",
            "2024-03-06",
        ),
        ("Published March 5, 2024 Last reviewed May 1, 2024", "2024-03-05", None),
        ("Created 3/5/2024 / Modified 3/6/2024", None, "2024-03-06"),
    ],
)
def test_a_line_of_stamps(
    line: str, published: str | None, updated: str | None
) -> None:
    found = {kind: printed.iso for kind, printed in dates.stamps(line).items()}
    assert (found.get("published"), found.get("updated")) == (published, updated)
    own = (dates.dated(line), dates.updated_in(line))
    assert tuple(one and one.iso for one in own) == (published, updated)


@pytest.mark.parametrize(
    "line",
    [
        "Published March 5, 2024",
        "Published March 5, 2024; the rules apply from March 6, 2024",
        "Published March 5, 2024 Published March 6, 2024",
        "From March 5, 2024 to March 6, 2024",
    ],
)
def test_another_line_is_none(line: str) -> None:
    assert dates.stamps(line) == {}


@pytest.mark.parametrize("line", ["January 1, 1970", "12/31/1969", "1970-01-01"])
def test_the_beginning_of_a_clock_is_no_date(line: str) -> None:
    assert dates.first_date(line) is None
