"""A government host on loopback: real TLS, and a menu of ways to misbehave."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field

import pytest
import trustme

from scraper.model import FetchPolicy

HOST = "www.example.gov"


@dataclass
class Request:
    """What the server saw of one request; `at` is by `time.monotonic`.

    `rest` is as much of a body as came with the headers.
    """

    at: float
    host: str
    path: str
    headers: dict[str, str]
    rest: bytes = b""
    ended: float = 0.0


def plain_answer(body=b"", *, status="200 OK", headers=(), length=True):
    """Return the bytes of a response that keeps to the rules."""
    lines = [f"HTTP/1.1 {status}", *headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


NOT_FOUND = plain_answer(b"gone", status="404 Not Found")


@dataclass
class LoopbackSite:
    """A TLS server on 127.0.0.1 that answers for any name its certificate holds.

    `routes` maps a path, or a host and path, to bytes or to a function of the
    connection and the request that sends what it likes.
    """

    context: ssl.SSLContext
    ca_file: str
    certificate_der: bytes
    routes: dict = field(default_factory=dict)
    log: list = field(default_factory=list)
    connections: int = 0

    def __post_init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def paths(self):
        return [request.path for request in self.log]

    def policy(self, *hosts, **settings):
        """Return a policy that reaches this server under `hosts`."""
        names = hosts or (HOST,)
        defaults = {
            "ca": self.ca_file,
            "connect_to": {f"{n}:443": f"127.0.0.1:{self.port}" for n in names},
            "timeout_s": 3.0,
            "gap_s": 0.0,
        }
        return FetchPolicy(**(defaults | settings))

    def drop_connections(self):
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def close(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.drop_connections()

    def _accept(self):
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain):
        try:
            connection = self.context.wrap_socket(plain, server_side=True)
        except OSError:
            plain.close()
            return
        self._open.append(connection)
        with contextlib.suppress(OSError), connection:
            while (request := _read_request(connection)) is not None:
                self.log.append(request)
                kept = self._answer(connection, request)
                request.ended = time.monotonic()
                if not kept:
                    return

    def _answer(self, connection, request):
        found = self.routes.get((request.host, request.path))
        route = found or self.routes.get(request.path, NOT_FOUND)
        if callable(route):
            sent = route(connection, request)
            if sent is None:
                return False
            route = sent
        connection.sendall(route)
        return True


def _read_request(connection):
    head = b""
    while b"\r\n\r\n" not in head:
        piece = connection.recv(65536)
        if not piece:
            return None
        head += piece
    head, _, rest = head.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return Request(
        at=time.monotonic(),
        host=headers.get("host", ""),
        path=first.split(" ")[1],
        headers=headers,
        rest=rest,
    )


@pytest.fixture(scope="session")
def authority():
    return trustme.CA()


@pytest.fixture
def make_site(authority, tmp_path):
    """Return a function that starts a server; keywords go to the certificate."""
    running = []
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(ca_file)

    def start(*names, ca=authority, maximum_version=None, **certificate):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if maximum_version is not None:
            context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
            context.maximum_version = maximum_version
            context.set_ciphers("DEFAULT@SECLEVEL=0")
        leaf = ca.issue_cert(*(names or (HOST, "*.example.gov")), **certificate)
        leaf.configure_cert(context)
        der = ssl.PEM_cert_to_DER_cert(leaf.cert_chain_pems[0].bytes().decode())
        running.append(LoopbackSite(context, str(ca_file), der))
        return running[-1]

    yield start
    for site in running:
        site.close()


@pytest.fixture
def site(make_site):
    return make_site()


@pytest.fixture
def answer():
    return plain_answer
