"""The room under real servers: one journey under each, crowds, forks and restarts."""

import re
import shlex
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.support.cases import cases, rare
from tests.support.in_time import in_time
from tests.support.readme import DOCS
from tests.support.servers import free_port, running, running_process
from tests.support.visitor import PAGE, TICKET, Visitor, is_inside, visitor_at

KEY = "a key for servers that is long enough"
WSGI, ASGI = "tests.support.served_flask:app", "tests.support.served:app"
DJANGO_WSGI = "tests.support.served_django_wsgi:application"
DJANGO_ASGI = "tests.support.served_django_asgi:application"

#: A command that serves at {port}; every module of Python that is a server.
SERVERS = {
    "gunicorn, sync": f"gunicorn {WSGI} -b 127.0.0.1:{{port}} -w 2",
    "gunicorn, gthread, preload": (
        f"gunicorn {WSGI} -b 127.0.0.1:{{port}} -w 2 -k gthread --threads 4 --preload"
    ),
    "waitress": f"waitress --listen=127.0.0.1:{{port}} {WSGI}",
    "granian, WSGI": f"granian --interface wsgi --host 127.0.0.1 --port {{port}} {WSGI}",
    "granian, ASGI": f"granian --interface asgi --host 127.0.0.1 --port {{port}} {ASGI}",
    "uvicorn": f"uvicorn {ASGI} --host 127.0.0.1 --port {{port}} --workers 2",
    "uvicorn without lifespan": f"uvicorn {ASGI} --host 127.0.0.1 --port {{port}} --lifespan off",
    "hypercorn": f"hypercorn {ASGI} -b 127.0.0.1:{{port}}",
    "hypercorn, WSGI": f"hypercorn wsgi:{WSGI} -b 127.0.0.1:{{port}}",
    "Django under gunicorn": f"gunicorn {DJANGO_WSGI} -b 127.0.0.1:{{port}} -w 2 --preload",
    "Django under uvicorn": f"uvicorn {DJANGO_ASGI} --host 127.0.0.1 --port {{port}}",
    "Django's runserver": (
        "django runserver --noreload 127.0.0.1:{port} --settings tests.support.served_django"
    ),
}


def environment(store: str, max_active: int = 1) -> dict[str, str]:
    """What the served apps read."""
    return {
        "VWR_SECRET_KEY": KEY,
        "VWR_STORE": store,
        "VWR_PATHS": "/tickets",
        "VWR_MAX_ACTIVE": str(max_active),
    }


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A file for all workers."""
    return f"sqlite:///{tmp_path / 'rooms.sqlite3'}"


def enters_soon(visitor: Visitor) -> bool:
    """Poll as a page does, and come when told."""
    return in_time(lambda: visitor.position()["may_enter"] and is_inside(visitor.opens()))


#: Those under which a room is asked for WebSockets too.
WITH_WEBSOCKETS = ("granian, ASGI", "uvicorn", "hypercorn")
BROKEN = {
    "a body that breaks off": ("Content-Length: 50", b"{}"),
    "chunks that break off": ("Transfer-Encoding: chunked", b"5\r\n{}"),
    "a chunk of no length": ("Transfer-Encoding: chunked", b"zz\r\n{}\r\n0\r\n\r\n"),
    "no JSON, in chunks": ("Transfer-Encoding: chunked", b"1\r\n{\r\n0\r\n\r\n"),
}
#: What granian hides: to an app such a body ends where its last good chunk does.
HIDDEN = {("granian, WSGI", name) for name in ("chunks that break off", "a chunk of no length")}
#: Those that hand a body over as it comes.
WITH_BROKEN_BODIES = (
    *("gunicorn, sync", "gunicorn, gthread, preload", "granian, WSGI", "hypercorn, WSGI"),
    *("uvicorn", "Django under gunicorn", "Django under uvicorn", "Django's runserver"),
)


#: What most people have; and by `make long` each server once: to start one takes a second of the
#: processor, or two. test_spellings.py starts others of them.
USUAL = ("uvicorn", "Django under gunicorn")
LONGER = (
    *("gunicorn, gthread, preload", "waitress", "granian, ASGI", "hypercorn"),
    "Django under uvicorn",
)


# All that is asked of a server is asked of one: to start it costs most of it.
@pytest.mark.parametrize("server", cases(SERVERS, USUAL, LONGER))
def test_a_visitor_waits_and_enters_and_bad_requests_change_nothing_under(
    server: str, sqlite_url: str
) -> None:
    port = free_port()
    command = SERVERS[server].format(port=port).split()
    env = environment(sqlite_url) | {"VWR_CORS_ORIGINS": "https://spa.example"}
    with (
        running(command, port, env) as url,
        visitor_at(url) as first,
        visitor_at(url) as second,
    ):
        wait_and_enter(first, second)
        if server in WITH_WEBSOCKETS:
            be_denied_websockets(url)
        if server in WITH_BROKEN_BODIES:
            break_bodies_off(server, url, port)
        assert is_inside(second.opens())


def wait_and_enter(first: Visitor, second: Visitor) -> None:
    # Two workers make their file at this moment: on a busy machine, a page had to wait once.
    assert in_time(lambda: is_inside(first.opens("/tickets/ä")))
    assert first.opens("/tickets/stream").text == "one two three"
    assert first.fetches("/tickets/buy", "POST", content=b"x" * 200_000).json()["body"]
    assert takes_a_place(second.client)
    assert second.opens(method="HEAD").status_code == 429
    stopped = second.fetches("/tickets/buy", "POST", content=b"x" * 20_000)
    assert stopped.status_code == 429
    assert second.position()["position"] == 2
    done = first.opens("/tickets/done")
    assert done.status_code == 200
    assert "vwr-session" not in done.headers
    assert enters_soon(second)


def takes_a_place(client: httpx.Client) -> bool:
    """Whether somebody gets one, asking on as the page does: a busy machine's store may be late."""

    def has_ticket() -> bool:
        assert client.get("/tickets", headers=PAGE).status_code == 202
        return TICKET in client.cookies

    return in_time(has_ticket)


def be_denied_websockets(url: str) -> None:
    for _ in range(3):
        with pytest.raises(InvalidStatus) as refused:
            connect(url.replace("http", "ws") + "/tickets/live", open_timeout=20)
        assert refused.value.response.status_code == 429


def break_bodies_off(server: str, url: str, port: int) -> None:
    """A body that cannot be read takes no place."""
    assert join(url, 1) == [3]
    for name, (header, body) in BROKEN.items():
        if (server, name) not in HIDDEN:
            assert b" 201 " not in _post(port, header, body), name
    assert join(url, 1) == [4]


def _post(port: int, header: str, body: bytes) -> bytes:
    """The answer to a program that joins, says it will send this, and says nothing more."""
    head = f"POST /vwr/main/tickets HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{header}\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(f"{head}Content-Type: application/json\r\n\r\n".encode() + body)
        connection.shutdown(socket.SHUT_WR)
        return connection.makefile("rb").read()


def join(url: str, count: int) -> list[int]:
    """So many programs join, one after the other."""
    with httpx.Client(base_url=url, timeout=20) as client:
        positions = []
        for _ in range(count):
            client.cookies.clear()
            answer = client.post("/vwr/main/tickets")
            while answer.status_code == 503:  # a machine with other work at hand
                time.sleep(0.1)
                answer = client.post("/vwr/main/tickets")
            positions.append(answer.json()["position"])
        return positions


def crowd(url: str, threads: int = 6, each: int = 10) -> list[int]:
    """The positions of a crowd that comes at once."""
    with ThreadPoolExecutor(threads) as pool:
        found = pool.map(lambda _: join(url, each), range(threads))
        return sorted(position for positions in found for position in positions)


ALONE = [pytest.mark.alone, pytest.mark.thorough]


@pytest.mark.parametrize(
    ("kind", "worker"),
    [
        ("redis", "sync"),
        rare("redis", "gthread --threads 3"),
        # A crowd at once, and nobody may be told that the store is late.
        pytest.param("sqlite", "sync", marks=ALONE),
        pytest.param("sqlite", "gthread --threads 3", marks=ALONE),
    ],
)
def test_forked_workers_share_one_line(
    kind: str, worker: str, sqlite_url: str, request: pytest.FixtureRequest
) -> None:
    store = sqlite_url
    if kind == "redis":  # patient: a step that is given up may still be done, and leave a gap
        store = request.getfixturevalue("valkey_url") + "?socket_timeout=10"
    port = free_port()
    command = f"gunicorn {WSGI} -b 127.0.0.1:{port} -w 3 --preload -k {worker}".split()
    with running(command, port, environment(store)) as url:
        assert crowd(url) == list(range(1, 61))


@pytest.mark.parametrize("command", [rare("gunicorn {app} -w 2"), "gunicorn {app} -w 2 --preload"])
def test_a_graceful_restart_in_the_middle_of_a_queue_loses_no_place(
    command: str, sqlite_url: str
) -> None:
    port = free_port()
    parts = [*command.format(app=WSGI).split(), "-b", f"127.0.0.1:{port}"]
    url = f"http://127.0.0.1:{port}"
    with running_process(parts, port, environment(sqlite_url)) as server, visitor_at(url) as first:
        assert in_time(lambda: is_inside(first.opens()))
        waiting = [httpx.Client(base_url=url, timeout=20) for _ in range(5)]
        for client in waiting:
            assert takes_a_place(client)
        with ThreadPoolExecutor(1) as pool:
            coming = pool.submit(join, url, 60)
            server.send_signal(signal.SIGHUP)
            came = coming.result()
        assert came == list(range(7, 67))
        for position, client in enumerate(waiting, start=2):
            assert client.get("/vwr/main/position").json()["position"] == position
            client.close()
        assert is_inside(first.opens())


@pytest.mark.long
def test_a_restarted_server_knows_everybody(sqlite_url: str) -> None:
    port = free_port()
    command = f"uvicorn {ASGI} --host 127.0.0.1 --port {port}".split()
    with running(command, port, environment(sqlite_url)) as url:
        first, second = (Visitor(httpx.Client(base_url=url, timeout=20)) for _ in range(2))
        assert is_inside(first.opens())
        assert takes_a_place(second.client)
    with running(command, port, environment(sqlite_url)):
        assert is_inside(first.opens())
        assert second.position()["position"] == 2
        first.opens("/tickets/done")
        assert enters_soon(second)
    for visitor in (first, second):
        visitor.client.close()


@pytest.mark.long
def test_waitress_tells_visitors_apart_as_the_recipe_says(sqlite_url: str) -> None:
    told = re.search(r"`(--trusted-proxy=[^`]*)`", (DOCS / "servers.md").read_text())
    assert told
    port = free_port()
    command = SERVERS["waitress"].format(port=port).split()
    limit = {"VWR_TRUSTED_PROXIES": "1", "VWR_JOINS_PER_ADDRESS": "1", "VWR_MODE": "queue"}
    with running(
        [*command[:1], *shlex.split(told[1]), *command[1:]], port, environment(sqlite_url) | limit
    ) as url:
        joined = [
            httpx.post(f"{url}/vwr/main/tickets", headers={"X-Forwarded-For": address})
            for address in ("203.0.113.7", "203.0.113.8", "203.0.113.7")
        ]
    assert [answer.status_code for answer in joined] == [201, 201, 429]
