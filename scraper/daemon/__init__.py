"""The daemon: every page checked when it is due, until it is told to stop."""

from scraper.daemon.daemon import Daemon
from scraper.daemon.hands import HOLDER, LEASE, PATIENCE, Work
from scraper.daemon.health import Health
from scraper.daemon.housekeeping import BACKUP
from scraper.daemon.metrics import Figure, MetricsServer, exposition

__all__ = [
    "BACKUP",
    "HOLDER",
    "LEASE",
    "PATIENCE",
    "Daemon",
    "Figure",
    "Health",
    "MetricsServer",
    "Work",
    "exposition",
]
