"""Session ids: written in one way, and read in no other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vwr_middleware.line.session_ids import is_session_id, place_of, session_id
from vwr_middleware.papers.tokens import AccessToken


@given(generation=st.integers(0, 10**15 - 1), position=st.integers(1, 10**15 - 1))
def test_a_session_id_is_read_as_it_was_written(generation: int, position: int) -> None:
    text = session_id(generation, position)
    assert is_session_id(text) and place_of(text) == (generation, position)
    token = AccessToken("00ff112233aabbcc", generation, position, 0, 0)
    assert token.session_id == text


@given(st.text() | st.text(alphabet="0123456789-+_ \n"))
def test_a_session_id_has_one_spelling(text: str) -> None:
    assert not is_session_id(text) or session_id(*place_of(text)) == text


@pytest.mark.parametrize(
    "text",
    ["", "-", "1", "1-", "-1", "1-0", "01-1", "1-01", "1--1", "+1-1", "1-1\n", " 1-1", "1-1-1",
     "1_0-1", "\u0661-\u0661", "²-1", "1-" + "9" * 16, "9" * 100_000 + "-1"],
)  # fmt: skip
def test_what_is_no_session_id_is_told(text: str) -> None:
    assert not is_session_id(text)
