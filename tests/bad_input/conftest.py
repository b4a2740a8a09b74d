"""A server with two workers and a full room, to which what is sent does no harm."""

import re
from collections.abc import Iterator, Mapping

import httpx
import pytest

from tests.support.cases import rare
from tests.support.live import Server, served, settings
from tests.support.visitor import PAGE, SCRIPT


def talking_to(server: Server, headers: Mapping[str, str] | None = None) -> httpx.Client:
    """A connection of its own. To read the certificates for TLS would be most of its work."""
    return httpx.Client(base_url=server.url, headers=headers, timeout=20, verify=False)


@pytest.fixture(scope="package", params=["httptools", rare("h11")])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """Two workers over one SQLite file; somebody is inside."""
    folder = tmp_path_factory.mktemp("bad")
    env = settings(
        f"sqlite:///{folder / 'rooms.sqlite3'}", confirm_within=3000, session_seconds=3600
    )
    with served(folder, env, "--workers", "2", "--http", request.param) as server:
        with talking_to(server, PAGE) as client:
            assert client.get("/tickets").status_code == 200
            assert client.get("/tickets").status_code == 200
        yield server


@pytest.fixture
def issued(server: Server) -> Iterator[None]:
    """No number is burned, nothing goes wrong inside, and the server goes on serving."""

    def count() -> int:
        # A worker's snapshot may be half a second old; asked by a join, it would be new.
        with talking_to(server) as client:
            number: int = client.post("/vwr/main/tickets").json()["position"]
            return number

    before, lines = count(), len(server.log)
    yield
    assert count() == before + 1
    log = server.log[lines:]
    assert "Traceback" not in log, log
    assert not re.search(r'" 5\d\d', log.replace('" 503', "")), log


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    """A script without a ticket."""
    with talking_to(server, SCRIPT) as client:
        yield client


@pytest.fixture
def ticket(server: Server) -> str:
    """That of somebody in line."""
    with talking_to(server) as client:
        text: str = client.post("/vwr/main/tickets").json()["ticket"]
        return text
