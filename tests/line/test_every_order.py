"""Requests that come at two workers at the same time, in every order in which the store can hear of
them."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest

from tests.support.asgi import Answer
from tests.support.house import Visitor
from tests.support.orders import Workers, opens, orders, posts
from vwr_middleware.errors import StoreUnavailable

#: With one, the store refuses a step in each scene once, or its answer gets lost.
with_faults = pytest.mark.parametrize("faults", [0, pytest.param(1, marks=pytest.mark.thorough)])
LEAVE, RESUME = "/vwr/main/leave", "/vwr/main/resume"


class Operator:
    """Somebody at a panel of the second worker."""

    def __init__(self, workers: Workers) -> None:
        self.has_done = False
        self._store_access = workers.second.site.store_access
        self._view = self._store_access.views["main"]

    def revokes(self, session: str) -> Coroutine[Any, Any, None]:
        end = self._store_access.endings.end
        return self._hears(lambda: end(self._view, session, "revoked", "ops"))

    def starts_anew(self, ends_sessions: bool) -> Coroutine[Any, Any, None]:
        return self._does(lambda: self._store_access.store.reset("main", ends_sessions))

    def changes(self, **settings: Any) -> Coroutine[Any, Any, None]:
        return self._does(lambda: self._store_access.store.change("main", settings))

    def _does(self, step: Callable[[], Awaitable[object]]) -> Coroutine[Any, Any, None]:
        return self._hears(lambda: self._store_access.operate(self._view, step))

    async def _hears(self, step: Callable[[], Awaitable[object]]) -> None:
        try:
            await step()
            self.has_done = True
        except StoreUnavailable:
            self.has_done = False


def past_half_of_a_session(workers: Workers) -> tuple[Visitor, Visitor]:
    """Somebody whose next request prolongs the session, and somebody who waits."""
    inside, behind = workers.first.visitor(), workers.first.visitor()
    for _ in range(2):
        assert inside.open().has_passed
    workers.pass_by(31)
    behind.open()
    workers.pass_by(4, behind)
    return inside, behind


def has_passed(answers: list[Answer]) -> list[bool]:
    return [answer.has_passed for answer in answers]


@with_faults
def test_two_tabs_of_one_visitor_enter_once(faults: int) -> None:
    def play(workers: Workers) -> None:
        visitor, behind = workers.called()
        workers.at_once(opens(visitor, workers.first), opens(visitor, workers.second))
        assert workers.inside == ["1-2"] or faults
        assert visitor.open().has_passed or workers.comes_in(visitor)
        assert (workers.inside, workers.first.issued) == (["1-2"], 3)
        workers.frees_a_slot(behind)
        assert workers.comes_in(behind)

    assert orders(play, faults) > 5


@with_faults
def test_whoever_is_put_out_while_going_in_is_out_at_every_worker(faults: int) -> None:
    def play(workers: Workers) -> None:
        (visitor, behind), operator = workers.called(), Operator(workers)
        workers.at_once(opens(visitor, workers.first), operator.revokes("1-2"), waiting=(behind,))
        if operator.has_done:
            assert has_passed(workers.everywhere(visitor)) == [False, False]
            assert workers.comes_in(behind)

    assert orders(play, faults) > 5


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("ends", [True, False])
def test_a_session_that_is_prolonged_while_the_room_is_reset_goes_on_unless_it_is_ended(
    ends: bool, is_first: bool
) -> None:
    def play(workers: Workers) -> None:
        if is_first:  # its first token is confirmed
            visitor = workers.first.visitor()
            visitor.open()
        else:
            visitor, _ = past_half_of_a_session(workers)
        workers.at_once(opens(visitor, workers.first), Operator(workers).starts_anew(ends))
        assert workers.inside == ([] if ends else ["1-1"])
        assert has_passed(workers.everywhere(visitor)) == [not ends] * 2

    assert orders(play) > 2


@with_faults
def test_whoever_leaves_while_another_tab_goes_in_keeps_nobody_out(faults: int) -> None:
    def play(workers: Workers) -> None:
        visitor, behind = workers.called()
        workers.at_once(
            *(posts(visitor, workers.first, LEAVE), opens(visitor, workers.second)),
            waiting=(behind,),
        )
        there = has_passed(workers.everywhere(visitor))
        assert there in ([False, False], [True, True])
        assert not any(there) or faults
        if any(there):
            workers.frees_a_slot(behind)
        assert workers.comes_in(behind)

    assert orders(play, faults) > 5


def test_whoever_is_put_out_while_leaving_takes_no_new_place_unasked() -> None:
    def play(workers: Workers) -> None:
        visitor, behind = workers.called()
        assert visitor.at(workers.second).open().has_passed  # whose answer gets lost
        workers.at_once(
            posts(visitor, workers.first, LEAVE),
            Operator(workers).revokes("1-2"),
            waiting=(behind,),
        )
        for answer in workers.everywhere(visitor):
            assert answer.header("vwr-state") == "left"
        assert workers.first.issued == 3

    assert orders(play) > 2


@with_faults
def test_a_place_that_moves_while_it_goes_in_is_on_one_device(faults: int) -> None:
    def play(workers: Workers) -> None:
        (visitor, behind), device = workers.called(), workers.second.visitor()
        code = f"code={visitor.post(RESUME).json['code']}&attempt=a".encode()
        workers.at_once(posts(device, workers.second, RESUME, code), opens(visitor, workers.first))
        if workers.inside != ["1-2"] and not visitor.get("/vwr/main/position").json["may_enter"]:
            form = {"content_type": "application/x-www-form-urlencoded"}
            assert device.post(RESUME, code, **form).status == 200  # once more: perhaps it was lost
            visitor, device = device, visitor
        assert workers.comes_in(visitor) or has_passed(workers.everywhere(visitor)) == [True, True]
        assert has_passed(workers.everywhere(device)) == [False, False]
        workers.frees_a_slot(behind)
        assert workers.comes_in(behind)

    assert orders(play, faults) > 5


def test_the_last_place_in_line_is_given_away_once() -> None:
    def play(workers: Workers) -> None:
        workers.first.visitor().open()
        workers.pass_by(1)
        visitors = [workers.first.visitor() for _ in range(2)]
        workers.at_once(opens(visitors[0], workers.first), opens(visitors[1], workers.second))
        (visitor,) = (v for v in visitors if v.jar)
        assert workers.first.issued == 2
        workers.frees_a_slot(visitor)
        assert workers.comes_in(visitor)

    assert orders(play, max_waiting=1) > 5


@with_faults
def test_the_last_free_slot_is_given_away_once(faults: int) -> None:
    def play(workers: Workers) -> None:
        workers.pass_by(0.5)
        visitors = [workers.first.visitor() for _ in range(2)]
        workers.at_once(opens(visitors[0], workers.first), opens(visitors[1], workers.second))
        assert len(workers.inside) == 1
        waiting = [v for v in visitors if "vwr_main" in v.jar]
        assert len(waiting) == 1 or faults
        workers.frees_a_slot(*waiting)
        assert all(map(workers.comes_in, waiting))

    assert orders(play, faults) > 5


def test_a_session_that_is_completed_while_it_is_prolonged_is_over() -> None:
    def play(workers: Workers) -> None:
        visitor, behind = past_half_of_a_session(workers)
        workers.first.app.on_request = lambda scope: scope["vwr"].complete()
        workers.at_once(
            *(opens(visitor, workers.first), opens(visitor, workers.second)), waiting=(behind,)
        )
        assert workers.inside == []
        assert has_passed(workers.everywhere(visitor)) == [False, False]
        workers.first.app.on_request = None
        assert workers.comes_in(behind)

    assert orders(play) > 5


def test_nobody_enters_a_room_once_it_is_paused() -> None:
    def play(workers: Workers) -> None:
        visitor, behind = workers.called()
        workers.at_once(
            *(opens(visitor, workers.second), Operator(workers).changes(mode="paused")),
            waiting=(behind,),
        )
        inside = workers.inside
        assert not workers.comes_in(behind)
        assert workers.inside == inside

    assert orders(play) > 2
