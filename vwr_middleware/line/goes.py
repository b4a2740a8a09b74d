"""Who was told to come in (the verdict `go`) and has not come: a row each, called a go.

A go says three things: the visitor's position; the moment, in turn time (late.py), from which its
time at the door runs; and whether this is its second time. It is kept as two numbers, which only
this file reads and writes: the position, and the moment, negative for the second time.

If the time is to begin only when the visitor is next told to come, the moment lies ahead, so far
that the go is not forgotten before. Once the time is over, the moment is set to `claim_within`
before the visitor last asked.
"""

from vwr_middleware.line.constants import GOES_SPAN
from vwr_middleware.line.numbers import Numbers

Go = list[float]


def go_of(numbers: Numbers, position: int) -> Go | None:
    """The go of a position; None if it was not told to come in, or has come or left since."""
    return next((go for go in numbers.goes if go[0] == position), None)


def new_go(numbers: Numbers, position: int, moment: float) -> Go:
    """A go whose time begins later."""
    return [float(position), _later(numbers, moment)]


def go_since(go: Go) -> float:
    """Since when the visitor's time at the door runs."""
    return abs(go[1])


def go_is_second(go: Go) -> bool:
    return go[1] < 0


def write_go(go: Go, since: float, is_second: bool) -> None:
    go[1] = -since if is_second else since


def begin_later(numbers: Numbers, go: Go, moment: float, is_second: bool) -> None:
    """The visitor's time begins when it is next told to come."""
    write_go(go, _later(numbers, moment), is_second)


def _later(numbers: Numbers, moment: float) -> float:
    return float(moment + GOES_SPAN * numbers.rules["claim_within"])


def forget_goes(numbers: Numbers, moment: float) -> None:
    """Forget those who have not asked for long."""
    span = GOES_SPAN * numbers.rules["claim_within"]
    # `go_since`, written out here and below for speed: there may be hundreds.
    numbers.goes = [go for go in numbers.goes if moment - abs(go[1]) < span]


def overdue_goes(numbers: Numbers, moment: float) -> int:
    """How many have had their time and have not come."""
    within = numbers.rules["claim_within"]
    return sum(moment - abs(since) >= within for _, since in numbers.goes)


def forget_go(numbers: Numbers, position: int) -> None:
    """Forget the go of somebody who came or left."""
    numbers.goes = [go for go in numbers.goes if go[0] != position]
