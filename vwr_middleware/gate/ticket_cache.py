"""Who waits, recognised by a Cookie header that this worker has looked at before.

Those who wait poll all the time, and each time bring the same Cookie header with the same ticket.
Only one number is kept of each: the data of a large crowd does not fit into the processor's caches,
so each further object would cost an access to main memory: as long as a line or two of Python.
"""

from vwr_middleware.gate.room_papers import Papers
from vwr_middleware.gate.standing import is_slow
from vwr_middleware.gate.visit import LANGUAGE_COOKIE, REFRESH_COOKIE
from vwr_middleware.web.cookie_header import CookieMark
from vwr_middleware.web.remembered import Kept
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.room_view import RoomView

#: Visitors remembered at most, of each room: some 15 MB when full, or 50 MB if cookies are long.
KNOWN_MOST = 65_536


class _Line:
    """Those who are known in one generation of one room.

    Each has its own object, so that a thread still at work on an old one adds nobody to the new.
    """

    __slots__ = ("generation", "positions", "room", "room_id", "top")

    def __init__(self, room_id: str, generation: int) -> None:
        self.room_id, self.generation = room_id, generation
        #: By Cookie header; negative if pages with it are not like others': another cookie in it
        #: chooses how they look, or its ticket is from before the draw.
        self.positions: Kept[str | bytes, int] = Kept(KNOWN_MOST)
        self.top = 0  # the highest of them
        self.room: CurrentRoom | None = None  # the latest reading


class TicketCache:
    """The holders of places in one room's line, as one worker knows them."""

    def __init__(self, view: RoomView, papers: Papers) -> None:
        self._view, self._read, self._as_drawn = view, papers.tickets.read, papers.as_drawn
        self._ticket, self._token = papers.ticket_mark, papers.token_mark
        self._choices = (CookieMark(LANGUAGE_COOKIE), CookieMark(REFRESH_COOKIE))
        names = papers.paper_cookies.names
        kept = CookieMark(names.kept_ticket), CookieMark(names.kept_token)
        #: Our cookies, of which a newcomer has none.
        self.cookie_marks = (self._ticket, self._token, *kept, *self._choices)
        self._line = _Line("", 0)

    def knows(self, cookies: str | bytes | None) -> bool:
        """Whether somebody who waits was recognised by this Cookie header lately."""
        return cookies in self._line.positions

    def waits(self, cookies: str | bytes, room: CurrentRoom) -> int:
        """The position of somebody who is not called yet, and note that visitor as present.

        0 if it takes a closer look, or maybe the store.
        """
        known = self.find(cookies, room)
        return self.is_here(abs(known), cookies, room) if known else 0

    def find(self, cookies: str | bytes, room: CurrentRoom) -> int:
        """The position of the ticket in a Cookie header that has no other papers of ours.

        Negative if another cookie in it chooses how the page looks; 0 if there is no such ticket.
        """
        line = self._line
        if line.room is not room:
            line = self._take(room)
        return line.positions.get(cookies) or self._look(cookies, line)

    def is_here(self, position: int, cookies: str | bytes, room: CurrentRoom) -> int:
        """Note somebody as present. Returns the position, or 0 if it takes a closer look."""
        view = self._view
        if position <= room.serving or position in view.devices:  # called, moved or given up
            return 0
        if position <= view.present.reach:
            view.present.note(position)
        if position < view.operator_notes.first:
            ticket = self._read(self._ticket.value(cookies))
            if ticket is not None:
                view.operator_notes.waits(self._as_drawn(ticket))
        return position

    def _take(self, room: CurrentRoom) -> _Line:
        """The line of a room that was read again."""
        line = self._line
        if (line.room_id, line.generation) != (room.room_id, room.generation):
            line = self._line = _Line(room.room_id, room.generation)
        line.room = room
        self._view.note_genuine(line.generation, line.top)
        return line

    def _look(self, cookies: str | bytes, line: _Line) -> int:
        """`find` for a Cookie header that is not known yet; the answer is remembered."""
        if self._ticket.count(cookies) != 1 or self._token.is_in(cookies):
            return 0
        read = self._read(self._ticket.value(cookies))
        if read is None or read.is_given_up:
            return 0
        ticket = self._as_drawn(read)
        if (ticket.room_id, ticket.generation) != (line.room_id, line.generation):
            return 0
        if ticket.number and self._view.devices.lost_by(ticket):
            return 0
        position = ticket.position
        if position > line.top:
            line.top = position
            self._view.note_genuine(line.generation, position)
        # Whoever opens a page with a ticket from before the draw is given a new one.
        is_special = read.generation != ticket.generation or is_slow(line.room, position)
        is_special = is_special or any(mark.is_in(cookies) for mark in self._choices)
        return line.positions.keep(cookies, -position if is_special else position, len(cookies))
