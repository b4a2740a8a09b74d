"""What keeps a Redis server from being a store, each problem with its fix."""

import re
from collections.abc import Mapping, Sequence
from hashlib import sha1
from operator import methodcaller
from typing import Any

from redis.exceptions import NoPermissionError, ResponseError

from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.stores.patience import problems_of_distance
from vwr_middleware.stores.redis.link import Link
from vwr_middleware.stores.redis.reasons import RELEASES, RIGHTS

#: Calls the kinds of commands that the steps call: reads, writes and the time. Something is written
#: first, since a server without memory still deletes.
_PROBE = """
redis.set_repl(redis.REPL_ALL)
redis.call('TIME')
redis.call('EXISTS', KEYS[2])
redis.call('SETEX', KEYS[1], 1, '')
return redis.call('UNLINK', KEYS[1])
"""
_PROBE_SHA = sha1(_PROBE.encode(), usedforsecurity=False).hexdigest()


async def problems_of(link: Link, keys: Sequence[str], patience: float) -> list[str]:
    """Ask a server. `keys` are unused ones, one of each kind that scripts write.

    `patience` is what a request waits; this `link` waits longer, so that it learns what is wrong.
    """
    try:
        server = await link.answer(lambda client: client.info())
    except StoreUnavailable as error:
        return [_no_answer(error)]
    if server.get("role") in ("slave", "replica"):
        return ["store: this server is a replica: name the primary in the store's URL"]
    refused = await _problems_of_scripts(link, keys)
    again = methodcaller("eval", _PROBE, *_asked(keys[0]))
    far = [] if refused else await problems_of_distance(lambda: link.answer(again), patience)
    return _problems_told(server) + refused + far


async def _problems_of_scripts(link: Link, keys: Sequence[str]) -> list[str]:
    try:
        for key in keys:  # in a cluster they may lie on different nodes
            await link.answer(methodcaller("eval", _PROBE, *_asked(key)))
            await link.answer(methodcaller("evalsha", _PROBE_SHA, *_asked(key)))
    except StoreUnavailable as error:
        if not isinstance(error.__cause__, ResponseError):  # cut off in between, or too late
            return [_no_answer(error)]
        if error.fix != RIGHTS:
            not_run = f"store: the server does not run Lua scripts ({error}): {RELEASES}"
            return [f"store: {error.told}" if error.fix else not_run]
        patterns = " ".join(f"~{key.rpartition('probe')[0]}*" for key in keys)
        return [
            f"store: Lua scripts are refused ({error}): allow this user EVAL, EVALSHA, the commands"
            " that the scripts call and the namespace's keys: +@scripting +@read +@write +time"
            f" {patterns}"
        ]
    return []


def _asked(key: str) -> tuple[int, str, str]:
    return 2, key, f"{key}:more"


def _no_answer(error: StoreUnavailable) -> str:
    if isinstance(error.__cause__, NoPermissionError):
        # Mostly INFO, but it may be what comes before it, such as SELECT.
        found = re.search(r"'(\w+)", str(error))
        command = found[1].upper() if found else "INFO"
        return f"store: {command} is refused ({error}): allow this user {command}"
    if error.fix:
        return f"store: {error.told}"
    return f"store: no answer ({error}): start the server, or correct the store's URL"


def _problems_told(server: Mapping[str, Any]) -> list[str]:
    problems = []
    version = str(server.get("redis_version", "0"))
    if tuple(map(int, re.findall(r"\d+", version)[:2])) < (6, 2):
        problems.append(f"store: Redis {version} is too old: {RELEASES}")
    policy = server.get("maxmemory_policy", "noeviction")
    if server.get("maxmemory") and policy != "noeviction":
        problems.append(
            f"store: maxmemory-policy {policy} may evict rooms when memory is short: set "
            "maxmemory-policy noeviction, or use a separate server"
        )
    return problems
