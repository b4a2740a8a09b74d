"""The way to a cluster: what its clients need besides what link.py does for all."""

import asyncio
from collections.abc import Callable
from typing import Any

from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.stores.redis.clients import TRIPS
from vwr_middleware.stores.redis.link import Link, Made
from vwr_middleware.stores.redis.patience import connecting
from vwr_middleware.stores.redis.urls import Target

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
