"""What one process of a crowd does to a store; run in processes of their own, started afresh."""

import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from vwr_middleware.blocking import finish
from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.line.messages import Place, Turn
from vwr_middleware.stores import Store
from vwr_middleware.stores.opening import open_store

T = TypeVar("T")


def persistently(step: Callable[[], T], tries: int = 500) -> T:
    """Do a step again while the store has no time for it. A machine that is busy may need that."""
    for _ in range(tries):
        try:
            return step()
        except StoreUnavailable:
            time.sleep(0.01)
    return step()


def join(store: Store, count: int) -> list[int]:
    """So many visitors arrive one by one; returns their positions."""
    return [
        persistently(lambda: finish(store.join("main", ["place"])))[0].position
        for _ in range(count)
    ]


def joining_as(url: str, identities: list[str]) -> list[int]:
    """These arrive one by one, in a process of their own; returns their positions."""
    store = open_store(url)
    try:
        return [
            persistently(lambda: finish(store.join("main", ["place"], None, [one])))[0].position  # noqa: B023
            for one in identities
        ]
    finally:
        finish(store.close())


def joining(url: str, count: int) -> list[int]:
    """The same in a process of its own."""
    store = open_store(url)
    try:
        return join(store, count)
    finally:
        finish(store.close())


def claiming(url: str, positions: list[int]) -> tuple[list[int], int]:
    """Claim tickets in turn until none is left, keeping each session for a while.

    Returns the positions that this process saw enter, and the most sessions that it saw at once.
    """
    store = open_store(url)
    entered: list[int] = []
    held: list[int] = []
    left, most = list(positions), 0
    try:
        for _ in range(200):
            for position in list(left):
                verdict = persistently(partial(claim, store, position)).verdict
                most = max(most, sessions(store))
                if verdict == "entered":
                    entered.append(position)
                    held.append(position)
                if verdict in ("entered", "spent"):
                    left.remove(position)
                if held and (verdict == "next" or len(held) > 12):
                    persistently(partial(end, store, held.pop(0)))
            if not left:
                break
        for position in held:
            persistently(partial(end, store, position))
        return entered, most
    finally:
        finish(store.close())


def claim(store: Store, position: int) -> Turn:
    """Hand a ticket in."""
    return finish(store.claim("main", Place(1, position), 0.0))


def end(store: Store, position: int) -> bool:
    """Leave the app."""
    return finish(store.end("main", f"1-{position}", "completed"))


def sessions(store: Store) -> int:
    """How many sessions run right now."""
    return len(persistently(lambda: finish(store.record("main"))).sessions)
