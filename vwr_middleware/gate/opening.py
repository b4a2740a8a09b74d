"""When a scheduled room opens, as a calendar file: the same for everybody, so caches may keep it.

It has one address for each language, and says what is true of whoever adds it at that time.
"""

import hashlib
from urllib.parse import quote

from vwr_middleware.gate.room_context import RoomContext
from vwr_middleware.gate.small_pages import not_there, unserved
from vwr_middleware.gate.standing import draw_word
from vwr_middleware.web.calendar import CALENDAR, CalendarEvent
from vwr_middleware.web.http import Reply, Request, asked
from vwr_middleware.web.next_url import is_path_of_origin, quoted, written
from vwr_middleware.web.proxies import Origin, origin_of
from vwr_middleware.web.replies import NO_SNIFF, PRIVATE, REFERRER
from vwr_middleware.worker.current_room import CurrentRoom

#: The folder of the files, below the room's own address.
NAME = "opening"
#: Seconds for which a browser or a cache in front keeps a file.
KEPT = 60


class Opening:
    """The calendar files of one room."""

    def __init__(self, room_context: RoomContext) -> None:
        self._room_context, self._view = room_context, room_context.view
        self._settings, self._pages = room_context.settings, room_context.replies.pages

    async def file(self, code: str, request: Request) -> Reply:
        """The file in one language, or why there is none."""
        wanted = next((text for name, text in asked(request) if name == "next"), "")
        if wanted and not is_path_of_origin(wanted):
            text = "`next` must be a path of this site, like /tickets: leave it out, or correct it"
            return self._room_context.replies.problem(request, 400, text)
        room = await self._room_context.store_access.fresh(self._view)
        if room is None:
            text = "the opening is not known at the moment: try again in a moment"
            return unserved(request, self._settings, self._pages, 503, text)
        opens_at = room.rules.get("opens_at")
        if not opens_at or opens_at <= room.wall:
            text = "no opening is ahead in this room: there is nothing for a calendar"
            return not_there(request, self._settings, self._pages, text)
        return self._reply(request, self._event(code, request, room, opens_at, wanted))

    def _event(
        self, code: str, request: Request, room: CurrentRoom, opens_at: float, wanted: str
    ) -> CalendarEvent:
        name, origin = self._view.name, self._origin(request)
        page = written(f"{request.mount}{self._settings.prefix}/{name}/")
        query = f"?next={quote(wanted, safe='/')}" if wanted else ""
        url = quoted(f"{origin.text}{page}{query}")  # a Host header may say anything
        told = code, origin.host, name, room.rules.get("title"), _phase(room)
        summary, description = self._pages.opening(*told)
        number = room.rules.get("opening", 1)  # each is an event of its own
        of_several = f"-{number}" if number > 1 else ""
        return CalendarEvent(
            uid=f"{name}-{room.generation}{of_several}@{origin.host}",
            starts_at=opens_at,
            told_at=room.wall // KEPT * KEPT,  # the same file for a while
            summary=summary,
            description=f"{description}\n{url}",
            url=url,
        )

    def _origin(self, request: Request) -> Origin:
        return origin_of(request, self._settings.trusted_proxies)

    def _reply(self, request: Request, event: CalendarEvent) -> Reply:
        body = event.text().encode()
        tag = f'"{hashlib.blake2b(body, digest_size=9).hexdigest()}"'
        headers = (
            CALENDAR,
            *self._caching(request),
            ("ETag", tag),
            ("Content-Disposition", f'inline; filename="{self._view.name}.ics"'),
            ("X-Robots-Tag", "noindex"),
            REFERRER,
        )
        if tag in request.header("if-none-match"):
            return Reply(304, b"", headers[1:])
        return Reply(200, body, headers)

    def _caching(self, request: Request) -> tuple[tuple[str, str], ...]:
        """No cache keeps a file whose address only `X-Forwarded-Host` says: visitors may write that
        header, and others would find the host in their calendars."""
        if self._origin(request).host != request.host.lower():
            return PRIVATE
        return ("Cache-Control", f"public, max-age={KEPT}"), NO_SNIFF


def _phase(room: CurrentRoom) -> str:
    """The phase of the page of most who look at it until the opening: with a place, registered for
    a draw, or without either, since that is still too early."""
    word = draw_word(room)
    if word in ("early", "registering"):
        return "registered" if word == "registering" else word
    return "closed" if room.state == "closed" else "scheduled"
