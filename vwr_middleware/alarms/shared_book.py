"""The book of alarms as one worker reads and changes it in the store."""

from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from secrets import token_hex
from typing import TypeVar

from vwr_middleware.alarms.book import AlarmBook
from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.worker.store_access import StoreAccess

T = TypeVar("T")

_NAME = "alarms"
FRESH = 1.0  # seconds
#: How often a change is tried that others were faster with.
_TRIES = 20


class SharedBook:
    """Reads and changes the book. Both raise StoreUnavailable."""

    def __init__(self, store_access: StoreAccess) -> None:
        self._store_access = store_access
        #: As it was read last, and when, by the monotonic clock.
        self.book = AlarmBook()
        self._read_at = float("-inf")

    async def read(self) -> AlarmBook:
        """The book as it is now."""
        return await self._exchange("", 0)

    async def fresh(self) -> AlarmBook:
        """The book, read anew if it is older than a second and the store answers."""
        if self._store_access.monotonic() - self._read_at > FRESH:
            with suppress(StoreUnavailable):
                await self.read()
        return self.book

    async def update(self, change: Callable[[AlarmBook], T]) -> T:
        """Change the book in one step. `change` may be called again, for a book that others have
        changed meanwhile, so it changes nothing else. Returns what it has returned."""
        book = self.book
        for _ in range(_TRIES):
            tried = deepcopy(book)
            tried.rows["mark"] = tried.rows["mark"] or token_hex(6)
            done = change(tried)
            if tried.rows == book.rows:
                return done
            tried.rows["by"] = token_hex(6)  # so that no two workers write the same text
            text = tried.text()
            book = await self._exchange(text, book.version)
            if book.rows.get("by") == tried.rows["by"]:
                return done
        raise StoreUnavailable("others change the book of alarms all the time")

    async def _exchange(self, text: str, version: int) -> AlarmBook:
        store = self._store_access.store
        found = await self._store_access.breaker.ask(lambda: store.exchange(_NAME, text, version))
        self.book = AlarmBook.read(*found)
        self._read_at = self._store_access.monotonic()
        return self.book
