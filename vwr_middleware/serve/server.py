"""Runs the server with its workers."""

import signal
from functools import partial
from pathlib import Path
from typing import Any

import click
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from vwr_middleware.serve.options import Options, address_of, start_message
from vwr_middleware.serve.reloads import Reloads
from vwr_middleware.serve.room_service import RoomService
from vwr_middleware.serve.settings_file import Given
from vwr_middleware.serve.shared_settings import SharedSettings

#: Seconds that requests in hand may take while the service stops.
_SECONDS_TO_STOP = 20
#: Connections that a worker holds at most: each waiting page keeps one open. By default the server
#: would let further ones wait until one of the first is closed.
_CONNECTIONS_MOST = 65_536
#: Of a socket in the file system: as with other servers, its folder's mode says who may come in.
_SOCKET_MODE = 0o666

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


def run(file: Path | None, given: Given, options: Options) -> None:
    """Serve until a signal says stop."""
    shared_settings = SharedSettings()
    shared_settings.put(given.values)
    server: Any = Server(
        "vwr_middleware.serve.room_service:RoomService",
        address="" if options.uds else address_of(options.host, options.port)[0],
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
    server.on_startup(lambda: click.echo(start_message(given.settings(), options, file)))
    try:
        server.serve(target_loader=partial(_worker, shared_settings, options), wrap_loader=False)
    finally:
        reloads.end()


def _worker(shared_settings: SharedSettings, options: Options) -> RoomService:
    """What a new worker serves."""
    # Until the server has its own handlers there, it has those of the main process, and would not
    # stop.
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, signal.SIG_DFL)
    if hasattr(signal, "SIGHUP"):  # which is for the main process, but may be sent to all
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    return RoomService(shared_settings, options)
