"""What a refresh of several rooms answers where some of them cannot be read."""

from collections.abc import Sequence

from vwr_middleware.errors import RoomsUnread, WaitingRoomError
from vwr_middleware.line.messages import Snapshot


def all_read(found: Sequence[Snapshot | WaitingRoomError]) -> list[Snapshot]:
    """The rooms, if all were read. Raises RoomsUnread, or the error of a room that was alone."""
    rooms = [room for room in found if isinstance(room, Snapshot)]
    if len(rooms) == len(found):
        return rooms
    raise found[0] if len(found) == 1 and isinstance(found[0], Exception) else RoomsUnread(found)
