"""redis-py's clients, blocking and asynchronous, set up never to keep a request waiting."""

import random
from typing import Any

import redis
import redis.asyncio
from redis.asyncio.cluster import ClusterNode as AsyncClusterNode
from redis.asyncio.retry import Retry as AsyncRetry
from redis.asyncio.sentinel import Sentinel as AsyncSentinel
from redis.asyncio.sentinel import SentinelConnectionPool
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode
from redis.retry import Retry
from redis.sentinel import Sentinel

from vwr_middleware.stores.patience import connecting
from vwr_middleware.stores.redis.urls import Target

#: Connections of one process at most. A request that finds none free waits, within the patience.
CONNECTIONS = 64
#: The same for an event loop. Connecting takes as long as ten commands, so a few connections serve
#: a crowd sooner than one for each request.
CONNECTIONS_OF_A_LOOP = 8
#: Round trips that connecting takes at most: TCP, TLS, the password, and redis-py's name and
#: version; with sentinels as many again, some of which may not answer.
TRIPS, TRIPS_BY_SENTINEL = 4, 8


class _Pool(redis.asyncio.BlockingConnectionPool):
    async def ensure_connection(self, connection: Any) -> None:
        with connecting(TRIPS):
            await super().ensure_connection(connection)


class _PoolBySentinel(SentinelConnectionPool):
    async def ensure_connection(self, connection: Any) -> None:
        with connecting(TRIPS_BY_SENTINEL):
            await super().ensure_connection(connection)


def connect(target: Target, *, blocking: bool, patience: float) -> Any:
    """A client that tries once and gives up after `patience` seconds of silence.

    It connects at the first command; only the blocking client of a cluster does so at once.
    """
    options = _options(blocking, patience)
    if target.kind == "cluster":
        return _cluster(target, blocking, options)
    if target.kind == "sentinel":
        return _sentinel(target, blocking, options, patience)
    module = redis if blocking else redis.asyncio
    kind: Any = redis.BlockingConnectionPool if blocking else _Pool
    most = CONNECTIONS if blocking else CONNECTIONS_OF_A_LOOP
    pool = kind.from_url(
        target.url, max_connections=most, timeout=patience if blocking else None, **options
    )
    # Scripts answer bytes, even if the URL, which an app may use too, asks for text.
    pool.connection_kwargs["decode_responses"] = False
    return module.Redis.from_pool(pool)  # so that closing the client closes its connections


def _options(blocking: bool, patience: float) -> dict[str, Any]:
    # For the asynchronous client, `patience` bounds the call as a whole.
    silence = patience if blocking else None
    return {
        # Protocol 3 has nothing that is needed here; with 2, connecting takes one answer less.
        "protocol": 2,
        "socket_timeout": silence,
        "socket_connect_timeout": silence,
        "retry": (Retry if blocking else AsyncRetry)(NoBackoff(), 0),
    }


def _sentinel(target: Target, blocking: bool, options: dict[str, Any], patience: float) -> Any:
    kind: Any = Sentinel if blocking else AsyncSentinel
    # The next sentinel is asked only when a silent one has been given up.
    bounds = {"socket_timeout": patience, "socket_connect_timeout": patience}
    own = {**options, **bounds, **target.sentinel_options}
    if target.options.get("ssl"):
        own["ssl"] = True
    sentinel = kind(list(target.nodes), sentinel_kwargs=own, **options, **target.options)
    pool = {} if blocking else {"connection_pool_class": _PoolBySentinel}
    return sentinel.master_for(target.service, **pool)


# While a slot moves, some keys of a script are at one node and some at another. Both nodes say "try
# again", which these clients do sixteen times, with pauses that block a worker for half a second.
# The second try is for a slot that has moved.


class _Cluster(redis.RedisCluster):
    RedisClusterRequestTTL = 2


class _AsyncCluster(redis.asyncio.RedisCluster):
    RedisClusterRequestTTL = 2


def _cluster(target: Target, blocking: bool, options: dict[str, Any]) -> Any:
    kind: Any = _Cluster if blocking else _AsyncCluster
    node: Any = ClusterNode if blocking else AsyncClusterNode
    # In random order, or a first node that is silent would be asked first again and again.
    nodes = [node(host, port) for host, port in random.sample(target.nodes, len(target.nodes))]
    return kind(startup_nodes=nodes, **options, **target.options)


def to_close(client: Any) -> list[Any]:
    """What to close: the client, and those of its sentinels."""
    pool = getattr(client, "connection_pool", None)
    manager = getattr(pool, "sentinel_manager", None)
    return [client, *(manager.sentinels if manager else ())]
