"""Staff never wait, if VWR says so. They are recognised by a signed cookie.

The cookie is set when a view has looked the user up anyway, for instance at the login. It is
removed when somebody else uses the same browser. By itself it is good for minutes. After these the
login of the request is looked up, and the cookie set anew: so it ends with the account, its
password and the session, and nobody can hand it on for longer.
"""

from collections import Counter
from collections.abc import Awaitable
from dataclasses import replace
from threading import Lock
from typing import Any

from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject

from vwr_middleware.django.request import DjangoRequest, amend_response
from vwr_middleware.papers.cookies import reach_of
from vwr_middleware.settings import RoomSettings, Settings
from vwr_middleware.web.cookie_header import find
from vwr_middleware.web.http import Cookie, Pass, Request
from vwr_middleware.web.proxies import origin_of
from vwr_middleware.worker.known_sessions import IN_HAND_MOST

NAME = "vwr_staff"
LIFE = 12 * 60 * 60  # seconds; then the next page that looks the user up sets it again
FRESH = 5 * 60  # seconds for which it is good by itself
#: Where a request keeps whether its login was found to be staff's, and whether it is let through.
_FOUND, _PASSES = "_vwr_staff_found", "_vwr_staff_passes"


def _signer() -> TimestampSigner:
    return TimestampSigner(salt="vwr_middleware.staff")


def is_staff(request: Request) -> bool:
    """Whether the request brings the cookie of somebody who was found to be staff lately."""
    passes = getattr(request.native, _PASSES, None)
    return bool(account_in(request, FRESH)) if passes is None else passes


def account_in(request: Request, max_age: int = LIFE) -> str:
    """The key of the account in a genuine cookie that is no older; "" if there is none."""
    read = (_account(value, max_age) for value in find(request.header("cookie"), NAME))
    return next(filter(None, read), "")


class StaffInHand:
    """The requests of staff that one process has in hand. A cookie that many share is slowed down
    like an access token: beyond IN_HAND_MOST requests at a time they wait like anybody's."""

    def __init__(self) -> None:
        self._in_hand, self._lock = Counter[str](), Lock()

    async def look(self, request: HttpRequest, asked: Request) -> str:
        """Look whether a request is of staff. Returns the account that it is counted for, or ""."""
        account = account_in(asked)
        if not account:
            return ""
        if not account_in(asked, FRESH):
            setattr(request, _FOUND, await _is_signed_in(request))
        is_counted = getattr(request, _FOUND, True) and self._begins(account)
        setattr(request, _PASSES, is_counted)
        return account if is_counted else ""

    def _begins(self, account: str) -> bool:
        with self._lock:
            is_crowded = self._in_hand[account] >= IN_HAND_MOST
            self._in_hand[account] += not is_crowded
        return not is_crowded

    def ends(self, account: str) -> None:
        """A request that was counted has been answered."""
        with self._lock:
            self._in_hand[account] -= 1
            if not self._in_hand[account]:
                del self._in_hand[account]


async def _is_signed_in(request: HttpRequest) -> bool:
    from vwr_middleware.django.operators import staff  # when Django's apps are loaded

    name: Any = staff(request)
    return (await name if isinstance(name, Awaitable) else name) is not None


def opened_to_staff(settings: Settings) -> Settings:
    """The same settings with rooms in which staff never waits."""
    return replace(settings, rooms=tuple(map(_opened, settings.rooms)))


def _opened(room_settings: RoomSettings) -> RoomSettings:
    bypass = room_settings.bypass

    def never_waits(request: Request) -> object:
        return is_staff(request) or (bypass is not None and bypass(request))

    return replace(room_settings, bypass=never_waits)


def note_staff(request: HttpRequest, response: HttpResponseBase, settings: Settings) -> None:
    """Set or remove the cookie, if anybody has looked the user up."""
    known, user = request.COOKIES.get(NAME, ""), _resolved_user(request)
    if user is not None:
        account = str(user.pk)
        wanted = bool(getattr(user, "is_staff", False) and getattr(user, "is_active", False))
    elif (found := getattr(request, _FOUND, None)) is not None:
        account, wanted = _account(known, LIFE), bool(found)
    else:
        return
    # Well before its time is over: the next pages may look nobody up.
    is_as_wanted = _account(known, FRESH // 2) == account if wanted else not _account(known, LIFE)
    if is_as_wanted:
        return
    value = _signer().sign(account) if wanted else ""
    is_https = origin_of(DjangoRequest(request), settings.trusted_proxies).is_secure
    reach = reach_of(settings, is_https, "Lax")
    cookie = Cookie(NAME, value, LIFE if wanted else 0, **reach)
    amend_response(Pass(cookies=(cookie,)), response)  # no shared cache may hand it to others


def _account(value: str, max_age: int) -> str:
    try:
        return _signer().unsign(value, max_age=max_age)
    except BadSignature:
        return ""


def _resolved_user(request: HttpRequest) -> Any:
    """The user, if a view has looked it up already."""
    user = vars(request).get("user")
    if user is not None and not isinstance(user, SimpleLazyObject):
        return user  # a login or logout in this request
    for name in ("_acached_user", "_cached_user"):
        if hasattr(request, name):
            return getattr(request, name)
    return None
