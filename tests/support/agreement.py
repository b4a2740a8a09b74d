"""The same steps on two stores, drawn at random, with every answer compared."""

import re
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import fields, is_dataclass
from math import isclose
from random import Random
from typing import Any, get_args

from tests.support.clock import Clock
from tests.support.draws import Draws, some_config, some_plan
from vwr_middleware.blocking import finish
from vwr_middleware.errors import RoomLost, StoreUnavailable, WaitingRoomError
from vwr_middleware.line.messages import Ask, Ending, Seen, Snapshot
from vwr_middleware.stores import Store

ROOM = "main"
PAUSES = (0.0, 0.0, 0.0, 0.004, 0.1, 0.3, 0.5, 0.7, 1.0, 1.3, 2.0, 4.1, 6.0, 11.0, 16.0, 70.0)

_ROOM_ID = re.compile("[0-9a-f]{16}")  # each store draws its own

Step = Callable[[Store, Seen | None], Coroutine[Any, Any, Any]]


def alike(one: Any, other: Any) -> bool:
    """Whether two answers are the same, floats nearly so, whatever the room's id."""
    if isinstance(one, str) and isinstance(other, str) and _ROOM_ID.fullmatch(one):
        return bool(_ROOM_ID.fullmatch(other))
    if isinstance(one, bool) or isinstance(other, bool) or isinstance(one, str):
        return bool(one == other)
    if isinstance(one, int | float) and isinstance(other, int | float):
        # Among moments, of ten digits before the point, that is two thousandths of a second.
        return isclose(one, other, rel_tol=1e-12, abs_tol=1e-9)
    if is_dataclass(one):
        return type(one) is type(other) and not differences(one, other)
    if isinstance(one, list | tuple):
        pairs = zip(one, other, strict=False)
        return len(one) == len(other) and all(alike(a, b) for a, b in pairs)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(one[k], other[k]) for k in one)
    return bool(one == other)


def differences(one: Any, other: Any) -> dict[str, tuple[Any, Any]]:
    """The fields in which two answers differ."""
    names = [field.name for field in fields(one) if field.name != "room_id"]
    both = {name: (getattr(one, name), getattr(other, name)) for name in names}
    return {name: values for name, values in both.items() if not alike(*values)}


class Walk(Draws):
    """A random walk through what can happen to a room, on two stores at once."""

    def __init__(self, seed: int, clock: Clock, stores: Sequence[Store]) -> None:
        super().__init__(Random(seed), clock)
        self.stores = list(stores)
        self.rooms: list[str] = ["", ""]
        self.told: list[str] = []

    def both(self, name: str, step: Step, seen: Callable[[str], Seen] | None = None) -> Any:
        """One step on each store; the answers must be alike."""
        self.told.append(name)
        answers: list[Any] = []
        for store, room in zip(self.stores, self.rooms, strict=True):
            try:
                known = seen(room) if seen else None
                answers.append(finish(step(store, known)))
            except StoreUnavailable:
                raise  # which is no answer, but a fault or a machine that is too busy
            except WaitingRoomError as error:
                answers.append(type(error))
        one, other = answers
        if not alike(one, other):
            found = differences(one, other) if is_dataclass(one) else (one, other)
            if isinstance(one, list) and len(one) == len(other) == 1:
                found = differences(one[0], other[0])
            raise AssertionError(f"they differ: {found} after {self.told[-12:]}")
        return answers

    def run(self, steps: int) -> None:
        """Walk on."""
        self.refresh()
        actions = [self.refresh] * 8 + [self.join] * 5 + [self.knock, self.claim] * 5
        actions += [self.renew, self.end] * 4 + [self.keep_code, self.move] * 2
        actions += [self.subscribe, self.notices] * 2
        actions += [self.leave, self.advance, self.change, self.record, self.history, self.day]
        for number in range(steps):
            self.clock.pass_by(self.random.choice(PAUSES))
            if self.random.random() < 0.01:
                self.clock.pass_by(-3)
            self.random.choice(actions)()
            if number % 90 == 60:
                rare = [self.reset, self.crowd, self.crowd, self.fall_back, self.restore]
                self.random.choice(rare)()

    def refresh(self, **ask: Any) -> None:
        ask = ask or (self.some_ask() if self.snapshot else {})
        seen = self.maybe_seen() if self.snapshot else None

        async def step(store: Store, seen: Seen | None) -> list[Snapshot]:
            return await store.refresh([Ask(ROOM, self.config, **{"seen": seen, **ask})])

        answers = self.both(f"refresh {self.clock()}", step, seen)
        if answers[0] is RoomLost:
            return
        self.rooms = [answer[0].room_id for answer in answers]
        self.snapshot = answers[0][0]

    def join(self) -> None:
        kinds = self.random.choices(
            ["place", "place", "place", "enter", "ticket"], k=self.random.choice([1, 1, 4, 32])
        )
        self.arrive(kinds, self.identities(len(kinds)), self.lanes(len(kinds)))

    def arrive(
        self, kinds: list[Any], identities: Sequence[str] = (), lanes: Sequence[str] = ()
    ) -> None:
        self.both(
            f"join {kinds} {identities} {lanes}",
            lambda store, seen: store.join(ROOM, kinds, seen, identities, lanes),
            self.maybe_seen(),
        )

    def crowd(self) -> None:
        """So many that bitmaps are searched in several slices."""
        self.arrive(["place"] * self.random.choice([500, 3000, 9000]))
        self.refresh()

    def knock(self) -> None:
        asked = self.place(), self.random.uniform(1, 10), self.random.random() < 0.2
        self.both(
            f"knock {asked}",
            lambda store, seen: store.knock(ROOM, *asked, seen),
            self.maybe_seen(),
        )

    def claim(self) -> None:
        asked = self.place(), self.random.uniform(1, 10)
        self.both(
            f"claim {asked}",
            lambda store, seen: store.claim(ROOM, *asked, seen),
            self.maybe_seen(),
        )

    def renew(self) -> None:
        session, take_back, marks = self.some_session(), self.random.random() < 0.1, self.marks()
        lasts = self.random.choice([0.0, 0.0, 20.5, 1e6])
        self.both(
            f"renew {session} {take_back} {marks} {lasts}",
            lambda store, seen: store.renew(ROOM, session, take_back, seen, marks, lasts),
            self.maybe_seen(),
        )

    def end(self) -> None:
        session, how = self.some_session(), self.random.choice(get_args(Ending))
        who = self.random.choice(["", "op"])
        self.both(
            f"end {session} {how}",
            lambda store, seen: store.end(ROOM, session, how, seen, who=who),
            self.maybe_seen(),
        )

    def leave(self) -> None:
        place = self.place()
        self.both(
            f"leave {place}",
            lambda store, seen: store.leave(ROOM, place, seen),
            self.maybe_seen(),
        )

    def keep_code(self) -> None:
        asked = self.place(), self.code()
        self.both(
            f"keep_code {asked}",
            lambda store, seen: store.keep_code(ROOM, *asked, seen),
            self.maybe_seen(),
        )

    def move(self) -> None:
        codes = [self.code() for _ in range(self.random.choice([1, 1, 2]))]
        attempt = self.random.choice(["", "a", "a b"])
        self.both(
            f"move {codes} {attempt}",
            lambda store, seen: store.move(ROOM, codes, attempt, seen),
            self.maybe_seen(),
        )

    def subscribe(self) -> None:
        asked = self.place(), self.random.choice(["", "a", "b c", "ü 1 2"])
        self.both(
            f"subscribe {asked}",
            lambda store, seen: store.subscribe(ROOM, *asked, seen),
            self.maybe_seen(),
        )

    def notices(self) -> None:
        outcomes = [(0.0, ""), (-1.0, ""), (7.5, ""), (7.5, "less ü")]
        reports = [(self.position(), *self.random.choice(outcomes)) for _ in range(2)]
        asked = self.random.choice([0, 1, 9]), self.now_read.generation, reports
        self.both(
            f"notices {asked}",
            lambda store, seen: store.notices(ROOM, *asked, seen),
            self.maybe_seen(),
        )

    def advance(self) -> None:
        random = self.random
        if random.random() < 0.3:
            to = self.position() + 2
            self.both(f"serve {to}", lambda store, _: store.advance_to(ROOM, to, who='o"p'))
            return
        how: dict[str, Any] = {
            "present_only": random.random() < 0.5,
            "keep_rest": random.random() < 0.3,
            "key": random.choice(["", "a", "b", "c"]),
        }
        count = random.choice([0, 1, 2, 5, 30])
        self.both(f"advance {count} {how}", lambda store, _: store.advance(ROOM, count, **how))

    def change(self) -> None:
        options = [
            *some_config(self.random, self.clock()).items(),
            ("inlet", ["manual"]),
            ("inlet", None),
            *[(f"planned:{n}", some_plan(self.random, self.clock())) for n in "abcd"],
        ]
        name, value = self.random.choice(options)
        if name == "mode" and self.random.random() < 0.7:
            value = self.random.choice(["auto", "queue"])
        forget = self.random.choices([*self.config, "inlet", "planned:a"], k=3)
        after = self.random.choice([None, None, None, 1])  # which is always too late
        self.both(
            f"change {name}={value} -{forget} after {after}",
            lambda store, _: store.change(ROOM, {name: value}, forget, who="ö", after=after),
        )

    def reset(self) -> None:
        ends = self.random.random() < 0.5
        self.both(f"reset {ends}", lambda store, _: store.reset(ROOM, ends, who="op"))
        self.refresh()

    def restore(self) -> None:
        """The room is replaced by one that was lost; a second time nothing happens."""
        read, lost = self.now_read, f"{self.random.randrange(1, 4):016x}"
        generation = max(1, read.generation + self.random.randint(-1, 1))
        queue = self.random.choice([0, 40, read.queue + 1000])
        former = Seen(lost, generation, queue, self.position() + 6, self.random.randint(0, 9))
        for _ in range(2):
            self.both("restore", lambda store, _: store.restore(ROOM, former, who='o"p'))
        self.rooms = [lost, lost]
        self.refresh()
        self.record()
        self.history()

    def fall_back(self) -> None:
        """The stores are told of more than they know."""
        choice = self.random.choice
        seen = self.seen(choice([0, 3]), choice([0, 0, 1]), choice([0, 0, 2, 5]))
        self.both("fall back", lambda store, known: store.join(ROOM, ["place"], known), seen)
        foreign = Seen("elsewhere", 9, 9, 9)
        self.both("foreign", lambda store, _: store.join(ROOM, ["place"], foreign))
        self.hear_of(self.some_ended(), choice([-1, 0, 3]))
        self.refresh()

    def hear_of(self, ended: list[str], more: int) -> None:
        """The stores fell back: a worker tells what has ended since, and saw `more` inside."""
        known = self.now_read.ended_last + 7

        async def step(store: Store, seen: Seen | None) -> list[Snapshot]:
            asks = [Ask(ROOM, self.config, seen=seen, ended=ended, ended_after=known)]
            return await store.refresh(asks)

        seen = self.seen(max(0, more), more=more)
        self.snapshot = self.both(f"hear of {ended}", step, seen)[0][0]

    def record(self) -> None:
        self.both("record", lambda store, _: store.record(ROOM))

    def history(self) -> None:
        """What is kept, with the bytes of its chunks."""
        now, hourly = self.clock(), self.random.random() < 0.5
        begin = now - self.random.choice([100.0, 4000.0, 4e6])
        self.both(
            f"history {hourly}", lambda store, _: store.history(ROOM, begin, now + 60, hourly)
        )
        self.both(f"lanes {begin}", lambda store, _: store.lane_history(ROOM, begin, now + 60))

    def day(self) -> None:
        """The day's log, with the bytes of its chunks."""
        self.both("day", lambda store, _: store.day(ROOM))
