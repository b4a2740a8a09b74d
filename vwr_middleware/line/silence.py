"""A silence: nobody of a whole crowd is heard any more, all at once.

The crowd has not left: its polls could not get through, since the store, or something in front of
the app, stood still. When the first are heard again, the room does not know yet who else is there.
The rule counts those present, so it would call nearly the whole line for a few slots. So the room
listens for a moment before it calls anybody. What it hears first may be old steps that had to wait.
"""

from math import inf

from vwr_middleware.line.bits import WINDOWS
from vwr_middleware.line.constants import CROWD, HARDLY_ANY, LISTEN, PRESENCE_WINDOW
from vwr_middleware.line.parts import Line
from vwr_middleware.line.state import Numbers, last_near


def listens(numbers: Numbers, now: float) -> bool:
    """Whether there is a silence, or was one a moment ago, so that nobody is called yet."""
    return numbers.listens_until > now


def take_window(line: Line, now: float) -> None:
    """Go on to the presence window of this moment, and notice if a silence has begun.

    Of the two windows that counted before, the earlier one tells how large the crowd was. Programs
    that ask all at once, and then not for a minute, are in the later one only. If that one told,
    each of their pauses would be a silence.
    """
    numbers, window = line.numbers, int(now // PRESENCE_WINDOW)
    # None begins until the rule has run since the last one, or it might never run again.
    may_begin = window > numbers.window and not numbers.listens_until
    there = _heard(line, numbers.window - 1) if may_begin else 0
    line.bits.rotate(numbers.window, window)
    numbers.window = window
    if there >= CROWD and _heard(line, window - 1) * HARDLY_ANY < there:
        numbers.listens_until = inf


def hear(line: Line, now: float) -> None:
    """Notice whether the silence is over. Called before the rule runs, when polls are noted."""
    numbers = line.numbers
    if not listens(numbers, now):
        numbers.listens_until = 0.0
    elif _heard(line, numbers.window):
        end_silence(numbers, now)


def end_silence(numbers: Numbers, now: float) -> None:
    """Listen for a moment more, since somebody is heard or arrives.

    Arrivals count too, since the crowd may really have left, and then nobody near would ever be
    heard: a program that takes no place never polls, and whoever joins a long line is not near.
    """
    numbers.listens_until = min(numbers.listens_until, now + LISTEN)


def _heard(line: Line, window: int) -> int:
    """How many of those who are near polled in a window."""
    return line.bits.count(WINDOWS[window % 3], line.numbers.serving, last_near(line.numbers))
