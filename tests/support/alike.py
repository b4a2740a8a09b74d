"""Whether two stores' answers are the same."""

import re
from dataclasses import fields, is_dataclass
from math import isclose
from typing import Any

_ROOM_ID = re.compile("[0-9a-f]{16}")  # each store draws its own


def alike(one: Any, other: Any) -> bool:
    """Whether two answers are the same, floats nearly so, whatever the room's id."""
    if isinstance(one, str) and isinstance(other, str) and _ROOM_ID.fullmatch(one):
        return bool(_ROOM_ID.fullmatch(other))
    if isinstance(one, bool) or isinstance(other, bool) or isinstance(one, str):
        return bool(one == other)
    if isinstance(one, int | float) and isinstance(other, int | float):
        # Among moments, of ten digits before the point, that is two thousandths of a second.
        return isclose(one, other, rel_tol=1e-12, abs_tol=1e-9)
    if is_dataclass(one):
        return type(one) is type(other) and not differences(one, other)
    if isinstance(one, list | tuple):
        pairs = zip(one, other, strict=False)
        return len(one) == len(other) and all(alike(a, b) for a, b in pairs)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(one[k], other[k]) for k in one)
    return bool(one == other)


def differences(one: Any, other: Any) -> dict[str, tuple[Any, Any]]:
    """The fields in which two answers differ."""
    names = [field.name for field in fields(one) if field.name != "room_id"]
    both = {name: (getattr(one, name), getattr(other, name)) for name in names}
    return {name: values for name, values in both.items() if not alike(*values)}
