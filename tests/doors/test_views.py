"""Views with a room of their own: whatever becomes of their answer is as at a path's door."""

from typing import Any

import pytest

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.visitor import is_inside, set_cookies

pytestmark = pytest.mark.decorated_views

ROOMS: list[dict[str, Any]] = [
    {"name": "main", "paths": "/tickets", "max_active": 5},
    {"name": "action", "paths": [], "max_active": 5},
]

#: Headers of an answer that tell the room or the visitor.
VARIOUS = ("set-cookie", "vwr-waiting-room")


@pytest.fixture
def door(open_it: Open) -> Door:
    """An app with a room for a path and one for some views."""
    return open_it(rooms=ROOMS)


def sessions(door: Door) -> list[str]:
    """The sessions that run in the views' room."""
    record = door.ask(lambda: door.store.record("action"))
    return [session for session, *_ in record.sessions]


@pytest.mark.parametrize(("path", "status"), [("/action/gone", 404), ("/action/broken", 500)])
def test_the_answer_to_what_a_view_raises_brings_the_session(
    door: Door, path: str, status: int
) -> None:
    visitor = door.visitor()
    first = visitor.opens(path)
    assert first.status_code == status
    assert set(set_cookies(first)) == {"vwr_action", "vwr_action_token"}
    assert "private" in first.headers["cache-control"]
    for _ in range(8):
        assert visitor.opens(path).status_code == status
    assert sessions(door) == ["1-1"]
    assert not door.site.store_access.views["action"].known_sessions.in_hand
    assert set_cookies(door.visitor().opens(path + "/nowhere")) == {}


def test_a_stream_of_a_view_has_its_session_to_the_end(door: Door) -> None:
    visitor, closed = door.visitor(), door.closed
    closed.clear()
    assert visitor.opens("/action/stream").text == "one 1-1two 1-1three1-1"
    end, seen = door.store.end, []

    def noted(*args: Any, **kwargs: Any) -> Any:
        seen.append(list(closed))
        return end(*args, **kwargs)

    closed.clear()
    door.store.end = noted  # type: ignore[attr-defined]
    response = visitor.opens("/action/stream?last=1")
    assert "vwr-session" not in response.headers
    assert seen[0] == ["/tickets/stream"]  # once more where the server cuts the telling short
    assert visitor.opens("/action").headers["vwr-state"] == "ended"


@pytest.mark.parametrize("enabled", [True, False])
def test_a_view_is_told_what_its_path_says(open_it: Open, enabled: bool) -> None:
    visitor = open_it(rooms=ROOMS, enabled=enabled).visitor()
    assert [visitor.opens("/action/seat/7").text for _ in range(3)] == ["7"] * 3
    for _ in range(2):
        visitor.opens("/tickets")  # it is known there at sight
    assert visitor.opens("/tickets/seat/7").text == "7"


@pytest.mark.parametrize("how", ["page", "script", "form"])
def test_whoever_a_view_stops_is_answered_as_at_a_path(open_it: Open, how: str) -> None:
    door = open_it(rooms=[{**room, "mode": "queue"} for room in ROOMS])

    def stopped(path: str) -> dict[str, str]:
        visitor = door.visitor()
        if how == "form":
            response = visitor.opens(path, "POST", data={"seat": "7"})
        else:
            response = visitor.opens(path) if how == "page" else visitor.fetches(path)
        assert response.status_code == (429 if how == "script" else 202)
        told = dict(response.headers)
        assert told.pop("content-length") == str(len(response.content))
        assert [len(response.headers.get_list(name)) for name in told] == [1] * len(told)
        return {name: value for name, value in told.items() if name not in VARIOUS}

    at_path = stopped("/tickets")
    assert {"content-type", "retry-after", "vwr-state"} <= set(at_path)
    assert stopped("/action") == at_path


def test_a_view_that_is_no_rooms_is_left_alone_beside_those_that_are(door: Door) -> None:
    response = door.visitor().opens("/public")
    assert response.headers["cache-control"] == "public, max-age=60, s-maxage=90"
    assert set_cookies(response) == {}


def test_a_class_of_views_of_django_is_let_into_the_room(door: Door) -> None:
    if not door.name.startswith("django"):
        pytest.skip("others have classes of another kind")
    visitor = door.visitor()
    assert [is_inside(visitor.opens("/action/class")) for _ in range(3)] == [True] * 3
    assert visitor.opens("/action/class/7").text == "7"
    assert sessions(door) == ["1-1"]
    assert not door.site.store_access.views["action"].known_sessions.in_hand


def test_a_views_decisions_and_waits_are_counted_as_at_a_path(open_it: Open) -> None:
    door = open_it(rooms=[{**room, "max_active": 1} for room in ROOMS])
    at_path, at_view = _counted(door, "/tickets", "main"), _counted(door, "/action", "action")
    assert at_view == at_path
    assert (at_view["entered"], at_view["waiting"], at_view["waits"]) == (2, 3, 1)


def _counted(door: Door, path: str, room: str) -> dict[str, int]:
    """What is counted while one visitor waits for another."""
    first, second = door.visitor(), door.visitor()
    for _ in range(3):
        first.opens(path)
    second.opens(path)
    second.opens(path)
    second.fetches(path)
    door.ask(lambda: door.store.end(room, "1-1", "completed"))
    door.refresh(7)
    for _ in range(3):
        second.opens(path)
    decision_counts, known_sessions = (
        door.site.gates[room].decision_counts,
        door.site.store_access.views[room].known_sessions,
    )
    costs, waits = sum(decision_counts.costs.counts), sum(decision_counts.waits.counts)
    return {
        **decision_counts.decisions,
        "greeted": known_sessions.recognised,
        "costs": costs,
        "waits": waits,
    }


def test_whoever_is_in_the_room_by_its_path_is_not_asked_again_by_a_view(open_it: Open) -> None:
    door = open_it(rooms=[{"name": "action", "paths": "/action/within", "max_active": 1}])
    visitor = door.visitor()
    for _ in range(4):
        assert visitor.opens("/action/within").json()["session"]["id"] == "1-1"
    decision_counts, known_sessions = (
        door.site.gates["action"].decision_counts,
        door.site.store_access.views["action"].known_sessions,
    )
    assert sum(decision_counts.costs.counts) == 2
    assert (
        decision_counts.decisions["entered"]
        + decision_counts.decisions["admitted"]
        + known_sessions.recognised
        == 4
    )
    assert visitor.opens("/action/within/last").text == "thanks"
    assert visitor.opens("/action/within").headers["vwr-state"] == "ended"
    assert not known_sessions.in_hand
