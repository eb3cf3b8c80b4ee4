from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scraper import document
from scraper.assessment import assess
from scraper.model import AssessmentKind

URL = "https://www.example.gov/news/1"
PIECES = st.sampled_from(
    [
        "<html>",
        "<title>Page not found",
        "</title>",
        "<body><h1>Access Denied",
        "<main><p>" + "Words that say something. " * 20,
        "<!--",
        "<script>window._cf_chl_opt",
        "</script>",
        "<iframe><noscript>Enable JavaScript to continue",
        "</body></html>",
        "404 " * 30,
        "the page you " * 10,
        "\x00\ufffd",
    ]
)
BODIES = st.one_of(
    st.binary(max_size=300), st.lists(PIECES).map("".join).map(str.encode)
)


@given(
    body=BODIES,
    status=st.integers(100, 599),
    requested_url=st.sampled_from([None, URL, "https://www.example.gov/", URL + "?a"]),
    headers=st.dictionaries(st.sampled_from(["Content-Type", "Server"]), st.text()),
)
def test_any_answer_is_assessed_and_only_a_good_status_is_a_page(
    body: bytes, status: int, requested_url: str | None, headers: dict[str, str]
) -> None:
    parsed = document.parse(body, url=URL, content_type=headers.get("Content-Type"))
    assessment = assess(
        parsed, requested_url=requested_url, status=status, headers=headers
    )
    assert assessment.reason
    if assessment.kind is AssessmentKind.PAGE:
        assert 200 <= status < 300
        assert any(letter.isalpha() for letter in parsed.text)
