"""Whoever is called comes, comes late, or only asks: in every store as in a plain room."""

from collections.abc import Callable
from random import Random

import pytest

from tests.support.cases import cases
from tests.support.plain_room import GRACE, SESSION, PlainRoom
from tests.support.rooms import Room
from vwr_middleware.line.messages import Knock

Rooms = Callable[..., Room]
PEOPLE, AT_THE_DOOR, STEPS = 60, 4, 400
PAUSES = (*(0.0, 0.5, 2.0, 3.9, 4.0) * 4, 8.0, 10.0, 31.0, 70.0, 100.0, 310.0)


class Walk:
    """A few people at the door of a small room, beside a plain one."""

    def __init__(self, room: Room, plain: PlainRoom, random: Random) -> None:
        self.room, self.plain, self.random = room, plain, random
        # `p` polls where a slot is free and claims where none is; `c` does it the other way round.
        self.habits = {position: random.choice("pc") for position in range(1, PEOPLE + 1)}
        self.now()
        plain.notice()  # as the worker did that made the room
        room.join(PEOPLE)
        room.nobody_is_awaited()
        self.now()
        room.advance(PEOPLE)
        room.clock.pass_by(6)  # nor will be those who ask from now on
        self.now()
        plain.queue = plain.serving = PEOPLE

    def now(self) -> float:
        self.plain.pass_time(self.room.clock())
        return self.room.clock()

    def look(self, *noted: Knock) -> None:
        now = self.now()
        for item in noted:
            if self.plain.standing(item.position) == "next":
                self.plain.turn_away(item.position, item.returns_in, item.hidden, now)
        self.now()
        snapshot = self.room.look(knocks=noted)
        self.plain.notice()
        assert snapshot.door == sorted(self.plain.door)
        assert snapshot.free == self.plain.free >= 0

    def step(self) -> None:
        left = [p for p in self.habits if p not in self.plain.spent]
        position, returns_in = (
            self.random.choice(left[:AT_THE_DOOR]),
            self.random.choice((0.5, 2.0)),
        )
        knocks, hidden = self.habits[position] == "p", self.random.random() < 0.1
        self.look()
        if self.plain.sessions and self.random.random() < 0.3:
            self.confirm(min(self.plain.sessions))
        elif self.random.random() < 0.1:
            self.look(Knock(position, returns_in, hidden))
        elif knocks == (self.plain.free > 0):
            expected = self.plain.knock(position, returns_in, hidden, self.now(), 0)
            assert self.room.knock(position, returns_in, hidden).verdict == expected
        else:
            expected = self.plain.claim(position, returns_in, self.now(), 0)
            assert self.room.claim(position, returns_in).verdict == expected

    def confirm(self, session: str) -> None:
        """The first request of a visit; else its claim lapses."""
        self.plain.sessions[session] = (self.now() + SESSION + GRACE, False)
        self.room.renew(int(session.split("-")[1]))


@pytest.mark.parametrize("late", ["when_space", "lost"])
@pytest.mark.parametrize("seed", cases(range(12), usual=range(1)))
def test_a_slot_waits_for_whom_it_would_in_a_plain_room(
    make_room: Rooms, seed: int, late: str
) -> None:
    random = Random(seed)
    plain = PlainRoom(random.randint(1, 2), late == "lost")
    main = make_room(**plain.settings(), mode="queue")
    walk = Walk(main, plain, random)
    for _ in range(STEPS):
        main.clock.pass_by(random.choice(PAUSES))
        walk.step()
