"""Store time, where somebody sets the host's clock back or forward."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.clock import Clock
from tests.support.rooms import Room, seen_in
from vwr_middleware.line.messages import Seen, Snapshot
from vwr_middleware.stores.sqlite.store import SqliteStore

Rooms = Callable[..., Room]


def test_a_clock_set_back_makes_no_time_negative(make_room: Rooms) -> None:
    main = make_room(max_active=1)
    until = main.join()[0].expires_at
    main.clock.pass_by(-3600)
    assert main.claim(1).expires_at == until
    assert main.look().now == until - 60
    main.clock.pass_by(31)
    main.look()
    main.clock.pass_by(31)
    assert main.look().active == 0, "time goes on from there"


def test_a_clock_that_is_set_back_and_put_right_ends_no_session(make_room: Rooms) -> None:
    main = make_room(max_active=1, session_seconds=600)
    main.join()
    main.renew(1)
    main.clock.pass_by(-86_400)
    main.look()
    main.clock.pass_by(86_400 + 30)
    snapshot = main.look()
    assert snapshot.active == 1
    assert snapshot.ahead == pytest.approx(30)


def test_a_clock_set_forward_and_back_stops_neither_the_pace_nor_sessions(
    make_room: Rooms,
) -> None:
    main = make_room(max_active=50, per_minute=60, mode="queue", confirm_within=60)
    main.join(40)
    main.look(*range(1, 41)), main.advance(40)
    main.clock.pass_by(3600)
    main.look()
    main.clock.pass_by(-3600)
    entered = []
    for _ in range(30):
        main.clock.pass_by(1)
        entered += [p for p in range(1, 41) if main.claim(p).unconfirmed and p not in entered]
    assert 28 <= len(entered) <= 35, "one a second, and those that the pause allows at once"
    times = [main.look().now]
    for _ in range(70):
        main.clock.pass_by(1)
        times.append(main.look().now)
    assert all(0.97 <= later - one <= 1 for one, later in pairwise(times))
    assert main.look().active == 0


def test_store_time_falls_back_to_a_clock_that_was_set_back(make_room: Rooms) -> None:
    main = make_room()
    main.look()
    main.clock.pass_by(-10)
    assert main.look().ahead == pytest.approx(10)
    for _ in range(60):
        main.clock.pass_by(10)
        main.look()
    assert main.look().ahead == 0
    assert main.look().now == main.clock()


def test_a_room_opens_and_closes_by_the_clock_on_the_wall(make_room: Rooms, clock: Clock) -> None:
    clock.pass_by(3600)
    main = make_room(max_active=5, opens_at=clock() - 3590, closes_at=clock() - 3580)
    assert main.look().state == "closed"
    clock.pass_by(-3600)
    told = []
    for _ in range(12):
        snapshot = main.look()
        told.append((clock() - snapshot.wall, snapshot.state))
        clock.pass_by(2)
    assert [state for _, state in told] == ["scheduled"] * 5 + ["open"] * 5 + ["closed"] * 2
    assert all(abs(difference) < 1e-5 for difference, _ in told)


def test_a_room_opens_and_closes_at_the_very_moment(make_room: Rooms, clock: Clock) -> None:
    main = make_room(max_active=5, opens_at=clock() + 10, closes_at=clock() + 20)
    told = []
    for seconds in (9.5, 0.5, 9.5, 0.5):
        clock.pass_by(seconds)
        told.append(main.look().state)
    assert told == ["scheduled", "open", "open", "closed"]


def told_by(read: Snapshot, passed: float) -> Seen:
    """What a worker knows that read the room so many seconds ago by its own clock."""
    return seen_in(read, read_at=read.now, now=read.now + passed)


@pytest.mark.parametrize("leap", [600, 3600, 86_400 * 30])
def test_a_clock_that_leaps_ahead_is_not_followed(make_room: Rooms, leap: float) -> None:
    main = make_room(max_active=1, session_seconds=300, session_grace=0)
    main.join()
    main.renew(1)
    read = main.look()
    main.clock.pass_by(leap + 1)
    main.seen = told_by(read, 1)
    assert main.claim(1).verdict == "entered"
    snapshot = main.look()
    assert snapshot.active == 1
    assert snapshot.now == pytest.approx(read.now + 1, abs=0.1)
    assert snapshot.wall == pytest.approx(main.clock(), abs=0.1), (
        "rooms open and close by the clock"
    )
    main.clock.pass_by(-leap + 1)
    main.seen = told_by(snapshot, 1)
    assert main.look().ahead == pytest.approx(0, abs=0.1), "it was put right"
    main.seen = None
    main.clock.pass_by(299)
    assert main.look().active == 0


def test_store_time_catches_up_slowly_with_a_clock_that_leapt(make_room: Rooms) -> None:
    main = make_room()
    read = main.look()
    main.clock.pass_by(10)
    main.seen = told_by(read, 0)
    assert main.look().ahead == pytest.approx(-10)
    main.seen, times = None, [main.look().now]
    for _ in range(60):
        main.clock.pass_by(10)
        times.append(main.look().now)
    assert all(10 <= later - one <= 10.3 for one, later in pairwise(times))
    assert main.look().ahead == 0


def test_an_hour_in_which_nobody_came_is_an_hour(make_room: Rooms) -> None:
    main = make_room(max_active=1)
    main.join()
    read = main.look()
    main.clock.pass_by(3600)
    main.seen = told_by(read, 3590)
    snapshot = main.look()
    assert (snapshot.active, snapshot.ahead) == (0, 0)


def test_a_worker_that_was_asleep_stops_no_time(make_room: Rooms) -> None:
    main = make_room(max_active=1)
    main.join()
    read = main.look()
    main.clock.pass_by(3600)
    asleep, awake = told_by(read, 0), told_by(read, 3600)
    main.seen = asleep
    assert main.look().active == 1
    main.seen = awake
    snapshot = main.look()
    assert snapshot.active == 0
    assert snapshot.ahead == pytest.approx(0)
    main.seen = asleep
    assert main.look().now == pytest.approx(snapshot.now), "others have asked meanwhile"


def test_two_workers_whose_clocks_differ_share_a_file(tmp_path: Path, clock: Clock) -> None:
    """Such as in two machines that share a disk: the session runs by neither of them alone."""
    path, fast = tmp_path / "vwr.sqlite3", Clock(clock.now + 1200)
    rooms = [Room(SqliteStore(path, one), one, {"max_active": 1}) for one in (clock, fast)]
    read = [room.look() for room in rooms]
    until = rooms[0].join()[0].expires_at
    for _ in range(50):
        for at, room in enumerate(rooms):
            for each in (clock, fast):
                each.pass_by(0.5)
            room.seen = told_by(read[at], 1)
            read[at] = room.look()
            assert read[at].active == 1
        assert 0 <= read[1].now - read[0].now <= 1
    assert [snapshot.clocks_apart for snapshot in read] == [pytest.approx(1200, abs=5)] * 2
    assert until - 15 < read[0].now <= until
