"""What an operator writes under [notify]."""

import re
from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from scraper.config import Secret
from scraper.config.settings import load_settings
from scraper.errors import ConfigError
from scraper.model import TOLD_UNASKED

SINK = '[notify.sinks.desk]\nkind = "apprise"\nurl = { env = "DESK_URL" }\n'
RULE = '[notify.rules.one]\nsink = "desk"\nwhen = "at_once"\n'


def loaded(folder: Path, text: str):
    file = folder / "govwatch.toml"
    file.write_text(text, "utf-8")
    return load_settings(file, environ={}, folder=folder).notify


def test_a_rule_has_what_its_table_and_the_common_settings_say(tmp_path: Path) -> None:
    top = '[notify]\nzone = "America/New_York"\ndigest_at = "07:30"\nwindow = "90s"\n'
    told = 'terms = ["clean energy"]\nquiet = "22:00-07:00"\nsites = ["epa"]\n'
    (rule,) = loaded(tmp_path, top + SINK + RULE + told).rule_values()
    assert (rule.name, rule.sink, rule.when) == ("one", "desk", "at_once")
    assert (rule.zone, rule.at) == (ZoneInfo("America/New_York"), time(7, 30))
    assert rule.window == timedelta(seconds=90)
    assert rule.quiet == (time(22), time(7))
    assert (rule.terms, rule.sites) == (("clean energy",), {"epa"})
    assert rule.events == TOLD_UNASKED


def test_the_examples_of_the_packaged_file_can_be_used(tmp_path: Path) -> None:
    packaged = Path(__file__).parents[2] / "config" / "govwatch.toml"
    told = re.sub(
        r"^# (?=\[notify\.|\w+ = )", "", packaged.read_text(), flags=re.MULTILINE
    )
    notify = loaded(tmp_path, told)
    assert sorted(notify.sinks) == ["archive", "desk"]
    assert sorted(rule.name for rule in notify.rule_values()) == ["morning", "silent"]


@pytest.mark.parametrize(
    ("text", "key", "reason"),
    [
        ('[notify]\nzone = "Mars"', "notify.zone", "not a time zone"),
        ('[notify]\nzone = "../etc/passwd"', "notify.zone", "not a time zone"),
        ('[notify]\ndigest_at = "8"', "notify.digest_at", "08:00"),
        ('[notify]\nwindow = "2h"', "notify.window", "up to 15m"),
        ("[notify]\nper_hour = 0", "notify.per_hour", "greater"),
        ('[notify]\ncolour = "red"', "notify.colour", "unknown key"),
        (f'{SINK}token = "x"', "notify.sinks.desk.token", "unknown key"),
        (f'{SINK}{RULE}quiet = "9-5"', "notify.rules.one.quiet", "time of day"),
        (f'{SINK}{RULE}when = "x"', "", "cannot be read"),
        (f'{SINK}{RULE}events = ["blocked"]', "notify.rules.one.events", "blocked"),
        (f'{SINK}{RULE}events = ["exploded"]', "notify.rules.one.events", "exploded"),
        (f'{SINK}{RULE}kinds = ["relese"]', "notify.rules.one.kinds.0", "'release'"),
        (f"{SINK}{RULE}min_significance = 2", "notify.rules.one.min_significance", ""),
    ],
)
def test_a_mistake_is_named_with_its_key(tmp_path: Path, text, key, reason) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text)
    assert caught.value.key == key
    assert reason in str(caught.value)


def test_a_rule_of_no_sink_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there are: none") as caught:
        loaded(tmp_path, RULE).rule_values()
    assert caught.value.key == "notify.rules.one.sink"


def test_a_secret_comes_from_the_environment_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from the file\n")
    where = {"environ": {"KEY": "from the environment"}, "folder": tmp_path}
    assert Secret(env="KEY").read("x", **where) == "from the environment"
    assert Secret(file=Path("key")).read("x", **where) == "from the file"


@pytest.mark.parametrize(
    "secret",
    [
        Secret(),
        Secret(env="KEY", file=Path("key")),
        Secret(env="NONE"),
        Secret(file=Path("none")),
        Secret(file=Path("empty")),
    ],
)
def test_a_secret_that_is_not_there_is_named_by_its_key(tmp_path: Path, secret) -> None:
    (tmp_path / "empty").write_text(" \n")
    with pytest.raises(ConfigError) as caught:
        secret.read("notify.heartbeat", environ={"KEY": "hidden"}, folder=tmp_path)
    assert caught.value.key == "notify.heartbeat"
    assert "hidden" not in str(caught.value)
