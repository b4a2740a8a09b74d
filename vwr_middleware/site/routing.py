"""Which path goes where: to our own addresses, to a room's gate, or straight to the app.

How requests to one path are answered is found out once, since most requests are to few paths.
"""

from collections.abc import Awaitable, Callable, Coroutine, Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any

from vwr_middleware.alarms.alarms import alarms_of
from vwr_middleware.decisions.decisions import Decisions
from vwr_middleware.events import Hooks
from vwr_middleware.gate.endpoints import Endpoints
from vwr_middleware.gate.gate import Gate
from vwr_middleware.gate.previews import NAME, Previews
from vwr_middleware.gate.public_keys import KeyAddresses
from vwr_middleware.gate.replies import Replies
from vwr_middleware.gate.room_context import RoomContext
from vwr_middleware.gate.room_papers import Papers
from vwr_middleware.gate.small_pages import not_there
from vwr_middleware.keys import Keys
from vwr_middleware.notices.notifier import Notifier
from vwr_middleware.notices.room_notices import notices_of
from vwr_middleware.panel.panel import Panel, is_wanted
from vwr_middleware.papers.agreement import CONSENT
from vwr_middleware.papers.signing_keys import key_marks
from vwr_middleware.settings import Settings
from vwr_middleware.settings.openid_clients import OpenidClient
from vwr_middleware.site.drill_rooms import DrillRooms, consent
from vwr_middleware.site.room_of_request import Rooms, SeveralRooms
from vwr_middleware.site.tracing import tracing_of
from vwr_middleware.startup.checks import pages_of, refuse_what_cannot_work
from vwr_middleware.startup.log_without_setup import print_what_nobody_hears
from vwr_middleware.stores import Store
from vwr_middleware.web.cors import cors_headers
from vwr_middleware.web.http import BODY_LIMIT, PAPERS, READS, SAFE_METHODS, Pass, Reply, Request
from vwr_middleware.web.next_url import way_back
from vwr_middleware.web.path_readings import is_written_plainly
from vwr_middleware.web.remembered import Kept
from vwr_middleware.web.replies import (
    PRIVATE,
    REFERRER,
    Ready,
    broken_off,
    file_reply,
    json_reply,
    problem,
)
from vwr_middleware.web.session import Session
from vwr_middleware.worker.room_view import RoomView
from vwr_middleware.worker.shared_counts import SharedCounts
from vwr_middleware.worker.store_access import StoreAccess

if TYPE_CHECKING:
    from vwr_middleware.openid.provider import Provider

# How requests to one path are answered. Found out once, since most requests are to few paths.


#: Answers a request without the store, or gives None. It is enough for unprotected paths, for
#: admitted visitors, and for polls and pages of those who are not called.
Glance = Callable[[Request], Pass | Reply | None]

#: Answers a request to which a glance has given None. It may ask the store.
Answer = Callable[[Request], Coroutine[Any, Any, Pass | Reply]]

#: Recognises an admitted visitor by a Cookie header, or gives None.
Recognise = Callable[[str | bytes | None], Session | None]

#: Answers a plain GET by its Cookie header alone, or gives None. A plain request has no query and
#: no header of NOT_PLAIN.
AnswerPlain = Callable[[str | bytes | None], Ready | None]

#: The headers, cookies aside, that an answer at one of our own addresses may depend on.
NOT_PLAIN = (*PAPERS, "origin", "if-none-match")

#: The pass for an unprotected path. One object serves all requests.
OPEN = Pass()


@dataclass(frozen=True, slots=True)
class Way:
    """How requests to one path are answered: by `glance`, and by `answer` if that gives None.

    An adapter may try one of two short cuts first: `recognise` at the paths of a room,
    `answer_plain` at the addresses of polls. No way has both.
    """

    glance: Glance
    answer: Answer
    recognise: Recognise | None = None
    answer_plain: AnswerPlain | None = None


async def _let_pass(request: Request) -> Pass:
    return OPEN


#: The way straight to the app: no room protects this path.
UNPROTECTED = Way(lambda request: OPEN, _let_pass)


# Which path goes where: to our own addresses, to a room's gate, or straight to the app.


class Site:
    """All that an adapter needs: for each request the `way` by which it is answered.

    The adapter brings the clocks: `monotonic` for everything, `wall` only to judge tokens while
    this worker has never read its store, `work` for the CPU time of what answers the requests.
    `in_loop`: all requests are answered in an event loop.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        monotonic: Callable[[], float],
        wall: Callable[[], float],
        *,
        in_loop: bool = False,
        work: Callable[[], float] | None = None,
    ) -> None:
        print_what_nobody_hears()
        self.settings, self._tracing = settings, tracing_of(settings)
        self.store = store = self._tracing.store(store) if self._tracing else store
        self.pages = pages_of(settings)
        refuse_what_cannot_work(settings, store, self.pages)
        self.store_access = StoreAccess(
            store,
            settings.rooms,
            Hooks(settings.on_event),
            monotonic,
            wall,
            settings.outage_grace,
            in_loop=in_loop,
            work=work,
        )
        self.rooms, self._prefix = Rooms(settings), settings.prefix + "/"
        # With `enabled` false there may be no secret: nothing is signed.
        keys = Keys(settings.secret_key or [token_urlsafe()], settings.namespace)
        self.notifier = Notifier(self.store_access, notices_of(settings, self.pages.words, keys))
        self.alarms = alarms_of(settings, self.store_access, keys, is_read=is_wanted(settings))
        self.gates = {
            name: self._gate_of(view, keys) for name, view in self.store_access.views.items()
        }
        self._endpoints = {name: Endpoints(gate) for name, gate in self.gates.items()}
        self._providers = self._new_providers(keys)
        self._key_addresses = KeyAddresses(
            settings,
            {name: gate.papers.tokens for name, gate in self.gates.items()},
            {name: provider.told for name, provider in self._providers.items()},
        )
        #: Called with the first request: it finds what shows only when the app is served.
        self.refuse_at_first: Callable[[Request], None] | None = None
        #: How requests to a path are answered, by `Request.where`, as far as it is remembered.
        self.ways: Kept[Hashable, Way] = Kept()
        # All ways but UNPROTECTED: to the paths of one room, to paths where hosts or methods
        # decide too, to polls, and to our other addresses and the panel.
        self._drill = self._new_drill(wall, in_loop) if settings.loadtest_token else None
        self._into = dict(self._ways_into_rooms())
        self._per_request = Way(
            self._glance_per_request, self._unless_drilled(self._answer_per_request)
        )
        self._to_polls = dict(self._ways_to_polls())
        self._to_own = Way(lambda request: None, self._answer_ourselves)
        self._decisions = Decisions(settings, self.gates, self._room_of, self._is_own)
        self._to_decisions = self._way_to_decisions()
        self.shared_counts = self._new_counts(is_read=is_wanted(settings))
        self._panel = self._new_panel() if is_wanted(settings) else None

    def _new_counts(self, *, is_read: bool) -> SharedCounts:
        tallies = {name: gate.decision_counts for name, gate in self.gates.items()}
        counts = SharedCounts(self.store_access, tallies, is_read=is_read)

        async def after_refresh() -> None:
            self.notifier.wake()
            await counts.post_if_due()

        if self._tracing:
            self._tracing.observe(self.store_access, counts, self.alarms)
        self.store_access.before_refresh = self.alarms.wake
        self.store_access.after_refresh = after_refresh
        return counts

    def _new_drill(self, wall: Callable[[], float], in_loop: bool) -> DrillRooms:
        access = self.store_access

        def make(settings: Settings) -> Site:
            return Site(settings, access.store, access.monotonic, wall, in_loop=in_loop)

        return DrillRooms(self, make, wall)

    def _new_panel(self) -> Panel:
        tickets = {name: gate.papers.tickets for name, gate in self.gates.items()}
        return Panel(
            self.settings, self.store_access, self.shared_counts, tickets, self.pages, self.alarms
        )

    def _gate_of(self, view: RoomView, keys: Keys) -> Gate:
        algorithms = self.settings.token_algorithm
        view.key_marks = key_marks(keys, algorithms, self.settings.token_keys)
        of_site = {"prefix": self.settings.prefix, "token_algorithm": ", ".join(algorithms)}
        view.own = of_site | view.settings.own_config()
        replies = Replies(self.settings, view, self.pages)
        papers = Papers(self.settings, keys, view)
        notices = self.notifier.rooms.get(view.name)
        replies.away = notices.ways if notices else None
        return Gate(RoomContext(self.settings, self.store_access, view, papers, replies, notices))

    def _new_providers(self, keys: Keys) -> dict[str, "Provider"]:
        """The OpenID provider of each room that has clients."""
        clients = self.settings.openid_clients
        if not clients or not self.settings.enabled:
            return {}
        # Imported late: what it needs need not be there.
        from vwr_middleware.openid.provider import Provider

        clients_of: dict[str, list[OpenidClient]] = {}
        for client in clients:
            clients_of.setdefault(client.room_name or next(iter(self.gates)), []).append(client)
        return {name: Provider(self.gates[name], keys, own) for name, own in clients_of.items()}

    def _ways_into_rooms(self) -> Iterator[tuple[str, Way]]:
        """The paths of each room, with their way."""
        for name, gate in self.gates.items():
            recognise = gate.view.known_sessions.recognise
            answer = self._unless_drilled(gate.answer)
            if self._tracing:
                answer = self._tracing.decisions(name, answer)
            yield name, Way(gate.glance, answer, recognise=recognise)

    def _way_to_decisions(self) -> Way:
        """The way of proxies that ask. In a drill they pass on who asks them."""
        glance, answer, drill = self._decisions.glance, self._decisions.answer, self._drill
        if drill is None:
            return Way(glance, answer)

        def glance_or_drill(request: Request) -> Reply | None:
            return None if drill.is_asked(request) else glance(request)

        return Way(glance_or_drill, self._unless_drilled(answer))

    def _ways_to_polls(self) -> Iterator[tuple[str, Way]]:
        """The addresses of all rooms' polls, each with its way."""
        answer = self._answer_ourselves
        for name, endpoints in self._endpoints.items():
            polls = endpoints.polls
            status = Way(polls.glance_status, answer, answer_plain=polls.plain_status)
            position = Way(polls.glance_position, answer, answer_plain=polls.plain_position)
            yield f"{self._prefix}{name}/status", status
            yield f"{self._prefix}{name}/position", position

    @property
    def stands_aside(self) -> bool:
        """Whether nothing is to be looked at. Proxies that ask are answered all the same, or they
        would let nobody through."""
        asked = self.settings.decision_key or self.settings.decision_networks
        return not (self.settings.enabled or asked)

    def has_layer(self, answers_preflight: Callable[[Request], bool]) -> None:
        """Tell of something in the app that answers preflights, so that they need not wait."""
        for gate in self.gates.values():
            gate.answers_preflight = answers_preflight

    def way(self, request: Request) -> Way:
        """How requests to this path are answered. Remembered, since most are to few paths."""
        return self.ways.get(request.where) or self._remember(request)

    def _remember(self, request: Request) -> Way:
        refuse = self.refuse_at_first  # read once: another thread may remove it
        if refuse is not None:
            refuse(request)
            self.refuse_at_first = None
        length = len(request.path) + len(request.raw_path) + len(request.mount)
        return self.ways.keep(request.where, self._find_way(request), length)

    def _find_way(self, request: Request) -> Way:
        path = request.path
        if self._decisions.is_asked(request):
            return self._to_decisions
        if not self.settings.enabled:
            return UNPROTECTED
        if self._is_own(request):
            return self._to_own if request.is_websocket else self._to_polls.get(path, self._to_own)
        if not self.rooms.path_decides:
            return self._per_request
        try:
            room = self.rooms.room_for(request)
        except SeveralRooms:
            return self._per_request
        if room is None:
            return UNPROTECTED
        way = self._into[room.name]
        # The WebSocket may have to be closed when the session ends, so it gets a closer look.
        return replace(way, recognise=None) if request.is_websocket else way

    def _glance_per_request(self, request: Request) -> Pass | Reply | None:
        """A glance where hosts and methods decide too: the room is looked up for each request."""
        try:
            room = self.rooms.room_for(request)
        except SeveralRooms as several:
            return problem(400, several.told).closing()
        return self.gates[room.name].glance(request) if room else OPEN

    def _room_of(self, request: Request) -> str | None:
        """The name of the room that protects a request; "" if it may be one of several."""
        try:
            room = self.rooms.room_for(request)
        except SeveralRooms:
            return ""
        return room.name if room else None

    def _is_own(self, request: Request) -> bool:
        """Whether this is one of our own addresses, or the panel's, spelled as we write it.

        A proxy's rule that keeps the panel inside knows no other spelling. So these are paths of
        the app.
        """
        path = request.path
        if not (path.startswith(self._prefix) or self._panel_at(path)):
            return self._key_addresses.has(request)
        is_plain = is_written_plainly(path, request.raw_path, request.mount)
        return is_plain or self._key_addresses.has(request)

    def _panel_at(self, path: str) -> Panel | None:
        """The panel, if this path is one of its own."""
        prefix = self.settings.admin_prefix
        return self._panel if path == prefix or path.startswith(prefix + "/") else None

    async def _answer_per_request(self, request: Request) -> Pass | Reply:
        """The answer where `_glance_per_request` gave None."""
        room = self.rooms.room_for(request)
        return await self.gates[room.name].answer(request) if room else OPEN

    def _unless_drilled(self, answer: Answer) -> Answer:
        """The same, but for drills, if the site takes part in any. Nobody of a drill is known in a
        real room, so no glance answers them there."""
        drill = self._drill
        if drill is None:
            return answer

        async def answer_or_drill(request: Request) -> Pass | Reply:
            if drill.is_asked(request):
                return await drill.answer_at_path(request)
            return await answer(request)

        return answer_or_drill

    @property
    def has_panel(self) -> bool:
        return self._panel is not None

    async def _answer_ourselves(self, request: Request) -> Reply:
        """The answer at an address of our own or of the panel, with the body if it is needed."""
        panel = self._panel_at(request.path)
        turned_away = panel.outsiders.turned_away(request) if panel else None
        if turned_away is not None:
            return turned_away
        answer = panel.answer if panel else self.answer_below_prefix
        if request.method in SAFE_METHODS:
            return await answer(request)
        if panel or request.method == "POST":
            return await _with_body(answer, request)
        return (await answer(request)).closing()

    async def answer_below_prefix(self, request: Request) -> Reply:
        """The answer at an address of our own, other than the panel's."""
        path = request.path[len(self._prefix) :]
        if request.is_websocket:
            return problem(404, "there is no WebSocket here")
        reply = self._key_addresses.answer(request)
        if reply is not None:
            return reply
        first, slash, rest = path.partition("/")
        provider = self._providers.get(first)
        if provider is not None and rest.startswith("openid/"):
            return await provider.answer(rest.removeprefix("openid/"), request)
        endpoints = self._endpoints.get(first)
        if endpoints is not None and slash:
            return await endpoints.answer(rest, request)
        if self._drill is not None and self._drill.has(first) and self._drill.is_asked(request):
            return await self._drill.answer_own(first, rest, request)
        reply = await self._answer_beside_rooms(path, request)
        return reply.with_headers(cors_headers(request, self.settings.cors_origins))

    async def _answer_beside_rooms(self, path: str, request: Request) -> Reply:
        first, _, rest = path.partition("/")
        if first == "static":
            return self._static(rest, request)
        if path in ("healthz", "readyz"):
            # HAProxy's health checks use OPTIONS unless its configuration names another method.
            takes = (*READS, "OPTIONS")
            return await self._health(path) if request.method in takes else _refused(takes)
        if path == CONSENT and self.settings.loadtest_token:
            return consent(self.settings.loadtest_token, request)
        if first == NAME and self.settings.debug:
            return Previews(self.settings, self.pages).answer(rest, request)
        if first not in self._endpoints:
            text = "there is no such waiting room"
            return not_there(request, self.settings, self.pages, text, self._places(request))
        where = way_back(f"{request.mount}{request.path}/", request.query)
        return Reply(308, b"", (("Location", where), *PRIVATE, REFERRER))

    def _places(self, request: Request) -> Iterator[tuple[str, int]]:
        """The rooms in whose lines a visitor is, each with the position."""
        found = ((name, gate.position_of(request)) for name, gate in self.gates.items())
        return (place for place in found if place[1])

    def _static(self, name: str, request: Request) -> Reply:
        """A style sheet or script, by its hashed name."""
        if request.method not in READS:
            return _refused(READS)
        file = self.pages.static_file(name)
        return file_reply(file, request) if file else problem(404, "there is no such file")

    async def _health(self, path: str) -> Reply:
        """Whether the process serves (always 200) or is ready (503 on a dead store)."""
        view = next(iter(self.store_access.views.values()), None)
        if view is not None:
            await self.store_access.fresh(view)
        alive = view is None or (view.room is not None and not self.store_access.breaker.is_open)
        store = "ok" if alive else "down"
        if path == "healthz":
            return json_reply(200, {"status": "ok", "store": store})
        return json_reply(200 if alive else 503, {"status": store, "store": store})

    async def close(self) -> None:
        self.notifier.close()
        self.alarms.close()
        await self.store.close()


async def _with_body(answer: Callable[[Request], Awaitable[Reply]], request: Request) -> Reply:
    """The answer of our own to a request with its body."""
    body = await request.read_body()
    if body is None:
        return broken_off()
    request.body = body
    reply = await answer(request)
    return reply if len(body) <= BODY_LIMIT else reply.closing()


def _refused(takes: Iterable[str]) -> Reply:
    return problem(405, "method not allowed: use GET", (("Allow", ", ".join(takes)),))
