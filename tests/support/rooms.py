"""A room in a store, to be driven step by step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.support.clock import Clock
from vwr_middleware.blocking import finish
from vwr_middleware.line.data_loss import new_room
from vwr_middleware.line.messages import (
    Ask,
    JoinKind,
    Move,
    Notice,
    Place,
    Seen,
    Snapshot,
    Turn,
    Verdict,
)
from vwr_middleware.line.state import Line
from vwr_middleware.settings import RoomSettings
from vwr_middleware.stores import Store
from vwr_middleware.stores.memory.store import MemoryRooms

RETURNS_IN = 2.0


def config(**settings: Any) -> dict[str, Any]:
    """What a store is told of a room with these settings."""
    outage_grace = settings.pop("outage_grace", 3600)
    room = RoomSettings(paths="/tickets", **settings)
    return {**room.store_config(), "outage_grace": outage_grace}


def new_line(now: float, **settings: Any) -> Line:
    """A fresh room in memory, for functions of the rule."""
    return MemoryRooms().make("main", new_room("a" * 16, Ask("main", config(**settings)), now))


def sessions(store: Store, room: str = "main") -> list[str]:
    """The sessions that run in a room."""
    return [session for session, *_ in finish(store.record(room)).sessions]


def seen_in(snapshot: Snapshot, **changes: Any) -> Seen:
    """What a worker remembers of a snapshot."""
    known: Mapping[str, Any] = {
        "room_id": snapshot.room_id,
        "generation": snapshot.generation,
        "queue": snapshot.queue,
        "serving": snapshot.serving,
        "active": snapshot.active,
        "claimed": snapshot.totals["claimed"],
        "overrides": snapshot.overrides,
        "changes": snapshot.changes,
        "draw": snapshot.draw,
        "drawn": snapshot.drawn,
        "draw_told": snapshot.draw_told,
        "drawn_at": snapshot.drawn_at,
        "draw_lanes": snapshot.draw_lanes,
    }
    return Seen(**{**known, **changes})


@dataclass
class Room:
    """What visitors and workers do to one room, in few words."""

    store: Store
    clock: Clock
    settings: dict[str, Any] = field(default_factory=dict)
    name: str = "main"
    generation: int = 1
    seen: Seen | None = None  # what the worker that makes these calls knows

    def look(self, *present: int, **ask: Any) -> Snapshot:
        """A worker's refresh, bringing positions that polled."""
        told = {"config": config(**self.settings), "seen": self.seen}
        given = {**told, "generation": self.generation, **ask}
        (snapshot,) = finish(self.store.refresh([Ask(self.name, present=present, **given)]))
        return snapshot

    def join(self, count: int = 1, kind: JoinKind = "place") -> list[Turn]:
        """So many visitors arrive."""
        return self.arrive([kind] * count)

    def nobody_is_awaited(self) -> None:
        """Those who have joined do not poll for so long that a slot waits for none of them."""
        self.clock.pass_by(1)
        self.look()
        self.clock.pass_by(6)

    def join_as(self, *identities: str, kind: JoinKind = "place") -> list[Turn]:
        """These arrive."""
        return self.arrive([kind] * len(identities), identities)

    def arrive(self, kinds: Sequence[JoinKind], identities: Sequence[str] = ()) -> list[Turn]:
        """Visitors arrive."""
        return finish(self.store.join(self.name, kinds, self.seen, identities))

    def place(self, position: int, device: int = 0) -> Place:
        """A place of the present generation."""
        return Place(self.generation, position, device)

    def knock(
        self,
        position: int,
        returns_in: float = RETURNS_IN,
        hidden: bool = False,
        device: int = 0,
        marks: tuple[str, ...] = (),
    ) -> Turn:
        """A called visitor polls, from a network with these marks where sessions are bound."""
        place = self.place(position, device)
        place.marks = marks
        return finish(self.store.knock(self.name, place, returns_in, hidden, self.seen))

    def claim(
        self,
        position: int,
        returns_in: float = RETURNS_IN,
        device: int = 0,
        marks: tuple[str, ...] = (),
    ) -> Turn:
        """A ticket is handed in, from a network with these marks where sessions are bound."""
        place = self.place(position, device)
        place.marks = marks
        return finish(self.store.claim(self.name, place, returns_in, self.seen))

    def renew(
        self,
        position: int,
        take_back: bool = False,
        marks: tuple[str, ...] = (),
        lasts: float = 0.0,
    ) -> Turn:
        """A session's first token is brought back, or one past half of its life."""
        session = f"{self.generation}-{position}"
        return finish(self.store.renew(self.name, session, take_back, self.seen, marks, lasts))

    def end(self, position: int, how: Any = "completed") -> bool:
        """A session ends early."""
        session = f"{self.generation}-{position}"
        return finish(self.store.end(self.name, session, how, self.seen))

    def leave(self, position: int, device: int = 0) -> Verdict:
        """A place is given up."""
        return finish(self.store.leave(self.name, self.place(position, device), self.seen))

    def keep_code(self, position: int, code: str, device: int = 0) -> Verdict:
        """A device asks for a resume code."""
        place = self.place(position, device)
        return finish(self.store.keep_code(self.name, place, code, self.seen))

    def move(self, *codes: str, attempt: str = "") -> Move:
        """A device hands in a resume code."""
        return finish(self.store.move(self.name, codes, attempt, self.seen))

    def subscribe(self, position: int, text: str = "word", device: int = 0) -> Verdict:
        """A visitor wants to be told of the turn while away."""
        place = self.place(position, device)
        return finish(self.store.subscribe(self.name, place, text, self.seen))

    def notices(self, *reports: tuple[int, float], takes: int = 10, text: str = "") -> list[Notice]:
        """A worker reports what it sent, and takes what is to be sent now."""
        told = [(position, again_in, text) for position, again_in in reports]
        step = self.store.notices(self.name, takes, self.generation, told, self.seen)
        return list(finish(step).due)

    def subscribers(self) -> int:
        """How many subscriptions the room keeps."""
        return finish(self.store.notices(self.name, 0)).subscribers

    def advance(self, count: int, **how: Any) -> int:
        """The operator calls more."""
        return finish(self.store.advance(self.name, count, **how))

    def change(self, **changes: Any) -> dict[str, Any]:
        """The operator overrides settings."""
        return finish(self.store.change(self.name, changes))

    def reset(self, end_sessions: bool = False) -> int:
        """The operator begins a new generation, and everybody comes to know of it."""
        self.generation = finish(self.store.reset(self.name, end_sessions))
        return self.generation
