"""Two releases side by side: what one of them does not know in a room of the other stays."""

from typing import Any

from tests.support.clock import Clock
from tests.support.faults import fault
from tests.support.rooms import Room


@fault("An older and a newer release share a store", line="Have the same places.")
def test_a_room_of_an_earlier_release_goes_on(server: Any, main: Room, clock: Clock) -> None:
    main.join(3)
    packed = server.hget("{vwr:main}", "numbers")
    server.hset("{vwr:main}", "numbers", packed[:-8])  # which knew not of the last number
    assert (main.look().queue, main.look().ahead) == (8, 0)
    clock.pass_by(-5)
    assert main.look().ahead == 5


def test_what_a_later_release_appends_to_a_room_is_kept(server: Any, main: Room) -> None:
    packed = server.hget("{vwr:main}", "numbers")
    server.hset("{vwr:main}", "numbers", packed + b"unknown!")
    assert main.join(3)[-1].position == 8
    numbers = server.hget("{vwr:main}", "numbers")
    assert (len(numbers), numbers[-8:]) == (len(packed) + 8, b"unknown!")


def test_a_reset_by_an_earlier_release_gives_nobody_the_place_of_another(
    server: Any, main: Room
) -> None:
    main.join_as("a" * 16)
    left = server.hgetall("{vwr:main}:identities")
    main.reset()
    main.join(6)
    server.hset("{vwr:main}:identities", mapping=left)  # of which that release knows nothing
    for verdict in ("waiting", "known"):
        (turn,) = main.join_as("a" * 16)
        assert (turn.verdict, turn.position) == (verdict, 7)
