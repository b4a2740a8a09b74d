"""What workers share besides rooms: wrong passwords, ended sign-ins, the counts of each worker,
what is good once and was used, and texts that one of them changes at a time.
"""

from collections.abc import Mapping, Sequence
from math import exp
from typing import Protocol

#: Of an address, and of the wider and wider networks around it: wrong passwords that cost nothing,
#: since people mistype, and the longest wait before the next attempt, in seconds. A neighbour of
#: somebody who guesses is to wait no longer than that.
LIMITS = ((3, 900.0), (12, 300.0), (48, 60.0))
FORGOTTEN = 3600.0  # seconds without an attempt after which the earlier ones are forgotten
#: So many wrong passwords of all networks together, of which a third is left after CROWD_FADES
#: seconds, are no mistyping: from then on a third of them costs nothing, everywhere.
CROWD, CROWD_FADES = 30.0, 600.0
EVERYBODY = "*"  # the key under which those of all are counted
ADDRESSES_MOST = 20_000
POSTS_KEPT = 3600.0  # seconds for which a worker's counts outlive it
POSTS_MOST = 128
ALL_SIGN_INS = "*"  # in place of one sign-in
SIGN_OUTS_KEPT = 13 * 3600.0  # seconds: longer than a sign-in lasts
SIGN_OUTS_MOST = 10_000
USES_MOST = 100_000
_USES, _STRICT_USES = "uses", "strict_uses"
#: In place of how often something was used: whoever used it first does so again.
USED_BY_THE_SAME = -1
SHARED_KEPT = 90 * 86400.0  # seconds for which a shared text is kept that nobody changes
SHARED_MOST = 16


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


def delay(count: int, free: int, longest: float) -> float:
    """Seconds until the next attempt after so many wrong ones."""
    return min(longest, 2.0 ** min(20, count - free)) if count >= free else 0.0


def attempt(board: Board, networks: Sequence[str], now: float) -> float:
    """Count an attempt to sign in. Returns the seconds that must pass first.

    `networks` are the address and the networks around it, the wider the later. If none of them must
    wait, the attempt counts as wrong for each until `forgive` says otherwise. So nobody gets more
    tries by sending many at the same moment, or from many addresses of one network.
    """
    crowd = _crowd(board, now)
    counts, wait = [], 0.0
    for network, (free, longest) in zip(networks, LIMITS, strict=False):
        count, last = _attempts(board, network, now)
        few = free // 3 if crowd >= CROWD else free
        wait = max(wait, last + delay(count, few, longest) - now)
        counts.append(count)
    if wait > 0:
        return wait
    for network, count in zip(networks, counts, strict=False):
        board.put("attempts", network, str(count + 1), now)
    board.put("attempts", EVERYBODY, repr(crowd + 1), now)
    board.trim("attempts", ADDRESSES_MOST, now - FORGOTTEN)
    return 0.0


def _attempts(board: Board, network: str, now: float) -> tuple[int, float]:
    """How many wrong passwords of a network count, and when the last one came."""
    text, last = board.get("attempts", network) or ("0", now)
    if last > now:  # the clock was set back: the wait begins now
        last = now
        board.put("attempts", network, text, now)
    return (0 if now - last > FORGOTTEN else int(text)), last


def _crowd(board: Board, now: float) -> float:
    """The wrong passwords of all together that still count."""
    text, last = board.get("attempts", EVERYBODY) or ("0", now)
    return float(text) * exp(min(0.0, last - now) / CROWD_FADES)


def forgive(board: Board, networks: Sequence[str], *, one: bool = False) -> None:
    """The password was right: forget all attempts of this address, or with `one` only this one. Of
    the networks around it, where others may guess, only this one is forgotten."""
    for number, network in enumerate(networks):
        text, last = board.get("attempts", network) or ("0", 0.0)
        if (one or number) and int(text) > 1:
            board.put("attempts", network, str(int(text) - 1), last)
        else:
            board.drop("attempts", network)
    text, last = board.get("attempts", EVERYBODY) or ("0", 0.0)
    board.put("attempts", EVERYBODY, repr(max(0.0, float(text) - 1)), last)


def sign_out(board: Board, sign_in: str, now: float) -> None:
    """End a sign-in to the panel, or ALL_SIGN_INS that began until now."""
    board.put("sign_outs", sign_in, "", now)
    board.trim("sign_outs", SIGN_OUTS_MOST, now - SIGN_OUTS_KEPT)


def is_signed_out(board: Board, sign_in: str, began: float) -> bool:
    """Whether a sign-in that began then was ended, alone or with all others."""
    ended = board.get("sign_outs", ALL_SIGN_INS)
    return board.get("sign_outs", sign_in) is not None or (ended is not None and began <= ended[1])


def use_once(
    board: Board, what: str, until: float, now: float, by: str = "", *, strictly: bool = False
) -> int:
    """Note the use of something that is good once, and remember it until then: see `Store`.

    Each use of it is counted, so that the first can be undone by a second one. Beyond USES_MOST,
    those are forgotten that would be soonest anyway. `strictly`: whatever is too old to be
    remembered was used, or it could be used again and again once it was forgotten. Such uses have a
    list of their own: they are many, and would push out all others.
    """
    if until <= now:  # or a clock that is a little behind could use it again and again
        return 1
    kind = _STRICT_USES if strictly else _USES
    before, first = _uses(board, kind, what, now)
    if before and by and by == first:
        return USED_BY_THE_SAME
    board.put(kind, what, f"{before + 1} {first if before else by}", until)
    board.trim(kind, USES_MOST, now)
    return max(1, before) if strictly and board.get(kind, what) is None else before


def uses(board: Board, what: str, now: float, by: str = "") -> int:
    """How often something was used, as far as it is remembered; 0 for whoever used it first."""
    before, first = _uses(board, _USES, what, now)
    return 0 if by and by == first else before


def _uses(board: Board, kind: str, what: str, now: float) -> tuple[int, str]:
    """How often something was used, and by whom first."""
    text, until = board.get(kind, what) or ("0", 0.0)
    count, _, first = text.partition(" ")
    return (int(count), first) if until > now else (0, "")


def post(board: Board, worker: str, text: str, now: float) -> dict[str, str]:
    """Keep a worker's counts in place of its earlier post. Returns the posts of all workers.

    With an empty text it only reads.
    """
    if text:
        board.put("posts", worker, text, now)
    board.trim("posts", POSTS_MOST, now - POSTS_KEPT)
    return dict(board.rows("posts"))


def exchange(board: Board, name: str, text: str, version: int, now: float) -> tuple[int, str]:
    """Put a shared text in place of the one of this version: see `Store`."""
    kept, _ = board.get("shared", name) or ("0 ", now)
    number, _, before = kept.partition(" ")
    if not text or int(number) != version:
        return int(number), before
    board.put("shared", name, f"{version + 1} {text}", now)
    board.trim("shared", SHARED_MOST, now - SHARED_KEPT)
    return version + 1, text
