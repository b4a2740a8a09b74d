"""`vwr schedule`, `vwr plan`, `vwr withdraw` and `vwr opening`."""

import json
import re
from datetime import datetime, timedelta, timezone

import click
import pytest

from tests.cli.conftest import Run
from tests.support.shell import failed, said
from vwr_middleware.cli import schedule
from vwr_middleware.cli.schedule import time_in

TOKYO = timezone(timedelta(hours=9))
NOW = datetime(2030, 5, 1, 10, 15, tzinfo=TOKYO)


def test_a_change_is_planned_listed_and_withdrawn(run: Run) -> None:
    nothing = "nothing is planned, and the room has no opening times\n"
    assert said(run("schedule", "main")) == nothing
    told = said(run("plan", "main", "+15m", "max_active=600", "--unset", "late"))
    found = re.fullmatch(
        r"(\w{6}): 20\d\d-\S+ \S+ \S+, in 15 min: max_active=600, late as configured \(by .+\)\n",
        told,
    )
    assert found
    assert said(run("schedule", "main")).startswith(found[1])
    rows = json.loads(said(run("status", "main", "--json")))["settings"]
    assert not any(row["overridden"] for row in rows)
    assert said(run("withdraw", "main", found[1])) == "withdrawn\nnothing is planned\n"
    assert "is planned: its time has come" in failed(run("withdraw", "main", found[1]))


NO_SENSE = [
    (["+15m"], "say what changes then"),
    (["+15m", "max_active"], "write NAME=VALUE, not 'max_active'"),
    (["25:00", "max_active=5"], "'25:00' is no time: write 10:30"),
    (["+15m", "max_active=none"], "max_active must be a whole number"),
    (["2020-01-01T10:00", "max_active=5"], "by the store's clock: set it now"),
    (["+15m", "openings=[]"], "openings says a time itself"),
]


def test_a_plan_that_makes_no_sense_is_refused(run: Run) -> None:
    for words, told in NO_SENSE:
        assert told in failed(run("plan", "main", *words))
    assert said(run("schedule", "main")).startswith("nothing is planned")


def test_openings_are_added_listed_and_taken_out(run: Run) -> None:
    times = "2035-05-01T10:00+09:00", "2035-05-01T12:00+09:00"
    told = said(run("opening", "main", *times, "--max-active", "7", "--title", "Day one"))
    assert re.match(r"opening 1, next: 2035-.* to 2035-.*, title Day one, max_active 7\n", told)
    later = "2035-05-02T10:00+09:00", "--joins-from", "2035-05-02T09:00+09:00", "--fresh"
    two = said(run("opening", "main", *later))
    assert two.count("opening") == 2
    assert "opening 2, later: from 2035" in two
    assert "with a line of its own" in two
    overlaps = failed(run("opening", "main", "2035-05-01T11:00+09:00"))
    assert "begins before the one at 2035-05-01T01:00Z is over" in overlaps
    left = said(run("opening", "main", times[0], "--remove", "--yes"))
    assert left.startswith("opening 1, next: from 2035")
    assert said(run("schedule", "main")) == left


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("10:30", NOW.replace(minute=30)),
        ("+90s", NOW + timedelta(seconds=90)),
        ("+2h", NOW + timedelta(hours=2)),
        ("2030-05-03T10:30", datetime(2030, 5, 3, 10, 30, tzinfo=TOKYO)),
        ("2030-05-03T10:30+02:00", datetime(2030, 5, 3, 17, 30, tzinfo=TOKYO)),
        ("1900000000", datetime.fromtimestamp(1900000000, TOKYO)),
    ],
)
def test_times_are_read_as_people_write_them(text: str, at: datetime) -> None:
    assert time_in(text, NOW) == at.timestamp()


def test_a_time_of_day_that_has_passed_is_tomorrows() -> None:
    assert time_in("10:15", NOW) == (NOW + timedelta(days=1)).timestamp()
    with pytest.raises(click.BadParameter):
        time_in("half past ten", NOW)


def test_what_is_planned_stands_in_the_status(run: Run) -> None:
    run("plan", "main", "+15m", "max_active=600")
    text = " ".join(said(run("status", "main")).split())
    assert re.search(r"at a time 20\S+ \S+ \S+, in 15 min: max_active=600", text)


def test_a_person_is_asked_before_an_opening_that_ends_the_line(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "is_person", lambda: True)
    first = "2035-05-01T10:00+09:00", "2035-05-01T12:00+09:00"
    assert "?" not in said(run("opening", "main", *first, "--fresh")), "no line is before it"
    second = "opening", "main", "2035-05-02T10:00+09:00"
    for how in ("--fresh", "--draw"):
        asked = run(*second, how, input="n\n")
        assert asked.exit_code == 1
        assert "everybody in line loses the place, as by a reset." in asked.output
    assert said(run("schedule", "main")).count("opening") == 1
    assert "?" not in said(run(*second))
    said(run(*second, "--remove", "--yes"))
    assert said(run(*second, "--fresh", input="y\n")).count("opening ") == 2
    said(run(*second, "--remove", "--yes"))
    assert "?" not in said(run(*second, "--fresh", "--yes"))
