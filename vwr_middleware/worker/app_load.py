"""How the wrapped app fares, as one worker sees it. Only the adaptive strategy needs it."""

from collections.abc import Callable

from vwr_middleware.line.messages import Load


class Meter:
    """Adds up the requests that were let through since it was last read.

    A request is in flight until the app begins to answer, without the time in which the visitor
    sends its body. So no download, event stream or upload makes the app look slow. All moments are
    monotonic time.

    Threads share it without a lock. So the sums are changed only by `+=` and `-=` without a call in
    between, during which another thread might change them too.
    """

    __slots__ = ("_arrivals", "_at", "_errors", "_finished", "_flying", "_in_flight", "_latency")

    def __init__(self, now: float) -> None:
        self._at = now
        self._flying = 0
        self._clear()

    def _clear(self) -> None:
        self._arrivals = self._finished = self._errors = 0
        self._latency = self._in_flight = 0.0

    def _carry_on(self, now: float) -> None:
        flying = max(0, self._flying)
        self._in_flight += flying * (now - self._at)
        self._at = now

    def begin(self, now: float) -> float:
        """Count a request that goes to the app. Returns what `end` must be given."""
        self._carry_on(now)
        self._flying += 1
        self._arrivals += 1
        return now

    def pause(self, now: float) -> None:
        """The app waits for a request's body: for the visitor."""
        self._carry_on(now)
        self._flying -= 1

    def resume(self, now: float) -> None:
        """The app has got a part of the body."""
        self._carry_on(now)
        self._flying += 1

    def end(self, began: float, now: float, status: int) -> None:
        """The app has begun to answer, with this status; 0: it is not known."""
        self._carry_on(now)
        self._flying -= 1
        self._finished += 1
        self._latency += now - began
        self._errors += status >= 500

    def hand_in(self, now: float) -> Load:
        """The sums since the last call, to be handed in."""
        self._carry_on(now)
        load = Load(self._arrivals, self._finished, self._latency, self._errors, self._in_flight)
        self._clear()
        if self._flying < 0:  # some had begun at an earlier meter
            self._flying = 0
        return load


# How long the app takes for a request of somebody inside. Only the adaptive strategy needs it.


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
