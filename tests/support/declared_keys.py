"""A server that refuses scripts the keys that they do not declare, as those of some makers do.

Redis and Valkey do not: in a cluster they look at a key's slot, and all keys of a room are in one.
But at each call within a script they look at what its user may touch. So each script is run as a
user who may touch what it declares, and nothing else.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis

from vwr_middleware.stores.redis import clients, link
from vwr_middleware.stores.redis.scripts import script, steps

USER = "declared-keys-only"


class DeclaredKeysOnly(redis.Redis):
    """A client whose scripts may touch the keys that their calls name."""

    master: Any
    ran: set[str]

    def execute_command(self, *args: Any, **options: Any) -> Any:
        if args[0] in ("EVAL", "EVALSHA"):
            self.ran.add(args[1])
            self._may_touch(*args[3 : 3 + int(args[2])])
        else:
            self._may_touch(b"*")
        return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]

    def _may_touch(self, *keys: bytes | str) -> None:
        names = [key if isinstance(key, str) else key.decode() for key in keys]
        rules = "on", "nopass", "+@all", "resetkeys", *(f"~{name}" for name in names)
        self.master.execute_command("ACL", "SETUSER", USER, *rules)

    def pipeline(self, *args: Any, **options: Any) -> Any:
        """Calls together are made one after the other."""
        return _OneByOne(self)


class _OneByOne:
    def __init__(self, client: DeclaredKeysOnly) -> None:
        self._client = client
        self._calls: list[tuple[Any, ...]] = []

    def evalsha(self, *call: Any) -> None:
        self._calls.append(call)

    def execute(self, raise_on_error: bool) -> list[Any]:
        return [self._reply(call) for call in self._calls]

    def _reply(self, call: tuple[Any, ...]) -> Any:
        try:
            return self._client.evalsha(*call)
        except redis.RedisError as error:
            return error


@contextmanager
def declared_keys_only() -> Iterator[set[str]]:
    """Meanwhile all blocking stores are asked so; yields the hashes and texts of what ran."""
    ran, usual = set[str](), clients.connect

    def connect(target: Any, *, blocking: bool, patience: float) -> Any:
        client = usual(target, blocking=blocking, patience=patience)
        if not blocking or target.kind == "cluster":
            return client
        pool = client.connection_pool
        mine: Any = DeclaredKeysOnly.from_pool(pool)
        mine.master, mine.ran = redis.Redis.from_url(target.url), ran
        pool.connection_kwargs |= {"username": USER, "password": "any"}
        return mine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(link, "connect", connect)
        yield ran


def steps_among(ran: set[str]) -> set[str]:
    """The steps whose scripts these are."""
    return {step for step in steps() if {script(step).sha, script(step).source} & ran}
