"""Staff never wait, if VWR says so. They are recognised by a signed cookie, without a look-up.

The cookie is set when a view has looked the user up anyway, for instance at the login. It is
removed when somebody else uses the same browser.
"""

from dataclasses import replace
from typing import Any

from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject

from vwr_middleware.django.request import DjangoRequest, amend_response
from vwr_middleware.papers.jar import reach_of
from vwr_middleware.settings import RoomSettings, Settings
from vwr_middleware.web.cookies import find
from vwr_middleware.web.http import Cookie, Pass, Request
from vwr_middleware.web.proxies import origin_of

NAME = "vwr_staff"
LIFE = 12 * 60 * 60  # seconds; then the next page that looks the user up sets it again


def _signer() -> TimestampSigner:
    return TimestampSigner(salt="vwr_middleware.staff")


def is_staff(request: Request) -> bool:
    """Whether the request brings the cookie of somebody who was found to be staff."""
    return any(_is_genuine(value) for value in find(request.header("cookie"), NAME))


def opened_to_staff(settings: Settings) -> Settings:
    """The same settings with rooms in which staff never waits."""
    return replace(settings, rooms=tuple(map(_opened, settings.rooms)))


def _opened(room: RoomSettings) -> RoomSettings:
    bypass = room.bypass

    def never_waits(request: Request) -> object:
        return is_staff(request) or (bypass is not None and bypass(request))

    return replace(room, bypass=never_waits)


def note_staff(request: HttpRequest, response: HttpResponseBase, settings: Settings) -> None:
    """Set or remove the cookie, if anybody has looked the user up."""
    user = _resolved_user(request)
    if user is None:
        return
    known = request.COOKIES.get(NAME, "")
    wanted = bool(getattr(user, "is_staff", False) and getattr(user, "is_active", False))
    if wanted == bool(known and _is_genuine(known)):
        return
    value = _signer().sign(str(user.pk)) if wanted else ""
    is_https = origin_of(DjangoRequest(request), settings.trusted_proxies).is_secure
    reach = reach_of(settings, is_https, "Lax")
    cookie = Cookie(NAME, value, LIFE if wanted else 0, **reach)
    amend_response(Pass(cookies=(cookie,)), response)  # no shared cache may hand it to others


def _is_genuine(value: str) -> bool:
    try:
        _signer().unsign(value, max_age=LIFE)
    except BadSignature:
        return False
    return True


def _resolved_user(request: HttpRequest) -> Any:
    """The user, if a view has looked it up already."""
    user = vars(request).get("user")
    if user is not None and not isinstance(user, SimpleLazyObject):
        return user  # a login or logout in this request
    for name in ("_acached_user", "_cached_user"):
        if hasattr(request, name):
            return getattr(request, name)
    return None
