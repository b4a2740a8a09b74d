"""A signal of Django's for each event: `signals.alarm_began.connect(receiver)`.

A receiver is given the `event` (vwr_middleware.events.Event). `any_event` tells all of them. As
with the setting ON_EVENT, receivers are called where the event is found out, under ASGI in the
event loop: so they are short and never awaited, and hand on what takes long or asks a database. One
that fails is logged by Django and changes nothing.
"""

import typing
from collections.abc import Callable
from dataclasses import replace

from django.dispatch import Signal

from vwr_middleware.events import Event, EventName
from vwr_middleware.settings import Settings

any_event = Signal()
#: Each signal by its event's name, which is its name here, too.
SIGNALS: dict[str, Signal] = {name: Signal() for name in typing.get_args(EventName)}


def __getattr__(name: str) -> Signal:
    """The signal of an event: `signals.claimed`."""
    try:
        return SIGNALS[name]
    except KeyError:
        raise AttributeError(f"there is no event {name!r}") from None


def send(event: Event) -> None:
    """Tell an event to whoever is connected."""
    for signal in (SIGNALS[event.name], any_event):
        if signal.receivers:
            signal.send_robust(Event, event=event)


def told_by_signals(settings: Settings) -> Settings:
    """The same settings, whose events are told by signals as well."""
    own: Callable[..., object] | None = settings.on_event

    def on_event(event: Event) -> None:
        send(event)
        if own is not None:
            own(event)

    return replace(settings, on_event=on_event)
