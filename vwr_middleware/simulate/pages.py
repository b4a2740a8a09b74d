"""What a visitor's browser does outside: join, wait, poll, come when called."""

from typing import TYPE_CHECKING, Any

from vwr_middleware.blocking import finish
from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.gate.standing import Standing
from vwr_middleware.gate.turns import NO_SCRIPT_DOOR, as_standing
from vwr_middleware.line.answers import Turn
from vwr_middleware.simulate.visitor import Visitor
from vwr_middleware.simulate.workers import Worker

if TYPE_CHECKING:
    from vwr_middleware.simulate.run import Simulation

NO_SCRIPT_WAIT = 30.0
_HIDDEN = 60.0  # browsers wake the timers of hidden pages once a minute
_RETRY = 5.0
_UNHEARD = 2  # after so many lost requests in a row the room cannot know that somebody is here
_CLAIM_AFTER = 0.05  # seconds from "you may enter" to the claim that the page's script sends


class Pages:
    """The pages of all visitors, as events of one simulation."""

    def __init__(self, simulation: "Simulation") -> None:
        self._simulation = simulation
        self._agenda, self._random = simulation.agenda, simulation.random
        self._workers, self._observer = simulation.workers, simulation.observer
        self._faults = simulation.scenario.faults
        self.polls = 0

    def arrive(self, visitor: Visitor) -> None:
        """Somebody comes to a protected path."""
        visitor.joined = visitor.joined or self._agenda.now
        worker = self._workers.any()
        if worker is None:
            self._agenda.after(self._jitter(_RETRY), self.arrive, visitor)
            return
        try:
            room = finish(worker.desk.fresh(worker.view))
            if room is not None and room.state == "closed":
                self._simulation.left(visitor)
                return
            turn = finish(worker.desk.join(worker.view, "place"))
        except StoreUnavailable:
            self._agenda.after(self._jitter(_RETRY), self.arrive, visitor)
            return
        self._joined(visitor, worker, turn)

    def _joined(self, visitor: Visitor, worker: Worker, turn: Turn) -> None:
        if not turn.position:  # full or closed
            return self._simulation.left(visitor)
        visitor.generation, visitor.position = turn.generation, turn.position
        self._observer.positions.append(turn.position)
        worker.view.note_genuine(turn.generation, turn.position)
        if turn.verdict == "entered":
            return self._simulation.stays.begin(visitor, turn)
        if visitor.is_bot or visitor.leaves_part == 0.0:
            self._simulation.left(visitor)
            return
        visitor.where = "line"
        self._observer.here += 1
        self._simulation.plan_leaving(visitor, turn.serving)
        first = self._random.uniform(1.0, 3.3) if visitor.has_script else NO_SCRIPT_WAIT
        self.plan(visitor, first)
        if visitor.patience < float("inf"):
            self._agenda.after(visitor.patience, self.close, visitor)

    # Waiting.

    def plan(self, visitor: Visitor, seconds: float) -> None:
        """The page will ask again in so many seconds; what was planned before is void."""
        visitor.loop += 1
        self._agenda.after(seconds, self._due, (visitor, visitor.loop))

    def _due(self, planned: Any) -> None:
        visitor, loop = planned
        if visitor.loop == loop and visitor.is_here:
            self.ask(visitor)

    def _jitter(self, seconds: float) -> float:
        return seconds * (0.8 + 0.4 * self._random.random())

    def ask(self, visitor: Visitor) -> None:
        """The page polls, or reloads where it has no script."""
        faults = self._faults
        if faults.lost and self._random.random() < faults.lost:
            is_heard = self._random.random() < 0.5  # only the answer is lost
            if is_heard:
                self._send(visitor)
            self._note_heard(visitor, is_heard)
            if visitor.is_here:
                self.plan(visitor, self._jitter(visitor.returns_in))
            return
        answer = self._send(visitor)
        if faults.doubled and visitor.is_here and self._random.random() < faults.doubled:
            self._send(visitor)
        if visitor.is_here:
            self._take(visitor, answer)

    def _send(self, visitor: Visitor) -> Standing | None:
        """One request to any worker. None: no answer came."""
        worker = self._workers.any()
        if worker is None:
            return None
        self.polls += 1
        waiting = self._glance(worker, visitor)
        if waiting is not None:
            return waiting
        room = finish(worker.desk.fresh(worker.view))
        if room is None or room.generation != visitor.generation:
            room = finish(worker.desk.newest(worker.view))
        if room is None:
            return None
        if room.generation != visitor.generation:
            return Standing("reset")
        self._note_called(visitor, room.serving)
        try:
            if not visitor.has_script:
                return self._claim_at(worker, visitor, returns_in=NO_SCRIPT_DOOR)
            poll = worker.turns.poll(room, visitor.place, visitor.at_door, visitor.is_hidden)
            return finish(poll)
        except StoreUnavailable:
            return None

    def _note_called(self, visitor: Visitor, serving: int) -> None:
        if visitor.position <= serving and visitor.tried < 0:
            visitor.tried = len(self._observer.entries)

    def _glance(self, worker: Worker, visitor: Visitor) -> Standing | None:
        """The poll of somebody who is not called, as the endpoint answers it at a glance."""
        view, position = worker.view, visitor.position
        room = view.snapshot
        if room is None or visitor.at_door or not visitor.has_script:
            return None
        if not worker.desk.keep_fresh(view) or room.generation != visitor.generation:
            return None
        if position <= room.serving:
            return None
        view.note_genuine(room.generation, position)
        return worker.turns.wait(room, position)

    def _take(self, visitor: Visitor, answer: Standing | None) -> None:
        """The page reads its answer."""
        self._note_heard(visitor, answer is not None)
        if answer is None:
            self.plan(visitor, self._jitter(min(_RETRY, visitor.returns_in)))
        elif answer.you in ("reset", "missed", "none"):
            self._simulation.missed += answer.you == "missed"
            self._out_of_line(visitor)
            visitor.sleeps_part = -1.0  # a device sleeps once
            self.arrive(visitor)  # the page comes back with one click, or by itself
        elif answer.you == "ended":
            self.close(visitor)
        elif answer.you == "may_enter":
            visitor.loop += 1
            self._agenda.after(_CLAIM_AFTER, self._claim, visitor)
        elif answer.you != "admitted":
            self._wait_on(visitor, answer)

    def _note_heard(self, visitor: Visitor, is_heard: bool) -> None:
        visitor.unheard = 0 if is_heard else visitor.unheard + 1
        if visitor.unheard >= _UNHEARD:
            self._observer.forget(visitor.position)

    def _wait_on(self, visitor: Visitor, answer: Standing) -> None:
        visitor.returns_in = answer.retry_after
        if answer.you == "next":
            visitor.at_door = True
            self._observer.refuse(visitor)
        if not visitor.has_script:
            visitor.returns_in = NO_SCRIPT_DOOR if visitor.at_door else NO_SCRIPT_WAIT
        if answer.watch == "status":
            self._simulation.go_far(visitor)
        elif not visitor.has_script:
            self.plan(visitor, visitor.returns_in)
        elif visitor.is_hidden:
            self.plan(visitor, max(_HIDDEN, answer.retry_after))
        else:
            self.plan(visitor, self._jitter(answer.retry_after))

    # Entering.

    def _claim(self, visitor: Visitor) -> None:
        """The page was told to come, and claims at once."""
        if not visitor.is_here:
            return
        worker = self._workers.any()
        try:
            answer = self._claim_at(worker, visitor, has_go=True) if worker else None
        except StoreUnavailable:
            answer = None
        if visitor.is_here:
            self._take(visitor, answer)

    def _claim_at(
        self, worker: Worker, visitor: Visitor, has_go: bool = False, returns_in: float = 0.0
    ) -> Standing | None:
        room = finish(worker.desk.fresh(worker.view))
        if room is None:
            return None
        if worker.turns.is_behind(room, visitor.generation, visitor.position):
            room = finish(worker.desk.newest(worker.view)) or room
        if room.generation != visitor.generation:
            return Standing("reset")
        turn = finish(worker.turns.claim(room, visitor.place, has_go, returns_in))
        if isinstance(turn, Standing):
            return turn
        if turn.verdict == "entered":
            if visitor.is_here:
                self._observer.here -= 1
            self._simulation.stays.begin(visitor, turn)
            return Standing("admitted")
        return as_standing(room, turn)

    # Leaving.

    def _out_of_line(self, visitor: Visitor) -> None:
        if visitor.is_here:
            self._observer.here -= 1
        self._observer.forget(visitor.position)
        visitor.where, visitor.at_door, visitor.tried = "outside", False, -1

    def close(self, visitor: Visitor) -> None:
        """Somebody in line closes the tab."""
        if visitor.where == "line":
            self._out_of_line(visitor)
            self._simulation.left(visitor)

    def sleep(self, visitor: Visitor) -> None:
        """The device sleeps, and the page with it."""
        if visitor.is_here:
            self._observer.here -= 1
            self._observer.forget(visitor.position)
            visitor.asleep, visitor.tried = True, -1
            visitor.loop += 1
            self._agenda.after(visitor.sleeps_for, self._wake, visitor)

    def _wake(self, visitor: Visitor) -> None:
        if visitor.where == "line" and visitor.asleep:
            visitor.asleep = visitor.at_door = False  # its place at the door is not held any more
            self._observer.here += 1
            self.ask(visitor)
