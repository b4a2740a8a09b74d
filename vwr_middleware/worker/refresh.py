"""What one worker hands in with a refresh of its rooms, and how it reads them: also if the store
has lost one or holds another one by now.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from vwr_middleware.errors import (
    ForeignRoom,
    RoomLost,
    RoomsUnread,
    StoreUnavailable,
    WaitingRoomError,
)
from vwr_middleware.inlet import choices
from vwr_middleware.inlet.adaptive import Adaptive
from vwr_middleware.inlet.strategies import Strategy, decide
from vwr_middleware.line.constants import ENDED_AT_ONCE
from vwr_middleware.line.messages import Ask, ForOperators, Snapshot
from vwr_middleware.settings.quiet_hours import quiet_hours_of
from vwr_middleware.stores import Store
from vwr_middleware.worker.app_load import Meter
from vwr_middleware.worker.circuit_breaker import Breaker
from vwr_middleware.worker.room_view import RoomView
from vwr_middleware.worker.sharing import STALE
from vwr_middleware.worker.wait_ranges import ranges_to_note, wait_range

#: Ended sessions, the latest, that are told to a store that lost them. It takes it some 20 ms.
KNOWN_ENDINGS_MOST = 3000

#: Readings in a row at most for a worker that is behind with the list of ended sessions, as after
#: its start: it honours each session until it reads of its end. A full one takes some 20 ms.
CATCH_UP_MOST = 20


async def read_rooms(
    breaker: Breaker,
    store: Store,
    views: Sequence[RoomView],
    asks: Sequence[Ask],
) -> list[Snapshot | WaitingRoomError]:
    """All rooms in one round trip, or why one could not be read.

    It takes two if a room was lost and must be rebuilt, or if the store holds another room of this
    name than the worker knew: that is read then. The other rooms are not read again, since their
    events are told once.
    """
    found = await _read(breaker, store, asks)
    again = [at for at, room in enumerate(found) if isinstance(room, RoomLost | ForeignRoom)]
    if again:
        second = [_second_ask(found[at], asks[at], views[at]) for at in again]
        with suppress(StoreUnavailable):
            for at, room in zip(again, await _read(breaker, store, second), strict=True):
                found[at] = room
    return found


async def _read(
    breaker: Breaker, store: Store, asks: Sequence[Ask]
) -> list[Snapshot | WaitingRoomError]:
    try:
        return [*await breaker.ask(lambda: store.refresh(asks))]
    except RoomsUnread as error:
        return [*error.found]
    except (RoomLost, ForeignRoom) as error:
        return [error]


def _second_ask(found: object, ask: Ask, view: RoomView) -> Ask:
    return _without_memory(ask) if isinstance(found, ForeignRoom) else _with_memory(ask, view)


def _with_memory(ask: Ask, view: RoomView) -> Ask:
    """The same ask with all that a store needs to rebuild a lost room."""
    adaptive = ask.adaptive or (view.room and view.room.snapshot.adaptive) or None
    return replace(ask, ended=known_endings(view), adaptive=adaptive)


def _without_memory(ask: Ask) -> Ask:
    """The same ask without what the worker knows: in another room that is of other people."""
    return replace(
        ask,
        seen=None,
        generation=0,
        ended_after=0,
        moved_after=0,
        for_operators=ForOperators(),
        totals={},
        adaptive=None,
        stock=None,
    )


def known_endings(view: RoomView) -> list[str]:
    """The sessions that this worker knows to be over, the oldest first.

    Those that the store is still to be told of are left out: for the store they run.
    """
    ended = list(view.ended)  # a copy, since other threads add to it
    return [session for session in ended if session not in view.ended.untold][-KNOWN_ENDINGS_MOST:]


def is_more_to_come(view: RoomView, new: Snapshot) -> bool:
    """Whether one of the store's two numbered lists must be read on, or from its beginning."""
    if max(len(new.ended), len(new.moved)) >= ENDED_AT_ONCE:
        return True
    return view.ended.number < new.ended_last or view.devices.number < new.moved_last


# What one worker hands in with a refresh of a room, and what it wants to know.


def ask_of(view: RoomView, monotonic: float, away: float = 0.0, unheard: float = 0.0) -> Ask:
    """A room's part of a refresh. What was noted is handed in once: the notes are emptied.

    `away`: seconds since the last refresh in which the store was away, so that nobody joined.
    `unheard`: the same with the time before that in which this worker had nothing to ask it.
    """
    asked = replace(_asked(view, monotonic, away), away=unheard, silent=away)
    if view.only_looks:
        return replace(
            asked,
            starting=False,
            inlet=None,
            tells=False,
            marks=(),
            load=None,
            adaptive=None,
            stock=None,
            asks_stock=False,
        )
    return asked


def had_no_say(view: RoomView, ask: Ask) -> bool:
    """Whether the worker had to read the room first, before it could ask its strategies."""
    return ask.inlet is None and not view.only_looks


def _asked(view: RoomView, monotonic: float, away: float) -> Ask:
    room = view.room.as_snapshot() if view.room else None
    in_force = choices.in_force(room, view.strategies)
    stock_asking = view.stock_asking
    adaptive = _adaptive(in_force)
    _measure(view, adaptive is not None, monotonic)
    # A snapshot of long ago does not count: others have measured since.
    lately = room if view.age(monotonic) <= STALE else None
    present = view.present.hand_in(monotonic)
    return Ask(
        room_name=view.name,
        config=_config(view),
        starting=not view.started,
        seen=view.seen(monotonic),
        inlet=decide(in_force, lately, view.now(monotonic)),
        generation=room.generation if room else 0,
        draw_told=view.draw_told,
        present=present,
        knocks=view.called.held_slots.hand_in(),
        marks=ranges_to_note(view.room, present) if view.room and lately else (),
        load=view.meter.hand_in(monotonic) if view.meter else None,
        for_operators=replace(view.operator_notes.hand_in(), told=_told(view)),
        adaptive=adaptive.next(lately) if adaptive and lately else None,
        adaptive_version=room.adaptive_version if room else 0,
        stock=stock_asking.hand_in() if stock_asking else None,
        asks_stock=stock_asking is not None and stock_asking.may_ask(),
        ended_after=view.ended.number,
        moved_after=view.devices.number,
        fell_back=room.fell_back if room else None,
        totals=room.totals if room else {},
        ended=None,
        quiet=_quiet(room) if room else None,
        spare=view.arrivals.spare(view.age(monotonic) - away),
    )


def _told(view: RoomView) -> tuple[int, int]:
    """The wait that the last in line was told; nothing if nobody waits, or nothing is known."""
    room = view.room
    return (wait_range(room, room.queue) if room and room.waiting else None) or (0, 0)


def _config(view: RoomView) -> Mapping[str, Any]:
    """The room's settings for the store, with what other workers compare with their own."""
    told = {"key_marks": view.key_marks, "own": view.own} if view.key_marks else {}
    return {**view.settings.store_config(), "outage_grace": view.ended.outage_grace, **told}


def _quiet(snapshot: Snapshot) -> tuple[float, float]:
    """The latest quiet hours by the settings in force; none are at the beginning of all time."""
    text = snapshot.rules.get("quiet_hours")
    return quiet_hours_of(text).latest(snapshot.wall) if text else (0.0, 0.0)


def _adaptive(in_force: Sequence[Strategy]) -> Adaptive | None:
    """The adaptive strategy, if it is in force."""
    return next((strategy for strategy in in_force if isinstance(strategy, Adaptive)), None)


def _measure(view: RoomView, is_adaptive: bool, monotonic: float) -> None:
    """Measure requests from now on if an adaptive strategy is in force, else do not."""
    if not is_adaptive:
        view.meter = None
    elif view.meter is None:
        view.meter = Meter(monotonic)
        view.known_sessions.forget()
