"""Every store keeps what each minute of a room brought, for thirty days."""

from collections.abc import Callable

from tests.support.rooms import Room
from vwr_middleware.blocking import finish
from vwr_middleware.line.constants import MINUTES_KEPT
from vwr_middleware.line.messages import ForOperators, Seen
from vwr_middleware.line.minutes import HOUR, Minute

Rooms = Callable[..., Room]


def minutes(room: Room, since: float = 7200.0, hourly: bool = False) -> list[Minute]:
    now = room.clock()
    past = finish(room.store.history(room.name, now - since, now + 3600, hourly))
    return past.minutes(HOUR if hourly else 60)


def at_a_full_hour(room: Room) -> None:
    room.clock.pass_by(-room.clock() % 3600)


def test_a_minute_has_what_happened_in_it(make_room: Rooms) -> None:
    main = make_room(max_active=3, per_minute=90, mode="queue", burst=10)
    at_a_full_hour(main)
    main.look()
    main.join(5)
    main.clock.pass_by(2)
    main.look(1, 2, 3, 4, 5)
    main.advance(2)
    main.claim(1), main.claim(2)
    finish(main.store.end("main", "1-1", "completed"))
    finish(main.store.leave("main", main.place(5)))
    waits = [0, 0, 2, 0]
    main.look(for_operators=ForOperators(waits=waits, bypassed=7, turned_away=2), silent=4.0)
    main.clock.pass_by(60)
    main.look()
    first, second = minutes(main)
    assert (first.arrivals, first.entries, first.completed, first.left) == (5, 2, 1, 1)
    assert (first.waiting, first.inside, first.limit, first.per_minute) == (2, 1, 3, 90)
    assert (first.mode, first.bypassed, first.turned_away, first.away) == ("queue", 7, 2, 4)
    assert first.waits[:4] == waits
    assert second.at == first.at + 60 and (second.arrivals, second.entries) == (0, 0)


def test_the_minute_that_goes_by_is_told_too(make_room: Rooms) -> None:
    main = make_room(max_active=3)
    main.look()
    main.join(2)
    main.look()
    (only,) = minutes(main)
    assert (only.arrivals, only.entries) == (2, 2)


def test_what_comes_after_a_quiet_night_counts_for_its_own_minute(make_room: Rooms) -> None:
    main = make_room(max_active=3, mode="queue")
    main.look()
    main.join(1)
    main.clock.pass_by(1)
    main.look(1)
    main.clock.pass_by(3600)
    main.join(2)
    main.look()
    assert [minute.arrivals for minute in minutes(main)] == [1, 2]


def test_a_reset_loses_none_of_those_who_came(make_room: Rooms) -> None:
    main = make_room(max_active=3, mode="queue")
    main.look()
    main.join(4)
    main.reset()
    main.generation = 2
    main.join(3)
    main.look()
    assert sum(minute.arrivals for minute in minutes(main)) == 7


def test_a_restored_room_does_not_count_its_old_places_as_arrivals(make_room: Rooms) -> None:
    main = make_room(mode="queue")
    main.look()
    main.join(2)
    finish(main.store.restore("main", Seen("b" * 16, 1, 900, 0)))
    main.join(1)
    main.look()
    assert sum(minute.arrivals for minute in minutes(main)) == 3


def test_hours_are_the_sums_of_their_minutes(make_room: Rooms) -> None:
    main = make_room(max_active=3, mode="queue")
    at_a_full_hour(main)
    for _ in range(125):
        main.look()
        main.join(2)
        main.clock.pass_by(60)
    main.look()
    hours = minutes(main, 4 * 3600, hourly=True)
    assert [hour.arrivals for hour in hours] == [118, 120, 12]
    assert [minute.arrivals for minute in minutes(main, 4 * 3600)] == [0] + [2] * 125
    assert [hour.at % 3600 for hour in hours] == [0, 0, 0]


def test_thirty_days_are_kept_and_no_more(make_room: Rooms) -> None:
    main = make_room(max_active=3, mode="queue")
    at_a_full_hour(main)
    for _ in range(33):
        main.look()
        main.join(1)
        main.clock.pass_by(86400)
    main.look()
    for hourly in (False, True):
        kept = minutes(main, 90 * 86400, hourly)
        oldest = main.clock() - kept[0].at
        assert MINUTES_KEPT <= oldest <= MINUTES_KEPT + 3 * 86400, hourly


def test_a_clock_that_was_corrected_is_noted(make_room: Rooms) -> None:
    main = make_room(max_active=3)
    main.look()
    main.clock.pass_by(-600)
    main.look()
    assert [minute.leapt for minute in minutes(main)] == [-600]


def test_a_minute_has_the_longest_wait_that_the_last_in_line_was_told(make_room: Rooms) -> None:
    main = make_room(max_active=3)
    at_a_full_hour(main)
    main.look(for_operators=ForOperators(told=(60, 300)))
    main.look(for_operators=ForOperators(told=(90, 200)))
    main.look()
    main.clock.pass_by(60)
    main.look(for_operators=ForOperators(told=(10, 20)))
    main.clock.pass_by(60)
    main.look()
    first, second, last = minutes(main)
    assert (first.told_low, first.told_high) == (90, 300)
    assert (second.told_low, second.told_high) == (10, 20)
    assert (last.told_low, last.told_high) == (0, 0)
    assert minutes(main, hourly=True)[0].told_high == 300
