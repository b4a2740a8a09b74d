"""What happens to the wrapped app's response on its way out, and what it has to bring along."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from vwr_middleware.blocking import finish
from vwr_middleware.web.http import Pass, set_cookies
from vwr_middleware.web.replies import encode
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


# What happens to the wrapped app's response on its way out.


Headers = list[tuple[bytes, bytes]]

_SHARED = (b"public", b"s-maxage", b"immutable")
#: Headers that one kind of cache obeys instead of Cache-Control. The second is the end of a name:
#: every CDN has its own, such as `cloudflare-cdn-cache-control`.
_ONE_CACHE = (b"surrogate-control", b"edge-control", b"x-accel-expires")
_ONE_CACHE_END = b"cdn-cache-control"
_ENDS_LENGTH = len("vwr-session")
_ENDINGS = {b"completed": "complete", b"abandoned": "abandon"}
#: What an app, or a proxy in its place, says if it could not serve the request.
_UNSERVED = b"unserved"


def amend(verdict: Pass, headers: Headers) -> Headers:
    """The app's response headers as they go to the visitor. Names must be in lower case.

    `VWR-Session` is taken out, and obeyed unless a cache could replay the response to others. Our
    cookies are added, and the response is then made private, so that no shared cache keeps it.
    """
    is_public, is_unserved = _is_public(headers), False
    kept = []
    for name, value in headers:
        if name == b"vwr-session":
            is_unserved = _obey(verdict, value.strip().lower(), is_public)
        else:
            kept.append((name, value))
    if is_unserved or not (verdict.cookies or verdict.extra_headers):
        return kept
    # What a cache may show to others must say nothing of this visitor, not even the session's end.
    if is_public and (verdict.may_wait or not verdict.cookies):
        return kept
    kept = _private(kept)
    kept.extend((b"set-cookie", text.encode("latin-1")) for text in set_cookies(verdict.cookies))
    kept.extend(map(encode, verdict.extra_headers))
    return kept


def amend_text(verdict: Pass, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The same for headers as text. Returns the very same list if nothing must be changed."""
    if not (verdict.cookies or verdict.extra_headers or ends_session(headers)):
        return headers
    amended = amend(verdict, [*map(encode, headers)])
    return [(n.decode("latin-1"), v.decode("latin-1")) for n, v in amended]


def ends_session(headers: Iterable[tuple[str, str]] | Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether the app says in these headers that its session is over."""
    for name, _ in headers:  # noqa: SIM110  (every response passes here: `any` takes twice as long)
        if len(name) == _ENDS_LENGTH and _is_ours(name):
            return True
    return False


def _is_ours(name: str | bytes) -> bool:
    # Text and bytes are never compared: `python -bb` would raise an error.
    return name.lower() == ("vwr-session" if isinstance(name, str) else b"vwr-session")


def _obey(verdict: Pass, word: bytes, is_public: bool) -> bool:
    """Do what the app says of the session. True: its beginning does not count."""
    session = verdict.session
    if session is None or is_public:
        return False
    if action := _ENDINGS.get(word):
        getattr(session, action)()
    if word != _UNSERVED or not session.token.first or not verdict.cookies:
        return False
    # Whoever came in with a ticket keeps it, and comes back by it. Its session goes on waiting to
    # be confirmed, and not for long. To any other session only these cookies would lead.
    if verdict.is_unheard:
        session.abandon()
    return True


def _is_for_one_cache(name: bytes) -> bool:
    return name in _ONE_CACHE or name.endswith(_ONE_CACHE_END)


def _is_public(headers: Headers) -> bool:
    for name, value in headers:
        if _is_for_one_cache(name):
            return True
        if name == b"cache-control" and any(word in value.lower() for word in _SHARED):
            return True
    return False


def _private(headers: Headers) -> Headers:
    """The headers without everything that lets a shared cache keep the response."""
    kept, directives = [], []
    for name, value in headers:
        if _is_for_one_cache(name):
            continue
        if name == b"cache-control":
            directives += [d.strip() for d in value.split(b",") if _is_harmless(d)]
        else:
            kept.append((name, value))
    if b"no-store" not in directives and b"private" not in directives:
        directives.insert(0, b"private")
    kept.append((b"cache-control", b", ".join(directives)))
    return kept


def _is_harmless(directive: bytes) -> bool:
    directive = directive.strip().lower()
    return bool(directive) and not directive.startswith((b"public", b"s-maxage"))
