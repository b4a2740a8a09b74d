"""What the server that runs this process says of it.

Servers tell an app nothing of that. But they make it, or start it, from their own code, which still
waits on the call stack for that to end.
"""

import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

#: Servers that start workers, each a process of its own.
_SERVERS = frozenset({"gunicorn", "uvicorn", "hypercorn", "granian"})
#: Where their code keeps its configuration: in a variable, or in an object of one.
_CONFIGS = ("config", "cfg")


def has_siblings() -> bool:
    """Whether the server surely runs more processes like this one."""
    return any(_tells_of_several(frame) for frame in _frames_of_servers())


def _frames_of_servers() -> Iterator[FrameType]:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if str(frame.f_globals.get("__name__", "")).partition(".")[0] in _SERVERS:
            yield frame
        frame = frame.f_back


def _tells_of_several(frame: FrameType) -> bool:
    variables = frame.f_locals
    if _number(variables.get("worker_id")) > 1:  # granian tells its workers no more
        return True
    ticket_cache = [*variables.values(), *map(variables.get, _CONFIGS)]
    configs = [variables.get(name) for name in _CONFIGS]
    configs += [getattr(holder, name, None) for holder in ticket_cache for name in _CONFIGS]
    return any(_number(getattr(config, "workers", 0)) > 1 for config in configs)


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0
