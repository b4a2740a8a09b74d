"""Those without a token at `vwr serve`, those with one at the app: nginx tells them apart."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.in_time import in_time
from tests.support.live import Server, served
from tests.support.live import settings as app_settings
from tests.support.nginx import NGINX, nginx
from tests.support.readme import DEPLOYMENT
from tests.support.room_service import SECRET, RoomServiceProcess, room_service
from tests.support.visitor import Visitor, is_inside, visitor_at

pytestmark = [
    pytest.mark.outside,
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed"),
]

TICKET, TOKEN = "vwr_tickets", "vwr_tickets_token"
ROOM = '[rooms.tickets]\npaths = "/tickets"\nmax_active = 1\n'


@pytest.fixture
def split(tmp_path: Path) -> Iterator[tuple[str, Server]]:
    """The address of nginx as it is documented, with both behind it; and the app's server."""
    store = f"sqlite:///{tmp_path / 'rooms.sqlite3'}"
    text = f'store = "{store}"\ntrusted_proxies = 1\n{ROOM}'
    env = app_settings(store, secret_key=SECRET, name="tickets", trusted_proxies=1)
    with (
        room_service(tmp_path, text, "--workers", "2") as room,
        served(tmp_path, env) as app,
        nginx(*documented(tmp_path, room, app)) as url,
    ):
        yield url, app


def documented(folder: Path, room: RoomServiceProcess, app: Server) -> tuple[str, Path, str]:
    """The locations, the folder, and the map that stands outside of the server."""
    (block,) = re.findall(r"```nginx\n(map .*?)```", DEPLOYMENT.read_text(), re.DOTALL)
    block = block.replace("127.0.0.1:8090", f"127.0.0.1:{room.port}")
    block = block.replace("127.0.0.1:8000", f"127.0.0.1:{app.port}").replace("$host", "$http_host")
    outside, inside = block.split("server {\n")
    return inside.rstrip().removesuffix("}"), folder, outside


def comes_in(visitor: Visitor) -> bool:
    """Opens the page as a browser does, with its redirects."""
    return is_inside(visitor.opens("/tickets", follow_redirects=True))


def test_a_line_waits_at_the_room_and_the_app_gets_those_inside(split: tuple[str, Server]) -> None:
    url, app = split
    with visitor_at(url) as first, visitor_at(url) as second, visitor_at(url) as third:
        assert in_time(lambda: comes_in(first))
        assert first.opens("/tickets/plan").json()["session"]
        for position, visitor in ((2, second), (3, third)):
            page = visitor.opens("/tickets")
            assert page.status_code == 202
            assert visitor.position("tickets")["position"] == position
            assert visitor.fetches("/tickets").status_code == 429
        assert first.opens("/tickets/done").status_code == 200
        assert in_time(lambda: second.position("tickets")["may_enter"])
        # Whatever the method: its body comes to the app.
        bought = second.opens("/tickets/buy", "POST", content=b"seat=5", follow_redirects=True)
        assert is_inside(bought) and bought.json()["body"] == "seat=5"
        assert TOKEN in second.cookies and TICKET not in second.cookies
        assert not third.position("tickets")["may_enter"]
        forge(third)
    asked = re.findall(r'"(GET|POST) (\S+) HTTP[^"]*" (\d+)', app.log)
    assert not [path for _, path, _ in asked if path.startswith("/vwr/")], "no poll came to the app"
    answers = [status for _, _, status in asked]
    assert answers.count("202") == 1, "the forged token's, and nobody else waited there"


def forge(visitor: Visitor) -> None:
    """A forged token leads to the app, which decides as it would without the room."""
    visitor.client.cookies.set(TOKEN, "x.y.z")
    assert visitor.opens("/tickets").status_code == 202
