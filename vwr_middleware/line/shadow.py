"""Shadow mode: everybody comes in at once, and it is counted who would have had to wait.

Beside the real room an imagined one is kept: how many would be inside who came in at once, how many
who came in from the line (the late ones), and how many would be in line. Somebody who comes goes
into it if there is a slot and nobody is in line, else to the end of the line. A slot that gets free
goes to the next in line.

Whoever came in at once leaves the imagined room with the real one. Of those who leave the real room
the part are such people that they are of all who are in it: nobody knows which of them it was. So
without a line both rooms are the same. Whoever is late is out of the real room long before, or
would be: of them as many leave as leave of all who are inside, by how long visits have lasted
lately.
"""

from math import exp

from vwr_middleware.line.capacity import pace_by
from vwr_middleware.line.constants import SHADOW_FADES
from vwr_middleware.line.state import Line, Numbers


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
        numbers.shadow_late = numbers.shadow_ended = numbers.shadow_stayed = 0.0
    elif now > numbers.shadow_at:
        _pass_by(line, now - numbers.shadow_at, line.sessions.count() + gone)
    numbers.shadow_at = now
    leave_shadow(line, gone)


def leave_shadow(line: Line, gone: int) -> None:
    """So many have left the real room."""
    numbers = line.numbers
    if not numbers.shadow_at:
        return
    if gone:
        numbers.shadow_ended += gone
        numbers.shadow_inside *= 1 - gone / (line.sessions.count() + gone)
    free = line.moment.limit - numbers.shadow_inside - numbers.shadow_late
    numbers.shadow_late += _move_up(numbers, max(0.0, free))


def come_in_shadow(line: Line) -> None:
    """Somebody comes: into the imagined room, or to the end of its line."""
    numbers = line.numbers
    if not numbers.shadow_at:
        return
    has_pace = pace_by(numbers)[0] is not None
    # Of whoever is late a part of a person may be left: it counts as one from a half on.
    is_free = numbers.shadow_inside + numbers.shadow_late < line.moment.limit - 0.5
    if numbers.shadow_line < 1 and is_free and (not has_pace or numbers.shadow_tokens >= 1):
        numbers.shadow_inside += 1
        numbers.shadow_tokens -= 1 if has_pace else 0
        return
    numbers.shadow_line += 1
    numbers.would_wait += 1


def _pass_by(line: Line, passed: float, inside: int) -> None:
    """So many seconds have passed, with so many inside the real room. Of the late ones a part has
    left meanwhile, and as long as there is a line their slots were taken again at once."""
    numbers, before = line.numbers, line.numbers.shadow_line
    rate, burst = pace_by(numbers)
    if rate is not None:
        most = max(burst, 1.0)
        numbers.shadow_tokens = min(most, numbers.shadow_tokens + rate * passed)
    fades = 0.5 ** (passed / SHADOW_FADES)
    numbers.shadow_ended *= fades
    numbers.shadow_stayed = numbers.shadow_stayed * fades + inside * passed
    if numbers.shadow_late and numbers.shadow_stayed:
        leave = numbers.shadow_ended / numbers.shadow_stayed * passed
        left = leave * numbers.shadow_late
        if left > 0:
            moved = _move_up(numbers, left)
            numbers.shadow_late *= exp(-leave * (1 - moved / left))
    numbers.shadow_waited += (before + numbers.shadow_line) / 2 * passed


def _move_up(numbers: Numbers, slots: float) -> float:
    """So many slots are free for the line. Returns how many of them it takes."""
    moved = min(numbers.shadow_line, slots)
    if pace_by(numbers)[0] is not None:
        moved = min(moved, numbers.shadow_tokens)
        numbers.shadow_tokens -= moved
    numbers.shadow_line -= moved
    return moved
