"""`govwatch serve`: Datasette with the record and nothing else, on one address.

Apart from the plugin, which Datasette loads while it is loaded itself.
"""

from __future__ import annotations

import os
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


def run(served: Datasette, *, host: str, port: int) -> None:
    """Serve until interrupted."""
    uvicorn.run(
        served.app(), host=host, port=port, log_level="warning", server_header=False
    )
