from datetime import date
from pathlib import Path

import pytest

from scraper.config import load_profiles, profile_for
from scraper.config.profiles import packaged_folder
from scraper.errors import ConfigError

SITE = """
title = "Harbor Office"
[[host]]
name = "www.harbor.example.gov"
"""


def folder(tmp_path: Path, site: str, family: str | None = None) -> Path:
    (tmp_path / "sites").mkdir()
    (tmp_path / "families").mkdir()
    (tmp_path / "sites" / "harbor.toml").write_text(site, "utf-8")
    if family is not None:
        (tmp_path / "families" / "pier.toml").write_text(family, "utf-8")
    return tmp_path


def test_the_packaged_profiles_load() -> None:
    profiles = load_profiles()
    assert profile_for(profiles, "www.war.gov").site == "defense"
    assert profile_for(profiles, "media.defense.gov").site == "defense"
    assert profile_for(profiles, "www.army.mil").site == "generic"
    assert profile_for(profiles, "notwar.gov").site == "generic"
    assert all(layout.detect for layout in profiles.generic.layouts)


def test_a_host_is_a_sites_only_in_its_time() -> None:
    profiles = load_profiles()
    old = "www.defense.gov"
    assert profile_for(profiles, old, on=date(2024, 1, 1)).site == "defense"
    assert profile_for(profiles, old, on=date(2026, 1, 1)).site == "generic"
    assert profile_for(profiles, old).site == "defense"


def test_an_operators_file_overlays_the_packaged_one(tmp_path: Path) -> None:
    own = folder(tmp_path, SITE)
    (own / "sites" / "defense.toml").write_text(
        SITE.replace("www.harbor", "www.war"), "utf-8"
    )
    (own / "sites" / "harbor.toml").unlink()
    profiles = load_profiles([packaged_folder(), own])
    assert profile_for(profiles, "www.war.example.gov").site == "defense"
    assert profile_for(profiles, "www.war.gov").site == "generic"


def test_a_familys_layouts_come_after_the_sites_own(tmp_path: Path) -> None:
    family = 'title = "Pier"\n[[layout]]\nname = "pier-1"\ndetect = [".pier"]\n'
    site = SITE + '[[layout]]\nname = "own"\nsince = 2024-05-01\n'
    own = folder(tmp_path, 'family = "pier"\n' + site, family)
    (profile,) = load_profiles([own]).sites
    assert [layout.name for layout in profile.layouts] == ["own", "pier-1"]
    assert profile.layouts[0].since == date(2024, 5, 1)


@pytest.mark.parametrize(
    ("site", "key", "reason"),
    [
        ("title = ", "", "not TOML"),
        ("title = 'x'", "host", "Field required"),
        (SITE + "colour = 'red'", "host.0.colour", "no such key"),
        ("family = 'none'\n" + SITE, "family", "no family 'none'"),
        (SITE.replace("www.", "WWW."), "host.0.name", "lower-case host"),
        ("article_id = '('\n" + SITE, "article_id", "not a regular expression"),
        ("article_id = 'x'\n" + SITE, "article_id", "needs one group"),
        (
            SITE + "[[layout]]\nname = 'a'\nremove = ['div >']",
            "layout.0.remove.0",
            "not a CSS selector",
        ),
        (
            SITE + "[[layout]]\nname = 'a'\n[layout.fields]\ntitel = ['h1']",
            "layout.0.fields.titel",
            "Input should be 'title'",
        ),
        (
            SITE + "[[layout]]\nname = 'a'\n[[layout]]\nname = 'a'",
            "layout.1.name",
            "used twice",
        ),
        (
            SITE + "[[layout]]\nname = 'a'\n[[layout]]\nname = 'b'\nsince = 2024-01-01",
            "layout.0.since",
            "newest layout comes first",
        ),
        (
            SITE + "[[watch]]\nurl = 'http://x.gov/'\nkind = 'feed'",
            "watch.0.url",
            "not an https address",
        ),
        (
            SITE + "[[watch]]\nurl = 'https://x.gov/'\nkind = 'feed'\nevery = '5'",
            "watch.0.every",
            "not a duration",
        ),
    ],
)
def test_a_mistake_is_named_with_file_and_key(
    tmp_path: Path, site: str, key: str, reason: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        load_profiles([folder(tmp_path, site)])
    assert raised.value.file.endswith("sites/harbor.toml")
    assert raised.value.key.startswith(key)
    assert reason in raised.value.reason


def test_a_familys_layout_must_know_its_pages(tmp_path: Path) -> None:
    own = folder(tmp_path, SITE, 'title = "Pier"\n[[layout]]\nname = "pier-1"\n')
    with pytest.raises(ConfigError) as raised:
        load_profiles([own])
    assert raised.value.key == "layout.0.detect"


def test_two_sites_cannot_share_a_host(tmp_path: Path) -> None:
    own = folder(tmp_path, SITE)
    (own / "sites" / "other.toml").write_text(SITE, "utf-8")
    with pytest.raises(ConfigError, match="already a host of harbor"):
        load_profiles([own])
