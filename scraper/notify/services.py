"""Mail and chat, through Apprise: a hundred services by URL."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from scraper.errors import ConfigError, DeliveryError

if TYPE_CHECKING:
    from collections.abc import Callable

    import apprise

    from scraper.model import Message

TIMEOUT_S: Final = 30

_UNGUARDED: Final = frozenset(
    {"json", "jsons", "xml", "xmls", "form", "forms", "apprise", "apprises"}
)
"""Apprise's own webhooks: they would go round our guarded connections."""


def service(name: str, url: str) -> Callable[[Message], None]:
    """Return what sends a message to the service that an Apprise URL names.

    Args:
        name: Of the sink, for errors: the URL holds passwords and tokens.
        url: One Apprise URL.

    Raises:
        ConfigError: Apprise knows no such service.
    """
    scheme = url.partition("://")[0].lower()
    if scheme in _UNGUARDED:
        raise ConfigError(
            "govwatch.toml",
            f"notify.sinks.{name}.url",
            f'{scheme}:// does not go through Apprise here; say kind = "webhook"',
        )
    services = _named_by(url)
    if services is None:
        raise ConfigError(
            "govwatch.toml",
            f"notify.sinks.{name}.url",
            "is not one Apprise URL; see the service's page in Apprise's manual",
        )

    def send(message: Message) -> None:
        accepted = services.notify(
            title=message.subject,
            body=message.text,
            # As text: Apprise escapes it for services that take HTML or Markdown.
            body_format="text",
            timeout=TIMEOUT_S,
        )
        if not accepted:
            raise DeliveryError(
                f"the {scheme} service of sink {name} did not accept it; check its"
                " address and password, and whether it can be reached"
            )

    return send


def _named_by(url: str) -> apprise.Apprise | None:
    """Return the service that `url` names, None where that is not exactly one."""
    # It takes a third of a second, and most commands tell nobody.
    import apprise  # noqa: PLC0415

    # What it logs may hold addresses and tokens; what matters, we say ourselves.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    asset = apprise.AppriseAsset(
        app_id="Govwatch",
        app_desc="Govwatch",
        async_mode=False,
        storage_mode=apprise.PersistentStoreMode.MEMORY,
    )
    services = apprise.Apprise(asset=asset)
    return services if services.add(url) and len(services) == 1 else None
