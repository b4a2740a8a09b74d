"""Bringing a lost room back: what its papers tell of it, and what an operator says about it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from vwr_middleware.errors import Refused
from vwr_middleware.line.constants import DRAWN, NO_DRAW, REGISTERING
from vwr_middleware.line.messages import Seen
from vwr_middleware.panel.language import _, several
from vwr_middleware.panel.lost_draws import drawn_in, value_told
from vwr_middleware.panel.words import count, duration
from vwr_middleware.settings.kinds import LARGEST_COUNT
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.other_rooms import OtherRoom

#: At least so many numbers stay free above the highest ticket that came, or one in so many if that
#: is more: people with later tickets may still come.
MARGIN_LEAST, MARGIN_SHARE = 1000, 10

OTHER_STORE = (
    "If another store serves this room right now, do not restore it: give every worker the same"
    " store. Restore it only if its store has lost its data."
)

_ROOM_ID = re.compile("[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Wish:
    """What an operator says of the room that will come back. None: what its papers tell counts."""

    room_id: str | None = None
    generation: int | None = None
    queue: int | None = None
    serving: int | None = None
    active: int | None = None
    drawn: int | None = None
    commitment: str | None = None  # these two: see lost_draws.py
    beacon: str | None = None
    lanes: str | None = None


def lost_room(
    room: CurrentRoom, room_id: str, other_room: OtherRoom, now: float, mixed_in: str = ""
) -> dict[str, Any]:
    """A room that can come back, as its papers tell of it: what the API answers. `mixed_in`: what
    is mixed into its draw, if anything is."""
    former = former_room(room, room_id, other_room, Wish())
    told = other_room.draw_told
    return {
        "room_id": room_id,
        "generation": former.generation,
        "queue": former.queue,
        "serving": former.serving,
        "active": former.active,
        "drawn": former.drawn,
        "lanes": former.draw_lanes or None,
        # Of its draw, as far as a worker remembers it. Before it is made, the value is a secret.
        "commitment": told.partition(":")[0] or None,
        "beacon": value_told(told) if former.drawn else None,
        "beacon_from": mixed_in or None,
        "highest_ticket": other_room.ticket,
        "highest_token": other_room.token,
        "papers": other_room.papers,
        "seconds_ago": round(max(0.0, now - other_room.met_at), 1),
        # Those with places in its line, as far as their tickets tell.
        "people": max(0, other_room.ticket - former.serving),
        # The numbers that the room in its place has handed out.
        "joined_since": room.queue,
    }


def how_known(lost: Mapping[str, Any]) -> str:
    """How it is known that there was such a room. `lost` is one of `lost_room`."""
    papers, ago = lost["papers"], duration(lost["seconds_ago"])
    if not papers:
        return _("a worker knew it until {ago} ago", ago=ago)
    return several(
        "a ticket or token of it came {ago} ago",
        "tickets or tokens of it came {n} times, the last {ago} ago",
        papers,
        ago=ago,
    )


def what_happens(lost: Mapping[str, Any]) -> str:
    """Who gets a place back, and who loses one. `lost` is one of `lost_room`."""
    return _(
        "{people}; {joined_since}. The next number to be handed out is {n}, the serving"
        " counter stands at {serving}, and {active} are believed to be inside until they come"
        " back or must have expired.",
        people=_back(lost["people"]),
        joined_since=_gone(lost["joined_since"]),
        n=count(lost["queue"] + 1),
        serving=count(lost["serving"]),
        active=count(lost["active"]),
    )


def _back(people: int) -> str:
    if not people:
        return _("Everybody who comes with a ticket of the old line gets their place back")
    return several(
        "The one person in the old line gets their place back",
        "The {n} people in the old line get their places back",
        people,
    )


def _gone(people: int) -> str:
    return several(
        "the one who joined since loses theirs, and is told so",
        "the {n} who joined since lose theirs, and are told so",
        people,
    )


def queue_above(highest: int) -> int:
    """A queue counter that leaves numbers to those whose tickets have not come yet."""
    return min(LARGEST_COUNT, highest + max(MARGIN_LEAST, highest // MARGIN_SHARE))


def former_room(room: CurrentRoom, room_id: str, other_room: OtherRoom, wish: Wish) -> Seen:
    """The lost room as it would come back. Raises Refused for numbers that cannot be."""
    serving = other_room.token if wish.serving is None else wish.serving
    came = max(other_room.ticket, other_room.token)
    lanes, drawn, last = drawn_in(other_room, wish.drawn, wish.lanes)
    queue = queue_above(max(came, serving, last)) if wish.queue is None else wish.queue
    generation = max(1, other_room.generation) if wish.generation is None else wish.generation
    active = int(room.rules["max_active"]) if wish.active is None else wish.active
    _check(generation=(generation, 1), queue=(queue, 0), serving=(serving, 0), active=(active, 0))
    _check(drawn=(drawn, 0))
    if last > queue:
        raise Refused(
            _(
                "drawn ({drawn}) cannot be above queue ({queue})",
                drawn=count(last),
                queue=count(queue),
            )
        )
    if serving > queue:
        raise Refused(
            _(
                "serving ({serving}) cannot be above queue ({queue})",
                serving=count(serving),
                queue=count(queue),
            )
        )
    if generation == other_room.generation and queue < came:
        raise Refused(
            _(
                "queue must be {came} or more: a ticket or token of that position has come,"
                " and numbers must not be handed out twice",
                came=count(came),
            )
        )
    former = Seen(room_id, generation, queue, serving, active)
    opens_at = room.rules.get("opens_at")
    drawn_at = opens_at if drawn and opens_at and opens_at <= room.wall else 0.0
    draw = _draw_of(room, serving, drawn)
    return replace(former, draw=draw, drawn=drawn, drawn_at=drawn_at, draw_lanes=lanes)


def _draw_of(room: CurrentRoom, serving: int, drawn: int) -> int:
    """What the line was that comes back: one that was drawn, one that waits for its draw, for all
    that is known, or one without any."""
    if drawn:
        return DRAWN
    return REGISTERING if room.rules.get("draw") and not serving else NO_DRAW


def _check(**values: tuple[int, int]) -> None:
    wrong = [
        _(
            "{name} must be a whole number from {low} to {most}",
            name=name,
            low=low,
            most=LARGEST_COUNT,
        )
        for name, (value, low) in values.items()
        if not low <= value <= LARGEST_COUNT
    ]
    if wrong:
        raise Refused(*wrong)


def chosen(met: Mapping[str, OtherRoom], wish: Wish) -> tuple[str, OtherRoom]:
    """Which room is meant, and what is known of it. Raises Refused if that is not enough."""
    if wish.room_id is not None:
        return wish.room_id, _known(met, wish.room_id, wish)
    if not met:
        raise Refused(
            _(
                "no tickets of another room of this name have come, so it is not known what"
                " was lost: give room_id and queue"
            ),
            status=409,
        )
    if len(met) > 1:
        rooms = ", ".join(
            _("{key} (up to {ticket})", key=key, ticket=count(other_room.ticket))
            for key, other_room in met.items()
        )
        raise Refused(
            _(
                "tickets or tokens of several rooms have come: give the room_id, one of {rooms}",
                rooms=rooms,
            ),
            status=409,
        )
    return next(iter(met.items()))


def _known(met: Mapping[str, OtherRoom], room_id: str, wish: Wish) -> OtherRoom:
    if not _ROOM_ID.fullmatch(room_id):
        raise Refused(_("room_id must be 16 hexadecimal digits"))
    if room_id not in met and wish.queue is None:
        raise Refused(
            _(
                "no tickets of the room {room_id} have come, so it is not known how long its"
                " line was: give queue as well",
                room_id=room_id,
            ),
            status=409,
        )
    return met.get(room_id, OtherRoom())


def as_it_stands(room: CurrentRoom, is_done: bool) -> dict[str, Any]:
    """The room, and whether it was restored just now: what the API answers to a restore."""
    stands = {key: getattr(room, key) for key in ("room_id", "generation", "queue", "serving")}
    return {"restored": is_done, **stands, "active": room.active}
