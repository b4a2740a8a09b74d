"""Answers the questions of proxies, by what the gate says of the request that is asked about."""

import logging
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import quote

from vwr_middleware.decisions.dialects import NO, REFUSED, Dialect, dialect_of
from vwr_middleware.decisions.original_request import Odd, OriginalRequest, Unclear, originals
from vwr_middleware.decisions.permission import Permission
from vwr_middleware.gate.gate import Gate
from vwr_middleware.settings import Settings
from vwr_middleware.web.http import SAFE_METHODS, Pass, Reply, Request, set_cookies
from vwr_middleware.web.next_url import way_back
from vwr_middleware.web.proxies import origin_of
from vwr_middleware.web.remembered import warn_once
from vwr_middleware.web.replies import PRIVATE, Head, Header, Ready, problem, see_other
from vwr_middleware.web.request_kinds import is_navigation
from vwr_middleware.web.session import Session

log = logging.getLogger("vwr_middleware")

#: The name below the prefix, so no room has it.
NAME = "auth"
#: What the names of the headers begin with that bring one cookie each. Some proxies can hand on a
#: header of a known name, and make one of several with the same name.
COOKIE_HEADER = "VWR-Set-Cookie-"

UNCLEAR = (
    "a proxy asks at %s/auth with %s, so it is refused: the configurations of `vwr init` and in"
    " docs/decisions.md say what each proxy must send"
)
UNNAMED = "no address, or two, in its headers: let it ask at %s/auth/nginx, /traefik or the like"
OUR_OWN = (
    "a proxy asks whether to send %s to the app, which is refused, since it is an address of the"
    " waiting room: let the proxy send all below it to the room instead, without asking"
)
SPELLED = (
    "somebody asks at %s/auth in another spelling of that address, past the rule by which a proxy"
    " keeps others from it, and is refused"
)
ODD = "the address cannot be read"
SEVERAL = "the address can be read in several ways, which lead to different rooms: write it plainly"
REFUSED_TEXT = "the waiting room does not answer this question: its log says why"
FAILED = "the waiting room could not decide: try again"

#: What all answers have in common: no proxy keeps one.
_NO_STORE = ("Cache-Control", "private, no-store")
#: The request is to no room.
_OPEN = Ready(Head(200, [("VWR-Decision", "open"), _NO_STORE]), b"")
_ADMITTED = Head(200, [("VWR-Decision", "admitted"), _NO_STORE])
_NOT_ADMITTED = ("VWR-Decision", "waiting")
#: All that a yes may have.
_OF_YES = (
    *("VWR-Session-Id", "VWR-Position", "VWR-Room", "VWR-Session-Expires", "VWR-Token"),
    "Access-Control-Expose-Headers",
    *(f"{COOKIE_HEADER}{number}" for number in (1, 2, 3, 4)),
)

#: The name of the room that protects a request; None: none does, "": it can be read as one to
#: several rooms.
RoomOf = Callable[[Request], str | None]


class Decisions:
    """Answers at the addresses where proxies ask: `glance`, and `answer` if that gives None.

    An answer with the status 200 is a yes, and every other is a no, whatever goes wrong.
    """

    def __init__(
        self,
        settings: Settings,
        gates: Mapping[str, Gate],
        room_of: RoomOf,
        is_own: Callable[[Request], bool],
    ) -> None:
        self._settings, self._gates = settings, gates
        self._room_of, self._is_own = room_of, is_own
        self._here = f"{settings.prefix}/{NAME}"
        self._permission = Permission(settings)

    def is_asked(self, request: Request) -> bool:
        """Whether this is one of our addresses, in any spelling: below it, a proxy may have put the
        visitor's own."""
        path = request.path
        return path == self._here or path.startswith(f"{self._here}/")

    def glance(self, asked: Request) -> Reply | None:
        """The answer, if no store is needed: for all who are inside, or want to go to no room."""
        try:
            question = self._read(asked)
            if isinstance(question, Reply):
                return question
            dialect, original, gate = question
            if not dialect.is_page:
                session = gate.view.known_sessions.recognise(original.cookies)
                if session is not None:
                    session.keeper.finished(session)
                    return _yes(dialect, session)
            verdict = gate.glance(original)
            return None if verdict is None else self._told(dialect, original, verdict)
        except Exception:
            return self._failed(asked)

    async def answer(self, asked: Request) -> Reply:
        """The answer where `glance` has given None."""
        try:
            question = self._read(asked)
            if isinstance(question, Reply):
                return question
            dialect, original, gate = question
            return self._told(dialect, original, await gate.answer(original))
        except Exception:
            return self._failed(asked)

    def _read(self, asked: Request) -> tuple[Dialect, OriginalRequest, Gate] | Reply:
        """The request that is asked about, and its room's gate; or the answer, if there is none."""
        if asked.is_websocket:
            return problem(404, "there is no WebSocket here")
        if trouble := self._permission.problem_of(asked):
            return _refused(trouble)
        if not self._is_as_we_write_it(asked):
            return _refused(SPELLED, self._settings.prefix)
        name, rest = self._name_and_rest(asked)
        dialect = dialect_of(name, asked)
        if dialect is None:
            return _refused(UNCLEAR, self._settings.prefix, UNNAMED % self._settings.prefix)
        try:
            found = originals(asked, dialect, rest, self._settings.trusted_proxies)
        except Unclear as unclear:
            return _refused(UNCLEAR, self._settings.prefix, str(unclear))
        except Odd:
            return _no(dialect, problem(400, ODD))
        return self._find_room(dialect, found)

    def _find_room(
        self, dialect: Dialect, found: list[OriginalRequest]
    ) -> tuple[Dialect, OriginalRequest, Gate] | Reply:
        """The room of the request, whichever of its addresses leads into one."""
        if not self._settings.enabled:
            return self._back(found[0]) if dialect.is_page else _yes(dialect, None)
        for original in found:
            if self._is_own(original):
                return _refused(OUR_OWN, f"{self._settings.prefix}/")
        rooms = {name: one for one in reversed(found) if (name := self._room_of(one)) is not None}
        if not rooms:
            return self._back(found[0]) if dialect.is_page else _yes(dialect, None)
        if len(rooms) > 1 or "" in rooms:
            return _no(dialect, problem(400, SEVERAL))
        name, original = rooms.popitem()
        if not dialect.shows_answer:
            original.hide_page()
        return dialect, original, self._gates[name]

    def _is_as_we_write_it(self, asked: Request) -> bool:
        """Whether this is our address letter by letter. The rules of proxies that keep others from
        it may know no other spelling."""
        sent = f"{asked.raw_path}/"
        return sent.startswith((f"{asked.mount}{self._here}/", f"{self._here}/"))

    def _name(self, asked: Request) -> str:
        """The name of the proxy, as its configuration writes it behind our address."""
        return asked.path[len(self._here) + 1 :].partition("/")[0]

    def _name_and_rest(self, asked: Request) -> tuple[str, str]:
        """The name of the proxy, and the rest of the address as it was sent, with the query."""
        name = self._name(asked)
        if name != "envoy":
            return name, ""
        raw = asked.raw_path
        for before in (f"{asked.mount}{self._here}/{name}", f"{self._here}/{name}"):
            if raw.startswith(f"{before}/"):
                query = f"?{asked.query}" if asked.query else ""
                return name, f"{raw[len(before) :]}{query}"
        return name, ""

    def _told(self, dialect: Dialect, original: OriginalRequest, verdict: Pass | Reply) -> Reply:
        """What the gate says, as the proxy understands it."""
        if isinstance(verdict, Reply):
            reply = self._of_origin(original, verdict) if dialect.needs_origin else verdict
            return _no(dialect, reply)
        session = verdict.session
        if session is not None:
            session.keeper.finished(session)  # we never hear when the app has answered
        if dialect.is_page:
            return self._back(original, verdict)
        cookies = [*_brought(verdict)]
        return _yes(
            dialect, session, tuple(cookies[:2] if dialect.hands_on_one_cookie else cookies)
        )

    def _of_origin(self, original: OriginalRequest, reply: Reply) -> Reply:
        """The same answer, with the visitor's origin in front of where it leads."""
        if not any(name == "Location" for name, _ in reply.headers):
            return reply
        origin = origin_of(original, self._settings.trusted_proxies).text
        headers = (
            (name, f"{origin}{value}" if name == "Location" and value.startswith("/") else value)
            for name, value in reply.headers
        )
        return Reply(reply.status, reply.body, tuple(headers), reply.close)

    def _back(self, original: OriginalRequest, verdict: Pass | None = None) -> Reply:
        """Sends a visitor to the app who was let in only when the page was to be shown."""
        cookies = [] if verdict is None else [*_brought(verdict)]
        here = way_back(f"{original.mount}{original.path}", original.query)
        if original.is_websocket:
            return problem(503, FAILED, (("Retry-After", "1"), *cookies))
        if (
            verdict is not None
            and verdict.session is not None
            and is_navigation(original)
            and original.method in SAFE_METHODS
        ):
            # Not to the same address: without cookies, a browser would go round and round.
            page = f"{original.mount}{self._settings.prefix}/{verdict.session.room}/"
            return see_other(f"{page}?next={quote(here, safe='/')}", cookies)
        return Reply(307, b"", (("Location", here), *PRIVATE, *cookies))

    def _failed(self, asked: Request) -> Reply:
        """A fault of ours is a no, too."""
        log.exception("a decision failed, so the request is not let through")
        dialect = dialect_of(self._name(asked), asked)
        reply = problem(503, FAILED, (("Retry-After", "5"),))
        return reply if dialect is None else _no(dialect, reply)


def _yes(dialect: Dialect, session: Session | None, brought: tuple[Header, ...] = ()) -> Ready:
    """A yes, with what the app is told and what the visitor gets."""
    if session is None and not dialect.reads_all_headers:
        return _OPEN
    told = _of_session(session) if session else ()
    if dialect.reads_all_headers:
        names = {name for name, _ in (*told, *brought)}
        brought = (*brought, *((name, "") for name in _OF_YES if name not in names))
    return Ready(_ADMITTED if session else _OPEN.head, b"", (*told, *brought))


def _of_session(session: Session) -> tuple[Header, ...]:
    """What the app is told of a session."""
    return (
        ("VWR-Session-Id", session.id),
        ("VWR-Position", str(session.position)),
        ("VWR-Room", session.room),
    )


def _brought(verdict: Pass) -> Iterator[Header]:
    """What the visitor's response has to bring along, each cookie in two ways."""
    for number, cookie in enumerate(set_cookies(verdict.cookies), start=1):
        yield "Set-Cookie", cookie
        yield f"{COOKIE_HEADER}{number}", cookie
    yield from verdict.extra_headers


def _no(dialect: Dialect, reply: Reply) -> Reply:
    """An answer of ours as a no."""
    if dialect.is_page:
        return Reply(reply.status, reply.body, reply.headers)
    if not dialect.shows_answer:
        return Reply(NO, b"", (_NOT_ADMITTED, _NO_STORE))
    told = [_NOT_ADMITTED, ("VWR-Status", str(reply.status))]
    if dialect.numbers_cookies:  # not for others, since scripts of a page can read this header
        cookies = [value for name, value in reply.headers if name == "Set-Cookie"]
        told += ((f"{COOKIE_HEADER}{number}", text) for number, text in enumerate(cookies, start=1))
    status = dialect.status_of_no(reply.status)
    return Reply(status, reply.body, (*reply.headers, *told))


def _refused(text: str, *details: object) -> Reply:
    """A no that is told to the log: the configuration is wrong, or a stranger asks."""
    warn_once(text, *details)
    return problem(REFUSED, REFUSED_TEXT, (("VWR-Decision", "refused"),))
