"""How workers learn of new settings: they stand in memory that all processes share.

Nothing is locked, since a worker may be killed at any moment. There are two pages, of which the
version says which one counts. So a reader is disturbed only if there are two new versions while it
reads, and then it reads again.
"""

import pickle
from multiprocessing.sharedctypes import RawArray, RawValue

from vwr_middleware.errors import ConfigurationError

#: Bytes that settings take at most.
LARGEST = 256 * 1024
_PAGES = 2
_LENGTH = 8  # bytes that say how many follow


class SharedSettings:
    """What is set, as the main process last put it here. A worker is started with it."""

    def __init__(self) -> None:
        self._version = RawValue("Q", 0)
        self._pages = RawArray("c", _PAGES * LARGEST)

    @property
    def version(self) -> int:
        """The number of times that something was put here."""
        return int(self._version.value)

    def put(self, values: dict[str, object]) -> None:
        """Tell all workers. Raises ConfigurationError for more than there is space for."""
        data = pickle.dumps(values)
        if _LENGTH + len(data) > LARGEST:
            raise ConfigurationError(
                [f"the settings are too large: shorten them to {LARGEST} bytes"]
            )
        version = self.version + 1
        at = version % _PAGES * LARGEST
        self._pages[at : at + _LENGTH + len(data)] = len(data).to_bytes(_LENGTH, "big") + data
        self._version.value = version

    def take(self) -> tuple[int, dict[str, object]]:
        """The version, and what is set in it."""
        while True:
            version = self.version
            at = version % _PAGES * LARGEST
            length = int.from_bytes(self._pages[at : at + _LENGTH], "big")
            data = self._pages[at + _LENGTH : at + _LENGTH + length]
            if self.version == version:
                values: dict[str, object] = pickle.loads(data)
                return version, values
