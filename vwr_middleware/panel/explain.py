"""Why somebody waits, and why the limit is what it is, in plain sentences."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from vwr_middleware.line.constants import GIVEN_UP
from vwr_middleware.panel.language import _, number, said_later, several
from vwr_middleware.panel.lookup import AskedPlace, ItsSession
from vwr_middleware.panel.words import count, duration, ended_in_words, moment
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.wait_ranges import wait_range

#: Seconds for which what `adaptive` said last is told.
_FRESH = 10.0
#: Its reasons, as it leaves them in the store.
_REASONS = {
    "starting": said_later("starting"),
    "steady": said_later("steady"),
    "raised": said_later("raised"),
    "at the ceiling": said_later("at the ceiling"),
    "overload": said_later("overload"),
    "draining": said_later("draining"),
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where a queue position stands. `you` is the word that the visitor's own answer uses."""

    position: int
    generation: int
    you: str
    ahead: int | None
    wait: tuple[int, int] | None  # seconds, low and high
    sentences: tuple[str, ...]
    addresses: int = 0  # from which its session is used

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        wait = None if self.wait is None else {"low": self.wait[0], "high": self.wait[1]}
        return asdict(self) | {"wait": wait, "sentences": list(self.sentences)}


def explain(room: CurrentRoom, asked: AskedPlace, its: ItsSession | None = None) -> Explanation:
    """Where a place stands, and why. `its` is what is known of its session."""
    its = its or ItsSession()
    position = asked.position
    began = _("Joined {n} ago.", n=duration(room.now - asked.joined_at)) if asked.joined_at else ""
    if its.until is not None:
        inside = _inside(its.until - room.now, its.unconfirmed)
        sentences = [began, inside, _shared(its.addresses)]
        return replace(_explanation(room, asked, "admitted", sentences), addresses=its.addresses)
    if its.ended:
        text = _(
            "Its session {session} has ended ({ended}), so the ticket is spent.",
            session=asked.session,
            ended=ended_in_words(its.ended),
        )
        return _explanation(room, asked, "ended", [began, text])
    if asked.generation != room.generation:
        text = _(
            "It is of generation {generation}, and the room has been reset since (to"
            " generation {generation2}): the next visit gets a new place.",
            generation=asked.generation,
            generation2=room.generation,
        )
        return _explanation(room, asked, "reset", [began, text])
    if position > room.queue:
        text = _(
            "This position has not been handed out yet: the last one is {queue}.",
            queue=count(room.queue),
        )
        return _explanation(room, asked, "none", [text])
    if position <= room.serving:
        return _explanation(room, asked, "next", [began, *_called(room, position)])
    ahead = position - room.serving - 1
    return _explanation(room, asked, "waiting", [began, *_waiting(room, position, ahead)], ahead)


def with_moves(found: Explanation, holder: int, device: int | None) -> Explanation:
    """The same for a place that may have moved: device `holder` has it.

    `device` is the device of the ticket that was asked about; None if it was asked by position. A
    ticket that was given up says so itself, also where a store has lost who gave a place up.
    """
    if found.you == "ended":
        holder = 0  # whoever had the place, it is spent
    if GIVEN_UP in (holder, device):
        text = _("The visitor has given up the place.")
        return replace(found, you="left", ahead=None, wait=None, sentences=(text,))
    if device is not None and device < holder:
        text = _("The place has moved to another device since this ticket was given out.")
        return replace(found, you="moved", ahead=None, wait=None, sentences=(text,))
    if not holder:
        return found
    moved = several(
        "It has moved to another device once.", "It has moved to another device {n} times.", holder
    )
    return replace(found, sentences=(*found.sentences, moved))


def _explanation(
    room: CurrentRoom, asked: AskedPlace, you: str, sentences: list[str], ahead: int | None = None
) -> Explanation:
    wait = wait_range(room, asked.position) if you == "waiting" else None
    said = tuple(filter(None, sentences))
    return Explanation(asked.position, asked.generation, you, ahead, wait, said)


def _inside(seconds: float, unconfirmed: bool) -> str:
    left = duration(max(0.0, seconds))
    if unconfirmed:
        return _(
            "Inside, but not confirmed yet: a second request must come within {left}.", left=left
        )
    return _(
        "Inside: the slot is taken for another {left}, unless the session is renewed or ends.",
        left=left,
    )


def _shared(addresses: int) -> str:
    if addresses < 2:
        return ""
    return several(
        "Used from {n} address. One person who changes networks has two or three. With more,"
        " several people share the session.",
        "Used from {n} addresses. One person who changes networks has two or three. With more,"
        " several people share the session.",
        addresses,
    )


def _called(room: CurrentRoom, position: int) -> Iterator[str]:
    yield _("Called: the serving counter stands at {serving}.", serving=count(room.serving))
    if position in room.door:
        yield _("At the door: the visitor polls, and waits for a free slot.")
    else:
        # Of many at the door, a snapshot tells only some.
        yield _absent(
            many=room.door_size > len(room.door), may_have_missed=room.rules["late"] == "lost"
        )
    if room.free > 0 and room.state in ("open", "queueing"):
        yield _("A slot is free: the visitor enters at the next poll, if the ticket is still good.")
    else:
        yield from why_nobody_enters(room)


def _absent(*, many: bool, may_have_missed: bool) -> str:
    """Why somebody who is called is neither inside nor seen at the door."""
    if many and may_have_missed:
        return _(
            "The visitor has no session now: they wait at the door, or have not come yet, or have"
            " missed their turn, or their session is over and the ticket spent."
        )
    if many:
        return _(
            "The visitor has no session now: they wait at the door, or have not come yet, or their"
            " session is over and the ticket spent."
        )
    if may_have_missed:
        return _(
            "The visitor has no session now: either they have not come yet, or have missed their"
            " turn, or their session is over and the ticket spent."
        )
    return _(
        "The visitor has no session now: either they have not come yet, or their session is over"
        " and the ticket spent."
    )


def _waiting(room: CurrentRoom, position: int, ahead: int) -> Iterator[str]:
    yield several(
        "Waiting: {n} position is ahead; the serving counter stands at {serving}.",
        "Waiting: {n} positions are ahead; the serving counter stands at {serving}.",
        ahead,
        serving=count(room.serving),
    )
    # Another thread's answer may have moved the serving counter meanwhile, up to the horizon.
    in_sight = room.horizon - room.serving
    if ahead < in_sight and not room.rules.get("counts_unheard"):
        present = round(room.snapshot.present_ahead * ahead / in_sight)
        yield several(
            "About {n} of those ahead is present.",
            "About {n} of those ahead are present.",
            present,
        )
    yield from why_nobody_enters(room)
    wait = wait_range(room, position)
    if wait is None:
        yield _("The wait is not known yet: an estimate needs five minutes of a moving line.")
    else:
        yield _(
            "The wait will probably be {low} to {high}.",
            low=duration(wait[0]),
            high=duration(wait[1]),
        )


def why_nobody_enters(room: CurrentRoom) -> Iterator[str]:
    """What stops or slows those who wait."""
    stopped = {
        "paused": _("The room is paused: nobody is called or enters until an operator resumes it."),
        "scheduled": _("The room has not opened yet: people join, and nobody is called."),
        "closed": _("The room is closed: nobody joins or enters."),
        "off": _("The room is off: everybody passes without waiting."),
        "shadow": _("The room is in shadow mode: everybody passes without waiting."),
    }.get(room.state)
    if stopped:
        yield stopped
        if room.state == "closed" != room.mode:
            yield _why_closed(room)
        if room.state == "scheduled" and room.mode == "paused":
            yield _("It is also paused: even then nobody is called until an operator resumes it.")
        return
    if room.active >= room.limit:
        yield several(
            "The room is full: {n} of {limit} sessions is running.",
            "The room is full: {n} of {limit} sessions are running.",
            room.active,
            limit=count(room.limit),
        )
    elif room.snapshot.per_second is not None:
        yield _(
            "New admissions are paced: {n} per minute.",
            n=number(room.snapshot.per_second * 60, 2),
        )
    yield from why_nobody_is_called(room)


def _why_closed(room: CurrentRoom) -> str:
    """What has closed a room whose mode is another."""
    closes, joins = room.rules.get("closes_at"), room.rules.get("joins_from")
    if joins is not None and room.wall < joins:
        return _("People may join for the next opening from {joins} on.", joins=moment(joins))
    if closes is not None and room.wall >= closes:
        return _("Its closes_at has passed: move or clear that, and the room opens again.")
    return _(
        "Nothing is left to sell (when_gone is close): the line opens again when something is,"
        " and those in it keep their places."
    )


def why_nobody_is_called(room: CurrentRoom) -> Iterator[str]:
    """What a strategy holds back, whatever slots are free."""
    chosen = room.rules.get("inlet")
    if isinstance(chosen, dict) and chosen.get("kind") == "manual":
        yield _("The strategy is manual: only an operator calls people.")
    if room.snapshot.ceiling is not None and room.serving >= room.snapshot.ceiling:
        yield _(
            "The strategy does not move the serving counter beyond {ceiling}.",
            ceiling=count(room.snapshot.ceiling),
        )


def why_limit(room: CurrentRoom) -> str:
    """Where the limit in force comes from."""
    most = room.rules["max_active"]
    if room.mode == "off":
        return _("no limit applies: the room is off")
    if room.mode == "shadow":
        return _("it holds nobody back: the room is in shadow mode")
    if room.limit < most:
        return _(
            "{room}; max_active would allow {most}", room=_which_strategy(room), most=count(most)
        )
    if "max_active" in room.snapshot.overrides:
        return _(
            "set by an operator; configured: {max_active}",
            max_active=count(room.snapshot.config["max_active"]),
        )
    if "opening" in room.rules and most != room.snapshot.config["max_active"]:
        return _("max_active of opening {opening}", opening=room.rules["opening"])
    return _("max_active as configured")


def _which_strategy(room: CurrentRoom) -> str:
    state: Mapping[str, Any] = room.snapshot.adaptive
    # What it left in the store says nothing where another strategy allows less, or took over.
    if room.now - state.get("at", 0.0) > _FRESH or int(state["limit"]) != room.limit:
        return _("set by the strategy")
    if state["reason"] == "few samples":  # then its signal is an older one
        return _("adaptive: few samples")
    return _(
        "adaptive: {reason}, the app at {signal} of what it may take",
        reason=_(_REASONS.get(state["reason"], state["reason"])),
        signal=format(state["signal"], ".0%"),
    )
