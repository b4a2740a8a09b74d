"""A session that is about to end says so, behind every door."""

from tests.doors.conftest import Open
from tests.support.visitor import is_inside
from vwr_middleware.worker.known_sessions import IN_HAND_MOST


def test_in_its_last_two_minutes_every_response_says_what_is_left(open_it: Open) -> None:
    door = open_it(max_active=1, renew=False)
    visitor, beside = door.visit_at(), door.visitor()
    beside.client.cookies.update(dict(visitor.client.cookies))
    for each in (visitor, beside, visitor):  # the second brings the first token once more
        assert "vwr-session-expires" not in each.opens().headers, "the first token is no warning"
    door.refresh(479)
    assert "vwr-session-expires" not in visitor.opens().headers
    door.refresh(2)
    response = visitor.opens()
    assert is_inside(response)
    assert 117 <= int(response.headers["vwr-session-expires"]) < 120
    assert "private" in response.headers["cache-control"]
    assert 117 <= visitor.position()["seconds_left"] < 120


def test_a_session_that_is_renewed_has_nothing_to_warn_of(open_it: Open) -> None:
    door = open_it(max_active=1)
    visitor = door.visit_at()
    for _ in range(4):
        assert "vwr-session-expires" not in visitor.opens().headers
        door.refresh(250)


def test_a_session_in_its_grace_is_still_one_session(open_it: Open) -> None:
    """A token that many people share lets no more requests at once in than before its end."""
    door = open_it(max_active=1, renew=False)
    visitor = door.visit_at()
    visitor.opens()
    stay = door.site.store_access.views["main"].known_sessions.known_session(
        door.session_of(visitor)
    )
    door.refresh(620)
    answer = visitor.fetches("/tickets/buy", "POST", content=b"card=1")
    assert is_inside(answer) and answer.json()["session"]["left"] == 0
    assert answer.json()["body"] == "card=1"
    stay.in_hand = IN_HAND_MOST
    answer = visitor.fetches("/tickets/buy", "POST")
    assert (answer.status_code, answer.headers["vwr-state"]) == (429, "admitted")
    stay.in_hand -= 1
    assert is_inside(visitor.fetches("/tickets/buy", "POST"))


def test_so_is_one_that_runs_out_while_the_store_is_away(open_it: Open) -> None:
    door = open_it(max_active=1)
    visitor = door.visit_at()
    visitor.opens()
    stay = door.site.store_access.views["main"].known_sessions.known_session(
        door.session_of(visitor)
    )
    door.store.is_off = True
    for _ in range(2):
        door.refresh(400)
        assert is_inside(visitor.opens())
    stay.in_hand = IN_HAND_MOST
    assert visitor.opens().status_code == 429
