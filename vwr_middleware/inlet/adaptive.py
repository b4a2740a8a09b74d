"""The adaptive strategy: as many inside as the app can serve in time.

It watches three things that the middleware sees of the app: errors, latency, and requests in flight
divided by arrivals per second. By Little's law, the last is how long a request that comes now will
take. After a cut it waits until those above the new limit have left, so that one overload is
answered by one cut. Its constants were found by simulation.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from math import exp
from typing import Any

from vwr_middleware.errors import ConfigurationError
from vwr_middleware.line.messages import Inlet, Snapshot
from vwr_middleware.spoken import said

STEP = 0.5  # seconds between two looks at the room
SAMPLES = 20  # with fewer requests in five seconds, nothing is changed
_PATIENCE = 3.0  # seconds of overload before a cut
_SETTLE = 10.0  # seconds after a cut before another, or a raise
_CUT = 0.85  # a cut leaves this part of those who are inside
_CALM = 0.5  # the limit is raised only while the signal is below this
_TAU = 20.0  # seconds over which the signal is smoothed
_RAISE_EACH = 5.0  # seconds between two raises
_RAISE_FULL = 0.95  # the limit is raised only while this part of it is in use
_FAST = 0.04  # how much a raise adds, as a part of the limit, far below State.bad
_SLOW = 0.005  # the same for the first raise near State.bad, or above it
_NEAR_BAD = 0.9  # from this part of State.bad on the limit is near it
_DOUBLES_IN, _DOUBLED_MOST = 30.0, 10  # a slow raise doubles each so many seconds, so often at most
_ERRORS_WEIGH = 20  # one 5xx answer in so many counts like a latency at the target


@dataclass(frozen=True, slots=True)
class State:
    """The strategy's state, which the workers share through the store.

    `reason` says in a word why the limit is what it is: `starting`, `few samples`, `steady`,
    `overload`, `draining`, `raised` or `at the ceiling`. Moments are store time.
    """

    limit: float
    at: float = 0.0  # when the room was last looked at
    signal: float = 0.0  # how long requests take, over the target: see `_signal`
    calm: float = 0.0  # the signal, smoothed
    over_since: float = 0.0  # when the signal went above 1; 0: it is not above
    bad: float = 0.0  # how many were inside when the app was last overloaded
    near_bad_since: float = 0.0  # when the limit came near `bad`; 0: it is not near
    cut_at: float = 0.0  # when the limit was last cut
    cutting: bool = False  # more may be inside than the last cut allows
    raised_at: float = 0.0  # when the limit was last raised
    cuts: int = 0
    reason: str = "starting"


_STATE = frozenset(field.name for field in fields(State))


@dataclass(frozen=True, slots=True)
class Adaptive:
    """Between `floor` and `ceiling` sessions, so that requests take `target` seconds at most.

    Without a ceiling, the room's `max_active` is the most.

    `target` should be at least two and a half times the app's normal mean latency: the limit is
    raised only while requests take less than half of it.
    """

    target: float
    floor: int = 1
    ceiling: int | None = None

    def __post_init__(self) -> None:
        problems = []
        if not self.target > 0:
            problems.append(said("Adaptive: target must be above 0 seconds"))
        if self.floor < 1 or (self.ceiling is not None and self.ceiling < self.floor):
            problems.append(said("Adaptive: floor must be from 1 to ceiling"))
        if problems:
            raise ConfigurationError(problems)

    def __call__(self, snapshot: Snapshot, now: float) -> Inlet:
        """The limit that the strategy asks for."""
        return Inlet(limit=int(self.state(snapshot).limit))

    def state(self, snapshot: Snapshot) -> State:
        """The state that the store keeps, or a first one."""
        most = self._most(snapshot)
        known: Mapping[str, Any] = snapshot.adaptive
        # Another release may have written more fields, or fewer.
        kept = {name: value for name, value in known.items() if name in _STATE}
        state = State(**({"limit": most} | kept))
        return replace(state, limit=max(min(self.floor, most), min(most, state.limit)))

    def next(self, snapshot: Snapshot) -> dict[str, Any] | None:
        """The state after one more look at the room, or None if it is too early for that."""
        state = self.state(snapshot)
        passed = snapshot.now - state.at
        if passed < STEP:
            return None
        signal = self._signal(snapshot)
        if signal is None:
            return asdict(replace(state, at=snapshot.now, over_since=0.0, reason="few samples"))
        kept = exp(-min(passed, _TAU) / _TAU) if state.at else 0.0
        over = state.over_since or snapshot.now if signal > 1 else 0.0
        calm = signal + kept * (state.calm - signal)
        state = replace(state, at=snapshot.now, signal=signal, calm=calm, over_since=over)
        return asdict(self._decide(state, snapshot))

    def _most(self, snapshot: Snapshot) -> int:
        most: int = snapshot.rules["max_active"]
        return most if self.ceiling is None else min(self.ceiling, most)

    def _signal(self, snapshot: Snapshot) -> float | None:
        """The time that a request which comes now is likely to take, over the target; None after
        too few requests."""
        _, arrivals, finished, latency, errors, in_flight = snapshot.load
        if arrivals < SAMPLES:
            return None
        mean = latency / finished if finished else 0.0
        failing = _ERRORS_WEIGH * errors / finished if finished else 0.0
        return max(in_flight / arrivals / self.target, mean / self.target, failing)

    def _decide(self, state: State, snapshot: Snapshot) -> State:
        now = snapshot.now
        settled = not state.cutting or now - state.cut_at >= _SETTLE
        drained = settled and snapshot.active <= state.limit + 1
        if state.over_since and now - state.over_since >= _PATIENCE:
            if not state.cutting or drained:
                return self._cut(state, snapshot)
            return replace(state, reason="draining")
        # Also before those above the limit have left: they may stay, and the app bears them.
        if state.calm < _CALM and state.signal < _CALM and settled:
            return self._raise(replace(state, cutting=False), snapshot)
        if state.cutting and not drained:
            return replace(state, reason="draining")
        return replace(state, reason="overload" if state.signal > 1 else "steady")

    def _cut(self, state: State, snapshot: Snapshot) -> State:
        return replace(
            state,
            limit=max(self.floor, min(state.limit, _CUT * snapshot.active)),
            bad=float(snapshot.active),
            near_bad_since=0.0,
            cut_at=snapshot.now,
            cutting=True,
            cuts=state.cuts + 1,
            reason="overload",
        )

    def _raise(self, state: State, snapshot: Snapshot) -> State:
        most = self._most(snapshot)
        if state.limit >= most:
            return replace(state, reason="at the ceiling")
        # `int`: the limit in force is a whole number.
        is_full = snapshot.active + snapshot.called >= _RAISE_FULL * int(state.limit)
        if snapshot.now - state.raised_at < _RAISE_EACH or not is_full:
            return replace(state, reason="raised" if state.cuts else "steady")
        growth, near = _FAST, 0.0
        if state.limit >= _NEAR_BAD * state.bad > 0:
            near = state.near_bad_since or snapshot.now
            # Bounded, since it may have been near for a day: no float holds 2 to that power.
            doubled = min(_DOUBLED_MOST, (snapshot.now - near) / _DOUBLES_IN)
            growth = min(_FAST, _SLOW * 2**doubled)
        return replace(
            state,
            limit=min(most, state.limit * (1 + growth)),
            near_bad_since=near,
            raised_at=snapshot.now,
            reason="raised",
        )
