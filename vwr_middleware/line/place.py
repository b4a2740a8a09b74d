"""A place in line, as the steps of a visitor name it."""

from dataclasses import dataclass


@dataclass(slots=True)  # not frozen: making a frozen one takes three times as long
class Place:
    """A queue position of a generation of a room, and who comes for it."""

    generation: int
    position: int
    device: int = 0  # how often the place had moved when this device got it
    room_id: str = ""  # of the room that it is in; "": of whichever the store holds
    #: Where sessions are bound to their network: the marks of the network from which the ticket
    #: comes, one for each secret (see papers/digests.py).
    marks: tuple[str, ...] = ()

    @property
    def mark(self) -> str:
        """The mark by the newest secret; "" where nothing is bound."""
        return self.marks[0] if self.marks else ""
