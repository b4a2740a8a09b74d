"""The types that an app annotates its own code with are those of what it is given."""

from collections.abc import Iterable

from werkzeug.test import Client

from tests.support.clock import Clock
from tests.support.problems import KEY
from vwr_middleware.blocking import finish
from vwr_middleware.settings import RoomSettings
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.types import Event, Inlet, Request, Session, Snapshot
from vwr_middleware.worker.refresh import ask_of
from vwr_middleware.worker.room_view import RoomView
from vwr_middleware.wsgi import WaitingRoomMiddleware
from vwr_middleware.wsgi.let_through import StartResponse
from vwr_middleware.wsgi.request import Environ


def test_what_an_app_is_given_is_of_the_types_that_it_may_name() -> None:
    events: list[Event] = []
    sessions: list[Session | None] = []

    def never_waits(request: Request) -> bool:
        return request.header("x-monitor") == "our own"

    def shop(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        sessions.append(environ["vwr"])
        start_response("200 OK", [])
        return [b"tickets"]

    ours = WaitingRoomMiddleware(
        shop,
        secret_key=KEY,
        paths="/tickets",
        store="memory://",
        bypass=never_waits,
        on_event=events.append,
    )
    Client(ours).get("/tickets", headers={"X-Monitor": "our own"})
    Client(ours).get("/tickets")
    assert sessions[0] is None
    assert isinstance(sessions[1], Session)
    assert {type(event) for event in events} == {Event}


def test_a_strategy_is_given_a_snapshot(clock: Clock) -> None:
    met: list[Snapshot] = []

    def gently(snapshot: Snapshot, now: float) -> Inlet | None:
        met.append(snapshot)
        return Inlet(per_second=10) if now < 0 else None

    store, view = MemoryStore(clock), RoomView(RoomSettings(paths="/", inlet=gently))
    view.take(finish(store.refresh([ask_of(view, 0.0)]))[0], 0.0)
    assert ask_of(view, 1.0).inlet == Inlet()
    assert [type(room) for room in met] == [Snapshot]
