"""Rooms for a rehearsal on the real site: of each room a copy by another name, in the same store.

Only whoever brings a pass made with `loadtest_token` meets them. Their visitors take no number and
no slot of the real room, come to no function of the user's and not to the app: instead of a page
of the app they get word that they are inside.
"""

from collections.abc import Callable
from dataclasses import replace
from secrets import token_hex
from typing import TYPE_CHECKING, Any
from zlib import crc32

from vwr_middleware.errors import WaitingRoomError
from vwr_middleware.papers.agreement import DRILL, DRILL_APP, consent_text, refusal_of_pass
from vwr_middleware.settings import RoomSettings, Settings
from vwr_middleware.settings.room import DRILL_ENDING
from vwr_middleware.web.http import READS, Pass, Reply, Request
from vwr_middleware.web.proxies import origin_of
from vwr_middleware.web.replies import PRIVATE, cookie_headers, json_reply, problem
from vwr_middleware.worker.room_view import RoomView

if TYPE_CHECKING:
    from vwr_middleware.site.routing import Site

#: Slots of such a room: a few visitors fill it.
SLOTS = 2
#: What is at `/vwr/<room>-drill/drill`.
PROBE = "drill"
#: Trips to the store that are timed for one probe.
_TRIPS = 3
_LONGEST_NAME = 32

#: What a copy has in place of the room's own: it is open, small, and calls no function.
_INSTEAD: dict[str, Any] = {
    "max_active": SLOTS,
    "mode": "auto",
    "session_seconds": 120.0,
    "confirm_within": 60.0,
    "claim_within": 60.0,
    "renew": True,
    "late": "when_space",
    "waiting_status": 202,
    **dict.fromkeys(("per_minute", "burst", "max_waiting", "inlet", "session_idle")),
    **dict.fromkeys(("opens_at", "closes_at", "openings", "message", "joins_per_address")),
    "quiet_hours": None,
    **dict.fromkeys(("identity", "challenge", "bypass", "notify", "contact")),
    **dict.fromkeys(("stock", "stock_left")),
    **{"draw": False, "lanes": None, "lane": None, "slow_lane": ()},
    **dict.fromkeys(("draw_from", "draw_beacon", "draw_beacon_from")),
    "alarms": False,
}
#: And the site around it.
_AROUND: dict[str, Any] = {
    "on_event": None,
    "otel": False,
    "loadtest_token": None,
    "debug": True,  # whatever the secret is, the real site has judged it
    **dict.fromkeys(("admin_password", "admin_viewer_password", "admin_auth")),
    "admin_api_key": (),
    "admin_operators": (),
    "openid_clients": (),
    **dict.fromkeys(("alarm_webhooks", "alarm_webhook_secret", "alarm_services"), ()),
    "alarm_events": (),
    **dict.fromkeys(("push_contact", "push_key"), ""),
}


def drill_name(room_name: str) -> str:
    """The name of a room's copy."""
    longest = _LONGEST_NAME - len(DRILL_ENDING)
    if len(room_name) > longest:
        room_name = f"{room_name[: longest - 9]}-{crc32(room_name.encode()):08x}"
    return room_name + DRILL_ENDING


class DrillRooms:
    """The copies of a site's rooms, made when a drill asks for the first time.

    `make` makes a site of its own from settings, over the same store.
    """

    def __init__(
        self,
        site: "Site",
        make: Callable[[Settings], "Site"],
        wall: Callable[[], float],
    ) -> None:
        self._real, self._make, self._wall = site, make, wall
        self._token = site.settings.loadtest_token or ""
        self._mark = token_hex(4)  # of this worker
        self._names = {drill_name(room.name): room.name for room in site.settings.rooms}
        self._copies: Site | None = None

    def has(self, name: str) -> bool:
        """Whether a copy is called so."""
        return name in self._names

    def is_asked(self, request: Request) -> bool:
        """Whether a request shows a pass."""
        return bool(request.header(DRILL.lower()))

    async def answer_at_path(self, request: Request) -> Pass | Reply:
        """The answer at a path that a room protects; a pass if the app itself is asked for."""
        if (refused := self._refusal(request)) is not None:
            return refused
        way = self._site().way(request)
        verdict = way.glance(request) or await way.answer(request)
        if isinstance(verdict, Reply):
            return self._marked(verdict)
        wants_app = request.header(DRILL_APP.lower()) and verdict.session is not None
        return verdict if wants_app else self._marked(_inside(verdict))

    async def answer_own(self, name: str, below: str, request: Request) -> Reply:
        """The answer at an address of a copy itself."""
        if (refused := self._refusal(request)) is not None:
            return refused
        if below != PROBE:
            return self._marked(await self._site().answer_below_prefix(request))
        view = self._site().store_access.views[name]
        try:
            if request.method == "POST":
                await self._empty(view)
            return self._marked(json_reply(200, await self._seen(request, name, view)))
        except WaitingRoomError as error:
            return self._marked(problem(503, f"the store: {error.told}"))

    def _refusal(self, request: Request) -> Reply | None:
        if why := refusal_of_pass(request.header(DRILL.lower()), self._token, self._wall()):
            return problem(403, why)
        return None

    def _site(self) -> "Site":
        if self._copies is None:
            settings = self._real.settings
            rooms = tuple(_copy(room) for room in settings.rooms)
            self._copies = self._make(replace(settings, rooms=rooms, **_AROUND))
            self._copies.store_access.after_refresh = None  # nobody counts what a drill does
        return self._copies

    async def _empty(self, view: RoomView) -> None:
        """Begin anew: what an earlier drill has left, or this one, is gone from the room."""
        access, store = self._site().store_access, self._real.store
        await access.newest(view)
        await access.operate(view, lambda: store.reset(view.name, True, who="drill"))

    def _marked(self, reply: Reply) -> Reply:
        """With who answers, and a number of its own, by which a cache is found out."""
        return reply.with_headers([(DRILL, f"{self._mark}.{token_hex(6)}")])

    async def _seen(self, request: Request, name: str, view: RoomView) -> dict[str, Any]:
        """What this worker sees of a request, of its store and of the real room."""
        settings, access = self._real.settings, self._site().store_access
        origin = origin_of(request, settings.trusted_proxies)
        trips, wall = await self._time_store(view), self._wall()
        return {
            "worker": self._mark,
            "wall": wall,
            "store": settings.store.partition("://")[0],
            "store_time": access.now(view),
            "store_seconds": trips,
            "scheme": origin.scheme,
            "host": origin.host,
            "address": origin.address,
            "peer": request.client,
            "forwarded_for": request.header("x-forwarded-for"),
            "trusted_proxies": settings.trusted_proxies,
            "needs_addresses": any(r.joins_per_address or r.bind for r in settings.rooms),
            "cookies": _cookies(request, name),
            "cookie_secure": settings.cookie_secure,
            "admin_prefix": settings.admin_prefix,
            "has_panel": self._real.has_panel,
            "room": await self._real_room(self._names[name]),
        }

    async def _time_store(self, view: RoomView) -> list[float]:
        access, trips = self._site().store_access, []
        await access.fresh(view)
        for _ in range(_TRIPS):
            began = access.monotonic()
            await access.step(view, lambda seen: self._real.store.record(view.name))
            trips.append(access.monotonic() - began)
        return trips

    async def _real_room(self, room_name: str) -> dict[str, Any]:
        """The real room as visitors would find it, without taking anything of it."""
        view = self._real.store_access.views[room_name]
        room = await self._real.store_access.fresh(view)
        paths = [path for path in view.settings.paths if isinstance(path, str)]
        told: dict[str, Any] = {"name": room_name, "paths": paths}
        if room is not None:
            opens = room.rules.get("opens_at")
            told |= {"state": room.state, "mode": room.mode, "limit": room.limit, "opens_at": opens}
        return told


def _copy(room_settings: RoomSettings) -> RoomSettings:
    return replace(room_settings, name=drill_name(room_settings.name), **_INSTEAD)


def _inside(verdict: Pass) -> Reply:
    """In place of the app's page."""
    session = verdict.session
    told = {"inside": True, "session": session.id if session else None}
    headers = (*cookie_headers(verdict.cookies), *verdict.extra_headers)
    return json_reply(200, told, (*headers, ("VWR-State", "admitted")))


def _cookies(request: Request, name: str) -> dict[str, bool]:
    """Which of a copy's cookies a request has brought."""
    sent = request.header("cookie")
    return {"ticket": f"_{name}=" in sent, "token": f"_{name}_token=" in sent}


def consent(token: str, request: Request) -> Reply:
    """That this site agrees to load tests by whoever has its token. The token is not in it."""
    if request.method not in READS:
        return problem(405, "method not allowed: use GET", (("Allow", ", ".join(READS)),))
    headers = (("Content-Type", "text/plain; charset=utf-8"), *PRIVATE)
    return Reply(200, consent_text(token).encode(), headers)
