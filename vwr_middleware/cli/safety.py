"""What of a configuration works and yet lets in whom it should not, for `vwr check`."""

from collections.abc import Iterator, Sequence

from werkzeug.test import EnvironBuilder

from vwr_middleware.gate.app_functions import AppFunctions
from vwr_middleware.settings import RoomSettings, Settings
from vwr_middleware.settings.clashes import OPENING_THE_PANEL
from vwr_middleware.startup.unreached_paths import never_reached
from vwr_middleware.startup.wrapped_app import CorsLayer
from vwr_middleware.user_functions import ask
from vwr_middleware.web.paths import PathRule
from vwr_middleware.wsgi.request import WsgiRequest

PLAIN_COOKIES = (
    "cookie_secure is never: cookies go over plain http too, where anybody on the way can take a"
    ' session: set "auto", or "always"'
)
OPEN_PANEL = (
    "the panel answers at every host and to every network, so anybody can try passwords: set"
    " admin_networks or admin_hosts, unless a proxy keeps {} inside"
)
PREFLIGHTS = (
    "room {!r}: preflights pass to the app without waiting, and run each view that answers OPTIONS:"
    " leave preflights out and set cors_origins, unless a CORS layer answers all of them"
)
BY_A_PATTERN = (
    "room {room!r}: {path!r} goes to room {by!r}, which comes first and matches it too: put"
    " {room!r} before {by!r}, or narrow the paths of {by!r}"
)


def warnings(settings: Settings, app: object = None) -> Iterator[str]:
    """All of them. With the app they are fewer: it may have what keeps it safe."""
    if not settings.enabled:
        return
    if settings.cookie_secure == "never":
        yield PLAIN_COOKIES
    has_panel = any(getattr(settings, name) for name in OPENING_THE_PANEL)
    if has_panel and not (settings.admin_networks or settings.admin_hosts):
        yield OPEN_PANEL.format(settings.admin_prefix)
    for room in settings.rooms:
        if room.preflights and not CorsLayer(app).is_there:
            yield PREFLIGHTS.format(room.name)
        yield from _of_challenge(room)
    yield from _of_order(settings)


def _of_challenge(room_settings: RoomSettings) -> Iterator[str]:
    """Whether a newcomer without cookies is led to where nobody gets without a place."""
    path = next(
        (path for path in room_settings.paths if isinstance(path, str) and "*" not in path), ""
    )
    if room_settings.challenge is None or isinstance(room_settings.challenge, str) or not path:
        return
    newcomer = WsgiRequest(EnvironBuilder(path, headers=[("Accept", "text/html")]).get_environ())
    try:
        where = ask(room_settings.challenge, newcomer)
    except Exception:  # it may need what only the app's own server brings
        return
    try:
        AppFunctions(room_settings, _hear_nothing).checked(
            "" if where is None else str(where), newcomer
        )
    except ValueError as error:
        yield f"room {room_settings.name!r}: the challenge cannot work, since {error}"


def _hear_nothing(*_: object) -> None:
    """No event is told of this newcomer, who is made up."""


def _of_order(settings: Settings) -> Iterator[str]:
    """Each path that an earlier room takes by a pattern, or in spite of what it excludes."""
    told = list(never_reached(settings))
    for number, room in enumerate(settings.rooms):
        for path in room.paths:
            by = _taken(path, room, settings.rooms[:number]) if isinstance(path, str) else None
            begins = f"room {room.name!r}: {path!r} "
            if by is not None and not any(line.startswith(begins) for line in told):
                yield BY_A_PATTERN.format(room=room.name, path=path, by=by.name)


def _taken(
    path: str, room_settings: RoomSettings, earlier: Sequence[RoomSettings]
) -> RoomSettings | None:
    for first in earlier:
        apart = _differ(first.hosts, room_settings.hosts) or _differ(
            first.methods, room_settings.methods
        )
        if (
            not apart
            and "*" not in path
            and PathRule(first.paths, first.exclude).covers(path, path)
        ):
            return first
    return None


def _differ(mine: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether the hosts, or methods, of two rooms have none in common; none means all."""
    return bool(mine and theirs) and not {*mine} & {*theirs}
