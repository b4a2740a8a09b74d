"""When people come: a burst, ever more of them, or what an access log says of a day."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from random import Random

_LOGGED = re.compile(r'^(\S+) \S+ .*?\[([^\]]+)\] "(?:\S+) (\S+)')
_NEW_VISIT_AFTER = 1800.0  # seconds without a request: then it is another visit


def burst(count: int, seconds: float = 60.0, seed: int = 1, after: float = 0.0) -> list[float]:
    """So many within so many seconds, evenly at random."""
    random = Random(seed)
    return sorted(after + random.uniform(0, seconds) for _ in range(count))


def ramp(count: int, seconds: float = 60.0, seed: int = 1) -> list[float]:
    """So many within so many seconds, each moment more than before: from nobody a second up."""
    random = Random(seed)
    return sorted(seconds * random.random() ** 0.5 for _ in range(count))


def logged(lines: Iterable[str], path: str = "/", seed: int = 1) -> list[float]:
    """The arrivals that an access log shows, in the common or combined format.

    An address that was silent for half an hour is a new visitor. Only requests to `path` and below
    it count. Moments are spread within their second, which is all that a log tells.
    """
    random, last = Random(seed), dict[str, float]()
    times = []
    for address, moment in _requests(lines, path):
        if moment - last.get(address, float("-inf")) > _NEW_VISIT_AFTER:
            times.append(moment + random.random())
        last[address] = moment
    times.sort()
    return [at - times[0] for at in times]


def _requests(lines: Iterable[str], path: str) -> Iterator[tuple[str, float]]:
    below = path.rstrip("/")
    for line in lines:
        match = _LOGGED.match(line)
        if match is None:
            continue
        asked = match[3].partition("?")[0]
        if asked == path or asked.startswith(below + "/"):
            with suppress(ValueError):  # a line that was cut off, or is of another format
                when = datetime.strptime(match[2], "%d/%b/%Y:%H:%M:%S %z")
                yield match[1], when.timestamp()
