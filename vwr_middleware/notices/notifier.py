"""One worker takes notices that are due, sends them, and reports what came of them.

That happens beside the requests (worker/rounds.py), and sending is done by threads. It asks the
store every few seconds: seldom while nobody has subscribed.
"""

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Future, wait
from random import uniform

from vwr_middleware.errors import WaitingRoomError
from vwr_middleware.line.constants import NOTICE_LEASE
from vwr_middleware.line.messages import Notice, Notices
from vwr_middleware.notices.room_notices import Report, RoomNotices
from vwr_middleware.notices.sending import HANGS, Sending
from vwr_middleware.worker.room_view import RoomView
from vwr_middleware.worker.rounds import Rounds
from vwr_middleware.worker.store_access import StoreAccess

log = logging.getLogger("vwr_middleware")

#: Notices that a worker takes at once.
AT_ONCE = 32
#: Seconds between two looks, while somebody has subscribed and while nobody has.
OFTEN, SELDOM = 2.0, 15.0

Reports = Sequence[tuple[int, float, str]]
Placed = Sequence[tuple[int, int]]


class Notifier(Rounds):
    """Tells the people of all rooms that have a way to tell them. Those whose notices are on their
    way as it is closed are told by another worker if need be."""

    thread_name = "vwr-notices"

    def __init__(self, store_access: StoreAccess, rooms: Mapping[str, RoomNotices]) -> None:
        super().__init__(is_blocking=store_access.store.blocking)
        self._store_access, self.rooms = store_access, rooms
        for notices in rooms.values():
            notices.hurry = self.hurry
        #: What is still to be reported of each room: a generation, and the reports.
        self._reports: dict[str, tuple[int, Reports]] = {}
        self._placed: dict[str, Placed] = {}  # the same of subscriptions from before a draw
        self._sending = Sending()

    @property
    def has_work(self) -> bool:
        return bool(self.rooms)

    async def next_round(self) -> float:
        return await self.round(self._sending)

    async def round(self, sending: Sending | None = None) -> float:
        """Send what is due in all rooms. Returns the seconds until the next look. Without
        `sending`, notices are sent one after the other."""
        is_busy = False
        for name, notices in self.rooms.items():
            try:
                is_busy |= await self._room(self._store_access.views[name], notices, sending)
            except WaitingRoomError:
                is_busy = True  # the store is away: the circuit breaker asks it seldom
            except Exception:
                log.exception("room %s: notices could not be sent, and are tried again", name)
        return (OFTEN if is_busy else SELDOM) * uniform(0.8, 1.2)

    async def _room(self, view: RoomView, notices: RoomNotices, sending: Sending | None) -> bool:
        """Whether somebody of a room has subscribed."""
        takes = AT_ONCE if sending is None or sending.free else 0
        found = await self._step(view, takes)
        while found.due or found.unplaced:
            reports = await self._send(view, notices, found, sending)
            self._reports[view.name] = found.generation, reports
            self._placed[view.name] = await self._places(view, found)
            if not (found.due or self._placed[view.name]):
                break
            takes = AT_ONCE if sending is None or sending.free else 0
            found = await self._step(view, takes)
        if found.subscribers:
            await self._store_access.fresh(view)  # or nobody would be called if no page is open
        return found.subscribers > 0

    async def _step(self, view: RoomView, takes: int) -> Notices:
        generation, reports = self._reports.get(view.name, (0, ()))
        placed = self._placed.get(view.name, ())
        store = self._store_access.store
        found = await self._store_access.step(
            view, lambda seen: store.notices(view.name, takes, generation, reports, seen, placed)
        )
        self._reports.pop(view.name, None)
        self._placed.pop(view.name, None)
        return found

    async def _places(self, view: RoomView, found: Notices) -> Placed:
        """At which positions those stand who left a subscription before the draw."""
        room = await self._store_access.fresh(view) if found.unplaced else None
        if room is None or room.generation != found.generation or view.drawn_tickets is None:
            return ()
        known = view.drawn_tickets
        pairs = ((number, known.position_of(room.snapshot, number)) for number in found.unplaced)
        return [pair for pair in pairs if pair[1]]

    async def _send(
        self,
        view: RoomView,
        notices: RoomNotices,
        found: Notices,
        sending: Sending | None,
    ) -> Reports:
        room = view.room
        wall = room.wall if room else found.now
        within = float(room.rules["claim_within"] if room else view.settings.claim_within)

        def tell(notice: Notice) -> Report:
            return notices.tell(notice, found.generation, wall, within)

        if sending is None:
            told = [(notice, tell(notice)) for notice in found.due]
        else:
            jobs = dict(zip(sending.begin(tell, found.due), found.due, strict=True))
            told = [(jobs[job], job.result()) for job in await self._done(view.name, jobs)]
        return [(notice.position, report.again_in, report.text) for notice, report in told]

    async def _done(self, room_name: str, jobs: Collection[Future[Report]]) -> list[Future[Report]]:
        """Those that were sent within their lease. What comes of the others is not waited for."""
        if self._store_access.store.blocking:
            wait(jobs, NOTICE_LEASE)
        else:
            await asyncio.wait(map(asyncio.wrap_future, jobs), timeout=NOTICE_LEASE)
        done = [job for job in jobs if job.done()]
        for job in jobs:
            job.cancel()  # what has not begun is not sent any more: another worker may have it
        if late := len(jobs) - len(done):
            log.error(HANGS, room_name, late, NOTICE_LEASE)
        return done
