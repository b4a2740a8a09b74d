"""`vwr check`: whether the configuration and the store can work, and what is wrong if not."""

import json
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, cast

from vwr_middleware.blocking import finish
from vwr_middleware.cli.reach import Direct, store_at
from vwr_middleware.errors import ConfigurationError, Refused, WaitingRoomError
from vwr_middleware.keys import Keys
from vwr_middleware.panel.report import configured_inlet
from vwr_middleware.panel.words import in_words, moment
from vwr_middleware.papers.signing_keys import key_marks, read_each_other
from vwr_middleware.settings import RoomSettings, Settings
from vwr_middleware.startup import checks
from vwr_middleware.startup.own_templates import template_problems
from vwr_middleware.stores import Store
from vwr_middleware.stores.opening import POSTGRESQL, file_of, missing_file, place_problems
from vwr_middleware.worker.other_rooms import LATELY
from vwr_middleware.worker.shared_counts import other_rooms_of

if TYPE_CHECKING:
    from vwr_middleware.stores.postgres.store import PostgresStore

#: A path of this length takes a hostile pattern seconds, and a sound one microseconds.
_LONG = "/" + "a" * 22 + "!"
_SLOW = 0.02  # seconds

TWO_STORES = (
    "store: in the last ten minutes tickets of another store came to room {room!r}. Either two"
    " stores serve it: then give every worker the same one (memory:// is another store in each"
    " process, a relative file name another one in each directory, and a file another one on each"
    " machine). Or its store lost the data and a newly started worker was the first to ask it: then"
    " `vwr restore {room}` gives the people of the old line their places back"
)

OTHER_SECRET = (
    "room {room!r}: secret_key or token_algorithm differs from that of the app's most recently"
    " started worker, and neither accepts what the other signs. Give all workers the same. To"
    " change one, deploy twice, with [old, new] and then [new, old]. If this is another site on the"
    " same store, give it a namespace of its own"
)

NO_PANEL = "there is no panel: set admin_password or admin_auth to watch and steer"
ONLY_READ = "the panel is read-only: set admin_password or admin_auth to steer as well"

#: Seconds between two questions of a page in the background, where a browser slows it down.
_BACKGROUND = 60

#: Modes in which a room usually does not begin, and what they do.
UNUSUAL_MODES = {
    "paused": "nobody is called or let in until an operator resumes",
    "closed": "everybody new is turned away",
    "off": "everybody passes, and no limit applies",
    "shadow": "everybody passes, and it is only counted who would have waited",
}


def problems(settings: Settings) -> list[str]:
    """Everything that keeps this configuration from working, each with its fix."""
    found = [
        *template_problems(checks.pages_of(settings), settings.rooms),
        *_slow_patterns(settings),
    ]
    if missing_file(settings.store):  # nothing is made by looking
        return [*place_problems(settings.store), *found]
    try:
        with _store_of(settings) as store:
            return [*_of_store(store, settings), *found]
    except ConfigurationError as error:
        return [*error.problems, *found]


def warnings(settings: Settings, now: float) -> list[str]:
    """What works, but may be a mistake."""
    of_rooms = (warning for room in settings.rooms for warning in _warnings_of_room(room, now))
    of_start = checks.warnings(settings)
    return [*of_start, *_warnings_of_site(settings), *of_rooms]


def place(settings: Settings) -> str:
    """Where the store is; "" if its URL, which may hold a password, says no more."""
    if settings.store.partition("://")[0] in POSTGRESQL:
        with _store_of(settings) as store:
            return f"the store is {finish(cast('PostgresStore', store).place())}"
    path = file_of(settings.store)
    if path and missing_file(settings.store):
        return f"the store is {path}, a file that is not there yet: the app makes it when it starts"
    return path and f"the store is {path}"


def overrides(settings: Settings) -> list[str]:
    """The operators' changes that beat the configuration."""
    if missing_file(settings.store):
        return []
    with _store_of(settings) as store:
        rooms = Direct(store, settings.rooms)
        return [line for room in settings.rooms for line in _overrides_of(rooms, room)]


@contextmanager
def _store_of(settings: Settings) -> Iterator[Store]:
    """The configured store, opened. Raises ConfigurationError."""
    store = store_at(settings.store, settings.namespace)
    try:
        yield store
    finally:
        finish(store.close())


def _of_store(store: Store, settings: Settings) -> Iterator[str]:
    try:
        if found := finish(store.check()):
            yield from found
            return
        posts = [json.loads(text) for text in finish(store.post("", "")).values()]
        yield from _two_stores(posts, settings)
        yield from _other_secrets(store, settings)
    except WaitingRoomError as error:
        yield f"store: {error.told}"


def _two_stores(posts: Sequence[Mapping[str, Any]], settings: Settings) -> Iterator[str]:
    for room in settings.rooms:
        if other_rooms_of(room.name, posts).were_met_after(time.time() - LATELY):
            yield TWO_STORES.format(room=room.name)


def _other_secrets(store: Store, settings: Settings) -> Iterator[str]:
    if not settings.secret_key:
        return
    keys = Keys(settings.secret_key, settings.namespace)
    ours = key_marks(keys, settings.token_algorithm, settings.token_keys)
    rooms = Direct(store, settings.rooms)
    for room in settings.rooms:
        with suppress(Refused):  # nobody has visited it yet
            theirs = rooms.key_marks(room.name)
            if theirs and not read_each_other(ours, theirs):
                yield OTHER_SECRET.format(room=room.name)


def _slow_patterns(settings: Settings) -> Iterator[str]:
    for room in settings.rooms:
        for pattern in (*room.paths, *room.exclude):
            if isinstance(pattern, re.Pattern):
                began = time.perf_counter()
                pattern.search(_LONG)
                if time.perf_counter() - began > _SLOW:
                    yield (
                        f"room {room.name!r}: the pattern {pattern.pattern!r} is slow on long"
                        " paths: rewrite it without a repetition inside a repetition"
                    )


def _warnings_of_site(settings: Settings) -> Iterator[str]:
    if not settings.enabled:
        yield "enabled is false: the middleware does nothing, and nobody waits"
    if settings.debug:
        where = f"{settings.prefix}/preview/"
        yield f"debug is on: anybody can see the waiting page in every state at {where}"
    if settings.store.startswith("memory:"):
        yield "store memory:// works for one process: use sqlite:// or redis:// for several"
    ways = (settings.admin_password, settings.admin_auth, settings.admin_api_key)
    if not any((*ways, settings.admin_operators)):
        yield ONLY_READ if settings.admin_viewer_password else NO_PANEL
    forwarded = any(name in os.environ for name in ("KUBERNETES_SERVICE_HOST", "DYNO", "K_SERVICE"))
    if settings.trusted_proxies == 0 and forwarded:
        yield "trusted_proxies is 0, but this platform usually has a proxy in front: if so, set it"


def _warnings_of_room(room_settings: RoomSettings, now: float) -> Iterator[str]:
    if room_settings.mode in UNUSUAL_MODES:
        yield (
            f"room {room_settings.name!r}: mode is {room_settings.mode}:"
            f" {UNUSUAL_MODES[room_settings.mode]}"
        )
    if room_settings.mode not in ("off", "closed", "shadow"):  # which hold at all times
        yield from _warnings_of_times(room_settings, now)
    if room_settings.late == "lost" and room_settings.claim_within < _BACKGROUND:
        yield (
            f"room {room_settings.name!r}: with late lost and claim_within"
            f" {room_settings.claim_within:g} s, a page"
            " in the background, which may poll only once a minute, can miss one turn after"
            f" another: set claim_within to {_BACKGROUND} or more"
        )
    if {*room_settings.methods} - {"GET"} and not {"GET", "POST"} <= {*room_settings.methods}:
        yield (
            f"room {room_settings.name!r}: only {', '.join(room_settings.methods)}"
            f" is protected, so method-override"
            " headers lead around the room if the app honours them: protect GET and POST as well,"
            " or refuse them"
        )


def _warnings_of_times(room_settings: RoomSettings, now: float) -> Iterator[str]:
    yield from _warnings_of_openings(room_settings, now)
    if room_settings.closes_at is not None and room_settings.closes_at <= now:
        closed = moment(room_settings.closes_at)
        yield (
            f"room {room_settings.name!r}: closes_at, {closed}, has passed, so"
            f" the room is closed: move it"
        )
    elif room_settings.opens_at is not None and room_settings.opens_at <= now:
        opened = moment(room_settings.opens_at)
        yield (
            f"room {room_settings.name!r}: opens_at, {opened}, has passed: it"
            f" holds nobody back any more"
        )


def _warnings_of_openings(room_settings: RoomSettings, now: float) -> Iterator[str]:
    openings = room_settings.openings or ()
    over = [each for each in openings if each.get("closes_at") and each["closes_at"] <= now]
    if over and len(over) == len(openings):
        yield (
            f"room {room_settings.name!r}: all openings are over, so the room is closed: add one,"
            " or remove openings"
        )
    elif over:
        times = ", ".join(moment(each["opens_at"]) for each in over)
        yield f"room {room_settings.name!r}: openings that are over can be left out: {times}"


def _overrides_of(rooms: Direct, room_settings: RoomSettings) -> Iterator[str]:
    try:
        settings = rooms.status(room_settings.name)["settings"]
        audit = rooms.ask("audit", room_settings.name)["audit"]
    except Refused:  # nobody has visited it yet
        return
    config = room_settings.store_config() | {"inlet": configured_inlet(room_settings)}
    for row in settings:
        name, value = row["name"], row["value"]
        if row["overridden"] and value != config.get(name):
            who = next((entry["who"] for entry in audit if entry["what"] == name), "an operator")
            yield (
                f"room {room_settings.name!r}: {name} is {in_words(value, name)}, set by {who};"
                f" configured: {in_words(config.get(name), name)}"
            )
