"""What is installed is whole: the wheel holds the configuration and finds it."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ASK = """
import pathlib, scraper
from scraper.config import load_profiles, packaged_folder
print(pathlib.Path(scraper.__file__).parent.parent)
print(packaged_folder())
print(*sorted(site.site for site in load_profiles().sites))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel and unpack it, as an installer does."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(  # noqa: S603 - our own interpreter and arguments
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    target = folder / "installed"
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(target)
    return target


def ask(folder: Path, program: str) -> list[str]:
    done = subprocess.run(  # noqa: S603 - our own interpreter and arguments
        [sys.executable, "-c", program],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.splitlines()


def test_a_wheel_brings_its_site_files(installed: Path) -> None:
    where, config, sites = ask(installed, ASK)
    assert Path(where) == installed
    assert Path(config) == installed / "scraper" / "packaged_config"
    names = sorted(path.stem for path in (ROOT / "config" / "sites").glob("*.toml"))
    assert sites.split() == names


def test_a_wheel_brings_the_demonstration_newsroom(installed: Path) -> None:
    program = (
        "from datetime import date; from scraper.demo.newsroom import stories;"
        " print(*stories(date(2026, 11, 13)))"
    )
    assert "bridge" in ask(installed, program)[0].split()


def test_a_checkout_reads_the_same_site_files() -> None:
    _, config, _ = ask(ROOT, ASK)
    assert Path(config) == ROOT / "config"


def test_importing_the_package_reads_nothing_heavy() -> None:
    loaded = ask(ROOT, "import sys, scraper; print(*sys.modules)")[0].split()
    heavy = {"bs4", "selectolax", "httpx", "sqlite_utils", "apscheduler", "pydantic"}
    assert heavy.isdisjoint(loaded)


LOAD_ALL = """
import sys, click
from scraper.cli import COMMANDS, main
for name in COMMANDS:
    assert main.get_command(click.Context(main), name), name
print(*sys.modules)
"""


def test_the_commands_need_no_extra(installed: Path) -> None:
    """`govwatch[demo]` and `govwatch[web]` bring what only those commands use."""
    loaded = ask(installed, LOAD_ALL)[0].split()
    assert "scraper.cli.demonstration" in loaded
    assert {"trustme", "cryptography", "datasette"}.isdisjoint(loaded)


def test_help_loads_no_command() -> None:
    program = "import sys; from scraper.cli import main;"
    program += "main(['--help'], standalone_mode=False); print(*sys.modules)"
    *told, loaded = ask(ROOT, program)
    assert any(line.startswith("  run ") for line in told)
    heavy = {"pydantic", "httpx", "sqlite_utils", "bs4", "rich", "structlog"}
    assert heavy.isdisjoint(loaded.split())


def test_the_daemon_loads_nothing_that_it_does_not_use() -> None:
    """It runs for months on small machines: what is loaded stays in memory."""
    program = "import sys, click; from scraper.cli import main\n"
    program += "try: main(['--config', 'no.toml', 'run'], standalone_mode=False)\n"
    program += "except click.ClickException as exc: print(exc)\n"
    program += "print(*(name for name, module in sys.modules.items() if module))"
    refused, loaded = ask(ROOT, program)
    assert refused.startswith("no.toml")
    used = set(loaded.split())
    assert {"scraper.daemon", "scraper.store", "structlog", "httpx"} <= used
    drawing = {"rich", "pygments", "scraper.cli.record", "scraper.cli.changes"}
    serving = {"scraper.web", "scraper.demo", "apprise", "sqlite_utils"}
    assert drawing.isdisjoint(used)
    assert serving.isdisjoint(used)
