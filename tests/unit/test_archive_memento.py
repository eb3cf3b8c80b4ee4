"""Mementos: what an archive lists, and what becomes of what it answers."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.archive import Memento, capture_of, read_timemap, spread
from scraper.errors import ArchiveError, UrlError
from scraper.model import Hop
from tests.recorded import NOON, capture

ARCHIVE = "https://archive.example.org/web"
PAGE = "https://www.example.gov/releases/bridge"
AT = datetime(2024, 5, 1, 12, tzinfo=UTC)
MEMENTO = Memento(at=AT, url=PAGE)
THEN = "Wed, 01 May 2024 12:00:00 GMT"


def answers(*told, **later):
    """Return an `ask` that gives these answers in turn, and the addresses asked for."""
    asked: list[str] = []

    def ask(url):
        status, headers, body = told[len(asked)]
        asked.append(url)
        hop = Hop(url=url, status=status, headers=tuple(headers.items()))
        return replace(capture(body, at=NOON), hops=(hop,), requested_url=url, **later)

    return ask, asked


def taken(*told, memento=MEMENTO):
    ask, asked = answers(*told)
    return capture_of(memento, archive=ARCHIVE, allowed=(), ask=ask), asked


def page(body=b"<p>Then.</p>", at=THEN, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return 200, {"memento-datetime": at, "content-type": "text/html"} | named, body


# What is listed.


LISTED = f"""
<{PAGE}>; rel="original",
<{ARCHIVE}/timemap/link/{PAGE}>; rel="self"; type="application/link-format"; from="x",
<{ARCHIVE}/{PAGE}>; rel="timegate",
<{ARCHIVE}/20240601000000mp_/{PAGE}?a=1,2>;rel="last memento";
  datetime="Sat, 01 Jun 2024 00:00:00 GMT"; license="https://example.org/a,b;c",
<{ARCHIVE}/20240501120000/{PAGE}>; rel=memento; datetime="{THEN}",
<{ARCHIVE}/20240501120000/{PAGE}/>; rel="memento"; datetime="{THEN}",
<{ARCHIVE}/timemap/link/2/{PAGE}>; rel="timemap"; type="application/link-format",
<https://other.example.org/timemap/{PAGE}>; rel="timemap"
"""


def test_what_is_listed_comes_in_the_order_of_time_and_once_for_each() -> None:
    found = read_timemap(LISTED, archive=ARCHIVE)
    june = Memento(at=datetime(2024, 6, 1, tzinfo=UTC), url=f"{PAGE}?a=1,2")
    assert found.mementos == (MEMENTO, june)


def test_further_lists_are_those_of_the_same_archive() -> None:
    found = read_timemap(LISTED, archive=ARCHIVE)
    assert found.further == (f"{ARCHIVE}/timemap/link/2/{PAGE}",)


def test_an_archive_with_addresses_of_its_own_is_refused_and_not_guessed() -> None:
    listed = f'<https://perma.example.org/AB12>; rel="memento"; datetime="{THEN}"'
    with pytest.raises(ArchiveError, match="other addresses"):
        read_timemap(listed, archive=ARCHIVE)


@given(st.text(alphabet='<>;,="/ \\\nrelmementodatetime2024', max_size=400))
def test_any_list_is_read_or_refused(text: str) -> None:
    try:
        read_timemap(text, archive=ARCHIVE)
    except ArchiveError:
        assert "memento" in text


@given(st.integers(0, 300), st.integers(1, 60))
def test_a_choice_is_spread_over_all_of_the_time(count: int, most: int) -> None:
    chosen = spread(range(count), most)
    assert len(chosen) == min(count, most)
    assert chosen == sorted(set(chosen))
    if count:
        assert chosen[-1] == count - 1
    if count and most > 1:
        assert chosen[0] == 0
    steps = [late - early for early, late in pairwise(chosen)]
    assert max(steps, default=0) - min(steps, default=0) <= 1


# What is answered.


def test_the_bytes_are_asked_for_as_they_came_then() -> None:
    made, asked = taken(page())
    assert asked == [f"{ARCHIVE}/20240501120000id_/{PAGE}"]
    assert (made.body, made.captured_at, made.source) == (
        b"<p>Then.</p>",
        AT,
        "memento",
    )
    assert (made.requested_url, made.url) == (PAGE, PAGE)


def test_its_headers_are_the_pages_and_where_it_is_kept() -> None:
    told = page(
        x_archive_orig_last_modified="Mon, 29 Apr 2024 08:00:00 GMT",
        x_archive_orig_set_cookie="visitor=1",
        x_archive_orig_content_encoding="gzip",
        x_archive_orig_content_length="17",
        set_cookie="archive=1",
        date="Sun, 29 Nov 2026 16:35:53 GMT",
        server="nginx of the archive",
        age="86400",
    )
    made, asked = taken(told)
    assert made.headers == {
        "content-type": "text/html",
        "last-modified": "Mon, 29 Apr 2024 08:00:00 GMT",
        "content-location": asked[0],
        "memento-datetime": THEN,
    }


def test_the_archives_own_redirect_to_a_near_time_is_followed() -> None:
    near = f"{ARCHIVE}/20240501121500id_/{PAGE}"
    made, asked = taken(
        (302, {"location": near}, b""), page(at="Wed, 01 May 2024 12:15:00 GMT")
    )
    assert asked[1] == near
    assert made.captured_at == datetime(2024, 5, 1, 12, 15, tzinfo=UTC)
    assert len(made.hops) == 1


@pytest.mark.parametrize("rewrites", [True, False])
def test_a_redirect_of_the_page_is_followed_inside_the_archive(rewrites) -> None:
    target = "https://www.example.gov/news/bridge"
    location = f"{ARCHIVE}/20240501120003/{target}" if rewrites else "/news/bridge"
    moved = 301, {"location": location, "memento-datetime": THEN}, b""
    made, asked = taken(moved, page(at="Wed, 01 May 2024 12:00:03 GMT"))
    assert asked[1] == f"{ARCHIVE}/20240501120000id_/{target}"
    assert [(hop.url, hop.status) for hop in made.hops] == [(PAGE, 301), (target, 200)]
    assert made.requested_url == PAGE


LATER = "Thu, 01 May 2025 12:00:00 GMT"


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ([page(at=LATER)], "only of 2025-05-01"),
        ([(404, {}, b"")], "the archive answers 404"),
        ([(200, {}, b"a search page")], "the archive answers 200"),
        ([(302, {"location": "https://evil.example.gov/"}, b"")], "sends us elsewhere"),
        ([(302, {"location": "https://archive.example.org/"}, b"")], "elsewhere"),
        ([(302, {"location": f"{ARCHIVE}/x"}, b"")] * 9, "redirects too often"),
        ([(301, {"location": "/a", "memento-datetime": THEN}, b"")] * 9, "too often"),
        ([page(at="yesterday")], "the archive answers 200"),
        ([page(at=f"Wed, 01 May {'9' * 20} 12:00:00 GMT")], "the archive answers 200"),
        ([page(at="Fri, 31 Dec 9999 23:59:59 -1200")], "the archive answers 200"),
    ],
)
def test_what_is_not_that_response_is_refused(told, reason) -> None:
    with pytest.raises(ArchiveError, match=reason):
        taken(*told)


def test_a_time_to_come_is_refused() -> None:
    at = datetime(2030, 1, 1, tzinfo=UTC)
    with pytest.raises(ArchiveError, match="dates it 2030-01-01"):
        taken(
            page(at="Tue, 01 Jan 2030 00:00:00 GMT"), memento=Memento(at=at, url=PAGE)
        )


@pytest.mark.parametrize(
    "url", ["https://www.example.com/", "https://10.0.0.1/", "https://a@b.gov/"]
)
def test_a_page_of_no_government_is_never_asked_for(url) -> None:
    ask, asked = answers()
    with pytest.raises(UrlError):
        capture_of(replace(MEMENTO, url=url), archive=ARCHIVE, allowed=(), ask=ask)
    assert asked == []
