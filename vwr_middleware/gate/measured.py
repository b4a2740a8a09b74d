"""How long the app takes for a request of somebody inside. Only the adaptive strategy needs it."""

from collections.abc import Callable

from vwr_middleware.worker.app_load import Meter


class Measured:
    """A request that was let through, until the app begins to answer. Adapters call it."""

    __slots__ = ("_began", "_meter", "_monotonic", "_waits_since")

    def __init__(self, meter: Meter, monotonic: Callable[[], float]) -> None:
        self._meter, self._monotonic = meter, monotonic
        self._began: float | None = meter.begin(monotonic())  # None once the app has answered
        self._waits_since: float | None = None

    def waits(self) -> None:
        """The app waits for the request's body: for the visitor."""
        if self._began is not None:
            self._waits_since = self._monotonic()
            self._meter.pause(self._waits_since)

    def goes_on(self) -> None:
        """The app has got a part of the body. The time that the visitor took does not count."""
        since, self._waits_since = self._waits_since, None
        if since is None or self._began is None:
            return
        now = self._monotonic()
        self._meter.resume(now)
        self._began += now - since

    def responded(self, status: int) -> None:
        """The app has begun to answer, with this status. 500: it failed instead; 0: it failed, but
        by the visitor's doing.

        An adapter that does not call this before the request is finished hides the app's errors.
        """
        self.goes_on()  # in case it answers before it has read the whole body
        if self._began is not None:
            self._meter.end(self._began, self._monotonic(), status)
        self._began = None
