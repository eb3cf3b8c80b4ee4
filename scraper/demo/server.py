"""Serve the newsroom over HTTPS on loopback, under its .gov name."""

from __future__ import annotations

import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from scraper.demo.newsroom import HOST, Newsroom

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path


@contextmanager
def served(
    newsroom: Newsroom, *, ca_file: Path, clock: Callable[[], datetime]
) -> Iterator[str]:
    """Serve `newsroom` until the block ends; yield its `address:port`.

    Args:
        newsroom: Asked anew for every request.
        ca_file: Where the throw-away authority's certificate is written (PEM).
        clock: Tells the time that the server dates its answers with.
    """
    import trustme  # noqa: PLC0415 - of the extra `demo`; the commands work without it

    authority = trustme.CA(organization_name="Govwatch demonstration")
    authority.cert_pem.write_to_path(str(ca_file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)

    server = ThreadingHTTPServer(("127.0.0.1", 0), _responder(newsroom, clock))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _responder(
    newsroom: Newsroom, clock: Callable[[], datetime]
) -> type[BaseHTTPRequestHandler]:
    class Responder(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer = newsroom.answer(self.path.partition("?")[0])
            body = answer.body.encode()
            self.send_response(answer.status)
            headers = {"content-type": "text/html; charset=utf-8"}
            for name, value in (headers | dict(answer.headers)).items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def date_time_string(self, timestamp: float | None = None) -> str:
            at = clock().timestamp() if timestamp is None else timestamp
            return super().date_time_string(at)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Keep the terminal for the demonstration."""

    return Responder
