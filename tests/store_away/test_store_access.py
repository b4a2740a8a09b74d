"""One worker's way to a store that is away, or that loses the room."""

import logging
from typing import Any

import pytest

from tests.support.house import House, inside, waiting
from tests.support.stores import Switched
from vwr_middleware.errors import RoomLost


def test_polls_alone_find_out_that_the_store_is_back(house: House, store: Switched) -> None:
    inside(house)
    visitor = waiting(house)
    store.is_off = True
    for _ in range(10):
        house.clock.pass_by(1)
        told = visitor.get("/vwr/main/position").json
    assert (told["you"], told["position"], told["store"]) == ("waiting", 2, "down")
    assert visitor.open().header("vwr-state") == "store-down"
    store.is_off = False
    for _ in range(12):
        house.clock.pass_by(0.5)
        told = visitor.get("/vwr/main/position").json
    assert "store" not in told
    assert visitor.open().header("vwr-state") == "waiting"


def test_admitted_visitors_alone_find_out_that_the_store_is_back(
    house: House, store: Switched, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = inside(house)
    store.is_off = True
    for _ in range(10):
        house.clock.pass_by(1)
        assert visitor.get().has_passed
    store.is_off = False
    for _ in range(12):
        house.clock.pass_by(0.5)
        assert visitor.get().has_passed
    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.WARNING]


def loses_all(store: Switched, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the store has lost the room whenever somebody joins or a session ends."""

    async def lost(room_name: str, *_: Any, **__: Any) -> Any:
        raise RoomLost(room_name)

    for step in ("join", "end"):
        monkeypatch.setattr(store, step, lost)


def test_a_store_that_loses_the_room_again_and_again_is_as_good_as_away(
    house: House, store: Switched, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside(house)
    loses_all(store, monkeypatch)
    answer = house.visitor().open()
    assert (answer.status, answer.header("vwr-state")) == (202, "store-down")
    assert house.visitor().post("/vwr/main/tickets").status == 503


def test_a_store_that_loses_the_room_again_and_again_is_told_later_of_who_is_done(
    house: House, store: Switched, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.app.headers = [("vwr-session", "completed")]
    house.app.on_request = lambda scope: loses_all(store, monkeypatch)
    assert house.visitor().open().has_passed
    house.clock.pass_by(1)
    assert house.visitor().open().status == 202
    monkeypatch.undo()
    house.clock.pass_by(1)
    assert house.visitor().open().has_passed
