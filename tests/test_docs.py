"""What the documents say is so."""

import re
import sqlite3
from pathlib import Path

import pytest
from click import Context, Group
from click.testing import CliRunner

from scraper.cli import COMMANDS, main
from scraper.cli.manual import manual
from scraper.config import load_profiles, load_settings
from scraper.store import Store

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]


def commands(group: Group, path: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    found = set()
    context = Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        found.add((*path, name))
        if isinstance(command, Group):
            found |= commands(command, (*path, name))
    return found


def test_the_manual_is_the_one_that_the_commands_make() -> None:
    written = (ROOT / "docs" / "commands.md").read_text("utf-8")
    assert written == manual(), "run: python -m scraper.cli.manual > docs/commands.md"


def test_every_command_says_what_it_does() -> None:
    silent = [
        " ".join(path)
        for path in commands(main)
        if not _find(path).get_short_help_str()
    ]
    assert silent == []


def test_the_overview_says_of_each_command_what_it_says_itself() -> None:
    for name, (_, sentence) in COMMANDS.items():
        assert _find((name,)).get_short_help_str(limit=1000) == sentence


def test_no_overview_cuts_a_sentence_short_in_80_columns() -> None:
    groups = [path for path in commands(main) if isinstance(_find(path), Group)]
    for path in [(), *groups]:
        # Click leaves two of a terminal's columns empty.
        told = CliRunner().invoke(main, [*path, "--help"], terminal_width=78).output
        _, _, overview = told.partition("Commands:")
        assert overview
        assert "..." not in overview, path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_that_documents_name_exist_with_their_options(page: Path) -> None:
    named = re.compile(r"(?:^|`|\$ )govwatch ([a-z-][^`\n#]*)", re.MULTILINE)
    for line in named.findall(page.read_text("utf-8")):
        command = main
        for word in line.split():
            if isinstance(command, Group) and not word.startswith("-"):
                command = command.get_command(Context(command), word) or command
        options = {
            name for param in (*main.params, *command.params) for name in param.opts
        }
        assert command is not main, f"govwatch {line}"
        is_whole = not isinstance(command, Group) or line.split()[-1] in COMMANDS
        assert is_whole, f"govwatch {line}"
        unknown = {*re.findall(r"(?<!\S)--[a-z-]+", line)} - options - {"--help"}
        assert not unknown, f"govwatch {line}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


def test_the_sql_in_the_readme_runs(tmp_path: Path) -> None:
    database = tmp_path / "govwatch.db"
    Store.open(database, mode="create", clock=lambda: None).close()
    queries = re.findall(r'"(select [^"]+)"', (ROOT / "README.md").read_text("utf-8"))
    assert queries
    with sqlite3.connect(database) as plain:
        for query in queries:
            plain.execute(query)
    plain.close()


def test_the_settings_in_the_documents_can_be_used(tmp_path: Path) -> None:
    blocks = re.findall(
        r"^```toml\n(.*?)^```",
        (ROOT / "docs" / "notify.md").read_text("utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    assert blocks
    known = {site.site for site in load_profiles().sites}
    for block in blocks:
        file = tmp_path / "govwatch.toml"
        file.write_text(block, "utf-8")
        settings = load_settings(file, environ={}, folder=tmp_path)
        rules = settings.notify.rule_values()
        assert rules
        assert all(rule.sites <= known for rule in rules if rule.sites)


def _find(path: tuple[str, ...]):
    command = main
    for name in path:
        command = command.get_command(Context(command), name)
    return command
