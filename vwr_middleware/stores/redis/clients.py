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

from vwr_middleware.stores.redis.patience import connecting
from vwr_middleware.stores.redis.urls import Target

#: Connections of one process at most. A request that finds none free waits, within the patience.
CONNECTIONS = 64
#: The same for an event loop. To connect takes as long as ten commands, so a crowd is served sooner
#: by a few connections than by one for each request.
CONNECTIONS_OF_A_LOOP = 8
#: Round trips that connecting takes at most: TCP, TLS, the password, and what redis-py says of
#: itself; with sentinels the same again, and those that do not answer.
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
    # What scripts answer is no text, whatever a URL says that an app shares with us.
    pool.connection_kwargs["decode_responses"] = False
    return module.Redis.from_pool(pool)  # so that closing the client closes its connections


def _options(blocking: bool, patience: float) -> dict[str, Any]:
    # The whole call of the asynchronous client is bounded elsewhere: see patience.py.
    silence = patience if blocking else None
    return {
        # Nothing of protocol 3 is needed; with 2, connecting takes one answer less.
        "protocol": 2,
        "socket_timeout": silence,
        "socket_connect_timeout": silence,
        "retry": (Retry if blocking else AsyncRetry)(NoBackoff(), 0),
    }


def _sentinel(target: Target, blocking: bool, options: dict[str, Any], patience: float) -> Any:
    kind: Any = Sentinel if blocking else AsyncSentinel
    # Only whoever gives a silent sentinel up asks the next one.
    bounds = {"socket_timeout": patience, "socket_connect_timeout": patience}
    own = {**options, **bounds, **target.sentinel_options}
    if target.options.get("ssl"):
        own["ssl"] = True
    sentinel = kind(list(target.nodes), sentinel_kwargs=own, **options, **target.options)
    pool = {} if blocking else {"connection_pool_class": _PoolBySentinel}
    return sentinel.master_for(target.service, **pool)


def _cluster(target: Target, blocking: bool, options: dict[str, Any]) -> Any:
    kind: Any = redis.RedisCluster if blocking else redis.asyncio.RedisCluster
    node: Any = ClusterNode if blocking else AsyncClusterNode
    # In any order, or a first node that is silent would be asked again and again.
    nodes = [node(host, port) for host, port in random.sample(target.nodes, len(target.nodes))]
    return kind(startup_nodes=nodes, **options, **target.options)


def to_close(client: Any) -> list[Any]:
    """A client and those that it asks where to go."""
    pool = getattr(client, "connection_pool", None)
    manager = getattr(pool, "sentinel_manager", None)
    return [client, *(manager.sentinels if manager else ())]
