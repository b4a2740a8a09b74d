"""How the wrapped app fares, as one worker sees it: for the adaptive strategy alone."""

from vwr_middleware.line.asks import Load


class Meter:
    """Adds up the requests that were let through since it was last read.

    A request is in flight until the app begins to answer, but for the time in which the visitor
    sends its body. So neither a download nor an event stream nor an upload makes the app look slow.
    All moments are monotonic time.

    Threads share it without a lock. So what counts is changed by nothing but `+=` and `-=`, with no
    call in between, at which another thread might take its turn and be forgotten.
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
        """A request goes to the app. Returns what `end` must be given."""
        self._carry_on(now)
        self._flying += 1
        self._arrivals += 1
        return now

    def pause(self, now: float) -> None:
        """The app waits for a request's body, and so for the visitor."""
        self._carry_on(now)
        self._flying -= 1

    def resume(self, now: float) -> None:
        """It has got a part of the body."""
        self._carry_on(now)
        self._flying += 1

    def end(self, began: float, now: float, status: int) -> None:
        """The app has begun to answer; `status` 0: it is not known with which."""
        self._carry_on(now)
        self._flying -= 1
        self._finished += 1
        self._latency += now - began
        self._errors += status >= 500

    def hand_in(self, now: float) -> Load:
        """The sums since the last time, to be handed in."""
        self._carry_on(now)
        load = Load(self._arrivals, self._finished, self._latency, self._errors, self._in_flight)
        self._clear()
        if self._flying < 0:  # some had begun at an earlier meter
            self._flying = 0
        return load
