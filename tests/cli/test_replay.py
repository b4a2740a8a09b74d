"""`vwr replay`: a day once more, from the log of its visitors or from its minutes."""

import csv
import json
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.cli.conftest import Run
from tests.report.test_replay import row
from tests.support.clock import Clock
from tests.support.rooms import Room
from tests.support.shell import SETTINGS, failed, said
from vwr_middleware.blocking import finish
from vwr_middleware.cli.commands import vwr
from vwr_middleware.stores.opening import open_store


def a_sale(url: str, **settings: Any) -> None:
    """Twenty come; two at once go in, for twenty seconds each, and the last gives up."""
    clock = Clock(time.time() - 3000)
    opened = open_store(url, clock=clock)
    room = Room(opened, clock, {"max_active": 2, "mode": "queue", "day_log": 1000, **settings})
    room.look()
    room.join(20)
    for first in range(1, 19, 2):
        room.advance(2)
        for position in (first, first + 1):
            room.claim(position)
            room.renew(position)
        room.clock.pass_by(20)
        room.end(first), room.end(first + 1)
    room.leave(20)
    room.look()
    finish(opened.close())


@pytest.fixture
def store(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'vwr.sqlite3'}"
    a_sale(url)
    return url


def test_a_day_is_replayed_visitor_by_visitor_and_kept(run: Run, tmp_path: Path) -> None:
    kept, visitors = tmp_path / "day.json", tmp_path / "visitors.csv"
    options = ("--max-active", "4", "--visitors", str(visitors))
    text = said(run("replay", "main", *options, "--save", str(kept)))
    assert "visitor by visitor" in text.splitlines()[0]
    lines = {line[:25].strip(): line[25:].split() for line in text.splitlines()[1:]}
    assert lines["went in"][0] == "18" and lines["most inside"] == ["2", "4"]
    assert lines["99 in 100"] == ["3", "min", "80", "s"]
    again = said(run("replay", "main", "--max-active", "4", "--day", str(kept)))
    assert again == text
    rows = [*csv.DictReader(visitors.read_text().splitlines())]
    assert [int(each["position"]) for each in rows] == [*range(1, 21)]
    assert rows[0]["entered"] == rows[0]["entered_replayed"] != ""
    assert float(rows[17]["entered_replayed"]) < float(rows[17]["entered"]) - 60


def test_with_the_settings_of_the_day_each_visitor_is_the_day(run: Run, tmp_path: Path) -> None:
    visitors = tmp_path / "visitors.csv"
    text = said(run("replay", "main", "--visitors", str(visitors)))
    assert "replayed" not in text
    for each in csv.DictReader(visitors.read_text().splitlines()):
        for name in ("called", "entered", "left", "ended", "how"):
            assert each[name] == each[f"{name}_replayed"]


def test_a_log_may_be_passed_over_for_the_minutes(run: Run, tmp_path: Path) -> None:
    assert "by whole minutes" in said(run("replay", "main", "--by-minute"))
    options = ("--by-minute", "--visitors", str(tmp_path / "visitors.csv"))
    assert "the setting day_log" in failed(run("replay", "main", *options))


def test_a_log_that_is_cut_off_in_the_store_is_named_and_the_minutes_are_there_still(
    store: str,
) -> None:
    with sqlite3.connect(store.removeprefix("sqlite:///")) as file:
        (log,) = file.execute("SELECT day_log FROM rooms").fetchone()
        assert len(log) > 100
        file.execute("UPDATE rooms SET day_log = ?", [log[:60] + "ff"])
    file.close()
    env = {"VWR_STORE": store, **SETTINGS}

    def run(*arguments: str) -> Result:
        return CliRunner(env=env).invoke(vwr, [*arguments])

    assert "part 1 cannot be read (cut off" in failed(run("replay", "main"))
    assert "by whole minutes" in said(run("replay", "main", "--by-minute"))
    assert "20 people came" in said(run("report", "main"))


def replayed(path: Path, *options: str) -> str:
    return failed(CliRunner().invoke(vwr, ["replay", "main", "--day", str(path), *options]))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is no day"),
        ("{", "is no day"),
        ("[" * 100_000, "is no day"),
        ("[]", "is no day"),
        ('{"minutes": {}}', "is no day"),
        ('{"day_log": []}', "nothing is kept of this time"),
        ('{"day_log": ["?"]}', "is no day"),
        ('{"day_log": [7]}', "is no day"),
        ('{"day_log": ["AAAA"]}', "part 1 cannot be read"),
        ('{"minutes": []}', "nothing is kept"),
        ('{"minutes": [{"at": 60}]}', "lacks arrivals"),
    ],
)
def test_a_file_that_is_no_day_is_refused_in_words(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "day.json"
    path.write_text(text)
    assert words in replayed(path)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"at": 9e11}, "a value that none can have"),
        ({"at": "yesterday"}, "a value that none can have"),
        ({"mode": 7}, "a value that none can have"),
        ({"per_minute": "fast"}, "a value that none can have"),
        ({"limit": None}, "a value that none can have"),
        ({"entries": True}, "a value that none can have"),
        ({"at": 0.0}, "not later than the one before"),
    ],
)
def test_minutes_that_somebody_wrote_by_hand_end_in_words(
    tmp_path: Path, fields: dict[str, Any], words: str
) -> None:
    path = tmp_path / "day.json"
    path.write_text(json.dumps({"minutes": [row(1), row(2, **fields)]}))
    assert words in replayed(path)


def test_a_time_of_which_the_log_has_nothing_is_refused(run: Run) -> None:
    old = ("--since", "2020-01-01T00:00", "--until", "2020-01-02T00:00")
    assert "nothing of this time" in failed(run("replay", "main", *old))
    assert "earlier than until" in failed(run("replay", "main", "--since", "0m", "--until", "5m"))


def test_no_other_limit_opens_a_room_that_was_shut_all_day(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shut.sqlite3'}"
    clock = Clock(time.time() - 3000)
    opened = open_store(url, clock=clock)
    room = Room(opened, clock, {"mode": "paused", "day_log": 9})
    room.look()
    room.join(3)
    room.clock.pass_by(30)
    room.look(), room.join(1)
    finish(opened.close())
    env = {"VWR_STORE": url, "VWR_SECRET_KEY": "a key for the tests of the shell", "VWR_PATHS": "/"}
    asked = CliRunner(env=env).invoke(vwr, ["replay", "main", "--max-active", "900"])
    assert "paused all the time" in failed(asked)


def a_special_day(url: str, **settings: Any) -> None:
    """Twelve come for an opening in a minute, of whom some are of a lane if there is one; they go
    in one after the other, for some seconds each."""
    clock = Clock(time.time() - 3000)
    opened, later = open_store(url, clock=clock), dict[str, Any](opens_at=clock() + 60)
    if "lanes" in settings and "draw" not in settings:
        later = {"mode": "queue"}
    elif settings.pop("twice", False):
        first = {"opens_at": clock() + 60, "closes_at": clock() + 80}
        later = {"openings": [first, {"opens_at": clock() + 300, "fresh": True}]}
    room = Room(opened, clock, {"max_active": 2, "day_log": 1000, **later, **settings})
    room.look()
    lanes, places = ["", "members", ""] if "lanes" in settings else [""] * 3, list[int]()
    for _ in range(4):
        turns = finish(opened.join("main", ["place"] * 3, room.seen, (), lanes))
        places += [turn.position for turn in turns]
    inside = list[int]()
    for _ in range(90):
        clock.pass_by(5)
        room.generation = room.look(*places).generation
        for position in inside:
            room.end(position)
        inside = [n for n in sorted(places) if room.claim(n).verdict == "entered"]
        for position in inside:
            room.renew(position)
    if "openings" in later:
        room.join(3), room.look()
    finish(opened.close())


DAYS: dict[str, dict[str, Any]] = {
    "a draw": {"draw": True},
    "lanes": {"lanes": {"members": 0.4}},
    "a draw in lanes": {"draw": True, "lanes": {"members": 0.4}},
    "two openings": {"twice": True},
}


@pytest.mark.parametrize("day", DAYS)
def test_days_of_other_kinds_are_played_as_they_were_too(tmp_path: Path, day: str) -> None:
    url, visitors = f"sqlite:///{tmp_path / 'other.sqlite3'}", tmp_path / "visitors.csv"
    a_special_day(url, **DAYS[day])
    env = {"VWR_STORE": url, "VWR_SECRET_KEY": "a key for the tests of the shell", "VWR_PATHS": "/"}

    def play(*options: str) -> Any:
        return CliRunner(env=env).invoke(vwr, ["replay", "main", *options])

    assert "visitor by visitor" in said(play("--visitors", str(visitors)))
    rows = [*csv.DictReader(visitors.read_text().splitlines())]
    assert sum(bool(row["entered"]) for row in rows) >= 4
    for each in rows:
        for name in ("called", "entered", "left", "ended", "how"):
            assert each[name] == each[f"{name}_replayed"]
    if "lanes" in DAYS[day]:
        assert len(rows) == (12 if day == "lanes" else 24), "once more with the places by lot"
        assert "--by-minute" in failed(play("--max-active", "4"))
    else:
        assert "replayed" in said(play("--max-active", "4"))
    by_minute = said(play("--by-minute")).splitlines()
    went_in = next(line.split()[-1] for line in by_minute if line.startswith("went in"))
    assert int(went_in) == sum(bool(row["entered"]) for row in rows)
    assert "replayed" in said(play("--by-minute", "--max-active", "4"))
