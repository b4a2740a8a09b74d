"""The setting `stock` in a project: what a function borrows of Django's database is given back.

Django closes connections at the end of a request, and nobody's request asks what is left.
"""

from asyncio import create_task
from collections.abc import Callable
from contextvars import Context
from dataclasses import replace
from functools import wraps
from typing import Any

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.db import connections

from vwr_middleware.settings import RoomSettings, Settings
from vwr_middleware.user_functions import is_asynchronous


def with_closed_connections(settings: Settings) -> Settings:
    """The same settings, with functions that leave no connection to the database open."""
    return replace(settings, rooms=tuple(map(_of_room, settings.rooms)))


def _of_room(room_settings: RoomSettings) -> RoomSettings:
    stock = room_settings.stock
    if stock is None:
        return room_settings
    closes = _closing_in_loop if is_asynchronous(stock) else _closing
    return replace(room_settings, stock=closes(stock))


def _closing(function: Callable[..., Any]) -> Callable[..., Any]:
    """It runs in a thread of its own, which ends afterwards."""

    @wraps(function, updated=())
    def left() -> Any:
        try:
            return function()
        finally:
            connections.close_all()

    return left


def _closing_in_loop(function: Callable[..., Any]) -> Callable[..., Any]:
    """Its queries run in a thread that is not that of the request which happened to be there."""

    @wraps(function, updated=())
    async def left() -> Any:
        return await create_task(_closing_after(function), context=Context())

    return left


async def _closing_after(function: Callable[..., Any]) -> Any:
    async with ThreadSensitiveContext():
        try:
            return await function()
        finally:
            await sync_to_async(connections.close_all)()
