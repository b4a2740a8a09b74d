"""Settings in each other's way: cookies and what they need, addresses of our pages, secrets."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vwr_middleware.settings.look_kinds import look_clashes
from vwr_middleware.settings.openid_clients import openid_clashes
from vwr_middleware.settings.operators import operator_clashes
from vwr_middleware.settings.room import DRILL_ENDING, RoomSettings
from vwr_middleware.settings.secrets import PUBLISHED, PUBLISHED_SECRETS
from vwr_middleware.settings.token_kinds import token_clashes
from vwr_middleware.web.paths import PathRule

#: Our other cookies: the panel's, the one for Django's staff, and choices on the waiting page.
OTHER_COOKIES = frozenset({"vwr_panel", "vwr_panel_lang", "vwr_staff", "vwr_lang", "vwr_refresh"})

#: How the names of a room's cookies beside the ticket's end, and what is in them.
_ENDINGS = {
    "token": "the access token",
    "kept": "a kept ticket or token",
    "appointment": "an appointment",
    "puzzle": "a solved puzzle",
    "appeal": "a kept place in the main line",
}

#: Settings without which there is no panel.
OPENING_THE_PANEL = (
    *("admin_password", "admin_viewer_password", "admin_api_key", "admin_auth"),
    "admin_operators",
)


def clashes(values: Mapping[str, Any]) -> Iterator[str]:
    """A problem for each setting that is in another's way."""
    rooms: Sequence[RoomSettings] = values.get("rooms") or ()
    paths = [path for room in rooms for path in room.paths if isinstance(path, str)]
    yield from _known_secrets(values)
    yield from token_clashes(values)
    yield from openid_clashes(values)
    yield from operator_clashes(values)
    yield from _insecure_cookies(values)
    yield from _nested_prefixes(values)
    yield from _cookies_out_of_reach(values, paths)
    yield from _paths_never_reached(values, paths)
    yield from _rooms_left_open(rooms)
    yield from _exclusions_undone(rooms)
    yield from _beacons_of_several_draws(rooms)
    yield from _shared_events(rooms)
    yield from _cookie_clashes(values.get("namespace") or "", rooms)
    yield from _drill_clashes(values, rooms)
    yield from look_clashes(values)
    if values.get("push_key") and values.get("push_contact") == "":
        yield "push_key is of no use without push_contact: set that, or remove the key"
    if values.get("alarm_events") and _has_no(values, "alarm_webhooks", "alarm_services"):
        yield "alarm_events are told to nobody: set alarm_webhooks or alarm_services, too"
    viewer = values.get("admin_viewer_password")
    if viewer and viewer == values.get("admin_password"):
        yield "admin_viewer_password is the same as admin_password: choose another"


def _has_no(values: Mapping[str, Any], *names: str) -> bool:
    """Whether these are all empty. One that was wrong is missing here, and was told already."""
    return all(values.get(name) == () for name in names)


def _known_secrets(values: Mapping[str, Any]) -> Iterator[str]:
    """A problem if everybody knows a secret by which visitors would be let in."""
    is_tried_out = values.get("debug") or values.get("enabled") is False
    if not is_tried_out and PUBLISHED_SECRETS.intersection(values.get("secret_key") or ()):
        yield PUBLISHED


def _insecure_cookies(values: Mapping[str, Any]) -> Iterator[str]:
    """A problem for each setting that browsers honour only for secure cookies, if none are."""
    if values.get("cookie_secure") == "never":
        if values.get("cookie_samesite") == "None":
            yield 'cookie_samesite "None" needs secure cookies: set cookie_secure to "auto"'
        if values.get("cookie_partitioned"):
            yield 'cookie_partitioned needs secure cookies: set cookie_secure to "auto"'


def _beacons_of_several_draws(rooms: Sequence[RoomSettings]) -> Iterator[str]:
    """A problem for each public value that would be known before a later draw. One that an operator
    sets is for the next draw alone."""
    for room in rooms:
        draws = [each for each in room.openings or () if room.draw or each.get("draw")]
        if room.draw_beacon is not None and len(draws) > 1:
            yield (
                f"draw_beacon of room {room.name} would be the value of several draws, and known"
                " before the later ones: remove it, and set it before each in the panel or by"
                " `vwr set`"
            )


def _shared_events(rooms: Sequence[RoomSettings]) -> Iterator[str]:
    """A problem for each event that would be several rooms."""
    events = [room.aws_event for room in rooms if room.aws_event]
    for event in sorted({event for event in events if events.count(event) > 1}):
        names = ", ".join(room.name for room in rooms if room.aws_event == event)
        yield f"aws_event {event!r} is set for several rooms ({names}): an event is one room"


def _nested_prefixes(values: Mapping[str, Any]) -> Iterator[str]:
    ours, panel = f"{values.get('prefix')}/", f"{values.get('admin_prefix')}/"
    if ours.startswith(panel) or panel.startswith(ours):
        yield "one of prefix and admin_prefix lies inside the other: keep them apart"


def _cookie_clashes(namespace: str, rooms: Sequence[RoomSettings]) -> Iterator[str]:
    """A problem for each room whose cookie would have the name of another cookie of ours."""
    for room in rooms:
        ticket = f"{namespace}_{room.name}"
        if ticket in OTHER_COOKIES:
            whose = "another cookie of ours"
        elif room.name in _ENDINGS and "_" in namespace:
            before, _, other = namespace.rpartition("_")
            whose = f"{_ENDINGS[room.name]} of a room {other!r} in the namespace {before!r}"
        else:
            continue
        yield f"room {room.name!r}: its cookie {ticket} would also be {whose}: rename the room"


def _drill_clashes(values: Mapping[str, Any], rooms: Sequence[RoomSettings]) -> Iterator[str]:
    """A problem for each room that may be called as the one in which a drill is held."""
    taken = [room.name for room in rooms if room.name.endswith(DRILL_ENDING)]
    if values.get("loadtest_token") and taken:
        yield (
            f"room {taken[0]!r}: with loadtest_token, names that end in {DRILL_ENDING} are those of"
            " rooms for drills: rename it"
        )


def _cookies_out_of_reach(values: Mapping[str, Any], paths: Sequence[str]) -> Iterator[str]:
    """A problem if the cookie path covers a room but not our own pages, since polls need the
    ticket; or if it covers our own pages but not all that a room protects.

    If it covers neither, that is no problem: it may include a mount prefix, which is not known
    before the first request. Nor is it one if a room covers the cookie path, and the cookie path
    our own pages: a proxy may send the app nothing else.
    """
    cookie_path: str = values.get("cookie_path") or "/"
    prefix: str = values.get("prefix") or ""
    if not prefix or cookie_path == "/":
        return
    outside = [path for path in paths if not covers(cookie_path, path)]
    if covers(cookie_path, prefix):
        apart = (path for path in outside if not covers(path.rstrip("*"), cookie_path))
        if path := next(apart, None):
            yield (
                f'cookie_path "{cookie_path}" does not cover "{path}", so people would get a new'
                f' place on every page: set cookie_path to "/"'
            )
    elif len(outside) < len(paths):
        yield (
            f'cookie_path "{cookie_path}" does not cover prefix "{prefix}", so our own pages'
            f' would get no cookies: set prefix to "{cookie_path}/_vwr", or cookie_path to "/"'
        )


def _paths_never_reached(values: Mapping[str, Any], paths: Sequence[str]) -> Iterator[str]:
    """A problem if a protected path is below our own pages: its requests never reach the app."""
    inside = {"prefix": "_vwr"}
    if any(values.get(name) for name in OPENING_THE_PANEL):
        inside["admin_prefix"] = "_vwr-admin"
    for name, below in inside.items():
        ours = values.get(name) or ""
        if ours and (lost := next((path for path in paths if covers(ours, path)), None)):
            yield (
                f'{name} "{ours}" belongs to our own pages, so the app would never get "{lost}":'
                f' set {name} to "{ours}/{below}"'
            )


def _rooms_left_open(rooms: Sequence[RoomSettings]) -> Iterator[str]:
    """A problem for each room whose `exclude` takes out all its paths: "/" is not the home page."""
    for room in rooms:
        paths, open_ones = [*map(plain, room.paths)], [*filter(None, map(plain, room.exclude))]
        if paths and all(any(covers(one, path) for one in open_ones) for path in paths):
            yield (
                f"room {room.name!r}: exclude covers all of its paths, so nobody would wait: a path"
                ' includes everything below it; for a single page write re.compile("^/$"),'
                ' or in a file {regex = "^/$"}'
            )


def _exclusions_undone(rooms: Sequence[RoomSettings]) -> Iterator[str]:
    """A problem for each path that a room for all hosts leaves open, and a room for one host
    protects. That one protects it on all hosts that no room names, or a made-up Host header would
    be a way around: so nobody would find it open."""
    for room in rooms:
        for other in rooms:
            if room.hosts or not other.hosts or not _share(room.methods, other.methods):
                continue
            if path := _undone(room, other):
                yield (
                    f'room {other.name!r} also protects "{path}" on hosts that no room names, where'
                    f" room {room.name!r} excludes it: set hosts in room {room.name!r} too, or"
                    f" exclude the path in room {other.name!r} as well"
                )


def _undone(room_settings: RoomSettings, other: RoomSettings) -> str | None:
    """A path that the first of these rooms leaves open by its `exclude`, and the other protects."""
    covered, left = (
        PathRule(room_settings.paths),
        PathRule(room_settings.paths, room_settings.exclude),
    )
    protected = PathRule(other.paths, other.exclude)
    written = (path for path in (*room_settings.exclude, *other.paths) if isinstance(path, str))
    for path in (one.replace("*", "x") for one in written):
        if protected.covers(path) and covered.covers(path) and not left.covers(path):
            return path
    return None


def _share(mine: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether two rooms may protect the same method; none means all."""
    return not mine or not theirs or not set(mine).isdisjoint(theirs)


def plain(pattern: object) -> str:
    """A pattern as a path: "/" for `*` alone, which covers everything, and "" for a regex."""
    if not isinstance(pattern, str):
        return ""
    return pattern if pattern.strip("/*") else "/"


def covers(address: str, path: str) -> bool:
    """Whether a path is at or below an address, as browsers judge for cookies."""
    return f"{path}/".startswith(f"{address.rstrip('/')}/")
