"""What `vwr serve` answers where there is no app behind it."""

from collections.abc import Iterator

import pytest

from tests.support.asgi import call, scope_of
from tests.support.room_service import SECRET
from tests.support.transport import PortalTransport
from tests.support.visitor import TICKET, TOKEN, Visitor
from vwr_middleware.serve.options import Options
from vwr_middleware.serve.room_service import RoomService
from vwr_middleware.serve.shared_settings import SharedSettings


def service_for(paths: str) -> RoomService:
    shared_settings = SharedSettings()
    given = {"store": "memory://", "paths": paths, "max_active": 2}
    shared_settings.put({"secret_key": SECRET, **given})
    return RoomService(shared_settings, Options())


@pytest.fixture
def service() -> RoomService:
    return service_for("/tickets")


@pytest.fixture
def visitor(service: RoomService) -> Iterator[Visitor]:
    visitor = Visitor.of(PortalTransport(service))
    with visitor.client:
        yield visitor


@pytest.mark.parametrize("path", ["/", "/vwr-admin", "/favicon.ico"])
def test_what_is_not_ours_is_told_to_be_elsewhere(
    service: RoomService, visitor: Visitor, path: str
) -> None:
    answer = visitor.opens(path)
    assert answer.status_code == 404
    assert "/vwr/ and /vwr-admin" in answer.text and "--upstream" in answer.text
    assert visitor.opens(path, "HEAD").content == b""
    denied = call(service, scope_of(path, type="websocket"))
    assert [message["type"] for message in denied.messages] == ["websocket.close"]


def test_a_browser_that_is_let_in_comes_once_more_with_its_token(visitor: Visitor) -> None:
    let_in = visitor.opens("/tickets/plan?seat=5")
    assert let_in.status_code == 303 and TOKEN in visitor.cookies
    assert let_in.headers["location"] == "/vwr/main/?next=/tickets/plan%3Fseat%3D5"
    assert let_in.headers["cache-control"] == "private, no-store"
    onwards = visitor.opens(let_in.headers["location"])
    assert (onwards.status_code, onwards.headers["location"]) == (303, "/tickets/plan?seat=5")
    # With its token, it should not have come here.
    assert visitor.opens("/tickets/plan?seat=5").status_code == 404


def test_a_browser_without_cookies_gets_a_page_and_is_not_let_in_for_ever(
    visitor: Visitor,
) -> None:
    for _ in range(2):
        let_in = visitor.opens()
        visitor.client.cookies.clear()
    assert visitor.opens(let_in.headers["location"]).status_code == 202


def test_whatever_else_is_sent_comes_again_if_cookies_are_kept(visitor: Visitor) -> None:
    told = visitor.fetches("/tickets/buy", "POST", content=b"seat=5")
    assert told.status_code == 429 and "/vwr/main/token" in told.json()["error"]
    assert TOKEN in visitor.cookies
    visitor.client.cookies.clear()
    kept = {"headers": {"Cookie": "shop=1"}, "content": b"seat=5"}
    again = visitor.fetches("/tickets/buy?a=1", "POST", **kept)
    assert (again.status_code, again.headers["location"]) == (307, "/tickets/buy?a=1")
    visitor.client.cookies.clear()
    assert visitor.opens().status_code == 202
    assert TICKET in visitor.cookies


@pytest.mark.parametrize("path", ["//evil.example/tickets", "/\\evil.example", "///evil.example"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nobody_is_sent_to_another_site(path: str, method: str) -> None:
    headers = {"accept": "text/html", "cookie": "shop=1"}
    told = call(service_for("/"), scope_of(path, headers, method)).header("location")
    assert told.startswith("/") and not told.startswith(("//", "/\\"))
