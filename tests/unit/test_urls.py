import json
from pathlib import Path

import httpx
import pytest

from scraper import urls
from scraper.errors import UrlError

SHARED = Path(__file__).parents[3] / "shared" / "reference" / "hostile_urls.json"

REFUSED = {
    "suffix in the path": "https://evil.example/.gov",
    "suffix in the middle": "https://agency.gov.evil.example/",
    "suffix without a dot": "https://evilgov/",
    "suffix of another label": "https://agency.notgov",
    "suffix in a fragment": "https://evil.example#.gov",
    "suffix in a query": "https://evil.example?.gov",
    "suffix after a backslash": "https://evil.example\\.gov/",
    "user and password": "https://user:secret@agency.gov/",
    "user that looks like a host": "https://agency.gov@evil.example/",
    "user after a backslash": "https://agency.gov\\@evil.example/",
    "another port": "https://agency.gov:8443/",
    "the plain port under https": "https://agency.gov:80/",
    "the secure port under http": "http://agency.gov:443/",
    "an empty port": "https://agency.gov:/",
    "a look-alike letter in the name": "https://ag\u0435ncy.gov/",
    "a look-alike letter in the suffix": "https://agency.g\u043ev/",
    "an encoded look-alike": "https://xn--agncy-bsa.gov/",
    "an ideographic full stop": "https://agency\u3002gov/",
    "full-width letters": "https://agency.\uff47\uff4f\uff56/",
    "an IPv6 address": "https://[::1]/",
    "an IPv6 address with a suffix": "https://[::ffff:127.0.0.1].gov/",
    "an IPv4 address": "https://127.0.0.1/",
    "a short IPv4 address": "https://127.1/",
    "a hexadecimal IPv4 address": "https://0x7f000001/",
    "a hexadecimal last label": "https://agency.gov.0x7f/",
    "a decimal IPv4 address": "https://2130706433/",
    "a tab in the host": "https://agency.gov\t.evil.example/",
    "an encoded dot in the host": "https://agency.gov%2eevil.example/",
    "an encoded zero byte": "https://agency.gov%00.evil.example/",
    "a space in the host": "https://agen cy.gov/",
    "no scheme": "//agency.gov/",
    "three slashes": "https:///agency.gov/",
    "a line break": "https://agency.gov\r\nX: y/",
    "only the suffix": "https://gov/",
    "an empty label": "https://.gov/",
    "an empty label inside": "https://a..gov/",
    "two trailing dots": "https://agency.gov../",
    "an underscore": "https://a_b.gov/",
    "a label that ends in a dash": "https://agency-.gov/",
    "a label of 64 letters": f"https://{'a' * 64}.gov/",
    "a name of 255 letters": f"https://{'a.' * 125}agency.gov/",
    "a file": "file:///etc/passwd",
    "a script": "javascript:alert(1)",
    "a data address": "data:text/html,hello",
    "a backslash in the path": "https://agency.gov/a\\b",
    "a control in the path": "https://agency.gov/a\x7fb",
    "half a surrogate pair": "https://agency.gov/\ud800",
    "an endless address": "https://agency.gov/" + "a" * 5000,
    "nothing": "",
}


@pytest.mark.parametrize("url", REFUSED.values(), ids=REFUSED)
def test_a_hostile_address_is_refused(url):
    with pytest.raises(UrlError):
        urls.parse(url)


@pytest.mark.parametrize(
    ("url", "asked_for"),
    [
        ("https://agency.gov", "https://agency.gov/"),
        ("https://agency.gov./", "https://agency.gov/"),
        ("HTTPS://AGENCY.GOV/News", "https://agency.gov/News"),
        ("http://agency.gov/", "https://agency.gov/"),
        ("http://agency.gov:80/", "https://agency.gov/"),
        ("https://agency.gov:443/a", "https://agency.gov/a"),
        ("https://www.base.af.mil/a#top", "https://www.base.af.mil/a"),
        ("https://agency.gov?page=2", "https://agency.gov/?page=2"),
        ("https://agency.gov/a?", "https://agency.gov/a"),
        ("https://agency.gov/a/../b/./c/..", "https://agency.gov/b/"),
        ("https://agency.gov/a b?c=d e", "https://agency.gov/a%20b?c=d%20e"),
        ("https://agency.gov/a\u00f1o", "https://agency.gov/a%C3%B1o"),
        ("https://agency.gov/100%", "https://agency.gov/100%25"),
        ("https://agency.gov/a%2fb", "https://agency.gov/a%2fb"),
    ],
)
def test_an_address_is_asked_for_in_one_form(url, asked_for):
    assert urls.parse(url) == asked_for
    assert str(httpx.URL(asked_for)) == asked_for


@pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared")
def test_the_shared_list_of_hostile_addresses_has_the_verdicts_it_names():
    for case in json.loads(SHARED.read_text()):
        try:
            verdict = urls.parse(case["url"])
        except UrlError:
            verdict = None
        assert verdict == case.get("as"), case["url"]


def test_a_refusal_says_how_to_allow_the_host():
    with pytest.raises(UrlError) as refusal:
        urls.parse("https://news.example.org/a")
    assert '"news.example.org"' in refusal.value.reason
    assert "allowed_hosts" in refusal.value.reason
    assert "govwatch.toml" in refusal.value.reason


@pytest.mark.parametrize(
    ("pattern", "host", "matches"),
    [
        ("example.org", "example.org", True),
        ("example.org", "www.example.org", False),
        ("*.example.org", "www.example.org", True),
        ("*.example.org", "a.b.example.org", True),
        ("*.example.org", "example.org", False),
        ("*.example.org", "badexample.org", False),
        ("*.example.org", "www.badexample.org", False),
        ("*.example.org", "example.org.evil.example", False),
    ],
)
def test_an_allowed_pattern_is_matched_label_by_label(pattern, host, matches):
    assert urls.host_matches(host, [pattern]) is matches
    url = f"https://{host}/"
    if matches:
        assert urls.parse(url, allowed=[pattern]) == url
    else:
        with pytest.raises(UrlError):
            urls.parse(url, allowed=[pattern])


def test_an_internationalised_name_is_fetched_only_when_it_is_listed():
    url = "https://xn--agncy-bsa.gov/"
    with pytest.raises(UrlError, match="imitate"):
        urls.parse(url, allowed=["*.agency.gov"])
    assert urls.parse(url, allowed=["xn--agncy-bsa.gov"]) == url


@pytest.mark.parametrize("text", ["*", "*.org", "org", "a b.org", "*.*.org", "", "*."])
def test_a_pattern_that_allows_too_much_is_refused(text):
    with pytest.raises(UrlError):
        urls.pattern(text)


def test_a_pattern_is_kept_in_lower_case():
    assert urls.pattern("*.Example.ORG") == "*.example.org"


def test_a_foreign_host_is_outside_but_a_forbidden_address_is_not():
    assert urls.is_outside("https://www.example.org/moved")
    assert not urls.is_outside("https://agency.gov/")
    assert not urls.is_outside("https://example.org/", allowed=["example.org"])
    for forbidden in (
        "https://127.0.0.1/",
        "https://localhost/",
        "file:///etc/passwd",
        "https://a.gov:22/",
    ):
        assert not urls.is_outside(forbidden)


@pytest.mark.parametrize(
    ("reference", "joined"),
    [
        ("/b", "https://agency.gov/b"),
        ("c?d", "https://agency.gov/news/c?d"),
        ("//other.gov/x", "https://other.gov/x"),
        (" http://other.gov/x ", "http://other.gov/x"),
        ("file:///etc/passwd", "file:///etc/passwd"),
    ],
)
def test_a_reference_is_joined_to_its_page(reference, joined):
    assert urls.join("https://agency.gov/news/a", reference) == joined


@pytest.mark.parametrize("reference", ["/a\tb", "/a\r\nb", "\\\\evil.example/", "//[x"])
def test_a_reference_that_parsers_read_differently_is_refused(reference):
    with pytest.raises(UrlError):
        urls.join("https://agency.gov/", reference)


@pytest.mark.parametrize(
    ("url", "stored"),
    [
        ("http://agency.gov/a?utm_source=x&id=3&UTM_Medium=y", "a?id=3"),
        ("https://agency.gov/a?fbclid=1", "a"),
        ("https://agency.gov/a?gclid=1&b=2&a=1", "a?b=2&a=1"),
        ("https://agency.gov/a?source=GovDelivery", "a"),
        ("https://agency.gov/a?source=govdelivery&medium=email", "a"),
        ("https://agency.gov/a?medium=email&source=web", "a?medium=email&source=web"),
        ("https://agency.gov/a?s_cid=mail_1", "a"),
        ("https://agency.gov/a?gclidx=1", "a?gclidx=1"),
        ("https://agency.gov/a#part", "a"),
        ("https://agency.gov/a?b&&c", "a?b&&c"),
    ],
)
def test_tracking_is_dropped_and_the_rest_keeps_its_order(url, stored):
    assert urls.canonical(url) == f"https://agency.gov/{stored}"


@pytest.mark.parametrize(
    "wrapped",
    [
        "https://links.govdelivery.com/track?type=click&enid=Z&&&http://agency.gov/a?source=GovDelivery",
        "https://links-2.govdelivery.com/CL0/https:%2F%2Fagency.gov%2Fa/1/010/sig=4",
        "https://links.govdelivery.com/track?&&&https://links.govdelivery.com/track?&&&https://agency.gov/a",
    ],
)
def test_a_link_of_a_mailing_is_unwrapped(wrapped):
    assert urls.canonical(wrapped) == "https://agency.gov/a"


def test_a_wrapper_around_something_unreadable_stays_as_it_is():
    url = "https://links.govdelivery.com/track?x=1&&&javascript:alert(1)"
    assert urls.canonical(url) == url


@pytest.mark.parametrize(
    "other",
    [
        "http://agency.gov/news/story",
        "https://www.agency.gov/news/story/",
        "https://AGENCY.gov./news/story#top",
        "https://agency.gov/news/story?utm_source=feed",
    ],
)
def test_addresses_that_differ_in_form_only_are_one_page(other):
    assert urls.same_page("https://agency.gov/news/story", other)


@pytest.mark.parametrize(
    "other",
    [
        "https://agency.gov/news/Story",
        "https://agency.gov/news/story?id=2",
        "https://news.agency.gov/news/story",
        "https://agency.gov/news",
    ],
)
def test_addresses_that_differ_in_substance_are_two_pages(other):
    assert not urls.same_page("https://agency.gov/news/story", other)


def test_the_publishers_id_outlives_slugs_and_hosts():
    expression = r"/Article/(\d+)"
    old = "https://www.defense.gov/News/Article/3609585/a-long-slug/"
    new = "https://www.war.gov/News/News-Stories/Article/Article/3609585/other/"
    keys = {
        urls.page_key(url, urls.article_id(url, expression), site="defense")
        for url in (old, new)
    }
    assert keys == {"defense#3609585"}
    assert urls.article_id("https://www.war.gov/News/", expression) is None
    assert urls.article_id(old, None) is None


def test_an_octet_is_the_same_whatever_its_case_and_a_slash_is_none():
    assert urls.same_page("https://a.gov/it%e2%80%99s", "https://a.gov/it%E2%80%99s")
    assert urls.same_page("https://a.gov/it%e2%80%99s", "https://a.gov/it\u2019s")
    assert urls.same_page("https://a.gov/%7Elab?a=%2d", "https://a.gov/~lab?a=-")
    assert not urls.same_page("https://a.gov/b%2Fc", "https://a.gov/b/c")
    assert not urls.same_page("https://a.gov/%2541", "https://a.gov/A")


def test_the_same_id_at_two_publishers_is_two_pages():
    assert urls.page_key("https://a.gov/1", "1") != urls.page_key(
        "https://b.gov/1", "1"
    )


def test_a_host_that_is_only_www_and_suffix_keeps_its_name():
    assert urls.page_key("https://www.gov/a") == "www.gov/a"
    assert urls.host("https://WWW.agency.gov:443/a") == "www.agency.gov"
