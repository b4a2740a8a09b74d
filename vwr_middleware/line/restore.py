"""How an operator brings a room back that its store has lost and no worker remembers.

Then another room was born under its name, with a line of its own. That one goes, and whoever joined
it; the old one comes back as its visitors' tickets and tokens tell of it.
"""

from vwr_middleware.line.answers import Seen
from vwr_middleware.line.capacity import begin
from vwr_middleware.line.constants import AUDIT_ROWS, ENDED_AT_ONCE, REPLACED_MOST
from vwr_middleware.line.numbers import note_change, tell_later
from vwr_middleware.line.opening import let_return
from vwr_middleware.line.parts import Line


def restore(line: Line, former: Seen, who: str, now: float) -> bool:
    """Make the room the one that was lost. False, and nothing changes, if it is that already.

    Settings that operators have changed since are kept, and so is what is counted for good.
    """
    now, events = begin(line, now)
    numbers = line.numbers
    tell_later(numbers, events)
    old = numbers.room_id
    if old == former.room_id:
        return False
    _put_out(line)
    note_change(numbers, now)  # of old ones a worker may know more
    line.bits.store.wipe()
    line.new_generation(former.generation)
    numbers.room_id = former.room_id
    numbers.replaced = _with_one_more(numbers.replaced, old, former.room_id)
    numbers.queue = max(former.queue, former.serving)
    numbers.serving = numbers.horizon = former.serving
    let_return(numbers, now)
    numbers.rebuilt_active = former.active
    line.journal.add_audit([now, who, "restore", old, former.room_id], AUDIT_ROWS)
    return True


def _put_out(line: Line) -> None:
    """End the sessions of the room in between, whose names are those of others from now on."""
    numbers = line.numbers
    sessions = list(line.sessions.clear())
    numbers.totals["revoked"] += len(sessions)
    tell_later(numbers, [("revoked", session) for session in sessions])
    line.ended.drop(numbers.ended_last)
    # A worker that slept through it all may have more of the list of old.
    numbers.ended_last += ENDED_AT_ONCE


def _with_one_more(replaced: str, old: str, back: str) -> str:
    """The rooms that were replaced, the latest last: a worker tells their papers from foreign ones.

    One that comes back is replaced no more.
    """
    rooms = [room for room in (*replaced.split(), old) if room != back]
    return " ".join(rooms[-REPLACED_MOST:])
