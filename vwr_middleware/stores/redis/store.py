"""RedisStore: the methods of a store, each one script and one round trip."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from vwr_middleware.line.answers import Move, OperatorsView, Snapshot, Turn, Verdict
from vwr_middleware.line.asks import Ask, Ending, JoinKind, Seen
from vwr_middleware.line.place import Place
from vwr_middleware.stores import board
from vwr_middleware.stores.redis import wire
from vwr_middleware.stores.redis.calls import Calls
from vwr_middleware.stores.redis.check import problems_of
from vwr_middleware.stores.redis.link import Link
from vwr_middleware.stores.redis.presence import Argument
from vwr_middleware.stores.redis.urls import read_url

#: Seconds that `check` waits for the server at most.
PATIENCE_OF_CHECKS = 2.0


def open_redis(
    url: str,
    namespace: str = "vwr",
    *,
    blocking: bool = True,
    clock: Callable[[], float] | None = None,
) -> "RedisStore":
    """The store at a URL; see urls.py for its forms. Connects at the first request.

    Without a `clock` the server's own time counts. Raises ConfigurationError.
    """
    return RedisStore(read_url(url), namespace, blocking=blocking, clock=clock)


class RedisStore(Calls):
    """Rooms in Redis or Valkey, for any number of machines.

    The rule runs inside the server: stores/lua has the steps of line/*.py, under the same names
    and in the same order. All keys of a room carry its name as their hash tag, so a cluster keeps
    them together; scripts make the names of a room's other keys from the one that they are given.
    """

    async def refresh(self, asks: Sequence[Ask]) -> list[Snapshot]:
        """Hand in what was noticed and read the rooms. Makes a room that is not there."""
        calls = [(ask.room, wire.refresh_arguments(ask)) for ask in asks]
        if len(calls) == 1 or self._target.kind == "cluster":
            return [wire.snapshot(await self._step("refresh", *call)) for call in calls]
        return [wire.snapshot(reply) for reply in await self._refresh_together(calls)]

    async def join(
        self, room: str, kinds: Sequence[JoinKind], seen: Seen | None = None
    ) -> list[Turn]:
        """Several visitors arrive, in this order."""
        arguments = [*wire.seen_arguments(seen), "".join(kinds)]
        return wire.turns(await self._step("join", room, arguments))

    async def knock(
        self,
        room: str,
        place: Place,
        returns_in: float,
        hidden: bool = False,
        seen: Seen | None = None,
    ) -> Turn:
        """A called visitor asks whether to come."""
        arguments = [
            *wire.seen_arguments(seen),
            *wire.place_arguments(place),
            returns_in,
            int(hidden),
            *place.marks,
        ]
        return wire.turns(await self._step("knock", room, arguments))[0]

    async def claim(
        self, room: str, place: Place, returns_in: float, seen: Seen | None = None
    ) -> Turn:
        """Exchange a ticket whose turn has come for a session."""
        asked = *wire.seen_arguments(seen), *wire.place_arguments(place)
        arguments = [*asked, returns_in, *place.marks]
        return wire.turns(await self._step("claim", room, arguments))[0]

    async def renew(
        self,
        room: str,
        session: str,
        outage: bool = False,
        seen: Seen | None = None,
        marks: Sequence[str] = (),
    ) -> Turn:
        """Confirm or prolong a session."""
        arguments = [*wire.seen_arguments(seen), session, int(outage), *marks]
        return wire.turns(await self._step("renew", room, arguments))[0]

    async def end(
        self, room: str, session: str, how: Ending, seen: Seen | None = None, *, who: str = ""
    ) -> bool:
        """End a session early. False if it was not running. With `who` the audit log notes it."""
        reply = await self._step("end", room, [*wire.seen_arguments(seen), session, how, who])
        return bool(reply[1])

    async def leave(self, room: str, place: Place, seen: Seen | None = None) -> Verdict:
        """Give a place in line up."""
        arguments = [*wire.seen_arguments(seen), *wire.place_arguments(place)]
        return wire.verdict(await self._step("leave", room, arguments))

    async def keep_code(
        self, room: str, place: Place, code: str, seen: Seen | None = None
    ) -> Verdict:
        """Keep the hash of a resume code."""
        arguments = [*wire.seen_arguments(seen), *wire.place_arguments(place), code]
        return wire.verdict(await self._step("keep_code", room, arguments))

    async def move(
        self, room: str, codes: Sequence[str], attempt: str = "", seen: Seen | None = None
    ) -> Move:
        """A resume code is handed in."""
        arguments = [*wire.seen_arguments(seen), attempt, *codes]
        return wire.move(await self._step("move", room, arguments))

    async def advance(
        self,
        room: str,
        count: int,
        *,
        present_only: bool = False,
        keep_rest: bool = False,
        who: str = "",
        key: str = "",
    ) -> int:
        """Call more by hand; returns how many positions were called."""
        arguments: list[Argument] = [count, int(present_only), int(keep_rest), who, key]
        return int((await self._step("advance", room, arguments))[1])

    async def advance_to(self, room: str, serving: int, *, who: str = "") -> int:
        """Set the serving counter by hand; returns where it stands."""
        return int((await self._step("advance_to", room, [serving, who]))[1])

    async def change(
        self, room: str, changes: Mapping[str, Any], forget: Sequence[str] = (), *, who: str = ""
    ) -> dict[str, Any]:
        """Override settings or go back to the configured ones; returns those in force."""
        arguments: list[Argument] = [who, wire.settings_text(changes), *forget]
        return wire.settings_in(*(await self._step("change", room, arguments))[1:])

    async def reset(self, room: str, end_sessions: bool = False, *, who: str = "") -> int:
        """Begin a new generation; returns its number."""
        return int((await self._step("reset", room, [int(end_sessions), who]))[1])

    async def restore(self, room: str, former: Seen, *, who: str = "") -> bool:
        """Make a room the one that was lost. False if it is that already."""
        arguments = [*wire.seen_arguments(former), who]
        return bool((await self._step("restore", room, arguments))[1])

    async def view(self, room: str) -> OperatorsView:
        """What an operator reads: history, audit log, running sessions."""
        return wire.view(await self._step("view", room, []))

    async def secret(self, name: str, fresh: str) -> str:
        """A secret that all workers share: the one kept under this name, else `fresh`, now kept."""
        key = f"{self._namespace}:secret:{name}"
        kept = await self._link.answer(lambda client: client.set(key, fresh, nx=True, get=True))
        return fresh if kept is None else kept.decode()

    async def attempt(self, address: str) -> float:
        """A password is about to be looked at: seconds that this address must wait first."""
        limits = (board.FREE, board.LONGEST, board.FORGOTTEN, board.ADDRESSES_MOST)
        return float((await self._call("attempt", self._shared("attempts"), [address, *limits]))[1])

    async def forgive(self, address: str, *, one: bool = False) -> None:
        """A right password came from this address."""
        await self._call("forgive", self._shared("attempts"), [address, int(one)])

    async def post(self, worker: str, text: str) -> dict[str, str]:
        """Keep what a worker counts for a while; returns what all workers have posted."""
        limits = (board.POSTS_KEPT, board.POSTS_MOST)
        reply = await self._call("post", self._shared("posts"), [worker, text, *limits])
        return wire.texts(reply[1])

    async def check(self) -> list[str]:
        """What keeps this store from working, each problem with its fix."""
        link = Link(self._target, blocking=self.blocking, patience=PATIENCE_OF_CHECKS)
        try:
            keys = self._shared("probe"), self._key("probe")
            return await problems_of(link, keys, self.patience)
        finally:
            await link.close()

    async def close(self) -> None:
        """Close the connections. The next step would connect again."""
        await self._link.close()
