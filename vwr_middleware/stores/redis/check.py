"""What keeps a Redis server from being a store, each problem with its fix."""

from collections.abc import Mapping, Sequence
from operator import methodcaller
from typing import Any

from redis.exceptions import NoPermissionError

from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.stores.redis.link import Link

#: The kinds of commands that the scripts of the steps call: to read, to write, and the time.
_PROBE = """
redis.set_repl(redis.REPL_ALL)
redis.call('TIME')
redis.call('EXISTS', KEYS[1])
return redis.call('UNLINK', KEYS[1])
"""


async def problems_of(link: Link, keys: Sequence[str]) -> list[str]:
    """Ask a server; `keys` are unused ones, of every kind that scripts write."""
    try:
        server = await link.answer(lambda client: client.info())
    except StoreUnavailable as error:
        return [_no_answer(error)]
    if server.get("role") in ("slave", "replica"):
        return ["store: this server is a replica: name the primary in the store's URL"]
    return _problems_told(server) + await _problems_of_scripts(link, keys)


async def _problems_of_scripts(link: Link, keys: Sequence[str]) -> list[str]:
    try:
        for key in keys:  # in a cluster they may lie on different nodes
            await link.answer(methodcaller("eval", _PROBE, 1, key))
    except StoreUnavailable as error:
        patterns = " ".join(f"~{key.rpartition('probe')[0]}*" for key in keys)
        return [
            f"store: Lua scripts are refused ({error}): allow this user EVAL, EVALSHA, what the "
            "scripts call and the keys of the namespace: +@scripting +@read +@write +time "
            f"{patterns}"
        ]
    return []


def _no_answer(error: StoreUnavailable) -> str:
    if isinstance(error.__cause__, NoPermissionError):
        return f"store: INFO is refused ({error}): allow this user INFO"
    return f"store: no answer ({error}): start the server, or correct the store's URL"


def _problems_told(server: Mapping[str, Any]) -> list[str]:
    problems = []
    version = str(server.get("redis_version", "0"))
    if int(version.partition(".")[0]) < 7:
        problems.append(f"store: Redis {version} is too old: use Redis 7 or Valkey 7.2, or later")
    policy = server.get("maxmemory_policy", "noeviction")
    if server.get("maxmemory") and policy != "noeviction":
        problems.append(
            f"store: maxmemory-policy {policy} may throw rooms away when memory is short: set "
            "maxmemory-policy noeviction, or use a server of its own"
        )
    return problems
