"""The unit, the compose file and the Dockerfile say what the program does."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click import Context

from scraper.cli import main
from scraper.daemon.daemon import FINISH_WITHIN

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "docs" / "deploy" / "govwatch.service"
COMPOSE = ROOT / "docs" / "deploy" / "compose.yaml"
DOCKERFILE = ROOT / "Dockerfile"


def test_everything_the_image_is_built_from_is_there() -> None:
    copied = re.findall(
        r"^COPY (?!--from)(.+) \S+$", DOCKERFILE.read_text(), re.MULTILINE
    )
    names = [name for line in copied for name in line.split()]
    assert "requirements.txt" in names
    assert [name for name in names if not (ROOT / name).exists()] == []


def test_the_pins_begin_as_make_lock_writes_them() -> None:
    first = (ROOT / "requirements.txt").read_text().partition("\n")[0]
    assert first.startswith("# Made by `make lock`")
    assert f"'1i {first}'" in (ROOT / "Makefile").read_text()


def test_the_images_health_check_is_a_command_with_that_option() -> None:
    found = re.search(
        r'^HEALTHCHECK .*CMD \["govwatch", "(\w+)", "(--\w+)"\]',
        DOCKERFILE.read_text(),
        re.MULTILINE,
    )
    assert found is not None
    command = main.get_command(Context(main), found[1])
    assert command is not None
    assert found[2] in [name for option in command.params for name in option.opts]


@pytest.mark.parametrize(
    ("file", "pattern"),
    [(UNIT, r"TimeoutStopSec=(\d+)"), (COMPOSE, r"stop_grace_period: (\d+)s")],
)
def test_nobody_kills_the_daemon_while_it_finishes(file: Path, pattern: str) -> None:
    found = re.search(pattern, file.read_text())
    assert found is not None
    assert int(found[1]) > FINISH_WITHIN.total_seconds()


def test_the_unit_runs_the_daemon_and_reloads_it() -> None:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign] # keys keep case
    parser.read_string(UNIT.read_text())
    service = parser["Service"]
    assert service["ExecStart"].endswith(" run")
    assert service["Type"] == "notify"
    assert "-HUP" in service["ExecReload"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
def test_systemd_calls_the_unit_hardly_exposed() -> None:
    told = subprocess.run(  # noqa: S603 - a fixed command
        ["systemd-analyze", "security", "--offline=true", str(UNIT)],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", told)
    if found is None:
        pytest.skip("this systemd-analyze cannot judge a unit that is not installed")
    assert float(found[1]) <= 2.0
