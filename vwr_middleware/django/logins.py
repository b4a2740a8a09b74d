"""The pages on which a project's staff signs in, where a room would have them wait."""

from collections.abc import Iterator
from contextlib import suppress

from django.conf import settings as project
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch, Resolver404, resolve, reverse

from vwr_middleware.django.settings import bypasses_staff, staff_of_django
from vwr_middleware.settings import Settings
from vwr_middleware.site.decorated_views import room_around

#: Logins of staff: of Django's admin, Wagtail, django-oscar's dashboard.
_NAMES = ("admin:login", "wagtailadmin_login", "dashboard:login")


def logins_in_rooms(settings: Settings) -> Iterator[tuple[str, str]]:
    """Each login of staff that lies in a room's paths, with the room's name.

    Only where staff has something of being signed in: to pass without waiting, or the panel.
    """
    if not settings.enabled or not (bypasses_staff() or settings.admin_auth is staff_of_django):
        return
    for path in sorted(set(_logins())):
        room = room_around(settings, path)
        if room is not None:
            yield room, path


def _logins() -> Iterator[str]:
    known = False
    for name in _NAMES:
        with suppress(NoReverseMatch):
            yield reverse(name)
            known = True
    if not known:
        # The setting has a value in each project, also where nothing answers there.
        login = resolve_url(project.LOGIN_URL).partition("?")[0]
        with suppress(Resolver404):
            resolve(login)
            yield login
