"""What a visitor's browser does outside: join, wait, poll, come when called."""

from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from itertools import count
from typing import Any, Generic, TypeVar

from vwr_middleware.blocking import finish
from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.gate import intervals
from vwr_middleware.gate.standing import Standing
from vwr_middleware.gate.turns import NO_SCRIPT_DOOR
from vwr_middleware.line.messages import Turn
from vwr_middleware.pages.view import reloads_in
from vwr_middleware.simulate.inside import Sessions
from vwr_middleware.simulate.visitor import Visitor
from vwr_middleware.simulate.workers import Worker, World
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.sharing import JoinParameters

# What the browser of a waiting visitor asks, and what any worker answers.


class Requests:
    """The requests of all who wait. Each answers None where no answer comes."""

    def __init__(self, world: World, sessions: Sessions) -> None:
        self._workers, self._observer, self._sessions = world.workers, world.observer, sessions
        self.polls = 0

    def join(self, visitor: Visitor) -> Turn | None:
        """Ask for a protected path: a place, or a session at once, or neither."""
        worker = self._workers.any()
        if worker is None:
            return None
        try:
            room = finish(worker.store_access.fresh(worker.view))
            if room is not None and room.state == "closed":
                return Turn("closed", room.now)
            who = JoinParameters(lane=visitor.lane)
            turn = finish(worker.store_access.join(worker.view, "place", who))
        except StoreUnavailable:
            return None
        if turn.position:
            visitor.generation, visitor.position = turn.generation, turn.position
            self._observer.positions.append(turn.position)
            worker.view.note_genuine(turn.generation, turn.position)
        return turn

    def poll(self, visitor: Visitor) -> Standing | None:
        """Ask where the visitor stands. Without a script that claims, too."""
        worker = self._workers.any()
        if worker is None:
            return None
        self.polls += 1
        waiting = self._glance(worker, visitor)
        if waiting is not None:
            return waiting
        room = finish(worker.store_access.fresh(worker.view))
        if room is None or room.generation != visitor.generation:
            room = finish(worker.store_access.newest(worker.view))
        if room is None:
            return None
        if room.generation != visitor.generation:
            return Standing("reset")
        try:
            if not visitor.has_script:
                return self._claim_at(worker, visitor, returns_in=NO_SCRIPT_DOOR)
            poll = worker.turns.poll(room, visitor.place, visitor.at_door, visitor.is_hidden)
            return finish(poll)
        except StoreUnavailable:
            return None

    def claim(self, visitor: Visitor) -> Standing | None:
        """Claim a session, as the page does when it is told to."""
        worker = self._workers.any()
        try:
            return self._claim_at(worker, visitor, has_go=True) if worker else None
        except StoreUnavailable:
            return None

    def _glance(self, worker: Worker, visitor: Visitor) -> Standing | None:
        """The poll of somebody who is not called, as the endpoint answers it at a glance."""
        view, position = worker.view, visitor.position
        room = view.room
        if room is None or visitor.at_door or not visitor.has_script:
            return None
        if not worker.store_access.keep_fresh(view) or room.generation != visitor.generation:
            return None
        if position <= room.serving:
            return None
        view.note_genuine(room.generation, position)
        return worker.turns.wait(room, position)

    def _claim_at(
        self, worker: Worker, visitor: Visitor, has_go: bool = False, returns_in: float = 0.0
    ) -> Standing | None:
        room = finish(worker.store_access.fresh(worker.view))
        if room is None:
            return None
        if worker.turns.is_behind(room, visitor.generation, visitor.position):
            room = finish(worker.store_access.newest(worker.view)) or room
        if room.generation != visitor.generation:
            return Standing("reset")
        answer = finish(worker.turns.claim(room, visitor.place, has_go, returns_in))
        if isinstance(answer, Standing):
            return answer
        if visitor.is_here:
            self._observer.wait_ends(visitor)
        self._sessions.begin(visitor, answer)
        return Standing("admitted")


# What visitors do once the serving counter has come to a number.


T = TypeVar("T")


class Milestones(Generic[T]):
    """Visitors, each with something to do (a T) at a number."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, int, Visitor, T]] = []
        self._numbers = count()

    def __len__(self) -> int:
        return len(self._heap)

    def note(self, at: float, visitor: Visitor, what: T) -> None:
        """Note something for this number."""
        heappush(self._heap, (at, visitor.number, next(self._numbers), visitor, what))

    def reached(self, number: float) -> Iterator[tuple[Visitor, T]]:
        """What is noted for this number and for those below it, the lowest first, once each."""
        while self._heap and self._heap[0][0] <= number:
            *_, visitor, what = heappop(self._heap)
            yield visitor, what


# What a visitor's browser does outside: join, wait, poll, come when called.


_HIDDEN = 60.0  # browsers wake the timers of hidden pages once a minute
_RETRY = 5.0
_UNHEARD = 2  # after so many lost requests in a row the room cannot know that somebody is here
_CLAIM_AFTER = 0.05  # seconds from "you may enter" to the claim that the page's script sends


class Pages:
    """The pages of all visitors, as events of one simulation."""

    def __init__(self, world: World, sessions: Sessions) -> None:
        self._agenda, self._random = world.agenda, world.random
        self._observer, self._faults = world.observer, world.scenario.faults
        self._sessions, self.requests = sessions, Requests(world, sessions)
        room = world.scenario.room
        self._reloads_in = reloads_in(room.late == "lost", room.claim_within)
        #: Those who read the public status, each with the position for which it does.
        self.far = Milestones[int]()
        self._fates = Milestones[Callable[[Visitor], None]]()  # to leave, or to fall asleep

    def on_read(self, room: CurrentRoom) -> None:
        """The room was just read: some leave, some fall asleep, some are near now."""
        for visitor, meet in self._fates.reached(room.serving):
            meet(visitor)
        for visitor, position in self.far.reached(intervals.near_edge(room)):
            if visitor.is_here and visitor.position == position:
                interval = visitor.returns_in
                if visitor.has_script:
                    interval = max(interval, intervals.far(room, position, room.now))
                self._plan(visitor, self._random.random() * interval)

    def arrive(self, visitor: Visitor) -> None:
        """Somebody comes to a protected path."""
        visitor.joined = visitor.joined or self._agenda.now
        turn = self.requests.join(visitor)
        if turn is None:
            self._agenda.after(self._jitter(_RETRY), self.arrive, visitor)
        elif not turn.position:  # full or closed
            self._observer.left(visitor)
        elif turn.verdict == "entered":
            self._sessions.begin(visitor, turn)
        elif visitor.is_bot or visitor.leaves_part == 0.0:
            self._observer.left(visitor)
        else:
            self._wait(visitor, turn)

    def _wait(self, visitor: Visitor, turn: Turn) -> None:
        """The visitor has a place, and the page open."""
        visitor.where = "line"
        self._observer.wait_begins(visitor)
        self._observer.obeys(visitor)
        for part, fate in ((visitor.leaves_part, self._close), (visitor.sleeps_part, self._sleep)):
            if part is not None:
                at = turn.serving + part * (visitor.position - turn.serving)
                self._fates.note(at, visitor, fate)
        first = self._random.uniform(1.0, 3.3) if visitor.has_script else self._reloads_in
        self._plan(visitor, first)
        if visitor.patience < float("inf"):
            self._agenda.after(visitor.patience, self._close, visitor)

    # Waiting.

    def _plan(self, visitor: Visitor, seconds: float) -> None:
        """The page will ask again in so many seconds; what was planned before is void."""
        visitor.polls_planned += 1
        self._agenda.after(seconds, self._due, (visitor, visitor.polls_planned))

    def _due(self, planned: Any) -> None:
        visitor, number = planned
        if visitor.polls_planned == number and visitor.is_here:
            self._ask(visitor)

    def _jitter(self, seconds: float) -> float:
        return seconds * (0.8 + 0.4 * self._random.random())

    def _ask(self, visitor: Visitor) -> None:
        """The page polls, or reloads where it has no script."""
        faults = self._faults
        if faults.lost and self._random.random() < faults.lost:
            is_heard = self._random.random() < 0.5  # only the answer is lost
            if is_heard:
                self.requests.poll(visitor)
            self._note_heard(visitor, is_heard)
            if visitor.is_here:
                self._plan(visitor, self._jitter(visitor.returns_in))
            return
        answer = self.requests.poll(visitor)
        if faults.doubled and visitor.is_here and self._random.random() < faults.doubled:
            self.requests.poll(visitor)
        if visitor.is_here:
            self._take(visitor, answer)

    def _take(self, visitor: Visitor, answer: Standing | None) -> None:
        """The page reads its answer."""
        self._note_heard(visitor, answer is not None)
        if answer is None:
            self._plan(visitor, self._jitter(min(_RETRY, visitor.returns_in)))
        elif answer.you in ("reset", "missed", "none"):
            self._observer.missed += answer.you == "missed"
            self._out_of_line(visitor)
            visitor.sleeps_part = None  # a device sleeps once
            self.arrive(visitor)  # the page comes back with one click, or by itself
        elif answer.you == "ended":
            self._close(visitor)
        elif answer.you == "may_enter":
            visitor.polls_planned += 1  # what was planned is void
            self._agenda.after(_CLAIM_AFTER, self._claim, visitor)
        elif answer.you != "admitted":
            self._wait_on(visitor, answer)

    def _note_heard(self, visitor: Visitor, is_heard: bool) -> None:
        visitor.unheard = 0 if is_heard else visitor.unheard + 1
        if is_heard:
            self._observer.obeys(visitor)
        elif visitor.unheard >= _UNHEARD:
            self._observer.obeys_no_more(visitor)

    def _wait_on(self, visitor: Visitor, answer: Standing) -> None:
        visitor.returns_in = answer.retry_after
        if answer.you == "next":
            visitor.at_door = True
            self._observer.refuse(visitor)
        if not visitor.has_script:
            visitor.returns_in = NO_SCRIPT_DOOR if visitor.at_door else self._reloads_in
        if answer.watch == "status":
            self.far.note(visitor.position, visitor, visitor.position)
        elif not visitor.has_script:
            self._plan(visitor, visitor.returns_in)
        elif visitor.is_hidden:
            self._plan(visitor, max(_HIDDEN, answer.retry_after))
        else:
            self._plan(visitor, self._jitter(answer.retry_after))

    def _claim(self, visitor: Visitor) -> None:
        """The page was told to come, and claims at once."""
        if visitor.is_here:
            answer = self.requests.claim(visitor)
            if visitor.is_here:
                self._take(visitor, answer)

    # Leaving.

    def _out_of_line(self, visitor: Visitor) -> None:
        if visitor.is_here:
            self._observer.wait_ends(visitor)
        self._observer.obeys_no_more(visitor)
        visitor.where, visitor.at_door = "outside", False

    def _close(self, visitor: Visitor) -> None:
        """Somebody in line closes the tab."""
        if visitor.where == "line":
            visitor.gave_up = True
            self._out_of_line(visitor)
            self._observer.left(visitor)

    def _sleep(self, visitor: Visitor) -> None:
        """The device sleeps, and the page with it."""
        if visitor.is_here:
            self._observer.wait_ends(visitor)
            self._observer.obeys_no_more(visitor)
            visitor.asleep = True
            visitor.polls_planned += 1  # what was planned is void
            self._agenda.after(visitor.sleeps_for, self._wake, visitor)

    def _wake(self, visitor: Visitor) -> None:
        if visitor.where == "line" and visitor.asleep:
            visitor.asleep = visitor.at_door = False  # its place at the door is not held any more
            self._observer.wait_begins(visitor)
            self._ask(visitor)
