"""What is kept of requests, in bounds."""

import pytest

from vwr_middleware.web import remembered
from vwr_middleware.web.remembered import LONGEST_REMEMBERED, Kept


def test_when_it_is_full_everything_is_forgotten() -> None:
    answers: Kept[int, str] = Kept(2)
    for number in range(2):
        answers.keep(number, "answer", 1)
    assert len(answers) == 2
    answers.keep(2, "the next", 1)
    assert answers == {2: "the next"}


def test_a_longer_key_gets_its_answer_which_is_not_kept() -> None:
    answers: Kept[str, str] = Kept()
    assert answers.keep("longest", "kept", LONGEST_REMEMBERED) == "kept"
    assert answers.keep("longer", "not kept", LONGEST_REMEMBERED + 1) == "not kept"
    assert answers == {"longest": "kept"}


@pytest.mark.parametrize(("most", "how_many"), [(98, 3), (99, 4)])
def test_it_is_full_of_characters_too(
    monkeypatch: pytest.MonkeyPatch, most: int, how_many: int
) -> None:
    monkeypatch.setattr(remembered, "MOST_CHARACTERS", most)
    answers: Kept[int, bool] = Kept()
    sizes = [len(answers) for number in range(2 * how_many + 1) if answers.keep(number, True, 33)]
    assert sizes == [*range(1, how_many + 1), *range(1, how_many + 1), 1]
