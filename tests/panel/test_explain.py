"""Why somebody waits, in words that are true."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.rooms import Room
from vwr_middleware.line.constants import GIVEN_UP
from vwr_middleware.line.messages import Inlet, Snapshot
from vwr_middleware.panel import report
from vwr_middleware.panel.explain import explain, why_limit, why_nobody_is_called, with_moves
from vwr_middleware.panel.lookup import AskedPlace, ItsSession
from vwr_middleware.panel.words import duration
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.wait_ranges import wait_range


@pytest.fixture
def room(clock: Clock) -> Room:
    """A room for two, in which two are inside and eight wait."""
    room = Room(MemoryStore(clock), clock, {"max_active": 2})
    room.look()
    room.join(10)
    return room


def told(
    snapshot: Snapshot | CurrentRoom, position: int, joined_at: float = 0.0, ended: str = ""
) -> str:
    asked = AskedPlace(snapshot.generation, position, joined_at)
    room = snapshot if isinstance(snapshot, CurrentRoom) else CurrentRoom(snapshot)
    found = explain(room, asked, ItsSession(ended=ended))
    return " ".join((found.you, *found.sentences))


def test_a_full_room_is_the_reason(room: Room) -> None:
    text = told(room.look(), 7)
    assert "4 positions are ahead" in text
    assert "The room is full: 2 of 2 sessions are running." in text
    assert "beyond" not in told(replace(room.look(), ceiling=9), 7), "it is far from there"


def test_of_those_ahead_no_more_are_present_than_are_ahead(room: Room, clock: Clock) -> None:
    room.look(*range(3, 11))
    clock.pass_by(2)
    text = told(room.look(*range(3, 11)), 10)
    assert "7 positions are ahead" in text
    assert "About 7 of those ahead are present." in text


def test_beyond_the_horizon_nobody_is_said_to_be_present_or_not(room: Room) -> None:
    long = replace(room.look(), queue=5000, horizon=1002, present_ahead=500)
    assert "About 250 of those ahead are present." in told(long, 503)
    assert "are present" not in told(long, 1003)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({"door": [2], "door_size": 1}, "At the door"),
        ({"door": [1, 3], "door_size": 4}, "now: they wait at the door, or have not come yet, or"),
        (
            {"door": [1, 3], "door_size": 2},
            "now: either they have not come yet, or their session is",
        ),
        ({"free": 1}, "enters at the next poll"),
        ({"free": 1, "state": "open"}, "enters at the next poll"),
        ({"limit": 5, "per_second": 0.5}, "paced: 30 per minute"),
    ],
)
def test_a_called_one_is_told_what_it_waits_for(
    room: Room, numbers: dict[str, Any], words: str
) -> None:
    assert words in told(replace(room.look(), **numbers), 2)


def test_where_a_missed_turn_is_lost_a_called_one_may_have_missed_it(room: Room) -> None:
    words = "have not come yet, or have missed their turn, or their session is over"
    assert "missed" not in told(room.look(), 2)
    room.change(late="lost")
    text = told(replace(room.look(), free=1), 2)
    assert words in text
    assert "enters at the next poll, if the ticket is still good" in text


def test_a_pace_is_a_reason_also_while_one_may_enter(room: Room) -> None:
    numbers: dict[str, Any] = {"limit": 5, "per_second": 0.5, "free": 1}
    assert "New admissions are paced: 30 per minute." in told(replace(room.look(), **numbers), 7)


def test_who_waits_is_told_for_how_long(room: Room, clock: Clock) -> None:
    now = clock()
    flow = [[now - 300, 600.0, 300.0, 300.0], [now, 1200.0, 600.0, 600.0]]
    numbers: dict[str, Any] = {
        "queue": 2200, "serving": 1200, "horizon": 2200, "present_ahead": 500,
        "flow": 1.0, "flow_log": flow, "first_claim": now - 600, "totals": {"claimed": 600},
    }  # fmt: skip
    busy = replace(room.look(), **numbers)
    low, high = wait_range(CurrentRoom(busy), 1500) or (0, 0)
    assert 0 < low < high
    assert f"probably be {duration(low)} to {duration(high)}" in told(busy, 1500)
    assert "is not known" in told(room.look(), 7)
    assert explain(CurrentRoom(busy), AskedPlace(1, 1500)).as_json()["wait"] == {
        "low": low,
        "high": high,
    }
    assert explain(CurrentRoom(busy), AskedPlace(1, 1200)).wait is None, "it is called"
    last = report.numbers(CurrentRoom(busy))["last_in_line"]
    assert last["low"] > low and last["high"] > high
    assert report.numbers(CurrentRoom(replace(busy, queue=1200)))["last_in_line"] is None, (
        "nobody waits"
    )


def test_also_whoever_is_called_waits_until_the_entry(room: Room, clock: Clock) -> None:
    called = replace(room.look(), queue=2, called=1, oldest=clock() - 50)
    assert (called.waiting, report.numbers(CurrentRoom(called))["longest_wait"]) == (0, 50)


def test_a_session_is_told_of(room: Room, clock: Clock) -> None:
    running = ItsSession(clock() + 30, True, addresses=4)
    found = explain(CurrentRoom(room.look()), AskedPlace(1, 1), running)
    assert (found.position, found.generation, found.addresses) == (1, 1, 4)
    words = " ".join(found.sentences)
    assert "second request must come within 30 s" in words
    assert "Used from 4 addresses" in words
    for addresses in (1, 2):
        found = explain(
            CurrentRoom(room.look()), AskedPlace(1, 1), replace(running, addresses=addresses)
        )
        assert [words[:11] for words in found.sentences[1:]] == ["Used from 2"] * (addresses - 1)


@pytest.mark.parametrize(
    ("mode", "words"), [("paused", "is paused"), ("closed", "is closed"), ("off", "is off")]
)
def test_a_mode_is_the_reason(room: Room, mode: str, words: str) -> None:
    room.change(mode=mode)
    read = room.look()
    assert words in told(read, 7) and "is full" not in told(read, 7)
    assert words in told(replace(read, free=1), 2), "a free slot is no news then"


def test_a_room_before_its_opening_is_the_reason(room: Room, clock: Clock) -> None:
    room.change(opens_at=clock() + 60)
    assert "has not opened yet" in told(room.look(), 7)
    assert "paused" not in told(room.look(), 7)
    assert "It is also paused" in told(replace(room.look(), mode="paused"), 7)


def test_the_strategy_is_the_reason(room: Room) -> None:
    room.change(inlet={"kind": "manual"}, max_active=50)
    assert "only an operator calls people" in told(room.look(inlet=Inlet(calls=False)), 7)
    assert "beyond 2." in told(room.look(inlet=Inlet(serving=2)), 7)
    room.change(inlet={"kind": "periodic", "count": 5, "every": 60.0, "burst": None})
    assert not [*why_nobody_is_called(CurrentRoom(room.look()))]


def test_somebody_inside_is_told_as_such(room: Room, clock: Clock) -> None:
    found = explain(CurrentRoom(room.look()), AskedPlace(1, 2), ItsSession(clock() + 90))
    assert found.you == "admitted" and "taken for another 90 s" in found.sentences[0]
    late = explain(CurrentRoom(room.look()), AskedPlace(1, 2), ItsSession(clock() - 1))
    assert "taken for another 0 s" in late.sentences[0]


@pytest.mark.parametrize(
    ("holder", "device", "you", "words"),
    [
        (0, None, "waiting", "positions are ahead"),
        (0, 0, "waiting", "positions are ahead"),
        (2, None, "waiting", "moved to another device 2 times"),
        (1, 1, "waiting", "moved to another device once"),
        (1, 0, "moved", "since this ticket was given out"),
        (GIVEN_UP, 0, "left", "given up the place"),
        (0, GIVEN_UP, "left", "given up the place"),
    ],
)
def test_a_place_that_moved_says_so(
    room: Room, holder: int, device: int | None, you: str, words: str
) -> None:
    known = replace(explain(CurrentRoom(room.look()), AskedPlace(1, 7)), wait=(60, 120))
    found = with_moves(known, holder, device)
    text = " ".join(found.sentences)
    assert found.you == you and words in text
    assert holder or "another device" not in text
    assert (found.ahead is None) == (found.wait is None) == (you != "waiting")


def test_by_a_ticket_it_is_told_since_when_somebody_waits(room: Room, clock: Clock) -> None:
    assert "waiting Joined 90 s ago. Waiting:" in told(room.look(), 7, joined_at=clock() - 90)
    assert "Joined" not in told(room.look(), 7)


def test_each_answer_names_the_place_that_it_is_about(room: Room, clock: Clock) -> None:
    room.reset()
    room.join(10)
    room.advance(3)
    read = room.look()
    for position, generation, its, you in (
        (1, 2, ItsSession(clock() + 90), "admitted"),
        (4, 1, ItsSession(ended="revoked"), "ended"),
        (4, 1, None, "reset"),
        (11, 2, None, "none"),
        (3, 2, None, "next"),
        (7, 2, None, "waiting"),
    ):
        found = explain(CurrentRoom(read), AskedPlace(generation, position), its)
        assert (found.position, found.generation, found.you) == (position, generation, you)


def test_an_ended_session_spends_the_ticket(room: Room) -> None:
    assert "has ended (completed)" in told(room.look(), 2, ended="completed")


def test_somebody_called_may_come(room: Room) -> None:
    room.advance(3)
    assert told(room.look(), 4).startswith("next Called: the serving counter stands at 5.")


def test_a_position_that_nobody_has_is_none(room: Room) -> None:
    assert "has not been handed out yet: the last one is 10" in told(room.look(), 11)


def test_a_ticket_from_before_a_reset_leads_to_a_new_place(room: Room) -> None:
    room.reset()
    (sentence,) = explain(CurrentRoom(room.look()), AskedPlace(1, 4)).sentences
    assert "the room has been reset since" in sentence


def test_the_limit_says_where_it_comes_from(room: Room) -> None:
    assert why_limit(CurrentRoom(room.look())) == "max_active as configured"
    room.change(max_active=9)
    assert why_limit(CurrentRoom(room.look())) == "set by an operator; configured: 2"
    assert "set by the strategy" in why_limit(CurrentRoom(room.look(inlet=Inlet(limit=4))))
    room.change(mode="off")
    assert "no limit applies" in why_limit(CurrentRoom(room.look()))


def test_the_adaptive_limit_says_why_while_it_is_the_one_in_force(room: Room) -> None:
    room.change(max_active=9)
    look = room.look(inlet=Inlet(limit=4))

    def why(**kept: Any) -> str:
        state = {"at": look.now - 1, "limit": 4.7, "signal": 1.31, "reason": "overload"}
        return why_limit(CurrentRoom(replace(look, adaptive=state | kept)))

    assert why() == (
        "adaptive: overload, the app at 131% of what it may take; max_active would allow 9"
    )
    assert why(at=look.now - 10) == why()
    assert why(reason="few samples") == "adaptive: few samples; max_active would allow 9"
    for old in ({"at": look.now - 11}, {"limit": 5.2}):
        assert why(**old) == "set by the strategy; max_active would allow 9"


def test_speeds_are_told_by_the_minute_and_no_more_are_present_than_wait(room: Room) -> None:
    read = replace(room.look(), per_second=0.5, flow=0.4, present_ahead=3, seen_ahead=2)
    found = report.numbers(CurrentRoom(read))
    assert (found["per_minute"], found["admitted_per_minute"]) == (30, 24)
    assert (found["present"], found["waiting"], found["called"]) == (5, 8, read.called)
    found = report.numbers(CurrentRoom(replace(read, per_second=None, present_ahead=9, called=2)))
    assert (found["per_minute"], found["present"], found["called"]) == (None, 8, 2)


def test_a_counter_that_another_thread_moves_meanwhile_breaks_no_look_up(room: Room) -> None:
    class Moving(CurrentRoom):
        """A room whose counter reaches the horizon while somebody before it is looked up."""

        __slots__ = ()

        def __getattribute__(self, name: str) -> Any:
            if name == "horizon":
                self.serving = super().__getattribute__("horizon")
            return super().__getattribute__(name)

    moving = Moving(replace(room.look(), horizon=10, present_ahead=8))
    assert "Waiting: 4 positions are ahead" in told(moving, 7)
