"""The daemon tells people: a real mail server, a receiver that fails, and kill -9."""

import email
import email.policy
import hashlib
import hmac
import json
import socket
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from click.testing import CliRunner, Result

from scraper.cli import main
from tests.e2e.daemons import HOSTS, Desk, Newsroom, wait_for

HOOK = "hooks.example.gov"
KEY = "a key that only two know"
SETTINGS = """
contact = "desk@example.org"
workers = 4
[notify]
window = "{window}"
per_hour = {per_hour}
feeds = "feeds"
heartbeat = {{ file = "heartbeat.url" }}
[notify.sinks.desk]
kind = "apprise"
url = {{ env = "GOVWATCH_TEST_MAIL" }}
[notify.sinks.archive]
kind = "webhook"
url = {{ file = "hook.url" }}
key = {{ file = "hook.key" }}
[notify.rules.alerts]
sink = "desk"
when = "at_once"
min_significance = 0.2
[notify.rules.machines]
sink = "archive"
when = "at_once"
"""


class Mailbox:
    """Accepts mail for everybody."""

    def __init__(self) -> None:
        self.received: list = []

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802 - aiosmtpd's name
        self.received.append(
            email.message_from_bytes(envelope.content, policy=email.policy.default)
        )
        return "250 accepted"


@pytest.fixture
def mail(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    box = Mailbox()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    url = f"mailto://127.0.0.1:{port}?from=govwatch@example.org&to=desk@example.org"
    monkeypatch.setenv("GOVWATCH_TEST_MAIL", f"{url}&mode=insecure")
    yield box
    server.stop()


class Receiver:
    """A webhook receiver that checks signatures and fails as often as it is told."""

    def __init__(self, answer, *, failures: int = 0) -> None:
        self._answer = answer
        self.failures = failures
        self.attempts: list[dict] = []
        self.beats = 0

    def hook(self, connection, request) -> bytes:
        body = self._body(connection, request)
        told = request.headers
        signed = told["govwatch-timestamp"].encode() + b"." + body
        right = hmac.new(KEY.encode(), signed, hashlib.sha256).hexdigest()
        assert told["govwatch-signature"] == f"sha256={right}"
        payload = json.loads(body)
        assert payload["id"] == told["govwatch-delivery"]
        self.attempts.append(payload)
        fails = len(self.attempts) <= self.failures
        return self._answer(status="503 Later" if fails else "204 No Content")

    def beat(self, _connection, _request) -> bytes:
        self.beats += 1
        return self._answer(b"OK")

    def _body(self, connection, request) -> bytes:
        length = int(request.headers["content-length"])
        body = request.rest
        while len(body) < length:
            body += connection.recv(65536)
        return body


@pytest.fixture
def newsroom(make_site, answer) -> Newsroom:
    return Newsroom(make_site("*.example.gov"), answer)


@pytest.fixture
def receiver(newsroom, answer) -> Receiver:
    made = Receiver(answer)
    newsroom.site.routes[HOOK, "/in/s3cret"] = made.hook
    newsroom.site.routes[HOOK, "/beat/s3cret"] = made.beat
    return made


@pytest.fixture
def desk(tmp_path: Path, newsroom: Newsroom):
    made = Desk(tmp_path, newsroom.site)
    settle(made)
    (tmp_path / "hook.url").write_text(f"https://{HOOK}/in/s3cret\n")
    (tmp_path / "heartbeat.url").write_text(f"https://{HOOK}/beat/s3cret\n")
    (tmp_path / "hook.key").write_text(KEY)
    (tmp_path / "clock").write_text("0")
    yield made
    for running in made.started:
        if running.process.poll() is None:
            running.kill()


def settle(desk: Desk, *, window: str = "2s", per_hour: int = 20) -> None:
    desk.config.write_text(SETTINGS.format(window=window, per_hour=per_hour))


def start(desk: Desk):
    clock = str(desk.folder / "clock")
    return desk.start("--clock", clock, hosts=(*HOSTS, HOOK))


def pass_time(desk: Desk, seconds: float) -> None:
    # In one step: the daemon may read at any moment.
    new = desk.folder / "clock.new"
    new.write_text(str(seconds))
    new.replace(desk.folder / "clock")


def govwatch(desk: Desk, *words: str, connect_to=()) -> Result:
    runner = CliRunner(env={"GOVWATCH_DB": None, "GOVWATCH_CONFIG": None})
    reach = ["--cacert", desk.site.ca_file]
    for target in (f"{HOOK}:443:127.0.0.1:{desk.site.port}", *connect_to):
        reach += ["--connect-to", target]
    return runner.invoke(
        main,
        [*reach, "--config", str(desk.config), "--db", str(desk.database), *words],
    )


def recorded(running, count: int) -> None:
    """Wait until so many changes are recorded."""
    wait_for(
        lambda: sum(bool(e["change"]) for e in running.events("page_checked")) >= count,
        what=f"{count} changes",
    )


def test_one_message_per_group_reaches_mail_and_a_webhook_that_fails_twice(
    desk, newsroom, receiver, mail
) -> None:
    receiver.failures = 4
    addresses = newsroom.publish(6, hosts=HOSTS[:2])
    desk.watch(addresses)
    running = start(desk)
    wait_for(lambda: len(running.events("page_checked")) >= 6)
    for url in addresses[:4]:  # two on each host
        newsroom.edit(url)
    recorded(running, 4)
    wait_for(lambda: len(mail.received) >= 2, what="two mails")
    # Time may pass once the failures are on record, not as soon as it refused.
    wait_for(lambda: len(running.events("delivery_failed")) >= 2, what="two failures")
    pass_time(desk, 61)
    wait_for(lambda: len(running.events("delivery_failed")) >= 4, what="two more")
    pass_time(desk, 61 + 301)
    wait_for(lambda: len(running.events("delivery_sent")) >= 4, what="four deliveries")
    assert running.stop() == 0

    subjects = sorted(message["Subject"] for message in mail.received)
    assert subjects == [f"[Govwatch] {host}: 2 pages edited" for host in HOSTS[:2]]
    texts = "".join(message.get_content() for message in mail.received)
    assert texts.count("$100 million became $107 million") == 4
    assert all(url in texts for url in addresses[:4])

    attempts = Counter(payload["id"] for payload in receiver.attempts)
    assert sorted(attempts.values()) == [3, 3]
    told = {p["id"]: p for p in receiver.attempts}.values()
    pages = sorted(notice["page_url"] for p in told for notice in p["notices"])
    assert pages == sorted(addresses[:4])
    assert receiver.beats >= 1
    for feed in ("all", "undisclosed"):
        assert (desk.folder / "feeds" / f"{feed}.xml").is_file()
    with desk.store() as store:
        assert store.status().deliveries == {}
    log = running.log.read_text()
    assert "s3cret" not in log
    assert b"s3cret" not in desk.database.read_bytes()
    assert KEY not in log


def test_what_was_recorded_before_a_kill_is_told_once_after_it(
    desk, newsroom, receiver, mail
) -> None:
    settle(desk, window="4s")
    addresses = newsroom.publish(2, hosts=HOSTS[:1])
    desk.watch(addresses)
    running = start(desk)
    wait_for(lambda: len(running.events("page_checked")) >= 2)
    newsroom.edit(addresses[0])
    recorded(running, 1)
    running.kill()
    assert mail.received == []
    assert receiver.attempts == []
    again = start(desk)
    wait_for(lambda: len(again.events("delivery_sent")) >= 2, what="both deliveries")
    threading.Event().wait(6)
    assert again.stop() == 0
    assert len(mail.received) == 1
    assert len(receiver.attempts) == 1


def test_a_kill_in_the_middle_of_sending_repeats_the_same_id(
    desk, newsroom, receiver, mail, answer
) -> None:
    sending = threading.Event()

    def hang(connection, request):
        receiver.hook(connection, request)
        sending.set()
        threading.Event().wait(20)
        return answer(status="204 No Content")

    newsroom.site.routes[HOOK, "/in/s3cret"] = hang
    addresses = newsroom.publish(1)
    desk.watch(addresses)
    running = start(desk)
    running.await_event("page_checked")
    newsroom.edit(addresses[0])
    assert sending.wait(30)
    running.kill()
    newsroom.site.routes[HOOK, "/in/s3cret"] = receiver.hook
    pass_time(desk, timedelta(minutes=3).total_seconds())
    again = start(desk)
    wait_for(lambda: len(receiver.attempts) >= 2, what="the second attempt")
    again.await_event("delivery_sent")
    assert again.stop() == 0
    first, second = receiver.attempts
    assert first == second


def test_blocked_pages_and_first_discoveries_tell_nobody(
    desk, newsroom, receiver, mail, answer
) -> None:
    addresses = newsroom.publish(40)
    desk.watch(addresses)
    running = start(desk)
    wait_for(lambda: len(running.events("page_checked")) >= 40, timeout_s=60)
    denied = answer(
        b"<html><head><title>Access Denied</title></head><body><h1>Access Denied</h1>"
        b"You don't have permission to access this server.</body></html>",
        status="403 Forbidden",
        headers=("Server: AkamaiGHost", "Content-Type: text/html"),
    )
    for n, _ in enumerate(addresses):
        newsroom.site.routes[HOSTS[n % len(HOSTS)], f"/releases/{n}"] = denied
    wait_for(
        lambda: any(e["outcome"] == "blocked" for e in running.events("page_checked"))
    )
    threading.Event().wait(9)
    assert running.stop() == 0
    assert mail.received == []
    assert receiver.attempts == []


def test_notify_test_says_for_each_sink_whether_it_accepts(
    desk, receiver, mail
) -> None:
    told = govwatch(desk, "notify", "test")
    assert (told.stdout, told.exit_code) == ("archive: accepted\ndesk: accepted\n", 0)
    assert [message["Subject"] for message in mail.received] == [
        "[Govwatch] test of desk"
    ]
    receiver.failures = 99
    told = govwatch(desk, "notify", "test", "archive")
    assert told.exit_code == 3
    assert "503" in told.stderr
    assert "s3cret" not in told.output


def test_a_missing_secret_is_named_and_not_shown(desk, mail) -> None:
    (desk.folder / "hook.url").unlink()
    told = govwatch(desk, "notify", "test")
    assert told.exit_code == 2
    assert "notify.sinks.archive.url" in told.stderr
    assert "hook.url" in told.stderr


def test_a_rule_for_a_site_that_no_file_describes_is_named(desk, mail) -> None:
    with (desk.folder / "govwatch.toml").open("a") as settings:
        settings.write('sites = ["epa", "whitehuose"]\n')
    told = govwatch(desk, "notify", "test")
    assert told.exit_code == 2
    assert "notify.rules.machines.sites: no site whitehuose;" in told.stderr


def test_without_a_daemon_what_is_due_is_sent_by_hand_and_failures_are_kept(
    desk, newsroom, receiver, mail
) -> None:
    settle(desk, window="0s")
    (url,) = newsroom.publish(1, hosts=HOSTS[:1])
    reach = [f"{HOSTS[0]}:443:127.0.0.1:{desk.site.port}"]
    assert govwatch(desk, "check", url, connect_to=reach).exit_code == 0
    newsroom.edit(url)
    assert govwatch(desk, "check", url, connect_to=reach).exit_code == 0
    receiver.failures = 1
    told = govwatch(desk, "notify", "send")
    assert told.exit_code == 3
    assert "1 not accepted" in told.stderr
    assert len(mail.received) == 1
    facts = json.loads(govwatch(desk, "status", "--json").stdout)
    assert facts["deliveries"] == {"waiting": 1}
    assert govwatch(desk, "notify", "send").exit_code == 0
    assert len(receiver.attempts) == 1


def test_the_sheet_is_printed_in_three_forms(desk, newsroom) -> None:
    (url,) = newsroom.publish(1, hosts=HOSTS[:1])
    reach = [f"{HOSTS[0]}:443:127.0.0.1:{desk.site.port}"]
    govwatch(desk, "check", url, connect_to=reach)
    newsroom.edit(url)
    govwatch(desk, "check", url, connect_to=reach)
    for form, mark in (
        ("--markdown", "| 1 |"),
        ("--html", "<td>1</td>"),
        ("--csv", "1,"),
    ):
        told = govwatch(desk, "report", "--since", "1d", form)
        assert told.exit_code == 0
        assert mark in told.stdout
        assert "107 million" in told.stdout
    assert "Nothing changed" in govwatch(desk, "report", "--since", "2099-01-01").stdout
