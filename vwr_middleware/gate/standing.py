"""Where a visitor stands, from what this worker knows: for the page, and as JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from vwr_middleware.gate import intervals
from vwr_middleware.line.constants import DRAWN, NEAR_MOST, RECORD_SAMPLE
from vwr_middleware.line.drawn_lanes import drawn_lanes
from vwr_middleware.line.lanes import MAIN, count_of, lane_of, taken
from vwr_middleware.line.openings import line_ends
from vwr_middleware.pages.announcements import announced
from vwr_middleware.papers.tickets import Ticket
from vwr_middleware.settings import Settings
from vwr_middleware.settings.quiet_hours import quiet_hours_of
from vwr_middleware.settings.slow_kinds import SLOW
from vwr_middleware.worker import stock_odds
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.people_behind import people_behind, went_in_lately
from vwr_middleware.worker.room_view import RoomView
from vwr_middleware.worker.stock_odds import Odds, odds_of
from vwr_middleware.worker.wait_estimates import roughly, wait_reason
from vwr_middleware.worker.wait_ranges import wait_range

#: Seconds until somebody should ask again: if nothing better is known; if the line is full; if the
#: room is closed or this visitor has asked too often.
RETRY, RETRY_FULL, RETRY_LATER = 5.0, 30.0, 60.0

#: The same for those who are called, while the store is busy for a moment.
RETRY_CALLED = 1.0

#: Seconds by which a worker may know of the time at which a line ends later than the store.
_BEHIND = 1.0

#: What the header VWR-State says to newcomers who are told to come again.
OVERLOAD = "overload"

#: The HTTP status for a program whose ticket is worth nothing here any more, by the word `you`.
WORTHLESS_STATUS = {
    **{"ended": 409, "moved": 409, "locked": 409},
    **{"missed": 410, "left": 410, "reset": 410},
    "none": 400,
}
#: Those of the words that say so of a ticket of the present line.
WORTHLESS = WORTHLESS_STATUS.keys() - {"reset", "none"}

_TIGHT = (",", ":")


class InLane(NamedTuple):
    """What is shown of somebody's place in a room with lanes: all of it within the own lane, but
    for the slow one. Who registers for a draw has a number of the own lane, the slow one too."""

    lane: str  # "" for the main line
    number: int
    serving: int
    ahead: int


def in_lane(room: CurrentRoom | None, position: int | None) -> InLane | None:
    """The same of a position; None in a room without lanes. There positions are kept for lanes that
    nobody may have, and nobody's number or people ahead may count those."""
    layout = room.snapshot.layout if room else ""
    if room is None or not layout or position is None:
        return None
    lane = lane_of(layout, position)
    if lane == SLOW and not room.registers:  # all who go in before are ahead
        serving = count_of(layout, MAIN, 0, room.serving)
        ahead = taken(layout, room.lanes, room.serving, max(room.serving, position - 1))
        return InLane(lane, serving + ahead + 1, serving, ahead)
    number = count_of(layout, lane, 0, position)
    serving = count_of(layout, lane, 0, min(position, room.serving))
    return InLane(lane, number, serving, max(0, number - serving - 1))


def told_lane(room: CurrentRoom | None, own: InLane | None) -> str | None:
    """The lane that the page names; None: none. Of the slow lane it says more."""
    lanes = (room.rules.get("lanes") if room else None) or {}
    return None if own is None or own.lane == SLOW or lanes.keys() <= {SLOW} else own.lane


@dataclass(slots=True)  # not frozen: making a frozen one takes three times as long
class Standing:
    """Where one visitor stands. `you` is a word such as waiting, next or may_enter."""

    you: str
    position: int | None = None
    ahead: int | None = None
    wait_of: CurrentRoom | None = None  # the snapshot from which the wait is estimated, if it is
    claim_by: float | None = None  # wall-clock time, as the page shows it
    retry_after: float = NEAR_MOST  # seconds
    watch: str = "position"  # or "status": far back, poll the public status
    seconds_left: float | None = None  # of the session, for those who are admitted
    store_down: bool = False
    full: bool = False
    overload: bool = False  # there is no place yet, since too many come
    why: str = ""  # `over`: the line that the visitor was in has ended with its opening

    @property
    def may_enter(self) -> bool:
        """Whether the page or client should enter now."""
        return self.you == "may_enter"

    @property
    def wait(self) -> tuple[int, int] | None:
        """Seconds, low and high; None: not known yet."""
        if self.may_enter:
            return 0, 0
        if self.wait_of is None or self.position is None:
            return None
        return wait_range(self.wait_of, self.position)

    @property
    def behind(self) -> int | None:
        """How many people wait behind; None if that is not known, or may be nobody."""
        if self.wait_of is None or self.position is None:
            return None
        return people_behind(self.wait_of, self.position)

    @property
    def wait_reason(self) -> str:
        """Why the wait grows, in one word; "" if it does not."""
        return wait_reason(self.wait_of) if self.wait_of else ""

    @property
    def word(self) -> str:
        """What the header VWR-State says."""
        if self.overload:
            return OVERLOAD
        return "store-down" if self.store_down else self.you


#: The standing of somebody whose session runs and is bound to another network.
LOCKED = Standing("locked", retry_after=RETRY)


def waiting(room: CurrentRoom, position: int, now: float) -> Standing:
    """The standing of somebody in line who is not called yet."""
    is_far = position > intervals.near_edge(room)
    interval = intervals.far if is_far else intervals.near
    # Rounded, as waits are: answers are kept for all who are at roughly the same position.
    asks_in = interval(room, roughly(room, position), now)
    # The public status counts the whole line.
    watch = "status" if is_far and not room.snapshot.layout else "position"
    if room.registers:  # for a draw, so nobody is ahead of anybody
        return Standing("waiting", position, retry_after=asks_in, watch=watch)
    ahead = max(0, position - room.serving - 1)
    return Standing("waiting", position, ahead, room, retry_after=asks_in, watch=watch)


def early(room: CurrentRoom) -> Standing:
    """The standing of somebody who comes before people can register: no place, and when to ask."""
    begins = float(room.rules.get("draw_from") or 0.0)
    left = begins + room.snapshot.ahead - room.now
    return Standing("none", retry_after=min(RETRY_LATER, max(RETRY, left / 2)))


def called(room: CurrentRoom, position: int, you: str = "next") -> Standing:
    """The standing of somebody who is called: `next` while no slot is free, else `may_enter`."""
    return Standing(
        you,
        position,
        0,
        claim_by=claim_by(room, position),
        retry_after=intervals.door(room, position),
    )


def of_before(room: CurrentRoom, ticket: Ticket, now: float) -> Standing:
    """The standing of somebody whose line is over, and why it is."""
    openings, draws = room.rules.get("openings") or (), bool(room.snapshot.config.get("draw"))
    joined, at = (time - room.snapshot.ahead for time in (ticket.joined_at, now + _BEHIND))
    has_ended = any(joined <= end <= at for end in line_ends(openings, draws=draws))
    return Standing("reset", why="over" if has_ended and room.is_of_room(ticket) else "")


def in_line(room: CurrentRoom, position: int, now: float) -> Standing:
    """The standing of somebody who has a place, by the snapshot alone."""
    return called(room, position) if position <= room.serving else waiting(room, position, now)


def down(ticket: Ticket | None) -> Standing:
    """The standing while the store is away: a ticket keeps its place unless it was given up."""
    if ticket is not None and ticket.is_given_up:
        return Standing("left")
    you, position = ("waiting", ticket.position) if ticket else ("none", None)
    return Standing(you, position, retry_after=RETRY, store_down=True)


def claim_by(room: CurrentRoom, position: int) -> float | None:
    """Until when a called visitor is waited for (wall clock): `claim_within` after the call, quiet
    hours aside.

    None once that is over. With `late="when_space"` the visitor still enters when a slot is free.
    """
    within = float(room.rules["claim_within"])
    for moment, serving in room.snapshot.serving_log:
        if serving >= position:
            ends = _end_of_turn(room, moment - room.snapshot.ahead, within)
            return ends if ends > room.wall else None
    return _end_of_turn(room, room.wall, within) if position <= room.serving else None


def _end_of_turn(room: CurrentRoom, begins: float, within: float) -> float:
    text = room.rules.get("quiet_hours")
    return quiet_hours_of(text).end_of(begins, within) if text else begins + within


def public_status(view: RoomView, settings: Settings) -> dict[str, Any]:
    """What everybody may know: a function of the snapshot alone, so that a cache may keep it."""
    room = view.room
    if room is None:
        return {"room": view.name, "state": "queueing", "store": "down"}
    # The interval far back grows with the line. Nobody needs it where `watch` is never `status`.
    announcement = announced(room.rules)
    last = room.queue if settings.public_numbers else room.serving + 1
    status: dict[str, Any] = {
        "room": view.name,
        "state": room.state,
        "generation": room.generation,
        "poll": {
            "near": round(intervals.near(room, room.serving + 1, room.now), 1),
            "far": round(intervals.far_least(room, last, room.now), 1),
            "each": round(intervals.later_each(room, room.now), 6),
        },
        "opens_at": room.rules.get("opens_at"),
        "message": room.rules.get("message") or "",
        "message_id": announcement.shown_id if announcement else "",
        "server_time": round(room.wall, 1),
    }
    if "opening" in room.rules:
        status["opening"] = room.rules["opening"]
        status["closes_at"] = room.rules["closes_at"]
        status["joins_from"] = joins_from(room)
    status |= told_of_draw(room, settings)
    record = public_record(room, settings)
    if record is not None:
        status["record"] = {"held": record[0], "of": record[1]}
    if settings.public_numbers:
        # `issued` says how many came, and so does `waiting` together with `serving`; who reads
        # `serving` twice knows how fast they enter, and `horizon` moves with it.
        status["serving"] = room.serving
        status["horizon"] = intervals.near_edge(room)
        status["waiting"] = room.waiting
        status["issued"] = room.queue
        status["admitted_per_minute"] = round(room.snapshot.flow * 60, 1)
        status["went_in_lately"] = went_in_lately(room)
        status |= stock_odds.public(room)
    return status


def joins_from(room: CurrentRoom) -> float | None:
    """From when on people may join, while they may not yet; None: that holds nobody back."""
    joins: float | None = room.rules.get("joins_from")
    is_held_back = room.state == "closed" != room.mode and joins is not None and joins > room.wall
    return joins if is_held_back else None


def told_of_draw(room: CurrentRoom, settings: Settings) -> dict[str, Any]:
    """What everybody may know of a room's draw; nothing where there is none."""
    word = draw_word(room)
    if not word:
        return {}
    told: dict[str, Any] = {"draw": word, "draw_from": room.rules.get("draw_from")}
    told["commitment"] = room.snapshot.draw_told.partition(":")[0] or None
    if settings.public_numbers:
        told["registered"] = room.registered
    return told


def draw_word(room: CurrentRoom) -> str:
    """What a room's draw is at: `early`, since nobody can register yet, `registering`, `drawn`, or
    `over`, since the room was reset. "" if it has none."""
    snapshot = room.snapshot
    if room.registers:
        begins = room.rules.get("draw_from")
        return "early" if begins is not None and room.wall < begins else "registering"
    if snapshot.draw >= DRAWN:
        return "drawn"
    return "over" if room.rules.get("draw") else ""


def is_slow(room: CurrentRoom | None, position: int | None) -> bool:
    """Whether a place is in the slow lane, and is not called yet."""
    if room is None or not position or position <= room.serving:
        return False
    return lane_of(room.snapshot.layout, position) == SLOW


def public_record(room: CurrentRoom, settings: Settings) -> tuple[int, int] | None:
    """How many ranges held in the last day, and of how many; None if that is not told, or hardly
    any are known."""
    settled, held = map(int, room.snapshot.record[:2])
    return (held, settled) if settings.public_record and settled >= RECORD_SAMPLE else None


def status_text(view: RoomView, settings: Settings) -> str:
    """The public status as JSON, made once for each snapshot and its counters."""
    room, made = view.room, view.status
    of = (room, room.serving, room.queue) if room else None
    if of is None or made is None or made[0] != of:
        made = of, json.dumps(public_status(view, settings), separators=_TIGHT)
        view.status = made
    return made[1]


def own_status_text(view: RoomView, settings: Settings) -> str:
    """The public status for somebody in line, without its end. The page shows them the serving
    counter, and what is theirs says it anyway: their number, less the people ahead."""
    text = status_text(view, settings)[:-1]
    if settings.public_numbers or view.room is None:
        return text
    return f'{text},"serving":{view.room.serving}'


def as_json(
    view: RoomView, settings: Settings, standing: Standing, more: Mapping[str, Any] | None = None
) -> bytes:
    """The public status, and the visitor's own standing."""
    position, ahead, drawn = standing.position, standing.ahead, ""
    own = in_lane(view.room, position)
    if own is not None:
        status = status_in_lane(view, settings, own.lane, own.serving)
        drawn = place_in_lane(drawn_in_lane(view.room, own.lane, position))
        position, ahead = own.number, None if ahead is None else own.ahead
    elif position is not None:
        status = own_status_text(view, settings)
    else:
        status = status_text(view, settings)[:-1]
    # Written out for speed, since all polls pass here. Our words and numbers need no escaping.
    text = (
        f"{status},"
        f'"you":"{standing.you}",'
        f'"position":{_number(position)},'
        f'"ahead":{_number(ahead)}{drawn},'
        f"{outlook(standing, settings, standing.wait, odds_for(view.room, standing))}"
    )
    if standing.seconds_left is not None:
        text += f',"seconds_left":{int(standing.seconds_left)}'
    if standing.why:
        text += f',"why":"{standing.why}"'
    if standing.store_down and view.room is not None:  # without one the status says so
        text += ',"store":"down"'
    end = f",{json.dumps(more, separators=_TIGHT)[1:]}" if more else "}"
    return (text + end).encode()


def status_in_lane(view: RoomView, settings: Settings, lane: str, serving: int) -> str:
    """The public status for somebody in a lane, without its end: the serving counter is the lane's
    own, and so is how many have registered for a draw."""
    told, room = {"serving": serving}, view.room
    text = status_text(view, settings)[:-1]
    if room is not None and room.snapshot.draw and settings.public_numbers:
        told = {"registered": room.registered_in(lane), **told}
    for name in told:  # no text in a status has this mark, since quotes are escaped there
        before, mark, after = text.partition(f',"{name}":')
        text = f"{before}{after.lstrip('0123456789')}" if mark else text
    own = "".join(f',"{name}":{value}' for name, value in told.items())
    return f'{text}{own},"lane":"{lane}"'


def drawn_in_lane(room: CurrentRoom | None, lane: str, position: int | None) -> int | None:
    """The place in the slow lane that was drawn, as the proof has it: the number that is shown
    there counts all who go in before. In other lanes both are the same."""
    if lane != SLOW or room is None or not room.snapshot.draw_lanes or not position:
        return None
    return drawn_lanes(room.snapshot.draw_lanes).by_shares(position)[1]


def place_in_lane(drawn: int | None) -> str:
    """The same for the answer to a poll."""
    return "" if drawn is None else f',"place_in_lane":{drawn}'


#: Those who may still come in, and so are told whether something will be left for them.
_MAY_COME = frozenset({"none", "waiting", "next", "may_enter"})


def odds_for(room: CurrentRoom | None, standing: Standing) -> Odds | None:
    """Whether what is left will reach somebody; None: it is not known, or no question any more."""
    if room is None or standing.you not in _MAY_COME:
        return None
    return odds_of(room, standing.position)


def outlook(
    standing: Standing, settings: Settings, wait: tuple[int, int] | None, odds: Odds | None
) -> str:
    """The part of a standing, as JSON, that many visitors have in common. `wait` is its wait, and
    `odds` are its odds."""
    # Without the public numbers nobody can work out how the line moves.
    watch = standing.watch if settings.public_numbers else "position"
    behind = standing.behind if settings.public_numbers else None
    return (
        f'"may_enter":{"true" if standing.may_enter else "false"},'
        f'"wait_seconds":{_range(wait)},'
        f'"wait_reason":"{standing.wait_reason}",'
        f'"behind":{_number(behind)},'
        f'"odds":{odds.as_json if odds else "null"},'
        f'"claim_by":{_number(standing.claim_by)},'
        f'"retry_after":{standing.retry_after:.1f},'
        f'"watch":"{watch}"'
    )


def _number(value: float | None) -> str:
    return "null" if value is None else repr(value)


def _range(wait: tuple[int, int] | None) -> str:
    return "null" if wait is None else f'{{"low":{wait[0]},"high":{wait[1]}}}'
