"""How somebody takes a place in line."""

from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.gate.app_functions import CannotTell
from vwr_middleware.gate.room_context import Tools
from vwr_middleware.gate.visit import Visit
from vwr_middleware.line.messages import JoinKind, Turn
from vwr_middleware.web.proxies import warn_of_untrusted_addresses
from vwr_middleware.web.throttle import Throttle


class Joining:
    """Joins visitors to one room, as many as `joins_per_address` lets."""

    def __init__(self, tools: Tools) -> None:
        self._desk, self._view = tools.desk, tools.view
        self._asked, self._identities = tools.asked, tools.papers.identities
        self._joins = Throttle(tools.view.settings.joins_per_address, tools.desk.monotonic)

    async def join(self, visit: Visit, kind: JoinKind) -> Turn | None:
        """The store's answer to somebody who comes to join; None: too many came from this address.

        A join is counted before the store is asked, so that several at once cannot exceed the
        limit, and uncounted if it brought no new place. (Not if the request is cancelled: it may
        have taken one.) Raises StoreUnavailable, and CannotTell.
        """
        address = visit.origin.address
        if not self._joins.allows(address):
            if self._desk.breaker.is_open:
                raise StoreUnavailable("it did not answer, so nobody can join")
            warn_of_untrusted_addresses(visit.request, visit.settings.trusted_proxies)
            return None
        try:
            who = self._asked.identity(visit.request)
            identity = self._identities.of(who) if who else ""
            turn = await self._desk.join(self._view, kind, identity)
        except (StoreUnavailable, CannotTell):
            self._joins.give_back(address)
            raise
        if not turn.position or turn.verdict == "known":
            self._joins.give_back(address)
        return turn
