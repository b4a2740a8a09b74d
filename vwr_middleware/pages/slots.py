"""Slots: what a template prints in the place of a visitor's numbers and texts.

A template must print them unchanged; the real values are filled in later.
"""

from typing import NoReturn, TypeVar
from urllib.parse import quote

from markupsafe import Markup

T = TypeVar("T")

#: The character before and after the name of a slot. No text of ours contains it.
MARK = "\ue000"
#: The slots that differ among all who wait. For the script the same numbers are slots `data_…`.
OPEN = frozenset({"ahead", "position", "wait", "serving", "waiting", "next", "query"})
SLOTS = OPEN | {"site", "message", "held", "opens", "updated", "data"}

#: The mark as the filters `urlencode` and `tojson` write it.
_DISGUISES = (quote(MARK), "\\ue000")


class BrokenSlot(Exception):
    """A template has changed or compared a slot.

    It is no ValueError, since filters such as `int` answer a ValueError with zero.
    """


class Slot(Markup):
    """A slot. Comparing it raises, since the result would be the same for all visitors."""

    __slots__ = ()
    __hash__ = Markup.__hash__

    def _refuse(self, *_: object) -> NoReturn:
        raise BrokenSlot(str.__str__(self))

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __int__ = __float__ = _refuse


def slot(name: str) -> str:
    """A slot of this name in a page's text."""
    return f"{MARK}{name}{MARK}"


def slots() -> dict[str, Slot]:
    """One for each of `SLOTS`."""
    return {name: Slot(slot(name)) for name in SLOTS}


def with_whole_slots(text: str) -> str:
    """The text. Raises BrokenSlot if a mark in it does not belong to a whole slot."""
    parts = str.split(text, MARK)  # plain texts, even if the text is a Slot
    if len(parts) % 2 == 0 or not set(parts[1::2]) <= SLOTS:
        raise BrokenSlot("a slot was changed")
    return text


def unbroken(value: T) -> T:
    """What a template prints. Raises BrokenSlot if a slot in it was changed or encoded."""
    if isinstance(value, str):
        with_whole_slots(value)
        if any(disguise in value for disguise in _DISGUISES):
            raise BrokenSlot("a slot was written in another way")
    return value
