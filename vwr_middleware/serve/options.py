"""What the command line says of the service, and what start-up shows."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from vwr_middleware.panel.panel import is_wanted
from vwr_middleware.settings import Settings
from vwr_middleware.stores.opening import file_of

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
        if self.upstream and (problem := problem_of_upstream(self.upstream)):
            yield problem
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


def start_message(settings: Settings, options: Options, file: Path | None) -> str:
    """Where everything is, for whoever has started the service."""
    base = options.address if options.uds else f"http://{options.address}"
    workers = "1 worker" if options.workers == 1 else f"{options.workers} workers"
    rows = [("waiting room", f"{base}{settings.prefix}/{room.name}/") for room in settings.rooms]
    rows += [
        ("decisions", f"{base}{settings.prefix}/auth (for a proxy that asks first)"),
        ("panel", _panel(settings, base)),
        ("health", f"{base}{settings.prefix}/healthz"),
        ("app", options.upstream or "elsewhere (--upstream sends visitors there from here)"),
        ("store", file_of(settings.store) or settings.store.partition("://")[0]),
        ("settings", f"{file} and VWR_... variables" if file else "VWR_... variables"),
        ("reload", f"save the file, or: kill -HUP {os.getpid()}" if file else "start it again"),
    ]
    lines = [f"The waiting room is served at {base} ({workers}; Ctrl-C stops it)"]
    return "\n".join([*lines, *(f"  {name:<13} {where}" for name, where in rows)])


def _panel(settings: Settings, base: str) -> str:
    if is_wanted(settings):
        return f"{base}{settings.admin_prefix}"
    return "off (set admin_password)"
