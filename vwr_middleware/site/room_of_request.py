"""Which room protects a request."""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

from vwr_middleware.settings import RoomSettings, Settings
from vwr_middleware.settings.look_kinds import theme_of_room, theme_of_site
from vwr_middleware.settings.web_kinds import bare_host
from vwr_middleware.web.http import Request
from vwr_middleware.web.paths import PathRule, alternatives
from vwr_middleware.web.proxies import host_of
from vwr_middleware.web.remembered import Kept

#: Host headers of one request that are looked at, at most.
HOSTS_MOST = 4


#: What browsers write after the name of a host.
_PORT = re.compile(r"(:[0-9]+)?")
#: What no host has in it. Some frameworks look for the host in a whole URL and cut this off:
#: Litestar takes `x@b.example` and `[b.example]` for b.example, Starlette up to 1.0 `b.example/`.
_CUT_OFF = re.compile(r"[,/?#@\\\s]|\[(?![0-9a-f:.]*\])")


class SeveralRooms(Exception):
    """A request can be read as one to each of several rooms, and nobody can tell as which the app
    will. Whoever sends it must not choose the room by its spelling."""

    told = "the path can be read in several ways, which lead to different rooms: write it plainly"


class SeveralHosts(SeveralRooms):
    """The same, since it names hosts of different rooms."""

    told = "the request names hosts of several rooms: send one Host header"


class Rooms:
    """The rooms of the settings. The first that matches a request protects it.

    Any reading of a path tells whether it is protected; and if its readings lead to different rooms
    none of these is right.

    Most requests are to unprotected paths, so answers are remembered.
    """

    def __init__(self, settings: Settings) -> None:
        # Those in line see the logo, which an app may serve below a protected path.
        shown = [_this_alone(file) for file in _files(settings) if file.startswith("/")]
        self._rules = [
            (room, PathRule(room.paths, (*room.exclude, *shown))) for room in settings.rooms
        ]
        self._named_hosts = {host for room in settings.rooms for host in room.hosts}
        #: Whether the path alone decides: no room names hosts or methods.
        self.path_decides = not any(room.hosts or room.methods for room in settings.rooms)
        self._trusted = settings.trusted_proxies
        self._remembered: Kept[tuple[str, ...], RoomSettings | None] = Kept()

    def room_for(self, request: Request) -> RoomSettings | None:
        """The room that protects the request, or None. May raise SeveralRooms."""
        key = self._parts(request)
        try:
            return self._remembered[key]
        except KeyError:
            return self._remembered.keep(key, self._find(request), sum(map(len, key)))

    def _parts(self, request: Request) -> tuple[str, ...]:
        """Everything of the request that the answer depends on."""
        paths = (request.path, request.raw_path, request.mount)
        if self.path_decides:
            return paths
        host = request.header("host"), host_of(request, self._trusted)
        return (*paths, *host, request.method)

    def _find(self, request: Request) -> RoomSettings | None:
        """The room on any host that an app may take the request to be for."""
        if not self._named_hosts:
            return self._find_on("", request)
        rooms = [self._find_on_all(hosts, request) for hosts in self._candidates(request)]
        found = _only([room for room in rooms if room])
        written = request.header("host")
        if found is None and written != written.lower():  # some apps know no host in capitals
            return self._find_on("", request)
        return found

    def _candidates(self, request: Request) -> Iterator[list[str]]:
        """The hosts that an app may take the request to be for; those of one header in one list."""
        told, sent = host_of(request, self._trusted), request.host
        yield _hosts(told)
        if sent != told and not self._named_hosts.isdisjoint(_hosts(sent)):
            # A visitor may make up X-Forwarded-Host, if a proxy passes it on unchanged. That must
            # be no way around the room, nor into another one instead.
            yield _hosts(sent)
        for host in self._odd_hosts(told, sent):
            yield [host]
        if not request.header("host"):
            yield [""]

    def _odd_hosts(self, *headers: str) -> list[str]:
        """The hosts that an app may find in headers that are not spelled as browsers spell them.

        We take `b.example.` for b.example, but an app may not know such a host, and show what it
        shows on all unknown ones ("" here). Another app may find b.example in `x@b.example/`. (Case
        is nearly always ignored, as it should be.)
        """
        odd = " ".join("".join(header.split()) for header in {*headers} if not _is_usual(header))
        named = [host for host in self._named_hosts if _names(odd, host)]
        return [*named, ""] if named else []

    def _find_on_all(self, hosts: list[str], request: Request) -> RoomSettings | None:
        """The room on the hosts of one header, which nearly always names one.

        Raises SeveralHosts if one of them leads elsewhere, or nowhere: an app may take any of them.
        """
        if len(hosts) > HOSTS_MOST:
            raise SeveralHosts
        return _only([self._find_on(host, request) for host in hosts])

    def _find_on(self, host: str, request: Request) -> RoomSettings | None:
        method = "GET" if request.method == "HEAD" else request.method
        path = request.path, request.raw_path, request.mount
        rules = [
            (room, rule)
            for room, rule in self._rules
            if self._is_for(room, host, {method, request.method}) and rule.covers(*path)
        ]
        if len(rules) < 2:
            return rules[0][0] if rules else None
        found = alternatives(*path)
        if found is None:
            raise SeveralRooms
        covering = (
            [room for room, rule in rules if rule.covers_reading(reading, request.mount)]
            for reading in found
        )
        rooms = {one.name: one for some in covering if (one := _first_on(host, some))}
        if len(rooms) != 1:
            raise SeveralRooms
        return rooms.popitem()[1]

    def _is_for(self, room_settings: RoomSettings, host: str, methods: set[str]) -> bool:
        """Whether the room may protect requests to this host by one of these methods."""
        is_for_host = (
            not room_settings.hosts or host in room_settings.hosts or host not in self._named_hosts
        )
        return is_for_host and not (
            room_settings.methods and methods.isdisjoint(room_settings.methods)
        )


def _first_on(host: str, rooms: Sequence[RoomSettings]) -> RoomSettings | None:
    """The first of the rooms; one that does not name this host only if no other does better.

    A made-up Host header must be no way around. So a room also protects its paths on hosts that no
    room names, unless a later room covers them on all hosts.
    """
    here = (room for room in rooms if not room.hosts or host in room.hosts)
    return next(here, None) or next(iter(rooms), None)


def _files(settings: Settings) -> Iterator[str]:
    """The addresses of the files that waiting pages show, each once."""
    of_site = theme_of_site(vars(settings))
    themes = of_site, *(theme_of_room(of_site, room) for room in settings.rooms if room.theme)
    yield from dict.fromkeys(file for theme in themes for file in theme.files)


def _this_alone(address: str) -> re.Pattern[str]:
    """A pattern for the path of this address, and for nothing below it."""
    path = unquote(re.split("[?#]", address, maxsplit=1)[0])
    return re.compile(rf"\A{re.escape(path)}\Z")


def _only(rooms: Sequence[RoomSettings | None]) -> RoomSettings | None:
    """The room that all of these are, or None. Raises SeveralHosts if they differ."""
    if len({*map(id, rooms)}) > 1:
        raise SeveralHosts
    return rooms[0] if rooms else None


def _names(text: str, host: str) -> bool:
    """Whether a host is in a text, and not as the end of a longer one.

    What is before it is looked at last, or Python would take seconds for a text of megabytes.
    """
    name = re.escape(host)
    return re.search(rf"{name}(?<![\w.-]{name})", text) is not None


def _is_usual(header: str) -> bool:
    """Whether a header is one host, spelled as browsers spell it."""
    port = header.removeprefix(bare_host(header))
    return _PORT.fullmatch(port) is not None and not _CUT_OFF.search(header)


def _hosts(header: str) -> list[str]:
    """The hosts that a request names: several only if a server passes on several Host headers."""
    return [bare_host(host) for host in header.split(",", HOSTS_MOST)]
