"""The operator's settings and the site files: TOML, every error with file and key."""

from scraper.config.notifying import NotifySettings, Secret, Sink
from scraper.config.profiles import (
    Profiles,
    identity,
    load_profiles,
    packaged_folder,
    profile_for,
)
from scraper.config.settings import KeepSettings, Settings, load_settings, settings_file

__all__ = [
    "KeepSettings",
    "NotifySettings",
    "Profiles",
    "Secret",
    "Settings",
    "Sink",
    "identity",
    "load_profiles",
    "load_settings",
    "packaged_folder",
    "profile_for",
    "settings_file",
]
