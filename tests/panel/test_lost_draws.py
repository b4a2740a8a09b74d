"""What an operator says of the draw of a lost room, and what cannot be."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from tests.support.clock import Clock
from tests.support.doors import Door, open_door
from tests.support.lost import at_door
from tests.support.panel import GIVEN, api, signed_in
from tests.support.visitor import Visitor
from vwr_middleware.draw.seed import Seeds
from vwr_middleware.errors import Refused
from vwr_middleware.keys import Keys
from vwr_middleware.line.constants import DRAWN, NO_DRAW, REGISTERING
from vwr_middleware.line.messages import Seen
from vwr_middleware.panel.lost_draws import value_told, with_draw
from vwr_middleware.settings import RoomSettings
from vwr_middleware.worker.other_rooms import OtherRoom

ROOM, SEEDS = "f" * 16, Seeds(Keys(("a secret",), "vwr"), "main")
DRAND = f"1000:{'0f' * 32}"


def former(draw: int = DRAWN, generation: int = 3) -> Seen:
    return Seen(ROOM, generation, 500, 0, draw=draw, drawn=300 if draw == DRAWN else 0)


def settled(source: Any = None) -> RoomSettings:
    return RoomSettings(paths="/", draw=True, opens_at=1.8e9, draw_beacon_from=source)


def told_of(
    given: tuple[str | None, str | None] = (None, None), told: str = "", source: Any = None
) -> str:
    return with_draw(former(), told, given, settled(source), SEEDS).draw_told


def test_the_draw_is_that_of_the_present_secret_unless_another_is_said() -> None:
    shown = SEEDS.commitment(ROOM, 2)
    assert told_of() == ""
    assert told_of((shown, None)) == shown
    assert told_of((shown, "3 14"), source="the lottery") == f"{shown}:{b'3 14'.hex()}"
    assert told_of((None, "é"), source="the lottery") == f":{'é'.encode().hex()}"
    assert told_of((None, ""), source="the lottery") == "", "none came in time"
    assert told_of((None, DRAND), source="drand") == f":{DRAND.encode().hex()}"


def test_what_a_worker_remembers_of_it_need_not_be_said() -> None:
    shown = SEEDS.commitment(ROOM, 2)
    told = f"{shown}:{b'3 14'.hex()}"
    assert value_told(told) == "3 14"
    assert told_of(told=told, source="the lottery") == told
    assert told_of(told=shown, source="the lottery") == shown, "it was made without a value"
    assert told_of((None, "2 71"), told, "the lottery") == f"{shown}:{b'2 71'.hex()}"


@pytest.mark.parametrize(
    ("room", "given", "source", "words"),
    [
        (former(), (None, None), "the lottery", "beacon is missing: the lottery is mixed into"),
        (former(), (None, None), "drand", "beacon is missing: drand, quicknet is mixed into"),
        (former(), (None, "1000"), "drand", "a round of drand, a colon and 64 hexadecimal digits"),
        (former(), (None, "\ud800"), "the lottery", "beacon must be text of 200 characters"),
        (former(), ("abc", None), None, "64 hexadecimal digits in lower case"),
        (former(), (SEEDS.commitment(ROOM, 3), None), None, "generation 2. Copy it from draw.json"),
        (former(REGISTERING), (None, "3 14"), "the lottery", "this draw is not made yet"),
        (former(REGISTERING), (SEEDS.commitment(ROOM, 2), None), None, "and generation 3."),
        (former(NO_DRAW), (None, "3 14"), "the lottery", "this line comes back without one"),
        (former(NO_DRAW), ("00" * 32, None), None, "this line comes back without one"),
    ],
)
def test_what_cannot_be_is_refused(
    room: Seen, given: tuple[str | None, str | None], source: str | None, words: str
) -> None:
    with pytest.raises(Refused, match=re.escape(words)):
        with_draw(room, "", given, settled(source), SEEDS)


def test_a_room_that_registers_still_has_the_commitment_that_was_shown() -> None:
    shown = SEEDS.commitment(ROOM, 3)
    found = with_draw(former(REGISTERING), "", (shown, None), settled("drand"), SEEDS)
    assert found.draw_told == shown
    assert with_draw(former(NO_DRAW), "", (None, None), settled(), SEEDS).draw_told == ""


def test_where_the_secret_is_not_known_a_commitment_is_taken_as_it_is_said() -> None:
    found = with_draw(former(), "", ("00" * 32, None), settled(), None)
    assert found.draw_told == "00" * 32


def test_of_what_two_workers_remember_the_public_value_counts() -> None:
    known = OtherRoom(2, 50, draw_told="beef")
    known.take(OtherRoom(2, 40, draw_told="beef:61"))
    known.take(OtherRoom(2, 60))
    assert (known.ticket, known.draw_told) == (60, "beef:61")
    known.take(OtherRoom(3, 1))
    assert known.draw_told == ""


# At the panel.


@pytest.fixture
def lost(clock: Clock) -> Iterator[tuple[Door, list[Visitor], list[int]]]:
    """A door whose store does not hold the room in which four were drawn with a public value."""
    given: dict[str, Any] = {"max_active": 1, "draw": True, "opens_at": clock.now + 60}
    given |= {"draw_beacon_from": "the lottery", **GIVEN}
    with ExitStack() as stack:
        before = open_door("wsgi", "memory://", clock, stack, **given)
        people = [before.visit_at() for _ in range(4)]
        api(before).patch("/rooms/main/settings", json={"draw_beacon": "3 14"})
        before.refresh(60)
        places = [visitor.position()["position"] for visitor in people]
        people[0].opens()
        door = open_door("wsgi", "memory://", clock, stack, **given)
        door.visit_at()
        people = [at_door(door, visitor) for visitor in people]
        for visitor in people:
            visitor.position()
        door.refresh()
        yield door, people, places


def offered(client: httpx.Client) -> dict[str, Any]:
    (room,) = client.get("/rooms/main/restore").json()["lost"]
    return dict(room)


def test_the_form_asks_for_the_public_value_and_brings_everybody_back(
    lost: tuple[Door, list[Visitor], list[int]],
) -> None:
    door, people, places = lost
    room = offered(api(door))
    known = room["drawn"], room["beacon_from"], room["beacon"], room["commitment"]
    assert known == (4, "the lottery", None, None)
    operator = signed_in(door)
    text = operator.open().text
    assert "Public value that was mixed into the draw" in text
    assert "None came in time" in text
    form = {"queue": room["queue"], "served": 0, "inside": 1, "typed": "main"}
    fields = {name: str(value) for name, value in form.items()} | {"room_id": room["room_id"]}
    refused = operator.act("restore", **fields, beacon=" ")
    assert "beacon is missing: the lottery" in refused.json()["problem"]
    operator.client.headers["Accept-Language"] = "de"
    refused = operator.act("restore", **fields, beacon=" ").json()["problem"]
    assert "beacon fehlt: the lottery geht in die Verlosung dieses Raums ein" in refused
    operator.client.headers["Accept-Language"] = "en"
    assert "Restored" in operator.act("restore", **fields, beacon=" 3 14 ").json()["said"]
    assert [visitor.position()["position"] for visitor in people] == places


def test_the_form_takes_it_that_no_value_came(
    lost: tuple[Door, list[Visitor], list[int]],
) -> None:
    door, people, _ = lost
    room = offered(api(door))
    form = {"queue": room["queue"], "served": 0, "inside": 1, "typed": "main"}
    fields = {name: str(value) for name, value in form.items()} | {"room_id": room["room_id"]}
    operator = signed_in(door)
    operator.open()
    assert "Restored" in operator.act("restore", **fields, no_beacon="on").json()["said"]
    assert people[0].fetches("/vwr/main/draw.json").json()["beacon"]["value"] is None
