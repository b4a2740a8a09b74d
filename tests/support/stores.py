"""A real store with a switch, and a count of the round trips to it."""

from collections import Counter
from collections.abc import Callable
from typing import Any, cast

from vwr_middleware.errors import StoreBusy, StoreUnavailable
from vwr_middleware.stores import Store


class Switched:
    """Asks a store, unless it is switched off; its answers may get lost."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.is_off = self.is_busy = self.loses_answers = False
        self.trips: Counter[str] = Counter()

    @property
    def blocking(self) -> bool:
        return self._store.blocking

    @property
    def patience(self) -> float:
        return self._store.patience

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._store, name)

        async def ask(*args: Any, **kwargs: Any) -> Any:
            self.trips[name] += 1
            if self.is_off and name != "close":
                raise StoreUnavailable("somebody pulled the plug")
            if self.is_busy and name != "close":
                raise StoreBusy("its lock is held by others")
            answer = await method(*args, **kwargs)
            if self.loses_answers:
                raise StoreUnavailable("the answer came too late")
            return answer

        return ask

    def as_store(self) -> Store:
        """The same, for whoever checks types."""
        return cast(Store, self)
