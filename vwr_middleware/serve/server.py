"""Runs the server and its workers, and hands new settings to them."""

import logging
import os
import signal
import socket
import threading
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server
from watchfiles import watch

from vwr_middleware.errors import ConfigurationError, WaitingRoomError
from vwr_middleware.serve.options import Options
from vwr_middleware.serve.room_service import RoomService
from vwr_middleware.serve.settings_file import Given, read_given
from vwr_middleware.serve.shared_settings import SharedSettings
from vwr_middleware.settings import Settings
from vwr_middleware.startup.checks import pages_of
from vwr_middleware.startup.own_templates import template_problems
from vwr_middleware.stores.opening import place_problems

log = logging.getLogger("vwr_middleware")

#: Seconds that requests in hand may take while the service stops.
_SECONDS_TO_STOP = 20
#: Connections that a worker holds at most. Each waiting page keeps one open.
_CONNECTIONS_MOST = 65_536
#: Of a socket in the file system: like other servers, the folder's mode says who may come in.
_SOCKET_MODE = 0o666
#: Milliseconds for which nothing must change before the file is read.
_QUIET = 300
#: What a Kubernetes volume changes instead of the file itself.
_OF_A_VOLUME = "..data"

_LOGS: dict[str, Any] = {
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
        "access": {"format": "%(message)s"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line"},
        "access": {
            "class": "logging.StreamHandler",
            "formatter": "access",
            "stream": "ext://sys.stdout",
        },
    },
    "loggers": {
        "_granian": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "granian.access": {"handlers": ["access"], "level": "INFO", "propagate": False},
        "vwr_middleware": {"handlers": ["console"], "level": "INFO", "propagate": False},
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
}


def checked_settings(given: Given, options: Options) -> Settings:
    """The settings, if a worker can start with them. Raises ConfigurationError."""
    settings = given.settings()
    problems = [*options.problems(settings), *place_problems(settings.store)]
    problems += template_problems(pages_of(settings), settings.rooms)
    if problems:
        raise ConfigurationError(problems)
    return settings


def refuse_taken_address(options: Options) -> None:
    """Raises ConfigurationError if something else listens there: the system might let both, and
    give each a part of the connections."""
    if options.uds is not None:
        return
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            options.host, options.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise ConfigurationError(
            [f"{options.address} cannot be listened at, {error.strerror}: see --host and --port"]
        ) from error


def run(file: Path | None, given: Given, options: Options) -> None:
    """Serve until a signal says stop."""
    shared_settings = SharedSettings()
    shared_settings.put(given.values)
    server: Any = Server(
        "vwr_middleware.serve.room_service:RoomService",
        address=options.host,
        port=options.port,
        uds=options.uds,
        uds_permissions=_SOCKET_MODE if options.uds else None,
        interface=Interfaces.ASGI,
        workers=options.workers,
        backpressure=_CONNECTIONS_MOST,
        log_level=LogLevels.warning,
        log_dictconfig=_LOGS,
        log_access=options.access_log,
        respawn_failed_workers=True,
        workers_kill_timeout=_SECONDS_TO_STOP,
    )
    reloads = Reloads(file, given, options, shared_settings)
    server.on_startup(reloads.begin)
    loader = partial(RoomService, shared_settings, options)
    try:
        server.serve(target_loader=loader, wrap_loader=False)
    finally:
        reloads.end()


class Reloads:
    """Reads the settings again after SIGHUP, or when a file has changed, and tells the workers."""

    def __init__(
        self, file: Path | None, given: Given, options: Options, shared_settings: SharedSettings
    ) -> None:
        self._file, self._given, self._options = file, given, options
        self._shared_settings = shared_settings
        self._asked, self._has_ended = threading.Event(), threading.Event()
        self._lock = threading.Lock()

    def begin(self) -> None:
        """From now on. The server's own handler would replace its workers."""
        if hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, lambda *_: self._asked.set())
        for task in (self._hear_signals, self._watch_files):
            threading.Thread(target=task, daemon=True).start()

    def end(self) -> None:
        """No more."""
        self._has_ended.set()
        self._asked.set()

    def _hear_signals(self) -> None:
        while self._asked.wait() and not self._has_ended.is_set():
            self._asked.clear()
            self.reload()

    def _watch_files(self) -> None:
        while self._given.files and not self._has_ended.is_set():
            try:
                self._watch(self._given.files)
            except OSError as error:
                log.warning("changes of the settings' file are not seen (%s): send SIGHUP", error)
                return

    def _watch(self, files: tuple[Path, ...]) -> None:
        """Until the settings name other files."""
        for _ in watch(
            *{file.parent for file in files},
            watch_filter=lambda _, path: _may_be(path, files),
            debounce=_QUIET,
            stop_event=self._has_ended,
            recursive=False,
        ):
            self.reload(only_if_changed=True)
            if self._given.files != files:
                return

    def reload(self, *, only_if_changed: bool = False) -> None:
        """Hand the new settings to all workers; if they are bad, say so and change nothing."""
        with self._lock:
            try:
                given = read_given(self._file, os.environ)
                if only_if_changed and given == self._given:
                    return
                checked_settings(given, self._options)
                self._shared_settings.put(given.values)
            except WaitingRoomError as error:
                problems = getattr(error, "problems", (error,))
                lines = "".join(f"\n- {problem}" for problem in problems)
                log.error("the new settings are refused, the old ones stay in force:%s", lines)
            else:
                self._given = given
                log.info("the settings were read again")


def _may_be(path: str, files: Iterable[Path]) -> bool:
    name = os.path.basename(path)
    return name == _OF_A_VOLUME or any(name == file.name for file in files)
