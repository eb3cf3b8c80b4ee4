"""`govwatch serve`: Datasette with the record and nothing else, on one address.

Apart from the plugin, which Datasette loads while it is loaded itself.
"""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import uvicorn
from datasette.app import Datasette

from scraper.web.answers import TOKEN_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def site(database: Path, *, names: Iterable[str], time_zone: str | None) -> Datasette:
    """Return Datasette over one record.

    Args:
        database: A record of ours; it is opened read-only.
        names: Host names, beside this machine's, that it is served under.
        time_zone: The operator's, an IANA name; None is this machine's.
    """
    plugin = {"names": [*names]} | ({"time_zone": time_zone} if time_zone else {})
    return Datasette(
        [str(database)],
        metadata={"plugins": {"govwatch": plugin}},
        settings={"suggest_facets": False},
    )


def has_token() -> bool:
    """Whether the environment holds a token that readers must know."""
    return bool(os.environ.get(TOKEN_VARIABLE))


def listening(host: str, port: int) -> socket.socket:
    """Return a socket to serve on.

    Raises:
        OSError: The host is unknown, or the port is taken or not ours to take.
    """
    family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    return socket.create_server(address[:2], family=family)


def run(served: Datasette, listener: socket.socket) -> None:
    """Serve until interrupted."""
    config = uvicorn.Config(served.app(), log_level="warning", server_header=False)
    uvicorn.Server(config).run(sockets=[listener])
