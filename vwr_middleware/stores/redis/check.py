"""What keeps a Redis server from being a store, each problem with its fix."""

from collections.abc import Mapping
from typing import Any

from redis.exceptions import NoPermissionError

from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.stores.redis.link import Link

_PROBE = "redis.set_repl(redis.REPL_ALL) return redis.call('EXISTS', KEYS[1])"


async def problems_of(link: Link, key: str) -> list[str]:
    """Ask a server; `key` is one that scripts may read."""
    try:
        server = await link.answer(lambda client: client.info())
    except StoreUnavailable as error:
        return [_no_answer(error)]
    problems = _problems_told(server)
    try:
        await link.answer(lambda client: client.eval(_PROBE, 1, key))
    except StoreUnavailable as error:
        problems.append(
            f"store: Lua scripts are refused ({error}): allow this user EVAL, EVALSHA and the keys "
            "of the namespace"
        )
    return problems


def _no_answer(error: StoreUnavailable) -> str:
    if isinstance(error.__cause__, NoPermissionError):
        return f"store: INFO is refused ({error}): allow this user INFO"
    return f"store: no answer ({error}): start the server, or correct the store's URL"


def _problems_told(server: Mapping[str, Any]) -> list[str]:
    problems = []
    version = str(server.get("redis_version", "0"))
    if int(version.partition(".")[0]) < 7:
        problems.append(f"store: Redis {version} is too old: use Redis 7 or Valkey 7.2, or later")
    if server.get("role") in ("slave", "replica"):
        problems.append("store: this server is a replica: name the primary in the store's URL")
    policy = server.get("maxmemory_policy", "noeviction")
    if server.get("maxmemory") and policy != "noeviction":
        problems.append(
            f"store: maxmemory-policy {policy} may throw rooms away when memory is short: set "
            "maxmemory-policy noeviction, or use a server of its own"
        )
    return problems
