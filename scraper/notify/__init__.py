"""Telling people: deliveries to their sinks, feeds into a folder, a heartbeat."""

from scraper.notify.courier import Attempt, Courier, Deliveries, Send
from scraper.notify.feeds import FeedFolder
from scraper.notify.heartbeat import Heartbeat
from scraper.notify.services import service
from scraper.notify.webhook import signature, webhook

__all__ = [
    "Attempt",
    "Courier",
    "Deliveries",
    "FeedFolder",
    "Heartbeat",
    "Send",
    "service",
    "signature",
    "webhook",
]
