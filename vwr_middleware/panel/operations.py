"""What an operator can do, written once for the pages, the API and the shell."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from vwr_middleware.alarms.alarms import Alarms
from vwr_middleware.errors import Refused, StoreUnavailable, WaitingRoomError
from vwr_middleware.line.constants import KEY_OF_ANOTHER
from vwr_middleware.line.messages import Record
from vwr_middleware.panel import changes, openings, planned, records, report
from vwr_middleware.panel.alarms import ShownAlarms
from vwr_middleware.panel.explain import explain, with_moves
from vwr_middleware.panel.language import _, said_later
from vwr_middleware.panel.lookup import asked_about, holder_of, session_of
from vwr_middleware.panel.lost_draws import need_lanes, what_is_mixed_in, with_draw
from vwr_middleware.panel.restoring import Wish, as_it_stands, chosen, former_room, lost_room
from vwr_middleware.panel.visitor_times import sources_of, times_of
from vwr_middleware.papers.invitations import Invitations
from vwr_middleware.papers.tickets import Tickets
from vwr_middleware.report.draws import DrawSources
from vwr_middleware.settings.kinds import LARGEST_COUNT
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.other_rooms import OtherRooms
from vwr_middleware.worker.room_view import RoomView
from vwr_middleware.worker.store_access import StoreAccess

T = TypeVar("T")

log = logging.getLogger("vwr_middleware.operators")

KEY_LONGEST = 200
CHANGED_SINCE = said_later(
    "somebody else has changed settings at the same moment: look before you try again"
)
NO_SECRET = (
    "the secret_key, by which invitations are signed, is not known here: name the file (--config)"
    " or the panel (--url)"
)
UNSEEN = "the store has not answered yet"


class Operations:
    """Reads and changes rooms. Raises Refused for what makes no sense, and StoreUnavailable.

    Most take what the control API takes, by the same names, and return what it answers.
    `tickets` read the rooms' tickets: `explain` needs them where it is given one. `gather` fetches
    what other workers have posted. `prefix` is where visitors' own addresses begin.
    """

    def __init__(
        self,
        store_access: StoreAccess,
        tickets: Mapping[str, Tickets],
        gather: Callable[[], Awaitable[Mapping[str, Any]]],
        alarms: Alarms | None = None,
        prefix: str = "",
    ) -> None:
        self.store_access, self._tickets, self._gather = store_access, tickets, gather
        self._prefix = prefix
        self.alarms = ShownAlarms(store_access, alarms)

    def invitations(self, name: str) -> Invitations:
        """By which a room's invitations are signed. Raises Refused where the secret is not known,
        as in a shell that knows the store alone."""
        tickets = self._tickets.get(name)
        if tickets is None:
            raise Refused(NO_SECRET)
        return tickets.invitations

    def draw_sources(self, name: str, room: CurrentRoom) -> DrawSources:
        """What proves the draws of a room, as far as it is known here."""
        tickets = self._tickets.get(name)
        seeds = tickets.seeds if tickets else None
        return DrawSources(room, self.view(name).settings, seeds, self._prefix)

    # Reading.

    def view(self, name: str) -> RoomView:
        """What this worker knows of a room."""
        view = self.store_access.views.get(name)
        if view is None:
            names = ", ".join(self.store_access.views)
            raise Refused(
                _("there is no room {name}, only {names}", name=repr(name), names=names), status=404
            )
        return view

    async def room(self, name: str) -> CurrentRoom:
        """The room, read anew: an operator must not decide by what was a second ago."""
        return self._seen(await self.store_access.newest(self.view(name)))

    async def recent(self, age: float) -> None:
        """Read all rooms anew if what is known of one is older than so many seconds. Whoever else
        asks meanwhile shares the reading."""
        now = self.store_access.monotonic()
        views = list(self.store_access.views.values())
        if views and max(view.age(now) for view in views) > age:
            await self.store_access.newest(views[0])

    def known(self, name: str) -> CurrentRoom:
        """The room as it was read last, which a step of an operator does when it is made."""
        return self._seen(self.view(name).room)

    async def overviews(self) -> dict[str, list[dict[str, Any]]]:
        """All rooms in a few numbers."""
        for view in self.store_access.views.values():
            await self.store_access.fresh(view)
        await self.alarms.shared.fresh()
        return {
            "rooms": [
                report.overview(self.store_access, view) | self.alarms_of(view.name)
                for view in self.store_access.views.values()
            ]
        }

    async def status(self, name: str) -> dict[str, Any]:
        """One room with its settings."""
        view = self.view(name)
        room = self._seen(await self.store_access.fresh(view))
        await self.alarms.shared.fresh()
        told = report.overview(self.store_access, view) | self.alarms_of(name)
        told |= {"planned": planned.rows(room), "openings": openings.rows(room)}
        return told | {"settings": report.settings_of(room, view.settings)}

    def alarms_of(self, name: str) -> dict[str, list[dict[str, Any]]]:
        """The alarms of a room and of the site, as they were read last."""
        return {"alarms": self.alarms.on(name)}

    def _seen(self, room: CurrentRoom | None) -> CurrentRoom:
        """The room that was read. Raises StoreUnavailable if nothing is known of it yet."""
        if room is None:
            raise StoreUnavailable(*(self.store_access.breaker.why or (UNSEEN,)))
        return room

    async def record(self, name: str) -> Record:
        """History, audit log and running sessions."""
        return await self.store_access.record(self.view(name))

    async def posts(self) -> Mapping[str, Any]:
        """What workers count by themselves, as each has posted it, by their names."""
        return await self._gather()

    async def lost(self, name: str) -> dict[str, list[dict[str, Any]]]:
        """Rooms of this name of which papers have come, though the store does not hold them."""
        view, room = self.view(name), await self.room(name)
        met, now = await self._met(view), self.store_access.now(view)
        mixed_in = what_is_mixed_in(view.settings)
        found = met.items()
        return {"lost": [lost_room(room, key, each, now, mixed_in) for key, each in found]}

    async def _met(self, view: RoomView) -> OtherRooms:
        """What all workers know of such rooms, each by its room id."""
        await self._gather()
        return self.store_access.room_identity.other_rooms(view)

    async def explain(self, name: str, *, ticket: str = "", position: int = 0) -> dict[str, Any]:
        """Why a visitor waits, looked up by position, or by ticket or session id."""
        view, room = self.view(name), await self.room(name)
        asked = asked_about(room, self._tickets.get(name), ticket, position)
        record = await self.record(name)
        found = explain(room, asked, session_of(view, room, record, asked))
        found = with_moves(found, holder_of(view, asked), asked.device)
        sources = await sources_of(self, name, room, record)
        times = [each.as_json() for each in times_of(sources, asked, found.you)]
        return found.as_json() | {"times": times}

    async def hazards(self, name: str, **given: Any) -> dict[str, list[str]]:
        """What a change of settings could hurt, as the panel asks before it."""
        _need(given)
        room = await self.room(name)
        return {"hazards": changes.hazards(room, changes.checked(room, given))}

    # Steering.

    async def advance(
        self,
        name: str,
        who: str,
        *,
        count: int,
        present_only: bool = False,
        keep_rest: bool = False,
        key: str = "",
    ) -> dict[str, int]:
        """Call more by hand. A call with the key of an earlier one does nothing more."""
        if not 1 <= count <= LARGEST_COUNT:
            raise Refused(
                _(
                    "count must be a whole number from 1 to {most}",
                    most=LARGEST_COUNT,
                )
            )
        if len(key) > KEY_LONGEST:
            text = _(
                "the idempotency key is longer than {n} characters",
                n=KEY_LONGEST,
            )
            raise Refused(text, status=400)
        called = await self._do(
            name,
            who,
            "advance",
            lambda: self.store_access.store.advance(
                name, count, present_only=present_only, keep_rest=keep_rest, who=who, key=key
            ),
        )
        if called == KEY_OF_ANOTHER:
            raise Refused(_("this idempotency key came before, with a call for something else"))
        return {"called": called, "serving": self.known(name).serving}

    async def serve(self, name: str, who: str, *, serving: int) -> dict[str, int]:
        """Set the serving counter: never back, and never beyond the queue counter."""
        changes.check_serving(await self.room(name), serving)
        stands = await self._do(
            name, who, "serve", lambda: self.store_access.store.advance_to(name, serving, who=who)
        )
        return {"serving": stands}

    async def change(self, name: str, who: str, /, **given: Any) -> dict[str, dict[str, Any]]:
        """Override settings; returns those in force."""
        _need(given)
        return await self.settle(name, await self.room(name), who, given)

    async def unset(self, name: str, setting: str, who: str) -> dict[str, dict[str, Any]]:
        """Return to the configured value; returns the settings in force."""
        return await self.settle(name, await self.room(name), who, {}, [setting])

    async def settle(
        self,
        name: str,
        room: CurrentRoom,
        who: str,
        given: Mapping[str, Any],
        unset: Sequence[str] = (),
        *,
        after: int | None = None,
    ) -> dict[str, dict[str, Any]]:
        """The same for a room that was read just now, as the change was planned; with `after` only
        if that is the number of the latest change still."""
        values = changes.checked(room, given, unset)
        values, unset = changes.with_words(room, values, unset)
        override, as_configured = changes.split(room, values)
        unset = [*unset, *as_configured]
        rules = await self.override(name, who, override, unset, after)
        if "inlet" in override or "inlet" in unset:
            # Read once more, since only now the new strategy is asked.
            await self.store_access.newest(self.view(name))
        return {"settings": {setting: rules.get(setting) for setting in changes.NAMES}}

    async def override(
        self,
        name: str,
        who: str,
        override: Mapping[str, Any],
        unset: Sequence[str] = (),
        after: int | None = None,
    ) -> dict[str, Any]:
        """Override settings that were checked, and unset others; returns all in force."""

        async def call() -> dict[str, Any]:
            store = self.store_access.store
            rules = await store.change(name, override, unset, who=who, after=after)
            if not rules:
                raise Refused(_(CHANGED_SINCE), status=409)
            return rules

        return await self._do(name, who, ", ".join([*override, *unset]), call)

    async def scale(self, name: str, who: str, *, percent: int) -> dict[str, dict[str, Any]]:
        """Change `max_active` by a part of what it is, unless somebody else changes settings at
        the same moment."""
        room = await self.room(name)
        most = changes.scaled(room.rules["max_active"], percent)
        return await self.settle(name, room, who, {"max_active": most}, after=room.snapshot.changes)

    async def pause(self, name: str, who: str) -> dict[str, dict[str, Any]]:
        """Nobody is called or enters any more."""
        return await self.change(name, who, mode="paused")

    async def resume(self, name: str, who: str) -> dict[str, dict[str, Any]]:
        """Back to the mode that held before the pause."""
        room = await self.room(name)
        return await self.settle(name, room, who, {"mode": await self.mode_before(name, room)})

    async def mode_before(self, name: str, room: CurrentRoom) -> str:
        """The mode that holds after the pause. Raises Refused if there is none."""
        if room.mode != "paused":
            raise Refused(
                _("the room is not paused: its mode is {mode}", mode=room.mode), status=409
            )
        before = records.mode_before_pause(await self.record(name)) or str(
            room.snapshot.config["mode"]
        )
        return "auto" if before == "paused" else before

    async def reset(
        self, name: str, who: str, *, confirm: str, end_sessions: bool = False
    ) -> dict[str, int]:
        """Begin a new generation; `confirm` is its name, so that nobody does it by mistake."""
        if confirm != name:
            raise Refused(_("to reset the room, type its name: {name}", name=name))
        generation = await self._do(
            name, who, "reset", lambda: self.store_access.store.reset(name, end_sessions, who=who)
        )
        return {"generation": generation}

    async def note(self, name: str, who: str, what: str, old: str, new: str) -> None:
        """Have a room's audit log note what somebody has done elsewhere."""
        await self._do(
            name,
            who,
            what,
            lambda: self.store_access.store.note_done(name, what, old, new, who=who),
        )

    async def restore(self, name: str, who: str, *, confirm: str, **wished: Any) -> dict[str, Any]:
        """Bring a lost room back, as its papers tell of it or as the operator says (see `Wish`)."""
        wish, room, view = Wish(**wished), await self.room(name), self.view(name)
        if confirm != name:
            raise Refused(_("to restore the room, type its name: {name}", name=name))
        met = await self._met(view)
        if wish.room_id == room.room_id:
            return as_it_stands(room, is_done=False)
        room_id, known = chosen(met, wish)
        former = former_room(room, room_id, known, wish)
        need_lanes(former, wish.lanes, room)
        told = known.draw_told if known.generation == former.generation else ""
        tickets = self._tickets.get(name)
        seeds = tickets.seeds if tickets is not None else None
        former = with_draw(former, told, (wish.commitment, wish.beacon), view.settings, seeds)
        is_done = await self._do(
            name, who, "restore", lambda: self.store_access.store.restore(name, former, who=who)
        )
        return as_it_stands(self.known(name), is_done)

    async def _do(self, name: str, who: str, what: str, call: Callable[[], Awaitable[T]]) -> T:
        try:
            answer = await self.store_access.operate(self.view(name), call)
        except WaitingRoomError:
            log_change(name, who, what, "failed")
            raise
        log_change(name, who, what, "done")
        return answer


def _need(given: Mapping[str, Any]) -> None:
    """Raise Refused for a change of nothing."""
    if not given:
        raise Refused(_('name a setting and its value, like {"max_active": 50}'))


def log_change(room_name: str, who: str, what: str, how: str) -> None:
    """Log a line with fields for structured logs. The values are in the audit log."""
    fields = {
        "event": "operator",
        "room": room_name,
        "operator": who,
        "change": what,
        "outcome": how,
    }
    log.info("%s: %s by %s: %s", room_name, what, who, how, extra=fields)
