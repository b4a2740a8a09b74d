"""Fixtures that more than one test file needs, and how processes share the tests."""

import gc
import os
import re
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack
from functools import cache
from importlib import import_module
from pathlib import Path
from shutil import disk_usage
from typing import Any

import psycopg
import pytest
import redis
import redis.utils
from hypothesis import settings

from tests.support.alone import one_after_the_other, the_machine
from tests.support.clock import Clock
from tests.support.declared_keys import declared_keys_only
from tests.support.house import House, Shop, make_house
from tests.support.postgres import PostgresServer, postgres_of_a_container, postgres_server
from tests.support.rooms import Room
from tests.support.transport import PortalTransport
from tests.support.valkey import valkey_on_a_port, valkey_on_a_socket
from tests.support.visitor import Visitor, VisitorOf
from vwr_middleware.alarms.alarms import Alarms
from vwr_middleware.blocking import finish
from vwr_middleware.pages.pages import Pages
from vwr_middleware.settings import Settings
from vwr_middleware.site import routing
from vwr_middleware.startup import checks
from vwr_middleware.stores import Store
from vwr_middleware.stores.opening import open_store
from vwr_middleware.web.app_response import rooms_of_views

# How long one example takes on a busy machine says nothing. Whoever sets a number of examples sets
# it as a multiple of these profiles'; `make thorough` takes the second.
settings.register_profile("usual", max_examples=100, deadline=None)
settings.register_profile("thorough", max_examples=1000, deadline=None)
settings.load_profile("usual")

# What tests write lies in memory where there is room, as it is not in every container: SQLite waits
# for a disk whenever it opens a file and closes one.
MEMORY = Path("/dev/shm")
if os.access(MEMORY, os.W_OK) and disk_usage(MEMORY).free > 2**30:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

# To read the certificates for TLS, which no test speaks, would be most of what httpx does here.
HERE = Path(__file__).parent
os.environ.setdefault("SSL_CERT_DIR", str(HERE))

#: The settings of pages, besides a user's folder.
LOOK = (
    *("site_name", "logo", "logo_dark", "header", "colors", "scheme", "font"),
    *("frame_ancestors", "resume", "openid_clients"),
)


#: Files whose tests of all stores every run tries over PostgreSQL, too; and those that `make long`
#: tries so.
OVER_POSTGRES = frozenset({"test_agree.py"})
OVER_POSTGRES_IN_LONG = frozenset({"test_board.py", "test_identities.py", "test_positions.py"})

#: Files of which `make long` tries SQLite: they ask the rule alone, in many steps. Every run tries
#: it in memory and in Lua, and test_agree.py that SQLite and PostgreSQL do the same.
OVER_SQLITE_IN_LONG = frozenset(
    f"test_{name}.py"
    for name in (
        *("called", "day_log", "held_slots", "held_slots_walks", "missed_turns", "model", "pace"),
        *("quiet_hours", "shadow", "silence", "told_ranges"),
    )
)


#: The first mark that a file gives to all of its tests.
OF_A_FILE = re.compile(r"^pytestmark = \[?\s*pytest\.mark\.(\w+)", re.MULTILINE)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not even read what is left out as a whole, unless it is named."""
    return True if _is_left_out(collection_path, config) else None


def _is_left_out(path: Path, config: pytest.Config) -> bool:
    left_out = re.findall(r"not (\w+)", config.option.markexpr)
    if path == HERE / "browser":
        return "browser" in left_out
    own = OF_A_FILE.search(path.read_text()) if path.match("test_*.py") else None
    return own is not None and own[1] in left_out


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Two processes for each processor, since many tests wait for a server or a page."""
    return 2 * (os.cpu_count() or 1)


# First of all, so that what a test waits for others is no part of its time.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """One that must be alone waits for the others, and they for it."""
    with the_machine(item, nextitem):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """All tests and modules stay to the end, so no search for garbage goes through them."""
    gc.disable()
    try:
        _compile_a_share(session.config)
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


def _compile_a_share(config: pytest.Config) -> None:
    """The first time, to compile the tests takes longer than to read them: of several processes,
    each does it for some, and finds the others done."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    count = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if count > 1 and config.args == config.getini("testpaths"):
        folders = [path for path in sorted(HERE.iterdir()) if not _is_left_out(path, config)]
        files = [path for folder in folders for path in sorted(folder.glob("test_*.py"))]
        for path in [path for path in files if not _is_left_out(path, config)][number::count]:
            import_module(f"tests.{path.parent.name}.{path.stem}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that must be alone are one after the other. Leave most of what all stores promise to
    other runs, over PostgreSQL, and some of it over SQLite: both run the same rule."""
    one_after_the_other(items)
    for item in items:
        if item.path.parent.name == "browser":
            item.add_marker(pytest.mark.browser)
        params = getattr(getattr(item, "callspec", None), "params", {})
        if "door_name" not in params:  # tests/doors/conftest.py decides about these
            _leave_to_others(item, params)


def _leave_to_others(item: pytest.Item, params: Mapping[str, Any]) -> None:
    """Mark what is tried over a store that every run does not try it over."""
    file, stores = item.path.name, (params.get("store_url"), params.get("shared_url"))
    if "sqlite" in stores and file in OVER_SQLITE_IN_LONG and item.path.parent.name == "stores":
        item.add_marker(pytest.mark.long)
    if "postgres" in stores and file in OVER_POSTGRES_IN_LONG and not params.get("seed", 0):
        item.add_marker(pytest.mark.long)
    elif "postgres" in stores and (file not in OVER_POSTGRES or params.get("seed", 0) > 0):
        item.add_marker(pytest.mark.thorough)


@pytest.fixture(autouse=True)
def only_its_own_views(request: pytest.FixtureRequest) -> Iterator[None]:
    """With a decorated view in the process, apps are served in a longer way. So a view that was
    decorated outside of the test counts only for those that are marked `decorated_views`."""
    all_views = set(rooms_of_views)
    if request.node.get_closest_marker("decorated_views") is None:
        rooms_of_views.clear()
    yield
    rooms_of_views.update(all_views)


@pytest.fixture(autouse=True)
def no_alarms_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rooms of this process are looked at for alarms where a test says so, and by no thread."""
    monkeypatch.setattr(Alarms, "wake", lambda self: None)


@pytest.fixture(params=["no view", "a view"])
def with_or_without_views(request: pytest.FixtureRequest) -> None:
    """An app with a decorated view somewhere, or without."""
    if request.param == "a view":
        rooms_of_views.add("of a view")


@pytest.fixture(scope="session", autouse=True)
def made_once() -> Iterator[None]:
    """What thousands of sites make as they start, each the same, is made once: the pages of one
    look, unless a user's folder is in it, and what redis-py reads of itself for each connection."""
    made: dict[tuple[object, ...], Pages] = {}

    def pages_of(settings: Settings) -> Pages:
        if settings.templates:
            return checks.pages_of(settings)
        of_rooms = ((room.name, room.title, room.subtitle, room.theme) for room in settings.rooms)
        look = (
            *(getattr(settings, name) for name in LOOK),
            *(one for one in of_rooms if any(one[1:])),
        )
        return made.get(look) or made.setdefault(look, checks.pages_of(settings))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routing, "pages_of", pages_of)
        patch.setattr(redis.utils, "get_lib_version", cache(redis.utils.get_lib_version))
        yield


@pytest.fixture
def clock() -> Clock:
    """A clock that moves only when told."""
    return Clock()


@pytest.fixture(scope="session")
def pages() -> Pages:
    """Waiting pages as they ship."""
    return Pages()


@pytest.fixture
def anyio_backend() -> str:
    """Coroutine tests (`@pytest.mark.anyio`) run under asyncio."""
    return "asyncio"


@pytest.fixture
def shop() -> Shop:
    """An ASGI app that notes what it is asked."""
    return Shop()


@pytest.fixture
def house(clock: Clock, shop: Shop) -> House:
    """The shop behind a room for one at a time."""
    return make_house(clock, shop, max_active=1)


@pytest.fixture
def visitor_of() -> Iterator[VisitorOf]:
    """Makes somebody at an ASGI app."""
    with ExitStack() as stack:

        def make(app: Any) -> Visitor:
            transport = PortalTransport(app, raise_app_exceptions=False)
            stack.callback(transport.close)
            return Visitor.of(transport)

        yield make


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[str]:
    """The URL of one Valkey server for all tests. It may hold what other tests left."""
    if url := os.environ.get("STORE_TESTS_REDIS_URL"):  # of a container, emptied
        yield url
        return
    with ExitStack() as stack:
        if os.environ.get("STORE_TESTS_DECLARED_KEYS"):  # `make stores`
            stack.enter_context(declared_keys_only())
        yield stack.enter_context(valkey_on_a_socket())


@pytest.fixture(scope="session")
def valkey_tcp_server() -> Iterator[str]:
    """The same, reached by TCP."""
    with valkey_on_a_port() as url:
        yield url


@pytest.fixture(scope="session")
def valkey_client(valkey_server: str) -> Iterator[redis.Redis]:
    """A connection that no test uses but to empty the server."""
    with redis.Redis.from_url(valkey_server) as client:
        yield client


@pytest.fixture
def valkey_url(valkey_server: str, valkey_client: redis.Redis) -> str:
    """The URL of a Valkey server that holds nothing yet."""
    valkey_client.flushall()
    return valkey_server


@pytest.fixture
def valkey_tcp_url(valkey_tcp_server: str) -> str:
    """The same, reached by TCP."""
    with redis.Redis.from_url(valkey_tcp_server) as client:
        client.flushall()
    return valkey_tcp_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL server for all tests, with our schema in it."""
    with postgres_of_a_container() or postgres_server() as server:
        finish(open_store(f"{server.url}&socket_timeout=10").secret("", ""))
        yield server


@pytest.fixture(scope="session")
def postgres_client(postgres: PostgresServer) -> Iterator[psycopg.Connection[Any]]:
    """A connection that no test uses but to empty the server."""
    with postgres.connect() as client:
        yield client


@pytest.fixture
def postgres_url(postgres: PostgresServer, postgres_client: psycopg.Connection[Any]) -> str:
    """The URL of a PostgreSQL server that holds no room yet."""
    postgres_client.execute("DELETE FROM vwr.rooms")
    return postgres.url


@pytest.fixture(params=["memory", "sqlite", "redis", "postgres"])
def store_url(request: pytest.FixtureRequest) -> str:
    """A store of each kind, holding nothing yet."""
    return "memory://" if request.param == "memory" else _url_of(request)


@pytest.fixture(params=["sqlite", "redis", "postgres"])
def shared_url(request: pytest.FixtureRequest) -> str:
    """A store of each kind that several workers can share, holding nothing yet."""
    return _url_of(request)


def _url_of(request: pytest.FixtureRequest) -> str:
    if request.param == "redis":
        # A machine that is busy with tests may take longer than visitors are to wait. And a join
        # whose answer is late is made again, and its number is burned.
        return f"{request.getfixturevalue('valkey_url')}?socket_timeout=10"
    if request.param == "postgres":
        return f"{request.getfixturevalue('postgres_url')}&socket_timeout=10"
    folder: Path = request.getfixturevalue("tmp_path")
    return f"sqlite:///{folder / 'vwr.sqlite3'}"


@pytest.fixture
def store(store_url: str, clock: Clock) -> Iterator[Store]:
    """An open store of each kind, for blocking callers."""
    store = open_store(store_url, clock=clock)
    yield store
    finish(store.close())


@pytest.fixture
def make_room(store: Store, clock: Clock) -> Callable[..., Room]:
    """Makes a room with the settings that it is given."""

    def make(**settings: Any) -> Room:
        room = Room(store, clock, settings)
        room.look()
        return room

    return make
