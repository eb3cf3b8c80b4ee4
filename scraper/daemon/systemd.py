"""Telling systemd how we do: the datagrams of sd_notify(3), without its library."""

from __future__ import annotations

import contextlib
import os
import socket
import time

VARIABLE = "NOTIFY_SOCKET"


def tell(*lines: str) -> None:
    """Send `READY=1`, `WATCHDOG=1` and the like; nothing happens outside systemd."""
    address = os.environ.get(VARIABLE)
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]  # Linux's abstract namespace
    # systemd may be restarting itself; a word lost is not worth a daemon.
    with (
        contextlib.suppress(OSError),
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line,
    ):
        line.connect(address)
        line.sendall("\n".join(lines).encode())


def reloading() -> tuple[str, str]:
    """Return the lines that say that the configuration is being read anew."""
    return "RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}"
