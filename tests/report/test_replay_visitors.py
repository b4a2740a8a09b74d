"""A day is played once more from the log of its visitors: as it was, and with other settings."""

from functools import lru_cache
from typing import Any

import pytest

from vwr_middleware.blocking import finish
from vwr_middleware.errors import Refused
from vwr_middleware.line.constants import DAY_CHUNK, DAY_VISITOR, TICKS
from vwr_middleware.report.day_log import Day, Rules, Visitor, part_of, read_day
from vwr_middleware.report.replay import Wished
from vwr_middleware.report.replay_visitors import in_short, replay_visitors
from vwr_middleware.settings import RoomSettings
from vwr_middleware.simulate import Crowd, Result, Scenario
from vwr_middleware.simulate.agenda import Agenda
from vwr_middleware.simulate.arrivals import burst
from vwr_middleware.simulate.run import Simulation
from vwr_middleware.stores.memory.store import MemoryStore


@lru_cache(maxsize=8)
def simulated(
    most: int = 10, seed: int = 1, count: int = 120, steady: bool = False
) -> tuple[Result, list[bytes]]:
    """A day of a room that keeps the log, with what really became of its visitors."""
    room = RoomSettings(paths="/", max_active=most, mode="queue", day_log=count)
    crowd = Crowd(arrivals=burst(count), visit=30.0, absent=0.1, gives_up=0.1)
    changes: tuple[tuple[float, dict[str, Any]], ...] = (
        (100.0, {"max_active": most + 5}),
        (200.0, {"mode": "paused"}),
    )
    changes = (*changes, (230.0, {"mode": "queue", "per_minute": 30.0}))
    scenario = Scenario(
        room=room, crowd=crowd, workers=1, changes=() if steady else changes, seed=seed
    )
    agenda = Agenda(scenario.starts_at)
    store = MemoryStore(agenda)
    return Simulation(scenario, store, agenda).run(), [*finish(store.day("main")).chunks]


def a_day(seed: int = 1) -> Day:
    return read_day(simulated(seed=seed)[1])


@pytest.mark.long
def test_the_log_says_of_each_visitor_when_they_came_and_went_in() -> None:
    result, chunks = simulated()
    day = read_day(chunks)
    entered = {v.position: v.entered for v in day.visitors if v.entered is not None}
    assert len(result.entries) > 60
    for entry in result.entries:
        known = (entered[entry.position] or 0) / TICKS
        assert known == pytest.approx(entry.at, rel=0, abs=0.11)
    joined = {v.position: v.joined for v in reversed(day.visitors)}
    assert sorted(joined) == sorted(result.positions)
    assert list(dict(sorted(joined.items())).values()) == sorted(joined.values())


@pytest.mark.long
def test_it_takes_twenty_bytes_a_visitor_at_most_and_never_more_than_it_may() -> None:
    result, chunks = simulated()
    assert sum(map(len, chunks)) <= 20 * len(result.positions)
    assert all(len(chunk) <= DAY_CHUNK + 1000 for chunk in chunks)
    assert DAY_VISITOR == 20


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2])
def test_a_replay_with_the_settings_of_the_day_is_the_day_visitor_by_visitor(seed: int) -> None:
    day = a_day(seed)
    played = replay_visitors(day)
    order = sorted(played, key=lambda v: (v.generation, v.position, v.joined))
    assert order == sorted(day.visitors, key=lambda v: (v.generation, v.position, v.joined))


@pytest.mark.long
def test_more_slots_would_have_made_the_waits_shorter_and_fewer_longer() -> None:
    day = a_day()
    short = [in_short(replay_visitors(day, Wished(most)), day.end) for most in (4, 12, 25, 500)]
    waits = [one.wait(0.5) or 0.0 for one in short]
    assert waits == sorted(waits, reverse=True) and waits[-1] < 5
    assert [one.most_inside <= most for one, most in zip(short, (4, 12, 25), strict=False)]
    assert short[0].most_inside <= 4 and short[1].most_inside <= 12
    assert short[0].left_in_line > short[2].left_in_line


@pytest.mark.long
def test_what_is_replayed_is_much_like_the_day_with_those_settings() -> None:
    day, real = (read_day(simulated(most, steady=True)[1]) for most in (10, 16))
    replayed = in_short(replay_visitors(day, Wished(16)), day.end)
    simply = in_short(replay_visitors(real), real.end)
    for part in (0.5, 0.9):
        assert replayed.wait(part) == pytest.approx(simply.wait(part), rel=0.15)


@pytest.mark.long
def test_a_pace_holds_people_back() -> None:
    day = a_day()
    played = replay_visitors(day, Wished(1000, per_minute=12))
    times = sorted(v.entered for v in played if v.entered is not None)
    assert times[-1] - times[0] >= (len(times) - 6) * 5 * TICKS * 0.9


def someone(position: int, joined: int, **times: Any) -> Visitor:
    return Visitor(1, position, joined, **times)


def test_whoever_gave_up_goes_in_if_the_turn_would_have_come_before() -> None:
    first = someone(1, 0, called=0, entered=0, ended=1000, how="completed")
    gave_up = someone(2, 10, left=500)
    day = Day(0, 2000, [first, gave_up], [Rules(0, 1, "queue", None, 0.0)])
    assert replay_visitors(day)[1].entered is None
    assert replay_visitors(day, Wished(2))[1].entered == 10
    too_late = Day(0, 2000, [first, someone(2, 10, left=10)], day.rules)
    assert replay_visitors(too_late, Wished(2))[1].entered is None


@pytest.mark.long
def test_a_part_of_a_day_knows_who_was_there_as_it_begins() -> None:
    day = a_day()
    middle = day.begin / TICKS + 60
    part = part_of(day, middle, middle + 60)
    assert part.end - part.begin == 60 * TICKS
    assert min(v.joined for v in part.visitors) == part.begin
    played = replay_visitors(part)
    assert in_short(played, part.end) == in_short(part.visitors, part.end)
    with pytest.raises(Refused, match="nothing of this time"):
        part_of(day, middle + 9e5, middle + 9e6)


@pytest.mark.long
def test_no_cut_and_no_wrong_byte_ends_in_another_error() -> None:
    chunk = simulated()[1][0]
    for at in range(0, len(chunk), 7):
        for data in (chunk[:at], chunk[:at] + bytes([chunk[at] ^ 85]) + chunk[at + 1 :]):
            try:
                day = read_day([data])
                replay_visitors(day, Wished(3))
            except Refused:
                continue
