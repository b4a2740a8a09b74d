"""In a room with lanes, too, the short way tells those who wait the same as the long way."""

import json
from typing import Any

import pytest

from tests.support.place import Place
from vwr_middleware.line.lane_numbers import numbering
from vwr_middleware.line.lanes import count_of, lane_of, pattern_of
from vwr_middleware.web.http import Reply

LANES = {"members": 0.3, "press": 0.05}
#: As it began, and after the shares were changed twice while people waited.
BEGAN = f"0/members,press/{pattern_of(LANES)}"
CHANGED = (
    f"0//{pattern_of({})};170/members,slow/{pattern_of({'members': 0.5, 'slow': 0.05})}"
    f";1234/members,press,slow/{pattern_of({**LANES, 'slow': 0.02})}"
)
QUEUE = 9000
TAILS = {lane: [QUEUE, 3000, 20] for lane in ("", "members", "press", "slow")}


@pytest.fixture(scope="module")
def place() -> Place:
    """A room with lanes."""
    return Place(max_active=50, lanes=LANES)


def looks(place: Place, layout: str, **more: Any) -> None:
    tails = {lane: row for lane, row in TAILS.items() if lane in layout or not lane}
    given = {"serving": 30, "queue": QUEUE, "state": "queueing", "layout": layout, "lanes": tails}
    place.reads(**{**given, **more})


def told(place: Place, path: str, position: int, **more: Any) -> dict[str, Any]:
    """What both ways say to this one, who is not looked at closely."""
    short, long = place.both_ways(place.request(path, position, **more))
    assert short.body == long.body
    assert (short.status, sorted(short.headers)) == (long.status, sorted(long.headers))
    return dict(json.loads(short.body)) if path.endswith("position") else {"page": short}


@pytest.mark.parametrize("layout", [BEGAN, CHANGED])
def test_every_place_has_its_number_at_once(layout: str) -> None:
    number_of = numbering(layout).of
    for position in (*range(1, 420), *range(1150, 1500), 8999):
        lane = lane_of(layout, position)
        assert number_of(position) == (lane, count_of(layout, lane, 0, position))
    assert numbering("").of(7) == ("", 7)


@pytest.mark.parametrize("layout", [BEGAN, CHANGED])
def test_an_answer_to_a_poll_is_the_one_that_is_made_afresh(place: Place, layout: str) -> None:
    looks(place, layout)
    for position in (*range(31, 60), 171, 172, 180, 400, 1235, 8000):
        found = told(place, "/vwr/main/position", position)
        lane = lane_of(layout, position)
        assert (found["lane"], found["you"]) == (lane, "waiting")
        if lane != "slow":
            assert found["ahead"] == found["position"] - found["serving"] - 1
            assert found["position"] == count_of(layout, lane, 0, position)


@pytest.mark.parametrize("layout", [BEGAN, CHANGED])
def test_a_page_is_the_one_that_is_made_afresh(place: Place, layout: str) -> None:
    looks(place, layout)
    own = [position for position in range(31, 300) if lane_of(layout, position) != "slow"]
    for position in own[::7]:  # of one lane and of another, in turn
        for language in ("en", "de"):
            found = told(place, "/tickets", position, headers={"accept-language": language})
            body: Reply = found["page"]
            is_member = lane_of(layout, position) == "members"
            assert (b"<b>members</b>" in body.body) == is_member


@pytest.mark.parametrize(
    "settings", [{"public_numbers": False}, {"message": 'x,"serving":7,\\"serving\\":8'}]
)
def test_every_setting_shows_in_lanes_too(settings: dict[str, Any]) -> None:
    place = Place(max_active=50, lanes=LANES, **settings)
    looks(place, BEGAN)
    for position in (40, 41, 42):
        assert told(place, "/vwr/main/position", position)["serving"] < 30
        told(place, "/tickets", position)


SLOWED = f"0/members,slow/{pattern_of({'members': 0.3, 'slow': 0.05})}"
DRAWN_AS = {"draw": 2, "drawn": 6030, "draw_lanes": f"{CHANGED}|=9000,slow=8950|{SLOWED}"}


@pytest.mark.parametrize(
    ("layout", "draw"), [(CHANGED, {"draw": 1, "state": "scheduled"}), (SLOWED, DRAWN_AS)]
)
@pytest.mark.parametrize("public", [True, False])
def test_whoever_registers_in_lanes_or_was_drawn_there_is_told_so_both_ways(
    layout: str, draw: dict[str, Any], public: bool
) -> None:
    place = Place(max_active=50, lanes=LANES, draw=True, opens_at=1.8e9 + 90, public_numbers=public)
    looks(place, layout, **{"serving": 0 if draw["draw"] == 1 else 30, **draw})
    room = place.gate.view.room
    assert room is not None
    room.registers = draw["draw"] == 1
    seen = set()
    for position in (*range(31, 60), *range(171, 200), 400, 1235, 8000):
        found = told(place, "/vwr/main/position", position)
        lane, rank = numbering(layout).of(position)
        seen.add(found.get("registered"))
        assert found["lane"] == lane
        if draw["draw"] == 1:
            assert (found["position"], found["ahead"], found["wait_seconds"]) == (rank, None, None)
        elif lane == "slow":
            assert found["place_in_lane"] == rank < found["position"]
        else:
            assert (found["position"], "place_in_lane" in found) == (rank, False)
        if lane != "slow" and draw["draw"] > 1:
            told(place, "/tickets", position)
    assert seen == {None} if not public else len(seen) >= 3, "each lane has its own count"


def test_whatever_moved_meanwhile_is_in_the_next_answer(place: Place) -> None:
    looks(place, BEGAN)
    room = place.gate.view.room
    assert room is not None
    before = told(place, "/vwr/main/position", 4001)
    room.serving = 1000
    after = told(place, "/vwr/main/position", 4001)
    assert after["ahead"] < before["ahead"] and after["position"] == before["position"]


def test_who_is_in_the_slow_lane_is_looked_at_closely_for_a_page() -> None:
    place = Place(max_active=50, lanes=LANES)
    looks(place, CHANGED)
    slow = next(position for position in range(171, 300) if lane_of(CHANGED, position) == "slow")
    assert place.glance(place.request("/tickets", slow)) is None
    assert told(place, "/vwr/main/position", slow)["lane"] == "slow"
