"""What the browser of a waiting visitor asks, and what any worker answers."""

from vwr_middleware.blocking import finish
from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.gate.standing import Standing
from vwr_middleware.gate.turns import NO_SCRIPT_DOOR
from vwr_middleware.line.messages import Turn
from vwr_middleware.simulate.inside import Stays
from vwr_middleware.simulate.visitor import Visitor
from vwr_middleware.simulate.workers import Worker
from vwr_middleware.simulate.world import World


class Requests:
    """The requests of all who wait. Each answers None where no answer comes."""

    def __init__(self, world: World, stays: Stays) -> None:
        self._workers, self._observer, self._stays = world.workers, world.observer, stays
        self.polls = 0

    def join(self, visitor: Visitor) -> Turn | None:
        """Ask for a protected path: a place, or a session at once, or neither."""
        worker = self._workers.any()
        if worker is None:
            return None
        try:
            room = finish(worker.desk.fresh(worker.view))
            if room is not None and room.state == "closed":
                return Turn("closed", room.now)
            turn = finish(worker.desk.join(worker.view, "place"))
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
        room = finish(worker.desk.fresh(worker.view))
        if room is None or room.generation != visitor.generation:
            room = finish(worker.desk.newest(worker.view))
        if room is None:
            return None
        if room.generation != visitor.generation:
            return Standing("reset")
        self._observer.see_called(visitor, room.serving)
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
        if not worker.desk.keep_fresh(view) or room.generation != visitor.generation:
            return None
        if position <= room.serving:
            return None
        view.note_genuine(room.generation, position)
        return worker.turns.wait(room, position)

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
        answer = finish(worker.turns.claim(room, visitor.place, has_go, returns_in))
        if isinstance(answer, Standing):
            return answer
        if visitor.is_here:
            self._observer.here -= 1
        self._stays.begin(visitor, answer)
        return Standing("admitted")
