"""What one worker hands in with a refresh of a room, and what it wants to know."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from vwr_middleware.inlet import choices
from vwr_middleware.inlet.adaptive import Adaptive
from vwr_middleware.inlet.strategies import Strategy, decide
from vwr_middleware.line.messages import Ask
from vwr_middleware.worker.app_load import Meter
from vwr_middleware.worker.freshness import STALE
from vwr_middleware.worker.room_view import RoomView
from vwr_middleware.worker.wait_estimates import predictions


def ask_of(view: RoomView, monotonic: float, away: float = 0.0, unheard: float = 0.0) -> Ask:
    """A room's part of a refresh. What was noted is handed in once: the notes are emptied.

    `away`: seconds since the last refresh in which the store was away, so that nobody joined.
    `unheard`: the same with the time before that in which this worker had nothing to ask it.
    """
    asked = replace(_asked(view, monotonic, away), away=unheard)
    if view.only_looks:
        return replace(
            asked, starting=False, inlet=None, tells=False, marks=(), load=None, adaptive=None
        )
    return asked


def had_no_say(view: RoomView, ask: Ask) -> bool:
    """Whether the worker had to read the room first, before it could ask its strategies."""
    return ask.inlet is None and not view.only_looks


def _asked(view: RoomView, monotonic: float, away: float) -> Ask:
    room = view.room.as_snapshot() if view.room else None
    in_force = choices.in_force(room, view.strategies)
    adaptive = _adaptive(in_force)
    _measure(view, adaptive is not None, monotonic)
    # A snapshot of long ago does not count: others have measured since.
    lately = room if view.age(monotonic) <= STALE else None
    return Ask(
        room=view.name,
        config=_config(view),
        starting=not view.started,
        seen=view.seen(monotonic),
        inlet=decide(in_force, lately, view.now(monotonic)),
        generation=room.generation if room else 0,
        present=view.present.hand_in(monotonic),
        knocks=view.called.doorway.hand_in(),
        marks=predictions(view.room) if view.room and lately else (),
        load=view.meter.hand_in(monotonic) if view.meter else None,
        sightings=view.lookout.hand_in(),
        adaptive=adaptive.next(lately) if adaptive and lately else None,
        adaptive_version=room.adaptive_version if room else 0,
        ended_after=view.ended.number,
        moved_after=view.devices.number,
        fell_back=room.fell_back if room else None,
        totals=room.totals if room else {},
        ended=None,
        spare=view.arrivals.spare(view.age(monotonic) - away),
    )


def _config(view: RoomView) -> Mapping[str, Any]:
    """The room's settings for the store, with what other workers compare with their own."""
    told = {"key_marks": view.key_marks, "own": view.own} if view.key_marks else {}
    return {**view.settings.store_config(), "outage_grace": view.ended.outage_grace, **told}


def _adaptive(in_force: Sequence[Strategy]) -> Adaptive | None:
    """The adaptive strategy, if it is in force."""
    return next((strategy for strategy in in_force if isinstance(strategy, Adaptive)), None)


def _measure(view: RoomView, is_adaptive: bool, monotonic: float) -> None:
    """Measure requests from now on if an adaptive strategy is in force, else do not."""
    if not is_adaptive:
        view.meter = None
    elif view.meter is None:
        view.meter = Meter(monotonic)
        view.guests.forget()
