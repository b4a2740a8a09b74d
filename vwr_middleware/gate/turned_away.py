"""Newcomers for whom an overloaded worker has no place yet: a light page, or JSON, and when to come
again.

The page asks no store, and its bytes are the same for all who are told the same. It brings a cookie
with the appointment, which is the same for all of the same second: whoever loads the page again,
with or without scripts, keeps it. Programs get it in the answer to a join, too.
"""

from functools import lru_cache
from math import ceil
from typing import NamedTuple
from urllib.parse import quote

from markupsafe import escape

from vwr_middleware.gate.page_cache import KnownRequest
from vwr_middleware.gate.room_context import RoomContext
from vwr_middleware.gate.standing import OVERLOAD, Standing
from vwr_middleware.gate.visit import Visit, choices
from vwr_middleware.line.messages import JoinKind
from vwr_middleware.pages.announcements import Announcement, announced
from vwr_middleware.pages.page_slots import SlottedPage
from vwr_middleware.papers.appointments import KEPT
from vwr_middleware.web.cors import cors_headers
from vwr_middleware.web.http import Cookie, Reply, Request, asked, cookie_texts
from vwr_middleware.web.next_url import written
from vwr_middleware.web.remembered import Kept
from vwr_middleware.web.replies import Head, Header, Ready, cookie_headers

#: What programs send an appointment back in: a field of the query.
FIELD = "appointment"


class Told(NamedTuple):
    """When somebody was told to come again."""

    moment: int  # store time
    seconds: int  # from now

    @property
    def standing(self) -> Standing:
        return Standing("none", retry_after=self.seconds, overload=True)


class LightPage(Ready):
    """The page of those who are told to come again."""


class TurnedAway:
    """Turns newcomers to one room away, while there is too much to do."""

    def __init__(self, room_context: RoomContext) -> None:
        self._room_context, self._view = room_context, room_context.view
        self._store_access, self._papers = room_context.store_access, room_context.papers
        self._overload = room_context.store_access.overload
        #: Whoever may join now has come for nothing: too many came from one address, or there is
        #: something to do first. So nobody can take the time of others by what brings no place.
        self.came_for_nothing = self._overload.came_for_nothing
        self._replies, self._pages = room_context.replies, room_context.replies.pages
        self._made: Kept[tuple[object, ...], SlottedPage] = Kept(1024)
        self._head = lru_cache(maxsize=256)(self._make_head)
        self._cookie = lru_cache(maxsize=256)(self._make_cookie)

    def told(self, request: Request) -> Told | None:
        """When a newcomer is to come again; None: now (or the store is away, which is another
        matter)."""
        if not self._overload.is_on or self._store_access.breaker.is_away:
            return None
        moment, ahead = self._appointment_of(request), self._ahead()
        if self._overload.lets_in(None if moment is None else moment - ahead):
            return None
        return self._told(moment, ahead)

    def told_by_slow_store(self, request: Request) -> Told | None:
        """The same after the store was too late for a join; None: it is away, or late for once, or
        late for a few, who are no crowd."""
        overload = self._overload
        is_rush = overload.is_on and (overload.turns_away or overload.is_crowded)
        if not is_rush or self._store_access.breaker.is_away:
            return None
        return self._told(self._appointment_of(request), self._ahead())

    def _ahead(self) -> float:
        """By how much the store's time, in which appointments are told, is ahead of monotonic."""
        return self._store_access.now(self._view) - self._store_access.monotonic()

    def _told(self, moment: int | None, ahead: float) -> Told:
        """Somebody new gets an appointment, and whoever has one keeps it."""
        given = None if moment is None else moment - ahead
        appointment, seconds = self._overload.appoint(given)
        return Told(int(appointment + ahead) if moment is None else moment, ceil(seconds))

    def _appointment_of(self, request: Request) -> int | None:
        """The moment of the appointment that a request brings, if it counts."""
        cookies, mark, moment = request.cookies, self._papers.appointment_mark, None
        read = self._papers.appointments.read
        if cookies and mark.is_in(cookies):
            moment = read(mark.value(cookies))
            if moment is None:  # there may be several
                moment = next(filter(None, map(read, cookie_texts(request, mark))), None)
        elif f"{FIELD}=" in request.query:
            texts = (text for name, text in asked(request) if name == FIELD)
            moment = read(next(texts, ""))
        if moment is None or moment < self._store_access.now(self._view) - KEPT:
            return None
        return moment

    # What they are told.

    def page_for(self, request: Request, known_request: KnownRequest, told: Told) -> Ready:
        """The light page for somebody who opens the wanted page, by the short way."""
        depends_on = told, self._view.room
        if known_request.light_page and known_request.light_page[0] == depends_on:
            return known_request.light_page[1]
        kind = known_request.request_kind
        alike = request, told, kind.language, kind.site
        page = self._page(*alike, known_request.wanted, kind.is_secure)
        known_request.light_page = depends_on, page
        return page

    def reply(self, visit: Visit, told: Told, kind: JoinKind) -> Reply:
        """The answer at a protected path, by the long way: the page for people who would take a
        place, else JSON, or for a crawler what it always gets."""
        if visit.is_navigation and kind == "place":
            return self._page_of(visit, told)
        return self._replies.standing(visit, told.standing, self._cookies(told, visit))

    def _page_of(self, visit: Visit, told: Told) -> Reply:
        if not visit.is_safe:  # nobody could come back to the address of a form
            return self._replies.by_get(visit)
        chosen = choices(visit)
        wishes = visit.request.header("accept-language")
        language = self._pages.languages.best(wishes, chosen.language)
        alike = visit.request, told, language, visit.origin.host
        page = self._page(*alike, visit.here(), visit.is_https)
        return page.with_headers(cookie_headers(chosen.cookies)) if chosen.cookies else page

    def _page(
        self, request: Request, told: Told, language: str, site: str, wanted: str, is_https: bool
    ) -> LightPage:
        key = language, site, request.mount, told.seconds, self._announcement
        page = self._made.get(key) or self._made.keep(
            key, self._make(request, told.seconds, language, site), len(site)
        )
        known = {"next": escape(wanted).encode(), "query": quote(wanted, safe="/").encode()}
        body = page.joined([known[name] for name in page.names])
        head = self._head(told.seconds, cors_headers(request, self._replies.settings.cors_origins))
        return LightPage(head, body, (("Set-Cookie", self._cookie(told.moment, is_https)),))

    def to_join(self, visit: Visit, told: Told) -> Reply:
        """The answer to a program that wants to join."""
        more = {FIELD: self._papers.appointments.sign(told.moment)}
        cookies = self._cookies(told, visit)
        return self._replies.json(visit.request, told.standing, 429, more, cookies)

    def _cookies(self, told: Told, visit: Visit) -> tuple[Cookie, ...]:
        """The cookie of an appointment."""
        text = self._papers.appointments.sign(told.moment)
        return (self._papers.paper_cookies.appointment(text, visit.is_https),)

    @property
    def _announcement(self) -> Announcement | None:
        room = self._view.room
        return announced(room.rules) if room else None

    def _make(self, request: Request, seconds: int, language: str, site: str) -> SlottedPage:
        prefix = f"{request.mount}{self._room_context.settings.prefix}"
        return self._pages.door(
            language,
            site,
            written(f"{prefix}/static"),
            self._announcement,
            room=self._view.name,
            base=written(f"{prefix}/{self._view.name}"),
            least=seconds,
            most=seconds + max(1, seconds // 10),
            refresh=seconds + 1,
            is_drawn=False,
        )

    def _make_head(self, seconds: int, cors: tuple[Header, ...]) -> Head:
        headers = self._replies.page_headers(seconds, OVERLOAD)
        return Head(self._replies.waiting_status, (*headers, *cors))

    def _make_cookie(self, moment: int, is_https: bool) -> str:
        text = self._papers.appointments.sign(moment)
        return self._papers.paper_cookies.appointment(text, is_https).header()
