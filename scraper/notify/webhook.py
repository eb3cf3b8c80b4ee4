"""Webhooks: signed JSON to the operator's own programs."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Protocol

from scraper.errors import DeliveryError, FetchError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from scraper.model import Message


class Post(Protocol):
    """Posts over a guarded connection: `fetch.Poster.post`."""

    def __call__(self, url: str, *, content: bytes, headers: Mapping[str, str]) -> None:
        """Raise `FetchError` unless the receiver accepted it."""


def webhook(
    name: str,
    url: str,
    *,
    key: str,
    post: Post,
    clock: Callable[[], datetime],
) -> Callable[[Message], None]:
    """Return what posts a message's payload to a receiver.

    The receiver drops a delivery whose id it has seen, a signature that is wrong and a
    timestamp that is old (docs/notify.md).

    Args:
        name: Of the sink, for errors: a webhook's URL is often its password.
        url: Of the receiver.
        key: Shared with the receiver.
        post: How to reach it.
        clock: The time, aware.
    """

    def send(message: Message) -> None:
        content = json.dumps(
            dict(message.payload), ensure_ascii=False, sort_keys=True
        ).encode()
        timestamp = str(int(clock().timestamp()))
        headers = {
            "content-type": "application/json",
            "govwatch-delivery": str(message.payload["id"]),
            "govwatch-timestamp": timestamp,
            "govwatch-signature": signature(content, timestamp, key=key),
        }
        try:
            post(url, content=content, headers=headers)
        except FetchError as exc:
            raise DeliveryError(f"sink {name}: {exc}") from exc

    return send


def signature(content: bytes, timestamp: str, *, key: str) -> str:
    """Return `sha256=` and the HMAC (RFC 2104) of timestamp, full stop and content.

    The timestamp is signed too, or an old message could be sent again as a new one.
    """
    signed = timestamp.encode() + b"." + content
    return f"sha256={hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()}"
