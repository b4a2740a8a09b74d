"""The static door: a page that is the same for everybody, so that a cache in front may hand it out
to a million people; its script asks for a place at a random moment within a window.

It has one address for each room and language, brings no cookie and says nothing of anybody.
"""

from collections.abc import Iterator
from math import ceil

from vwr_middleware.gate.room_context import RoomContext
from vwr_middleware.pages.announcements import LONGEST, Announcement, announced
from vwr_middleware.web.http import Reply, Request
from vwr_middleware.web.next_url import written
from vwr_middleware.web.proxies import host_of
from vwr_middleware.web.remembered import Kept
from vwr_middleware.web.replies import HTML, NO_SNIFF, PRIVATE, REFERRER, Head, Ready

#: The address, below the room's own; below it one for each language.
NAME = "door"
#: Seconds for which a cache in front keeps the page; for which it may still hand it out while it
#: asks for a new one; and the same if none comes. No browser keeps it: the same address may bring
#: another page as soon as the visitor has a place.
FRESH_FOR, WHILE_ASKING, IF_AWAY = 5, 30, 24 * 3600
CACHING = (
    f"public, max-age=0, s-maxage={FRESH_FOR}, stale-while-revalidate={WHILE_ASKING},"
    f" stale-if-error={IF_AWAY}"
)
#: The same for Cloudflare, to which an `s-maxage` forbids to hand out what is old.
CACHING_OF_CDNS = (
    f"max-age={FRESH_FOR}, stale-while-revalidate={WHILE_ASKING}, stale-if-error={IF_AWAY}"
)
#: Seconds over which arrivals are spread at least, and at most.
WINDOW_LEAST, WINDOW_MOST = 2.0, 1800.0
#: Seconds after which a page without scripts asks, at least.
REFRESH_LEAST = 10


class StaticDoor:
    """The static door of one room."""

    def __init__(self, room_context: RoomContext) -> None:
        self._room_context, self._view = room_context, room_context.view
        self._pages = room_context.replies.pages
        self._made: Kept[tuple[object, ...], Ready] = Kept(256)

    @property
    def languages(self) -> Iterator[str]:
        """The languages that have an address each."""
        return (language.code for language in self._pages.languages)

    def window(self) -> float:
        """The seconds over which those who come at one moment are spread."""
        overload = self._room_context.store_access.overload
        seconds = overload.arrivals_take(self._view.settings.expected_crowd)
        return min(WINDOW_MOST, max(WINDOW_LEAST, seconds))

    async def choose(self, request: Request) -> Reply:
        """To the address of the visitor's language."""
        code = self._pages.languages.best(request.header("accept-language"))
        where = f"{self._base(request)}/{NAME}/{code}"
        location = f"{where}?{request.query}" if request.query else where
        return Reply(307, b"", (("Location", location), *PRIVATE, REFERRER))

    async def page(self, code: str, request: Request) -> Reply:
        """The page in one language."""
        room = await self._room_context.store_access.fresh(self._view)
        announcement = announced(room.rules) if room else None
        site, base = self._site(request), self._base(request)
        most = ceil(self.window())
        key = code, site, base, request.mount, most, announcement
        return self._made.get(key) or self._made.keep(
            key, self._make(code, site, request, most, announcement), len(site) + LONGEST
        )

    def _make(
        self,
        code: str,
        site: str,
        request: Request,
        most: int,
        announcement: Announcement | None,
    ) -> Ready:
        base = self._base(request)
        page = self._pages.door(
            code,
            site,
            written(f"{request.mount}{self._room_context.settings.prefix}/static"),
            announcement,
            room=self._view.name,
            base=base,
            least=0,
            most=most,
            refresh=max(REFRESH_LEAST, most),
            is_drawn=True,
        )
        head = Head(
            200,
            (
                HTML,
                ("Cache-Control", CACHING),
                ("CDN-Cache-Control", CACHING_OF_CDNS),
                NO_SNIFF,
                REFERRER,
                ("X-Robots-Tag", "noindex"),
                ("Content-Language", code),
                ("Content-Security-Policy", self._pages.content_security_policy),
            ),
        )
        # Whoever has no script goes on to the room's first path: what somebody wants would make
        # the page another one for each.
        return Ready(head, page.filled({"next": f"{base}/", "query": ""}))

    def _site(self, request: Request) -> str:
        """The host, which the page shows where the site has no name. One that only
        `X-Forwarded-Host` says is left out: caches let visitors write that header, and hand out the
        same page for all that it may say, but for no two hosts."""
        seen = host_of(request, self._room_context.settings.trusted_proxies)
        return seen if seen == request.host.lower() else ""

    def _base(self, request: Request) -> str:
        prefix = self._room_context.settings.prefix
        return written(f"{request.mount}{prefix}/{self._view.name}")
