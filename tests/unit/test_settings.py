"""The operator's settings file."""

from datetime import timedelta
from pathlib import Path

import pytest

from scraper.config.settings import load_settings, settings_file
from scraper.errors import ConfigError


def written(folder: Path, text: str) -> Path:
    file = folder / "govwatch.toml"
    file.write_text(text, "utf-8")
    return file


def test_the_packaged_file_states_the_defaults() -> None:
    packaged = Path(__file__).parents[2] / "config" / "govwatch.toml"
    folder = packaged.parent
    assert load_settings(packaged, environ={}, folder=folder) == load_settings(
        None, environ={}, folder=folder
    )


def test_an_unknown_key_is_an_error_naming_file_and_key(tmp_path: Path) -> None:
    file = written(tmp_path, 'contcat = "https://example.org"\n')
    with pytest.raises(ConfigError) as caught:
        load_settings(file, environ={}, folder=tmp_path)
    assert caught.value.key == "contcat"
    assert str(file) in str(caught.value)
    assert "unknown key" in str(caught.value)


def test_every_bad_key_is_named_at_once(tmp_path: Path) -> None:
    file = written(tmp_path, "workers = 0\nspeed = 11\n")
    with pytest.raises(ConfigError, match="workers") as caught:
        load_settings(file, environ={}, folder=tmp_path)
    assert "speed" in str(caught.value)


@pytest.mark.parametrize("key", ["allowed_hosts", "ignore_robots"])
@pytest.mark.parametrize("told", ["https://example.org/", "*.com", "*", "org"])
def test_a_host_that_would_match_nothing_or_a_whole_domain_is_refused(
    tmp_path: Path, key: str, told: str
) -> None:
    file = written(tmp_path, f'{key} = ["news.example.org", "{told}"]\n')
    with pytest.raises(ConfigError, match=r"a host pattern is example\.org") as caught:
        load_settings(file, environ={}, folder=tmp_path)
    assert caught.value.key == f"{key}.1"


def test_a_host_may_be_spelled_in_capitals(tmp_path: Path) -> None:
    file = written(tmp_path, 'allowed_hosts = ["*.Example.ORG"]\n')
    settings = load_settings(file, environ={}, folder=tmp_path)
    assert settings.allowed_hosts == ("*.example.org",)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("contact = 5", "contact: is not text in quotes"),
        ("database = []", "database: is not text in quotes"),
        ('allowed_hosts = "x.org"', "allowed_hosts: is not a list in [ ]"),
        ('workers = "many"', "workers: is not a whole number"),
        ("notify = 1", "notify: is not a table of keys"),
        ("notify.sinks = 1", "notify.sinks: is not a table of keys"),
        ("notify.rules.a = 1", "notify.rules.a: is not a table of keys"),
    ],
)
def test_a_value_of_another_type_is_named_in_tomls_words(
    tmp_path: Path, told: str, reason: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(written(tmp_path, told), environ={}, folder=tmp_path)
    assert str(caught.value).endswith(reason)


@pytest.mark.parametrize("text", ["workers = ", "\xff\xfe", "[[[["])
def test_a_file_that_is_not_toml_is_one_clear_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(written(tmp_path, text), environ={}, folder=tmp_path)


def test_a_missing_file_that_was_named_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(tmp_path / "nowhere.toml", environ={}, folder=tmp_path)


def test_the_database_is_beside_the_file_that_names_it(tmp_path: Path) -> None:
    file = written(tmp_path, 'database = "record.db"\n')
    settings = load_settings(file, environ={}, folder=Path("/elsewhere"))
    assert settings.database == tmp_path / "record.db"


def test_the_environment_names_the_database_before_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, 'database = "record.db"\n')
    environ = {"GOVWATCH_DB": "other.db"}
    settings = load_settings(file, environ=environ, folder=Path("/here"))
    assert settings.database == Path("/here/other.db")


def test_settings_are_found_by_option_then_variable_then_folder(
    tmp_path: Path,
) -> None:
    beside = written(tmp_path, "")
    named, variable = Path("named.toml"), {"GOVWATCH_CONFIG": "variable.toml"}
    assert settings_file(named, environ=variable, folder=tmp_path) == named
    assert settings_file(None, environ=variable, folder=tmp_path) == Path(
        "variable.toml"
    )
    assert settings_file(None, environ={}, folder=tmp_path) == beside
    assert settings_file(None, environ={}, folder=tmp_path / "empty") is None


def test_bodies_are_kept_for_ever_unless_a_number_of_days_is_set(
    tmp_path: Path,
) -> None:
    assert load_settings(None, environ={}, folder=tmp_path).keep.raw_bodies is None
    file = written(tmp_path, '[keep]\nraw_bodies = "365d"\n')
    kept = load_settings(file, environ={}, folder=tmp_path).keep.raw_bodies
    assert kept == timedelta(days=365)


@pytest.mark.parametrize("told", ['"0d"', '"-1d"', '"a year"', '"12h"', "365"])
def test_another_length_is_refused_so_that_nothing_is_dropped_by_mistake(
    tmp_path: Path, told: str
) -> None:
    file = written(tmp_path, f"[keep]\nraw_bodies = {told}\n")
    with pytest.raises(ConfigError, match="such as 365d") as caught:
        load_settings(file, environ={}, folder=tmp_path)
    assert caught.value.key == "keep.raw_bodies"
