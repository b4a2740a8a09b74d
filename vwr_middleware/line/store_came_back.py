"""After its store came back, a room settles: for a moment it gives no number and no slot.

A store that was restarted, or in whose place another has come, may have an older state of the room:
numbers and slots that it would give are somebody's. The worker that asks it first may know less
than the others. Each serving worker reads the room at least once a second and then says what it
knows (`lift` in data_loss.py). When all have had the time for it, the room goes on above the
highest.

A store is known to have come back by its run: a number that is another one after each start of a
server, and for each file. The room keeps the number of the run that it was last used in.

So does a room that the store had lost, once a worker has rebuilt it. And if a worker knows more
than the store, others may have let in people of whom it does not know. Then the room gives no slot,
but numbers above the highest.

Nor does it give any while it doubts a clock (clock_in_doubt.py).
"""

from vwr_middleware.line.constants import SETTLING
from vwr_middleware.line.state import Numbers


def note_run(numbers: Numbers, run: int, now: float) -> None:
    """The store's run is another than the one in which the room was last used: settle."""
    if numbers.run:
        settle(numbers, now)
    numbers.run = run


def settle(numbers: Numbers, now: float) -> None:
    """Give no number and no slot for a moment from now on."""
    numbers.numbers_from = now + SETTLING
    hold_slots(numbers, now)


def hold_slots(numbers: Numbers, now: float) -> None:
    """Give no slot for a moment from now on."""
    if now >= numbers.slots_from:
        numbers.slots_from = now + SETTLING
