"""How long the app takes for a request of somebody inside, for the adaptive strategy alone."""

from collections.abc import Callable

from vwr_middleware.worker.load import Meter


class Measured:
    """A request that was let through, until the app begins to answer. Adapters tell it of both."""

    __slots__ = ("_began", "_meter", "_monotonic", "_waits_since")

    def __init__(self, meter: Meter, monotonic: Callable[[], float]) -> None:
        self._meter, self._monotonic = meter, monotonic
        self._began: float | None = meter.begin(monotonic())  # None once the app has answered
        self._waits_since: float | None = None

    def waits(self) -> None:
        """The app waits for the request's body, which the visitor sends."""
        if self._began is not None:
            self._waits_since = self._monotonic()
            self._meter.pause(self._waits_since)

    def goes_on(self) -> None:
        """It has got a part of it. How long the visitor has taken does not count."""
        since, self._waits_since = self._waits_since, None
        if since is None or self._began is None:
            return
        now = self._monotonic()
        self._meter.resume(now)
        self._began += now - since

    def responded(self, status: int) -> None:
        """The app has begun to answer, with this status (500 where it failed instead; 0 where that
        is the visitor's doing).

        If it is not told before the request is finished, errors of the app are not seen.
        """
        self.goes_on()  # if it answers before it has read all
        if self._began is not None:
            self._meter.end(self._began, self._monotonic(), status)
        self._began = None
