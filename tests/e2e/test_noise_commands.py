"""`govwatch site noise`, and the groups of `govwatch changes`, as users see them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from scraper.cli import main
from scraper.store import Store
from tests.newsroom import HOST, Clock, look, newsroom, watch

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Four pages: a line ticked, then a phrase was swapped, then a footer, on all."""
    clock = Clock()
    room = newsroom(clock, 4)
    room.line = lambda requests: f"Currently {requests} people follow this topic."
    made = tmp_path / "govwatch.db"
    with Store.open(made, mode="create", clock=clock) as store:
        watch(store, room)
        look(store, room)
        look(store, room)
        for page, texts in room.paragraphs.items():
            room.paragraphs[page] = [
                text.replace("clean energy", "energy") for text in texts
            ]
        look(store, room)
        room.footer = "<p>Another footer</p>"
        look(store, room)
    return made


def govwatch(database: Path, *arguments: str) -> Result:
    runner = CliRunner(env={"GOVWATCH_DB": None, "GOVWATCH_CONFIG": None})
    return runner.invoke(main, ["--db", str(database), *arguments])


def test_learned_noise_is_shown_with_what_was_seen(database: Path) -> None:
    shown = govwatch(database, "site", "noise", HOST)
    assert shown.exit_code == 0
    assert "1  Currently # people follow this topic." in shown.stdout
    assert "moved again when looked at again at once" in shown.stdout
    assert "Currently 5 people follow this topic." in shown.stdout


def test_noise_of_another_site_is_not_shown(database: Path) -> None:
    shown = govwatch(database, "site", "noise", "defense")
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert "no noise learned" in shown.stderr


def test_a_misspelt_site_is_not_said_to_have_no_noise(database: Path) -> None:
    refused = govwatch(database, "site", "noise", "defence")
    assert refused.exit_code == 2
    assert "govwatch site list" in refused.stderr


def test_noise_is_listed_as_json(database: Path) -> None:
    (one,) = json.loads(govwatch(database, "site", "noise", "--json").stdout)
    assert (one["number"], one["host"]) == (1, HOST)
    assert len(one["evidence"]) == 2


def test_noise_is_removed_by_its_number(database: Path) -> None:
    gone = govwatch(database, "site", "noise", "--remove", "1")
    assert gone.stdout.startswith("compared from now on: Currently #")
    again = govwatch(database, "site", "noise", "--remove", "1")
    assert again.exit_code == 2
    assert "no learned noise 1; `govwatch site noise` lists them" in again.stderr


def test_a_mass_edit_stands_above_its_pages_changes(database: Path) -> None:
    lines = govwatch(database, "changes", "--since", "2026-11-01").stdout.splitlines()
    assert "mass_edit" in lines[0]
    assert (
        lines[1].strip()
        == "4 pages: \u201cclean energy\u201d became \u201cenergy\u201d"
    )
    assert len([line for line in lines if line.strip().startswith("https://")]) == 4


def test_a_mass_edit_of_many_pages_leaves_room_for_other_changes(
    tmp_path: Path,
) -> None:
    """One page is edited alone, then a phrase goes on twelve, on one with a figure."""
    clock = Clock()
    room = newsroom(clock, 12)
    made = tmp_path / "govwatch.db"
    with Store.open(made, mode="create", clock=clock) as store:
        watch(store, room)
        look(store, room)
        room.paragraphs[0][0] = room.paragraphs[0][0].replace("Monday", "Tuesday")
        look(store, room)
        for page, texts in room.paragraphs.items():
            room.paragraphs[page] = [
                text.replace("clean energy", "energy") for text in texts
            ]
        room.titles[5] = f"{room.titles[5]} at last"
        look(store, room)
    shown = govwatch(made, "changes", "--limit", "5").stdout
    assert "mass_edit" in shown.splitlines()[0]
    assert "and 7 more: event_id " in shown
    assert "became \u201cTuesday\u201d" in shown
    assert "at last" in shown  # there is more to it than the words that all lost
    assert shown.count("\u201cclean\u201d was taken out") <= 1
    assert govwatch(made, "changes", "--exit-code").exit_code == 1
    assert len(json.loads(govwatch(made, "changes", "--json").stdout)) == 13
    silent = govwatch(made, "changes", "--silent", "--json")
    assert silent.exit_code == 0


def test_a_new_footer_is_two_lines_below_the_changes(database: Path) -> None:
    lines = govwatch(database, "changes").stdout.splitlines()
    assert [n for n, line in enumerate(lines) if "template_changed" in line] == [
        len(lines) - 2
    ]
    assert "Another footer" in lines[-1]


def test_what_weighs_less_than_asked_for_is_left_out_of_the_groups(
    database: Path,
) -> None:
    shown = govwatch(database, "changes", "--min-significance", "0.01").stdout
    assert "mass_edit" in shown
    assert "template_changed" not in shown


def test_each_change_names_its_groups_in_json(database: Path) -> None:
    found = json.loads(govwatch(database, "changes", "--json").stdout)
    assert len(found) == 4
    for change in found:
        (group,) = change["groups"]
        assert (group["kind"], group["pages"]) == ("mass_edit", 4)
        assert group["significance"] > change["significance"]
