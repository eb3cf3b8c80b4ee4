"""Commands around the daemon: run it, ask how it does, find what keeps it from it."""

from __future__ import annotations

import logging
import os
import shutil
import statistics
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import click

from scraper import check, log
from scraper.cli import screen
from scraper.cli.desk import desk
from scraper.cli.session import FAILED, Session, pass_session, refusals
from scraper.daemon import (
    BACKUP,
    PATIENCE,
    Daemon,
    Figure,
    Health,
    MetricsServer,
    Work,
    exposition,
)
from scraper.errors import ConfigError, GovwatchError
from scraper.fetch import Fetcher, InMemoryLedger, contact_problem, http_date
from scraper.store import DaemonLock, running_daemon

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from scraper.store import Status, Store

_MB = 1024 * 1024
_BROKEN = "cannot be used"
_SPOKEN = {
    "last_tick_at": "its last tick",
    "last_check_at": "last check",
    "last_backup_at": "last backup",
    "late_p95_s": "1 in 20 late by",
    "paused_hosts": "hosts that rest",
    "given_up": "deliveries given up",
    "database_mb": "database",
    "disk_free_mb": "disk free",
    "days_until_full": "full in about",
    "robots_overridden": "robots.txt overridden",
    "sqlite": "SQLite",
}
"""What `status` tells, as people say it where that is not its name."""
_YEARS_TOLD = 10
"""A disk that lasts longer is of no concern, and the figure of no use."""
_SKEW_S = 30.0
"""Servers' clocks are seconds apart; half a minute is ours."""


@click.command("run")
@click.option(
    "--metrics",
    type=click.IntRange(0, 65535),
    metavar="PORT",
    help="Tell Prometheus how it goes, at http://127.0.0.1:PORT/metrics.",
)
@pass_session
def run_daemon(session: Session, *, metrics: int | None) -> None:
    """Check every watched page when it is due, until stopped.

    SIGTERM and SIGINT finish what is under way, a second one stops at once; SIGHUP
    reads the configuration anew.
    """
    with refusals():
        _insist_on_contact(session)
        log.set_up(verbose=True)
        run(session, metrics=metrics)


def run(session: Session, *, metrics: int | None = None) -> None:
    """Be the daemon of the session's database until told to stop.

    Args:
        session: Its configuration is read anew at each SIGHUP.
        metrics: Port of this machine to tell Prometheus on, 0 for any; None: don't.

    Raises:
        DaemonRunningError: It has one.
        ConfigError: The configuration cannot be used.
        StoreError: Nor can the database.
    """
    database = session.settings.database
    with (
        DaemonLock(database, clock=session.clock) as lock,
        session.store("create") as store,
    ):
        daemon = Daemon(
            store=store,
            begin=lambda: _work(replace(session), store),
            beat=lock.beat,
            free_bytes=lambda: shutil.disk_usage(database.resolve().parent).free,
            back_up=partial(_back_up, session),
            clock=session.clock,
        )
        with _metrics(session, daemon, metrics):
            is_done = daemon.run()
        if not is_done:
            # The interpreter would wait for the threads that still wait for a server.
            logging.shutdown()
            os._exit(0)


def _work(session: Session, store: Store) -> Work:
    """Return how pages are checked under the configuration as it is now."""
    _insist_on_contact(session)
    workers = session.settings.workers
    reading = ThreadPoolExecutor(1, thread_name_prefix="reader")
    reader = check.Reader.over(store, profiles=session.profiles, thread=reading)
    fetcher = session.fetcher(store)
    # The configuration may have been read anew.
    store.outbox = replace(store.outbox, rules=session.rules)
    telling = desk(session, store)

    def close() -> None:
        reading.shutdown()
        fetcher.close()
        telling.close()

    return Work(
        look=partial(
            check.look,
            fetcher=fetcher,
            reader=reader,
            clock=session.clock,
            patience=PATIENCE,
        ),
        record=partial(
            check.record,
            store=store,
            reader=reader,
            allowed=session.policy.allowed_hosts,
        ),
        executor=ThreadPoolExecutor(workers, thread_name_prefix="check"),
        workers=workers,
        close=close,
        tell=telling.tell,
        prune=partial(_prune, session),
    )


@contextmanager
def _metrics(session: Session, daemon: Daemon, port: int | None) -> Iterator[None]:
    if port is None:
        yield
        return

    def tell() -> str:
        # On a connection of its own, which can only read.
        with session.store("read") as store:
            return exposition((*daemon.figures(), *_figures(session, store)))

    with MetricsServer(port, tell=tell) as server:
        log.logger(__name__).info("metrics_served", port=server.port)
        yield


def _figures(session: Session, store: Store) -> Iterator[Figure]:
    """Return what the database says of how it goes."""
    health, counted = _health(session, store), store.status()
    late = health.queue.late_p95
    yield Figure(
        name="govwatch_pages",
        says="Pages by how they stand.",
        samples=counted.pages,
        label="state",
    )
    for name, says, value in (
        ("well", "Whether `status --health` would exit 0.", not health.ailments()),
        ("pages_due", "Pages due and not being checked.", health.queue.due),
        ("pages_late", "Those whose host does not rest.", health.queue.late),
        (
            "late_p95_seconds",
            "How long one in twenty of those waits, or longer.",
            0.0 if late is None else late.total_seconds(),
        ),
        (
            "hosts_paused",
            "Hosts that rest on their own wish.",
            len(counted.paused_hosts),
        ),
        ("changes", "Changes on record.", counted.changes),
        ("database_bytes", "Size of the database.", counted.database_bytes),
        ("wal_bytes", "Size of its write-ahead log.", counted.wal_bytes),
        ("disk_free_bytes", "Room on its disk.", health.free_bytes),
    ):
        yield Figure(name=f"govwatch_{name}", says=says, samples={"": float(value)})


def _prune(session: Session) -> int:
    keep = session.settings.keep.raw_bodies
    if keep is None:
        return 0
    # As below.
    with session.store("write") as store:
        return store.drop_bodies(older_than=keep)


def _back_up(session: Session) -> Path:
    # On a connection of its own: the daemon's would be busy for as long as it takes.
    with session.store("write") as store:
        return store.backup(session.settings.database.resolve().parent / "backups")


def _insist_on_contact(session: Session) -> None:
    if session.settings.contact is None:
        raise ConfigError(
            "govwatch.toml",
            "contact",
            "set it to a page or mail address of yours (`govwatch init` writes the"
            " file); it tells the agencies' web teams who is asking",
        )


@click.command()
@click.option("--health", is_flag=True, help="Exit 1 when the daemon is not well.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def status(session: Session, *, health: bool, as_json: bool) -> None:
    """Tell what is watched and how the daemon does."""
    with refusals(), session.store("read") as store:
        found = _health(session, store)
        facts = {} if health else _facts(session, store, found)
    ailments = found.ailments()
    if as_json:
        screen.print_json({**facts, "ailments": list(ailments)})
    else:
        if facts:
            screen.print_rows(
                ("what", "now"),
                [(_spoken(name), _plain(name, value)) for name, value in facts.items()],
            )
        for ailment in ailments:
            screen.say(f"not well: {ailment}")
        if health and not ailments:
            click.echo("well")
    if health and ailments:
        sys.exit(1)


def _health(session: Session, store: Store) -> Health:
    database = session.settings.database
    return Health(
        now=session.clock(),
        daemon=running_daemon(database),
        queue=store.upkeep.queue(),
        free_bytes=shutil.disk_usage(database.resolve().parent).free,
        wal_bytes=_size(database.with_name(database.name + "-wal")),
        reader=store.upkeep.reader(),
    )


def _facts(session: Session, store: Store, health: Health) -> dict[str, object]:
    """Return what `status` tells, JSON-able."""
    counted = store.status()
    queue, daemon = health.queue, health.daemon
    growth = store.upkeep.growth_bytes_a_day()
    backed_up = store.upkeep.done_at(BACKUP)
    return {
        "daemon": None if daemon is None else str(daemon),
        "last_tick_at": None if daemon is None else _iso(daemon.beat_at),
        "watches": counted.watches,
        "pages": dict(counted.pages),
        "checks_today": dict(counted.checks_today),
        "last_check_at": None
        if counted.checked_at is None
        else _iso(counted.checked_at),
        "being_checked": queue.in_hand,
        "due": queue.due,
        "late": queue.late,
        "late_p95_s": None
        if queue.late_p95 is None
        else round(queue.late_p95.total_seconds(), 1),
        "paused_hosts": dict(counted.paused_hosts),
        "deliveries": dict(counted.deliveries),
        "given_up": [
            f"{sink}: {error} (delivery {delivery})"
            for sink, delivery, error in store.outbox.given_up()
        ],
        "last_backup_at": None if backed_up is None else _iso(backed_up),
        "robots_overridden": list(session.settings.ignore_robots),
        **_sizes(counted, health.free_bytes, growth),
        "ledger_row": counted.ledger_rows,
        "ledger_sha256": counted.ledger_sha256,
        "sqlite": counted.sqlite_version,
    }


def _sizes(counted: Status, free_bytes: int, growth: float | None) -> dict[str, object]:
    return {
        "versions": counted.versions,
        "changes": counted.changes,
        "database_mb": round(counted.database_bytes / _MB, 1),
        "disk_free_mb": free_bytes // _MB,
        "days_until_full": None
        if growth is None or growth <= 0
        else int(free_bytes / growth),
    }


class Finding(NamedTuple):
    """One thing the doctor looked at; `advice` is empty where it is in order."""

    what: str
    found: str
    advice: str = ""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def doctor(session: Session, *, as_json: bool) -> None:
    """Look for what keeps Govwatch from working; exit 3 if found.

    Nothing is fetched and nothing is written.
    """
    findings = list(_examined(session))
    if as_json:
        screen.print_json([one._asdict() for one in findings])
    else:
        screen.print_rows(
            ("", "what", "found"),
            [("!" if one.advice else "ok", one.what, one.found) for one in findings],
        )
        for one in findings:
            if one.advice:
                screen.say(f"{one.what}: {one.advice}")
    if any(one.advice for one in findings):
        sys.exit(FAILED)


def _examined(session: Session) -> Iterator[Finding]:
    """Examine one thing after the other; what fails does not keep the rest."""
    configuration = _finding("configuration", partial(_configuration, session))
    yield configuration
    if configuration.found == _BROKEN:
        return  # all the rest would say the same
    contact = _finding("contact", partial(_contact, session))
    yield contact
    yield _finding("messages", partial(_messages, session))
    yield _finding("certificates", partial(_certificates, session))
    database = _finding("database", partial(_database, session))
    yield database
    if database.found == _BROKEN:
        return
    for what, examine in (("clock", _clock), ("disk", _disk), ("watches", _watches)):
        yield _finding(what, partial(examine, session))


def _finding(what: str, examine: Callable[[], tuple[str, str]]) -> Finding:
    try:
        return Finding(what, *examine())
    except GovwatchError as exc:
        return Finding(what, _BROKEN, str(exc))


def _configuration(session: Session) -> tuple[str, str]:
    sites = len(session.profiles.sites)
    return f"{sites} sites, {session.settings.workers} workers", ""


def _contact(session: Session) -> tuple[str, str]:
    contact = session.settings.contact
    if contact is None:
        return "none", "set contact in govwatch.toml; `govwatch run` insists on it"
    return contact, contact_problem(contact) or ""


def _messages(session: Session) -> tuple[str, str]:
    """Look for what would keep `run` from starting, or a sink silent for ever."""
    rules = session.rules
    if not session.settings.notify.sinks:
        return "nobody is told: no [notify.sinks.NAME]", ""
    told = desk(session, None)
    told.close()
    idle = [name for name in told.sinks if all(rule.sink != name for rule in rules)]
    advice = f"no rule sends anything to {', '.join(idle)}" if idle else ""
    return f"sinks: {len(told.sinks)}, rules: {len(rules)}", advice


def _certificates(session: Session) -> tuple[str, str]:
    # Without the contact, which is examined by itself.
    policy = replace(session.policy, contact=None)
    Fetcher(
        policy, ledger=InMemoryLedger(), clock=session.clock, sleep=lambda _: None
    ).close()
    return session.settings.ca, ""


def _database(session: Session) -> tuple[str, str]:
    with session.store("read") as store:
        counted = store.status()
    path = session.settings.database
    found = f"{path}, SQLite {counted.sqlite_version}"
    if counted.has_wal_reset_bug:
        return found, (
            "this SQLite may damage a database that two programs write to; commands"
            " that write step back while the daemon runs. Install pysqlite3 or SQLite"
            " 3.51.3"
        )
    if not os.access(path, os.W_OK) or not os.access(path.resolve().parent, os.W_OK):
        return found, "file and folder must be writable for the user that runs this"
    if path.stat().st_mode & 0o077:
        return found, f"others on this machine may read it; `chmod 600 {path}`"
    return found, ""


def _clock(session: Session) -> tuple[str, str]:
    with session.store("read") as store:
        skews = list(_skews_s(store.upkeep.clock_skews()))
    if not skews:
        return "no capture to compare with yet", ""
    skew = statistics.median(skews)
    if abs(skew) < 1:
        return "agrees with the servers'", ""
    away = screen.span(timedelta(seconds=abs(skew)))
    found = f"{away} {'ahead of' if skew > 0 else 'behind'} the servers'"
    if abs(skew) <= _SKEW_S:
        return found, ""
    return found, "set this machine's clock, e.g. by running chrony"


def _skews_s(pairs: list[tuple[str, str]]) -> Iterator[float]:
    for server_date, captured_at in pairs:
        theirs = http_date(server_date)
        if theirs is not None:
            ours = datetime.fromisoformat(captured_at)
            yield (ours - theirs).total_seconds()


def _disk(session: Session) -> tuple[str, str]:
    with session.store("read") as store:
        found = _health(session, store)
    disk = replace(found, daemon=None).ailments()
    wrong = [ailment for ailment in disk if "disk" in ailment or "log" in ailment]
    return f"{found.free_bytes // _MB} MB free", "; ".join(wrong)


def _watches(session: Session) -> tuple[str, str]:
    with session.store("read") as store:
        count, odd = len(store.watches()), store.upkeep.oddities()
    told = "; ".join(f"{one.url} {one.what}: {one.advice}" for one in odd)
    return f"{count}, of which {len(odd) or 'none'} {_look(len(odd))} odd", told


def _look(count: int) -> str:
    return "looks" if count == 1 else "look"


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _spoken(name: str) -> str:
    return _SPOKEN.get(name, name.replace("_", " "))


def _plain(name: str, value: object) -> str:
    """Return a fact of `status` as people read it."""
    if isinstance(value, dict):
        return ", ".join(f"{count} {what}" for what, count in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    if value is None:
        return "none"
    if name.endswith("_at"):
        return screen.when(datetime.fromisoformat(str(value)))
    return _measured(name, value)


def _measured(name: str, value: object) -> str:
    if name == "days_until_full":
        days = int(str(value))
        is_far = days > _YEARS_TOLD * 365
        return f"over {_YEARS_TOLD} years" if is_far else f"{days} days"
    if name.endswith("_s"):
        return screen.span(timedelta(seconds=float(str(value))))
    return f"{value} MB" if name.endswith("_mb") else str(value)
