import pytest

from scraper.fetch.addresses import why_forbidden


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "23.22.13.113",
        "2600:1f18::1",
        "2a04:4e42::1",
        "2001:4860:4860::8888",
    ],
)
def test_a_public_address_may_be_connected_to(address):
    assert why_forbidden(address) is None


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("127.0.0.1", "this machine"),
        ("127.8.9.1", "this machine"),
        ("::1", "IPv4|this machine"),
        ("0.0.0.0", "not a public"),  # noqa: S104 - an address to refuse
        ("10.1.2.3", "not a public"),
        ("172.16.0.1", "not a public"),
        ("192.168.1.1", "not a public"),
        ("169.254.169.254", "link-local"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("100.64.0.1", "carrier"),
        ("100.127.255.254", "carrier"),
        ("192.0.0.9", "protocols"),
        ("192.88.99.1", "6to4"),
        ("198.18.0.1", "not a public"),
        ("203.0.113.5", "not a public"),
        ("224.0.0.1", "multicast"),
        ("ff02::1", "multicast"),
        ("255.255.255.255", "not a public"),
        ("::", "disguise"),
        ("::ffff:127.0.0.1", "disguise"),
        ("::ffff:8.8.8.8", "disguise"),
        ("::127.0.0.1", "disguise"),
        ("::ffff:0:127.0.0.1", "not a public"),
        ("64:ff9b::7f00:1", "NAT64"),
        ("64:ff9b:1::7f00:1", "NAT64"),
        ("2002:7f00:1::", "6to4"),
        ("2001:0:1::1", "Teredo"),
        ("2001:20::1", "protocols"),
        ("2001:db8::1", "documentation"),
        ("3fff::1", "documentation"),
        ("fc00::1", "not a public"),
        ("fd00:ec2::254", "not a public"),
        ("fec0::1", "not a public"),
        ("5f00::1", "not a public"),
        ("4000::1", "not a public"),
        ("agency.gov", "not an IP"),
        ("", "not an IP"),
    ],
)
def test_an_address_that_is_not_public_is_refused_with_its_reason(address, why):
    reason = why_forbidden(address)
    assert reason is not None
    assert any(part in reason for part in why.split("|"))
