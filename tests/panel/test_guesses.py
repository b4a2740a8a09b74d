"""Wrong passwords are told: to the log, to operators, to metrics and to `on_event`."""

import logging
from pathlib import Path
from typing import Any

import pytest

from tests.panel.conftest import Open
from tests.panel.test_metrics import read
from tests.support.clock import Clock
from tests.support.doors import Door
from tests.support.panel import GIVEN, Operator, signed_in
from vwr_middleware.events import Event


def guess(door: Door, number: int, first: int = 0) -> None:
    """So many wrong passwords, each from another network."""
    for each in range(first, first + number):
        Operator.at(door, f"198.18.{each}.1").sign_in("guess")


def told(caplog: pytest.LogCaptureFixture) -> list[Any]:
    """What the log says of wrong passwords: the kind, the network, and how many."""
    records = [one for one in caplog.records if one.name == "vwr_middleware.operators"]
    fields = [vars(one) for one in records if one.levelno == logging.WARNING]
    return [(one["event"], one["network"], one.get("count")) for one in fields]


@pytest.fixture
def behind(open_it: Open) -> Door:
    """A panel behind a proxy."""
    return open_it(**{**GIVEN, "trusted_proxies": 1})


def test_the_log_names_the_network_and_tells_a_flood_in_one_line(
    behind: Door, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    guess(behind, 100)
    assert told(caplog) == [("sign_in_failed", f"198.18.{n}.1", None) for n in range(10)]
    clock.pass_by(61)
    guess(behind, 1, first=200)
    assert told(caplog)[10:] == [
        ("sign_ins_failed", "198.18.10.1", 90),
        ("sign_in_failed", "198.18.200.1", None),
    ]
    (line,) = (text for text in caplog.messages if "more wrong passwords" in text)
    assert line.startswith("90 more wrong passwords in the panel within 61 s, from 90 networks")


def test_the_last_ones_of_a_flood_are_told_too(
    behind: Door, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    guess(behind, 20)
    clock.pass_by(61)
    behind.visit_at()
    behind.refresh()
    behind.visit_at()
    assert told(caplog)[-1] == ("sign_ins_failed", "198.18.10.1", 10)


def test_operators_read_how_many_came_at_all_workers(
    open_it: Open, tmp_path: Path, clock: Clock
) -> None:
    url, given = f"sqlite:///{tmp_path / 'vwr.sqlite3'}", {**GIVEN, "trusted_proxies": 1}
    one, two = open_it("wsgi", url, **given), open_it("asgi", url, **given)
    for worker in (one, two):
        guess(worker, 40)
        guess(worker, 2, first=7)
        clock.pass_by(6)
        worker.visit_at()
        worker.refresh()
    clock.pass_by(6)
    one.visit_at()
    for path in ("/", "/rooms/main"):
        text = signed_in(one).open(path).text
        assert "wrong passwords for this panel in the last hour, from 40 networks" in text
    clock.pass_by(3600)
    assert "wrong passwords for this panel" not in signed_in(one).open().text


def test_who_mistypes_once_alarms_nobody(door: Door) -> None:
    operator = Operator.at(door)
    operator.sign_in("mistyped")
    assert "wrong passwords for this panel" not in signed_in(door).open().text


def test_what_was_tried_is_counted(behind: Door) -> None:
    guess(behind, 5)
    for _ in range(5):
        Operator.at(behind, "198.18.0.1").sign_in("guess")
    signed_in(behind)
    counts = {
        dict(labels)["outcome"]: value
        for (name, labels), value in read(behind).items()
        if name == "vwr_sign_ins_total"
    }
    assert counts == {"right": 1, "wrong": 7, "early": 3}


def test_a_wrong_password_is_an_event(open_it: Open) -> None:
    events: list[Event] = []
    door = open_it(**{**GIVEN, "trusted_proxies": 1}, on_event=events.append)
    Operator.at(door, "2001:db8:1:2:3::4").sign_in("guess")
    [event] = [event for event in events if event.name == "sign_in_failed"]
    assert (event.room, event.subject) == ("", "2001:db8:1:2::/64")
