"""What holds for every test: no socket leaves this machine, no run is left to luck."""

import ipaddress
import os
import signal
import socket
import sys

import pytest
from hypothesis import settings

# A gate must give the same verdict twice. HYPOTHESIS_PROFILE=explore hunts for more.
settings.register_profile("gate", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gate"))


def _stay_on_loopback(event: str, args: tuple[object, ...]) -> None:
    """Refuse to connect or send to anything but loopback (PEP 578 audit hook)."""
    if event not in {"socket.connect", "socket.sendto", "socket.getaddrinfo"}:
        return
    address = args[0] if event == "socket.getaddrinfo" else args[1]
    host = address[0] if isinstance(address, tuple) else address
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if not isinstance(host, str) or host == "localhost" or host.startswith("/"):
        return
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local and event == "socket.getaddrinfo":
        # As on a machine without a network: no test depends on what a resolver says.
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    if not local:
        msg = f"a test reached out to {host!r}; only loopback is allowed"
        raise AssertionError(msg)


sys.addaudithook(_stay_on_loopback)

# A shell that starts us in the background has us ignore SIGINT, and what we start
# inherits that: then those that are interrupted here would go on for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--regen`, which rewrites golden files for review."""
    parser.addoption("--regen", action="store_true", help="rewrite golden files")
