"""Joins that wait for a store which was late a moment ago."""

import asyncio
from functools import partial

import pytest

from vwr_middleware.blocking import finish
from vwr_middleware.errors import StoreBusy, StoreNotAsked, StoreUnavailable
from vwr_middleware.line.messages import Turn
from vwr_middleware.worker.circuit_breaker import Breaker
from vwr_middleware.worker.sharing import ANYBODY, JOIN_WAITS, InPlace, InTurns
from vwr_middleware.worker.store_access import patient_join

PLACE = Turn("waiting", 0.0, position=7)


class Answers:
    """What a store says to one join after the other; an error is raised."""

    def __init__(self, *answers: Turn | Exception) -> None:
        self._answers = list(answers)
        self.asked = 0

    async def join(self, *given: object) -> list[Turn]:
        self.asked += 1
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return [answer]

    async def refresh(self) -> None:
        """Never called here."""


def breaker_of(*errors: StoreUnavailable) -> Breaker:
    """One that has met these errors."""
    breaker = Breaker(lambda: 100.0)

    async def fails(error: StoreUnavailable) -> None:
        raise error

    for error in errors:
        with pytest.raises(StoreUnavailable):
            finish(breaker.ask(partial(fails, error)))
    return breaker


def test_a_join_that_was_not_made_waits_for_the_next_try() -> None:
    store = Answers(StoreNotAsked("a moment ago"), StoreNotAsked("a moment ago"), PLACE)
    sharing, late = InPlace(store.refresh, store.join), breaker_of(StoreBusy("late"))
    assert finish(patient_join(sharing, late, "main", "place", ANYBODY)) is PLACE
    assert store.asked == 3


def test_a_join_under_asgi_lets_the_loop_go_on_meanwhile() -> None:
    store = Answers(StoreNotAsked("a moment ago"), PLACE)
    sharing, late = InTurns(store.refresh, store.join), breaker_of(StoreBusy("late"))

    async def run() -> list[str]:
        told: list[str] = []
        task = asyncio.create_task(patient_join(sharing, late, "main", "place", ANYBODY))
        await asyncio.sleep(0.01)
        told.append("another request")
        assert (await task) is PLACE
        return told

    assert asyncio.run(run()) == ["another request"]


def test_a_join_that_may_have_been_made_is_not_made_again() -> None:
    store = Answers(StoreBusy("no answer within 50 ms"), PLACE)
    sharing, late = InPlace(store.refresh, store.join), breaker_of(StoreBusy("late"))
    with pytest.raises(StoreBusy):
        finish(patient_join(sharing, late, "main", "place", ANYBODY))
    assert store.asked == 1


def test_nobody_waits_for_a_store_that_is_away() -> None:
    store = Answers(StoreNotAsked("a moment ago"), PLACE)
    sharing, gone = InPlace(store.refresh, store.join), breaker_of(StoreUnavailable("refused"))
    with pytest.raises(StoreNotAsked):
        finish(patient_join(sharing, gone, "main", "place", ANYBODY))
    assert store.asked == 1


def test_a_join_waits_only_for_a_while() -> None:
    store = Answers(StoreNotAsked("a moment ago"))
    sharing, late = InPlace(store.refresh, store.join), breaker_of()
    with pytest.raises(StoreNotAsked):
        finish(patient_join(sharing, late, "main", "place", ANYBODY))
    assert store.asked == JOIN_WAITS / 0.05 + 1
