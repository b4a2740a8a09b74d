"""The answer to a step, as the room stands after it."""

from collections.abc import Sequence

from vwr_middleware.line.answers import Turn, Verdict
from vwr_middleware.line.capacity import active
from vwr_middleware.line.parts import Line
from vwr_middleware.line.session_ids import session_id


def turn_of(
    line: Line,
    verdict: Verdict,
    position: int,
    now: float,
    events: Sequence[tuple[str, str]],
    generation: int | None = None,
    ahead: int = 0,
    device: int = 0,
) -> Turn:
    """The answer to the visitor of a position, of the present generation unless one is given."""
    numbers = line.numbers
    generation = numbers.generation if generation is None else generation
    expires, unconfirmed = 0.0, False
    running = line.sessions.get(session_id(generation, position)) if verdict == "entered" else None
    if running is not None:
        until, unconfirmed = running
        expires = until if unconfirmed else until - numbers.rules["session_grace"]
    return Turn(
        verdict,
        now,
        numbers.room_id,
        generation,
        position,
        expires,
        unconfirmed,
        ahead,
        numbers.serving,
        numbers.queue,
        tuple(events),
        active(line),
        numbers.totals["claimed"],
        device,
    )
