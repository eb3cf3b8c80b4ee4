from http import HTTPStatus

import pytest

from scraper.web.guard import COOKIE, Caller, Door, cookie_value, refusal

TOKEN = "correct-horse-battery"  # noqa: S105 - of this test
OPEN = Door(token=None)
SHUT = Door(token=TOKEN, names=frozenset({"news.example.org"}))


def status(door: Door, *, address="127.0.0.1", host="localhost:8001", **headers):
    refused = refusal(Caller(address=address, host=host, headers=headers), door)
    return None if refused is None else refused[0]


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8001", "127.0.0.1:9", "[::1]:8001", "LOCALHOST"]
)
def test_this_machine_is_answered_under_its_own_names(host):
    assert status(OPEN, host=host) is None
    assert status(OPEN, address="::1", host=host) is None
    assert status(OPEN, address=None, host=host) is None


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "192.0.2.7",
        "xlocalhost",
    ],
)
def test_another_name_that_points_here_is_not_answered(host):
    assert status(OPEN, host=host) is HTTPStatus.MISDIRECTED_REQUEST


@pytest.mark.parametrize("host", ["", "a b", "local\x00host", "localhost:8001:1", "é"])
def test_a_host_that_cannot_be_is_refused(host):
    assert status(OPEN, host=host) is HTTPStatus.BAD_REQUEST


@pytest.mark.parametrize("address", ["192.0.2.7", "10.0.0.2", "2001:db8::1", "nobody"])
def test_without_a_token_no_other_machine_is_answered(address):
    assert status(OPEN, address=address) is HTTPStatus.FORBIDDEN


def test_a_mapped_loopback_address_is_this_machine():
    assert status(OPEN, address="::ffff:127.0.0.1") is None
    assert status(OPEN, address="::ffff:192.0.2.7") is HTTPStatus.FORBIDDEN


def test_with_a_token_everyone_needs_it_even_this_machine():
    assert status(SHUT) is HTTPStatus.UNAUTHORIZED
    assert status(SHUT, authorization="Bearer wrong") is HTTPStatus.UNAUTHORIZED
    assert status(SHUT, authorization=f"Bearer {TOKEN}") is None
    assert status(SHUT, authorization=f"Basic {TOKEN}") is HTTPStatus.UNAUTHORIZED


def test_the_cookie_proves_the_token_without_holding_it():
    value = cookie_value(TOKEN)
    assert TOKEN not in value
    assert status(SHUT, cookie=f"other=1; {COOKIE}={value}") is None
    for wrong in (TOKEN, "", cookie_value("another-token-of-length")):
        assert status(SHUT, cookie=f"{COOKIE}={wrong}") is HTTPStatus.UNAUTHORIZED


def test_with_a_token_other_machines_come_under_allowed_names_and_addresses():
    bearer = {"authorization": f"Bearer {TOKEN}"}
    for host in ("news.example.org", "192.0.2.9:8001", "[2001:db8::1]:8001"):
        assert status(SHUT, address="192.0.2.7", host=host, **bearer) is None
    refused = status(SHUT, address="192.0.2.7", host="evil.example", **bearer)
    assert refused is HTTPStatus.MISDIRECTED_REQUEST
