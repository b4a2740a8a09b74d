"""What the app's own functions say of a request to one room: `bypass`, `challenge`, `identity`."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote
from uuid import UUID

from vwr_middleware.settings import RoomSettings
from vwr_middleware.user_functions import Failures, ask
from vwr_middleware.web.http import Request
from vwr_middleware.web.next_url import LONGEST, is_path_of_origin, quoted

log = logging.getLogger("vwr_middleware")

BYPASS_FAILED = "the bypass of room %s failed, so the request waits (%d so far)"
CHALLENGE_FAILED = "the challenge of room %s failed, so newcomers join without it (%d so far)"
IDENTITY_FAILED = "the identity of room %s failed, so a newcomer is nobody known (%d so far)"


class Asked:
    """Asks the app's functions. Where one fails, that is logged, and it counts as absent."""

    def __init__(self, room: RoomSettings) -> None:
        self._name, self._failures = room.name, Failures()
        self._bypass, self._challenge, self._identity = room.bypass, room.challenge, room.identity
        #: Whether newcomers differ, so that each must be asked about.
        self.about_newcomers = (room.challenge, room.identity) != (None, None)

    def bypasses(self, request: Request) -> bool:
        """Whether this is somebody who never waits."""
        if self._bypass is not None:
            with self._logged(BYPASS_FAILED):
                return bool(ask(self._bypass, request))
        return False

    def challenge(self, request: Request) -> str:
        """The path of this site where a newcomer must go before a place is given; "": none."""
        if self._challenge is not None:
            with self._logged(CHALLENGE_FAILED):
                return _checked(ask(self._challenge, request), request)
        return ""

    def identity(self, request: Request) -> str:
        """Who a newcomer is; "": not known."""
        if self._identity is not None:
            with self._logged(IDENTITY_FAILED):
                return _id(ask(self._identity, request))
        return ""

    @contextmanager
    def _logged(self, failed: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if count := self._failures.told(error):
                log.exception(failed, self._name, count)


def _checked(path: object, request: Request) -> str:
    """What a challenge has returned. Raises ValueError for what is no path to lead to.

    What the visitor has asked for may be a part of it. So no characters in it make it fail, nor
    its length: whoever made up such an address would join without the challenge.
    """
    where = "" if path is None else quoted(str(path))
    if where and not is_path_of_origin(where[:LONGEST]):
        raise ValueError(f"it must return a path of this site, or None, not {path!r:.100}")
    if unquote(where.partition("?")[0]) == request.mount + request.path:
        raise ValueError(f"it leads from {path!r:.100} to itself: list that path in exclude")
    return where


def _id(who: object) -> str:
    """What an identity has returned, as text. Raises TypeError for what is no id: it may be the
    same for all (`True`, an anonymous user), who would then share one place."""
    if not who:
        return ""
    if who is True or not isinstance(who, str | int | bytes | UUID):
        raise TypeError(f"it must return an id as text, or None, not {type(who).__name__}")
    return str(who)
