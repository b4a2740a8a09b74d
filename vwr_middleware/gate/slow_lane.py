"""The slow lane: who looks like a robot is called after the others, and may show that it is none.

Nobody is refused. Whoever is put there has joined the main line as well: that place is kept, and
the browser keeps the proof of it, until the appeal brings it back. Nobody can use both: the place
in the slow lane is given up first. If the room has drawn since, the place in the main line took
part in the draw of that line by its own number, and it is what that number has got.
"""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

from vwr_middleware.gate.app_functions import CannotTell
from vwr_middleware.gate.gate import Gate
from vwr_middleware.gate.puzzle_page import PuzzlePage, use_up
from vwr_middleware.gate.visit import Visit
from vwr_middleware.papers.tickets import Ticket
from vwr_middleware.settings.kinds import POW
from vwr_middleware.user_functions import ask
from vwr_middleware.web.http import Reply, cookie_texts, fields_of
from vwr_middleware.web.next_url import quoted
from vwr_middleware.web.replies import cookie_headers, problem, see_other
from vwr_middleware.worker.store_access import Moving

#: The address of the appeal, below the room's own.
NAME = "appeal"
APPEAL_FAILED = "the appeal of room %s failed, so nobody gets a place back (%d so far)"
#: The words of a place that is still good.
_GOOD = frozenset({"waiting", "next", "may_enter"})


class Appeal:
    """Brings people of one room's slow lane back to their places in the main line."""

    def __init__(self, gate: Gate) -> None:
        self._gate, self._context = gate, gate.room_context
        self._replies, self._papers = gate.room_context.replies, gate.papers
        settings = gate.room_context.settings
        self._puzzles = PuzzlePage(settings, gate.papers, gate.view, gate.store_access)
        self._moving = Moving(gate.store_access, gate.view)
        self._asks = gate.view.settings.appeal

    async def page(self, visit: Visit) -> Reply:
        """Where somebody shows to be a person; or the place, if that was shown."""
        if self._kept(visit) is None:
            return self._back(visit)
        if isinstance(self._asks, str):
            return await self._puzzles.page(visit, self._replies.pages, NAME)
        try:
            where = self._where(visit, self._asks)
        except CannotTell:
            return self._back(visit)
        return see_other(where) if where else await self._give(visit)

    async def post(self, visit: Visit) -> Reply:
        """Takes the solution of a puzzle, and gives the place."""
        fields = fields_of(visit.request)
        if fields is None:
            return problem(400, "solution must be a text")
        if self._asks != POW:
            return await self.page(visit)
        if not await self._use(fields.get("solution", "")):
            address = f"{self._replies.base(visit)}/{NAME}?next={self._next(visit)}&again=1"
            return see_other(address) if visit.is_navigation else problem(400, "no good solution")
        return await self._give(visit)

    async def _use(self, solution: str) -> bool:
        """Use up a solution. False: it is none, or was used."""
        store_access, view = self._gate.store_access, self._gate.view
        solved = self._papers.puzzles.solved(solution, store_access.now(view))
        return solved is not None and await use_up(solved, view, store_access)

    def _where(self, visit: Visit, function: Callable[..., object]) -> str:
        """Where the app's own appeal leads; "": it is passed. What fails passes nobody."""
        try:
            answer = ask(function, visit.request)
            if answer is None:
                return ""
            return self._context.asked.checked(quoted(str(answer)), visit.request)
        except Exception as error:
            self._context.asked.tell_failure("appeal", error, APPEAL_FAILED)
            raise CannotTell from error

    def _kept(self, visit: Visit) -> tuple[Ticket, Ticket] | None:
        """The place in the main line, and the one in the slow lane for which it was kept."""
        slow, room = visit.papers.ticket(), self._gate.view.room
        if slow is None or room is None or slow.generation != room.generation:
            return None
        texts = cookie_texts(visit.request, self._papers.appeal_mark)
        # Of a place that was drawn since, the proof says both places as they were registered.
        places = {(slow.generation, slow.position)}
        if slow.number:
            places.add((slow.generation - 1, slow.number))
        for main in filter(None, map(self._papers.kept_places.read, texts)):
            # The signed moment is the other position: see `RoomContext`.
            if (main.generation, main.joined_at) in places and room.is_of_room(main):
                return self._papers.as_drawn(main), slow
        return None

    async def _give(self, visit: Visit) -> Reply:
        """The place in the main line, for the one in the slow lane."""
        kept, room = self._kept(visit), self._gate.view.room
        if kept is None or room is None:
            return self._back(visit)
        main, slow = kept
        standing = await self._gate.turns.poll(room, main.place)
        if standing.you not in _GOOD or await self._moving.leave(slow) != "left":
            return self._back(visit)
        ticket = replace(main, joined_at=int(self._gate.store_access.now(self._gate.view)))
        cookies = self._context.ticket_cookies(visit, ticket)
        gone = self._papers.paper_cookies.appeal("", visit.is_https)
        self._context.tell("appealed", str(ticket.position))
        return see_other(self._replies.page_url(visit), cookie_headers((*cookies, gone)))

    def _back(self, visit: Visit) -> Reply:
        """To the waiting page: there is nothing to give, or nothing more."""
        return see_other(self._replies.page_url(visit))

    def _next(self, visit: Visit) -> str:
        return quote(visit.wanted(), safe="/")
