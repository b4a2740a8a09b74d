"""A door of every kind, over a store of every kind."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from zlib import crc32

import pytest

from tests.doors.through_proxies import columns_of, is_left_out, mark_for_proxy
from tests.support.asking_proxies import PROGRAMS, SHOP, AskingProxies, asking_proxies
from tests.support.clock import Clock
from tests.support.doors import DOORS, Door, open_before, open_behind, open_door
from tests.support.upstreams import foreign_app
from vwr_middleware.worker import sharing

Open = Callable[..., Door]
#: What is no case of a test, but where it is tried.
PARAMS = ("door_name", "store_url")

#: The store of each door that every run tries: both that workers can share, asked in a loop and in
#: place. `make thorough` tries each door over each store.
PAIRS = {"asgi": "sqlite", "wsgi": "redis", "django-wsgi": "sqlite", "django-asgi": "redis"}

#: Files about what the core decides, for whatever door. Every run tries each of their tests at two
#: doors, one in a loop and one blocking, each over its store, and `make long` at the other two.
OF_THE_CORE = frozenset(
    f"test_{name}.py"
    for name in (
        *("again", "bound_sessions", "completing", "deploys", "draw", "draw_proof", "drill_rooms"),
        *("ended", "expiring", "invitations", "invitations_handed_on", "joins_per_address", "keep"),
        *("key_addresses", "leaving", "messages", "moved_places", "new_secrets", "newcomers"),
        *("notices", "openid", "opening", "puzzles", "restore", "resume", "rush", "session_idle"),
        *("several_openings", "shadow", "slow_lane", "static_door", "stock", "tossing"),
    )
)

#: Besides, two doors over PostgreSQL, in one file: in a loop, and blocking.
OVER_POSTGRES, FILE_OVER_POSTGRES = ("asgi", "wsgi"), "test_turns.py"


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make no test of what is left out anyway: there are thousands, in each process."""
    own = [
        name for mark in metafunc.definition.iter_markers("parametrize") for name in mark.args[0:1]
    ]
    if (
        "not thorough" in metafunc.config.option.markexpr
        and set(PARAMS) <= set(metafunc.fixturenames)
        and not any(name in str(own) for name in PARAMS)
    ):
        columns = [*PAIRS.items()]
        if "not outside" not in metafunc.config.option.markexpr:
            columns += columns_of(metafunc.function.__name__)
        pairs = pytest.mark.parametrize(PARAMS, columns, indirect=True)
        metafunc.definition.add_marker(pairs)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave to `make thorough` what hardly ever tells more: a door over another store, and a case
    at another door. Every test is tried at every door, or at two, and in every case at one of
    them."""
    items[:] = [item for item in items if not is_left_out(item)]
    for item in items:
        mark_for_proxy(item)
    cases: dict[str, list[object]] = defaultdict(list)
    at_doors = [found for item in items if (found := _at_a_door(item))]
    for test, _, _, case in at_doors:
        if case not in cases[test]:
            cases[test].append(case)
    for test, item, door, case in at_doors:
        others = min(len(cases[test]), len(PAIRS))
        if (cases[test].index(case) - list(PAIRS).index(door)) % others:
            item.add_marker(pytest.mark.thorough)
        elif others == 1 and item.path.name in OF_THE_CORE and door not in _two_doors(test):
            item.add_marker(pytest.mark.long)


def _two_doors(test: str) -> list[str]:
    """Those at which every run tries a test of what the core decides: always the same."""
    doors, half = list(PAIRS), crc32(test.encode()) % 2 * 2
    return doors[half : half + 2]


def _at_a_door(item: pytest.Item) -> tuple[str, pytest.Item, str, object] | None:
    """A test, one of its items, at which door that is, and in which case. One over a store that is
    not the door's is marked at once."""
    call = getattr(item, "callspec", None)
    door, store = (call.params.get(name) for name in PARAMS) if call else (None, None)
    if store == "postgres" and (door not in OVER_POSTGRES or item.path.name != FILE_OVER_POSTGRES):
        item.add_marker(pytest.mark.thorough)
    if store == "postgres":
        return None
    if call is None or door not in PAIRS or store is None:
        return None
    if store != PAIRS[door]:
        item.add_marker(pytest.mark.thorough)
        return None
    case = [(name, type(it), it) for name, it in call.params.items() if name not in PARAMS]
    return item.nodeid.partition("[")[0], item, door, case


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with other work at hand is no outage; outages are tested by a switch."""
    monkeypatch.setattr(sharing, "WAIT_MOST", 10.0)


@pytest.fixture(params=[*DOORS, *PROGRAMS, "upstream"])
def door_name(request: pytest.FixtureRequest) -> str:
    """Each of the doors."""
    name: str = request.param
    return name


@pytest.fixture
def open_it(
    door_name: str, store_url: str, clock: Clock, request: pytest.FixtureRequest
) -> Iterator[Open]:
    """Opens the door with the settings that it is given; a second time it is a second worker."""
    with ExitStack() as stack:

        def make(**settings: Any) -> Door:
            if door_name == "upstream":
                shop = request.getfixturevalue("shop_in_node")
                return open_before(shop, store_url, clock, stack, **settings)
            if door_name in DOORS:
                return open_door(door_name, store_url, clock, stack, **settings)
            proxies = request.getfixturevalue("proxies")
            return open_behind(proxies, door_name, store_url, clock, stack, **settings)

        yield make


@pytest.fixture(scope="session")
def shop_in_node() -> Iterator[str]:
    """The shop that the room as a proxy stands before."""
    with foreign_app(app=SHOP) as url:
        yield url


@pytest.fixture(scope="session")
def proxies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AskingProxies]:
    """All proxies that ask first, each started by the first test that needs it."""
    with asking_proxies(tmp_path_factory.mktemp("proxies")) as started:
        yield started


@pytest.fixture
def open_worker(open_it: Open, store_url: str) -> Open:
    """Opens the door of one more worker at a store that several can share."""
    if store_url == "memory://":
        pytest.skip("a store in memory has one worker")
    return open_it


@pytest.fixture
def two_workers(open_worker: Open) -> tuple[Door, Door]:
    """The same room for one session at two workers."""
    return open_worker(max_active=1), open_worker(max_active=1)


@pytest.fixture
def door(open_it: Open) -> Door:
    """A room for one session at a time."""
    return open_it(max_active=1)


@pytest.fixture
def wide_door(open_it: Open) -> Door:
    """A room for fifty sessions."""
    return open_it(max_active=50)
