"""Asks for the public value that is mixed into a draw: the setting `draw_beacon_from`.

Each worker asks shortly before the opening, in a thread of its own, and brings what it got with its
next reading. The first value that the store hears counts. No request waits for it, nor the opening:
a draw for which none came in time is made without.
"""

import hashlib
import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from vwr_middleware.draw.record import BEACON_LONGEST
from vwr_middleware.settings import RoomSettings
from vwr_middleware.settings.draw_kinds import DRAND
from vwr_middleware.user_functions import Failures
from vwr_middleware.verify.fetching import NotFetched, fetch_json
from vwr_middleware.worker.current_room import CurrentRoom

log = logging.getLogger("vwr_middleware")

#: The network of drand that makes a value every three seconds ("quicknet"), and who hands it out.
DRAND_URLS = ("https://api.drand.sh", "https://drand.cloudflare.com", "https://api2.drand.sh")
DRAND_CHAIN = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"
DRAND_BEGAN, DRAND_PERIOD = 1_692_803_367, 3
#: Seconds before the opening at which the value is to be there; from then on it is asked for.
LEAD = 6.0
#: Seconds between two questions of one worker, and for which it waits for an answer of drand.
AGAIN, WAITS = 1.0, 1.5

FAILED = "room %s: draw_beacon_from: %s (%d so far). The draw is made without a value if none comes"


def drand_round(opens_at: float) -> int:
    """The latest value that is there LEAD seconds before the opening."""
    return max(1, int(opens_at - LEAD - DRAND_BEGAN) // DRAND_PERIOD + 1)


def drand_value(opens_at: float) -> str:
    """Its number and the value itself, from whoever has it. Raises NotFetched."""
    number = drand_round(opens_at)
    for url in DRAND_URLS[:-1]:
        with suppress(NotFetched):
            return _value_at(url, number)
    return _value_at(DRAND_URLS[-1], number)


def _value_at(url: str, number: int) -> str:
    told = fetch_json(f"{url}/{DRAND_CHAIN}/public/{number}", WAITS)
    try:
        randomness, signature = told["randomness"], bytes.fromhex(told["signature"])
        is_right = told["round"] == number and hashlib.sha256(signature).hexdigest() == randomness
    except (KeyError, TypeError, ValueError) as error:
        raise NotFetched("drand answers with something else than a value") from error
    if not is_right:
        raise NotFetched("drand answers with another value")
    return f"{number}:{randomness}"


def source_of(
    room_settings: RoomSettings, rules: Mapping[str, Any], value: str | None = None
) -> str:
    """Where the public value comes from, in words; "" if none is mixed in. With the value, it is
    that value's own source: the opening may have been moved since."""
    source = room_settings.draw_beacon_from
    if source is None:
        return "the organiser" if value is not None or rules.get("draw_beacon") else ""
    if source != DRAND:
        return source if isinstance(source, str) else getattr(source, "__qualname__", "a function")
    number = (value or "").partition(":")[0]
    opens_at = rules.get("opens_at")
    if not number.isdecimal() and opens_at is not None:
        number = str(drand_round(opens_at))
    return f"drand, quicknet, round {number}" if number else "drand, quicknet"


class BeaconAsking:
    """One room's value in one worker: one question at a time."""

    def __init__(self, room_settings: RoomSettings, monotonic: Callable[[], float]) -> None:
        source = room_settings.draw_beacon_from
        self._ask: Callable[[float], object] | None = None
        if source == DRAND:
            self._ask = drand_value
        elif callable(source):
            self._ask = source
        self._name, self._monotonic, self._failures = room_settings.name, monotonic, Failures()
        self._thread: threading.Thread | None = None
        self._asked_at = float("-inf")
        #: For which opening, and what came.
        self._got: tuple[float, str] | None = None

    def value(self, room: CurrentRoom) -> str:
        """The value for the opening ahead, if it is known; asks for it if it is time."""
        opens_at = room.rules.get("opens_at")
        if self._ask is None or not room.registers or opens_at is None:
            return ""
        if room.wall < opens_at - LEAD:
            return ""
        if self._got is not None and self._got[0] == opens_at:
            return self._got[1]
        now = self._monotonic()
        is_busy = self._thread is not None and self._thread.is_alive()
        if not is_busy and now - self._asked_at >= AGAIN:
            self._asked_at = now
            self._begin(opens_at)
        return ""

    def _begin(self, opens_at: float) -> None:
        self._thread = threading.Thread(
            target=self._take, args=(opens_at,), name="vwr-beacon", daemon=True
        )
        self._thread.start()

    def _take(self, opens_at: float) -> None:
        """Ask, and keep what came. A function that has no value yet returns None."""
        assert self._ask is not None
        try:
            answer = self._ask(opens_at)
            if answer is None:
                return
            if not isinstance(answer, str) or not 0 < len(answer) <= BEACON_LONGEST:
                raise TypeError(f"it must return a text of 1 to {BEACON_LONGEST} characters")
            answer.encode()
            self._got = opens_at, answer
        except Exception as error:
            if count := self._failures.told(error):
                log.error(FAILED, self._name, error, count, exc_info=error)
