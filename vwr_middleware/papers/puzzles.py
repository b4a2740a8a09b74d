"""Puzzles: a small calculation that a newcomer's browser does before it gets a place.

A puzzle is signed, so that nothing is kept of those that were handed out. It has sixteen parts, so
that luck hardly matters: for each, a number is wanted with which a SHA-256 digest begins with so
many zero bits. A solution brings one place, for some minutes: the store remembers that it was used.

    puzzle   = <moment>.<nonce>.<work>.<signature>      moment and work in hexadecimal digits
    solution = <puzzle>.<sixteen numbers in hexadecimal digits, with "-" between them>
    part i   : SHA-256("<signature>:<i>:<number>"), number in decimal, has `work` - 4 zero bits in
               front
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from functools import lru_cache

from vwr_middleware.keys import Keys

PARTS = 16
_PARTS_BITS = 4
#: Doublings of the work, for all parts together: 2^17 digests take a phone of 2019 some seconds.
WORK_LEAST, WORK, WORK_MOST = 8, 17, 26
#: Seconds from its making for which a puzzle can be solved, and its solution used.
KEPT = 900
#: Seconds by which the clock of a worker may be behind.
_AHEAD = 120
_SIGNED = 20  # hexadecimal digits
_LONGEST = 300
#: A solution as it is written: nothing else, since a cookie keeps it as it came.
_FORM = re.compile(
    r"(([0-9a-f]{1,12})\.([0-9a-f]{16})\.([0-9a-f]{1,2}))\.([0-9a-f]{20})"
    rf"\.([0-9a-fA-F]{{1,12}}(?:-[0-9a-fA-F]{{1,12}}){{{PARTS - 1}}})"
)


@dataclass(frozen=True, slots=True)
class Solved:
    """A good solution: what it is remembered by once it was used, and until when it is good."""

    nonce: str
    #: With a part of a second by the nonce. So of many solutions each has a moment of its own, and
    #: the store can tell which of them it has had to forget.
    until: float


class Puzzles:
    """Makes the puzzles of one room, and checks what comes back."""

    def __init__(self, keys: Keys, room_name: str, work: int = WORK) -> None:
        self._keys, self.work = keys.for_purpose("puzzle", room_name), work
        self._solved = lru_cache(maxsize=4096)(self._check)

    def make(self, now: float) -> str:
        """A new puzzle."""
        told = f"{int(now):x}.{secrets.token_hex(8)}.{self.work:x}"
        return f"{told}.{_signature(self._keys[0], told)}"

    def solved(self, solution: str, now: float) -> Solved | None:
        """A solution that is good now; None of anything else."""
        if len(solution) > _LONGEST or not solution.isascii():
            return None
        found = self._solved(solution)
        if found is None or not found.until - KEPT - _AHEAD <= now < found.until:
            return None
        return found

    def _check(self, solution: str) -> Solved | None:
        found = _FORM.fullmatch(solution)
        if found is None:
            return None
        told, moment, nonce, work, signature, numbers = found.groups()
        bits = int(work, 16)
        if bits < self.work:  # the work as it is now: a setting that was raised counts for all
            return None
        if not any(hmac.compare_digest(_signature(key, told), signature) for key in self._keys):
            return None
        parts = enumerate(int(number, 16) for number in numbers.split("-"))
        if not all(is_part(signature, at, number, bits) for at, number in parts):
            return None
        return Solved(nonce, int(moment, 16) + KEPT + int(nonce, 16) / 2**64)


def is_part(signature: str, at: int, number: int, work: int) -> bool:
    """Whether a number solves one part of a puzzle."""
    digest = hashlib.sha256(f"{signature}:{at}:{number}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> (32 - work + _PARTS_BITS) == 0


def solve(puzzle: str) -> str:
    """The solution, for programs in Python."""
    work, signature = int(puzzle.split(".")[2], 16), puzzle.rpartition(".")[2]
    numbers = []
    for at in range(PARTS):
        number = 0
        while not is_part(signature, at, number, work):
            number += 1
        numbers.append(f"{number:x}")
    return f"{puzzle}.{'-'.join(numbers)}"


def _signature(key: bytes, told: str) -> str:
    return hmac.digest(key, told.encode(), "sha256").hex()[:_SIGNED]
