"""What workers share besides rooms: wrong passwords by address, and the counts of each worker."""

from collections.abc import Mapping
from typing import Protocol

FREE = 3  # wrong passwords that cost nothing: people mistype
LONGEST = 900.0  # seconds: the longest wait before the next attempt
FORGOTTEN = 3600.0  # seconds without an attempt after which the earlier ones are forgotten
ADDRESSES_MOST = 20_000
POSTS_KEPT = 3600.0  # seconds for which a worker's counts outlive it
POSTS_MOST = 128


class Board(Protocol):
    """Texts by kind and key, each with the moment when it was put there."""

    def get(self, kind: str, key: str) -> tuple[str, float] | None:
        """The text, and when it was put there."""

    def put(self, kind: str, key: str, text: str, now: float) -> None:
        """Put a text there, in place of an older one."""

    def drop(self, kind: str, key: str) -> None:
        """Take a text away, if it is there."""

    def trim(self, kind: str, most: int, before: float) -> None:
        """Forget what was put there before that, and the oldest beyond `most`."""

    def rows(self, kind: str) -> Mapping[str, str]:
        """All texts of a kind by their keys."""


def delay(count: int) -> float:
    """Seconds until the next attempt after so many wrong ones."""
    return min(LONGEST, 2.0 ** min(20, count - FREE)) if count >= FREE else 0.0


def attempt(board: Board, address: str, now: float) -> float:
    """Count an attempt to sign in. Returns the seconds that the address must wait first.

    If it need not wait, the attempt counts as wrong until `forgive` says otherwise. So nobody gets
    more tries by sending many at the same moment.
    """
    text, last = board.get("attempts", address) or ("0", now)
    if last > now:  # the clock was set back: the wait begins now
        last = now
        board.put("attempts", address, text, now)
    count = 0 if now - last > FORGOTTEN else int(text)
    wait = last + delay(count) - now
    if wait > 0:
        return wait
    board.put("attempts", address, str(count + 1), now)
    board.trim("attempts", ADDRESSES_MOST, now - FORGOTTEN)
    return 0.0


def forgive(board: Board, address: str, *, one: bool = False) -> None:
    """The password was right: forget all attempts of this address, or with `one` only this one."""
    text, last = board.get("attempts", address) or ("0", 0.0)
    if one and int(text) > 1:
        board.put("attempts", address, str(int(text) - 1), last)
    else:
        board.drop("attempts", address)


def post(board: Board, worker: str, text: str, now: float) -> dict[str, str]:
    """Keep a worker's counts in place of its earlier post. Returns the posts of all workers.

    With an empty text it only reads.
    """
    if text:
        board.put("posts", worker, text, now)
    board.trim("posts", POSTS_MOST, now - POSTS_KEPT)
    return dict(board.rows("posts"))
