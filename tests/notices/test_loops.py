"""A worker's own rounds, in real time: in a thread beside a blocking server, or as a task of an
event loop. Nobody asks for anything meanwhile."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from werkzeug.wrappers import Request, Response

from tests.support.in_time import in_time
from tests.support.serving import serving, serving_asgi
from tests.support.visitor import visitor_at
from vwr_middleware import asgi, wsgi
from vwr_middleware.notices import notifier
from vwr_middleware.notices.room_notices import TurnNotice
from vwr_middleware.settings import Settings
from vwr_middleware.worker.rounds import Rounds

Told = tuple[TurnNotice, str]
Shop = Callable[[Any], tuple[Any, AbstractContextManager[str]]]
DONE = {"VWR-Session": "completed"}


@pytest.fixture(autouse=True)
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not here: the worker looks by itself, and often."""
    monkeypatch.setattr(notifier, "OFTEN", 0.05)
    monkeypatch.setattr(notifier, "SELDOM", 0.05)


@pytest.fixture
def told() -> list[Told]:
    """Whom the site was to write to, each with the thread in which it was told so."""
    return []


@pytest.fixture
def settings(told: list[Told]) -> dict[str, Any]:
    return {
        "secret_key": "a key for a shop that writes",
        "paths": ["/tickets"],
        "max_active": 1,
        "contact": lambda request: request.header("x-account") or None,
        "notify": lambda notice: told.append((notice, threading.current_thread().name)),
    }


def by_asgi(settings: Settings) -> tuple[Any, AbstractContextManager[str]]:
    async def page(request: Any) -> PlainTextResponse:
        return PlainTextResponse("inside", headers=DONE if "done" in request.query_params else {})

    app = asgi.WaitingRoomMiddleware(Starlette(routes=[Route("/tickets", page)]), settings)
    return app.site, serving_asgi(app)


def by_wsgi(settings: Settings) -> tuple[Any, AbstractContextManager[str]]:
    @Request.application
    def page(request: Request) -> Response:
        return Response("inside", headers=DONE if "done" in request.args else {})

    app = wsgi.WaitingRoomMiddleware(page, settings)
    return app.site, serving(app)


@pytest.fixture(params=["asgi-task", "asgi-thread", "wsgi-thread"])
def case(request: pytest.FixtureRequest, settings: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The address of a shop, and how its worker looks."""
    door, _, way = request.param.partition("-")
    store = request.getfixturevalue("valkey_url") if way == "task" else "memory://"
    site, server = (by_asgi if door == "asgi" else by_wsgi)(Settings(store=store, **settings))
    with server as url:
        yield url, way
        worker = site.notifier
        begun = {"task": worker._task is not None, "thread": worker._thread is not None}
        assert [name for name, is_so in begun.items() if is_so] == [way]
        worker.close()
        if way == "thread":
            assert in_time(lambda: not worker._thread.is_alive())
        else:
            assert in_time(worker._task.done)


def test_somebody_who_has_closed_the_page_is_told(case: tuple[str, str], told: list[Told]) -> None:
    url, _ = case
    with visitor_at(url) as first, visitor_at(url) as second:
        first.opens(), first.opens()
        assert second.opens().status_code == 202
        answer = second.sends("/vwr/main/notices", headers={"X-Account": "7"})
        assert answer.json() == {"subscribed": True, "you": "waiting"}
        first.opens("/tickets?done")  # the last request of all
        assert in_time(lambda: bool(told))
    ((notice, thread),) = told
    assert (notice.subject, notice.contact) == ("1-2", "7")
    assert thread.startswith("vwr-notice_"), "no request and no event loop waits for it"


class Deaf(Rounds):
    """Rounds that keep to themselves once that they were cancelled."""

    has_work, is_deaf = True, True

    async def next_round(self) -> float:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            if not self.is_deaf:
                raise
            self.is_deaf = False
        return 0.0


@pytest.mark.anyio
async def test_closed_rounds_end_even_if_nothing_is_heard_of_it() -> None:
    rounds = Deaf(is_blocking=False)
    rounds.wake()
    task = rounds._task
    assert task is not None
    await asyncio.sleep(0)
    rounds.close()
    assert await asyncio.wait([task], timeout=20) == ({task}, set())
