"""`vwr undo`: the last change of settings is taken back, as the panel's button does it."""

import click
import pytest

from tests.cli.conftest import Run
from tests.support.clock import Clock
from tests.support.rooms import Room
from tests.support.shell import failed, said
from vwr_middleware.cli import steering
from vwr_middleware.stores.opening import open_store


def test_the_last_change_is_taken_back_and_an_undo_too(run: Run) -> None:
    said(run("set", "main", "max_active=7", "per_minute=60"))
    assert said(run("undo", "main")) == "undone: max_active is 2, per_minute is none\n"
    assert said(run("undo", "main")) == "undone: max_active is 7, per_minute is 60\n"
    said(run("pause", "main"))
    assert said(run("undo", "main")) == "undone: mode is auto\n"


def test_where_nothing_was_changed_it_says_so(run: Run) -> None:
    assert "no setting has been changed" in failed(run("undo", "main"))


def test_a_change_that_was_made_meanwhile_is_not_taken_back(
    run: Run, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said(run("set", "main", "max_active=7"))
    other = Room(open_store(store), Clock())
    monkeypatch.setattr(steering, "is_person", lambda: True)

    def somebody_is_faster(*_: object, **__: object) -> bool:
        other.change(max_active=9)
        return True

    monkeypatch.setattr(click, "confirm", somebody_is_faster)
    assert "has changed max_active since: look at it first" in failed(run("undo", "main"))
    assert other.look().limit == 9


@pytest.mark.usefixtures("person")
def test_a_person_reads_what_it_was_and_is_asked(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steering, "is_person", lambda: True)
    said(run("set", "main", "max_active=400", "--yes"))
    asked = run("undo", "main", input="n\n")
    assert asked.exit_code == 1 and "max_active was 2, now 400" in asked.output
    assert "Take that back?" in asked.output
    assert "max_active is 2" in said(run("undo", "main", input="y\n"))
    hurts = run("undo", "main", input="n\n")
    assert "200 times the limit in force" in hurts.output
    assert said(run("undo", "main", "--yes")) == "undone: max_active is 400\n"
