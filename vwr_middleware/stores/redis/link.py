"""The way to the server: one client at a time, asked the same way whichever kind it is."""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from redis.exceptions import NoScriptError, RedisClusterException, RedisError, ResponseError

from vwr_middleware.errors import StoreDamaged, StoreUnavailable
from vwr_middleware.stores.redis.clients import (
    CONNECTIONS_OF_A_LOOP,
    TRIPS,
    connect,
    to_close,
)
from vwr_middleware.stores.redis.names import Names
from vwr_middleware.stores.redis.patience import connecting, patience
from vwr_middleware.stores.redis.reasons import unavailable
from vwr_middleware.stores.redis.urls import Target

#: What redis-py raises if a server does not answer. A cluster without nodes is no RedisError.
_FAILURES = (RedisError, RedisClusterException, OSError)
#: Seconds without a call after which a cluster's connections are made anew.
IDLE_MOST = 30.0
#: By words of a RuntimeError, which is no OSError where it might be, what is wrong.
_OF_THE_SYSTEM = {
    # uvloop's, of a connection that was cut while it was idle: a cluster's client does not look
    # before it writes.
    "the handler is closed": "the connection was cut",
    # Python's, at the limit of the processes, in a container perhaps; to look up a name needs one.
    "can't start new thread": "no thread can be started in this process",
}
#: Seconds that a call takes at most, in a busy process too.
_CALLS_LAST = 2.0


class Link:
    """Calls of a client that is made when first needed, bounded to `patience` seconds.

    The blocking client waits so long for connecting and again for each answer, the asynchronous one
    for a whole call.
    """

    def __init__(self, target: Target, *, blocking: bool, patience: float) -> None:
        self._target = target
        self._blocking = blocking
        self._patience = patience
        # One tuple, so that threads need no lock, which a fork could leave locked for ever. Two
        # threads may each make a client at the same time: then the first one is dropped after its
        # call.
        self._made: tuple[Any, Any] = None, None
        # A loop's calls take turns: the clients of clusters and sentinels refuse what is too much
        # for their connections, and do not let it wait. A new one for each loop.
        self._turns = asyncio.Semaphore(CONNECTIONS_OF_A_LOOP)
        self._names = Names(target.names)
        self._asked_at = 0.0  # a cluster, in seconds of the event loop
        self._has_answered = False  # the last time, so that no name need be looked up
        self._closing: set[asyncio.Task[None]] = set()

    async def answer(self, call: Callable[[Any], Any], key: str = "") -> Any:
        """What a call of the client answers. Raises NoScriptError, and else StoreUnavailable.

        `key`: what it is about.
        """
        try:
            if self._blocking:
                return call(self._connected())
            async with patience(self._patience):
                return await self._answer(call)
        except NoScriptError:
            raise
        except _FAILURES as error:
            raise self.failed(error, key) from error
        except RuntimeError as error:
            said = str(error)
            reason = next((why for words, why in _OF_THE_SYSTEM.items() if words in said), "")
            if not reason:
                raise
            raise self.failed(ConnectionError(reason)) from error
        except AttributeError as error:
            # A cluster's client knows the nodes with slots only. While the first slot moves to a
            # new node, it looks for that one, finds none, and asks it all the same.
            if self._target.kind != "cluster":
                raise
            reason = "Redis: a slot of the cluster is on its way to a node that had none"
            raise StoreUnavailable(reason) from error

    async def _answer(self, call: Callable[[Any], Any]) -> Any:
        client, turns = self._connected(), self._turns
        if not self._has_answered:
            with connecting(TRIPS):
                await self._names.found()
        if self._target.kind == "cluster":
            with connecting(TRIPS):
                await self._initialize(client)
        async with turns:
            answer = await call(client)
        self._has_answered = True
        return answer

    async def _initialize(self, client: Any) -> None:
        """Make a cluster's client ready, which does not look at a connection before it writes.

        After a quiet time its server, or a firewall on the way, may have cut all of them.
        """
        now = asyncio.get_running_loop().time()
        was_idle, self._asked_at = now - self._asked_at > IDLE_MOST, now
        if was_idle:
            await client.aclose()
        await client.initialize()

    def failed(self, error: Exception, key: str = "") -> StoreUnavailable:
        """The error to raise for this one. Where another server may be right, the next call looks
        for it.

        Behind a name, or a proxy, there may be another primary by now, while the old one goes on
        refusing what it is asked: it is a replica, or was cut off. A cluster's client looks for the
        nodes anew by itself after an error, but the asynchronous one not after it was cut short: it
        would ask a node whose machine is gone for ever, whoever has taken over.
        """
        told = unavailable(error, self._patience, self._names.sought, key)
        if isinstance(told, StoreDamaged):  # no other server would hold anything else
            return told
        self._has_answered = False
        wrong = TimeoutError if self._target.kind == "cluster" else ResponseError
        if isinstance(error, wrong):
            self._begin_anew()
        return told

    def _begin_anew(self) -> None:
        """Let the next call make a client. Calls that are under way go on with the old one."""
        (_, client), self._made = self._made, (None, None)
        if client is not None and not self._blocking:
            task = asyncio.get_running_loop().create_task(_close_soon(client))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Close the connections, if they belong to this event loop or process."""
        (owner, client), self._made = self._made, (None, None)
        if owner != self._caller():
            return
        if self._blocking:
            for part in to_close(client):
                with suppress(*_FAILURES):
                    part.close()
        else:
            await _close(client)

    def _connected(self) -> Any:
        """The client, made anew for another event loop or process."""
        caller = self._caller()
        owner, client = self._made
        if owner != caller:
            client = connect(self._target, blocking=self._blocking, patience=self._patience)
            self._made, self._turns = (caller, client), asyncio.Semaphore(CONNECTIONS_OF_A_LOOP)
        return client

    def _caller(self) -> Any:
        """Whose connections these are: an asyncio client belongs to one event loop."""
        return os.getpid() if self._blocking else asyncio.get_running_loop()


async def _close_soon(client: Any) -> None:
    """Close a client that serves its last calls."""
    try:
        await asyncio.sleep(_CALLS_LAST)
    finally:
        await _close(client)


async def _close(client: Any) -> None:
    for part in to_close(client):
        with suppress(*_FAILURES):
            await part.aclose()
