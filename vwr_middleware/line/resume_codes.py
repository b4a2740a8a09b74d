"""Resume codes, by which a visitor moves a place to another device."""

from collections.abc import Sequence
from dataclasses import replace

from vwr_middleware.line.bits import SEEN
from vwr_middleware.line.capacity import look_around
from vwr_middleware.line.clock import time_at
from vwr_middleware.line.constants import CODE_LIFE, CODES_MOST, CODES_POLLED, DEVICES_MOST
from vwr_middleware.line.draw_numbers import is_drawn, row_of
from vwr_middleware.line.expiry import begin_by_worker, refuse_foreign
from vwr_middleware.line.messages import Move, Place, Seen, Verdict
from vwr_middleware.line.places import give_to, holder, standing, turn_of
from vwr_middleware.line.session_ids import session_id
from vwr_middleware.line.state import Code, Line, tell_later
from vwr_middleware.line.subscriptions import forget_subscription

#: The verdicts with which a place may move to another device: a session stays where it is.
MOVABLE = ("waiting", "next")


def keep_code(line: Line, now: float, place: Place, code: str, seen: Seen | None = None) -> Verdict:
    """Keep the hash of a resume code. An earlier code of the same place stops working."""
    now, events = begin_by_worker(line, seen, now)
    tell_later(line.numbers, events)
    verdict = standing(line, place, now)
    if verdict not in MOVABLE:
        return verdict
    if place.device >= DEVICES_MOST:
        return "refused"
    line.codes.prune(now)
    if not _has_room_for_code(line, place.position):
        return "refused"
    line.codes.put(code, Code(row_of(line.numbers, place.position), now + CODE_LIFE))
    return verdict


def _has_room_for_code(line: Line, position: int) -> bool:
    """Whether one more code may be kept.

    A number costs a request, so a program may have many. So where there are many codes, a place
    gets one only if somebody has come back to it.
    """
    kept = line.codes.count()
    return kept < CODES_POLLED or (kept < CODES_MOST and line.bits.get(SEEN, position))


def move(
    line: Line,
    now: float,
    codes: Sequence[str],
    attempt: str = "",
    seen: Seen | None = None,
    drawn: int = 0,
) -> Move:
    """Hand in a code: its place belongs to another device from now on.

    `codes` are the hashes of one code, by every secret. A request repeated with the same `attempt`
    gets the same device number again, since the first answer may have been lost. For anybody else
    the code is used up. A wrong code changes nothing: not even the step is begun.

    If the place was drawn since the code was made, the worker is first told its number (`drawn`),
    and comes again with the position that it has got.
    """
    refuse_foreign(line, seen)
    looked_at = time_at(line.numbers, now)
    found = next((code for code in codes if _working(line, code, looked_at)), None)
    if found is None:
        look_around(line, looked_at)
        return _refused(line, looked_at)
    now, events = begin_by_worker(line, seen, now)
    kept = _working(line, found, now)  # a new generation, of which the worker knew, has no codes
    if kept is None or (kept.device and (not attempt or kept.attempt != attempt)):
        tell_later(line.numbers, events)
        return _refused(line, now)
    place = _place_for(line, kept, drawn)
    if place.generation != line.numbers.generation:
        return Move(turn_of(line, "drawn", place.position, now, events, place.generation))
    generation, position = place.generation, place.position
    device = kept.device or holder(line, position, place.number)
    verdict = standing(line, replace(place, device=device), now)
    if verdict in MOVABLE and not kept.device:
        device += 1
        give_to(line, position, device)
        forget_subscription(line, position)  # it is the other device's
        line.codes.put(found, replace(kept, device=device, attempt=attempt))
        events.append(("moved", session_id(generation, position)))
    return Move(turn_of(line, verdict, position, now, events), device)


def _place_for(line: Line, kept: Code, drawn: int) -> Place:
    """The place that a code is for; `drawn` is its position, if the code is for a number."""
    numbers, row = line.numbers, kept.position
    if row > 0 or not is_drawn(numbers):
        return Place(numbers.generation, abs(row))
    if not drawn:
        return Place(numbers.generation - 1, -row)
    return Place(numbers.generation, drawn, number=-row)


def _working(line: Line, code: str, now: float) -> Code | None:
    kept = line.codes.get(code)
    return kept if kept is not None and kept.until > now else None


def _refused(line: Line, now: float) -> Move:
    return Move(turn_of(line, "unknown", 0, now, ()))
