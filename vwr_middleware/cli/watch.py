"""A room, or all of them, shown anew each second, and keys by which a person steers meanwhile.

Keys are heard only where somebody sits at a terminal of a kind that can be read key by key. What
could hurt is asked first, as everywhere.
"""

import os
import select
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from vwr_middleware.cli.asking import is_person
from vwr_middleware.cli.base import harmless
from vwr_middleware.cli.reach import Client
from vwr_middleware.cli.show import renewed, room_view, rooms_table
from vwr_middleware.cli.sparkline import bar, sparkline
from vwr_middleware.errors import Refused, StoreUnavailable
from vwr_middleware.panel.words import count

try:
    import termios
    import tty

    _CAN_HEAR = True
except ImportError:  # Windows
    _CAN_HEAR = False

EVERY = 1.0  # seconds
#: So many seconds are drawn.
_KEPT = 300
_KEYS = (
    "q quit   p pause or resume   + a tenth more at once   - a tenth fewer",
    "q quit   p pause or resume   + - a tenth more, fewer",  # in a narrow terminal
)
NextKey = Callable[[float], str]


@contextmanager
def keys() -> Iterator[tuple[NextKey, bool]]:
    """Gives what waits for the next key for so many seconds ("": none came), and whether any is
    heard at all."""
    terminal = sys.stdin.fileno() if is_person() else -1
    if terminal < 0 or not _CAN_HEAR or not _is_in_front(terminal):
        yield _sleep, False
        return
    before = termios.tcgetattr(terminal)

    def next_key(seconds: float) -> str:
        ready, _, _ = select.select([terminal], [], [], max(0.0, seconds))
        return os.read(terminal, 1).decode(errors="replace") if ready else ""

    tty.setcbreak(terminal)
    try:
        yield next_key, True
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _is_in_front(terminal: int) -> bool:
    """Whether keys are meant for us: a shell's background job must not touch its terminal."""
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:  # it is not the terminal that started us
        return True


def _sleep(seconds: float) -> str:
    time.sleep(max(0.0, seconds))
    return ""


class RoomWatch:
    """One room on the screen: its numbers, how they went since we look, and what keys do."""

    def __init__(self, client: Client, room_name: str, *, has_keys: bool) -> None:
        self._client, self._name, self._has_keys = client, room_name, has_keys
        self._found: Mapping[str, Any] = {}
        self._heard_at = 0.0
        self._waiting: deque[float] = deque(maxlen=_KEPT)
        self._entered: deque[float] = deque(maxlen=_KEPT)
        self._told = ""
        self._asked: tuple[str, Callable[[], str]] | None = None

    def look(self, found: Mapping[str, Any] | None = None) -> None:
        """Ask anew. An outage is shown too, and waited out."""
        try:
            self._found = found or self._client.status(self._name)
        except StoreUnavailable:
            return
        self._heard_at = time.monotonic()
        self._waiting.append(float(self._found["waiting"]))
        self._entered.append(float(self._found["admitted_per_minute"] or 0))

    def hear(self, key: str) -> bool:
        """Do what a key says. False: to stop."""
        if self._asked is not None:
            (_, act), self._asked = self._asked, None
            self._told = self._done(act) if key in ("y", "Y") else "Nothing was changed."
            return True
        self._told = ""
        if key in ("q", "Q"):
            return False
        if key in ("p", "P"):
            self._ask_pause()
        elif key in ("+", "=", "-"):
            self._ask_limit(-1 if key == "-" else 1)
        return True

    def _ask_pause(self) -> None:
        if self._found["mode"] == "paused":
            self._asked = f"Resume {self._name}?", self._resume
        else:
            waiting = count(self._found["waiting"])
            question = f"Pause {self._name}? Nobody is called or enters: {waiting} people wait."
            self._asked = question, self._pause

    def _ask_limit(self, direction: int) -> None:
        rules = {row["name"]: row["value"] for row in self._found["settings"]}
        now = int(rules["max_active"])
        new = max(1, now + direction * max(1, round(now / 10)))
        if new == now:
            self._told = "max_active is 1 already: pause the room to let nobody in."
            return
        asked = [f"max_active from {count(now)} to {count(new)}?"]
        with suppress(Refused, StoreUnavailable):
            asked += self._client.ask("hazards", self._name, max_active=new)["hazards"]
        self._asked = " ".join(asked), lambda: self._set_limit(new)

    def _pause(self) -> str:
        self._client.ask("pause", self._name)
        return "Paused."

    def _resume(self) -> str:
        self._client.ask("resume", self._name)
        return "Resumed."

    def _set_limit(self, most: int) -> str:
        self._client.ask("change", self._name, max_active=most)
        return f"max_active is {count(most)}."

    def _done(self, act: Callable[[], str]) -> str:
        try:
            told = act()
        except (Refused, StoreUnavailable) as error:
            return str(error)
        self.look()
        return told

    def view(self, width: int, *, plain: bool = False) -> RenderableType:
        """The screen."""
        silent = time.monotonic() - self._heard_at
        shown = room_view(self._found, silent_for=silent if silent > 3 * EVERY else 0.0)
        parts: list[RenderableType] = [_clock(), shown, *self._lines(width, plain)]
        if self._asked is not None:
            parts.append(
                Text(harmless(f"{self._asked[0]} y: yes, any other key: no"), style="bold")
            )
        elif self._told:
            parts.append(Text(harmless(self._told)))
        elif self._has_keys:
            keys_told = next((keys for keys in _KEYS if len(keys) <= width), _KEYS[-1])
            parts.append(Text(keys_told, style="dim"))
        return Group(*parts)

    def _lines(self, width: int, plain: bool) -> Iterator[Text]:
        room = max(10, min(80, width - 16))
        inside, limit = self._found["active"], self._found["limit"] or 0
        part = inside / limit if limit else 0.0
        drawn = (
            ("inside", bar(part, room, plain=plain), "red" if part > 1 else "green"),
            ("waiting", sparkline(self._waiting, room, plain=plain), "yellow"),
            ("per minute", sparkline(self._entered, room, plain=plain), "cyan"),
        )
        for name, text, style in drawn:
            yield Text.assemble((f"{name:<13}", "dim"), (text, style), no_wrap=True)


def _clock() -> Text:
    return Text(datetime.now().astimezone().strftime("%H:%M:%S %Z"), style="dim")


def watch_room(client: Client, room_name: str, found: Mapping[str, Any]) -> None:
    """Show a room until Ctrl-C, or the key for it."""
    with keys() as (next_key, are_heard):
        watched = RoomWatch(client, room_name, has_keys=are_heard)
        watched.look(found)
        _show(watched.view, next_key, watched.look, watched.hear)


def watch_rooms(
    ask: Callable[[], Sequence[Mapping[str, Any]]], found: Sequence[Mapping[str, Any]]
) -> None:
    """Show all rooms until Ctrl-C, or the key for it."""
    rooms, silent = [*found], False

    def look() -> None:
        nonlocal rooms, silent
        try:
            rooms, silent = [*ask()], False
        except StoreUnavailable:
            silent = True

    def view(width: int, *, plain: bool = False) -> RenderableType:
        warning = [Text("no answer: these numbers are old", style="red")] if silent else []
        return Group(_clock(), *warning, rooms_table(rooms, width))

    with keys() as (next_key, _):
        _show(view, next_key, look, lambda key: key not in ("q", "Q"))


def _show(
    view: Callable[..., RenderableType],
    next_key: NextKey,
    look: Callable[[], None],
    hear: Callable[[str], bool],
) -> None:
    with renewed(view) as show:
        while True:
            until = time.monotonic() + EVERY
            while (left := until - time.monotonic()) > 0:
                if key := next_key(left):
                    if not hear(key):
                        return
                    show()
            look()
            show()
