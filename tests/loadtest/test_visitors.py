"""Visitors of a load test at a room in this process: they behave as the real ones do."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.house import House, Visitor, inside, make_house
from vwr_middleware.loadtest.browser import Answer
from vwr_middleware.loadtest.journal import Journal, Visit
from vwr_middleware.loadtest.plan import Nature, Plan
from vwr_middleware.loadtest.visitor import LoadtestEnded
from vwr_middleware.loadtest.visitor import Visitor as Player

PLAN = Plan(origin="http://shop.example", path="/tickets", pages=2)
PAGE = Nature("page", float("inf"), True, 10.0, 2, "completes")
LINKED = (
    b'<!doctype html><link rel="stylesheet" href="/shop.css"><script src="app.js"></script>'
    b'<img src="https://elsewhere.example/x.png">'
)

Asked = tuple[str, str, str]


class Scene:
    """A room for one, and a visitor whose time is the house's."""

    def __init__(self, house: House) -> None:
        self.house, self.browser = house, house.visitor()
        self.journal, self.asked = Journal(), list[Asked]()
        self.first: Visitor | None = inside(house)
        self.waits = list[float]()
        self.lets_in_after = 20.0
        self.stops_after = float("inf")

    def send(
        self, method: str, path: str, headers: Mapping[str, str], name: str, fine: tuple[int, ...]
    ) -> Answer:
        self.asked.append((method, path, name))
        got = self.browser.ask(
            method, path, {}, {name.lower(): text for name, text in headers.items()}
        )
        pairs = {key: value for key, value in got.pairs if key != "set-cookie"}
        return Answer(got.status, pairs, got.body, tuple(got.all("set-cookie")), path)

    def pause(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.house.pass_by(seconds)
        if sum(self.waits) >= self.stops_after:
            raise LoadtestEnded
        if self.first is not None and sum(self.waits) >= self.lets_in_after:
            self.first.post("/vwr/main/leave")
            self.first = None

    def play(self, nature: Nature = PAGE, plan: Plan = PLAN) -> Visit:
        clock: Callable[[], float] = lambda: self.house.clock.now  # noqa: E731
        return Player(plan, nature, self.send, self.journal, self.pause, clock, Random(1)).play()

    def paths(self, name: str = "") -> list[str]:
        return [path for _, path, called in self.asked if name in called]


@pytest.fixture
def scene() -> Scene:
    return Scene(make_house(Clock(), max_active=1))


def test_a_page_polls_at_its_intervals_enters_in_turn_stays_and_completes(scene: Scene) -> None:
    visit = scene.play()
    assert (visit.outcome, visit.position, visit.kind) == ("completed", 2, "page")
    assert visit.arrived <= visit.joined < visit.entered < visit.left
    assert visit.entered - visit.arrived > scene.lets_in_after
    polls = scene.paths("the position")
    assert 3 < len(polls) == visit.polls
    assert set(polls) == {"/vwr/main/position"}
    assert all(1.0 <= wait <= 2.0 * 1.2 for wait in scene.waits[1 : len(polls)])
    assert len(set(scene.waits)) > 3, "with jitter"
    last = [path for method, path, _ in scene.asked if method == "POST"]
    assert last == ["/vwr/main/token?go=1", "/vwr/main/complete"]
    assert scene.house.told("completed") == ["1-2"]


def is_overloaded_at_first(scene: Scene) -> None:
    overload, clock = scene.house.site.store_access.overload, scene.house.clock
    overload.look(clock())
    for _ in range(30):
        clock.pass_by(0.1)
        overload.look(clock(), late=1.0)
    while overload.lets_in(None):
        pass


@pytest.mark.parametrize("kind", ["page", "without", "program"])
def test_whoever_is_told_to_come_again_in_a_rush_does_and_gets_in(scene: Scene, kind: Any) -> None:
    is_overloaded_at_first(scene)
    visit = scene.play(replace(PAGE, kind=kind))
    assert visit.outcome == "completed"
    assert visit.joined - visit.arrived >= 2
    assert scene.house.site.store_access.overload.told > 0


def test_a_page_loads_its_files_of_this_site_once(scene: Scene) -> None:
    scene.play()
    files = scene.paths("a file")
    assert len(files) == len(set(files)) > 1
    assert all(path.startswith("/vwr/static/") for path in files)


def test_pages_of_the_app_are_loaded_with_what_they_link_and_nothing_of_other_hosts() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"text/html")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": LINKED})

    scene = Scene.__new__(Scene)
    house = make_house(Clock(), app, max_active=2)
    scene.house, scene.browser, scene.first = house, house.visitor(), None
    scene.journal, scene.asked, scene.waits = Journal(), [], []
    scene.lets_in_after = scene.stops_after = float("inf")
    visit = scene.play()
    assert (visit.outcome, visit.joined, visit.position) == ("completed", 0.0, 1)
    assert scene.paths("a file") == ["/app.js", "/shop.css"] or scene.paths("a file") == [
        "/shop.css",
        "/app.js",
    ]
    assert not [path for path in scene.paths() if "elsewhere" in path]


def test_a_program_comes_by_the_api_with_a_ticket_of_its_own(scene: Scene) -> None:
    visit = scene.play(replace(PAGE, kind="program"))
    assert (visit.outcome, visit.position) == ("completed", 2)
    assert not scene.browser.jar or "vwr_main" not in scene.browser.jar
    assert scene.paths("a page") == []
    assert scene.paths("a call, inside") == ["/tickets"]
    assert scene.house.told("completed") == ["1-2"]


def test_somebody_without_scripts_follows_the_refresh_and_asks_nothing_else(scene: Scene) -> None:
    visit = scene.play(replace(PAGE, kind="without", ending="silent"))
    assert (visit.outcome, visit.position) == ("closed inside", 2)
    assert scene.paths("the position") == scene.paths("the status") == []
    assert set(scene.paths("anew")) == {"/tickets"}
    assert scene.waits[0] == 30.0


def test_an_absent_one_takes_a_place_and_never_comes_back(scene: Scene) -> None:
    visit = scene.play(replace(PAGE, kind="absent"))
    assert (visit.outcome, visit.position, visit.entered) == ("absent", 2, 0.0)
    assert scene.waits == []


@pytest.mark.parametrize("says_so", [True, False])
def test_who_gives_up_leaves_in_time_and_may_say_so(scene: Scene, says_so: bool) -> None:
    visit = scene.play(replace(PAGE, patience=8.0, says_so=says_so))
    assert (visit.outcome, visit.entered) == ("gave up", 0.0)
    assert sum(scene.waits) == pytest.approx(8.0)
    now = scene.browser.get("/vwr/main/position").json["you"]
    assert now == ("left" if says_so else "waiting")


def test_whoever_is_inside_when_the_test_is_over_makes_room(scene: Scene) -> None:
    scene.stops_after = 30.0
    visit = scene.play(replace(PAGE, stay=1000.0))
    assert visit.outcome == "was inside at the end"
    assert scene.house.told("abandoned")[-1] == "1-2"


def test_whoever_waits_when_the_test_is_over_just_goes(scene: Scene) -> None:
    scene.stops_after = 5.0
    visit = scene.play()
    assert (visit.outcome, visit.position) == ("was in line at the end", 2)
    assert scene.paths("leaving") == []


def test_a_redirect_to_another_host_is_not_followed(scene: Scene) -> None:
    real = scene.send

    def send(method: str, path: str, headers: Any, name: str, fine: tuple[int, ...]) -> Answer:
        real(method, path, headers, name, fine)
        return Answer(302, {"location": "https://elsewhere.example/tickets"}, url=path)

    scene.send = send  # type: ignore[method-assign]
    visit = scene.play()
    assert (visit.outcome, visit.why) == ("sent elsewhere", "https://elsewhere.example/tickets")
    assert len(scene.asked) == 1


def test_a_server_that_fails_is_asked_again_ever_later_and_then_given_up(scene: Scene) -> None:
    def send(method: str, path: str, headers: Any, name: str, fine: tuple[int, ...]) -> Answer:
        return Answer(500, url=path)

    scene.send = send  # type: ignore[method-assign]
    assert scene.play().outcome == "no answer"
    assert 4 < len(scene.waits) < 12
    assert scene.waits[3] > scene.waits[0] * 2


def test_a_page_that_is_an_error_ends_the_visit(scene: Scene) -> None:
    def send(method: str, path: str, headers: Any, name: str, fine: tuple[int, ...]) -> Answer:
        return Answer(404, url=path)

    scene.send = send  # type: ignore[method-assign]
    visit = scene.play()
    assert (visit.outcome, visit.why, scene.waits) == ("an error page", "status 404", [])


def test_far_back_the_public_status_is_read_and_each_tenth_time_the_own_position(
    scene: Scene,
) -> None:
    room = {"state": "open", "generation": 1, "serving": 1, "horizon": 5, "retry_after": 10.0}
    room |= {"poll": {"near": 2.0, "far": 30.0}, "you": "waiting", "position": 900}
    told = {**room, "watch": "status"}

    def send(method: str, path: str, headers: Any, name: str, fine: tuple[int, ...]) -> Answer:
        scene.asked.append((method, path, name))
        if path == "/tickets":
            data = json.dumps([{"base": "/vwr/main"}, told])
            page = f"<script type=application/json id=vwr-data>{data}</script>"
            return Answer(202, {"vwr-state": "waiting"}, page.encode(), url=path)
        return Answer(200, {}, json.dumps(told).encode(), url=path)

    scene.send, scene.stops_after = send, 420.0  # type: ignore[method-assign]
    assert scene.play().outcome == "was in line at the end"
    asked = [path.rpartition("/")[2] for _, path, _ in scene.asked[1:]]
    assert asked[:12] == ["position", *["status"] * 9, "position", "status"]
    assert all(24.0 <= wait <= 36.0 for wait in scene.waits[2:9])
