"""Methods: whichever way they are written, and what is sent to HEAD and OPTIONS."""

import httpx
import pytest

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.visitor import SCRIPT

#: The validator of WSGI says so of small letters.
pytestmark = pytest.mark.filterwarnings("ignore:Unknown REQUEST_METHOD")


def asks(door: Door, method: str, path: str = "/tickets/buy", **headers: str) -> httpx.Response:
    """A request whose method is sent as it is written here."""
    client = door.visitor().client
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = client.build_request("GET", path, headers={**SCRIPT, **named})
    request.method = method
    return client.send(request)


@pytest.mark.parametrize("method", ["POST", "post", "Post"])
def test_a_room_for_a_method_is_not_walked_around_by_small_letters(
    open_it: Open, method: str
) -> None:
    door = open_it(max_active=1, methods=["POST"])
    assert asks(door, "POST").json()["session"]
    assert asks(door, "GET").status_code == 200
    assert asks(door, method).status_code == 429


@pytest.mark.parametrize("method", ["head", "Head"])
def test_what_is_no_head_to_the_server_has_a_body_as_long_as_it_says(
    door: Door, method: str
) -> None:
    door.visit_at()
    response = asks(door, method)
    assert response.status_code == 429
    assert len(response.content) == int(response.headers["content-length"]) > 0
