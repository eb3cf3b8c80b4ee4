"""Posting to the operator's own receivers, over the same guarded connections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from scraper import urls
from scraper.errors import FetchError, RefusedError, UrlError
from scraper.fetch.addresses import resolve
from scraper.fetch.request import Requests

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

    from scraper.fetch.addresses import Resolve
    from scraper.model import FetchPolicy


class Poster:
    """Posts to webhooks for as long as it is open.

    The address is pinned as a page's is: https only, on port 443, at a public address
    unless the host is the operator's own, and no redirect is followed. Errors name the
    host alone, since a webhook's path is often its password.
    """

    def __init__(
        self,
        policy: FetchPolicy,
        *,
        internal: Iterable[str] = (),
        resolve: Resolve = resolve,
    ) -> None:
        """Prepare; nothing is sent.

        Args:
            policy: Whose contact, certificates, deadline and `connect_to` apply.
            internal: URLs of receivers on a network of the operator's.
            resolve: Addresses of a host name.

        Raises:
            ConfigError: The contact, the certificates or `connect_to` cannot be used.
            RefusedError: One of `internal` is not an address that can be posted to.
        """
        hosts = frozenset(urls.host(receiver(url)) for url in internal)
        self._requests = Requests(policy, resolve=resolve, internal=hosts)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._requests.close()

    def post(self, url: str, *, content: bytes, headers: Mapping[str, str]) -> None:
        """Post `content`, and see it accepted.

        Raises:
            FetchError: It was not: no answer, or a status other than 2xx;
                `RefusedError` when nothing was sent.
        """
        address = receiver(url)
        host = f"https://{urls.host(address)}/"
        try:
            answer = self._requests.post(address, content=content, headers=headers)
        except FetchError as exc:
            reason = exc.reason.replace(address, host)
            # The cause has the whole address, and a traceback would show it.
            raise type(exc)(host, reason) from None
        if not 200 <= answer.status <= 299:
            raise FetchError(host, f"the receiver answered with status {answer.status}")


def receiver(url: str) -> str:
    """Return a receiver's address as it will be posted to.

    Raises:
        RefusedError: It is not a plain https address of a named host.
    """
    try:
        host = urlsplit(url).hostname or ""
        if not url.startswith("https://"):
            raise RefusedError("webhook", "its address must begin with https://")
        return urls.parse(url, allowed=(host,))
    except UrlError as exc:
        raise RefusedError(
            "webhook", f"its address cannot be used: {exc.reason}"
        ) from None
    except ValueError:
        raise RefusedError("webhook", "its address cannot be used") from None
