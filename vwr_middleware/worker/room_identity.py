"""What a worker does when a paper (ticket or token), or the store, is of another room."""

from collections.abc import Callable, Iterable

from vwr_middleware.line.messages import Snapshot
from vwr_middleware.papers.tickets import Ticket
from vwr_middleware.papers.tokens import AccessToken
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.events_and_log import EventsAndLog
from vwr_middleware.worker.other_rooms import LATELY, OtherRoom, OtherRooms, together
from vwr_middleware.worker.room_view import RoomView


class RoomIdentity:
    """Tells apart rooms of the same name by their ids. `now` gives the store's time of a room."""

    def __init__(self, events_and_log: EventsAndLog, now: Callable[[RoomView], float]) -> None:
        self._events_and_log, self._now = events_and_log, now

    def meet(self, view: RoomView, room: CurrentRoom, paper: Ticket | AccessToken) -> bool:
        """Whether a genuine paper is of another room than this.

        If so, and no operator has replaced that room, what it says is noted, and logged once.
        """
        if room.is_of_room(paper):
            return False
        if room.belonging(paper) == "foreign":
            now = self._now(view)
            is_ticket = isinstance(paper, Ticket)
            ticket, token = (paper.position, 0) if is_ticket else (0, paper.position)
            drawn = paper.drawn if isinstance(paper, Ticket) else 0
            told = OtherRoom(paper.generation, ticket, token, 1, now, drawn)
            view.other_rooms.note(paper.room_id, told)
            what = "a ticket" if is_ticket else "an access token"
            self._events_and_log.other_room(view.name, f"{what} of another store came", now)
        return True

    def meet_all(self, view: RoomView, papers: Iterable[Ticket]) -> None:
        """Meet several papers that came together with one of the store's own room."""
        for paper in papers:
            if view.room is not None:
                self.meet(view, view.room, paper)

    def other_rooms(self, view: RoomView) -> OtherRooms:
        """The rooms of this name that the store does not hold, as all workers have met them."""
        return together([view.other_rooms_elsewhere.post(), view.other_rooms.post()]).besides(
            view.room
        )

    def met_lately(self, view: RoomView) -> bool:
        """Whether papers of such rooms have come within the last minutes."""
        return self.other_rooms(view).were_met_after(self._now(view) - LATELY)

    def take(self, view: RoomView, snapshot: Snapshot, began: float) -> bool:
        """Keep what was read. False if it is of a room that the store has replaced since."""
        before = view.room
        if before is not None and before.room_id != snapshot.room_id:
            if began < view.read_at:
                return False
            view.adopt()
            view.take(snapshot, began)  # before anything is logged: threads take turns there
            self._changed(view, before, snapshot)
            before = None
        else:
            view.take(snapshot, began)
        if view.other_rooms:
            view.other_rooms.forget(snapshot)
        if not view.only_looks:
            self._compare(view, before.snapshot if before else None, snapshot)
        # Unless a refresh that began later came first.
        is_latest = view.room is not None and view.room.snapshot is snapshot
        self._events_and_log.news(
            view.name, before.snapshot if before and is_latest else None, snapshot
        )
        return True

    def _compare(self, view: RoomView, before: Snapshot | None, snapshot: Snapshot) -> None:
        """Log how this worker's configuration differs from that of the worker started last, and
        whether the room was rebuilt since the reading before."""
        ours, theirs = view.key_marks, snapshot.config.get("key_marks")
        if snapshot.clocks_apart:
            self._events_and_log.clocks_apart(view.name, snapshot.clocks_apart, snapshot.now)
        # Another release may post no marks, or another form of them.
        if ours and theirs and isinstance(theirs, str):
            self._events_and_log.other_secrets(view.name, ours, theirs, snapshot.now)
        if before is None:
            return
        if before.config != snapshot.config:
            self._events_and_log.settings(view.name, view.settings.store_config(), snapshot.config)
            self._events_and_log.own_settings(view.name, view.own, snapshot.config.get("own"))
        # The store had lost the room or its latest numbers, and has them back from a worker. (After
        # an outage in which it kept all there is nothing to tell.)
        if before.rebuilt_until < snapshot.rebuilt_until != snapshot.outage_until:
            self._events_and_log.rebuilt(view.name, snapshot.now)

    def _changed(self, view: RoomView, before: CurrentRoom, snapshot: Snapshot) -> None:
        """Note that the store holds another room by now. Logged unless an operator restored it."""
        if before.room_id in snapshot.replaced:
            return
        counters = before.generation, before.queue, before.serving
        known = before.snapshot
        draw = known.drawn, known.draw_told, known.draw_lanes
        told = OtherRoom(*counters, 0, snapshot.now, *draw)
        view.other_rooms.note(before.room_id, told)
        self._events_and_log.other_room(
            view.name, f"the store now holds another room, {snapshot.room_id}", snapshot.now
        )
