"""Which call is at which path, and who may make it."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Any

from vwr_middleware.aws import visitor_calls
from vwr_middleware.aws.answers import Refusal, by_gateway, preflight, unavailable
from vwr_middleware.aws.events import Event, Events
from vwr_middleware.aws.operator_calls import OperatorCalls
from vwr_middleware.aws.parameters import Parameters, of_body, of_query
from vwr_middleware.aws.public_numbers import PublicNumber
from vwr_middleware.errors import Refused, RoomChanged, StoreUnavailable
from vwr_middleware.panel.authentication import AllowedSources, holder_of
from vwr_middleware.panel.operations import Operations
from vwr_middleware.panel.operators import Operator
from vwr_middleware.papers.request_ids import RequestIds
from vwr_middleware.site.routing import Site
from vwr_middleware.web.http import READS, Reply, Request
from vwr_middleware.web.path_readings import is_written_plainly

#: The stage of the gateways there, which some URLs have in front.
_STAGE = "/api"
_BAD_EVENT, _BAD_ID = "Invalid event ID", "Invalid event or request ID"
_EVENT, _PLACE = ("event_id",), ("event_id", "request_id")
#: What a gateway there says to whoever sends no credentials, or asks for what is not there.
_NO_KEY, _WRONG_KEY = "Missing Authentication Token", "Forbidden"

PublicRun = Callable[[Event, Request, Mapping[str, Any]], Awaitable[Reply]]
PrivateRun = Callable[[Event, Request, Mapping[str, Any], str], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Call:
    """One call: its method, what it takes, how an unknown event is refused, and what it does for
    everybody, for those with a key, or for both."""

    method: str
    parameters: Parameters
    refused: str
    public: PublicRun | None = None
    private: PrivateRun | None = None
    number: Callable[[Event], PublicNumber] | None = None  # that it reads, if that is all


def _calls(own: OperatorCalls) -> dict[str, Call]:
    """All calls, by their path."""
    get, post, it = "GET", "POST", visitor_calls
    event, place = Parameters(_EVENT), Parameters(_PLACE)
    increment, session = Parameters(_EVENT, ("increment_by",)), Parameters(_PLACE, ("status",))
    join = Parameters(_EVENT, json_only=True)
    return {
        "/assign_queue_num": Call(post, join, _BAD_EVENT, it.assign_queue_num),
        "/queue_num": Call(get, place, _BAD_ID, it.queue_num),
        "/serving_num": Call(get, event, _BAD_EVENT, it.serving_num, number=attrgetter("serving")),
        "/waiting_num": Call(get, event, _BAD_EVENT, it.waiting_num, number=attrgetter("waiting")),
        "/queue_pos_expiry": Call(get, place, _BAD_ID, it.queue_pos_expiry),
        "/public_key": Call(get, event, _BAD_EVENT, it.key_of_event),
        "/generate_token": Call(post, place, _BAD_ID, it.generate_token, own.generate_token),
        # Called so in AWS's API; its developer guide also calls it by the second name.
        "/increment_serving_counter": Call(
            post, increment, _BAD_EVENT, private=own.increment_serving_counter
        ),
        "/increment_serving_num": Call(
            post, increment, _BAD_EVENT, private=own.increment_serving_counter
        ),
        "/num_active_tokens": Call(get, event, _BAD_EVENT, private=own.num_active_tokens),
        "/expired_tokens": Call(get, event, _BAD_EVENT, private=own.expired_tokens),
        "/update_session": Call(post, session, _BAD_ID, private=own.update_session),
        "/reset_initial_state": Call(post, event, _BAD_EVENT, private=own.reset_initial_state),
    }


class Api:
    """Answers the calls of all rooms that have an event id. Raises ConfigurationError."""

    def __init__(self, site: Site) -> None:
        settings, self._events = site.settings, Events(site)
        tickets = {name: gate.papers.tickets for name, gate in site.gates.items()}
        operations = Operations(site.store_access, tickets, site.shared_counts.gather)
        self._calls = _calls(OperatorCalls(operations))
        self._keys, self._sources = settings.admin_api_key, AllowedSources(settings)

    def has(self, request: Request) -> bool:
        """Whether a request is for one of these calls, spelled as we write it."""
        return self._call(request) is not None

    def _call(self, request: Request) -> Call | None:
        path = request.path
        if not is_written_plainly(path, request.raw_path, request.mount):
            return None
        return self._calls.get(path) or self._calls.get(path.removeprefix(_STAGE))

    def public_number(self, request: Request) -> PublicNumber | None:
        """The public number for which a request asks, if it asks for one, and rightly."""
        call = self._call(request)
        if call is None or call.number is None or request.method != "GET":
            return None
        try:
            given = of_query(call.parameters, request)
            return call.number(self._events.find(given["event_id"], call.refused))
        except Refusal:
            return None

    async def answer(self, request: Request) -> Reply:
        """The answer, whatever was asked."""
        call = self._call(request)
        if call is None:
            return by_gateway(403, _NO_KEY).reply
        if request.method == "OPTIONS":
            return preflight([call.method])
        try:
            return await self._do(call, request)
        except Refusal as refusal:
            return refusal.reply
        except Refused as refused:
            return Refusal(refused.status, str(refused)).reply
        except StoreUnavailable:
            return unavailable().reply

    async def _do(self, call: Call, request: Request) -> Reply:
        if request.method not in (READS if call.method == "GET" else (call.method,)):
            raise by_gateway(403, _NO_KEY)
        # Whoever may not make a call is not told what is wrong with it.
        operator = self._operator(request) if call.private and not call.public else None
        of = of_query if call.method == "GET" else of_body
        given = of(call.parameters, request)
        if call.public and call.private and _wants_more(given):
            operator = self._operator_if_any(request)
        event = self._events.find(given["event_id"], call.refused)
        if "request_id" in call.parameters.texts and not RequestIds.is_one(given["request_id"]):
            raise Refusal(400, call.refused)
        if operator and call.private:
            run: Callable[[], Awaitable[Reply]] = partial(
                call.private, event, request, given, operator.name
            )
        else:
            assert call.public is not None
            run = partial(call.public, event, request, given)
        for _ in range(2):
            with suppress(RoomChanged):  # an operator restored it: the other room is read by now
                return await run()
        raise unavailable()

    def _operator_if_any(self, request: Request) -> Operator | None:
        """Who makes a call that everybody may make in a simpler form, if they bring a key."""
        return self._operator(request) if _credentials(request) else None

    def _operator(self, request: Request) -> Operator:
        """Who makes a private call. Raises Refusal."""
        given = _credentials(request)
        if not given or self._sources.turned_away(request):
            raise by_gateway(403, _NO_KEY)
        operator = holder_of(given, self._keys, request)
        if operator is None:
            raise by_gateway(403, _WRONG_KEY)
        return operator


def _credentials(request: Request) -> str:
    """The key that comes with a request: as a bearer token, or as gateways there take keys."""
    own = request.header("x-api-key").strip()
    scheme, _, given = request.header("authorization").partition(" ")
    return given.strip() if scheme.lower() == "bearer" else own or request.header("authorization")


def _wants_more(given: Mapping[str, Any]) -> bool:
    """Whether a call for tokens names what only the private one may choose."""
    return "issuer" in given or "validity_period" in given
