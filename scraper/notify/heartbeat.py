"""A call that says "all is well": whoever waits for it notices when it stops."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from scraper.errors import DeliveryError, FetchError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from scraper.notify.webhook import Post

EVERY: Final = timedelta(minutes=5)


@dataclass(kw_only=True)
class Heartbeat:
    """Calls one address every five minutes, as long as somebody calls `beat`."""

    url: str
    post: Post
    clock: Callable[[], datetime]
    _called_at: datetime | None = field(default=None)

    def beat(self) -> None:
        """Call, unless that was done lately.

        Raises:
            DeliveryError: The call was not accepted; the next is made in its time.
        """
        now = self.clock()
        if self._called_at is not None and now - self._called_at < EVERY:
            return
        self._called_at = now
        try:
            self.post(self.url, content=b"", headers={})
        except FetchError as exc:
            raise DeliveryError(f"heartbeat: {exc}") from exc
