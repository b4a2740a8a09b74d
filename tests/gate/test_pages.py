"""What the gate's own answers to a protected path say of the room, and of the connection."""

from tests.support.clock import Clock
from tests.support.house import House, inside, make_house, waiting
from vwr_middleware.blocking import finish


def test_the_connection_is_closed_only_to_what_may_bring_a_body(house: House) -> None:
    inside(house)
    visitor = house.visitor()
    for answer in (visitor.get(), visitor.open(), visitor.open(), visitor.open("/vwr/main/")):
        assert answer.status in (202, 429) and not answer.all("connection")
    for path, status in (("/vwr/nowhere/", 404), ("/vwr/main/token", 405)):
        answer = visitor.get(path)
        assert (answer.status, answer.all("connection")) == (status, [])
    for path in ("/tickets", "/tickets/buy"):
        assert visitor.post(path).header("connection") == "close"


def test_the_page_tells_how_the_room_is_now(clock: Clock) -> None:
    house = make_house(clock, max_active=1, message="Doors at nine.")
    inside(house)
    visitor = waiting(house)
    page = visitor.open(accept_language="en").text
    assert '"state":"queueing"' in page and "Doors at nine." in page
    finish(house.store.change("main", {"mode": "paused", "message": "Back soon."}))
    house.pass_by(1)
    for page in (visitor.open().text, house.visitor().open("/vwr/main/").text):
        assert '"state":"paused"' in page
        assert "Back soon." in page and "Doors at nine." not in page
