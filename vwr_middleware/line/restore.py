"""How an operator brings back a room that its store has lost and no worker remembers.

After the loss a new room was made under its name, with a line of its own. That room goes away, with
everybody who joined it. The old one comes back as its visitors' tickets and tokens describe it.
"""

from vwr_middleware.line.called import forget_who_came
from vwr_middleware.line.constants import AUDIT_ROWS, REPLACED_MOST
from vwr_middleware.line.data_loss import let_return, number_above
from vwr_middleware.line.messages import Seen
from vwr_middleware.line.operator_steps import begin_by_hand
from vwr_middleware.line.parts import Line
from vwr_middleware.line.session_steps import put_all_out
from vwr_middleware.line.state import note_change


def restore(line: Line, now: float, former: Seen, *, who: str = "") -> bool:
    """Turn the room into the one that was lost. If it is that already, change nothing: False.

    Settings that operators have changed are kept, and so are the totals.
    """
    now = begin_by_hand(line, now)
    numbers = line.numbers
    old = numbers.room_id
    if old == former.room_id:
        return False
    _end_the_room_in_between(line)
    note_change(numbers, now)  # or a worker with a higher number would bring old settings back
    line.bits.store.wipe()
    line.new_generation(former.generation)
    numbers.room_id = former.room_id
    numbers.replaced = _with_one_more(numbers.replaced, old, former.room_id)
    numbers.queue = max(former.queue, former.serving)
    numbers.serving = numbers.horizon = former.serving
    forget_who_came(numbers, now)
    let_return(numbers, now)
    numbers.rebuilt_active = former.active
    line.journal.add_audit([now, who, "restore", old, former.room_id], AUDIT_ROWS)
    return True


def _end_the_room_in_between(line: Line) -> None:
    """End its sessions, and forget which have ended: from now on their ids mean other people."""
    numbers = line.numbers
    put_all_out(line)
    line.ended.drop(numbers.ended_last)
    number_above(numbers, 0)


def _with_one_more(replaced: str, old: str, back: str) -> str:
    """The ids of the rooms that were replaced, the latest last, without the one that comes back.

    By these a worker tells tickets and tokens of replaced rooms from those of another store.
    """
    rooms = [room for room in (*replaced.split(), old) if room != back]
    return " ".join(rooms[-REPLACED_MOST:])
