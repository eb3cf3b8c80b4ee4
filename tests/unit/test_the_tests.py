"""The guards that every test stands on."""

import socket

import pytest


def test_no_test_reaches_beyond_loopback() -> None:
    with (
        pytest.raises(AssertionError, match="only loopback"),
        socket.socket() as outside,
    ):
        outside.connect(("192.0.2.1", 443))
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("www.example.org", 443)
