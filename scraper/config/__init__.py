"""Configuration read from TOML files, every error with its file and key."""

from scraper.config.profiles import Profiles, load_profiles, profile_for

__all__ = ["Profiles", "load_profiles", "profile_for"]
