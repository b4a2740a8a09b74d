"""Reads the settings again while the service runs, and hands them to the workers."""

import logging
import os
import signal
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from watchfiles import watch

from vwr_middleware.errors import ConfigurationError, WaitingRoomError
from vwr_middleware.serve.options import Options, checked_settings
from vwr_middleware.serve.room_service import LOOKS_EVERY
from vwr_middleware.serve.settings_file import Given, read_given
from vwr_middleware.serve.shared_settings import SharedSettings
from vwr_middleware.settings import Settings

log = logging.getLogger("vwr_middleware")

#: Milliseconds for which nothing must change before the file is read.
_QUIET = 300
#: Milliseconds after which it is read anyway: some file systems, and files that are mounted by
#: themselves into a container, tell of no change.
_AT_LEAST_EVERY = 5000
#: What a Kubernetes volume changes instead of the file itself.
_OF_A_VOLUME = "..data"

_OTHER_SECRETS = (
    "secret_key has none of the secrets in force, so that everybody would lose their place or"
    ' session: write both, ["new", "old"], or start the service again'
)


class Reloads:
    """Reads the settings again after SIGHUP, or when a file has changed."""

    def __init__(
        self,
        file: Path | None,
        given: Given,
        options: Options,
        shared_settings: SharedSettings,
    ) -> None:
        self._file, self._given, self._options = file, given, options
        self._shared_settings = shared_settings
        self._secrets = given.settings().secret_key
        self._refused = ""  # what was wrong with the settings that were read last
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
            rust_timeout=_AT_LEAST_EVERY,
            yield_on_timeout=True,
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
                if not (only_if_changed and given == self._given):
                    self._hand_on(given)
                elif self._refused:
                    log.info("the settings are again those in force")
                self._refused = ""
            except WaitingRoomError as error:
                lines = "".join(f"\n- {problem}" for problem in getattr(error, "problems", [error]))
                if not only_if_changed or lines != self._refused:
                    log.error("the new settings are refused, the old ones stay in force:%s", lines)
                self._refused = lines

    def _hand_on(self, given: Given) -> None:
        """To the workers. Raises ConfigurationError for what they could not start with."""
        self._introduce(checked_settings(given, self._options), given)
        self._shared_settings.put(given.values)
        self._given = given
        log.info("the settings were read again")

    def _introduce(self, settings: Settings, given: Given) -> None:
        """Let all workers know a new secret before the first of them signs with it."""
        old, new = self._secrets, settings.secret_key
        if not {*old} & {*new}:
            raise ConfigurationError([_OTHER_SECRETS])
        if new[0] not in old:
            self._shared_settings.put({**given.values, "secret_key": [*old, *new]})
            time.sleep(LOOKS_EVERY * 5)
        self._secrets = new


def _may_be(path: str, files: Iterable[Path]) -> bool:
    name = os.path.basename(path)
    return name == _OF_A_VOLUME or any(name == file.name for file in files)
