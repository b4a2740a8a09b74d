"""What a visitor's browser does outside: join, wait, poll, come when called."""

from collections.abc import Callable
from typing import Any

from vwr_middleware.gate import intervals
from vwr_middleware.gate.standing import Standing
from vwr_middleware.gate.turns import NO_SCRIPT_DOOR
from vwr_middleware.line.messages import Turn
from vwr_middleware.simulate.inside import Stays
from vwr_middleware.simulate.milestones import Milestones
from vwr_middleware.simulate.requests import Requests
from vwr_middleware.simulate.visitor import Visitor
from vwr_middleware.simulate.world import World
from vwr_middleware.worker.current_room import CurrentRoom

NO_SCRIPT_WAIT = 30.0
_HIDDEN = 60.0  # browsers wake the timers of hidden pages once a minute
_RETRY = 5.0
_UNHEARD = 2  # after so many lost requests in a row the room cannot know that somebody is here
_CLAIM_AFTER = 0.05  # seconds from "you may enter" to the claim that the page's script sends


class Pages:
    """The pages of all visitors, as events of one simulation."""

    def __init__(self, world: World, stays: Stays) -> None:
        self._agenda, self._random = world.agenda, world.random
        self._observer, self._faults = world.observer, world.scenario.faults
        self._stays, self.requests = stays, Requests(world, stays)
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
            self._stays.begin(visitor, turn)
        elif visitor.is_bot or visitor.leaves_part == 0.0:
            self._observer.left(visitor)
        else:
            self._wait(visitor, turn)

    def _wait(self, visitor: Visitor, turn: Turn) -> None:
        """The visitor has a place, and the page open."""
        visitor.where = "line"
        self._observer.here += 1
        for part, fate in ((visitor.leaves_part, self._close), (visitor.sleeps_part, self._sleep)):
            if part is not None:
                at = turn.serving + part * (visitor.position - turn.serving)
                self._fates.note(at, visitor, fate)
        first = self._random.uniform(1.0, 3.3) if visitor.has_script else NO_SCRIPT_WAIT
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
            self._observer.here -= 1
        self._observer.forget(visitor.position)
        visitor.where, visitor.at_door, visitor.tried = "outside", False, None

    def _close(self, visitor: Visitor) -> None:
        """Somebody in line closes the tab."""
        if visitor.where == "line":
            self._out_of_line(visitor)
            self._observer.left(visitor)

    def _sleep(self, visitor: Visitor) -> None:
        """The device sleeps, and the page with it."""
        if visitor.is_here:
            self._observer.here -= 1
            self._observer.forget(visitor.position)
            visitor.asleep, visitor.tried = True, None
            visitor.polls_planned += 1  # what was planned is void
            self._agenda.after(visitor.sleeps_for, self._wake, visitor)

    def _wake(self, visitor: Visitor) -> None:
        if visitor.where == "line" and visitor.asleep:
            visitor.asleep = visitor.at_door = False  # its place at the door is not held any more
            self._observer.here += 1
            self._ask(visitor)
