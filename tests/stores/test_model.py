"""Whatever happens to a room, in whatever order: every store beside sets and dicts."""

from itertools import chain, count, repeat

from hypothesis import settings, stateful
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.support.clock import Clock
from tests.support.plain_moves import MovingRoom
from tests.support.plain_room import GRACE, SESSION
from tests.support.rooms import Room, seen_in
from vwr_middleware.blocking import finish
from vwr_middleware.line.constants import GIVEN_UP
from vwr_middleware.line.messages import JoinKind, Knock, Seen, Snapshot, Turn
from vwr_middleware.stores import Store

numbers = count()
#: Somebody in line, or now and then nobody: see `Machine.who`.
some = st.integers(0, 30)
#: The device that asks: most places never move.
devices = st.sampled_from([0, 0, 0, 1, 2])
networks = st.sampled_from(["", "", "home", "train"])
person = st.sampled_from([digit * 16 for digit in "abcd"])
returns_in = st.sampled_from([0.0, 1.0, 2.0, 10.0])


def likely(verdict: str, *, is_older: bool = False) -> tuple[str, ...]:
    """Of a place that is over it may be forgotten whose it was, but for its spent ticket.

    An older device's is `moved` then, once the latest device has shown its own ticket again.
    """
    if verdict == "left" and is_older:
        return verdict, "spent", "moved"
    return (verdict, "spent") if verdict in ("left", "moved") else (verdict,)


class Machine(RuleBasedStateMachine):
    """One room, driven at random."""

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__()
        self.store, self.clock = store, clock
        self.missed = 0
        self.asked: list[str] = []
        self.known: list[Seen] = []

    @initialize(
        limit=st.integers(1, 3),
        mode=st.sampled_from(["auto", "queue"]),
        kinds=st.lists(st.sampled_from(["place", "ticket"]), min_size=6, max_size=10),
        people=st.lists(person, max_size=4),
        called=st.integers(0, 8),
        late=st.sampled_from(["lost", "when_space"]),
        renews=st.booleans(),
    )
    def begin(
        self,
        limit: int,
        mode: str,
        kinds: list[JoinKind],
        people: list[str],
        called: int,
        late: str,
        renews: bool,
    ) -> None:
        self.plain = MovingRoom(limit, late == "lost", not renews)
        known = {**self.plain.settings(), "mode": mode}
        self.room = Room(self.store, self.clock, known, name=f"room-{next(numbers)}")
        self.look([])
        self.people_arrive(kinds, people)
        self.call_by_hand(called)

    def who(self, number: int) -> int:
        return number % (self.plain.queue + 2)

    def place(self, number: int, device: int) -> tuple[int, int]:
        """Somebody's position, and one of the devices that have held it."""
        position = self.who(number)
        return position, min(device, self.plain.devices.get(position, 0))

    def serve(self, serving: int) -> None:
        """The counter goes where the rule says, never back, and never beyond the line."""
        assert self.plain.serving <= serving <= self.plain.queue
        self.plain.serving = serving
        self.plain.notice()

    def read(self, snapshot: Snapshot) -> None:
        """A worker goes on from here; no store has ever lost anything."""
        self.known = [*self.known[-9:], seen_in(snapshot)]
        self.serve(snapshot.serving)
        assert (snapshot.queue, snapshot.rebuilt_until) == (self.plain.queue, 0)

    def now(self) -> float:
        """The time of a step; what has run out by then is over."""
        self.plain.pass_time(self.clock())
        return self.clock()

    def is_older(self, position: int, device: int) -> bool:
        return device < self.plain.devices.get(position, 0)

    def check(self, turn: Turn, verdict: str, position: int, device: int) -> None:
        words = likely(verdict, is_older=self.is_older(position, device))
        assert turn.verdict in words and turn.generation == self.plain.generation
        assert (turn.serving, turn.queue) == (self.plain.serving, self.plain.queue)
        if verdict == "entered":
            until, first = self.plain.sessions[self.plain.name(position)]
            assert (turn.unconfirmed, turn.expires_at) == (first, until if first else until - GRACE)

    @rule(seconds=st.sampled_from([0.1, 0.5, 1.0, 3.0, 4.0, 7.0, 15.0, 20.0, 31.0, 70.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock.pass_by(seconds)

    @rule(
        kinds=st.lists(
            st.sampled_from(["place", "place", "ticket", "enter"]), min_size=1, max_size=8
        ),
        people=st.lists(st.sampled_from(["", "a" * 16, "b" * 16]), max_size=8),
    )
    def people_arrive(self, kinds: list[JoinKind], people: list[str]) -> None:
        """Of some it is known who they are."""
        plain, now = self.plain, self.now()
        turns, identities = self.room.arrive(kinds, people), chain(people, repeat(""))
        for kind, identity, turn in zip(kinds, identities, turns, strict=False):
            place = plain.place_of(identity)
            assert (turn.verdict == "known") == (place is not None)
            if place is not None:
                assert (turn.position, turn.device) == place
                continue
            if turn.verdict == "refused":
                assert kind == "enter"
                continue
            plain.queue += 1
            assert turn.position == plain.queue
            if identity:
                plain.identities[identity] = turn.position
            if turn.verdict == "entered":
                assert kind != "ticket" and plain.free > 0 and self.room.settings["mode"] == "auto"
                plain.serving = plain.queue
                plain.enter(turn.position, now)
            else:
                assert turn.verdict == "waiting" and kind != "enter"

    @rule(identity=person, kind=st.sampled_from(["place", "ticket"]))
    def somebody_comes_again(self, identity: str, kind: JoinKind) -> None:
        self.people_arrive([kind], [identity])

    @rule(ago=st.integers(0, 9))
    def a_worker_takes_over_that_read_the_room_a_while_ago(self, ago: int) -> None:
        """What it brings along with every step from now on is old, and changes nothing."""
        self.room.seen = self.known[-1 - ago] if ago < len(self.known) else None

    @rule(
        positions=st.lists(some, max_size=8),
        knocks=st.lists(st.tuples(some, returns_in), max_size=3),
    )
    def look_after(self, positions: list[int], knocks: list[tuple[int, float]]) -> None:
        self.look(positions, knocks)

    def count(self, totals: dict[str, int]) -> None:
        """Who polled is no business of a plain room: no-shows only never go down."""
        counted = {name: number for name, number in totals.items() if number}
        missed = counted.pop("no_shows", 0)
        assert self.missed <= missed
        self.missed = missed
        assert counted == self.plain.totals

    def look(self, positions: list[int], knocks: list[tuple[int, float]] | None = None) -> None:
        plain, now = self.plain, self.now()
        noted = [Knock(self.who(number), seconds) for number, seconds in knocks or []]
        for item in noted:
            # Which of a place's devices polled is not said: the place itself is at the door.
            if plain.standing(item.position, plain.devices.get(item.position, 0)) == "next":
                plain.turn_away(item.position, item.returns_in, False, now)
        self.now()
        snapshot = self.room.look(*map(self.who, positions), knocks=noted)
        self.read(snapshot)
        assert snapshot.active == len(plain.sessions)
        assert snapshot.unconfirmed == sum(first for _, first in plain.sessions.values())
        hidden = sum(1 for since, _ in plain.door.values() if since > now)
        assert hidden <= snapshot.called <= plain.called, "of those heard from it knows as much"
        assert snapshot.waiting == plain.queue - plain.serving
        assert snapshot.free == plain.free
        assert snapshot.door == sorted(plain.door)
        assert snapshot.expected >= 0
        free_for = [p for p in range(1, plain.serving + 1) if plain.ahead(p, now) < snapshot.free]
        assert snapshot.admit_up_to == max(free_for, default=0)
        self.count(snapshot.totals)
        for position, device in snapshot.moved:
            known = device == GIVEN_UP if position in plain.given_up else None
            assert known or plain.devices[position] == device
        assert plain.lists(snapshot.ended, now)
        self.now()
        again = self.room.look()
        assert (again.serving, again.called) == (snapshot.serving, snapshot.called)

    @rule(position=some, seconds=returns_in, hidden=st.booleans(), device=devices)
    def knock(self, position: int, seconds: float, hidden: bool, device: int) -> None:
        position, device = self.place(position, device)
        turn, now = self.room.knock(position, seconds, hidden, device), self.now()
        waits = turn.verdict == "next"
        verdict = self.plain.knock(position, seconds, hidden, now, device, waits)
        self.check(turn, verdict, position, device)

    @rule(position=some, seconds=returns_in, device=devices, network=networks)
    def claim(self, position: int, seconds: float, device: int, network: str) -> None:
        position, device = self.place(position, device)
        marks = (network,) if network else ()
        turn, now = self.room.claim(position, seconds, device, marks), self.now()
        waits = turn.verdict == "next"
        verdict = self.plain.claim(position, seconds, now, device, network, waits)
        self.check(turn, verdict, position, device)

    @rule(position=some, device=devices)
    def ask_for_a_code(self, position: int, device: int) -> None:
        position, device = self.place(position, device)
        code = f"code-{next(numbers)}"
        self.asked = [*self.asked[-3:], code]
        verdict = self.plain.keep_code(position, device, code, self.now())
        turn = self.room.keep_code(position, code, device)
        assert turn in likely(verdict, is_older=self.is_older(position, device))

    @rule(which=st.integers(0, 4), attempt=st.sampled_from(["", "mine", "yours"]))
    def hand_in_a_code(self, which: int, attempt: str) -> None:
        code = self.asked[which] if which < len(self.asked) else "wrong"
        now = self.now() if self.plain.knows(code, self.clock()) else self.clock()
        verdict, position, device = self.plain.move(code, attempt, now)
        moved = self.room.move("of another secret", code, attempt=attempt)
        self.check(moved.turn, verdict, position, device)
        assert moved.device == device or moved.turn.verdict in likely("left")

    @rule(position=some, old=st.integers(0, 1), take_back=st.sampled_from([False, False, True]))
    def renew(self, position: int, old: int, take_back: bool) -> None:
        until = self.now() + SESSION
        session = f"{max(1, self.plain.generation - old)}-{max(1, self.who(position))}"
        take_back, seen = take_back and self.plain.may_return(session), self.room.seen
        turn = finish(self.store.renew(self.room.name, session, take_back, seen))
        if take_back:
            self.plain.take_back(session)
            self.plain.sessions[session] = (until, True)  # prolonged below, as any first one
        if session in self.plain.sessions:
            if self.plain.fixed and not self.plain.sessions[session][1]:
                until = self.plain.sessions[session][0] - GRACE
            self.plain.sessions[session] = (until + GRACE, False)
            assert (turn.verdict, turn.expires_at, turn.unconfirmed) == ("entered", until, False)
        else:
            assert turn.verdict == "ended"

    @rule(position=some, how=st.sampled_from(["completed", "abandoned", "revoked"]))
    def end(self, position: int, how: str) -> None:
        self.now()
        position = self.who(position)
        assert self.room.end(position, how) == self.plain.end(self.plain.name(position), how)

    @rule(position=some, device=devices)
    def leave(self, position: int, device: int) -> None:
        self.now()
        position, device = self.place(position, device)
        verdict = self.plain.leave(position, device)
        left = self.room.leave(position, device)
        assert left in likely(verdict, is_older=self.is_older(position, device))

    @rule(number=st.integers(0, 6))
    def call_by_hand(self, number: int) -> None:
        self.look([])  # as the worker does of whose panel it is
        self.now()
        called = self.room.advance(number)
        assert called == min(number, self.plain.queue - self.plain.serving)
        self.plain.serving += called

    @rule(limit=st.integers(1, 3))
    def change_the_limit(self, limit: int) -> None:
        self.look([])
        self.now()
        self.room.change(max_active=limit)
        self.plain.limit = limit

    @rule(end_sessions=st.booleans(), sure=st.sampled_from([False] * 7 + [True]))
    def reset(self, end_sessions: bool, sure: bool) -> None:
        if not sure:
            return
        self.look([])
        self.now()
        self.plain.reset(end_sessions)
        assert self.room.reset(end_sessions) == self.plain.generation

    @invariant()
    def nobody_is_inside_who_was_not_called(self) -> None:
        if hasattr(self, "plain"):
            now = [s for s in self.plain.sessions if s.startswith(f"{self.plain.generation}-")]
            assert all(int(s.split("-")[1]) <= self.plain.serving for s in now)


def test_every_store_behaves_like_sets_and_dicts(store: Store, clock: Clock) -> None:
    stateful.run_state_machine_as_test(
        lambda: Machine(store, clock),  # type: ignore[arg-type]
        settings=settings(max_examples=settings().max_examples // 5, stateful_step_count=40),
    )
