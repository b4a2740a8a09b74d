"""The session that the wrapped app finds with a request."""

from typing import TYPE_CHECKING

from vwr_middleware.line.asks import Ending

if TYPE_CHECKING:
    from vwr_middleware.gate.inside import Inside
    from vwr_middleware.gate.measured import Measured
    from vwr_middleware.gate.watch import Watch
    from vwr_middleware.papers.tokens import AccessToken
    from vwr_middleware.worker.guests import Stay


class Session:
    """A visitor's stay behind the waiting room, in the app's hands.

    `expires_at` is store time. `id` names the session everywhere: keep it to end the session from a
    webhook or another process. `is_new`: this very request began it. `has_ended`: the app has ended
    it. Several requests of one visitor may get the same object.
    """

    __slots__ = ("_token", "has_ended", "id", "inside", "is_new", "measured", "stay")

    def __init__(
        self, inside: "Inside", token: "AccessToken", stay: "Stay", is_new: bool = False
    ) -> None:
        self.inside, self.stay = inside, stay  # for adapters, as is `measured`
        self._token, self.id = token, token.session_id
        self.is_new, self.has_ended = is_new, False
        self.measured: Measured | None = None  # this very request, if the app's load is measured

    @property
    def room(self) -> str:
        """The room's name."""
        return self.inside.room_name

    @property
    def room_id(self) -> str:
        """The room's id: a random mark that its store gave it once."""
        return self._token.room_id

    @property
    def position(self) -> int:
        """The queue position with which it began."""
        return self._token.position

    @property
    def generation(self) -> int:
        """The room's generation in which it began."""
        return self._token.generation

    @property
    def expires_at(self) -> float:
        """When it ends unless it is renewed, in seconds since the epoch."""
        return self._token.expires_at

    @property
    def seconds_left(self) -> float:
        """Seconds from now until it ends; 0 if it is let through beyond its end."""
        return max(0.0, self._token.expires_at - self.inside.now())

    def watch(self) -> "Watch | None":
        """For adapters: what says when it is over; None if its WebSockets are not closed then."""
        return self.inside.watch(self._token)

    def complete(self) -> None:
        """The visitor is done: the session ends here at once, in the store after the response."""
        self._end("completed")

    def abandon(self) -> None:
        """The visitor gave up. The slot is freed in the same way."""
        self._end("abandoned")

    def _end(self, how: Ending) -> None:
        self.has_ended = True
        self.inside.mark_ended(self, how)

    def __repr__(self) -> str:
        return f"<Session {self.id} of room {self.room}>"


def responded(session: Session | None, status: int) -> None:
    """The app has begun to answer a request that was let through."""
    if session is not None and session.measured is not None:
        session.measured.responded(status)
