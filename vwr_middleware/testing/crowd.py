"""People who come by themselves: they wait with the page open, go in when called, and shop."""

from dataclasses import dataclass

from vwr_middleware.blocking import finish
from vwr_middleware.errors import RoomChanged, StoreUnavailable, WaitingRoomError
from vwr_middleware.events import Hooks
from vwr_middleware.gate.standing import Standing
from vwr_middleware.gate.turns import Turns
from vwr_middleware.line.messages import JoinKind, Place
from vwr_middleware.line.session_ids import session_id
from vwr_middleware.site.routing import Site
from vwr_middleware.worker.store_access import StoreAccess


@dataclass(eq=False, slots=True)
class _Person:
    """One of the crowd."""

    generation: int
    position: int
    stays: float
    until: float = 0.0  # when this one goes
    next_page: float = 0.0  # when this one opens the next page
    is_called: bool = False

    @property
    def place(self) -> Place:
        return Place(self.generation, self.position)

    @property
    def session(self) -> str:
        return session_id(self.generation, self.position)


class Crowd:
    """As many people as you like, at a second worker of the room. They need no app."""

    def __init__(self, site: Site, room_name: str) -> None:
        settings, clock = site.settings, site.store_access.monotonic
        room = next(room for room in settings.rooms if room.name == room_name)
        lengths = (room.session_seconds, room.confirm_within, room.session_idle or float("inf"))
        #: Seconds between two pages of somebody inside: few enough that no session ends by itself.
        self._pages_every = min(lengths) / 3
        self._access = StoreAccess(
            site.store, settings.rooms, Hooks(settings.on_event), clock, clock
        )
        self._view, self._clock = self._access.views[room_name], clock
        self._turns = Turns(self._access, self._view)
        self._waiting: list[_Person] = []
        self._inside: list[_Person] = []

    @property
    def waiting(self) -> int:
        """How many of them are in line."""
        return len(self._waiting)

    @property
    def inside(self) -> int:
        """How many of them are inside."""
        return len(self._inside)

    def comes(self, count: int = 1, *, stays: float = float("inf")) -> None:
        """So many people open the page: they go in while there is space, and else wait. Each stays
        inside for so many seconds."""
        for _ in range(count):
            self._arrive("place", stays)

    def queues(self, count: int = 1, *, stays: float = float("inf")) -> None:
        """So many people take places in line, even where there is space."""
        for _ in range(count):
            self._arrive("ticket", stays)

    def goes(self, count: int = 1) -> None:
        """So many of those inside are done, the first who came first. Their slots are free."""
        if count > len(self._inside):
            raise ValueError(f"only {len(self._inside)} of the crowd are inside, not {count}")
        for person in self._inside[:count]:
            self._leave(person)

    def gives_up(self, count: int = 1) -> None:
        """So many of those in line, the last first, close the page without a word."""
        if count > len(self._waiting):
            raise ValueError(f"only {len(self._waiting)} of the crowd wait, not {count}")
        del self._waiting[len(self._waiting) - count :]

    def goes_on(self) -> None:
        """All pages poll once, as they do by themselves while time passes in the test."""
        now = self._clock()
        for person in [one for one in self._inside if one.until <= now]:
            self._leave(person)
        for person in [one for one in self._inside if one.next_page <= now]:
            self._click(person)
        for person in list(self._waiting):
            self._poll(person)

    def comes_in(self, *, stays: float = float("inf")) -> bool:
        """Whether one more could come in at once. If not, nobody takes a place in line."""
        return self._arrive("enter", stays) is not None

    def _arrive(self, kind: JoinKind, stays: float) -> _Person | None:
        finish(self._access.fresh(self._view))
        turn = finish(self._access.join(self._view, kind))
        if not turn.position:
            if kind == "enter":
                return None
            raise WaitingRoomError(f"nobody can join this room now: {turn.verdict}")
        person = _Person(turn.generation, turn.position, stays)
        self._view.note_genuine(turn.generation, turn.position)
        if turn.verdict == "entered":
            self._enter(person)
        else:
            self._waiting.append(person)
        return person

    def _poll(self, person: _Person) -> None:
        room = finish(self._access.fresh(self._view))
        if room is None or room.generation != person.generation:
            self._waiting.remove(person)  # there was a reset
            return
        try:
            told = finish(self._turns.poll(room, person.place, person.is_called))
            person.is_called = told.you in ("next", "may_enter")
            if told.may_enter:
                answer = finish(self._turns.claim(room, person.place, has_go=True))
                if not isinstance(answer, Standing):
                    self._waiting.remove(person)
                    self._enter(person)
        except (StoreUnavailable, RoomChanged):
            return  # the page says that the place is kept, and asks again

    def _enter(self, person: _Person) -> None:
        person.until = self._clock() + person.stays
        self._inside.append(person)
        self._click(person)  # the next page: a session that is used no more lapses

    def _click(self, person: _Person) -> None:
        person.next_page = self._clock() + self._pages_every
        try:
            turn = finish(self._access.renew(self._view, person.session))
        except (StoreUnavailable, RoomChanged):
            return
        if turn.verdict != "entered":
            self._inside.remove(person)

    def _leave(self, person: _Person) -> None:
        self._inside.remove(person)
        finish(
            self._access.step(
                self._view,
                lambda seen: self._access.store.end(
                    self._view.name, person.session, "completed", seen
                ),
            )
        )
