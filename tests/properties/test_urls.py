import re
from urllib.parse import urlsplit

import httpx
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scraper import urls
from scraper.errors import UrlError

GOVERNMENT = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:gov|mil)", re.ASCII
)

# Pieces that parsers are known to disagree about, glued in any order.
PIECES = st.sampled_from(
    [
        *re.findall(
            r"\S+",
            r"https:// http:// // / \ @ : :443 :8443 . .. %2e %00 # ? & = [::1] "
            r"127.0.0.1 1 agency.gov evil.example .gov .mil gov xn--a www. a - _ "
            r"utm_source=x id=1 links.govdelivery.com/track?&&& /CL0/ %2F %25 %",
        ),
        "\u3002",
        "\uff47",
        "\u0435",
        "\u00e9",
        "\u2028",
        "\t",
        "\r\n",
        "\x00",
        " ",
    ]
)
GLUED = st.lists(PIECES, max_size=9).map("".join)
ADDRESSES = st.one_of(
    GLUED, st.builds("https://agency.gov{}{}".format, GLUED, st.text(max_size=20))
)


@settings(deadline=None)  # a busy machine is no counterexample
@given(st.one_of(ADDRESSES, st.text(max_size=60)))
@example("https://evil.com\\.gov/")
def test_an_accepted_host_is_a_government_host_to_every_parser(url):
    try:
        accepted = urls.parse(url)
    except UrlError:
        return
    theirs = httpx.URL(accepted)
    assert GOVERNMENT.fullmatch(theirs.raw_host.decode())
    assert urlsplit(accepted).netloc == theirs.raw_host.decode() == urls.host(accepted)
    assert (theirs.scheme, theirs.port, theirs.userinfo) == ("https", None, b"")


@settings(deadline=None)  # a busy machine is no counterexample
@given(ADDRESSES)
def test_what_is_accepted_is_sent_by_httpx_letter_for_letter(url):
    try:
        accepted = urls.parse(url)
    except UrlError:
        return
    path = accepted.removeprefix(f"https://{urls.host(accepted)}")
    assert httpx.URL(accepted).raw_path == path.encode()
    assert urls.parse(accepted) == accepted


@settings(deadline=None)  # a busy machine is no counterexample
@given(ADDRESSES)
def test_canonical_is_idempotent_and_keeps_the_page(url):
    try:
        stored = urls.canonical(url)
    except UrlError:
        return
    assert urls.canonical(stored) == stored
    assert urls.page_key(stored) == urls.page_key(url)
    assert urls.same_page(url, stored)


@settings(deadline=None)  # a busy machine is no counterexample
@given(st.text(max_size=40))
def test_joining_only_ever_fails_with_our_own_error(reference):
    try:
        joined = urls.join("https://agency.gov/a/b", reference)
        urls.parse(joined)
    except UrlError:
        pass
    else:
        assert urls.host_matches(urls.host(joined), urls.GOVERNMENT)
