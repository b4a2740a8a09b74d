"""What a visitor who waits may like to know besides the wait: how many are behind, and how many
went in lately. Both follow from one reading of the room.
"""

from vwr_middleware.line.messages import AT, CLAIMED
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.wait_estimates import rounded_by

_LATELY = 60.0  # seconds
_LOG_GAP = 60.0  # seconds between two rows of the log that say nothing of the time between them


def people_behind(room: CurrentRoom, position: int) -> int | None:
    """How many people are in line behind a position, as far as we know, and rather too few.

    Those count who are present; beyond the horizon, where nobody is heard, the part that is usual.
    None where there may be nobody, for nobody is told to be last, and while nobody knows it.
    """
    read = room.snapshot
    # Positions are rounded to the front: of those who are told the same, the last one counts.
    position += rounded_by(room, position)
    reach = max(read.serving, min(read.horizon, read.queue))
    near = max(0, reach - max(position, read.serving))
    behind = read.present_ahead * near / max(1, reach - read.serving)
    beyond = read.queue - max(position, reach)
    if beyond > 0:
        behind += read.seen_ahead * read.share * beyond / (read.queue - reach)
    return int(min(behind, read.queue - position)) or None if position < read.queue else None


def went_in_lately(room: CurrentRoom) -> int | None:
    """How many entered in the minute before the reading, or since the line began; None if the log
    does not say, or nobody has in a line that has only begun."""
    read, begin = room.snapshot, room.now - _LATELY
    after = next((n for n, row in enumerate(read.flow_log) if row[AT] > begin), len(read.flow_log))
    now = [room.now, 0.0, float(read.totals["claimed"])]
    if not after:  # it is younger, and so is all that it tells
        return round(now[CLAIMED] - read.flow_log[0][CLAIMED]) or None if read.flow_log else None
    before = read.flow_log[after - 1]
    later = read.flow_log[after] if after < len(read.flow_log) else now
    passed = later[AT] - before[AT]
    if passed > _LOG_GAP:  # nobody asked for a while
        return None
    part = (begin - before[AT]) / passed if passed > 0 else 0.0
    claimed = before[CLAIMED] + part * (later[CLAIMED] - before[CLAIMED])
    return max(0, round(now[CLAIMED] - claimed))
