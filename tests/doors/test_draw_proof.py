"""What is published of a draw proves each place: before it the commitment, after it the seed."""

import json
import pickle
from pathlib import Path

import pytest
import redis

from tests.doors.conftest import Open
from tests.doors.test_draw import OPENS, opens, registering
from tests.support.doors import Door
from tests.support.in_time import in_time
from tests.support.panel import API_KEY, GIVEN, api, signed_in
from tests.support.visitor import Visitor
from vwr_middleware.draw.record import DrawRecord, read_record
from vwr_middleware.worker import beacon_asking

FILE = "/vwr/main/draw.json"

#: Once in a loop and once in place, over both stores that workers can share: that is enough here.
pytestmark = pytest.mark.parametrize(
    ("door_name", "store_url"), [("asgi", "sqlite"), ("wsgi", "redis")], indirect=True
)


def published(door: Door) -> DrawRecord:
    """The draw as anybody reads it, checked."""
    return read_record(json.loads(door.visitor().fetches(FILE).text))


def fits(record: DrawRecord, people: list[Visitor]) -> bool:
    """Whether everybody stands where the published draw says, by the order of coming."""
    places = [person.position()["position"] for person in people]
    return places == [record.place_of(number) for number in range(1, len(people) + 1)]


def test_before_the_draw_only_what_may_be_known_is_published(open_it: Open) -> None:
    door = registering(open_it)
    visitor = door.visit_at()
    door.refresh()
    response = visitor.fetches(FILE)
    told = response.json()
    assert told == {
        "version": 1,
        "room": "main",
        "state": "registering",
        "generation": visitor.position()["generation"],
        "count": 1,
        "commitment": visitor.position()["commitment"],
        "opens_at": "2027-01-15T08:01:00+00:00",
        "beacon": None,
    }
    assert response.headers["cache-control"] == "public, max-age=1"
    assert "set-cookie" not in response.headers
    again = visitor.fetches(FILE, headers={"If-None-Match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def kept_in(url: str) -> bytes:
    """Everything that a store keeps, as bytes."""
    if url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///"))
        return b"".join(file.read_bytes() for file in path.parent.glob(path.name + "*"))
    reads = {"string": "get", "hash": "hgetall", "list": "lrange", "set": "smembers"}
    found = b""
    with redis.Redis.from_url(url) as client:
        for key in client.scan_iter():
            kind = client.type(key).decode()
            span = (0, -1) if kind in ("list", "zset") else ()
            read = getattr(client, reads.get(kind, "zrange"))
            found += key + pickle.dumps(read(key, *span))
    return found


def test_nobody_who_reads_the_store_or_any_page_knows_the_seed_before_the_draw(
    open_it: Open, store_url: str
) -> None:
    door = registering(open_it, **GIVEN)
    person = door.visit_at()
    told = [person.opens("/vwr/main/"), person.fetches("/vwr/main/position")]
    door.refresh()
    told += [person.fetches(FILE), person.fetches("/vwr/main/status")]
    told += [
        api(door).get(f"/rooms/main{what}") for what in ("", "/audit", "/history", "/sessions")
    ]
    told += [signed_in(door).open()]
    kept, read = kept_in(store_url), b"".join(answer.content for answer in told)
    opens(door)
    record = published(door)
    assert record.commitment.encode() in kept and record.commitment.encode() in read
    for seed in (record.seed.encode(), bytes.fromhex(record.seed)):
        assert seed not in kept + read
    assert record.seed.encode() in person.fetches(FILE).content, "and then everybody does"


def test_after_the_draw_everybody_can_check_each_place(open_it: Open) -> None:
    door = registering(open_it)
    people = [door.visit_at() for _ in range(9)]
    door.refresh()
    before = door.visitor().fetches(FILE).json()
    opens(door)
    record = published(door)
    assert (record.count, record.commitment) == (9, before["commitment"])
    assert record.generation == before["generation"]
    assert fits(record, people)
    response = door.visitor().fetches(FILE)
    assert response.headers["cache-control"] == "public, max-age=60"
    late = door.visit_at()
    assert late.position()["position"] == 10
    assert published(door) == record, "who comes later changes nothing"


def test_a_secret_that_changed_meanwhile_changes_no_draw(open_it: Open) -> None:
    old, new = "a secret of before the deploy", "a secret of after the deploy"
    door = registering(open_it, secret_key=old)
    people = [door.visit_at() for _ in range(5)]
    door.refresh()
    shown = door.visitor().fetches(FILE).json()["commitment"]
    deployed = registering(open_it, secret_key=[new, old])
    opens(deployed)
    record = published(deployed)
    assert record.commitment == shown
    assert fits(record, people)


def test_private_numbers_are_public_once_they_prove_something(open_it: Open) -> None:
    door = registering(open_it, public_numbers=False)
    people = [door.visit_at() for _ in range(3)]
    door.refresh()
    assert door.visitor().fetches(FILE).json()["count"] is None
    opens(door)
    assert fits(published(door), people)


def test_a_room_without_a_draw_publishes_none(open_it: Open) -> None:
    door = open_it(max_active=1)
    assert door.visitor().fetches(FILE).status_code == 404
    assert door.visitor().opens(FILE).status_code == 404


def test_a_value_that_an_operator_sets_is_mixed_in(open_it: Open) -> None:
    door = registering(open_it, draw_beacon_from="the lottery of 1 May", **GIVEN)
    people = [door.visit_at() for _ in range(6)]
    door.refresh()
    assert door.visitor().fetches(FILE).json()["beacon"] == {"source": "the lottery of 1 May"}
    headers = {"Authorization": f"Bearer {API_KEY}"}
    change = {"draw_beacon": "3 14 15 92 65 35 é"}

    def sets() -> int:
        address = "/vwr-admin/api/rooms/main/settings"
        return door.visitor().client.patch(address, json=change, headers=headers).status_code

    assert sets() == 200
    door.refresh()
    told = door.visitor().fetches(FILE).json()
    assert told["beacon"] == {"source": "the lottery of 1 May"}, (
        "the value stays as it is till then"
    )
    opens(door)
    record = published(door)
    assert (record.beacon, record.beacon_source) == ("3 14 15 92 65 35 é", "the lottery of 1 May")
    assert fits(record, people)
    assert sets() == 409, "nothing can be mixed in any more"
    assert fits(published(door), people)
    settings = api(door).get("/rooms/main").json()["settings"]
    (value,) = [each["value"] for each in settings if each["name"] == "draw_beacon"]
    assert value is None, "nor does it count for another draw"


@pytest.fixture
def asked(open_it: Open) -> tuple[Door, list[float], list[str]]:
    """A room whose app is asked for the value, and what it was asked and answers."""
    calls: list[float] = []
    answers: list[str] = []

    def beacon(opens_at: float) -> str | None:
        calls.append(opens_at)
        return answers[0] if answers else None

    return registering(open_it, draw_beacon_from=beacon), calls, answers


Asked = tuple[Door, list[float], list[str]]


def test_a_value_that_the_app_gives_in_time_is_mixed_in(asked: Asked) -> None:
    door, calls, answers = asked
    people = [door.visit_at() for _ in range(6)]
    answers.append("0123abcd")
    door.refresh(50)
    people[0].position()
    assert calls == [], "it is not asked before it can be there"
    door.refresh(60 - 50 - beacon_asking.LEAD + 0.5)
    people[0].position()
    door.refresh(1.1)
    people[0].position()
    assert in_time(lambda: calls == [OPENS])
    door.refresh(1.1)
    people[0].position()  # the worker brings it
    opens(door)
    record = published(door)
    assert record.beacon == "0123abcd"
    assert fits(record, people)


def test_a_value_that_comes_late_holds_nobody_up(asked: Asked) -> None:
    door, calls, answers = asked
    people = [door.visit_at() for _ in range(6)]
    door.refresh(55)
    people[0].position()
    door.refresh(1.1)
    people[0].position()
    assert in_time(lambda: calls == [OPENS])
    answers.append("too late")
    opens(door)
    record = published(door)
    assert (record.beacon, bool(record.beacon_source)) == (None, True)
    assert fits(record, people)
    door.refresh(2)
    assert fits(published(door), people)


def opens_later(door: Door) -> None:
    """An operator puts the opening off."""
    headers = {"Authorization": f"Bearer {API_KEY}"}
    address, change = "/vwr-admin/api/rooms/main/settings", {"opens_at": OPENS + 600}
    assert door.visitor().client.patch(address, json=change, headers=headers).status_code == 200


def test_a_value_that_an_operator_has_set_is_forgotten_if_the_opening_is_put_off(
    open_it: Open,
) -> None:
    door = registering(open_it, draw_beacon_from="the lottery of 1 May", **GIVEN)
    people = [door.visit_at() for _ in range(4)]
    assert api(door).patch("/rooms/main/settings", json={"draw_beacon": "3 14"}).status_code == 200
    opens_later(door)
    opens(door)
    assert people[0].position()["draw"] == "registering"
    door.refresh(600)
    record = published(door)
    assert (record.beacon, record.beacon_source) == (None, "the lottery of 1 May")
    assert fits(record, people)


def test_a_value_of_an_opening_that_was_moved_is_forgotten(open_it: Open) -> None:
    asked: list[float] = []

    def beacon(opens_at: float) -> str:
        asked.append(opens_at)
        return f"of {opens_at:.0f}"

    door = registering(open_it, draw_beacon_from=beacon, **GIVEN)
    people = [door.visit_at() for _ in range(4)]
    door.refresh(55)
    people[0].position()
    door.refresh(1.1)
    people[0].position()
    assert in_time(lambda: bool(asked))
    door.refresh(1.1)
    people[0].position()  # the worker brings it
    opens_later(door)
    door.refresh(598)
    people[0].position()
    door.refresh(1.1)
    people[0].position()
    assert in_time(lambda: len(asked) == 2)
    door.refresh(1.1)
    people[0].position()
    opens(door)
    record = published(door)
    assert record.beacon == f"of {OPENS + 600:.0f}"
    assert fits(record, people)
