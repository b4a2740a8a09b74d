"""Twenty shapes of a day: who comes when, and what happens meanwhile, for a room of any size.

A shape is scaled to its room: as many come as the room lets in during the day, or a bit more, so
that there is a line whose wait can be told. A day is so many seconds; what a shape says of its
moments are parts of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from vwr_middleware.settings import RoomSettings
from vwr_middleware.simulate.scenario import Crowd, Scenario

#: Density of arrivals at a part of the day, from 0 to 1; the highest value is 1.
Profile = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape of a day, as parts: of the day, of the limit, of the usual visit."""

    says: str
    arrive: Profile
    load: float = 1.0  # how many come, over how many the room can let in that day
    crowd: dict[str, Any] = field(default_factory=dict)  # fields of `Crowd`
    bots: float = 0.0  # the first part of all who come never polls
    paced: bool = False  # as many a minute as leave anyway, rather than as fast as slots free
    #: Part of the day, setting, new value over the old one; for `mode` it is the word.
    changes: tuple[tuple[float, str, Any], ...] = ()
    #: Part of the day from which visits that begin last so many times as long as usual.
    visits: tuple[tuple[float, float], ...] = ()


def _until(part: float) -> Profile:
    return lambda at: 1.0 if at < part else 0.0


def _hump(at: float, middle: float, width: float) -> float:
    return max(0.0, 1 - ((at - middle) / width) ** 2)


def _all_day(_: float) -> float:
    return 1.0


_BURST = _until(0.01)
_PACE = 0.8  # of how many leave, where the pace decides
_END = 1.5  # days after which who still waits is left there

#: By the name that the command line knows.
SHAPES: dict[str, Shape] = {
    "burst": Shape("All come in the first moments.", _BURST),
    "ramp": Shape("Ever more come, through half of the day.", lambda at: 2 * at * (at < 0.5)),
    "steady": Shape("Somewhat more come than leave, all day.", _all_day, load=1.2),
    "lunch": Shape(
        "Two hills, with a valley in which the line ends.",
        lambda at: max(_hump(at, 0.2, 0.12), _hump(at, 0.7, 0.12)),
        load=0.9,
    ),
    "waves": Shape("Five bursts.", lambda at: 1.0 * (at * 5 % 1 < 0.04), load=0.95),
    "morning": Shape("Many at first, then ever fewer.", lambda at: 0.002 ** min(1.0, 1.5 * at)),
    "spots": Shape(
        "A quiet day with three spots on television.",
        lambda at: 1.0 if any(0 <= at - spot < 0.02 for spot in (0.1, 0.4, 0.7)) else 0.04,
        load=0.9,
    ),
    "evening": Shape("Few at first, ever more until the end.", lambda at: at * at, load=1.3),
    "lowered": Shape("The limit is halved.", _BURST, 0.75, changes=((0.35, "max_active", 0.5),)),
    "raised": Shape("The limit is doubled.", _BURST, 1.4, changes=((0.35, "max_active", 2.0),)),
    "paused": Shape(
        "A pause of a tenth of the day.",
        _BURST,
        0.9,
        changes=((0.3, "mode", "paused"), (0.4, "mode", "auto")),
    ),
    "paced": Shape("As many a minute as the setting says.", _BURST, paced=True),
    "slower pace": Shape(
        "The pace is lowered, and raised again.",
        _BURST,
        0.85,
        paced=True,
        changes=((0.3, "per_minute", 0.5), (0.6, "per_minute", 1.0)),
    ),
    "slowing": Shape(
        "Visits become longer, step by step.",
        _BURST,
        0.7,
        visits=tuple((part / 10, 1 + part / 10) for part in range(1, 11)),
    ),
    "quickening": Shape(
        "Visits become shorter, step by step.",
        _BURST,
        1.3,
        visits=tuple((part / 10, 1 - part / 20) for part in range(1, 11)),
    ),
    "stall": Shape("The app is slow for a while.", _BURST, 0.85, visits=((0.4, 3.0), (0.5, 1.0))),
    "ghosts": Shape("Three of five close the tab at once.", _BURST, 2.2, {"absent": 0.6}),
    "bots": Shape("The first third never polls.", _BURST, 1.4, bots=0.33),
    "impatient": Shape("Many give up, the more the longer.", _BURST, 1.6, {"gives_up": 0.5}),
    "long tails": Shape("A few stay very long.", _until(0.5), 1.0, {"visit_spread": 1.6}),
}


def shaped(
    name: str,
    settings: Mapping[str, Any],
    crowd: Mapping[str, Any],
    *,
    day: float,
    seed: int = 1,
    workers: int = 2,
) -> Scenario:
    """A day of that shape, so many seconds long, in a room of these settings. `crowd` has fields of
    `Crowd`: the length of visits, and what the shape itself does not say."""
    shape, room = SHAPES[name], dict(settings)
    usual = {"visit": 120.0, "absent": 0.15, "gives_up": 0.1, "sleepers": 0.05, "no_script": 0.03}
    people = {**usual, **crowd, **shape.crowd}
    per_second = RoomSettings(paths=["/"], **settings).max_active / people["visit"]
    if shape.paced:
        per_second *= _PACE
        room["per_minute"] = 60 * per_second
    count = max(1, round(shape.load * per_second * day))
    people["arrivals"] = _arrivals(shape.arrive, count, day, Random(seed))
    people["bots"] = round(shape.bots * count)
    people["visits_change"] = tuple((part * day, times) for part, times in shape.visits)
    return Scenario(
        room=RoomSettings(paths=["/"], **room),
        crowd=Crowd(**people),
        workers=workers,
        seed=seed,
        changes=tuple(
            (part * day, {name: _changed(room.get(name), to)}) for part, name, to in shape.changes
        ),
        until=_END * day,
    )


def _arrivals(arrive: Profile, count: int, day: float, random: Random) -> list[float]:
    """So many moments, of which a part of the day has more where the profile is higher."""
    found: list[float] = []
    while len(found) < count:
        at = random.random()
        if random.random() < arrive(at):
            found.append(day * at)
    return sorted(found)


def _changed(before: Any, to: Any) -> Any:
    """A setting's new value: a word, or so many times what it was."""
    if isinstance(to, str):
        return to
    return max(1, round(before * to)) if isinstance(before, int) else before * to
