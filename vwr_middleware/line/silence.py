"""A crowd that falls silent at once.

It has not left: nobody could be heard, since the store stood still, or what lies before the app.
When the first are heard again nobody knows yet who else is there, and the rule, which counts those
who are present, would call nearly the whole line for a few slots. So the room listens for a moment
before it calls anybody. The first that it hears may be old: a store that stood still finds steps
in its queue.
"""

from math import inf

from vwr_middleware.line.constants import CROWD, LISTEN, PRESENCE_WINDOW
from vwr_middleware.line.numbers import Numbers
from vwr_middleware.line.parts import Line


def listens(numbers: Numbers, now: float) -> bool:
    """Whether the room is silent, or was until a moment ago, so that nobody is called yet."""
    return numbers.listens_until > now


def take_window(line: Line, now: float) -> None:
    """Go on to the presence window of this moment, and notice if that loses a whole crowd.

    Of the windows before this the earlier one counts: programs that ask all at once, and then not
    for a minute, are in the later one alone, or they would be listened for again and again.
    """
    numbers, window = line.numbers, int(now // PRESENCE_WINDOW)
    is_crowd = window > numbers.window and _present(line, numbers.window - 1) >= CROWD
    line.bits.rotate(numbers.window, window)
    numbers.window = window
    if is_crowd and not _present(line, window):
        numbers.listens_until = inf


def hear(line: Line, now: float) -> None:
    """Notice whether the silence is over. To be asked when those who polled are noted."""
    if line.numbers.listens_until == inf and _present(line, line.numbers.window):
        line.numbers.listens_until = now + LISTEN


def _present(line: Line, window: int) -> int:
    return line.bits.present(line.numbers.serving, line.numbers.queue, window)
