"""Messages to everybody in line: how one is put in force, and those that are prepared for it.

A prepared message is kept among the room's settings, each by itself, so that two operators who
prepare two at the same time lose none, and what the configuration prepares can be changed too.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from vwr_middleware.errors import Refused
from vwr_middleware.pages.announcements import Announcement, announced, checked
from vwr_middleware.panel.language import _
from vwr_middleware.panel.operations import Operations
from vwr_middleware.settings.message_kinds import NOW, problem_of_name, stored, too_many
from vwr_middleware.settings.room import PREPARED
from vwr_middleware.worker.current_room import CurrentRoom


def prepared_in(room: CurrentRoom) -> dict[str, dict[str, Any]]:
    """The prepared messages of a room, by their names."""
    rules = {**room.snapshot.config, **room.snapshot.overrides}
    return {
        name.removeprefix(PREPARED): dict(message)
        for name, message in sorted(rules.items())
        if name.startswith(PREPARED) and isinstance(message, Mapping)
    }


def rows(room: CurrentRoom) -> list[dict[str, Any]]:
    """The same as the control API lists them."""
    return [
        {"name": name, "message": message, "configured": PREPARED + name in room.snapshot.config}
        for name, message in prepared_in(room).items()
    ]


def in_force(room: CurrentRoom) -> Announcement | None:
    """The message that people read now."""
    return announced(room.rules)


# What an operator does. Each is one step of the store.


async def listed(operations: Operations, name: str) -> dict[str, Any]:
    """The prepared messages."""
    return {"messages": rows(await operations.room(name))}


async def prepare(
    operations: Operations, name: str, message: str, who: str, /, **given: Any
) -> dict[str, Any]:
    """Keep a message by a name, in place of an earlier one of that name. Nobody reads it yet."""
    if problem := problem_of_name(message):
        raise Refused(problem)
    room = await operations.room(name)
    try:
        kept = stored(given, may_be_now=True)
    except ValueError as error:
        raise Refused(_("the message {error}", error=error)) from error
    if problem := too_many({**prepared_in(room), message: kept}.values()):
        raise Refused(problem)
    await operations.override(name, who, {PREPARED + message: kept})
    return {"messages": rows(operations.known(name))}


async def forget(operations: Operations, name: str, message: str, who: str) -> dict[str, Any]:
    """Put a prepared message away. One that is in force stays in force."""
    room = await operations.room(name)
    prepared_message(room, message)
    is_configured = PREPARED + message in room.snapshot.config
    override: dict[str, Any] = {PREPARED + message: None} if is_configured else {}
    unset: Sequence[str] = () if is_configured else (PREPARED + message,)
    await operations.override(name, who, override, unset)
    return {"messages": rows(operations.known(name))}


async def show(operations: Operations, name: str, message: str, who: str) -> dict[str, Any]:
    """Put a prepared message in force: everybody in line reads it."""
    room = await operations.room(name)
    given = {"announcement": prepared_message(room, message)}
    return await operations.settle(name, room, who, given)


def prepared_message(room: CurrentRoom, message: str) -> dict[str, Any]:
    """One of them by its name. Raises Refused if there is none."""
    found = prepared_in(room)
    if message not in found:
        names = ", ".join(found) or _("none is prepared")
        raise Refused(
            _(
                "there is no prepared message {message}: {names}",
                message=repr(message[:40]),
                names=names,
            ),
            status=404,
        )
    return found[message]


def as_now(room: CurrentRoom, message: Mapping[str, Any]) -> Announcement:
    """A message as people would read it if it were put in force now. Raises ValueError."""
    kept = stored(message, may_be_now=True)
    if kept.get("at") == NOW:
        kept["at"] = round(room.wall)
    return checked(kept)
