"""Which room the commands work on, and the two ways to it: by its store, and by its panel's URL."""

import getpass
import json
import os
import re
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException, InvalidURL
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

import click

from vwr_middleware.blocking import finish
from vwr_middleware.errors import (
    ConfigurationError,
    Refused,
    RoomLost,
    StoreUnavailable,
    WaitingRoomError,
)
from vwr_middleware.events import Hooks
from vwr_middleware.keys import Keys
from vwr_middleware.line.constants import SETTLING
from vwr_middleware.line.session_ids import is_session_id
from vwr_middleware.panel.endpoints import ENDPOINTS, Endpoint
from vwr_middleware.panel.operations import Operations
from vwr_middleware.papers.tickets import Tickets
from vwr_middleware.settings import RoomSettings, Settings
from vwr_middleware.stores import Store
from vwr_middleware.stores.opening import missing_file, open_store, place_problems
from vwr_middleware.worker.room_view import RoomView
from vwr_middleware.worker.shared_counts import take_posts
from vwr_middleware.worker.store_access import StoreAccess

# The way to a room by the control API below a panel's URL.


SECONDS_MOST = 10.0
#: No store answers, or behind a proxy no app does: it may be there again in a moment.
_AWAY = (502, 503, 504)
#: Of a change that was sent, and whose answer has not come.
NOT_KNOWN = "the change may have been made, check with `vwr audit`"


class _NoRedirect(HTTPRedirectHandler):
    """Follows no redirect: urllib would send the key to any host, and turn a POST into a GET."""

    def redirect_request(self, *asked: Any) -> None:
        """No request in place of the one that was sent."""


class Remote:
    """By the control API below a panel's URL. `Direct` says what the methods do.

    Raises Refused for a URL that is none of http.
    """

    def __init__(self, url: str, key: str, who: str) -> None:
        if not url.startswith(("https://", "http://")):
            raise Refused("the URL must begin with https:// (or http:// on this machine)")
        if "@" in url.split("/", 3)[2]:  # or an error would show the password
            raise Refused("the URL must not contain a user name or password: use --key")
        self._base = url.rstrip("/") + "/api"
        self._headers = {
            "Authorization": f"Bearer {key}",
            "VWR-Operator": who,
            "Content-Type": "application/json",
        }
        # The key must not go through a proxy that the environment names.
        self._open = build_opener(ProxyHandler({}), _NoRedirect).open

    def rooms(self) -> list[dict[str, Any]]:
        return list(self.ask("rooms")["rooms"])

    def status(self, room_name: str) -> dict[str, Any]:
        return self.ask("status", room_name)

    def prepare(self, room_name: str) -> dict[str, Any]:
        """The panel makes all of its rooms as soon as one is looked at."""
        return self.status(room_name)

    def ask(self, name: str, /, *address: str, **given: Any) -> dict[str, Any]:
        endpoint = ENDPOINTS[name]
        content = self._answer(endpoint, address, given)
        known_by = endpoint.known_by or next(iter(endpoint.answer["properties"]))
        if not isinstance(content, dict) or known_by not in content:
            raise WaitingRoomError(
                f"{self._base} is not a control API: is this the URL of a panel?"
            )
        return content

    def _request(
        self, endpoint: Endpoint, address: Iterable[str], given: dict[str, Any]
    ) -> Request:
        parts = iter(address)
        path = re.sub(r"{\w+}", lambda _: quote(next(parts), safe=""), endpoint.path)
        once = {"Idempotency-Key": given.pop("key")} if endpoint.once else {}
        body = None if endpoint.body is None else json.dumps(given).encode()
        if endpoint.query:
            path += f"?{urlencode(given)}"
        # urllib encodes headers as latin-1; this makes it send what was typed, as a rule UTF-8.
        headers = {
            name: text.encode(errors="surrogateescape").decode("latin-1")
            for name, text in {**self._headers, **once}.items()
        }
        return Request(self._base + path, body, headers, method=endpoint.method)

    def _answer(self, endpoint: Endpoint, address: Iterable[str], given: dict[str, Any]) -> object:
        """What is answered; None if that is no JSON, or if this is no URL."""
        fix = NOT_KNOWN if endpoint.changes else ""
        try:
            request = self._request(endpoint, address, given)
            with self._open(request, timeout=SECONDS_MOST) as answer:
                return json.load(answer)
        except HTTPError as error:
            with error:
                raise _refused(error, fix) from error
        except (URLError, InvalidURL) as error:  # it could not even be asked
            reason = getattr(error, "reason", error)
            raise StoreUnavailable(f"{self._base} does not answer: {reason}") from error
        except (OSError, HTTPException) as error:
            raise StoreUnavailable(f"{self._base} does not answer: {error}", fix) from error
        except ValueError:
            return None


def _refused(error: HTTPError, fix: str) -> WaitingRoomError:
    leads_to = error.headers.get("Location", "")
    what = f"leads to {leads_to}" if leads_to else f"answers {error.code} {error.reason}"
    detail = _detail(error)
    if detail and error.code == 401:
        detail = (
            "the panel does not accept this key: use one from its admin_api_key (--key or VWR_KEY)"
        )
    if error.code in _AWAY:
        away = f"it {what}: the app behind the proxy is down, or this is not the URL of a panel"
        return StoreUnavailable(detail or away, fix)
    return Refused(detail or f"it {what}: is this the URL of a panel?", status=error.code)


def _detail(error: HTTPError) -> str:
    """The detail of our API's error. Other JSON with a "detail", as FastAPI's 404, is not ours."""
    if error.headers.get_content_type() != "application/problem+json":
        return ""
    try:
        return str(json.load(error)["detail"])
    except (ValueError, KeyError, TypeError):
        return ""


# The way from the shell to a room by its store.


NO_KEYS = (
    "a ticket can be read only with the app's key: set VWR_SECRET_KEY and VWR_PATHS (or VWR_ROOMS)"
    " as the app has them, or use --url"
)


NO_ANSWER = (
    "nothing was changed; try again, and if it fails again, start the store or correct its URL"
)


class Direct:
    """By the store itself. `who` is needed only for changes, `keys` only to look visitors up by
    their tickets and to prove draws, and `prefix` to say where these are published.

    Raises Refused, and StoreUnavailable or another WaitingRoomError, as `Remote` does.
    """

    def __init__(
        self,
        store: Store,
        rooms: Sequence[RoomSettings],
        who: str = "",
        keys: Keys | None = None,
        prefix: str = "",
    ) -> None:
        self._store, self._who = store, who
        self._store_access = StoreAccess(store, (), Hooks(None), time.monotonic, time.time)
        self._known = {room.name: room for room in rooms}
        self._tickets = {name: Tickets(keys, name) for name in self._known} if keys else {}
        self._operations = Operations(
            self._store_access, self._tickets, self._gather, prefix=prefix
        )

    def rooms(self) -> list[dict[str, Any]]:
        """All rooms that the settings name. One that the store does not hold yet is only
        mentioned, unless it holds none."""
        missing = [name for name in self._known if not self._is_there(name)]
        if missing and len(missing) == len(self._known):
            raise Refused(_missing(missing[-1], self._known))
        found = finish(self._operations.overviews())["rooms"]
        return [*found, *({"room": name, "state": "not made yet"} for name in missing)]

    def status(self, room_name: str) -> dict[str, Any]:
        """One room with its settings."""
        operations = self._opened(room_name)
        with suppress(StoreUnavailable):  # what was read last is shown even so
            finish(self._gather())
        return finish(operations.status(room_name))

    def prepare(self, room_name: str) -> dict[str, Any]:
        """Make a room as the settings have it. The first worker's own settings replace them."""
        if room_name not in self._known:
            raise Refused(_unnamed(room_name, self._known))
        # The first reading makes the room.
        self._store_access.views[room_name] = RoomView(self._known[room_name], only_looks=True)
        return finish(self._operations.status(room_name))

    def key_marks(self, room_name: str) -> str:
        """`Keys.marks` of the worker that was started last; "": it told none."""
        finish(self._opened(room_name).status(room_name))
        snapshot = self._store_access.views[room_name].room
        return str(snapshot.snapshot.config.get("key_marks", "")) if snapshot else ""

    def ask(self, name: str, /, *address: str, **given: Any) -> dict[str, Any]:
        """What the control API answers at this endpoint. `address` stands in its path, first of all
        the room, unless it is about all of them, and `given` is what is sent."""
        if not ENDPOINTS[name].is_of_room:
            return self._ask_site(name, address, given)
        room_name, *more = address
        operations = self._opened(room_name)
        ticket = given.get("ticket", "") if name == "explain" else ""
        if ticket and not is_session_id(ticket) and room_name not in self._tickets:
            raise Refused(_unnamed(room_name, self._known) if self._tickets else NO_KEYS)
        return finish(ENDPOINTS[name].start(operations, (room_name, *more), self._who, given))

    def _ask_site(self, name: str, address: Sequence[str], given: dict[str, Any]) -> dict[str, Any]:
        """The same about the whole site, by whichever rooms are there."""
        named = address[0].rpartition(".")[0] if address else ""
        rooms = [named] if named else list(self._known) or ["main"]
        opened = [room_name for room_name in rooms if self._is_there(room_name)]
        if not opened:
            raise Refused(_missing(rooms[-1], self._known))
        return finish(ENDPOINTS[name].start(self._operations, address, self._who, given))

    async def _gather(self) -> dict[str, Any]:
        """What workers have posted, also of rooms that the store does not hold."""
        posts = await self._store.post("", "")
        take_posts(self._store_access, posts)
        return {worker: json.loads(text) for worker, text in posts.items()}

    def _opened(self, room_name: str) -> Operations:
        """What can be done to a room. Raises Refused if the store does not hold it."""
        if not self._is_there(room_name):
            raise Refused(_missing(room_name, self._known))
        return self._operations

    def _is_there(self, room_name: str) -> bool:
        """Whether the store holds a room. If so, the worker's way to the store has it from now
        on.
        """
        if room_name in self._store_access.views:
            return True
        try:
            finish(self._store.record(room_name))  # a step that does not make the room
        except RoomLost:
            return False
        except StoreUnavailable as error:
            raise StoreUnavailable(str(error), error.fix or NO_ANSWER) from error
        settings = self._known.get(room_name) or RoomSettings(name=room_name, paths="/")
        self._store_access.views[room_name] = RoomView(settings, only_looks=True)
        self._settle_the_time(room_name)
        return True

    def _settle_the_time(self, room_name: str) -> None:
        """If nobody asked for the room for long, wait until the store follows this clock: see
        line/clock_in_doubt.py. A worker that is there says meanwhile if it is wrong."""
        view = self._store_access.views[room_name]
        with suppress(WaitingRoomError):  # whoever asks next is told
            snapshot = finish(self._store_access.fresh(view))
            if snapshot is not None and snapshot.snapshot.doubted_at:
                time.sleep(SETTLING)
                finish(self._store_access.newest(view))


def _missing(room_name: str, known: Collection[str]) -> str:
    """What to do about a room that the store does not hold."""
    if known and room_name not in known:
        return f"the store holds no room {room_name!r}, and {_unnamed(room_name, known)}"
    new = f"create it with `vwr prepare {room_name}`" if known else _unnamed(room_name, known)
    return (
        f"the store holds no room {room_name!r}. Check that this is the"
        f" app's store, and its namespace."
        f" If nobody has visited the room yet, {new}. If the store has lost it, the app brings it"
        " back at its next request"
    )


def _unnamed(room_name: str, known: Collection[str]) -> str:
    if known:
        return f"the settings name no room {room_name!r}, only {', '.join(known)}"
    return (
        "set VWR_SECRET_KEY, VWR_PATHS and so on as the app has them and create it, or use the"
        " panel with --url"
    )


# Which room the commands work on: what was said on the command line, or in the environment.


#: What the commands ask for everything: both have the same methods.
Client = Direct | Remote

#: Seconds that a command waits for a store at most. No visitor waits meanwhile, and who pauses a
#: room does so because machine and store have too much to do.
PATIENCE = 2.0

NO_FILE = (
    "this store holds no room, since there is no file {path}. Check that this is the app's store."
    " If nobody has visited a room yet, create it with `vwr prepare`"
)


def store_at(url: str, namespace: str) -> Store:
    """The store at a URL, for a command. Raises ConfigurationError."""
    return open_store(url, namespace, patience=PATIENCE)


@dataclass(slots=True)
class Reach:
    """How the commands reach a room. `settings` come from a framework's own configuration."""

    store: str | None = None
    namespace: str | None = None
    url: str | None = None
    key: str | None = None
    settings: Callable[[], Settings] | None = None

    def client(self, *, makes: bool = False) -> Client:
        """The way by the panel's URL if there is one, else by the store. `makes`: also to a store
        whose file is not there yet, which is made then."""
        if not self.url:
            return self._direct(makes)
        if not self.key:
            raise click.UsageError("--url needs --key (or VWR_KEY), a key from admin_api_key")
        return Remote(self.url, self.key, operator())

    def read(self) -> Settings | None:
        """The settings, if there are any: the framework's, or the environment's."""
        if self.settings is not None:
            return self.settings()
        if any(name in os.environ for name in ("VWR_SECRET_KEY", "VWR_PATHS", "VWR_ROOMS")):
            return Settings.from_env(os.environ)
        return None

    def store_of(self, settings: Settings | None) -> str:
        """The store's URL: the one that was named, else that of the settings; else ""."""
        return self.store or (settings.store if settings else "")

    def _direct(self, makes: bool) -> Direct:
        settings = self.read()
        url = self.store_of(settings)
        if not url:
            raise click.UsageError(
                "name a store (--store or VWR_STORE) or a panel (--url or VWR_URL)"
            )
        if url.startswith("memory:"):
            raise click.UsageError(
                "memory:// lives inside the app's process: use --url with the panel's URL"
            )
        if not makes and (path := missing_file(url)):
            if problems := place_problems(url):
                raise ConfigurationError(problems)
            raise Refused(NO_FILE.format(path=path))
        namespace = self.namespace or (settings or Settings).namespace
        keys = Keys(settings.secret_key, namespace) if settings and settings.secret_key else None
        store = store_at(url, namespace)
        click.get_current_context().find_root().call_on_close(lambda: finish(store.close()))
        if url.startswith("sqlite:") and (problems := finish(store.check())):
            raise ConfigurationError(problems)
        rooms, prefix = (settings.rooms, settings.prefix) if settings else ((), "")
        return Direct(store, rooms, operator(), keys, prefix)


def operator() -> str:
    """Who this is, for the audit log."""
    try:
        return f"{getpass.getuser()} (shell)"
    except (KeyError, OSError, ImportError):
        return "shell"
