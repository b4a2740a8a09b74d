"""The WSGI door: how it starts, and what the threads of a worker share."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.support.around_wsgi import KEY, around, plain, visitor
from tests.support.clock import Clock
from tests.support.transport import EnvironTransport
from tests.support.visitor import Visitor
from vwr_middleware.blocking import finish
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.settings import Settings
from vwr_middleware.site.routing import Site
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.wsgi import WaitingRoomMiddleware


def test_problems_are_told_when_it_is_made() -> None:
    with pytest.raises(ConfigurationError, match="secret_key is missing"):
        WaitingRoomMiddleware(plain, paths="/tickets")


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are not told here")
def test_nothing_is_open_before_the_first_request(tmp_path: Path) -> None:
    def is_open() -> bool:
        return any(str(tmp_path) in os.path.realpath(fd) for fd in Path("/proc/self/fd").iterdir())

    app = around(plain, store=f"sqlite:///{tmp_path / 'rooms.sqlite3'}")
    assert not is_open()
    assert visitor(app).opens().status_code == 200
    assert is_open()
    finish(app.site.close())
    assert not is_open()


def test_who_was_seen_once_is_known_at_sight(clock: Clock) -> None:
    settings = Settings(secret_key=KEY, store="memory://", paths="/tickets")
    site = Site(settings, MemoryStore(clock), clock, clock)
    guest = visitor(WaitingRoomMiddleware(plain, site=site))
    for _ in range(5):
        assert guest.opens().status_code == 200
    assert site.store_access.views["main"].known_sessions.recognised == 2


def test_many_threads_share_one_worker() -> None:
    app = around(plain, max_active=3)
    shoppers = [visitor(app) for _ in range(24)]

    def visit(shopper: Visitor) -> list[int]:
        return [shopper.opens().status_code for _ in range(30)]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(visit, shoppers))
    assert sorted(codes.count(200) for codes in found)[-4] < 30
    inside = [codes for codes in found if codes[0] == 200]
    assert len(inside) == 3
    assert all(set(codes) == {200} for codes in inside)
    assert not app.site.store_access.views["main"].known_sessions.in_hand
    transport: httpx.BaseTransport = EnvironTransport(app)
    assert Visitor.of(transport).fetches("/vwr/main/status").json()["issued"] == 24
