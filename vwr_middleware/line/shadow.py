"""Shadow mode: everybody comes in at once, and it is counted who would have had to wait.

Beside the real room an imagined one is kept, of two numbers: how many would be inside, and how many
would be in line. Somebody who comes goes into it if there is a slot and nobody is in line, else to
the end of the line. Whoever leaves the real room leaves the imagined one with the part of people
who are in both: nobody knows which of them it was. A slot that gets free goes to the next in line.
So without a line both rooms are the same.
"""

from vwr_middleware.line.capacity import pace_by, usual_burst
from vwr_middleware.line.state import Line


def follow_shadow(line: Line, gone: int, now: float) -> None:
    """Bring the imagined room up to this step, which found so many gone from the real one."""
    numbers = line.numbers
    if line.moment.mode != "shadow":
        numbers.shadow_at = 0.0
        return
    if not numbers.shadow_at:
        inside = line.sessions.count()
        numbers.shadow_inside = float(min(inside, line.moment.limit))
        numbers.shadow_line, numbers.shadow_tokens = 0.0, 1.0
    else:
        _refill_shadow(line, now - numbers.shadow_at)
    numbers.shadow_at = now
    leave_shadow(line, gone)


def leave_shadow(line: Line, gone: int) -> None:
    """So many have left the real room."""
    numbers = line.numbers
    if not numbers.shadow_at:
        return
    if gone:
        numbers.shadow_inside *= 1 - gone / (line.sessions.count() + gone)
    free = max(0.0, line.moment.limit - numbers.shadow_inside)
    moved = min(numbers.shadow_line, free)
    if pace_by(numbers)[0] is not None:
        moved = min(moved, numbers.shadow_tokens)
        numbers.shadow_tokens -= moved
    numbers.shadow_inside += moved
    numbers.shadow_line -= moved


def come_in_shadow(line: Line) -> None:
    """Somebody comes: into the imagined room, or to the end of its line."""
    numbers = line.numbers
    if not numbers.shadow_at:
        return
    has_pace = pace_by(numbers)[0] is not None
    is_free = numbers.shadow_inside + 1 <= line.moment.limit
    if numbers.shadow_line < 1 and is_free and (not has_pace or numbers.shadow_tokens >= 1):
        numbers.shadow_inside += 1
        numbers.shadow_tokens -= 1 if has_pace else 0
        return
    numbers.shadow_line += 1
    numbers.would_wait += 1


def _refill_shadow(line: Line, passed: float) -> None:
    numbers = line.numbers
    rate, burst = pace_by(numbers)
    if rate is not None:
        most = max(burst or usual_burst(rate), 1.0)
        numbers.shadow_tokens = min(most, numbers.shadow_tokens + rate * max(0.0, passed))
