"""Who operates the panel, by Django's own login: active staff, unless VWR says otherwise."""

import asyncio
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode
from django.utils.module_loading import import_string


def staff(request: HttpRequest) -> Any:
    """For `admin_auth`: the name of whoever is active staff, else None. Awaited under ASGI.

    Our middleware stands before Django's own, so the user is looked up here. Only requests to the
    panel come here, so this costs visitors nothing.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _staff(request)
    return sync_to_async(_staff)(request)


def _staff(request: HttpRequest) -> str | None:
    user: Any = getattr(request, "user", None)
    if user is None:
        sessions: Any = _sessions()(lambda _: HttpResponse())
        if sessions.process_request(request) is not None:
            return None  # it refuses the session, and Django would go no further either
        user = get_user(request)
    if not (user.is_active and user.is_staff):
        return None
    return str(user.get_username())


def _sessions() -> type[SessionMiddleware]:
    """The project's: a subclass may read another cookie, as pretix's does over https."""
    for name in settings.MIDDLEWARE or ():
        found = import_string(name)
        if isinstance(found, type) and issubclass(found, SessionMiddleware):
            return found
    return SessionMiddleware


def login(back: str) -> str:
    """The address of the admin's login (without an admin, of the project's own), which leads
    back."""
    try:
        address = reverse("admin:login")
    except NoReverseMatch:
        address = resolve_url(settings.LOGIN_URL)
    return f"{address}{'&' if '?' in address else '?'}{urlencode({'next': back})}"
