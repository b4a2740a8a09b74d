"""The store loses all, every worker is started anew, and an operator brings the line back."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.support.clock import Clock
from tests.support.doors import Door, open_door
from tests.support.lost import at_door
from tests.support.panel import GIVEN, api
from tests.support.visitor import Visitor, is_inside, set_cookies

over_stores_that_can_lose = pytest.mark.parametrize("store_url", ["sqlite", "redis"], indirect=True)


@dataclass
class Scene:
    """Workers of one room, started again and again."""

    name: str
    url: str
    clock: Clock
    stack: ExitStack
    settings: dict[str, Any]
    doors: list[Door] = field(default_factory=list)

    def start(self, count: int = 2) -> None:
        """All workers anew."""
        self.doors = [
            open_door(self.name, self.url, self.clock, self.stack, **self.settings, **GIVEN)
            for _ in range(count)
        ]

    def lose_all(self) -> None:
        """The store forgets everything, and no worker is left that knew it."""
        if self.url.startswith("sqlite"):
            path = Path(self.url.removeprefix("sqlite:///"))
            for file in path.parent.glob(path.name + "*"):
                file.unlink()
        else:
            with redis.Redis.from_url(self.url) as client:
                client.flushall()
        self.start()

    def bring(self, visitor: Visitor, number: int = 0) -> Visitor:
        """The same browser at one of the workers of now."""
        return at_door(self.doors[number], visitor)

    def restore(self, **given: Any) -> dict[str, Any]:
        """An operator does it, at the first worker."""
        answer = api(self.doors[0]).post("/rooms/main/restore", json={"confirm": "main", **given})
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def active(self) -> int:
        """How many are inside, or are believed to be."""
        self.doors[0].refresh()
        active: int = api(self.doors[0]).get("/rooms/main").json()["active"]
        return active


@pytest.fixture
def scene(door_name: str, store_url: str, clock: Clock, request: pytest.FixtureRequest) -> Scene:
    stack = ExitStack()
    request.addfinalizer(stack.close)
    made = Scene(door_name, store_url, clock, stack, {"max_active": 2})
    made.start()
    return made


def arrive(scene: Scene, count: int) -> list[Visitor]:
    """So many open the page, and whoever is let in confirms it."""
    people = [scene.doors[0].visit_at() for _ in range(count)]
    for visitor in people[:2]:
        visitor.opens()
    return people


@dataclass
class After:
    """Who came before the loss, and who came after it; some of those of old came as well."""

    inside: list[Visitor]
    waits: list[Visitor]
    newcomers: list[Visitor]


def loss(scene: Scene) -> After:
    first, second, *line = arrive(scene, 6)
    assert [visitor.position()["position"] for visitor in line] == [3, 4, 5, 6]
    scene.lose_all()
    inside = [scene.bring(first), scene.bring(second, 1)]
    waits = [scene.bring(visitor, number % 2) for number, visitor in enumerate(line)]
    assert is_inside(inside[1].opens()), "as a newcomer of the empty room"
    newcomers = [scene.doors[0].visit_at() for _ in range(3)]
    assert is_inside(newcomers[0].opens())
    assert inside[0].fetches().status_code == 429
    assert waits[0].position()["you"] == "interrupted"
    assert waits[1].opens().status_code == 202, "with a place at the end of the new line"
    assert waits[2].position()["you"] == "interrupted"
    for door in scene.doors * 6:
        door.refresh()
        door.visitor().fetches("/vwr/main/status")
    return After(inside, waits, newcomers)


@over_stores_that_can_lose
def test_the_people_of_a_lost_line_have_their_places_again(scene: Scene) -> None:
    after = loss(scene)
    done = scene.restore()
    assert (done["restored"], done["queue"], done["serving"]) == (True, 1005, 2)
    assert scene.active() == 2
    told = [visitor.position() for visitor in after.waits]  # the last of whom had not come till now
    assert [(each["you"], each["position"]) for each in told] == [
        ("waiting", position) for position in (3, 4, 5, 6)
    ]
    sessions = [visitor.opens().json()["session"]["id"] for visitor in after.inside]
    assert sessions == ["1-1", "1-2"]
    assert scene.active() == 2


@over_stores_that_can_lose
def test_whoever_came_meanwhile_is_told_and_joins_behind_them(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    newcomers = loss(scene).newcomers
    scene.restore()
    for newcomer in newcomers[:2]:
        answer = newcomer.opens()
        assert (answer.status_code, answer.headers["vwr-state"]) == (202, "reset")
    assert newcomers[2].position()["you"] == "reset"
    assert newcomers[2].sends("/vwr/main/tickets").json()["position"] == 1008
    assert [each.position()["position"] for each in newcomers] == [1006, 1007, 1008]
    assert scene.active() == 2
    assert caplog.text.count("two stores serve this room") <= len(scene.doors)
    assert api(scene.doors[1]).get("/rooms/main").json()["two_stores"] is False


@over_stores_that_can_lose
def test_the_restored_line_moves_on_in_its_order(scene: Scene) -> None:
    first, second, *line = arrive(scene, 5)
    scene.lose_all()
    inside, waits = [scene.bring(first), scene.bring(second)], [scene.bring(v, 1) for v in line]
    newcomer = scene.doors[0].visit_at()
    for visitor in (*inside, *waits):
        visitor.fetches()
    scene.restore()
    for visitor in inside:
        assert is_inside(visitor.opens())
    assert not any(is_inside(visitor.opens()) for visitor in (newcomer, *waits))
    assert inside[0].sends("/vwr/main/leave").status_code == 200
    entered: list[int] = []
    for _ in range(20):
        for door in scene.doors:
            door.refresh(0.7)
        for position, visitor in enumerate(waits, 3):
            if position not in entered and visitor.position()["may_enter"]:
                assert is_inside(visitor.opens())
                entered.append(position)
        assert scene.active() <= 2
    assert entered == [3]


@over_stores_that_can_lose
def test_nobody_enters_beyond_the_limit_until_the_old_sessions_must_be_over(
    scene: Scene,
) -> None:
    first, second, *line = arrive(scene, 4)
    scene.lose_all()
    stays, waits = scene.bring(first), [scene.bring(visitor) for visitor in line]
    for visitor in (stays, scene.bring(second), *waits):
        visitor.fetches()
    scene.restore()
    assert is_inside(stays.opens())
    entered = set[int]()
    for _ in range(16):
        scene.clock.pass_by(60)
        assert is_inside(stays.opens())
        for number, visitor in enumerate(waits):
            visitor.position()
            entered |= {number} if is_inside(visitor.opens()) else set()
        assert scene.active() <= 2
        if scene.clock.now < 1_800_000_000 + 600:
            assert not entered
    assert entered


@over_stores_that_can_lose
def test_what_was_kept_goes_as_soon_as_it_is_good_again(scene: Scene) -> None:
    first, second, third = arrive(scene, 3)
    scene.lose_all()
    visitor, waits = scene.bring(first), scene.bring(third)
    assert "vwr_main_token_kept" in set_cookies(visitor.opens())
    scene.doors[0].visit_at(), scene.bring(second).fetches()
    assert "vwr_main_kept" in set_cookies(waits.opens())
    assert not set_cookies(waits.opens()), "it is kept once"
    scene.restore()
    scene.doors[0].refresh()
    waits.position()
    assert waits.cookies == {"vwr_main"}
    assert waits.position()["position"] == 3
    scene.clock.pass_by(310)
    assert is_inside(visitor.opens())
    assert visitor.cookies == {"vwr_main_token"}


@over_stores_that_can_lose
def test_a_place_of_old_is_given_up_with_all_that_was_kept(scene: Scene) -> None:
    _, _, third = arrive(scene, 3)
    scene.lose_all()
    for _ in range(2):
        scene.doors[0].visit_at()
    waits = scene.bring(third)
    waits.opens()
    assert waits.sends("/vwr/main/leave").status_code == 200
    assert waits.cookies == {"vwr_main"}, "which says that it was given up"
    assert waits.opens().headers["vwr-state"] == "left"


@over_stores_that_can_lose
def test_a_session_that_is_back_is_bound_to_its_network_still(scene: Scene) -> None:
    scene.settings |= {"bind": True, "trusted_proxies": 1}
    scene.start()
    home, train = ({"X-Forwarded-For": address} for address in ("203.0.113.7", "198.51.100.1"))
    visitor = scene.doors[0].visitor()
    visitor.opens(headers=home), visitor.opens(headers=home)
    scene.lose_all()
    visitor = scene.bring(visitor)
    assert is_inside(visitor.opens(headers=home)), "as a newcomer of the empty room"
    for door in scene.doors * 6:
        door.refresh()
        door.visitor().fetches("/vwr/main/status")
    scene.restore()
    scene.doors[0].refresh()
    assert visitor.opens(headers=train).headers["vwr-state"] == "locked"
    assert visitor.opens(headers=home).json()["session"]["id"] == "1-1"
    joins = visitor.opens("/vwr/main/leave?next=/tickets&join=1", "POST", headers=train)
    page = visitor.opens(joins.headers["location"], headers=train)
    assert page.headers["vwr-state"] == "waiting"


@over_stores_that_can_lose
def test_a_draw_of_a_lost_line_holds_again(scene: Scene) -> None:
    scene.settings |= {"draw": True, "opens_at": scene.clock.now + 60}
    scene.start(1)
    people = [scene.doors[0].visit_at() for _ in range(6)]
    scene.doors[0].refresh(60)
    places = [visitor.position()["position"] for visitor in people]
    people[0].opens()  # and so has a ticket that says how many were drawn
    scene.lose_all()
    people = [scene.bring(visitor) for visitor in people]
    assert {visitor.position()["you"] for visitor in people} == {"interrupted"}
    assert scene.restore()["restored"]
    told = [visitor.position() for visitor in people]
    assert [each["position"] for each in told] == places
    assert {(each["draw"], each["registered"]) for each in told} == {("drawn", 6)}


def drawn_with_a_value(scene: Scene) -> tuple[list[Visitor], list[int], dict[str, Any]]:
    """Six who were drawn with a public value, their places, and what is published of the draw."""
    scene.settings |= {"draw": True, "opens_at": scene.clock.now + 60}
    scene.settings |= {"draw_beacon_from": "the lottery of 1 May"}
    scene.start(1)
    people = [scene.doors[0].visit_at() for _ in range(6)]
    changed = api(scene.doors[0]).patch("/rooms/main/settings", json={"draw_beacon": "3 14 é"})
    assert changed.status_code == 200, changed.text
    scene.doors[0].refresh(60)
    places = [visitor.position()["position"] for visitor in people]
    people[0].opens()  # and so has a ticket that says how many were drawn
    return people, places, people[0].fetches("/vwr/main/draw.json").json()


@over_stores_that_can_lose
def test_the_places_of_a_draw_with_a_public_value_hold_again_if_it_is_said(scene: Scene) -> None:
    people, places, published = drawn_with_a_value(scene)
    assert published["beacon"]["value"] == "3 14 é"
    scene.lose_all()
    people = [scene.bring(visitor) for visitor in people]
    assert {visitor.position()["you"] for visitor in people} == {"interrupted"}
    client, said = api(scene.doors[0]), {"beacon": published["beacon"]["value"]}
    for given, words in (
        ({}, "beacon is missing: the lottery of 1 May is mixed into this room's draw"),
        ({**said, "commitment": "00" * 32}, "no secret_key that is known here makes the seed"),
        ({**said, "commitment": "00"}, "64 hexadecimal digits"),
    ):
        refused = client.post("/rooms/main/restore", json={"confirm": "main", **given})
        assert (refused.status_code, words in refused.text) == (422, True), refused.text
    assert people[0].position()["you"] == "interrupted", "nothing was restored"
    assert scene.restore(**said, commitment=published["commitment"])["restored"]
    assert [visitor.position()["position"] for visitor in people] == places
    assert people[0].fetches("/vwr/main/draw.json").json() == published


@over_stores_that_can_lose
def test_a_secret_that_changed_since_the_draw_takes_no_place_away(scene: Scene) -> None:
    scene.settings |= {"secret_key": ["the secret of then"]}
    people, places, published = drawn_with_a_value(scene)
    scene.settings |= {"secret_key": ["the secret of now", "the secret of then"]}
    scene.lose_all()
    people = [scene.bring(visitor) for visitor in people]
    for visitor in people:
        visitor.position()
    said = {"beacon": published["beacon"]["value"], "commitment": published["commitment"]}
    assert scene.restore(**said)["restored"]
    assert [visitor.position()["position"] for visitor in people] == places
    assert people[0].fetches("/vwr/main/draw.json").json() == published


@over_stores_that_can_lose
def test_a_line_that_was_lost_before_its_draw_is_drawn(scene: Scene) -> None:
    scene.settings |= {"draw": True, "opens_at": scene.clock.now + 60}
    scene.start(1)
    people = [scene.doors[0].visit_at() for _ in range(6)]
    scene.lose_all()
    scene.doors[0].refresh(70)
    people = [scene.bring(visitor) for visitor in people]
    for visitor in people:
        visitor.position()
    assert scene.restore()["restored"]
    scene.doors[0].refresh(5)
    told = [visitor.position() for visitor in people]
    assert {each["draw"] for each in told} == {"drawn"}
    assert len({each["position"] for each in told}) == 6
