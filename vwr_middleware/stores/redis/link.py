"""The way to a server, to the one that sentinels name, or to a cluster: one client at a time."""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from redis.exceptions import NoScriptError, RedisClusterException, RedisError, ResponseError

from vwr_middleware.errors import StoreDamaged, StoreUnavailable
from vwr_middleware.stores.host_names import Names
from vwr_middleware.stores.patience import connecting, patience
from vwr_middleware.stores.redis.clients import (
    CONNECTIONS_OF_A_LOOP,
    TRIPS,
    connect,
    to_close,
)
from vwr_middleware.stores.redis.reasons import unavailable
from vwr_middleware.stores.redis.urls import Target

# The way to a server, or to the one that sentinels name: one client at a time.


#: What redis-py raises if a server does not answer. A cluster without nodes is no RedisError.
_FAILURES = (RedisError, RedisClusterException, OSError)
#: What is wrong, by words of a RuntimeError that might as well be an OSError.
_OF_THE_SYSTEM = {
    # From uvloop, for an idle connection that was cut: a cluster's client writes without looking.
    "the handler is closed": "the connection was cut",
    # From Python, at the limit of processes, maybe of a container: a name's look-up needs a thread.
    "can't start new thread": "no thread can be started in this process",
}
#: Seconds that a call takes at most, even in a busy process.
_CALLS_LAST = 2.0


class Made:
    """A client, with what is made anew together with it, and the process or event loop of both."""

    __slots__ = ("asked_at", "client", "owner", "turns")

    def __init__(self, owner: Any, client: Any) -> None:
        self.owner, self.client = owner, client
        # A loop's calls take turns: the clients of clusters and sentinels refuse a call for which
        # they have no connection left, instead of letting it wait.
        self.turns = asyncio.Semaphore(CONNECTIONS_OF_A_LOOP)
        self.asked_at = float("inf")  # kept by `Link`: when it was last asked (loop's seconds)


class Link:
    """Calls a client, which is made when first needed, and waits `patience` seconds at most.

    The blocking client waits that long for connecting and again for each answer, the asynchronous
    one for a whole call.
    """

    #: The error after which the next call gets a new client, which looks for the primary. Behind a
    #: host name or a proxy there may be another one by now, while the old server, now a replica or
    #: cut off, goes on refusing.
    _looks_anew_after: type[Exception] = ResponseError

    def __init__(self, target: Target, *, blocking: bool, patience: float) -> None:
        self._target = target
        self._blocking = blocking
        self._patience = patience
        # Replaced as a whole, so that threads need no lock: a fork could leave it locked for ever.
        # If two threads make a client at the same time, one is dropped after its call.
        self._made: Made | None = None
        # The rest is for event loops alone.
        self._names = Names(target.names)
        self._has_answered = False  # whether the last call was answered: then no name is looked up
        self._closing: set[asyncio.Task[None]] = set()

    async def answer(self, call: Callable[[Any], Any], key: str = "", most: float = 0.0) -> Any:
        """What a call of the client answers; `key` is the key that it is about. In an event loop it
        may last `most` seconds, if that is more than the patience.

        Raises NoScriptError, and for everything else StoreUnavailable.
        """
        try:
            made = self._connected()
            if self._blocking:
                return call(made.client)
            async with patience(max(most, self._patience), self._patience):
                if not self._has_answered:
                    with connecting(TRIPS):
                        await self._names.found()
                return await self._ask(made, call)
        except NoScriptError:
            raise
        except _FAILURES as error:
            raise self.failed(error, key, most) from error
        except RuntimeError as error:
            said = str(error)
            reason = next((why for words, why in _OF_THE_SYSTEM.items() if words in said), "")
            if not reason:
                raise
            raise self.failed(ConnectionError(reason)) from error

    async def _ask(self, made: Made, call: Callable[[Any], Any]) -> Any:
        async with made.turns:
            answer = await call(made.client)
        self._has_answered = True
        return answer

    def failed(self, error: Exception, key: str = "", most: float = 0.0) -> StoreUnavailable:
        """The error to raise for this one."""
        told = unavailable(error, max(most, self._patience), self._names.sought, key)
        if isinstance(told, StoreDamaged):  # no other server would hold anything else
            return told
        self._has_answered = False
        if isinstance(error, self._looks_anew_after):
            self._begin_anew()
        return told

    def _begin_anew(self) -> None:
        """Let the next call make a new client. Calls under way go on with the old one."""
        made, self._made = self._made, None
        if made is not None and not self._blocking:
            task = asyncio.get_running_loop().create_task(_close_soon(made.client))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Close the connections, if they belong to this event loop or process."""
        made, self._made = self._made, None
        if made is None or made.owner != self._caller():
            return
        if self._blocking:
            for part in to_close(made.client):
                with suppress(*_FAILURES):
                    part.close()
        else:
            await _close(made.client)

    def _connected(self) -> Made:
        """The client, made again for another event loop or process."""
        caller, made = self._caller(), self._made
        if made is None or made.owner != caller:
            client = connect(self._target, blocking=self._blocking, patience=self._patience)
            made = self._made = Made(caller, client)
        return made

    def _caller(self) -> Any:
        """Who owns the connections: a process, or, of an asyncio client, an event loop."""
        return os.getpid() if self._blocking else asyncio.get_running_loop()


async def _close_soon(client: Any) -> None:
    """Close a client once its last calls are over."""
    try:
        await asyncio.sleep(_CALLS_LAST)
    finally:
        await _close(client)


async def _close(client: Any) -> None:
    for part in to_close(client):
        with suppress(*_FAILURES):
            await part.aclose()


# The way to a cluster: what its clients need besides what is done for all.


#: Seconds without a call after which a cluster's connections are made anew.
IDLE_MOST = 30.0


def link_to(target: Target, *, blocking: bool, patience: float) -> Link:
    """The way to these servers."""
    kind = ClusterLink if target.kind == "cluster" else Link
    return kind(target, blocking=blocking, patience=patience)


class ClusterLink(Link):
    """Calls the client of a cluster, which finds the nodes and follows them by itself."""

    #: It looks for its nodes after other errors, but the asynchronous one not after a time-out: it
    #: would ask a node that is gone for ever.
    _looks_anew_after = TimeoutError

    async def answer(self, call: Callable[[Any], Any], key: str = "", most: float = 0.0) -> Any:
        try:
            return await super().answer(call, key, most)
        except AttributeError as error:
            # The client knows only nodes with slots. While the first slot moves to a new node, it
            # finds none by that name, and calls None as if it were one.
            reason = "Redis: a slot of the cluster is on its way to a node that had none"
            raise StoreUnavailable(reason) from error

    async def _ask(self, made: Made, call: Callable[[Any], Any]) -> Any:
        with connecting(TRIPS):
            await self._initialize(made)
        return await super()._ask(made, call)

    async def _initialize(self, made: Made) -> None:
        """Make the client ready; after a quiet time, with new connections.

        A server, or a firewall on the way, may have cut the idle ones, and the client does not look
        before it writes.
        """
        now = asyncio.get_running_loop().time()
        was_idle, made.asked_at = now - made.asked_at > IDLE_MOST, now
        if was_idle:
            await made.client.aclose()
        await made.client.initialize()
