"""Request ids: places in the shape of UUIDs, which nobody can make up."""

from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vwr_middleware.keys import Keys
from vwr_middleware.papers.request_ids import RequestIds

OLD, NEW = "an old secret of the tests", "a new secret of the tests"
ROOM, OTHER_ROOM = "0123456789abcdef", "f" * 16
IDS = RequestIds(Keys([OLD], "vwr"), "main")
COUNTS = st.integers(0, 2**32 - 1)


@given(COUNTS, COUNTS)
def test_an_id_is_a_random_uuid_to_the_eye_and_tells_its_place(
    generation: int, position: int
) -> None:
    text = IDS.of(ROOM, generation, position)
    assert str(UUID(text)) == text and UUID(text).version == 4
    assert UUID(text).variant == "specified in RFC 4122"
    assert IDS.read(text, ROOM) == (generation, position) == IDS.read(text.upper(), ROOM)
    assert IDS.of(ROOM, generation, position) == text, "a session is told by the same id"


@given(st.integers(0, 127))
def test_no_id_with_another_bit_counts(bit: int) -> None:
    changed = UUID(int=UUID(IDS.of(ROOM, 1, 7)).int ^ 1 << bit)
    assert IDS.read(str(changed), ROOM) is None


@given(st.uuids(), st.uuids(version=4))
def test_no_other_uuid_counts(some: UUID, random: UUID) -> None:
    assert IDS.read(str(some), ROOM) is IDS.read(str(random), ROOM) is None


def test_an_id_of_another_room_secret_or_namespace_counts_nowhere_else() -> None:
    text = IDS.of(ROOM, 1, 7)
    assert IDS.read(text, OTHER_ROOM) is None, "of a room that the store has lost"
    for keys, name in ((Keys([OLD], "vwr"), "other"), (Keys([OLD], "test"), "main")):
        assert RequestIds(keys, name).read(text, ROOM) is None
    assert RequestIds(Keys([NEW], "vwr"), "main").read(text, ROOM) is None


def test_ids_of_an_earlier_secret_count_and_those_of_the_newest_are_made() -> None:
    both = RequestIds(Keys([NEW, OLD], "vwr"), "main")
    assert both.read(IDS.of(ROOM, 1, 7), ROOM) == (1, 7)
    assert both.of(ROOM, 1, 7) == RequestIds(Keys([NEW], "vwr"), "main").of(ROOM, 1, 7)


@pytest.mark.parametrize("more", ["ZZZ", " ", "\n", "\0", "-"])
def test_an_id_is_spelled_in_one_way(more: str) -> None:
    text = IDS.of(ROOM, 1, 7)
    assert IDS.read(text + more, ROOM) is IDS.read(more + text, ROOM) is None
    assert IDS.read(text.replace("-", ""), ROOM) is IDS.read(f"{{{text}}}", ROOM) is None


def test_neighbours_in_line_have_nothing_in_common() -> None:
    numbers = [UUID(IDS.of(ROOM, 1, position)).int for position in range(1, 400)]
    differ = [(a ^ b).bit_count() for a, b in pairwise(numbers)]
    assert min(differ) > 30 and 58 < sum(differ) / len(differ) < 64
