"""Methods: whichever way they are written, and what is sent to HEAD."""

import httpx
import pytest

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.visitor import PAGE, SCRIPT

# The validator of WSGI says so of small letters.
pytestmark = pytest.mark.filterwarnings("ignore:Unknown REQUEST_METHOD")


def asks(door: Door, method: str) -> httpx.Response:
    """A request whose method is sent as it is written here."""
    client = door.visitor().client
    request = client.build_request("GET", "/tickets/buy", headers=SCRIPT)
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


ADDRESSES = (
    *("/tickets", "/tickets/x?a=1", "/vwr/main", "/vwr/main/", "/vwr/main/?next=/tickets/7"),
    *("/vwr/main/status", "/vwr/main/position", "/vwr/main/resume", "/vwr/main/tickets"),
    *("/vwr/main/token", "/vwr/main/leave", "/vwr/main/nothing", "/vwr/nowhere/", "/vwr/"),
    *("/vwr/healthz", "/vwr/readyz", "/vwr/static/vwr.js", "/vwr/static/nothing.js"),
    *("/vwr/preview/", "/vwr/preview/waiting/", "/vwr/preview/waiting/status"),
    *("/vwr-admin", "/vwr-admin/", "/vwr-admin/sign-in", "/vwr-admin/rooms/main"),
    *("/vwr-admin/nothing", "/vwr-admin/metrics", "/vwr-admin/static/panel.js"),
    *("/vwr-admin/api/rooms", "/vwr-admin/api/nothing"),
)


@pytest.mark.parametrize("kind", [PAGE, SCRIPT], ids=["page", "script"])
def test_no_head_at_any_of_our_addresses_has_a_body(open_it: Open, kind: dict[str, str]) -> None:
    door = open_it(max_active=1, debug=True, admin_password="a long password")
    door.visit_at()
    waiting = door.visit_at()
    signed_in = door.visitor()
    signed_in.client.post("/vwr-admin/sign-in", data={"password": "a long password"})
    for client in (door.visitor().client, waiting.client, signed_in.client):
        for path in ADDRESSES:
            for _ in range(2):  # told anew, and at a glance
                response = client.head(path, headers=kind)
                assert response.content == b"", path
                assert response.status_code < 500 or response.status_code == 503, path
