import gzip
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from scraper.errors import FetchError
from scraper.fetch import body, politeness
from scraper.fetch.addresses import why_forbidden
from scraper.model import HostState

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LINES = st.lists(
    st.one_of(
        st.builds(
            "{}: {}".format,
            st.sampled_from(["User-agent", "Disallow", "Allow", "Crawl-delay"]),
            st.one_of(
                st.text(max_size=12),
                st.text(alphabet="*/$a%3.-e", max_size=12),
                st.just("*"),
            ),
        ),
        st.text(max_size=20),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(LINES, st.binary(max_size=30))
def test_no_robots_file_breaks_its_reader(lines, noise):
    text = "\n".join(lines).encode("utf-8", "surrogatepass") + noise
    state = politeness.after_robots(
        HostState(host="a.gov"), now=NOW, status=200, body=text
    )
    assert politeness.allows(state.robots_text, "https://a.gov/a%3F?b=c*$") in {
        True,
        False,
    }
    delay = politeness.crawl_delay(state.robots_text)
    rest = politeness.gap(least=timedelta(seconds=5), latency_s=0.1, crawl_delay=delay)
    assert timedelta(seconds=5) <= rest <= timedelta(seconds=300)


@settings(deadline=None)
@given(
    st.one_of(
        st.text(max_size=40),
        st.builds(
            "Mon, {:02} {} {:04} {:02}:{:02}:{:02} {:+05}".format,
            st.integers(0, 40),
            st.sampled_from(["Jan", "Feb", "Dec", "Xxx"]),
            st.integers(0, 12000),
            *[st.integers(0, 99)] * 3,
            st.integers(-99999, 99999),
        ),
    )
)
def test_no_retry_after_breaks_its_reader(value):
    wait = politeness.retry_after(value, now=NOW)
    assert wait is None or timedelta(seconds=1) <= wait <= timedelta(hours=24)


@settings(deadline=None)
@given(st.binary(max_size=3000), st.integers(1, 500))
def test_a_body_is_the_same_however_it_is_cut_into_pieces(content, size):
    wire = gzip.compress(content)
    pieces = [wire[at : at + size] for at in range(0, len(wire), size)]
    read = body.read("u", pieces, coding="gzip", limit_bytes=3000)
    assert read == body.read("u", [wire], coding="gzip", limit_bytes=3000)
    assert read[0] == content


@settings(deadline=None)
@given(st.binary(max_size=200), st.binary(max_size=100))
def test_no_bytes_pass_for_gzip_but_one_whole_stream(content, tail):
    wire = gzip.compress(content)
    for broken in (wire[: len(tail)], wire + b"x" + tail, tail):
        if broken in {wire, b""}:
            continue
        try:
            body.read("u", [broken], coding="gzip", limit_bytes=3000)
        except FetchError:
            continue
        raise AssertionError(broken)


@settings(deadline=None)
@given(st.ip_addresses(v=4))
def test_no_ipv4_address_becomes_allowed_by_being_embedded(address):
    mapped = ["::ffff:", "::", "64:ff9b::", "64:ff9b:1::"]
    for prefix in mapped:
        assert why_forbidden(f"{prefix}{address}")
    high, low = int(address) >> 16, int(address) & 0xFFFF
    assert why_forbidden(f"2002:{high:x}:{low:x}::")
    assert why_forbidden(f"2001::{high:x}:{low:x}")
