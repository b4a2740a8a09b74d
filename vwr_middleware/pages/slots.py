"""What stands for a visitor's number or text while a template renders, and must come out whole."""

from typing import NoReturn, TypeVar
from urllib.parse import quote

from markupsafe import Markup

from vwr_middleware.pages.shells import MARK, slot
from vwr_middleware.pages.values import SLOTS

T = TypeVar("T")

_KNOWN = frozenset(SLOTS)
#: The mark as filters for addresses and for scripts write it.
_DISGUISES = (quote(MARK), "\\ue000")


class BrokenSlot(Exception):
    """A template changed or compared what stands for a number.

    No ValueError, for the filters that make numbers take zero where they meet one.
    """


class Slot(Markup):
    """Can be printed. To compare it, or to take it for a number, would give the same for all."""

    __slots__ = ()
    __hash__ = Markup.__hash__

    def _refuse(self, *_: object) -> NoReturn:
        raise BrokenSlot(str.__str__(self))

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __int__ = __float__ = _refuse


def slots() -> dict[str, Slot]:
    """One for each of `SLOTS`."""
    return {name: Slot(slot(name)) for name in SLOTS}


def with_whole_slots(text: str) -> str:
    """The text, if every mark in it is that of a slot."""
    parts = str.split(text, MARK)  # of a slot too, bare texts
    if len(parts) % 2 == 0 or not set(parts[1::2]) <= _KNOWN:
        raise BrokenSlot("a slot was changed")
    return text


def unbroken(value: T) -> T:
    """What a template prints, if it is no text, or no slot was changed in it or disguised."""
    if isinstance(value, str):
        with_whole_slots(value)
        if any(disguise in value for disguise in _DISGUISES):
            raise BrokenSlot("a slot was written in another way")
    return value
