"""The pace, in memory, in SQLite and in Valkey."""

from collections.abc import Callable

import pytest

from tests.support.rooms import Room

Rooms = Callable[..., Room]


def enter_all(main: Room, seconds: float, people: int, every: float = 1.0) -> list[float]:
    """So many are in line, and each of them asks once in `every` seconds. Returns when they came
    in, in seconds from the beginning."""
    waiting, entered, begin = list(range(1, people + 1)), [], main.clock()
    steps = 4
    for step in range(int(seconds / every) * steps):
        asking = [p for p in waiting if p % steps == step % steps]
        serving = main.look(*waiting).serving
        for position in asking:
            if position > serving or main.knock(position, every).verdict != "go":
                continue
            if main.claim(position).verdict == "entered":
                main.renew(position)
                waiting.remove(position)
                entered.append(main.clock() - begin)
        main.clock.pass_by(every / steps)
    return entered


@pytest.mark.parametrize("burst", [1, None])
def test_the_pace_is_kept_whatever_the_burst(make_room: Rooms, burst: float | None) -> None:
    main = make_room(max_active=1000, per_minute=120, burst=burst, mode="queue")
    main.join(60)
    entered = enter_all(main, 30, 60)
    assert 57 <= len(entered) <= 60
    assert all(later - at >= 0.5 for at, later in zip(entered, entered[5:], strict=False))


def test_a_small_burst_is_all_that_may_come_after_a_quiet_time(make_room: Rooms) -> None:
    main = make_room(max_active=1000, per_minute=120, burst=1)
    main.look()
    main.clock.pass_by(60)
    main.look()
    verdicts = [turn.verdict for turn in main.join(3)]
    assert verdicts == ["entered", "waiting", "waiting"]


def test_a_full_room_saves_up_no_more_than_the_burst(make_room: Rooms) -> None:
    main = make_room(max_active=5, per_minute=120, burst=1, mode="queue")
    main.join(10)
    enter_all(main, 5, 10)
    for _ in range(30):
        main.clock.pass_by(1)
        main.look(*range(6, 11))
        main.knock(6)
    for position in range(1, 6):
        main.end(position)
    main.look(*range(6, 11))
    main.knock(7)
    assert [main.claim(position).verdict for position in (6, 7)] == ["entered", "next"]
