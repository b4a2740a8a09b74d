"""What operators do is logged with fields of its own, and without anybody's papers."""

import logging

import pytest

from tests.support.doors import Door
from tests.support.panel import API_KEY, PASSWORD, Operator, fill, signed_in


def test_who_signs_in_and_changes_what_is_logged_and_whether_it_was_done(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    fill(door, 1)
    with caplog.at_level(logging.INFO, "vwr_middleware.operators"):
        operator = signed_in(door)
        operator.act("set", max_active="5")
        operator.act("revoke", session="1-1")
        door.store.is_off = True
        operator.act("set", max_active="6")
    records = [one for one in caplog.records if one.name == "vwr_middleware.operators"]
    fields = ("event", "operator", "room", "change", "outcome")
    assert [tuple(vars(record).get(field) for field in fields) for record in records] == [
        ("signed_in", "Ann", None, None, None),
        ("operator", "Ann", "main", "max_active", "done"),
        ("operator", "Ann", "main", "revoke", "done"),
        ("operator", "Ann", "main", "max_active", "failed"),
    ]


def test_no_secret_and_no_ticket_ever_stands_in_the_log(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    fill(door, 2)
    ticket = door.visitor().opens("/tickets").cookies["vwr_main"]
    with caplog.at_level(logging.DEBUG):
        operator = signed_in(door)
        Operator.at(door).sign_in("almost right")
        operator.send("explain", visitor=ticket)
        operator.act("set", message="not for the log")
        operator.act("revoke", session="1-1")
    lines = "\n".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert "somebody entered a wrong password" in lines and "'event': 'sign_in_failed'" in lines
    for secret in (ticket, PASSWORD, API_KEY, "almost right", "not for the log", operator.csrf):
        assert secret not in lines
