"""What a visitor does inside: bring the token back, keep the session alive, end it."""

from vwr_middleware.blocking import finish
from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.line.messages import Turn
from vwr_middleware.line.session_ids import session_id
from vwr_middleware.simulate.browsing import Browsing
from vwr_middleware.simulate.visitor import Visitor
from vwr_middleware.simulate.world import World

_RETRY = 2.0


class Stays:
    """The sessions of all visitors, as events of one simulation."""

    def __init__(self, world: World) -> None:
        self._agenda, self._random = world.agenda, world.random
        self._workers, self._observer = world.workers, world.observer
        self._room, app = world.scenario.room, world.scenario.app
        self.browsing = Browsing(world, app, self.end) if app else None

    def begin(self, visitor: Visitor, turn: Turn) -> None:
        """A claim was granted: the browser is on its way in."""
        visitor.where, visitor.expires_at = "inside", turn.expires_at
        session = session_id(turn.generation, turn.position)
        self._observer.let_in(visitor, session, self._slot_until(turn), self._agenda.now)
        if visitor.is_bot:
            self._observer.left(visitor)
            return
        way = 0.15 + self._random.expovariate(1 / 0.3)
        self._agenda.after(way, self._confirm, visitor)
        if self.browsing is not None:
            self._agenda.after(way, self.browsing.begin, visitor)
        else:
            self._agenda.after(way + visitor.visit, self.end, visitor)

    def _slot_until(self, turn: Turn) -> float:
        return turn.expires_at + (0.0 if turn.unconfirmed else self._room.session_grace)

    def _confirm(self, visitor: Visitor) -> None:
        """A request brings the token back, and gets a fresh one."""
        if visitor.where != "inside":
            return
        worker = self._workers.any()
        session = session_id(visitor.generation, visitor.position)
        try:
            if worker is None:
                raise StoreUnavailable("the worker is down")
            finish(worker.desk.fresh(worker.view))
            turn = finish(worker.desk.renew(worker.view, session))
        except StoreUnavailable:
            self._agenda.after(_RETRY, self._confirm, visitor)
            return
        if turn.verdict != "entered":
            self._observer.ended(session)
            self._observer.left(visitor)
            return
        visitor.expires_at = turn.expires_at
        self._observer.runs_until(session, self._slot_until(turn))
        if self._room.renew:
            half = (visitor.expires_at - self._agenda.now) / 2
            self._agenda.after(half + self._random.expovariate(1 / 5), self._confirm, visitor)

    def end(self, visitor: Visitor) -> None:
        """The visit is over. The app says so, or the visitor leaves without a word."""
        if visitor.where != "inside":
            return
        worker = self._workers.any()
        if worker is None:
            self._agenda.after(_RETRY, self.end, visitor)
            return
        self._observer.left(visitor)
        if visitor.is_silent:
            return
        session = session_id(visitor.generation, visitor.position)
        worker.desk.endings.mark(worker.view, session, "completed")
        finish(worker.desk.endings.tell(worker.view))
