"""A session that is about to end says so, behind every door."""

from tests.doors.conftest import Open
from tests.support.visitor import is_inside


def test_in_its_last_two_minutes_every_response_says_what_is_left(open_it: Open) -> None:
    door = open_it(max_active=1, renew=False)
    visitor = door.visit_at()
    visitor.opens()
    assert "vwr-session-expires" not in visitor.opens().headers, "the first token is no warning"
    door.refresh(470)
    assert "vwr-session-expires" not in visitor.opens().headers
    door.refresh(20)
    response = visitor.opens()
    assert is_inside(response)
    assert 100 <= int(response.headers["vwr-session-expires"]) <= 112
    assert "private" in response.headers["cache-control"]
    assert 100 <= visitor.position()["seconds_left"] <= 112


def test_a_session_that_is_renewed_has_nothing_to_warn_of(open_it: Open) -> None:
    door = open_it(max_active=1)
    visitor = door.visit_at()
    for _ in range(4):
        assert "vwr-session-expires" not in visitor.opens().headers
        door.refresh(250)
