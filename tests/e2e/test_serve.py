"""`govwatch serve` where it must not start."""

import socket

import pytest
from click.testing import CliRunner

pytest.importorskip("datasette", reason="the pages are an extra: govwatch[web]")

from scraper.cli import main
from tests.e2e import web_record


@pytest.fixture
def serve(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **environ: str):
        clean = {"GOVWATCH_DB": None, "GOVWATCH_CONFIG": None, "GOVWATCH_TOKEN": None}
        runner = CliRunner(env=clean | environ)
        return runner.invoke(main, ["serve", *arguments])

    return run


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "newsroom"])  # noqa: S104 - refused
def test_without_a_token_it_does_not_listen_for_others(serve, host):
    answer = serve("--host", host)
    assert answer.exit_code == 2
    assert "GOVWATCH_TOKEN" in answer.output


def test_a_port_that_is_taken_is_said_in_one_line(serve, tmp_path):
    web_record.make(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        answer = serve("--port", port)
    assert answer.exit_code == 3
    assert answer.output == (
        f"Error: 127.0.0.1 port {port}: Address already in use; --host and --port name"
        " another\n"
    )


def test_without_a_record_it_does_not_start_nor_make_one(serve, tmp_path):
    answer = serve()
    assert answer.exit_code == 3
    assert "govwatch init" in answer.output
    assert list(tmp_path.iterdir()) == []


def test_a_short_token_is_refused(serve, tmp_path):
    web_record.make(tmp_path)
    answer = serve(GOVWATCH_TOKEN="short")  # noqa: S106 - of this test
    assert answer.exit_code == 2
    assert "16 characters" in answer.output


def test_a_time_zone_that_is_none_is_refused_with_its_key(serve, tmp_path):
    (tmp_path / "govwatch.toml").write_text('[notify]\nzone = "Mars/Base"\n')
    answer = serve()
    assert answer.exit_code == 2
    assert "notify.zone" in answer.output
    assert "America/New_York" in answer.output
