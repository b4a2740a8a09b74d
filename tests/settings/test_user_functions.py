"""Functions of the user's: none is awaited, and what fails is never taken for a yes."""

from functools import partial, wraps
from inspect import signature
from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.house import House, make_house
from tests.support.problems import KEY
from tests.support.rooms import Room
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.events import Hooks
from vwr_middleware.inlet.strategies import NOBODY, decide
from vwr_middleware.settings import RoomSettings, Settings
from vwr_middleware.stores.memory.store import MemoryStore


async def coroutine(*given: object) -> bool:
    """Says no, if anybody asks it."""
    return False


async def generator(*given: object) -> Any:
    yield False


class Called:
    """A callable object whose call must be awaited."""

    async def __call__(self, *given: object) -> bool:
        return False


@pytest.mark.parametrize("function", [coroutine, generator, Called(), partial(coroutine, 1)])
@pytest.mark.parametrize("name", ["bypass", "on_event", "inlet"])
def test_a_function_that_must_be_awaited_is_refused_with_the_fix(name: str, function: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings(**{"secret_key": KEY, "paths": "/tickets", name: function})
    (problem,) = caught.value.problems
    assert problem.startswith(f'{name} cannot be asynchronous: write "def", not "async def"')


class Rules:
    """Rules that somebody forgot to make, or to ask an instance for."""

    def bypass(self, request: object) -> bool:
        return True


def nothing() -> bool:
    return True


def with_a_word(function: Any) -> Any:
    """A decorator that adds an argument of its own."""

    @wraps(function)
    def called(*given: Any) -> Any:
        return function("a word", *given)

    return called


@with_a_word
def of_a_word(word: str, *, given: object = None) -> bool:
    return True


@pytest.mark.parametrize("function", [nothing, Rules, Rules.bypass, partial(Rules().bypass, 1)])
@pytest.mark.parametrize("name", ["bypass", "on_event", "admin_auth"])
def test_a_function_of_other_arguments_is_refused_with_those_it_is_given(
    name: str, function: Any
) -> None:
    given = "event" if name == "on_event" else "request"
    with pytest.raises(ConfigurationError) as caught:
        Settings(secret_key=KEY, paths="/tickets", **{name: function})
    assert caught.value.problems == (f"{name} must take the parameters ({given})",)


def test_a_strategy_of_other_arguments_is_refused_with_those_it_is_given() -> None:
    with pytest.raises(ConfigurationError, match=r"inlet must take the parameters \(room, now\)"):
        RoomSettings(paths="/", inlet=[lambda room: None])


@with_a_word
def shown_as_within(word: str, request: object) -> bool:
    return True


shown_as_within.__signature__ = signature(shown_as_within)  # as wrapt shows it


@pytest.mark.parametrize(
    "function",
    [Rules().bypass, of_a_word, shown_as_within, [].append, print, str.upper, dir],
)
def test_a_function_is_taken_that_can_be_called_so(function: Any) -> None:
    assert RoomSettings(paths="/", bypass=function).bypass == function


def test_only_who_operates_the_panel_may_be_looked_up_asynchronously() -> None:
    assert Settings(secret_key=KEY, paths="/", admin_auth=coroutine).admin_auth is coroutine


@pytest.mark.parametrize(
    ("bypass", "why"),
    [(lambda request: coroutine(request), 'write "def"'), (lambda request: 1 / 0, "ZeroDivision")],
)
def test_a_bypass_that_fails_or_answers_with_a_coroutine_lets_nobody_by(
    clock: Clock, caplog: pytest.LogCaptureFixture, bypass: Any, why: str
) -> None:
    house = make_house(clock, max_active=1, bypass=bypass)
    assert house.visitor().open().has_passed
    assert house.visitor().open().status == 202
    assert "the bypass of room main failed" in caplog.text and why in caplog.text


def test_a_crowd_does_not_fill_the_log_with_one_mistake(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    errors: list[type[Exception]] = [ZeroDivisionError] * 100 + [KeyError]

    def fail(asked: object) -> bool:
        raise errors.pop(0) if errors else KeyError

    house = make_house(clock, bypass=fail)
    for _ in range(101):
        house.visitor().open()
    told = [m for m in caplog.messages if m.startswith("the bypass of room main failed")]
    assert [message.rpartition("(")[2] for message in told] == [
        f"{count} so far)" for count in (1, 2, 4, 8, 16, 32, 64, 1)
    ]
    hooks = Hooks(lambda event: 1 / 0)
    for _ in range(5):
        hooks.tell("joined", "main", "1-1", 0.0)
    told = [m for m in caplog.messages if m.startswith("on_event failed")]
    assert told[-1] == "on_event failed for 'joined' in room main (4 so far)"
    assert len(told) == 3


def test_an_event_hook_that_answers_with_a_coroutine_is_told_of(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    house: House = make_house(clock, on_event=lambda event: coroutine(event))
    assert house.visitor().open().has_passed
    assert "on_event failed for 'joined' in room main" in caplog.text


def test_a_strategy_that_answers_with_a_coroutine_calls_nobody_and_is_told_of(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    room = Room(MemoryStore(clock), clock).look()
    assert decide([lambda room, now: coroutine()], room, 1.0) == NOBODY  # type: ignore[list-item, return-value]
    assert 'write "def"' in caplog.text
