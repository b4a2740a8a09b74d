"""What can go wrong, as one small family."""

import struct
from collections.abc import Sequence
from typing import Any

#: What reading a store's answer raises if the store holds something that nobody wrote.
DAMAGE = (ValueError, TypeError, LookupError, AttributeError, OverflowError, struct.error)


class WaitingRoomError(Exception):
    """The base of every error that this package raises on purpose."""

    @property
    def told(self) -> str:
        """The error as an operator reads it."""
        return str(self)


class ConfigurationError(WaitingRoomError):
    """The settings cannot work. `problems` lists every reason, each with its fix."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "\n".join(("the waiting room cannot start:", *map("- {}".format, problems)))
        )


class Refused(WaitingRoomError):
    """What an operator asked for cannot be done, for these problems. Nothing was changed."""

    def __init__(self, *problems: str, status: int = 422) -> None:
        super().__init__("; ".join(problems))
        self.problems, self.status = problems, status


class StoreUnavailable(WaitingRoomError):
    """The store did not answer in time, or not at all, or refused.

    `fix` says what an operator can do, if that is known.
    """

    def __init__(self, reason: str, fix: str = "") -> None:
        self.fix = fix
        super().__init__(reason)

    @property
    def told(self) -> str:
        """The reason, and what to do about it."""
        return f"{str(self).rstrip('.')}: {self.fix}" if self.fix else str(self)


class StoreBusy(StoreUnavailable):
    """The store did not answer in time: it is away, or only busy with a crowd."""


class StoreCrowded(StoreBusy):
    """A call's turn did not come in time, but the store answered others meanwhile."""


class StoreNotAsked(StoreUnavailable):
    """The store did not answer a moment ago, so it was not asked: nothing was done."""


class StoreDamaged(StoreUnavailable):
    """The store holds what nobody wrote. The log has the traceback, since it may be our fault."""


class RoomLost(WaitingRoomError):
    """The store answered, but it does not hold this room (any more)."""


class RoomsUnread(WaitingRoomError):
    """Some of several rooms could not be read.

    `found` has for each, in their order, what was read, or the error that says why it was not.
    """

    def __init__(self, found: Sequence[Any]) -> None:
        self.found = found
        super().__init__("; ".join(str(each) for each in found if isinstance(each, Exception)))


class RoomChanged(WaitingRoomError):
    """The store holds another room under this name by now, so the step was not taken.

    This worker has read the other room meanwhile, so a second try goes by that.
    """


class ForeignRoom(WaitingRoomError):
    """The store holds another room under this name: two stores serve one room."""
