"""What a hostile server, name server or environment can do to us: docs/security.md."""

import datetime as dt
import gzip
import itertools
import socket
import ssl
import struct
import threading
import time
import zlib
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest
import trustme

from scraper.errors import (
    CertificateError,
    DisallowedError,
    FetchError,
    RefusedError,
    UnreachableError,
)
from scraper.fetch import Fetcher, InMemoryLedger
from scraper.fetch.connection import PinnedBackend, tls_context
from scraper.fetch.request import _read_alike
from scraper.store import Store

PATIENT = timedelta(seconds=20)
PAGE = "https://www.example.gov/a"
DEADLINE_S = 1.0


def fetch(policy, url=PAGE, **edges):
    settings = {
        "ledger": InMemoryLedger(),
        "clock": lambda: datetime.now(UTC),
        "sleep": threading.Event().wait,
    }
    with Fetcher(policy, **(settings | edges)) as opened:
        return opened.fetch(url, patience=PATIENT)


def redirect(location):
    head = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
    return head.encode("latin-1")


@pytest.fixture
def forbidden(make_site):
    """A server on loopback that nothing may ever connect to."""
    site = make_site("127.0.0.1", "localhost", "inside.example.gov", "*.example.gov")
    yield site
    assert site.connections == 0


# Where we connect


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "10.0.0.1"]
)
def test_a_name_that_resolves_inside_is_refused(forbidden, address):
    policy = forbidden.policy(connect_to={})
    with pytest.raises(RefusedError, match="resolves to") as refusal:
        fetch(policy, resolve=lambda host: [address])
    assert address in refusal.value.reason


def test_one_inner_address_among_public_ones_condemns_the_name(forbidden):
    policy = forbidden.policy(connect_to={})
    with pytest.raises(RefusedError, match=r"127\.0\.0\.1"):
        fetch(policy, resolve=lambda host: ["8.8.8.8", "127.0.0.1"])


def test_a_rebinding_resolver_is_asked_once_and_its_first_answer_is_used(site):
    answers = iter(["8.8.8.8"])
    dialled = []

    def dial(endpoint, timeout):
        dialled.append(endpoint)
        return socket.create_connection(("127.0.0.1", site.port), timeout)

    backend = PinnedBackend(
        resolve=lambda host: [next(answers, "127.0.0.1")], connect_to={}, dial=dial
    )
    deadline = time.monotonic() + 5
    plain = backend.connect_tcp("www.example.gov", 443, timeout=deadline)
    secure = plain.start_tls(tls_context(site.ca_file), "www.example.gov", deadline)
    secure.close()
    assert dialled == [("8.8.8.8", 443)]
    with pytest.raises(RefusedError):
        backend.connect_tcp("www.example.gov", 443, timeout=deadline)


def test_the_next_address_is_tried_when_the_first_does_not_answer(site):
    def dial(endpoint, timeout):
        if endpoint[0] == "2600:1f18::1":
            raise OSError(101, "Network is unreachable")
        return socket.create_connection(("127.0.0.1", site.port), timeout)

    backend = PinnedBackend(
        resolve=lambda host: ["2600:1f18::1", "8.8.8.8"], connect_to={}, dial=dial
    )
    backend.connect_tcp("www.example.gov", 443, timeout=time.monotonic() + 5).close()


def test_a_family_of_addresses_that_leads_nowhere_does_not_hide_the_other(site):
    dialled = []

    def dial(endpoint, timeout):
        dialled.append(endpoint[0])
        if ":" in endpoint[0]:
            raise TimeoutError
        return socket.create_connection(("127.0.0.1", site.port), timeout)

    six = [f"2600:1f18::{n}" for n in range(1, 11)]
    backend = PinnedBackend(
        resolve=lambda host: [*six, "8.8.8.8", "8.8.4.4"], connect_to={}, dial=dial
    )
    context = tls_context(site.ca_file)
    for _ in range(2):
        deadline = time.monotonic() + 5
        plain = backend.connect_tcp("www.example.gov", 443, timeout=deadline)
        plain.start_tls(context, "www.example.gov", deadline).close()
    # The second time it begins with the one that served.
    assert dialled == ["2600:1f18::1", "8.8.8.8", "8.8.8.8"]


def test_an_address_that_serves_no_more_is_not_begun_with_twice(site):
    dialled, orders = [], [["8.8.8.8", "8.8.4.4"], *[["8.8.4.4", "8.8.8.8"]] * 2]

    def dial(endpoint, timeout):
        dialled.append(endpoint[0])
        if len(dialled) != 2:
            return socket.create_connection(("127.0.0.1", site.port), timeout)
        with socket.create_server(("127.0.0.1", 0)) as dead:
            made = socket.create_connection(dead.getsockname(), timeout)
            dead.accept()[0].close()
            return made

    backend = PinnedBackend(
        resolve=lambda host: orders.pop(0), connect_to={}, dial=dial
    )

    def connect():
        deadline = time.monotonic() + 5
        plain = backend.connect_tcp("www.example.gov", 443, timeout=deadline)
        plain.start_tls(tls_context(site.ca_file), "www.example.gov", deadline).close()

    connect()
    with pytest.raises(UnreachableError, match="no TLS connection"):
        connect()
    connect()
    assert dialled == ["8.8.8.8", "8.8.8.8", "8.8.4.4"]


@pytest.mark.parametrize(
    "location",
    [
        "https://127.0.0.1:{port}/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://2130706433/",
        "https://[::1]/",
        "https://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "ftp://www.example.gov/",
        "gopher://127.0.0.1:{port}/",
        "javascript:alert(1)",
        "https://[",
        "https://www.example.gov:port/",
        "http://www.example.gov:{port}/",
        "https://www.example.gov:{port}/",
        "//www.example.gov:{port}/",
        "https://a:b@www.example.gov/",
        "https://www.example.gov\\@127.0.0.1/",
    ],
)
def test_a_redirect_to_a_forbidden_address_is_refused(site, forbidden, location):
    site.routes["/a"] = redirect(location.format(port=forbidden.port))
    with pytest.raises(RefusedError, match="redirects to"):
        fetch(site.policy())


def test_a_redirect_to_a_name_that_resolves_inside_is_refused(site, forbidden):
    site.routes["/a"] = redirect("https://inside.example.gov/")
    with pytest.raises(RefusedError, match=r"inside\.example\.gov resolves to"):
        fetch(site.policy(), resolve=lambda host: ["127.0.0.1"])


def test_a_redirect_to_plain_http_is_asked_for_over_tls(site, answer):
    site.routes["/a"] = redirect("http://www.example.gov/b")
    site.routes["/b"] = answer(b"words")
    assert fetch(site.policy()).url == "https://www.example.gov/b"


def test_a_robots_file_cannot_lead_us_inside(site, forbidden, answer):
    site.routes["/robots.txt"] = redirect(f"https://127.0.0.1:{forbidden.port}/")
    site.routes["/a"] = answer(b"words")
    assert fetch(site.policy()).body == b"words"


def test_proxies_and_credentials_of_the_environment_are_not_used(
    site, forbidden, answer, monkeypatch, tmp_path
):
    proxy = f"http://127.0.0.1:{forbidden.port}"
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, proxy)
    secrets = tmp_path / "netrc"
    secrets.write_text("machine www.example.gov login a password b\n")
    monkeypatch.setenv("NETRC", str(secrets))
    site.routes["/a"] = answer(b"words")
    assert fetch(site.policy()).body == b"words"
    assert "authorization" not in site.log[-1].headers


@pytest.mark.parametrize("ca", ["certifi", "system"])
def test_the_environment_cannot_add_a_certificate_authority(
    site, answer, monkeypatch, ca
):
    monkeypatch.setenv("SSL_CERT_FILE", site.ca_file)
    site.routes["/a"] = answer(b"words")
    with pytest.raises(CertificateError):
        fetch(site.policy(ca=ca))
    assert site.paths == []


# Who answers


def test_a_certificate_for_another_host_is_refused(make_site):
    site = make_site("other.gov")
    with pytest.raises(CertificateError, match="Hostname mismatch") as refusal:
        fetch(site.policy())
    assert "www.example.gov" in refusal.value.reason
    assert "nothing is stored" in refusal.value.reason
    assert site.paths == []


def test_an_expired_certificate_is_refused(make_site):
    site = make_site(not_after=dt.datetime(2020, 1, 1, tzinfo=UTC))
    with pytest.raises(CertificateError, match="expired"):
        fetch(site.policy())
    assert site.paths == []


def test_a_certificate_of_an_unknown_authority_is_refused(make_site):
    site = make_site(ca=trustme.CA())
    with pytest.raises(CertificateError, match=r"self-signed|unable to get local"):
        fetch(site.policy())
    assert site.paths == []


def test_a_certificate_that_fails_and_one_that_holds_again_are_events_of_the_site(
    site, authority, answer, tmp_path
):
    site.routes["/a"] = answer(b"words")
    ticks = itertools.count()
    start = datetime(2026, 11, 23, tzinfo=UTC)

    def present(**certificate):
        issued = authority.issue_cert("www.example.gov", **certificate)
        issued.configure_cert(site.context)

    def clock():
        return start + timedelta(minutes=next(ticks))

    with Store.open(tmp_path / "g.db", mode="create", clock=clock) as store:
        ask = partial(fetch, site.policy(), ledger=store, clock=clock, sleep=float)
        ask()
        present(not_after=dt.datetime(2020, 1, 1, tzinfo=UTC))
        for _ in range(2):
            with pytest.raises(CertificateError):
                ask()
        present()
        ask()
        failed, recovered = store.events()
    assert failed.kind == "certificate_failed"
    assert "expired" in failed.detail["reason"]
    assert recovered.kind == "recovered"
    assert site.paths == ["/robots.txt", "/a", "/a"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the server's old TLS
def test_an_old_protocol_is_refused(make_site):
    site = make_site(maximum_version=ssl.TLSVersion.TLSv1_1)
    with pytest.raises(UnreachableError, match="no TLS connection"):
        fetch(site.policy())
    assert site.paths == []


def test_verification_has_no_switch(site):
    context = tls_context(site.ca_file)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_a_name_that_cannot_be_resolved_says_so(site):
    def no_such_name(host):
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(UnreachableError, match=r"www\.example\.gov cannot be resolved"):
        fetch(site.policy(connect_to={}), resolve=no_such_name)
    with pytest.raises(UnreachableError, match="no address"):
        fetch(site.policy(connect_to={}), resolve=lambda host: [])


def test_a_closed_port_says_so(site):
    site.close()
    with pytest.raises(UnreachableError, match="Connection refused"):
        fetch(site.policy())


def test_httpx_is_not_asked_for_what_it_reads_differently():
    # Were the grammar ever to let one through: httpx reads this host as agency.gov.
    assert httpx.URL("https://agency\u3002gov/").host == "agency.gov"
    for url in ("https://agency\u3002gov/", "https://a.gov:8443/", "https://u@a.gov/"):
        with pytest.raises(RefusedError):
            _read_alike(url)


# How much, and how long

HEAD = b"HTTP/1.1 200 OK\r\n"
LONG = HEAD + b"Content-Length: 1000\r\n\r\n"


def encoded(coding, body):
    head = f"Content-Encoding: {coding}\r\nContent-Length: {len(body)}\r\n\r\n"
    return HEAD + head.encode() + body


def bomb():
    packer = zlib.compressobj(9, wbits=31)
    zeros = bytes(1_000_000)
    return b"".join(packer.compress(zeros) for _ in range(300)) + packer.flush()


def trickle(start, piece, pause_s=0.3):
    def route(connection, request):
        connection.sendall(start)
        for _ in range(100):
            connection.sendall(piece)
            time.sleep(pause_s)  # noqa: TID251 - the fault itself

    return route


def endless(connection, request):
    connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    chunk = b"10000\r\n" + bytes(65536) + b"\r\n"
    while True:
        connection.sendall(chunk)


def endless_headers(connection, request):
    connection.sendall(HEAD)
    for number in itertools.count():
        connection.sendall(b"X-%d: %s\r\n" % (number, bytes(1000).hex().encode()))


def endless_interim(connection, request):
    while True:
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 100)


def short(connection, request):
    connection.sendall(LONG + b"x" * 999)
    connection.unwrap()


def reset(connection, request):
    connection.sendall(LONG + b"x" * 500)
    linger = struct.pack("ii", 1, 0)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


def cut_without_goodbye(connection, request):
    connection.sendall(HEAD + b"Connection: close\r\n\r\n<h1>half a page")


def silence(connection, request):
    threading.Event().wait(5)


CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
EMPTY = b"Content-Length: 0\r\n\r\n"
LATE = "within 1 s"
BROKEN = "broke off or made no sense"

FAULTS = {
    "a bomb": (lambda: encoded("gzip", bomb()), "larger than"),
    "nested compression": (
        lambda: encoded("gzip, gzip", gzip.compress(bomb())),
        "only gzip, once",
    ),
    "brotli unasked": (lambda: encoded("br", b"\x0b\x02\x80abcde\x03"), "only gzip"),
    "zstandard unasked": (lambda: encoded("zstd", b"\x28\xb5\x2f\xfd"), "only gzip"),
    "deflate unasked": (lambda: encoded("deflate", b"x\x9c\x03\x00"), "only gzip"),
    "compression that is none": (lambda: encoded("gzip", b"<h1>a</h1>"), "not gzip"),
    "a truncated stream": (
        lambda: encoded("gzip", gzip.compress(b"words" * 99)[:-9]),
        "cut short",
    ),
    "an endless body": (lambda: endless, "larger than"),
    "a trickled body": (lambda: trickle(LONG, b"x"), LATE),
    "trickled chunks": (lambda: trickle(CHUNKED, b"1\r\nx\r\n"), LATE),
    "trickled headers": (lambda: trickle(HEAD, b"X"), LATE),
    "nine thousand headers": (
        lambda: HEAD + b"a: b\r\n" * 9000 + EMPTY,
        "9001 headers",
    ),
    "headers of 80 KB": (
        lambda: HEAD + b"a: %s\r\n" % (b"b" * 80_000) + EMPTY,
        "80016 bytes",
    ),
    "headers of 200 KB": (lambda: HEAD + b"a: %s\r\n" % (b"b" * 200_000), BROKEN),
    "endless headers": (lambda: endless_headers, BROKEN),
    "endless interim answers": (lambda: endless_interim, LATE),
    "a short body": (lambda: short, BROKEN),
    "a reset": (lambda: reset, BROKEN),
    "a cut without goodbye": (lambda: cut_without_goodbye, BROKEN),
    "silence": (lambda: silence, LATE),
    "no HTTP": (lambda: b"SSH-2.0-OpenSSH_9.2\r\n\r\n", BROKEN),
    "switching protocols": (
        lambda: b"HTTP/1.1 101 X\r\nUpgrade: x\r\n\r\n",
        "status 101|" + BROKEN,
    ),
    "two lengths": (lambda: LONG.replace(b"\r\n\r\n", b"\r\n" + EMPTY), BROKEN),
}


def peak_memory_kb():
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


@pytest.mark.parametrize("fault", FAULTS)
def test_a_misbehaving_answer_fails_in_time_and_in_bounds(site, fault):
    make_route, reason = FAULTS[fault]
    site.routes["/a"] = make_route()
    reset_peak = Path("/proc/self/clear_refs")
    measured = reset_peak.exists()
    if measured:
        reset_peak.write_text("5")
        before_kb = peak_memory_kb()
    with pytest.raises(FetchError, match=reason) as failure:
        fetch(site.policy(timeout_s=DEADLINE_S))
    took_s = time.monotonic() - site.log[-1].at
    assert site.paths == ["/robots.txt", "/a"]
    assert took_s < DEADLINE_S + 1
    assert failure.value.url == PAGE
    if measured:
        assert peak_memory_kb() - before_kb < 50_000


def test_a_server_that_never_speaks_tls_ends_at_the_deadline(site):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        began = time.monotonic()
        with pytest.raises(FetchError, match="within 1 s"):
            fetch(
                site.policy(
                    connect_to={"www.example.gov:443": f"127.0.0.1:{port}"},
                    timeout_s=DEADLINE_S,
                )
            )
    assert time.monotonic() - began < DEADLINE_S + 1


def test_a_resolver_that_never_answers_ends_at_the_deadline(site):
    began = time.monotonic()
    with pytest.raises(UnreachableError, match="not resolved in time"):
        fetch(
            site.policy(connect_to={}, timeout_s=DEADLINE_S),
            resolve=lambda host: threading.Event().wait(5) or [],
        )
    assert time.monotonic() - began < DEADLINE_S + 1


def test_the_deadline_belongs_to_the_request_not_to_the_connection(site, answer):
    def slow(connection, request):
        threading.Event().wait(0.6)
        return answer(b"words")

    site.routes["/a"] = slow
    with Fetcher(
        site.policy(timeout_s=DEADLINE_S),
        ledger=InMemoryLedger(),
        clock=lambda: datetime.now(UTC),
        sleep=threading.Event().wait,
    ) as opened:
        for _ in range(2):
            assert opened.fetch(PAGE, patience=PATIENT).body == b"words"
    assert site.connections == 1


def test_a_large_honest_page_is_read_whole(site, answer):
    body = bytes(range(256)) * 39_000  # just under 10 MB
    site.routes["/a"] = answer(body)
    assert fetch(site.policy()).body == body


def test_an_enormous_robots_file_is_read_as_far_as_its_limit(site, answer):
    rules = b"User-agent: *\nDisallow: /a\n" + b"# filler\n" * 200_000
    site.routes["/robots.txt"] = answer(rules)
    with pytest.raises(DisallowedError):
        fetch(site.policy())
