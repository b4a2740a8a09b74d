"""Whether a room has space for whoever joins next, and whether its line is full.

A number costs a request without a cookie, and so does not prove that anybody waits. For
`max_waiting` those count who have come back at least once, those who joined so lately that they had
no time to, and those far behind, who are told to read the public status alone.
"""

from vwr_middleware.line.bits import SEEN, SPENT
from vwr_middleware.line.calling import expected, first_counting
from vwr_middleware.line.capacity import OPEN_MODES, available
from vwr_middleware.line.constants import FIRST_POLL, HORIZON_LOG_SPAN, NEAR_COUNT
from vwr_middleware.line.parts import Line
from vwr_middleware.line.state import Numbers, log_value


def has_space(line: Line, mode: str, position: int, now: float) -> bool:
    """Whether the room has space for the next to join: the newcomer may be called, and a slot is
    free for which nobody is expected to come."""
    numbers = line.numbers
    most = numbers.inlet_serving
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
    if most is None or position - line.numbers.serving <= most:
        return False
    if people_in_line(line, now) < most:
        return False
    may_pass = most > 0 and has_space(line, mode, position, now)
    return not may_pass or first_counting(line, now) > 0


def people_in_line(line: Line, now: float) -> int:
    """How many are in line and not called, without the numbers to which nobody came back.

    While the room makes up for a loss of data, all numbers count: who came back is lost as well.
    """
    numbers, bits = line.numbers, line.bits
    after, to = numbers.serving, numbers.queue
    known = after if now < numbers.rebuilt_until else max(after, _told_to_poll(numbers, now))
    lately = int(log_value(numbers.queue_log, now - FIRST_POLL))
    came_back = bits.count(SEEN, after, known) + bits.newcomers(after, known, lately)
    return came_back + (to - known) - bits.count(SPENT, after, to)


def _told_to_poll(numbers: Numbers, now: float) -> int:
    """Up to here everybody has been near for so long that they know it, and so polls."""
    then = now - HORIZON_LOG_SPAN
    near = max(
        log_value(numbers.horizon_log, then), log_value(numbers.serving_log, then) + NEAR_COUNT
    )
    return min(numbers.queue, int(near))
