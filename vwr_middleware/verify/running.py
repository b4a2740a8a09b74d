"""Asks a room whether a session still runs: a token alone is good until it expires, though the
visitor has bought meanwhile, or an operator has ended the session."""

import logging
import threading
from collections.abc import Callable
from typing import Any, Literal

from vwr_middleware.verify.fetching import NotFetched
from vwr_middleware.web.remembered import Kept

log = logging.getLogger("vwr_middleware")

#: What the room says of a session that does not run: the reason by which its token is refused.
ENDED, LOCKED = "ended", "locked"
WhenAway = Literal["admit", "refuse"]
#: Seconds for which a room that did not answer is not asked.
PAUSE = 5.0
#: Fetches the visitor's standing, by the token and the visitor's address.
Ask = Callable[[str, str], Any]
#: A session, and the address from which it is used: it may be bound to one.
Asked = tuple[str, str]


class RunningSessions:
    """What the room said of each session, for some seconds. Nothing is asked without `ask`."""

    def __init__(self, ask: Ask | None, every: float, monotonic: Callable[[], float]) -> None:
        self._ask, self._every, self._monotonic = ask, every, monotonic
        #: The reason to refuse, "" for none, and when the room said so.
        self._told: Kept[Asked, tuple[str, float]] = Kept()
        #: Until when the room is not asked; None while it answers.
        self._away_until: float | None = None
        self._trying = threading.Lock()

    def needs_asking(self, asked: Asked) -> bool:
        """Whether the room has to be asked, and is thought to answer."""
        if self._ask is None or self.retry_after > 0:
            return False
        _, at = self._told.get(asked, ("", float("-inf")))
        return self._monotonic() - at > self._every

    def ask(self, asked: Asked, token: str) -> None:
        """Ask, and remember what the room says. Of a room that did not answer, one request finds
        out whether it does again: all others would wait for it in vain."""
        if self._ask is None:
            return
        was_away = self._away_until is not None
        if was_away and not self._trying.acquire(blocking=False):
            return
        try:
            reason = reason_in(self._ask(token, asked[1]))
        except NotFetched as error:
            self._away_until = self._monotonic() + PAUSE
            log.warning("the room cannot be asked whether sessions run: %s", error)
            return
        finally:
            if was_away:
                self._trying.release()
        self._away_until = None
        self._told.keep(asked, (reason, self._monotonic()), len(asked[0]) + len(asked[1]))

    def reason_against(self, asked: Asked) -> str | None:
        """Why a session is refused, by the room's latest word; "" if it runs, None if there is no
        word that is new enough."""
        if self._ask is None:
            return ""
        reason, at = self._told.get(asked, ("", float("-inf")))
        is_new = self._monotonic() - at <= self._every
        return reason if is_new or reason else None

    @property
    def retry_after(self) -> float:
        """Seconds until the room is asked again."""
        until = self._away_until
        return 0.0 if until is None else max(0.0, until - self._monotonic())


def reason_in(told: Any) -> str:
    """The reason to refuse in an answer of the room to a position poll (docs/programs.md)."""
    you = told.get("you") if isinstance(told, dict) else None
    if not isinstance(you, str) or "state" not in told:
        raise NotFetched("what answers there is no room: look at room_url")
    if you == "admitted" or told["state"] == "off":
        return ""
    if told.get("store") == "down":
        raise NotFetched("its store is away")
    return LOCKED if you == "locked" else ENDED
