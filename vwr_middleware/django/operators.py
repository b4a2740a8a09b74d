"""Who operates the panel, by Django's own login: active staff, unless VWR says otherwise."""

import asyncio
from importlib import import_module
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode


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
        engine = import_module(settings.SESSION_ENGINE)
        key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        request.session = engine.SessionStore(key)
        user = get_user(request)
    if not (user.is_active and user.is_staff):
        return None
    return str(user.get_username())


def login(back: str) -> str:
    """The address of the admin's login (without an admin, of the project's own), which leads
    back."""
    try:
        address = reverse("admin:login")
    except NoReverseMatch:
        address = resolve_url(settings.LOGIN_URL)
    return f"{address}{'&' if '?' in address else '?'}{urlencode({'next': back})}"
