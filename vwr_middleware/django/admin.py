"""A page of Django's admin: the rooms' numbers, alarms and audit logs, and the way to the panel.

It is for whoever has the permission `vwr.view_waitingroom`. Nothing is changed here: that is done
in the panel, which has rights of its own (the setting ADMIN_AUTH).
"""

from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar

from asgiref.sync import async_to_sync
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.timezone import localtime

from vwr_middleware.blocking import finish
from vwr_middleware.django.models import WaitingRoom
from vwr_middleware.errors import WaitingRoomError
from vwr_middleware.panel.operations import Operations
from vwr_middleware.panel.records import audit_rows
from vwr_middleware.panel.words import in_words
from vwr_middleware.site.routing import Site
from vwr_middleware.web.http import SITE_KEY

T = TypeVar("T")

AUDIT_MOST = 100


@admin.register(WaitingRoom)
class WaitingRoomAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Shows the rooms of this worker."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> None:
        """None: rooms have no pages of their own, and no table to look for them in."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        site: Site | None = request.META.get(SITE_KEY)
        context = {**self.admin_site.each_context(request), "title": "Waiting rooms"}
        context |= {"opts": self.model._meta, "rooms": [], "panel": "", "problem": ""}
        if site is None or not site.settings.enabled:
            context["problem"] = "The middleware does not stand around this project."
        else:
            context |= _found(site, request)
        return TemplateResponse(request, "admin/vwr/rooms.html", context | (extra_context or {}))


def _found(site: Site, request: HttpRequest) -> dict[str, Any]:
    mount = request.META.get("SCRIPT_NAME", "")
    panel = f"{mount}{site.settings.admin_prefix}" if site.has_panel else ""
    operations = Operations(site.store_access, {}, site.shared_counts.gather, site.alarms)
    try:
        rooms = _asked(site, _rooms(operations))
    except WaitingRoomError as error:
        return {"panel": panel, "problem": str(error)}
    return {"panel": panel, "rooms": rooms}


def _asked(site: Site, asked: Coroutine[Any, Any, T]) -> T:
    """What a coroutine returns: under ASGI, a store may belong to the event loop."""
    if site.store.blocking:
        return finish(asked)

    async def wait() -> T:
        return await asked

    return async_to_sync(wait)()


async def _rooms(operations: Operations) -> list[dict[str, Any]]:
    found = (await operations.overviews())["rooms"]
    for room in found:
        room["audit"] = []
        if room["store"] == "ok":
            record = await operations.record(room["room"])
            room["audit"] = [_shown(row) for row in audit_rows(record)[:AUDIT_MOST]]
    return found


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    what = str(row["what"])
    return {
        "time": localtime(datetime.fromtimestamp(row["time"], UTC)),
        "who": row["who"],
        "what": what,
        "from": in_words(row["from"], what),
        "to": in_words(row["to"], what),
    }
