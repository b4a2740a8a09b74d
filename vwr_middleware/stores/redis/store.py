"""RedisStore: the methods of a store, each one script and one round trip."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from vwr_middleware.errors import ForeignRoom, RoomLost, WaitingRoomError
from vwr_middleware.line.constants import MINUTE
from vwr_middleware.line.day_log import KeptDay
from vwr_middleware.line.lane_minutes import LanePast, lane_chunks
from vwr_middleware.line.messages import (
    Ask,
    Ending,
    JoinKind,
    Move,
    Notices,
    Place,
    Record,
    Seen,
    Snapshot,
    Turn,
    Verdict,
)
from vwr_middleware.line.minutes import HOUR, Past, chunks_of
from vwr_middleware.stores import board
from vwr_middleware.stores.line_store import all_read
from vwr_middleware.stores.redis import wire
from vwr_middleware.stores.redis.check import problems_of
from vwr_middleware.stores.redis.link import link_to
from vwr_middleware.stores.redis.scripts import Call, Calls
from vwr_middleware.stores.redis.wire import Argument

#: Seconds that `check` waits for the server at most.
PATIENCE_OF_CHECKS = 2.0


class RedisStore(Calls):
    """Rooms in Redis or Valkey, for any number of machines; `Store` says what each method does.

    The rule runs inside the server: stores/lua has the functions of line/*.py, under the same names
    and in the same order, each in a file of the same name or in that of the only step that uses it.
    All keys of a room have its name as their hash tag, so a cluster keeps them on one node.
    A script is given all keys that it touches.
    """

    async def refresh(self, asks: Sequence[Ask]) -> list[Snapshot]:
        calls = [(ask.room_name, wire.refresh_arguments(ask)) for ask in asks]
        is_alone = len(calls) == 1 or self._target.kind == "cluster"
        replies = [None] * len(calls) if is_alone else await self._refresh_together(calls)
        pairs = zip(calls, replies, strict=True)
        return all_read([await self._read(*pair) for pair in pairs])

    async def _read(self, call: Call, reply: Any) -> Snapshot | WaitingRoomError:
        """A room, or why it could not be read: others may be."""
        try:
            return await self._refreshed(call, reply, wire.snapshot)
        except (RoomLost, ForeignRoom) as error:
            return error

    async def join(
        self,
        room_name: str,
        kinds: Sequence[JoinKind],
        seen: Seen | None = None,
        identities: Sequence[str] = (),
        lanes: Sequence[str] = (),
    ) -> list[Turn]:
        who = wire.joining_arguments(kinds, identities, lanes)
        arguments = [*wire.seen_arguments(seen), *who]
        return await self._step("join", room_name, arguments, wire.turns)

    async def knock(
        self,
        room_name: str,
        place: Place,
        returns_in: float,
        hidden: bool = False,
        seen: Seen | None = None,
    ) -> Turn:
        arguments = [
            *wire.seen_arguments(seen),
            *wire.place_arguments(place),
            returns_in,
            int(hidden),
            *place.marks,
        ]
        return await self._step("knock", room_name, arguments, wire.turn)

    async def claim(
        self, room_name: str, place: Place, returns_in: float, seen: Seen | None = None
    ) -> Turn:
        asked = *wire.seen_arguments(seen), *wire.place_arguments(place)
        arguments = [*asked, returns_in, *place.marks]
        return await self._step("claim", room_name, arguments, wire.turn)

    async def renew(
        self,
        room_name: str,
        session: str,
        take_back: bool = False,
        seen: Seen | None = None,
        marks: Sequence[str] = (),
        lasts: float = 0.0,
    ) -> Turn:
        arguments = [*wire.seen_arguments(seen), session, int(take_back), lasts, *marks]
        return await self._step("renew", room_name, arguments, wire.turn)

    async def end(
        self, room_name: str, session: str, how: Ending, seen: Seen | None = None, *, who: str = ""
    ) -> bool:
        arguments = [*wire.seen_arguments(seen), session, how, who]
        return bool(await self._step("end", room_name, arguments, wire.number))

    async def leave(self, room_name: str, place: Place, seen: Seen | None = None) -> Verdict:
        arguments = [*wire.seen_arguments(seen), *wire.place_arguments(place)]
        return await self._step("leave", room_name, arguments, wire.verdict)

    async def keep_code(
        self, room_name: str, place: Place, code: str, seen: Seen | None = None
    ) -> Verdict:
        arguments = [*wire.seen_arguments(seen), *wire.place_arguments(place), code]
        return await self._step("keep_code", room_name, arguments, wire.verdict)

    async def move(
        self,
        room_name: str,
        codes: Sequence[str],
        attempt: str = "",
        seen: Seen | None = None,
        drawn: int = 0,
    ) -> Move:
        arguments = [*wire.seen_arguments(seen), attempt, drawn, *codes]
        return await self._step("move", room_name, arguments, wire.move)

    async def subscribe(
        self, room_name: str, place: Place, text: str, seen: Seen | None = None
    ) -> Verdict:
        arguments = [*wire.seen_arguments(seen), *wire.place_arguments(place), text]
        return await self._step("subscribe", room_name, arguments, wire.verdict)

    async def notices(
        self,
        room_name: str,
        takes: int,
        generation: int = 0,
        reports: Sequence[tuple[int, float, str]] = (),
        seen: Seen | None = None,
        placed: Sequence[tuple[int, int]] = (),
    ) -> Notices:
        flat: list[Argument] = [part for report in reports for part in report]
        pairs = " ".join(f"{number} {position}" for number, position in placed)
        arguments = [*wire.seen_arguments(seen), takes, generation, pairs, *flat]
        return await self._step("notices", room_name, arguments, wire.notices)

    async def advance(
        self,
        room_name: str,
        count: int,
        *,
        present_only: bool = False,
        keep_rest: bool = False,
        who: str = "",
        key: str = "",
    ) -> int:
        arguments: list[Argument] = [count, int(present_only), int(keep_rest), who, key]
        return int(await self._step("advance", room_name, arguments, wire.number))

    async def advance_to(self, room_name: str, serving: int, *, who: str = "") -> int:
        return int(await self._step("advance_to", room_name, [serving, who], wire.number))

    async def change(
        self,
        room_name: str,
        changes: Mapping[str, Any],
        forget: Sequence[str] = (),
        *,
        who: str = "",
        after: int | None = None,
    ) -> dict[str, Any]:
        number = "" if after is None else after
        arguments: list[Argument] = [who, wire.settings_text(changes), number, *forget]
        return await self._step("change", room_name, arguments, wire.settings_in)

    async def note_done(
        self, room_name: str, what: str, old: str, new: str, *, who: str = ""
    ) -> int:
        return int(await self._step("note_done", room_name, [what, old, new, who], wire.number))

    async def reset(self, room_name: str, end_sessions: bool = False, *, who: str = "") -> int:
        return int(await self._step("reset", room_name, [int(end_sessions), who], wire.number))

    async def restore(self, room_name: str, former: Seen, *, who: str = "") -> bool:
        arguments = [*wire.seen_arguments(former), who]
        return bool(await self._step("restore", room_name, arguments, wire.number))

    async def record(self, room_name: str) -> Record:
        return await self._step("record", room_name, [], wire.record)

    async def history(self, room_name: str, begin: float, end: float, hourly: bool = False) -> Past:
        span = HOUR if hourly else MINUTE
        arguments: list[Argument] = [span, *chunks_of(begin, end, span)]
        read = partial(wire.past, begin, end, span)
        return await self._step("history", room_name, arguments, read)

    async def lane_history(self, room_name: str, begin: float, end: float) -> LanePast:
        read = partial(wire.lane_past, begin, end)
        return await self._step("lane_history", room_name, [*lane_chunks(begin, end)], read)

    async def day(self, room_name: str) -> KeptDay:
        return await self._step("day", room_name, [], wire.kept_day)

    async def secret(self, name: str, fresh: str) -> str:
        key = f"{self._namespace}:secret:{name}"
        return await self._call("secret", key, [fresh], wire.text)

    async def attempt(self, *networks: str) -> float:
        arguments: list[Argument] = [
            *(board.FORGOTTEN, board.ADDRESSES_MOST),
            *(board.CROWD, board.CROWD_FADES, board.EVERYBODY),
        ]
        for network, limits in zip(networks, board.LIMITS, strict=False):
            arguments += [network, *limits]
        return await self._call("attempt", self._shared("attempts"), arguments, wire.number)

    async def forgive(self, *networks: str, one: bool = False) -> None:
        arguments: list[Argument] = [int(one), board.EVERYBODY, *networks]
        await self._call("forgive", self._shared("attempts"), arguments, len)

    async def sign_out(self, sign_in: str) -> None:
        arguments: list[Argument] = [sign_in, board.SIGN_OUTS_KEPT, board.SIGN_OUTS_MOST]
        await self._call("sign_out", self._shared("sign_outs"), arguments, len)

    async def is_signed_out(self, sign_in: str, began: float) -> bool:
        arguments: list[Argument] = [sign_in, began, board.ALL_SIGN_INS]
        key = self._shared("sign_outs")
        return bool(await self._call("is_signed_out", key, arguments, wire.number))

    async def use_once(
        self, what: str, until: float, by: str = "", *, strictly: bool = False
    ) -> int:
        arguments: list[Argument] = [what, until, board.USES_MOST, by, int(strictly)]
        key = self._shared("strict_uses" if strictly else "uses")
        return int(await self._call("use_once", key, arguments, wire.number))

    async def uses(self, what: str, by: str = "") -> int:
        return int(await self._call("uses", self._shared("uses"), [what, by], wire.number))

    async def post(self, worker: str, text: str) -> dict[str, str]:
        limits = (board.POSTS_KEPT, board.POSTS_MOST)
        arguments: list[Argument] = [worker, text, *limits]
        return await self._call("post", self._shared("posts"), arguments, wire.texts)

    async def exchange(self, name: str, text: str, version: int) -> tuple[int, str]:
        limits = (board.SHARED_KEPT, board.SHARED_MOST)
        arguments: list[Argument] = [name, text, version, *limits]
        return await self._call("exchange", self._shared("shared"), arguments, wire.versioned)

    async def check(self) -> list[str]:
        link = link_to(self._target, blocking=self.blocking, patience=PATIENCE_OF_CHECKS)
        try:
            keys = self._shared("probe"), self._key("probe")
            return await problems_of(link, keys, self.patience)
        finally:
            await link.close()

    async def close(self) -> None:
        """Close the connections. The next step would connect again."""
        await self._link.close()
