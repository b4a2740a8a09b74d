"""What the command line says of the service, whether it can start so, and what start-up shows."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from vwr_middleware.errors import ConfigurationError
from vwr_middleware.panel.panel import is_wanted
from vwr_middleware.serve.settings_file import Given
from vwr_middleware.settings import Settings
from vwr_middleware.startup.checks import pages_of
from vwr_middleware.startup.own_templates import template_problems
from vwr_middleware.stores.opening import file_of, place_problems

#: Where the service is found if nothing else is said.
HOST, PORT = "127.0.0.1", 8090


@dataclass(frozen=True, slots=True)
class Options:
    """How the service runs. A reload leaves all this as it is."""

    host: str = HOST
    port: int = PORT
    uds: Path | None = None
    workers: int = 1
    #: The app's URL, to which requests of those inside go; without one there is no app here.
    upstream: str = ""
    access_log: bool = False
    aws: bool = False  # whether AWS's API is served too

    @property
    def address(self) -> str:
        """Where it listens, as proxies write it."""
        if self.uds is not None:
            return f"unix:{self.uds.absolute()}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def problems(self, settings: Settings) -> Iterator[str]:
        """What cannot work together with these settings."""
        if self.workers > 1 and settings.store.startswith("memory:"):
            yield (
                "store memory:// is another room in each worker: use sqlite:// or redis://, or"
                " --workers 1"
            )
        if self.upstream and urlsplit(self.upstream).netloc == self.address:
            yield f"upstream {self.upstream!r} is where vwr serve itself listens: see --port"
        elif self.upstream and (problem := problem_of_upstream(self.upstream)):
            yield problem
        if self.aws:
            from vwr_middleware.aws.events import api_problems  # loaded only if used

            yield from api_problems(settings)
        if not settings.enabled:
            yield "enabled is false, so there would be no waiting room: set it to true"


def problem_of_upstream(upstream: str) -> str | None:
    """What is wrong with the app's address."""
    try:
        parts = urlsplit(upstream)
        more = parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc
        is_good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_good = more = False
    if is_good and not more and upstream.isascii() and not any(map(str.isspace, upstream)):
        return None
    wanted = "write it like http://127.0.0.1:3000, without a path: paths stay as they are sent"
    return f"upstream {upstream!r} is no address of a server: {wanted}"


def checked_settings(given: Given, options: Options) -> Settings:
    """The settings, if a worker can start with them. Raises ConfigurationError."""
    settings = given.settings()
    problems = [*options.problems(settings), *place_problems(settings.store)]
    problems += template_problems(pages_of(settings), settings.rooms)
    if problems:
        raise ConfigurationError(problems)
    return settings


def refuse_taken_address(options: Options) -> None:
    """Raises ConfigurationError if nobody can listen there, or something else does: the system
    might let both, and give each a part of the connections."""
    try:
        if options.uds is None:
            _try_port(options.host, options.port)
        else:
            _try_socket(options.uds)
    except OSError as error:
        option = "--host and --port" if options.uds is None else "--uds"
        raise ConfigurationError(
            [f"{options.address} cannot be listened at: {error.strerror or error}: see {option}"]
        ) from error


def address_of(host: str, port: int) -> Any:
    """The socket's address of a host's name. Raises OSError if there is none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    # Proxies take localhost for 127.0.0.1.
    return min(found, key=lambda each: each[0] != socket.AF_INET)[4]


def _try_port(host: str, port: int) -> None:
    address = address_of(host, port)
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)


def _try_socket(path: Path) -> None:
    """Whether a socket can be made. One that a killed server has left behind is removed."""
    if sys.platform == "win32":
        raise OSError("Python has no such sockets on Windows")
    with socket.socket(socket.AF_UNIX) as probe:
        if path.is_socket():
            with suppress(ConnectionRefusedError, FileNotFoundError):
                probe.connect(str(path))
                raise FileExistsError("something listens there already")
            path.unlink()
        probe.bind(str(path))
        path.unlink()


def start_message(settings: Settings, options: Options, file: Path | None) -> str:
    """Where everything is, for whoever has started the service."""
    base = options.address if options.uds else f"http://{options.address}"
    workers = "1 worker" if options.workers == 1 else f"{options.workers} workers"
    rows = [("waiting room", f"{base}{settings.prefix}/{room.name}/") for room in settings.rooms]
    rows += [
        ("decisions", f"{base}{settings.prefix}/auth (for a proxy that asks first)"),
        *([("AWS's API", f"{base}/ and {base}/api/ ({_events(settings)})")] if options.aws else []),
        ("panel", _panel(settings, base)),
        ("health", f"{base}{settings.prefix}/healthz"),
        ("app", options.upstream or "elsewhere (--upstream sends visitors there from here)"),
        ("store", file_of(settings.store) or settings.store.partition("://")[0]),
        ("settings", f"{file} and VWR_... variables" if file else "VWR_... variables"),
        ("reload", f"save the file, or: kill -HUP {os.getpid()}" if file else "start it again"),
    ]
    lines = [f"The waiting room is served at {base} ({workers}; Ctrl-C stops it)"]
    return "\n".join([*lines, *(f"  {name:<13} {where}" for name, where in rows)])


def _events(settings: Settings) -> str:
    """Which events its public calls know, and whether there are private ones."""
    events = ", ".join(room.aws_event for room in settings.rooms if room.aws_event)
    return events if settings.admin_api_key else f"{events}; public calls only: no admin_api_key"


def _panel(settings: Settings, base: str) -> str:
    if is_wanted(settings):
        return f"{base}{settings.admin_prefix}"
    return "off (set admin_password)"
