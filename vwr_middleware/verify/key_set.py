"""The public keys that a verifier has: fetched when they are needed, kept, and renewed in time.

A key's name stands in a token that anybody may have written. So an unknown name leads to a fetch,
since the room may have a new key, but to no more than one in a while, however many come.
"""

import logging
import threading
from collections.abc import Callable

from vwr_middleware.verify.fetched_keys import VerifyingKey
from vwr_middleware.verify.fetching import NotFetched

log = logging.getLogger("vwr_middleware")

#: Seconds for which keys are fresh, as the room says to caches.
FRESH = 300.0
#: Seconds between two fetches at least, however many unknown names come.
PAUSE = 30.0
#: The same while there are no keys at all, so that nobody can be let in.
PAUSE_WITHOUT = 2.0
#: Seconds for which keys are kept while no newer ones can be had. Whoever has a key that was taken
#: back, and can cut the way to the room, must not sign for ever.
KEPT = 24 * 3600.0

Keys = dict[str, VerifyingKey]


class KeySet:
    """Keys by their names. Threads share it: one fetches, and others go on by what there is, or
    wait for that one fetch if they need it."""

    def __init__(self, fetch: Callable[[], Keys], monotonic: Callable[[], float]) -> None:
        self._fetch, self._monotonic = fetch, monotonic
        self._keys: Keys = {}
        self._fetched_at = self._tried_at = float("-inf")
        self._fetching = threading.Lock()

    @property
    def retry_after(self) -> float:
        """Seconds until a fetch may be tried again."""
        pause = PAUSE if self._known else PAUSE_WITHOUT
        return max(0.0, self._tried_at + pause - self._monotonic())

    @property
    def is_empty(self) -> bool:
        """Whether no key is known that may still be used."""
        return not self._known

    def find(self, name: str) -> VerifyingKey | None:
        """The key of this name, if it is known."""
        return self._known.get(name)

    def needs_fetch(self, name: str) -> bool:
        """Whether `refresh` can make an answer about this name better."""
        return self._is_due(name) or (name not in self._known and self._fetching.locked())

    def refresh(self, name: str) -> None:
        """Fetch the keys, if it is time. Who knows the name's key does not wait for others."""
        if not self._fetching.acquire(blocking=name not in self._known):
            return
        try:
            if self._is_due(name):
                self._try()
        finally:
            self._fetching.release()

    @property
    def _known(self) -> Keys:
        return self._keys if self._monotonic() - self._fetched_at <= KEPT else {}

    def _is_due(self, name: str) -> bool:
        if self.retry_after > 0:
            return False
        return name not in self._known or self._monotonic() - self._fetched_at > FRESH

    def _try(self) -> None:
        self._tried_at = self._monotonic()
        try:
            self._keys, self._fetched_at = self._fetch(), self._monotonic()
        except NotFetched as error:
            kept = ", so the former ones are used" if self._known else ""
            log.warning("the keys that verify access tokens cannot be had%s: %s", kept, error)
        finally:  # a fetch may have taken longer than the pause: whoever waited for it goes by it
            self._tried_at = self._monotonic()
