"""CPU of a conditional GET through all of `Fetcher`, against bare `httpx.Client.get`.

With the ledger of hosts in memory, and in a database.

    python benchmarks/fetch.py [requests]

Both ask the same loopback server, a process of its own, over kept TLS connections for a
page that has not changed (304), in turns so that noise falls on both alike, and on one
core: on two, a process that waits for its server is woken now at once, now from an idle
core with cold caches, and on a busy machine the ratio moved between 1.4 and 2.1. Prints
CPU microseconds of this process a request, user and system, and their ratio; issue 5
allows 1.5.
"""

from __future__ import annotations

import multiprocessing
import os
import socket
import ssl
import statistics
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import trustme

from scraper.fetch import Fetcher, InMemoryLedger
from scraper.model import FetchPolicy, Validators
from scraper.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

HOST = "www.example.gov"
URL = f"https://{HOST}/news/story"
ROUNDS = 30
HEADERS = (
    b'Date: Mon, 23 Nov 2026 12:00:00 GMT\r\nETag: "abc"\r\nServer: x\r\n'
    b"Cache-Control: max-age=60\r\nVary: Accept-Encoding\r\n"
    b"Strict-Transport-Security: max-age=31536000\r\n\r\n"
)


def serve(pem: bytes, port: multiprocessing.Queue[int]) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as chain:
        chain.write(pem)
        chain.flush()
        context.load_cert_chain(chain.name)
    listener = socket.create_server(("127.0.0.1", 0))
    port.put(listener.getsockname()[1])
    while True:
        plain, _ = listener.accept()
        threading.Thread(target=answer, args=(context, plain), daemon=True).start()


def answer(context: ssl.SSLContext, plain: socket.socket) -> None:
    with context.wrap_socket(plain, server_side=True) as connection:
        while request := connection.recv(65536):
            if b"robots.txt" in request:
                connection.sendall(
                    b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n" + HEADERS
                )
            else:
                connection.sendall(b"HTTP/1.1 304 Not Modified\r\n" + HEADERS)


def cpu_us(ask: Callable[[], None], times: int) -> float:
    began = time.process_time()
    for _ in range(times):
        ask()
    return (time.process_time() - began) / times * 1e6


def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    if hasattr(os, "sched_setaffinity"):  # else a system that cannot be asked to
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    authority = trustme.CA()
    ports: multiprocessing.Queue[int] = multiprocessing.Queue()
    pem = authority.issue_cert(HOST, "127.0.0.1").private_key_and_cert_chain_pem.bytes()
    server = multiprocessing.Process(target=serve, args=(pem, ports), daemon=True)
    server.start()
    port = ports.get()
    with tempfile.TemporaryDirectory() as folder:
        ca = str(Path(folder) / "ca.pem")
        authority.cert_pem.write_to_path(ca)
        compare(ca, port, times // ROUNDS, Path(folder) / "govwatch.db")
    server.terminate()


def compare(ca: str, port: int, times: int, database: Path) -> None:
    # A clock that runs ahead: every turn finds the host rested, so nothing sleeps.
    now = [datetime(2026, 11, 23, tzinfo=UTC)]

    def clock() -> datetime:
        now[0] += timedelta(seconds=10)
        return now[0]

    policy = FetchPolicy(ca=ca, connect_to={f"{HOST}:443": f"127.0.0.1:{port}"})
    validators = Validators(etag='"abc"')
    bare_url = f"https://127.0.0.1:{port}/news/story"
    bare_headers = {"if-none-match": '"abc"'}
    with (
        httpx.Client(verify=ssl.create_default_context(cafile=ca)) as client,
        Fetcher(policy, ledger=InMemoryLedger(), clock=clock, sleep=float) as in_memory,
        Store.open(database, mode="create", clock=clock) as store,
        Fetcher(policy, ledger=store, clock=clock, sleep=float) as recorded,
    ):

        def bare() -> None:
            assert client.get(bare_url, headers=bare_headers).status_code == 304

        def ours(fetcher: Fetcher) -> None:
            capture = fetcher.fetch(
                URL, validators=validators, patience=timedelta(minutes=1)
            )
            assert capture.status == 304

        asked = (bare, partial(ours, in_memory), partial(ours, recorded))
        for ask in asked:
            ask()
        rounds = [[cpu_us(ask, times) for ask in asked] for _ in range(ROUNDS)]
    print(f"medians of {ROUNDS} rounds of {times}: us CPU, ratio")
    for n, name in enumerate(("httpx.Client.get", "in memory", "in a database")):
        spent = statistics.median(told[n] for told in rounds)
        ratio = statistics.median(told[n] / told[0] for told in rounds)
        print(f"{name:18}{spent:7.0f}{ratio:7.2f}")


if __name__ == "__main__":
    main()
