"""Who finds the panel at all: others get one answer, whatever they send."""

import httpx
import pytest

from tests.panel.conftest import Open
from tests.support.doors import DOORS, Door
from tests.support.panel import API_KEY, GIVEN, PAGE, PASSWORD

INSIDE, OUTSIDE = "10.1.2.3", "203.0.113.7"
PATHS = (
    *("", "/", "/sign-in", "/rooms/main", "/rooms/nowhere", "/static/panel.js", "/nothing"),
    *("/api/rooms", "/api/openapi.json", "/metrics"),
)


def asked(door: Door, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    """A request of a visitor with a key and the password, from some address."""
    sent = {**PAGE, "Authorization": f"Bearer {API_KEY}", **headers}
    body = {"content": b"password=" + PASSWORD.encode()} if method == "POST" else {}
    client = httpx.Client(transport=door.transport, base_url="http://shop.example")
    return client.request(method, f"/vwr-admin{path}", headers=sent, **body)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", DOORS)
def test_whoever_is_outside_gets_the_same_whatever_they_send(open_it: Open, name: str) -> None:
    door = open_it(name, admin_networks=["10.0.0.0/8"], trusted_proxies=1, **GIVEN)
    outside = {"X-Forwarded-For": OUTSIDE}
    answers = [
        asked(door, path, method, **outside) for path in PATHS for method in ("GET", "POST", "PUT")
    ]
    told = {(answer.status_code, answer.text) for answer in answers}
    assert len(told) == 1 and answers[0].status_code == 404 and "panel" not in answers[0].text
    assert asked(door, "/sign-in", **{"X-Forwarded-For": INSIDE}).status_code == 200
    assert asked(door, "/api/rooms", **{"X-Forwarded-For": INSIDE}).status_code == 200
    assert asked(door, "/metrics", **{"X-Forwarded-For": INSIDE}).status_code == 200


@pytest.mark.parametrize(
    ("trusted", "forwarded", "status"),
    [
        (1, INSIDE, 200),
        (1, f"{INSIDE}, {OUTSIDE}", 404),  # what a visitor sends stands before what the proxy adds
        (1, f"{OUTSIDE}, {INSIDE}", 200),
        (1, "", 404),  # the proxy did not name the visitor
        (1, "nonsense", 404),
        (1, f"::ffff:{INSIDE}", 200),
        (1, f"{INSIDE}:4711", 200),
        (1, "2001:db8:1::5", 200),
        (1, "2001:db8:2::5", 404),
        (2, INSIDE, 404),
        (2, f"{INSIDE}, {OUTSIDE}", 200),
        (0, INSIDE, 404),  # no proxy is trusted, and one may stand there
    ],
)
def test_the_address_is_what_trusted_proxies_say(
    open_it: Open, trusted: int, forwarded: str, status: int
) -> None:
    near = ["10.0.0.0/8", "2001:db8:1::/48"]
    door = open_it(admin_networks=near, trusted_proxies=trusted, **GIVEN)
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert asked(door, "/sign-in", **headers).status_code == status


@pytest.mark.parametrize("name", DOORS)
def test_without_a_proxy_the_address_is_that_of_the_connection(open_it: Open, name: str) -> None:
    everybody = {"admin_networks": ["0.0.0.0/0", "::/0"], **GIVEN}
    assert asked(open_it(name, **everybody), "/sign-in").status_code == 200
    nobody = {"admin_networks": ["192.0.2.1"], **GIVEN}
    assert asked(open_it(name, **nobody), "/sign-in").status_code == 404


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("admin.example", 200),
        ("ADMIN.example.:8443", 200),
        ("shop.example", 404),
        ("shop.example:admin.example", 404),
    ],
)
def test_the_panel_is_at_its_own_hosts_alone(open_it: Open, host: str, status: int) -> None:
    door = open_it(admin_hosts=["admin.example"], **GIVEN)
    assert asked(door, "/sign-in", Host=host).status_code == status
    assert asked(door, "/api/rooms", Host=host).status_code == status


def test_a_visitor_cannot_name_the_host_if_no_proxy_is_trusted(open_it: Open) -> None:
    door = open_it(admin_hosts=["admin.example"], **GIVEN)
    sent = {"X-Forwarded-Host": "admin.example"}
    assert asked(door, "/sign-in", **sent).status_code == 404
