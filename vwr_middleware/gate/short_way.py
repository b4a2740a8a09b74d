"""The short way for those who wait and open a page again, and for newcomers.

In a crowd nearly all requests are theirs. So what is the same for all of them is done once, pages
are made from sheets, and the store is asked only if somebody joins. Every other request takes the
long way, `Gate.decide`. Where both could answer, they answer the same.
"""

from vwr_middleware.errors import RoomChanged, StoreUnavailable
from vwr_middleware.gate.answer_cache import Readings
from vwr_middleware.gate.page_cache import PageSheets
from vwr_middleware.gate.room_context import Tools
from vwr_middleware.gate.ticket_cache import Holders
from vwr_middleware.gate.turns import NEWEST_AFTER, Turns
from vwr_middleware.gate.waiting import Outside
from vwr_middleware.web.http import Pass, Reply, Request
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.shared_counts import Tally
from vwr_middleware.worker.sharing import FRESH


class ShortWay:
    """The short way of one room."""

    def __init__(self, tools: Tools, outside: Outside, turns: Turns, tally: Tally) -> None:
        self._tools, self._outside = tools, outside
        self._desk, self._view, papers = tools.desk, tools.view, tools.papers
        self._turns, self._tally, self._monotonic = turns, tally, tools.desk.monotonic
        self.readings = Readings(self._view, tools.settings)
        self._sheets = PageSheets(tools, self.readings)
        self._has_bypass = tools.view.settings.bypass is not None
        limits = tools.view.settings.joins_per_address is not None
        self._takes_anybody = not (limits or tools.asked.about_newcomers)
        self._sign, self._papers = papers.tickets.sign, papers
        self.holders = Holders(self._view, papers)

    def glance(self, request: Request) -> Reply | None:
        """The waiting page for somebody in line who opens a path again; None: look closer."""
        cookies, view = request.cookies, self._view
        room, age = view.room, self._monotonic() - view.read_at
        if not cookies or room is None or request.method != "GET":
            return None
        known = self.holders.find(cookies, room)
        if known <= 0 or not self._is_plain(room, age):
            return None
        face = self._sheets.face(request)
        position = self.holders.is_here(known, cookies, room) if face.takes_place else 0
        if not position or position > room.queue:
            return None
        if age > NEWEST_AFTER and self._turns.is_behind(room, room.generation, position):
            return None
        self._tally.decisions["waiting"] += 1
        return self._sheets.reply(request, face, room, position, room.now + age)

    async def arrive(self, request: Request) -> Pass | Reply | None:
        """A place, and the waiting page, for a newcomer who opens a page; None: look closer."""
        view, room = self._view, self._view.room
        if room is None or request.method != "GET":
            return None
        cookies = request.cookies
        if cookies and any(mark.is_in(cookies) for mark in self.holders.cookie_marks):
            return None
        if not self._takes_anybody or not self._is_plain(room, self._monotonic() - view.read_at):
            return None
        face = self._sheets.face(request)
        if not face.takes_place:
            return None
        try:
            turn = await self._desk.join(view, "place")
        except StoreUnavailable:
            return self._tools.store_down(self._tools.visit(request))
        except RoomChanged:
            return None
        room = view.room or room
        is_known = turn.generation == room.generation and turn.room_id == room.room_id
        if turn.verdict != "waiting" or not is_known or turn.position <= room.serving:
            return self._outside.took(self._tools.visit(request), room, turn)
        papers = self._papers
        before, after = papers.jar.around_ticket(face.guise.is_secure, papers.weeks)
        cookie = f"{before}{self._sign(self._tools.ticket_of(turn))}{after}"
        now = self._desk.now(view)
        return self._sheets.reply(request, face, room, turn.position, now, cookie)

    def _is_plain(self, room: CurrentRoom, age: float) -> bool:
        if self._has_bypass or room.mode == "off" or room.state == "closed":
            return False
        if age > FRESH and not self._desk.keep_fresh(self._view):
            return False
        return not self._desk.breaker.is_open
