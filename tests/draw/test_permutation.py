"""The order of a draw: each place once, found alone, even, and the same in every language."""

from collections import Counter
from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vwr_middleware.draw.permutation import MOST, Permutation, number_at, place_of

SEED = bytes(range(32))

#: By seed 000102…1f: count, and places by number. Other languages are held to the same.
VECTORS = {
    1: {1: 1},
    2: {1: 1, 2: 2},
    5: {1: 4, 2: 5, 3: 3, 4: 2, 5: 1},
    17: {1: 1, 2: 6, 3: 11, 5: 17, 8: 8, 17: 16},
    1000: {1: 970, 2: 586, 3: 445, 500: 91, 1000: 345},
    1_000_000: {1: 166614, 2: 664984, 3: 832093, 500000: 950810, 1000000: 533219},
    MOST: {1: 1732458384, 2: 1156147728, 1073741824: 1085112331, MOST: 984020864},
}


@pytest.mark.parametrize("count", VECTORS)
def test_the_order_is_what_was_promised(count: int) -> None:
    for number, place in VECTORS[count].items():
        assert place_of(SEED, count, number) == place
        assert number_at(SEED, count, place) == number


@pytest.mark.parametrize("count", [*range(1, 20), 63, 64, 65, 256, 257])
def test_each_place_is_given_once(count: int) -> None:
    order = Permutation(SEED, count)
    places = [order.place_of(number) for number in range(1, count + 1)]
    assert sorted(places) == list(range(1, count + 1))
    assert [order.number_at(place) for place in places] == list(range(1, count + 1))


@given(st.binary(min_size=32, max_size=32), st.integers(1, MOST), st.data())
def test_a_number_is_found_by_its_place(seed: bytes, count: int, data: st.DataObject) -> None:
    number = data.draw(st.integers(1, count))
    place = place_of(seed, count, number)
    assert 1 <= place <= count
    assert number_at(seed, count, place) == number


def test_every_order_of_a_handful_is_as_likely() -> None:
    def order(at: int) -> tuple[int, ...]:
        drawn = Permutation(at.to_bytes(32, "big"), 3)
        return tuple(drawn.place_of(number) for number in (1, 2, 3))

    seen = Counter(order(at) for at in range(300))
    assert seen.keys() == set(permutations((1, 2, 3)))
    # Chi-square with five degrees of freedom: above 20.5 in one of a thousand.
    assert sum((n - 50) ** 2 / 50 for n in seen.values()) < 20.5


def test_one_registration_more_gives_another_order_altogether() -> None:
    one, other = Permutation(SEED, 4000), Permutation(SEED, 4001)
    same = sum(one.place_of(n) == other.place_of(n) for n in range(1, 4001))
    assert same < 10
    near = [abs(one.place_of(a) - one.place_of(b)) for a, b in pairwise(range(1, 4001))]
    assert 1200 < sum(near) / len(near) < 1470  # a third of the count, as by chance


@pytest.mark.parametrize(
    ("seed", "count", "number", "told"),
    [
        (SEED, 0, 1, "1 to 2147483648 registrations"),
        (SEED, MOST + 1, 1, "1 to 2147483648 registrations"),
        (SEED, 5, 0, "1 to 5"),
        (SEED, 5, 6, "1 to 5"),
        (SEED[1:], 5, 1, "32 bytes"),
    ],
)
def test_what_cannot_be_drawn_is_refused(seed: bytes, count: int, number: int, told: str) -> None:
    for find in (place_of, number_at):
        with pytest.raises(ValueError, match=told):
            find(seed, count, number)
