"""Who was told to come in (the verdict `go`) and has not come: a row each, called a go.

Slots are held for such a visitor for `claim_within`, in turn time (late.py): that is its time. It
may have a second one, but no third. A go is in one of four states, and held_slots.py says what
leads from one to another:

    ahead    its time begins when the visitor is next told to come in
    running  its time has begun
    over     its time is over
    back     its first time is over, and since then the visitor was silent for longer than a hidden
             page is

A go is kept as two numbers, which only this file reads and writes: the position, and the moment
at which its time begins, negative for the second time. While its time is ahead, the moment lies so
far ahead that the go is not forgotten before. Whenever the visitor asks after its time is over, the
moment is set to `claim_within` before then, so that it is the silence alone that brings it back.
"""

from typing import Literal

from vwr_middleware.line.constants import GOES_KEPT, GOES_SPAN, HIDDEN_UNTIL
from vwr_middleware.line.state import Numbers

Go = list[float]
GoState = Literal["ahead", "running", "over", "back"]


def go_of(numbers: Numbers, position: int) -> Go | None:
    """The go of a position; None if it was not told to come in, or has come or left since."""
    return next((go for go in numbers.goes if go[0] == position), None)


def new_go(numbers: Numbers, position: int, moment: float) -> Go | None:
    """A go whose time is ahead; None if there are too many to remember another."""
    if len(numbers.goes) >= GOES_KEPT:
        return None
    go = [float(position), 0.0]
    start_later(numbers, go, moment, is_second=False)
    numbers.goes.append(go)
    return go


def go_since(go: Go) -> float:
    """When the visitor's time begins."""
    return abs(go[1])


def is_second_time(go: Go) -> bool:
    return go[1] < 0


def go_state(numbers: Numbers, go: Go, moment: float) -> GoState:
    passed, within = moment - abs(go[1]), numbers.rules["claim_within"]
    if passed < 0:
        return "ahead"
    if passed < within:
        return "running"
    return "over" if is_second_time(go) or passed - within <= HIDDEN_UNTIL else "back"


def start_go(go: Go, moment: float, is_second: bool) -> None:
    """The visitor's time begins at this moment."""
    go[1] = -moment if is_second else moment


def start_later(numbers: Numbers, go: Go, moment: float, is_second: bool) -> None:
    """The visitor's time begins when it is next told to come in."""
    start_go(go, moment + GOES_SPAN * numbers.rules["claim_within"], is_second)


def stay_over(numbers: Numbers, go: Go, moment: float) -> None:
    """The visitor asks, but its time is over."""
    start_go(go, moment - numbers.rules["claim_within"], is_second_time(go))


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
