"""Couriers, webhooks, services and feed folders, with values for sinks."""

import hashlib
import hmac
import json
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from scraper.cli import desk as telling_desk
from scraper.errors import ConfigError, DeliveryError, FetchError
from scraper.model import Coverage, Delivery, Message
from scraper.notify import (
    Courier,
    FeedFolder,
    Heartbeat,
    service,
    signature,
    webhook,
)
from tests.recorded import NOON, Clock, desk, story
from tests.unit.test_telling import edited

MESSAGE = Message(
    subject="Edited", text="words", payload={"id": "abc", "notices": [], "é": "ü"}
)
DELIVERY = Delivery(
    id="abcdefgh2345",
    rule="alerts",
    sink="desk",
    kind="alert",
    group="example",
    made_at=NOON,
    since=NOON,
    due_at=NOON,
    attempts=0,
    notices=(edited(),),
)


@dataclass
class Outbox:
    """An outbox that remembers what was done to it."""

    due: list[Delivery] = field(default_factory=list)
    done: list[tuple] = field(default_factory=list)

    def plan(self) -> None:
        self.done.append(("plan",))

    def claim_due(self, *, limit, but_for, **_terms):
        taken = [one for one in self.due if one.sink not in but_for][:limit]
        self.due = [one for one in self.due if one not in taken]
        return taken

    def coverage(self, **_span) -> Coverage:
        return Coverage(followed=3, checked=2, seen=1, trouble=("a.gov: 1 blocked",))

    def seal(self, delivery_id, message) -> None:
        self.done.append(("seal", delivery_id, message))

    def sent(self, delivery_id) -> None:
        self.done.append(("sent", delivery_id))

    def failed(self, delivery, error):
        self.done.append(("failed", delivery.id, error))


def test_a_message_is_kept_before_it_is_sent() -> None:
    outbox = Outbox([DELIVERY])
    steps = outbox.done

    def send(message: Message) -> None:
        steps.append(("send", message))

    courier = Courier(outbox=outbox, sinks={"desk": send}, per_hour=20)
    attempt = courier.deliver_next()
    assert attempt is not None
    assert attempt.error is None
    assert [step[0] for step in steps] == ["plan", "seal", "send", "sent"]
    assert steps[1][2] == steps[2][1]
    assert courier.deliver_next() is None


def test_what_was_kept_is_sent_again_as_it_was() -> None:
    outbox, got = Outbox([replace(DELIVERY, message=MESSAGE)]), []
    Courier(outbox=outbox, sinks={"desk": got.append}, per_hour=20).deliver_next()
    assert got == [MESSAGE]


def test_a_digest_says_what_was_not_looked_at() -> None:
    got = []
    outbox = Outbox([replace(DELIVERY, kind="digest", notices=())])
    Courier(outbox=outbox, sinks={"desk": got.append}, per_hour=20).deliver_next()
    assert "nothing to tell" in got[0].subject
    assert "Not seen in this time: 2" in got[0].text
    assert "a.gov: 1 blocked" in got[0].text
    assert got[0].payload["coverage"]["seen"] == 1


def test_a_sink_that_is_down_does_not_keep_the_others_waiting() -> None:
    asked = []

    def down(message: Message) -> None:
        asked.append("down")
        raise DeliveryError("no answer within 30 s")

    due = [replace(DELIVERY, id=f"m{n}", sink="mail") for n in range(20)]
    due += [replace(DELIVERY, id=f"h{n}", sink="hook") for n in range(3)]
    outbox = Outbox(due)
    courier = Courier(
        outbox=outbox,
        sinks={"mail": down, "hook": lambda _: asked.append("hook")},
        per_hour=20,
    )
    desk = telling_desk.Desk(
        sinks=courier.sinks,
        deliver_next=lambda silent: courier.deliver_next(but_for=silent),
        refresh=lambda: None,
        close=lambda: None,
    )
    assert desk.tell() == 2
    assert asked == ["down", "down", "hook", "hook", "hook"]
    assert len(outbox.due) == 18
    # They are not forgotten.
    assert desk.tell() == 2
    assert len(outbox.due) == 16


def test_a_sink_that_is_gone_or_refuses_is_a_failed_attempt() -> None:
    outbox = Outbox([DELIVERY])
    attempt = Courier(outbox=outbox, sinks={}, per_hour=20).deliver_next()
    assert attempt is not None
    assert "no sink 'desk'" in (attempt.error or "")
    assert outbox.done[-1][0] == "failed"


def test_a_webhook_signs_its_time_and_body() -> None:
    posted = []
    send = webhook(
        "archive",
        "https://hooks.example.org/in",
        key="key",
        post=lambda url, *, content, headers: posted.append((url, content, headers)),
        clock=Clock(),
    )
    send(MESSAGE)
    ((url, content, headers),) = posted
    assert url == "https://hooks.example.org/in"
    assert json.loads(content) == MESSAGE.payload
    signed = f"{int(NOON.timestamp())}.".encode() + content
    right = hmac.new(b"key", signed, hashlib.sha256).hexdigest()
    assert headers["govwatch-signature"] == f"sha256={right}"
    assert headers["govwatch-delivery"] == "abc"
    assert signature(content, "0", key="key") != headers["govwatch-signature"]


def test_a_webhook_that_is_not_accepted_says_so_without_its_address() -> None:
    def post(url, *, content, headers):
        raise FetchError("https://hooks.example.org/", "status 503")

    send = webhook(
        "archive",
        "https://hooks.example.org/s3cret",
        key="key",
        post=post,
        clock=Clock(),
    )
    with pytest.raises(DeliveryError, match="503") as caught:
        send(MESSAGE)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "json://127.0.0.1/s3cret",
        "xmls://h/s3cret",
        "mailto://u:s3cret@example.org, json://127.0.0.1/",
        "mailto://u:s3cret@example.org, nonsense://h",
        "nonsense://s3cret",
        "s3cret",
        "",
    ],
)
def test_a_service_that_goes_round_the_guard_or_is_none_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match=r"notify\.sinks\.desk\.url") as caught:
        service("desk", url)
    assert "s3cret" not in str(caught.value)


def test_a_heartbeat_is_sent_every_five_minutes() -> None:
    clock, called = Clock(), []
    heartbeat = Heartbeat(
        url="https://beat.example.org/x",
        post=lambda url, *, content, headers: called.append(clock.now - NOON),
        clock=clock,
    )
    for _ in range(12):
        heartbeat.beat()
        clock.now += timedelta(minutes=1)
    assert [passed.total_seconds() / 60 for passed in called] == [0, 5, 10]


def test_feeds_are_written_for_what_is_new_and_only_then(tmp_path) -> None:
    made = desk(tmp_path)
    folder = tmp_path / "feeds"
    with made.store as store:
        feeds = FeedFolder(
            folder=folder,
            base_url="https://desk.example.org/feeds/",
            changes=store.changes,
            clock=made.clock,
        )
        feeds.refresh()
        names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.xml"))
        assert names == ["all.xml", "undisclosed.xml"]
        made.look(story("It cost $175 million."))
        made.look(story("It cost $157 million."))
        feeds.refresh()
        names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.xml"))
        assert names == ["all.xml", "page/1.xml", "site/example.xml", "undisclosed.xml"]
        for name in names:
            text = (folder / name).read_text()
            assert text.count("<entry ") == 1
            assert f'href="https://desk.example.org/feeds/{name}"' in text
            (folder / name).unlink()
        feeds.refresh()
        assert list(folder.rglob("*.xml")) == []


def test_a_feed_folder_that_cannot_be_written_is_said(tmp_path) -> None:
    made = desk(tmp_path)
    (tmp_path / "feeds").write_text("in the way")
    with made.store as store:
        feeds = FeedFolder(
            folder=tmp_path / "feeds",
            base_url=None,
            changes=store.changes,
            clock=made.clock,
        )
        with pytest.raises(DeliveryError, match="cannot be written"):
            feeds.refresh()
