"""The command that simulates, and where its visitors come from."""

import json
import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.cases import rare
from vwr_middleware.cli.commands import vwr
from vwr_middleware.simulate import arrivals
from vwr_middleware.simulate.command import command

SMALL = ["--visitors", "100", "--max-active", "10", "--visit", "10"]


def test_the_figures_come_as_a_table() -> None:
    result = CliRunner().invoke(vwr, ["simulate", *SMALL])
    assert result.exit_code == 0, result.output
    assert "Slots in use" in result.output
    assert "Let in above the limit" in result.output


def test_the_day_is_drawn_in_the_terminal_without_matplotlib() -> None:
    text = CliRunner(env={"COLUMNS": "80"}).invoke(vwr, ["simulate", *SMALL]).output
    drawn = re.findall(r"^(Came|In line|Inside|Went in) +([▁▂▃▄▅▆▇█]{20,})", text, re.MULTILINE)
    assert [name for name, _ in drawn] == ["Came", "In line", "Inside", "Went in"]
    inside = dict(drawn)["Inside"]
    assert inside[0] == "█" and inside[-1] == "▁", "full at first, and empty at the end"
    assert re.search(r"Inside .* 10 at most", text)


def test_the_table_says_why_some_never_came_in() -> None:
    table = " ".join(CliRunner().invoke(vwr, ["simulate", *SMALL]).output.split())
    assert re.search(r"Never entered [1-9]\d+ 30% close the tab at once \(--absent 0.3\)", table)
    table = " ".join(CliRunner().invoke(vwr, ["simulate", *SMALL, "--absent", "0"]).output.split())
    assert "Never entered 0 Slots" in table


def test_where_nobody_had_to_wait_the_slots_in_use_say_nothing() -> None:
    few = ["simulate", "--visitors", "5", "--max-active", "20", "--visit", "20"]
    table = CliRunner().invoke(vwr, few).output
    assert re.search(r"Slots in use +— ", table)
    assert json.loads(CliRunner().invoke(vwr, [*few, "--json"]).stdout)["used"] is None


def test_help_is_asked_for_as_of_every_command() -> None:
    short, long = (CliRunner().invoke(vwr, ["simulate", flag]) for flag in ("-h", "--help"))
    assert short.exit_code == 0 and "--max-active" in short.output
    assert short.output == long.output


def test_the_figures_come_as_json() -> None:
    result = CliRunner().invoke(command, [*SMALL, "--json"])
    figures = json.loads(result.stdout)
    assert figures["arrived"] == 100
    assert figures["over_the_limit"] == figures["out_of_order"] == 0


@pytest.mark.parametrize(("ending", "opening"), [("svg", b"<?xml"), rare("png", b"\x89PNG")])
def test_the_day_comes_as_a_picture(tmp_path: Path, ending: str, opening: bytes) -> None:
    path = tmp_path / f"day.{ending}"
    result = CliRunner().invoke(command, [*SMALL, "--chart", str(path)])
    assert result.exit_code == 0, result.output
    assert path.read_bytes().startswith(opening)


@pytest.mark.parametrize(
    ("name", "fix"),
    [("day.txt", "must end in .svg"), ("day", "must end in .svg"), ("none/day.svg", "make it")],
)
def test_a_picture_that_cannot_be_drawn_is_told_before_the_day(
    tmp_path: Path, name: str, fix: str
) -> None:
    result = CliRunner().invoke(command, [*SMALL, "--chart", str(tmp_path / name)])
    assert result.exit_code == 2 and fix in result.output
    assert "Arrived" not in result.output


def test_a_picture_without_its_package_is_told_before_the_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vwr_middleware.simulate.command.find_spec", lambda name: None)
    result = CliRunner().invoke(command, [*SMALL, "--chart", str(tmp_path / "day.svg")])
    assert result.exit_code == 1 and 'pip install "vwr-middleware[simulate]"' in result.output
    assert "Arrived" not in result.output


def test_without_its_packages_the_command_says_which_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "rich.progress", None)
    monkeypatch.delitem(sys.modules, "vwr_middleware.simulate.command")
    result = CliRunner().invoke(vwr, ["simulate", *SMALL])
    assert result.exit_code == 1
    assert "simulations need the package rich" in result.output
    assert 'pip install "vwr-middleware[simulate]"' in result.output


def test_some_go_at_once_and_some_while_they_wait() -> None:
    def entered(absent: str, gives_up: str) -> int:
        crowd = ["--visitors", "200", "--absent", absent, "--gives-up", gives_up, "--json"]
        found: int = json.loads(CliRunner().invoke(command, [*SMALL, *crowd]).stdout)["entered"]
        return found

    assert entered("0.5", "0.5") < min(entered("0.5", "0"), entered("0", "0.5"))


def test_the_visitors_of_an_access_log_come_when_it_says(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_text(
        '192.0.2.1 - - [01/May/2026:10:00:00 +0000] "GET /tickets/1 HTTP/1.1" 200 5 "-" "x"\n'
        '192.0.2.1 - - [01/May/2026:10:05:00 +0000] "GET /tickets/2 HTTP/1.1" 200 5 "-" "x"\n'
        '192.0.2.1 - - [01/May/2026:11:00:00 +0000] "GET /tickets HTTP/1.1" 200 5\n'
        '192.0.2.2 - ann [01/May/2026:12:00:30 +0200] "POST /tickets?a=1 HTTP/2" 200 5\n'
        '192.0.2.3 - - [01/May/2026:10:00:40 +0000] "GET /ticketsfoo HTTP/1.1" 200 5\n'
        "not a line of a log\n"
    )
    with log.open() as lines:
        found = arrivals.logged(lines, "/tickets")
    assert [round(at / 10) for at in found] == [0, 3, 360]
    result = CliRunner().invoke(command, ["--access-log", str(log), "--path", "/tickets", "--json"])
    assert json.loads(result.stdout)["arrived"] == 3


def test_a_log_without_visitors_is_refused_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.write_text("not a line of a log\n")
    result = CliRunner().invoke(command, ["--access-log", str(path)])
    assert result.exit_code == 1
    assert "nobody comes" in result.output


def test_a_burst_brings_everybody_in_time() -> None:
    burst = arrivals.burst(1000, 60)
    assert len(burst) == 1000
    assert 0 <= burst[0] <= burst[-1] <= 60
