"""From a host's name to the addresses that may be connected to.

Those are public ones, and none that embeds another; only the operator may name others.
"""

from __future__ import annotations

import socket
import threading
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from itertools import zip_longest
from typing import TYPE_CHECKING

from scraper.errors import ConfigError, RefusedError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Resolve = Callable[[str], Sequence[str]]

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


def resolve(host: str) -> Sequence[str]:
    """Return the addresses of `host` in the order the system would try them.

    Raises:
        OSError: It has none, or they could not be asked for.
    """
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def resolved(resolve: Resolve, host: str, *, wait_s: float) -> Sequence[str]:
    """Return at least one address of `host`.

    Asked for on a thread of its own: the system's resolver knows no deadline.

    Raises:
        UnreachableError: It has none, or was not resolved within `wait_s`.
    """
    found: list[Sequence[str]] = []
    problems: list[OSError | UnicodeError] = []

    def ask() -> None:
        try:
            found.append(tuple(resolve(host)))
        except (OSError, UnicodeError) as exc:
            problems.append(exc)

    asking = threading.Thread(target=ask, name=f"resolve {host}", daemon=True)
    asking.start()
    asking.join(wait_s)
    if problems or (found and not found[0]):
        why = problems[0] if problems else "it has no address"
        raise UnreachableError(
            f"https://{host}/", f"the name {host} cannot be resolved: {why}"
        )
    if not found:
        raise UnreachableError(
            f"https://{host}/", f"the name {host} was not resolved in time"
        )
    return found[0]


def in_turn(addresses: Sequence[str], *, first: str | None = None) -> Sequence[str]:
    """Return addresses in the order in which to try them.

    IPv6 and IPv4 by turns, the system's choice first (RFC 8305 section 4): where one of
    the two leads nowhere, a host with many addresses of it is reached all the same.

    Args:
        addresses: At least one, in the system's order.
        first: The one that served last time, to come first if it is still among them.
    """
    six = [address for address in addresses if ":" in address]
    four = [address for address in addresses if ":" not in address]
    families = (six, four) if ":" in addresses[0] else (four, six)
    pairs = zip_longest(*families)
    turns = [address for pair in pairs for address in pair if address is not None]
    if first in turns:
        turns.remove(first)
        turns.insert(0, first)
    return turns


def refuse_forbidden(host: str, addresses: Sequence[str]) -> None:
    """Judge what `host` resolves to.

    Raises:
        RefusedError: One address is forbidden. That condemns the name, whatever its
            others are: it is how rebinding looks.
    """
    for address in addresses:
        why = why_forbidden(address)
        if why is not None:
            raise RefusedError(
                f"https://{host}/",
                f"{host} resolves to {address}, which is {why}; only public "
                "addresses are connected to",
            )


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


def endpoint(name: str, target: str) -> tuple[str, int]:
    """Return the address and port that `--connect-to` gives for `name`.

    Raises:
        ConfigError: `target` is not ADDRESS:PORT.
    """
    address, _, port = target.rpartition(":")
    try:
        return str(ip_address(address.strip("[]"))), int(port)
    except ValueError as exc:
        raise ConfigError(
            "connect-to", name, f"{target!r} is not ADDRESS:PORT with an IP address"
        ) from exc


def loopback_hosts(connect_to: Mapping[str, str]) -> frozenset[str]:
    """Return the hosts that `connect_to` maps to this very machine."""
    return frozenset(
        name.rpartition(":")[0].lower()
        for name, target in connect_to.items()
        if ip_address(endpoint(name, target)[0]).is_loopback
    )


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
