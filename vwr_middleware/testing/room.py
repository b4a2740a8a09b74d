"""The room of a test: who is inside and who waits, and how time passes."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from secrets import token_urlsafe
from typing import Any, cast

from vwr_middleware.blocking import finish
from vwr_middleware.errors import ConfigurationError, WaitingRoomError
from vwr_middleware.line.messages import Snapshot
from vwr_middleware.settings import RoomSettings, Settings
from vwr_middleware.settings.room import ROOM_KINDS
from vwr_middleware.site.routing import Site
from vwr_middleware.stores import Store
from vwr_middleware.testing.clients import PERSON, SCRIPT, client_of, client_of_django
from vwr_middleware.testing.clock import Clock
from vwr_middleware.testing.crowd import Crowd
from vwr_middleware.testing.store_faults import StoreWithFaults
from vwr_middleware.testing.swap import is_djangos, swapped, swapped_in_django

#: Seconds between two polls of a page while time passes.
_POLLS_EVERY = 1.0
#: A room of more slots is not filled, but its limit lowered.
_FILLED_MOST = 1000
#: Seconds in which whoever is first in line is called, where people are called at all.
_CALLED_WITHIN = 5.0
_NO_PLAIN_PATH = 'room {} names no plain path: hand in one that it protects, path="/tickets"'


@contextmanager
def room_for_tests(
    app: Any = None,
    *,
    room_name: str = "",
    path: str = "",
    clock: Clock | None = None,
    **settings: Any,
) -> Iterator["RoomForTests"]:
    """Put a room in the place of an app's own: the same settings, but an empty store in memory, and
    a clock that moves only when told. Afterwards the app has its own again.

    `app` is the app with the middleware around it, or nothing for a Django project. Settings win
    over the app's: `max_active=1`. `room_name` says which room is meant where there are several,
    and `path` is one of its paths, where that is no plain text. Raises ConfigurationError.
    """
    clock = clock or Clock()
    store = StoreWithFaults(clock)

    def make(own: Settings, in_loop: bool) -> Site:
        changed = with_settings(own, settings)
        site = Site(changed, cast(Store, store), clock, clock, in_loop=in_loop)
        site.alarms.close()  # time does not pass by itself, and nobody is to be woken by a test
        return site

    if is_djangos(app):
        with swapped_in_django(make) as (site, handler):
            yield RoomForTests(site, clock, store, handler, room_name, path, is_django=True)
    else:
        with swapped(app, make) as site:
            yield RoomForTests(site, clock, store, app, room_name, path)


def with_settings(own: Settings, given: Mapping[str, Any]) -> Settings:
    """An app's settings with some changed, those of rooms in each of them."""
    of_rooms = {name: value for name, value in given.items() if name in ROOM_KINDS}
    of_site = {name: value for name, value in given.items() if name not in ROOM_KINDS}
    kept = {field.name: getattr(own, field.name) for field in fields(own)}
    kept |= {"enabled": True, "store": "memory://"}
    kept["secret_key"] = own.secret_key or token_urlsafe()
    kept["rooms"] = [_room_with(room, of_rooms) for room in own.rooms] or [of_rooms]
    return Settings(**{**kept, **of_site})


def _room_with(room_settings: RoomSettings, given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        field.name: getattr(room_settings, field.name) for field in fields(room_settings)
    } | dict(given)


class RoomForTests:
    """A room with a `clock` to move, a `store` to break, and a `crowd`. It is made by
    `room_for_tests`, or the fixture `vwr_room` of pytest.

    Any client of the app meets it. Those that are made here are people: they ask for pages, and
    keep cookies.
    """

    def __init__(
        self,
        site: Site,
        clock: Clock,
        store: StoreWithFaults,
        app: Any,
        name: str,
        path: str,
        *,
        is_django: bool = False,
    ) -> None:
        self.clock, self.store, self._app, self._site = clock, store, app, site
        self._make_client = client_of_django if is_django else client_of
        self._settings = _room_of(site.settings, name)
        self.name, self.path = self._settings.name, path or _path_of(self._settings)
        self.crowd = Crowd(site, self.name)
        self._clients: list[Any] = []

    def visitor(self, headers: Mapping[str, str] = PERSON) -> Any:
        """Somebody who has not come yet: your framework's own test client, with cookies of its own.
        With `headers={}` it asks as a program does."""
        client = self._make_client(self._app, dict(headers))
        self._clients.append(client)
        return client

    def inside(self, path: str = "") -> Any:
        """Somebody who has been let in. The room must have space, as it has at first."""
        client = self.visitor()
        for _ in range(2):  # with the second request the session lasts its whole time
            self._expect(client, path, "let in", is_waiting=False)
        return client

    def waiting(self, path: str = "") -> Any:
        """Somebody in line, behind all who wait already. If there is space, the room is filled."""
        if self.snapshot.active < self.snapshot.limit and not self.snapshot.waiting:
            self.full()
        client = self.visitor()
        self._expect(client, path, "made to wait", is_waiting=True)
        return client

    def full(self) -> "RoomForTests":
        """People of the crowd take all slots. `room.crowd.goes()` frees one again.

        Where they are very many, or come in slowly, the limit is lowered instead to those inside.
        """
        limit = self.snapshot.limit
        if not self.snapshot.active and not self.crowd.comes_in():
            self.crowd.comes()  # people are called later, or not at all: then everybody waits
            self.pass_by(_CALLED_WITHIN)
        for _ in range(min(limit, _FILLED_MOST)):
            if not self.crowd.comes_in():
                break
        active = self.snapshot.active
        if 0 < active < limit:
            self.change(max_active=active)
        return self

    def pass_by(self, seconds: float) -> None:
        """Let time pass while all pages are open: those who wait poll, and keep their places.

        `clock.pass_by` moves the time alone, as if all devices slept.
        """
        end = self.clock.now + seconds
        while self.clock.now < end:
            self.clock.pass_by(min(_POLLS_EVERY, end - self.clock.now))
            self.crowd.goes_on()
            for client in self._clients:
                client.get(f"{self._site.settings.prefix}/{self.name}/position", headers=SCRIPT)

    def change(self, **settings: Any) -> None:
        """An operator changes settings of the running room, as in the panel: `mode="paused"`."""
        self._operate(lambda: self._site.store.change(self.name, settings, who="test"))

    def reset(self) -> None:
        """An operator empties the line: a new generation begins."""
        self._operate(lambda: self._site.store.reset(self.name, who="test"))

    @property
    def snapshot(self) -> Snapshot:
        """The room as the store has it now: `active`, `waiting`, `serving`, `queue` …"""
        return self._read()

    def _operate(self, call: Callable[[], Awaitable[object]]) -> None:
        access = self._site.store_access
        finish(access.operate(access.views[self.name], call))

    def _read(self) -> Snapshot:
        access = self._site.store_access
        room = finish(access.newest(access.views[self.name]))
        if room is None:
            raise WaitingRoomError("the store is away: let it come back first")
        return room.snapshot

    def _expect(self, client: Any, path: str, what: str, *, is_waiting: bool) -> None:
        answer = client.get(path or self.path)
        if ("VWR-State" in answer.headers) != is_waiting:
            state = answer.headers.get("VWR-State", "none")
            raise WaitingRoomError(
                f"a visitor at {path or self.path} was not {what}: {answer.status_code},"
                f" VWR-State: {state}. Is that a path of room {self.name}?"
            )

    def __repr__(self) -> str:
        return f"<RoomForTests {self.name}>"


def _room_of(settings: Settings, name: str) -> RoomSettings:
    for room in settings.rooms:
        if name in ("", room.name):
            return room
    names = ", ".join(room.name for room in settings.rooms)
    raise ConfigurationError([f"there is no room {name!r}: the rooms are {names}"])


def _path_of(room_settings: RoomSettings) -> str:
    plain = [path for path in room_settings.paths if isinstance(path, str) and "*" not in path]
    if not plain:
        raise ConfigurationError([_NO_PLAIN_PATH.format(room_settings.name)])
    return plain[0]
