"""Quiet hours: nobody's turn runs out in them, and nobody is told of it.

Turn time (held_slots.py) stands still in quiet hours. People who are there go in as ever; whoever
was called and sleeps has the whole time from the morning on. A worker says with each reading when
the latest quiet hours began and end, by the clock on the wall: the rule knows no time zones.
"""

from vwr_middleware.line.state import Numbers


def is_quiet(numbers: Numbers, now: float) -> bool:
    """Whether these are quiet hours."""
    return numbers.quiet_from <= now - numbers.ahead < numbers.quiet_until


def quiet_seconds(numbers: Numbers, since: float, until: float) -> float:
    """How many of the seconds between two moments were quiet ones, of the latest quiet hours."""
    since, until = since - numbers.ahead, until - numbers.ahead
    return max(0.0, min(until, numbers.quiet_until) - max(since, numbers.quiet_from))
