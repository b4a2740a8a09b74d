"""A store in memory that can be away, slow, or lose everything."""

from collections.abc import Callable
from typing import Any

from vwr_middleware.errors import StoreBusy, StoreUnavailable
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.testing.clock import Clock

#: Seconds that a request waits for a store; one that takes longer is given up, as by real servers.
PATIENCE = 0.05


class StoreWithFaults:
    """What the middleware takes for its store. All that happens to it is told by its methods.

    A worker that meets a store which is away asks it seldom, so after `comes_back` let a second or
    two pass before you look.
    """

    blocking = True
    patience = PATIENCE

    def __init__(self, clock: Clock) -> None:
        self._clock, self._store = clock, MemoryStore(clock)
        self._is_away, self._takes = False, 0.0

    def goes_away(self) -> None:
        """From now on nobody can reach it."""
        self._is_away = True

    def comes_back(self) -> None:
        """It can be reached again, and answers as fast as ever. It has kept everything."""
        self._is_away, self._takes = False, 0.0

    def loses_everything(self) -> None:
        """It is empty, as after a flush or on a new disk."""
        self._store = MemoryStore(self._clock)

    def slows_down(self, seconds: float) -> None:
        """From now on an answer takes so long. Beyond 0.05 s it comes too late for the request,
        though the store has done what it was asked. No time is spent waiting: the clock moves."""
        self._takes = seconds

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        method = getattr(self._store, name)

        async def ask(*args: Any, **kwargs: Any) -> Any:
            if name == "close":
                return None  # another room may stand on it
            if self._is_away:
                raise StoreUnavailable("the test has taken the store away")
            answer = await method(*args, **kwargs)
            self._clock.pass_by(min(self._takes, PATIENCE))
            if self._takes > PATIENCE:
                raise StoreBusy("the test has slowed the store down")
            return answer

        return ask
