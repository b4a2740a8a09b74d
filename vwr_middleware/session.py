"""The session that the wrapped app finds with a request."""

from typing import TYPE_CHECKING

from vwr_middleware.line.answers import Ending

if TYPE_CHECKING:
    from vwr_middleware.desk import Desk
    from vwr_middleware.tokens import AccessToken
    from vwr_middleware.worker import RoomView


class Session:
    """A visitor's stay behind the waiting room, in the app's hands.

    `expires_at` is by the store's clock; `seconds_left` is the same, counted from this request.
    `is_new`: this very request has begun it. `has_ended`: this very request has ended it.
    """

    __slots__ = ("_desk", "_token", "_view", "began", "has_ended", "is_new", "seconds_left")

    def __init__(
        self,
        desk: "Desk",
        view: "RoomView",
        token: "AccessToken",
        seconds_left: float,
        is_new: bool = False,
    ) -> None:
        self._desk, self._view, self._token = desk, view, token
        self.seconds_left, self.is_new = seconds_left, is_new
        self.has_ended = False
        self.began: float | None = None  # of this request, while the app's load is measured

    @property
    def room(self) -> str:
        """The room's name."""
        return self._view.name

    @property
    def id(self) -> str:
        """The session's name everywhere: for `complete` from a webhook or another process."""
        return self._token.session_id

    @property
    def position(self) -> int:
        """The queue position that it came with."""
        return self._token.position

    @property
    def generation(self) -> int:
        """The room's generation in which it began."""
        return self._token.generation

    @property
    def expires_at(self) -> float:
        """When it ends unless it is renewed, in seconds since the epoch."""
        return self._token.expires_at

    def complete(self) -> None:
        """The visitor is done: the session ends here at once, in the store after the response."""
        self._end("completed")

    def abandon(self) -> None:
        """The visitor gave up: likewise."""
        self._end("abandoned")

    def _end(self, how: Ending) -> None:
        self.has_ended = True
        self._desk.mark_ended(self._view, self.id, how)

    def __repr__(self) -> str:
        return f"<Session {self.id} of room {self.room}>"
