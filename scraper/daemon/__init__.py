"""The daemon: every page checked when it is due, until it is told to stop."""

from scraper.daemon.daemon import HOLDER, LEASE, PATIENCE, Daemon, Work
from scraper.daemon.health import Health

__all__ = ["HOLDER", "LEASE", "PATIENCE", "Daemon", "Health", "Work"]
