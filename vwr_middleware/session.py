"""The session that the wrapped app finds with a request."""

from typing import TYPE_CHECKING

from vwr_middleware.line.answers import Ending

if TYPE_CHECKING:
    from vwr_middleware.desk import Desk
    from vwr_middleware.worker import RoomView


class Session:
    """A visitor's stay behind the waiting room, in the app's hands.

    `expires_at` is seconds since the epoch by the store's clock; `seconds_left` is the same,
    counted from this request.
    """

    __slots__ = ("_desk", "_view", "expires_at", "generation", "is_new", "position", "seconds_left")

    def __init__(
        self,
        desk: "Desk",
        view: "RoomView",
        generation: int,
        position: int,
        expires_at: float,
        seconds_left: float,
        is_new: bool = False,
    ) -> None:
        self._desk, self._view = desk, view
        self.generation, self.position = generation, position
        self.expires_at, self.seconds_left = expires_at, seconds_left
        self.is_new = is_new

    @property
    def room(self) -> str:
        """The room's name."""
        return self._view.name

    @property
    def id(self) -> str:
        """The session's name everywhere: for `complete` from a webhook or another process."""
        return f"{self.generation}-{self.position}"

    def complete(self) -> None:
        """The visitor is done: the session ends here at once, in the store after the response."""
        self._end("completed")

    def abandon(self) -> None:
        """The visitor gave up: likewise."""
        self._end("abandoned")

    def _end(self, how: Ending) -> None:
        self._desk.mark_ended(self._view, self.id, how)

    def __repr__(self) -> str:
        return f"<Session {self.id} of room {self.room}>"
