"""What the app's own functions say of a request to one room: `bypass`, `challenge`,
`identity`, `lane`."""

import logging
import re
from collections import Counter
from collections.abc import Callable, Mapping
from urllib.parse import unquote
from uuid import UUID

from vwr_middleware.events import EventName
from vwr_middleware.settings import RoomSettings
from vwr_middleware.user_functions import Failures, ask
from vwr_middleware.web.http import Request
from vwr_middleware.web.next_url import LONGEST, is_path_of_origin, quoted
from vwr_middleware.web.path_readings import is_written_plainly
from vwr_middleware.web.paths import PathRule

log = logging.getLogger("vwr_middleware")

_PATH_OF = re.compile("[?#]")
BYPASS_FAILED = "the bypass of room %s failed, so the request waits (%d so far)"
CHALLENGE_FAILED = "the challenge of room %s failed, so newcomers wait (%d so far)"
CHALLENGE_PASSED = "the challenge of room %s failed, so newcomers join without it (%d so far)"
IDENTITY_FAILED = "the identity of room %s failed, so newcomers wait (%d so far)"
SLOW_FAILED = "the slow_lane of room %s failed, so a newcomer is in none (%d so far)"
LANE_FAILED = "the lane of room %s failed, so a newcomer is in none (%d so far)"
IDENTITY_PASSED = "the identity of room %s failed, so a newcomer is nobody known (%d so far)"


class CannotTell(Exception):
    """Whether a newcomer may join is not known, since a function of the app has failed.

    What a visitor sends may have made it fail, so it must open nothing.
    """


class Challenged(Exception):
    """A newcomer must go to a path of this site before a place is given: `where`. `is_at_once`:
    the request alone says so, which has cost the store nothing."""

    def __init__(self, where: str, *, is_at_once: bool = False) -> None:
        super().__init__(where)
        self.where, self.is_at_once = where, is_at_once


class AppFunctions:
    """Asks the app's functions. Where one fails, that is logged."""

    def __init__(self, room_settings: RoomSettings, tell: Callable[[EventName, str], None]) -> None:
        self._name, self._failures, self._tell_event = room_settings.name, Failures(), tell
        self.failed = Counter[str]()  # how often each has failed, for metrics
        self._bypass, self._challenge, self._identity = (
            room_settings.bypass,
            room_settings.challenge,
            room_settings.identity,
        )
        #: Our own challenge, in place of one of the app's: see gate/puzzle_page.py.
        self.own_challenge: Callable[[Request], str] | None = None
        self._lane = room_settings.lane
        self._slow_lane = [rule for rule in room_settings.slow_lane if not isinstance(rule, str)]
        self._lets_pass = room_settings.on_challenge_error == "pass"
        rule = PathRule(room_settings.paths, room_settings.exclude)
        self._covers = (
            rule.covers if "GET" in (room_settings.methods or ["GET"]) else PathRule([]).covers
        )
        #: Whether newcomers differ, so that each must be asked about.
        self.about_newcomers = any(
            (room_settings.challenge, self._identity, self._lane, room_settings.slow_lane)
        )

    def bypasses(self, request: Request) -> bool:
        """Whether this is somebody who never waits."""
        try:
            if self._bypass is None or not ask(self._bypass, request):
                return False
        except Exception as error:
            self.tell_failure("bypass", error, BYPASS_FAILED)
            return False
        self._tell_event("bypassed", request.path[:LONGEST])
        return True

    def challenge(self, request: Request) -> str:
        """The path of this site where a newcomer must go before a place is given; "": none.

        May raise CannotTell.
        """
        if self.own_challenge is not None:
            return self.own_challenge(request)
        if self._challenge is None or isinstance(self._challenge, str):
            return ""
        try:
            answer = ask(self._challenge, request)
            where = "" if answer is None else quoted(str(answer))
        except Exception as error:
            self.tell_failure(
                "challenge", error, CHALLENGE_PASSED if self._lets_pass else CHALLENGE_FAILED
            )
            if self._lets_pass:
                return ""
            raise CannotTell from error
        try:
            return self.checked(where, request)
        except ValueError as error:
            self.tell_failure("challenge", error, CHALLENGE_FAILED)
            raise CannotTell from error

    def identity(self, request: Request) -> str:
        """Who a newcomer is; "": not known.

        May raise CannotTell, where there is a challenge too: whom that one lets by must not become
        a stranger. Without one, strangers get a place each, so nothing is gained.
        """
        try:
            return "" if self._identity is None else _id(ask(self._identity, request))
        except Exception as error:
            passes = self._lets_pass or self._challenge is None
            self.tell_failure("identity", error, IDENTITY_PASSED if passes else IDENTITY_FAILED)
            if passes:
                return ""
            raise CannotTell from error

    def lane(self, request: Request, lanes: Mapping[str, float]) -> str:
        """Which of these lanes a newcomer joins; "": none. If that is not known, none: it costs
        nobody a place, and what a visitor sends may have made it fail."""
        if self._lane is None or not lanes:
            return ""
        try:
            answer = ask(self._lane, request)
            if answer and answer not in lanes:
                names = ", ".join(sorted(lanes))
                raise ValueError(f"it must return one of {names}, or None, not {answer!r:.100}")
        except Exception as error:
            self.tell_failure("lane", error, LANE_FAILED)
            return ""
        return str(answer) if answer else ""

    def tell_failure(self, function: str, error: Exception, failed: str) -> None:
        """A function of the app has failed: counted, told as an event, and logged now and then."""
        self.failed[function] += 1
        self._tell_event("function_failed", function)
        if count := self._failures.told(error):
            log.error(failed, self._name, count, exc_info=error)

    def is_slow(self, request: Request) -> bool:
        """Whether a function of the app takes a newcomer for a robot. One that fails does not."""
        for function in self._slow_lane:
            try:
                if ask(function, request):
                    return True
            except Exception as error:
                self.tell_failure("slow_lane", error, SLOW_FAILED)
        return False

    def checked(self, where: str, request: Request) -> str:
        """What a challenge has returned. Raises ValueError for what is no path to lead to.

        What the visitor has asked for may be a part of it. So no characters in it make it fail, nor
        its length.
        """
        if where and not is_path_of_origin(where[:LONGEST]):
            raise ValueError(f"it must return a path of this site, or None, not {where!r:.100}")
        if where and self._is_within(_PATH_OF.split(where, maxsplit=1)[0], request):
            raise ValueError(f"it leads to {where!r:.100}, in its own room: list that in exclude")
        return where

    def _is_within(self, path: str, request: Request) -> bool:
        """Whether a path of this site is in the room itself: nobody would ever get there.

        The path that was asked for says so only if it can be read in no other way. (Then a view
        there has a decorator.)
        """
        asked = request.path, request.raw_path, request.mount
        whole, mount = unquote(path), request.mount
        below = whole[len(mount) :] if whole.startswith(f"{mount}/") else whole
        is_here = whole == mount + request.path and is_written_plainly(*asked)
        return is_here or self._covers(below, path, mount)


def _id(who: object) -> str:
    """What an identity has returned, as text. Raises TypeError for what is no id: it may be the
    same for all (`True`, an anonymous user), who would then share one place."""
    if not who:
        return ""
    if who is True or not isinstance(who, str | int | bytes | UUID):
        raise TypeError(f"it must return an id as text, or None, not {type(who).__name__}")
    return str(who)
