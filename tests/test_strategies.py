"""Inlet strategies by name, as operators choose them."""

import pytest

from vwr_middleware.strategies import check, told


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("manual", "must be a strategy, like"),
        ({"kind": "none"}, "one of manual, max_size, periodic, adaptive"),
        ({"kind": ["manual"]}, "one of manual, max_size, periodic, adaptive"),
        ({}, "one of manual, max_size, periodic, adaptive"),
        ({"kind": "manual", 5: 1, "b": 2}, "manual has no 5, b: what it takes is none"),
        ({"kind": "max_size", "x": 1}, "max_size has no x: what it takes is max_active"),
        ({"kind": "max_size"}, "(max_size: max_active) must be"),
        ({"kind": "adaptive", "target": 1, "floor": 9, "ceiling": 8}, "cannot be: "),
    ],
)
def test_what_is_no_strategy_is_told(value: object, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        check(value)
    assert said in str(caught.value)


def test_a_strategy_is_told_in_a_few_words() -> None:
    assert told(check({"kind": "periodic", "count": 1234567})) == (
        "periodic, count 1,234,567, every 60"
    )
    assert told(check({"kind": "max_size", "max_active": 5})) == "max size, max_active 5"
    assert (told(None), told("Mine")) == ("from the limits", "Mine")
    assert told({"count": 1}) == ", count 1", "by a later release"
