"""`govwatch run` for tests: the real daemon, with shorter waits and a clock to set.

    daemon_process.py DATABASE CA_FILE PORT HOST... [--config FILE] [--clock FILE]

All hosts are reached on loopback, where the least gap between two requests is zero.
The file that --clock names holds the seconds by which this process's clock is wrong.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scraper import log
from scraper.cli.running import run
from scraper.cli.session import Session, refusals, utc_now

if TYPE_CHECKING:
    from scraper.model import FetchPolicy


@dataclass(frozen=True, kw_only=True)
class QuickSession(Session):
    """A session that waits for nobody longer than three seconds."""

    @cached_property
    def policy(self) -> FetchPolicy:
        return replace(super().policy, timeout_s=3.0)


@dataclass(frozen=True)
class WrongClock:
    """A clock that is off by what a file says."""

    file: Path

    def __call__(self) -> datetime:
        return utc_now() + timedelta(seconds=float(self.file.read_text()))


def main() -> None:
    words = argparse.ArgumentParser()
    words.add_argument("database", type=Path)
    words.add_argument("ca_file", type=Path)
    words.add_argument("port", type=int)
    words.add_argument("hosts", nargs="+")
    words.add_argument("--config", type=Path)
    words.add_argument("--clock", type=Path)
    told = words.parse_args()
    log.set_up(verbose=True)
    try:
        with refusals():
            _run(told)
    except click.ClickException as exc:
        exc.show()
        sys.exit(exc.exit_code)


def _run(told: argparse.Namespace) -> None:
    run(
        QuickSession(
            config=told.config,
            database=told.database,
            connect_to=tuple(
                f"{host}:443:127.0.0.1:{told.port}" for host in told.hosts
            ),
            ca_file=told.ca_file,
            clock=WrongClock(told.clock) if told.clock else utc_now,
        )
    )


if __name__ == "__main__":
    main()
