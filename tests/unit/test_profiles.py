"""Site files and families: what may be said, and what is said of mistakes."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from scraper.config import Profiles, load_profiles, profile_for, profiles
from scraper.errors import ConfigError
from scraper.model import Layout, WatchKind

PACKAGED = load_profiles()

WHOLE = """\
title = "Office of Examples"
article_id = '/release/(\\d+)'

[[host]]
name = "www.example.gov"
since = 2024-05-01

[[host]]
name = "*.old-example.gov"
until = 2024-04-30

[[layout]]
name = "new"
since = 2025-01-01
kind = "release"
[layout.seen]
title = ["h1.headline"]
detect = ["main.new"]
[layout.unverified]
title = ["h1.title"]
remove = [".poll"]

[[layout]]
name = "old"
[layout.seen]
root = ["#story"]

[[watch]]
url = "https://www.example.gov/news"
kind = "listing"
every = "30m"
include = ['^https://www\\.example\\.gov/release/']

[[note]]
on = 2025-01-01
text = "Rebuilt over New Year."

[[note]]
on = 2025-06-01
text = "Dates lost their year."
"""


def written(folder: Path, text: str, name: str = "example") -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}.toml"
    file.write_text(text, "utf-8")
    return file


def loaded(folder: Path, text: str, name: str = "example") -> Profiles:
    written(folder, text, name)
    return load_profiles(own=folder)


def refused(folder: Path, text: str) -> ConfigError:
    file = written(folder, text)
    with pytest.raises(ConfigError) as caught:
        load_profiles(own=folder)
    assert caught.value.file == str(file)
    return caught.value


def test_a_site_file_becomes_a_profile(tmp_path: Path) -> None:
    profile = profile_for(loaded(tmp_path, WHOLE), "www.example.gov")
    assert (profile.site, profile.title) == ("example", "Office of Examples")
    new, old = profile.layouts[:2]
    assert (new.name, new.since, new.kind) == ("new", date(2025, 1, 1), "release")
    assert (new.detect, old.detect) == (("main.new",), ())
    (watch,) = profile.watches
    assert (watch.kind, watch.every) == (WatchKind.LISTING, timedelta(minutes=30))


def test_rules_that_were_seen_are_tried_before_rules_that_were_not(
    tmp_path: Path,
) -> None:
    layout = profile_for(loaded(tmp_path, WHOLE), "www.example.gov").layouts[0]
    assert layout.fields["title"] == ("h1.headline", "h1.title")
    assert layout.remove == (".poll",)
    assert layout.unverified == (".poll", "h1.title")


def test_marking_a_rule_as_seen_does_not_change_how_pages_are_read(
    tmp_path: Path,
) -> None:
    before = profile_for(loaded(tmp_path, WHOLE), "www.example.gov").layouts[1]
    seen = WHOLE.replace(
        '[layout.seen]\nroot = ["#st', '[layout.unverified]\nroot = ["#st'
    )
    assert seen != WHOLE
    after = profile_for(loaded(tmp_path, seen), "www.example.gov").layouts[1]
    assert before.unverified != after.unverified
    assert repr(before) == repr(after)


def test_notes_come_newest_first(tmp_path: Path) -> None:
    notes = profile_for(loaded(tmp_path, WHOLE), "www.example.gov").notes
    assert notes == (
        "2025-06-01: Dates lost their year.",
        "2025-01-01: Rebuilt over New Year.",
    )


def test_an_operators_file_replaces_its_packaged_namesake(tmp_path: Path) -> None:
    text = 'title = "Ours"\n[[host]]\nname = "www.war.gov"\n'
    profiles = loaded(tmp_path, text, name="defense")
    assert profile_for(profiles, "www.war.gov").title == "Ours"
    assert len(profiles.sites) == len(PACKAGED.sites)


def test_a_packaged_host_cannot_be_taken_by_a_file_of_another_name(
    tmp_path: Path,
) -> None:
    error = refused(tmp_path, 'title = "X"\n[[host]]\nname = "www.war.gov"\n')
    assert error.key == "host.0.name"
    assert "defense.toml" in error.reason


def test_two_files_cannot_name_one_host(tmp_path: Path) -> None:
    written(tmp_path, WHOLE, "first")
    written(tmp_path, WHOLE, "second")
    with pytest.raises(ConfigError, match="already a host of first") as caught:
        load_profiles(own=tmp_path)
    assert caught.value.file == str(tmp_path / "second.toml")


def test_an_operators_folder_need_not_exist(tmp_path: Path) -> None:
    assert load_profiles(own=tmp_path / "none") == PACKAGED


@pytest.mark.parametrize(
    ("old", "new", "key", "said"),
    [
        ('kind = "release"', 'kind = "press"', "layout.0.kind", "release"),
        ('kind = "release"', 'sort = "x"', "layout.0.sort", "unknown key"),
        ('"h1.headline"', '"h1..headline"', "layout.0.seen.title.0", "selector"),
        ('[".poll"]', '[".poll", "["]', "layout.0.unverified.remove.1", "selector"),
        ("title = [", "headline = [", "layout.0.seen.headline", "unknown key"),
        ('"h1.headline"', "7", "layout.0.seen.title.0", "text in quotes"),
        ('"new"', '"New Layout"', "layout.0.name", "pattern"),
        ('name = "old"', 'name = "new"', "layout.1.name", "twice"),
        ('"old"', '"old"\nsince = 2026-01-01', "layout.0.since", "newest"),
        ("since = 2025-01-01", "since = 'May'", "layout.0.since", "date"),
        ('"www.example.gov"', '"WWW.example.gov"', "host.0.name", "lower-case"),
        ('"www.example.gov"', '"*"', "host.0.name", "host name"),
        ('"30m"', '"30 minutes"', "watch.0.every", "duration"),
        ('"30m"', '"0m"', "watch.0.every", "duration"),
        ('"30m"', f'"{"9" * 30}d"', "watch.0.every", "duration"),
        ('"https://www', '"http://www', "watch.0.url", "https"),
        ('kind = "listing"', 'kind = "page"', "watch.0.kind", "listing"),
        ("release/']", "release/(']", "watch.0.include.0", "regular expression"),
        ("(\\d+)", "\\d+", "article_id", "group"),
        ("/release/(\\d+)", "", "article_id", "group"),
        ("(\\d+)", "(\\d+", "article_id", "regular expression"),
        ("on = 2025-01-01", "", "note.0.on", "required"),
        ('title = "Office of Examples"', "", "title", "required"),
        ("[[host]]", "[[hosts]]", "host", "required"),
        ('title = "Off', 'family = "drupel"\ntitle = "Off', "family", "drupal"),
    ],
)
def test_a_mistake_is_named_by_file_and_key(
    tmp_path: Path, old: str, new: str, key: str, said: str
) -> None:
    assert old in WHOLE
    error = refused(tmp_path, WHOLE.replace(old, new))
    assert error.key == key
    assert said in error.reason


def test_every_mistake_in_a_file_is_named_at_once(tmp_path: Path) -> None:
    text = WHOLE.replace('"30m"', '"soon"').replace('"h1.title"', '"h1["')
    error = str(refused(tmp_path, text))
    assert "watch.0.every" in error
    assert "layout.0.unverified.title.0" in error


@pytest.mark.parametrize("text", ["title = ", "[[[", 'title = "\\q"'])
def test_a_file_that_is_not_toml_is_one_clear_error(tmp_path: Path, text: str) -> None:
    assert "not TOML" in refused(tmp_path, text).reason


def test_a_site_file_in_another_encoding_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "example.toml").write_bytes(b'title = "Espa\xf1a"\n')
    with pytest.raises(ConfigError, match="not TOML"):
        load_profiles(own=tmp_path)


# ---- which profile a host has


def test_an_exact_host_wins_over_a_wildcard(tmp_path: Path) -> None:
    text = 'title = "Press"\n[[host]]\nname = "press.war.gov"\n'
    profiles = loaded(tmp_path, text)
    assert profile_for(profiles, "press.war.gov").title == "Press"
    assert profile_for(profiles, "other.war.gov").site == "defense"


def test_a_host_is_the_sites_only_on_its_days(tmp_path: Path) -> None:
    profiles = loaded(tmp_path, WHOLE)
    for host, day, site in (
        ("www.example.gov", date(2024, 5, 1), "example"),
        ("www.example.gov", date(2024, 4, 30), "generic"),
        ("news.old-example.gov", date(2024, 4, 30), "example"),
        ("news.old-example.gov", date(2024, 5, 1), "generic"),
    ):
        assert profile_for(profiles, host, on=day).site == site


def test_a_wildcard_covers_only_what_is_below_it(tmp_path: Path) -> None:
    profiles = loaded(tmp_path, WHOLE)
    assert profile_for(profiles, "a.b.old-example.gov").site == "example"
    assert profile_for(profiles, "old-example.gov").site == "generic"
    assert profile_for(profiles, "not-old-example.gov").site == "generic"


def test_a_site_without_a_family_is_known_by_any_familys_marks(tmp_path: Path) -> None:
    profile = profile_for(loaded(tmp_path, WHOLE), "www.example.gov")
    assert profile.layouts[2:] == PACKAGED.generic.layouts


# ---- families


def test_a_sites_layout_takes_off_what_its_familys_take_off(tmp_path: Path) -> None:
    text = WHOLE.replace("title = ", 'family = "plone"\ntitle = ', 1)
    new = profile_for(loaded(tmp_path, text), "www.example.gov").layouts[0]
    (plone,) = PACKAGED.families["plone"]
    assert new.remove == (".poll", *plone.remove)
    assert set(new.unverified) == {".poll", "h1.title", *plone.remove}


THEME = """\
title = "Pier"
platform = "dock"
[[layout]]
name = "pier"
[layout.unverified]
detect = [".pier"]
"""
PLATFORM = THEME.replace('platform = "dock"\n', "").replace("pier", "dock")


def families(folder: Path, **texts: str) -> dict[str, tuple[Layout, ...]]:
    for name, text in texts.items():
        written(folder, text, name)
    return profiles._families(folder)


def test_a_familys_layouts_come_before_its_platforms(tmp_path: Path) -> None:
    found = families(tmp_path, pier=THEME, dock=PLATFORM)
    names = {name: [one.name for one in own] for name, own in found.items()}
    assert names == {"pier": ["pier", "dock"], "dock": ["dock"]}
    assert [*names] == ["pier", "dock"]


@pytest.mark.parametrize(
    ("theme", "platform", "key", "said"),
    [
        (THEME.replace('[".pier"]', "[]"), PLATFORM, "layout.0.seen.detect", "known"),
        (THEME.replace('"dock"', '"quay"'), PLATFORM, "platform", "quay"),
        (THEME.replace('"dock"', '"pier"'), PLATFORM, "platform", "pier"),
        (THEME + "colour = 1", PLATFORM, "layout.0.unverified.colour", "unknown key"),
    ],
)
def test_a_mistake_in_a_family_is_named_by_file_and_key(
    tmp_path: Path, theme: str, platform: str, key: str, said: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        families(tmp_path, pier=theme, dock=platform)
    assert (caught.value.file, caught.value.key) == (str(tmp_path / "pier.toml"), key)
    assert said in caught.value.reason


# ---- the packaged pack


def test_the_packaged_sites_name_at_least_25_hosts() -> None:
    hosts = {host.name for site in PACKAGED.sites for host in site.hosts}
    assert len({name.removeprefix("*.").removeprefix("www.") for name in hosts}) >= 25


def test_a_theme_is_tried_before_the_platform_it_stands_on() -> None:
    house = next(site for site in PACKAGED.sites if site.site == "house")
    assert [layout.name for layout in house.layouts][-1] == "drupal"
    tried = [layout.name for layout in PACKAGED.generic.layouts]
    assert tried.index("house-evo") < tried.index("drupal")
    assert len(tried) == len(set(tried))


def test_every_family_layout_is_known_by_a_mark() -> None:
    assert all(layout.detect for layout in PACKAGED.generic.layouts)


def test_no_packaged_layout_keeps_a_page_from_its_family_for_nothing() -> None:
    idle = [
        (site.site, layout.name)
        for site in PACKAGED.sites
        for layout in site.layouts
        if layout not in PACKAGED.generic.layouts
        and not (layout.fields or layout.remove or layout.kind)
    ]
    assert idle == []


def test_war_gov_was_defense_gov_until_september_2025() -> None:
    for host, day, site in (
        ("www.war.gov", date(2025, 11, 28), "defense"),
        ("www.defense.gov", date(2024, 12, 2), "defense"),
        ("www.defense.gov", None, "defense"),
        ("www.defense.gov", date(2026, 1, 1), "generic"),
        ("media.defense.gov", None, "defense"),
        ("notwar.gov", None, "generic"),
    ):
        assert profile_for(PACKAGED, host, on=day).site == site
