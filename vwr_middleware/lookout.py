"""What a worker notes for operators until its next refresh: waits, and sessions that are shared."""

from vwr_middleware.line.answers import Watch

#: Addresses of shared sessions that are handed in with one refresh at most.
SHARERS_MOST = 200

_NOBODY = float("inf")


class Lookout:
    """Hands in with each refresh what it saw since the last one."""

    __slots__ = ("_sharers", "_waited", "oldest")

    def __init__(self) -> None:
        self.oldest = _NOBODY  # when, of those in line who polled, the first had joined
        self._waited = 0.0
        self._sharers: dict[tuple[str, str], None] = {}

    def waits(self, joined_at: float) -> None:
        """Somebody who joined then is in line still."""
        if joined_at < self.oldest:
            self.oldest = joined_at

    def entered(self, waited: float) -> None:
        """Somebody entered after so many seconds in line."""
        self._waited = max(self._waited, waited)

    def shared(self, session: str, first: str, other: str) -> None:
        """A session that began at one address was used from another; each by its mark."""
        if len(self._sharers) < SHARERS_MOST:
            self._sharers[session, first] = self._sharers[session, other] = None

    def take(self) -> Watch:
        """What was seen; it is handed in once."""
        oldest, waited, sharers = self.oldest, self._waited, self._sharers
        self.oldest, self._waited, self._sharers = _NOBODY, 0.0, {}
        return Watch(0.0 if oldest == _NOBODY else float(oldest), waited, tuple(sharers))
