"""In what order newcomers get their places, and after how long: as they themselves see it."""

from benchmarks.hold.figures import Spread


class Order:
    """When people first asked, and when they had a place."""

    def __init__(self) -> None:
        #: Seconds from the first question to a place; and by how many somebody was overtaken at
        #: most: how much later the latest one came who had a place before.
        self.waited, self.overtaken = Spread(), Spread()
        self._latest = float("-inf")

    def has_place(self, asked_first: float, now: float) -> None:
        """Somebody has a place now."""
        self.waited.add(now - asked_first)
        self.overtaken.add(max(0.0, self._latest - asked_first))
        self._latest = max(self._latest, asked_first)

    def clear(self) -> None:
        self.waited.clear()
        self.overtaken.clear()
