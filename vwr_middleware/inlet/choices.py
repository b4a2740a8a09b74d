"""Inlet strategies by name, as an operator chooses them while the room runs.

An override of the setting `inlet` is data, {"kind": "periodic", "count": 100, "every": 60}, so that
a store can keep it and each worker can build the same strategy from it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from vwr_middleware.errors import ConfigurationError
from vwr_middleware.inlet.adaptive import Adaptive
from vwr_middleware.inlet.strategies import Manual, MaxSize, Periodic, Strategy
from vwr_middleware.line.messages import Snapshot
from vwr_middleware.settings import kinds
from vwr_middleware.spoken import said, wrong


@dataclass(frozen=True, slots=True)
class Knob:
    """A number that a strategy takes. Without a default it is required, unless it may be None."""

    label: str
    kind: kinds.Kind[Any]
    default: float | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A strategy that can be chosen by its name."""

    label: str
    make: Callable[..., Strategy]
    knobs: Mapping[str, Knob] = field(default_factory=dict)


CHOICES: dict[str, Choice] = {
    "manual": Choice("Manual: only the operator moves the serving counter", Manual),
    "max_size": Choice(
        "Max size: as many as slots are free",
        MaxSize,
        {"max_active": Knob("Sessions at once", kinds.whole(1))},
    ),
    "periodic": Choice(
        "Periodic: a fixed number in each interval",
        Periodic,
        {
            "count": Knob("People per interval", kinds.number(0, 1e9, above=True)),
            "every": Knob("Interval in seconds", kinds.seconds(above_zero=True), 60.0),
            "burst": Knob("Burst after a quiet time", kinds.optional(kinds.number(1, 1e9))),
        },
    ),
    "adaptive": Choice(
        "Adaptive: as many as the app serves in time",
        Adaptive,
        {
            "target": Knob("Seconds a request may take", kinds.seconds(above_zero=True)),
            "floor": Knob("Fewest sessions", kinds.whole(1), 1),
            "ceiling": Knob("Most sessions", kinds.optional(kinds.whole(1))),
        },
    ),
}

#: The data of a strategy as JSON Schema.
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"kind": {"enum": list(CHOICES)}},
    "required": ["kind"],
    "description": "A strategy and its parameters",
}


def check(value: object) -> dict[str, Any]:
    """The strategy as data that stores keep. Raises ValueError as a setting's kind does."""
    if not isinstance(value, Mapping):
        raise wrong("must be a strategy, like {example}", example='{"kind": "manual"}')
    kind = value.get("kind")
    choice = CHOICES.get(kind) if isinstance(kind, str) else None
    if choice is None:
        raise wrong("must have a kind, one of {names}", names=", ".join(CHOICES))
    unknown = [str(name) for name in value if name != "kind" and name not in choice.knobs]
    if unknown:
        known = ", ".join(choice.knobs) or said("none")
        names = ", ".join(unknown)
        raise wrong("{kind} has no {names}: it takes {known}", kind=kind, names=names, known=known)
    given = {
        name: _checked(f"{kind}: {name}", knob, value.get(name, knob.default))
        for name, knob in choice.knobs.items()
    }
    try:
        choice.make(**given)
    except ConfigurationError as error:
        raise wrong("cannot be: {problems}", problems="; ".join(error.problems)) from error
    return {"kind": kind} | given


def _checked(name: str, knob: Knob, value: object) -> Any:
    try:
        return knob.kind.check(value)
    except ValueError as error:
        raise ValueError(f"({name}) {error}") from error


def make(value: object) -> Strategy:
    """The strategy that the data describes. Raises ValueError as a setting's kind does."""
    given = check(value)
    return CHOICES[given.pop("kind")].make(**given)


def build(value: object) -> Strategy | None:
    """The strategy of an override; None if there is none, or if this release does not know it."""
    if not isinstance(value, Mapping):
        return None
    try:
        return _build(tuple(sorted(value.items())))
    except TypeError:  # a later release's may have lists in it
        return None


def in_force(snapshot: Snapshot | None, configured: Sequence[Strategy]) -> Sequence[Strategy]:
    """The strategies of the settings, or the one that an operator has chosen instead.

    If there is none, the limits alone decide.
    """
    chosen = build(snapshot.rules.get("inlet")) if snapshot else None
    return configured if chosen is None else (chosen,)


@lru_cache(maxsize=64)
def _build(items: tuple[tuple[str, Any], ...]) -> Strategy | None:
    try:
        return make(dict(items))
    except ValueError:
        return None


def in_words(value: object) -> str:
    """A strategy in a few words, `periodic, count 100, every 60`, without knobs that are None."""
    if not isinstance(value, Mapping):
        return said("from the limits") if value is None else str(value)
    knobs = [f"{name} {knob:,.10g}" for name, knob in value.items() if kinds.is_number(knob)]
    return ", ".join([str(value.get("kind", "")).replace("_", " "), *knobs])
