"""The draw of a lost room: what gives its people the very places back that they had by lot.

A place follows from the number, how many were drawn, the seed, and the public value that was mixed
in. The seed follows from the secret key, and tickets say how many were drawn. But which seed was
committed to (if the secret has changed since), and the public value, the store alone knew; and
whoever has kept `draw.json`. So an operator says these as they stand there. In a room with lanes a
place follows from how many were drawn in each, and from whose each position is: `lanes`.
"""

import re
from dataclasses import replace

from vwr_middleware.draw.record import BEACON_LONGEST
from vwr_middleware.draw.seed import Seeds
from vwr_middleware.errors import Refused
from vwr_middleware.line.constants import NO_DRAW, REGISTERING
from vwr_middleware.line.drawn_lanes import checked_word
from vwr_middleware.line.messages import Seen
from vwr_middleware.panel.language import _, said_later
from vwr_middleware.settings import RoomSettings
from vwr_middleware.settings.draw_kinds import DRAND
from vwr_middleware.worker.beacon_asking import source_of
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.other_rooms import OtherRoom

_COMMITMENT = re.compile("[0-9a-f]{64}")
_OF_DRAND = re.compile("[0-9]{1,15}:[0-9a-f]{64}")

WITHOUT_DRAW = said_later(
    "commitment and beacon are of a draw, and this line comes back without one: give drawn, how"
    " many had places by lot"
)
NOT_MIXED_YET = said_later(
    "beacon: this draw is not made yet, so no value is mixed in: leave it out, or give drawn"
)
MISSING = said_later(
    "beacon is missing: {source} is mixed into this room's draw, and without its value everybody"
    " would have another place. Give it as draw.json said it, or nothing in quotes if it said null"
)
NO_LANES = said_later("lanes must be the text that vwr restore --draw makes of draw.json")
LANES_MISSING = said_later(
    "lanes are missing: each lane of this room is drawn by itself, and without them everybody would"
    " have another place. Restore it with vwr restore --draw and its draw.json; if it had no lanes"
    " when it opened, give nothing in quotes"
)
OTHER_SEED = said_later(
    "commitment: no secret_key that is known here makes the seed of it, for room {room_id} and"
    " generation {generation}. Copy it from draw.json, check both, and put the secret_key of then"
    " into the list"
)


def drawn_in(other_room: OtherRoom, drawn: int | None, lanes: str | None) -> tuple[str, int, int]:
    """Of the draw of a lost room the word of its lanes ("": it had none), how many were drawn, and
    the last position of these. `drawn` and `lanes` are as an operator says them; else what a worker
    remembers counts."""
    if lanes is None:
        lanes = other_room.draw_lanes if drawn in (None, other_room.drawn) else ""
    drawn = other_room.drawn if drawn is None else drawn
    if not lanes:
        return "", drawn, drawn
    try:
        found = checked_word(lanes)
    except ValueError as error:
        raise Refused(_(NO_LANES)) from error
    return lanes, found.count, found.last_place


def need_lanes(former: Seen, lanes: str | None, room: CurrentRoom) -> None:
    """Raise Refused if a draw comes back without lanes to a room that has some: everybody would
    have another place. Empty `lanes` say that it had none."""
    has_lanes = bool(room.rules.get("lanes")) and lanes is None
    if former.drawn and not former.draw_lanes and has_lanes:
        raise Refused(_(LANES_MISSING))


def value_told(told: str) -> str | None:
    """The public value in what workers said of the seed; "": none was mixed in; None: nothing was
    said."""
    return bytes.fromhex(told.partition(":")[2]).decode() if told else None


def what_is_mixed_in(room_settings: RoomSettings) -> str:
    """Where the public value of a room's draws comes from, in words; "" if none is mixed in."""
    return source_of(room_settings, {})


def with_draw(
    former: Seen,
    told: str,
    given: tuple[str | None, str | None],
    room_settings: RoomSettings,
    seeds: Seeds | None,
) -> Seen:
    """The lost room, with what decides the places of its draw.

    `told` is what a worker remembers of that, if one does, and `given` are the commitment and the
    public value as an operator says them. Raises Refused for what cannot be, and for a value that
    is missing. Where `seeds` is None, the secret is not known, and nothing can be compared.
    """
    commitment, beacon = given
    if former.draw == NO_DRAW:
        if commitment or beacon:
            raise Refused(_(WITHOUT_DRAW))
        return former
    if commitment:
        _check_commitment(former, commitment, seeds)
    commitment = commitment or told.partition(":")[0]
    if former.draw == REGISTERING:
        if beacon:
            raise Refused(_(NOT_MIXED_YET))
        return replace(former, draw_told=commitment)
    value = _checked_value(value_told(told) if beacon is None else beacon, room_settings)
    return replace(
        former, draw_told=f"{commitment}:{value.encode().hex()}" if value else commitment
    )


def _check_commitment(former: Seen, commitment: str, seeds: Seeds | None) -> None:
    if not _COMMITMENT.fullmatch(commitment):
        raise Refused(_("commitment must be 64 hexadecimal digits in lower case, as in draw.json"))
    registered = former.generation if former.draw == REGISTERING else former.generation - 1
    if seeds is not None and seeds.committed(former.room_id, registered, commitment) is None:
        raise Refused(_(OTHER_SEED, room_id=former.room_id, generation=registered))


def _checked_value(value: str | None, room_settings: RoomSettings) -> str:
    if value is None:
        if source := what_is_mixed_in(room_settings):
            raise Refused(_(MISSING, source=source))
        return ""
    if len(value) > BEACON_LONGEST or not _has_bytes(value):
        raise Refused(_("beacon must be text of {most} characters at most", most=BEACON_LONGEST))
    if value and room_settings.draw_beacon_from == DRAND and not _OF_DRAND.fullmatch(value):
        raise Refused(
            _("beacon must be a round of drand, a colon and 64 hexadecimal digits, as in draw.json")
        )
    return value


def _has_bytes(value: str) -> bool:
    """Whether a text can be written: JSON may say half a surrogate pair."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
