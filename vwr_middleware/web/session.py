"""The session that the wrapped app finds with a request."""

from typing import Protocol

from vwr_middleware.line.messages import Ending, Place


class Token(Protocol):
    """The access token with which a session was let in."""

    @property
    def session_id(self) -> str: ...
    @property
    def room_id(self) -> str: ...
    @property
    def generation(self) -> int: ...
    @property
    def position(self) -> int: ...
    @property
    def expires_at(self) -> int: ...
    @property
    def first(self) -> bool: ...
    @property
    def place(self) -> Place: ...


class KnownSession:
    """What one worker knows of a session, for all of its tokens and requests."""

    __slots__ = ("cookies", "in_hand", "until")

    def __init__(self) -> None:
        self.in_hand = 0  # requests in hand
        self.cookies: str | bytes = ""  # the one header by which its visitor is recognised
        #: Until when (monotonic); after that no header of this session counts.
        self.until = float("-inf")


class Measured(Protocol):
    """A request whose time in the app is measured."""

    def waits(self) -> None:
        """The app waits for the request's body."""

    def goes_on(self) -> None:
        """The app has got a part of the body."""

    def responded(self, status: int) -> None:
        """The app has begun to answer, with this status."""


class Watch(Protocol):
    """Follows a session while a WebSocket of its visitor is open."""

    async def is_over(self) -> bool:
        """Whether the session is over by now."""


class Keeper(Protocol):
    """What a session asks of its room: the gate keeps it, and hears what the app says of it."""

    @property
    def room_name(self) -> str: ...

    def now(self) -> float:
        """Store time."""

    def mark_ended(self, session: "Session", how: Ending) -> None:
        """The app says that the session is over: nobody passes with it any more."""

    def finished(self, session: "Session") -> None:
        """A request that was let through has been answered."""

    async def settle(self, session: "Session") -> None:
        """Tell the store what the app said."""

    def watch(self, session: "Session") -> Watch | None:
        """What says when the session is over; None if its WebSockets are not closed then."""


class Session:
    """A visitor's stay behind the waiting room, in the app's hands.

    `expires_at` is store time. `id` names the session everywhere: keep it to end the session from a
    webhook or another process. `is_new`: this very request began it. `has_ended`: the app has ended
    it. Several requests of one visitor may get the same object.
    """

    __slots__ = ("has_ended", "id", "is_new", "keeper", "known_session", "measured", "token")

    def __init__(
        self, keeper: Keeper, token: Token, known_session: KnownSession, is_new: bool = False
    ) -> None:
        self.keeper, self.known_session, self.token = (
            keeper,
            known_session,
            token,
        )  # for adapters, as is `measured`
        self.id = token.session_id
        self.is_new, self.has_ended = is_new, False
        self.measured: Measured | None = None  # this very request, if the app's load is measured

    @property
    def room(self) -> str:
        """The room's name."""
        return self.keeper.room_name

    @property
    def room_id(self) -> str:
        """The room's id: a random mark that its store gave it once."""
        return self.token.room_id

    @property
    def position(self) -> int:
        """The queue position with which it began."""
        return self.token.position

    @property
    def generation(self) -> int:
        """The room's generation in which it began."""
        return self.token.generation

    @property
    def expires_at(self) -> float:
        """When it ends unless it is renewed, in seconds since the epoch."""
        return self.token.expires_at

    @property
    def seconds_left(self) -> float:
        """Seconds from now until it ends; 0 if it is let through beyond its end."""
        return max(0.0, self.token.expires_at - self.keeper.now())

    def watch(self) -> Watch | None:
        """For adapters: what says when it is over; None if its WebSockets are not closed then."""
        return self.keeper.watch(self)

    def complete(self) -> None:
        """The visitor is done: the session ends here at once, in the store after the response."""
        self._end("completed")

    def abandon(self) -> None:
        """The visitor gave up. The slot is freed in the same way."""
        self._end("abandoned")

    def _end(self, how: Ending) -> None:
        self.has_ended = True
        self.keeper.mark_ended(self, how)

    def __repr__(self) -> str:
        return f"<Session {self.id} of room {self.room}>"


def responded(session: Session | None, status: int) -> None:
    """The app has begun to answer a request that was let through."""
    if session is not None and session.measured is not None:
        session.measured.responded(status)
