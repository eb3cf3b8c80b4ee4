"""The daemon's figures for Prometheus, on a port of this machine only.

The text format (prometheus.io/docs/instrumenting/exposition_formats) is a few lines, so
no library is needed for it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

from scraper.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import TracebackType

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure, with its samples by the value of one label.

    Attributes:
        name: In Prometheus' words: unit last, `_total` for what only grows.
        says: What it tells, one line.
        samples: Label value to figure; the label is `label`, none if that is empty.
    """

    name: str
    says: str
    samples: Mapping[str, float]
    label: str = ""


def exposition(figures: Iterable[Figure]) -> str:
    """Return figures in the text format."""
    lines = []
    for figure in figures:
        kind = "counter" if figure.name.endswith("_total") else "gauge"
        lines += [
            f"# HELP {figure.name} {figure.says}",
            f"# TYPE {figure.name} {kind}",
        ]
        for value, sample in figure.samples.items():
            label = f'{{{figure.label}="{_escaped(value)}"}}' if figure.label else ""
            lines.append(f"{figure.name}{label} {sample:g}")
    return "\n".join([*lines, ""])


def quantiles(values: Sequence[float]) -> dict[str, float]:
    """Return the median, the 95th and the 99th percentile, nothing of nothing."""
    ordered = sorted(values)
    if not ordered:
        return {}
    last = len(ordered) - 1
    return {str(q): ordered[round(q * last)] for q in (0.5, 0.95, 0.99)}


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


class MetricsServer:
    """Answers GET /metrics on 127.0.0.1 until closed."""

    def __init__(self, port: int, *, tell: Callable[[], str]) -> None:
        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path != "/metrics":
                    self.send_error(HTTPStatus.NOT_FOUND)
                    return
                try:
                    body = tell().encode()
                except StoreError as exc:
                    self.send_error(HTTPStatus.SERVICE_UNAVAILABLE, explain=str(exc))
                    return
                self.send_response(HTTPStatus.OK)
                self.send_header("Content-Type", CONTENT_TYPE)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Stay silent: a line for each scrape would drown the checks."""

        try:
            self._server = ThreadingHTTPServer(("127.0.0.1", port), Answers)
        except OSError as exc:
            raise ConfigError("--metrics", str(port), f"{exc.strerror}") from exc
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="metrics", daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens; that asked for, or one that was free where it was 0."""
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
