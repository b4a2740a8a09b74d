"""What a worker knows of places that have moved to another device, or were given up."""

import pytest

from tests.support.clock import Clock
from tests.support.rooms import Room
from vwr_middleware.line.constants import GIVEN_UP
from vwr_middleware.line.messages import Place
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.worker import devices
from vwr_middleware.worker.devices import Devices


def knows(*rows: tuple[int, int]) -> Devices:
    known = Devices()
    known.generation = 1
    for position, device in rows:
        known.note(1, position, device)
    return known


def test_a_worker_knows_whose_a_place_is() -> None:
    known = knows((5, 2), (6, GIVEN_UP))
    lost = [known.lost_by(Place(1, 5, device)) for device in (0, 1, 2, 3)]
    assert lost == ["moved", "moved", "", ""]
    assert known.lost_by(Place(1, 6)) == known.lost_by(Place(1, 6, 7)) == "left"
    assert known.lost_by(Place(1, 7)) == ""
    assert known.lost_by(Place(2, 7, GIVEN_UP)) == "left"  # the ticket says so itself


def test_what_a_worker_heard_is_not_taken_back_by_a_snapshot_that_was_on_its_way() -> None:
    known = knows((5, 2))
    known.note(1, 5, 1)
    assert known.lost_by(Place(1, 5, 1)) == "moved"
    known.note(0, 5, 9)
    known.note(1, 6, 1)
    assert [known.lost_by(Place(1, 5, device)) for device in (1, 2)] == ["moved", ""]


def test_a_new_generation_begins_with_every_place_at_its_first_device() -> None:
    known = knows((5, 2))
    known.note(2, 6, 1)
    assert (known.lost_by(Place(2, 5)), known.lost_by(Place(2, 6))) == ("", "moved")
    assert known.lost_by(Place(1, 6)) == known.lost_by(Place(3, 6)) == ""  # another place
    known.forget()
    assert not known


def test_the_devices_of_the_latest_generations_are_remembered_and_no_more() -> None:
    known = knows((5, 2))
    for number in range(1, devices.FORMER_MOST + 2):
        known.note(1 + 2 * number, 6, 1)  # between them was one in which nothing moved
        assert known.lost_by(Place(1, 5)) == ("moved" if number <= devices.FORMER_MOST else "")
    known.forget()
    assert not known.former


def test_a_worker_takes_the_stores_list_and_asks_on_from_its_end(clock: Clock) -> None:
    room = Room(MemoryStore(clock), clock, {"mode": "queue"})
    room.look()
    room.join(2)
    room.keep_code(1, "code")
    room.move("code")
    known = Devices()
    known.take(room.look())
    assert (known.lost_by(Place(1, 1)), known.number) == ("moved", 1)
    known.take(room.look(moved_after=1))
    assert known.lost_by(Place(1, 1)) == "moved"
    room.reset()
    known.take(room.look(moved_after=1))
    assert not known


def test_a_worker_remembers_the_latest_of_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "KNOWN_MOST", 2)
    known = knows((1, 1), (2, 1), (1, 2), (3, 1))
    assert list(known) == [1, 3]


def test_places_too_many_are_forgotten_many_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "KNOWN_MOST", 50)
    known = knows(*((position, 1) for position in range(1, 51)))
    assert len(known) == 50
    known.note(known.generation, 51, 1)
    assert list(known) == list(range(7, 52))
