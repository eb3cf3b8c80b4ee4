"""Every exception Govwatch raises on purpose.

* GovwatchError
  x ConfigError        a configuration or site file says something we cannot use
  x UrlError           an address outside the URL grammar or the allowed hosts
  x ExtractError       bytes in which no article can be read
  x DiscoveryError     a listing, feed or sitemap that cannot be read
  x FetchError         no usable answer: network, TLS, a bound exceeded
    - RefusedError     we declined to ask: a forbidden address
      - DisallowedError  robots.txt asks us not to
    - UnreachableError no connection: the host's name, network or TLS
      - CertificateError a certificate that does not prove the host's name
    - HostBusyError    the host must rest first; nothing was sent
  x ArchiveError       a web archive that cannot be read on
  x DeliveryError      a sink did not accept a message
  x StoreError         the database cannot be used as asked
    - DaemonRunningError  a daemon holds the database
    - SupersededError  another check recorded a version first; compare again
    - DamagedError     what is stored is not what was recorded
    - UnrecordableError   a check that the record cannot take: a fault of ours

A page's fate (gone, blocked, moved) is a value, `model.Outcome`, never an exception.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class GovwatchError(Exception):
    """Root of the tree. `str()` of each tells the operator what to change."""


class ConfigError(GovwatchError):
    """A configuration or site file cannot be used.

    Attributes:
        file: The file as the operator named it.
        key: Dotted path of the offending key, empty for the file as a whole.
        reason: What is wrong with it.
    """

    def __init__(self, file: str, key: str, reason: str) -> None:
        super().__init__(f"{file}: {key}: {reason}" if key else f"{file}: {reason}")
        self.file = file
        self.key = key
        self.reason = reason


class UrlError(GovwatchError):
    """An address that Govwatch will not fetch.

    Attributes:
        url: The address as given.
        reason: The rule it breaks and, where there is one, the way to allow it.
    """

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url!r}: {reason}")
        self.url = url
        self.reason = reason


class ExtractError(GovwatchError):
    """No article can be read from these bytes."""


class DiscoveryError(GovwatchError):
    """No links can be read from these bytes: not the kind expected, or unsafe."""


class FetchError(GovwatchError):
    """A request that ended without a usable answer.

    Attributes:
        url: The address asked for.
        reason: What happened, for the operator.
        retry_after_s: Seconds the server asked us to wait, if it did.
    """

    def __init__(
        self, url: str, reason: str, *, retry_after_s: float | None = None
    ) -> None:
        super().__init__(f"{url}: {reason}")
        self.url = url
        self.reason = reason
        self.retry_after_s = retry_after_s


class RefusedError(FetchError):
    """We declined to make the request: nothing was sent to that address."""


class DisallowedError(RefusedError):
    """The host's robots.txt asks us not to fetch that address."""


class UnreachableError(FetchError):
    """No connection to the host: nothing was asked, and no other page would answer."""


class CertificateError(UnreachableError):
    """The server could not prove that it is the host we meant."""


class HostBusyError(FetchError):
    """The host is in use, resting between requests or paused.

    Attributes:
        retry_at: When it may be asked again.
    """

    def __init__(self, url: str, reason: str, *, retry_at: datetime) -> None:
        super().__init__(url, reason)
        self.retry_at = retry_at


class ArchiveError(GovwatchError):
    """A web archive cannot be read on: cut short, damaged, hostile, or none at all."""


class DeliveryError(GovwatchError):
    """A sink did not accept a message. Never holds an address or another secret."""


class StoreError(GovwatchError):
    """The database cannot be used as asked; the message says what to do."""


class DaemonRunningError(StoreError):
    """A daemon holds the database; the message names it."""


class DamagedError(StoreError):
    """What is stored is not what was recorded; the message names it."""


class UnrecordableError(StoreError):
    """The record cannot take a check as it is, today or tomorrow: a fault of ours."""


class SupersededError(StoreError):
    """The version a check was compared against is no longer the page's latest."""
