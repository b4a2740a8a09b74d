"""A command by the store, where nobody has asked for the room for long."""

from pathlib import Path

import pytest

from tests.support.clock import Clock
from tests.support.rooms import Room
from vwr_middleware.cli.reach import Direct
from vwr_middleware.line.constants import SETTLING
from vwr_middleware.settings import RoomSettings
from vwr_middleware.stores.sqlite.store import SqliteStore


def test_a_command_tells_the_present_of_a_room_that_was_quiet(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.pass_by(seconds)

    monkeypatch.setattr("time.sleep", sleep)
    store = SqliteStore(tmp_path / "vwr.sqlite3", clock)
    main = Room(store, clock, {"max_active": 5})
    main.look(), main.join(3)
    room = RoomSettings(paths="/tickets", max_active=5)
    assert Direct(store, [room]).status("main")["active"] == 3
    assert slept == []
    clock.pass_by(3600)
    assert Direct(store, [room]).status("main")["active"] == 0
    assert slept == [SETTLING]
