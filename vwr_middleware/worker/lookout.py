"""What a worker notes for operators until its next refresh: waits, and sessions that are shared."""

from vwr_middleware.line.messages import Sightings
from vwr_middleware.papers.tickets import Ticket

#: Addresses of shared sessions that are handed in with one refresh at most.
SHARERS_MOST = 200

#: Behind all positions.
_NOBODY = 1 << 62


class Lookout:
    """Hands in with each refresh what it saw since the last one."""

    __slots__ = ("_oldest", "_sharers", "_waited", "first")

    def __init__(self) -> None:
        #: The first position among those who polled: those behind have joined later.
        self.first = _NOBODY
        self._oldest = 0.0  # the earliest time of joining
        self._waited = 0.0
        self._sharers: dict[tuple[str, str], None] = {}

    def waits(self, ticket: Ticket, *, has_lapsed: bool = False) -> None:
        """Note that the holder of this ticket is still in line.

        A ticket that was made again, for another device or because the claim `has_lapsed`, is
        younger than its place: visitors behind may have joined before the time in it.
        """
        self._oldest = min(self._oldest or ticket.joined_at, ticket.joined_at)
        if ticket.position < self.first and not ticket.device and not has_lapsed:
            self.first = ticket.position

    def entered(self, waited: float) -> None:
        """Note that somebody entered after so many seconds in line."""
        self._waited = max(self._waited, waited)

    def shared(self, session: str, first: str, other: str) -> None:
        """Note that a session was used from two addresses, given as marks."""
        if len(self._sharers) < SHARERS_MOST:
            self._sharers[session, first] = self._sharers[session, other] = None

    def hand_in(self) -> Sightings:
        """What was seen, to be handed in once."""
        oldest, waited, sharers = self._oldest, self._waited, self._sharers
        self.first, self._oldest, self._waited, self._sharers = _NOBODY, 0.0, 0.0, {}
        return Sightings(float(oldest), waited, tuple(sharers))
