"""A room as anybody would write it down: sets and dicts, searched from end to end."""

from dataclasses import dataclass, field
from typing import Any

CONFIRM, SESSION, GRACE, WITHIN = 20.0, 60.0, 10.0, 30.0
GO = 4.0
SPARE = 4  # are kept at the door beyond as many as there are slots
LEAST = 4.0  # a place at the door is kept
AWAITED = 14.0  # of the called, whoever has not asked is waited for, so long at most
STEP = 10.0  # at most so much of the time between two steps is turn time


@dataclass
class PlainRoom:
    """What must be true of a room, except how far the serving counter goes."""

    limit: int
    late_is_lost: bool = False
    fixed: bool = False  # sessions are not renewed
    queue: int = 0
    serving: int = 0
    generation: int = 1
    sessions: dict[str, tuple[float, bool]] = field(default_factory=dict)
    spent: set[int] = field(default_factory=set)
    door: dict[int, tuple[float, float]] = field(default_factory=dict)
    goes: dict[int, float] = field(default_factory=dict)
    came_back: set[int] = field(default_factory=set)
    lapsed: set[int] = field(default_factory=set)
    totals: dict[str, int] = field(default_factory=dict)
    ended: list[tuple[str, float]] = field(default_factory=list)
    devices: dict[int, int] = field(default_factory=dict)  # the device of each moved place
    given_up: set[int] = field(default_factory=set)
    bound: dict[str, str] = field(default_factory=dict)  # sessions to networks
    last: float | None = None
    turn: float = 0.0  # the clock of the turns
    called_at: dict[int, float] = field(default_factory=dict)  # by that clock
    noticed: float = float("-inf")
    in_time: set[int] = field(default_factory=set)  # came when called
    known_since: dict[int, float] = field(default_factory=dict)  # that it is called

    def settings(self) -> dict[str, Any]:
        """What a real room must be told to behave like this one."""
        return {
            "max_active": self.limit,
            "confirm_within": CONFIRM,
            "session_seconds": SESSION,
            "session_grace": GRACE,
            "claim_within": WITHIN,
            "late": "lost" if self.late_is_lost else "when_space",
            "renew": not self.fixed,
        }

    def count(self, what: str) -> None:
        self.totals[what] = self.totals.get(what, 0) + 1

    def name(self, position: int) -> str:
        return f"{self.generation}-{position}"

    def pass_time(self, now: float) -> None:
        """What has run out is over."""
        self.turn += min(STEP, now - (now if self.last is None else self.last))
        self.last = now
        for position in range(len(self.known_since) + 1, self.serving + 1):
            self.known_since[position] = now
        for session, (until, first) in list(self.sessions.items()):
            if until > now:
                continue
            del self.sessions[session]
            self.count("lapsed" if first else "expired")
            generation, position = map(int, session.split("-"))
            if first and generation == self.generation and position in self.spent:
                self.spent.discard(position)
                if self.fixed:
                    self.lapsed.add(position)
        self.bound = {name: mark for name, mark in self.bound.items() if name in self.sessions}
        self.door = {p: times for p, times in self.door.items() if times[1] > now}
        held = [p for p in sorted(self.door) if self.door[p][0] <= now]
        if len(held) > self.limit + SPARE:
            last = held[self.limit + SPARE - 1]
            self.door = {p: times for p, times in self.door.items() if p <= last}

    def notice(self) -> None:
        """A worker notes how far people are called, once a second at most."""
        if self.turn - self.noticed < 1:
            return
        self.noticed = self.turn
        for position in range(1, self.serving + 1):
            self.called_at.setdefault(position, self.turn)

    def has_missed(self, position: int) -> bool:
        """Whether the turn of a called position is lost."""
        if not self.late_is_lost or position in self.door or position in self.in_time:
            return False
        return (
            self.turn - self.goes.get(position, self.called_at.get(position, self.turn)) >= WITHIN
        )

    @property
    def free(self) -> int:
        return self.limit - len(self.sessions)

    @property
    def called(self) -> int:
        return self.serving - len([p for p in self.spent if p <= self.serving])

    def ahead(self, position: int, now: float) -> int:
        return len([p for p, (since, _) in self.door.items() if p < position and since <= now])

    def may_await(self, position: int, now: float) -> bool:
        """Whether the room may wait for somebody who was called before: it knows who polled."""
        return any(
            now - self.known_since.get(p, now) <= AWAITED
            for p in range(1, position)
            if p not in self.spent and p not in self.door and p not in self.goes
        )

    def standing(self, position: int, device: int = 0) -> str:
        """What a ticket is worth; `next`: its turn has come."""
        if not 0 < position <= self.queue:
            return "unknown"
        if position in self.given_up:
            return "left"
        if device < self.devices.get(position, 0):
            return "moved"
        if self.name(position) in self.sessions:
            return "entered"
        if position in self.spent:
            return "spent"
        if position > self.serving:
            return "waiting"
        return "missed" if self.has_missed(position) else "next"

    def may_be_held_for(self, position: int) -> bool:
        """Whether a slot may be held: for `WITHIN`, and once more after a silence or when late.
        That the time is over is remembered while the visitor asks."""
        if position not in self.goes:
            return True
        passed = self.turn - self.goes[position]
        if passed - WITHIN > 69 and position not in self.came_back:
            self.came_back.add(position)
            self.goes[position] = self.not_yet
        elif passed >= WITHIN:
            self.goes[position] = self.turn - WITHIN
            return False
        return True

    @property
    def not_yet(self) -> float:
        """The moment noted for somebody whose time begins when it is next told to come."""
        return self.turn + 10 * WITHIN

    def hold(self, position: int, since: float, until: float) -> None:
        if self.may_be_held_for(position):
            self.door[position] = (since, until)
        else:
            self.door.pop(position, None)

    def knock(
        self,
        position: int,
        returns_in: float,
        hidden: bool,
        now: float,
        device: int,
        waits: bool = False,
    ) -> str:
        """A called visitor polls. `waits`: the room says that it waits for somebody before."""
        verdict = self.standing(position, device)
        if verdict != "next":
            return verdict
        waits = waits and self.may_await(position, now)
        if self.ahead(position, now) < self.free and not waits:
            self.goes = {p: at for p, at in self.goes.items() if at > self.turn - 10 * WITHIN}
            self.came_back &= self.goes.keys()
            self.may_be_held_for(position)
            if self.goes.get(position, self.not_yet) > self.turn:
                self.goes[position] = self.turn
                self.in_time.discard(position)
            self.hold(position, now, now + GO)
            return "go"
        self.turn_away(position, returns_in, hidden, now)
        return "next"

    def turn_away(
        self, position: int, returns_in: float, hidden: bool, now: float, claims: bool = False
    ) -> None:
        self.in_time.add(position)
        self.find_no_slot(position, claims)
        if hidden:
            self.hold(position, now + 58, now + 69)
        else:
            self.hold(position, now, now + max(LEAST, 2.5 * returns_in + 1.5))

    def claim(
        self,
        position: int,
        returns_in: float,
        now: float,
        device: int,
        network: str = "",
        waits: bool = False,
    ) -> str:
        """A ticket is handed in, from a network if sessions are bound to theirs."""
        verdict, session = self.standing(position, device), self.name(position)
        if verdict == "entered" and network:
            return "entered" if self.bound.setdefault(session, network) == network else "locked"
        if verdict != "next":
            return verdict
        waits = waits and self.may_await(position, now)
        if self.ahead(position, now) < self.free and not waits:
            self.enter(position, now)
            if network:
                self.bound[session] = network
            return "entered"
        self.turn_away(position, returns_in, False, now, claims=True)
        return "next"

    def find_no_slot(self, position: int, claims: bool) -> None:
        """Begin the time anew at the next telling: always if it asks at once, else only once."""
        passed = self.turn - self.goes.get(position, float("inf"))
        is_late = position not in self.came_back and (claims or passed < WITHIN)
        if position in self.goes and (passed < 8 or is_late):
            self.goes[position] = self.not_yet
            if passed >= 8:
                self.came_back.add(position)

    def enter(self, position: int, now: float) -> None:
        is_back = self.fixed and position in self.lapsed
        until = now + (SESSION + GRACE if is_back else CONFIRM)
        self.sessions[self.name(position)] = (until, not is_back)
        self.spent.add(position)
        self.in_time.add(position)
        self.count("claimed")
        self.forget(position)

    def forget(self, position: int) -> None:
        self.door.pop(position, None)
        self.goes.pop(position, None)
        self.came_back.discard(position)

    def end(self, session: str, how: str) -> bool:
        """A session ends early."""
        if session not in self.sessions:
            position = int(session.split("-")[1])
            if 0 < position <= self.serving and session not in dict(self.ended):
                self.ended.append((session, 0.0))  # it ran out or lapsed, and must not come back
                self.spent.add(position)
                self.forget(position)
            return False
        self.ended.append((session, self.sessions.pop(session)[0]))
        self.count(how)
        return True

    def lists(self, ended: list[str], now: float) -> bool:
        """Whether this is the list of the ended; what it has forgotten is forgotten here too."""
        forgotten = self.ended[: len(self.ended) - len(ended)]
        self.ended = self.ended[len(forgotten) :]
        expected = [session for session, _ in self.ended]
        return ended == expected and all(until <= now for _, until in forgotten)

    def may_return(self, session: str) -> bool:
        """Whether a session that ran out, while a worker could not ask the store, may go on. (Of a
        place that has moved or was given up it may be forgotten whose it was.)"""
        generation, position = map(int, session.split("-"))
        is_here = generation == self.generation
        if is_here and (position in self.devices or position in self.given_up):
            return False
        return session not in self.sessions and session not in dict(self.ended)

    def take_back(self, session: str) -> None:
        """It does: whoever was inside was called, and nothing is held for it at the door."""
        generation, position = map(int, session.split("-"))
        if generation == self.generation:
            self.queue, self.serving = max(self.queue, position), max(self.serving, position)
            self.spent.add(position)
            self.forget(position)

    def leave(self, position: int, device: int) -> str:
        """A place is given up."""
        verdict = self.standing(position, device)
        if verdict not in ("waiting", "next", "missed"):
            return verdict
        self.spent.add(position)
        self.given_up.add(position)
        self.forget(position)
        self.count("left")
        return "left"

    def reset(self, end_sessions: bool) -> None:
        """A new generation begins."""
        self.generation += 1
        self.queue = self.serving = 0
        self.spent, self.door, self.goes, self.came_back = set(), {}, {}, set()
        self.lapsed = set()
        self.called_at, self.in_time, self.noticed = {}, set(), float("-inf")
        self.known_since = {}
        self.devices, self.given_up = {}, set()
        if end_sessions:
            for session in sorted(self.sessions, key=lambda s: (self.sessions[s][0], s)):
                self.end(session, "revoked")
