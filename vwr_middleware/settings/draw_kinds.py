"""The kinds of the settings of a draw: where its public value comes from, and that value."""

import re
from collections.abc import Callable
from reprlib import repr as shown

from vwr_middleware.draw.record import BEACON_LONGEST
from vwr_middleware.settings.kinds import Kind, function_value, is_text, optional
from vwr_middleware.spoken import wrong

#: The public randomness of drand's network "quicknet".
DRAND = "drand"
_NAME_OF_FUNCTION = re.compile(r"[A-Za-z_][\w.]*:[\w.]+")


def _text(value: object) -> str:
    found = " ".join(value.split()) if is_text(value) else ""
    if not 0 < len(found) <= BEACON_LONGEST or not found.isprintable():
        raise wrong(
            "must be text of 1 to {most} characters in one line, not {value}",
            most=BEACON_LONGEST,
            value=shown(value),
        )
    return found


def _source(value: object) -> Callable[..., object] | str:
    if isinstance(value, str) and not _NAME_OF_FUNCTION.fullmatch(value):
        found = _text(value)
        return DRAND if found.lower() == DRAND else found
    try:
        return function_value(value, "opens_at")
    except ValueError as error:
        raise ValueError(f'{error}, or "{DRAND}", or words that say where it comes from') from error


beacon = optional(
    Kind(_text, schema={"type": "string", "pattern": "\\S", "maxLength": BEACON_LONGEST})
)
beacon_source: Kind[Callable[..., object] | str | None] = optional(Kind(_source))
