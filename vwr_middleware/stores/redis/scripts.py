"""The steps of a room as Lua scripts, one text for each, and how RedisStore calls them: by hash,
or by text if the server does not know them.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from hashlib import sha1
from importlib.resources import files
from typing import Any, TypeVar

from redis.exceptions import NoScriptError, RedisError

from vwr_middleware.errors import ForeignRoom, RoomLost
from vwr_middleware.line import constants
from vwr_middleware.line.state import TOTALS
from vwr_middleware.stores.patience import SLOW, SLOW_MOST
from vwr_middleware.stores.redis.link import link_to
from vwr_middleware.stores.redis.reasons import undamaged
from vwr_middleware.stores.redis.script_keys import keys_of, with_keys
from vwr_middleware.stores.redis.urls import read_url
from vwr_middleware.stores.redis.wire import SNAPSHOT_NUMBERS, SNAPSHOT_TEXTS, VERDICTS, Argument

#: Seconds after which a room that nobody uses is forgotten. Tickets live for a week.
IDLE = 90 * 86400

#: The files of ../lua that steps share, in this order. What only one step needs is in its own file.
PARTS = (
    *("state", "bits", "lanes", "resume_codes", "session_ids", "clock", "clock_in_doubt"),
    *("stock", "store_came_back", "quiet_hours", "subscriptions", "openings", "schedule"),
    *("capacity", "calling", "draw_numbers", "drawn_lanes", "draw", "data_loss", "expiry"),
    "held_slots",
    *("places", "visitor_steps", "outcomes", "session_steps", "operator_steps", "poll_horizon"),
    *("worker_reports", "told_ranges", "minutes", "lane_minutes", "day_log", "shadow"),
    *("snapshot", "board"),
)


@dataclass(frozen=True, slots=True)
class Script:
    """A step's text, the hash by which a server remembers it, and what its keys' names have after
    the first one's (script_keys.py)."""

    source: str
    sha: str
    keys: tuple[str, ...]


@cache
def _texts() -> dict[str, str]:
    """All files, by their names. They are read once, when a store is opened.

    During a deploy the files of the next release lie there before the workers of this one have
    ended. A worker that read one of them then would get answers that it cannot read.
    """
    lua = files("vwr_middleware.stores") / "lua"
    return {
        file.name.removesuffix(".lua"): file.read_text(encoding="utf-8")
        for file in lua.iterdir()
        if file.name.endswith(".lua")
    }


def read_all() -> None:
    """Read the files of this release now."""
    _texts()


def steps() -> set[str]:
    """The names of all steps."""
    return _texts().keys() - set(PARTS)


@cache
def script(step: str) -> Script:
    """The script of a step."""
    texts = _texts()
    text = "\n".join(texts[part] for part in (*PARTS, step))
    body = _with_used_functions(text)
    source = _with_constants(with_keys(body))
    # Not for secrecy: EVALSHA names a script by its SHA-1.
    sha = sha1(source.encode(), usedforsecurity=False).hexdigest()
    return Script(source, sha, keys_of(body))


@lru_cache(maxsize=4096)
def _keys(step: str, key: str) -> tuple[int, *tuple[bytes, ...]]:
    """How many keys a call of a step names, and these as they are sent; `key` is the first one."""
    named = [f"{key}{rest}".encode() for rest in script(step).keys]
    return len(named), *named


# A function at the left margin: on one line, or up to an `end` at the left margin.
_FUNCTION = re.compile(r"^function line\.(\w+)\((?:.*\bend\n|.*\n(?:.*\n)*?end\n)", re.MULTILINE)
_USE = re.compile(r"\bline\.(\w+)")


def _with_used_functions(text: str) -> str:
    """A script without the functions that it never calls."""
    functions = {found[1]: found[0] for found in _FUNCTION.finditer(text)}
    used, new = set[str](), set(_USE.findall(_FUNCTION.sub("", text)))
    while new:
        used |= new
        new = {name for caller in new for name in _USE.findall(functions[caller])} - used
    return _FUNCTION.sub(lambda found: found[0] if found[1] in used else "", text)


def _with_constants(body: str) -> str:
    """A script in which the names of the rule's constants are replaced by their values.

    So Python and Lua share their constants. They are not local variables in Lua, since a script may
    have only 200 of these.
    """
    named = {name: value for name, value in vars(constants).items() if name.isupper()}
    named |= {"IDLE": IDLE, "DAY": 86400, "VERDICT_NAMES": VERDICTS, "TOTAL_NAMES": TOTALS}
    named["SNAPSHOT_NUMBERS"] = tuple(SNAPSHOT_NUMBERS)
    named["SNAPSHOT_TEXTS"] = tuple(SNAPSHOT_TEXTS)
    texts = {name: _lua(value) for name, value in named.items()}
    return re.sub(r"\b[A-Z][A-Z_]+\b", lambda found: texts.get(found[0], found[0]), body)


def _lua(value: object) -> str:
    """A number, a word or several of either, as Lua writes them."""
    if isinstance(value, tuple):
        return "{ " + ", ".join(map(_lua, value)) + " }"
    return repr(value)


# How RedisStore calls its scripts: by hash, or by text if the server does not know them.


T = TypeVar("T")

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

    def _key(self, room_name: str) -> str:
        return f"{{{self._namespace}:{room_name}}}"

    def _shared(self, name: str) -> str:
        return f"{{{self._namespace}}}:{name}"

    def _now(self) -> str:
        return "" if self._clock is None else repr(self._clock())

    async def _step(
        self, step: str, room_name: str, arguments: Sequence[Argument], read: Callable[[Any], T]
    ) -> T:
        answer = partial(_answer, room_name, read)
        return await self._call(step, self._key(room_name), arguments, answer)

    async def _call(
        self, step: str, key: str, arguments: Sequence[Argument], read: Callable[[Any], T]
    ) -> T:
        return undamaged(key, read, await self._reply(step, key, arguments))

    async def _reply(self, step: str, key: str, arguments: Sequence[Argument]) -> Any:
        source, asked = script(step), (*_keys(step, key), self._now(), *arguments)
        most = SLOW_MOST if step in SLOW else 0.0
        try:
            return await self._link.answer(
                lambda client: client.evalsha(source.sha, *asked), key, most
            )
        except NoScriptError:
            return await self._link.answer(
                lambda client: client.eval(source.source, *asked), key, most
            )

    async def _refresh_together(self, calls: Sequence[Call]) -> list[Any]:
        """The replies about several rooms in one round trip; a reply may be an error."""
        sha, now = script("refresh").sha, self._now()

        def run(client: Any) -> Any:
            pipeline = client.pipeline(transaction=False)
            for room, arguments in calls:
                keys = _keys("refresh", self._key(room))
                pipeline.evalsha(sha, *keys, now, *arguments)
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


def _answer(room_name: str, read: Callable[[Any], T], reply: Any) -> T:
    """What a script's reply says, or the error that it says."""
    if reply[0] == b"lost":
        raise RoomLost(room_name)
    if reply[0] == b"foreign":
        raise ForeignRoom(reply[1].decode())
    return read(reply)
