"""Inlet strategies by name, as operators choose them."""

import pytest

from vwr_middleware.inlet.choices import check, in_words


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("manual", "must be a strategy, like"),
        ({"kind": "none"}, "one of manual, max_size, periodic, adaptive"),
        ({"kind": ["manual"]}, "one of manual, max_size, periodic, adaptive"),
        ({}, "one of manual, max_size, periodic, adaptive"),
        ({"kind": "manual", 5: 1, "b": 2}, "manual has no 5, b: it takes none"),
        ({"kind": "max_size", "x": 1}, "max_size has no x: it takes max_active"),
        ({"kind": "max_size"}, "(max_size: max_active) must be"),
        ({"kind": "adaptive", "target": 1, "floor": 9, "ceiling": 8}, "cannot be: "),
    ],
)
def test_what_is_no_strategy_is_told(value: object, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        check(value)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "value",
    [
        {"kind": "max_size", "max_active": 0},
        {"kind": "periodic", "count": 0},
        {"kind": "periodic", "count": 1e9 + 1},
        {"kind": "periodic", "count": 5, "every": 0},
        {"kind": "periodic", "count": 5, "burst": 0.9},
        {"kind": "periodic", "count": 5, "burst": 1e9 + 1},
        {"kind": "adaptive", "target": 0},
        {"kind": "adaptive", "target": 1, "floor": 0},
        {"kind": "adaptive", "target": 1, "ceiling": 0},
    ],
    ids=str,
)
def test_a_number_out_of_its_bounds_is_no_strategy(value: object) -> None:
    with pytest.raises(ValueError, match=r"\(\w+: \w+\) must be"):
        check(value)


@pytest.mark.parametrize(
    "value",
    [
        {"kind": "manual"},
        {"kind": "max_size", "max_active": 1},
        {"kind": "periodic", "count": 1e9, "every": 60, "burst": None},
        {"kind": "periodic", "count": 0.5, "every": 60, "burst": 1},
        {"kind": "periodic", "count": 0.5, "every": 60, "burst": 1e9},
        {"kind": "adaptive", "target": 0.5, "floor": 1, "ceiling": None},
        {"kind": "adaptive", "target": 0.5, "floor": 1, "ceiling": 1},
    ],
    ids=str,
)
def test_what_is_not_given_is_as_usual(value: dict[str, object]) -> None:
    usual = {"every": 60, "burst": None, "floor": 1, "ceiling": None}
    given = {name: knob for name, knob in value.items() if usual.get(name, "") != knob}
    assert check(given) == check(value) == value


def test_a_strategy_is_told_in_a_few_words() -> None:
    assert in_words(check({"kind": "periodic", "count": 1234567})) == (
        "periodic, count 1,234,567, every 60"
    )
    assert in_words(check({"kind": "max_size", "max_active": 5})) == "max size, max_active 5"
    assert (in_words(None), in_words("Mine")) == ("from the limits", "Mine")
    assert in_words({"count": 1}) == ", count 1", "by a later release"
