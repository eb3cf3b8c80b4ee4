"""Fetching: safe, polite, honest. The only package that speaks to the network."""

from scraper.fetch.addresses import resolve
from scraper.fetch.conditional import contradicts, http_date, wants_full_answer
from scraper.fetch.fetcher import Fetcher
from scraper.fetch.politeness import InMemoryLedger
from scraper.fetch.posting import Poster, receiver
from scraper.fetch.request import contact_problem, program

__all__ = [
    "Fetcher",
    "InMemoryLedger",
    "Poster",
    "contact_problem",
    "contradicts",
    "http_date",
    "program",
    "receiver",
    "resolve",
    "wants_full_answer",
]
