"""Slots: what a template prints in place of a visitor's numbers and texts.

A template must print them unchanged: the real values are filled in later.
"""

from typing import NoReturn, TypeVar
from urllib.parse import quote

from markupsafe import Markup

T = TypeVar("T")

#: The character before and after the name of a slot. No text of ours contains it.
MARK = "\ue000"
#: The slots that differ among all who wait. The script has the same numbers in slots `data_…`.
LEFT_OPEN = frozenset({"ahead", "position", "wait", "serving", "waiting", "next", "query"})
SLOTS = LEFT_OPEN | {"site", "message", "held", "opens", "updated", "data"}

#: The mark as the filters `urlencode` and `tojson` write it.
_DISGUISES = (quote(MARK), "\\ue000")


class BrokenSlot(Exception):
    """A template has changed or compared a slot.

    It is no ValueError, since filters such as `int` turn a ValueError into zero.
    """


class Slot(Markup):
    """A slot. Comparing it raises BrokenSlot, since the result would be the same for everybody."""

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
    """The same text. Raises BrokenSlot if a mark in it does not belong to a whole slot."""
    parts = str.split(text, MARK)  # plain texts, even if the text is a Slot
    if len(parts) % 2 == 0 or not set(parts[1::2]) <= SLOTS:
        raise BrokenSlot("a slot was changed")
    return text


def unbroken(value: T) -> T:
    """The same value, printed by a template. Raises BrokenSlot if a slot in it was changed."""
    if isinstance(value, str):
        with_whole_slots(value)
        if any(disguise in value for disguise in _DISGUISES):
            raise BrokenSlot("a slot was written in another way")
    return value
