"""The passes of one request: the door's, and those of views with rooms of their own."""

from collections.abc import Iterator
from contextlib import contextmanager

from vwr_middleware.blocking import finish
from vwr_middleware.web.http import Pass
from vwr_middleware.web.session import Session, responded

#: Where the adapters keep them: `scope`, `environ`, `request.META`.
KEY = "vwr.passes"

#: The rooms that views of this process name. While it is empty no open path leads into a room.
rooms_of_views: set[str] = set()


class Passes:
    """What a request was let through with, until its response is out.

    A view's room lets a request in when it has passed the door already, and the app may make the
    response of an exception that the view raises. So the view leaves its pass here, and whoever
    stands around the app amends what goes out.
    """

    __slots__ = ("_is_over", "_passes")

    def __init__(self, *passes: Pass) -> None:
        self._passes, self._is_over = list(passes), False

    def add(self, verdict: Pass) -> None:
        """One more room has let the request in."""
        self._passes.append(verdict)

    def __bool__(self) -> bool:
        return bool(self._passes)

    def __iter__(self) -> Iterator[Pass]:
        """All, the innermost first: what the app says of its session is meant for that."""
        return reversed(self._passes)

    def responded(self, status: int) -> None:
        """The app has begun to answer, with this status (500 where it failed instead)."""
        for verdict in self._passes:
            responded(verdict.session, status)

    def lost(self) -> None:
        """The response will never go out, or somebody else makes it, and what it was to bring is
        lost: a session that nobody can know otherwise is over, or each reload would begin one."""
        for verdict in self._passes:
            if verdict.is_unheard and verdict.session is not None:
                verdict.session.abandon()

    def failed(self, is_sent: bool = False) -> None:
        """The app has raised an exception, perhaps when a part of its response was sent already."""
        self.responded(500)
        if not is_sent:
            self.lost()

    def finished(self) -> None:
        """The request is in hand no longer. Called again, it does nothing."""
        if self._is_over:
            return
        self._is_over = True
        for session in self._sessions():
            session.gate.finished(session)

    async def over(self) -> None:
        """The request has been answered. Called again, it tells what the app has ended since."""
        self.finished()
        for session in self._sessions():
            if session.has_ended:
                await session.gate.settle(session)

    def _sessions(self) -> list[Session]:
        return [verdict.session for verdict in self._passes if verdict.session is not None]


@contextmanager
def unwatched(verdict: Pass) -> Iterator[Passes]:
    """The pass of a view in blocking code where nobody keeps passes: at a path of another room,
    which lets everybody whom it knows through as they are. What its view returns can be amended."""
    passes = Passes(verdict)
    try:
        yield passes
    except BaseException:
        passes.failed()
        raise
    finally:
        finish(passes.over())
