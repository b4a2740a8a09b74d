"""One worker's way to the store, with what it knows of every room."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from vwr_middleware.errors import (
    ForeignRoom,
    RoomChanged,
    RoomLost,
    StoreNotAsked,
    StoreUnavailable,
    WaitingRoomError,
)
from vwr_middleware.events import Hooks
from vwr_middleware.line.constants import GIVEN_UP, OUTAGE_GRACE
from vwr_middleware.line.day_log import KeptDay
from vwr_middleware.line.lane_minutes import LanePast
from vwr_middleware.line.messages import (
    JoinKind,
    Move,
    Place,
    Record,
    Seen,
    Snapshot,
    Turn,
    Verdict,
)
from vwr_middleware.line.minutes import Past
from vwr_middleware.papers.tickets import Ticket
from vwr_middleware.settings import RoomSettings
from vwr_middleware.stores import Store
from vwr_middleware.stores.line_store import LocalStore
from vwr_middleware.worker.beacon_asking import BeaconAsking
from vwr_middleware.worker.circuit_breaker import Breaker
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.ending_sessions import Endings, StoreCall
from vwr_middleware.worker.events_and_log import EventsAndLog
from vwr_middleware.worker.known_sessions import Ended, KnownSessions
from vwr_middleware.worker.overload import Overload
from vwr_middleware.worker.poll_spacing import PollSpacing
from vwr_middleware.worker.refresh import (
    CATCH_UP_MOST,
    ask_of,
    had_no_say,
    is_more_to_come,
    read_rooms,
)
from vwr_middleware.worker.room_identity import RoomIdentity
from vwr_middleware.worker.room_view import RoomView
from vwr_middleware.worker.sharing import (
    ANYBODY,
    FRESH,
    JOIN_TRIES_AFTER,
    STALE,
    InPlace,
    InTasks,
    InTurns,
    JoinParameters,
)
from vwr_middleware.worker.stock_asking import StockAsking

# A join that waits for a store which is only slow.


async def patient_join(
    sharing: InPlace | InTasks,
    breaker: Breaker,
    room_name: str,
    kind: JoinKind,
    who: JoinParameters,
) -> Turn:
    """The answer to a join. If the store was late a moment ago, it waits for the next try.

    Only a join that was not made is made again: another one may have been carried out.
    """
    waited = 0.0
    while True:
        try:
            return await sharing.join(room_name, kind, who)
        except StoreNotAsked:
            if breaker.is_away or waited >= sharing.join_waits:
                raise
        await sharing.pause()
        waited += JOIN_TRIES_AFTER


# The worker's way to the store: one worker's way to the store, with what it knows of every room.


T = TypeVar("T")

log = logging.getLogger("vwr_middleware")


class StoreAccess:
    """Asks the store on behalf of the gate, shares round trips, and remembers the answers."""

    def __init__(
        self,
        store: Store,
        rooms: Sequence[RoomSettings],
        hooks: Hooks,
        monotonic: Callable[[], float],
        wall: Callable[[], float],
        outage_grace: float = OUTAGE_GRACE,
        *,
        in_loop: bool = False,
        work: Callable[[], float] | None = None,
    ) -> None:
        self.store, self.hooks, self.monotonic, self._wall = store, hooks, monotonic, wall
        self.views = {
            room.name: RoomView(room, KnownSessions(monotonic), ended=Ended(outage_grace))
            for room in rooms
        }
        self.breaker = Breaker(monotonic)
        self.overload = Overload(monotonic, work, store.patience, in_loop=in_loop)
        self._poll_spacing = PollSpacing(work)
        self.events_and_log = EventsAndLog(hooks)
        self.room_identity = RoomIdentity(self.events_and_log, self.now)
        self.endings = Endings(store, self.step, hooks, monotonic)
        for view in self.views.values():
            if view.settings.stock is not None:
                view.stock_asking = self._stock_asking(view, view.settings.stock)
            if view.settings.draw_beacon_from is not None:
                view.beacon_asking = BeaconAsking(view.settings, monotonic)
        #: Called before each reading of the rooms, also if that fails, and after each one.
        self.before_refresh: Callable[[], None] = lambda: None
        self.after_refresh: Callable[[], Awaitable[None]] | None = None
        self._was_checked = isinstance(store, LocalStore)  # such stores are checked at start-up
        shared, in_place = (self._refresh, self._join), InTurns if in_loop else InPlace
        self._sharing: InPlace | InTasks = (
            in_place(*shared) if store.blocking else InTasks(*shared, store.patience)
        )

    def _stock_asking(self, view: RoomView, function: Callable[..., object]) -> StockAsking:
        def now() -> float:
            return self.now(view)

        def on_failure() -> None:
            self.hooks.tell("function_failed", view.name, "stock", now())

        return StockAsking(view.name, function, self.monotonic, now, on_failure)

    def now(self, view: RoomView) -> float:
        """The store's time; this host's time only while the store has never answered."""
        return view.now(self.monotonic()) if view.room else self._wall()

    async def fresh(self, view: RoomView) -> CurrentRoom | None:
        """The room's snapshot, read anew if it is older than a second and the store answers."""
        age = view.age(self.monotonic())
        if age > STALE:
            await self._sharing.refreshed()
        elif age > FRESH:
            self._sharing.refresh_soon()
        return view.room

    async def newest(self, view: RoomView) -> CurrentRoom | None:
        """The room's snapshot, read anew now."""
        await self._sharing.refreshed()
        return view.room

    def keep_fresh(self, view: RoomView) -> bool:
        """Whether the snapshot may be used. If it is getting old, a refresh is started."""
        age = view.age(self.monotonic())
        if age > STALE:
            if not self.breaker.is_open or view.room is None:
                return False
            if self.breaker.may_try:
                self._sharing.refresh_soon()  # requests served from memory try the store too
            return True
        if age > FRESH:
            self._sharing.refresh_soon()
        return True

    async def join(self, view: RoomView, kind: JoinKind, who: JoinParameters = ANYBODY) -> Turn:
        """A visitor arrives; `who` as in `Store.join`, where it is known who it is."""
        turn = await self._arrive(view, kind, who)
        if turn.verdict == "drawn" and (position := await self.drawn(view, turn)):
            known = JoinParameters(f"{who.identity} {position}", who.lane)
            turn = await self._arrive(view, kind, known)
        if view.room is not None and view.room.generation < turn.generation:
            await self._sharing.refreshed()  # there was a reset: the old numbers would be wrong
        if turn.verdict == "entered":
            view.called.let_in(turn.position)
            view.note_entered(turn.generation, turn.position, self.monotonic())
        has_joined = turn.position and turn.verdict not in ("known", "spent")
        if self.hooks.are_heard:
            self.events_and_log.turn(view.name, turn, "joined" if has_joined else None)
        return turn

    async def _arrive(self, view: RoomView, kind: JoinKind, who: JoinParameters) -> Turn:
        began = self.overload.begin_join()
        try:
            return await patient_join(self._sharing, self.breaker, view.name, kind, who)
        finally:
            self.overload.end_join(began)

    async def drawn(self, view: RoomView, turn: Turn) -> int:
        """The position that somebody was drawn to, of whom the store knows the number alone."""
        room = view.room
        if room is None or room.generation <= turn.generation:
            await self._sharing.refreshed()
        number = Ticket(turn.room_id, turn.generation, turn.position, 0)
        found = view.as_drawn(number)
        return found.position if found.number else 0

    async def knock(self, view: RoomView, place: Place, returns_in: float, hidden: bool) -> Turn:
        """A called visitor asks whether to come in."""
        turn = await self.step(
            view,
            lambda seen: self.store.knock(view.name, place, returns_in, hidden, seen),
            place.room_id,
        )
        view.heard(turn, returns_in, hidden, self.monotonic(), place)
        if self.hooks.are_heard:
            self.events_and_log.turn(view.name, turn)
        return turn

    async def claim(self, view: RoomView, place: Place, returns_in: float) -> Turn:
        """A called visitor comes in, if a slot is free."""
        try:
            turn = await self.step(
                view,
                lambda seen: self.store.claim(view.name, place, returns_in, seen),
                place.room_id,
            )
        except StoreUnavailable:  # maybe only the answer was lost
            view.called.entered.note(place.position, self.monotonic())
            raise
        view.heard(turn, returns_in, False, self.monotonic(), place)
        if turn.verdict == "entered":
            view.note_entered(turn.generation, turn.position, self.monotonic())
        if self.hooks.are_heard:
            self.events_and_log.turn(view.name, turn)
        return turn

    async def renew(
        self,
        view: RoomView,
        session: str,
        room_id: str = "",
        *,
        take_back: bool = False,
        first: bool = False,
        marks: Sequence[str] = (),
        lasts: float = 0.0,
    ) -> Turn:
        """Confirm or renew a session: for its whole length, or for so many seconds.

        If a `first` token is refused, the session is not noted as ended: its claim may have lapsed,
        and a new claim of the place would begin a session with the same id.
        """
        turn = await self.step(
            view,
            lambda seen: self.store.renew(view.name, session, take_back, seen, marks, lasts),
            room_id,
        )
        goes_on = turn.verdict == "entered"
        if self.hooks.are_heard:
            self.events_and_log.turn(view.name, turn, "renewed" if goes_on else None)
        if turn.verdict == "ended" and not first:
            view.note_end(session, self.monotonic())
        return turn

    async def operate(self, view: RoomView, call: Callable[[], Awaitable[T]]) -> T:
        """A step of an operator. Afterwards this worker reads the rooms again."""
        answer = await self.step(view, lambda seen: call())
        with suppress(WaitingRoomError):
            await self._refresh()
        return answer

    async def record(self, view: RoomView) -> Record:
        """What only operators read: history, audit log, running sessions."""
        return await self.step(view, lambda seen: self.store.record(view.name))

    async def history(self, view: RoomView, begin: float, end: float, hourly: bool) -> Past:
        """What this time brought, by the minute or by the hour."""
        return await self.step(view, lambda seen: self.store.history(view.name, begin, end, hourly))

    async def lane_history(self, view: RoomView, begin: float, end: float) -> LanePast:
        """What this time brought to each lane."""
        return await self.step(view, lambda seen: self.store.lane_history(view.name, begin, end))

    async def day(self, view: RoomView) -> KeptDay:
        """The day's log of the room's visitors."""
        return await self.step(view, lambda seen: self.store.day(view.name))

    async def step(self, view: RoomView, call: StoreCall[T], room_id: str = "") -> T:
        """One step of the store. If it has lost the room, that is first rebuilt from what we saw.

        `room_id` is the room whose positions or sessions the step names. Raises RoomChanged if the
        store holds another room by now, where they would mean other people.
        """
        try:
            try:
                return await self._plain_step(view, call, room_id)
            except RoomLost:
                await self._refresh()
                return await self._plain_step(view, call, room_id)
        except RoomLost as error:
            raise StoreUnavailable("the store loses the room again and again") from error
        except ForeignRoom as error:
            await self._refresh()
            raise RoomChanged(view.name) from error

    async def step_of_place(
        self,
        view: RoomView,
        ticket: Ticket,
        call: Callable[[Place, Seen | None], Awaitable[Verdict]],
    ) -> tuple[Verdict, Ticket]:
        """One step about the place of a ticket; and what the ticket was worth in it. It is made
        again if the store has drawn since this worker read the room."""
        ticket = view.as_drawn(ticket)
        for is_last in (False, True):
            place = ticket.place
            verdict = await self.step(view, lambda seen: call(place, seen), ticket.room_id)  # noqa: B023
            if verdict != "drawn" or is_last:
                break
            await self._sharing.refreshed()
            ticket = view.as_drawn(ticket)
        return verdict, ticket

    async def _plain_step(self, view: RoomView, call: StoreCall[T], room_id: str = "") -> T:
        """One step of the store, made once. It never reads the rooms."""
        seen = view.seen(self.monotonic())
        if room_id and (seen is None or seen.room_id != room_id):
            raise RoomChanged(view.name)
        return await self.breaker.ask(lambda: call(seen))

    async def _join(
        self,
        room_name: str,
        kinds: Sequence[JoinKind],
        identities: Sequence[str],
        lanes: Sequence[str],
    ) -> list[Turn]:
        view, store = self.views[room_name], self.store
        turns = await self.step(
            view, lambda seen: store.join(room_name, kinds, seen, identities, lanes)
        )
        for turn in turns:  # before any page is made for those who share this trip
            view.learn(turn)
        return turns

    async def _refresh(self) -> None:
        """Read all rooms, and again while there is more to read: see `_read`."""
        self.before_refresh()
        for _ in range(CATCH_UP_MOST):
            if not await self._read():
                break
        if self.after_refresh is not None:
            await self.after_refresh()

    async def _read(self) -> bool:
        """Read all rooms in one round trip, and hand in what was noted. True: read once more, for
        the rest of a long list, or for strategies that need a fresh snapshot.

        Only plain steps are made in a reading: `step` may read the rooms, so each reading could
        call for another.
        """
        self.breaker.refuse_early()  # before notes are taken out below, which would be lost
        began, views = self.monotonic(), list(self.views.values())
        asks = [ask_of(view, began, *self.breaker.spans_after(view.read_at)) for view in views]
        found = await read_rooms(self.breaker, self.store, views, asks)
        triples = zip(views, asks, found, strict=True)
        read = [(view, ask, room) for view, ask, room in triples if isinstance(room, Snapshot)]
        in_line = max((room.queue - room.serving for _, _, room in read), default=0)
        spaced = self._poll_spacing.look(began, in_line)
        for view, ask, snapshot in read:
            view.present.arrived()
            view.operator_notes.arrived()
            if view.stock_asking is not None:
                view.stock_asking.arrived(ask.stock)
                if snapshot.stock_turn:
                    view.stock_asking.begin()
            is_ours = self.room_identity.take(view, snapshot, began)
            if view.room is not None:
                view.room.spaced = spaced
            if is_ours and view.ended.untold:
                await self.endings.tell(view, self._plain_step)
        if not self._was_checked:
            await self._check()
        # After a slow reading the snapshot would be too old at once, and so would the next one.
        is_fresh = self.monotonic() - began <= STALE
        if is_fresh and any(had_no_say(view, ask) for view, ask, _ in read):
            return True
        return any(is_more_to_come(view, new) for view, _, new in read)

    async def _check(self) -> None:
        """Log, once, what keeps the store from working well."""
        self._was_checked = True
        for problem in await self.store.check():
            log.error("%s", problem)


# How one worker moves places to another device, or gives them up, in the store.


class Moving:
    """The steps of one room. All may raise StoreUnavailable and RoomChanged."""

    def __init__(self, store_access: StoreAccess, view: RoomView) -> None:
        self._store_access, self._view = store_access, view

    async def keep_code(self, ticket: Ticket, code: str) -> Verdict:
        """Keep the hash of a code for a ticket's place. `waiting` and `next`: it is kept."""
        view, store = self._view, self._store_access.store
        verdict, _ = await self._store_access.step_of_place(
            view, ticket, lambda place, seen: store.keep_code(view.name, place, code, seen)
        )
        return verdict

    async def leave(self, ticket: Ticket) -> Verdict:
        """A visitor gives the place up: `left` if it was the visitor's to give."""
        view, store = self._view, self._store_access.store
        verdict, ticket = await self._store_access.step_of_place(
            view, ticket, lambda place, seen: store.leave(view.name, place, seen)
        )
        if verdict == "left":  # not if `spent`: its session is over, of which no worker is told
            view.devices.note(ticket.generation, ticket.position, GIVEN_UP)
        return verdict

    async def move(self, codes: Sequence[str], attempt: str) -> Move:
        """Hand in a code. From now on this worker refuses the device that had the place."""
        view = self._view
        move = await self._move(codes, attempt, 0)
        if move.turn.verdict == "drawn":
            move = await self._move(codes, attempt, await self._store_access.drawn(view, move.turn))
        turn = move.turn
        self._store_access.events_and_log.turn(view.name, turn)
        if turn.position and move.device:
            view.devices.note(turn.generation, turn.position, move.device)
        return move

    async def _move(self, codes: Sequence[str], attempt: str, drawn: int) -> Move:
        view, store = self._view, self._store_access.store
        return await self._store_access.step(
            view, lambda seen: store.move(view.name, codes, attempt, seen, drawn)
        )
