"""The passes of one request: the middleware's, and those of decorated views."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from vwr_middleware.blocking import finish
from vwr_middleware.web.http import Pass
from vwr_middleware.web.session import responded

#: The head of a response, in whatever way a server or framework keeps it.
Head = TypeVar("Head")

#: The rooms that decorated views of this process name. If there are none, no request can come into
#: a further room behind the middleware, so adapters keep `Passes` only for new sessions.
rooms_of_views: set[str] = set()


class Passes:
    """What a request was let through with, until its response is out.

    A decorated view's room lets a request in after it has passed the middleware, and the app may
    answer with another response than the view's, for an exception that the view raises. So the
    view's pass is left here, and the middleware amends the response that goes out.

    Adapters call `answered` when the app answers, `failed` if it raises an exception, `lost` if our
    cookies may not arrive, and `done` at the end.
    """

    __slots__ = ("_is_finished", "_passes", "is_sent")

    def __init__(self, *passes: Pass) -> None:
        self._passes = list(passes)
        self._is_finished = False
        self.is_sent = False  # the response's head, as far as we know

    def add(self, verdict: Pass) -> None:
        self._passes.append(verdict)

    def __bool__(self) -> bool:
        return bool(self._passes)

    @property
    def is_unheard(self) -> bool:
        """Whether the response has to bring the cookies of a session that has just begun."""
        return any(verdict.is_unheard for verdict in self._passes)

    def answered(self, status: int, head: Head, amend: Callable[[Pass, Head], Head]) -> Head:
        """The head of the app's response, which has this status, as it goes out.

        The innermost pass first: its session is the one that the app's VWR-Session means.
        """
        for verdict in reversed(self._passes):
            responded(verdict.session, status)
            head = amend(verdict, head)
        return head

    def watched(self, body: Iterable[bytes]) -> Iterator[bytes]:
        """The parts of a body under WSGI, where servers hold the head back until the first comes.

        If there is an error instead, they send an answer of their own, and our cookies are lost.
        """
        try:
            for part in body:
                self.is_sent = self.is_sent or bool(part)
                yield part
        except Exception:
            self.failed()
            self.lost()
            raise
        finally:
            finish(self.done())

    def failed(self, status: int = 500) -> None:
        """The app has raised an exception, for which it will answer with this status."""
        for verdict in self._passes:
            responded(verdict.session, status)

    def lost(self) -> None:
        """The response, and so our cookies, will never go out, unless its head is sent already.

        A session that only these cookies lead to is ended, or each reload would begin another.
        """
        for verdict in self._passes:
            if verdict.is_unheard and verdict.session is not None and not self.is_sent:
                verdict.session.abandon()

    def finished(self) -> None:
        """The request has been answered. Calling it again does nothing."""
        if self._is_finished:
            return
        self._is_finished = True
        for verdict in self._passes:
            if (session := verdict.session) is not None:
                session.keeper.finished(session)

    async def done(self) -> None:
        """The same, and tell the store of the sessions that the app has ended."""
        if not self._is_finished:  # hot: no call for nothing
            self.finished()
        for verdict in self._passes:
            if (session := verdict.session) is not None and session.has_ended:
                await session.keeper.settle(session)
