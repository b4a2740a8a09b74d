"""What workers and visitors may ask of a store, drawn at random for the room as it is."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

from tests.support.clock import Clock
from tests.support.rooms import config
from vwr_middleware.line.drawn_lanes import drawn_lanes
from vwr_middleware.line.lanes import remembered
from vwr_middleware.line.messages import (
    ForOperators,
    Inlet,
    Knock,
    Load,
    Place,
    Seen,
    Snapshot,
    StockTold,
    ToldRange,
)


def some_config(random: Random, now: float) -> dict[str, Any]:
    """What a room may be set to."""
    pick = random.choice
    settings: dict[str, Any] = {
        "max_active": pick([1, 2, 5, 20, 60, 700]),
        "mode": pick(["auto", "auto", "queue", "queue", "paused", "closed", "off", "shadow"]),
        "per_minute": pick([None, None, 7.5, 60.0, 600.0]),
        "max_waiting": pick([None, None, None, 0, 15]),
        "session_seconds": pick([20, 90.5, 600]),
        "renew": pick([True, True, False]),
        "confirm_within": pick([5, 20]),
        "session_grace": pick([0, 10]),
        "outage_grace": pick([0, 40, 3600]),
        "claim_within": pick([3, 30, 60]),
        "late": pick(["when_space", "when_space", "lost"]),
        "opens_at": pick([None, None, None, now + 30, now + 1, now - 2]),
        "closes_at": pick([None, None, None, now + 2000.25]),
        "stock_left": pick([None, None, None, 0, 7]),
        "public_stock": False,
        "when_gone": pick(["message", "close"]),
        "message": pick([None, 'Grüße, "you"', ""]),
        "counts_unheard": pick([False, False, False, True]),
        "lanes": pick([None, None, {"vip": 0.3}, {"b-1": 0.05, "a": 0.5}, {"vip": 0.9}]),
    }
    openings = pick([None, None, None, None, some_openings(random, now)])
    return config(day_log=pick([0, 300])) | settings | ({"openings": openings} if openings else {})


def some_openings(random: Random, now: float) -> list[dict[str, Any]]:
    """Openings of a room, soon one after the other, in the form in which a store keeps them."""
    found, at = [], now + random.choice([-30.5, -2, 1, 20])
    for _ in range(random.randint(1, 3)):
        opening: dict[str, Any] = {"opens_at": at, "closes_at": at + random.choice([0.5, 7, 60])}
        opening |= random.choice([{}, {"joins_from": at - 5}])
        opening |= random.choice([{}, {"fresh": True}, {"max_active": 3, "message": "Grüße"}])
        opening |= random.choice([{}, {"per_minute": 90.5, "title": {"de": "Ü"}}])
        found.append(opening)
        at = opening["closes_at"] + random.choice([0, 4, 50])
    return found


def some_plan(random: Random, now: float) -> dict[str, Any]:
    """A planned change, in the form in which a store keeps it."""
    name, value = random.choice([*some_config(random, now).items(), ("inlet", ["manual"])])
    return {
        "at": now + random.choice([-1, 0.4, 3, 30]),
        "set": {name: json.dumps(value)} if name != "openings" else {},
        "unset": random.choices(["max_active", "per_minute", "late"], k=2),
        "by": 'o"p, ö',
        "who": "ö",
        "made": now,
    }


def some_inlet(random: Random, serving: int) -> Inlet | None:
    """What a strategy may ask for."""
    if random.random() < 0.7:
        return random.choice([Inlet(), Inlet(), Inlet(), Inlet(), None])
    return Inlet(
        limit=random.choice([None, 0, 1, 3, 30, 1000]),
        per_second=random.choice([None, 0.1, 5.5]),
        burst=random.choice([None, 2.5]),
        serving=random.choice([None, serving + random.randint(-2, 9)]),
        calls=random.random() < 0.7,
        holds=random.random() < 0.2,
    )


class Draws:
    """Draws arguments that are likely to matter, by the last snapshot of the room."""

    def __init__(self, random: Random, clock: Clock) -> None:
        self.random, self.clock = random, clock
        self.snapshot: Snapshot | None = None
        self.config = some_config(random, clock())

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
        lanes = {lane: [tail + ahead, *rest] for lane, (tail, *rest) in read.lanes.items()}
        word = self.random.choice(["", remembered(read.layout, lanes)])
        draw = self.some_draw() if read.draw else {}
        return lambda room: Seen(room, *counters, *inside, known, changes, lanes=word, **draw)

    def some_draw(self) -> dict[str, Any]:
        """What a worker knows of the draw; now and then more than the store."""
        read, random = self.now_read, self.random
        known = {"draw": read.draw, "draw_told": read.draw_told, "drawn_at": read.drawn_at}
        if not read.draw_lanes or random.random() < 0.3:
            return {**known, "drawn": read.drawn + random.choice([0, 0, 4])}
        lanes = drawn_lanes(read.draw_lanes)
        counts = {lane: n + random.choice([-3, 0, 0, 5]) for lane, n in lanes.counts.items()}
        word = random.choice([lanes.text, lanes.with_counts(counts)])
        return {**known, "drawn": drawn_lanes(word).count, "draw_lanes": word}

    def maybe_seen(self) -> Callable[[str], Seen] | None:
        return self.seen() if self.random.random() < 0.5 else None

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
            "ended": random.choice([(), None, None, self.some_ended()]),
            "ended_after": self.some_number(read.ended_last) + random.choice([0, 0, 0, 2, 250]),
            "fell_back": random.choice([None, None, read.fell_back, read.fell_back + 1]),
            "moved_after": self.some_number(read.moved_last),
            "load": random.choice([None, Load(3, 2, random.random() * 3, 1, random.random())]),
            "stock": self.some_stock(),
            "asks_stock": random.random() < 0.5,
            "marks": [self.some_mark() for _ in range(random.choice([0, 1, 5]))],
            "adaptive": random.choice([None, {"limit": random.random() * 50, "why": None}]),
            "for_operators": self.some_for_operators(),
            "quiet": random.choice([None, None, (0.0, 0.0), self.some_quiet()]),
            "spare": random.choice([0, 0, 3]),
            "away": random.choice([0.0, 0.0, 2.0, 8.0, 100.0]),
            "silent": random.choice([0.0, 0.0, 0.0, 3.5, 900.0]),
            "adaptive_version": max(0, read.adaptive_version + random.choice([-1, 0, 0, 2])),
        }

    def some_quiet(self) -> tuple[float, float]:
        """Quiet hours that may be over, and may last."""
        since = self.clock() - self.random.choice([3.0, 40.0])
        return since, since + self.random.choice([5.0, 60.0])

    def some_number(self, last: int) -> int:
        """What a worker has of a list; now and then more than the store."""
        return self.random.randint(max(0, last - 4), last + 1)

    def some_ended(self) -> list[str]:
        """What it tells a store that fell back: each session once."""
        count = self.random.choice([0, 1, 5, 30])
        return list(dict.fromkeys(self.some_session() for _ in range(count)))

    def some_present(self) -> list[int]:
        random, read = self.random, self.now_read
        if random.random() < 0.1:  # everybody, or nearly so
            return [p for p in range(read.serving, read.queue + 1) if random.random() < 0.9]
        count = random.choice([0, 0, 3, 10, 40, 200])
        last = random.choice([read.queue + 2, min(read.queue, read.serving + 100)])
        return [random.randint(0, max(1, last)) for _ in range(count)]

    def some_knock(self) -> Knock:
        return Knock(self.position(), self.random.uniform(1, 10), self.random.random() < 0.2)

    def some_for_operators(self) -> ForOperators:
        random, now = self.random, self.clock()
        sharers = [(self.some_session(), random.choice("abc")) for _ in range(3)]
        return ForOperators(
            random.choice([0.0, 0.0, now - random.uniform(0, 900)]),
            random.choice([0.0, 0.0, random.uniform(0, 900)]),
            random.choice([[], [], sharers]),
            random.choice([[], [0, random.randint(0, 300)], [1] * 40]),
            random.choice([0, 0, 3, 70_000]),
            random.choice([0, 0, 200]),
            random.choice([(0, 0), (60, 300), (0, 5)]),
            random.choice([{}, {}, {"vip": [1] * 40, "": [0, 3]}, {"gone": [0, 300]}]),
        )

    def some_stock(self) -> StockTold | None:
        """What a worker has heard of the app, now or a while ago; often nothing."""
        random, at = self.random, self.clock() - self.random.choice([0.0, 0.4, 3.0, 400.0])
        if random.random() < 0.6:
            return None
        if random.random() < 0.2:
            return StockTold(None, at, random.randint(1, 5))
        return StockTold(random.choice([0, 0, 3, 40, 41, 2000]), at)

    def some_mark(self) -> ToldRange:
        random = self.random
        soonest = self.clock() + random.uniform(-5, 100)
        latest = soonest + random.uniform(0, 60)
        return ToldRange(25 * 2 ** random.randint(0, 3), self.position() + 5, soonest, latest)

    def some_session(self) -> str:
        read = self.now_read
        oldest = max(1, read.serving - 30)
        position = self.random.randint(oldest, max(oldest, read.serving))
        return f"{max(1, self.generation())}-{position}"

    def device(self) -> int:
        return self.random.choice([0, 0, 0, 0, 0, 1, 1, 2, 1000])

    def marks(self) -> tuple[str, ...]:
        return self.random.choice(
            [(), ("home",), ("home", "home of old"), ("train", "home of old")]
        )

    def place(self) -> Place:
        return Place(self.generation(), self.position(), self.device(), marks=self.marks())

    def lanes(self, count: int) -> list[str]:
        """Which lanes so many people join; often none, and now and then one that there is not."""
        if self.random.random() < 0.4:
            return []
        return self.random.choices(["", "vip", "a", "b-1", "gone"], k=count)

    def identities(self, count: int) -> list[str]:
        """Who those are who join, few people again and again; of some it is not known."""
        known = ["", "", *(f"{number:016x}" for number in range(12))]
        return self.random.choices(known, k=self.random.choice([0, 0, 1, count]))

    def code(self) -> str:
        return f"code-{self.random.randint(1, 6)}"
