"""Which settings an operator may change while the room runs, and what a change would do.

Values are checked by the settings' own kinds. So the panel, the API, the shell and the middleware
at its start refuse the same values with the same words.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vwr_middleware.errors import Refused
from vwr_middleware.inlet import choices
from vwr_middleware.line.capacity import mode_by
from vwr_middleware.line.constants import DRAWN
from vwr_middleware.line.openings import TIMES, in_force, openings_of
from vwr_middleware.panel.language import _, number, several
from vwr_middleware.panel.openings import new_line_end, registers_anew
from vwr_middleware.panel.operators import acting, role_for
from vwr_middleware.panel.words import count, duration, moment
from vwr_middleware.settings.contradictions import contradictions
from vwr_middleware.settings.fields import unknown_name
from vwr_middleware.settings.kinds import Kind, parse_json
from vwr_middleware.settings.message_kinds import NOW
from vwr_middleware.settings.room import ROOM_KINDS, STORED, settled_message
from vwr_middleware.worker.current_room import CurrentRoom

#: The settings that a store obeys and workers follow, in the order in which they are shown.
NAMES = (*STORED, "draw_beacon", "inlet")
KINDS: dict[str, Kind[Any]] = {name: ROOM_KINDS[name] for name in NAMES} | {
    "inlet": Kind(choices.check, parse_json, choices.SCHEMA)
}
#: The words for "no value" in text, where a setting may have none.
NONE_WORDS = ("", "none", "null")


def parsed(name: str, text: str) -> Any:
    """The value that a text stands for. `checked` says what is wrong with it."""
    kind = KINDS.get(name)
    if kind is None:
        return text
    if kind.may_be_none and text.strip().lower() in NONE_WORDS:
        return None
    return kind.parse(text)


def checked(
    room: CurrentRoom,
    given: Mapping[str, Any],
    unset: Sequence[str] = (),
    *,
    at: float | None = None,
) -> dict[str, Any]:
    """The values as a store keeps them. Raises Refused with every problem.

    `unset` names settings that return to their configured values: they must be known, and these
    values must fit the others too. `at`: when the change will be made, if not now.
    """
    _check_unset(room, unset)
    values: dict[str, Any] = {}
    problems = []
    if "draw_beacon" in given and room.snapshot.draw >= DRAWN:
        text = _("the draw is made: nothing can be mixed into it any more")
        raise Refused(text, status=409)
    for name, value in given.items():
        kind = KINDS.get(name)
        if kind is None:
            problems.append(_unknown(name))
            continue
        try:
            values[name] = kind.check(_as_of_now(room, value) if name == "announcement" else value)
        except ValueError as error:
            problems.append(f"{name} {error}")
    problems.extend(_misfits(room, _after(room, values, unset)) if not problems else ())
    problems.extend(_over_already(room, values.get("openings")))
    if problems:
        raise Refused(*problems)
    _check_line_ends(room, _after(room, values, unset), at)
    return values


def _check_line_ends(room: CurrentRoom, after: Mapping[str, Any], at: float | None) -> None:
    """Raise Refused if a line would end by a change, and whoever asks may not reset."""
    end = _line_end(room, after, at)
    if end is None:
        return
    try:
        acting().need(role_for("reset"))
    except Refused as refused:
        loses = _(
            "at {time} everybody in line would lose the place, as by a reset", time=moment(end)
        )
        raise Refused(loses, *refused.problems, status=refused.status) from refused


def _line_end(room: CurrentRoom, after: Mapping[str, Any], at: float | None) -> float | None:
    """When a line would end by a change, as by a reset. None: none would."""
    its_time = room.wall if at is None else at
    if registers_anew(room, after, its_time):
        return its_time
    return new_line_end(room, after.get("openings"))


def _after(room: CurrentRoom, values: Mapping[str, Any], unset: Sequence[str]) -> dict[str, Any]:
    """The settings that a change sets or unsets, with the values that they have after it."""
    return {**{name: room.snapshot.config.get(name) for name in unset}, **values}


def _misfits(room: CurrentRoom, after: Mapping[str, Any]) -> Iterator[str]:
    """Contradictions between a changed setting and another.

    Those among others do not count: a new configuration may contradict an earlier change, and that
    must not keep an operator from pausing the room.
    """
    before = dict(room.rules)
    if "openings" in after:  # the times of the list before, or those that it replaces
        before |= {"opens_at": None, "closes_at": None}
    for found in contradictions({**before, **after}):
        if found.names & after.keys():
            yield found.problem


def _over_already(room: CurrentRoom, openings: Sequence[Mapping[str, Any]] | None) -> list[str]:
    """What is wrong with openings that somebody adds now: those that are over."""
    there = [_times(opening) for opening in openings_of(room.rules)]
    return [
        _(
            "the opening at {opens_at} was over {n} ago: leave it out, or move it",
            opens_at=moment(opening["opens_at"]),
            n=duration(room.wall - closes),
        )
        for opening in openings or ()
        if (closes := opening.get("closes_at")) is not None
        and closes <= room.wall
        and _times(opening) not in there
    ]


def _times(opening: Mapping[str, Any]) -> tuple[float | None, float | None]:
    return opening.get("opens_at"), opening.get("closes_at")


def _check_unset(room: CurrentRoom, unset: Sequence[str]) -> None:
    """Raise Refused for what is no setting, and if another changed one must be unset first."""
    for name in unset:
        if name not in KINDS:
            raise Refused(_unknown(name), status=404)
    paced = room.snapshot.config.get("per_minute") is not None or "per_minute" not in unset
    if not paced and room.snapshot.overrides.get("burst") is not None:
        raise Refused(
            _("burst was changed and needs per_minute: revert burst first, then per_minute")
        )


def _unknown(name: str) -> str:
    if name in ROOM_KINDS:
        return _(
            "{name} cannot be changed while the room runs: set it in the configuration", name=name
        )
    return unknown_name(name, NAMES, _("{name} is not a setting of a room", name=name))


def scaled(most: int, percent: int) -> int:
    """So many percent more (or, below 0, fewer), and at least one. Raises Refused if it makes none.

    It is what a button of -10 % does, so a small room loses or gains one.
    """
    if not -90 <= percent <= 100 or not percent:
        raise Refused(_("percent must be a whole number from -90 to 100, and not 0"))
    by = max(1, round(most * abs(percent) / 100))
    return most + by if percent > 0 else max(1, most - by)


def check_serving(room: CurrentRoom, serving: int) -> None:
    """Raises Refused for what the serving counter cannot be set to."""
    if not room.serving <= serving <= room.queue:
        raise Refused(
            _(
                "serving must be from {serving} (already called) to {queue} (the last position"
                " handed out), not {serving2}",
                serving=room.serving,
                queue=room.queue,
                serving2=serving,
            )
        )


def _as_of_now(room: CurrentRoom, announcement: object) -> object:
    """A message whose time is the present one."""
    if isinstance(announcement, Mapping) and announcement.get("at") == NOW:
        return {**announcement, "at": round(room.wall)}
    return announcement


def with_words(
    room: CurrentRoom, values: Mapping[str, Any], unset: Sequence[str]
) -> tuple[dict[str, Any], list[str]]:
    """The same changes, so that `message` has the plain words of `announcement`: who sets or unsets
    one sets or unsets both, in one step."""
    both, values, unset = {"message", "announcement"}, dict(values), list(unset)
    full = values.get("announcement")
    words = settled_message(full) if full else {}
    if full and values.get("message") not in (None, words["message"]):
        raise Refused(_("message and announcement say different things: send one of them"))
    if full:
        values |= words
    elif both & values.keys():
        values = {"message": None} | values | {"announcement": None}
    elif both & {*unset}:
        unset = [*unset, *sorted(both - {*unset})]
    has_one = room.rules.get("announcement") or "announcement" in room.snapshot.overrides
    if not has_one and values.get("announcement") is None:  # nothing is to be noted of it
        values.pop("announcement", None)
        unset = [name for name in unset if name != "announcement"]
    return values, unset


def split(room: CurrentRoom, values: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The values that must be overridden, and the names of those that are as configured anyway."""
    as_configured = [
        name for name, value in values.items() if value == room.snapshot.config.get(name)
    ]
    return {name: values[name] for name in values if name not in as_configured}, as_configured


def hazards(
    room: CurrentRoom,
    values: Mapping[str, Any],
    unset: Sequence[str] = (),
    *,
    at: float | None = None,
) -> list[str]:
    """What a change could hurt, each in a sentence; if nothing, no question is asked."""
    return list(_hazards(room, _after(room, values, unset), at))


def _hazards(room: CurrentRoom, after: Mapping[str, Any], at: float | None) -> Iterator[str]:
    after = {**after, **_times_after(room, after)}
    becomes = mode_by({**room.rules, **after}, room.wall)  # times may overrule the mode
    yield from _of_mode(room, after.get("mode", room.mode), becomes)
    yield from _of_limit(room, after.get("max_active"))
    yield from _of_sessions(room.rules, after)
    yield from _of_times(room, after, becomes)
    if end := _line_end(room, after, at):
        time = moment(end)
        yield _("At {time} everybody in line loses the place, as by a reset.", time=time)
    if _closes_by_stock({**room.rules, **after}) and room.state in ("open", "queueing"):
        yield _("Nothing is left: the line closes at once, and everybody in it is told so.")
    if after.get("late") == "lost" != room.rules["late"]:
        yield _("Visitors who miss their turn lose their place and must join again.")


def _times_after(room: CurrentRoom, after: Mapping[str, Any]) -> dict[str, Any]:
    """The times that come of a change of the openings."""
    if "openings" not in after:
        return {}
    overrides = {**room.snapshot.overrides, **after}
    rules = in_force(room.snapshot.config, overrides, room.wall)
    return {name: rules.get(name) for name in TIMES}


def _closes_by_stock(rules: Mapping[str, Any]) -> bool:
    return rules.get("stock_left") == 0 and rules.get("when_gone") == "close"


def hazards_of_call(room: CurrentRoom) -> list[str]:
    """What may surprise about calling people by hand."""
    shut = {
        "scheduled": _("The room has not opened yet: people who are called cannot enter yet."),
        "paused": _("The room is paused: people who are called cannot enter yet."),
        "closed": _("The room is closed: people who are called cannot enter yet."),
    }
    return [shut[room.state]] if room.waiting and room.state in shut else []


def _of_mode(room: CurrentRoom, mode: str, becomes: str) -> Iterator[str]:
    if mode == room.mode:
        return
    held = max(0, room.waiting + room.snapshot.called)
    if mode in ("off", "shadow"):
        yield _passes(held)
    if becomes == "closed" != room.state:
        yield _turned_away(held)
    if mode == "paused" and becomes != "closed":
        yield several(
            "Nobody is called or enters: {n} person waits until you resume.",
            "Nobody is called or enters: {n} people wait until you resume.",
            room.waiting,
        )
    if room.mode == "closed" != becomes:
        yield _opens_again(mode)
    if room.mode == "off" and becomes != "closed":
        yield _("Everybody without a session must join the line at their next request.")


def _passes(held: int) -> str:
    if not held:
        return _("Everybody passes without waiting. No limit protects the app any more.")
    return several(
        "Everybody passes without waiting, including the one in line. No limit protects the app any"
        " more.",
        "Everybody passes without waiting, including the {n} in line. No limit protects the app any"
        " more.",
        held,
    )


def _turned_away(held: int) -> str:
    if not held:
        return _("Everybody new is turned away.")
    return several(
        "Everybody new is turned away; the one in line is told so.",
        "Everybody new is turned away; the {n} in line are told so.",
        held,
    )


def _opens_again(mode: str) -> str:
    if mode in ("off", "shadow"):
        return _("The room was closed and opens again: newcomers pass.")
    if mode == "paused":
        return _("The room was closed and opens again: newcomers join the line.")
    return _("The room was closed and opens again: newcomers join the line or enter.")


def _of_limit(room: CurrentRoom, most: int | None) -> Iterator[str]:
    if most is None:
        return
    if most < room.active:
        yield several(
            "{n} session is running, more than {most}: it is not ended, but nobody enters until it"
            " has.",
            "{n} sessions are running, more than {most}: none is ended, but nobody enters until"
            " {ends} have ended.",
            room.active,
            most=count(most),
            ends=count(room.active - most + 1),
        )
    elif most > max(room.active, 2 * room.rules["max_active"]):
        yield _much_more(most / room.rules["max_active"], most - room.active, room)


def _much_more(factor: float, people: int, room: CurrentRoom) -> str:
    times = number(factor, 1)
    if room.snapshot.per_second is None:
        return several(
            "That is {times} times the limit in force: up to {n} person may enter at once.",
            "That is {times} times the limit in force: up to {n} people may enter at once.",
            people,
            times=times,
        )
    return several(
        "That is {times} times the limit in force: up to {n} person may enter as fast as the pace"
        " allows.",
        "That is {times} times the limit in force: up to {n} people may enter as fast as the pace"
        " allows.",
        people,
        times=times,
    )


def _of_sessions(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    lasts, length = before["session_seconds"], after.get("session_seconds")
    if length is not None and length < lasts / 2:
        yield (
            _(
                "From their next renewal sessions last {length} instead of {lasts}: people may"
                " lose theirs while they fill in a form.",
                length=duration(length),
                lasts=duration(lasts),
            )
        )
    if after.get("renew") is False and before["renew"]:
        yield (
            _(
                "Sessions are no longer renewed: each ends {lasts} after its last renewal, and"
                " people may lose theirs while they fill in a form.",
                lasts=duration(lasts),
            )
        )


def _of_times(room: CurrentRoom, after: Mapping[str, Any], becomes: str) -> Iterator[str]:
    opens = after.get("opens_at")
    if opens is not None and opens > room.wall and room.state in ("open", "queueing"):
        yield _("The room is open now: nobody is called or enters until that time.")
    is_shut = room.state == "scheduled" and room.mode != "paused"
    if "opens_at" in after and is_shut and (opens is None or opens <= room.wall):
        yield several(
            "The room opens at once: {n} person waits for it.",
            "The room opens at once: {n} people wait for it.",
            room.waiting,
        )
    if "closes_at" in after and becomes == "closed" != room.state:
        yield _("That time has passed: the room closes at once.")
    elif "closes_at" in after and room.state == "closed" != becomes:
        yield _opens_again(after.get("mode", room.mode))
