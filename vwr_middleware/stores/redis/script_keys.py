"""The keys that scripts touch: what each is called in Lua, and which of them a script is given.

A script is given every key that it touches and makes no key's name itself. Redis and Valkey check
that only for the slots of a cluster; servers of other makers refuse a key that was not declared.
All keys of a room are in one slot: the first one's name is their hash tag.
"""

import re
from collections.abc import Sequence

#: What is called so in Lua, by what its name has after the room's own key, or the board's. The
#: first is a hash with the room's numbers, or the time of each of a board's texts.
_KEYS = {
    "KEY": "",
    "SESSIONS": ":sessions",
    "UNCONFIRMED": ":first",
    "BOUND": ":bound",
    "SHARERS": ":sharers",
    "DOOR": ":door",
    "DOOR_END": ":door-end",
    "DOOR_LATER": ":door-later",
    "ENDED": ":ended",
    "ENDED_HOW": ":ended-how",
    "HISTORY": ":history",
    "AUDIT": ":audit",
    "MINUTES": ":minutes",
    "OUTCOMES": ":outcomes",
    "MOVED": ":moved",
    "CODES": ":codes",
    "CODES_END": ":codes-end",
    "IDENTITIES": ":identities",
    "SUBSCRIPTIONS": ":subscriptions",
    "SUBSCRIBED": ":subscribed",
    "SCRATCH": ":scratch",
    "SCRATCH_B": ":scratch-b",
    "SCRATCH_C": ":scratch-c",
    "COUNTS": ":counts",
    "TEXTS": ":texts",
}
#: By kind, from 0: bits.lua.
_BITMAPS = tuple(f":bits{kind}" for kind in range(7))
#: Each of these holds something as soon as the room is made (a bit, a member, a row that stands for
#: nobody). So if one is missing it was evicted or deleted, and the whole room is lost. Other keys
#: may be missing without a loss: codes, identities, and those which are made when a session is
#: shared, when one has ended (two) and when one is bound to a network.
_COMPANIONS = (
    *_BITMAPS,
    *(":sessions", ":first", ":door", ":door-end", ":door-later"),
    *(":ended", ":history", ":audit", ":moved"),
)

_COMMENT = re.compile(r"--.*")
_NAME = re.compile(r"\b[A-Z][A-Z_]+\b")


def keys_of(text: str) -> tuple[str, ...]:
    """What the names of a script's keys have after the first one's, in the order of its KEYS."""
    used = _names_in(text)
    keys = [key for name, key in _KEYS.items() if name in used or not key]
    keys += _BITMAPS if "BITMAPS" in used else ()
    keys += _COMPANIONS if "COMPANIONS" in used else ()
    return tuple(dict.fromkeys(keys))


def with_keys(text: str) -> str:
    """A script that begins with its keys, under their names."""
    used, keys = _names_in(text), keys_of(text)
    named = {name: keys.index(key) for name, key in _KEYS.items() if key in keys and name in used}
    lines = [f"local {name} = KEYS[{at + 1}]" for name, at in named.items()]
    if "BITMAPS" in used:
        lines.append(f"local BITMAPS = {{ [0] = {_listed(_BITMAPS, keys)} }}")
    if "COMPANIONS" in used:
        lines.append(f"local COMPANIONS = {{ {_listed(_COMPANIONS, keys)} }}")
    return "\n".join([*lines, text])


def _names_in(text: str) -> set[str]:
    return set(_NAME.findall(_COMMENT.sub("", text)))


def _listed(some: Sequence[str], keys: Sequence[str]) -> str:
    return ", ".join(f"KEYS[{keys.index(key) + 1}]" for key in some)
