"""Events: what happens in the rooms is told to `on_event`, a callable of the user's."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from vwr_middleware.user_functions import Failures, ask

log = logging.getLogger("vwr_middleware")

FAILED = "on_event failed for %r in room %s (%d so far)"

EventName = Literal[
    "joined",
    "called",
    "claimed",
    "renewed",
    "completed",
    "abandoned",
    "revoked",
    "expired",
    "lapsed",
    "left",
    "moved",
    "drawn",
    "reset",
    "mode_changed",
    "stock_gone",
    "stock_back",
    "bypassed",
    "function_failed",
    "sign_in_failed",
    "estimates_off",
    "estimates_back",
    "alarm_began",
    "alarm_ended",
    "opening_soon",
    "opening_began",
    "opening_over",
    "planned_change",
    "settings_changed",
    "slowed",
    "appealed",
]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a room.

    `subject` is a session id such as `3-17`, which names a place in line too. For `called` it is
    the range of positions (`5-9`), for `mode_changed` the new mode, for `reset` the new generation,
    for `drawn` how many had places by lot.
    For `stock_gone` and `stock_back` it is what is left, or `unknown` if no answer is young enough.
    For `bypassed` it is the path that was asked for, for `function_failed` the setting that names
    the function (`challenge`, `identity`, `bypass`). For `sign_in_failed`, a wrong password for the
    panel, it is the network, and there is no room. For `estimates_off` and `estimates_back`, when
    the record of the ranges that people are told falls and when it has come back, it is how many
    held lately, and of how many (`17-30`).
    For `alarm_began` and `alarm_ended` it is the kind of the alarm; one of the whole site has no
    room.
    For `opening_soon`, ten minutes before, `opening_began` and `opening_over` it is the opening's
    number, for `planned_change` the names of the settings that have changed at their time
    (`max_active,mode`), for `settings_changed` of those that an operator has changed, or had
    planned to; of the mode `mode_changed` tells.
    For `slowed` it is the position in the slow lane that somebody got, for `appealed` the one in
    the main line that somebody got back.
    `at` is store time, in seconds. A session that was `claimed` ends by `completed`, `abandoned`,
    `revoked`, `expired` or, if it was never confirmed, by `lapsed`. A reset, a change of mode and
    the alarm that the store does not answer are told by every worker, everything else once.
    """

    name: EventName
    room: str
    subject: str
    at: float


class Hooks:
    """Hands events to the user's callable. One that fails is logged and changes nothing."""

    def __init__(self, on_event: Callable[[Event], object] | None) -> None:
        self._on_event = on_event
        self.are_heard = on_event is not None
        self._failures = Failures()

    def tell_all(self, room_name: str, events: Iterable[Sequence[str]], at: float) -> None:
        """Hand over the events of a store: pairs of a name and a subject."""
        for name, subject in events:
            self.tell(cast(EventName, name), room_name, subject, at)

    def tell(self, name: EventName, room_name: str, subject: str, at: float) -> None:
        if self._on_event is None:
            return
        try:
            ask(self._on_event, Event(name, room_name, subject, at))
        except Exception as error:
            if count := self._failures.told(error):
                log.exception(FAILED, name, room_name, count)
