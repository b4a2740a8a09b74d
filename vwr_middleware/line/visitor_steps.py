"""What a visitor can do until a session begins: join, knock, claim, leave."""

from collections.abc import Sequence
from itertools import chain, repeat

from vwr_middleware.line.bits import LAPSED, SEEN, SPENT, WINDOWS
from vwr_middleware.line.calling import (
    count_newcomers,
    counts_unheard,
    end_silence,
    expect_no_more,
    expected,
    first_counting,
    listens,
    raise_serving,
)
from vwr_middleware.line.capacity import OPEN_MODES, available, count_claim
from vwr_middleware.line.constants import (
    FIRST_POLL,
    GIVEN_UP,
    HORIZON_LOG_SPAN,
    NEAR_COUNT,
    ONCE,
    POSITIONS_MOST,
    QUEUE_LOG_SPAN,
    QUEUE_LOG_STEP,
)
from vwr_middleware.line.day_log import note_entry, note_leave, note_moves, note_place
from vwr_middleware.line.draw import comes_too_early
from vwr_middleware.line.expiry import begin_by_worker
from vwr_middleware.line.held_slots import (
    hold_for_claim,
    needed_before,
    note_first_knock,
    note_in_time,
    put_at_door,
    take_from_door,
)
from vwr_middleware.line.lanes import (
    lane_in_force,
    lay_lanes,
    next_position,
    note_entered,
    note_joined,
    taken_after,
)
from vwr_middleware.line.messages import JoinKind, Knock, Place, Seen, Turn, Verdict
from vwr_middleware.line.places import (
    give_to,
    known_place,
    note_identity,
    standing,
    stands,
    turn_of,
)
from vwr_middleware.line.session_ids import session_id
from vwr_middleware.line.session_steps import bind, may_use
from vwr_middleware.line.shadow import come_in_shadow
from vwr_middleware.line.state import Line, Numbers, keep, log_value, tell_later
from vwr_middleware.line.subscriptions import forget_subscription

# Whether a room has space for whoever joins next, and whether its line is full.
#
# A number costs a request without a cookie, and so does not prove that anybody waits. For
# `max_waiting` those count who have come back at least once, those who joined so lately that they
# had no time to, and those far behind, who are told to read the public status alone.


def has_space(line: Line, mode: str, position: int, now: float) -> bool:
    """Whether the room has space for the next to join: the newcomer may be called, and a slot is
    free for which nobody is expected to come."""
    numbers = line.numbers
    most = numbers.inlet_serving
    if mode == "shadow":
        return line.moment.capacity > 0
    return (
        mode in OPEN_MODES
        and (most is None or position <= most)
        and (numbers.inlet_calls or numbers.credit > 0)
        and available(line) - expected(line, now) >= 1
    )


def is_full(line: Line, mode: str, position: int, now: float) -> bool:
    """Whether `max_waiting` are in line.

    If the room has space and none of them is present any more, they keep nobody out: the serving
    counter passes them over only when somebody joins behind them.
    """
    most = line.numbers.rules.get("max_waiting")
    last = max(position, line.numbers.queue)
    if most is None or mode == "shadow" or last - line.numbers.serving <= most:
        return False
    if people_in_line(line, now) < most:
        return False
    may_pass = most > 0 and has_space(line, mode, position, now)
    return not may_pass or first_counting(line, now) > 0


def people_in_line(line: Line, now: float) -> int:
    """How many are in line and not called, without the numbers to which nobody came back.

    While the room makes up for a loss of data, all numbers count: who came back is lost as well.
    So they do where some never come back before their turn (`counts_unheard`).
    """
    numbers, bits = line.numbers, line.bits
    after, to = numbers.serving, numbers.queue
    are_all_counted = now < numbers.rebuilt_until or counts_unheard(numbers)
    known = after if are_all_counted else max(after, _told_to_poll(numbers, now))
    lately = int(log_value(numbers.queue_log, now - FIRST_POLL))
    came_back = bits.count(SEEN, after, known) + count_newcomers(line, after, known, lately)
    behind = taken_after(numbers, to) - taken_after(numbers, known)
    return came_back + behind - bits.count(SPENT, after, to)


def _told_to_poll(numbers: Numbers, now: float) -> int:
    """Up to here everybody has been near for so long that they know it, and so polls."""
    then = now - HORIZON_LOG_SPAN
    near = max(
        log_value(numbers.horizon_log, then), log_value(numbers.serving_log, then) + NEAR_COUNT
    )
    return min(numbers.queue, int(near))


# What a visitor can do until a session begins: join, knock, claim, leave.


def join(
    line: Line,
    now: float,
    kinds: Sequence[JoinKind],
    seen: Seen | None = None,
    identities: Sequence[str] = (),
    lanes: Sequence[str] = (),
) -> list[Turn]:
    """Several visitors arrive, in this order.

    `identities` says who they are, where that is known ("": it is not), as `Store.join` has it.
    Whoever has a place already is told which, and nothing changes. So an identity that joins again,
    maybe since the first answer was lost, gets the same place. Where that was drawn, the worker is
    first told the number (`drawn`), and comes again with the position that it has got behind the
    identity.
    `lanes` says which lane each of them joins ("": none).
    """
    now, events = begin_by_worker(line, seen, now)
    numbers = line.numbers
    keep(numbers.queue_log, [now, float(numbers.queue)], QUEUE_LOG_STEP, QUEUE_LOG_SPAN)
    lay_lanes(numbers)
    mode = line.moment.mode
    end_silence(numbers, now)
    at_once, turns = _may_enter_at_once(line, mode, now), []
    for kind, who, lane in zip(
        kinds, chain(identities, repeat("")), chain(lanes, repeat("")), strict=False
    ):
        digests, _, place = who.partition(" ")
        if digests and (known := _turn_if_known(line, digests, int(place or 0), mode, now)):
            turns.append(known)
            continue
        verdict, position = _join_one(line, kind, lane, mode, at_once, now)
        if digests and position:
            note_identity(line, digests.partition(",")[0], position)
        if verdict in ("waiting", "full"):
            at_once = False  # now somebody waits
        if verdict == "entered":
            events.append(("claimed", session_id(numbers.generation, position)))
        elif verdict == "next":
            events.append(("called", f"{position}-{position}"))
        turns.append(turn_of(line, verdict, position, now, ()))
    note_moves(line, now)
    if events:
        turns[0].events = tuple(events)
    return turns


def _may_enter_at_once(line: Line, mode: str, now: float) -> bool:
    """While nobody is in line, as far as the room can know, newcomers may enter if it has space."""
    if mode not in ("auto", "off"):
        return mode == "shadow"
    return not listens(line.numbers, now) and not first_counting(line, now)


def _join_one(
    line: Line, kind: JoinKind, lane: str, mode: str, at_once: bool, now: float
) -> tuple[Verdict, int]:
    numbers = line.numbers
    lane = lane_in_force(numbers, lane)
    position, is_empty = next_position(line, lane), numbers.queue <= numbers.serving
    if refusal := _gives_no_number(line, mode, now):
        return refusal, 0
    if at_once and kind != "ticket" and has_space(line, mode, position, now):
        _take(line, lane, position, now)
        _serve_newcomer(line, position)
        _open_session(line, session_id(numbers.generation, position), position, now)
        return "entered", position
    if kind == "enter":
        return "refused", 0
    if not 0 < position <= POSITIONS_MOST or is_full(line, mode, position, now):
        return "full", 0
    _take(line, lane, position, now)
    if mode == "shadow":
        raise_serving(line, position)
        return "next", position
    if numbers.credit > 0 and is_empty and mode in OPEN_MODES:
        _serve_newcomer(line, position)
        return "next", position
    return "waiting", position


def _take(line: Line, lane: str, position: int, now: float) -> None:
    """Give a newcomer the next position of a lane. Where lanes leave some free, it is noted who
    just came: otherwise by their positions alone."""
    note_joined(line.numbers, lane, position)
    if line.numbers.layout:
        line.bits.store.set_many(WINDOWS[line.numbers.window % 3], (position,))
        note_place(line, position, now)


def _gives_no_number(line: Line, mode: str, now: float) -> Verdict | None:
    """Why the room gives nobody a number now, whoever it is."""
    if mode == "closed":
        return "closed"
    if not line.moment.gives_numbers:
        return "settling"
    return "early" if comes_too_early(line.numbers, now) else None


def _turn_if_known(line: Line, digests: str, drawn: int, mode: str, now: float) -> Turn | None:
    """What an identity that has a place is told. A closed room tells it to nobody."""
    if mode == "closed":
        return None
    known = ((each, known_place(line, each, now, drawn)) for each in digests.split(","))
    identity, place = next((pair for pair in known if pair[1] is not None), ("", None))
    if place is None:
        return None
    if place.generation != line.numbers.generation:
        return turn_of(line, "drawn", place.position, now, (), place.generation)
    is_over = identity.startswith(ONCE) and standing(line, place, now) == "spent"
    verdict: Verdict = "spent" if is_over else "known"
    return turn_of(line, verdict, place.position, now, (), device=place.device)


def _serve_newcomer(line: Line, position: int) -> None:
    """Call somebody who has just joined. That uses up one manual credit."""
    raise_serving(line, position)
    line.numbers.credit = max(0, line.numbers.credit - 1)


def knock(
    line: Line,
    now: float,
    place: Place,
    returns_in: float,
    hidden: bool = False,
    seen: Seen | None = None,
) -> Turn:
    """A called visitor's poll: told to come, or put at the door."""
    now, events = begin_by_worker(line, seen, now)
    position, verdict = place.position, _standing_here(line, place, now)
    if verdict != "next":
        return turn_of(line, verdict, position, now, events, place.generation)
    note_first_knock(line, position, now)
    ahead = needed_before(line, position, now)
    if ahead < available(line):
        hold_for_claim(line, position, now)
        return turn_of(line, "go", position, now, events)
    put_at_door(line, position, returns_in, hidden, now)
    return turn_of(line, "next", position, now, events, ahead=ahead)


def claim(
    line: Line, now: float, place: Place, returns_in: float, seen: Seen | None = None
) -> Turn:
    """Exchange a ticket whose turn has come for a session. Repeating it gives the same session."""
    now, events = begin_by_worker(line, seen, now)
    position, verdict = place.position, _standing_here(line, place, now)
    if verdict != "next":
        return turn_of(line, verdict, position, now, events, place.generation)
    note_first_knock(line, position, now)
    ahead = needed_before(line, position, now)
    if ahead < available(line):
        session = _session(place)
        _open_session(line, session, position, now)
        bind(line, session, place.marks)
        events.append(("claimed", session))
        return turn_of(line, "entered", position, now, events, session=session)
    put_at_door(line, position, returns_in, False, now, claims=True)
    return turn_of(line, "next", position, now, events, ahead=ahead)


def _standing_here(line: Line, place: Place, now: float) -> Verdict:
    """Where a ticket stands if it comes from the network of `place.marks`."""
    verdict = standing(line, place, now)
    if verdict == "entered" and not may_use(line, _session(place), place.marks):
        return "locked"
    return verdict


def _session(place: Place) -> str:
    return session_id(place.generation, place.position)


def knock_noted(line: Line, item: Knock, now: float) -> Verdict:
    """Take in a knock that a worker has already answered with "next" from its snapshot.

    Returns where the visitor really stands.
    """
    found = stands(line, line.numbers.generation, item.position, now)
    if found == "next":
        note_first_knock(line, item.position, now)
        put_at_door(line, item.position, item.returns_in, item.hidden, now)
    return found


def _open_session(line: Line, session: str, position: int, now: float) -> None:
    """Begin a session, with a short first token: the request that brings it back confirms it."""
    numbers = line.numbers
    rules = numbers.rules
    unconfirmed = rules["renew"] or not line.bits.get(LAPSED, position)
    until = now + rules["session_seconds"] + rules["session_grace"]
    if unconfirmed:  # `min`, since an operator may have made sessions shorter than `confirm_within`
        until = now + min(rules["confirm_within"], rules["session_seconds"])
    line.sessions.put(session, until, unconfirmed)
    numbers.tokens_until = max(numbers.tokens_until, until)
    line.bits.spend(position)
    numbers.spent_called += 1
    take_from_door(line, position)
    forget_subscription(line, position)
    note_in_time(line, position)  # if nobody confirms the session, the turn was still not missed
    if line.moment.per_second is not None and not line.bits.get(LAPSED, position):
        numbers.tokens -= 1
    if not line.bits.get(LAPSED, position):
        come_in_shadow(line)
        note_entered(numbers, position)
    count_claim(numbers, now)
    note_entry(line, position, now)


def leave(line: Line, now: float, place: Place, seen: Seen | None = None) -> Verdict:
    """Give up a place in line. Returns `left`, also if it was given up before, or why not."""
    now, events = begin_by_worker(line, seen, now)
    numbers = line.numbers
    tell_later(numbers, events)
    position, verdict = place.position, standing(line, place, now)
    if verdict not in ("waiting", "next", "missed"):
        return verdict
    tell_later(numbers, [("left", _session(place))])
    line.bits.forget(position)
    line.bits.spend(position)
    numbers.spent_called += int(position <= numbers.serving)
    take_from_door(line, position)
    if forget_subscription(line, position):
        expect_no_more(numbers, position)
    give_to(line, position, GIVEN_UP)
    numbers.totals["left"] += 1
    note_leave(line, position, now)
    return "left"
