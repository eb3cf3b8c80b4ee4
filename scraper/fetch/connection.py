"""How connections are made: to the address that was judged, and until a deadline.

httpcore hands the timeouts of a request through to its network backend unread. We put
the request's deadline there, as an instant of `time.monotonic`, so that every wait of a
request - for its name, connection, handshake, headers and each piece of its body - ends
at the same moment, also on a connection that earlier requests used.
"""

from __future__ import annotations

import contextlib
import hashlib
import select
import socket
import ssl
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import certifi
import httpcore
import httpx

from scraper.errors import (
    CertificateError,
    ConfigError,
    FetchError,
    UnreachableError,
)
from scraper.fetch.addresses import endpoint, in_turn, refuse_forbidden, resolved
from scraper.model import Sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from scraper.fetch.addresses import Resolve

    Dial = Callable[[tuple[str, int], float], socket.socket]

_MOST_ADDRESSES = 8
"""How many addresses of a host are tried."""
_CONNECT_S = 15.0
"""Longest wait for one address to accept, so that the next gets its turn."""
_HOSTS_KEPT = 10_000
_KEPT_CONNECTIONS = 20
"""The pool polls each of these at every request."""


def tls_context(ca: str) -> ssl.SSLContext:
    """Return the one TLS configuration: verified, 1.2 or newer, blind to environment.

    Args:
        ca: `system`, `certifi` or a PEM file.

    Raises:
        ConfigError: There are no certificates there.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        if ca == "system":
            _load_system(context)
        else:
            context.load_verify_locations(certifi.where() if ca == "certifi" else ca)
    except OSError as exc:
        raise ConfigError(
            ca, "", f"no certificates can be read there: {exc.strerror or exc}"
        ) from exc
    return context


def _load_system(context: ssl.SSLContext) -> None:
    # Not `set_default_verify_paths`, which obeys SSL_CERT_FILE and SSL_CERT_DIR.
    paths = ssl.get_default_verify_paths()
    bundle = Path(paths.openssl_cafile)
    folder = Path(paths.openssl_capath)
    if not bundle.is_file() and not folder.is_dir():
        raise FileNotFoundError(
            f"neither {bundle} nor {folder} exists; set ca to certifi or a PEM file"
        )
    context.load_verify_locations(
        cafile=bundle if bundle.is_file() else None,
        capath=folder if folder.is_dir() else None,
    )


class PinnedTransport(httpx.BaseTransport):
    """Carries httpx's requests over connections of our making.

    A response's headers are in its extension `headers`, Set-Cookie left out: unread,
    because httpx would follow, decode and fail by them.
    """

    def __init__(
        self,
        *,
        context: ssl.SSLContext,
        resolve: Resolve,
        connect_to: Mapping[str, str],
        internal: frozenset[str] = frozenset(),
    ) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=None,
            max_keepalive_connections=_KEPT_CONNECTIONS,
            keepalive_expiry=60.0,
            network_backend=PinnedBackend(
                resolve=resolve, connect_to=connect_to, internal=internal
            ),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; errors are httpcore's or ours.

        What was sent beyond an answer is never taken for the next one (RFC 9112 section
        6.3). Where it was, the request goes out once more, over a new connection.
        """
        url = request.url
        wanted = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=url.raw_scheme,
                host=url.raw_host,
                port=url.port,
                target=url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.read(),
            extensions=request.extensions,
        )
        answer = self._pool.handle_request(wanted)
        if answer.extensions["network_stream"].is_waiting:
            answer.extensions["network_stream"].close()
            answer.close()
            answer = self._pool.handle_request(wanted)
        return httpx.Response(
            status_code=answer.status,
            stream=_Body(answer),
            extensions={
                **answer.extensions,
                "headers": [
                    (name, value)
                    for name, value in answer.headers
                    if name.lower() not in {b"set-cookie", b"set-cookie2"}
                ],
            },
        )

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        last = b""
        for piece in self._answer.iter_stream():
            last = piece
            yield piece
        self._answer.extensions["network_stream"].answer_ended(last)

    def close(self) -> None:
        self._answer.close()


class PinnedBackend(httpcore.NetworkBackend):
    """Connects to the very address that was judged: no second look-up counts.

    Only the operator's own receivers, named in `internal`, may be at any address.
    """

    def __init__(
        self,
        *,
        resolve: Resolve,
        connect_to: Mapping[str, str],
        internal: frozenset[str] = frozenset(),
        dial: Dial = socket.create_connection,
    ) -> None:
        self._resolve = resolve
        self._internal = internal
        self._dial = dial
        self._served: dict[str, str] = {}
        self._connect_to = {
            name.lower(): endpoint(name, target) for name, target in connect_to.items()
        }

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002 - httpcore's signature
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002 - the same
    ) -> httpcore.NetworkStream:
        """Connect to `host`; `timeout` is the request's deadline.

        Raises:
            RefusedError: One of its addresses is forbidden.
            UnreachableError: It has no address, or none of them accepts.
        """
        named = self._connect_to.get(f"{host}:{port}")
        if named is not None:
            return self._connect(host, (named,), timeout)
        addresses = resolved(self._resolve, host, wait_s=_left(timeout))
        if host not in self._internal:
            refuse_forbidden(host, addresses)
        turns = in_turn(addresses, first=self._served.pop(host, None))
        pinned = [(address, port) for address in turns[:_MOST_ADDRESSES]]
        return self._connect(host, pinned, timeout)

    def _note(self, host: str, address: str) -> None:
        """Remember an address that proved its name, to begin with it next time."""
        if len(self._served) < _HOSTS_KEPT:
            self._served[host] = address

    def _connect(
        self, host: str, endpoints: Sequence[tuple[str, int]], deadline: float | None
    ) -> _Stream:
        problem = ""
        for address, port in endpoints:
            left = min(_left(deadline), _CONNECT_S)
            try:
                plain = self._dial((address, port), left)
            except OSError as exc:
                problem = f"{address} port {port}: {exc.strerror or exc}"
                continue
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return _Stream(plain, host, proved=partial(self._note, host, address))
        raise UnreachableError(f"https://{host}/", f"no connection to {problem}")


def _left(deadline: float | None) -> float:
    """Return the seconds until `deadline`, at least one millisecond.

    Raises:
        httpcore.ReadTimeout: It has passed.
    """
    if deadline is None:
        raise RuntimeError("a request without a deadline reached the network")
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("deadline")
    return max(left, 0.001)


class _Stream(httpcore.NetworkStream):
    """A socket whose waits all end at the deadline they are given.

    Attributes:
        is_waiting: Whether nothing was received since something was sent.
    """

    def __init__(
        self, sock: socket.socket, host: str, *, proved: Callable[[], None]
    ) -> None:
        self._proved = proved
        self._sock = sock
        self._host = host
        self._address = _endpoint_text(sock.getpeername())
        self._certificate: Sha256 | None = None
        self._piece = b""
        self._has_answered = False
        self._is_spoiled = False
        self.is_waiting = False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._sock.settimeout(_left(timeout))
        try:
            piece = self._sock.recv(max_bytes)
        except TimeoutError as exc:
            raise httpcore.ReadTimeout("deadline") from exc
        except OSError as exc:
            self._refuse_if_stale()
            raise httpcore.ReadError(exc.strerror or str(exc)) from exc
        if not piece:
            self._refuse_if_stale()
        self._piece = piece
        self._has_answered = True
        self.is_waiting = False
        return piece

    def answer_ended(self, last: bytes) -> None:
        """Have the pool give this connection up where more came than the answer.

        Some servers send a body with a 304, others more than they have announced. What
        is left of it would make nonsense of the next answer.

        Args:
            last: Of the body, nothing where there was none.
        """
        end = b"\r\n\r\n"
        if last:  # or the chunk that ends it
            ends = (last, b"\r\n0" + end)
            is_clean = self._piece.endswith(ends) or self._piece == b"0" + end
        else:
            is_clean = self._piece.find(end) == len(self._piece) - len(end)
        self._is_spoiled, self._piece = not is_clean, b""

    def _refuse_if_stale(self) -> None:
        """Have the pool take a new connection: this one was closed while it rested.

        A server may do that just as the next request arrives; then a GET may be sent
        again (RFC 9110 section 9.2.2), and so may a message, which carries an id for
        that. On a first request it is the server's failure.
        """
        if self._has_answered and self.is_waiting:
            raise httpcore.ConnectionNotAvailable

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.is_waiting = True
        while buffer:
            self._sock.settimeout(_left(timeout))
            try:
                sent = self._sock.send(buffer)
            except TimeoutError as exc:
                raise httpcore.WriteTimeout("deadline") from exc
            except OSError as exc:
                raise httpcore.WriteError(exc.strerror or str(exc)) from exc
            buffer = buffer[sent:]

    def close(self) -> None:
        self._sock.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> _Stream:
        url = f"https://{self._host}/"
        try:
            self._sock.settimeout(_left(timeout))
            # A body that ends with its connection is whole only when TLS says so.
            self._sock = secure = ssl_context.wrap_socket(
                self._sock,
                server_hostname=server_hostname,
                suppress_ragged_eofs=False,
            )
        except ssl.SSLCertVerificationError as exc:
            self.close()
            raise CertificateError(
                url,
                f"the certificate of {self._host} does not hold: "
                f"{exc.verify_message}; nothing was asked and nothing is stored",
            ) from exc
        except TimeoutError as exc:
            self.close()
            raise httpcore.ConnectTimeout("deadline") from exc
        except OSError as exc:
            self.close()
            why = getattr(exc, "reason", None) or exc.strerror or str(exc)
            raise UnreachableError(
                url, f"no TLS connection to {self._host}: {why}"
            ) from exc
        except BaseException:
            self.close()
            raise
        self._proved()
        leaf = secure.getpeercert(binary_form=True)
        if leaf is not None:
            self._certificate = Sha256(hashlib.sha256(leaf).hexdigest())
        return self

    def get_extra_info(self, info: str) -> object:
        """Return what httpcore asks for, and two facts for the capture."""
        if info == "server_address":
            return self._address
        if info == "certificate_sha256":
            return self._certificate
        if info == "ssl_object" and isinstance(self._sock, ssl.SSLSocket):
            return self._sock
        if info == "is_readable":
            return self._is_spoiled or _is_readable(self._sock)
        return None


def _endpoint_text(name: tuple[str, int]) -> str:
    address, port = name[0], name[1]  # IPv6 names have two parts more
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _is_readable(sock: socket.socket) -> bool:
    """Tell whether an idle connection has something to say: it can only be "closed"."""
    if sock.fileno() < 0:
        return True
    waiting = select.poll()
    waiting.register(sock, select.POLLIN)
    return bool(waiting.poll(0))


@contextlib.contextmanager
def explained(url: str, timeout_s: float) -> Iterator[None]:
    """Turn what goes wrong inside into a `FetchError` for `url`.

    Raises:
        FetchError: Or one of its kinds, with a reason for the operator.
    """
    try:
        yield
    except FetchError as exc:
        # The connection knows its host only, not the address that was asked for.
        if exc.url == url:
            raise
        raise type(exc)(url, exc.reason) from exc
    except (httpcore.TimeoutException, httpx.TimeoutException) as exc:
        raise FetchError(url, f"no complete answer within {timeout_s:g} s") from exc
    except (httpcore.RemoteProtocolError, httpcore.ReadError) as exc:
        raise FetchError(url, f"the answer broke off or made no sense: {exc}") from exc
    except (httpcore.NetworkError, httpcore.ProtocolError, httpx.HTTPError) as exc:
        raise FetchError(url, f"the request could not be made: {exc}") from exc
