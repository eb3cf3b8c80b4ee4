"""`govwatch serve`: the record in a browser."""

from __future__ import annotations

import ipaddress
import os
from contextlib import suppress

import click

from scraper.cli import screen
from scraper.cli.session import Failure, Session, pass_session, refusals
from scraper.store import is_at_rest


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address.")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8001,
    show_default=True,
    help="Port.",
)
@click.option(
    "--name", "names", multiple=True, help="Host name it is also served under."
)
@pass_session
def serve(session: Session, host: str, port: int, names: tuple[str, ...]) -> None:
    """Show the record in a browser; read-only, for this machine.

    Elsewhere only with a token that readers must know: set GOVWATCH_TOKEN.
    """
    try:
        from scraper.web import server  # noqa: PLC0415 - Datasette is an extra
    except ModuleNotFoundError as exc:
        msg = "the pages need: pip install 'govwatch[web]'"
        raise Failure(msg) from exc
    if not _is_loopback(host) and not server.has_token():
        msg = (
            f"{host} is not this machine alone: set GOVWATCH_TOKEN to what readers must"
            " know, 16 characters or more, as from: openssl rand -hex 16"
        )
        raise click.UsageError(msg)
    with refusals():
        with session.store("read"):
            pass  # no record, no server: this says what to do
        if is_at_rest(session.settings.database):
            msg = (
                f"{session.settings.database}: SQLite cannot write beside it; copy it"
                " to a folder of yours to serve it"
            )
            raise Failure(msg)
        served = server.site(
            session.settings.database,
            names=names,
            time_zone=session.settings.notify.zone,
        )
        try:
            listener = server.listening(host, port)
        except OSError as exc:
            # Without the address that Python adds; a name's fault has no number.
            number = exc.errno or -1
            why = exc.strerror if number < 0 else os.strerror(number)
            msg = f"{host} port {port}: {why}; --host and --port name another"
            raise Failure(msg) from exc
        shown = f"[{host}]" if ":" in host else host
        screen.say(
            f"http://{shown}:{port}/ shows {session.settings.database}; Ctrl-C ends it"
        )
        with listener, suppress(KeyboardInterrupt):
            server.run(served, listener)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
