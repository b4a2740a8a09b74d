"""The same steps on two stores, drawn at random, with every answer compared."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import is_dataclass
from random import Random
from typing import Any, get_args

from tests.support.alike import alike, differences
from tests.support.clock import Clock
from tests.support.drawn import some_config, some_inlet
from vwr_middleware.blocking import finish
from vwr_middleware.errors import RoomLost, WaitingRoomError
from vwr_middleware.line.answers import (
    Ask,
    Ending,
    Knock,
    Load,
    Mark,
    Seen,
    Snapshot,
    Watch,
)
from vwr_middleware.stores import Store

ROOM = "main"
PAUSES = (0.0, 0.0, 0.0, 0.004, 0.1, 0.3, 0.5, 0.7, 1.0, 1.3, 2.0, 4.1, 6.0, 11.0, 16.0, 70.0)

Step = Callable[[Store, Seen | None], Coroutine[Any, Any, Any]]


class Walk:
    """A random walk through what can happen to a room, on two stores at once."""

    def __init__(self, seed: int, clock: Clock, stores: Sequence[Store]) -> None:
        self.random = Random(seed)
        self.clock = clock
        self.stores = list(stores)
        self.rooms: list[str] = ["", ""]
        self.told: list[str] = []
        self.snapshot: Snapshot | None = None
        self.config = some_config(self.random, self.clock())

    def both(self, name: str, step: Step, seen: Callable[[str], Seen] | None = None) -> Any:
        """One step on each store; the answers must be alike."""
        self.told.append(name)
        answers: list[Any] = []
        for store, room in zip(self.stores, self.rooms, strict=True):
            try:
                known = seen(room) if seen else None
                answers.append(finish(step(store, known)))
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
        actions += (
            [self.renew, self.end] * 4
            + [self.leave, self.advance, self.change] * 1
            + [self.keep_code, self.move] * 2
        )
        actions += [self.view]
        for number in range(steps):
            self.clock.pass_by(self.random.choice(PAUSES))
            if self.random.random() < 0.01:
                self.clock.pass_by(-3)
            self.random.choice(actions)()
            if number % 90 == 60:
                rare = [self.reset, self.crowd, self.crowd, self.fall_back, self.restore]
                self.random.choice(rare)()

    @property
    def now_read(self) -> Snapshot:
        assert self.snapshot is not None
        return self.snapshot

    def generation(self) -> int:
        return self.now_read.generation - (self.random.random() < 0.03)

    def position(self) -> int:
        read, random = self.now_read, self.random
        near = random.randint(read.serving - 6, read.serving + 3)
        return random.choice([near, near, near, random.randint(-1, read.queue + 3)])

    def seen(self, ahead: int = 0, later: int = 0, more: int = 0) -> Callable[[str], Seen]:
        read = self.now_read
        counters = read.generation + later, read.queue + ahead, read.serving + min(ahead, 2)
        inside = read.active + more, read.totals["claimed"] + more
        changes = read.changes + self.random.randint(-1, 1)
        known = {"per_minute": float(self.random.randint(30, 600))}
        return lambda room: Seen(room, *counters, *inside, known, changes)

    def maybe_seen(self) -> Callable[[str], Seen] | None:
        return self.seen() if self.random.random() < 0.5 else None

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

    def some_ask(self) -> dict[str, Any]:
        random, read = self.random, self.now_read
        starting = random.random() < 0.06
        if starting:
            self.config = some_config(self.random, self.clock())
        return {
            "starting": starting,
            "inlet": some_inlet(self.random, read.serving),
            "present": self.some_present(),
            "generation": self.generation(),
            "knocks": [self.some_knock() for _ in range(random.choice([0, 0, 1, 4]))],
            "ended_after": random.randint(max(0, read.ended_last - 4), read.ended_last + 1),
            "moved_after": random.randint(max(0, read.moved_last - 4), read.moved_last + 1),
            "load": random.choice([None, Load(3, 2, random.random() * 3, 1, random.random())]),
            "marks": [self.some_mark() for _ in range(random.choice([0, 1, 5]))],
            "adaptive": random.choice([None, {"limit": random.random() * 50, "why": None}]),
            "watch": self.some_watch(),
            "adaptive_version": read.adaptive_version - (random.random() < 0.3),
        }

    def some_present(self) -> list[int]:
        random, read = self.random, self.now_read
        if random.random() < 0.1:  # everybody, or nearly so
            return [p for p in range(read.serving, read.queue + 1) if random.random() < 0.9]
        count = random.choice([0, 0, 3, 10, 40, 200])
        last = random.choice([read.queue + 2, min(read.queue, read.serving + 100)])
        return [random.randint(0, max(1, last)) for _ in range(count)]

    def some_knock(self) -> Knock:
        return Knock(self.position(), self.random.uniform(1, 10), self.random.random() < 0.2)

    def some_watch(self) -> Watch:
        random, now = self.random, self.clock()
        sharers = [(self.some_session(), random.choice("abc")) for _ in range(3)]
        return Watch(
            random.choice([0.0, 0.0, now - random.uniform(0, 900)]),
            random.choice([0.0, 0.0, random.uniform(0, 900)]),
            random.choice([[], [], sharers]),
        )

    def some_mark(self) -> Mark:
        random = self.random
        due = self.clock() + random.uniform(-5, 200)
        return Mark(25 * 2 ** random.randint(0, 3), self.position() + 5, due)

    def join(self) -> None:
        kinds = self.random.choices(["p", "p", "p", "e", "t"], k=self.random.choice([1, 1, 4, 32]))
        self.arrive(kinds)

    def arrive(self, kinds: list[Any]) -> None:
        self.both(
            f"join {kinds}", lambda store, seen: store.join(ROOM, kinds, seen), self.maybe_seen()
        )

    def crowd(self) -> None:
        """So many that bitmaps are searched in several slices."""
        self.arrive(["p"] * self.random.choice([500, 3000, 9000]))
        self.refresh()

    def knock(self) -> None:
        asked = self.generation(), self.position(), self.random.uniform(1, 10)
        hidden, device = self.random.random() < 0.2, self.device()
        self.both(
            f"knock {asked} {hidden} {device}",
            lambda store, seen: store.knock(ROOM, *asked, hidden, seen, device),
            self.maybe_seen(),
        )

    def claim(self) -> None:
        asked = self.generation(), self.position(), self.random.uniform(1, 10)
        device = self.device()
        self.both(
            f"claim {asked} {device}",
            lambda store, seen: store.claim(ROOM, *asked, seen, device),
            self.maybe_seen(),
        )

    def some_session(self) -> str:
        read = self.now_read
        oldest = max(1, read.serving - 30)
        position = self.random.randint(oldest, max(oldest, read.serving))
        return f"{max(1, self.generation())}-{position}"

    def renew(self) -> None:
        session, outage = self.some_session(), self.random.random() < 0.1
        self.both(
            f"renew {session} {outage}",
            lambda store, seen: store.renew(ROOM, session, outage, seen),
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
        asked = self.generation(), self.position()
        device = self.device()
        self.both(
            f"leave {asked} {device}",
            lambda store, seen: store.leave(ROOM, *asked, seen, device),
            self.maybe_seen(),
        )

    def device(self) -> int:
        return self.random.choice([0, 0, 0, 0, 0, 1, 1, 2, 1000])

    def code(self) -> str:
        return f"code-{self.random.randint(1, 6)}"

    def keep_code(self) -> None:
        asked = self.generation(), self.position(), self.device(), self.code()
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
        ]
        name, value = self.random.choice(options)
        if name == "mode" and self.random.random() < 0.7:
            value = self.random.choice(["auto", "queue"])
        forget = self.random.choices([*self.config, "inlet"], k=3)
        self.both(
            f"change {name}={value} -{forget}",
            lambda store, _: store.change(ROOM, {name: value}, forget, who="ö"),
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
        self.view()

    def fall_back(self) -> None:
        """The stores are told of more than they know."""
        choice = self.random.choice
        seen = self.seen(choice([0, 3]), choice([0, 0, 1]), choice([0, 0, 2, 5]))
        self.both("fall back", lambda store, known: store.join(ROOM, ["p"], known), seen)
        foreign = Seen("elsewhere", 9, 9, 9)
        self.both("foreign", lambda store, _: store.join(ROOM, ["p"], foreign))
        self.refresh()

    def view(self) -> None:
        self.both("view", lambda store, _: store.view(ROOM))
