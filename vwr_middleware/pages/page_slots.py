"""Shells: pages as jinja2 renders them for each state and language, with slots for numbers."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from vwr_middleware.pages.slots import MARK
from vwr_middleware.pages.view import View

#: The fields of a kind that the template does not see: it gets what was made of them.
_UNSEEN = frozenset({"code", "static", "has_end", "has_opening"})


class Kind(NamedTuple):
    """Everything in a view that a shell depends on."""

    code: str  # the language's
    static: str
    has_end: bool  # whether the turn has
    has_opening: bool
    phase: str
    reset: bool
    store_down: bool
    longer: bool
    stopped: bool
    reload: bool
    refresh: bool
    has_message: bool
    has_place: bool
    has_waiting: bool
    late_is_lost: bool
    binds: bool
    room: str
    base: str

    @property
    def shown(self) -> dict[str, object]:
        """The fields that the template sees, by the same names."""
        return {name: value for name, value in self._asdict().items() if name not in _UNSEEN}


def kind_of(view: View) -> Kind:
    """The parts of a view that decide which shell it needs."""
    return Kind(
        code=view.language,
        static=view.static,
        has_end=view.claim_by is not None,
        has_opening=view.opens_at is not None,
        phase=view.phase,
        reset=view.you == "reset",
        store_down=view.store_down,
        longer=view.wait_reason in ("limit", "slower"),
        stopped=bool(view.stopped_method),
        reload=view.reload,
        refresh=view.refresh,
        has_message=bool(view.message),
        has_place=view.position is not None,
        has_waiting=view.waiting is not None,
        late_is_lost=view.late_is_lost,
        binds=view.binds,
        room=view.room,
        base=view.base,
    )


class Shell:
    """A page with slots."""

    __slots__ = ("_parts", "names")

    def __init__(self, page: bytes) -> None:
        self._parts = page.split(MARK.encode())  # every other one is the name of a slot
        self.names = [name.decode() for name in self._parts[1::2]]

    def filled(self, values: Mapping[str, str]) -> bytes:
        """The page with every slot filled."""
        return self.joined([values[name].encode() for name in self.names])

    def joined(self, values: Sequence[bytes]) -> bytes:
        """The page with every slot filled, by one value for each of `names`."""
        parts = self._parts.copy()
        parts[1::2] = values
        return b"".join(parts)

    def narrowed(self, values: Mapping[str, bytes]) -> "Shell":
        """The shell with only these slots filled, by texts without slots."""
        parts, names = [self._parts[0]], []
        run = [self._parts[0]]
        for name, after in zip(self.names, self._parts[2::2], strict=True):
            if name in values:
                run += (values[name], after)
            else:
                parts[-1] = b"".join(run)
                parts += (b"", b"")
                names.append(name)
                run = [after]
        parts[-1] = b"".join(run)
        narrow = Shell(b"")
        narrow._parts, narrow.names = parts, names
        return narrow
