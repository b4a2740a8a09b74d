"""The draw: whoever registers before the opening gets a place by lot, as the room opens.

Registering is a generation of its own: who comes gets a number in it, as everybody does who joins,
and nobody is called. The opening is the draw. It begins the next generation, with as many positions
handed out as people have registered, and nobody called. No order is drawn up or kept: which place a
number has is worked out by whoever asks, from the secret seed, the number, and how many there are
(see the folder draw/). So a draw costs the same for ten people and for a million. Where the room
has lanes, each of them is drawn by itself (drawn_lanes.py).

What people had left while they registered is found by their numbers: those rows (moved places,
resume codes, subscriptions) are kept at negative positions, and stay there. Identities of the
generation before count on, too.

The first step at or after the opening makes the draw, whoever takes it, so nobody comes in between.
It is made once: a generation that was drawn is never drawn again, even if a clock is set back or
the opening is moved. Only a room that was closed after its draw registers anew.
"""

from collections.abc import Mapping
from typing import Any

from vwr_middleware.line.bits import SEEN
from vwr_middleware.line.capacity import clamp, mode_by
from vwr_middleware.line.clock import wall
from vwr_middleware.line.constants import (
    AUDIT_ROWS,
    BEACON_MOST,
    DRAW_OVER,
    DRAWN,
    FAR_MOST,
    FIRST_LOOK_MOST,
    FIRST_LOOKS,
    GATHER_MOST,
    GATHER_PART,
    GATHER_STEP,
    HORIZON_LATE,
    LOOKS_MOST,
    NEAR_LEAST,
    NEAR_MOST,
    NO_DRAW,
    OPENING_KNOWN,
    POLL_LATE,
    QUEUE_LOG_SPAN,
    REGISTERING,
)
from vwr_middleware.line.drawn_lanes import (
    drawn_lanes,
    knows_more_of_drawn,
    lay_drawn,
    lift_drawn_lanes,
    word_of_draw,
)
from vwr_middleware.line.lanes import lay_behind, nth_taken
from vwr_middleware.line.messages import Ask, Seen
from vwr_middleware.line.minutes import count_from, count_up
from vwr_middleware.line.poll_horizon import needed
from vwr_middleware.line.state import Line, Numbers, last_near

#: The modes in which an opening is one: a room that is closed or off draws when it is neither.
_DRAWS = ("auto", "queue", "paused")


def opening_of(rules: Mapping[str, Any]) -> float | None:
    """Which opening these rules draw at, as a moment on the wall; None: they do not draw."""
    return rules.get("opens_at") if rules.get("draw") else None


def registers_from(rules: Mapping[str, Any]) -> float | None:
    """From when on people register for that opening; None: at any time before."""
    return rules.get("draw_from") if rules.get("draw") else None


def comes_too_early(numbers: Numbers, now: float) -> bool:
    """Whether nobody can register yet."""
    begins = registers_from(numbers.rules) if numbers.draw == REGISTERING else None
    return begins is not None and wall(numbers, now) < begins


def follow_draw(line: Line, now: float) -> list[tuple[str, str]]:
    """Begin to register, or draw, if it is time. Every step does this as it begins."""
    numbers = line.numbers
    if numbers.draw == NO_DRAW and not numbers.rules.get("draw"):
        return []
    mode = mode_by(numbers.rules, wall(numbers, now))
    if numbers.draw == REGISTERING:
        return _draw_if_settled(line, now) if mode in _DRAWS else []
    if numbers.draw == DRAWN and mode == "closed":
        numbers.draw = DRAW_OVER
    elif numbers.draw == DRAW_OVER and mode not in ("closed", "scheduled"):
        numbers.draw = DRAWN  # it was closed only for a while
    elif numbers.draw != DRAWN and mode == "scheduled" and opening_of(numbers.rules) is not None:
        _begin_to_register(line)
    return []


def _begin_to_register(line: Line) -> None:
    """Whoever has a place in a line that was never called is registered. Any other line is over."""
    numbers = line.numbers
    if numbers.draw != NO_DRAW or numbers.serving:
        count_up(numbers)
        line.new_generation(numbers.generation + 1)
        count_from(numbers)
    else:
        _keep_by_number(line)
    numbers.draw = REGISTERING


def _keep_by_number(line: Line) -> None:
    """Keep what people have left at the negative positions. Codes, which are short-lived, go."""
    numbers = line.numbers
    for position, device in line.moved.oldest(numbers.queue):
        numbers.moved_last += 1
        line.moved.remove(position)
        line.moved.put(-position, device, numbers.moved_last)
    for position, kept in line.subscriptions.after(0, numbers.subscribers):
        line.subscriptions.remove(position)
        line.subscriptions.put(-position, kept)
    line.codes.clear()


def _draw_if_settled(line: Line, now: float) -> list[tuple[str, str]]:
    """The draw, but not while workers may know of people of whom the store does not."""
    numbers = line.numbers
    if now < max(numbers.numbers_from, numbers.slots_from) or numbers.doubted_at:
        return []
    lanes = word_of_draw(numbers)
    draw(line, drawn_lanes(lanes).count if lanes else numbers.queue, lanes, now)
    before = {"generation": numbers.generation - 1, "told": numbers.draw_told}
    if lanes:
        before["lanes"] = lanes
    line.journal.add_audit([now, "", "draw", before, numbers.drawn], AUDIT_ROWS)
    return [("drawn", str(numbers.drawn))]


def draw(line: Line, count: int, lanes: str, now: float) -> None:
    """Open the line, in which those who have registered, so many, have places by lot: in `lanes`,
    as drawn_lanes.py has it, if the room has any.

    Nobody knows yet who of them is still there. For a moment, in which their pages look where they
    stand, nobody is called: or the rule would call nearly all of them for a few slots.
    """
    numbers = line.numbers
    told, beacon = numbers.draw_told, numbers.rules.get("draw_beacon")
    if beacon and ":" not in told:  # kept as it is now: another value would be another order
        told = f"{told}:{beacon.encode().hex()}"
    forget_set_beacon(numbers)
    count_up(numbers)
    line.new_generation(numbers.generation + 1, is_drawn=True)
    numbers.draw, numbers.draw_told = DRAWN, told
    numbers.drawn, numbers.draw_lanes = count, lanes
    if lanes:
        lay_drawn(numbers)
    else:
        numbers.queue = count
        lay_behind(numbers)
    numbers.drawn_at = wall(numbers, now)
    # None of them has just joined.
    numbers.queue_log = [[now - QUEUE_LOG_SPAN, float(numbers.queue)]]
    count_from(numbers)
    if count and not numbers.rules.get("counts_unheard"):
        is_known = now - numbers.opening_changed >= OPENING_KNOWN
        within = look_within(count) if is_known else longest_look(count)
        numbers.gathers_until = now + within * POLL_LATE + HORIZON_LATE
        numbers.gathers_most = numbers.gathers_until + GATHER_MOST
    numbers.horizon, numbers.horizon_at = nth_taken(numbers, int(needed(line, now)) + 1), now


def gather_on(line: Line, now: float) -> None:
    """Call nobody for a moment more, while many are heard who were not heard before."""
    numbers = line.numbers
    is_over = numbers.serving or numbers.gathers_until >= numbers.gathers_most
    if is_over or now < numbers.gathers_until - GATHER_STEP / 2:
        return
    heard = line.bits.count(SEEN, 0, last_near(numbers))
    if heard * GATHER_PART > numbers.gathered * (GATHER_PART + 1):
        numbers.gathers_until = min(numbers.gathers_most, now + GATHER_STEP)
        numbers.gathered = heard
    else:
        numbers.gathers_most = numbers.gathers_until


def look_within(count: int) -> float:
    """In how many seconds so many pages look where they stand: so that they are no flood."""
    return clamp(count / FIRST_LOOKS, NEAR_LEAST, FIRST_LOOK_MOST)


def longest_look(count: int) -> float:
    """The longest interval, in seconds, of pages that wait for the draw."""
    return NEAR_MOST if count <= LOOKS_MOST else FAR_MOST


def take_told(line: Line, ask: Ask, now: float) -> None:
    """Keep what a worker says of the seed, once, before anything is drawn: its commitment, and
    later, behind a colon, the public value that is mixed in."""
    numbers, told = line.numbers, line.numbers.draw_told
    if numbers.draw != REGISTERING or ask.generation != numbers.generation:
        return
    commitment, _, beacon = ask.draw_told.partition(":")
    if not told:
        numbers.draw_told = told = commitment
    if told == commitment and beacon and _is_near(numbers, now):
        numbers.draw_told = ask.draw_told


def _is_near(numbers: Numbers, now: float) -> bool:
    """Whether the opening is so near that a public value may be for it, and for no earlier one."""
    opens_at = opening_of(numbers.rules)
    return opens_at is not None and opens_at - wall(numbers, now) <= BEACON_MOST


def forget_beacon(line: Line, now: float) -> None:
    """If the opening was put off: a public value that is known already must not decide the draw."""
    numbers = line.numbers
    opens_at = opening_of(numbers.rules)
    if numbers.draw == REGISTERING and opens_at is not None and opens_at > wall(numbers, now):
        numbers.draw_told = numbers.draw_told.partition(":")[0]


def is_put_off(numbers: Numbers, before: float | None) -> bool:
    """Whether people who register now wait for a later opening than this one."""
    opens_at = opening_of(numbers.rules)
    later = opens_at is not None and before is not None and opens_at > before
    return later and numbers.draw == REGISTERING


def forget_set_beacon(numbers: Numbers) -> None:
    """The value that an operator has set was for one draw: that one is made, or put off."""
    if numbers.overrides.get("draw_beacon") is not None:
        del numbers.overrides["draw_beacon"]
        followed_to = numbers.followed_to
        numbers.lay_rules()
        numbers.followed_to = followed_to  # the opening is still to be told


# After a loss of data: see data_loss.py.


def take_draw(numbers: Numbers, seen: Seen) -> None:
    """Have the draw of a room that was lost."""
    numbers.draw, numbers.drawn, numbers.draw_told = seen.draw, seen.drawn, seen.draw_told
    numbers.drawn_at, numbers.draw_lanes = seen.drawn_at, seen.draw_lanes


def knows_more_of_draw(seen: Seen, numbers: Numbers) -> bool:
    """Whether a worker knows more of the draw in this generation than the store does."""
    if seen.draw > NO_DRAW and numbers.draw == NO_DRAW:
        return True
    if seen.draw_lanes:
        return knows_more_of_drawn(numbers.draw_lanes, seen.draw_lanes)
    return seen.drawn > numbers.drawn and not numbers.draw_lanes


def lift_draw(numbers: Numbers, seen: Seen) -> None:
    """Take over what a worker knows of the draw in this generation. The greater number of people
    counts: by that one, people may have been told their places."""
    if knows_more_of_draw(seen, numbers):
        numbers.draw, numbers.drawn = seen.draw, seen.drawn
        lift_drawn_lanes(numbers, seen.draw_lanes)
        numbers.draw_told = seen.draw_told or numbers.draw_told
        numbers.drawn_at = seen.drawn_at or numbers.drawn_at
    elif not numbers.draw_told:
        numbers.draw_told = seen.draw_told


def was_drawn_meanwhile(numbers: Numbers, seen: Seen) -> bool:
    """Whether a worker knows that the people who register here were drawn since."""
    is_next = seen.generation == numbers.generation + 1
    return numbers.draw == REGISTERING and is_next and seen.draw >= DRAWN
