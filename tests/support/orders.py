"""Two workers over one store in memory, and every order in which requests at both can reach it."""

from collections.abc import Callable, Coroutine, Generator
from types import coroutine
from typing import Any

from tests.support.asgi import FETCH, NAVIGATION, Answer
from tests.support.clock import Clock
from tests.support.house import House, Visitor, make_house
from tests.support.rooms import sessions
from vwr_middleware.blocking import finish
from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.stores.memory.store import MemoryStore

#: The steps before which a request at another worker may go first. (A reading of the rooms goes
#: with what the worker does before it.)
STEPS = ("join", "knock", "claim", "renew", "end", "leave", "move", "change", "reset")
DONE, REFUSED, LOST = range(3)  # what becomes of a step: all is well, or one of two faults


@coroutine
def others_may_go_first() -> Generator[None, None, None]:
    """A moment at which another request may get ahead of this one."""
    yield


class Stepped:
    """A store in memory, as one of several workers asks it."""

    blocking, patience = True, 0.0

    def __init__(self, workers: "Workers") -> None:
        self._workers = workers

    def __getattr__(self, name: str) -> Any:
        step, workers = getattr(self._workers.store, name), self._workers
        return self._in_turn(step) if name in STEPS and workers.is_busy else step

    def _in_turn(self, step: Callable[..., Coroutine[Any, Any, Any]]) -> Any:
        async def take(*given: Any, **named: Any) -> Any:
            await others_may_go_first()
            fate = self._workers.choose(3) if self._workers.faults else DONE
            self._workers.faults -= fate != DONE
            if fate == REFUSED:
                raise StoreUnavailable("the store was not asked")
            answer = await step(*given, **named)
            if fate == LOST:
                raise StoreUnavailable("the answer got lost")
            return answer

        return take


class Workers:
    """Two workers, who do as they are told by a list of choices; beyond it, the first."""

    def __init__(self, choices: tuple[int, ...], faults: int = 0, **settings: Any) -> None:
        self.clock, self.faults = Clock(), faults
        self.store, self.is_busy = MemoryStore(self.clock), False
        self._may_fail = faults > 0
        self._choices, self._made = choices, list[tuple[int, int]]()  # choices, each of how many
        store: Any = Stepped(self)
        given = {"max_active": 1, "session_seconds": 60, **settings}
        self.first, self.second = (make_house(self.clock, store=store, **given) for _ in "12")

    def choose(self, among: int) -> int:
        """One of so many."""
        at = len(self._made)
        chosen = self._choices[at] if at < len(self._choices) else 0
        self._made.append((chosen, among))
        return chosen

    def untried(self) -> list[tuple[int, ...]]:
        """The choices that would have been others here for the first time."""
        made = tuple(chosen for chosen, _ in self._made)
        places = range(len(self._choices), len(made))
        return [(*made[:at], n) for at in places for n in range(1, self._made[at][1])]

    def at_once(
        self, *requests: Coroutine[Any, Any, Any], waiting: tuple[Visitor, ...] = ()
    ) -> None:
        """Requests that come at the same time; then a while passes, in which these poll."""
        under_way, self.is_busy = list(requests), True
        while under_way:
            request = under_way[self.choose(len(under_way)) if len(under_way) > 1 else 0]
            try:
                request.send(None)
            except StopIteration:
                under_way.remove(request)
        self.is_busy = False
        self.pass_by(7.0 if self._may_fail else 1.5, *waiting)

    def pass_by(self, seconds: float, *waiting: Visitor) -> None:
        """Let time pass in which these poll, and both workers read the room."""
        for _ in range(round(seconds / 0.5)):
            self.clock.pass_by(0.5)
            for house in (self.first, self.second):
                house.visitor().get("/vwr/main/status")
            for visitor in waiting:
                visitor.get("/vwr/main/position")

    def frees_a_slot(self, *waiting: Visitor) -> None:
        """Whoever is inside is done."""
        for session in self.inside:
            finish(self.store.end("main", session, "completed"))
        self.pass_by(2.0, *waiting)

    def called(self) -> tuple[Visitor, Visitor]:
        """Somebody whose turn has come, in a room of one place, and somebody behind."""
        self.first.visitor().open()
        visitors = self.first.visitor(), self.first.visitor()
        for visitor in visitors:
            visitor.open()
        self.pass_by(4.0, *visitors)
        self.frees_a_slot(*visitors)
        return visitors

    @property
    def inside(self) -> list[str]:
        """The sessions that run."""
        return sessions(self.store)

    def everywhere(self, visitor: Visitor) -> list[Answer]:
        """What a visitor is answered at each worker."""
        return [visitor.at(house).open() for house in (self.first, self.second)]

    def comes_in(self, visitor: Visitor) -> bool:
        """Whether somebody who waits, and asks now here and now there, gets in before long."""
        for _ in range(40):
            for house in (self.first, self.second):
                visitor.house = house
                if visitor.get("/vwr/main/position?door=1").json["may_enter"]:
                    return visitor.open().has_passed
                self.pass_by(0.5)
        return False


def opens(visitor: Visitor, house: House, path: str = "/tickets") -> Coroutine[Any, Any, Answer]:
    """A page is opened at a worker, by a browser whose cookies all its tabs share."""
    return tab(visitor, house).asks("GET", path, NAVIGATION, {})


def posts(
    visitor: Visitor, house: House, path: str, body: bytes = b""
) -> Coroutine[Any, Any, Answer]:
    """A script posts."""
    kind = {"content-type": "application/x-www-form-urlencoded"} if body else {}
    return tab(visitor, house).asks("POST", path, FETCH, kind, body)


def tab(visitor: Visitor, house: House) -> Visitor:
    """One more tab of a browser, at this worker."""
    return Visitor(house, visitor.headers, visitor.jar)


def orders(play: Callable[[Workers], None], faults: int = 0, **settings: Any) -> int:
    """Play a scene in every order in which the store can be reached. Returns how many there are."""
    todo: list[tuple[int, ...]] = [()]
    played = 0
    while todo:
        workers = Workers(todo.pop(), faults, **settings)
        play(workers)
        todo += workers.untried()
        played += 1
    return played
