"""What a program that takes many numbers can fill in a store, and whom it cannot push out."""

from collections.abc import Callable, Iterator

import pytest

from tests.support.rooms import Room
from vwr_middleware.line import constants, places, resume_codes
from vwr_middleware.line.constants import CODE_LIFE
from vwr_middleware.stores.redis.scripts import script

Rooms = Callable[..., Room]


@pytest.fixture
def room(make_room: Rooms, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """A room that keeps few codes and given-up places. The scripts have these numbers in them."""
    for name, most in (("CODES_POLLED", 2), ("CODES_MOST", 4), ("LEFT_MOST", 5)):
        for module in (constants, places, resume_codes):
            monkeypatch.setattr(module, name, most, raising=False)
    script.cache_clear()
    main = make_room(mode="paused")
    main.join(30)
    main.look()
    yield main
    script.cache_clear()


def test_nobodys_code_makes_way_for_the_codes_of_others(room: Room) -> None:
    codes = [room.keep_code(position, f"code-{position}") for position in range(1, 9)]
    assert codes == ["waiting"] * 2 + ["refused"] * 6
    assert [room.move(f"code-{position}").device for position in (1, 2)] == [1, 1]


def test_whoever_has_polled_gets_a_code_where_there_are_many(room: Room) -> None:
    room.look(10, 11, 12)
    for position in (1, 2, 3):
        room.keep_code(position, f"code-{position}")
    asked = [room.keep_code(position, f"code-{position}") for position in (10, 11, 12)]
    assert asked == ["waiting", "waiting", "refused"], "there is an end"
    assert room.move("code-10").device == 1
    room.clock.pass_by(CODE_LIFE)
    assert room.keep_code(3, "code-3") == "waiting", "the others have expired"


def test_places_that_are_given_up_by_the_thousand_cost_no_more_rows(room: Room) -> None:
    assert [room.leave(position) for position in range(1, 21)] == ["left"] * 20
    assert len(room.look().moved) <= 5
    assert [room.leave(position) for position in (1, 20)] == ["left", "left"]
    assert [room.knock(position).verdict for position in (1, 20, 21)] == ["left", "left", "waiting"]
    assert room.keep_code(1, "code") == "left"


def test_a_place_that_moved_stays_with_its_device_where_many_are_given_up(room: Room) -> None:
    room.keep_code(30, "code")
    assert room.move("code").device == 1
    for position in range(1, 21):
        room.leave(position)
    assert room.knock(30).verdict == "moved"
    assert room.knock(30, device=1).verdict == "waiting"
    assert room.leave(30, device=1) == "left"
    for position in range(21, 30):
        room.leave(position)
    assert [room.knock(30, device=device).verdict for device in (0, 1)] == ["left", "left"]
