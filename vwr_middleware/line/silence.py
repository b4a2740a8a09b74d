"""A crowd that falls silent at once.

It has not left: nobody could be heard, since the store stood still, or what lies before the app.
When the first are heard again nobody knows yet who else is there, and the rule, which counts those
who are present, would call nearly the whole line for a few slots. So the room listens for a moment
before it calls anybody. The first that it hears may be old: a store that stood still finds steps
in its queue.
"""

from math import inf

from vwr_middleware.line.bits import WINDOWS
from vwr_middleware.line.constants import CROWD, HARDLY_ANY, LISTEN, PRESENCE_WINDOW
from vwr_middleware.line.numbers import Numbers, nearest
from vwr_middleware.line.parts import Line


def listens(numbers: Numbers, now: float) -> bool:
    """Whether the room is silent, or was until a moment ago, so that nobody is called yet."""
    return numbers.listens_until > now


def take_window(line: Line, now: float) -> None:
    """Go on to the presence window of this moment, and notice if that loses a whole crowd.

    Of the two windows that counted before, the earlier one tells how many there were. Programs that
    ask all at once, and then not for a minute, are in the later one alone, or they would be
    listened for again and again.
    """
    numbers, window = line.numbers, int(now // PRESENCE_WINDOW)
    # Until the rule has run since the last silence there is none, or it would never run again.
    may_begin = window > numbers.window and not numbers.listens_until
    there = _heard(line, numbers.window - 1) if may_begin else 0
    line.bits.rotate(numbers.window, window)
    numbers.window = window
    if there >= CROWD and _heard(line, window - 1) * HARDLY_ANY < there:
        numbers.listens_until = inf


def hear(line: Line, now: float) -> None:
    """Notice whether the silence is over. To be asked before the rule runs, when those who polled
    are noted."""
    numbers = line.numbers
    if not listens(numbers, now):
        numbers.listens_until = 0.0
    elif _heard(line, numbers.window):
        end_silence(numbers, now)


def end_silence(numbers: Numbers, now: float) -> None:
    """Listen for a moment, since somebody is heard, or comes new.

    Newcomers count too, since the crowd may have left: a program that takes no place never polls,
    and whoever joins a long line is not near.
    """
    numbers.listens_until = min(numbers.listens_until, now + LISTEN)


def _heard(line: Line, window: int) -> int:
    """How many of those who are near polled in a window."""
    return line.bits.count(WINDOWS[window % 3], line.numbers.serving, nearest(line.numbers))
