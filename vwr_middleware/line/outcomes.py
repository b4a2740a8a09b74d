"""What became of sessions: a list of those that ended last, for operators.

It has so many rows at most as OUTCOME_ROWS, whatever comes. A store may keep it as a ring, in which
a session's place follows from how many have ended before it. That is known anyway, by the totals.
"""

from collections.abc import Sequence
from typing import Literal, get_args

from vwr_middleware.line.constants import OUTCOME_ROWS
from vwr_middleware.line.day_log import note_ends
from vwr_middleware.line.state import Line

#: How a session ended. It was `completed` or `abandoned` by the app, or `revoked` by an operator.
#: Or it ran out: it `expired`, or `lapsed`, since nobody has brought its first token back.
Outcome = Literal["completed", "abandoned", "revoked", "expired", "lapsed"]
OUTCOMES: tuple[str, ...] = get_args(Outcome)


def note_outcomes(line: Line, now: float, ended: Sequence[tuple[str, str]]) -> None:
    """Note how these sessions have ended, each as an event: how, and which. They are counted in
    the totals already."""
    if ended:
        last = sum(line.numbers.totals[how] for how in OUTCOMES)
        rows = [(now, session, how) for how, session in ended[-OUTCOME_ROWS:]]
        line.journal.add_outcomes(rows, last, OUTCOME_ROWS)
        note_ends(line, ended, now)
