"""How RedisStore calls its scripts: by hash, or by text if the server does not know them."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from redis.exceptions import NoScriptError, RedisError

from vwr_middleware.errors import ForeignRoom, RoomLost
from vwr_middleware.stores.redis.cluster import link_to
from vwr_middleware.stores.redis.presence import Argument
from vwr_middleware.stores.redis.reasons import undamaged
from vwr_middleware.stores.redis.scripts import read_all, script
from vwr_middleware.stores.redis.urls import read_url

T = TypeVar("T")

#: Seconds that a join, a claim and a refresh last at most in an event loop, if that is more than
#: the patience. The first two cannot be answered without the store, and nobody waits for the end of
#: the third. On a busy machine a server may be late for longer than other requests wait for it.
SLOW_MOST = 1.0
SLOW = ("join", "claim", "refresh")

Call = tuple[str, Sequence[Argument]]  # a room, and what is asked of it


class Calls:
    """One server's scripts, for the rooms of one namespace. Connects at the first call.

    Without a `clock` the server's own time counts. A call waits for `patience` seconds, or as long
    as the URL (see urls.py) says if that is more. Raises ConfigurationError.
    """

    def __init__(
        self,
        url: str,
        namespace: str = "vwr",
        *,
        blocking: bool = True,
        clock: Callable[[], float] | None = None,
        patience: float = 0.0,
    ) -> None:
        self.blocking = blocking
        self._target = target = read_url(url)
        self.patience = target.patience
        self._namespace = namespace
        self._clock = clock
        most = max(patience, target.patience)
        self._link = link_to(target, blocking=blocking, patience=most)
        read_all()

    def _key(self, room: str) -> str:
        return f"{{{self._namespace}:{room}}}"

    def _shared(self, name: str) -> str:
        return f"{{{self._namespace}}}:{name}"

    def _now(self) -> str:
        return "" if self._clock is None else repr(self._clock())

    async def _step(
        self, step: str, room: str, arguments: Sequence[Argument], read: Callable[[Any], T]
    ) -> T:
        answer = partial(_answer, room, read)
        return await self._call(step, self._key(room), arguments, answer)

    async def _call(
        self, step: str, key: str, arguments: Sequence[Argument], read: Callable[[Any], T]
    ) -> T:
        return undamaged(key, read, await self._reply(step, key, arguments))

    async def _reply(self, step: str, key: str, arguments: Sequence[Argument]) -> Any:
        source, now = script(step), self._now()
        most = SLOW_MOST if step in SLOW else 0.0
        try:
            return await self._link.answer(
                lambda client: client.evalsha(source.sha, 1, key, now, *arguments), key, most
            )
        except NoScriptError:
            return await self._link.answer(
                lambda client: client.eval(source.source, 1, key, now, *arguments), key, most
            )

    async def _refresh_together(self, calls: Sequence[Call]) -> list[Any]:
        """The replies about several rooms in one round trip; a reply may be an error."""
        sha, now = script("refresh").sha, self._now()

        def run(client: Any) -> Any:
            pipeline = client.pipeline(transaction=False)
            for room, arguments in calls:
                pipeline.evalsha(sha, 1, self._key(room), now, *arguments)
            return pipeline.execute(raise_on_error=False)

        replies: list[Any] = await self._link.answer(run, most=SLOW_MOST)
        return replies

    async def _refreshed(self, call: Call, reply: Any, read: Callable[[Any], T]) -> T:
        """What a reply says. Asks again if it is None, or if the server did not know the script."""
        room, key = call[0], self._key(call[0])
        if reply is None or isinstance(reply, NoScriptError):
            return await self._step("refresh", *call, read)
        if isinstance(reply, RedisError):
            raise self._link.failed(reply, key) from reply
        return undamaged(key, partial(_answer, room, read), reply)


def _answer(room: str, read: Callable[[Any], T], reply: Any) -> T:
    """What a script's reply says, or the error that it says."""
    if reply[0] == b"lost":
        raise RoomLost(room)
    if reply[0] == b"foreign":
        raise ForeignRoom(reply[1].decode())
    return read(reply)
