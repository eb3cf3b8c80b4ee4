"""Which IP addresses may be connected to: public ones, and none that embeds another."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_V4 = (
    (IPv4Network("192.88.99.0/24"), "a 6to4 relay (RFC 7526)"),
    (IPv4Network("192.0.0.0/24"), "reserved for protocols (RFC 6890)"),
    (IPv4Network("100.64.0.0/10"), "a carrier's inner address (RFC 6598)"),
)
_V6 = (
    (IPv6Network("::ffff:0:0/96"), "an IPv4 address in disguise (RFC 4291)"),
    (IPv6Network("::/96"), "an IPv4 address in disguise (RFC 4291)"),
    (IPv6Network("64:ff9b::/96"), "a NAT64 address (RFC 6052)"),
    (IPv6Network("64:ff9b:1::/48"), "a NAT64 address (RFC 8215)"),
    (IPv6Network("2001::/32"), "a Teredo address (RFC 4380)"),
    (IPv6Network("2001::/23"), "reserved for protocols (RFC 2928)"),
    (IPv6Network("2001:db8::/32"), "for documentation (RFC 3849)"),
    (IPv6Network("2002::/16"), "a 6to4 address (RFC 3056)"),
    (IPv6Network("3fff::/20"), "for documentation (RFC 9637)"),
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
"""All that IANA has given out for public use; whatever lies outside is special."""


def why_forbidden(address: str) -> str | None:
    """Return why `address` is not connected to, None when it is public.

    Stricter than `ipaddress.is_global`, whose tables differ between Python releases and
    which calls NAT64, 6to4 and multicast addresses global.
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return "not an IP address"
    if isinstance(ip, IPv4Address):
        special = next((why for net, why in _V4 if ip in net), None)
    else:
        special = next((why for net, why in _V6 if ip in net), None)
    if special is not None:
        return special
    return _kind(ip)


def _kind(ip: IPv4Address | IPv6Address) -> str | None:
    if ip.is_loopback:
        return "this machine itself"
    if ip.is_link_local:
        return "link-local, where clouds keep their secrets"
    if ip.is_multicast:
        return "a multicast address"
    if isinstance(ip, IPv6Address) and ip not in _GLOBAL_UNICAST:
        return "not a public address"
    return None if ip.is_global else "not a public address"
